//! `/events` and `/events/{event}`.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};

#[tokio::test]
async fn roles_stand_in_the_order_in_which_they_were_given() {
    let server = Server::start();
    let names = |event: &Value| -> Vec<String> {
        let roles = event["roles"].as_array().unwrap();
        roles.iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect()
    };
    let event = json!({"title": "Fair", "roles": [{"name": "Server"}, {"name": "Driver"}, {"name": "Cook"}]});
    let created = server.post("/api/v1/events", &event).owner().send().await;
    assert_eq!(names(&created.body), ["Server", "Driver", "Cook"]);
    let read = server.get(format!("/api/v1/events/{}", created.text("id"))).owner().send().await;
    assert_eq!(names(&read.body), ["Server", "Driver", "Cook"]);
    let event = json!({"title": "Fair", "roles": [{"name": "Server"}, {"name": "Cook", "order": -1}]});
    let created = server.post("/api/v1/events", &event).owner().send().await;
    assert_eq!(names(&created.body), ["Cook", "Server"], "an order that is given counts");
}

#[tokio::test]
async fn an_event_is_created_with_all_its_settings() {
    let server = Server::start();
    server.team("0197f3a0-0000-7000-8000-00000000000a".parse().unwrap(), "Kitchen").await;
    let event = json!({
        "title": "Summer fair", "slug": "summer-fair", "description": "Bring *cake*.", "location": "Town square",
        "contact": "fair@example.org", "timezone": "europe/berlin", "status": "published", "visibility": "unlisted",
        "starts_at": "2027-07-01T10:00:00+02:00", "ends_at": "2027-07-01T18:00:00+02:00",
        "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2027-06-30T00:00:00Z",
        "cancel_until": "2027-06-29T00:00:00Z", "promote_until": "2027-06-30T12:00:00Z", "capacity": 12,
        "waitlist": {"policy": "fill_gaps", "limit": 20, "max_skips": 5}, "max_spots": 4, "roles_per_person": 2,
        "one_per": "email_and_name", "self_move": true, "phone": "required", "phone_region": "de",
        "metadata": {"colour": "green", "deep": [{"a": null}]}, "verify_minutes": 30, "retention_days": 60,
        "organization": "00000000-0000-0000-0000-000000000000", "teams": ["0197f3a0-0000-7000-8000-00000000000a"],
        "roles": [{"name": "Server", "capacity": 10, "description": "Carries.", "order": 1, "min_needed": 2,
                   "starts_at": "2027-07-01T09:00:00Z", "ends_at": "2027-07-01T12:00:00Z"},
                  {"name": "Cook", "capacity": 4, "closed": true, "order": 0}],
    });
    let answer = server.post("/api/v1/events", &event).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    201 Created
    etag: "3"
    location: /api/v1/events/[id]
    cancel_until: "2027-06-29T00:00:00Z"
    capacity: 12
    closes_at: "2027-06-30T00:00:00Z"
    contact: "fair@example.org"
    description: "Bring *cake*."
    ends_at: "2027-07-01T16:00:00Z"
    free: 12
    id: "[id]"
    location: "Town square"
    max_spots: 4
    metadata: {"colour":"green","deep":[{"a":null}]}
    one_per: "email_and_name"
    open_now: 12
    opens_at: "2026-01-01T00:00:00Z"
    organization_id: "[id]"
    override: 0
    phone: "required"
    phone_region: "DE"
    promote_until: "2027-06-30T12:00:00Z"
    reserved: 0
    retention_days: 60
    revision: 3
    roles[0]: {"capacity":4,"closed":true,"description":"","ends_at":null,"free":4,"id":"[id]","min_needed":0,"name":"Cook","open_now":4,"order":0,"override":0,"reserved":0,"starts_at":null,"waiting":0}
    roles[1]: {"capacity":10,"closed":false,"description":"Carries.","ends_at":"2027-07-01T12:00:00Z","free":10,"id":"[id]","min_needed":2,"name":"Server","open_now":10,"order":1,"override":0,"reserved":0,"starts_at":"2027-07-01T09:00:00Z","waiting":0}
    roles_per_person: 2
    self_move: true
    seq: 3
    sign_up: "open"
    slug: "summer-fair"
    starts_at: "2027-07-01T08:00:00Z"
    status: "published"
    teams: ["[id]"]
    timezone: "Europe/Berlin"
    title: "Summer fair"
    verify_minutes: 30
    visibility: "unlisted"
    waiting: 0
    waitlist: {"limit":20,"max_skips":5,"policy":"fill_gaps"}
    "#);

    let read = server.get("/api/v1/events/summer-fair").owner().send().await;
    assert_eq!(read.body, answer.body, "what is read is what was answered");
    assert_eq!(read.headers["etag"], answer.headers["etag"]);
}

