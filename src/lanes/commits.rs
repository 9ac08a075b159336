//! Which events were changed by commits here, for one who goes on from there. A hint: what is dropped is found by whoever
//! looks at the logs.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use headcount_core::command::Command;
use headcount_core::decision::Decision;
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
    /// To be called after a commit.
    pub(super) fn committed(&self, commands: &[Command], decisions: &[Decision]) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(events) = events.as_mut() else { return };
        let before = events.len();
        for (command, decision) in commands.iter().zip(decisions) {
            if !decision.entries.is_empty() && events.len() < EVENTS_MAX {
                events.insert(command.event);
            }
        }
        if events.len() > before {
            self.news.notify_one();
        }
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
