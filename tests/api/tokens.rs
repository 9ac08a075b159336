//! `/tokens`: what programs show.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::people::{HOME, LATER};

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let session = server.logged_in(&ann).await;
    let body = json!({"name": "Till", "scopes": ["respond", "read"]});
    let made = server.post("/api/v1/tokens", &body).session(&session).send().await;
    let token = made.text("token");
    assert!(token.starts_with("hct_") && token.len() == 47, "{token}");
    assert_eq!(made.status, 201);
    assert!(server.knows(|ask| ask.bearer(&token)).await);
    let listed = server.get("/api/v1/tokens").session(&session).send().await;
    assert!(!listed.body.to_string().contains(&token));
    assert_snapshot!(listed.shown(), @r#"
    200 OK
    items[0]: {"created_at":"[time]","ended":false,"expires_at":"[time]","id":"[id]","name":"Till","scopes":["read","respond"]}
    items[1]: {"created_at":"1970-01-01T00:00:00Z","ended":false,"expires_at":"[time]","id":"[id]","name":"test","scopes":["read","respond","registrations","events","check_in","people"]}
    "#);
    let path = format!("/api/v1/tokens/{}", made.text("id"));
    let stranger = server.account("Ben").await;
    let by_stranger = server.ask(Method::DELETE, &path).bearer(&stranger.token).send().await;
    assert_eq!(by_stranger.code(), (404, "not_found"));
    assert_eq!(server.ask(Method::DELETE, &path).session(&session).send().await.status, 204);
    assert!(!server.knows(|ask| ask.bearer(&token)).await);
    assert_eq!(server.ask(Method::DELETE, &path).session(&session).send().await.status, 204, "a repeat");
    assert_eq!(
        server.ask(Method::DELETE, "/api/v1/tokens/x").session(&session).send().await.code(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn bad_input_is_told() {
    let server = Server::start();
    let ann = server.account("Ann").await;
    let ask = |body: &Value| server.post("/api/v1/tokens", body).bearer(&ann.token);
    for (body, detail) in [
        (json!({}), "name is required; scopes is required"),
        (json!({"name": "x", "scopes": []}), "scopes must name at least one"),
        (
            json!({"name": "x", "scopes": ["all"]}),
            "scopes[0] must be read, respond, registrations, events, check_in or people; scopes must name at least one",
        ),
        (json!({"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}), "expires_at must lie ahead"),
        (
            json!({"name": "x", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00Z"}),
            "expires_at must be at most 366 days ahead",
        ),
        (
            json!({"name": "x", "scopes": ["read"], "expires_at": "tomorrow"}),
            "expires_at must be a time with offset, such as 2026-09-01T18:00:00+02:00",
        ),
    ] {
        let answer = ask(&body).send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{body}");
        assert_eq!(answer.text("detail"), format!("Please correct: {detail}."));
    }
}

#[tokio::test]
async fn a_repeat_with_the_same_key_is_told_the_same_token() {
    let server = Server::start();
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let ask = |name: &str, token: &str| {
        server.post("/api/v1/tokens", &json!({"name": name, "scopes": ["read"]})).key("one-key").bearer(token)
    };
    let first = ask("Till", &ann.token).send().await;
    assert_eq!(ask("Till", &ann.token).send().await.body, first.body);
    assert_eq!(ask("Other", &ann.token).send().await.code(), (422, "key_reused"));
    let of_ben = ask("Till", &ben.token).send().await;
    assert_eq!(of_ben.status, 201, "a key belongs to whoever sent it");
    assert_ne!(of_ben.text("token"), first.text("token"));
}

#[tokio::test]
async fn a_token_makes_none_that_may_do_more() {
    let server = Server::start();
    let ann = server.account("Ann").await;
    let small = server.token(ann.account, "people read", LATER, None).await;
    let ask = |scopes: Value| server.post("/api/v1/tokens", &json!({"name": "x", "scopes": scopes})).bearer(&small);
    assert_eq!(ask(json!(["read"])).send().await.status, 201);
    assert_eq!(ask(json!(["read", "events"])).send().await.code(), (403, "forbidden"));
}

/// Whatever changes what somebody may do ends what they have open.
#[tokio::test]
async fn a_change_of_rights_ends_sessions_and_tokens() {
    let server = Server::start();
    server.team(uuid::Uuid::from_u128(7), "Kitchen").await;
    let member = |account: uuid::Uuid| format!("/api/v1/organizations/{HOME}/members/{account}");
    for change in ["role", "grant", "into a team", "out of a team", "team removed", "out of the organization"] {
        let somebody = server.account(&change.replace(' ', "-")).await;
        server.member(HOME, &somebody, "staff", 0).await;
        if change == "out of a team" || change == "team removed" {
            server.in_team(uuid::Uuid::from_u128(7), &somebody).await;
        }
        let session = server.session(somebody.account).await;
        assert!(server.knows(|ask| ask.bearer(&somebody.token)).await, "{change}");
        let path = member(somebody.account);
        let of_team = format!("/api/v1/organizations/{HOME}/teams/{}", uuid::Uuid::from_u128(7));
        let in_team = format!("{of_team}/members/{}", somebody.account);
        let ask = match change {
            "role" => server.ask(Method::PATCH, path).json(&json!({"role": "manager"})),
            "grant" => server.ask(Method::PATCH, path).json(&json!({"teams": [uuid::Uuid::from_u128(7)]})),
            "into a team" => server.ask(Method::PUT, in_team),
            "out of a team" => server.ask(Method::DELETE, in_team),
            "team removed" => server.ask(Method::DELETE, of_team),
            _ => server.ask(Method::DELETE, path),
        };
        let answer = ask.owner().send().await;
        assert!(answer.status.is_success(), "{change}: {}", answer.shown());
        assert!(!server.knows(|ask| ask.bearer(&somebody.token)).await, "{change}");
        assert!(!server.knows(|ask| ask.header("cookie", &session)).await, "{change}");
    }
}
