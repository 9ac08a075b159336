//! Erases what events have kept for long enough: as [`People::erase`] does, but for everybody who signed up, and a whole
//! event at a time.
//!
//! Every server looks, also where several share a database: whether it is time the rules decide (`EraseWhen::Due`), and who is
//! erased already is erased only once. When nothing personal is left in an event, it is marked with the seq of its log, so that
//! it is looked at again only if something happened there.

use std::time::Duration;

use futures_util::future::join_all;
use headcount_core::command::{Actor, EraseWhen};
use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use uuid::Uuid;

use super::erasing::Beside;
use super::{Failed, People};
use crate::clock;
use crate::store::StoreError;
use crate::store::script::Script;
use crate::values;

/// How often it is looked for what was kept for long enough.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// Events that are looked at together.
const EVENTS_AT_ONCE: u32 = 100;
/// Registrations that are erased together: few, as others wait meanwhile.
const REGISTRATIONS_AT_ONCE: u32 = 100;
/// How often an event is gone through in one look: once to erase, once to see that nobody came in between.
const PASSES: u32 = 2;

/// Events that may have kept everything for long enough; the rules know better, as they look at roles too.
const DUE: &str = "\
select e.event_id from events e left join retention_marks m on m.event_id = e.event_id \
where e.event_id > $1 and e.retention_days is not null \
and coalesce(e.ends_at, e.starts_at, 0) + e.retention_days * 86400000 <= $2 and (m.seq is null or m.seq < e.seq) \
order by e.event_id limit $3";

/// Registrations that tell something of somebody.
const PERSONAL: &str = "\
select registration_id from registrations where event_id = $1 and registration_id > $2 \
and (person not like 'entry:%' or name <> '' or email is not null or phone is not null or notes is not null \
or special_requirements is not null or staff_note is not null or metadata is not null or language is not null) \
order by registration_id limit $3";

const SEQ: &str = "select seq from events where event_id = $1";

const MARK: &str = "\
insert into retention_marks (event_id, seq) values ($1, $2) on conflict (event_id) do update set seq = excluded.seq";

impl People {
    /// Erases what was kept for long enough, for as long as the server runs.
    pub async fn keep_erasing(self) {
        loop {
            if let Err(error) = self.erase_due(clock::now()).await {
                tracing::debug!(%error, "what was kept for long enough could not be looked for");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Erases what was kept for long enough at `now`; returns how many registrations. What fails is found again. O(events).
    ///
    /// # Errors
    /// If events cannot be looked for.
    pub async fn erase_due(&self, now: Millis) -> Result<u64, Failed> {
        let (mut erased, mut after) = (0, Uuid::nil());
        loop {
            let found = self.rows(DUE, values![after, now, EVENTS_AT_ONCE]).await?;
            let Some(last) = found.last() else { return Ok(erased) };
            after = last.id(0)?;
            for row in &found {
                let event = EventId(row.id(0)?);
                match self.erase_event(event, now).await {
                    Ok(0) => {}
                    Ok(registrations) => {
                        tracing::info!(%event, registrations, "what was kept for long enough is erased");
                        erased += registrations;
                    }
                    Err(error) => tracing::warn!(%event, %error, "what was kept for long enough could not be erased"),
                }
            }
        }
    }

    /// Erases everybody in an event, if it is time.
    async fn erase_event(&self, event: EventId, now: Millis) -> Result<u64, Failed> {
        let Some(view) = self.0.readers.event(event, now).await? else { return Ok(0) };
        if !view.settings.is_kept_long_enough(view.roles.iter().map(|role| &role.settings), now) {
            return Ok(0);
        }
        let mut erased = 0;
        for _ in 0..PASSES {
            let seq = self.seq(event).await?;
            // Before, so that nobody is written to; and in the pass that finds nobody, for what came in between.
            self.done(Beside::All.script(event)).await?;
            let more = self.erase_registrations(event).await?;
            if more == 0 {
                self.done(mark(event, seq)).await?;
                break;
            }
            erased += more;
        }
        Ok(erased)
    }

    /// Goes through an event once, and erases whoever can be told.
    async fn erase_registrations(&self, event: EventId) -> Result<u64, Failed> {
        let (mut erased, mut after) = (0, Uuid::nil());
        loop {
            let rows = self.rows(PERSONAL, values![event, after, REGISTRATIONS_AT_ONCE]).await?;
            let found = rows.iter().map(|row| row.id(0)).collect::<Result<Vec<Uuid>, StoreError>>()?;
            let Some(last) = found.last() else { return Ok(erased) };
            after = *last;
            let asked =
                found.iter().map(|id| self.make_nameless(event, RegistrationId(*id), Actor::System, EraseWhen::Due));
            for done in join_all(asked).await {
                done?;
                erased += 1;
            }
        }
    }

    async fn seq(&self, event: EventId) -> Result<Seq, StoreError> {
        let row = self.row(SEQ, values![event]).await?;
        row.map_or(Ok(Seq(0)), |row| row.count(0).map(Seq))
    }
}

/// At this entry of the event's log nothing personal was left.
fn mark(event: EventId, seq: Seq) -> Script {
    Script::default().step(MARK, values![event, i64::try_from(seq.0).unwrap_or(i64::MAX)])
}
