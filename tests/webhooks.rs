//! Webhooks of a real server that is killed while it delivers: nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use process::{Server, command, told};
use receiver::{Receiver, Reply};
use serde_json::{Value, json};

#[path = "support/process.rs"]
mod process;
#[path = "support/receiver.rs"]
mod receiver;

const WEBHOOKS: &str = "/api/v1/organizations/00000000-0000-0000-0000-000000000000/webhooks";
const PEOPLE: usize = 12;

fn serving(database: &Path, receiver: &Receiver) -> Command {
    let mut command = command(&[], database);
    command.args(["--webhook-private", "on", "--webhook-ca", &receiver.certificate()]);
    command
}

async fn asked(server: &Server, path: &str, body: &Value) -> Value {
    let (status, body) = told(&mut server.connect().await, server.post(path, body)).await.unwrap();
    assert!((200..300).contains(&status), "{path}: {status} {body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_delivered_when_the_server_was_killed_is_delivered_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("headcount.db");
    let mut receiver = Receiver::start().await;
    let server = Server::of(&mut serving(&database, &receiver));
    let event = asked(&server, "/api/v1/events", &json!({"title": "Fair", "status": "published"})).await;
    let event = event["id"].as_str().unwrap().to_owned();
    let wish = json!({"url": receiver.url("/"), "kinds": ["signed_up"]});
    let secret = asked(&server, WEBHOOKS, &wish).await["secret"].as_str().unwrap().to_owned();
    // Some arrive, one is on its way and never answered, the others wait behind it.
    receiver.reply([Reply::Status(204), Reply::Status(204), Reply::Silence]);
    let mut signed_up = BTreeSet::new();
    for number in 0..PEOPLE {
        let person = json!({"name": "Somebody", "email": format!("person-{number}@example.org")});
        let made = asked(&server, &format!("/api/v1/events/{event}/registrations"), &person).await;
        signed_up.insert(made["seq"].as_u64().unwrap());
    }
    let mut ids: BTreeMap<u64, String> = BTreeMap::new();
    for _ in 0..3 {
        let got = receiver.next().await;
        ids.insert(got.seq(), got.header("webhook-id").to_owned());
    }
    server.kill();
    let server = Server::of(&mut serving(&database, &receiver));
    let mut answered: BTreeSet<u64> = ids.keys().copied().take(2).collect();
    while answered != signed_up {
        let got = receiver.next().await;
        assert!(got.is_signed_with(&secret), "the secret is the same after a start");
        let id = got.header("webhook-id").to_owned();
        assert_eq!(ids.entry(got.seq()).or_insert_with(|| id.clone()), &id, "one id a message, in every attempt");
        answered.insert(got.seq());
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_option_a_webhook_cannot_lead_into_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("headcount.db"));
    for url in ["https://127.0.0.1:8443/", "https://[::1]:8443/", "https://169.254.169.254/", "http://example.org/"] {
        let ask = server.post(WEBHOOKS, &json!({ "url": url }));
        let (status, body) = told(&mut server.connect().await, ask).await.unwrap();
        assert_eq!((status, &body["code"]), (422, &json!("invalid")), "{url}: {body}");
    }
    server.kill();
}
