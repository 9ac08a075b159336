//! Committed state out to those who follow events.
//!
//! A worker says which events its commit has changed; whoever follows one of them is told its newest state. That state is
//! read from what is stored, as for anybody else who asks. So nothing can be told before its commit, and it makes no
//! difference who changed the event: this server, another one on the same database, or time alone, which opens and closes
//! sign-up.
//!
//! Here is who follows what. Read `feed` for how one event is told, `insider` and `responses` for what those are told who
//! work at it, `neighbours` for what other servers change, `changes` for whoever follows whatever changes, `passes` for how
//! streams end whose right has ended. How an update is written down is the business of those who send it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_core::ids::{EventId, Seq};
use headcount_core::view::EventView;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, watch};

use crate::clock;
use crate::store::{Readers, StoreError};
pub use changes::Changes;
use feed::{Feed, Source};
pub use feed::{Follower, Update};
pub use insider::{From, Insider, Told};
use passes::Passes;
pub use passes::{Admission, Pass};
pub use responses::{Response, Responses, RoleNow};

mod changes;
mod feed;
mod insider;
mod neighbours;
mod passes;
mod responses;

/// Followers of all events together; the next one is refused.
pub const FOLLOWERS_MAX: usize = 20_000;
/// Events that are followed at once to pass on what is told inside.
pub const PASSED_ON_MAX: usize = 2_000;
/// Events that other servers are still to be told of. They find out about more than these by themselves.
const UNTOLD_EVENTS_MAX: usize = 10_000;

/// Who follows which event. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    hub: Mutex<Hub>,
    /// Places for followers, and how many there are in all.
    places: Arc<Semaphore>,
    places_max: usize,
    /// Places for those who pass on what is told inside: no crowd of followers takes these.
    places_to_pass_on: Arc<Semaphore>,
    /// The events that each commit changed.
    changes: broadcast::Sender<Arc<BTreeSet<EventId>>>,
    /// Whether the server is stopping.
    is_stopped: watch::Sender<bool>,
    /// There is something that other servers are to be told of.
    news: Notify,
}

#[derive(Default)]
struct Hub {
    /// One for each event that is followed.
    feeds: HashMap<EventId, Arc<Feed>>,
    /// Events that changed here and that other servers were not told of; none where there are no others.
    untold: Option<BTreeSet<EventId>>,
    /// What was shown for the streams that are open.
    passes: Passes,
}

/// An event as it is stored.
#[derive(Clone)]
pub struct Stored {
    readers: Readers,
    event: EventId,
}

impl Source for Stored {
    async fn view(&self) -> Result<Option<EventView>, StoreError> {
        self.readers.event(self.event, clock::now()).await
    }

    async fn responses(&self, view: &EventView, after: Seq) -> Result<Responses, StoreError> {
        responses::read(&self.readers, view, after).await
    }
}

impl Default for Live {
    fn default() -> Live {
        Live::with_places(FOLLOWERS_MAX)
    }
}

impl Live {
    fn with_places(places: usize) -> Live {
        Live(Arc::new(Shared {
            hub: Mutex::default(),
            places: Arc::new(Semaphore::new(places)),
            places_max: places,
            places_to_pass_on: Arc::new(Semaphore::new(PASSED_ON_MAX)),
            changes: changes::channel(),
            is_stopped: watch::Sender::new(false),
            news: Notify::new(),
        }))
    }

    /// To be called after a commit, with the events that it changed. Costs one lookup for an event that nobody follows.
    pub fn changed(&self, events: &BTreeSet<EventId>) {
        self.note_change(events);
        let mut hub = self.hub();
        for event in events {
            if let Some(feed) = hub.feeds.get(event) {
                feed.wake();
            }
        }
        if let Some(untold) = &mut hub.untold {
            let room = UNTOLD_EVENTS_MAX.saturating_sub(untold.len());
            untold.extend(events.iter().take(room));
            drop(hub);
            self.0.news.notify_one();
        }
    }

    /// Follows an event from `view` on, which was just read: what the follower is told is never older. None if there is no
    /// room for one more, or the server is stopping. Ends when the follower is dropped. On a tokio runtime only.
    pub fn follow(&self, readers: &Readers, view: EventView) -> Option<Follower> {
        let stored = Stored { readers: readers.clone(), event: view.id };
        self.follow_in(stored, view)
    }

