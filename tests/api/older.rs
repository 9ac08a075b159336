//! Clients of earlier systems, as they ask: other addresses, other words, the same decisions.

use std::sync::Arc;

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Answer, Server};
use crate::people::Somebody;

async fn rsvp(server: &Server, event: &str, who: &Somebody) -> Answer {
    let ask = server.ask(Method::POST, format!("/api/events/{event}/rsvp"));
    ask.header("authorization", &format!("Bearer {}", who.token)).send().await
}

fn counts(answers: &[Answer]) -> Vec<(u16, usize)> {
    let mut found = std::collections::BTreeMap::new();
    answers.iter().for_each(|answer| *found.entry(answer.status.as_u16()).or_insert(0) += 1);
    found.into_iter().collect()
}

/// All ask at once.
async fn at_once<F: Future<Output = Answer> + Send + 'static>(asks: impl IntoIterator<Item = F>) -> Vec<Answer> {
    let asked: Vec<_> = asks.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn five_users_at_once_for_two_places() {
    let server = Arc::new(Server::start());
    let event = server.event(json!({"capacity": 2, "waitlist": {"policy": "off"}})).await;
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(server.account(&format!("p{number}")).await);
    }
    let asks = people.clone().into_iter().map(|who| {
        let (server, event) = (Arc::clone(&server), event.clone());
        async move { rsvp(&server, &event, &who).await }
    });
    let answers = at_once(asks).await;
    assert_eq!(counts(&answers), [(200, 2), (409, 3)]);
    let full = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_snapshot!(full.shown(), @r#"
    409 Conflict
    code: "event_full"
    message: "The event is full. Try again later in case somebody cancels."
    "#);
    let first = people[answers.iter().position(|answer| answer.status == 200).unwrap()].clone();
    let twice = rsvp(&server, &event, &first).await;
    assert_eq!((twice.status.as_u16(), twice.body["code"].as_str()), (409, Some("already_registered")));
}

#[tokio::test]
async fn two_at_once_for_the_last_of_a_hundred_places() {
    let server = Arc::new(Server::start());
    let event = server.event(json!({"slug": "gala", "capacity": 100, "max_spots": 99})).await;
    let crowd = json!({"name": "Crowd", "email": "crowd@example.org", "spotsCount": 99});
    assert_eq!(server.post("/api/p/gala/register", &crowd).send().await.status, 201);
    let asks = ["Ann", "Ben"].map(|name| {
        let server = Arc::clone(&server);
        let body =
            json!({"name": name, "email": format!("{name}@example.org"), "phone": "+49 30 901820", "spotsCount": 1});
        async move { server.post("/api/p/gala/register", &body).send().await }
    });
    let answers = at_once(asks).await;
    let mut words: Vec<&str> = answers.iter().map(|answer| answer.body["status"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!(words, ["CONFIRMED", "WAITLIST"]);
    let waits = answers.iter().find(|answer| answer.body["status"] == "WAITLIST").unwrap();
    assert_snapshot!(waits.shown(), @r#"
    201 Created
    eventId: "[id]"
    manageUrl: "https://events.example/api/v1/manage/[token]"
    position: 1
    registrationId: "[id]"
    role: "Participant"
    spotsCount: 1
    status: "WAITLIST"
    "#);
    let places = server.get(format!("/api/v1/events/{event}/availability")).send().await;
    assert_eq!(places.body["reserved"], 100);
}

#[tokio::test]
async fn a_thousand_accepts_for_ten_places() {
    let server = Arc::new(Server::start());
    let event =
        server.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 10}]})).await;
    let mut people = Vec::new();
    for number in 0..1_000 {
        people.push(server.account(&format!("p{number}")).await);
    }
    let asks = people.into_iter().map(|who| {
        let (server, path) = (Arc::clone(&server), format!("/events/{event}/respond"));
        async move {
            let ask = server.post(path, &json!({"response": "accepted", "role": "Server"}));
            ask.header("authorization", &format!("Bearer {}", who.token)).send().await
        }
    });
    let answers = at_once(asks).await;
    assert_eq!(counts(&answers), [(200, 10), (409, 990)]);
    assert!(answers.iter().filter(|answer| answer.status == 409).all(|answer| answer.body["message"].is_string()));
}

#[tokio::test]
async fn staff_set_a_status_and_the_rules_hold() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1})).await;
    let (ann, ben) = (server.sign_up(&event, "Ann").await.text("id"), server.sign_up(&event, "Ben").await.text("id"));
    let set = async |id: &str, status: &str| {
        let ask = server.ask(Method::PATCH, format!("/api/events/{event}/registrations/{id}"));
        let answer = ask.owner().json(&json!({"status": status})).send().await;
        let word = answer.body["status"].as_str().or(answer.body["code"].as_str()).unwrap().to_owned();
        (answer.status.as_u16(), word)
    };
    let said = |status: u16, word: &str| (status, word.to_owned());
    assert_eq!(set(&ben, "CONFIRMED").await, said(409, "no_room"), "promotion checks the capacity");
    assert_eq!(set(&ben, "WAITLIST").await, said(200, "WAITLIST"), "it is so already");
    assert_eq!(set(&ann, "CONFIRMED").await, said(200, "CONFIRMED"));
    assert_eq!(set(&ann, "CANCELLED").await, said(200, "CANCELLED"));
    assert_eq!(set(&ann, "CANCELLED").await, said(200, "CANCELLED"));
    assert_eq!(set(&ben, "CONFIRMED").await, said(200, "CONFIRMED"), "he moved up by himself");
    assert_eq!(set(&ann, "WAITLIST").await, said(409, "not_confirmed"));
    assert_eq!(set(&ann, "CONFIRMED").await, said(200, "WAITLIST"), "back in line, as there is no room");
    assert_eq!(set(&ann, "MAYBE").await, said(422, "invalid"));
}

#[tokio::test]
async fn whoever_may_not_is_told_by_message_too() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let nobody = server.ask(Method::POST, format!("/api/events/{event}/rsvp")).send().await;
    assert_eq!(nobody.status, 401);
    assert!(nobody.body["message"].as_str().unwrap().contains("Bearer"), "{}", nobody.shown());
    let wrong =
        server.post("/api/p/nothing/register", &json!({"name": "Ann", "email": "ann@example.org"})).send().await;
    assert_eq!((wrong.status.as_u16(), wrong.body["code"].as_str()), (404, Some("not_found")));
    let invalid: Value = server.post(format!("/api/p/{event}/register"), &json!({"name": ""})).send().await.body;
    assert!(invalid["message"].as_str().unwrap().contains("email is required"), "{invalid}");
}
