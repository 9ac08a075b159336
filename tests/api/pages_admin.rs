//! The pages of an organization, its webhooks, and one's account.

use axum::http::{HeaderMap, StatusCode};
use headcount::hooks::{Reach, Settings as HookSettings};
use headcount::people::Settings;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::Server;
use crate::people::{HOME, PASSWORD, Somebody};
use crate::receiver::Receiver;

const PAGE: &str = "/console/organizations/00000000-0000-0000-0000-000000000000";

/// Somebody who looks at pages.
struct Visit<'a> {
    server: &'a Server,
    cookie: String,
}

impl Server {
    /// Somebody of the first organization, logged in.
    async fn visit(&self, name: &str, role: &str) -> (Visit<'_>, Somebody) {
        let somebody = self.registered(name).await;
        self.member(HOME, &somebody, role, 1).await;
        (Visit { server: self, cookie: self.logged_in(&somebody).await }, somebody)
    }
}

impl Visit<'_> {
    async fn get(&self, path: &str) -> String {
        let (status, _, page) = self.server.get(path).session(&self.cookie).page().await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    }

    async fn press(&self, path: &str, fields: &str) -> (StatusCode, HeaderMap, String) {
        self.server.ask(axum::http::Method::POST, path).session(&self.cookie).form(fields).page().await
    }

    /// Presses a button, and looks at the page it leads to.
    async fn done(&self, path: &str, fields: &str) -> String {
        let (status, headers, page) = self.press(path, fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        self.get(headers["location"].to_str().unwrap()).await
    }

    /// What the API tells them.
    async fn told(&self, path: &str) -> Value {
        self.server.get(format!("/api/v1{path}")).session(&self.cookie).send().await.body
    }
}

/// What stands between two texts.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).unwrap().0
}

#[tokio::test]
async fn who_is_not_logged_in_is_led_to_the_log_in_and_back() {
    let server = Server::start();
    for (path, back) in [(PAGE, "%2Fconsole%2Forganizations%2F"), ("/account", "%2Faccount")] {
        let (status, headers, _) = server.get(path).page().await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(headers["location"].to_str().unwrap().starts_with(&format!("/login?back={back}")), "{headers:?}");
    }
}

#[tokio::test]
async fn an_owner_invites_changes_and_takes_out_people() {
    let server = Server::start();
    let (ann, _) = server.visit("Ann", "owner").await;
    let page = ann.done(PAGE, "do=invite&key=a&email=ben%40example.org&role=manager&manages=everything").await;
    assert!(page.contains("The invitation is made.") && page.contains("ben@example.org"), "{page}");
    let link = server.mailed("invitation").await;
    assert!(!page.contains(&link), "what is mailed is not shown");
    let accepted = json!({"name": "<b>Ben", "password": PASSWORD});
    let ben = server.post(format!("/api/v1/links/{link}"), &accepted).send().await.text("account_id");
    let page = ann.get(PAGE).await;
    assert!(page.contains("&lt;b&gt;Ben") && !page.contains("<b>Ben"), "{page}");
    assert!(page.contains("Manages all events."), "{page}");

    let page = ann.done(PAGE, &format!("do=member&account={ben}&role=staff&special_requirements=yes")).await;
    assert!(page.contains("Saved.") && page.contains("Sees special requirements."), "{page}");
    let members = ann.told(&format!("/organizations/{HOME}/members")).await;
    let changed = members["items"].as_array().unwrap().iter().find(|one| one["account_id"] == *ben).unwrap().clone();
    assert_eq!((&changed["role"], &changed["everything"]), (&json!("staff"), &json!(false)));

    let question = ann.get(&format!("{PAGE}?remove={ben}")).await;
    assert!(question.contains("value=\"remove\"") && !question.contains("value=\"invite\""), "{question}");
    let page = ann.done(PAGE, &format!("do=remove&account={ben}")).await;
    assert!(!page.contains("Ben"), "{page}");
}

#[tokio::test]
async fn what_an_owner_typed_is_kept_when_it_is_refused() {
    let server = Server::start();
    let (ann, _) = server.visit("Ann", "owner").await;
    let (status, _, page) = ann.press(PAGE, "do=invite&key=a&email=nobody&role=owner").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("value=\"nobody\"") && page.contains("Please give an e-mail address"), "{page}");
    assert!(page.contains("value=\"owner\" checked"), "{page}");
    let hebrew = server.ask(axum::http::Method::POST, PAGE).session(&ann.cookie).header("accept-language", "he");
    let (_, _, page) = hebrew.form("do=invite&key=a&email=nobody").page().await;
    assert!(page.contains("dir=\"rtl\"") && page.contains("נא לרשום כתובת דואר"), "{page}");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let server = Server::start();
    let (ann, of_ann) = server.visit("Ann", "owner").await;
    let (status, _, page) = ann.press(PAGE, &format!("do=member&account={}&role=staff", of_ann.account)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("An organization needs an owner."), "{page}");
}

