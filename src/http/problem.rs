//! Every way to say no over HTTP: the one table of statuses and codes, and RFC 9457 problem documents.
//!
//! What is said in public and what caused it are two things: causes are logged, here and once, and never sent.

use std::borrow::Cow;

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use headcount_core::decision::Refusal;
use headcount_core::ids::Millis;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::rfc3339;
use super::limits::TooMany;
use crate::hooks::webhooks::WEBHOOKS_MAX;
use crate::lanes::Rejected;
use crate::store::StoreError;

mod people;

/// What a problem document is sent as.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// A "no" on its way to the one who asked.
#[derive(Debug)]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    outcome: &'static str,
    fields: Vec<FieldProblem>,
    /// What belongs to this code, such as `open_now` of `role_full`.
    members: Vec<(&'static str, Value)>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// The field, as `waitlist.limit` or `roles[2].name` where it lies deeper.
    pub field: String,
    /// What is wrong and what to do.
    pub problem: Cow<'static, str>,
}

/// A problem document (RFC 9457). Some codes carry more members, such as `open_now` with `role_full`.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it describes what `Problem` serializes to")]
pub(super) struct ProblemDocument {
    /// `urn:headcount:problem:` and the code.
    #[schema(example = "urn:headcount:problem:role_full")]
    r#type: String,
    /// The code in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do, in the language of `Accept-Language` where the server speaks it.
    detail: String,
    /// Stable: programs rely on it.
    #[schema(example = "role_full")]
    code: String,
    /// `none`: nothing happened. `unknown`: it may have happened; send the same request with the same key again.
    #[schema(pattern = "^(none|unknown)$")]
    outcome: String,
    /// With `invalid`: what is wrong, field by field.
    fields: Option<Vec<FieldProblem>>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Problem {
        let (outcome, fields, members) = ("none", Vec::new(), Vec::new());
        Problem(Box::new(Parts { status, code, detail: detail.into(), outcome, fields, members, header: None }))
    }

    fn with_header(mut self, name: HeaderName, value: &'static str) -> Problem {
        self.0.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// Stable: programs rely on it.
    pub(super) fn code(&self) -> &'static str {
        self.0.code
    }

    /// What happened and what to do.
    pub(super) fn detail(&self) -> &str {
        &self.0.detail
    }

    pub(super) fn malformed(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    pub(super) fn unsupported_media_type() -> Problem {
        let detail = "Send the request as JSON, with the header `Content-Type: application/json`.";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    pub(super) fn invalid(fields: Vec<FieldProblem>) -> Problem {
        let mut detail = String::from("Please correct: ");
        for (index, one) in fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            detail.extend([separator, &one.field, " ", &one.problem]);
        }
        detail.push('.');
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail);
        problem.0.fields = fields;
        problem
    }

    pub(super) fn invalid_field(field: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Problem {
        Problem::invalid(vec![FieldProblem { field: field.into(), problem: problem.into() }])
    }

    pub(super) fn unauthenticated() -> Problem {
        let detail = "This needs a login: a session, or a token sent as `Authorization: Bearer TOKEN` that is right and \
                      has not ended.";
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail).with_header(WWW_AUTHENTICATE, "Bearer")
    }

