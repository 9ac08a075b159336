//! Lanes and workers: one queue an event, in which commands wait their turn.
//!
//! A worker takes what waits, has it loaded, decided and committed, and only then answers and tells those who follow. A command that is not taken
//! by its deadline is answered [`Rejected::Busy`] and never decided: it leaves its lane either to a worker or to its
//! deadline, in one step. Whoever asked may be gone by then; the command goes on.
//!
//! Read `queues` for the waiting, `worker` for the deciding, `statistics`, `counts` and `outcomes` for what operators see,
//! `openings` for what organizers see.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use headcount_core::command::{Action, Actor, Command, Mode};
use headcount_core::decision::Outcome;
use headcount_core::ids::EventId;
use tokio::sync::{Notify, oneshot};

use crate::clock;
use crate::live::Live;
use crate::store::Store;
use crate::store::script::{Ran, Script};
pub use commits::Commits;
use commits::Untold;
use counts::Counts;
pub use openings::{OPENING_SECONDS, Opening, OpeningSecond};
use openings::{Openings, Said};
use outcomes::Line;
use queues::{Queues, Turn};
use scripts::Scripts;
use statistics::Meter;
pub use statistics::{Figures, LaneFigures, Statistics};

mod commits;
mod counts;
mod openings;
mod outcomes;
mod queues;
mod scripts;
mod statistics;
mod transaction;
mod worker;

/// Commands that may wait in one lane; the next one is told `busy` at once.
pub const LANE_COMMANDS_MAX: usize = 16_384;
/// Commands that may wait in all lanes together.
pub const ALL_COMMANDS_MAX: usize = 131_072;

/// Why a command has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not taken in time, or the lane is full: nothing happened, try again.
    #[error("busy")]
    Busy,
    /// The storage failed: nothing happened.
    #[error("storage is unavailable")]
    Unavailable,
    /// The storage failed in the commit: it may or may not have happened.
    #[error("the outcome is unknown")]
    Unknown,
    /// A bug of ours: nothing happened.
    #[error("an internal error")]
    Internal,
}

/// The way in: hands commands to the lanes of their events. Cheap to clone.
#[derive(Clone)]
pub struct Lanes(Arc<Shared>);

/// Whether anybody is mailed about what has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    Told,
    Untold,
}

/// The workers of the lanes, on threads of their own.
pub struct Workers(JoinHandle<()>);

struct Shared {
    queues: Mutex<Queues>,
    scripts: Mutex<Scripts>,
    untold: Untold,
    /// Something to take, or stopping.
    work: Notify,
    meter: Mutex<Meter>,
    counts: Counts,
    openings: Mutex<Openings>,
    wait_max: Duration,
    /// How many workers have a store that is ready.
    workers_able: AtomicUsize,
    /// The last write succeeded.
    storage_works: AtomicBool,
    /// Events whose promotion was to go on when the storage failed.
    settle_when_it_works: Mutex<BTreeSet<EventId>>,
    /// A commit has an unknown outcome: nothing is taken any more.
    failed: AtomicBool,
    failure: Notify,
    live: Live,
    /// Something was committed that is to be mailed.
    mail: Notify,
    news: News,
}

impl Lanes {
    /// Lanes without a worker; commands wait at most `wait_max` to be taken.
    pub fn new(wait_max: Duration) -> Lanes {
        Lanes::of(wait_max, News::Told)
    }

    /// The same, where nobody is mailed: of what happens nothing is noted for it but what cannot go on without.
    pub fn without_news(wait_max: Duration) -> Lanes {
        Lanes::of(wait_max, News::Untold)
    }

    fn of(wait_max: Duration, news: News) -> Lanes {
        Lanes(Arc::new(Shared {
            queues: Mutex::default(),
            scripts: Mutex::default(),
            untold: Untold::default(),
            work: Notify::new(),
            meter: Mutex::new(Meter::new(clock::instant())),
            counts: Counts::new(),
            openings: Mutex::default(),
            wait_max,
            workers_able: AtomicUsize::new(0),
            storage_works: AtomicBool::new(true),
            settle_when_it_works: Mutex::default(),
            failed: AtomicBool::new(false),
            failure: Notify::new(),
            live: Live::default(),
            mail: Notify::new(),
            news,
        }))
    }

