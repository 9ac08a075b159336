//! `/accounts`, `/password-resets`, `/people/me`: making an account and what its holder changes of it.

use axum::http::{HeaderMap, Method};
use headcount::people::Settings;
use headcount_core::ids::Millis;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server};
use crate::people::PASSWORD;

const MINUTE_MS: i64 = 60 * 1_000;

fn wish(name: &str, email: &str) -> Value {
    json!({"name": name, "email": email, "password": PASSWORD})
}

/// All of an answer that could tell one address from another.
fn all_of(answer: &Answer) -> (u16, HeaderMap, String) {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    (answer.status.as_u16(), headers, answer.body.to_string())
}

#[tokio::test]
async fn an_account_can_be_used_when_its_mail_was_answered() {
    let server = Server::start();
    let asked = server.post("/api/v1/accounts", &wish("Ann", "Ann@example.org")).send().await;
    assert_snapshot!(asked.shown(), @r#"
    202 Accepted
    message: "If this address can be used, a mail is on its way to it. Follow the link in it. If none comes, look among the unwanted mail, and try again."
    "#);
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.code(), (401, "wrong_login"));
    let link = server.mailed("confirm_account").await;
    assert_snapshot!(server.get(format!("/api/v1/links/{link}")).send().await.shown(), @r#"
    200 OK
    email: "Ann@example.org"
    expires_at: "[time]"
    fields: []
    organization: null
    purpose: "confirm_account"
    "#);
    let confirmed = server.post(format!("/api/v1/links/{link}"), &json!({})).send().await;
    assert_snapshot!(confirmed.shown(), @r#"
    200 OK
    account_id: "[id]"
    organization_id: null
    purpose: "confirm_account"
    "#);
    assert_snapshot!(server.log_in("ann@EXAMPLE.org", PASSWORD).await.shown(), @r#"
    201 Created
    created_at: "[time]"
    email: "Ann@example.org"
    id: "[id]"
    language: null
    name: "Ann"
    "#);
}

#[tokio::test]
async fn a_known_address_is_answered_as_an_unknown_one() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    for path in ["/api/v1/accounts", "/api/v1/password-resets", "/api/v1/sessions"] {
        let body = |email: &str| match path {
            "/api/v1/accounts" => wish("Somebody", email),
            "/api/v1/password-resets" => json!({"email": email}),
            _ => json!({"email": email, "password": "not the password"}),
        };
        let known = server.post(path, &body(&ann.email)).send().await;
        let unknown = server.post(path, &body("nobody@example.org")).send().await;
        assert_eq!(all_of(&known), all_of(&unknown), "{path}");
    }
    let mut templates: Vec<_> = server.outbox().await.into_iter().map(|mail| (mail.template, mail.account)).collect();
    templates.retain(|(_, account)| *account == Some(ann.account));
    templates.sort();
    let words: Vec<&str> = templates.iter().map(|(template, _)| template.as_str()).collect();
    assert_eq!(words, ["account_exists", "confirm_account", "reset_password"], "the mail tells the difference");
    let link = server.mailed("account_exists").await;
    let answer = server.post(format!("/api/v1/links/{link}"), &json!({"password": "another password"})).send().await;
    assert_eq!(answer.status, 200, "the holder of a known address can set a new password");
}

/// An unknown address writes as much as a known one: a row among the links. Only mail is not written.
#[tokio::test]
async fn a_reset_for_nobody_writes_a_link_to_nobody() {
    let server = Server::start();
    let links = async || {
        let rows = server.readers().rows("select count(*), count(account_id) from links", Vec::new()).await.unwrap();
        (rows[0].int(0).unwrap(), rows[0].int(1).unwrap())
    };
    server.account("Ann").await;
    for (email, expected) in [("ann@example.org", (1, 1)), ("nobody@example.org", (2, 1))] {
        let answer = server.post("/api/v1/password-resets", &json!({"email": email})).send().await;
        assert_eq!(answer.status, 202);
        assert_eq!(links().await, expected);
    }
    assert_eq!(server.outbox().await.len(), 1);
}

#[tokio::test]
async fn bad_input_is_told_field_by_field() {
    let server = Server::start();
    let empty = server.post("/api/v1/accounts", &json!({})).send().await;
    assert_snapshot!(empty.body["detail"].to_string(), @r#""Please correct: name is required; email is required; password is required.""#);
    for (body, detail) in [
        (
            json!({"name": "", "email": "x", "password": "short"}),
            "name must not be empty; email must be an e-mail address, such as ann@example.org; password must have 10 to 200 characters",
        ),
        (
            json!({"name": "Ann Example", "email": "ann@example.org", "password": "ann example"}),
            "password must not be your name or address",
        ),
        (
            json!({"name": "Ann", "email": "ann@example.org", "password": "ANN@example.org"}),
            "password must not be your name or address",
        ),
        (
            json!({"name": "x".repeat(401), "email": "ann@example.org", "password": PASSWORD}),
            "name must be at most 400 bytes long",
        ),
        (
            json!({"name": "Ann", "email": "ann@example.org", "password": "x".repeat(201)}),
            "password must have 10 to 200 characters",
        ),
        (
            json!({"name": 1, "email": null, "password": 1_234_567_890}),
            "name must be a text; email is required; password must be a text",
        ),
    ] {
        let answer = server.post("/api/v1/accounts", &body).send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{body}");
        assert_eq!(answer.text("detail"), format!("Please correct: {detail}."));
        assert!(!answer.body.to_string().contains("short"), "a password is not told back");
    }
    let unknown = server.post("/api/v1/accounts", &json!({"nickname": "x"})).send().await;
    assert_eq!(unknown.code(), (400, "malformed"));
}

/// Whoever registers first with somebody else's address must not choose the password that its holder confirms.
#[tokio::test]
async fn each_link_makes_the_account_that_its_own_request_described() {
    let server = Server::start();
    let attacker = json!({"name": "Mallory", "email": "ann@example.org", "password": "password of mallory"});
    server.post("/api/v1/accounts", &attacker).send().await;
    let first = server.mailed("confirm_account").await;
    server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).send().await;
    let mails = server.outbox().await;
    let second = mails.iter().filter_map(|mail| mail.link.clone()).find(|link| *link != first).unwrap();
    assert_eq!(server.post(format!("/api/v1/links/{second}"), &json!({})).send().await.status, 200);
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.text("name"), "Ann");
    assert_eq!(server.log_in("ann@example.org", "password of mallory").await.code(), (401, "wrong_login"));
    let late = server.post(format!("/api/v1/links/{first}"), &json!({})).send().await;
    assert_eq!(late.code(), (409, "address_taken"));
}

#[tokio::test]
async fn who_has_not_confirmed_is_reminded_but_not_too_often() {
    let server = Server::start();
    server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).send().await;
    let count = async || server.outbox().await.len();
    assert_eq!(count().await, 1);
    // Begun at the start of a span in which one mail is sent again.
    let now = Millis(headcount::clock::now().0 / (5 * MINUTE_MS) * 5 * MINUTE_MS);
    let log_in = async |password: &str, minutes: i64| {
        let password = headcount::people::passwords::Password::typed(password);
        let at = Millis(now.0 + minutes * MINUTE_MS);
        server.people.log_in("ann@example.org", password, None, at).await.map(drop).unwrap_err().to_string()
    };
    let no = log_in("wrong password", 5).await;
    assert_eq!(count().await, 1, "only the one who knows the password is reminded");
    for (minutes, mails) in [(5, 2), (6, 2), (9, 2), (10, 3)] {
        assert_eq!(log_in(PASSWORD, minutes).await, no, "answered alike");
        assert_eq!(count().await, mails, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_repeat_with_the_same_key_mails_once() {
    let server = Server::start();
    for _ in 0..2 {
        let ask = server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).key("one-key");
        assert_eq!(ask.send().await.status, 202);
    }
    assert_eq!(server.outbox().await.len(), 1);
    server.account("Ben").await;
    for _ in 0..2 {
        let ask = server.post("/api/v1/password-resets", &json!({"email": "ben@example.org"})).key("one-key");
        assert_eq!(ask.send().await.status, 202);
    }
    assert_eq!(server.outbox().await.len(), 2);
}

#[tokio::test]
async fn registration_can_be_switched_off() {
    let server = Server::with_people(Settings { self_registration: false, ..Settings::default() });
    let answer = server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).send().await;
    assert_eq!(answer.code(), (403, "registration_off"));
    assert_eq!(server.outbox().await.len(), 0);
}

#[tokio::test]
async fn without_mail_an_account_can_be_used_at_once() {
    for settings in
        [Settings { can_mail: false, ..Settings::default() }, Settings { confirm_email: false, ..Settings::default() }]
    {
        let server = Server::with_people(settings);
        let ask = || server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).key("one-key");
        let made = ask().send().await;
        assert_eq!(made.status, 201, "{}", made.shown());
        assert_eq!(ask().send().await.body, made.body, "a repeat");
        let other = server.post("/api/v1/accounts", &wish("Ann", "ANN@example.org")).send().await;
        assert_eq!(other.code(), (409, "address_taken"));
        assert_eq!(server.log_in("ann@example.org", PASSWORD).await.status, 201);
        assert_eq!(server.outbox().await.len(), 0);
    }
}

