//! What other servers on the same database change. Each says after its commits which events it has changed; that is a hint
//! which may get lost. What is right rests on a look at the seqs of all events that are followed, once a second.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use headcount_core::ids::EventId;
use tokio::time::{sleep, timeout};

use super::Live;
use crate::store::StoreError;
use crate::store::postgres::{Neighbours, Teller};

/// How often the seqs of all events that are followed are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The least time between two messages to the neighbours.
const TELL_EVERY: Duration = Duration::from_millis(50);
/// After how long without news a message without content finds out whether they can still be reached.
const QUIET_MAX: Duration = Duration::from_secs(10);
/// How long to wait before connecting again.
const CONNECT_EVERY: Duration = Duration::from_secs(1);

impl Live {
    /// Tells other servers what is changed here, and followers what is changed there. Never ends.
    pub async fn keep_up_with(self, neighbours: Neighbours) {
        self.hub().untold = Some(Default::default());
        tokio::join!(self.keep_looking(&neighbours), self.keep_talking(&neighbours));
    }

    async fn keep_looking(&self, neighbours: &Neighbours) {
        loop {
            sleep(LOOK_EVERY).await;
            if let Err(error) = self.look(neighbours).await {
                tracing::debug!(%error, "what other servers changed could not be looked for");
            }
        }
    }

    /// Wakes every feed whose event has another seq than its followers know, or is gone.
    async fn look(&self, neighbours: &Neighbours) -> Result<(), StoreError> {
        let followed = self.followed();
        let events: Vec<EventId> = followed.iter().map(|(event, _)| *event).collect();
        let stored: BTreeMap<_, _> = neighbours.seqs(&events).await?.into_iter().collect();
        for (event, known) in followed {
            if stored.get(&event) != Some(&known) {
                self.wake(event);
            }
        }
        Ok(())
    }

    /// Speaks and listens for as long as the connection lasts, then on another.
    async fn keep_talking(&self, neighbours: &Neighbours) {
        loop {
            match neighbours.connect().await {
                Ok((teller, mut heard)) => {
                    let hear = async {
                        while let Some(event) = heard.next().await {
                            self.wake(event);
                            self.note_change(&BTreeSet::from([event]));
                        }
                    };
                    tokio::select! {
                        () = hear => {}
                        error = self.tell_all(&teller) => tracing::debug!(%error, "other servers cannot be told"),
                    }
                }
                Err(error) => tracing::debug!(%error, "other servers cannot be heard"),
            }
            sleep(CONNECT_EVERY).await;
        }
    }

    /// Tells until it fails, and returns why.
    async fn tell_all(&self, teller: &Teller) -> StoreError {
        loop {
            // With nothing to tell, it is asked whether there is still somebody to tell it to.
            let events = timeout(QUIET_MAX, self.untold()).await.unwrap_or_default();
            if let Err(error) = teller.tell(&events).await {
                return error;
            }
            sleep(TELL_EVERY).await;
        }
    }

    /// What the neighbours are to be told, as soon as there is something.
    pub(super) async fn untold(&self) -> Vec<EventId> {
        loop {
            let untold = self.hub().untold.as_mut().map(std::mem::take).unwrap_or_default();
            if !untold.is_empty() {
                return untold.into_iter().collect();
            }
            self.0.news.notified().await;
        }
    }
}
