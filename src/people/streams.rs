//! Streams end when what had opened them ends: a session, a token, a door link. Whatever ends one here is looked after at
//! once; what other servers end, and what time ends, once a second.

use std::collections::BTreeSet;
use std::time::Duration;

use headcount_core::ids::{DoorId, Millis, TokenId};
use tokio::time::sleep;

use super::People;
use super::identity::SESSION_IDLE_MS_MAX;
use crate::clock;
use crate::live::Pass;
use crate::store::script::Row;
use crate::store::{Readers, StoreError};
use crate::values;

/// How often all passes of open streams are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is still good of the sessions (by hash), tokens and door links in three lists; as `identity` has it.
macro_rules! good {
    ($texts:literal, $tokens:literal, $doors:literal) => {
        concat!(
            "select s.session_hash, cast(null as uuid), cast(null as uuid) \
             from sessions s join accounts a on a.account_id = s.account_id and a.generation = s.generation \
             where s.session_hash in (",
            $texts,
            ") and s.expires_at > $4 and s.seen_at > $5 and a.ended_at is null and a.confirmed_at is not null \
             union all select '', t.token_id, cast(null as uuid) \
             from tokens t join accounts a on a.account_id = t.account_id and a.generation = t.generation \
             where t.token_id in (",
            $tokens,
            ") and t.revoked_at is null and (t.expires_at is null or t.expires_at > $4) \
             and a.ended_at is null and a.confirmed_at is not null \
             union all select '', cast(null as uuid), door_id from doors where door_id in (",
            $doors,
            ") and revoked_at is null and expires_at > $4"
        )
    };
}

impl People {
    /// Ends the streams whose session, token or door link has ended.
    ///
    /// # Errors
    /// If the storage cannot be read: then none ends.
    pub async fn end_streams(&self, now: Millis) -> Result<(), StoreError> {
        let live = self.0.lanes.live();
        let mut ended = live.passes();
        if ended.is_empty() {
            return Ok(());
        }
        for good in self.good(&ended, now).await? {
            ended.remove(&good);
        }
        live.end(&ended);
        Ok(())
    }

    /// Ends streams for as long as the server runs.
    pub async fn keep_ending_streams(self) {
        loop {
            sleep(LOOK_EVERY).await;
            self.end_streams_soon().await;
        }
    }

    /// As [`People::end_streams`]; what cannot be read now is read a little later.
    pub(super) async fn end_streams_soon(&self) {
        if let Err(error) = self.end_streams(clock::now()).await {
            tracing::debug!(%error, "what has opened streams could not be looked at");
        }
    }

    async fn good(&self, passes: &BTreeSet<Pass>, now: Millis) -> Result<Vec<Pass>, StoreError> {
        let sql = match &self.0.readers {
            Readers::Sqlite(_) => good!(
                "select value from json_each($1)",
                "select unhex(value) from json_each($2)",
                "select unhex(value) from json_each($3)"
            ),
            Readers::Postgres(_) => good!(
                "select jsonb_array_elements_text($1::text::jsonb)",
                "select value::uuid from jsonb_array_elements_text($2::text::jsonb)",
                "select value::uuid from jsonb_array_elements_text($3::text::jsonb)"
            ),
        };
        let (mut sessions, mut tokens, mut doors) = (Vec::new(), Vec::new(), Vec::new());
        for pass in passes {
            match pass {
                Pass::Session(hash) => sessions.push(hash.clone()),
                Pass::Token(token) => tokens.push(token.0.simple().to_string()),
                Pass::Door(door) => doors.push(door.0.simple().to_string()),
            }
        }
        let [sessions, tokens, doors] =
            [sessions, tokens, doors].map(|list| serde_json::to_string(&list).expect("texts can be written"));
        let idle_since = now.0.saturating_sub(SESSION_IDLE_MS_MAX);
        let rows = self.rows(sql, values![sessions, tokens, doors, now, idle_since]).await?;
        let pass = |row: &Row| {
            Ok(match (row.opt_id(1)?, row.opt_id(2)?) {
                (Some(token), _) => Pass::Token(TokenId(token)),
                (None, Some(door)) => Pass::Door(DoorId(door)),
                (None, None) => Pass::Session(row.text(0)?),
            })
        };
        rows.iter().map(pass).collect()
    }
}
