//! The store of one worker: the world, entered step by step, so that anything may happen between two.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use headcount_core::command::Needs;
use headcount_core::ids::{EventId, Millis};
use headcount_core::working_set::WorkingSet;
use headcount_simulation::memory::outline;
use headcount_simulation::plan::Database;
use headcount_simulation::plant::Plant;
use headcount_simulation::world::{Committed, Goes, Lock, Session, Step};

use super::Stage;
use crate::store::script::{Ran, Script};
use crate::store::{Store, StoreError};

/// A writer of the world, for transactions of at most so many events.
pub(super) struct SimulatedStore<const EVENTS: usize> {
    pub(super) stage: Stage,
    pub(super) node: usize,
    pub(super) life: u32,
}

/// A transaction. Dropped, it ends, and its locks are given back.
struct Open {
    stage: Stage,
    session: Session,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.stage.world().ended(self.session, self.stage.elapsed_ms());
        self.stage.0.unlocked.notify_waiters();
    }
}

impl Open {
    async fn step(&self, step: Step) {
        let goes = self.stage.world().step(self.session, step, self.stage.elapsed_ms());
        match goes {
            Goes::On(0) => {}
            Goes::On(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Goes::Down => self.stage.crash(self.session.node),
        }
        if !self.stage.world().is_alive(self.session) {
            // It will be dropped.
            pending::<()>().await;
        }
    }

    async fn lock(&self, event: EventId) -> Result<(), StoreError> {
        let since = self.stage.elapsed_ms();
        loop {
            let unlocked = self.stage.0.unlocked.notified();
            let now = self.stage.elapsed_ms();
            let got = self.stage.world().lock(self.session, event, now - since, now);
            match got {
                Lock::Got => return Ok(()),
                Lock::TimedOut => return Err(StoreError::Busy("a lock".into())),
                // Looked at again even if nobody gives it back.
                Lock::Wait => drop(tokio::time::timeout(Duration::from_millis(500), unlocked).await),
            }
        }
    }
}

impl<const EVENTS: usize> SimulatedStore<EVENTS> {
    fn unknown(&self) -> StoreError {
        let world = self.stage.world();
        match world.plan.database {
            Database::OneWriter if !world.has(Plant::GoesOnAfterUnknown) => {
                StoreError::CommitUnknown("the answer was lost".into())
            }
            _ => StoreError::CommitUnresolved("the answer was lost".into()),
        }
    }

    /// A panic in there is found.
    fn commit(&self, session: Session, loaded: WorkingSet, set: WorkingSet, now: Millis) -> Committed {
        let mut world = self.stage.world();
        let committed = catch_unwind(AssertUnwindSafe(|| world.commit(session, loaded, set, now)));
        committed.unwrap_or_else(|_| {
            world.judge.complain("a commit that cannot be");
            Committed::Failed
        })
    }

    /// Answers first, and commits when it comes to it.
    fn commit_later(&self, session: Session, loaded: WorkingSet, set: WorkingSet, now: Millis) {
        let later = SimulatedStore::<EVENTS> { stage: self.stage.clone(), node: self.node, life: self.life };
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            later.commit(session, loaded, set, now);
        });
    }

    async fn once<T: Send>(
        &self,
        needs: &Needs,
        decide: &mut (impl FnMut(&mut WorkingSet, Millis) -> T + Send),
    ) -> Result<(T, Committed), StoreError> {
        let begun = self.stage.world().begin(self.node, self.life);
        let session = begun.ok_or_else(|| StoreError::Unavailable("the store is away".into()))?;
        let open = Open { stage: self.stage.clone(), session };
        open.step(Step::Begin).await;
        let looks_first = self.stage.world().has(Plant::CheckBeforeLock);
        let seen_before = looks_first.then(|| self.stage.world().load(needs));
        for event in needs.events.keys() {
            open.lock(*event).await?;
        }
        let (mut set, now) = {
            let mut world = self.stage.world();
            let now = world.now(self.stage.elapsed_ms());
            (seen_before.unwrap_or_else(|| world.load(needs)), now)
        };
        let loaded = outline(&set);
        let value = decide(&mut set, now);
        if set.is_unchanged() {
            return Ok((value, Committed::Done));
        }
        if self.stage.world().has(Plant::AnswerBeforeCommit) {
            self.commit_later(session, loaded, set, now);
            return Ok((value, Committed::Done));
        }
        open.step(Step::Decided).await;
        let committed = self.commit(session, loaded, set, now);
        self.stage.world().close(session);
        self.stage.0.unlocked.notify_waiters();
        open.step(Step::Committed).await;
        Ok((value, committed))
    }
}

impl<const EVENTS: usize> Store for SimulatedStore<EVENTS> {
    const EVENTS_PER_BATCH: usize = EVENTS;

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        mut decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        let (mut value, mut committed) = self.once(needs, &mut decide).await?;
        if committed == Committed::Unknown && self.stage.world().has(Plant::RetriesUnknown) {
            (value, committed) = self.once(needs, &mut decide).await?;
        }
        match committed {
            Committed::Done => Ok(value),
            Committed::Failed => Err(StoreError::Unavailable("nothing was written".into())),
            Committed::Unknown => Err(self.unknown()),
        }
    }

    async fn run(&mut self, _: &Script) -> Result<Ran, StoreError> {
        Err(StoreError::Unavailable("nothing is simulated but events".into()))
    }

    async fn probe(&mut self, _: Millis) -> Result<(), StoreError> {
        Ok(())
    }

    async fn tidy(&mut self, _: Millis) -> Result<(), StoreError> {
        Ok(())
    }
}
