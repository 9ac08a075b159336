//! Faults behind the API: the answer says what became of the request.

use std::time::Duration;

use headcount::store::StoreError;
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Control, Server, person};

#[tokio::test]
async fn a_command_that_is_not_taken_in_time_is_busy() {
    let server = Server::waiting(Duration::from_millis(1), |_, _| {});
    let answer = server.post("/api/v1/events", &json!({"title": "Fair"})).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    503 Service Unavailable
    retry-after: 1
    code: "busy"
    detail: "Too many people are asking at this moment, and nothing was changed. Please try again."
    outcome: "none"
    status: 503
    title: "Busy"
    type: "urn:headcount:problem:busy"
    "#);
}

#[tokio::test]
async fn a_storage_that_fails_says_what_became_of_it() {
    let control = Control::new();
    control.let_all_through();
    let server = Server::with_store(|store| control.hold(store));
    let event = server.event(json!({})).await;
    let key = "a-key-that-nobody-can-guess";
    let path = format!("/api/v1/events/{event}/registrations");

    control.fail(StoreError::Unavailable("the disk is full: /secret/path".into()));
    let none = server.post(&path, &person("Ann")).key(key).send().await;
    assert_snapshot!(none.shown(), @r#"
    503 Service Unavailable
    retry-after: 5
    code: "storage_unavailable"
    detail: "The storage does not answer, and nothing was changed. Please try again in a moment."
    outcome: "none"
    status: 503
    title: "Storage unavailable"
    type: "urn:headcount:problem:storage_unavailable"
    "#);
    let again = server.post(&path, &person("Ann")).key(key).send().await;
    assert_eq!(again.status, 201, "serving again as soon as writing works");

    control.fail(StoreError::CommitUnknown("fsync failed".into()));
    let unknown = server.post(&path, &person("Ben")).key(key).send().await;
    assert_snapshot!(unknown.shown(), @r#"
    503 Service Unavailable
    retry-after: 5
    code: "storage_unavailable"
    detail: "The storage failed while your request was written, so it may or may not have happened. Send it again with the same Idempotency-Key to learn which."
    outcome: "unknown"
    status: 503
    title: "Storage unavailable"
    type: "urn:headcount:problem:storage_unavailable"
    "#);
    assert_eq!(server.get("/readyz").send().await.code(), (503, "storage_unavailable"));
}

#[tokio::test]
async fn a_bug_is_told_without_its_cause() {
    let control = Control::new();
    control.let_all_through();
    let server = Server::with_store(|store| control.hold(store));
    let event = server.event(json!({})).await;
    for _ in 0..2 {
        // The batch, and then the command alone.
        control.fail(StoreError::Refused("UNIQUE constraint failed: secret".into()));
    }
    let answer = server.sign_up(&event, "Ann").await;
    assert_snapshot!(answer.shown(), @r#"
    500 Internal Server Error
    code: "internal"
    detail: "Something is wrong with the server, and nothing was changed. Tell its owner if it happens again."
    outcome: "none"
    status: 500
    title: "Internal"
    type: "urn:headcount:problem:internal"
    "#);
}
