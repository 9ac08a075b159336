//! Guests whose address must be verified.

use axum::http::StatusCode;
use headcount::clock;
use headcount::http::App;
use headcount::server::expire_overdue;
use headcount_core::ids::Millis;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};
use crate::later::Later;

const MINUTE_MS: i64 = 60_000;

/// An event with one role whose guests have half an hour.
async fn event(server: &Server, capacity: u32) -> String {
    let role = json!({"name": "Server", "capacity": capacity});
    server.event(json!({"verify_minutes": 30, "waitlist": {"policy": "strict"}, "roles": [role]})).await
}

/// The registration of `name` as staff see it, with its path and the path of its link.
struct Found {
    shown: Value,
    path: String,
    link: String,
}

async fn find(server: &Server, event: &str, name: &str) -> Found {
    let list = server.get(format!("/api/v1/events/{event}/registrations?q={name}")).owner().send().await;
    let [shown] = &list.body["items"].as_array().unwrap()[..] else { panic!("not one {name}: {}", list.shown()) };
    let link = shown["manage_url"].as_str().unwrap().strip_prefix("https://events.example").unwrap().to_owned();
    let path = format!("/api/v1/events/{event}/registrations/{}", shown["id"].as_str().unwrap());
    Found { shown: shown.clone(), path, link }
}

/// What is to be mailed, in order.
async fn mails(server: &Server) -> Vec<String> {
    let rows = server.readers.rows("select template from outbox order by created_at, message_id", Vec::new()).await;
    rows.unwrap().iter().map(|row| row.text(0).unwrap()).collect()
}

/// An answer byte by byte, but for the time and the number of the request.
fn told(answer: &Answer) -> (StatusCode, String, Vec<String>) {
    let mut body = answer.body.clone();
    if let Some(until) = body.get_mut("verify_until") {
        *until = Value::Null;
    }
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "content-length");
    (answer.status, body.to_string(), headers.map(|header| format!("{header:?}")).collect())
}

#[tokio::test]
async fn a_guest_is_told_to_look_into_their_mail_and_no_more() {
    let server = Server::start();
    let event = event(&server, 2).await;
    let answer = server.sign_up(&event, "Ann").await;
    assert_snapshot!(answer.shown(), @r#"
    202 Accepted
    event_id: "[id]"
    role: "Server"
    role_id: "[id]"
    spots: 1
    status: "held"
    verify_until: "[time]"
    "#);
    let ann = find(&server, &event, "Ann").await;
    assert_eq!((&ann.shown["status"], ann.shown["verify_until"].is_string()), (&json!("held"), true));
    let availability = server.get(format!("/api/v1/events/{event}/availability")).send().await;
    assert_eq!((&availability.body["reserved"], &availability.body["open_now"]), (&json!(1), &json!(1)));
    assert_eq!(mails(&server).await, ["verify"]);
}

#[tokio::test]
async fn a_known_address_and_a_new_one_are_answered_alike() {
    let server = Server::start();
    let event = event(&server, 2).await;
    let sign_up = async |name: &str, address: &str, spots: u32| {
        let body = json!({"name": name, "email": address, "spots": spots});
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await
    };
    let new = sign_up("Ann", "ann@example.org", 1).await;
    let known = sign_up("Anna", "ANN@example.org", 1).await;
    assert_eq!(told(&known), told(&new));
    let other = sign_up("Ben", "ben@example.org", 1).await;
    assert_eq!(told(&other), told(&new), "the waitlist, if there is one, does not show either");
    let (known, other) = (sign_up("Ann", "ann@example.org", 1).await, sign_up("Cem", "cem@example.org", 1).await);
    assert_eq!(told(&known), told(&other), "where all is taken");
    let (known, other) = (sign_up("Ann", "ann@example.org", 3).await, sign_up("Dan", "dan@example.org", 3).await);
    assert_eq!(known.code(), (409, "too_many_spots"));
    assert_eq!(told(&known), told(&other), "and where it is refused");
    assert_eq!(find(&server, &event, "Ann").await.shown["name"], "Ann", "the name is the first one's");
    assert_eq!(mails(&server).await, ["verify", "already_signed_up", "verify", "already_signed_up", "verify"]);
}

#[tokio::test]
async fn the_same_request_again_mails_nothing_more() {
    let server = Server::start();
    let event = event(&server, 2).await;
    let ask = || {
        server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann")).key("0123456789abcdef0123456789")
    };
    let (first, again) = (ask().send().await, ask().send().await);
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &again.body));
    assert_eq!(mails(&server).await, ["verify"]);
}

