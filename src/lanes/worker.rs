//! The worker: take, load, decide, commit, tell, answer.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headcount_core::command::{Action, Command, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome};
use headcount_core::ids::{EventId, Millis};
use headcount_core::notice::Due;
use headcount_core::working_set::{EventState, WorkingSet};
use tokio::task::JoinSet;

use super::openings::{self, Said};
use super::queues::Ticket;
use super::scripts::Waiting;
use super::{Answer, Lanes, News, Rejected};
use crate::clock;
use crate::store::{Store, StoreError};

/// How long a worker waits for work before it tidies up, and how long it works before it does so all the same.
const TIDY_EVERY: Duration = Duration::from_secs(1);

/// How long a worker whose store is not ready waits before it asks again.
const READY_EVERY: Duration = Duration::from_millis(250);

/// A worker whose store is ready, as long as this is there.
struct Able<'a>(&'a AtomicUsize);

impl Able<'_> {
    fn begin(workers: &AtomicUsize) -> Able<'_> {
        workers.fetch_add(1, Ordering::SeqCst);
        Able(workers)
    }
}

impl Drop for Able<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What came of a batch, or why nothing did.
enum Decided {
    Committed(Vec<Decision>, Mail),
    /// A bug of ours: the batch must be decided command by command to find the guilty one.
    Broken(String),
    Failed(StoreError),
}

impl Lanes {
    /// Has a worker for each store work on the runtime of the caller, until all have ended. If this is dropped, they end
    /// where they stand, as in a crash.
    pub async fn work_on<S: Store>(self, stores: Vec<S>) {
        let mut workers: JoinSet<()> = stores.into_iter().map(|store| self.clone().work(store)).collect();
        while let Some(worker) = workers.join_next().await {
            if let Err(error) = worker {
                tracing::error!(%error, "a worker ended in a panic");
            }
        }
    }

