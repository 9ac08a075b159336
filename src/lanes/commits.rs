//! Which events were changed by commits here, for one who goes on from there. A hint: what is dropped is found by whoever
//! looks at the logs.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use headcount_core::ids::EventId;
use tokio::sync::Notify;

use super::Lanes;

/// Events that are remembered; those beyond are not told of.
const EVENTS_MAX: usize = 10_000;

/// Hears of events that were changed.
pub struct Commits(Lanes);

/// The events that nobody was told of yet; none, as long as nobody wants to hear.
#[derive(Default)]
pub(super) struct Untold {
    events: Mutex<Option<BTreeSet<EventId>>>,
    news: Notify,
}

impl Untold {
    /// To be called after a commit, with the events that it changed.
    pub(super) fn committed(&self, changed: &BTreeSet<EventId>) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(events) = events.as_mut().filter(|_| !changed.is_empty()) else { return };
        let room = EVENTS_MAX.saturating_sub(events.len());
        events.extend(changed.iter().take(room));
        self.news.notify_one();
    }
}

impl Lanes {
    /// Hears of what is committed from now on. One at a time can.
    pub fn commits(&self) -> Commits {
        *self.0.untold.events.lock().unwrap_or_else(PoisonError::into_inner) = Some(BTreeSet::new());
        Commits(self.clone())
    }
}

impl Commits {
    /// The events that were changed since the last time; waits for one.
    pub async fn next(&mut self) -> BTreeSet<EventId> {
        let untold = &self.0.0.untold;
        loop {
            let events = untold.events.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(std::mem::take);
            match events {
                Some(events) if !events.is_empty() => return events,
                _ => untold.news.notified().await,
            }
        }
    }
}
