//! `/metrics`: what operators see of a server, in numbers alone.

use std::time::Duration;

use axum::http::Method;
use headcount::client::{Address, Ask, Connection};
use headcount::store::StoreError;
use serde_json::json;

use crate::harness::{Control, Server, person};
use crate::serving::{PATIENT, start};

/// What `/metrics` says.
struct Measured(String);

impl Measured {
    async fn of(server: &Server) -> Measured {
        let answer = server.get("/metrics").send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        Measured(answer.body.as_str().unwrap().to_owned())
    }

    /// The value of a line, named as it stands there; none: there is no such line.
    fn get(&self, name: &str) -> Option<f64> {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        self.0.lines().find_map(value)
    }

    #[track_caller]
    fn assert(&self, name: &str, value: f64) {
        assert_eq!(self.get(name), Some(value), "{name} in:\n{}", self.0);
    }
}

#[tokio::test]
async fn sign_ups_are_counted_by_their_outcome() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1, "waitlist": {"policy": "off"}})).await;
    Measured::of(&server).await.assert("headcount_commands_total{command=\"sign_up\",outcome=\"confirmed\"}", 0.0);
    assert_eq!(server.sign_up(&event, "Ann").await.status, 201);
    assert_eq!(server.sign_up(&event, "Ann").await.status, 409);
    assert_eq!(server.sign_up(&event, "Ben").await.status, 409);
    assert_eq!(server.sign_up(&event, "Cat").await.status, 409);
    let tried = json!({"title": "Another", "dry_run": true});
    let etag = server.etag(&event).await;
    let path = format!("/api/v1/events/{event}");
    let answer = server.ask(Method::PATCH, &path).owner().header("if-match", &etag).json(&tried).send().await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    let measured = Measured::of(&server).await;
    measured.assert("headcount_commands_total{command=\"create_event\",outcome=\"done\"}", 1.0);
    measured.assert("headcount_commands_total{command=\"sign_up\",outcome=\"confirmed\"}", 1.0);
    measured.assert("headcount_commands_total{command=\"sign_up\",outcome=\"already_registered\"}", 1.0);
    measured.assert("headcount_commands_total{command=\"sign_up\",outcome=\"event_full\"}", 2.0);
    measured.assert("headcount_commands_total{command=\"dry_run\",outcome=\"done\"}", 1.0);
    measured.assert("headcount_command_seconds_count", 6.0);
    measured.assert("headcount_wait_seconds_count", 6.0);
    measured.assert("headcount_batch_commands_count", 6.0);
    for step in ["load", "decide", "commit"] {
        measured.assert(&format!("headcount_batch_seconds_count{{kind=\"{step}\"}}"), 6.0);
    }
    measured.assert("headcount_transactions_total", 6.0);
    measured.assert("headcount_transactions_failed_total{cause=\"unavailable\"}", 0.0);
    measured.assert("headcount_active_lanes", 0.0);
    measured.assert("headcount_waiting_commands", 0.0);
    measured.assert("headcount_ready", 1.0);
    measured.assert("headcount_build_info{version=\"0.1.0\"}", 1.0);
    assert!(measured.get("process_start_time_seconds").is_some_and(|at| at > 1.7e9), "{}", measured.0);
}

#[tokio::test]
async fn nothing_about_single_events_or_people_is_told() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair", "title": "Fair"})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    server.get(&link).send().await;
    server.get("/api/v1/events/fair").send().await;
    server.get("/nothing/of/the/kind").send().await;
    server.ask(Method::from_bytes(b"FAIR").unwrap(), "/api/v1/events").send().await;
    let measured = Measured::of(&server).await;
    let request = |method: &str, route: &str, status: &str| {
        format!("headcount_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}")
    };
    measured.assert(&request("GET", "/api/v1/manage/{token}", "2xx"), 1.0);
    measured.assert(&request("GET", "/api/v1/events/{event}", "2xx"), 1.0);
    measured.assert(&request("GET", "none", "4xx"), 1.0);
    measured.assert(&request("other", "/api/v1/events", "4xx"), 1.0);
    let token = link.rsplit('/').next().unwrap();
    for single in [event.as_str(), "fair", "Fair", "FAIR", "ann", "Ann", token] {
        assert!(!measured.0.contains(single), "{single} in:\n{}", measured.0);
    }
}