    /// Starts a worker for each store, on threads of their own. They end when the lanes are stopped and empty.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start_workers<S: Store>(&self, stores: Vec<S>) -> std::io::Result<Workers> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut runtime = match stores.len().min(cores) {
            1 => tokio::runtime::Builder::new_current_thread(),
            threads => {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                runtime.worker_threads(threads).thread_name("headcount-write");
                runtime
            }
        };
        let runtime = runtime.enable_all().build()?;
        let lanes = self.clone();
        let thread = std::thread::Builder::new().name("headcount-writer".into());
        thread.spawn(move || runtime.block_on(lanes.work_on(stores))).map(Workers)
    }

    /// Hands a command to its event's lane and waits for what comes of it. Committed before it is answered. If the one
    /// who waits goes away, the command goes on.
    ///
    /// # Errors
    /// See [`Rejected`].
    pub async fn submit(&self, command: Command) -> Result<Outcome, Rejected> {
        let (event, since) = (command.event, clock::instant());
        let (is_watched, asked) = (openings::is_watched(&command), Line::asked(&command));
        let (sender, mut answer) = oneshot::channel();
        let turned_away = |rejected| self.turned_away(asked, is_watched, since, rejected);
        let number = self.enqueue(command, sender).inspect_err(|rejected| turned_away(*rejected))?;
        match tokio::time::timeout(self.0.wait_max, &mut answer).await {
            Ok(answered) => answered.unwrap_or(Err(Rejected::Internal)),
            Err(_) if self.queues().withdraw(event, number) => {
                self.meter().timed_out();
                turned_away(Rejected::Busy);
                Err(Rejected::Busy)
            }
            Err(_) => answer.await.unwrap_or(Err(Rejected::Internal)),
        }
    }

    /// Notes that somebody who asked then is answered without a decision.
    fn turned_away(&self, asked: Line, is_watched: bool, since: std::time::Instant, rejected: Rejected) {
        let (now, line) = (clock::instant(), asked.rejected(rejected));
        self.0.counts.answered(now, [(&line, since)].into_iter());
        line.log();
        if let Some(said) = Said::of(&Err(rejected)).filter(|_| is_watched) {
            self.openings().answered(line.event, since, (now, clock::now()), said);
        }
    }

    /// Has a worker run a script and waits for what comes of it. Committed before it is answered. If the one who waits
    /// goes away, the script is run all the same.
    ///
    /// # Errors
    /// See [`Rejected`].
    pub async fn run(&self, script: Script) -> Result<Ran, Rejected> {
        if self.has_failed() {
            return Err(Rejected::Unavailable);
        }
        let is_stopping = self.queues().is_stopping();
        let pushed = if is_stopping { None } else { self.scripts().push(script) };
        let (number, mut answer) = pushed.ok_or(Rejected::Busy)?;
        self.0.work.notify_one();
        match tokio::time::timeout(self.0.wait_max, &mut answer).await {
            Ok(answered) => answered.unwrap_or(Err(Rejected::Internal)),
            Err(_) if self.scripts().withdraw(number) => Err(Rejected::Busy),
            Err(_) => answer.await.unwrap_or(Err(Rejected::Internal)),
        }
    }

    /// Has promotion go on where a crash may have stopped it. Nobody waits for it.
    pub fn settle(&self, event: EventId) {
        let turn = self.queues().push_settle(event);
        self.wake_for(turn);
    }

    /// Resolves when something was committed here that is to be mailed, since it was called last. For one who waits.
    pub async fn mail_written(&self) {
        self.0.mail.notified().await;
    }

    /// Those who follow the events that are decided here.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// How the minute went after an event opened here; none: it has not, or it is forgotten.
    pub fn opening(&self, event: EventId) -> Option<Opening> {
        self.openings().of(event)
    }

    /// What operators see.
    pub fn statistics(&self) -> Statistics {
        let (active, depth) = self.queues().depth();
        self.meter().statistics(clock::instant(), active, depth)
    }

    /// Whether commands can be expected to be decided.
    pub fn is_ready(&self) -> bool {
        self.0.storage_works.load(Ordering::Relaxed) && !self.has_failed() && !self.queues().is_stopping()
    }

    /// Resolves when a commit had an unknown outcome. The process must end, so that the truth is read again.
    pub async fn failed(&self) {
        while !self.has_failed() {
            self.0.failure.notified().await;
        }
    }

    /// Whether a commit had an unknown outcome.
    pub fn has_failed(&self) -> bool {
        self.0.failed.load(Ordering::Acquire)
    }

    /// Takes no more commands; workers end when what waits is decided.
    pub fn stop(&self) {
        self.queues().stop();
        self.0.work.notify_waiters();
        self.0.work.notify_one();
    }

    fn enqueue(&self, command: Command, answer: Answer) -> Result<u64, Rejected> {
        if self.has_failed() {
            return Err(Rejected::Unavailable);
        }
        let mut queues = self.queues();
        let pushed = queues.push(command, answer);
        drop(queues);
        match pushed {
            Some((number, turn)) => {
                self.wake_for(turn);
                Ok(number)
            }
            None => {
                self.meter().timed_out();
                Err(Rejected::Busy)
            }
        }
    }

    /// Wakes a worker if a lane has got something to take that nobody is awake for.
    fn wake_for(&self, turn: Turn) {
        if turn == Turn::New {
            self.0.work.notify_one();
        }
    }

    /// Nothing is left half done under this lock, so a panic elsewhere does not make it unusable.
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.0.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn openings(&self) -> MutexGuard<'_, Openings> {
        self.0.openings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.0.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workers {
    /// Waits until the workers have ended. Blocks.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("a worker ended in a panic");
        }
    }
}

/// Where the answer to a command goes.
type Answer = oneshot::Sender<Result<Outcome, Rejected>>;

/// Goes on promoting where the last decision had to stop.
fn settle_command(event: EventId) -> Command {
    Command { event, actor: Actor::System, idempotency: None, mode: Mode::Apply, action: Action::Settle }
}
