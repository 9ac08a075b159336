//! The followers: a process of this same program that follows one event many times over and says what it was told.
//!
//! A line of JSON on its input asks for a report on its output; when the input ends, so does it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, watch};
use uuid::Uuid;

use crate::cli::bench::CrowdArgs;
use crate::cli::loadtest::latency::Latencies;
use crate::cli::open_files;
use crate::client::Address;
use crate::clock;
use listener::{Listener, State};

mod listener;

/// Streams that are opened at the same time, so that the server's queue of new connections does not overflow.
const OPENING_MAX: usize = 64;
/// Nobody waits longer than this for the last state.
const STATE_WAIT_MAX: Duration = Duration::from_secs(30);

/// The crowd as the one who started it sees it. Dropped, it is killed.
pub(super) struct Crowd {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What everybody must have been told.
#[derive(Serialize, Deserialize)]
pub(super) struct Expected {
    /// The state that everybody must end with.
    pub(super) state: Value,
    /// Seqs, in order, and when each was decided, in milliseconds.
    pub(super) decided: Vec<(u64, i64)>,
}

/// What they were told.
#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    /// Followers that did not end with the right state.
    pub(super) wrong: u32,
    /// What one of these ended with, or why its stream ended.
    pub(super) example: String,
    /// From a decision until the last follower was told of it or of something newer; half of them took no longer.
    pub(super) p50_ms: f64,
    /// 99 of 100 did not.
    pub(super) p99_ms: f64,
}

