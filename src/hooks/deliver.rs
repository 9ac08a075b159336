//! Makes deliveries: takes what is due, sends it, and notes what came of it.
//!
//! A delivery is taken by moving its time ahead, in a transaction that fails if somebody else did so first. A server that
//! dies with it under way leaves it to that time, so it is delivered at least once, and mostly exactly once.
//!
//! Of one event, a webhook is sent one message at a time, in the order of the log. One that fails is tried again later and
//! holds up none of those behind it. Several servers on one database do not wait for each other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use headcount_core::ids::{EventId, Millis};
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet};
use uuid::Uuid;

use super::deliveries::{self, Attempted, Due};
use super::{Failed, Hooks, payload, sign};
use crate::clock;
use crate::store::script::{Ran, Script};

/// Deliveries under way at once.
const AT_ONCE_MAX: usize = 16;
/// Of them to one webhook.
const AT_ONCE_PER_WEBHOOK: usize = 4;
/// How long nothing is looked for at most; another server may have made something out.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What a receiver answers that wants no more.
const GONE: u16 = 410;

pub(super) struct Deliverer {
    hooks: Hooks,
    under_way: JoinSet<(Due, Attempted)>,
    /// The webhook and event of each of them.
    busy: BTreeMap<task::Id, (Uuid, EventId)>,
}

impl Deliverer {
    pub(super) fn new(hooks: Hooks) -> Deliverer {
        Deliverer { hooks, under_way: JoinSet::new(), busy: BTreeMap::new() }
    }

    /// Delivers until it is told to stop; then it waits for what is under way.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = self.look().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "webhooks: what is due could not be looked for; it is tried again");
                LOOK_EVERY
            });
            tokio::select! {
                Some(done) = self.under_way.join_next_with_id() => self.note(done).await,
                () = self.hooks.0.due.notified() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
        while let Some(done) = self.under_way.join_next_with_id().await {
            self.note(done).await;
        }
    }

    /// Sends what is due, as far as there is room; how long nothing else will be.
    async fn look(&mut self) -> Result<Duration, Failed> {
        let now = clock::now();
        let mut next = None;
        for (webhook, due_at) in deliveries::waiting(&self.hooks.0.readers).await? {
            if due_at > now {
                next = Some(due_at);
                break;
            }
            let room = self.room(webhook);
            if room > 0 {
                self.send_some(webhook, now, room).await?;
            }
        }
        let pause = next.map(|next: Millis| u64::try_from(next.0.saturating_sub(now.0)).unwrap_or(0));
        Ok(pause.map_or(LOOK_EVERY, |ms| Duration::from_millis(ms).min(LOOK_EVERY)))
    }

    fn room(&self, webhook: Uuid) -> usize {
        let of_it = self.busy.values().filter(|(other, _)| *other == webhook).count();
        AT_ONCE_PER_WEBHOOK.saturating_sub(of_it).min(AT_ONCE_MAX.saturating_sub(self.busy.len()))
    }

    async fn send_some(&mut self, webhook: Uuid, now: Millis, room: usize) -> Result<(), Failed> {
        let found = deliveries::due(&self.hooks.0.readers, webhook, now).await?;
        if found.is_empty() {
            // It has ended; unless the last of it was taken just now, and then nothing is touched.
            let _any = self.hooks.0.lanes.run(deliveries::give_up(webhook)).await?;
            return Ok(());
        }
        let of_it = self.busy.values().filter(|(other, _)| *other == webhook);
        let mut events: BTreeSet<EventId> = of_it.map(|(_, event)| *event).collect();
        let chosen = found.into_iter().filter(|due| events.insert(due.event)).take(room).collect();
        for due in self.take(chosen).await? {
            let what = (due.webhook, due.event);
            let task = self.under_way.spawn(self.hooks.clone().attempt(due)).id();
            self.busy.insert(task, what);
        }
        Ok(())
    }

    /// Takes them; those that somebody else has taken are left out.
    async fn take(&self, mut chosen: Vec<Due>) -> Result<Vec<Due>, Failed> {
        let until = Millis(clock::now().0 + self.hooks.0.settings.taken_for().as_millis() as i64);
        while !chosen.is_empty() {
            let script = chosen.iter().fold(Script::default(), |script, due| script.then(deliveries::take(due, until)));
            match self.hooks.0.lanes.run(script).await? {
                Ran::Done => break,
                Ran::Unmet(index) => drop(chosen.remove(index)),
            }
        }
        Ok(chosen)
    }

    /// Notes what came of an attempt, and of all others that are done by now. Where that cannot be written, they are made
    /// again.
    async fn note(&mut self, done: Result<(task::Id, (Due, Attempted)), JoinError>) {
        let mut script = Script::default();
        let mut next = Some(done);
        while let Some(done) = next {
            match done {
                Ok((task, (due, attempted))) => {
                    self.busy.remove(&task);
                    script = script.then(outcome(&due, &attempted));
                }
                Err(error) => {
                    // It was taken, so it is made again.
                    self.busy.remove(&error.id());
                    tracing::error!(%error, "webhooks: a delivery ended in a panic");
                }
            }
            next = self.under_way.try_join_next_with_id();
        }
        if let Err(error) = self.hooks.0.lanes.run(script).await {
            tracing::warn!(%error, "webhooks: what came of deliveries could not be written; they are made again");
        }
    }
}