#[tokio::test]
async fn an_event_needs_a_title_and_nothing_else() {
    let server = Server::start();
    let answer = server.post("/api/v1/events", &json!({"title": "Fair", "slug": "fair"})).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    201 Created
    etag: "2"
    location: /api/v1/events/[id]
    cancel_until: null
    capacity: null
    closes_at: null
    contact: ""
    description: ""
    ends_at: null
    free: null
    id: "[id]"
    location: ""
    max_spots: 10
    metadata: {}
    one_per: "email"
    open_now: null
    opens_at: null
    organization_id: "[id]"
    override: 0
    phone: "optional"
    phone_region: null
    promote_until: null
    reserved: 0
    retention_days: null
    revision: 2
    roles[0]: {"capacity":null,"closed":false,"description":"","ends_at":null,"free":null,"id":"[id]","min_needed":0,"name":"Participant","open_now":null,"order":0,"override":0,"reserved":0,"starts_at":null,"waiting":0}
    roles_per_person: 1
    self_move: false
    seq: 2
    sign_up: "not_open_yet"
    slug: "fair"
    starts_at: null
    status: "draft"
    teams: []
    timezone: "UTC"
    title: "Fair"
    verify_minutes: null
    visibility: "public"
    waiting: 0
    waitlist: {"limit":null,"max_skips":3,"policy":"strict"}
    "#);

    let answer = server.post("/api/v1/events", &json!({"description": null})).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: title is required."
    fields[0]: {"field":"title","problem":"is required"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
}

#[tokio::test]
async fn a_slug_is_made_from_title_and_id() {
    let server = Server::start();
    let answer = server.post("/api/v1/events", &json!({"title": "Fête, 2027!"})).owner().send().await;
    let id = answer.text("id");
    assert_eq!(answer.text("slug"), format!("f-te-2027-{}", &id[id.len() - 6..]));
}

#[tokio::test]
async fn names_are_taken_once() {
    let server = Server::start();
    server.event(json!({"slug": "fair"})).await;
    let answer = server.post("/api/v1/events", &json!({"title": "Other", "slug": "fair"})).owner().send().await;
    assert_eq!(answer.code(), (409, "slug_taken"));
    let roles = json!({"title": "Other", "roles": [{"name": "Cook"}, {"name": " COOK "}]});
    let answer = server.post("/api/v1/events", &roles).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    409 Conflict
    code: "role_exists"
    detail: "The event has a role COOK already. Choose another name."
    outcome: "none"
    role: "COOK"
    status: 409
    title: "Role exists"
    type: "urn:headcount:problem:role_exists"
    "#);
}

#[tokio::test]
async fn guests_see_what_is_meant_for_them() {
    let server = Server::start();
    for (slug, fields, seen, listed) in [
        ("public", json!({}), 200, true),
        ("cancelled", json!({"status": "cancelled"}), 200, true),
        ("unlisted", json!({"visibility": "unlisted"}), 200, false),
        ("draft", json!({"status": "draft"}), 404, false),
        ("team", json!({"visibility": "team"}), 404, false),
    ] {
        let mut event = json!({"slug": slug, "metadata": {"budget": 100}});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let id = server.event(event).await;
        for name in [slug, id.as_str()] {
            for path in ["", "/availability"] {
                let path = format!("/api/v1/events/{name}{path}");
                let answer = server.get(&path).send().await;
                assert_eq!(answer.status, seen, "{path}");
                assert_eq!(answer.body.get("metadata"), None, "{path}");
                assert_eq!(server.get(&path).owner().send().await.status, 200, "{path}");
            }
        }
        let answer = server.get("/api/v1/events").send().await;
        let is_listed = answer.body["items"].as_array().unwrap().iter().any(|event| event["slug"] == *slug);
        assert_eq!(is_listed, listed, "{slug}");
        if seen == 404 {
            let answer = server.sign_up(slug, "Ann").await;
            assert_eq!(answer.code(), (404, "not_found"), "{slug}");
        }
    }
    let answer = server.get("/api/v1/events").owner().send().await;
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn what_is_free_is_told_per_role_and_for_the_event() {
    let server = Server::start();
    let roles = json!({"capacity": 5, "roles": [{"name": "Cook", "capacity": 1}, {"name": "Server"}]});
    let event = server.event(roles).await;
    for name in ["Ann", "Ben"] {
        let mut person = person(name);
        person["role"] = json!("cook");
        server.post(format!("/api/v1/events/{event}/registrations"), &person).send().await;
    }
    let answer = server.get(format!("/api/v1/events/{event}/availability")).send().await;
    assert_snapshot!(answer.shown(), @r#"
    200 OK
    capacity: 5
    event_id: "[id]"
    free: 4
    open_now: 4
    override: 0
    reserved: 1
    roles[0]: {"capacity":1,"free":0,"id":"[id]","name":"Cook","open_now":0,"override":0,"reserved":1,"waiting":1}
    roles[1]: {"capacity":null,"free":null,"id":"[id]","name":"Server","open_now":4,"override":0,"reserved":0,"waiting":0}
    seq: 5
    sign_up: "open"
    waiting: 1
    "#);
}

async fn patch(server: &Server, event: &str, etag: &str, body: Value) -> Answer {
    let path = format!("/api/v1/events/{event}");
    server.ask(Method::PATCH, path).owner().header("if-match", etag).json(&body).send().await
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name_and_clears_what_is_null() {
    let server = Server::start();
    let waitlist = json!({"policy": "fill_gaps", "limit": 20, "max_skips": 5});
    let event = server.event(json!({"capacity": 5, "location": "Hall", "contact": "Ann", "waitlist": waitlist})).await;
    let body = json!({"title": "Winter fair", "capacity": null, "location": null, "waitlist": {"limit": null},
                      "starts_at": "2027-01-01T00:00:00.5+01:00"});
    let answer = patch(&server, &event, "\"2\"", body).await;
    assert_snapshot!(answer.shown(), @r#"
    200 OK
    etag: "3"
    affected: []
    dry_run: false
    event_id: "[id]"
    revision: 3
    role_id: null
    seq: 3
    "#);
    let read = server.get(format!("/api/v1/events/{event}")).owner().send().await;
    for (field, value) in [
        ("title", json!("Winter fair")),
        ("capacity", json!(null)),
        ("location", json!("")),
        ("contact", json!("Ann")),
        ("waitlist", json!({"policy": "fill_gaps", "limit": null, "max_skips": 5})),
        ("starts_at", json!("2026-12-31T23:00:00.5Z")),
        ("revision", json!(3)),
    ] {
        assert_eq!(read.body[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_change_needs_the_revision_it_was_made_from() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}");
    let missing = server.ask(Method::PATCH, &path).owner().json(&json!({"title": "X"})).send().await;
    assert_snapshot!(missing.shown(), @r#"
    428 Precondition Required
    code: "revision_required"
    detail: "Send the revision you have seen, from the ETag of the event, as `If-Match: \"7\"`; `*` is not taken."
    outcome: "none"
    status: 428
    title: "Revision required"
    type: "urn:headcount:problem:revision_required"
    "#);
    for (etag, code) in [
        ("*", (428, "revision_required")),
        ("2", (412, "revision_mismatch")),
        ("W/\"2\"", (412, "revision_mismatch")),
        ("\"2\", \"3\"", (412, "revision_mismatch")),
        ("\"x\"", (412, "revision_mismatch")),
        ("\"99999999999\"", (412, "revision_mismatch")),
        ("\"1\"", (412, "revision_mismatch")),
        ("\"2\"", (200, "-")),
    ] {
        let answer = patch(&server, &event, etag, json!({"title": "Y"})).await;
        assert_eq!(answer.code(), code, "{etag}");
    }
    let old = patch(&server, &event, "\"2\"", json!({"title": "Z"})).await;
    assert_snapshot!(old.shown(), @r#"
    412 Precondition Failed
    code: "revision_mismatch"
    current: 3
    detail: "Somebody changed it in the meantime: it is at revision 3. Read it again, then change it."
    outcome: "none"
    status: 412
    title: "Revision mismatch"
    type: "urn:headcount:problem:revision_mismatch"
    "#);
    for (method, path) in [(Method::DELETE, path.clone()), (Method::DELETE, format!("{path}/roles/Participant"))] {
        assert_eq!(server.ask(method, path).owner().send().await.code(), (428, "revision_required"));
    }
}

#[tokio::test]
async fn a_capacity_below_what_is_reserved_does_as_asked() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 3})).await;
    for name in ["Ann", "Ben", "Cem"] {
        assert_eq!(server.sign_up(&event, name).await.text("status"), "confirmed");
    }
    let etag = server.etag(&event).await;
    let refused = patch(&server, &event, &etag, json!({"capacity": 2})).await;
    assert_snapshot!(refused.shown(), @r#"
    409 Conflict
    code: "capacity_below_reserved"
    detail: "3 places are taken. Choose what happens to them: keep them (if_below: keep), or send the latest back to the waitlist (if_below: waitlist_latest)."
    outcome: "none"
    reserved: 3
    status: 409
    title: "Capacity below reserved"
    type: "urn:headcount:problem:capacity_below_reserved"
    "#);

    let body = json!({"capacity": 2, "if_below": "waitlist_latest", "dry_run": true});
    let tried = patch(&server, &event, &etag, body).await;
    assert_snapshot!(tried.shown(), @r#"
    200 OK
    affected[0]: {"from":"confirmed","registration_id":"[id]","role_id":"[id]","spots":1,"to":"waitlisted"}
    dry_run: true
    event_id: "[id]"
    revision: 3
    role_id: null
    seq: 7
    "#);
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!((&read.body["reserved"], &read.body["capacity"]), (&json!(3), &json!(3)), "a dry run changes nothing");

    assert_eq!(patch(&server, &event, &etag, json!({"capacity": 2, "if_below": "keep"})).await.status, 200);
    let read = server.get(format!("/api/v1/events/{event}")).send().await;
    assert_eq!((&read.body["reserved"], &read.body["override"]), (&json!(3), &json!(1)));
}

#[tokio::test]
async fn only_a_draft_that_nobody_signed_up_for_is_deleted() {
    let server = Server::start();
    let draft = server.event(json!({"status": "draft", "slug": "draft"})).await;
    let answer = server.ask(Method::DELETE, "/api/v1/events/draft").owner().header("if-match", "\"2\"").send().await;
    assert_eq!((answer.status, answer.body), (StatusCode::NO_CONTENT, Value::Null));
    let gone = server.get(format!("/api/v1/events/{draft}")).owner().send().await;
    assert_snapshot!(gone.shown(), @r#"
    404 Not Found
    code: "not_found"
    detail: "There is no such event. Check the address."
    outcome: "none"
    status: 404
    title: "Not found"
    type: "urn:headcount:problem:not_found"
    "#);

    let event = server.event(json!({"slug": "draft"})).await;
    let path = format!("/api/v1/events/{event}");
    let answer = server.ask(Method::DELETE, path).owner().header("if-match", "\"2\"").send().await;
    assert_eq!(answer.code(), (409, "event_not_empty"));
}

#[tokio::test]
async fn a_list_is_read_in_pages_and_filtered() {
    let server = Server::start();
    for number in 1..=5 {
        let starts_at = format!("2027-0{number}-01T00:00:00Z");
        server.event(json!({"title": format!("Fair {number}"), "starts_at": starts_at})).await;
    }
    server.event(json!({"title": "Some day"})).await;
    let titles = |answer: &Answer| -> Vec<String> {
        let items = answer.body["items"].as_array().unwrap().iter();
        items.map(|event| event["title"].as_str().unwrap().to_owned()).collect()
    };
    let mut seen = Vec::new();
    let mut path = "/api/v1/events?limit=2".to_owned();
    loop {
        let answer = server.get(&path).send().await;
        seen.extend(titles(&answer));
        let Some(cursor) = answer.body["next_cursor"].as_str() else { break };
        path = format!("/api/v1/events?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["Fair 1", "Fair 2", "Fair 3", "Fair 4", "Fair 5", "Some day"]);

    for (query, found) in [
        ("q=fair%203", vec!["Fair 3"]),
        ("status=draft", vec![]),
        ("from=2027-02-01T00:00:00Z&to=2027-03-01T00:00:00Z", vec!["Fair 2"]),
        ("from=2027-05-01T01:00:00%2B01:00", vec!["Fair 5", "Some day"]),
        ("dates=unset", vec!["Some day"]),
    ] {
        assert_eq!(titles(&server.get(format!("/api/v1/events?{query}")).send().await), found, "{query}");
    }
    for (query, code) in [
        ("limit=0", (422, "invalid")),
        ("limit=201", (422, "invalid")),
        ("limit=many", (422, "invalid")),
        ("status=gone", (422, "invalid")),
        ("from=yesterday", (422, "invalid")),
        ("dates=later", (422, "invalid")),
        ("cursor=made-up", (422, "invalid")),
        ("colour=green", (400, "malformed")),
        ("limit=1&limit=2", (400, "malformed")),
    ] {
        assert_eq!(server.get(format!("/api/v1/events?{query}")).send().await.code(), code, "{query}");
    }
}
