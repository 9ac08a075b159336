//! The accept loop, on real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use headcount::http::{Timeouts, serve};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::{Control, Server, person};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);
pub(crate) const PATIENT: Timeouts = Timeouts { head: LONG, body: LONG, write: LONG, drain: LONG };

pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) done: JoinHandle<()>,
}

pub(crate) async fn start(server: &Server, timeouts: Timeouts) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = server.app(timeouts);
    let done = tokio::spawn(serve(listener, app, async {
        let _stop = stopped.await;
    }));
    Serving { address, stop, done }
}

impl Serving {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

fn sign_up(event: &str, name: &str) -> String {
    let body = person(name).to_string();
    let path = format!("/api/v1/events/{event}/registrations");
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Reads one answer with a body; its head and body as text.
pub(crate) async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let byte = stream.read_u8().await.unwrap();
        text.push(char::from(byte));
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return text;
            }
        }
    }
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end as well.
    let _reset = stream.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let serving = start(&server, PATIENT).await;
    let mut stream = serving.connect().await;
    for name in ["Ann", "Ben", "Cem"] {
        stream.write_all(sign_up(&event, name).as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        assert!(!answer.contains("connection: close"));
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let server = Server::start();
    let serving = start(&server, Timeouts { head: SHORT, ..PATIENT }).await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = serving.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let text = until_closed(&mut stream).await;
        assert_eq!(text.starts_with("HTTP/1.1 200"), begun.ends_with("\r\n\r\n"), "{text}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_told_so_and_ends_the_connection() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let serving = start(&server, Timeouts { body: SHORT, ..PATIENT }).await;
    let mut stream = serving.connect().await;
    let request = sign_up(&event, "Ann");
    stream.write_all(&request.as_bytes()[..request.len() - 1]).await.unwrap();
    let text = until_closed(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{text}");
    assert!(text.contains("\"code\":\"request_timeout\""), "{text}");
    assert_eq!(server.get(format!("/api/v1/events/{event}")).send().await.body["reserved"], 0);
}

#[tokio::test]
async fn a_body_that_is_cut_short_does_nothing() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let serving = start(&server, PATIENT).await;
    let mut stream = serving.connect().await;
    let request = sign_up(&event, "Ann");
    stream.write_all(&request.as_bytes()[..request.len() - 1]).await.unwrap();
    stream.shutdown().await.unwrap();
    until_closed(&mut stream).await;
    assert_eq!(server.get(format!("/api/v1/events/{event}")).send().await.body["reserved"], 0);
}

#[tokio::test]
async fn a_command_goes_on_when_its_client_hangs_up() {
    let control = Control::new();
    let server = Server::with_store(|store| control.hold(store));
    let created = server.post("/api/v1/events", &json!({"title": "Fair", "status": "published"})).owner();
    let created = tokio::spawn(created.send());
    control.one_arrived().await;
    control.let_one_through();
    let event = created.await.unwrap().text("id");

    let serving = start(&server, PATIENT).await;
    let mut stream = serving.connect().await;
    stream.write_all(sign_up(&event, "Ann").as_bytes()).await.unwrap();
    control.one_arrived().await;
    drop(stream);
    control.let_all_through();
    // The next command of the same event is decided after it.
    assert_eq!(server.sign_up(&event, "Ann").await.code(), (409, "already_registered"));
}

#[tokio::test]
async fn a_client_that_never_reads_is_let_go() {
    let server = Server::start();
    let serving = start(&server, Timeouts { write: SHORT, ..PATIENT }).await;
    let mut stream = serving.connect().await;
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    // Answers fill all buffers on the way; then the server waits, and gives up.
    while stream.write_all(requests.as_bytes()).await.is_ok() {}
}

#[tokio::test]
async fn what_is_under_way_is_answered_before_the_end() {
    let control = Control::new();
    let server = Server::with_store(|store| control.hold(store));
    let serving = start(&server, PATIENT).await;
    let mut idle = serving.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    answer(&mut idle).await;
    let mut busy = serving.connect().await;
    let body = r#"{"title": "Fair"}"#;
    let request = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        crate::harness::TOKEN,
        body.len()
    );
    busy.write_all(request.as_bytes()).await.unwrap();
    control.one_arrived().await;
    serving.stop.send(()).unwrap();
    assert_eq!(until_closed(&mut idle).await, "", "who has asked nothing is let go");
    control.let_all_through();
    let text = until_closed(&mut busy).await;
    assert!(text.starts_with("HTTP/1.1 201 Created\r\n"), "{text}");
    serving.done.await.unwrap();
    assert!(TcpStream::connect(serving.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let control = Control::new();
    let server = Server::with_store(|store| control.hold(store));
    let serving = start(&server, Timeouts { drain: SHORT, ..PATIENT }).await;
    let mut stream = serving.connect().await;
    stream.write_all(b"POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    stream.write_all(b"GET /healthz").await.unwrap();
    serving.stop.send(()).unwrap();
    serving.done.await.unwrap();
    control.let_all_through();
}

#[tokio::test]
async fn who_sends_far_too_much_is_still_told_so() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let serving = start(&server, PATIENT).await;
    let mut stream = serving.connect().await;
    let body = "x".repeat(10_000_000);
    let path = format!("/api/v1/events/{event}/registrations");
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ");
    stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let text = until_closed(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{text}");

    let mut stream = serving.connect().await;
    stream.write_all(format!("{head}99999999999\r\n\r\n").as_bytes()).await.unwrap();
    let text = until_closed(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{text}");
}
