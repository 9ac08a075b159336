//! Answers to a call as those who work at the event are told of them: what the log says of each, whose it is, and who has
//! said yes and no by now. Read with statements of a script's kind; it writes nothing.
//!
//! Of people there are only the ids of accounts, never a name or an address. Accounts and registrations may stand in
//! different parts of a database, so no statement joins them: an account is found by the key of its address.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::event::{OnePer, Status};
use headcount_core::ids::{AccountId, EventId, Millis, RegistrationId, RoleId, Seq};
use headcount_core::person::key_by_email;
use serde::Deserialize;

use super::script::Row;
use super::words::Word as _;
use super::{Readers, StoreError};
use crate::values;

/// Entries of the log that are read at once.
const ENTRIES_MAX: u32 = 1_000;
/// Parties of a role and status that are looked through for accounts, the latest first.
const PARTIES_MAX: u32 = 1_000;
/// Accounts in a list.
const ACCOUNTS_MAX: usize = 500;

/// The kinds of change that are responses: somebody comes, waits, or does not come.
pub const RESPONSE_KINDS: [&str; 12] = [
    "signed_up",
    "accepted",
    "not_coming",
    "declined",
    "cancelled",
    "removed",
    "promoted",
    "demoted",
    "reinstated",
    "verified",
    "expired",
    "moved",
];

/// One response, as the log has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseLine {
    /// Its number in the log.
    pub seq: Seq,
    /// When.
    pub at: Millis,
    /// Which of [`RESPONSE_KINDS`].
    pub kind: &'static str,
    /// The registration it is about.
    pub registration: RegistrationId,
    /// Whose it is, if they have an account.
    pub account: Option<AccountId>,
    /// The role after it.
    pub role: RoleId,
    /// The status after it.
    pub status: Status,
}

/// Part of an event's responses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponsePage {
    /// In order.
    pub lines: Vec<ResponseLine>,
    /// All up to this entry of the log are among them.
    pub through: Seq,
}

/// Who has said yes and no in a role.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answers {
    /// Those who come.
    pub accepted: Said,
    /// Those who said no.
    pub declined: Said,
}

/// Who has said the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    /// How many parties, with and without an account.
    pub parties: u64,
    /// Accounts among them, the latest first; not more than a bounded number.
    pub accounts: Vec<AccountId>,
}

/// What of a response's body is told.
#[derive(Deserialize)]
struct Body {
    #[serde(alias = "to_role")]
    role: RoleId,
    #[serde(alias = "to")]
    status: Option<Status>,
}

