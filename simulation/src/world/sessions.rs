//! Transactions: what may happen between their steps, their locks, and what comes of their commits.
//!
//! A session is one transaction of one node. It holds the locks of its events from before it loads until it ends; a
//! session whose node stands still for too long is broken, as databases do, and can commit nothing any more.

use std::hash::Hash as _;

use headcount_core::command::Needs;
use headcount_core::ids::{EventId, Millis, Seq};
use headcount_core::working_set::{EventState, WorkingSet};

use super::World;
use crate::plan::Database;
use crate::plant::Plant;
use crate::situations::Situation;

/// How long a session waits for a lock.
const LOCK_MS_MAX: u64 = 2_000;

/// One transaction of one life of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// Which node.
    pub node: usize,
    /// Which of its lives.
    pub life: u32,
    number: u64,
}

/// A step of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Before it asks for its locks.
    Begin,
    /// With its locks, before it commits.
    Decided,
    /// After its commit, before anybody is told.
    Committed,
}

/// How a step goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goes {
    /// On, after so many milliseconds.
    On(u64),
    /// Not on: the node is down.
    Down,
}

/// How it goes with a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    /// It is got.
    Got,
    /// Another session has it.
    Wait,
    /// Another session had it for too long.
    TimedOut,
}

/// What came of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Committed {
    /// It is done.
    Done,
    /// Nothing is written.
    Failed,
    /// It is done or not; whoever asked for it cannot know.
    Unknown,
}

impl World {
    /// Begins a transaction; not, if the store is away.
    pub fn begin(&mut self, node: usize, life: u32) -> Option<Session> {
        if self.strikes(|faults| faults.begin) {
            self.situations.saw(Situation::BeginFailed);
            return None;
        }
        self.last_session += 1;
        let session = Session { node, life, number: self.last_session };
        if self.is_alive(session) {
            self.nodes[node].sessions += 1;
        }
        Some(session)
    }

    /// Goes a step further, `elapsed_ms` after the beginning of the run.
    pub fn step(&mut self, session: Session, step: Step, elapsed_ms: u64) -> Goes {
        if !self.is_alive(session) {
            return Goes::Down;
        }
        if self.strikes(|faults| faults.crash) {
            self.situations.saw(match step {
                Step::Begin => Situation::CrashBeforeLoad,
                Step::Decided => Situation::CrashBeforeCommit,
                Step::Committed => Situation::CrashBeforeAnswer,
            });
            self.end(session.node);
            return Goes::Down;
        }
        if self.strikes(|faults| faults.pause) {
            let still = elapsed_ms + self.wait_ms(self.plan.faults.pause_ms_max);
            self.nodes[session.node].stands_still_until = still;
            let has_lock = self.locks.values().any(|holder| *holder == session);
            self.situations.saw_if(Situation::PausedHoldingLock, has_lock);
        }
        let still = self.nodes[session.node].stands_still_until.saturating_sub(elapsed_ms);
        Goes::On(still.max(self.wait_ms(self.plan.step_ms_max)))
    }

    /// Asks for the lock of an event, having waited for it for so long.
    pub fn lock(&mut self, session: Session, event: EventId, waited_ms: u64, elapsed_ms: u64) -> Lock {
        if self.planted.is(Plant::NoLock) {
            return Lock::Got;
        }
        let Some(holder) = self.locks.get(&event).copied() else {
            self.locks.insert(event, session);
            return Lock::Got;
        };
        self.situations.saw_if(Situation::NodesCompete, holder.node != session.node);
        let stands_still = self.nodes[holder.node].stands_still_until > elapsed_ms;
        if stands_still && waited_ms >= u64::from(self.plan.faults.still_ms_max) {
            self.situations.saw(Situation::SessionBroken);
            self.broken_sessions.insert(holder.number);
            self.close(holder);
            self.locks.insert(event, session);
            return Lock::Got;
        }
        if waited_ms >= LOCK_MS_MAX {
            self.situations.saw(Situation::LockTimeout);
            return Lock::TimedOut;
        }
        Lock::Wait
    }

    /// Whether the node of a session is still in the life of the session.
    pub fn is_alive(&self, session: Session) -> bool {
        self.nodes[session.node].is_up && self.nodes[session.node].life == session.life
    }

    /// Gives back the locks of a session.
    pub fn close(&mut self, session: Session) {
        self.locks.retain(|_, holder| *holder != session);
    }

    /// A session is over.
    pub fn ended(&mut self, session: Session, elapsed_ms: u64) {
        self.close(session);
        if self.is_alive(session) {
            let node = &mut self.nodes[session.node];
            node.sessions -= 1;
            node.idle_since = elapsed_ms;
        }
    }

    /// What a transaction finds.
    pub fn load(&mut self, needs: &Needs) -> WorkingSet {
        self.situations.saw_if(Situation::BatchOfEvents, needs.events.len() > 1);
        let mut set = self.memory.load(needs);
        self.planted.loaded(needs, &self.memory, &mut set);
        set
    }

    /// Commits what a transaction decided at `now` on what it had loaded.
    pub fn commit(&mut self, session: Session, loaded: WorkingSet, mut set: WorkingSet, now: Millis) -> Committed {
        if self.broken_sessions.contains(&session.number) && !self.planted.is(Plant::StaleCommit) {
            self.situations.saw(Situation::StaleCommitRefused);
            return Committed::Failed;
        }
        if self.strikes(|faults| faults.commit) {
            self.situations.saw(Situation::CommitFailed);
            return if self.planted.is(Plant::FailureIsSuccess) { Committed::Done } else { Committed::Failed };
        }
        self.planted.decided(&self.memory, &loaded, &mut set, now);
        if !self.strikes(|faults| faults.unknown) {
            self.write(&loaded, &set, now);
            return Committed::Done;
        }
        let is_done = self.random.one_in(2);
        self.situations.saw(if is_done { Situation::UnknownDone } else { Situation::UnknownNotDone });
        if is_done {
            self.write(&loaded, &set, now);
        } else if self.planted.is(Plant::GoesOnAfterUnknown) && self.plan.database == Database::OneWriter {
            self.on_disk.get_or_insert_with(|| self.memory.clone());
            self.write(&loaded, &set, now);
        }
        if self.planted.is(Plant::UnknownIsFailure) { Committed::Failed } else { Committed::Unknown }
    }

    fn write(&mut self, loaded: &WorkingSet, set: &WorkingSet, now: Millis) {
        self.commits += 1;
        if self.planted.is_sound() {
            self.memory.write(loaded, set);
        } else {
            self.memory.put(set);
        }
        for (id, state) in set.events.iter().filter(|(_, state)| !state.writes.entries.is_empty()) {
            let kept = &self.memory.events[id];
            let is_whole = |state: &EventState| {
                state.roles.keys().all(|role| state.queue.position(*role, Seq(u64::MAX)).is_some())
            };
            // Who does not know the whole queue may have to stop early.
            let is_settled = loaded.events.get(id).is_some_and(is_whole);
            let judged = self.judge.committed(kept, self.commits, now, is_settled);
            self.seen.committed(&mut self.situations, &judged, kept, &state.writes.entries);
            kept.state.event.hash.0.hash(&mut self.trace);
        }
    }
}
