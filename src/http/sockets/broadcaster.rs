//! What is told to all sockets together: one task, which begins with the first and ends with the last.
//!
//! It follows every event that changes, for as long as it does, from the seq at which it was before. So whoever is
//! concerned need not be known beforehand: an event that was published a moment ago, and one in which somebody has an
//! interest only by their own response, are told like all others. What hints are lost is found by a look at all seqs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use headcount_core::ids::{AccountId, EventId, Seq};
use socketioxide::SocketIo;
use tokio::sync::RwLock;
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use super::message;
use super::rooms::{Room, Rooms};
use crate::clock;
use crate::http::App;
use crate::live::{Changes, From, Insider, PASSED_ON_MAX, Response, Stored, Told};
use crate::store::StoreError;

/// How often all seqs are looked at, where nobody else changes events.
const LIST_EVERY: Duration = Duration::from_secs(60);
/// The same where other servers do, whose hints may get lost.
const LIST_EVERY_AMONG_OTHERS: Duration = Duration::from_secs(1);
/// However many events there are: not more than every so many times as long as the last look took.
const LIST_EACH: u32 = 20;
/// How long to wait with that where so much changed that it is not known what, and before something is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// For how long an event is followed that does not change. Short, as it is taken up again without a gap: so the places are
/// for those that do.
const QUIET_MAX: Duration = Duration::from_secs(5);
/// Events whose seqs are known. The first change of one beyond them is not told, as it is not known what it was.
const KNOWN_MAX: usize = 100_000;
/// Seqs that are read at once.
const PAGE: u32 = 10_000;

/// The task. It ends when nobody holds this any more.
pub(super) struct Broadcaster(AbortHandle);

impl Drop for Broadcaster {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Broadcaster {
    /// Begins. Whatever is committed from now on is told.
    ///
    /// # Errors
    /// If the seqs cannot be read.
    pub(super) async fn start(telling: Telling, io: SocketIo) -> Result<Broadcaster, StoreError> {
        let live = telling.app.lanes.live().clone();
        let following = Following::start(telling.clone()).await?;
        let task = tokio::spawn(async move {
            tokio::select! {
                // Their connections end, so that they come back, to another server perhaps.
                () = live.stopped() => io.close().await,
                () = telling.keep_telling(following) => {}
            }
        });
        Ok(Broadcaster(task.abort_handle()))
    }
}

/// What is needed to tell a response. Cheap to clone.
#[derive(Clone)]
pub(super) struct Telling {
    pub app: App,
    pub rooms: Rooms,
    /// Held while it is found out who comes to what, so that nobody is let in, or told, by what is no longer so.
    pub coming: Arc<RwLock<()>>,
}

impl Telling {
    /// Goes on for ever.
    async fn keep_telling(self, mut following: Following) {
        loop {
            // A panic is a bug. Nobody is left with something missing: all are sent away, and told from then on.
            let _panicked = AssertUnwindSafe(following.run()).catch_unwind().await;
            following = loop {
                match Following::start(self.clone()).await {
                    Ok(following) => break following,
                    Err(error) => tracing::debug!(%error, "the seqs of events could not be read"),
                }
                sleep(PAUSE).await;
            };
            self.rooms.empty();
        }
    }

    /// Passes on the responses of an event until it has been quiet for a while, or something fails. Up to which entry of
    /// the log they were told.
    async fn pass_on(self, mut insider: Insider<Stored>, mut told: Seq) -> (EventId, Seq) {
        while let Ok(Some(next)) = timeout(QUIET_MAX, insider.next()).await {
            match next {
                Told::State(update) => told = update.view.seq,
                // There is no word for it in what these clients know.
                Told::Reset => told = insider.state().view.seq,
                Told::Response(response) => {
                    if let Err(error) = self.tell(&insider, &response).await {
                        tracing::debug!(%error, event = %response.event, "who is to be told of a response could not be read");
                        break;
                    }
                    told = response.line.seq;
                    // Those who hear it have their turn before they could be behind.
                    yield_now().await;
                }
            }
        }
        (insider.state().view.id, told)
    }

    async fn tell(&self, insider: &Insider<Stored>, response: &Response) -> Result<(), StoreError> {
        let view = &insider.state().view;
        if let Some(account) = response.line.account {
            self.note_own(account, insider, response).await?;
        }
        let rooms = Room::of_response(view.id, &view.settings, response.line.account);
        if self.rooms.has_any(&rooms) {
            self.rooms.tell(&rooms, &message::write(response));
        }
        Ok(())
    }

