//! `/sessions`: logging in and out.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use headcount::http::{App, router};
use headcount::secret::token_hash;
use headcount_core::ids::Millis;
use insta::assert_snapshot;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{Server, TOKEN};
use crate::people::{PASSWORD, cookie};

#[tokio::test]
async fn a_session_is_told_in_a_cookie_that_only_this_host_gets() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let answer = server.log_in(&ann.email, PASSWORD).await;
    let header = answer.headers["set-cookie"].to_str().unwrap();
    let (pair, flags) = header.split_once("; ").unwrap();
    let (name, secret) = pair.split_once('=').unwrap();
    assert_eq!(name, "__Host-headcount");
    assert_eq!(secret.len(), 43, "256 random bits");
    assert_eq!(flags, "Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure");
    assert!(!answer.body.to_string().contains(secret));
    let stored = server.readers().rows("select session_hash from sessions", Vec::new()).await.unwrap();
    assert_eq!(stored[0].text(0).unwrap(), token_hash(secret), "only a hash is stored");
}

#[tokio::test]
async fn over_plain_http_the_cookie_is_one_that_browsers_take() {
    let mut plain = Server::start();
    let ann = plain.registered("Ann").await;
    let (lanes, readers, secret) = (plain.lanes.clone(), plain.readers().clone(), plain.secret().clone());
    let app = App::new(lanes, readers, secret, token_hash(TOKEN), "http://127.0.0.1:8080".to_owned());
    plain.router = router(app);
    let answer = plain.log_in(&ann.email, PASSWORD).await;
    let header = answer.headers["set-cookie"].to_str().unwrap();
    assert!(header.starts_with("headcount="), "{header}");
    assert!(header.ends_with("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax"), "{header}");
    let session = cookie(&answer);
    assert!(plain.knows(|ask| ask.header("cookie", &session)).await);
}

#[tokio::test]
async fn a_session_that_a_client_brings_is_never_kept() {
    let server = Server::start();
    let (ann, ben) = (server.registered("Ann").await, server.registered("Ben").await);
    let body = json!({"email": ann.email, "password": PASSWORD});
    // One that somebody made up.
    let made_up = "__Host-headcount=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let answer = server.post("/api/v1/sessions", &body).header("cookie", made_up).send().await;
    assert_eq!(answer.status, 201);
    assert_ne!(cookie(&answer), made_up);
    assert!(!server.knows(|ask| ask.header("cookie", made_up)).await);
    // One that somebody else knows: it ends, and does not become Ann's.
    let of_ben = server.logged_in(&ben).await;
    let answer = server.post("/api/v1/sessions", &body).session(&of_ben).send().await;
    assert_eq!(answer.status, 201, "{}", answer.shown());
    assert_ne!(cookie(&answer), of_ben);
    assert!(!server.knows(|ask| ask.header("cookie", &of_ben)).await);
}

