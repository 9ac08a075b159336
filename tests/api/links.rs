//! `/links/{token}` and the page `/l/{token}`: one-time links.

use headcount::people::links;
use headcount::people::setup::{self, FIRST_ORGANIZATION};
use headcount::store::script::Script;
use headcount::values;
use headcount_core::ids::Millis;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::people::{HOME, PASSWORD};

impl Server {
    /// A link that makes the first owner.
    async fn setup_link(&self) -> String {
        const SQL: &str = "insert into links (link_id, purpose, organization_id, data, created_at, expires_at) \
                           values ($1, 'setup', $2, '{}', 0, $3)";
        let id = headcount::clock::new_id();
        self.script(SQL, values![id, FIRST_ORGANIZATION.0, crate::people::LATER]).await;
        links::token(self.secret(), id)
    }

    async fn expire_links(&self) {
        let script = Script::default().step("update links set expires_at = 1", Vec::new());
        assert_eq!(self.lanes.run(script).await, Ok(headcount::store::script::Ran::Done));
    }
}

fn setup_of(name: &str) -> Value {
    json!({"name": name, "email": format!("{}@example.org", name.to_lowercase()), "password": PASSWORD})
}

#[tokio::test]
async fn a_setup_link_makes_the_first_owner_once() {
    let server = Server::start();
    let (link, other) = (server.setup_link().await, server.setup_link().await);
    let path = format!("/api/v1/links/{link}");
    assert_snapshot!(server.get(&path).send().await.shown(), @r#"
    200 OK
    email: null
    expires_at: "[time]"
    fields: ["name","email","password"]
    organization: "Our organization"
    purpose: "setup"
    "#);
    assert_eq!(server.post(&path, &json!({})).send().await.code(), (422, "invalid"));
    let done = server.post(&path, &setup_of("Ann")).send().await;
    assert_snapshot!(done.shown(), @r#"
    200 OK
    account_id: "[id]"
    organization_id: "[id]"
    purpose: "setup"
    "#);
    let owners = setup::owners(server.readers()).await.unwrap();
    assert_eq!(owners.iter().map(|owner| owner.email.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
    assert_eq!(server.post(&path, &setup_of("Ben")).send().await.code(), (409, "link_used"));
    let late = server.post(format!("/api/v1/links/{other}"), &setup_of("Ben")).send().await;
    assert_eq!(late.code(), (409, "already_set_up"));
    assert_eq!(server.log_in("ben@example.org", PASSWORD).await.code(), (401, "wrong_login"), "nothing was made");
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.status, 201);
}

/// Of any number who use it at once, one is let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_works_once_for_two_at_once() {
    let server = Server::start();
    let (first, second) = (server.setup_link().await, server.setup_link().await);
    let mut asks = Vec::new();
    for (link, name) in [(&first, "Ann"), (&first, "Ben"), (&second, "Cem"), (&second, "Dan")] {
        asks.push(tokio::spawn(server.post(format!("/api/v1/links/{link}"), &setup_of(name)).send()));
    }
    let mut done = 0;
    for ask in asks {
        let answer = ask.await.unwrap();
        match answer.code() {
            (200, _) => done += 1,
            (409, "link_used" | "already_set_up") => {}
            _ => panic!("{}", answer.shown()),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(setup::owners(server.readers()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_request_again_is_answered_as_before() {
    let server = Server::start();
    let link = server.reset_link().await;
    let ask = |password: &str, key: &str| {
        server.post(format!("/api/v1/links/{link}"), &json!({"password": password})).key(key)
    };
    let first = ask("a new password", "one-key").send().await;
    assert_eq!(first.status, 200);
    assert_eq!(ask("a new password", "one-key").send().await.body, first.body);
    assert_eq!(ask("a new password", "another").send().await.code(), (409, "link_used"));
    assert_eq!(ask("other password", "one-key").send().await.code(), (409, "link_used"));
    let data = server.readers().rows("select data from links", Vec::new()).await.unwrap()[0].text(0).unwrap();
    assert!(!data.contains("argon2") && !data.contains("password"), "{data}");
}

#[tokio::test]
async fn a_link_asks_for_what_it_needs_and_nothing_else() {
    let server = Server::start();
    let link = server.reset_link().await;
    let path = format!("/api/v1/links/{link}");
    for (body, code, detail) in [
        (json!({}), (422, "invalid"), "Please correct: password is required."),
        (
            json!({"password": PASSWORD, "name": "x"}),
            (422, "invalid"),
            "Please correct: name is not asked for by this link.",
        ),
        (json!({"password": "short"}), (422, "invalid"), "Please correct: password must have 10 to 200 characters."),
        (
            json!({"password": "forgetful@example.org"}),
            (422, "invalid"),
            "Please correct: password must not be your name or address.",
        ),
    ] {
        let answer = server.post(&path, &body).send().await;
        assert_eq!((answer.code(), answer.text("detail").as_str()), (code, detail), "{body}");
    }
    assert_eq!(server.get(&path).send().await.status, 200, "it can still be used");
    assert_eq!(server.post(&path, &json!({"password": PASSWORD})).send().await.status, 200);
    assert_eq!(server.get(&path).send().await.code(), (409, "link_used"));
}

#[tokio::test]
async fn a_new_password_ends_everything_that_was_open() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let session = server.logged_in(&ann).await;
    for _ in 0..2 {
        server.post("/api/v1/password-resets", &json!({"email": ann.email})).send().await;
    }
    let links: Vec<String> = server
        .outbox()
        .await
        .into_iter()
        .filter(|mail| mail.template == "reset_password")
        .filter_map(|mail| mail.link)
        .collect();
    let answer =
        server.post(format!("/api/v1/links/{}", links[0]), &json!({"password": "a new password"})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    assert!(!server.knows(|ask| ask.header("cookie", &session)).await);
    assert!(!server.knows(|ask| ask.bearer(&ann.token)).await);
    let other = server.post(format!("/api/v1/links/{}", links[1]), &json!({"password": "other password"})).send().await;
    assert_eq!(other.code(), (404, "not_found"), "other links to the account end too");
    assert_eq!(server.log_in(&ann.email, "a new password").await.status, 201);
    assert!(server.outbox().await.iter().any(|mail| mail.template == "password_changed"));
}

#[tokio::test]
async fn a_link_ends() {
    let server = Server::start();
    let token = server.reset_link().await;
    let link = server.people.open_link(&token, headcount::clock::now()).await.unwrap();
    let hour = 60 * 60 * 1_000;
    let left = link.expires_at.0 - headcount::clock::now().0;
    assert!(left > hour - 60_000 && left <= hour, "{left}");
    assert!(server.people.open_link(&token, Millis(link.expires_at.0 - 1)).await.is_ok());
    assert!(server.people.open_link(&token, link.expires_at).await.is_err());
    server.expire_links().await;
    let path = format!("/api/v1/links/{token}");
    let ended = server.get(&path).send().await;
    assert_snapshot!(ended.shown(), @r#"
    404 Not Found
    code: "not_found"
    detail: "There is no such link, or it has ended. Ask for a new one."
    outcome: "none"
    status: 404
    title: "Not found"
    type: "urn:headcount:problem:not_found"
    "#);
    for (path, body) in [
        (path, json!({"password": PASSWORD})),
        ("/api/v1/links/forged".to_owned(), json!({})),
        (format!("/api/v1/links/{}", server.secret().token("door", uuid::Uuid::from_u128(1))), json!({})),
    ] {
        assert_eq!(server.post(path, &body).send().await.body, ended.body, "nobody learns what a link was");
    }
}

#[tokio::test]
async fn a_person_uses_a_link_without_javascript() {
    let server = Server::start();
    let link = server.setup_link().await;
    let path = format!("/l/{link}");
    let (status, headers, page) = server.get(&path).send_for_text().await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; ") && policy.contains("form-action 'self'"));
    for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
        assert_eq!(headers[name], value);
    }
    for part in [
        "<form method=\"post\" action=\"/l/",
        "name=\"name\"",
        "name=\"email\"",
        "name=\"password\"",
        "Make the first account",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<script>"));
    let wrong = "name=%3Cb%3EAnn&email=ann&password=short";
    let (status, _, page) = server.ask(axum::http::Method::POST, &path).form(wrong).send_for_text().await;
    assert_eq!(status, 422);
    for part in [
        "Please give an e-mail address, such as ann@example.org.",
        "Please choose one of 10 to 200 characters that is not your name or address.",
        "value=\"&lt;b&gt;Ann\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("short") && !page.contains("<b>Ann"), "{page}");
    let easy = "name=Ann&email=ann%40example.org&password=ann%40example.org";
    let (status, _, page) = server.ask(axum::http::Method::POST, &path).form(easy).send_for_text().await;
    assert_eq!(status, 422);
    assert!(page.contains("is not your name or address"), "{page}");
    let right = "name=Ann&email=ann%40example.org&password=correct+horse+battery";
    let (status, _, page) = server.ask(axum::http::Method::POST, &path).form(right).send_for_text().await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("You own this server."), "{page}");
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.status, 201);
    let (status, _, page) = server.get(&path).send_for_text().await;
    assert_eq!(status, 409);
    assert!(page.contains("was used already"), "{page}");
    let (status, _, page) = server.get("/l/forged").send_for_text().await;
    assert_eq!(status, 404);
    assert!(page.contains("This link leads nowhere"), "{page}");
}

#[tokio::test]
async fn every_kind_of_link_has_its_page() {
    let server = Server::start();
    server.post("/api/v1/accounts", &setup_of("Ann")).send().await;
    let invite = json!({"email": "ben@example.org"});
    server.post(format!("/api/v1/organizations/{HOME}/invitations"), &invite).owner().send().await;
    server.reset_link().await;
    let cem = server.registered("Cem").await;
    let address = json!({"email": "cem.new@example.org", "password": PASSWORD});
    server.post("/api/v1/people/me/address", &address).bearer(&cem.token).send().await;
    for (template, text, fields, done) in [
        (
            "invitation",
            "Our organization invites ben@example.org.",
            "name=Ben&password=correct+horse+battery",
            "You belong to the organization.",
        ),
        (
            "reset_password",
            "For the account of forgetful@example.org.",
            "password=correct+horse+battery",
            "Your password is set",
        ),
        ("change_address", "the address cem.new@example.org.", "", "Your account has the new address"),
    ] {
        let path = format!("/l/{}", server.mailed(template).await);
        let (_, _, page) = server.get(&path).send_for_text().await;
        assert!(page.contains(text), "{template}: {page}");
        let (status, _, page) = server.ask(axum::http::Method::POST, &path).form(fields).send_for_text().await;
        assert_eq!(status, 200, "{template}: {page}");
        assert!(page.contains(done), "{template}: {page}");
    }
    let mails = server.outbox().await;
    let of_ann = mails.iter().find(|mail| mail.template == "confirm_account").unwrap().link.clone().unwrap();
    let (_, _, page) = server.get(format!("/l/{of_ann}")).send_for_text().await;
    assert!(page.contains("Somebody wants an account with ann@example.org."), "{page}");
    let (status, _, page) = server.ask(axum::http::Method::POST, format!("/l/{of_ann}")).form("").send_for_text().await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Your account can be used."), "{page}");
}
