//! What is answered to a command: what became of the registration, the event or the role, and who else moved.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::command::Mode;
use headcount_core::decision::{Affected, CheckMail, Edited, Outcome, Receipt, Repaired, Responded};
use headcount_core::event::Status;
use headcount_core::ids::{EventId, RegistrationId, RoleId, Seq};
use headcount_core::view::EventView;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::answer::{json, with_etag};
use super::fields::rfc3339;
use super::openapi::one_of;
use super::problem::Problem;
use super::respond::Response;
use crate::secret::Link;

/// What became of a registration. No personal data.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(super) struct ReceiptAnswer {
    #[schema(value_type = Uuid)]
    id: RegistrationId,
    #[schema(value_type = Uuid)]
    event_id: EventId,
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    /// The role's name.
    role: String,
    #[schema(schema_with = one_of::<Status>)]
    status: Status,
    spots: u32,
    /// Place in the role's queue, 1 is next; null if it does not wait, and after a change of somebody deep in a long
    /// queue: reading the registration tells it then.
    #[schema(required)]
    position: Option<u64>,
    /// The event's seq after the command.
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(format = DateTime)]
    created_at: String,
    /// The link to manage it. Whoever has it can cancel the registration. Not after a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    manage_url: Option<String>,
    /// Only for staff: how many of the party have come.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_in: Option<u32>,
    /// Only for staff: who else moved because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    affected: Option<Vec<AffectedAnswer>>,
    /// Only for staff: whether it was only tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
}

/// What a guest is told whose address must be verified. It is the same for an address that is known and for a new one,
/// and says `held` also of somebody who waits: what became of it stands in the mail.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckMail)]
pub(super) struct CheckMailAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    /// The role's name.
    role: String,
    spots: u32,
    /// Always `held`.
    #[schema(schema_with = one_of::<Status>)]
    status: Status,
    /// Until when the link in the mail must be followed.
    #[schema(format = DateTime)]
    verify_until: String,
}

/// What an answer of somebody who is logged in came to.
#[derive(Serialize, ToSchema)]
#[schema(as = Responded)]
pub(super) struct RespondedAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    #[schema(schema_with = one_of::<Response>)]
    response: Response,
    /// The event's seq after it.
    #[schema(value_type = u64)]
    seq: Seq,
    /// What became of the registrations, one a role.
    registrations: Vec<ReceiptAnswer>,
}

/// Somebody who moved because of what another asked.
#[derive(Serialize, ToSchema)]
#[schema(as = Affected)]
struct AffectedAnswer {
    #[schema(value_type = Uuid)]
    registration_id: RegistrationId,
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    spots: u32,
    #[schema(schema_with = one_of::<Status>)]
    from: Status,
    #[schema(schema_with = one_of::<Status>)]
    to: Status,
}

/// What became of an event or one of its roles.
#[derive(Serialize, ToSchema)]
#[schema(as = Edited)]
pub(super) struct EditedAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// The role that was added, changed or removed; null: the event itself was changed.
    #[schema(required, value_type = Option<Uuid>)]
    role_id: Option<RoleId>,
    /// The new revision, also in the ETag.
    revision: u32,
    /// The event's seq after it.
    #[schema(value_type = u64)]
    seq: Seq,
    /// Who moved because of it.
    affected: Vec<AffectedAnswer>,
    /// Whether it was only tried.
    dry_run: bool,
}

/// What a repair found and did.
#[derive(Serialize, ToSchema)]
#[schema(as = Repaired)]
pub(super) struct RepairedAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// Counters that were wrong and are right now.
    counters: u32,
    /// Spots beyond the capacity that an override now allows.
    kept_spots: u64,
    /// The event's seq after it.
    #[schema(value_type = u64)]
    seq: Seq,
    /// Who was demoted, and who moved up.
    affected: Vec<AffectedAnswer>,
    /// Whether it was only tried.
    dry_run: bool,
}

impl ReceiptAnswer {
    /// For the person whose registration it is.
    pub(super) fn for_person(receipt: Receipt, app: &App) -> ReceiptAnswer {
        let link = link_of(&receipt);
        ReceiptAnswer {
            id: receipt.id,
            event_id: receipt.event_id,
            role_id: receipt.role_id,
            role: receipt.role,
            status: receipt.status,
            spots: receipt.spots.get(),
            position: receipt.position,
            seq: receipt.seq,
            created_at: rfc3339(receipt.created_at),
            manage_url: Some(app.manage_url(link)),
            checked_in: None,
            affected: None,
            dry_run: None,
        }
    }

