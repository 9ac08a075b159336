//! The log of an event: every change that was ever made to it, in order.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::{RegistrationId, Seq};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::answer::{Answered, json};
use super::fields::rfc3339;
use super::json::{Checks, Sent};
use super::paging::{Limit, limit_or_default};
use super::problem::Problem;
use super::request::Wanted;
use super::rights::About;
use crate::store::read::LogLine;

/// Which part of a log is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// Only entries after this seq; all if left out.
    #[param(value_type = u64)]
    after: Sent<Seq>,
    /// At most this many items; 50 if left out.
    #[param(value_type = u32, minimum = 1, maximum = 200)]
    limit: Sent<Limit>,
}

/// Part of a log.
#[derive(Serialize, ToSchema)]
pub(super) struct LogAnswer {
    items: Vec<EntryAnswer>,
    /// Send it as `after` to go on; null: this was the end, for now.
    #[schema(required, value_type = Option<u64>)]
    next_after: Option<Seq>,
}

/// One change that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = LogEntry)]
struct EntryAnswer {
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(format = DateTime)]
    at: String,
    /// `guest`, `link`, `owner`, `system`, or `account:`, `token:`, `door:` and an id.
    actor: String,
    /// What kind of change.
    kind: String,
    #[schema(required, value_type = Option<Uuid>)]
    registration_id: Option<RegistrationId>,
    /// The change, without anything personal: the very bytes that were hashed.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
    /// A reason that was given, if it was not erased.
    #[schema(required)]
    text: Option<String>,
    /// SHA-256 over the entry as it is stored and the hash before it.
    hash: String,
}

impl From<LogLine> for EntryAnswer {
    fn from(line: LogLine) -> EntryAnswer {
        EntryAnswer {
            seq: line.seq,
            at: rfc3339(line.at),
            actor: line.actor,
            kind: line.kind,
            registration_id: line.registration,
            body: raw(line.body),
            text: line.text,
            hash: line.hash.to_string(),
        }
    }
}

/// The body as it is stored. A damaged one is shown as a text.
fn raw(body: String) -> Box<RawValue> {
    RawValue::from_string(body.clone()).unwrap_or_else(|_| to_raw_value(&body).expect("a text is JSON"))
}

impl LogQuery {
    fn read(self) -> Result<(Seq, u32), Problem> {
        let mut checks = Checks::default();
        let after = checks.given("after", self.after).unwrap_or_default();
        let limit = limit_or_default(&mut checks, self.limit);
        checks.finish().map(|()| (after, limit))
    }
}

/// Read the log of an event
#[utoipa::path(get, path = "/api/v1/events/{event}/log", tag = "log",
    params(("event" = String, Path, description = "Id or slug"), LogQuery),
    responses((status = 200, body = LogAnswer, description = "Entries in order")))]
pub(super) async fn read(State(app): State<App>, About(about): About, Wanted(query): Wanted<LogQuery>) -> Answered {
    let (after, limit) = query.read()?;
    let lines = app.readers.log(about.event, after, limit).await?;
    let is_full = lines.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next_after = lines.last().map(|line| line.seq).filter(|_| is_full);
    Ok(json(StatusCode::OK, &LogAnswer { items: lines.into_iter().map(EntryAnswer::from).collect(), next_after }))
}
