//! How the server is doing, and what is around every answer.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Logging, Server, TOKEN, person};

#[tokio::test]
async fn it_says_that_it_runs_and_is_ready() {
    let server = Server::start();
    assert_snapshot!(server.get("/healthz").send().await.shown(), @r#"
    200 OK
    status: "ok"
    "#);
    assert_snapshot!(server.get("/readyz").send().await.shown(), @r#"
    200 OK
    status: "ready"
    "#);
    server.lanes.stop();
    assert_eq!(server.get("/readyz").send().await.code(), (503, "storage_unavailable"));
    assert_eq!(server.get("/healthz").send().await.status, 200);
}

#[tokio::test]
async fn the_lanes_can_be_watched() {
    let server = Server::start();
    server.event(json!({})).await;
    let answer = server.get("/api/v1/system/locks").owner().send().await;
    assert_eq!(answer.status, 200);
    for name in ["activeLocks", "totalLocksAcquired", "averageWaitTime"] {
        assert!(answer.body[name].is_number(), "{name} in {}", answer.body);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = Server::start();
    let answer = server.ask(Method::PUT, "/api/v1/events").send().await;
    assert_snapshot!(answer.shown(), @r#"
    405 Method Not Allowed
    allow: POST,GET,HEAD
    code: "method_not_allowed"
    detail: "This address does not take this method. The Allow header names those it takes."
    outcome: "none"
    status: 405
    title: "Method not allowed"
    type: "urn:headcount:problem:method_not_allowed"
    "#);
    let answer = server.ask(Method::POST, "/api/v1/events/fair").send().await;
    assert_eq!(answer.headers["allow"], "GET,HEAD,PATCH,DELETE");
    let head = server.ask(Method::HEAD, "/healthz").send().await;
    assert_eq!((head.status.as_u16(), head.body), (200, json!(null)));
}

#[tokio::test]
async fn every_answer_is_safe_and_has_an_id() {
    let server = Server::start();
    let mut ids = Vec::new();
    for path in ["/healthz", "/nothing", "/api/v1/events", "/api/v1/system/locks"] {
        let headers = server.get(path).send().await.headers;
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'", "{path}");
        ids.push(headers["x-request-id"].clone());
    }
    ids.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    ids.dedup();
    assert_eq!(ids.len(), 4, "every request has its own");
    let given = server.get("/healthz").header("x-request-id", "abc-1.2_3").send().await;
    assert_eq!(given.headers["x-request-id"], "abc-1.2_3");
    for bad in ["", "with space", "<script>", &"x".repeat(65)] {
        let answer = server.get("/healthz").header("x-request-id", bad).send().await;
        assert_ne!(answer.headers["x-request-id"], bad);
    }
}

#[tokio::test]
async fn requests_are_logged_without_what_is_personal_or_secret() {
    let logging = Logging::start();
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    server.get(&link).send().await;
    server.post(format!("{link}/cancel"), &person("Ann")).send().await;
    server.get("/api/v1/people/ann@example.org/registrations").owner().send().await;
    server.get("/api/v1/events/fair/registrations?q=ann@example.org").owner().send().await;
    let logged = logging.end();
    assert!(logged.contains("/api/v1/manage/{token}/cancel"), "{logged}");
    assert!(logged.contains("status=201"), "{logged}");
    let token = link.rsplit('/').next().unwrap();
    for secret in [token, TOKEN, "ann@", "Ann"] {
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
}
