//! The clients: they sign up, leave and look, each one thing after the other, all at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headcount::client::{Address, Ask, Connection};
use hyper::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::checker::{Entry, Operation, Saw};
use crate::process::{Server, TOKEN, told};

/// Places of the one role.
pub(crate) const CAPACITY: i64 = 12;
const CLIENTS: u64 = 24;
const OPERATIONS_EACH: u64 = 40;

/// Everybody's clock: it goes on by one with each look at it.
type Clock = Arc<AtomicU64>;

/// One client.
struct Client {
    number: u64,
    event: String,
    connection: Connection,
    clock: Clock,
    /// The registrations that it made and did not give up.
    own: Vec<String>,
    seen: Vec<Operation>,
}

/// An event of its own at which all clients do something at once; its id, and what they saw.
pub(crate) async fn play(servers: &[Server], policy: &str, round: usize) -> (String, Vec<Operation>) {
    let event = json!({
        "title": "A history", "slug": format!("{policy}-{round}").replace('_', "-"), "status": "published", "max_spots": 3,
        "waitlist": {"policy": policy}, "roles": [{"name": "Visitor", "capacity": CAPACITY}],
    });
    let made = told(&mut servers[0].connect().await, servers[0].post("/api/v1/events", &event)).await;
    let (status, body) = made.unwrap();
    assert_eq!(status, 201, "{body}");
    let event = body["id"].as_str().unwrap().to_owned();
    let clock = Clock::default();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let address = servers[number as usize % servers.len()].address.clone();
        clients.spawn(Client::run(number, event.clone(), address, clock.clone()));
    }
    let mut history = Vec::new();
    while let Some(seen) = clients.join_next().await {
        history.extend(seen.unwrap());
    }
    let refusals = history.iter().filter(|one| matches!(one.saw, Saw::Refused { .. })).count();
    assert!(policy != "off" || refusals > 0, "it was full for somebody");
    (event, history)
}

impl Client {
    async fn run(number: u64, event: String, address: Address, clock: Clock) -> Vec<Operation> {
        let connection = Connection::open(&address).await.unwrap();
        let mut client = Client { number, event, connection, clock, own: Vec::new(), seen: Vec::new() };
        for turn in 0..OPERATIONS_EACH {
            // Another order for each, and the same each time.
            match (number * 7 + turn * 13) % 5 {
                0 | 1 => client.sign_up(turn).await,
                2 | 3 => client.leave().await,
                _ => client.look().await,
            }
        }
        client.seen
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    async fn sign_up(&mut self, turn: u64) {
        let spots = i64::try_from(1 + (self.number + turn) % 3).unwrap();
        let name = format!("person-{}-{turn}", self.number);
        let person = json!({"name": name, "email": format!("{name}@example.org"), "spots": spots});
        let (begun, (status, body)) = self.ask(Method::POST, "registrations", &person).await;
        let saw = match status {
            201 => {
                self.own.push(body["id"].as_str().unwrap().to_owned());
                Saw::Wrote { seq: body["seq"].as_u64().unwrap() }
            }
            _ => {
                assert_eq!((status, body["code"].as_str()), (409, Some("role_full")), "{body}");
                Saw::Refused { spots }
            }
        };
        self.note(begun, saw);
    }

    async fn leave(&mut self) {
        let Some(id) = self.own.pop() else { return self.look().await };
        let (begun, (status, body)) = self.ask(Method::POST, &format!("registrations/{id}/cancel"), &json!({})).await;
        assert_eq!(status, 200, "{body}");
        self.note(begun, Saw::Wrote { seq: body["seq"].as_u64().unwrap() });
    }

    async fn look(&mut self) {
        let (begun, (_, body)) = self.ask(Method::GET, "availability", &Value::Null).await;
        let saw = Saw::Read { seq: body["seq"].as_u64().unwrap(), reserved: body["reserved"].as_i64().unwrap() };
        self.note(begun, saw);
    }

    async fn ask(&mut self, method: Method, path: &str, body: &Value) -> (u64, (u16, Value)) {
        let is_own = path.ends_with("/cancel");
        let mut ask = Ask::new(method.clone(), &format!("/api/v1/events/{}/{path}", self.event));
        if method == Method::POST {
            ask = ask.json(body.to_string());
        }
        if is_own {
            ask = ask.token(TOKEN);
        }
        let begun = self.now();
        (begun, told(&mut self.connection, ask).await.unwrap())
    }

    fn note(&mut self, begun: u64, saw: Saw) {
        let ended = self.now();
        self.seen.push(Operation { begun, ended, saw });
    }
}

/// The log of an event, as far as it is about places.
pub(crate) async fn log_of(server: &Server, event: &str) -> Vec<Entry> {
    let mut connection = server.connect().await;
    let (mut log, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/api/v1/events/{event}/log?limit=200&after={after}");
        let (status, page) = told(&mut connection, server.get(&path)).await.unwrap();
        assert_eq!(status, 200, "{page}");
        log.extend(page["items"].as_array().unwrap().iter().map(entry));
        match page["next_after"].as_u64() {
            Some(next) => after = next,
            None => return log,
        }
    }
}

fn entry(line: &Value) -> Entry {
    let body = &line["body"];
    let spots = body["spots"].as_i64().unwrap_or_default();
    let places = match line["kind"].as_str().unwrap() {
        "signed_up" if body["status"] == "confirmed" => spots,
        "promoted" => spots,
        "cancelled" if body["from"] == "confirmed" => -spots,
        _ => 0,
    };
    Entry { seq: line["seq"].as_u64().unwrap(), places }
}
