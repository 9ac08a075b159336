//! Load over HTTP in a closed loop: every connection sends its next request as soon as it has the answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use hyper::StatusCode;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cli::loadtest::drive::{connect, problem_code};
use crate::cli::loadtest::latency::Latencies;
use crate::client::{Address, Answer, Ask, ClientError, Connection};
use crate::clock;

/// Makes the request of a number, different for every number.
pub(super) type Maker = Arc<dyn Fn(u64) -> Ask + Send + Sync>;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// No new request after this long.
    Elapsed(Duration),
    /// So many requests in all.
    Requests(u64),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// Answers by what they say: [`CREATED`], `ok`, or a problem's code.
    pub(super) answers: BTreeMap<String, u64>,
    /// From the first request to the last answer.
    pub(super) seconds: f64,
    /// How long the answers took.
    pub(super) latencies: Latencies,
}

/// What a sign-up that was taken counts as.
pub(super) const CREATED: &str = "created";

/// What every connection shares.
struct Shared {
    make: Maker,
    until: Until,
    next: AtomicU64,
}

/// What one connection saw.
struct Seen {
    answers: BTreeMap<String, u64>,
    latencies: Latencies,
}

/// Sends requests over `connections` connections, all connected before the first is sent.
///
/// # Errors
/// If any request stays without an answer.
pub(super) async fn closed_loop(
    address: &Address,
    connections: u32,
    until: Until,
    make: Maker,
) -> anyhow::Result<Load> {
    let shared = Arc::new(Shared { make, until, next: AtomicU64::new(0) });
    let (go, gone) = watch::channel(None);
    let mut tasks = JoinSet::new();
    for connection in connect(std::slice::from_ref(address), usize::try_from(connections)?, || {}).await {
        let (connection, shared, mut gone) = (connection?, shared.clone(), gone.clone());
        tasks.spawn(async move {
            let start = gone.wait_for(Option::is_some).await.ok().and_then(|at| *at).unwrap_or_else(clock::instant);
            one_connection(connection, &shared, start).await
        });
    }
    let start = clock::instant();
    let _ = go.send(Some(start));
    let mut load = Load { answers: BTreeMap::new(), seconds: 0.0, latencies: Latencies::new() };
    while let Some(seen) = tasks.join_next().await {
        let seen = seen??;
        for (what, count) in seen.answers {
            *load.answers.entry(what).or_default() += count;
        }
        load.latencies.add(&seen.latencies);
    }
    load.seconds = (clock::instant() - start).as_secs_f64();
    Ok(load)
}

async fn one_connection(mut connection: Connection, shared: &Shared, start: Instant) -> Result<Seen, ClientError> {
    let mut seen = Seen { answers: BTreeMap::new(), latencies: Latencies::new() };
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let asked = clock::instant();
        let is_over = match shared.until {
            Until::Elapsed(duration) => asked - start >= duration,
            Until::Requests(requests) => number >= requests,
        };
        if is_over {
            return Ok(seen);
        }
        let answer = connection.send((shared.make)(number)).await?;
        seen.latencies.record(clock::instant() - asked);
        *seen.answers.entry(meaning(&answer)).or_default() += 1;
    }
}

fn meaning(answer: &Answer) -> String {
    match answer.status {
        StatusCode::CREATED => CREATED.to_owned(),
        status if status.is_success() => "ok".to_owned(),
        _ => problem_code(answer),
    }
}

impl Load {
    /// All answers.
    pub(super) fn count(&self) -> u64 {
        self.answers.values().sum()
    }

    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn per_second(&self) -> f64 {
        self.count() as f64 / self.seconds
    }

    /// Sees to it that every answer is `expected`, for else something other is measured than was meant.
    ///
    /// # Errors
    /// If one is not.
    pub(super) fn only(self, expected: &str) -> anyhow::Result<Load> {
        if self.answers.keys().any(|answer| answer != expected) || self.answers.is_empty() {
            bail!("every answer should have been {expected}, but they were {:?}", self.answers);
        }
        Ok(self)
    }
}