#[tokio::test]
async fn whoever_gets_no_decision_is_counted_too() {
    let server = Server::waiting(Duration::from_millis(1), |_, _| {});
    server.post("/api/v1/events", &json!({"title": "Fair"})).owner().send().await;
    let measured = Measured::of(&server).await;
    measured.assert("headcount_commands_total{command=\"create_event\",outcome=\"busy\"}", 1.0);
    measured.assert("headcount_command_seconds_count", 1.0);
    measured.assert("headcount_wait_seconds_count", 0.0);
}

#[tokio::test]
async fn what_the_storage_does_is_counted_by_its_cause() {
    let control = Control::new();
    control.let_all_through();
    let server = Server::with_store(|store| control.hold(store));
    let event = server.event(json!({})).await;
    let failures = [
        (StoreError::Unavailable(String::new()), "unavailable", "storage_unavailable"),
        (StoreError::Busy(String::new()), "busy", "busy"),
        (StoreError::CommitUnresolved(String::new()), "commit_unresolved", "unknown"),
    ];
    for (error, cause, outcome) in failures {
        control.fail(error);
        assert_eq!(server.sign_up(&event, "Ann").await.status, 503, "{cause}");
        let measured = Measured::of(&server).await;
        measured.assert(&format!("headcount_transactions_failed_total{{cause=\"{cause}\"}}"), 1.0);
        measured.assert(&format!("headcount_commands_total{{command=\"sign_up\",outcome=\"{outcome}\"}}"), 1.0);
    }
    Measured::of(&server).await.assert("headcount_transactions_total", 4.0);
}

#[tokio::test]
async fn lanes_and_followers_are_shown_as_they_are() {
    let control = Control::new();
    control.let_one_through();
    let server = Server::with_store(|store| control.hold(store));
    let event = server.event(json!({})).await;
    control.one_arrived().await;
    let serving = start(&server, PATIENT).await;
    let connection = Connection::open(&Address::from(serving.address)).await.unwrap();
    let path = format!("/api/v1/events/{event}/stream");
    let follower = connection.follow(Ask::new(Method::GET, &path)).await.unwrap();
    let held = tokio::spawn(server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann")).send());
    control.one_arrived().await;
    let measured = Measured::of(&server).await;
    measured.assert("headcount_active_lanes", 1.0);
    measured.assert("headcount_followers", 1.0);
    measured.assert("headcount_sockets", 0.0);
    control.let_all_through();
    assert_eq!(held.await.unwrap().status, 201);
    drop(follower);
}

#[tokio::test]
async fn limits_and_wrong_passwords_are_counted() {
    let limited = "person=1,logins=1".parse().unwrap();
    let server = Server::start().set_up(|app| app.with_limits(headcount::http::Limits::new(limited)));
    let event = server.event(json!({})).await;
    server.sign_up(&event, "Ann").await;
    assert_eq!(server.sign_up(&event, "Ann").await.status, 429);
    for expected in [401, 429] {
        assert_eq!(server.log_in("nobody@example.org", "a wrong password").await.status, expected);
    }
    let measured = Measured::of(&server).await;
    measured.assert("headcount_rate_limited_total{kind=\"person\"}", 1.0);
    measured.assert("headcount_rate_limited_total{kind=\"logins\"}", 1.0);
    measured.assert("headcount_rate_limited_total{kind=\"address\"}", 0.0);
    measured.assert("headcount_failed_logins_total", 1.0);
}

#[tokio::test]
async fn mail_that_should_have_been_sent_is_counted_with_its_age() {
    let server = Server::start();
    Measured::of(&server).await.assert("headcount_outbox_overdue", 0.0);
    let event = server.event(json!({"verify_minutes": 60})).await;
    assert_eq!(server.sign_up(&event, "Ann").await.status, 202);
    let measured = Measured::of(&server).await;
    measured.assert("headcount_outbox_overdue", 1.0);
    assert!(measured.get("headcount_outbox_oldest_seconds").is_some_and(|age| (0.0..600.0).contains(&age)));
    let without = Server::start().set_up(headcount::http::App::without_mail);
    assert_eq!(Measured::of(&without).await.get("headcount_outbox_overdue"), None, "nothing is to be sent");
}