impl Readers {
    /// The responses of an event after one entry of its log, up to another; not more than a page.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn responses(
        &self,
        (event, one_per): (EventId, OnePer),
        after: Seq,
        up_to: Seq,
    ) -> Result<ResponsePage, StoreError> {
        const SQL: &str = "\
select l.seq, l.at, l.kind, l.body, l.registration_id, r.person, r.email \
from log l left join registrations r on r.event_id = l.event_id and r.registration_id = l.registration_id \
where l.event_id = $1 and l.seq > $2 and l.seq <= $3 order by l.seq limit $4";
        let rows = self.rows(SQL, values![event, number(after), number(up_to), ENTRIES_MAX]).await?;
        let is_whole = rows.len() < ENTRIES_MAX as usize;
        let last = rows.last().map(|row| row.int(0)).transpose()?;
        let mut found = Vec::new();
        for row in &rows {
            if let Some(line) = line(row)? {
                found.push((line, key(row, 5, one_per)?));
            }
        }
        let accounts = self.accounts_by_keys(found.iter().filter_map(|(_, key)| key.clone()).collect()).await?;
        let whose = |key: Option<String>| key.and_then(|key| accounts.get(&key).copied());
        let lines = found.into_iter().map(|(line, key)| ResponseLine { account: whose(key), ..line }).collect();
        let through = if is_whole { up_to } else { last.map_or(up_to, seq) };
        Ok(ResponsePage { lines, through })
    }

    /// Who has said yes and no in a role, as it is stored at this moment.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn answers(&self, (event, one_per): (EventId, OnePer), role: RoleId) -> Result<Answers, StoreError> {
        const COUNT: &str = "\
select count(*) from registrations where event_id = $1 and role_id = $2 and status = $3";
        const LATEST: &str = "\
select person, email from registrations where event_id = $1 and role_id = $2 and status = $3 \
order by wait_seq desc limit $4";
        let mut all = Vec::new();
        for status in [Status::Confirmed, Status::Declined] {
            let counted = self.rows(COUNT, values![event, role.0, status.word()]).await?;
            let parties = counted.first().map_or(Ok(0), |row| row.int(0))?;
            let rows = self.rows(LATEST, values![event, role.0, status.word(), PARTIES_MAX]).await?;
            let keys = rows.iter().map(|row| key(row, 0, one_per)).collect::<Result<Vec<_>, _>>()?;
            all.push((u64::try_from(parties).unwrap_or(0), keys));
        }
        let keys: BTreeSet<String> = all.iter().flat_map(|(_, keys)| keys).flatten().cloned().collect();
        let accounts = self.accounts_by_keys(keys).await?;
        let mut said = all.into_iter().map(|(parties, keys)| {
            let accounts = keys.into_iter().flatten().filter_map(|key| accounts.get(&key).copied());
            Said { parties, accounts: accounts.take(ACCOUNTS_MAX).collect() }
        });
        Ok(Answers { accepted: said.next().unwrap_or_default(), declined: said.next().unwrap_or_default() })
    }

    /// Whether somebody with this address comes to an event, or waits for it.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn is_in(&self, (event, one_per): (EventId, OnePer), email: &str) -> Result<bool, StoreError> {
        const SQL: &str = "\
select 1 from registrations where person >= $2 and person < $3 and event_id = $1 and ended_seq = 0 limit 1";
        let key = key_by_email(email);
        let (from, before) = match one_per {
            // Nothing stands between a text and itself with the least of all letters.
            OnePer::Email => (key.clone(), format!("{key}\u{1}")),
            OnePer::EmailAndName => (format!("{key}#"), format!("{key}$")),
        };
        Ok(!self.rows(SQL, values![event, from, before]).await?.is_empty())
    }

    async fn accounts_by_keys(&self, keys: BTreeSet<String>) -> Result<BTreeMap<String, AccountId>, StoreError> {
        macro_rules! by_keys {
            ($keys:literal) => {
                concat!("select email_key, account_id from accounts where email_key in (", $keys, ")")
            };
        }
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = match self {
            Readers::Sqlite(_) => by_keys!("select value from json_each($1)"),
            Readers::Postgres(_) => by_keys!("select jsonb_array_elements_text($1::text::jsonb)"),
        };
        let list = serde_json::to_string(&keys).expect("texts can be written");
        let rows = self.rows(sql, values![list]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, AccountId(row.id(1)?)))).collect()
    }
}

/// The response in a row of the log, if it is one. What is damaged is none; `verify` tells of it.
fn line(row: &Row) -> Result<Option<ResponseLine>, StoreError> {
    let kind = row.text(2)?;
    let Some(kind) = RESPONSE_KINDS.into_iter().find(|known| *known == kind) else { return Ok(None) };
    let (Some(registration), Ok(body)) = (row.opt_id(4)?, serde_json::from_str::<Body>(&row.text(3)?)) else {
        return Ok(None);
    };
    Ok(Some(ResponseLine {
        seq: seq(row.int(0)?),
        at: Millis(row.int(1)?),
        kind,
        registration: RegistrationId(registration),
        account: None,
        role: body.role,
        // The one kind that does not say it.
        status: body.status.unwrap_or(Status::Declined),
    }))
}

/// The key that an account of this person has: where families share addresses, that of the address alone.
fn key(row: &Row, column: usize, one_per: OnePer) -> Result<Option<String>, StoreError> {
    Ok(match one_per {
        OnePer::Email => row.opt_text(column)?,
        OnePer::EmailAndName => row.opt_text(column + 1)?.map(|email| key_by_email(&email)),
    })
}

fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

fn seq(number: i64) -> Seq {
    Seq(u64::try_from(number).unwrap_or(0))
}
