//! Stores whose clock a test sets forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headcount::store::script::{Ran, Script};
use headcount::store::{Store, StoreError};
use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;

use crate::database::TestedStore;

/// How much later it is than the clock says, for every store that this stands around.
#[derive(Clone, Default)]
pub(crate) struct Later(Arc<AtomicI64>);

/// A real store that decides as if it were later.
pub(crate) struct Ahead {
    inner: TestedStore,
    later: Later,
}

impl Later {
    pub(crate) fn around(self, inner: TestedStore) -> Ahead {
        Ahead { inner, later: self }
    }

    /// From now on it is so many milliseconds later than the clock says.
    pub(crate) fn set_forward(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }
}

impl Store for Ahead {
    const EVENTS_PER_BATCH: usize = TestedStore::EVENTS_PER_BATCH;

    async fn ready(&mut self) -> Result<(), StoreError> {
        self.inner.ready().await
    }

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        mut decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        let later = self.later.0.load(Ordering::Relaxed);
        self.inner.transact(needs, |set, now| decide(set, Millis(now.0 + later))).await
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        self.inner.run(script).await
    }

    async fn probe(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.probe(now).await
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.tidy(now).await
    }
}