    /// As [`Live::follow`], from inside: each response is told, those after `from` first.
    pub fn follow_inside(&self, readers: &Readers, view: EventView, from: From) -> Option<Insider<Stored>> {
        let stored = Stored { readers: readers.clone(), event: view.id };
        self.follow_inside_in(&self.0.places, stored, view, from)
    }

    /// As [`Live::follow_inside`], for one who passes on what is told to many. None: [`PASSED_ON_MAX`] events are followed
    /// so, or the server is stopping.
    pub fn follow_to_pass_on(&self, readers: &Readers, view: EventView, from: From) -> Option<Insider<Stored>> {
        let stored = Stored { readers: readers.clone(), event: view.id };
        self.follow_inside_in(&self.0.places_to_pass_on, stored, view, from)
    }

    fn follow_in(&self, source: impl Source, view: EventView) -> Option<Follower> {
        self.join(&self.0.places, source, view, |feed, view, place| feed.follow(view, place))
    }

    fn follow_inside_in<S: Source + Clone>(
        &self,
        places: &Arc<Semaphore>,
        source: S,
        view: EventView,
        from: From,
    ) -> Option<Insider<S>> {
        let own = source.clone();
        let enter = |feed: &Arc<Feed>, view, place| Insider::new(feed.responses(), own, feed.enter(view), from, place);
        self.join(places, source, view, enter)
    }

    /// Joins the feed of an event, which begins with the first.
    fn join<F>(
        &self,
        places: &Arc<Semaphore>,
        source: impl Source,
        view: EventView,
        join: impl FnOnce(&Arc<Feed>, EventView, OwnedSemaphorePermit) -> F,
    ) -> Option<F> {
        let place = Arc::clone(places).try_acquire_owned().ok()?;
        let mut hub = self.hub();
        if *self.0.is_stopped.borrow() {
            return None;
        }
        if let Some(feed) = hub.feeds.get(&view.id) {
            return Some(join(feed, view, place));
        }
        let feed = Arc::new(Feed::new(view.clone()));
        let follower = join(&feed, view, place);
        hub.feeds.insert(feed.event(), Arc::clone(&feed));
        // It may have changed since it was read: then nobody was here to be told.
        feed.wake();
        tokio::spawn(feed.run(self.clone(), source));
        Some(follower)
    }

    /// Ends all followers at once, and takes no more.
    pub fn stop(&self) {
        let mut hub = self.hub();
        self.0.is_stopped.send_replace(true);
        for (_, feed) in hub.feeds.drain() {
            feed.end();
        }
    }

    /// Resolves when the server is stopping.
    pub async fn stopped(&self) {
        let mut is_stopped = self.0.is_stopped.subscribe();
        // It cannot fail, as the other end is here.
        let _stopped = is_stopped.wait_for(|is_stopped| *is_stopped).await;
    }

    /// How many follow, of all events.
    pub fn followers(&self) -> usize {
        self.0.places_max - self.0.places.available_permits()
    }

    /// Events that are followed, each with the seq that its followers know.
    fn followed(&self) -> Vec<(EventId, Seq)> {
        self.hub().feeds.values().map(|feed| (feed.event(), feed.seq())).collect()
    }

    /// Has an event read again, if it is followed.
    fn wake(&self, event: EventId) {
        if let Some(feed) = self.hub().feeds.get(&event) {
            feed.wake();
        }
    }

    /// Takes a feed out that nobody follows any more; whether it did.
    fn forget_if_unfollowed(&self, feed: &Feed) -> bool {
        let mut hub = self.hub();
        if feed.is_followed() {
            return false;
        }
        hub.forget(feed);
        true
    }

    /// Takes a feed out that has nothing more to tell.
    fn forget(&self, feed: &Feed) {
        self.hub().forget(feed);
    }

    /// Nothing is left half done under this lock, so a panic elsewhere does not make it unusable.
    fn hub(&self) -> MutexGuard<'_, Hub> {
        self.0.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Another feed of the same event may have taken its place by now.
    fn forget(&mut self, feed: &Feed) {
        if self.feeds.get(&feed.event()).is_some_and(|current| std::ptr::eq(&raw const **current, feed)) {
            self.feeds.remove(&feed.event());
        }
    }
}

#[cfg(test)]
mod tests;
