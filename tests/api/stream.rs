//! `GET /events/{event}/stream`, on real sockets.

use std::time::Duration;

use headcount::client::{Address, Ask, ClientError, Connection, Message, Messages};
use hyper::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::harness::{Control, Server};
use crate::serving::{PATIENT, Serving, start};

/// Follows an event, as the owner if there is a token.
async fn follow(serving: &Serving, event: &str, ask: impl FnOnce(Ask) -> Ask) -> Result<Messages, ClientError> {
    let address = Address::from(serving.address);
    let path = format!("/api/v1/events/{event}/stream");
    Connection::open(&address).await.unwrap().follow(ask(Ask::new(Method::GET, &path))).await
}

async fn follow_as_guest(serving: &Serving, event: &str) -> Messages {
    follow(serving, event, |ask| ask).await.unwrap()
}

async fn next(messages: &mut Messages) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(60), messages.next()).await.expect("a message in time");
    message.unwrap().expect("a message")
}

/// The next state.
async fn state(messages: &mut Messages) -> Value {
    let message = next(messages).await;
    assert_eq!(message.event, "availability");
    let state: Value = serde_json::from_str(&message.data).unwrap();
    assert_eq!(state["seq"].to_string(), message.id);
    state
}

/// Reads on until the state is that of this seq; the seqs on the way only grow.
async fn until_seq(messages: &mut Messages, seq: u64) -> Value {
    let mut last = 0;
    loop {
        let state = state(messages).await;
        let told = state["seq"].as_u64().unwrap();
        assert!(last <= told && told <= seq, "{last}, then {told}, up to {seq}");
        last = told;
        if told == seq {
            return state;
        }
    }
}

async fn is_over(mut messages: Messages) -> bool {
    // What was on its way may still come.
    while let Ok(Some(_)) = messages.next().await {}
    true
}

async fn availability(server: &Server, event: &str) -> Value {
    server.get(format!("/api/v1/events/{event}/availability")).send().await.body
}

async fn change(server: &Server, event: &str, fields: Value) {
    let etag = server.etag(event).await;
    let path = format!("/api/v1/events/{event}");
    let changed = server.ask(Method::PATCH, path).owner().header("if-match", &etag).json(&fields).send().await;
    assert_eq!(changed.status, 200, "{}", changed.shown());
}

#[tokio::test]
async fn a_stream_begins_with_the_present_state_and_tells_every_newer_one() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let roles = json!([{"name": "Cook", "capacity": 2}]);
    let event = server.event(json!({"slug": "fair", "roles": roles, "waitlist": {"policy": "off"}})).await;
    let mut messages = follow_as_guest(&serving, "fair").await;
    assert_eq!(messages.headers["content-type"], "text/event-stream");
    assert_eq!(messages.headers["cache-control"], "no-store");
    assert_eq!(state(&mut messages).await, availability(&server, &event).await);
    for name in ["Ann", "Ben", "Cem"] {
        let answer = server.sign_up(&event, name).await;
        if name == "Cem" {
            assert_eq!(answer.code(), (409, "role_full"), "which changes nothing, and nothing is told");
        } else {
            assert_eq!(state(&mut messages).await, availability(&server, &event).await);
        }
    }
    change(&server, &event, json!({"status": "closed"})).await;
    assert_eq!(state(&mut messages).await, availability(&server, &event).await);
}

#[tokio::test]
async fn many_followers_end_with_what_is_so_while_many_sign_up() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event =
        server.event(json!({"roles": [{"name": "Cook", "capacity": 50}], "waitlist": {"policy": "strict"}})).await;
    let mut followers = Vec::new();
    for _ in 0..20 {
        followers.push(follow_as_guest(&serving, &event).await);
    }
    let people = (0..80).map(|number| {
        let server = &server;
        let event = &event;
        async move { server.sign_up(event, &format!("Person{number}")).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(people).await;
    assert!(statuses.iter().all(|status| *status == 201));
    let last = availability(&server, &event).await;
    assert_eq!((&last["reserved"], &last["waiting"]), (&json!(50), &json!(30)));
    let seq = last["seq"].as_u64().unwrap();
    for messages in &mut followers {
        assert_eq!(until_seq(messages, seq).await, last);
    }
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_is_new_to_them() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({})).await;
    let seq = state(&mut follow_as_guest(&serving, &event).await).await["seq"].as_u64().unwrap();
    let from = async |id: &str| follow(&serving, &event, |ask| ask.last_event_id(id)).await.unwrap();

    let mut up_to_date = from(&seq.to_string()).await;
    let mut behind = from(&(seq - 1).to_string()).await;
    assert_eq!(state(&mut behind).await["seq"], seq);
    for id in [(seq + 1).to_string(), "x".to_owned(), "-1".to_owned()] {
        let mut ahead = from(&id).await;
        assert_eq!(next(&mut ahead).await, Message { event: "reset".into(), data: "{}".into(), ..Message::default() });
        assert_eq!(state(&mut ahead).await["seq"], seq);
    }
    assert_eq!(state(&mut from("").await).await["seq"], seq);

    server.sign_up(&event, "Ann").await;
    assert_eq!(state(&mut up_to_date).await["seq"], seq + 1, "nothing was told before");
}

#[tokio::test]
async fn sign_up_that_opens_by_itself_is_told() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let soon = jiff_text(headcount::clock::now().0 + 700);
    let event = server.event(json!({"opens_at": soon})).await;
    let mut messages = follow_as_guest(&serving, &event).await;
    let before = state(&mut messages).await;
    let after = state(&mut messages).await;
    assert_eq!((&before["sign_up"], &after["sign_up"]), (&json!("not_open_yet"), &json!("open")));
    assert_eq!(before["seq"], after["seq"]);
    // To one who comes back with that seq it may be new.
    let seq = before["seq"].to_string();
    let mut again = follow(&serving, &event, |ask| ask.last_event_id(&seq)).await.unwrap();
    assert_eq!(state(&mut again).await, after);
}

