//! Followers who read slowly, or not at all, on real sockets whose buffers are full.

use std::net::SocketAddr;
use std::time::Duration;

use headcount::http::{Timeouts, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::Server;
use crate::serving::PATIENT;

/// What either side of a connection may hold back. The system takes a little more.
const BUFFER_BYTES: u32 = 4_096;
/// More states than fit into all buffers on the way.
const STATES: u64 = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves on sockets with small buffers.
async fn serve_narrowly(server: &Server, timeouts: Timeouts) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(BUFFER_BYTES).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, server.app(timeouts), std::future::pending()));
    address
}

/// An event of which each state takes about 100 KB.
async fn wide_event(server: &Server) -> String {
    let roles: Vec<Value> = (0..200).map(|number| json!({"name": format!("{number:ж>200}"), "capacity": 9})).collect();
    server.event(json!({"roles": roles, "waitlist": {"policy": "off"}})).await
}

/// A follower of whom nothing is read.
async fn follow(address: SocketAddr, event: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER_BYTES).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!("GET /api/v1/events/{event}/stream HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads on until a state of this seq or a later one is told; how many were on the way.
async fn read_until(stream: &mut BufReader<TcpStream>, seq: u64) -> u64 {
    let mut states = 0;
    loop {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_line(&mut line)).await.expect("a line in time");
        assert_ne!(read.unwrap(), 0, "the stream ended before {seq}");
        if let Some(id) = line.strip_prefix("id: ") {
            states += 1;
            if id.trim_end().parse::<u64>().unwrap() >= seq {
                return states;
            }
        }
    }
}

async fn seq(server: &Server, event: &str) -> u64 {
    server.get(format!("/api/v1/events/{event}/availability")).send().await.body["seq"].as_u64().unwrap()
}

/// Has many states, each told to `quick` before the next; the last seq.
async fn change_often(server: &Server, event: &str, quick: &mut BufReader<TcpStream>) -> u64 {
    let role = server.get(format!("/api/v1/events/{event}")).send().await.body["roles"][0]["id"].clone();
    let mut last = seq(server, event).await;
    read_until(quick, last).await;
    for number in 0..STATES {
        let person = json!({"name": "Ann", "email": format!("ann{number}@example.org"), "role": role});
        server.post(format!("/api/v1/events/{event}/registrations"), &person).send().await;
        let next = seq(server, event).await;
        assert_eq!(next, last + 1);
        read_until(quick, next).await;
        last = next;
    }
    last
}

#[tokio::test]
async fn whoever_reads_late_holds_up_nobody_and_is_told_what_is_so_by_then() {
    let server = Server::start();
    let address = serve_narrowly(&server, PATIENT).await;
    let event = wide_event(&server).await;
    let slow = follow(address, &event).await;
    let mut quick = BufReader::new(follow(address, &event).await);
    let last = change_often(&server, &event, &mut quick).await;
    let told = read_until(&mut BufReader::new(slow), last).await;
    assert!(told < STATES / 2, "{told} states waited for somebody who did not read");
}

#[tokio::test]
async fn whoever_does_not_read_is_given_up() {
    let server = Server::start();
    let address = serve_narrowly(&server, Timeouts { write: Duration::from_millis(200), ..PATIENT }).await;
    let event = wide_event(&server).await;
    let mut slow = follow(address, &event).await;
    let mut quick = BufReader::new(follow(address, &event).await);
    let last = change_often(&server, &event, &mut quick).await;
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, slow.read_to_end(&mut rest)).await.expect("the end of the connection");
    assert!(ended.is_err() || !String::from_utf8_lossy(&rest).contains(&format!("id: {last}\n")));
}