    /// Works until the lanes are stopped and empty, or a commit has an unknown outcome.
    async fn work<S: Store>(self, mut store: S) {
        // The time of the runtime, as all waiting here.
        let mut tidied = tokio::time::Instant::now();
        let mut able = None;
        let mut is_told = false;
        loop {
            match store.ready().await {
                Ok(()) => is_told = false,
                Err(error) => {
                    able = None;
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::error!(%error, "a worker cannot work; it goes on trying");
                    }
                    if self.is_over_without_store(&error) {
                        return;
                    }
                    tokio::time::sleep(READY_EVERY).await;
                    continue;
                }
            }
            able.get_or_insert_with(|| Able::begin(&self.0.workers_able));
            let taken = tokio::time::timeout(TIDY_EVERY, self.take(S::EVENTS_PER_BATCH)).await;
            match taken {
                Ok(None) => return,
                Ok(Some((batch, scripts))) => {
                    if !batch.is_empty() {
                        self.serve(&mut store, batch).await;
                    }
                    self.run_all(&mut store, scripts).await;
                }
                Err(_) => {}
            }
            if !self.has_failed() && tidied.elapsed() >= TIDY_EVERY {
                self.tidy(&mut store).await;
                tidied = tokio::time::Instant::now();
            }
            if self.has_failed() {
                return self.refuse_all();
            }
        }
    }

    /// What it means that a worker's store is not ready; whether the worker is to end. As long as others can work, what
    /// waits is theirs. If none can, the storage is away, and at the end those who wait would never be decided.
    fn is_over_without_store(&self, error: &StoreError) -> bool {
        let is_last = self.0.workers_able.load(Ordering::SeqCst) == 0;
        if is_last {
            self.failed_by(error);
        }
        let is_over = self.has_failed() || self.queues().is_stopping();
        if is_over && is_last {
            self.refuse_all();
        }
        is_over
    }

    /// Waits for commands and scripts and takes them; none when the lanes are stopped and empty.
    async fn take(&self, events_max: usize) -> Option<(Vec<Ticket>, Vec<Waiting>)> {
        loop {
            let notified = self.0.work.notified();
            {
                let mut queues = self.queues();
                let batch = queues.take(events_max);
                let mut waiting = self.scripts();
                let scripts = waiting.take();
                if queues.has_turn() || waiting.has_work() {
                    // Whoever woke this one may have meant more than it takes.
                    self.0.work.notify_one();
                }
                if !batch.is_empty() || !scripts.is_empty() {
                    return Some((batch, scripts));
                }
                if queues.is_stopping() {
                    return None;
                }
            }
            notified.await;
        }
    }

    async fn serve<S: Store>(&self, store: &mut S, batch: Vec<Ticket>) {
        // What has no number is internal, or was counted when it was taken for the first time.
        let counted = batch.iter().filter(|ticket| ticket.number.is_some());
        self.meter().taken(clock::instant(), counted.map(|ticket| (ticket.command.event, ticket.since)));
        let watched: Vec<Option<Instant>> =
            batch.iter().map(|ticket| openings::is_watched(&ticket.command).then_some(ticket.since)).collect();
        let (commands, answers): (Vec<Command>, Vec<Option<Answer>>) =
            batch.into_iter().map(|ticket| (ticket.command, ticket.answer)).unzip();
        let events: BTreeSet<EventId> = commands.iter().map(|command| command.event).collect();
        let results = self.decide_all(store, &commands).await;
        self.note_openings(&commands, &watched, &results);
        let mut unsettled: BTreeSet<EventId> = commands
            .iter()
            .zip(&results)
            .filter(|(_, result)| result.unsettled)
            .map(|(command, _)| command.event)
            .collect();
        let (mut told, mut postponed) = (Vec::with_capacity(results.len()), Vec::new());
        for ((command, answer), result) in commands.into_iter().zip(answers).zip(results) {
            match result.answer {
                Err(Rejected::Unavailable) if matches!(command.action, Action::Settle) => {
                    self.settle_later(command.event);
                }
                Err(Rejected::Busy | Rejected::Unknown) if matches!(command.action, Action::Settle) => {
                    unsettled.insert(command.event);
                }
                // Here every `Postponed` ends: it goes back to its lane, so nobody is ever told.
                Ok(Outcome::Postponed) => postponed.push((command, answer)),
                result => told.extend(answer.map(|answer| (answer, result))),
            }
        }
        {
            let mut queues = self.queues();
            queues.put_back(postponed);
            for event in unsettled {
                queues.push_settle(event);
            }
            queues.give_back(events.into_iter());
        }
        for (answer, result) in told {
            // Whoever asked may have gone; what was decided stands.
            let _gone = answer.send(result);
        }
    }

    /// Notes how those were answered who signed up, each waiting since the time given.
    fn note_openings(&self, commands: &[Command], watched: &[Option<Instant>], results: &[Answered]) {
        let now = (clock::instant(), clock::now());
        let mut openings = self.openings();
        for ((command, since), result) in commands.iter().zip(watched).zip(results) {
            if let (Some(since), Some(said)) = (since, Said::of(&result.answer)) {
                openings.answered(command.event, *since, now, said);
            }
        }
    }

    /// One result per command, in the same order; those that were postponed are to be put back. Nothing of it has been
    /// told to anybody yet.
    async fn decide_all<S: Store>(&self, store: &mut S, commands: &[Command]) -> Vec<Answered> {
        match decide_together(store, commands, self.0.news).await {
            Decided::Committed(decisions, mail) => {
                if decisions.iter().any(|decision| !decision.entries.is_empty()) {
                    // A batch of refusals may have written nothing, and says nothing about the disk.
                    self.storage_works(true);
                }
                let changed = changed(commands, &decisions);
                self.0.untold.committed(&changed);
                self.0.live.changed(&changed);
                if mail == Mail::Written {
                    self.0.mail.notify_one();
                }
                decisions.into_iter().map(Answered::by).collect()
            }
            Decided::Failed(error) => self.failed_all(&error, commands.len()),
            Decided::Broken(cause) if commands.len() == 1 => {
                let Command { event, actor, action, .. } = &commands[0];
                tracing::error!(%event, ?actor, command = action.name(), cause, "a command broke an invariant; it was not done");
                vec![Answered::without(Rejected::Internal)]
            }
            Decided::Broken(_) => self.decide_each(store, commands).await,
        }
    }

    /// Each command in a transaction of its own, so that a broken one spares its neighbours. As within a batch, those
    /// that follow an unsettled decision of their event are postponed.
    async fn decide_each<S: Store>(&self, store: &mut S, commands: &[Command]) -> Vec<Answered> {
        let mut results = Vec::with_capacity(commands.len());
        let mut unsettled = BTreeSet::new();
        for command in commands {
            let mut answered = if self.has_failed() {
                vec![Answered::without(Rejected::Unavailable)]
            } else if unsettled.contains(&command.event) {
                vec![Answered::postponed()]
            } else {
                Box::pin(self.decide_all(store, std::slice::from_ref(command))).await
            };
            if answered.iter().any(|one| one.unsettled) {
                unsettled.insert(command.event);
            }
            results.append(&mut answered);
        }
        results
    }

    fn failed_all(&self, error: &StoreError, count: usize) -> Vec<Answered> {
        tracing::error!(%error, commands = count, "a batch was not committed");
        let rejected = self.failed_by(error);
        (0..count).map(|_| Answered::without(rejected)).collect()
    }

    /// What a failure of the storage means for those who wait, and for the process.
    pub(super) fn failed_by(&self, error: &StoreError) -> Rejected {
        match error {
            StoreError::Busy(_) => return Rejected::Busy,
            StoreError::PartAway(_) => return Rejected::Unavailable,
            _ => self.storage_works(false),
        }
        match error {
            StoreError::CommitUnresolved(_) => Rejected::Unknown,
            StoreError::CommitUnknown(_) => {
                self.0.failed.store(true, Ordering::Release);
                self.0.failure.notify_waiters();
                self.0.failure.notify_one();
                Rejected::Unknown
            }
            _ => Rejected::Unavailable,
        }
    }

    /// After an unknown commit: those who wait were never decided.
    fn refuse_all(&self) {
        let waiting = {
            let mut queues = self.queues();
            queues.stop();
            queues.take_all()
        };
        for answer in waiting.into_iter().filter_map(|ticket| ticket.answer) {
            let _gone = answer.send(Err(Rejected::Unavailable));
        }
        self.scripts().take_all().into_iter().for_each(Waiting::refuse);
    }

    async fn tidy<S: Store>(&self, store: &mut S) {
        if !self.0.storage_works.load(Ordering::Relaxed) {
            match store.probe(clock::now()).await {
                Ok(()) => self.storage_works(true),
                Err(error) => drop(self.failed_by(&error)),
            }
        }
        if self.has_failed() {
            return;
        }
        if let Err(error) = store.tidy(clock::now()).await {
            tracing::warn!(%error, "tidying up failed; it will be tried again");
            self.failed_by(&error);
        }
    }

    fn storage_works(&self, works: bool) {
        if self.0.storage_works.swap(works, Ordering::Relaxed) != works && works {
            tracing::info!("the storage works again");
            std::mem::take(&mut *self.settle_when_it_works()).into_iter().for_each(|event| self.settle(event));
        }
    }

    /// The storage failed while promotion was to go on. Nobody asks for it again, so it must not be forgotten.
    fn settle_later(&self, event: EventId) {
        self.settle_when_it_works().insert(event);
    }

    fn settle_when_it_works(&self) -> MutexGuard<'_, BTreeSet<EventId>> {
        self.0.settle_when_it_works.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something is to be mailed because of a batch. Only a hint: what is missed is found a little later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mail {
    Nothing,
    Written,
}

