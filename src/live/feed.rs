//! One event that is followed: a task that reads its newest state whenever it may be another, and hands it to all who
//! follow. Those outside are told at most every half second. For those inside it reads sooner, and the responses too.
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
use super::insider::BEHIND_MAX;
use super::responses::{Latest, Responses};
use crate::clock;
use crate::store::StoreError;

/// The least time between two updates of an event for those outside: at most two a second.
const UPDATE_EVERY: Duration = Duration::from_millis(500);
/// How much longer it is where so many follow that telling them would take the processors from those who sign up: this for
/// each of them, so 12,500 messages a second at most, and 10,000 are told every 800 ms.
const UPDATE_EACH: Duration = Duration::from_micros(80);
/// The least time between two looks at an event that somebody follows from inside.
const READ_EVERY: Duration = Duration::from_millis(100);
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

    /// Whether it is another state than the one that somebody knows as of this seq: what time alone has changed since has
    /// the same.
    pub fn is_news_to(&self, seq: Seq) -> bool {
        seq != self.view.seq || self.view.moments().any(|moment| moment <= clock::now())
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

/// Where a feed reads.
pub trait Source: Send + Sync + 'static {
    /// The event as it is now; none: it is gone.
    fn view(&self) -> impl Future<Output = Result<Option<EventView>, StoreError>> + Send;

    /// The responses after `after`, up to what `view` shows; perhaps not all of them at once.
    fn responses(&self, view: &EventView, after: Seq) -> impl Future<Output = Result<Responses, StoreError>> + Send;
}

/// One event that is followed.
pub(super) struct Feed {
    event: EventId,
    /// What those outside are told.
    public: watch::Sender<Arc<Update>>,
    /// What was read last, which those inside are told.
    newest: watch::Sender<Arc<Update>>,
    responses: Arc<Latest>,
    changed: Notify,
    ended: Notify,
}

impl Feed {
    pub(super) fn new(view: EventView) -> Feed {
        let (event, update) = (view.id, Update::of(view));
        let (public, newest) = (watch::Sender::new(Arc::clone(&update)), watch::Sender::new(update));
        Feed { event, public, newest, responses: Arc::default(), changed: Notify::new(), ended: Notify::new() }
    }

    pub(super) fn event(&self) -> EventId {
        self.event
    }

    /// The seq that was read last.
    pub(super) fn seq(&self) -> Seq {
        self.newest.borrow().view.seq
    }

    /// The latest responses, kept while there is somebody inside.
    pub(super) fn responses(&self) -> Arc<Latest> {
        Arc::clone(&self.responses)
    }

    /// One more follower, who has seen `view`.
    pub(super) fn follow(&self, view: EventView, place: OwnedSemaphorePermit) -> Follower {
        let (updates, told) = self.begin(&self.public, view);
        Follower { updates, told, _place: place }
    }

    /// One more who follows from inside, and has seen `view`: what they are told, and what they begin with.
    pub(super) fn enter(&self, view: EventView) -> (watch::Receiver<Arc<Update>>, Arc<Update>) {
        if self.newest.is_closed() {
            self.responses.begin(self.seq());
        }
        self.begin(&self.newest, view)
    }

    fn begin(&self, told: &watch::Sender<Arc<Update>>, view: EventView) -> (watch::Receiver<Arc<Update>>, Arc<Update>) {
        let mut updates = told.subscribe();
        let newest = Arc::clone(&updates.borrow_and_update());
        if newest.view.seq >= view.seq {
            return (updates, newest);
        }
        self.wake();
        (updates, Update::of(view))
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
        self.public.receiver_count() + self.newest.receiver_count() > 0
    }

    /// Tells what `source` reads until nobody follows any more.
    pub(super) async fn run(self: Arc<Feed>, live: Live, source: impl Source) {
        let (mut read_from, mut tell_from, mut read_at) = (Instant::now(), Instant::now(), Millis(0));
        loop {
            tokio::select! {
                () = self.ended.notified() => return,
                () = self.unfollowed() => {
                    if live.forget_if_unfollowed(&self) {
                        return;
                    }
                    // Somebody came just now. What was heard while this was looked at is looked for once more.
                    self.wake();
                    continue;
                }
                () = self.due(read_from, read_at) => {}
                () = sleep_until(tell_from), if self.is_public_behind() => {
                    self.tell_public();
                    tell_from = Instant::now() + self.pause();
                    continue;
                }
            }
            read_at = clock::now();
            match self.read(&source).await {
                // It was deleted. Or it is older than what was told: the database is another one, and those who come back
                // are told that what they know is not so.
                Ok(Read::Gone) => return live.forget(&self),
                Ok(Read::Told) => {}
                Err(error) => {
                    tracing::debug!(%error, event = %self.event, "an event that is followed could not be read");
                    self.wake();
                }
            }
            let now = Instant::now();
            if self.is_public_behind() && tell_from <= now {
                self.tell_public();
                tell_from = now + self.pause();
            }
            read_from = if self.newest.is_closed() { tell_from.max(now + READ_EVERY) } else { now + READ_EVERY };
        }
    }

    /// Reads the newest state, for those inside with the responses up to it, and tells them.
    async fn read(&self, source: &impl Source) -> Result<Read, StoreError> {
        let Some(view) = source.view().await? else { return Ok(Read::Gone) };
        if view.seq < self.seq() {
            return Ok(Read::Gone);
        }
        if !self.newest.is_closed() {
            self.read_responses(source, &view).await?;
        }
        self.newest.send_if_modified(|newest| {
            let is_new = newest.view != view;
            if is_new {
                *newest = Update::of(view);
            }
            is_new
        });
        Ok(Read::Told)
    }

    async fn read_responses(&self, source: &impl Source, view: &EventView) -> Result<(), StoreError> {
        if view.seq.0.saturating_sub(self.responses.through().0) > BEHIND_MAX {
            self.responses.begin(view.seq);
        }
        while self.responses.through() < view.seq {
            let new = source.responses(view, self.responses.through()).await?;
            self.responses.add(new);
        }
        Ok(())
    }

    /// Resolves when nobody follows.
    async fn unfollowed(&self) {
        self.public.closed().await;
        self.newest.closed().await;
    }

    /// Resolves when the event may be read again, and may be another than at `read_at`. Nothing is missed if it is dropped:
    /// that something changed is taken note of at the very end.
    async fn due(&self, not_before: Instant, read_at: Millis) {
        sleep_until(not_before).await;
        let next = self.newest.borrow().view.moments().filter(|moment| *moment > read_at).min();
        tokio::select! {
            () = self.changed.notified() => {}
            () = until(next) => {}
        }
    }

    fn is_public_behind(&self) -> bool {
        !Arc::ptr_eq(&self.public.borrow(), &self.newest.borrow())
    }

    /// How long those outside wait for the next update.
    fn pause(&self) -> Duration {
        let followers = u32::try_from(self.public.receiver_count()).unwrap_or(u32::MAX);
        UPDATE_EVERY.max(UPDATE_EACH.saturating_mul(followers))
    }

    fn tell_public(&self) {
        self.public.send_replace(Arc::clone(&self.newest.borrow()));
    }
}

/// What came of reading an event.
enum Read {
    /// It is there, and those inside are told.
    Told,
    /// What was told is no longer so.
    Gone,
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
