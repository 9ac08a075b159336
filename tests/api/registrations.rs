//! Registrations as staff see them, the log, and people.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};

fn names(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn staff_see_everything_and_find_it() {
    let server = Server::start();
    let roles = json!({"slug": "fair", "roles": [{"name": "Cook", "capacity": 1}, {"name": "Server"}]});
    let event = server.event(roles).await;
    for (name, role) in [("Ann", "Cook"), ("Ben", "Cook"), ("Cem", "Server")] {
        let mut body = person(name);
        body["role"] = json!(role);
        body["notes"] = json!(format!("I am {name}\nand hungry"));
        assert_eq!(server.post("/api/v1/events/fair/registrations", &body).send().await.status, 201);
    }
    let path = format!("/api/v1/events/{event}/registrations");
    for (query, found) in [
        ("", vec!["Ann", "Ben", "Cem"]),
        ("status=waitlisted", vec!["Ben"]),
        ("role=cook", vec!["Ann", "Ben"]),
        ("role=cook&status=confirmed", vec!["Ann"]),
        ("q=CEM%40example", vec!["Cem"]),
        ("q=nobody", vec![]),
        ("status=held", vec![]),
    ] {
        let answer = server.get(format!("{path}?{query}")).owner().send().await;
        let mut seen = names(&answer);
        seen.sort_unstable();
        assert_eq!(seen, found, "{query}");
    }
    for (query, code) in [("role=driver", 422), ("status=kept", 422), ("limit=-1", 422), ("colour=green", 400)] {
        assert_eq!(server.get(format!("{path}?{query}")).owner().send().await.status, code, "{query}");
    }
    let first = server.get(format!("{path}?limit=2")).owner().send().await;
    let cursor = first.text("next_cursor");
    let second = server.get(format!("{path}?limit=2&cursor={cursor}")).owner().send().await;
    assert_eq!((names(&first).len(), names(&second).len(), &second.body["next_cursor"]), (2, 1, &json!(null)));

    let waiting = server.get(format!("{path}?status=waitlisted")).owner().send().await;
    let id = waiting.body["items"][0]["id"].as_str().unwrap().to_owned();
    let one = server.get(format!("/api/v1/events/fair/registrations/{id}")).owner().send().await;
    assert_snapshot!(one.shown(), @r#"
    200 OK
    checked_in: 0
    checked_in_at: null
    created_at: "[time]"
    email: "ben@example.org"
    event_id: "[id]"
    id: "[id]"
    language: null
    manage_url: "https://events.example/api/v1/manage/[token]"
    metadata: null
    name: "Ben"
    notes: "I am Ben\nand hungry"
    person: "email:ben@example.org"
    phone: null
    position: 1
    role: "Cook"
    role_id: "[id]"
    seq: 6
    special_requirements: null
    spots: 1
    staff_note: null
    status: "waitlisted"
    verify_until: null
    "#);
}

#[tokio::test]
async fn the_place_in_a_long_queue_is_told_where_a_command_cannot() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 0})).await;
    let mut last = Value::Null;
    for number in 1..=12 {
        let signed_up = server.sign_up(&event, &format!("Person{number}")).await;
        assert_eq!(signed_up.body["position"], number, "a sign-up always tells it");
        last = signed_up.body;
    }
    let id = last["id"].as_str().unwrap();
    let path = format!("/api/v1/events/{event}/registrations/{id}");
    let resized = server.post(format!("{path}/resize"), &json!({"spots": 1})).owner().send().await;
    assert_eq!((resized.code().0, &resized.body["position"]), (200, &Value::Null), "only the head was loaded");
    assert_eq!(server.get(&path).owner().send().await.body["position"], 12);
    let manage = last["manage_url"].as_str().unwrap().trim_start_matches("https://events.example");
    assert_eq!(server.get(manage).send().await.body["waiting"]["position"], 12);
}

