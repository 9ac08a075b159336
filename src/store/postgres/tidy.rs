//! What is done between batches: removing idempotency keys that are old, one event at a time, in small steps; and
//! trying whether writing is possible.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::ClientWrapper;
use futures_util::future::join_all;
use futures_util::join;
use headcount_core::ids::Millis;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::fault::Fault;
use crate::store::{KEY_AGE_MS_MAX, KEYS_PER_STEP_MAX};

pub(super) const OLD_KEYS: &str =
    "select event_id, who, key from idempotency_keys where at < $1 order by at, event_id limit $2";

/// What is lost with the server goes the next time: nobody waits for the disk.
const BEGIN: &str = "begin isolation level read committed; set local synchronous_commit = off";
const COMMIT: &str = "commit";

/// One at a time, found by all it is called. It may have been kept anew since it was looked for; `+ 0`, or the planner may
/// look through all old ones instead, if it believes that there are few.
pub(super) const DELETE_OLD_KEY: &str =
    "delete from idempotency_keys where event_id = $1 and who = $2 and key = $3 and at + 0 < $4";

/// A transaction with a number of its own has a commit that must reach the disk.
const COMMIT_NOTHING: &str = "select pg_current_xact_id()";

/// Commits a transaction that writes no row: whether writing is possible.
pub(super) async fn commit_nothing(client: &ClientWrapper) -> Result<(), Fault> {
    Ok(client.batch_execute(COMMIT_NOTHING).await?)
}

/// Removes some of the oldest keys.
pub(super) async fn remove_old_keys(client: &ClientWrapper, now: Millis) -> Result<(), Fault> {
    let before = now.0.saturating_sub(KEY_AGE_MS_MAX);
    let find = client.prepare_cached(OLD_KEYS).await?;
    let old = client.query(&find, &[&before, &i64::from(KEYS_PER_STEP_MAX)]).await?;
    // In an order of their own, so that two servers that tidy up do not wait for each other in a circle.
    let mut keys: BTreeMap<Uuid, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for row in &old {
        keys.entry(row.try_get(0)?).or_default().insert((row.try_get(1)?, row.try_get(2)?));
    }
    for (event, keys) in &keys {
        remove(client, event, keys, before).await?;
    }
    Ok(())
}

/// Removes keys of one event, sent at once.
async fn remove(client: &ClientWrapper, event: &Uuid, keys: &BTreeSet<(&str, &str)>, before: i64) -> Result<(), Fault> {
    let delete = client.prepare_cached(DELETE_OLD_KEY).await?;
    let values: Vec<[&(dyn ToSql + Sync); 4]> =
        keys.iter().map(|(who, key)| [event as _, who as _, key as _, &before as _]).collect();
    let (begun, removed) =
        join!(client.batch_execute(BEGIN), join_all(values.iter().map(|values| client.execute(&delete, values))));
    // Rolls back if something failed.
    client.batch_execute(COMMIT).await?;
    begun?;
    removed.into_iter().try_for_each(|removed| removed.map(drop))?;
    Ok(())
}
