//! `GET /events/{event}/opening`: the first minute of a sign-up, and its page.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Server, person};

impl Server {
    async fn opening(&self, event: &str) -> Value {
        let answer = self.get(format!("/api/v1/events/{event}/opening")).owner().send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
        answer.body
    }
}

fn sum(items: &Value, name: &str) -> u64 {
    items.as_array().unwrap().iter().map(|item| item[name].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn the_first_minute_tells_who_got_in_who_waits_and_who_was_refused() {
    let server = Server::start();
    let roles = json!([{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 5}]);
    let event =
        server.event(json!({"roles": roles, "max_spots": 2, "waitlist": {"policy": "strict", "limit": 1}})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let sign_up = async |name: &str, role: &str, spots: u32| {
        let mut body = person(name);
        body["role"] = json!(role);
        body["spots"] = json!(spots);
        server.post(&path, &body).send().await
    };
    let ann = sign_up("Ann", "Cook", 2).await.text("id");
    sign_up("Ben", "Cook", 1).await;
    assert_eq!(sign_up("Cid", "Cook", 1).await.code(), (409, "waitlist_full"));
    sign_up("Dan", "Server", 1).await;
    let dry = server.post(format!("{path}?dry_run=true"), &person("Eve")).owner().send().await;
    assert_ne!(dry.status, 201);
    server.post(format!("{path}/{ann}/cancel"), &json!({})).owner().send().await;

    let opening = server.opening(&event).await;
    assert_eq!((&opening["complete"], opening["sign_ups"].as_array().unwrap().len()), (&json!(true), 60));
    assert_eq!((sum(&opening["sign_ups"], "placed"), sum(&opening["sign_ups"], "waitlisted")), (2, 1));
    let cook = &opening["roles"][0];
    assert_eq!((&cook["name"], &cook["capacity"], &cook["before"]), (&json!("Cook"), &json!(2), &json!(0)));
    assert_eq!(cook["reserved"][59], 1, "Ann left, and Ben came in");
    assert_eq!(opening["roles"][1]["reserved"][59], 1);
    let seen = &opening["seen"];
    assert_eq!((sum(&seen["seconds"], "answers"), sum(&seen["seconds"], "refused")), (4, 1), "{seen}");
    let longest = seen["longest_wait_ms"].as_f64().unwrap();
    assert!(longest >= seen["p50_wait_ms"].as_f64().unwrap(), "{seen}");
    assert_eq!(sum(&seen["seconds"], "busy"), 0);
}

#[tokio::test]
async fn what_comes_before_the_opening_is_no_part_of_it() {
    let server = Server::start();
    let opens_at = jiff::Timestamp::from_millisecond(headcount::clock::now().0 + 3_600_000).unwrap().to_string();
    let event = server.event(json!({"opens_at": opens_at, "roles": [{"name": "Cook", "capacity": 9}]})).await;
    server.post(format!("/api/v1/events/{event}/registrations"), &json!({"name": "Ann"})).owner().send().await;
    assert_eq!(server.sign_up(&event, "Ben").await.code(), (409, "not_open_yet"));
    let opening = server.opening(&event).await;
    assert_eq!((&opening["opened_at"], &opening["seen"]), (&Value::Null, &Value::Null), "it has not opened");

    let now = jiff::Timestamp::from_millisecond(headcount::clock::now().0 - 1_000).unwrap().to_string();
    let etag = server.etag(&event).await;
    let change = server.ask(axum::http::Method::PATCH, format!("/api/v1/events/{event}")).owner();
    let changed = change.header("if-match", &etag).json(&json!({"opens_at": now})).send().await;
    assert_eq!(changed.status, 200, "{}", changed.shown());
    server.sign_up(&event, "Ben").await;
    let opening = server.opening(&event).await;
    assert_eq!(opening["roles"][0]["reserved"][59], 2);
    let answers = sum(&opening["seen"]["seconds"], "answers");
    assert_eq!(answers, 1, "neither what staff did nor who came too early");
}

#[tokio::test]
async fn a_server_that_saw_nothing_says_so() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    server.sign_up(&event, "Ann").await;
    let olga = server.olga().await;
    let another = server.set_up_anew();
    let opening = another.opening(&event).await;
    assert_eq!((sum(&opening["sign_ups"], "placed"), &opening["seen"]), (1, &Value::Null));
    let page = another.get(format!("/console/events/{event}/report")).session(&olga).page().await.2;
    assert!(page.contains("this server was started later"), "{page}");
    assert!(!page.contains("Half waited") && !page.contains("rect class=\"refused\""), "nothing is made up: {page}");
}

#[tokio::test]
async fn the_page_draws_it_and_says_the_same_in_a_table() {
    let server = Server::start();
    let olga = server.olga().await;
    let event = server.event(json!({"roles": [{"name": "<b>Cook", "capacity": 1}]})).await;
    let page = async || {
        let (status, _, page) = server.get(format!("/console/events/{event}/report")).session(&olga).page().await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    };
    assert!(page().await.contains("Sign-up has not opened yet."));
    server.sign_up(&event, "Ann").await;
    server.sign_up(&event, "Ben").await;
    let shown = page().await;
    assert_eq!(shown.matches("role=\"img\"").count(), 3, "{shown}");
    assert!(shown.contains("<rect class=\"placed\"") && shown.contains("<rect class=\"waitlisted\""), "{shown}");
    assert!(shown.contains("1 sign-up got its places; 1 went on the waitlist."), "{shown}");
    assert!(shown.contains("<bdi>&lt;b&gt;Cook</bdi>") && shown.contains("Full in second "), "{shown}");
    assert_eq!(shown.matches("<table>").count(), 3);
    assert!(shown.contains("Half waited at most") && !shown.contains("style="), "{shown}");
}
