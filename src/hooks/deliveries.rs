//! What is delivered, was delivered or given up, as it is stored.

use headcount_core::ids::{EventId, Millis, Seq};
use uuid::Uuid;

use crate::store::script::{Row, Script};
use crate::store::{Readers, StoreError};
use crate::values;

/// How long a delivery is kept from the moment it was made out.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Old deliveries that are removed in one step.
const REMOVED_AT_ONCE: i64 = 500;
/// Due deliveries of one webhook that are looked at together: from them, one of each event is sent at a time.
const LOOKED_AT: i64 = 64;

/// A delivery, as those who look after the webhook see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Its id; the receiver gets it as `webhook-id`, the same in every attempt.
    pub id: Uuid,
    /// The event; none: it only tries the webhook out.
    pub event: Option<EventId>,
    /// The entry of the event's log that it tells of; zero for one that only tries out.
    pub seq: Seq,
    /// The kind of change.
    pub kind: String,
    /// When it was made out.
    pub created_at: Millis,
    /// When it is tried next; none: it was delivered or given up.
    pub due_at: Option<Millis>,
    /// How often it was tried.
    pub attempts: u32,
    /// What the receiver answered last; none: nothing.
    pub status: Option<u16>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<Millis>,
}

/// A delivery to be made.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) webhook: Uuid,
    pub(super) event: EventId,
    pub(super) payload: String,
    pub(super) due_at: Millis,
    pub(super) attempts: u32,
    pub(super) url: String,
    pub(super) personal: bool,
    pub(super) version: u32,
}

/// A delivery to be made out.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) id: Uuid,
    pub(super) webhook: Uuid,
    pub(super) event: EventId,
    pub(super) seq: Seq,
    pub(super) kind: String,
    pub(super) payload: String,
}

/// What came of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Attempted {
    /// What the receiver answered.
    pub(super) status: Option<u16>,
    /// Why it was not delivered; none: it was.
    pub(super) problem: Option<String>,
    /// When to try again; none: never.
    pub(super) due_at: Option<Millis>,
}

/// Deliveries of a webhook, the newest first, made out before the one given.
///
/// # Errors
/// If they cannot be read; so for all below.
pub async fn list(
    readers: &Readers,
    webhook: Uuid,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    const SQL: &str = "select delivery_id, event_id, seq, kind, created_at, due_at, attempts, status, problem, \
         delivered_at from webhook_deliveries where webhook_id = $1 and delivery_id < $2 \
         order by delivery_id desc limit $3";
    let rows = readers.rows(SQL, values![webhook, before.unwrap_or(Uuid::max()), limit]).await?;
    rows.iter().map(Delivery::read).collect()
}

/// One delivery of a webhook.
///
/// # Errors
/// See [`list`].
pub async fn one(readers: &Readers, webhook: Uuid, id: Uuid) -> Result<Option<Delivery>, StoreError> {
    const SQL: &str = "select delivery_id, event_id, seq, kind, created_at, due_at, attempts, status, problem, \
         delivered_at from webhook_deliveries where webhook_id = $1 and delivery_id = $2";
    let rows = readers.rows(SQL, values![webhook, id]).await?;
    rows.first().map(Delivery::read).transpose()
}

/// Has a delivery made once more, with its id, as if it had never been tried. Unmet: there is no such delivery.
pub fn resend(webhook: Uuid, id: Uuid, now: Millis) -> Script {
    const SQL: &str = "update webhook_deliveries set due_at = $3, attempts = 0, status = null, problem = null, \
         delivered_at = null where webhook_id = $1 and delivery_id = $2";
    Script::default().one(SQL, values![webhook, id, now])
}

/// Makes a delivery out, to be made at once. A second one of the same entry to the same webhook is left out.
pub(super) fn make_out(new: New, now: Millis) -> Script {
    const SQL: &str = "insert into webhook_deliveries \
         (delivery_id, webhook_id, event_id, seq, kind, payload, created_at, due_at, attempts) \
         values ($1, $2, $3, $4, $5, $6, $7, $7, 0) on conflict do nothing";
    let New { id, webhook, event, seq, kind, payload } = new;
    let seq = i64::try_from(seq.0).unwrap_or(i64::MAX);
    Script::default().step(SQL, values![id, webhook, event, seq, kind, payload, now])
}

/// The webhooks that have something to be delivered, and since or from when, the longest waiting first. O(all that is
/// still to be delivered).
pub(super) async fn waiting(readers: &Readers) -> Result<Vec<(Uuid, Millis)>, StoreError> {
    const SQL: &str = "select webhook_id, min(due_at) from webhook_deliveries where due_at is not null \
         group by webhook_id order by 2, 1";
    let rows = readers.rows(SQL, values![]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, Millis(row.int(1)?)))).collect()
}