#[tokio::test]
async fn links_are_shown_once_and_a_repeat_shows_the_same() {
    let server = Server::with_people(Settings { can_mail: false, confirm_email: false, ..Settings::default() });
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    server.member(HOME, &ann, "owner", 0).await;
    server.member(HOME, &ben, "staff", 0).await;
    let ann = Visit { server: &server, cookie: server.session(ann.account).await };
    let page = ann.done(PAGE, "do=invite&key=k&email=cid%40example.org").await;
    assert!(page.contains("value=\"https://events.example/l/"), "without mail the link is shown: {page}");

    let fields = format!("do=reset-link&key=one&account={}", ben.account);
    let (status, _, page) = ann.press(PAGE, &fields).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let shown = between(&page, "Link for a new password</span><input type=\"text\" value=\"", "\"");
    let (_, _, again) = ann.press(PAGE, &fields).await;
    assert!(again.contains(shown), "a reload makes no other link");
    assert!(!ann.get(PAGE).await.contains(shown));
    let link = shown.strip_prefix("https://events.example/l/").unwrap();
    let used = server.post(format!("/api/v1/links/{link}"), &json!({"password": PASSWORD})).send().await;
    assert_eq!(used.status, 200, "{}", used.shown());
}

#[tokio::test]
async fn teams_are_made_filled_renamed_and_removed() {
    let server = Server::start();
    let (ann, _) = server.visit("Ann", "owner").await;
    let ben = server.registered("Ben").await;
    server.member(HOME, &ben, "staff", 0).await;
    ann.done(PAGE, "do=team&key=t&team_name=Kitchen").await;
    let (status, _, page) = ann.press(PAGE, "do=team&key=u&team_name=Kitchen").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("There is a team with this name already.") && page.contains("value=\"Kitchen\""), "{page}");
    let teams = ann.told(&format!("/organizations/{HOME}/teams")).await;
    let team = teams["items"][0]["id"].as_str().unwrap();
    let page = ann.done(PAGE, &format!("do=join&team={team}&account={}", ben.account)).await;
    assert!(page.contains("1 person is in it."), "{page}");
    ann.done(PAGE, &format!("do=rename-team&team={team}&name=Cooks")).await;
    let page = ann.done(PAGE, &format!("do=leave&team={team}&account={}", ben.account)).await;
    assert!(page.contains("Nobody is in it yet.") && page.contains("Cooks"), "{page}");
    assert!(ann.get(&format!("{PAGE}?remove-team={team}")).await.contains("Remove the team Cooks?"));
    assert!(!ann.done(PAGE, &format!("do=remove-team&team={team}")).await.contains("Cooks"));
    let page = ann.done(PAGE, "do=rename&organization_name=Choir").await;
    assert!(page.contains("<h1><bdi>Choir</bdi></h1>"), "{page}");
}

#[tokio::test]
async fn a_manager_manages_what_is_ticked() {
    let server = Server::start();
    let (ann, _) = server.visit("Ann", "owner").await;
    let ben = server.registered("Ben").await;
    server.member(HOME, &ben, "staff", 0).await;
    let event = server.event(json!({"title": "Summer fair"})).await;
    let fields = format!("do=member&account={}&role=manager&manages=some&events={event}", ben.account);
    let page = ann.done(PAGE, &fields).await;
    assert!(page.contains("Manages: <bdi>Summer fair</bdi>"), "{page}");
    let of_ben = Visit { server: &server, cookie: server.logged_in(&ben).await };
    let page = of_ben.get(PAGE).await;
    assert!(page.contains("Only owners of the organization can change it.") && page.contains("ann@example.org"));
    assert!(!page.contains("name=\"do\""), "a manager is offered nothing that they may not do: {page}");
    let (status, _, _) = of_ben.press(PAGE, "do=team&key=x&team_name=Mine").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_does_not_belong_is_told_that_there_is_nothing() {
    let server = Server::start();
    let eve = server.registered("Eve").await;
    let cookie = server.logged_in(&eve).await;
    let (status, _, _) = server.get(PAGE).session(&cookie).page().await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = server.get(format!("/console/organizations/{}", Uuid::max())).session(&cookie).page().await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_ended() {
    let server = Server::start();
    let (ann, _) = server.visit("Ann", "owner").await;
    let (status, _, page) = ann.press("/account", "do=token&key=k&token_name=Robot").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Please tick at least one.") && page.contains("value=\"Robot\""), "{page}");
    let day = headcount::clock::now().0 / 86_400_000 + 30;
    let day = jiff::Timestamp::from_second(day * 86_400).unwrap().to_string()[..10].to_owned();
    let fields = format!("do=token&key=l&token_name=Robot&scopes=read&scopes=check_in&expires={day}");
    let (status, _, page) = ann.press("/account", &fields).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let token = between(&page, "Token</span><input type=\"text\" value=\"", "\"");
    assert!(server.knows(|ask| ask.bearer(token)).await);
    assert!(ann.press("/account", &fields).await.2.contains(token), "a reload makes no other token");
    let page = ann.get("/account").await;
    assert!(page.contains("Robot") && !page.contains(token), "{page}");
    let tokens = ann.told("/tokens").await;
    let robot = tokens["items"].as_array().unwrap().iter().find(|one| one["name"] == "Robot").unwrap().clone();
    ann.done("/account", &format!("do=revoke&token={}", robot["id"].as_str().unwrap())).await;
    assert!(!server.knows(|ask| ask.bearer(token)).await);
}

