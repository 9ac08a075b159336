//! The `Idempotency-Key` header.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Server, person};

const KEY: &str = "3f9c5a70-guest-key-of-ann";

#[tokio::test]
async fn a_repeat_gets_the_same_answer_and_changes_nothing() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Server", "capacity": 1}]})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let first = server.post(&path, &person("Ann")).key(KEY).send().await;
    let again = server.post(&path, &person("Ann")).key(KEY).send().await;
    assert_eq!((first.status, &first.body), (again.status, &again.body), "the link is the same too");
    let without = server.post(&path, &person("Ann")).send().await;
    assert_eq!(without.code(), (409, "already_registered"));

    let mut other = person("Ann");
    other["spots"] = json!(2);
    let reused = server.post(&path, &other).key(KEY).send().await;
    assert_snapshot!(reused.shown(), @r#"
    422 Unprocessable Entity
    code: "key_reused"
    detail: "This Idempotency-Key was used for another request. Use a new key for a new request."
    outcome: "none"
    status: 422
    title: "Key reused"
    type: "urn:headcount:problem:key_reused"
    "#);
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!((&read.body["reserved"], &read.body["waiting"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_key_belongs_to_the_one_who_sent_it() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let ann = server.post(&path, &person("Ann")).key(KEY).send().await;
    let ben = server.post(&path, &person("Ben")).key(KEY).send().await;
    let staff = server.post(&path, &person("Cem")).key(KEY).owner().send().await;
    assert_eq!([ann.status, ben.status, staff.status], [201, 201, 201]);
    assert_ne!(ann.body["id"], ben.body["id"]);
}

#[tokio::test]
async fn a_no_by_rule_is_kept_and_a_mistake_is_not() {
    let server = Server::start();
    let roles = json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 1}]});
    let event = server.event(roles).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let ann = server.post(&path, &person("Ann")).send().await;
    let full = server.post(&path, &person("Ben")).key(KEY).send().await;
    assert_eq!(full.code(), (409, "role_full"));
    assert_eq!(server.post(format!("{}/cancel", ann.manage_path()), &json!({})).send().await.status, 200);
    let again = server.post(&path, &person("Ben")).key(KEY).send().await;
    assert_eq!((again.status, again.body), (full.status, full.body), "although there is room now");

    let wrong = json!({"name": "", "email": "cem@example.org"});
    assert_eq!(server.post(&path, &wrong).key(KEY).send().await.code(), (422, "invalid"));
    let right = server.post(&path, &person("Cem")).key(KEY).send().await;
    assert_eq!(right.status, 201, "the mistake used up no key");
}

#[tokio::test]
async fn the_same_request_many_times_at_once_has_one_effect() {
    let server = Server::start();
    let event = server.event(json!({"one_per": "email"})).await;
    let mut asking = JoinSet::new();
    for _ in 0..50 {
        let ask = server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann")).key(KEY);
        asking.spawn(async move { ask.send().await });
    }
    let answers = asking.join_all().await;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!(read.body["reserved"], 1);
}

