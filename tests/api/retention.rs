//! Events that keep what is personal only for a time.

use headcount::clock;
use headcount::store::script::Row;
use headcount::values;
use headcount_core::ids::Millis;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};
use crate::later::Later;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Server {
    /// An event that took place so many days ago, with two roles, and sign-ups of every kind.
    async fn past_event(&self, days_ago: i64, more: Value) -> String {
        let at = jiff::Timestamp::from_millisecond(clock::now().0 - days_ago * DAY_MS).unwrap();
        let roles = json!([{"name": "Cook", "capacity": 1}, {"name": "Server", "capacity": 2}]);
        let mut event = json!({"starts_at": at.to_string(), "roles": roles});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = self.event(event).await;
        for (name, role) in [("Ann", "Cook"), ("Ben", "Cook"), ("Cem", "Server"), ("Dan", "Server")] {
            let mut body = person(name);
            body["role"] = json!(role);
            body["notes"] = json!(format!("{name} sings"));
            let added = self.post(format!("/api/v1/events/{event}/registrations"), &body).owner().send().await;
            assert_eq!(added.status, 201, "{}", added.shown());
            if name == "Dan" {
                let path = format!("/api/v1/events/{event}/registrations/{}/remove", added.text("id"));
                let removed = self.post(path, &json!({"reason": "Dan shouted"})).owner().send().await;
                assert_eq!(removed.status, 200, "{}", removed.shown());
            }
        }
        event
    }

    async fn all_of(&self, event: &str) -> Answer {
        self.get(format!("/api/v1/events/{event}/registrations?limit=200")).owner().send().await
    }

    async fn number(&self, sql: &'static str) -> i64 {
        self.readers.rows(sql, values![]).await.unwrap().first().map_or(0, |row: &Row| row.int(0).unwrap())
    }
}

fn statuses(roster: &Answer) -> Vec<&str> {
    let items = roster.body["items"].as_array().unwrap();
    items.iter().map(|item| item["status"].as_str().unwrap()).collect()
}

fn shows_somebody(text: &str) -> bool {
    ["Ann", "Ben", "Cem", "Dan", "@example.org", "shouted", "sings"].iter().any(|word| text.contains(word))
}