#[tokio::test]
async fn name_password_and_address_are_changed() {
    let server = Server::start();
    let (ann, of_ann) = server.visit("Ann", "owner").await;
    let page = ann.done("/account", "do=name&name=Anna+B").await;
    assert!(page.contains("Your name is saved.") && page.contains("value=\"Anna B\""), "{page}");
    let (status, _, page) = ann.press("/account", "do=password&current=wrong&new=another+good+one").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("Your present password is not right.") && !page.contains("another good one"), "{page}");
    let current = PASSWORD.replace(' ', "+");
    let (_, _, page) = ann.press("/account", &format!("do=password&current={current}&new=short")).await;
    assert!(page.contains("10 to 200 characters"), "{page}");
    let page = ann.done("/account", &format!("do=address&email=anna%40example.org&password={current}")).await;
    assert!(page.contains("A mail is on its way"), "{page}");

    let (status, headers, _) =
        ann.press("/account", &format!("do=password&current={current}&new=another+good+one")).await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/account?done=password"));
    let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(!server.knows(|ask| ask.session(&ann.cookie)).await, "the session before has ended");
    let ann = Visit { server: &server, cookie };
    ann.get("/account?done=password").await;
    assert_eq!(server.log_in(&of_ann.email, "another good one").await.status, 201);

    let (_, headers, _) = ann.press("/account", "do=sessions").await;
    assert_eq!(headers["location"], "/login?back=%2Faccount");
    assert!(!server.knows(|ask| ask.session(&ann.cookie)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_made_tried_out_ended_and_removed() {
    let receiver = Receiver::start().await;
    let settings = HookSettings {
        reach: Reach::Anywhere,
        certificates: receiver.certificates(),
        pauses: Vec::new(),
        ..HookSettings::default()
    };
    let server = Server::start().delivering(settings);
    let (ann, _) = server.visit("Ann", "owner").await;
    let page = format!("{PAGE}/webhooks");
    let (status, _, refused) = ann.press(&page, "do=make&key=a&url=nowhere&which=some&kinds=cancelled").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.contains("value=\"nowhere\"") && refused.contains("value=\"cancelled\" checked"), "{refused}");

    let url = receiver.url("/hook").replace(':', "%3A").replace('/', "%2F");
    let fields = format!("do=make&key=b&url={url}&which=all");
    let made = ann.press(&page, &fields).await.2;
    let secret = between(&made, "signed with</span><input type=\"text\" value=\"", "\"");
    assert!(secret.starts_with("whsec_") && ann.press(&page, &fields).await.2.contains(secret), "{made}");
    assert!(!ann.get(&page).await.contains(secret), "the secret is shown once");
    let webhook = ann.told(&format!("/organizations/{HOME}/webhooks")).await["items"][0].clone();
    let id = webhook["id"].as_str().unwrap();
    let press = async |what: &str| ann.done(&page, &format!("do={what}&webhook={id}")).await;
    let tried = press("test").await;
    assert!(tried.contains("The message is on its way.") && tried.contains("Only to try it out"), "{tried}");
    let rotated = ann.press(&page, &format!("do=rotate&webhook={id}")).await.2;
    assert!(rotated.contains("value=\"whsec_") && !rotated.contains(secret), "{rotated}");
    assert!(press("end").await.contains("The webhook is told nothing any more."));
    let (status, _, ended) = ann.press(&page, &format!("do=test&webhook={id}")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(ended.contains("This webhook has ended."), "{ended}");
    assert!(press("activate").await.contains("The webhook is active again."));
    assert!(ann.get(&format!("{page}?remove={id}")).await.contains("Remove this webhook?"));
    assert!(!press("remove").await.contains("/hook"));
}

#[tokio::test]
async fn only_owners_see_webhooks() {
    let server = Server::start();
    let (ben, _) = server.visit("Ben", "manager").await;
    let (status, _, page) = server.get(format!("{PAGE}/webhooks")).session(&ben.cookie).page().await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
}