    /// Whoever comes hears all from then on, and who comes no more does not.
    async fn note_own(
        &self,
        account: AccountId,
        insider: &Insider<Stored>,
        response: &Response,
    ) -> Result<(), StoreError> {
        let view = &insider.state().view;
        let _coming = self.coming.write().await;
        let Some(email) = self.rooms.email(account) else { return Ok(()) };
        // They may still be in with another role.
        let is_in = response.line.status.is_active()
            || self.app.readers.is_in((view.id, view.settings.form.one_per), &email).await?;
        if is_in {
            self.rooms.comes(account, view.id);
        } else {
            self.rooms.stays_away(account, view.id);
        }
        Ok(())
    }
}

/// Which events are followed.
struct Following {
    telling: Telling,
    changes: Changes,
    /// Up to which entry of the log the responses of events were told, or concerned nobody.
    known: HashMap<EventId, Seq>,
    /// Whether all events are known; then one that is not is new.
    is_complete: bool,
    followed: HashSet<EventId>,
    passing_on: JoinSet<(EventId, Seq)>,
    /// Events that may be at another seq than is known.
    due: BTreeSet<EventId>,
    /// When all seqs are looked at next.
    list_at: Instant,
}

impl Following {
    /// Begins with the seqs that are stored now.
    async fn start(telling: Telling) -> Result<Following, StoreError> {
        let changes = telling.app.lanes.live().changes();
        let mut following = Following {
            telling,
            changes,
            known: HashMap::new(),
            is_complete: false,
            followed: HashSet::new(),
            passing_on: JoinSet::new(),
            due: BTreeSet::new(),
            list_at: Instant::now(),
        };
        following.list().await?;
        Ok(following)
    }

    /// Follows what changes, for ever.
    async fn run(mut self) {
        loop {
            tokio::select! {
                changes = self.changes.next() => match changes {
                    Some(events) => self.due.extend(events.iter().filter(|event| !self.followed.contains(event))),
                    None => self.list_at = self.list_at.min(Instant::now() + PAUSE),
                },
                Some(ended) = self.passing_on.join_next() => {
                    // A panic in there is one of this task.
                    let (event, told) = ended.expect("a response can be passed on");
                    self.followed.remove(&event);
                    self.known.insert(event, told);
                    // It may have changed just now.
                    self.due.insert(event);
                }
                () = sleep_until(self.list_at) => {
                    if let Err(error) = self.list().await {
                        tracing::debug!(%error, "the seqs of events could not be read");
                        self.list_at = Instant::now() + PAUSE;
                    }
                }
                () = sleep(PAUSE), if !self.due.is_empty() => {}
            }
            self.follow_due().await;
        }
    }

    /// Looks at the seqs of all events.
    async fn list(&mut self) -> Result<(), StoreError> {
        let begun = Instant::now();
        let (stored, is_complete) = self.stored_seqs().await?;
        if self.known.is_empty() && !is_complete {
            tracing::warn!("there are so many events that the first change of some is not told over Socket.IO");
        }
        for (event, seq) in &stored {
            match self.known.get(event) {
                Some(known) if known == seq => {}
                Some(_) => drop(self.due.insert(*event)),
                // It is new.
                None if self.is_complete => drop(self.due.insert(*event)),
                None => drop(self.known.insert(*event, *seq)),
            }
        }
        self.due.retain(|event| !self.followed.contains(event));
        self.known.retain(|event, _| !is_complete || stored.contains_key(event) || self.followed.contains(event));
        self.is_complete = is_complete;
        let has_others = self.telling.app.readers.neighbours().is_some();
        let every = if has_others { LIST_EVERY_AMONG_OTHERS } else { LIST_EVERY };
        self.list_at = Instant::now() + every.max(begun.elapsed() * LIST_EACH);
        Ok(())
    }

    /// The seqs of events as they are stored, and whether those are all.
    async fn stored_seqs(&self) -> Result<(HashMap<EventId, Seq>, bool), StoreError> {
        let (mut stored, mut after) = (HashMap::new(), EventId(Uuid::nil()));
        loop {
            let page = self.telling.app.readers.seqs(after, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            after = page.last().map_or(after, |(event, _)| *event);
            stored.extend(page);
            if is_last || stored.len() >= KNOWN_MAX {
                return Ok((stored, is_last));
            }
        }
    }

    /// Follows the events that have changed. What cannot be read now, or has no place, is tried again.
    async fn follow_due(&mut self) {
        for event in std::mem::take(&mut self.due) {
            let has_place = self.followed.len() < PASSED_ON_MAX;
            match if has_place { self.follow(event).await } else { Ok(Followed::NoPlace) } {
                Ok(Followed::Done) => {}
                Ok(Followed::NoPlace) => drop(self.due.insert(event)),
                Err(error) => {
                    tracing::debug!(%error, %event, "an event that has changed could not be read");
                    self.due.insert(event);
                }
            }
        }
    }

    async fn follow(&mut self, event: EventId) -> Result<Followed, StoreError> {
        let app = &self.telling.app;
        let Some(view) = app.readers.event(event, clock::now()).await? else {
            self.known.remove(&event);
            return Ok(Followed::Done);
        };
        let first = if self.is_complete { Seq(0) } else { view.seq };
        let known = self.known.get(&event).copied().unwrap_or(first);
        if view.seq <= known {
            self.known.insert(event, view.seq);
            return Ok(Followed::Done);
        }
        let insider = app.lanes.live().follow_to_pass_on(&app.readers, view, From::Entry(known));
        let Some(insider) = insider else { return Ok(Followed::NoPlace) };
        self.followed.insert(event);
        self.passing_on.spawn(self.telling.clone().pass_on(insider, known));
        Ok(Followed::Done)
    }
}

/// What came of the wish to follow an event.
enum Followed {
    /// It is followed, or need not be.
    Done,
    /// There is no place for it now.
    NoPlace,
}
