//! Limits against misuse, and whom a request counts for.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::Method;
use headcount::clock;
use headcount::http::{Admission, App, Limits, Timeouts, serve};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::harness::{Answer, Logging, Server, person};
use crate::people::{ALL_SCOPES, LATER};
use crate::serving::answer;

/// A time that stands still but for what is added.
#[derive(Clone)]
struct Time(Arc<Mutex<Instant>>);

impl Time {
    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

/// A server with these limits, and their time.
fn limited(rates: &str) -> (Server, Time) {
    let time = Time(Arc::new(Mutex::new(clock::instant())));
    let read = time.clone();
    let limits = Limits::by_clock(rates.parse().unwrap(), move || *read.0.lock().unwrap());
    (Server::start().set_up(|app| app.with_limits(limits)), time)
}

/// A server with these limits and these trusted proxies.
fn behind(proxies: &str, rates: &str) -> Server {
    Server::start().set_up(|app| admitting(app, proxies, rates))
}

fn admitting(app: App, proxies: &str, rates: &str) -> App {
    let (rates, trusted_proxies) = (rates.parse().unwrap(), proxies.parse().unwrap());
    app.with_admission(Admission { rates, trusted_proxies, ..Admission::default() })
}

/// A request that counts for whoever sends it, and signs nobody up.
async fn unreadable(server: &Server, event: &str, peer: &str, forwarded_for: Option<&str>) -> u16 {
    let ask = server.post(format!("/api/v1/events/{event}/registrations"), &json!({})).from(peer);
    let ask = forwarded_for.into_iter().fold(ask, |ask, whom| ask.header("x-forwarded-for", whom));
    ask.send().await.status.as_u16()
}

#[tokio::test]
async fn the_sixth_sign_up_of_a_person_in_a_minute_has_to_wait() {
    let (server, time) = limited("on");
    let event = server.event(json!({})).await;
    assert_eq!(server.sign_up(&event, "Ann").await.status, 201);
    for _ in 0..4 {
        assert_eq!(server.sign_up(&event, "Ann").await.code(), (409, "already_registered"));
    }
    assert_snapshot!(server.sign_up(&event, "Ann").await.shown(), @r#"
    429 Too Many Requests
    retry-after: 12
    code: "rate_limited"
    detail: "Too many sign-ups or answers of this person for this event came within a minute, and nothing was changed. Please try again in 12 seconds."
    outcome: "none"
    status: 429
    title: "Rate limited"
    type: "urn:headcount:problem:rate_limited"
    "#);
    assert_eq!(server.sign_up(&event, "Ben").await.status, 201, "others are not held up");
    let another = server.event(json!({})).await;
    assert_eq!(server.sign_up(&another, "Ann").await.status, 201, "nor is Ann elsewhere");
    time.pass(Duration::from_millis(11_500));
    assert_eq!(server.sign_up(&event, "Ann").await.headers["retry-after"], "1");
    time.pass(Duration::from_millis(500));
    assert_eq!(server.sign_up(&event, "Ann").await.code(), (409, "already_registered"));
    assert_eq!(server.sign_up(&event, "Ann").await.code(), (429, "rate_limited"));
}

#[tokio::test]
async fn a_person_is_one_however_the_address_is_written_and_whoever_sends_it() {
    let (server, _) = limited("person=2");
    let event = server.event(json!({})).await;
    let sign_up = async |email: &str, peer: &str| {
        let body = json!({"name": "Ann", "email": email});
        server.post(format!("/api/v1/events/{event}/registrations"), &body).from(peer).send().await.status.as_u16()
    };
    assert_eq!(sign_up("ann@example.org", "203.0.113.1").await, 201);
    assert_eq!(sign_up(" ANN@Example.org", "203.0.113.2").await, 409);
    assert_eq!(sign_up("Ann@example.org", "203.0.113.3").await, 429);
}

#[tokio::test]
async fn a_repeat_with_a_key_counts_too() {
    let (server, _) = limited("person=2");
    let event = server.event(json!({})).await;
    let key = "0123456789012345678901";
    let ask = || server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann")).key(key).send();
    let first = ask().await;
    assert_eq!(first.body, ask().await.body);
    assert_eq!(ask().await.code(), (429, "rate_limited"));
}

#[tokio::test]
async fn staff_reading_and_giving_a_place_back_are_never_limited() {
    let (server, _) = limited("person=1,address=1,token=1,searches=1,logins=1");
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}");
    let mut links = Vec::new();
    for name in ["Ann", "Ben", "Cem"] {
        let answer = server.post(format!("{path}/registrations"), &person(name)).owner().send().await;
        assert_eq!(answer.status, 201);
        links.push(answer.manage_path());
        let again = server.post(format!("{path}/registrations"), &person(name)).owner().send().await;
        assert_eq!(again.code(), (409, "already_registered"));
    }
    for link in &links {
        assert_eq!(server.get(&path).send().await.status, 200);
        assert_eq!(server.get(link).send().await.status, 200);
        assert_eq!(server.post(format!("{link}/cancel"), &json!({})).send().await.status, 200);
    }
}

#[tokio::test]
async fn the_3001st_sign_up_from_an_address_has_to_wait() {
    let (server, time) = limited("on");
    let event = server.event(json!({})).await;
    for _ in 0..3_000 {
        assert_eq!(unreadable(&server, &event, "203.0.113.1", None).await, 422, "it counts before it is read");
    }
    let ask = server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann")).from("203.0.113.1");
    assert_snapshot!(ask.send().await.shown(), @r#"
    429 Too Many Requests
    retry-after: 1
    code: "rate_limited"
    detail: "Too many sign-ups or answers came from your network within a minute, and nothing was changed. Please try again in 1 second."
    outcome: "none"
    status: 429
    title: "Rate limited"
    type: "urn:headcount:problem:rate_limited"
    "#);
    assert_eq!(unreadable(&server, &event, "203.0.113.2", None).await, 422, "others are not held up");
    time.pass(Duration::from_millis(20));
    assert_eq!(unreadable(&server, &event, "203.0.113.1", None).await, 422);
    assert_eq!(unreadable(&server, &event, "203.0.113.1", None).await, 429);
}

#[tokio::test]
async fn a_thousand_guests_behind_one_address_are_let_in() {
    let server = behind("10.0.0.5", "on");
    let event = server.event(json!({})).await;
    let mut guests = JoinSet::new();
    for number in 0..1_000 {
        let body = person(&format!("Guest{number}"));
        let ask = server.post(format!("/api/v1/events/{event}/registrations"), &body);
        guests.spawn(ask.from("10.0.0.5").header("x-forwarded-for", "203.0.113.1").send());
    }
    let statuses: Vec<u16> = guests.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [201; 1_000]);
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_count_one_by_one() {
    let server = behind("10.0.0.0/8", "address=2");
    let event = server.event(json!({})).await;
    for client in ["203.0.113.1", "203.0.113.2", "[2001:db8::1]:4711"] {
        for status in [422, 422, 429] {
            let forwarded_for = format!("198.51.100.1, {client}, 10.0.0.6");
            assert_eq!(unreadable(&server, &event, "10.0.0.5", Some(&forwarded_for)).await, status, "{client}");
        }
    }
    assert_eq!(unreadable(&server, &event, "10.0.0.5", Some("2001:db8::2")).await, 429, "another of the same network");
    assert_eq!(unreadable(&server, &event, "10.0.0.5", Some("198.51.100.1")).await, 422, "who was made up is not");
    assert_eq!(server.get("/readyz").send().await.body["warnings"], Value::Null);
}

#[tokio::test]
async fn a_made_up_address_neither_frees_nor_frames_and_is_warned_of() {
    let logging = Logging::start();
    let server = behind("127.0.0.1", "address=2");
    let event = server.event(json!({})).await;
    server.get("/healthz").from("127.0.0.1").header("x-forwarded-for", "203.0.113.1").send().await;
    assert_eq!(server.get("/readyz").from("192.168.1.9").send().await.body["warnings"], Value::Null);
    let asks = [Some("203.0.113.1"), Some("203.0.113.2"), Some("203.0.113.3"), Some("127.0.0.1"), None];
    let mut statuses = Vec::new();
    for forwarded_for in asks {
        statuses.push(unreadable(&server, &event, "192.168.1.9", forwarded_for).await);
    }
    assert_eq!(statuses, [422, 422, 429, 429, 429]);
    for victim in ["203.0.113.1", "203.0.113.2", "203.0.113.3", "127.0.0.1"] {
        assert_eq!(unreadable(&server, &event, victim, None).await, 422, "{victim}");
    }
    unreadable(&server, &event, "192.168.1.10", Some("203.0.113.1")).await;
    assert_snapshot!(server.get("/readyz").send().await.shown(), @r#"
    200 OK
    status: "ready"
    warnings: ["a request from 192.168.1.9 said for whom it was forwarded, and was not believed: all requests from there count as one client's. If it is your proxy, start the server with --trusted-proxies 127.0.0.1,192.168.1.9; if not, somebody made it up, and nothing has to be done"]
    "#);
    let logged = logging.end();
    assert_eq!(logged.matches("was not believed").count(), 1, "{logged}");
    assert!(logged.contains("WARN") && logged.contains("a request from 192.168.1.9 said"), "{logged}");
}

#[tokio::test]
async fn a_forgotten_proxy_is_warned_of_before_people_come() {
    let server = Server::start();
    server.get("/healthz").from("203.0.113.9").header("forwarded", "for=198.51.100.1").send().await;
    let ready = server.get("/readyz").send().await;
    let warning = ready.body["warnings"][0].as_str().unwrap();
    assert!(warning.contains("(its address is in the log)") && !warning.contains("203.0.113.9"), "{warning}");
}

#[tokio::test]
async fn limits_can_be_chosen_and_switched_off() {
    for (rates, persons, addresses) in [("off", 20, 20), ("person=3,address=off", 3, 20), ("person=0,address=4", 4, 4)]
    {
        let (server, _) = limited(rates);
        let event = server.event(json!({})).await;
        let mut let_through = 0;
        for _ in 0..20 {
            let_through += u32::from(server.sign_up(&event, "Ann").await.status != 429);
        }
        assert_eq!(let_through, persons, "{rates}");
        let mut let_through = 0;
        for _ in 0..20 {
            let_through += u32::from(unreadable(&server, &event, "203.0.113.1", None).await != 429);
        }
        assert_eq!(let_through, addresses, "{rates}");
    }
}

#[tokio::test]
async fn a_dry_run_of_staff_and_other_methods_count_for_nobody() {
    let (server, _) = limited("person=1");
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for _ in 0..3 {
        let mut body = person("Ann");
        body["dry_run"] = json!(true);
        assert_eq!(server.post(&path, &body).owner().send().await.status, 200);
        assert_eq!(server.ask(Method::GET, &path).owner().send().await.status, 200);
    }
    assert_eq!(server.sign_up(&event, "Ann").await.status, 201);
}

/// Sends a sign-up without a body that could be read, over a socket; the status.
async fn over(stream: &mut TcpStream, event: &str, header: &str) -> String {
    let path = format!("/api/v1/events/{event}/registrations");
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{header}content-type: application/json\r\n");
    stream.write_all(format!("{head}content-length: 2\r\n\r\n{{}}").as_bytes()).await.unwrap();
    answer(stream).await.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn on_a_real_socket_the_peer_is_known_and_a_proxy_on_this_machine_is_believed() {
    for (proxies, statuses) in [("127.0.0.0/8,::1", ["422", "422", "429"]), ("none", ["422", "429", "429"])] {
        let server = Server::start();
        let event = server.event(json!({})).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = admitting(server.app(Timeouts::default()), proxies, "address=1");
        let serving = tokio::spawn(serve(listener, app, std::future::pending()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        for (client, status) in ["203.0.113.1", "203.0.113.2", "203.0.113.1"].into_iter().zip(statuses) {
            let header = format!("X-Forwarded-For: {client}\r\n");
            assert_eq!(over(&mut stream, &event, &header).await, status, "{proxies} {client}");
        }
        serving.abort();
    }
}

#[tokio::test]
async fn without_a_connection_a_request_is_of_this_machine() {
    let server = behind("127.0.0.0/8", "address=1");
    let event = server.event(json!({})).await;
    let ask = |whom: &str| {
        let ask = server.post(format!("/api/v1/events/{event}/registrations"), &json!({}));
        ask.header("x-forwarded-for", whom).send()
    };
    let told = |answer: &Answer| answer.status.as_u16();
    assert_eq!(told(&ask("203.0.113.1").await), 422);
    assert_eq!(told(&ask("203.0.113.2").await), 422);
    assert_eq!(told(&ask("203.0.113.1").await), 429);
}

#[tokio::test]
async fn a_token_counts_for_itself_and_a_session_for_its_address() {
    let (server, _) = limited("token=2,address=1,person=off");
    let event = server.event(json!({})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let ann = server.account("Ann").await;
    let another = server.token(ann.account, ALL_SCOPES, LATER, None).await;
    let by_token = async |token: &str| {
        let ask = server.post(&path, &json!({})).header("authorization", &format!("Bearer {token}"));
        ask.send().await.status.as_u16()
    };
    assert_eq!((by_token(&ann.token).await, by_token(&ann.token).await), (201, 409));
    assert_eq!((by_token(&ann.token).await, by_token(&another).await), (429, 409));
    let cookie = server.session(ann.account).await;
    let by_session = async || {
        let ask = server.post(&path, &json!({})).header("cookie", &cookie).header("origin", "https://events.example");
        ask.send().await.status.as_u16()
    };
    assert_eq!((by_session().await, by_session().await), (409, 429));
    assert_eq!(server.sign_up(&event, "Ben").await.code(), (429, "rate_limited"));
}

#[tokio::test]
async fn a_person_is_one_with_and_without_an_account() {
    let (server, _) = limited("person=2");
    let event = server.event(json!({})).await;
    let ann = server.account("Ann").await;
    let path = format!("/api/v1/events/{event}/registrations");
    let body = json!({"name": "Ann", "email": ann.email});
    let as_guest = || server.post(&path, &body).send();
    let as_oneself = || server.post(&path, &json!({})).header("authorization", &format!("Bearer {}", ann.token)).send();
    assert_eq!(as_oneself().await.status, 201);
    assert_eq!(as_guest().await.code(), (409, "already_registered"));
    assert_eq!(as_oneself().await.code(), (429, "rate_limited"));
    assert_eq!(as_guest().await.code(), (429, "rate_limited"));
}
