//! One event that is followed: a task that reads its newest state whenever it may be another, at most every half second,
//! and hands it to all who follow.
//!
//! A follower holds no queue. Who is slow misses states, never the newest, and nobody waits for anybody.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use headcount_core::ids::{EventId, Millis, Seq};
use headcount_core::view::EventView;
use hyper::body::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::Live;
use crate::clock;
use crate::store::StoreError;

/// The least time between two updates of an event: at most two a second.
const UPDATE_EVERY: Duration = Duration::from_millis(500);
/// How often a feed that waits for a moment looks at the clock, which may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What is told of an event: what it looks like at one seq.
#[derive(Debug)]
pub struct Update {
    /// The event.
    pub view: EventView,
    written: OnceLock<Bytes>,
}

impl Update {
    fn of(view: EventView) -> Arc<Update> {
        Arc::new(Update { view, written: OnceLock::new() })
    }

    /// The update as it is sent. Whoever comes first writes it, with the one `write` there is; all others share it.
    pub fn written(&self, write: impl FnOnce(&EventView) -> Bytes) -> Bytes {
        self.written.get_or_init(|| write(&self.view)).clone()
    }
}

/// One who follows an event. It counts as a follower until it is dropped.
pub struct Follower {
    updates: watch::Receiver<Arc<Update>>,
    told: Arc<Update>,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// The update that was told last; at first the one it began with.
    pub fn told(&self) -> &Arc<Update> {
        &self.told
    }

    /// The newest update, as soon as there is another than was told; its seq is never lower. None: the event is gone, or
    /// the server is stopping. Nothing is lost if it is dropped half-way.
    pub async fn next(&mut self) -> Option<Arc<Update>> {
        loop {
            self.updates.changed().await.ok()?;
            let newest = Arc::clone(&self.updates.borrow_and_update());
            // It may have begun with a state that the feed reads only now.
            if newest.view.seq >= self.told.view.seq && newest.view != self.told.view {
                self.told = Arc::clone(&newest);
                return Some(newest);
            }
        }
    }
}

/// One event that is followed.
pub(super) struct Feed {
    event: EventId,
    newest: watch::Sender<Arc<Update>>,
    changed: Notify,
    ended: Notify,
}

impl Feed {
    pub(super) fn new(view: EventView) -> Feed {
        let event = view.id;
        Feed { event, newest: watch::Sender::new(Update::of(view)), changed: Notify::new(), ended: Notify::new() }
    }

    pub(super) fn event(&self) -> EventId {
        self.event
    }

    /// The seq that is known to all who follow.
    pub(super) fn seq(&self) -> Seq {
        self.newest.borrow().view.seq
    }

    /// One more follower, who has seen `view`.
    pub(super) fn follow(&self, view: EventView, place: OwnedSemaphorePermit) -> Follower {
        let mut updates = self.newest.subscribe();
        let newest = Arc::clone(&updates.borrow_and_update());
        let told = if newest.view.seq >= view.seq {
            newest
        } else {
            self.wake();
            Update::of(view)
        };
        Follower { updates, told, _place: place }
    }

    /// The event may have changed.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    /// All who follow come to the end.
    pub(super) fn end(&self) {
        self.ended.notify_one();
    }

    pub(super) fn is_followed(&self) -> bool {
        self.newest.receiver_count() > 0
    }

    /// Tells what `read` reads until nobody follows any more.
    pub(super) async fn run<Reading>(self: Arc<Feed>, live: Live, read: impl Fn() -> Reading)
    where
        Reading: Future<Output = Result<Option<EventView>, StoreError>>,
    {
        let mut not_before = Instant::now();
        loop {
            tokio::select! {
                () = self.ended.notified() => return,
                () = self.newest.closed() => {
                    if live.forget_if_unfollowed(&self) {
                        return;
                    }
                    // Somebody came just now. What was heard while this was looked at is looked for once more.
                    self.wake();
                    continue;
                }
                () = self.due(not_before) => {}
            }
            match read().await {
                Ok(Some(view)) if view.seq >= self.seq() => self.tell(view),
                // It was deleted. Or it is older than what was told: the database is another one, and those who come back
                // are told that what they know is not so.
                Ok(_) => return live.forget(&self),
                Err(error) => {
                    tracing::debug!(%error, event = %self.event, "an event that is followed could not be read");
                    self.wake();
                }
            }
            not_before = Instant::now() + UPDATE_EVERY;
        }
    }

    /// Resolves when there may be something to tell, and it may be told.
    async fn due(&self, not_before: Instant) {
        let now = clock::now();
        let next = self.newest.borrow().view.moments().filter(|moment| *moment > now).min();
        tokio::select! {
            () = self.changed.notified() => {}
            () = until(next) => {}
        }
        sleep_until(not_before).await;
    }

    fn tell(&self, view: EventView) {
        self.newest.send_if_modified(|newest| {
            let is_new = newest.view != view;
            if is_new {
                *newest = Update::of(view);
            }
            is_new
        });
    }
}

/// Resolves when that time has come; never, if it is none.
async fn until(moment: Option<Millis>) {
    let Some(moment) = moment else { return std::future::pending().await };
    loop {
        let left = u64::try_from(moment.0 - clock::now().0).unwrap_or(0);
        if left == 0 {
            return;
        }
        sleep(LOOK_EVERY.min(Duration::from_millis(left))).await;
    }
}