fn jiff_text(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap().to_string()
}

#[tokio::test]
async fn only_those_who_may_see_an_event_follow_it_and_only_as_long_as_they_may() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"status": "draft"})).await;
    let by_owner = |ask: Ask| ask.token(crate::harness::TOKEN);
    for unknown in [event.as_str(), "018f0000-0000-7000-8000-000000000000", "nowhere"] {
        let refused = follow(&serving, unknown, |ask| ask).await.err().unwrap();
        assert!(matches!(refused, ClientError::Refused(status) if status == 404), "{refused}");
    }
    let wrong = follow(&serving, &event, |ask| ask.token("wrong")).await.err().unwrap();
    assert!(matches!(wrong, ClientError::Refused(status) if status == 401), "{wrong}");
    let mut owner = follow(&serving, &event, by_owner).await.unwrap();
    state(&mut owner).await;

    change(&server, &event, json!({"status": "published"})).await;
    assert_eq!(state(&mut owner).await["sign_up"], "open");
    let mut guest = follow_as_guest(&serving, &event).await;
    state(&mut guest).await;
    change(&server, &event, json!({"visibility": "team"})).await;
    assert!(is_over(guest).await);
    assert_eq!(state(&mut owner).await, owners_availability(&server, &event).await);
}

async fn owners_availability(server: &Server, event: &str) -> Value {
    server.get(format!("/api/v1/events/{event}/availability")).owner().send().await.body
}

#[tokio::test]
async fn a_deleted_event_ends_its_streams() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"status": "draft"})).await;
    let mut messages = follow(&serving, &event, |ask| ask.token(crate::harness::TOKEN)).await.unwrap();
    state(&mut messages).await;
    let etag = server.etag(&event).await;
    let path = format!("/api/v1/events/{event}");
    let deleted = server.ask(Method::DELETE, path).owner().header("if-match", &etag).send().await;
    assert_eq!(deleted.status, 204);
    assert!(is_over(messages).await);
}

#[tokio::test]
async fn nothing_is_told_before_it_is_committed() {
    let control = Control::new();
    let server = Server::with_store(|store| control.hold(store));
    let serving = start(&server, PATIENT).await;
    let created = server.post("/api/v1/events", &json!({"title": "Fair", "status": "published"})).owner();
    let created = tokio::spawn(created.send());
    control.one_arrived().await;
    control.let_one_through();
    let event = created.await.unwrap().text("id");
    let mut messages = follow_as_guest(&serving, &event).await;
    let before = state(&mut messages).await;

    let ann = crate::harness::person("Ann");
    let signed_up = server.post(format!("/api/v1/events/{event}/registrations"), &ann);
    let signed_up = tokio::spawn(signed_up.send());
    control.one_arrived().await;
    // Whatever was told by now would come before what is read at this moment.
    let mut other = follow_as_guest(&serving, &event).await;
    assert_eq!(state(&mut other).await, before);
    control.let_all_through();
    assert_eq!(signed_up.await.unwrap().status, 201);
    let after = state(&mut messages).await;
    assert_eq!((&before["reserved"], &after["reserved"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn a_stop_of_the_server_ends_streams_at_once() {
    let server = Server::start();
    // The drain would wait for ten minutes.
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({})).await;
    let mut messages = follow_as_guest(&serving, &event).await;
    state(&mut messages).await;
    serving.stop.send(()).unwrap();
    assert!(is_over(messages).await);
    serving.done.await.unwrap();
}

#[tokio::test]
async fn who_cannot_follow_is_told_when_to_come_back() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    // One that stops has room for nobody.
    server.lanes.live().stop();
    let answer = server.get(format!("/api/v1/events/{event}/stream")).send().await;
    assert_eq!(answer.code(), (503, "busy"));
    assert_eq!(answer.headers["retry-after"], "30");
}

#[tokio::test]
async fn one_who_does_not_read_slows_nobody() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({})).await;
    let mut silent = tokio::net::TcpStream::connect(serving.address).await.unwrap();
    silent
        .write_all(format!("GET /api/v1/events/{event}/stream HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut messages = follow_as_guest(&serving, &event).await;
    state(&mut messages).await;
    for name in ["Ann", "Ben", "Cem"] {
        server.sign_up(&event, name).await;
        assert_eq!(state(&mut messages).await, availability(&server, &event).await);
    }
    drop(silent);
}

#[tokio::test]
async fn silence_is_broken_so_that_nobody_takes_the_connection_for_dead() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({})).await;
    let mut messages = follow_as_guest(&serving, &event).await;
    state(&mut messages).await;
    // From now on time passes as soon as everybody waits for it.
    tokio::time::pause();
    for _ in 0..3 {
        assert_eq!(messages.next_block().await.unwrap().unwrap(), ":");
    }
}
