//! Turns entries of the log into deliveries.
//!
//! The log is the outbox: an entry is committed with its cause, so none is lost. A mark says up to which entry of an event
//! deliveries have been made out. The mark is moved in the transaction that writes the deliveries, and only from where it
//! was read, so that of two servers one makes them out.

use std::collections::BTreeSet;
use std::time::Duration;

use headcount_core::ids::{EventId, OrganizationId, Seq};
use tokio::time::MissedTickBehavior;

use super::deliveries::{self, New};
use super::webhooks::{self, Webhook};
use super::{Failed, Hooks, payload};
use crate::clock;
use crate::lanes::Commits;
use crate::store::StoreError;
use crate::store::read::LogLine;
use crate::store::script::{Ran, Script};
use crate::values;

/// Deliveries that one transaction writes, at most: others wait for it.
const DELIVERIES_PER_SCRIPT: u32 = 400;
/// Events that one look finds.
const EVENTS_PER_SWEEP: i64 = 1_000;

/// An event and how far its deliveries have been made out.
struct Marked {
    organization: OrganizationId,
    slug: String,
    seq: Seq,
    mark: Option<Seq>,
}

pub(super) struct Dispatcher {
    hooks: Hooks,
    /// Those with active webhooks, as of the last look. Decides nothing: an event of another one waits for the next look.
    organizations: BTreeSet<OrganizationId>,
}

impl Dispatcher {
    pub(super) fn new(hooks: Hooks) -> Dispatcher {
        Dispatcher { hooks, organizations: BTreeSet::new() }
    }

    /// Makes deliveries out for what is committed here, at once, and every so often for whatever else there is: what
    /// other servers committed, and what was left.
    pub(super) async fn run(mut self, mut commits: Commits, sweep_every: Duration) {
        let mut sweeps = tokio::time::interval(sweep_every);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                _ = sweeps.tick() => self.sweep().await,
                () = self.hooks.0.changed.notified() => self.sweep().await,
                events = commits.next() => self.dispatch_all(events).await,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "webhooks: changes could not be made out as deliveries; they are looked for again");
            }
        }
    }

    async fn sweep(&mut self) -> Result<(), Failed> {
        const SQL: &str = "select e.event_id from events e left join webhook_marks m on m.event_id = e.event_id \
             where e.organization_id in (select organization_id from webhooks where ended_at is null) \
             and e.seq > coalesce(m.seq, 0) limit $1";
        let readers = &self.hooks.0.readers;
        self.organizations = webhooks::organizations(readers).await?;
        let behind = match self.organizations.is_empty() {
            true => Vec::new(),
            false => readers.rows(SQL, values![EVENTS_PER_SWEEP]).await?,
        };
        let events = behind.iter().map(|row| row.id(0).map(EventId)).collect::<Result<_, _>>()?;
        self.dispatch_all(events).await?;
        let now = clock::now();
        if deliveries::has_old(&self.hooks.0.readers, now).await? {
            let _none_is_missed = self.hooks.0.lanes.run(deliveries::remove_old(now)).await?;
        }
        Ok(())
    }

    /// One event that fails does not stop the others.
    async fn dispatch_all(&self, events: BTreeSet<EventId>) -> Result<(), Failed> {
        if self.organizations.is_empty() {
            return Ok(());
        }
        let mut failed = Ok(());
        for event in events {
            if let Err(error) = self.dispatch(event).await {
                failed = Err(error);
            }
        }
        failed
    }

    /// Makes out what is not yet made out of one event.
    async fn dispatch(&self, event: EventId) -> Result<(), Failed> {
        let Hooks(shared) = &self.hooks;
        loop {
            let Some(Marked { organization, slug, seq, mark }) = self.marked(event).await? else { return Ok(()) };
            let after = mark.unwrap_or_default();
            if after >= seq || !self.organizations.contains(&organization) {
                return Ok(());
            }
            let lines = shared.readers.log(event, after, DELIVERIES_PER_SCRIPT / webhooks::WEBHOOKS_MAX).await?;
            // After the entries: a webhook that is not found here was made later than all of them.
            let webhooks = webhooks::of_organization(&shared.readers, organization).await?;
            let active: Vec<Webhook> = webhooks.into_iter().filter(|webhook| webhook.ended_at.is_none()).collect();
            let Some(last) = lines.last().filter(|_| !active.is_empty()) else { return Ok(()) };
            let script = move_mark(event, mark, last.seq).then(make_out(event, &slug, &lines, &active));
            if shared.lanes.run(script).await? != Ran::Done {
                // Another server was quicker.
                return Ok(());
            }
            shared.due.notify_one();
        }
    }

    async fn marked(&self, event: EventId) -> Result<Option<Marked>, StoreError> {
        const SQL: &str = "select e.organization_id, s.slug, e.seq, m.seq from events e \
             join slugs s on s.event_id = e.event_id \
             left join webhook_marks m on m.event_id = e.event_id where e.event_id = $1";
        let rows = self.hooks.0.readers.rows(SQL, values![event]).await?;
        let seq = |number: i64| Seq(u64::try_from(number).unwrap_or(0));
        let read = |row: &crate::store::script::Row| {
            Ok(Marked {
                organization: OrganizationId(row.id(0)?),
                slug: row.text(1)?,
                seq: seq(row.int(2)?),
                mark: row.opt_int(3)?.map(seq),
            })
        };
        rows.first().map(read).transpose()
    }
}

/// Unmet: the mark is not where it was any more.
fn move_mark(event: EventId, from: Option<Seq>, to: Seq) -> Script {
    const FIRST: &str = "insert into webhook_marks (event_id, seq) values ($1, $2) on conflict do nothing";
    const MOVE: &str = "update webhook_marks set seq = $2 where event_id = $1 and seq = $3";
    let number = |seq: Seq| i64::try_from(seq.0).unwrap_or(i64::MAX);
    match from {
        None => Script::default().one(FIRST, values![event, number(to)]),
        Some(from) => Script::default().one(MOVE, values![event, number(to), number(from)]),
    }
}

fn make_out(event: EventId, slug: &str, lines: &[LogLine], webhooks: &[Webhook]) -> Script {
    let now = clock::now();
    let mut script = Script::default();
    for line in lines {
        let payload = payload::message(event, slug, line);
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(&line.kind)) {
            let (id, kind, payload) = (clock::new_id(), line.kind.clone(), payload.clone());
            let new = New { id, webhook: webhook.id, event, seq: line.seq, kind, payload };
            script = script.then(deliveries::make_out(new, now));
        }
    }
    script
}
