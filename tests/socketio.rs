//! Socket.IO of the real server, as a process of its own: what its clients are told when it is stopped. What they are told
//! before, `tests/api/sockets.rs` has.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs::{self, File};

use headcount::client::Ask;
use hyper::Method;
use process::{Server, command, told};
use serde_json::json;
use socketio::Clients;

#[path = "support/npm.rs"]
mod npm;
#[path = "support/process.rs"]
mod process;
#[path = "support/socketio.rs"]
mod socketio;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_tells_its_sockets_and_lets_them_go_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = command(&[], &folder.path().join("headcount.db"));
    command.env("HEADCOUNT_LOG", "trace").stderr(File::create(&log).unwrap());
    let server = Server::of(&mut command);
    let mut connection = server.connect().await;
    let accounts = json!({
        "accounts": [{"name": "Ann", "email": "ann@example.org"}],
        "token": {"name": "phone", "scopes": ["read", "respond"]},
    });
    let made = told(&mut connection, server.post("/api/v1/operator/accounts", &accounts)).await.unwrap().1;
    let token = made["items"][0]["token"].as_str().unwrap();
    let event = json!({"title": "Fair", "status": "published", "roles": [{"name": "Cook"}]});
    let event = told(&mut connection, server.post("/api/v1/events", &event)).await.unwrap().1["id"].clone();

    let mut clients = Clients::start();
    let address = server.address.authority().parse().unwrap();
    for transport in ["polling", "websocket"] {
        clients.connect_with(transport, address, json!({"auth": {"token": token}, "transports": [transport]}));
        clients.connected(transport).await;
    }
    let respond = Ask::new(Method::POST, &format!("/api/v1/events/{}/respond", event.as_str().unwrap()));
    let respond = respond.json(json!({"response": "accept", "role": "Cook"}).to_string()).token(token);
    assert_eq!(told(&mut connection, respond).await.unwrap().0, 200);
    for transport in ["polling", "websocket"] {
        let response = clients.response(transport).await;
        assert_eq!((&response["eventId"], &response["response"]), (&event, &json!("accepted")));
    }
    drop(connection);
    server.terminate();
    for transport in ["polling", "websocket"] {
        let reason = clients.ended(transport).await;
        assert!(["transport close", "transport error"].contains(&reason.as_str()), "{transport}: {reason}");
    }
    assert_eq!(server.wait().0, Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("TRACE") && log.contains("/socket.io/"), "it logs what it can");
    assert!(!log.contains(token), "no token is logged");
}