    /// For staff, who are also told who else moved.
    pub(super) fn for_staff(mut receipt: Receipt, app: &App, mode: Mode) -> ReceiptAnswer {
        let moved = affected(std::mem::take(&mut receipt.affected));
        let (checked_in, is_tried) = (receipt.checked_in, mode == Mode::DryRun);
        let answer = ReceiptAnswer::for_person(receipt, app);
        ReceiptAnswer {
            manage_url: answer.manage_url.filter(|_| !is_tried),
            checked_in: Some(checked_in),
            affected: Some(moved),
            dry_run: Some(is_tried),
            ..answer
        }
    }
}

impl From<CheckMail> for CheckMailAnswer {
    fn from(mail: CheckMail) -> CheckMailAnswer {
        let CheckMail { event_id, role_id, role, spots, until } = mail;
        let (spots, verify_until) = (spots.get(), rfc3339(until));
        CheckMailAnswer { event_id, role_id, role, spots, status: Status::Held, verify_until }
    }
}

/// What the link to manage a registration is made of.
pub(super) fn link_of(receipt: &Receipt) -> Link {
    Link { event: receipt.event_id, registration: receipt.id, version: receipt.link_version }
}

impl RespondedAnswer {
    /// The answer to somebody who said yes or no.
    pub(super) fn new(event_id: EventId, response: Response, responded: Responded, app: &App) -> RespondedAnswer {
        let receipts = responded.receipts.into_iter();
        let registrations = receipts.map(|receipt| ReceiptAnswer::for_person(receipt, app)).collect();
        RespondedAnswer { event_id, response, seq: responded.seq, registrations }
    }
}

impl EditedAnswer {
    pub(super) fn new(event_id: EventId, edited: Edited, mode: Mode) -> EditedAnswer {
        let Edited { role_id, revision, seq, affected: moved } = edited;
        EditedAnswer { event_id, role_id, revision, seq, affected: affected(moved), dry_run: mode == Mode::DryRun }
    }
}

impl IntoResponse for EditedAnswer {
    /// After a dry run there is no new revision, so no ETag.
    fn into_response(self) -> axum::response::Response {
        let answer = json(StatusCode::OK, &self);
        if self.dry_run { answer } else { with_etag(answer, self.revision) }
    }
}

impl RepairedAnswer {
    pub(super) fn new(event_id: EventId, repaired: Repaired, mode: Mode) -> RepairedAnswer {
        let Repaired { counters, kept_spots, affected: moved, seq } = repaired;
        RepairedAnswer { event_id, counters, kept_spots, seq, affected: affected(moved), dry_run: mode == Mode::DryRun }
    }
}

fn affected(affected: Vec<Affected>) -> Vec<AffectedAnswer> {
    let answer = |Affected { registration_id, role_id, spots, from, to }| AffectedAnswer {
        registration_id,
        role_id,
        spots: spots.get(),
        from,
        to,
    };
    affected.into_iter().map(answer).collect()
}

/// The registration a command was about.
pub(super) fn receipt(outcome: Outcome) -> Result<Receipt, Problem> {
    match outcome {
        Outcome::Registration(receipt) => Ok(receipt),
        other => Err(otherwise(other)),
    }
}

/// What somebody who is logged in answered.
pub(super) fn responded(outcome: Outcome) -> Result<Responded, Problem> {
    match outcome {
        Outcome::Responded(responded) => Ok(responded),
        other => Err(otherwise(other)),
    }
}

/// The event or role that was changed.
pub(super) fn edited(outcome: Outcome) -> Result<Edited, Problem> {
    match outcome {
        Outcome::Edited(edited) => Ok(edited),
        other => Err(otherwise(other)),
    }
}

/// The event that was made.
pub(super) fn created(outcome: Outcome) -> Result<EventView, Problem> {
    match outcome {
        Outcome::EventCreated(view) => Ok(*view),
        other => Err(otherwise(other)),
    }
}

/// What was repaired.
pub(super) fn repaired(outcome: Outcome) -> Result<Repaired, Problem> {
    match outcome {
        Outcome::Repaired(repaired) => Ok(repaired),
        other => Err(otherwise(other)),
    }
}

/// Succeeds if the event was deleted.
pub(super) fn deleted(outcome: Outcome) -> Result<(), Problem> {
    match outcome {
        Outcome::EventDeleted => Ok(()),
        other => Err(otherwise(other)),
    }
}

fn otherwise(outcome: Outcome) -> Problem {
    match outcome {
        Outcome::Refused(refusal) => refusal.into(),
        _ => Problem::internal("a command has the outcome of another"),
    }
}
