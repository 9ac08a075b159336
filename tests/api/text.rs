//! Text that a database may be unable to keep or to ask for: whichever one is behind, the answer is the same.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{Server, TOKEN, person};

/// What must not stand in any text.
const CONTROL_CHARACTERS: [char; 5] = ['\0', '\u{1}', '\u{1b}', '\u{7f}', '\u{85}'];

/// `fields` over `body`.
fn with(mut body: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("no object") };
    body.as_object_mut().unwrap().extend(fields);
    body
}

#[tokio::test]
async fn a_control_character_in_a_field_is_told_with_the_field() {
    let server = Server::start();
    let event = server.event(json!({"phone": "optional"})).await;
    let at = format!("/api/v1/events/{event}");
    let one = server.sign_up(&event, "Ann").await;
    let (registration, manage) = (one.text("id"), one.manage_path());
    let (people, staff) = (format!("{at}/registrations"), format!("{at}/registrations/{registration}"));
    for wrong in CONTROL_CHARACTERS.map(|character| format!("a{character}b")) {
        let event = json!({"title": "Fair"});
        for (path, body, field) in [
            ("/api/v1/events", json!({"title": wrong}), "title"),
            ("/api/v1/events", with(event.clone(), json!({"slug": wrong})), "slug"),
            ("/api/v1/events", with(event.clone(), json!({"description": wrong})), "description"),
            ("/api/v1/events", with(event.clone(), json!({"location": wrong})), "location"),
            ("/api/v1/events", with(event.clone(), json!({"contact": wrong})), "contact"),
            ("/api/v1/events", with(event.clone(), json!({"timezone": wrong})), "timezone"),
            ("/api/v1/events", with(event.clone(), json!({"phone_region": wrong})), "phone_region"),
            ("/api/v1/events", with(event.clone(), json!({"status": wrong})), "status"),
            ("/api/v1/events", with(event.clone(), json!({"starts_at": wrong})), "starts_at"),
            ("/api/v1/events", with(event.clone(), json!({"roles": [{"name": wrong}]})), "roles[0].name"),
            (&format!("{at}/roles"), json!({"name": "Cook", "description": wrong}), "description"),
            (&people, with(person("Ben"), json!({"name": wrong})), "name"),
            (&people, with(person("Ben"), json!({"email": format!("{wrong}@example.org")})), "email"),
            (&people, with(person("Ben"), json!({"phone": wrong})), "phone"),
            (&people, with(person("Ben"), json!({"notes": wrong})), "notes"),
            (&people, with(person("Ben"), json!({"special_requirements": wrong})), "special_requirements"),
            (&people, with(person("Ben"), json!({"role": wrong})), "role"),
            (&format!("{staff}/remove"), json!({"reason": wrong}), "reason"),
            (&format!("{staff}/move"), json!({"role": wrong}), "role"),
            (&format!("{manage}/contact"), json!({"name": wrong}), "name"),
            (&format!("{manage}/contact"), json!({"notes": wrong}), "notes"),
            (&format!("{manage}/move"), json!({"role": wrong}), "role"),
        ] {
            let asked = server.post(path, &body);
            let answer = if path.contains("/manage/") { asked } else { asked.owner() }.send().await;
            assert_eq!(answer.code(), (422, "invalid"), "{path} {body}: {}", answer.shown());
            assert_eq!(answer.body["fields"][0]["field"], field, "{path} {body}");
        }
        let answer = server.ask(Method::PATCH, &staff).owner().json(&json!({"staff_note": wrong})).send().await;
        assert_eq!((answer.code(), &answer.body["fields"][0]["field"]), ((422, "invalid"), &json!("staff_note")));
    }
}