#[tokio::test]
async fn contact_details_are_changed_in_a_full_event_and_the_person_stays() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1, "phone_region": "DE"})).await;
    let id = server.sign_up(&event, "Ann").await.text("id");
    let path = format!("/api/v1/events/{event}/registrations/{id}");
    let patch = |body| server.ask(Method::PATCH, &path).owner().json(&body);
    let body = json!({"name": "Anna", "phone": "030 901820", "notes": "x", "staff_note": "VIP"});
    assert_snapshot!(patch(body).send().await.shown(), @r#"
    200 OK
    affected: []
    checked_in: 0
    created_at: "[time]"
    dry_run: false
    event_id: "[id]"
    id: "[id]"
    manage_url: "https://events.example/api/v1/manage/[token]"
    position: null
    role: "Participant"
    role_id: "[id]"
    seq: 4
    spots: 1
    status: "confirmed"
    "#);
    let tried = patch(json!({"name": "Annabel", "dry_run": true})).send().await;
    assert_eq!((tried.status.as_u16(), &tried.body["dry_run"]), (200, &json!(true)));
    assert_eq!(patch(json!({"notes": null, "special_requirements": "Ramp"})).send().await.status, 200);
    let read = server.get(&path).owner().send().await;
    for (field, value) in [
        ("name", json!("Anna")),
        ("email", json!("ann@example.org")),
        ("person", json!("email:ann@example.org")),
        ("phone", json!("+4930901820")),
        ("notes", json!(null)),
        ("special_requirements", json!("Ramp")),
        ("staff_note", json!("VIP")),
    ] {
        assert_eq!(read.body[field], value, "{field}");
    }
    assert_eq!(patch(json!({"email": "anna@example.org"})).send().await.code(), (400, "malformed"));
    assert_eq!(patch(json!({"name": null, "phone": "1"})).send().await.body["fields"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_new_address_is_a_new_person_and_ends_old_links() {
    let server = Server::start();
    for one_per in ["email", "email_and_name"] {
        let event = server.event(json!({"one_per": one_per})).await;
        let ann = server.sign_up(&event, "Ann").await;
        server.sign_up(&event, "Ben").await;
        let path = format!("/api/v1/events/{event}/registrations/{}/change-email", ann.text("id"));
        let tried = server.post(&path, &json!({"email": "anna@example.org", "dry_run": true})).owner().send().await;
        assert_eq!(tried.body["dry_run"], true);
        let taken = server.post(&path, &json!({"email": "BEN@example.org"})).owner().send().await;
        assert_eq!(taken.status, if one_per == "email" { 409 } else { 200 }, "{one_per}");
        let changed = server.post(&path, &json!({"email": "Anna@example.org"})).owner().send().await;
        assert_eq!(changed.status, 200);
        assert_eq!(server.get(ann.manage_path()).send().await.code(), (404, "not_found"), "the old link has ended");
        assert_eq!(server.get(changed.manage_path()).send().await.body["registration"]["email"], "Anna@example.org");
        let read = server.get(path.trim_end_matches("/change-email")).owner().send().await;
        let key = if one_per == "email" { "email:anna@example.org" } else { "email:anna@example.org#ann" };
        assert_eq!(read.body["person"], key);
        for (body, code) in [(json!({}), 422), (json!({"email": "x"}), 422), (json!({"mail": "x"}), 400)] {
            assert_eq!(server.post(&path, &body).owner().send().await.status, code, "{body}");
        }
    }
}

#[tokio::test]
async fn somebody_is_found_over_all_events() {
    let server = Server::start();
    for capacity in [1, 0] {
        let event = server.event(json!({"capacity": capacity})).await;
        server.sign_up(&event, "Ann").await;
    }
    let event = server.event(json!({})).await;
    let id = server.sign_up(&event, "Ann").await.text("id");
    server.post(format!("/api/v1/events/{event}/registrations/{id}/cancel"), &json!({})).owner().send().await;
    for person in ["Ann@Example.org", "email:ann@example.org", "email%3Aann%40example.org"] {
        let answer = server.get(format!("/api/v1/people/{person}/registrations")).owner().send().await;
        assert_eq!(answer.text("person"), "email:ann@example.org");
        let counts = ["confirmed", "waitlisted", "ended"].map(|count| answer.body[count].as_u64().unwrap());
        assert_eq!((counts, names(&answer).len()), ([1, 1, 1], 3), "{person}");
        let events = answer.body["events"].as_array().unwrap();
        let of_last = events.iter().find(|one| one["event_id"] == event.as_str()).unwrap();
        assert_eq!((events.len(), of_last["ended"].as_u64(), of_last["confirmed"].as_u64()), (3, Some(1), Some(0)));
    }
    let families = server.event(json!({"one_per": "email_and_name"})).await;
    server.sign_up(&families, "Ann").await;
    for (person, found) in [("ANN@example.org", 4), ("email:ann@example.org", 3), ("email:ann@example.org%23ann", 1)] {
        let answer = server.get(format!("/api/v1/people/{person}/registrations")).owner().send().await;
        assert_eq!(names(&answer), vec!["Ann"; found], "{person}");
    }
    let nobody = server.get("/api/v1/people/nobody@example.org/registrations").owner().send().await;
    assert_snapshot!(nobody.shown(), @r#"
    200 OK
    confirmed: 0
    ended: 0
    events: []
    held: 0
    items: []
    next_cursor: null
    person: "email:nobody@example.org"
    waitlisted: 0
    "#);
    let wrong = server.get("/api/v1/people/ann@example.org/registrations?cursor=x").owner().send().await;
    assert_eq!(wrong.code(), (422, "invalid"));
}

#[tokio::test]
async fn the_log_tells_every_change_and_no_names() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair", "roles": [{"name": "Cook", "capacity": 1}]})).await;
    let id = server.sign_up(&event, "Ann").await.text("id");
    let remove = format!("/api/v1/events/{event}/registrations/{id}/remove");
    server.post(remove, &json!({"reason": "Did not come"})).owner().send().await;
    let log = server.get("/api/v1/events/fair/log?after=2").owner().send().await;
    assert!(!log.body.to_string().to_lowercase().contains("ann"), "no personal data");
    assert_snapshot!(log.shown(), @r#"
    200 OK
    items[0]: {"actor":"guest","at":"[time]","body":{"person":"[hash]","role":"[id]","spots":1,"status":"confirmed","verify_by":null},"hash":"[hash]","kind":"signed_up","registration_id":"[id]","seq":3,"text":null}
    items[1]: {"actor":"owner","at":"[time]","body":{"from":"confirmed","role":"[id]","spots":1,"to":"removed"},"hash":"[hash]","kind":"removed","registration_id":"[id]","seq":4,"text":"Did not come"}
    next_after: null
    next_before: null
    "#);
    let part = server.get("/api/v1/events/fair/log?limit=3").owner().send().await;
    assert_eq!((part.body["items"].as_array().unwrap().len(), &part.body["next_after"]), (3, &json!(3)));
    assert_eq!(server.get("/api/v1/events/fair/log?after=-1").owner().send().await.code(), (422, "invalid"));
}

#[tokio::test]
async fn staff_routes_need_the_owners_token() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    let id = server.sign_up(&event, "Ann").await.text("id");
    for (method, path) in [
        (Method::POST, "/api/v1/events".to_owned()),
        (Method::PATCH, "/api/v1/events/fair".to_owned()),
        (Method::DELETE, "/api/v1/events/fair".to_owned()),
        (Method::POST, "/api/v1/events/fair/roles".to_owned()),
        (Method::PATCH, "/api/v1/events/fair/roles/Participant".to_owned()),
        (Method::DELETE, "/api/v1/events/fair/roles/Participant".to_owned()),
        (Method::GET, "/api/v1/events/fair/registrations".to_owned()),
        (Method::GET, format!("/api/v1/events/fair/registrations/{id}")),
        (Method::PATCH, format!("/api/v1/events/fair/registrations/{id}")),
        (Method::POST, format!("/api/v1/events/fair/registrations/{id}/cancel")),
        (Method::POST, format!("/api/v1/events/fair/registrations/{id}/change-email")),
        (Method::POST, "/api/v1/events/fair/repair".to_owned()),
        (Method::GET, "/api/v1/events/fair/log".to_owned()),
        (Method::GET, "/api/v1/people/ann@example.org/registrations".to_owned()),
        (Method::GET, "/api/v1/system/locks".to_owned()),
    ] {
        for token in [None, Some("Bearer wrong"), Some("Basic aGk6aG8="), Some("Bearer"), Some("")] {
            let ask = server.ask(method.clone(), &path);
            let ask = if let Some(token) = token { ask.header("authorization", token) } else { ask };
            assert_eq!(ask.send().await.code(), (401, "unauthenticated"), "{method} {path} {token:?}");
        }
    }
    let wrong = server.get("/api/v1/events/fair").header("authorization", "Bearer wrong").send().await;
    assert_snapshot!(wrong.shown(), @r#"
    401 Unauthorized
    www-authenticate: Bearer
    code: "unauthenticated"
    detail: "This needs a login: a session, or a token sent as `Authorization: Bearer TOKEN` that is right and has not ended."
    outcome: "none"
    status: 401
    title: "Unauthenticated"
    type: "urn:headcount:problem:unauthenticated"
    "#);
}

#[tokio::test]
async fn programs_keep_metadata_with_a_registration_which_only_staff_see() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let mut ann = person("Ann");
    ann["metadata"] = json!({"source": "newsletter", "deep": [{"a": null}]});
    let signed_up = server.post(&path, &ann).send().await;
    assert!(!signed_up.body.to_string().contains("newsletter"), "{}", signed_up.shown());
    let one = format!("{path}/{}", signed_up.text("id"));
    let shown = async || server.get(&one).owner().send().await.body["metadata"].clone();
    assert_eq!(shown().await, ann["metadata"]);
    assert!(!server.get(signed_up.manage_path()).send().await.body.to_string().contains("newsletter"));
    let log = server.get(format!("/api/v1/events/{event}/log")).owner().send().await;
    assert!(!log.body.to_string().contains("newsletter"));

    let change = async |metadata: Value| {
        server.ask(Method::PATCH, &one).owner().json(&json!({"metadata": metadata})).send().await
    };
    assert_eq!(change(json!({"table": 4})).await.status, StatusCode::OK);
    assert_eq!(shown().await, json!({"table": 4}));
    for (wrong, says) in [
        (json!("text"), "metadata must be an object"),
        (json!({"long": "x".repeat(4_096)}), "metadata must be at most 4096 bytes long"),
        (json!({"nul": "\u{0}"}), "metadata must not contain NUL characters"),
    ] {
        let refused = change(wrong).await;
        assert_eq!(refused.code(), (422, "invalid"));
        assert!(refused.text("detail").contains(says), "{}", refused.shown());
    }
    assert_eq!(change(Value::Null).await.status, StatusCode::OK);
    assert_eq!(shown().await, Value::Null);
    let link = signed_up.manage_path();
    let by_link = server.post(format!("{link}/contact"), &json!({"metadata": {"table": 1}})).send().await;
    assert_eq!(by_link.code(), (422, "invalid"));
}
