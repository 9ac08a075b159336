//! In which language people are written to: the one they came with, remembered with what they signed up for or made.

use axum::http::Method;
use headcount::clock;
use headcount::mail::Sender;
use headcount_core::ids::Millis;
use serde_json::{Value, json};

use crate::harness::{Server, person};
use crate::smtp::{Mail, MailServer};

/// The messages that are due within the next minute.
async fn mailed(smtp: &MailServer, sender: &Sender) -> Vec<Mail> {
    let before = smtp.mails().len();
    while sender.send_due(|| Millis(clock::now().0 + 60_000)).await.unwrap().due > 0 {}
    smtp.mails().split_off(before)
}

fn speaking(name: &str, language: &str) -> Value {
    let mut body = person(name);
    body["language"] = json!(language);
    body
}

#[tokio::test]
async fn a_registration_remembers_its_language() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let answer = server.post(&path, &speaking("Dana", "he")).send().await;
    assert_eq!(answer.status, 201, "{}", answer.shown());
    let one = format!("{path}/{}", answer.text("id"));
    assert_eq!(server.get(&one).owner().send().await.body["language"], "he");
    let manage = answer.manage_path().replace("/r/", "/api/v1/manage/");
    assert_eq!(server.get(&manage).send().await.body["registration"]["language"], "he");
    let contact = |body: Value| server.post(format!("{manage}/contact"), &body).send();
    assert_eq!(contact(json!({"language": null})).await.status, 200);
    assert_eq!(server.get(&one).owner().send().await.body["language"], Value::Null);
    assert_eq!(server.ask(Method::PATCH, &one).owner().json(&json!({"language": "he"})).send().await.status, 200);
    assert_eq!(server.get(&one).owner().send().await.body["language"], "he");
    for wrong in [json!("xx"), json!("HEBREW"), json!(7)] {
        let mut body = person("Ben");
        body["language"] = wrong.clone();
        let answer = server.post(&path, &body).send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{wrong}");
        assert_eq!(answer.body["fields"][0]["field"], "language");
        assert_eq!(contact(json!({"language": wrong})).await.code(), (422, "invalid"));
    }
}

#[tokio::test]
async fn guests_are_written_to_in_their_language() {
    let (server, smtp) = (Server::start(), MailServer::start().await);
    let sender = server.sender(&smtp.url());
    let event = server.event(json!({"title": "Fair", "verify_minutes": 30})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for (name, language, greeting) in [("Dana", "he", "שלום,"), ("Ann", "en", "Hello,")] {
        assert_eq!(server.post(&path, &speaking(name, language)).send().await.status, 202);
        let mails = mailed(&smtp, &sender).await;
        assert!(mails.len() == 1 && mails[0].text().starts_with(greeting), "{name}: {}", mails[0].text());
        assert!(mails[0].html().contains(&format!("<html lang=\"{language}\"")), "{}", mails[0].html());
    }
}

#[tokio::test]
async fn the_page_sends_the_language_that_it_was_read_in() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    let form = server.ask(Method::POST, "/e/fair").header("accept-language", "he-IL,he;q=0.9");
    let fields = "key=0123456789abcdefghijklmn&name=Dana&email=dana%40example.org&spots=1";
    let (status, _, page) = form.form(fields).page().await;
    assert_eq!(status, 303, "{page}");
    let list = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    assert_eq!(list.body["items"][0]["language"], "he");
}

#[tokio::test]
async fn an_account_speaks_one_language_everywhere() {
    let (server, smtp) = (Server::start(), MailServer::start().await);
    let sender = server.sender(&smtp.url());
    let mut asked = speaking("Dana", "he");
    asked["password"] = json!("a long enough password");
    assert_eq!(server.post("/api/v1/accounts", &asked).send().await.status, 202);
    let mails = mailed(&smtp, &sender).await;
    assert!(mails[0].html().contains("<html lang=\"he\" dir=\"rtl\""), "{}", mails[0].html());
    let link = mails[0].path("/l/").replace("/l/", "/api/v1/links/");
    assert_eq!(server.post(&link, &json!({})).send().await.status, 200);

    let login = json!({"email": "dana@example.org", "password": "a long enough password"});
    let session = server.post("/api/v1/sessions", &login).header("origin", "https://events.example").send().await;
    let cookie = session.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let me = server.get("/api/v1/people/me").session(&cookie).send().await;
    assert_eq!(me.body["language"], "he", "{}", me.shown());
    // What they sign up for, and what they answer, is theirs.
    let [one, other] = [server.event(json!({})).await, server.event(json!({})).await];
    let path = format!("/api/v1/events/{one}/registrations");
    assert_eq!(server.post(&path, &json!({})).session(&cookie).send().await.status, 201);
    let answer = server.post(format!("/api/v1/events/{other}/respond"), &json!({"response": "accept"}));
    assert_eq!(answer.session(&cookie).send().await.status, 200);
    for event in [one, other] {
        let list = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
        assert_eq!(list.body["items"][0]["language"], "he", "{}", list.shown());
    }
    let change = |body: Value| server.ask(Method::PATCH, "/api/v1/people/me").session(&cookie).json(&body).send();
    assert_eq!(change(json!({"language": null})).await.body["language"], Value::Null);
    assert_eq!(change(json!({"language": "xx"})).await.code(), (422, "invalid"));
    assert_eq!(change(json!({"language": "en", "name": "Dana C"})).await.body["language"], "en");
}

#[tokio::test]
async fn an_invitation_is_written_in_the_language_it_names() {
    let (server, smtp) = (Server::start(), MailServer::start().await);
    let sender = server.sender(&smtp.url());
    let organization = uuid::Uuid::nil();
    let invite = json!({"email": "dana@example.org", "language": "he"});
    let path = format!("/api/v1/organizations/{organization}/invitations");
    let answer = server.post(path, &invite).owner().send().await;
    assert_eq!((answer.status.as_u16(), &answer.body["language"]), (201, &json!("he")), "{}", answer.shown());
    let mails = mailed(&smtp, &sender).await;
    assert!(mails[0].html().contains("<html lang=\"he\""), "{}", mails[0].html());
    let link = mails[0].path("/l/").replace("/l/", "/api/v1/links/");
    let given = json!({"name": "Dana", "password": "a long enough password", "language": "he"});
    let followed = server.post(&link, &given).send().await;
    assert_eq!(followed.status, 200, "{}", followed.shown());
}
