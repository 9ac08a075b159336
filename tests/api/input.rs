//! Bad input: whatever is sent, the answer is a problem document that says what to do, and nothing happens.

use axum::body::Body;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Server, person};

#[tokio::test]
async fn all_problems_of_a_request_are_told_at_once() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let body = json!({"name": " ", "email": "ann", "spots": "two", "phone": 5, "notes": ["x"], "role": {},
                      "special_requirements": "\u{0}"});
    let answer = server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
    assert_snapshot!(answer.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: name must not be empty; email must be an e-mail address, such as ann@example.org; phone must be a text; notes must be a text; special_requirements must not contain control characters such as NUL; spots must be a whole number, at least 1; role must be the id or name of a role."
    fields[0]: {"field":"name","problem":"must not be empty"}
    fields[1]: {"field":"email","problem":"must be an e-mail address, such as ann@example.org"}
    fields[2]: {"field":"phone","problem":"must be a text"}
    fields[3]: {"field":"notes","problem":"must be a text"}
    fields[4]: {"field":"special_requirements","problem":"must not contain control characters such as NUL"}
    fields[5]: {"field":"spots","problem":"must be a whole number, at least 1"}
    fields[6]: {"field":"role","problem":"must be the id or name of a role"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
    let nothing = server.post(format!("/api/v1/events/{event}/registrations"), &json!({})).send().await;
    assert_snapshot!(nothing.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: name is required; email is required."
    fields[0]: {"field":"name","problem":"is required"}
    fields[1]: {"field":"email","problem":"is required"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);

    let event = json!({"title": "\u{200b}\u{a0}", "slug": "No Slug", "timezone": "Mars/Base", "capacity": 4_294_967_295_u32,
        "starts_at": "2027-07-01T10:00:00", "waitlist": {"policy": "maybe", "max_skips": 1001, "limit": -1},
        "max_spots": 0, "roles_per_person": 201, "phone_region": "ZZ", "metadata": [], "self_move": "yes",
        "one_per": "head", "status": 7, "visibility": null,
        "roles": [{"name": "Cook", "capacity": 1e10}, "Server", {"capacity": 1, "dry_run": true}]});
    let answer = server.post("/api/v1/events", &event).owner().send().await;
    assert_snapshot!(answer.shown(), @r#"
    422 Unprocessable Entity
    code: "invalid"
    detail: "Please correct: roles[0].capacity must be a whole number from 0 to 1000000000; null means unlimited; roles[1] must be an object with the fields of a role; roles[2].dry_run belongs to the whole request; roles[2].name is required; title must not be empty; timezone must be the IANA name of a time zone, such as Europe/Berlin; metadata must be an object; slug must be 1 to 80 lower-case letters a-z, digits and single hyphens between them; visibility cannot be null; leave it out instead; one_per must be email or email_and_name; phone_region must be a country of two letters, such as DE; status must be draft, published, closed or cancelled; capacity must be a whole number from 0 to 1000000000; null means unlimited; waitlist.policy must be strict, fill_gaps or off; waitlist.limit must be a whole number from 0 to 4294967295; waitlist.max_skips must be a whole number from 0 to 1000; max_spots must be between 1 and 1000; roles_per_person must be a whole number from 1 to 200; starts_at must be a time with offset, such as 2026-09-01T18:00:00+02:00; self_move must be true or false."
    fields[0]: {"field":"roles[0].capacity","problem":"must be a whole number from 0 to 1000000000; null means unlimited"}
    fields[1]: {"field":"roles[1]","problem":"must be an object with the fields of a role"}
    fields[2]: {"field":"roles[2].dry_run","problem":"belongs to the whole request"}
    fields[3]: {"field":"roles[2].name","problem":"is required"}
    fields[4]: {"field":"title","problem":"must not be empty"}
    fields[5]: {"field":"timezone","problem":"must be the IANA name of a time zone, such as Europe/Berlin"}
    fields[6]: {"field":"metadata","problem":"must be an object"}
    fields[7]: {"field":"slug","problem":"must be 1 to 80 lower-case letters a-z, digits and single hyphens between them"}
    fields[8]: {"field":"visibility","problem":"cannot be null; leave it out instead"}
    fields[9]: {"field":"one_per","problem":"must be email or email_and_name"}
    fields[10]: {"field":"phone_region","problem":"must be a country of two letters, such as DE"}
    fields[11]: {"field":"status","problem":"must be draft, published, closed or cancelled"}
    fields[12]: {"field":"capacity","problem":"must be a whole number from 0 to 1000000000; null means unlimited"}
    fields[13]: {"field":"waitlist.policy","problem":"must be strict, fill_gaps or off"}
    fields[14]: {"field":"waitlist.limit","problem":"must be a whole number from 0 to 4294967295"}
    fields[15]: {"field":"waitlist.max_skips","problem":"must be a whole number from 0 to 1000"}
    fields[16]: {"field":"max_spots","problem":"must be between 1 and 1000"}
    fields[17]: {"field":"roles_per_person","problem":"must be a whole number from 1 to 200"}
    fields[18]: {"field":"starts_at","problem":"must be a time with offset, such as 2026-09-01T18:00:00+02:00"}
    fields[19]: {"field":"self_move","problem":"must be true or false"}
    outcome: "none"
    status: 422
    title: "Invalid"
    type: "urn:headcount:problem:invalid"
    "#);
}

#[tokio::test]
async fn what_is_no_json_of_the_right_shape_is_malformed() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for body in [
        "{",
        "[]",
        "5",
        "null",
        "\"x\"",
        "{'name': 'Ann'}",
        "{\"name\": \"Ann\",}",
        "{\"name\": \"Ann\"} x",
        r#"{"name": "Ann", "email": "a@example.org", "colour": "green"}"#,
        r#"{"name": "Ann", "name": "Ben", "email": "a@example.org"}"#,
        r#"{"name": "\ud800", "email": "a@example.org"}"#,
        r#"{"name": "\udc00\ud800", "email": "a@example.org"}"#,
        "{\"name\": \"A\nB\", \"email\": \"a@example.org\"}",
    ] {
        let answer = server.ask(Method::POST, &path).raw(body.to_owned()).send().await;
        assert_eq!(answer.code(), (400, "malformed"), "{body}");
        assert_eq!(answer.body["outcome"], "none", "{body}");
    }
    let answer = server.ask(Method::POST, &path).raw(b"{\"name\": \"\xff\"}".to_vec()).send().await;
    assert_eq!(answer.code(), (400, "malformed"));
    let unknown = server.post(&path, &json!({"nmae": "Ann"})).send().await;
    assert_snapshot!(unknown.shown(), @r#"
    400 Bad Request
    code: "malformed"
    detail: "The body cannot be read: unknown field `nmae`, expected one of `role`, `spots`, `if_full`, `name`, `email`, `phone`, `notes`, `special_requirements`, `metadata`, `language`, `dry_run`, `notify` at line 1 column 7."
    outcome: "none"
    status: 400
    title: "Malformed"
    type: "urn:headcount:problem:malformed"
    "#);
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (metadata, code) in [
        (r#"{"b": 1, "b": 2}"#, (400, "malformed")),
        (r#"{"a": {"b": 1, "b": 2}}"#, (400, "malformed")),
        (r#"{"a": "\ud800"}"#, (400, "malformed")),
        (&format!(r#"{{"a": {deep}}}"#), (400, "malformed")),
        (r#"{"a": "\u0000"}"#, (422, "invalid")),
        (r#"{"\u0000": 1}"#, (422, "invalid")),
        (&deep, (422, "invalid")),
        ("{}", (201, "-")),
    ] {
        let body = format!(r#"{{"title": "Fair", "metadata": {metadata}}}"#);
        let answer = server.ask(Method::POST, "/api/v1/events").owner().raw(body).send().await;
        assert_eq!(answer.code(), code, "{metadata}");
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let post = || server.ask(Method::POST, &path);
    let body = person("Ann").to_string();
    assert_snapshot!(post().unnamed(body.clone()).send().await.shown(), @r#"
    415 Unsupported Media Type
    code: "unsupported_media_type"
    detail: "Send the request as JSON, with the header `Content-Type: application/json`."
    outcome: "none"
    status: 415
    title: "Unsupported media type"
    type: "urn:headcount:problem:unsupported_media_type"
    "#);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let answer = post().header("content-type", content_type).unnamed(body.clone()).send().await;
        assert_eq!(answer.code(), (415, "unsupported_media_type"), "{content_type}");
    }
    let answer = post().header("content-type", "Application/JSON; charset=utf-8").unnamed(body).send().await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let large =
        |bytes: usize| json!({"name": "Ann", "email": "ann@example.org", "notes": "x".repeat(bytes)}).to_string();
    let post = || server.ask(Method::POST, &path);
    assert_snapshot!(post().raw(large(10_000_000)).send().await.shown(), @r#"
    413 Payload Too Large
    code: "too_large"
    detail: "The request is too large: 65536 bytes are the most. Send less."
    outcome: "none"
    status: 413
    title: "Too large"
    type: "urn:headcount:problem:too_large"
    "#);
    let chunks = of_unknown_length(large(100_000));
    assert_eq!(post().raw(chunks).send().await.code(), (413, "too_large"), "also where the length is not told");
    assert_eq!(post().raw(large(20_001)).send().await.code(), (422, "invalid"));
    assert_eq!(post().raw(large(20_000)).send().await.status, 201);
    let event = json!({"title": "Fair", "description": "x".repeat(15_000), "roles": (0..15).map(|number| json!({
        "name": format!("Role {number}"), "description": "x".repeat(15_000)})).collect::<Vec<_>>()});
    assert_eq!(server.post("/api/v1/events", &event).owner().send().await.status, 201, "events may be larger");
}

/// A body whose length is not known beforehand.
fn of_unknown_length(text: String) -> Body {
    struct Unsized(Option<axum::body::Bytes>);
    impl axum::body::HttpBody for Unsized {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            std::task::Poll::Ready(self.0.take().map(|bytes| Ok(hyper::body::Frame::data(bytes))))
        }
    }
    Body::new(Unsized(Some(text.into())))
}

#[tokio::test]
async fn names_in_every_script_are_taken_and_empty_ones_are_not() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let sign_up = async |name: &str, email: &str| {
        let body = json!({"name": name, "email": email});
        let answer = server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
        (answer.status.as_u16(), answer.body["id"].as_str().unwrap_or_default().to_owned())
    };
    let long = "\u{5d0}".repeat(200);
    for (number, name) in [
        "\u{5d0}\u{5dc}\u{5d9}",
        "\u{202e}nnA",
        "A\u{200b}B",
        "\u{645}\u{6cc}\u{200c}\u{62e}",
        "O'Brien-\u{141}",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        let (status, id) = sign_up(name, &format!("a{number}@example.org")).await;
        assert_eq!(status, 201, "{name:?}");
        let read = server.get(format!("/api/v1/events/{event}/registrations/{id}")).owner().send().await;
        assert_eq!(read.body["name"], name, "as it was sent");
    }
    let too_long = format!("{long}x");
    for name in [
        "",
        " ",
        "\t",
        "\u{200b}",
        "\u{200b}\u{2060}\u{feff} \u{3164}",
        "\u{202e}\u{202c}",
        "a\u{0}b",
        "a\nb",
        "a\u{7f}",
        "a\u{85}b",
        &too_long,
    ] {
        assert_eq!(sign_up(name, "b@example.org").await.0, 422, "{name:?}");
    }
}

#[tokio::test]
async fn addresses_are_checked() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let status = async |email: &str| {
        let body = json!({"name": "Ann", "email": email});
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.status.as_u16()
    };
    let long = format!("{}@example.org", "a".repeat(250));
    for email in [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@localhost",
        "ann@@example.org",
        "ann@exa mple.org",
        "ann@example..org",
        "Ann <ann@example.org>",
        "ann@[127.0.0.1]",
        "a\u{200b}nn@example.org",
        "ann@example.org\u{0}",
        "ann@example.org,ben@example.org",
        &long,
    ] {
        assert_eq!(status(email).await, 422, "{email:?}");
    }
    for email in ["ann+fair@example.org", " ben@sub.example.org ", "\u{fc}ml@example.org", "o'brien@example.org"] {
        assert_eq!(status(email).await, 201, "{email:?}");
    }
}

#[tokio::test]
async fn numbers_are_whole_and_in_range() {
    let server = Server::start();
    let event = server.event(json!({"max_spots": 1000})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for spots in ["0", "-1", "1e9", "1000000000", "1.5", "1e400", "18446744073709551616", "\"1\"", "true", "[1]", "{}"]
    {
        let body = format!(r#"{{"name": "Ann", "email": "ann@example.org", "spots": {spots}}}"#);
        let answer = server.ask(Method::POST, &path).raw(body).send().await;
        let expected = if spots == "1e400" { (400, "malformed") } else { (422, "invalid") };
        assert_eq!(answer.code(), expected, "{spots}");
    }
    for (capacity, expected) in [
        (json!(0), (201, "-")),
        (json!(1_000_000_000), (201, "-")),
        (json!(null), (201, "-")),
        (json!(1_000_000_001), (422, "invalid")),
        (json!(u32::MAX), (422, "invalid")),
        (json!(-1), (422, "invalid")),
        (json!(0.5), (422, "invalid")),
        (json!("10"), (422, "invalid")),
    ] {
        for event in [
            json!({"title": "Fair", "capacity": capacity}),
            json!({"title": "Fair", "roles": [{"name": "Cook", "capacity": capacity}]}),
        ] {
            let answer = server.post("/api/v1/events", &event).owner().send().await;
            assert_eq!(answer.code(), expected, "{event}");
        }
    }
    let empty = server.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Cook", "capacity": 0}]})).await;
    assert_eq!(server.sign_up(&empty, "Ann").await.code(), (409, "role_full"), "a capacity of 0 lets nobody in");
}

#[tokio::test]
async fn times_need_an_offset() {
    let server = Server::start();
    for (time, status) in [
        (json!("2027-07-01T10:00:00+02:00"), 201),
        (json!("2027-07-01T10:00:00Z"), 201),
        (json!("2027-07-01T10:00:00"), 422),
        (json!("2027-07-01"), 422),
        (json!("2027-13-01T10:00:00Z"), 422),
        (json!("2027-02-30T10:00:00Z"), 422),
        (json!("99999-01-01T10:00:00Z"), 422),
        (json!("tomorrow"), 422),
        (json!(1_800_000_000), 422),
        (json!(""), 422),
    ] {
        let answer = server.post("/api/v1/events", &json!({"title": "Fair", "starts_at": time})).owner().send().await;
        assert_eq!(answer.status, status, "{time}");
    }
}

#[tokio::test]
async fn addresses_of_nothing_are_not_found() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    for path in [
        "/api/v1/events/no-such-event",
        "/api/v1/events/018f0000-0000-7000-8000-000000000000",
        "/api/v1/events/%00",
        "/api/v1/events/%ff",
        "/api/v1/events/%2e%2e",
        &format!("/api/v1/events/{event}/registrations/none"),
        &format!("/api/v1/events/{event}/registrations/018f0000-0000-7000-8000-000000000000"),
        "/api/v1/events/018f0000-0000-7000-8000-000000000000/registrations",
        "/api/v1/events/018f0000-0000-7000-8000-000000000000/log",
        "/api/v1/events/018f0000-0000-7000-8000-000000000000/availability",
        "/api/v1/",
        "/nothing",
        "/api/v2/events",
        "/metrics.json",
    ] {
        let answer = server.get(path).owner().send().await;
        assert_eq!(answer.code(), (404, "not_found"), "{path}");
    }
    let answer = server.sign_up("no-such-event", "Ann").await;
    assert_eq!(answer.code(), (404, "not_found"));
}

#[tokio::test]
async fn every_problem_is_a_problem_document() {
    let server = Server::start();
    for (answer, title) in [
        (server.get("/nothing").send().await, "Not found"),
        (server.post("/api/v1/events", &Value::Null).send().await, "Unauthenticated"),
        (server.post("/api/v1/events", &json!([])).owner().send().await, "Malformed"),
    ] {
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["title"], title);
        assert_eq!(answer.body["status"], answer.status.as_u16());
        assert_eq!(answer.body["type"], format!("urn:headcount:problem:{}", answer.code().1));
        assert_eq!(answer.body["outcome"], "none");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_where_it_is_and_in_words() {
    let server = Server::start();
    let late = json!({"name": "Cook", "starts_at": "2027-01-01T10:00:00Z", "ends_at": "2027-01-01T09:00:00Z"});
    let many: Vec<_> = (0..201).map(|number| json!({"name": format!("Role {number}")})).collect();
    for (fields, says) in [
        (json!({"roles": [{"name": "Server"}, late]}), "roles[1].ends_at must not be before starts_at."),
        (json!({"roles": many}), "roles must be 1 to 200."),
        (json!({"starts_at": "-000001-12-31T23:59:59Z"}), "starts_at must be a time with offset"),
        (json!({"starts_at": "0000-01-01T00:00:00+02:00"}), "starts_at must be a time with offset"),
    ] {
        let mut event = json!({"title": "Fair"});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = server.post("/api/v1/events", &event).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{says}");
        assert!(answer.text("detail").contains(says), "no {says:?} in {}", answer.text("detail"));
    }
    let event = server.event(json!({})).await;
    for (path, code, says) in [
        ("/api/v1/events?group=1", "malformed", "cannot be read: group: unknown field `group`, expected one of"),
        ("/api/v1/events?team=1", "invalid", "team must be the id of a team"),
        ("/api/v1/events?limit=1&limit=2", "malformed", "cannot be read: duplicate field `limit`."),
        (&format!("/api/v1/events/{event}/log?after=-1"), "invalid", "after must be the number of an entry"),
    ] {
        let answer = server.get(path).owner().send().await;
        assert_eq!(answer.code().1, code, "{path}");
        assert!(answer.text("detail").contains(says), "no {says:?} in {}", answer.text("detail"));
    }
}

#[tokio::test]
async fn a_time_in_a_query_may_have_a_plus_as_it_is_written_everywhere() {
    let server = Server::start();
    server.event(json!({"starts_at": "2027-07-01T10:00:00+02:00"})).await;
    for (query, found) in [
        ("from=2027-07-01T10:00:00+02:00", 1),
        ("from=2027-07-01T10:00:00%2B02:00", 1),
        ("from=2027-07-01T10:00:01+02:00", 0),
        ("to=2027-07-01T08:00:01Z", 1),
    ] {
        let answer = server.get(format!("/api/v1/events?{query}")).send().await;
        assert_eq!(answer.body["items"].as_array().map(Vec::len), Some(found), "{query}");
    }
}

#[tokio::test]
async fn a_dry_run_of_a_new_event_names_no_address_and_no_revision() {
    let server = Server::start();
    let answer = server.post("/api/v1/events", &json!({"title": "Fair", "dry_run": true})).owner().send().await;
    assert_eq!(answer.status, 200);
    assert_eq!((answer.headers.get("location"), answer.headers.get("etag")), (None, None));
}

#[tokio::test]
async fn people_are_told_in_words_where_there_is_no_page() {
    let server = Server::start();
    let (status, headers, page) = server.get("/nothing").header("accept", "text/html,*/*;q=0.8").page().await;
    assert_eq!((status.as_u16(), &headers["content-type"]), (404, &"text/html; charset=utf-8".parse().unwrap()));
    assert!(page.contains("There is nothing here"), "{page}");
}