#[tokio::test]
async fn keys_have_a_form_and_guests_keys_cannot_be_guessed() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let short = server.post(&path, &person("Ann")).key("ann-2027-000000000000").send().await;
    assert_snapshot!(short.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: Idempotency-Key must be at least 22 characters, such as a random UUID, so that nobody can guess it and be given your link."
    fields[0]: {"field":"Idempotency-Key","problem":"must be at least 22 characters, such as a random UUID, so that nobody can guess it and be given your link"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
    let staff = server.post(&path, &person("Ann")).key("1").owner().send().await;
    assert_eq!(staff.status, 201, "staff are shown all links anyway");
    for key in [
        "",
        " ",
        "with space in the middle of it",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        &"x".repeat(256),
    ] {
        let answer = server.post(&path, &person("Ben")).key(key).send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{key}");
    }
    let twice = server.post(&path, &person("Ben")).key(KEY).key(KEY).send().await;
    assert_eq!(twice.code(), (422, "invalid"));
    assert_eq!(server.post(&path, &person("Ben")).key(&"x".repeat(255)).send().await.status, 201);
    let get = server.get(format!("/api/v1/events/{event}")).key("").send().await;
    assert_eq!(get.status, 200, "other methods need no key");
}

#[tokio::test]
async fn an_event_created_twice_with_one_key_is_one_event() {
    let server = Server::start();
    let fair = json!({"title": "Fair", "roles": [{"name": "Cook"}]});
    let first = server.post("/api/v1/events", &fair).owner().key("fair-1").send().await;
    let again = server.post("/api/v1/events", &fair).owner().key("fair-1").send().await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(first.headers["location"], again.headers["location"]);
    let other = server.post("/api/v1/events", &json!({"title": "Other"})).owner().key("fair-1").send().await;
    assert_eq!(other.code(), (422, "key_reused"));
    let list = server.get("/api/v1/events").owner().send().await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_post_honours_a_key() {
    let server = Server::start();
    let event = server.event(json!({"self_move": true, "roles": [{"name": "Cook"}, {"name": "Server"}]})).await;
    let mut ann = person("Ann");
    ann["role"] = json!("Cook");
    let ann = server.post(format!("/api/v1/events/{event}/registrations"), &ann).send().await;
    let (id, link) = (ann.text("id"), ann.manage_path());
    let base = format!("/api/v1/events/{event}");
    for (number, (path, body)) in [
        (format!("{base}/roles"), json!({"name": "Driver"})),
        (format!("{base}/repair"), json!({})),
        (format!("{base}/registrations/{id}/check-in"), json!({"count": 1})),
        (format!("{base}/registrations/{id}/move"), json!({"role": "Server"})),
        (format!("{link}/resize"), json!({"spots": 3})),
        (format!("{link}/move"), json!({"role": "Cook"})),
        (format!("{link}/contact"), json!({"notes": "x"})),
        (format!("{base}/registrations/{id}/change-email"), json!({"email": "ann2@example.org"})),
        (format!("{base}/registrations/{id}/remove"), json!({"reason": "gone"})),
    ]
    .into_iter()
    .enumerate()
    {
        let post = || server.post(&path, &body).owner().key(&format!("a-long-enough-key-{number}"));
        let (first, again) = (post().send().await, post().send().await);
        assert!(first.status.is_success(), "{path}: {}", first.shown());
        assert_eq!((first.status, &first.body), (again.status, &again.body), "{path}");
    }
    let key = "a-key-of-the-link-holder";
    let path = format!("/api/v1/events/{event}/registrations");
    let mut ben = person("Ben");
    ben["role"] = json!("Cook");
    let link = server.post(&path, &ben).send().await.manage_path();
    let cancelled = server.post(format!("{link}/cancel"), &json!({})).key(key).send().await;
    let again = server.post(format!("{link}/cancel"), &json!({})).key(key).send().await;
    assert_eq!((cancelled.status.as_u16(), &cancelled.body), (again.status.as_u16(), &again.body));
    let without = server.post(format!("{link}/cancel"), &json!({})).send().await;
    assert_eq!(without.code(), (409, "not_active"));
    let other_path = server.ask(Method::POST, format!("{link}/resize")).json(&json!({"spots": 2})).key(key);
    assert_eq!(other_path.send().await.code(), (422, "key_reused"), "the address is part of the request");
}

#[tokio::test]
async fn a_dry_run_uses_up_no_key() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let mut ann = person("Ann");
    ann["dry_run"] = json!(true);
    assert_eq!(server.post(&path, &ann).owner().key("k").send().await.status, 200);
    assert_eq!(server.post(&path, &person("Ann")).owner().key("k").send().await.status, 201);
}

#[tokio::test]
async fn a_repeat_is_answered_although_the_form_has_become_stricter() {
    let server = Server::start();
    for change in [json!({"phone": "required"}), json!({"visibility": "team"})] {
        let event = server.event(json!({})).await;
        let path = format!("/api/v1/events/{event}/registrations");
        let ann = server.post(&path, &person("Ann")).key(KEY).send().await;
        let contact = format!("{}/contact", ann.manage_path());
        let named = json!({"name": "Anna", "phone": null});
        let edited = server.post(&contact, &named).key("k").send().await;
        let ben = server.post(&path, &person("Ben")).owner().key("k").send().await;
        assert_eq!([ann.status, edited.status, ben.status], [201, 200, 201]);

        let etag = server.etag(&event).await;
        let patch = server.ask(Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", &etag);
        assert_eq!(patch.json(&change).send().await.status, 200, "{change}");
        let again = server.post(&path, &person("Ann")).key(KEY).send().await;
        assert_eq!((again.status, again.body), (ann.status, ann.body), "{change}");
        let again = server.post(&contact, &named).key("k").send().await;
        assert_eq!((again.status, again.body), (edited.status, edited.body), "{change}");
        let again = server.post(&path, &person("Ben")).owner().key("k").send().await;
        assert_eq!((again.status, again.body), (ben.status, ben.body), "{change}");

        let mut other = person("Ann");
        other["spots"] = json!(2);
        assert_eq!(server.post(&path, &other).key(KEY).send().await.code(), (422, "key_reused"), "{change}");
        let read = server.get(format!("/api/v1/events/{event}")).owner().send().await;
        assert_eq!(read.body["reserved"], 2, "{change}");
    }
}

#[tokio::test]
async fn a_no_is_repeated_although_the_event_is_a_draft_again() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 0, "waitlist": {"policy": "off"}})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let full = server.post(&path, &person("Ann")).key(KEY).send().await;
    assert_eq!(full.code(), (409, "event_full"));
    let etag = server.etag(&event).await;
    let patch = server.ask(Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", &etag);
    assert_eq!(patch.json(&json!({"status": "draft"})).send().await.status, 200);
    let again = server.post(&path, &person("Ann")).key(KEY).send().await;
    assert_eq!((again.status, again.body), (full.status, full.body));
    assert_eq!(server.post(&path, &person("Ann")).send().await.code(), (404, "not_found"), "without the key");
}

#[tokio::test]
async fn a_key_that_is_not_known_opens_no_event_to_strangers() {
    let server = Server::start();
    let event = server.event(json!({"visibility": "team"})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    assert_eq!(server.post(&path, &person("Ann")).key(KEY).send().await.code(), (404, "not_found"));
    assert_eq!(server.post(&path, &json!({})).key(KEY).send().await.code(), (404, "not_found"));
    let unreadable = server.ask(Method::POST, &path).raw("{").key(KEY).send().await;
    assert_eq!(unreadable.code(), (404, "not_found"));
}
