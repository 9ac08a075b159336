//! Yes and no by people with accounts: each answer is remembered, one a person and role.

use serde_json::{Value, json};

use crate::harness::{Answer, Server};
use crate::people::{HOME, Somebody};

impl Server {
    async fn respond(&self, event: &str, who: &Somebody, answer: &Value) -> Answer {
        let ask = self.post(format!("/api/v1/events/{event}/respond"), answer);
        ask.header("authorization", &format!("Bearer {}", who.token)).send().await
    }

    async fn free(&self, event: &str) -> Value {
        self.get(format!("/api/v1/events/{event}/availability")).send().await.body["roles"].clone()
    }
}

fn accept(role: &str) -> Value {
    json!({"response": "accept", "role": role})
}

fn decline(role: &str) -> Value {
    json!({"response": "decline", "role": role})
}

/// Status by role of an answer.
fn statuses(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer.body["registrations"].as_array().unwrap_or_else(|| panic!("{}", answer.shown()));
    all.iter().map(|one| (text(&one["role"]), text(&one["status"]))).collect()
}

fn one(role: &str, status: &str) -> Vec<(String, String)> {
    vec![(role.to_owned(), status.to_owned())]
}

async fn dinner(server: &Server) -> String {
    server
        .event(json!({"slug": "dinner", "roles_per_person": 2, "waitlist": {"policy": "off"},
                      "roles": [{"name": "Cook", "capacity": 1}, {"name": "Server", "capacity": 2}]}))
        .await
}

#[tokio::test]
async fn a_yes_takes_a_place_and_a_no_gives_it_back_both_ways() {
    let server = Server::start();
    let event = dinner(&server).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let yes = server.respond(&event, &ann, &accept("Cook")).await;
    assert_eq!((yes.status.as_u16(), statuses(&yes)), (200, one("Cook", "confirmed")));
    let first = yes.body["registrations"][0]["id"].clone();
    assert_eq!(server.respond(&event, &ben, &accept("cook")).await.code(), (409, "role_full"));
    assert_eq!(server.respond(&event, &ann, &accept("Cook")).await.code(), (409, "already_registered"));
    assert_eq!(statuses(&server.respond(&event, &ann, &decline("Cook")).await), one("Cook", "declined"));
    assert_eq!(server.respond(&event, &ann, &decline("Cook")).await.code(), (409, "already_declined"));
    assert_eq!(server.free(&event).await[0]["free"], 1);
    let again = server.respond(&event, &ann, &accept("Cook")).await;
    assert_eq!(statuses(&again), one("Cook", "confirmed"));
    assert_eq!(again.body["registrations"][0]["id"], first, "one answer a person and role");
    assert_eq!(server.free(&event).await[0]["free"], 0);
}

#[tokio::test]
async fn a_no_is_remembered_and_promotes_who_waits_in_the_same_decision() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": 1}]})).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    server.respond(&event, &ann, &json!({"response": "accept"})).await;
    let waits = server.respond(&event, &ben, &json!({"response": "accept"})).await;
    assert_eq!(statuses(&waits), one("Cook", "waitlisted"));
    let no = server.respond(&event, &ann, &json!({"response": "decline"})).await;
    assert_eq!(statuses(&no), one("Cook", "declined"));
    assert_eq!(
        no.body["seq"].as_u64(),
        waits.body["seq"].as_u64().map(|seq| seq + 2),
        "freed and given in one decision"
    );
    assert_eq!(server.respond(&event, &ben, &accept("Cook")).await.code(), (409, "already_registered"));
    let roster = server.get(format!("/api/v1/events/{event}/registrations?status=declined")).owner().send().await;
    assert_eq!(roster.body["items"][0]["email"], "ann@example.org");
}

#[tokio::test]
async fn a_no_without_a_role_answers_for_the_event() {
    let server = Server::start();
    let event = dinner(&server).await;
    let ann = server.account("Ann").await;
    server.respond(&event, &ann, &accept("Server")).await;
    let no = server.respond(&event, &ann, &json!({"response": "decline"})).await;
    let mut found = statuses(&no);
    found.sort();
    assert_eq!(found, [one("Cook", "declined"), one("Server", "declined")].concat());
    assert_eq!(server.free(&event).await[1]["free"], 2);
    assert_eq!(server.respond(&event, &ann, &json!({"response": "decline"})).await.code(), (409, "already_declined"));
    assert_eq!(server.respond(&event, &ann, &accept("Cook")).await.status, 200, "she may still change her mind");
    assert_eq!(
        server.respond(&event, &ann, &json!({"response": "accept"})).await.code(),
        (422, "invalid"),
        "which role?"
    );
}

