//! `/events/{event}/roles`.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn a_role_is_added_changed_and_removed() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/roles");
    let added = server.post(&path, &json!({"name": "Cook", "capacity": 4, "min_needed": 1})).owner().send().await;
    assert_snapshot!(added.shown(), @r#"
    201 Created
    etag: "3"
    affected: []
    dry_run: false
    event_id: "[id]"
    revision: 3
    role_id: "[id]"
    seq: 3
    "#);

    let change = json!({"name": "Chef", "capacity": null, "closed": true});
    let ask = server.ask(Method::PATCH, format!("{path}/cook")).owner().header("if-match", "\"3\"");
    let changed = ask.json(&change).send().await;
    assert_snapshot!(changed.shown(), @r#"
    200 OK
    etag: "4"
    affected: []
    dry_run: false
    event_id: "[id]"
    revision: 4
    role_id: "[id]"
    seq: 4
    "#);
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    let chef = read.body["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Chef").unwrap();
    assert_eq!((&chef["capacity"], &chef["closed"], &chef["min_needed"]), (&json!(null), &json!(true), &json!(1)));

    let id = added.text("role_id");
    let ask = server.ask(Method::DELETE, format!("{path}/{id}")).owner();
    let removed = ask.header("if-match", "\"4\"").send().await;
    assert_snapshot!(removed.shown(), @r#"
    200 OK
    etag: "5"
    affected: []
    dry_run: false
    event_id: "[id]"
    revision: 5
    role_id: "[id]"
    seq: 5
    "#);
    let ask = server.ask(Method::DELETE, format!("{path}/Participant")).owner();
    assert_eq!(ask.header("if-match", "\"5\"").send().await.code(), (409, "last_role"));
    let ask = server.ask(Method::DELETE, format!("{path}/{id}")).owner();
    assert_eq!(ask.header("if-match", "\"5\"").send().await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_role_with_registrations_stays() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Cook"}, {"name": "Server"}]})).await;
    let body = json!({"name": "Ann", "email": "ann@example.org", "role": "Cook"});
    server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
    let ask = server.ask(Method::DELETE, format!("/api/v1/events/{event}/roles/Cook")).owner();
    assert_eq!(ask.header("if-match", "\"3\"").send().await.code(), (409, "role_not_empty"));
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/roles");
    let tried = server.post(&path, &json!({"name": "Cook", "dry_run": true})).owner().send().await;
    assert_eq!((tried.status.as_u16(), &tried.body["dry_run"]), (200, &json!(true)));
    assert!(!tried.headers.contains_key("etag"));
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!((read.body["roles"].as_array().unwrap().len(), &read.body["revision"]), (1, &json!(2)));
}

#[tokio::test]
async fn wrong_roles_are_refused_with_all_reasons() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/roles");
    let wrong = json!({"name": "018f0000-0000-7000-8000-000000000000", "capacity": -1, "order": "first", "closed": 1,
                       "starts_at": "2027-01-01", "min_needed": 1.5, "if_below": "keep"});
    assert_snapshot!(server.post(&path, &wrong).owner().send().await.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: if_below belongs to a change, not to something new; name must not look like an id; capacity must be a whole number from 0 to 1000000000; null means unlimited; starts_at must be a time with offset, such as 2026-09-01T18:00:00+02:00; order must be a whole number; min_needed must be a whole number; closed must be true or false."
    fields[0]: {"field":"if_below","problem":"belongs to a change, not to something new"}
    fields[1]: {"field":"name","problem":"must not look like an id"}
    fields[2]: {"field":"capacity","problem":"must be a whole number from 0 to 1000000000; null means unlimited"}
    fields[3]: {"field":"starts_at","problem":"must be a time with offset, such as 2026-09-01T18:00:00+02:00"}
    fields[4]: {"field":"order","problem":"must be a whole number"}
    fields[5]: {"field":"min_needed","problem":"must be a whole number"}
    fields[6]: {"field":"closed","problem":"must be true or false"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
    assert_eq!(server.post(&path, &json!({"name": "PARTICIPANT"})).owner().send().await.code(), (409, "role_exists"));
    let late = json!({"name": "Late", "starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"});
    assert_eq!(server.post(&path, &late).owner().send().await.code(), (422, "invalid"));
}