impl Mail {
    fn of(set: &WorkingSet) -> Mail {
        let is_due = |state: &EventState| state.writes.notices.iter().any(|notice| notice.due == Due::Now);
        if set.events.values().any(is_due) { Mail::Written } else { Mail::Nothing }
    }
}

/// The events that a batch has changed.
fn changed(commands: &[Command], decisions: &[Decision]) -> BTreeSet<EventId> {
    // What is deleted takes its log with it.
    let has_changed =
        |decision: &Decision| !decision.entries.is_empty() || matches!(decision.outcome, Outcome::EventDeleted);
    let decided = commands.iter().zip(decisions);
    decided.filter(|(_, decision)| has_changed(decision)).map(|(command, _)| command.event).collect()
}

/// What one command is told, and whether promotion must go on.
struct Answered {
    answer: Result<Outcome, Rejected>,
    unsettled: bool,
}

impl Answered {
    fn by(decision: Decision) -> Answered {
        Answered { answer: Ok(decision.outcome), unsettled: decision.unsettled }
    }

    fn postponed() -> Answered {
        Answered { answer: Ok(Outcome::Postponed), unsettled: false }
    }

    fn without(rejected: Rejected) -> Answered {
        Answered { answer: Err(rejected), unsettled: false }
    }
}

/// Decides commands in one transaction. A panic in there empties the working set, so that nothing of it is written.
async fn decide_together<S: Store>(store: &mut S, commands: &[Command], news: News) -> Decided {
    let decide = |set: &mut WorkingSet, now: Millis| {
        let decided = catch_unwind(AssertUnwindSafe(|| decide_batch(set, now, commands)));
        if news == News::Untold {
            let writes = set.events.values_mut().map(|state| &mut state.writes);
            writes.for_each(|writes| writes.notices.retain(|notice| !notice.kind.is_news()));
        }
        decided.map(|decisions| (decisions, Mail::of(set))).map_err(|panic| {
            *set = WorkingSet::default();
            panic_text(panic.as_ref())
        })
    };
    match store.transact(&Needs::of(commands), decide).await {
        Ok(Ok((decisions, mail))) => Decided::Committed(decisions, mail),
        Ok(Err(panic)) => Decided::Broken(panic),
        Err(StoreError::Refused(cause)) => Decided::Broken(cause),
        Err(error) => Decided::Failed(error),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}
