//! Sessions of browsers: random, stored as hashes, over when they lie idle or are old. A new one is made at each login;
//! one that a client brings along is never kept, so nobody can be given a session that somebody else knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headcount_core::ids::{AccountId, Millis};

use super::identity::SESSION_IDLE_MS_MAX;
use super::{Failed, People};
use crate::clock;
use crate::secret::token_hash;
use crate::store::script::Script;
use crate::values;

/// How long a session lasts at most.
pub const SESSION_AGE_MS_MAX: i64 = 90 * 24 * 60 * 60 * 1_000;
/// How often it is noted that a session is in use.
const SEEN_EVERY_MS: i64 = 60 * 60 * 1_000;

/// A session that was just made: the only moment at which it is known.
pub struct NewSession {
    /// What the browser is to show.
    pub secret: String,
    made_at: Millis,
}

/// A session as its holder sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, to the hour.
    pub seen_at: Millis,
    /// When it ends, if it does not lie idle before.
    pub expires_at: Millis,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl NewSession {
    /// A session that does not stand in the database yet.
    pub(super) fn new(now: Millis) -> NewSession {
        NewSession { secret: URL_SAFE_NO_PAD.encode(clock::random::<32>()), made_at: now }
    }

    /// Starts it, if the account is still of this generation.
    pub(super) fn start(&self, account: AccountId, generation: i64) -> Script {
        const SQL: &str = "\
insert into sessions (session_hash, account_id, generation, created_at, seen_at, expires_at) \
select $1, account_id, generation, $4, $4, $5 from accounts \
where account_id = $2 and generation = $3 and ended_at is null and confirmed_at is not null";
        let ends = Millis(self.made_at.0.saturating_add(SESSION_AGE_MS_MAX));
        let hash = token_hash(&self.secret);
        Script::default().one(SQL, values![hash, account.0, generation, self.made_at, ends])
    }
}

/// Ends the session that a client brought, if it brought one.
pub(super) fn end(brought: Option<&str>) -> Script {
    const SQL: &str = "delete from sessions where session_hash = $1";
    brought.map_or_else(Script::default, |secret| Script::default().step(SQL, values![token_hash(secret)]))
}

impl People {
    /// Ends a session.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn log_out(&self, secret: &str) -> Result<(), Failed> {
        self.done(end(Some(secret))).await
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn log_out_everywhere(&self, account: AccountId) -> Result<(), Failed> {
        const SQL: &str = "delete from sessions where account_id = $1";
        self.done(Script::default().step(SQL, values![account.0])).await
    }

    /// The sessions of an account that have not ended, newest first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn sessions(
        &self,
        account: AccountId,
        current: Option<&str>,
        now: Millis,
    ) -> Result<Vec<Session>, Failed> {
        const SQL: &str = "\
select s.session_hash, s.created_at, s.seen_at, s.expires_at from sessions s \
join accounts a on a.account_id = s.account_id and a.generation = s.generation \
where s.account_id = $1 and s.expires_at > $2 and s.seen_at > $3 order by s.created_at desc, s.session_hash limit 1000";
        let current = current.map(token_hash);
        let idle_since = Millis(now.0.saturating_sub(SESSION_IDLE_MS_MAX));
        let rows = self.rows(SQL, values![account.0, now, idle_since]).await?;
        let session = |row: &crate::store::script::Row| {
            Ok(Session {
                created_at: Millis(row.int(1)?),
                seen_at: Millis(row.int(2)?),
                expires_at: Millis(row.int(3)?),
                is_current: Some(row.text(0)?) == current,
            })
        };
        rows.iter().map(session).collect()
    }

    /// Whether it was long ago that the use of a session was noted.
    pub fn is_worth_noting(seen_at: Millis, now: Millis) -> bool {
        now.0.saturating_sub(seen_at.0) >= SEEN_EVERY_MS
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// If it cannot be written. The session is none the worse for it.
    pub async fn note_use(&self, secret: &str, now: Millis) -> Result<(), Failed> {
        const SQL: &str = "update sessions set seen_at = $2 where session_hash = $1 and seen_at < $2";
        self.done(Script::default().step(SQL, values![token_hash(secret), now])).await
    }
}
