//! A server of a test's own, on a real data file, and what an organizer does by the API.

use headcount::client::{Address, Ask, Connection};
use headcount::mail::MailOptions;
use headcount::server::{self, Options, Running};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::Browser;

/// Of all accounts.
const PASSWORD: &str = "correct horse battery";

pub(crate) struct Site {
    running: Running,
    token: String,
    _folder: TempDir,
}

impl Site {
    pub(crate) async fn start() -> Site {
        Site::with(None).await
    }

    /// One that orders mail, which goes nowhere.
    pub(crate) async fn start_with_mail() -> Site {
        let (url, from) = ("smtp://localhost:1".parse().unwrap(), "club@example.org".parse().unwrap());
        Site::with(Some(MailOptions { url, from })).await
    }

    async fn with(mail: Option<MailOptions>) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { mail, ..Options::local(folder.path().join("headcount.db")) };
        let running = server::start(options).await.unwrap();
        let token = running.new_owner_token.clone().unwrap();
        Site { running, token, _folder: folder }
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    /// Asks the API as the owner.
    pub(crate) async fn ask(&self, method: Method, path: &str, fields: &Value) -> Value {
        let ask = Ask::new(method.clone(), path);
        self.send(path, if method == Method::GET { ask } else { ask.json(fields.to_string()) }).await
    }

    /// Changes an event as the owner, as it is.
    pub(crate) async fn edit(&self, event: &str, fields: &Value) {
        let path = format!("/api/v1/events/{event}");
        let revision = self.ask(Method::GET, &path, &Value::Null).await["revision"].as_u64().unwrap();
        self.send(&path, Ask::new(Method::PATCH, &path).json(fields.to_string()).if_match(revision)).await;
    }

    async fn send(&self, path: &str, ask: Ask) -> Value {
        let address = Address::from(self.running.address);
        let answer = Connection::open(&address).await.unwrap().send(ask.token(&self.token)).await.unwrap();
        let body: Value = if answer.body.is_empty() { Value::Null } else { answer.json().unwrap() };
        assert!(answer.status.is_success(), "{path}: {body}");
        body
    }

    /// The path of the page that makes the first account.
    pub(crate) fn setup_path(&self) -> String {
        format!("/l/{}", self.running.setup_link.as_ref().unwrap().rsplit('/').next().unwrap())
    }

    /// Signs somebody up as they do it themselves.
    pub(crate) async fn come(&self, event: &str, name: &str) {
        let status = self.ask_for_a_place(event, name).await;
        assert!(status.is_success(), "{name}: {status}");
    }

    /// Somebody asks for whom there is nothing left, not even a place in the queue.
    pub(crate) async fn come_too_late(&self, event: &str, name: &str) {
        assert_eq!(self.ask_for_a_place(event, name).await, 409, "{name}");
    }

    async fn ask_for_a_place(&self, event: &str, name: &str) -> StatusCode {
        let person = json!({"name": name, "email": format!("{name}@example.org")});
        let ask = Ask::new(Method::POST, &format!("/api/v1/events/{event}/registrations")).json(person.to_string());
        let answer = Connection::open(&Address::from(self.running.address)).await.unwrap().send(ask).await.unwrap();
        answer.status
    }

    /// A published event; its id.
    pub(crate) async fn event(&self, fields: Value) -> String {
        let mut event = json!({"title": "Fair", "slug": "fair", "status": "published"});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.ask(Method::POST, "/api/v1/events", &event).await["id"].as_str().unwrap().to_owned()
    }

    /// Makes the first account, whose owner then is logged in with this browser.
    pub(crate) async fn log_in(&self, browser: &Browser) {
        browser.go(&self.url(&self.setup_path())).await;
        browser.fill("name", "Olga Organizer").await;
        browser.fill("email", "olga@example.org").await;
        browser.fill("password", PASSWORD).await;
        browser.press("Make the first account").await;
        browser.says("You own this server.").await;
        self.log_in_again(browser).await;
    }

    /// Logs the owner of the first account in.
    pub(crate) async fn log_in_again(&self, browser: &Browser) {
        browser.go(&self.url("/login?back=/console")).await;
        browser.fill("email", "olga@example.org").await;
        browser.fill("password", PASSWORD).await;
        browser.click("main button.big").await;
        browser.find("main h1").await;
    }

    /// Signs somebody up by the API.
    pub(crate) async fn sign_up(&self, event: &str, name: &str, role: &str) -> Value {
        let person = json!({"name": name, "email": format!("{name}@example.org"), "role": role});
        self.ask(Method::POST, &format!("/api/v1/events/{event}/registrations"), &person).await
    }

    /// Who is on an event's roster: names and statuses.
    pub(crate) async fn roster(&self, event: &str) -> Vec<(String, String)> {
        let path = format!("/api/v1/events/{event}/registrations");
        let list = self.ask(Method::GET, &path, &Value::Null).await;
        let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        let items = list["items"].as_array().unwrap();
        let mut roster: Vec<_> = items.iter().map(|one| (text(one, "name"), text(one, "status"))).collect();
        roster.sort();
        roster
    }

    /// The id of somebody's sign-up.
    pub(crate) async fn id(&self, event: &str, name: &str) -> String {
        let path = format!("/api/v1/events/{event}/registrations?q={name}");
        let list = self.ask(Method::GET, &path, &Value::Null).await;
        list["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The id of a role, by its name.
    pub(crate) async fn role(&self, event: &str, name: &str) -> String {
        let event = self.ask(Method::GET, &format!("/api/v1/events/{event}"), &Value::Null).await;
        let roles = event["roles"].as_array().unwrap();
        roles.iter().find(|role| role["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// The organization to which events belong, if nothing else is said.
    pub(crate) async fn organization(&self) -> String {
        let list = self.ask(Method::GET, "/api/v1/organizations", &Value::Null).await;
        list["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Invites somebody to a team of helpers, and has them take the invitation and log in with this browser.
    pub(crate) async fn log_in_as_staff(&self, browser: &Browser, name: &str, team: &str) {
        let path = format!("/api/v1/organizations/{}/invitations", self.organization().await);
        let email = format!("{}@example.org", name.to_lowercase());
        let invited = self.ask(Method::POST, &path, &json!({"email": email, "member_of": [team]})).await;
        browser.go(invited["url"].as_str().unwrap()).await;
        browser.fill("name", name).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Accept").await;
        browser.says("You belong to the organization.").await;
        browser.go(&self.url("/login?back=/my")).await;
        browser.fill("email", &email).await;
        browser.fill("password", PASSWORD).await;
        browser.click("main button.big").await;
        browser.shows("h1", "My calls").await;
    }

    /// The path of the page of a sign-up.
    pub(crate) async fn own_page(&self, event: &str, name: &str, role: &str) -> String {
        let made = self.sign_up(event, name, role).await;
        format!("/r/{}", made["manage_url"].as_str().unwrap().rsplit('/').next().unwrap())
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}
