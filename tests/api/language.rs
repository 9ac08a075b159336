//! Problem documents in the language of whoever asks.

use serde_json::json;

use crate::harness::{Server, person};

#[tokio::test]
async fn a_no_is_said_in_the_language_that_was_asked_for_and_its_code_is_the_same() {
    let server = Server::start();
    let event = server.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "טבח", "capacity": 0}]})).await;
    let path = format!("/api/v1/events/{event}/registrations");

    let hebrew = server.post(&path, &person("Ann")).header("accept-language", "he-IL, en;q=0.5").send().await;
    assert_eq!(hebrew.code(), (409, "role_full"));
    assert!(hebrew.body["detail"].as_str().unwrap().contains("טבח"), "{}", hebrew.body);
    assert!(!hebrew.body["detail"].as_str().unwrap().contains("full"), "{}", hebrew.body);
    assert_eq!(hebrew.headers["content-language"], "he");
    assert_eq!(hebrew.body["open_now"], 0, "what belongs to the code is still there");

    for language in ["en", "tlh", "de, fr", ";;;"] {
        let other = server.post(&path, &person("Ann")).header("accept-language", language).send().await;
        assert_eq!(other.code(), (409, "role_full"));
        assert!(other.body["detail"].as_str().unwrap().contains("full"), "{language}: {}", other.body);
        assert!(!other.headers.contains_key("content-language"), "{language}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_field_is_said_too() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let no_name = json!({"name": "", "email": "ann@example.org"});
    let english = server.post(&path, &no_name).send().await;
    let hebrew = server.post(&path, &no_name).header("accept-language", "he").send().await;
    assert_eq!((english.code(), hebrew.code()), ((422, "invalid"), (422, "invalid")));
    let of_name = |answer: &crate::harness::Answer| answer.body["fields"][0].clone();
    assert_eq!(of_name(&english)["field"], of_name(&hebrew)["field"]);
    assert_ne!(of_name(&english)["problem"], of_name(&hebrew)["problem"]);
}