#[tokio::test]
async fn a_repeat_with_the_same_key_gets_the_same_answer() {
    let server = Server::start();
    let event = dinner(&server).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let ask = async |who: &Somebody, body: &Value| {
        let ask = server.post(format!("/api/v1/events/{event}/respond"), body).key("k");
        ask.header("authorization", &format!("Bearer {}", who.token)).send().await
    };
    let first = ask(&ann, &accept("Cook")).await;
    assert_eq!(first.status, 200);
    assert_eq!(ask(&ann, &accept("Cook")).await.body, first.body);
    assert_eq!(ask(&ann, &decline("Cook")).await.code(), (422, "key_reused"));
    assert_eq!(ask(&ben, &accept("Cook")).await.code(), (409, "role_full"), "the key of another is another key");
}

#[tokio::test]
async fn somebody_with_an_account_signs_up_with_nothing_in_the_request() {
    let server = Server::start();
    let event = server.event(json!({"max_spots": 4})).await;
    let ann = server.account("Ann").await;
    let sign_up = async |body: &Value| {
        let ask = server.post(format!("/api/v1/events/{event}/registrations"), body);
        ask.header("authorization", &format!("Bearer {}", ann.token)).send().await
    };
    let answer = sign_up(&json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.text("status").as_str()), (201, "confirmed"));
    assert_eq!(
        server.sign_up(&event, "Ann").await.code(),
        (409, "already_registered"),
        "guest and account are one human"
    );
    assert_eq!(sign_up(&json!({})).await.code(), (409, "already_registered"));
    let friend = sign_up(&json!({"name": "Ben", "email": "ben@example.org", "spots": 2})).await;
    assert_eq!(friend.status, 201, "{}", friend.shown());
    let own = server.get("/api/v1/people/me/registrations").header("authorization", &format!("Bearer {}", ann.token));
    let own = own.send().await;
    assert_eq!((own.body["confirmed"].as_u64(), own.body["items"].as_array().unwrap().len()), (Some(1), 1));
    let log = server.get(format!("/api/v1/events/{event}/log")).owner().send().await;
    let actor = log.body["items"].as_array().unwrap().iter().find(|entry| entry["kind"] == "signed_up").unwrap();
    assert!(actor["actor"].as_str().unwrap().starts_with("token:"), "{actor}");
}

#[tokio::test]
async fn events_of_a_team_are_for_the_team() {
    let server = Server::start();
    let (kitchen, stage) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    server.team(kitchen, "Kitchen").await;
    server.team(stage, "Stage").await;
    let event = server.event(json!({"slug": "shift", "visibility": "team", "teams": [kitchen]})).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    for (who, team) in [(&ann, kitchen), (&ben, stage)] {
        server.member(HOME, who, "staff", 0).await;
        server.in_team(team, who).await;
    }
    let read = async |who: &Somebody, path: &str| {
        server.get(path).header("authorization", &format!("Bearer {}", who.token)).send().await
    };
    assert_eq!(read(&ann, "/api/v1/events/shift").await.status, 200);
    assert_eq!(read(&ben, "/api/v1/events/shift").await.code(), (404, "not_found"));
    assert_eq!(server.respond(&event, &ben, &json!({"response": "accept"})).await.code(), (404, "not_found"));
    assert_eq!(server.sign_up(&event, "Carl").await.code(), (404, "not_found"));
    assert_eq!(server.respond(&event, &ann, &json!({"response": "accept"})).await.status, 200);
    let listed = async |who: &Somebody| read(who, "/api/v1/events").await.body["items"].as_array().unwrap().len();
    assert_eq!((listed(&ann).await, listed(&ben).await), (1, 0));
    assert_eq!(server.get("/api/v1/events").send().await.body["items"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_told() {
    let server = Server::start();
    let event = dinner(&server).await;
    let ann = server.account("Ann").await;
    for (body, code) in [
        (json!({}), (422, "invalid")),
        (json!({"response": "maybe"}), (422, "invalid")),
        (json!({"response": null}), (422, "invalid")),
        (json!({"response": "accept", "role": 7}), (422, "invalid")),
        (json!({"response": "accept"}), (422, "invalid")),
        (json!({"response": "accept", "role": "Dishwasher"}), (404, "not_found")),
        (json!({"response": "accept", "role": "Cook", "name": "Ben"}), (400, "malformed")),
    ] {
        assert_eq!(server.respond(&event, &ann, &body).await.code(), code, "{body}");
    }
    assert_eq!(server.respond("nothing", &ann, &accept("Cook")).await.code(), (404, "not_found"));
    let draft = server.event(json!({"status": "draft"})).await;
    assert_eq!(server.respond(&draft, &ann, &json!({"response": "accept"})).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_thousand_accept_ten_places_and_ten_get_them() {
    let server = std::sync::Arc::new(Server::start());
    let event =
        server.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 10}]})).await;
    let mut people = Vec::new();
    for number in 0..1_000 {
        people.push(server.account(&format!("p{number}")).await);
    }
    let asked = people.into_iter().map(|who| {
        let (server, event) = (std::sync::Arc::clone(&server), event.clone());
        tokio::spawn(async move { server.respond(&event, &who, &accept("Server")).await.code().0 })
    });
    let mut answers = Vec::new();
    for answer in asked.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    let count = |status| answers.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(409)), (10, 990));
    assert_eq!(server.free(&event).await[0]["reserved"], 10);
}