#[tokio::test]
async fn text_in_an_address_is_looked_for_only_if_it_can_be_there() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    let at = format!("/api/v1/events/{event}");
    for wrong in ["%00", "fair%00", "%1b", "a%7fb", "FAIR", "fair%20", "%F0%9F%98%80"] {
        for path in ["", "/registrations", "/log", "/availability"] {
            let answer = server.get(format!("/api/v1/events/{wrong}{path}")).owner().send().await;
            assert_eq!(answer.code(), (404, "not_found"), "{wrong}{path}");
        }
        let answer = server.post(format!("/api/v1/events/{wrong}/registrations"), &person("Ann")).send().await;
        assert_eq!(answer.code(), (404, "not_found"), "{wrong}");
        let answer = server.ask(Method::DELETE, format!("{at}/roles/{wrong}")).owner().header("if-match", "\"1\"");
        let code = answer.send().await.code().0;
        assert!([404, 412].contains(&code), "{wrong}: {code}");
        let answer = server.get(format!("/api/v1/manage/{wrong}")).send().await;
        assert_eq!(answer.code(), (404, "not_found"), "{wrong}");
    }
    for wrong in ["%00", "a%00b", "%1b", "%7f", "%c2%85"] {
        for (path, field) in [
            (format!("/api/v1/events?q={wrong}"), "q"),
            (format!("/api/v1/events?status={wrong}"), "status"),
            (format!("/api/v1/events?from={wrong}"), "from"),
            (format!("/api/v1/events?limit={wrong}"), "limit"),
            (format!("/api/v1/events?cursor={wrong}"), "cursor"),
            (format!("{at}/registrations?q={wrong}"), "q"),
            (format!("{at}/registrations?role={wrong}"), "role"),
            (format!("{at}/registrations?cursor={wrong}"), "cursor"),
            (format!("{at}/log?after={wrong}"), "after"),
            (format!("/api/v1/people/{wrong}/registrations"), "person"),
            (format!("/api/v1/people/email:{wrong}/registrations"), "person"),
        ] {
            let answer = server.get(&path).owner().send().await;
            assert_eq!(answer.code(), (422, "invalid"), "{path}: {}", answer.shown());
            assert_eq!(answer.body["fields"][0]["field"], field, "{path}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_somebody_made_up_is_told_so() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let server = Server::start();
    let event = server.event(json!({})).await;
    server.sign_up(&event, "Ann").await;
    let nobody = "018f0000-0000-7000-8000-000000000000";
    for made_up in [
        json!("\0"),
        json!(["\0", nobody, nobody, 0]),
        json!(["email:\0", nobody, nobody, 9]),
        json!([0, "\0", "\0"]),
        json!({"person": "\0"}),
        json!([[[]]]),
    ] {
        let cursor = URL_SAFE_NO_PAD.encode(made_up.to_string());
        for list in ["events", &format!("events/{event}/registrations"), "people/ann@example.org/registrations"] {
            let answer = server.get(format!("/api/v1/{list}?cursor={cursor}")).owner().send().await;
            assert_eq!(answer.code(), (422, "invalid"), "{list} {made_up}: {}", answer.shown());
        }
    }
}

#[tokio::test]
async fn a_key_or_token_is_plain_text() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    // A header cannot hold a zero byte at all; what else it can hold is refused.
    for wrong in [
        "a key with blanks that is long",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        "a\tkey\twith\ttabs\tthat\tis\tlong",
    ] {
        let answer = server.post(&path, &person("Ann")).key(wrong).send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{wrong}");
        assert_eq!(answer.body["fields"][0]["field"], "Idempotency-Key", "{wrong}");
    }
    let odd = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##.to_owned();
    for key in [odd, "k".repeat(255)] {
        let first = server.post(&path, &person(&format!("P{}", key.len()))).key(&key).send().await;
        assert_eq!(first.status, 201, "{}", first.shown());
        let again = server.post(&path, &person(&format!("P{}", key.len()))).key(&key).send().await;
        assert_eq!(again.body, first.body);
    }
    let answer = server.get("/api/v1/events").header("authorization", &format!("Bearer {TOKEN}\u{e9}")).send().await;
    assert_eq!(answer.code(), (401, "unauthenticated"));
}

#[tokio::test]
async fn the_longest_texts_are_kept_and_compared() {
    let server = Server::start();
    // Folded it is three times as long, and it stands in unique indices.
    let name = "\u{390}".repeat(200);
    let metadata = json!({"text": "\u{10ffff}".repeat(4_000), "'; drop table events; --": "\\u0000 \\x00 \u{feff}"});
    let event = server
        .event(json!({
            "one_per": "email_and_name", "title": name, "slug": "s".repeat(80), "description": "d".repeat(20_000),
            "metadata": metadata, "roles": [{"name": name}, {"name": "\\"}]
        }))
        .await;
    let path = format!("/api/v1/events/{event}/registrations");
    let domain = format!("{0}.{0}.{0}.org", "d".repeat(58));
    let email = format!("{}@{domain}", "l".repeat(64));
    let asks = json!({"name": name, "email": email, "role": name, "notes": "\r\n\t'\"\\ \u{202e}"});
    let answer = server.post(&path, &asks).send().await;
    assert_eq!(answer.status, 201, "{}", answer.shown());
    let again = server.post(&path, &with(asks.clone(), json!({"name": name.to_uppercase()}))).send().await;
    assert!(
        [409, 422].contains(&again.status.as_u16()),
        "the same human, or upper case is too long: {}",
        again.shown()
    );
    let shown = server.get(format!("{path}/{}", answer.text("id"))).owner().send().await;
    assert_eq!((&shown.body["name"], &shown.body["email"]), (&json!(name), &json!(email)));
    let shown = server.get(format!("/api/v1/events/{}", "s".repeat(80))).owner().send().await;
    assert_eq!((&shown.body["title"], &shown.body["metadata"]), (&json!(name), &metadata));
    let found =
        server.get(format!("/api/v1/people/{}/registrations", shown_key(&answer, &server, &path).await)).owner();
    assert_eq!(found.send().await.body["confirmed"], 1);
}

/// The key of a person, as it stands in an address.
async fn shown_key(of: &crate::harness::Answer, server: &Server, path: &str) -> String {
    let answer = server.get(format!("{path}/{}", of.text("id"))).owner().send().await;
    answer.text("person").bytes().map(|byte| format!("%{byte:02x}")).collect()
}
