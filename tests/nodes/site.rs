//! A database of a test's own, the nodes that serve it, and ways to ask them.

use std::process::Command;
use std::sync::OnceLock;

use headcount::client::{Ask, Connection};
use hyper::Method;
use serde_json::{Value, json};

use crate::postgres::Cluster;
use crate::process::{Server, TOKEN, Told, assert_green, serve, told};

pub(crate) const NODES: usize = 3;
pub(crate) const SECRET: &str = "the-same-secret-on-every-node";
const PUBLIC_URL: &str = "https://events.example";

/// As many as usual, or more where the environment asks for it.
pub(crate) fn usual_or_long(usual: usize, long: usize) -> usize {
    if std::env::var_os("HEADCOUNT_NODES_LONG").is_some() { long } else { usual }
}

/// The PostgreSQL of all these tests, with its own defaults for all that is about safety.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&[("max_connections", "1000")]))
}

/// The command that starts a node which takes few connections and has been given the common secret.
pub(crate) fn node(url: &str) -> Command {
    let mut command = serve(&[], url);
    command.args(["--pg-workers", "4", "--pg-readers", "3", "--public-url", PUBLIC_URL]);
    command.env("HEADCOUNT_SECRET", SECRET);
    command
}

/// Nodes on a database of their own.
pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) nodes: Vec<Server>,
}

impl Site {
    /// Three nodes on an empty database.
    pub(crate) fn start() -> Site {
        Site::on(cluster().new_database())
    }

    /// Three nodes on this database.
    pub(crate) fn on(url: String) -> Site {
        let nodes = (0..NODES).map(|_| Server::of(&mut node(&url))).collect();
        Site { url, nodes }
    }

    /// A connection to each node.
    pub(crate) async fn connect(&self) -> Vec<Connection> {
        let mut connections = Vec::new();
        for node in &self.nodes {
            connections.push(node.connect().await);
        }
        connections
    }

    /// An event of the owner, published if `fields` do not say otherwise; its id.
    pub(crate) async fn event(&self, fields: Value) -> String {
        let mut event = json!({"title": "Summer fair", "status": "published"});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let made = told(&mut self.nodes[0].connect().await, by_owner(Method::POST, "/api/v1/events", &event)).await;
        let (status, body) = made.unwrap();
        assert_eq!(status, 201, "{body}");
        text(&body, "id")
    }

    /// What every node says of an event, which must be the same.
    pub(crate) async fn shown(&self, event: &str) -> Value {
        let mut answers = Vec::new();
        for connection in &mut self.connect().await {
            let ask = Ask::new(Method::GET, &format!("/api/v1/events/{event}")).token(TOKEN);
            answers.push(told(connection, ask).await.unwrap());
        }
        all_equal(&answers).1.clone()
    }

    /// The only value that a query comes to.
    pub(crate) fn value(&self, sql: &str) -> String {
        cluster().query(self.database(), sql)[0][0].clone().unwrap()
    }

    /// The name of its database.
    pub(crate) fn database(&self) -> &str {
        self.url.rsplit('/').next().unwrap()
    }

    /// Replays the log of every event and compares it with all that is stored.
    pub(crate) fn verify(&self) {
        assert_green(&self.url, "beside the nodes");
    }
}

/// The first of several, all of which must be equal.
pub(crate) fn all_equal<T: PartialEq + std::fmt::Debug>(all: &[T]) -> &T {
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
    &all[0]
}

/// As the owner.
pub(crate) fn by_owner(method: Method, path: &str, body: &Value) -> Ask {
    Ask::new(method, path).json(body.to_string()).token(TOKEN)
}

/// Somebody signs up, with a key of 22 characters or more.
pub(crate) fn sign_up(event: &str, person: usize) -> Ask {
    without_key(event, &json!({"name": format!("Person {person}"), "email": format!("person-{person}@example.org")}))
        .key(&format!("key-of-many-characters-{person:06}"))
}

/// Somebody signs up without a key.
pub(crate) fn without_key(event: &str, body: &Value) -> Ask {
    Ask::new(Method::POST, &format!("/api/v1/events/{event}/registrations")).json(body.to_string())
}

/// Sends what is wanted of each node to all of them at the same moment.
pub(crate) async fn at_once(connections: &mut [Connection], asks: impl Fn(usize) -> Ask) -> Vec<Told> {
    let asked = connections.iter_mut().enumerate().map(|(node, connection)| told(connection, asks(node)));
    futures_util::future::join_all(asked).await.into_iter().map(|answer| answer.expect("an answer")).collect()
}

/// The statuses and codes of answers, in order.
pub(crate) fn codes(answers: &[Told]) -> Vec<(u16, &str)> {
    let mut codes: Vec<_> =
        answers.iter().map(|(status, body)| (*status, body["code"].as_str().unwrap_or("-"))).collect();
    codes.sort_unstable();
    codes
}

/// A text of an answer.
pub(crate) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no text {name} in {body:#}")).to_owned()
}
