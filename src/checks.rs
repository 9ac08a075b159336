//! What the server looks after by itself: now and then the counters and capacities of the events that changed, at night
//! everything, as `headcount verify` does. What is found is logged at `error` and told by `/metrics`.
//!
//! Nothing is mended here but by a command: a counter that is out of step is put right by [`Action::Repair`], which a lane
//! decides like any other. What only people can judge (more registrations than places, a changed log) is told again at each
//! check until somebody has seen to it.
//!
//! Several servers on one database check it each; what one has mended, the others find in order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headcount_core::command::{Action, Actor, Command, IfBelow, Mode, Repair};
use headcount_core::decision::Outcome;
use headcount_core::ids::{EventId, Millis};
use jiff::civil::Time;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::clock;
use crate::lanes::Lanes;
use crate::metrics::Counted;
use crate::store::audit::AuditError;
use crate::store::{Database, Readers, StoreError};
use crate::verify::{Mend, Pieces, Recount, Report, recount_events, verify_database_slowly};
use counts::{Counts, RECOUNT, VERIFY};
use pace::Pace;
pub use times::{Every, TimeOfDay};

mod counts;
mod pace;
mod times;

/// Events that are asked for at a time.
const EVENTS_AT_ONCE: u32 = 1_000;
/// How much further back than to the last check it is looked: entries have the time at which they were decided, and are
/// committed a little later, by servers whose clocks differ.
const OVERLAP_MS: i64 = 60_000;
/// In pieces so small that no snapshot is held for long.
const PIECES: Pieces = Pieces { entries: 5_000, rows: 10_000 };
/// How long after one attempt to verify everything the next one begins, and up to when after the first.
const RETRY_AFTER: Duration = Duration::from_mins(10);
const RETRIES_FOR: Duration = Duration::from_hours(1);
/// Findings of an audit that are logged one by one.
const FINDINGS_LOGGED_MAX: usize = 20;
/// The longest that is slept at once: the clock may be set meanwhile.
const NAP_MAX: Duration = Duration::from_secs(30);

/// When it is checked; none: it is not.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Settings {
    /// How often the events that changed are.
    pub every: Option<Duration>,
    /// At what time of day everything is.
    pub verify_at: Option<Time>,
}

/// Checks a database beside the servers on it. Cheap to clone.
#[derive(Clone)]
pub struct Checks(Arc<Inner>);

struct Inner {
    database: Database,
    lanes: Lanes,
    readers: Readers,
    counts: Counts,
    /// Events in which something was found that is not mended yet. Held while a check runs, of which there is one at a time.
    unmended: Mutex<BTreeSet<EventId>>,
}

/// Why a check came to no end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The events could not be listed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They could not be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A bug of ours.
    #[error("the check ended in a panic")]
    Panic,
}

/// What a look at counters and capacities has shown, before anything was mended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Events that were looked at.
    pub events: u64,
    /// Counters that were out of step.
    pub wrong_counters: u64,
    /// Counters that were put right.
    pub repaired: u64,
    /// Places taken beyond what is allowed.
    pub overbooked: u64,
}

impl Checks {
    /// For the database that these lanes and readers are of.
    pub fn new(database: Database, lanes: Lanes, readers: Readers) -> Checks {
        let (counts, unmended) = (Counts::default(), Mutex::default());
        Checks(Arc::new(Inner { database, lanes, readers, counts, unmended }))
    }

    /// What it has found, for `/metrics`.
    pub fn counted(&self) -> Arc<dyn Counted> {
        Arc::new(self.0.counts.clone())
    }

    /// Looks at the events that changed, as often as that, for as long as it is not dropped.
    pub async fn keep_checking(self, every: Duration) {
        // What happened just before the start, nobody may have looked at.
        let mut before = earlier(clock::now(), every);
        self.0.counts.begin(RECOUNT, clock::now());
        loop {
            sleep(every).await;
            let now = clock::now();
            // Where the clock was set back, entries are older than the last look.
            match self.check_changed(earlier(before, Duration::ZERO).min(earlier(now, every))).await {
                Ok(_) => before = now,
                Err(error) => self.failed(RECOUNT, &error),
            }
        }
    }

    /// Verifies everything, each day at that time, for as long as it is not dropped.
    pub async fn keep_verifying(self, at: Time) {
        self.0.counts.begin(VERIFY, clock::now());
        loop {
            let due = times::next(at, clock::now());
            while let Some(left) = times::until(due, clock::now()) {
                sleep(left.min(NAP_MAX)).await;
            }
            self.verify_with_retries().await;
        }
    }

    /// As [`Checks::verify`]; if that comes to no end, it begins anew 10 minutes later, within an hour from the first time:
    /// night is when databases are restarted. Each failure is logged and counted.
    pub async fn verify_with_retries(&self) {
        let until = Instant::now() + RETRIES_FOR;
        while let Err(error) = self.verify().await {
            self.failed(VERIFY, &error);
            if Instant::now() + RETRY_AFTER > until {
                break;
            }
            sleep(RETRY_AFTER).await;
        }
    }

