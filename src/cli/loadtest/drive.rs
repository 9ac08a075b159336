//! Presses the button: sends every person's request at its time and notes what was answered, and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use headcount_core::ids::Millis;
use hyper::StatusCode;
use serde::Deserialize;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::plan::Pace;
use crate::client::{Address, Answer, Ask, ClientError, Connection};
use crate::clock;

/// What became of one person's request.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Whose, as an index into the requests: one a person, and role where they ask for several.
    pub(crate) person: usize,
    /// What was answered.
    pub(crate) outcome: Outcome,
    /// From the moment the person was to press until the whole answer was there.
    pub(crate) latency: Duration,
    /// The time of day when the request was sent.
    pub(crate) sent_at: Millis,
    /// The time of day when the whole answer was there.
    pub(crate) answered_at: Millis,
}

/// What one person was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This registration has its places.
    Confirmed(Uuid),
    /// This registration waits.
    Waitlisted(Uuid),
    /// No, with this code.
    Refused(String),
    /// No answer, for this reason.
    Unanswered(String),
}

/// The requests, each as of a person of its own, and where they go.
pub(crate) struct Load {
    /// The servers, to which people go in turn.
    pub(crate) addresses: Vec<Address>,
    /// The requests.
    pub(crate) asks: Vec<Ask>,
    /// Is told of every step.
    pub(crate) on_step: Box<dyn Fn(Step) + Send + Sync>,
}

/// What somebody who watches is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// One more connection stands, or cannot be made.
    Connected,
    /// One more person has an answer, or will never have one.
    Answered,
}

/// Connections that are opened at the same time, so that the server's queue of new ones does not overflow.
const OPENING_MAX: usize = 64;
/// Nobody waits longer than this for an answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

/// Sends every request at the pace. One sample a person, in the order of the requests, and how long it took from the
/// first press to the last answer.
pub(crate) async fn drive(load: Load, pace: Pace) -> (Vec<Sample>, Duration) {
    let load = Arc::new(load);
    let (mut samples, start) = match pace {
        Pace::AllAtOnce => all_at_once(&load).await,
        Pace::Connections(count) => over_connections(&load, usize::try_from(count).unwrap_or(usize::MAX)).await,
        Pace::Rate(per_second) => at_a_rate(&load, per_second).await,
    };
    let took = clock::instant() - start;
    samples.sort_by_key(|sample| sample.person);
    (samples, took)
}

/// Everybody connects; when all are, all press in the same instant, from which every latency counts.
async fn all_at_once(load: &Arc<Load>) -> (Vec<Sample>, Instant) {
    let (press, pressed) = watch::channel(None);
    let mut people = JoinSet::new();
    for (person, connection) in load.connect(load.asks.len()).await.into_iter().enumerate() {
        let (load, mut pressed) = (load.clone(), pressed.clone());
        people.spawn(async move {
            let at = pressed.wait_for(Option::is_some).await.ok().and_then(|at| *at).unwrap_or_else(clock::instant);
            match connection {
                Ok(mut connection) => load.ask(person, at, &mut connection).await,
                Err(error) => load.unanswered(person, at, &error),
            }
        });
    }
    let start = clock::instant();
    let _ = press.send(Some(start));
    (people.join_all().await, start)
}

/// So many connections, each used for one request after the other; each latency counts from its own request.
async fn over_connections(load: &Arc<Load>, count: usize) -> (Vec<Sample>, Instant) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    let connections = load.connect(count).await;
    let start = clock::instant();
    for (number, mut connection) in connections.into_iter().enumerate() {
        let (load, next) = (load.clone(), next.clone());
        workers.spawn(async move {
            let mut samples = Vec::new();
            loop {
                let person = next.fetch_add(1, Ordering::Relaxed);
                if person >= load.asks.len() {
                    return samples;
                }
                if !connection.as_ref().is_ok_and(Connection::is_open) {
                    connection = Connection::open(load.server(number)).await;
                }
                let at = clock::instant();
                samples.push(match &mut connection {
                    Ok(connection) => load.ask(person, at, connection).await,
                    Err(error) => load.unanswered(person, at, error),
                });
            }
        });
    }
    (workers.join_all().await.into_iter().flatten().collect(), start)
}

/// So many a second, whatever the answers do; each latency counts from the moment the person was due, so that a server
/// that stalls cannot hide it by delaying the requests.
async fn at_a_rate(load: &Arc<Load>, per_second: f64) -> (Vec<Sample>, Instant) {
    let idle: Arc<Vec<Idle>> = Arc::new(load.addresses.iter().map(|_| Idle::default()).collect());
    let start = clock::instant();
    let mut people = JoinSet::new();
    for person in 0..load.asks.len() {
        #[expect(clippy::cast_precision_loss, reason = "a number of people is far below 2^52")]
        let due = start + Duration::from_secs_f64(person as f64 / per_second);
        tokio::time::sleep_until(due.into()).await;
        let (load, idle) = (load.clone(), idle.clone());
        people.spawn(async move {
            let idle = &idle[person % idle.len()];
            let rested = idle.lock().expect("no holder panics").pop();
            let connection = match rested.filter(Connection::is_open) {
                Some(connection) => Ok(connection),
                None => Connection::open(load.server(person)).await,
            };
            let mut connection = match connection {
                Ok(connection) => connection,
                Err(error) => return load.unanswered(person, due, &error),
            };
            let sample = load.ask(person, due, &mut connection).await;
            if connection.is_open() && !matches!(sample.outcome, Outcome::Unanswered(_)) {
                idle.lock().expect("no holder panics").push(connection);
            }
            sample
        });
    }
    (people.join_all().await, start)
}

