//! Scripts that wait for a worker. They belong to no event, so they have one queue of their own.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::{Lanes, Rejected};
use crate::store::script::{Ran, Script};
use crate::store::{Store, StoreError};

/// Scripts that may wait; the next one is told `busy` at once.
const SCRIPTS_MAX: usize = 4_096;
/// Scripts that a worker runs before it looks at the lanes again.
const SCRIPTS_AT_ONCE: usize = 8;

/// Where what came of a script goes.
type Told = oneshot::Sender<Result<Ran, Rejected>>;

/// A script that waits.
pub(super) struct Waiting {
    number: u64,
    script: Script,
    told: Told,
}

/// The queue.
#[derive(Default)]
pub(super) struct Scripts {
    waiting: VecDeque<Waiting>,
    last_number: u64,
}

impl Scripts {
    /// Puts a script at the end; none if there is no room.
    pub(super) fn push(&mut self, script: Script) -> Option<(u64, oneshot::Receiver<Result<Ran, Rejected>>)> {
        if self.waiting.len() >= SCRIPTS_MAX {
            return None;
        }
        self.last_number += 1;
        let (told, answer) = oneshot::channel();
        self.waiting.push_back(Waiting { number: self.last_number, script, told });
        Some((self.last_number, answer))
    }

    /// Takes a script out, if no worker has taken it.
    pub(super) fn withdraw(&mut self, number: u64) -> bool {
        let place = self.waiting.iter().position(|waiting| waiting.number == number);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }

    /// What a worker runs next.
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        let count = self.waiting.len().min(SCRIPTS_AT_ONCE);
        self.waiting.drain(..count).collect()
    }

    /// Whether one waits.
    pub(super) fn has_work(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Everybody who waits, for an answer without having it run.
    pub(super) fn take_all(&mut self) -> Vec<Waiting> {
        self.waiting.drain(..).collect()
    }
}

impl Waiting {
    /// Nothing of it was run.
    pub(super) fn refuse(self) {
        // Whoever asked may be gone.
        let _gone = self.told.send(Err(Rejected::Unavailable));
    }
}

impl Lanes {
    /// Runs scripts, each in a transaction of its own.
    pub(super) async fn run_all<S: Store>(&self, store: &mut S, scripts: Vec<Waiting>) {
        for waiting in scripts {
            if self.has_failed() {
                waiting.refuse();
                continue;
            }
            let ran = store.run(&waiting.script).await.map_err(|error| self.script_failed(&error));
            if ran == Ok(Ran::Done) && waiting.script.is_mailed() {
                self.0.mail.notify_one();
            }
            let _gone = waiting.told.send(ran);
        }
    }

    fn script_failed(&self, error: &StoreError) -> Rejected {
        tracing::error!(%error, "a script was not run");
        match error {
            StoreError::Refused(_) => Rejected::Internal,
            error => self.failed_by(error),
        }
    }
}
