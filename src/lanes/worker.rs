//! The worker: take, load, decide, commit, tell, answer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headcount_core::command::{Action, Command};
use headcount_core::decision::{Decision, Outcome};
use headcount_core::ids::EventId;
use tokio::task::JoinSet;

use super::openings::{self, Said};
use super::outcomes::{self, Line};
use super::queues::Ticket;
use super::scripts::Waiting;
use super::transaction::{Decided, Mail, decide_together};
use super::{Answer, Lanes, Rejected};
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
        let taken = clock::instant();
        self.meter().taken(taken, counted.clone().map(|ticket| (ticket.command.event, ticket.since)));
        self.0.counts.taken(taken, batch.len(), counted.map(|ticket| ticket.since));
        let (commands, askers): (Vec<Command>, Vec<(Instant, Option<Answer>)>) =
            batch.into_iter().map(|ticket| (ticket.command, (ticket.since, ticket.answer))).unzip();
        let events: BTreeSet<EventId> = commands.iter().map(|command| command.event).collect();
        let results = self.decide_all(store, &commands).await;
        let lines = self.note(&commands, &askers, &results);
        let mut unsettled: BTreeSet<EventId> = commands
            .iter()
            .zip(&results)
            .filter(|(_, result)| result.unsettled)
            .map(|(command, _)| command.event)
            .collect();
        let (mut told, mut postponed) = (Vec::with_capacity(results.len()), Vec::new());
        for ((command, (since, answer)), result) in commands.into_iter().zip(askers).zip(results) {
            match result.answer {
                Err(Rejected::Unavailable) if matches!(command.action, Action::Settle) => {
                    self.settle_later(command.event);
                }
                Err(Rejected::Busy | Rejected::Unknown) if matches!(command.action, Action::Settle) => {
                    unsettled.insert(command.event);
                }
                // Here every `Postponed` ends: it goes back to its lane, so nobody is ever told.
                Ok(Outcome::Postponed) => postponed.push(Ticket { number: None, command, answer, since }),
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
        // Nobody waits for the log.
        lines.iter().for_each(Line::log);
    }

    /// Counts what became of a batch, and returns what is to be logged of it.
    fn note(&self, commands: &[Command], askers: &[(Instant, Option<Answer>)], results: &[Answered]) -> Vec<Line> {
        self.note_openings(commands, askers, results);
        let decided = commands.iter().zip(askers).zip(results);
        let lines: Vec<(Line, Instant)> = decided
            .filter(|(_, result)| !matches!(result.answer, Ok(Outcome::Postponed)))
            .map(|((command, (since, _)), result)| (Line::of(command, &result.answer), *since))
            .collect();
        self.0.counts.answered(clock::instant(), lines.iter().map(|(line, since)| (line, *since)));
        if outcomes::are_logged() { lines.into_iter().map(|(line, _)| line).collect() } else { Vec::new() }
    }

    /// Notes how those were answered who signed up, each waiting since the time given.
    fn note_openings(&self, commands: &[Command], askers: &[(Instant, Option<Answer>)], results: &[Answered]) {
        let now = (clock::instant(), clock::now());
        let mut openings = self.openings();
        for ((command, (since, _)), result) in commands.iter().zip(askers).zip(results) {
            if let Some(said) = Said::of(&result.answer).filter(|_| openings::is_watched(command)) {
                openings.answered(command.event, *since, now, said);
            }
        }
    }

    /// One result per command, in the same order; those that were postponed are to be put back. Nothing of it has been
    /// told to anybody yet.
    async fn decide_all<S: Store>(&self, store: &mut S, commands: &[Command]) -> Vec<Answered> {
        match decide_together(store, commands, self.0.news, &self.0.counts).await {
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
                let command = action.name();
                tracing::error!(%event, ?actor, command, cause, "transaction failed: a command broke an invariant, it was not done");
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
        tracing::error!(cause = %error, commands = count, "transaction failed");
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