/// Due deliveries of an active webhook, in the order in which they are to be made.
pub(super) async fn due(readers: &Readers, webhook: Uuid, now: Millis) -> Result<Vec<Due>, StoreError> {
    const SQL: &str = "select d.delivery_id, d.event_id, d.payload, d.due_at, d.attempts, w.url, w.personal, w.version \
         from webhook_deliveries d join webhooks w on w.webhook_id = d.webhook_id \
         where d.webhook_id = $1 and d.due_at <= $2 and w.ended_at is null order by d.due_at, d.delivery_id limit $3";
    let rows = readers.rows(SQL, values![webhook, now, LOOKED_AT]).await?;
    rows.iter().map(|row| Due::read(webhook, row)).collect()
}

/// Takes a delivery until then. Unmet: somebody else has taken it.
pub(super) fn take(due: &Due, until: Millis) -> Script {
    const SQL: &str = "update webhook_deliveries set due_at = $3, attempts = attempts + 1 \
         where delivery_id = $1 and due_at = $2";
    Script::default().one(SQL, values![due.id, due.due_at, until])
}

/// Notes what came of an attempt, unless it was sent on its way once more meanwhile.
pub(super) fn attempted(due: &Due, attempted: &Attempted, now: Millis) -> Script {
    const SQL: &str = "update webhook_deliveries set status = $3, problem = $4, due_at = $5, delivered_at = $6 \
         where delivery_id = $1 and attempts = $2";
    let Attempted { status, problem, due_at } = attempted;
    let delivered_at = problem.is_none().then_some(now);
    let status = status.map(u32::from);
    Script::default().step(SQL, values![due.id, due.attempts + 1, status, problem.clone(), *due_at, delivered_at])
}

/// Ends a webhook whose receiver says that it is gone.
pub(super) fn gone(webhook: Uuid, now: Millis) -> Script {
    const SQL: &str = "update webhooks set ended_at = $2 where webhook_id = $1 and ended_at is null";
    Script::default().step(SQL, values![webhook, now])
}

/// Gives up some of what was to be delivered to a webhook that has ended.
pub(super) fn give_up(webhook: Uuid) -> Script {
    const SQL: &str = "update webhook_deliveries set due_at = null, problem = coalesce(problem, 'the webhook has ended') \
         where delivery_id in (select delivery_id from webhook_deliveries \
             where webhook_id = $1 and due_at is not null order by due_at limit $2) \
         and not exists (select 1 from webhooks where webhook_id = $1 and ended_at is null)";
    Script::default().step(SQL, values![webhook, REMOVED_AT_ONCE])
}

/// Whether there are deliveries that have been kept for long enough.
pub(super) async fn has_old(readers: &Readers, now: Millis) -> Result<bool, StoreError> {
    const SQL: &str = "select 1 from webhook_deliveries where delivery_id < $1 limit 1";
    Ok(!readers.rows(SQL, values![first_id_of(now.0 - KEPT_MS)]).await?.is_empty())
}

/// Removes some of the deliveries that have been kept for long enough.
pub(super) fn remove_old(now: Millis) -> Script {
    const SQL: &str = "delete from webhook_deliveries where delivery_id in \
         (select delivery_id from webhook_deliveries where delivery_id < $1 order by delivery_id limit $2)";
    Script::default().step(SQL, values![first_id_of(now.0 - KEPT_MS), REMOVED_AT_ONCE])
}

/// Ids sort by the time they were made: this one stands before all that were made at `ms` or later.
fn first_id_of(ms: i64) -> Uuid {
    let ms = u64::try_from(ms).unwrap_or(0);
    Uuid::from_u128(u128::from(ms) << 80)
}

impl Delivery {
    fn read(row: &Row) -> Result<Delivery, StoreError> {
        let seq = Seq(u64::try_from(row.int(2)?).unwrap_or(0));
        let event = EventId(row.id(1)?);
        Ok(Delivery {
            id: row.id(0)?,
            event: (seq != Seq(0)).then_some(event),
            seq,
            kind: row.text(3)?,
            created_at: Millis(row.int(4)?),
            due_at: row.opt_int(5)?.map(Millis),
            attempts: u32::try_from(row.int(6)?).unwrap_or(u32::MAX),
            status: row.opt_int(7)?.and_then(|status| u16::try_from(status).ok()),
            problem: row.opt_text(8)?,
            delivered_at: row.opt_int(9)?.map(Millis),
        })
    }
}

impl Due {
    fn read(webhook: Uuid, row: &Row) -> Result<Due, StoreError> {
        Ok(Due {
            id: row.id(0)?,
            webhook,
            event: EventId(row.id(1)?),
            payload: row.text(2)?,
            due_at: Millis(row.int(3)?),
            attempts: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
            url: row.text(5)?,
            personal: row.is_set(6)?,
            version: u32::try_from(row.int(7)?).unwrap_or(u32::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn ids_stand_in_the_order_of_time() {
        let before = clock::now().0;
        let id = clock::new_id();
        assert!(first_id_of(before) <= id && id < first_id_of(before + 60_000));
        assert_eq!(first_id_of(-1), Uuid::nil());
    }
}
