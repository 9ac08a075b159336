//! What changes at all, for whoever passes on what is told inside to many who do not say which events they follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use headcount_core::ids::EventId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::Live;

/// Commits that are kept for whoever listens; who is further behind must look for themselves.
const COMMITS_MAX: usize = 1_024;

/// What changes from now on, here and, as far as their hints arrive, on other servers.
pub struct Changes(Receiver<Arc<BTreeSet<EventId>>>);

pub(super) fn channel() -> Sender<Arc<BTreeSet<EventId>>> {
    broadcast::channel(COMMITS_MAX).0
}

impl Live {
    /// What changes from now on.
    pub fn changes(&self) -> Changes {
        Changes(self.0.changes.subscribe())
    }

    /// Tells those who listen for changes. Costs a look where nobody does.
    pub(super) fn note_change(&self, events: &BTreeSet<EventId>) {
        if self.0.changes.receiver_count() > 0 {
            // They may just have gone.
            let _nobody = self.0.changes.send(Arc::new(events.clone()));
        }
    }
}

impl Changes {
    /// The events that changed next. None: so much has changed that it is not known what. Nothing is lost if it is dropped
    /// half-way.
    pub async fn next(&mut self) -> Option<Arc<BTreeSet<EventId>>> {
        match self.0.recv().await {
            Ok(events) => Some(events),
            Err(RecvError::Lagged(_)) => None,
            // Nothing will change any more.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
