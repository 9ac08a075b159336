//! What `/metrics` tells of the lanes. A worker counts a batch at a time.

use std::time::Instant;

use headcount_core::command::{Command, Mode};

use super::Lanes;
use super::outcomes::Line;
use crate::metrics::{COMMANDS, Counted, Counter, Family, Histogram, Kind, Labels, Registry, SECONDS, gauge};
use crate::store::StoreError;

/// Why a transaction came to nothing. All are shown from the start, so that the first one is seen as a rise.
const CAUSES: [&str; 8] =
    ["unavailable", "part_away", "busy", "conflict", "commit_unknown", "commit_unresolved", "refused", "broken_rule"];

/// How many of which commands had which outcome.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Labels)]
struct Answered {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Labels)]
struct Failed {
    cause: &'static str,
}

/// Counts as it goes.
pub(super) struct Counts {
    commands: Family<Answered, Counter>,
    command_seconds: Histogram,
    wait_seconds: Histogram,
    batch_commands: Histogram,
    steps: Family<Kind, Histogram, fn() -> Histogram>,
    load: Histogram,
    decide: Histogram,
    commit: Histogram,
    transactions: Counter,
    failed: Family<Failed, Counter>,
}

/// A transaction that is under way: when it began to load, to decide and to write. What has to be done again begins anew.
pub(super) struct Attempt {
    began: Instant,
    times: u64,
    loaded: Option<Instant>,
    decided: Option<Instant>,
}

impl Counts {
    pub(super) fn new() -> Counts {
        let steps: Family<Kind, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let step = |kind| steps.get_or_create_owned(&Kind { kind });
        let (load, decide, commit) = (step("load"), step("decide"), step("commit"));
        let counts = Counts {
            commands: Family::default(),
            command_seconds: Histogram::new(SECONDS),
            wait_seconds: Histogram::new(SECONDS),
            batch_commands: Histogram::new(COMMANDS),
            steps,
            load,
            decide,
            commit,
            transactions: Counter::default(),
            failed: Family::default(),
        };
        CAUSES.iter().for_each(|cause| counts.fail(cause, 0));
        for command in ["sign_up", "respond"] {
            counts.commands.get_or_create(&Answered { command, outcome: "confirmed" }).inc_by(0);
        }
        counts
    }

    /// A worker took a batch, whose commands have waited since the times given.
    pub(super) fn taken(&self, now: Instant, batch: usize, since: impl Iterator<Item = Instant>) {
        self.batch_commands.counted(batch);
        self.wait_seconds.all_took(since.map(|since| now.saturating_duration_since(since)));
    }

    /// These are about to be answered, who have asked at the times given.
    pub(super) fn answered<'a>(&self, now: Instant, lines: impl Iterator<Item = (&'a Line, Instant)> + Clone) {
        let took = lines.clone().map(|(_, since)| now.saturating_duration_since(since));
        self.command_seconds.all_took(took);
        // There are few kinds of answers in a batch, and looking one up in the family takes a lock.
        let mut sums: Vec<(Answered, u64)> = Vec::new();
        for (line, _) in lines {
            let answered = Answered { command: line.command, outcome: line.outcome };
            match sums.iter_mut().find(|(known, _)| *known == answered) {
                Some((_, count)) => *count += 1,
                None => sums.push((answered, 1)),
            }
        }
        for (answered, count) in sums {
            self.commands.get_or_create(&answered).inc_by(count);
        }
    }

    /// A transaction has ended.
    pub(super) fn ended(&self, now: Instant, attempt: &Attempt, failed: Option<&'static str>) {
        let Attempt { began, times, loaded, decided } = attempt;
        self.transactions.inc_by((*times).max(1));
        self.fail("conflict", times.saturating_sub(1));
        if let Some(cause) = failed {
            self.fail(cause, 1);
        }
        if let (Some(loaded), Some(decided)) = (loaded, decided) {
            self.load.took(loaded.saturating_duration_since(*began));
            self.decide.took(decided.saturating_duration_since(*loaded));
            self.commit.took(now.saturating_duration_since(*decided));
        }
    }

    fn fail(&self, cause: &'static str, count: u64) {
        self.failed.get_or_create(&Failed { cause }).inc_by(count);
    }
}

impl Attempt {
    pub(super) fn begin(now: Instant) -> Attempt {
        Attempt { began: now, times: 0, loaded: None, decided: None }
    }

    /// What it needs is loaded.
    pub(super) fn loaded(&mut self, now: Instant) {
        if let Some(decided) = self.decided {
            self.began = decided;
        }
        self.times += 1;
        self.loaded = Some(now);
    }

    /// It is decided, and about to be written.
    pub(super) fn decided(&mut self, now: Instant) {
        self.decided = Some(now);
    }
}

/// The word for a failure of the storage.
pub(super) fn cause_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) | StoreError::BadCursor => "unavailable",
        StoreError::PartAway(_) => "part_away",
        StoreError::Busy(_) => "busy",
        StoreError::CommitUnknown(_) => "commit_unknown",
        StoreError::CommitUnresolved(_) => "commit_unresolved",
        StoreError::Refused(_) => "refused",
    }
}

/// What a command is counted as: one that is only tried does not count as what it would do.
pub(super) fn name_of(command: &Command) -> &'static str {
    if command.mode == Mode::DryRun { "dry_run" } else { command.action.name() }
}

impl Counted for Lanes {
    fn show(&self, registry: &mut Registry) {
        let counts = &self.0.counts;
        let commands = "Commands that were answered, by outcome: a status, done, or the code of a refusal";
        registry.register("commands", commands, counts.commands.clone());
        let seconds = "From the moment a command is asked until it is answered";
        registry.register("command_seconds", seconds, counts.command_seconds.clone());
        let waits = "From the moment a command is asked until a worker takes it";
        registry.register("wait_seconds", waits, counts.wait_seconds.clone());
        registry.register("batch_commands", "Commands decided together", counts.batch_commands.clone());
        registry.register("batch_seconds", "Steps of a batch: load, decide, commit", counts.steps.clone());
        registry.register("transactions", "Batches that were tried to be written", counts.transactions.clone());
        let failed = "Those that were rolled back or failed, by cause";
        registry.register("transactions_failed", failed, counts.failed.clone());
        let (active, depth) = self.queues().depth();
        registry.register("active_lanes", "Events with commands that wait or are being decided", gauge(active));
        registry.register("waiting_commands", "Commands that wait for a worker", gauge(depth));
        let ready = usize::from(self.is_ready());
        registry.register("ready", "1: commands can be expected to be decided", gauge(ready));
        registry.register("followers", "Streams that follow an event", gauge(self.live().followers()));
    }
}