#[tokio::test]
async fn wrong_logins_are_answered_alike() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let wrong = server.log_in(&ann.email, "wrong password").await;
    assert_snapshot!(wrong.shown(), @r#"
    401 Unauthorized
    www-authenticate: Bearer
    code: "wrong_login"
    detail: "There is no account with this address and this password. Check both, or have a new password set."
    outcome: "none"
    status: 401
    title: "Wrong login"
    type: "urn:headcount:problem:wrong_login"
    "#);
    for (email, password) in [("nobody@example.org", PASSWORD), (&ann.email, ""), (&ann.email, &"x".repeat(10_000))] {
        assert_eq!(server.log_in(email, password).await.body, wrong.body);
    }
    for (body, code) in [
        (json!({}), (422, "invalid")),
        (json!({"email": "x", "password": PASSWORD}), (422, "invalid")),
        (json!({"email": ann.email, "password": 1}), (422, "invalid")),
        (json!({"email": ann.email, "password": PASSWORD, "remember": true}), (400, "malformed")),
    ] {
        assert_eq!(server.post("/api/v1/sessions", &body).send().await.code(), code, "{body}");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let (first, second) = (server.logged_in(&ann).await, server.logged_in(&ann).await);
    let listed = server.get("/api/v1/sessions").header("cookie", &first).send().await;
    let current: Vec<bool> =
        listed.body["items"].as_array().unwrap().iter().map(|one| one["current"].as_bool().unwrap()).collect();
    assert_eq!(current.iter().filter(|current| **current).count(), 1, "{}", listed.shown());
    assert_eq!(current.len(), 2);
    let out = server.ask(Method::DELETE, "/api/v1/sessions/current").session(&first).send().await;
    assert_eq!(out.status, 204);
    assert_eq!(out.headers["set-cookie"], "__Host-headcount=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    assert!(!server.knows(|ask| ask.header("cookie", &first)).await);
    assert!(server.knows(|ask| ask.header("cookie", &second)).await);
    let by_token = server.ask(Method::DELETE, "/api/v1/sessions/current").bearer(&ann.token).send().await;
    assert_eq!(by_token.code(), (404, "not_found"));
    assert_eq!(server.ask(Method::DELETE, "/api/v1/sessions").bearer(&ann.token).send().await.status, 204);
    assert!(!server.knows(|ask| ask.header("cookie", &second)).await);
    assert!(server.knows(|ask| ask.bearer(&ann.token)).await, "tokens are revoked one by one");
}

#[tokio::test]
async fn a_session_ends_by_lying_idle_and_by_age() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let hash = token_hash(server.logged_in(&ann).await.split_once('=').unwrap().1);
    let begun = headcount::clock::now();
    let session = server.logged_in(&ann).await;
    let secret = session.split_once('=').unwrap().1;
    let knows = async |hash: &str, now: Millis| {
        headcount::people::identity::by_session(server.readers(), hash, now).await.unwrap().is_some()
    };
    let at = |days: i64, more_ms: i64| Millis(begun.0 + days * DAY_MS + more_ms);
    assert!(knows(&hash, at(14, -60_000)).await);
    assert!(!knows(&hash, at(14, 60_000)).await, "idle for 14 days");
    // In use every ten days: until it is 90 days old.
    for days in (10..90).step_by(10) {
        server.people.note_use(secret, at(days, 0)).await.unwrap();
    }
    assert!(knows(&token_hash(secret), at(90, -60_000)).await);
    assert!(!knows(&token_hash(secret), at(90, 60_000)).await, "90 days old");
}

#[tokio::test]
async fn the_use_of_a_session_is_noted_once_an_hour() {
    const HOUR_MS: i64 = 60 * 60 * 1_000;
    let seen = Millis(1_000);
    assert!(!headcount::people::People::is_worth_noting(seen, Millis(seen.0 + HOUR_MS - 1)));
    assert!(headcount::people::People::is_worth_noting(seen, Millis(seen.0 + HOUR_MS)));
}

/// Where the log goes in a test.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_stands_in_the_log() {
    let lines = Lines::default();
    // For the whole process: what workers say on threads of their own is read too, and what other tests cause.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(lines.clone());
    tracing::subscriber::set_global_default(subscriber.with_ansi(false).finish()).unwrap();
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let session = server.logged_in(&ann).await;
    server.log_in(&ann.email, "a wrong password").await;
    let made = server.post("/api/v1/tokens", &json!({"name": "x", "scopes": ["read"]})).session(&session).send().await;
    let token = made.text("token");
    assert!(server.knows(|ask| ask.bearer(&token)).await);
    let (_, _, page) = server.get(format!("/l/{}", server.reset_link().await)).send_for_text().await;
    assert!(page.contains("forgetful@example.org"));
    let links: Vec<String> = server.outbox().await.into_iter().filter_map(|mail| mail.link).collect();
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/v1/sessions"), "the log was captured: {log}");
    let secret = session.split_once('=').unwrap().1;
    for secret in links.iter().map(String::as_str).chain([PASSWORD, "a wrong password", secret, &token, &ann.email]) {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
}
