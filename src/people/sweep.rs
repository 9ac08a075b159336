//! Removal of what is over: a little at a time, as everybody else's scripts wait meanwhile.

use std::time::Duration;

use headcount_core::ids::Millis;

use super::identity::SESSION_IDLE_MS_MAX;
use super::{Failed, People};
use crate::clock;
use crate::store::script::Script;
use crate::values;

/// How often what is over is looked for.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// How long links and tokens are kept that are over: longer than an idempotency key may be repeated.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

const SESSIONS: &str = "\
delete from sessions where session_hash in (\
select session_hash from sessions where expires_at <= $1 or seen_at <= $2 limit 500)";
const LINKS: &str = "\
delete from links where link_id in (select link_id from links where expires_at <= $1 limit 500)";
const TOKENS: &str = "\
delete from tokens where token_id in (\
select token_id from tokens where expires_at <= $1 or revoked_at <= $1 limit 500)";
const DOORS: &str = "\
delete from doors where door_id in (select door_id from doors where expires_at <= $1 or revoked_at <= $1 limit 500)";
/// Accounts that nobody confirmed while a link could.
const ACCOUNTS: &str = "\
delete from accounts where account_id in (\
select a.account_id from accounts a where a.confirmed_at is null and a.created_at <= $1 \
and not exists (select 1 from links l where l.account_id = a.account_id) limit 500)";

impl People {
    /// Removes what is over, for as long as the server runs.
    pub async fn keep_sweeping(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = self.sweep(clock::now()).await {
                tracing::debug!(%error, "what is over could not be removed");
            }
        }
    }

    /// Removes some of what is over at `now`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn sweep(&self, now: Millis) -> Result<(), Failed> {
        let idle_since = Millis(now.0.saturating_sub(SESSION_IDLE_MS_MAX));
        let kept_since = Millis(now.0.saturating_sub(KEPT_MS));
        self.done(Script::default().step(SESSIONS, values![now, idle_since])).await?;
        for sql in [LINKS, TOKENS, DOORS, ACCOUNTS] {
            self.done(Script::default().step(sql, values![kept_since])).await?;
        }
        Ok(())
    }
}