    fn not_allowed(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub(super) fn forbidden() -> Problem {
        Problem::not_allowed("You may not do this. Ask an owner of the organization for the right.")
    }

    pub(super) fn not_your_team() -> Problem {
        Problem::not_allowed("You manage chosen teams: name in `teams` only those, and for a new event at least one.")
    }

    pub(super) fn needs_account() -> Problem {
        Problem::not_allowed("This is for somebody with an account. Log in, or use a token of an account.")
    }

    pub(super) fn scope_missing(scope: &str) -> Problem {
        Problem::not_allowed(format!("This token may not be used for this. Make one with the scope `{scope}`."))
    }

    pub(super) fn cross_site() -> Problem {
        let detail = "A request with a session must come from a page of this server, as its Origin header says. \
                      Programs use a token instead.";
        Problem::not_allowed(detail)
    }

    pub(super) fn no_such_organization() -> Problem {
        Problem::not_found("There is no such organization. Check the address.")
    }

    pub(super) fn not_found(detail: &'static str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(super) fn no_such_event() -> Problem {
        Problem::not_found("There is no such event. Check the address.")
    }

    pub(super) fn no_such_registration() -> Problem {
        Problem::not_found("There is no such registration. Check the address or the link.")
    }

    pub(super) fn no_mail() -> Problem {
        let detail = "This server sends no mail. Ask the organizer for your link, who can copy it for you.";
        Problem::new(StatusCode::CONFLICT, "no_mail", detail)
    }

    pub(super) fn no_address() -> Problem {
        let detail =
            "This registration has no e-mail address. Give it one with `change-email`, or copy its `manage_url`.";
        Problem::new(StatusCode::CONFLICT, "no_address", detail)
    }

    pub(super) fn no_such_webhook() -> Problem {
        Problem::not_found("There is no such webhook. Check the address.")
    }

    pub(super) fn no_such_delivery() -> Problem {
        Problem::not_found("There is no such delivery. They are kept for 30 days; check the address.")
    }

    pub(super) fn too_many_webhooks() -> Problem {
        let detail = format!("An organization may have {WEBHOOKS_MAX} webhooks. Change or remove one.");
        Problem::new(StatusCode::CONFLICT, "too_many_webhooks", detail)
    }

    pub(super) fn webhook_ended() -> Problem {
        let detail = "This webhook has ended. Activate it first: change it with `{\"active\": true}`.";
        Problem::new(StatusCode::CONFLICT, "webhook_ended", detail)
    }

    pub(super) fn key_reused() -> Problem {
        Problem::from(Refusal::KeyReused)
    }

    pub(super) fn method_not_allowed() -> Problem {
        let detail = "This address does not take this method. The Allow header names those it takes.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    pub(super) fn revision_required() -> Problem {
        let detail =
            "Send the revision you have seen, from the ETag of the event, as `If-Match: \"7\"`; `*` is not taken.";
        Problem::new(StatusCode::PRECONDITION_REQUIRED, "revision_required", detail)
    }

    pub(super) fn revision_unreadable() -> Problem {
        let detail = "If-Match must be the ETag of the event as it was sent, such as `\"7\"`. Read the event again.";
        Problem::new(StatusCode::PRECONDITION_FAILED, "revision_mismatch", detail)
    }

    pub(super) fn too_large(bytes_max: usize) -> Problem {
        let detail = format!("The request is too large: {bytes_max} bytes are the most. Send less.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).with_header(CONNECTION, "close")
    }

    pub(super) fn too_slow() -> Problem {
        let detail = "The request did not arrive in time. Please try again.";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail).with_header(CONNECTION, "close")
    }

    pub(super) fn cut_short() -> Problem {
        Problem::malformed("The request ended before its body was complete. Please try again.")
    }

    pub(super) fn busy() -> Problem {
        let detail = "Too many people are asking at this moment, and nothing was changed. Please try again.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).with_header(RETRY_AFTER, "1")
    }

    pub(super) fn no_room_to_follow() -> Problem {
        let detail =
            "Too many people follow events at this moment. Ask for the availability instead, or try again later.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).with_header(RETRY_AFTER, "30")
    }

    /// Why a socket is not let in; over Socket.IO only the detail is sent.
    pub(super) fn refused_socket(detail: &'static str) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    pub(super) fn storage_unavailable() -> Problem {
        let detail = "The storage does not answer, and nothing was changed. Please try again in a moment.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", detail).with_header(RETRY_AFTER, "5")
    }

    fn outcome_unknown() -> Problem {
        let mut problem = Problem::storage_unavailable();
        problem.0.outcome = "unknown";
        problem.0.detail = "The storage failed while your request was written, so it may or may not have happened. \
                            Send it again with the same Idempotency-Key to learn which."
            .into();
        problem
    }

    /// A bug of ours; `cause` goes to the log only.
    pub(super) fn internal(cause: &str) -> Problem {
        tracing::error!(cause, "internal error");
        Problem::internal_unlogged()
    }

