//! A day before it begins, everybody who has a place is reminded.
//!
//! Every server looks; the id of a reminder follows from what begins and when, so that it is ordered once, however many
//! look and how often. What is moved to another time is reminded of again.

use std::collections::BTreeSet;
use std::time::Duration;

use headcount_core::ids::Millis;
use uuid::Uuid;

use super::outbox::{Order, order};
use super::spread::REMIND_MS_BEFORE;
use crate::clock;
use crate::lanes::{Lanes, Rejected};
use crate::secret::id_from_key;
use crate::store::read::Start;
use crate::store::{Readers, StoreError};
use crate::values;

/// How often they are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How much that begins within a day is dealt with together, what begins first before the rest.
const STARTS_MAX: u32 = 10_000;

const KNOWN: &str = "select message_id from outbox where message_id = $1";

/// Why reminders were not ordered; they are looked for again.
#[derive(Debug, thiserror::Error)]
pub enum NotOrdered {
    /// The storage cannot be read.
    #[error("{0}")]
    Unread(#[from] StoreError),
    /// It cannot be written.
    #[error("{0}")]
    Unwritten(#[from] Rejected),
}

/// Looks for them as long as the server runs.
pub async fn keep_reminding(lanes: Lanes, readers: Readers) {
    let mut known = BTreeSet::new();
    loop {
        if let Err(error) = remind(&lanes, &readers, &mut known, clock::now()).await {
            tracing::debug!(%error, "reminders could not be ordered");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Orders what is due by `now`; returns how much was new. `known` holds what was ordered before, as far as this server knows
/// of it, and need not be looked for.
///
/// # Errors
/// If the storage cannot be read or written.
pub async fn remind(
    lanes: &Lanes,
    readers: &Readers,
    known: &mut BTreeSet<Uuid>,
    now: Millis,
) -> Result<usize, NotOrdered> {
    let mut ordered = 0;
    let mut still_ahead = BTreeSet::new();
    for Start { at, event, role } in readers.starts(now, Millis(now.0 + REMIND_MS_BEFORE), STARTS_MAX).await? {
        let role = role.map(|role| role.0);
        let what = format!("{event} {}", role.unwrap_or_default());
        let id = id_from_key("reminder", &what, &at.0.to_string());
        still_ahead.insert(id);
        if !known.contains(&id) && readers.rows(KNOWN, values![id]).await?.is_empty() {
            let reminder = Order { event: Some(event), role, ..Order::new(id, "reminder") };
            let _ordered_once = lanes.run(order(reminder, now)).await?;
            ordered += 1;
        }
    }
    *known = still_ahead;
    Ok(ordered)
}
