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
use super::json::{Checks, Field, Sent, Why};
use super::paging::{Limit, limit_or_default};
use super::problem::Problem;
use super::request::Wanted;
use super::rights::About;
use crate::hooks::KINDS;
use crate::store::read::{LogBack, LogFilter, LogLine};

/// Which part of a log is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// Only entries after this seq; all if left out.
    #[param(value_type = u64)]
    after: Sent<Seq>,
    /// `oldest` or `newest`: which entries come first; `oldest` if left out.
    #[param(value_type = String)]
    order: Sent<Order>,
    /// With `order=newest`: only entries before this seq; all if left out.
    #[param(value_type = u64)]
    before: Sent<Seq>,
    /// With `order=newest`: only entries about this registration.
    #[param(value_type = Uuid)]
    registration: Sent<RegistrationId>,
    /// With `order=newest`: only entries of this kind.
    #[param(value_type = String)]
    kind: Sent<Kind>,
    /// At most this many items; 50 if left out.
    #[param(value_type = u32, minimum = 1, maximum = 200)]
    limit: Sent<Limit>,
}

/// Which entries come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Oldest,
    Newest,
}

/// A kind of change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind(String);

/// What is to be read.
enum Wish {
    /// In order, after this seq.
    After(Seq),
    /// The newest first, before this seq.
    Back(Option<Seq>, LogFilter),
}

impl Field<'_> for Order {
    const EXPECTED: &'static str = "oldest or newest";

    fn from_text(text: &str) -> Result<Order, Why> {
        match text {
            "oldest" => Ok(Order::Oldest),
            "newest" => Ok(Order::Newest),
            _ => Err("must be oldest or newest".into()),
        }
    }
}

impl Field<'_> for Kind {
    const EXPECTED: &'static str = "a kind of change, such as signed_up";

    fn from_text(text: &str) -> Result<Kind, Why> {
        let is_known = KINDS.iter().any(|(kind, _)| *kind == text);
        is_known.then(|| Kind(text.to_owned())).ok_or_else(|| "must be a kind of change, such as signed_up".into())
    }
}

/// Part of a log.
#[derive(Serialize, ToSchema)]
pub(super) struct LogAnswer {
    items: Vec<EntryAnswer>,
    /// Send it as `after` to go on; null: this was the end, for now.
    #[schema(required, value_type = Option<u64>)]
    next_after: Option<Seq>,
    /// With `order=newest`: send it as `before` to go on; null: there are no older ones. Of a long log only a part is looked
    /// through at once, so that there may be few items, or none, although it is not null.
    #[schema(required, value_type = Option<u64>)]
    next_before: Option<Seq>,
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
    fn read(self) -> Result<(Wish, u32), Problem> {
        const ONLY_BACK: &str = "can be given only with order=newest";
        let mut checks = Checks::default();
        let limit = limit_or_default(&mut checks, self.limit);
        let wish = match checks.given("order", self.order).unwrap_or(Order::Oldest) {
            Order::Oldest => {
                checks.unwanted("before", &self.before, ONLY_BACK);
                checks.unwanted("registration", &self.registration, ONLY_BACK);
                checks.unwanted("kind", &self.kind, ONLY_BACK);
                Wish::After(checks.given("after", self.after).unwrap_or_default())
            }
            Order::Newest => {
                checks.unwanted("after", &self.after, "cannot be given with order=newest; use before");
                let registration = checks.given("registration", self.registration);
                let kind = checks.given("kind", self.kind).map(|kind| kind.0);
                Wish::Back(checks.given("before", self.before), LogFilter { registration, kind })
            }
        };
        checks.finish().map(|()| (wish, limit))
    }
}

/// Read the log of an event
#[utoipa::path(get, path = "/api/v1/events/{event}/log", tag = "log",
    params(("event" = String, Path, description = "Id or slug"), LogQuery),
    responses((status = 200, body = LogAnswer, description = "Entries in the order that was asked for")))]
pub(super) async fn read(State(app): State<App>, About(about): About, Wanted(query): Wanted<LogQuery>) -> Answered {
    let (wish, limit) = query.read()?;
    let (lines, next_after, next_before) = match wish {
        Wish::After(after) => {
            let lines = app.readers.log(about.event, after, limit).await?;
            let is_full = lines.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            let next_after = lines.last().map(|line| line.seq).filter(|_| is_full);
            (lines, next_after, None)
        }
        Wish::Back(before, filter) => {
            let LogBack { lines, next_before } = app.readers.log_back(about.event, before, &filter, limit).await?;
            (lines, None, next_before)
        }
    };
    let items = lines.into_iter().map(EntryAnswer::from).collect();
    Ok(json(StatusCode::OK, &LogAnswer { items, next_after, next_before }))
}
