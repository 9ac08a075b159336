//! `POST /events/{event}/registrations`.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Server, person};

#[tokio::test]
async fn a_guest_is_told_the_place_and_the_link_and_nothing_personal() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair", "roles": [{"name": "Server", "capacity": 1}]})).await;
    let body = json!({"role": "server", "spots": 1, "name": "Ann Example", "email": "Ann@Example.org",
                      "phone": "+49 30 901820", "notes": "Vegan", "special_requirements": "Wheelchair"});
    let answer = server.post("/api/v1/events/fair/registrations", &body).send().await;
    assert_snapshot!(answer.shown(), @r#"
    201 Created
    created_at: "[time]"
    event_id: "[id]"
    id: "[id]"
    manage_url: "https://events.example/api/v1/manage/[token]"
    position: null
    role: "Server"
    role_id: "[id]"
    seq: 3
    spots: 1
    status: "confirmed"
    "#);
    let waiting = server.sign_up(&event, "Ben").await;
    assert_snapshot!(waiting.shown(), @r#"
    201 Created
    created_at: "[time]"
    event_id: "[id]"
    id: "[id]"
    manage_url: "https://events.example/api/v1/manage/[token]"
    position: 1
    role: "Server"
    role_id: "[id]"
    seq: 4
    spots: 1
    status: "waitlisted"
    "#);
}

#[tokio::test]
async fn no_fits_is_told_with_what_is_open() {
    let server = Server::start();
    let roles = json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 2}]});
    let event = server.event(roles).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let mut party = person("Ann");
    party["spots"] = json!(3);
    assert_snapshot!(server.post(&path, &party).send().await.shown(), @r#"
    409 Conflict
    code: "role_full"
    detail: "Your party does not fit: Server has 2 open now. Come with fewer, or choose another role."
    full_since: null
    open_now: 2
    outcome: "none"
    role: "Server"
    status: 409
    title: "Role full"
    type: "urn:headcount:problem:role_full"
    "#);
    party["spots"] = json!(11);
    assert_eq!(server.post(&path, &party).send().await.code(), (409, "too_many_spots"));
    party["spots"] = json!(2);
    assert_eq!(server.post(&path, &party).send().await.status, 201);
    let again = server.post(&path, &party).send().await;
    assert_snapshot!(again.shown(), @r#"
    409 Conflict
    code: "already_registered"
    detail: "This person is signed up for Server already. Use the link from that sign-up to change it."
    outcome: "none"
    role: "Server"
    status: 409
    title: "Already registered"
    type: "urn:headcount:problem:already_registered"
    "#);
    assert_snapshot!(server.sign_up(&event, "Ben").await.shown(), @r#"
    409 Conflict
    code: "role_full"
    detail: "Server is full. Choose another role, or try again later in case somebody cancels."
    full_since: "[time]"
    open_now: 0
    outcome: "none"
    role: "Server"
    status: 409
    title: "Role full"
    type: "urn:headcount:problem:role_full"
    "#);
}

#[tokio::test]
async fn one_human_is_one_person() {
    let server = Server::start();
    let event = server.event(json!({"one_per": "email"})).await;
    let family = server.event(json!({"one_per": "email_and_name"})).await;
    let sign_up = async |event: &str, name: &str, email: &str| {
        let path = format!("/api/v1/events/{event}/registrations");
        let body = json!({"name": name, "email": email});
        server.post(path, &body).send().await.status.as_u16()
    };
    assert_eq!(sign_up(&event, "Ann", "home@example.org").await, 201);
    assert_eq!(sign_up(&event, "Ben", " HOME@Example.ORG ").await, 409);
    assert_eq!(sign_up(&family, "Ann", "home@example.org").await, 201);
    assert_eq!(sign_up(&family, "Ben", "home@example.org").await, 201);
    assert_eq!(sign_up(&family, " ANN ", "Home@example.org").await, 409);
}

#[tokio::test]
async fn a_role_is_named_by_id_or_name_or_not_at_all_where_there_is_one() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Cook"}, {"name": "Server"}]})).await;
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    let cook = read.body["roles"][0]["id"].clone();
    for (name, role, code) in [
        ("Ann", Some(cook), 201),
        ("Ben", Some(json!(" SERVER ")), 201),
        ("Cem", Some(json!("Driver")), 404),
        ("Dan", Some(json!("018f0000-0000-7000-8000-000000000000")), 404),
        ("Eve", None, 422),
    ] {
        let mut body = person(name);
        if let Some(role) = role {
            body["role"] = role;
        }
        let answer = server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
        assert_eq!(answer.status, code, "{}", answer.shown());
    }
}

#[tokio::test]
async fn staff_may_leave_the_address_out_and_try_first() {
    let server = Server::start();
    let event = server.event(json!({"opens_at": "2999-01-01T00:00:00Z"})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    assert_eq!(server.sign_up(&event, "Ann").await.code(), (409, "not_open_yet"));
    let tried = server.post(&path, &json!({"name": "Ann", "dry_run": true})).owner().send().await;
    assert_snapshot!(tried.shown(), @r#"
    200 OK
    affected: []
    checked_in: 0
    created_at: "[time]"
    dry_run: true
    event_id: "[id]"
    id: "[id]"
    position: null
    role: "Participant"
    role_id: "[id]"
    seq: 3
    spots: 1
    status: "confirmed"
    "#);
    let answer = server.post(&path, &json!({"name": "Ann"})).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    201 Created
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
    seq: 3
    spots: 1
    status: "confirmed"
    "#);
    let again = server.post(&path, &json!({"name": "Ann"})).owner().send().await;
    assert_eq!(again.status, 201, "without an address nobody is known to be the same");
    let guest = server.post(&path, &json!({"name": "Ann", "dry_run": true})).send().await;
    assert_snapshot!(guest.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: dry_run is for those who manage the event; leave it out, or send a token of theirs; email is required."
    fields[0]: {"field":"dry_run","problem":"is for those who manage the event; leave it out, or send a token of theirs"}
    fields[1]: {"field":"email","problem":"is required"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
}

#[tokio::test]
async fn a_phone_number_is_asked_for_as_the_event_says() {
    let server = Server::start();
    let sign_up = async |event: &str, phone: Option<&str>| {
        let mut body = person(&format!("P{}", phone.unwrap_or_default().len()));
        if let Some(phone) = phone {
            body["phone"] = json!(phone);
        }
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await
    };
    let hidden = server.event(json!({"phone": "hidden"})).await;
    assert_snapshot!(sign_up(&hidden, Some("+49 30 901820")).await.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: phone is not asked for by this event; leave it out."
    fields[0]: {"field":"phone","problem":"is not asked for by this event; leave it out"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
    assert_eq!(sign_up(&hidden, Some("")).await.status, 201, "an empty number is none");

    let required = server.event(json!({"phone": "required", "phone_region": "IL"})).await;
    for (phone, status) in [
        (None, 422),
        (Some(" "), 422),
        (Some("call me"), 422),
        (Some("12"), 422),
        (Some("054-234-5678"), 201),
        (Some("+972 54 234 56 79"), 201),
        (Some("+49 30 901820"), 201),
    ] {
        assert_eq!(sign_up(&required, phone).await.status, status, "{phone:?}");
    }
    let listed = server.get(format!("/api/v1/events/{required}/registrations")).owner().send().await;
    let mut stored: Vec<&str> =
        listed.body["items"].as_array().unwrap().iter().map(|one| one["phone"].as_str().unwrap()).collect();
    stored.sort_unstable();
    assert_eq!(stored, ["+4930901820", "+972542345678", "+972542345679"]);

    let anywhere = server.event(json!({})).await;
    assert_eq!(sign_up(&anywhere, Some("054-234-5678")).await.status, 422, "a national number needs a region");
}

#[tokio::test]
async fn a_form_that_changes_is_read_again() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    assert_eq!(server.sign_up("fair", "Ann").await.status, 201);
    assert_eq!(server.sign_up(&event, "Ben").await.status, 201);
    for (change, name, code) in [
        (json!({"phone": "required"}), "Cem", (422, "invalid")),
        (json!({"phone": "optional", "visibility": "team"}), "Cem", (404, "not_found")),
        (json!({"visibility": "public", "slug": "new-fair"}), "Cem", (404, "not_found")),
        (json!({"slug": "fair"}), "Cem", (201, "-")),
    ] {
        let etag = server.etag(&event).await;
        let ask = server.ask(Method::PATCH, format!("/api/v1/events/{event}")).owner().header("if-match", &etag);
        assert_eq!(ask.json(&change).send().await.status, 200);
        assert_eq!(server.sign_up("fair", name).await.code(), code, "{change}");
    }
}

#[tokio::test]
async fn a_slug_that_passes_to_another_event_leads_there() {
    let server = Server::start();
    let old = server.event(json!({"slug": "fair"})).await;
    assert_eq!(server.sign_up("fair", "Ann").await.text("event_id"), old);
    let ask = server.ask(Method::PATCH, format!("/api/v1/events/{old}")).owner().header("if-match", "\"2\"");
    assert_eq!(ask.json(&json!({"slug": "old-fair"})).send().await.status, 200);
    let new = server.event(json!({"slug": "fair"})).await;
    assert_eq!(server.sign_up("fair", "Ann").await.text("event_id"), new);
}

#[tokio::test]
async fn exactly_as_many_as_fit_get_in() {
    let server = Server::start();
    let roles = json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 10}]});
    let event = server.event(roles).await;
    let mut asking = JoinSet::new();
    for number in 0..200 {
        let ask = server.post(format!("/api/v1/events/{event}/registrations"), &person(&format!("Person{number}")));
        asking.spawn(async move { ask.send().await });
    }
    let answers = asking.join_all().await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(409)), (10, 190));
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!((&read.body["reserved"], &read.body["open_now"]), (&json!(10), &json!(0)));
}