#[tokio::test]
async fn the_mailed_link_confirms_and_confirming_twice_changes_nothing() {
    let server = Server::start();
    let event = event(&server, 1).await;
    server.sign_up(&event, "Ann").await;
    let link = find(&server, &event, "Ann").await.link;
    let before = server.get(&link).send().await.body["registration"].clone();
    assert_eq!((&before["status"], before["verify_until"].is_string()), (&json!("held"), true));
    let confirmed = server.post(format!("{link}/confirm"), &json!({})).send().await;
    assert_snapshot!(confirmed.shown(), @r#"
    200 OK
    created_at: "[time]"
    event_id: "[id]"
    id: "[id]"
    manage_url: "https://events.example/api/v1/manage/[token]"
    position: null
    role: "Server"
    role_id: "[id]"
    seq: 4
    spots: 1
    status: "confirmed"
    "#);
    let again = server.post(format!("{link}/confirm"), &json!({})).send().await;
    assert_eq!(again.body, confirmed.body);
    let after = server.get(&link).send().await.body["registration"].clone();
    assert_eq!((&after["status"], &after["verify_until"]), (&json!("confirmed"), &Value::Null));
    assert_eq!(server.post(format!("{link}/confirm"), &json!({"now": 1})).send().await.code(), (400, "malformed"));
    server.post(format!("{link}/cancel"), &json!({})).send().await;
    assert_eq!(server.post(format!("{link}/confirm"), &json!({})).send().await.code(), (409, "not_active"));
}

#[tokio::test]
async fn staff_confirm_and_sign_up_without_a_mail() {
    let server = Server::start();
    let event = event(&server, 5).await;
    server.sign_up(&event, "Ann").await;
    let ann = find(&server, &event, "Ann").await;
    assert_eq!(
        server.post(format!("{}/check-in", ann.path), &json!({})).owner().send().await.code(),
        (409, "not_confirmed")
    );
    let tried = server.post(format!("{}/confirm", ann.path), &json!({"dry_run": true})).owner().send().await;
    assert_eq!((&tried.body["status"], &tried.body["dry_run"]), (&json!("confirmed"), &json!(true)));
    let confirmed = server.post(format!("{}/confirm", ann.path), &json!({})).owner().send().await;
    assert_eq!((confirmed.status, &confirmed.body["status"]), (StatusCode::OK, &json!("confirmed")));
    assert_eq!(server.post(format!("{}/expire", ann.path), &json!({})).owner().send().await.code(), (404, "not_found"));

    let path = format!("/api/v1/events/{event}/registrations");
    let by_staff = server.post(&path, &person("Ben")).owner().send().await;
    assert_eq!((by_staff.status, &by_staff.body["status"]), (StatusCode::CREATED, &json!("confirmed")));
    let somebody = server.account("Cem").await;
    let by_account = server.post(&path, &json!({})).header("authorization", &format!("Bearer {}", somebody.token));
    let by_account = by_account.send().await;
    assert_eq!((by_account.status, &by_account.body["status"]), (StatusCode::CREATED, &json!("confirmed")));
    assert_eq!(mails(&server).await, ["verify", "confirmed", "confirmed", "confirmed"]);
}

#[tokio::test]
async fn who_does_not_verify_in_time_makes_room_for_others() {
    let later = Later::default();
    let server = Server::with_store(|store| later.clone().around(store));
    let event = event(&server, 1).await;
    for name in ["Ann", "Ben", "Cem"] {
        server.sign_up(&event, name).await;
    }
    let (ann, ben) = (find(&server, &event, "Ann").await, find(&server, &event, "Ben").await);
    assert_eq!(server.post(format!("{}/confirm", ben.link), &json!({})).send().await.body["status"], "waitlisted");
    let expire = async |minutes: i64| {
        later.set_forward(minutes * MINUTE_MS);
        let now = Millis(clock::now().0 + minutes * MINUTE_MS);
        expire_overdue(&server.lanes, &server.readers, now).await.unwrap()
    };
    assert_eq!(expire(29).await, 0);
    assert_eq!(expire(31).await, 2, "ann, and cem who waits");
    let status = async |name| find(&server, &event, name).await.shown["status"].clone();
    assert_eq!(status("Ann").await, "cancelled");
    assert_eq!(status("Ben").await, "confirmed", "in the same decision");
    assert_eq!(status("Cem").await, "cancelled");
    let late = server.post(format!("{}/confirm", ann.link), &json!({})).send().await;
    assert_eq!(late.code(), (409, "not_active"));
    assert_eq!(expire(90).await, 0, "ben has verified");
    let log = server.get(format!("/api/v1/events/{event}/log")).owner().send().await;
    let kinds: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert!(kinds.ends_with(&["verified", "expired", "promoted", "expired"]), "{kinds:?}");
}

#[tokio::test]
async fn of_a_confirmation_and_an_expiry_at_once_one_wins() {
    let later = Later::default();
    let server = Server::with_store(|store| later.clone().around(store));
    let event = event(&server, 30).await;
    let mut links = Vec::new();
    for number in 0..20 {
        server.sign_up(&event, &format!("P{number:02}x")).await;
        links.push(find(&server, &event, &format!("P{number:02}x")).await.link);
    }
    later.set_forward(31 * MINUTE_MS);
    let now = Millis(clock::now().0 + 31 * MINUTE_MS);
    let confirm = links.iter().map(|link| server.post(format!("{link}/confirm"), &json!({})).send());
    let (confirmed, expired) =
        tokio::join!(futures_util::future::join_all(confirm), expire_overdue(&server.lanes, &server.readers, now));
    let mut stayed = 0;
    for (answer, link) in confirmed.iter().zip(&links) {
        let status = server.get(link).send().await.body["registration"]["status"].clone();
        match answer.code() {
            (200, _) => assert_eq!(status, "confirmed"),
            other => assert_eq!((other, &status), ((409, "not_active"), &json!("cancelled"))),
        }
        stayed += usize::from(status == "confirmed");
    }
    assert_eq!(stayed + expired.unwrap(), 20, "each of them once");
    let availability = server.get(format!("/api/v1/events/{event}/availability")).send().await;
    assert_eq!(availability.body["reserved"], json!(stayed));
}

#[tokio::test]
async fn without_mail_no_event_asks_for_verification() {
    let server = Server::start().set_up(App::without_mail);
    let event = json!({"title": "Fair", "verify_minutes": 30});
    let refused = server.post("/api/v1/events", &event).owner().send().await;
    assert_snapshot!(refused.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: verify_minutes needs mail: start the server with --smtp-url."
    fields[0]: {"field":"verify_minutes","problem":"needs mail: start the server with --smtp-url"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
    let event = server.event(json!({"verify_minutes": null})).await;
    let etag = server.etag(&event).await;
    let ask =
        server.ask(axum::http::Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", &etag);
    assert_eq!(ask.json(&json!({"verify_minutes": 5})).send().await.code(), (422, "invalid"));
}

#[tokio::test]
async fn the_time_to_verify_has_its_limits_and_can_be_taken_back() {
    let server = Server::start();
    for (minutes, says) in
        [(json!(0), "from 1 to 10080"), (json!(10_081), "from 1 to 10080"), (json!("1"), "a whole number")]
    {
        let refused =
            server.post("/api/v1/events", &json!({"title": "Fair", "verify_minutes": minutes})).owner().send().await;
        assert_eq!(refused.code(), (422, "invalid"));
        assert!(refused.text("detail").contains(says), "{}", refused.shown());
    }
    let event = event(&server, 2).await;
    let etag = server.etag(&event).await;
    let ask =
        server.ask(axum::http::Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", &etag);
    assert_eq!(ask.json(&json!({"verify_minutes": null})).send().await.status, StatusCode::OK);
    assert_eq!(server.sign_up(&event, "Ann").await.status, StatusCode::CREATED);
}