#[tokio::test]
async fn without_mail_a_reset_says_whom_to_ask() {
    let server = Server::with_people(Settings { can_mail: false, ..Settings::default() });
    server.account("Ann").await;
    let known = server.post("/api/v1/password-resets", &json!({"email": "ann@example.org"})).send().await;
    let unknown = server.post("/api/v1/password-resets", &json!({"email": "nobody@example.org"})).send().await;
    assert_eq!(all_of(&known), all_of(&unknown));
    assert_snapshot!(known.body["message"].to_string(), @r#""This server sends no mail. Ask an owner of your organization for a link that sets a new password.""#);
}

#[tokio::test]
async fn the_holder_sees_and_renames_their_account() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    server.member(crate::people::HOME, &ann, "manager", 1).await;
    assert_snapshot!(server.get("/api/v1/people/me").bearer(&ann.token).send().await.shown(), @r#"
    200 OK
    created_at: "[time]"
    email: "ann@example.org"
    id: "[id]"
    language: null
    memberships[0]: {"events":[],"everything":true,"organization_id":"[id]","role":"manager","special_requirements":false,"teams":[]}
    name: "Ann"
    teams: []
    "#);
    let rename = |body: Value| server.ask(Method::PATCH, "/api/v1/people/me").bearer(&ann.token).json(&body);
    assert_eq!(rename(json!({"name": "Anna"})).send().await.text("name"), "Anna");
    assert_eq!(rename(json!({})).send().await.text("name"), "Anna");
    assert_eq!(rename(json!({"name": null})).send().await.code(), (422, "invalid"));
    assert_eq!(rename(json!({"email": "x@example.org"})).send().await.code(), (400, "malformed"));
}

#[tokio::test]
async fn changing_the_password_ends_all_sessions_and_tokens_but_begins_one() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let (first, second) = (server.logged_in(&ann).await, server.logged_in(&ann).await);
    let change = |current: &str, new: &str| {
        let body = json!({"current": current, "new": new});
        server.post("/api/v1/people/me/password", &body).session(&first)
    };
    assert_eq!(change("wrong password", "a new password").send().await.code(), (403, "wrong_password"));
    assert_eq!(change(PASSWORD, "short").send().await.code(), (422, "invalid"));
    assert_eq!(change(PASSWORD, "ann@example.org").send().await.code(), (422, "invalid"));
    assert!(server.knows(|ask| ask.header("cookie", &first)).await, "nothing happened so far");
    let changed = change(PASSWORD, "a new password").send().await;
    assert_eq!(changed.status, 204, "{}", changed.shown());
    let new = crate::people::cookie(&changed);
    assert!(server.knows(|ask| ask.header("cookie", &new)).await);
    for old in [&first, &second] {
        assert!(!server.knows(|ask| ask.header("cookie", old)).await);
    }
    assert!(!server.knows(|ask| ask.bearer(&ann.token)).await);
    assert_eq!(server.log_in(&ann.email, PASSWORD).await.code(), (401, "wrong_login"));
    assert_eq!(server.log_in(&ann.email, "a new password").await.status, 201);
    assert_eq!(server.outbox().await.last().unwrap().template, "password_changed");
}

