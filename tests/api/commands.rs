//! `POST /events/{event}/registrations/{id}/{command}` and `/events/{event}/repair`.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};

async fn command(server: &Server, event: &str, id: &str, command: &str, body: Value) -> Answer {
    server.post(format!("/api/v1/events/{event}/registrations/{id}/{command}"), &body).owner().send().await
}

#[tokio::test]
async fn a_cancel_gives_the_place_to_the_next_and_says_so() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1})).await;
    let ann = server.sign_up(&event, "Ann").await.text("id");
    let ben = server.sign_up(&event, "Ben").await.text("id");
    let tried = command(&server, &event, &ann, "cancel", json!({"dry_run": true})).await;
    assert_snapshot!(tried.shown(), @r#"
    200 OK
    affected[0]: {"from":"waitlisted","registration_id":"[id]","role_id":"[id]","spots":1,"to":"confirmed"}
    checked_in: 0
    created_at: "[time]"
    dry_run: true
    event_id: "[id]"
    id: "[id]"
    position: null
    role: "Participant"
    role_id: "[id]"
    seq: 6
    spots: 1
    status: "cancelled"
    "#);
    let cancelled = command(&server, &event, &ann, "cancel", json!({})).await;
    assert_eq!(cancelled.body["affected"][0]["registration_id"], json!(ben));
    assert_eq!(cancelled.body["dry_run"], false);
    let again = command(&server, &event, &ann, "cancel", json!({})).await;
    assert_snapshot!(again.shown(), @r#"
    409 Conflict
    code: "not_active"
    detail: "The registration has ended. Sign up again, or have it reinstated."
    outcome: "none"
    status: 409
    title: "Not active"
    type: "urn:headcount:problem:not_active"
    "#);
}

#[tokio::test]
async fn every_command_does_its_work() {
    let server = Server::start();
    let event =
        server.event(json!({"roles": [{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 1}]})).await;
    let mut ids = Vec::new();
    for (name, role) in [("Ann", "Cook"), ("Ben", "Server"), ("Cem", "Server")] {
        let mut body = person(name);
        body["role"] = json!(role);
        ids.push(server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.text("id"));
    }
    let (ann, ben, cem) = (ids[0].as_str(), ids[1].as_str(), ids[2].as_str());
    for (id, name, body, status, place) in [
        (ann, "resize", json!({"spots": 2}), 200, "confirmed"),
        (ann, "check-in", json!({"count": 1}), 200, "confirmed"),
        (ann, "check-in", json!({"count": 2}), 409, "already_checked_in"),
        (ann, "check-in", json!({}), 200, "confirmed"),
        (ann, "undo-check-in", json!({"count": 2}), 200, "confirmed"),
        (ann, "undo-check-in", json!({}), 409, "not_checked_in"),
        (cem, "promote", json!({}), 409, "no_room"),
        (cem, "promote", json!({"override": true, "reason": "He drives us"}), 200, "confirmed"),
        (cem, "promote", json!({}), 409, "not_waitlisted"),
        (cem, "demote", json!({}), 200, "waitlisted"),
        (cem, "demote", json!({}), 409, "not_confirmed"),
        (ann, "resize", json!({"spots": 1}), 200, "confirmed"),
        (ann, "swap", json!({"with": ben}), 200, "confirmed"),
        (ben, "remove", json!({"reason": "Ill"}), 200, "removed"),
        (ben, "remove", json!({}), 409, "not_active"),
        (ben, "reinstate", json!({}), 200, "confirmed"),
        (ben, "reinstate", json!({}), 409, "still_active"),
        (ben, "decline", json!({}), 200, "declined"),
        (ben, "decline", json!({}), 409, "already_declined"),
        (cem, "move", json!({"role": "Cook"}), 200, "confirmed"),
        (cem, "move", json!({"role": "Server"}), 409, "role_full"),
        (cem, "move", json!({"role": "Driver"}), 404, "not_found"),
        (cem, "cancel", json!({}), 200, "cancelled"),
    ] {
        let answer = command(&server, &event, id, name, body.clone()).await;
        assert_eq!(answer.status, status, "{name} {body}: {}", answer.shown());
        let said = if status == 200 { &answer.body["status"] } else { &answer.body["code"] };
        assert_eq!(said, place, "{name} {body}");
    }
}

#[tokio::test]
async fn a_command_takes_its_own_fields_only() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let id = server.sign_up(&event, "Ann").await.text("id");
    for (name, body, code) in [
        ("cancel", json!({"reason": "x"}), (422, "invalid")),
        ("cancel", json!({"colour": "green"}), (400, "malformed")),
        ("cancel", json!({"dry_run": "yes"}), (422, "invalid")),
        ("move", json!({}), (422, "invalid")),
        ("swap", json!({"with": "Ben"}), (422, "invalid")),
        ("swap", json!({"with": "018f0000-0000-7000-8000-000000000000"}), (404, "not_found")),
        ("resize", json!({}), (422, "invalid")),
        ("resize", json!({"spots": 0}), (422, "invalid")),
        ("resize", json!({"spots": 11}), (409, "too_many_spots")),
        ("promote", json!({"override": true}), (422, "invalid")),
        ("promote", json!({"override": true, "reason": " "}), (422, "invalid")),
        ("promote", json!({"reason": "He drives us"}), (422, "invalid")),
        ("promote", json!({"override": false, "reason": "He drives us"}), (422, "invalid")),
        ("check-in", json!({"count": -1}), (422, "invalid")),
        ("check-in", json!({"count": 0}), (422, "invalid")),
        ("fly", json!({}), (404, "not_found")),
        ("confirm", json!({}), (200, "-")),
        ("confirm", json!({"spots": 1}), (422, "invalid")),
        ("expire", json!({}), (404, "not_found")),
    ] {
        assert_eq!(command(&server, &event, &id, name, body.clone()).await.code(), code, "{name} {body}");
    }
    let unused = command(&server, &event, &id, "promote", json!({"reason": "He drives us"})).await;
    let problem = "belongs to an override; send override: true with it, or leave it out";
    assert_eq!(unused.body["fields"], json!([{"field": "reason", "problem": problem}]));
    let path = format!("/api/v1/events/{event}/registrations/{id}/cancel");
    let empty = server.ask(Method::POST, path).owner().send().await;
    assert_eq!(empty.status, 200, "a command without fields needs no body");
}

#[tokio::test]
async fn a_repair_of_what_is_well_changes_nothing() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    server.sign_up(&event, "Ann").await;
    let answer = server.post("/api/v1/events/fair/repair", &json!({})).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    200 OK
    affected: []
    counters: 0
    dry_run: false
    event_id: "[id]"
    kept_spots: 0
    seq: 3
    "#);
    for (body, code) in [
        (json!({"over_capacity": "keep", "dry_run": true}), (200, "-")),
        (json!({"over_capacity": "waitlist_latest"}), (200, "-")),
        (json!({"over_capacity": "shoot"}), (422, "invalid")),
        (json!({"over": "keep"}), (400, "malformed")),
    ] {
        let answer = server.post("/api/v1/events/fair/repair", &body).owner().send().await;
        assert_eq!(answer.code(), code, "{body}");
    }
}
