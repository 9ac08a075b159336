//! `/manage/{token}`: a person's own registration.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Server, person};

#[tokio::test]
async fn a_link_shows_the_registration_and_why_it_waits() {
    let server = Server::start();
    let event = server
        .event(json!({"slug": "fair", "starts_at": "2999-07-01T10:00:00Z", "location": "Hall", "contact": "Cem",
                      "roles": [{"name": "Server", "capacity": 5}]}))
        .await;
    let sign_up = async |name: &str, spots: u32| {
        let mut body = person(name);
        body["spots"] = json!(spots);
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.manage_path()
    };
    let ann = sign_up("Ann", 3).await;
    let ben = sign_up("Ben", 4).await;
    let cem = sign_up("Cem", 1).await;
    assert_snapshot!(server.get(&ann).send().await.shown(), @r#"
    200 OK
    event: {"cancel_until":"2999-07-01T10:00:00Z","contact":"Cem","ends_at":null,"id":"[id]","location":"Hall","self_move":false,"slug":"fair","starts_at":"2999-07-01T10:00:00Z","status":"published","timezone":"UTC","title":"Summer fair"}
    registration: {"created_at":"[time]","email":"ann@example.org","id":"[id]","language":null,"name":"Ann","notes":null,"phone":null,"role":"Server","role_id":"[id]","seq":5,"special_requirements":null,"spots":3,"status":"confirmed","verify_until":null}
    waiting: null
    "#);
    let waiting = server.get(&ben).send().await;
    assert_snapshot!(waiting.body["waiting"].to_string(), @r#"{"event_free":null,"needs":4,"position":1,"reason":"role_full","role_free":2,"why":"Your party needs 4 places; Server has 2 free, kept for you. You are next in line for Server."}"#);
    let behind = server.get(&cem).send().await;
    assert_snapshot!(behind.body["waiting"].to_string(), @r#"{"event_free":null,"needs":1,"position":2,"reason":"others_first","role_free":2,"why":"You need 1 place; the free places are kept for parties that came before. One party is before you in line for Server."}"#);
    for answer in [waiting, behind] {
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn a_party_waits_for_the_event_or_for_staff() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1})).await;
    server.sign_up(&event, "Ann").await;
    let ben = server.sign_up(&event, "Ben").await.manage_path();
    assert_snapshot!(server.get(&ben).send().await.body["waiting"].to_string(), @r#"{"event_free":0,"needs":1,"position":1,"reason":"event_full","role_free":null,"why":"You need 1 place; the whole event is full. You are next in line for Participant."}"#);
    let ask = server.ask(Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", "\"2\"");
    assert_eq!(ask.json(&json!({"promote_until": "2020-01-01T00:00:00Z"})).send().await.status, 200);
    assert_snapshot!(server.get(&ben).send().await.body["waiting"].to_string(), @r#"{"event_free":0,"needs":1,"position":1,"reason":"not_automatic","role_free":null,"why":"Free places are no longer given out by themselves. Ask the organizers."}"#);
}

#[tokio::test]
async fn the_holder_of_a_link_changes_their_own_registration() {
    let server = Server::start();
    let event = server
        .event(json!({"self_move": true, "phone_region": "DE", "max_spots": 4,
                      "roles": [{"name": "Cook", "capacity": 4}, {"name": "Server", "capacity": 1}]}))
        .await;
    let mut ann = person("Ann");
    ann["role"] = json!("Cook");
    let ann = server.post(format!("/api/v1/events/{event}/registrations"), &ann).send().await;
    let link = ann.manage_path();
    let resized = server.post(format!("{link}/resize"), &json!({"spots": 2})).send().await;
    assert_snapshot!(resized.shown(), @r#"
    200 OK
    created_at: "[time]"
    event_id: "[id]"
    id: "[id]"
    manage_url: "https://events.example/api/v1/manage/[token]"
    position: null
    role: "Cook"
    role_id: "[id]"
    seq: 5
    spots: 2
    status: "confirmed"
    "#);
    assert_eq!(resized.body["manage_url"], ann.body["manage_url"]);
    for (command, body, code) in [
        ("resize", json!({"spots": 5}), (409, "too_many_spots")),
        ("resize", json!({}), (422, "invalid")),
        ("resize", json!({"spots": 1, "dry_run": true}), (400, "malformed")),
        ("move", json!({"role": "Server"}), (409, "role_full")),
        ("resize", json!({"spots": 1}), (200, "-")),
        ("move", json!({"role": "Server"}), (200, "-")),
        ("move", json!({}), (422, "invalid")),
        ("contact", json!({"name": "Anna", "phone": "030 901820", "notes": "Late"}), (200, "-")),
        ("contact", json!({"name": "Anna", "staff_note": "VIP"}), (422, "invalid")),
        ("contact", json!({"dry_run": true}), (422, "invalid")),
        ("contact", json!({"email": "x@example.org"}), (400, "malformed")),
        ("cancel", json!({"reason": "x"}), (400, "malformed")),
        ("cancel", json!({}), (200, "-")),
        ("cancel", json!({}), (409, "not_active")),
        ("confirm", json!({}), (409, "not_active")),
        ("promote", json!({}), (404, "not_found")),
    ] {
        let answer = server.post(format!("{link}/{command}"), &body).send().await;
        assert_eq!(answer.code(), code, "{command} {body}");
    }
    let shown = server.get(&link).send().await.body["registration"].clone();
    let fields = ["name", "phone", "notes", "role", "status"].map(|field| shown[field].as_str().unwrap());
    assert_eq!(fields, ["Anna", "+4930901820", "Late", "Server", "cancelled"]);
}

#[tokio::test]
async fn moving_needs_the_events_leave() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Cook"}, {"name": "Server"}]})).await;
    let mut ann = person("Ann");
    ann["role"] = json!("Cook");
    let link = server.post(format!("/api/v1/events/{event}/registrations"), &ann).send().await.manage_path();
    assert_snapshot!(server.post(format!("{link}/move"), &json!({"role": "Server"})).send().await.shown(), @r#"
    403 Forbidden
    code: "forbidden"
    detail: "This event does not let people change their role. Ask the organizers."
    outcome: "none"
    status: 403
    title: "Forbidden"
    type: "urn:headcount:problem:forbidden"
    "#);
}

#[tokio::test]
async fn the_cut_off_binds_people_and_not_staff() {
    let server = Server::start();
    let event = server.event(json!({"cancel_until": "2020-01-01T00:00:00Z"})).await;
    let ann = server.sign_up(&event, "Ann").await;
    let late = server.post(format!("{}/cancel", ann.manage_path()), &json!({})).send().await;
    assert_snapshot!(late.shown(), @r#"
    409 Conflict
    code: "too_late"
    detail: "It is too late to change this by yourself. Ask the organizers."
    outcome: "none"
    status: 409
    title: "Too late"
    type: "urn:headcount:problem:too_late"
    until: "2020-01-01T00:00:00Z"
    "#);
    let path = format!("/api/v1/events/{event}/registrations/{}/cancel", ann.text("id"));
    assert_eq!(server.post(path, &json!({})).owner().send().await.status, 200);
}

#[tokio::test]
async fn what_is_no_link_leads_nowhere() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    let other = Server::start();
    for (server, path) in [
        (&server, format!("{link}A")),
        (&server, link[..link.len() - 1].to_owned()),
        (&server, "/api/v1/manage/x".to_owned()),
        (&server, "/api/v1/manage/%00".to_owned()),
        (&other, link.clone()),
    ] {
        assert_eq!(server.get(&path).send().await.code(), (404, "not_found"), "{path}");
        for command in ["cancel", "resize", "move", "contact"] {
            let body = json!({"spots": 1, "role": "Cook"});
            let answer = server.post(format!("{path}/{command}"), &body).send().await;
            assert_eq!(answer.code(), (404, "not_found"), "{command}");
        }
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    let seq = server.get(&link).send().await.body["registration"]["seq"].clone();
    for command in ["cancel", "resize", "move", "contact"] {
        let answer = server.get(format!("{link}/{command}")).send().await;
        assert_eq!((answer.code(), &answer.headers["allow"]), ((405, "method_not_allowed"), &"POST".parse().unwrap()));
    }
    assert_eq!(server.get(&link).send().await.body["registration"]["seq"], seq);
}