#[tokio::test]
async fn another_address_is_taken_when_its_mail_was_answered() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    server.account("Ben").await;
    let ask = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        server.post("/api/v1/people/me/address", &body).bearer(&ann.token)
    };
    assert_eq!(ask("anna@example.org", "wrong password").send().await.code(), (403, "wrong_password"));
    assert_eq!(ask("anna", PASSWORD).send().await.code(), (422, "invalid"));
    let taken = ask("ben@example.org", PASSWORD).send().await;
    let free = ask("anna@example.org", PASSWORD).key("k").send().await;
    assert_eq!(all_of(&taken), all_of(&free), "who has an address is not told to whoever does not read its mail");
    assert_eq!(ask("anna@example.org", PASSWORD).key("k").send().await.status, 202);
    assert_eq!(ask("other@example.org", PASSWORD).key("k").send().await.code(), (422, "key_reused"));
    let links: Vec<String> = server
        .outbox()
        .await
        .into_iter()
        .filter(|mail| mail.template == "change_address")
        .filter_map(|mail| mail.link)
        .collect();
    assert_eq!(links.len(), 2);
    let mut codes = Vec::new();
    for link in &links {
        let shown = server.get(format!("/api/v1/links/{link}")).send().await.text("email");
        let answer = server.post(format!("/api/v1/links/{link}"), &json!({})).send().await;
        codes.push((shown, answer.status.as_u16(), answer.body["code"].as_str().map(str::to_owned)));
    }
    codes.sort();
    // The one that worked may have ended the other one; which comes first is by chance.
    assert_eq!(codes[0], ("anna@example.org".to_owned(), 200, None));
    assert!([409, 404].contains(&codes[1].1), "{codes:?}");
    assert!(!server.knows(|ask| ask.bearer(&ann.token)).await, "tokens have ended");
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.code(), (401, "wrong_login"));
    assert_eq!(server.log_in("anna@example.org", PASSWORD).await.status, 201);
    let mails = server.outbox().await;
    let told = mails.iter().find(|mail| mail.template == "address_changed").unwrap();
    assert_eq!(told.address.as_deref(), Some("ann@example.org"), "the old address is told");
}