impl Crowd {
    /// Starts it and waits until everybody has been told the present state.
    pub(super) async fn start(address: &Address, event: Uuid, followers: u32) -> anyhow::Result<Crowd> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command.args(["bench", "crowd", "--server", &address.to_string(), "--event", &event.to_string()]);
        command.args(["--followers", &followers.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the followers' process")?;
        let input = child.stdin.take().expect("the input is piped");
        let output = BufReader::new(child.stdout.take().expect("the output is piped"));
        let mut crowd = Crowd { child, input, output };
        let _all_there: Value = crowd.read()?;
        Ok(crowd)
    }

    /// Asks what they were told since the last time.
    pub(super) async fn ask(&mut self, expected: &Expected) -> anyhow::Result<Report> {
        writeln!(self.input, "{}", serde_json::to_string(expected)?).context("the followers' process is gone")?;
        self.read()
    }

    fn read<T: for<'de> Deserialize<'de>>(&mut self) -> anyhow::Result<T> {
        let mut line = String::new();
        tokio::task::block_in_place(|| self.output.read_line(&mut line)).context("the followers' process is gone")?;
        if line.is_empty() {
            bail!("the followers' process ended; see above why");
        }
        serde_json::from_str(&line).with_context(|| format!("the followers' process said {line:?}"))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It fails only when the process has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one follower was told.
#[derive(Default)]
struct Told {
    /// Seqs, and when they came, in milliseconds.
    seqs: Vec<(u64, i64)>,
    last: String,
    /// Why it was told nothing more.
    ended: Option<String>,
}

/// A follower as seen from outside.
struct Seat {
    told: Arc<Mutex<Told>>,
    newest: watch::Receiver<u64>,
}

impl Seat {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows and reports until the input ends.
pub(in crate::cli::bench) async fn run(args: CrowdArgs) -> anyhow::Result<()> {
    let CrowdArgs { server, event, followers } = args;
    open_files::raise_limit();
    let address: Address = server.parse().map_err(anyhow::Error::msg)?;
    let target = address.target(&format!("/api/v1/events/{event}/stream"));
    let seats = follow_all(&address, &target, followers).await?;
    say(&Value::Bool(true))?;
    let mut questions = questions();
    while let Some(line) = questions.recv().await {
        let expected: Expected = serde_json::from_str(&line)?;
        say(&report(&seats, &expected).await?)?;
    }
    Ok(())
}

/// The lines of the input.
fn questions() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn say(what: &impl Serialize) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(what)?)?;
    Ok(output.flush()?)
}

/// Everybody follows, and has been told the present state.
async fn follow_all(address: &Address, target: &str, followers: u32) -> anyhow::Result<Vec<Seat>> {
    let turns = Arc::new(Semaphore::new(OPENING_MAX));
    let mut seats = Vec::new();
    for _ in 0..followers {
        let told = Arc::new(Mutex::new(Told::default()));
        let (newest, seen) = watch::channel(0);
        seats.push(Seat { told: Arc::clone(&told), newest: seen });
        let (turns, address, target) = (Arc::clone(&turns), address.clone(), target.to_owned());
        tokio::spawn(async move {
            if let Err(error) = follow(&turns, &address, &target, &told, &newest).await {
                told.lock().unwrap_or_else(PoisonError::into_inner).ended = Some(format!("{error:#}"));
            }
        });
    }
    for seat in &mut seats {
        if seat.newest.wait_for(|seq| *seq > 0).await.is_err() {
            bail!("a follower could not follow: {}", seat.told().ended.take().unwrap_or_default());
        }
    }
    Ok(seats)
}

async fn follow(
    turns: &Semaphore,
    address: &Address,
    target: &str,
    told: &Mutex<Told>,
    newest: &watch::Sender<u64>,
) -> anyhow::Result<()> {
    let turn = turns.acquire().await?;
    let mut listener = Listener::open(address, target).await?;
    drop(turn);
    loop {
        let State { seq, text } = listener.next().await?;
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        told.seqs.push((seq, clock::now().0));
        told.last = text;
        drop(told);
        newest.send_replace(seq);
    }
}

/// Waits until everybody has the state, or for long enough, and says what they were told since the last report.
async fn report(seats: &[Seat], expected: &Expected) -> anyhow::Result<Report> {
    let seq = expected.state["seq"].as_u64().context("the state has a seq")?;
    let all_there = async {
        for seat in seats {
            let mut newest = seat.newest.clone();
            // One whose stream ended stays with what it has.
            let _has_ended = newest.wait_for(|newest| *newest >= seq).await.is_err();
        }
    };
    let _not_in_time = tokio::time::timeout(STATE_WAIT_MAX, all_there).await;
    let mut last_told = vec![i64::MIN; expected.decided.len()];
    let (mut wrong, mut example) = (0, String::new());
    for seat in seats {
        let mut told = seat.told();
        later_of(&mut last_told, &expected.decided, &told.seqs);
        told.seqs.clear();
        if serde_json::from_str::<Value>(&told.last).ok().as_ref() != Some(&expected.state) {
            wrong += 1;
            example = told.ended.clone().unwrap_or_else(|| told.last.clone());
        }
    }
    let mut delays = Latencies::new();
    for ((_, decided), told) in expected.decided.iter().zip(last_told) {
        delays.record(Duration::from_millis(u64::try_from(told.saturating_sub(*decided)).unwrap_or(0)));
    }
    let figures = delays.figures();
    Ok(Report { wrong, example, p50_ms: figures.p50, p99_ms: figures.p99 })
}

/// Moves `last_told` on to when one more follower was told of each seq, or of a later one; never, if it was not.
fn later_of(last_told: &mut [i64], decided: &[(u64, i64)], told: &[(u64, i64)]) {
    let mut told = told.iter().peekable();
    for (last, (seq, _)) in last_told.iter_mut().zip(decided) {
        while told.next_if(|(known, _)| known < seq).is_some() {}
        *last = (*last).max(told.peek().map_or(i64::MAX, |(_, at)| *at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seq_is_told_when_the_last_follower_knows_it_or_a_later_one() {
        let decided = [(5, 100), (6, 110), (7, 120)];
        let mut last_told = vec![i64::MIN; 3];
        later_of(&mut last_told, &decided, &[(4, 90), (6, 130), (7, 140)]);
        assert_eq!(last_told, [130, 130, 140]);
        later_of(&mut last_told, &decided, &[(5, 101), (8, 150)]);
        assert_eq!(last_told, [130, 150, 150]);
        later_of(&mut last_told, &decided, &[(6, 200)]);
        assert_eq!(last_told, [200, 200, i64::MAX], "one was never told");
    }
}
