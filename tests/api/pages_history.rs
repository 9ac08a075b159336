//! The history of an event, and the part of the log behind it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::people::HOME;

impl Server {
    /// An organizer of the first organization who is called Olga, and her session.
    pub(crate) async fn olga(&self) -> String {
        let olga = self.account("Olga").await;
        self.member(HOME, &olga, "manager", 1).await;
        self.session(olga.account).await
    }

    async fn seqs(&self, query: &str) -> (Vec<u64>, Value) {
        let answer = self.get(format!("/api/v1/events/fair/log?{query}")).owner().send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
        let items = answer.body["items"].as_array().unwrap();
        (items.iter().map(|item| item["seq"].as_u64().unwrap()).collect(), answer.body["next_before"].clone())
    }
}

#[tokio::test]
async fn a_log_is_read_from_its_end_and_filtered() {
    let server = Server::start();
    let event = server.event(json!({"slug": "fair"})).await;
    let ann = server.sign_up(&event, "Ann").await.text("id");
    server.sign_up(&event, "Ben").await;
    assert_eq!(server.seqs("order=newest&limit=3").await, (vec![4, 3, 2], json!(2)));
    assert_eq!(server.seqs("order=newest&before=2").await, (vec![1], Value::Null));
    assert_eq!(server.seqs(&format!("order=newest&registration={ann}")).await, (vec![3], Value::Null));
    assert_eq!(server.seqs("order=newest&kind=signed_up&limit=1").await, (vec![4], json!(4)));
    assert_eq!(server.seqs("order=oldest&after=3").await, (vec![4], Value::Null));
    for wrong in
        ["order=latest", "before=3", "kind=signed_up", "order=newest&after=1", "order=newest&kind=x", "registration=x"]
    {
        let answer = server.get(format!("/api/v1/events/fair/log?{wrong}")).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{wrong}");
    }
}

#[tokio::test]
async fn what_happened_is_told_in_sentences() {
    let server = Server::start();
    let olga = server.olga().await;
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": 1}, {"name": "Server"}]})).await;
    let sign_up = |name: &str, role: &str| {
        let body = json!({"name": name, "email": format!("{}@example.org", name.chars().count()), "role": role});
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send()
    };
    let ann = sign_up("<i>Ann", "Cook").await.text("id");
    sign_up("דנה", "Cook").await;
    let at = format!("/api/v1/events/{event}/registrations/{ann}");
    let removed = server.post(format!("{at}/remove"), &json!({"reason": "She \"asked\""})).session(&olga).send().await;
    assert_eq!(removed.status, 200, "{}", removed.shown());

    let path = format!("/console/events/{event}/history");
    let (status, _, page) = server.get(&path).session(&olga).page().await;
    assert_eq!(status, StatusCode::OK, "{page}");
    for told in [
        "&lt;i&gt;Ann signed up for Cook and got a place.",
        "asked for a place in Cook and waits.",
        "&lt;i&gt;Ann was removed from Cook.",
        "She &quot;asked&quot;",
        "got a place in Cook from the waitlist.",
        "by Olga",
        "by headcount itself",
        "by themself, on the page",
        "The role Server was added.",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    let places = ["from the waitlist.", "was removed", "and waits", "The event was created."];
    let order: Vec<usize> = places.iter().map(|told| page.find(told).unwrap()).collect();
    assert!(order.is_sorted(), "the newest comes first: {order:?}");

    let of_ann = server.get(format!("{path}?person={ann}&kind=signed_up")).session(&olga).page().await.2;
    assert!(of_ann.contains("Only what is about &lt;i&gt;Ann.") && of_ann.contains("Ann signed up"), "{of_ann}");
    assert!(!of_ann.contains("was removed"), "{of_ann}");
    let hebrew = server.get(&path).session(&olga).header("accept-language", "he").page().await.2;
    assert!(hebrew.contains("ההרשמה של") && hebrew.contains("הוסרה") && hebrew.contains("על ידי"), "{hebrew}");
}

#[tokio::test]
async fn who_manages_nothing_sees_no_history() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let (eve, stan) = (server.account("Eve").await, server.account("Stan").await);
    server.member(HOME, &stan, "staff", 0).await;
    for (somebody, expected) in [(eve, StatusCode::NOT_FOUND), (stan, StatusCode::FORBIDDEN)] {
        let cookie = server.session(somebody.account).await;
        let (status, _, page) = server.get(format!("/console/events/{event}/history")).session(&cookie).page().await;
        assert_eq!(status, expected, "{page}");
    }
}
