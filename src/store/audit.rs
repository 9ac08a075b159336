//! The rows of a database as an audit reads them: raw, because a damaged database may hold anything. Nothing is
//! interpreted here; an id that is not 16 bytes long reads as the nil id, which no log knows.

use headcount_core::ids::{RegistrationId, RoleId};

/// Why a database could not be audited. That something is wrong in it is no error but what an audit is for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditError {
    /// It is not there, not one of headcount, or cannot be read.
    #[error("cannot read {0}")]
    Unreadable(String),
    /// No such event.
    #[error("there is no event {0:?}: name it by its id or slug")]
    NoSuchEvent(String),
}

/// One line of a log: the very bytes that were hashed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the table log")]
pub struct LogRow {
    pub seq: i64,
    pub at: i64,
    pub actor: Vec<u8>,
    pub kind: Vec<u8>,
    pub registration: Option<Vec<u8>>,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
}

/// A row of `events`. Its settings are given as (column, value), so that they can be compared by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the table events")]
pub struct EventRow {
    pub settings: Vec<(&'static str, Value)>,
    pub counters: CounterRow,
    pub seq: i64,
    pub last_at: i64,
    pub hash: Vec<u8>,
    pub revision: i64,
    /// The slugs that lead to this event, from the table `slugs`.
    pub slugs: Vec<String>,
}

/// A row of `roles`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are the columns of the table roles")]
pub struct RoleRow {
    pub role: RoleId,
    pub settings: Vec<(&'static str, Value)>,
    pub counters: CounterRow,
    pub skipped: Option<RegistrationId>,
    pub skips: i64,
}

/// The columns that stand in `events` and `roles` alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are columns")]
pub struct CounterRow {
    pub capacity: Option<i64>,
    pub override_spots: i64,
    pub reserved: i64,
    pub waiting: i64,
    pub registrations: i64,
}

/// A row of `registrations`, as far as the log knows of it. `person` is needed to see somebody twice; it goes nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are the columns of the table registrations")]
pub struct RegistrationRow {
    pub registration: RegistrationId,
    pub role: RoleId,
    pub person: String,
    pub person_tag: Vec<u8>,
    pub spots: i64,
    pub status: String,
    pub wait_seq: i64,
    pub ended_seq: i64,
    pub checked_in: i64,
    pub link_version: i64,
    pub created_at: i64,
}

/// The registrations of one role with one status, summed up by the database itself.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SumRow {
    pub role: RoleId,
    pub status: String,
    pub registrations: i64,
    pub spots: i64,
}

/// What was answered under an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// Whose key. With `key` it says where to read on; neither is to be shown: a guest's key hands out a manage link.
    pub who: String,
    /// The key.
    pub key: String,
    /// The answer, as JSON.
    pub outcome: String,
}

/// What a column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    None,
    Number(i64),
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::None => f.write_str("none"),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => write!(f, "{text:?}"),
        }
    }
}