#[tokio::test]
async fn whoever_signed_up_is_forgotten_so_many_days_after_the_event() {
    let server = Server::start();
    let over = server.past_event(31, json!({"retention_days": 30})).await;
    let not_yet = server.past_event(29, json!({"retention_days": 30})).await;
    let for_ever = server.past_event(3_000, json!({})).await;
    let before = server.all_of(&over).await;
    assert!(server.number("select count(*) from outbox where registration_id is not null").await > 8);
    assert_eq!(server.people.erase_due(clock::now()).await.unwrap(), 4);

    let after = server.all_of(&over).await;
    assert_eq!(statuses(&after), statuses(&before), "all count as they did");
    let log = server.get(format!("/api/v1/events/{over}/log?limit=200")).owner().send().await;
    for answer in [&after, &log] {
        assert!(!shows_somebody(&answer.body.to_string()), "{}", answer.shown());
    }
    let erased = log.body["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "erased");
    assert!(erased.clone().all(|entry| entry["actor"] == "system") && erased.count() == 4);
    for kept in [&not_yet, &for_ever] {
        assert!(shows_somebody(&server.all_of(kept).await.body.to_string()));
    }
    let left = server.get(format!("/api/v1/events/{over}/pending-mail")).owner().send().await;
    assert_eq!(left.body["items"], json!([]), "nobody is written to any more");
    assert_eq!(server.number("select count(*) from log_texts").await, 2, "reasons stay where the rest does");
}

#[tokio::test]
async fn it_is_done_once_and_again_where_somebody_came_since() {
    let server = Server::start();
    let event = server.past_event(31, json!({"retention_days": 30})).await;
    let other = server.past_event(31, json!({"retention_days": 30})).await;
    let now = clock::now();
    let (one, another) = tokio::join!(server.people.erase_due(now), server.people.erase_due(now));
    assert!(one.unwrap() >= 4 && another.unwrap() <= 8, "two servers look at once");
    for event in [&event, &other] {
        let log = server.get(format!("/api/v1/events/{event}/log?limit=200")).owner().send().await;
        let erased = log.body["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "erased").count();
        assert_eq!(erased, 4, "each once: {}", log.shown());
    }
    assert_eq!(server.people.erase_due(now).await.unwrap(), 0);
    assert_eq!(server.number("select count(*) from retention_marks").await, 2, "not looked at again");
    let late = server.post(format!("/api/v1/events/{event}/registrations"), &person("Eve")).owner();
    let late = late.json(&json!({"name": "Eve", "role": "Server"})).send().await;
    assert_eq!(late.status, 201, "{}", late.shown());
    assert_eq!(server.people.erase_due(now).await.unwrap(), 1, "somebody without an address is somebody too");
    assert!(!server.all_of(&event).await.body.to_string().contains("Eve"));
}

#[tokio::test]
async fn the_rules_decide_when_it_is_time_whatever_a_server_thinks() {
    let later = Later::default();
    let server = Server::with_store(|store| later.clone().around(store));
    let event = server.past_event(29, json!({"retention_days": 30})).await;
    let ahead = Millis(clock::now().0 + 2 * DAY_MS);
    server.people.erase_due(ahead).await.unwrap();
    assert!(shows_somebody(&server.all_of(&event).await.body.to_string()), "the clock of this server goes ahead");
    assert_eq!(server.number("select count(*) from retention_marks").await, 0, "it is looked at again");
    later.set_forward(2 * DAY_MS);
    assert_eq!(server.people.erase_due(ahead).await.unwrap(), 4);
    assert!(!shows_somebody(&server.all_of(&event).await.body.to_string()));
}

#[tokio::test]
async fn nobody_is_left_however_many_there_are() {
    let server = Server::start();
    let event = server.past_event(2, json!({"retention_days": 1, "waitlist": {"policy": "strict"}})).await;
    let sign_ups = (0..230).map(|number| {
        let body =
            json!({"name": format!("Guest {number}"), "email": format!("g{number}@example.org"), "role": "Server"});
        let path = format!("/api/v1/events/{event}/registrations");
        let ask = server.post(path, &body).owner();
        async move { assert_eq!(ask.send().await.status, 201) }
    });
    futures_util::future::join_all(sign_ups).await;
    assert_eq!(server.people.erase_due(clock::now()).await.unwrap(), 234);
    let personal = "select count(*) from registrations where name <> '' or email is not null or notes is not null \
                    or person not like 'entry:%'";
    assert_eq!(server.number(personal).await, 0);
}

#[tokio::test]
async fn an_event_says_for_how_long_and_can_change_its_mind() {
    let server = Server::start();
    for wrong in [json!(0), json!(3_651), json!(1.5), json!("a week")] {
        let refused =
            server.post("/api/v1/events", &json!({"title": "Fair", "retention_days": wrong})).owner().send().await;
        assert_eq!((refused.code(), &refused.body["fields"][0]["field"]), ((422, "invalid"), &json!("retention_days")));
    }
    let event = server.event(json!({"slug": "fair", "retention_days": 30})).await;
    let page = async |language: &str| server.get("/e/fair").header("accept-language", language).page().await.2;
    assert!(page("en").await.contains("Your name and contact details are deleted 30 days after the event."));
    assert!(page("he").await.contains("יימחקו 30 ימים אחרי האירוע"));
    let change = async |days: Value| {
        let ask = server.ask(axum::http::Method::PATCH, format!("/api/v1/events/{event}")).owner();
        ask.header("if-match", &server.etag(&event).await).json(&json!({"retention_days": days})).send().await
    };
    assert_eq!(change(json!(1)).await.status, 200);
    assert!(page("en").await.contains("are deleted a day after the event."));
    assert_eq!(change(json!(null)).await.status, 200);
    assert!(!page("en").await.contains("are deleted"));
    let read = server.get("/api/v1/events/fair").send().await;
    assert_eq!(read.body["retention_days"], json!(null));
}
