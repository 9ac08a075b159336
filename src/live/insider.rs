//! One who follows an event from inside: each response in order and without a gap, and the newest state after them.

use std::collections::VecDeque;
use std::sync::Arc;

use headcount_core::ids::Seq;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::feed::{Source, Update};
use super::responses::{Latest, Response, Responses};

/// Entries of the log that somebody may be behind; beyond, they are told to begin anew.
pub(super) const BEHIND_MAX: u64 = 10_000;

/// What an insider is told.
#[derive(Debug)]
pub enum Told {
    /// A response.
    Response(Arc<Response>),
    /// The newest state. All responses up to it were told.
    State(Arc<Update>),
    /// Too much was missed: what comes next is the newest state, without the responses up to it.
    Reset,
}

/// From where somebody goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// They know nothing: the present state comes first.
    Present,
    /// They know all up to this entry of the log, and the state there.
    Entry(Seq),
}

/// One who follows an event from inside. It counts as a follower until it is dropped.
pub struct Insider<S> {
    updates: watch::Receiver<Arc<Update>>,
    latest: Arc<Latest>,
    source: S,
    /// What is told next, when all responses up to it were.
    state: Arc<Update>,
    is_told: bool,
    /// Up to which entry of the log responses were taken; those not told yet are in `next`.
    after: Seq,
    next: VecDeque<Arc<Response>>,
    _place: OwnedSemaphorePermit,
}

impl<S: Source> Insider<S> {
    pub(super) fn new(
        latest: Arc<Latest>,
        source: S,
        (updates, state): (watch::Receiver<Arc<Update>>, Arc<Update>),
        from: From,
        place: OwnedSemaphorePermit,
    ) -> Insider<S> {
        let seq = state.view.seq;
        let (after, is_told) = match from {
            From::Present => (seq, false),
            From::Entry(entry) => (entry.min(seq), !state.is_news_to(entry)),
        };
        Insider { updates, latest, source, state, is_told, after, next: VecDeque::new(), _place: place }
    }

    /// The state that is told next or was told last; at first the one it began with.
    pub fn state(&self) -> &Arc<Update> {
        &self.state
    }

    /// What comes next, as soon as there is something. None: the event is gone, the server is stopping, or the storage
    /// cannot be read; who comes back with what they were told last misses nothing. Nothing is lost if it is dropped
    /// half-way.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(response) = self.next.pop_front() {
                return Some(Told::Response(response));
            }
            let seq = self.state.view.seq;
            if self.after < seq {
                if seq.0 - self.after.0 > BEHIND_MAX {
                    self.after = seq;
                    return Some(Told::Reset);
                }
                self.take_up_to(seq).await?;
            } else if !self.is_told {
                self.is_told = true;
                return Some(Told::State(Arc::clone(&self.state)));
            } else {
                self.updates.changed().await.ok()?;
                let newest = Arc::clone(&self.updates.borrow_and_update());
                // It may have begun with a state that the feed reads only now.
                if newest.view.seq >= seq && newest.view != self.state.view {
                    (self.state, self.is_told) = (newest, false);
                }
            }
        }
    }

    /// Takes the next responses: those that the feed has kept, else a page of what is stored.
    async fn take_up_to(&mut self, seq: Seq) -> Option<()> {
        if let Some(responses) = self.latest.between(self.after, seq) {
            (self.next, self.after) = (responses, seq);
            return Some(());
        }
        match self.source.responses(&self.state.view, self.after).await {
            Ok(Responses { responses, through }) => {
                (self.next, self.after) = (responses.into(), through);
                Some(())
            }
            Err(error) => {
                tracing::debug!(%error, event = %self.state.view.id, "responses that somebody missed could not be read");
                None
            }
        }
    }
}