    fn internal_unlogged() -> Problem {
        let detail = "Something is wrong with the server, and nothing was changed. Tell its owner if it happens again.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let status = match &refusal {
            Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
            Refusal::RevisionMismatch { .. } => StatusCode::PRECONDITION_FAILED,
            Refusal::SelfMoveOff => StatusCode::FORBIDDEN,
            Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Invalid { field, problem } => return Problem::invalid_field(field.clone(), problem.clone()),
            Refusal::FormChanged => return Problem::busy(),
            _ => StatusCode::CONFLICT,
        };
        let mut problem = Problem::new(status, refusal.code(), refusal.detail());
        problem.0.members = members(&refusal);
        problem
    }
}

/// The facts that a refusal carries, for programs.
fn members(refusal: &Refusal) -> Vec<(&'static str, Value)> {
    let since = |full_since: &Option<Millis>| ("full_since", json!(full_since.map(rfc3339)));
    match refusal {
        Refusal::NotOpenYet { opens_at } => vec![("opens_at", json!(opens_at.map(rfc3339)))],
        Refusal::RoleFull { role, open_now, full_since } => {
            vec![("role", json!(role)), ("open_now", json!(open_now)), since(full_since)]
        }
        Refusal::EventFull { open_now, full_since } => vec![("open_now", json!(open_now)), since(full_since)],
        Refusal::WaitlistFull { limit } | Refusal::TooManyRoles { limit } => vec![("limit", json!(limit))],
        Refusal::AlreadyRegistered { role } | Refusal::RoleExists { role } => vec![("role", json!(role))],
        Refusal::TooManySpots { max } => vec![("max", json!(max))],
        Refusal::TooLate { until } => vec![("until", json!(rfc3339(*until)))],
        Refusal::CapacityBelowReserved { reserved } => vec![("reserved", json!(reserved))],
        Refusal::NoRoom { free } => vec![("free", json!(free))],
        Refusal::AlreadyCheckedIn { checked_in } | Refusal::NotCheckedIn { checked_in } => {
            vec![("checked_in", json!(checked_in))]
        }
        Refusal::RevisionMismatch { current } => vec![("current", json!(current))],
        _ => Vec::new(),
    }
}

impl From<TooMany> for Problem {
    fn from(too_many: TooMany) -> Problem {
        let seconds = too_many.retry_after();
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("{too_many}, and nothing was changed. Please try again in {seconds} {unit}.");
        let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail);
        problem.0.header = Some((RETRY_AFTER, seconds.into()));
        problem
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Problem {
        match rejected {
            Rejected::Busy => Problem::busy(),
            Rejected::Unavailable => Problem::storage_unavailable(),
            Rejected::Unknown => Problem::outcome_unknown(),
            Rejected::Internal => Problem::internal_unlogged(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::BadCursor => {
                Problem::invalid_field("cursor", "must be the next_cursor of the page before, unchanged")
            }
            cause => {
                tracing::error!(%cause, "reading failed");
                Problem::storage_unavailable()
            }
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = &self.0;
        let mut document = serializer.serialize_map(None)?;
        document.serialize_entry("type", &format_args!("urn:headcount:problem:{}", parts.code))?;
        document.serialize_entry("title", &title(parts.code))?;
        document.serialize_entry("status", &parts.status.as_u16())?;
        document.serialize_entry("detail", &parts.detail)?;
        document.serialize_entry("code", parts.code)?;
        document.serialize_entry("outcome", parts.outcome)?;
        if !parts.fields.is_empty() {
            document.serialize_entry("fields", &parts.fields)?;
        }
        for (name, value) in &parts.members {
            document.serialize_entry(name, value)?;
        }
        document.end()
    }
}

/// The code in words: `role_full` is "Role full".
fn title(code: &str) -> String {
    let mut title = code.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("a problem has only string keys");
        let content_type = HeaderValue::from_static(PROBLEM_JSON);
        let mut response = (self.0.status, [(CONTENT_TYPE, content_type)], body).into_response();
        if let Some((name, value)) = self.0.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
