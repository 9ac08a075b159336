//! What is done between batches: removing idempotency keys that are old, one event at a time, in small steps; and
//! trying whether writing is possible.

use deadpool_postgres::ClientWrapper;
use headcount_core::ids::Millis;
use uuid::Uuid;

use super::fault::Fault;
use crate::store::{KEY_AGE_MS_MAX, KEYS_PER_STEP_MAX};

pub(super) const OLD_KEY: &str = "select event_id from idempotency_keys where at < $1 order by at limit 1";

pub(super) const DELETE_OLD_KEYS: &str = "delete from idempotency_keys where event_id = $1 and (who, key) in \
     (select who, key from idempotency_keys where event_id = $1 and at < $2 limit $3)";

/// A transaction with a number of its own has a commit that must reach the disk.
const COMMIT_NOTHING: &str = "select pg_current_xact_id()";

/// Commits a transaction that writes no row: whether writing is possible.
pub(super) async fn commit_nothing(client: &ClientWrapper) -> Result<(), Fault> {
    Ok(client.batch_execute(COMMIT_NOTHING).await?)
}

/// Removes some of the old keys of one event.
pub(super) async fn remove_old_keys(client: &ClientWrapper, now: Millis) -> Result<(), Fault> {
    let before = now.0.saturating_sub(KEY_AGE_MS_MAX);
    let find = client.prepare_cached(OLD_KEY).await?;
    let Some(old) = client.query_opt(&find, &[&before]).await? else { return Ok(()) };
    let event: Uuid = old.try_get(0)?;
    let delete = client.prepare_cached(DELETE_OLD_KEYS).await?;
    client.execute(&delete, &[&event, &before, &i64::from(KEYS_PER_STEP_MAX)]).await?;
    Ok(())
}