    /// Counts the places of the events anew that changed since then, and of those in which something was left to mend.
    /// Counters that are out of step are put right.
    ///
    /// # Errors
    /// If they cannot be read. That something is wrong is no error, but logged.
    pub async fn check_changed(&self, since: Millis) -> Result<Checked, CheckError> {
        let mut unmended = self.0.unmended.lock().await;
        let mut events = unmended.clone();
        let mut after = EventId(Uuid::nil());
        loop {
            let page = self.0.readers.changed_since(since, after, EVENTS_AT_ONCE).await?;
            let is_last = page.len() < EVENTS_AT_ONCE as usize;
            after = page.last().copied().unwrap_or(after);
            events.extend(page);
            if is_last {
                break;
            }
        }
        let checked = self.check(events, &mut unmended).await?;
        self.0.counts.done(RECOUNT, clock::now());
        Ok(checked)
    }

    /// Verifies everything, in pieces and with pauses; what is found in counters and capacities is dealt with as by
    /// [`Checks::check_changed`].
    ///
    /// # Errors
    /// As [`Checks::check_changed`].
    pub async fn verify(&self) -> Result<Report, CheckError> {
        let mut unmended = self.0.unmended.lock().await;
        let database = self.0.database.clone();
        let report = in_its_own_time(move |pace| verify_database_slowly(PIECES, &database, &|| pace.pause())).await?;
        let open: Vec<_> = report.open().collect();
        for finding in open.iter().take(FINDINGS_LOGGED_MAX) {
            tracing::error!(event = %finding.event, %finding, "verify found something wrong");
        }
        self.0.counts.verified(&report);
        let places = open.iter().filter(|finding| matches!(finding.mend, Mend::Counters | Mend::OverCapacity));
        let events: BTreeSet<EventId> = places.map(|finding| finding.event).chain(unmended.iter().copied()).collect();
        self.check(events, &mut unmended).await?;
        self.0.counts.done(VERIFY, clock::now());
        tracing::info!(events = report.events, entries = report.entries, wrong = open.len(), "verified");
        Ok(report)
    }

    async fn check(&self, events: BTreeSet<EventId>, unmended: &mut BTreeSet<EventId>) -> Result<Checked, CheckError> {
        let (database, events): (Database, Vec<EventId>) = (self.0.database.clone(), events.into_iter().collect());
        let counted = in_its_own_time(move |pace| recount_events(&database, &events, &|| pace.pause())).await?;
        let mut checked = Checked { events: counted.len() as u64, ..Checked::default() };
        let mut left = BTreeSet::new();
        for found in counted.into_iter().filter(|found| found.wrong_counters > 0 || found.overbooked > 0) {
            checked.wrong_counters += found.wrong_counters;
            checked.overbooked += found.overbooked;
            let repaired = self.mend(found).await;
            checked.repaired += repaired;
            if repaired == 0 {
                left.insert(found.event);
            }
        }
        *unmended = left;
        self.0.counts.checked(&checked);
        tracing::info!(events = checked.events, wrong = checked.wrong_counters + checked.overbooked, "checked");
        Ok(checked)
    }

    /// Has a command put right what it can; how many counters it did.
    async fn mend(&self, found: Recount) -> u64 {
        let Recount { event, wrong_counters, overbooked } = found;
        if overbooked > 0 {
            tracing::error!(%event, overbooked, "overbooked: more places are taken than capacity and override allow");
        }
        if wrong_counters == 0 {
            return 0;
        }
        // Whether somebody must go, or may stay, is not for a program to say.
        let action = Action::Repair(Repair { over_capacity: IfBelow::Refuse });
        let command = Command { event, actor: Actor::System, idempotency: None, mode: Mode::Apply, action };
        match self.0.lanes.submit(command).await {
            Ok(Outcome::Repaired(repaired)) => {
                let counters = repaired.counters;
                tracing::error!(%event, wrong_counters, "counter drift: counters were out of step, and were put right");
                u64::from(counters.max(1))
            }
            Ok(Outcome::Refused(refusal)) => {
                let cause = refusal.code();
                tracing::error!(%event, wrong_counters, cause, "counter drift: counters are out of step, and were not put right");
                0
            }
            other => {
                tracing::error!(%event, wrong_counters, ?other, "counter drift: counters are out of step, and were not put right");
                0
            }
        }
    }

    fn failed(&self, kind: &'static str, error: &CheckError) {
        self.0.counts.failed(kind);
        tracing::error!(%error, check = kind, "a check came to no end");
    }
}

fn earlier(now: Millis, by: Duration) -> Millis {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Millis(now.0.saturating_sub(by).saturating_sub(OVERLAP_MS))
}

/// Runs what blocks on a thread where it holds up nobody. It ends soon after nobody waits for it any more.
async fn in_its_own_time<T: Send + 'static>(
    work: impl FnOnce(Pace) -> Result<T, AuditError> + Send + 'static,
) -> Result<T, CheckError> {
    let is_wanted = Arc::new(AtomicBool::new(true));
    let _waiting = Waiting(Arc::clone(&is_wanted));
    let done = tokio::task::spawn_blocking(move || work(Pace::new(is_wanted))).await;
    Ok(done.map_err(|_| CheckError::Panic)??)
}

/// Somebody waits for the work.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