fn outcome(due: &Due, attempted: &Attempted) -> Script {
    let now = clock::now();
    let noted = deliveries::attempted(due, attempted, now);
    if attempted.status == Some(GONE) { noted.then(deliveries::gone(due.webhook, now)) } else { noted }
}

impl Hooks {
    /// One attempt.
    async fn attempt(self, due: Due) -> (Due, Attempted) {
        let within = self.0.settings.answer_within;
        let sent = tokio::time::timeout(within, self.send(&due)).await;
        let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {} s", within.as_secs_f32())));
        let attempted = match sent {
            Ok(status) if (200..300).contains(&status) => {
                Attempted { status: Some(status), problem: None, due_at: None }
            }
            Ok(status) => self.failed(&due, Some(status), problem_of(status)),
            Err(problem) => self.failed(&due, None, problem),
        };
        (due, attempted)
    }

    async fn send(&self, due: &Due) -> Result<u16, String> {
        let shared = &self.0;
        let body = if due.personal { self.with_person(due).await? } else { due.payload.clone() };
        let key = shared.secret.webhook_key(due.webhook, due.version);
        let headers = sign::headers(&key, due.id, clock::now(), &body);
        shared.post.send(&due.url, headers, Bytes::from(body)).await
    }

    async fn with_person(&self, due: &Due) -> Result<String, String> {
        let Some(id) = payload::registration_of(&due.payload) else { return Ok(due.payload.clone()) };
        let read = self.0.readers.registration(due.event, id, clock::now()).await;
        let view = read.map_err(|_| "the registration could not be read")?;
        let registration = view.map(|view| view.registration.registration);
        Ok(payload::with_person(&due.payload, registration.as_ref()))
    }

    fn failed(&self, due: &Due, status: Option<u16>, problem: String) -> Attempted {
        let pauses = &self.0.settings.pauses;
        let pause = usize::try_from(due.attempts).ok().and_then(|attempt| pauses.get(attempt));
        let pause = pause.filter(|_| status != Some(GONE));
        let due_at = pause.map(|pause| Millis(clock::now().0 + with_chance(*pause)));
        tracing::debug!(delivery = %due.id, webhook = %due.webhook, status, problem, again = due_at.is_some(), "a delivery failed");
        Attempted { status, problem: Some(problem), due_at }
    }
}

/// The pause and up to a tenth more, so that what failed together does not come back together.
fn with_chance(pause: Duration) -> i64 {
    let ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2);
    let [chance] = clock::random::<1>();
    ms + ms / 10 * i64::from(chance) / 255
}

fn problem_of(status: u16) -> String {
    match status {
        GONE => "the receiver says that it is gone: the webhook was ended".into(),
        300..=399 => format!("the receiver answered {status}: redirects are not followed, name the final address"),
        _ => format!("the receiver answered {status}"),
    }
}
