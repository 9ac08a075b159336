//! Rows as they are stored. Nothing is interpreted here; an id that is not 16 bytes long reads as the nil id, which no
//! log knows.

use headcount_core::ids::{RegistrationId, RoleId};

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

/// The columns of `events` that are settings.
pub(in crate::store) const EVENT_SETTINGS: &[&str] = &[
    "slug",
    "status",
    "visibility",
    "one_per",
    "phone",
    "phone_region",
    "organization_id",
    "teams",
    "waitlist_policy",
    "waitlist_limit",
    "max_skips",
    "max_spots",
    "roles_per_person",
    "starts_at",
    "ends_at",
    "opens_at",
    "closes_at",
    "cancel_until",
    "promote_until",
    "self_move",
    "verify_minutes",
    "retention_days",
];

/// The columns of `roles` that are settings.
pub(in crate::store) const ROLE_SETTINGS: &[&str] = &["starts_at", "ends_at", "sort", "min_needed", "closed"];

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
    pub full_since: Option<i64>,
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
    pub verify_by: Option<i64>,
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