/// Connections to one server that nobody uses at the moment.
type Idle = std::sync::Mutex<Vec<Connection>>;

/// Opens `count` connections to these servers in turn, a few at a time; `on_connected` is told of each.
pub(crate) async fn connect(
    addresses: &[Address],
    count: usize,
    on_connected: impl Fn(),
) -> Vec<Result<Connection, ClientError>> {
    let turns = Arc::new(Semaphore::new(OPENING_MAX));
    let mut opening = JoinSet::new();
    for address in addresses.iter().cycle().take(count) {
        let (turns, address) = (turns.clone(), address.clone());
        opening.spawn(async move {
            let _turn = turns.acquire().await;
            Connection::open(&address).await
        });
    }
    let mut connections = Vec::with_capacity(count);
    while let Some(opened) = opening.join_next().await {
        connections.push(opened.expect("opening a connection does not panic"));
        on_connected();
    }
    connections
}

impl Load {
    async fn connect(&self, count: usize) -> Vec<Result<Connection, ClientError>> {
        connect(&self.addresses, count, || (self.on_step)(Step::Connected)).await
    }

    /// The server whose turn it is.
    fn server(&self, number: usize) -> &Address {
        &self.addresses[number % self.addresses.len()]
    }

    async fn ask(&self, person: usize, due: Instant, connection: &mut Connection) -> Sample {
        let sent_at = clock::now();
        let answer = tokio::time::timeout(ANSWER_WAIT_MAX, self.send(person, connection)).await;
        let (latency, answered_at) = (clock::instant() - due, clock::now());
        let outcome = match answer {
            Ok(Ok(answer)) => Outcome::of(&answer),
            Ok(Err(error)) => Outcome::Unanswered(error.to_string()),
            Err(_) => Outcome::Unanswered(format!("no answer within {} s", ANSWER_WAIT_MAX.as_secs())),
        };
        (self.on_step)(Step::Answered);
        Sample { person, outcome, latency, sent_at, answered_at }
    }

    /// Sends a person's request. A connection that was closed while it lay idle has sent nothing: it is opened anew.
    async fn send(&self, person: usize, connection: &mut Connection) -> Result<Answer, ClientError> {
        match connection.send(self.asks[person].clone()).await {
            Err(ClientError::Closed) => *connection = Connection::open(self.server(person)).await?,
            answered => return answered,
        }
        connection.send(self.asks[person].clone()).await
    }

    fn unanswered(&self, person: usize, due: Instant, error: &ClientError) -> Sample {
        (self.on_step)(Step::Answered);
        let (now, outcome) = (clock::now(), Outcome::Unanswered(error.to_string()));
        Sample { person, outcome, latency: clock::instant() - due, sent_at: now, answered_at: now }
    }
}

impl Outcome {
    /// What the answer to a sign-up, or to a yes to a call, means.
    pub(crate) fn of(answer: &Answer) -> Outcome {
        let receipt = match answer.status {
            StatusCode::CREATED => answer.json::<Receipt>(),
            StatusCode::OK => answer.json::<Responded>().map(|Responded { registrations: [receipt] }| receipt),
            _ => {
                let code = problem_code(answer);
                return if may_have_happened(answer) { Outcome::Unanswered(code) } else { Outcome::Refused(code) };
            }
        };
        match receipt {
            Ok(Receipt { id, status }) if status == "confirmed" => Outcome::Confirmed(id),
            Ok(Receipt { id, status }) if status == "waitlisted" => Outcome::Waitlisted(id),
            Ok(Receipt { status, .. }) => Outcome::Unanswered(format!("an answer with the unknown status {status:?}")),
            Err(error) => Outcome::Unanswered(error.to_string()),
        }
    }
}

/// What became of a registration.
#[derive(Deserialize)]
struct Receipt {
    id: Uuid,
    status: String,
}

/// What a yes to one role came to.
#[derive(Deserialize)]
struct Responded {
    registrations: [Receipt; 1],
}

/// The code of a problem document; of anything else its HTTP status.
pub(crate) fn problem_code(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    match answer.json::<Problem>() {
        Ok(problem) => problem.code,
        Err(_) => format!("http_{}", answer.status.as_u16()),
    }
}

/// Whether it is left open what became of the request: the problem document says so, or something on the way that is not
/// headcount has answered for a server that it lost.
fn may_have_happened(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Problem {
        outcome: String,
    }
    match answer.json::<Problem>() {
        Ok(problem) => problem.outcome == "unknown",
        Err(_) => answer.status.is_server_error(),
    }
}

/// How often each reason occurs.
pub(crate) fn tally<'a>(reasons: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason.to_owned()).or_default() += 1;
    }
    counts
}
