//! Whole servers, each a process of its own: what those who ask are told while PostgreSQL fails.

use std::process::Command;

use headcount::client::{Ask, Connection};
use hyper::Method;
use serde_json::{Value, json};

use super::ground::*;
use super::postgres::Cluster;
use super::process::{Server, TOKEN, serve, told};
use super::proxy::AtCommit;

/// A server as a process of its own. Dropped, it is gone.
pub(crate) struct Process(pub(crate) Server);

impl Process {
    pub(crate) fn start(database: &str) -> Process {
        Process::start_with(database, |_| ())
    }

    /// As [`Process::start`], with something more said to its command.
    pub(crate) fn start_with(database: &str, say: impl FnOnce(&mut Command)) -> Process {
        let mut command = serve(&[], database);
        say(&mut command);
        command
            .args(["--pg-workers", "2", "--pg-readers", "2"])
            .env("HEADCOUNT_SECRET", "the same secret for all of them");
        Process(Server::of(&mut command))
    }

    /// Sends it as the owner, with a key: the status and the answer.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &Value, key: &str) -> (u16, Value) {
        let mut connection: Connection = self.0.connect().await;
        let ask = Ask::new(method, &self.0.address.target(path)).json(body.to_string()).token(TOKEN);
        told(&mut connection, ask.key(key)).await.expect("it answers")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        told(&mut self.0.connect().await, self.0.get(path)).await.expect("it answers")
    }
}

/// An event with one place and a waitlist; the path to sign up for it.
pub(crate) async fn one_place(process: &Process) -> String {
    let event = json!({
        "title": "Example", "slug": "one-place", "status": "published", "waitlist": {"policy": "strict"},
        "roles": [{"name": "Visitor", "capacity": 1}]
    });
    let made = process.ask(Method::POST, "/api/v1/events", &event, "key-of-the-event-000000").await;
    assert_eq!(made.0, 201, "{}", made.1);
    format!("/api/v1/events/{}/registrations", made.1["id"].as_str().unwrap())
}

pub(crate) fn person_named(name: &str) -> Value {
    json!({"name": name, "email": format!("{name}@example.org")})
}

/// The database is away for longer than the truth about a commit is looked for.
#[tokio::test]
async fn who_cannot_be_told_what_became_of_his_request_is_told_so_and_learns_it_with_the_same_key() {
    let ground = Ground::on(Cluster::shared()).await;
    let process = Process::start(&ground.proxied_url());
    let path = one_place(&process).await;
    let (ann, key) = (person_named("ann"), "key-of-ann-000000000000");
    ground.proxy.at_next_commits(AtCommit::SwallowReply, 1);
    ground.proxy.refuse();
    let (status, problem) = process.ask(Method::POST, &path, &ann, key).await;
    assert_eq!(
        (status, &problem["code"], &problem["outcome"]),
        (503, &json!("storage_unavailable"), &json!("unknown"))
    );
    assert_eq!(process.get("/readyz").await.0, 503);
    assert_eq!(process.get("/healthz").await.0, 200, "it lives on");

    // Nothing of these is done, and they say so.
    ground.proxy.cut();
    let (status, problem) = process.ask(Method::POST, &path, &person_named("ben"), "key-of-ben-000000000000").await;
    assert_eq!((status, &problem["outcome"]), (503, &json!("none")), "{problem}");

    ground.proxy.accept();
    let again = loop {
        let (status, body) = process.ask(Method::POST, &path, &ann, key).await;
        if status != 503 {
            break (status, body["status"].clone());
        }
        assert_eq!(body["outcome"], "none", "{body}");
    };
    assert_eq!(again, (201, json!("confirmed")));
    while process.get("/readyz").await.0 != 200 {}
    assert_eq!(ground.count("select from registrations"), 1);
    ground.assert_sound();
}