#[tokio::test]
async fn without_mail_another_address_is_taken_at_once() {
    let server = Server::with_people(Settings { can_mail: false, ..Settings::default() });
    server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).send().await;
    server.post("/api/v1/accounts", &wish("Ben", "ben@example.org")).send().await;
    let session = crate::people::cookie(&server.log_in("ann@example.org", PASSWORD).await);
    let ask = |email: &str| {
        let body = json!({"email": email, "password": PASSWORD});
        server.post("/api/v1/people/me/address", &body).session(&session)
    };
    assert_eq!(ask("ben@example.org").send().await.code(), (409, "address_taken"));
    assert!(server.knows(|ask| ask.header("cookie", &session)).await, "a refusal ends nothing");
    assert_eq!(ask("anna@example.org").send().await.status, 204);
    assert!(!server.knows(|ask| ask.header("cookie", &session)).await);
    assert_eq!(server.log_in("anna@example.org", PASSWORD).await.status, 201);
}

/// What nobody confirmed and what is over goes away by itself.
#[tokio::test]
async fn what_is_over_is_swept() {
    let server = Server::start();
    server.post("/api/v1/accounts", &wish("Ann", "ann@example.org")).send().await;
    let ben = server.registered("Ben").await;
    server.logged_in(&ben).await;
    let count = async |sql: &'static str| server.readers().rows(sql, Vec::new()).await.unwrap()[0].int(0).unwrap();
    let counts = async || {
        [
            count("select count(*) from accounts").await,
            count("select count(*) from links").await,
            count("select count(*) from sessions").await,
        ]
    };
    let now = headcount::clock::now();
    server.people.sweep(now).await.unwrap();
    assert_eq!(counts().await, [2, 2, 1]);
    let day_ms = 24 * 60 * MINUTE_MS;
    server.people.sweep(Millis(now.0 + 14 * day_ms + MINUTE_MS)).await.unwrap();
    assert_eq!(counts().await, [2, 2, 0], "an idle session ends after 14 days");
    server.people.sweep(Millis(now.0 + 40 * day_ms)).await.unwrap();
    assert_eq!(counts().await, [1, 0, 0], "an account that nobody confirmed goes with its link");
}
