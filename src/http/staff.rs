//! What staff do with one registration, and the repair of an event.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::command::{
    Action, CheckIn, Command, IfBelow, Mode, Move, Promote, ReasonFor, Remove, Repair, Resize, RoleRef, Swap,
};
use headcount_core::ids::{EventId, RegistrationId, Spots};
use headcount_core::limits;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::details::non_empty;
use super::fields::{Number, Text};
use super::json::{Checks, Sent, parse};
use super::openapi::one_of;
use super::problem::Problem;
use super::receipt::{ReceiptAnswer, RepairedAnswer, receipt, repaired};
use super::request::{Asked, At};
use super::rights::About;
use super::role_request::{mode, text_or_empty};

type PartyCount = Number<1, { limits::SPOTS_MAX as i64 }>;

/// What a command needs. All of them take `dry_run` and `notify`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandRequest {
    /// `remove`: why. `promote`: why beyond the capacity, with `override` only.
    #[schema(value_type = String)]
    #[serde(default)]
    reason: Sent<Text>,
    /// `remove`: whether the reason stands in the mail; if left out, it does not.
    #[schema(value_type = bool)]
    #[serde(default)]
    tell_reason: Sent<bool>,
    /// `move`: to which role, by id or name.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<RoleRef>,
    /// `resize`: the new size of the party.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    spots: Sent<Spots>,
    /// `promote`: also beyond the capacity; needs a reason.
    #[schema(value_type = bool)]
    #[serde(default)]
    r#override: Sent<bool>,
    /// `swap`: the registration to exchange roles with.
    #[schema(value_type = Uuid)]
    #[serde(default)]
    with: Sent<RegistrationId>,
    /// Decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
    /// Whether those concerned are mailed; if left out, they are.
    #[schema(value_type = bool)]
    #[serde(default)]
    notify: Sent<bool>,
}

impl CommandRequest {
    /// As what `command` asks of a registration.
    fn read(mut self, command: &str, id: RegistrationId) -> Result<(Action, Mode), Problem> {
        let mut checks = Checks::default();
        let mode = mode(&mut checks, std::mem::take(&mut self.dry_run), std::mem::take(&mut self.notify));
        let action = self.action(&mut checks, command, id);
        self.nothing_else(&mut checks, command);
        match action {
            Err(UnknownCommand) => Err(Problem::not_found("There is no such command. Look at /openapi.json.")),
            Ok(action) => {
                checks.finish()?;
                Ok((action.ok_or_else(|| Problem::internal("a command without its field has no problem"))?, mode))
            }
        }
    }

    /// Takes the fields that belong to `command`; none means that a problem was noted.
    fn action(
        &mut self,
        checks: &mut Checks,
        command: &str,
        id: RegistrationId,
    ) -> Result<Option<Action>, UnknownCommand> {
        Ok(match command {
            "confirm" => Some(Action::Confirm(id)),
            "cancel" => Some(Action::Cancel(id)),
            "decline" => Some(Action::Decline(id)),
            "demote" => Some(Action::Demote(id)),
            "reinstate" => Some(Action::Reinstate(id)),
            "remove" => {
                let reason = text_or_empty(checks.given("reason", std::mem::take(&mut self.reason)));
                let is_told = checks.given("tell_reason", std::mem::take(&mut self.tell_reason)).unwrap_or(false);
                let reason_for = if is_told { ReasonFor::Holder } else { ReasonFor::Staff };
                Some(Action::Remove(Remove { registration: id, reason, reason_for }))
            }
            "move" => {
                let to = checks.required("role", std::mem::take(&mut self.role));
                to.map(|to| Action::Move(Move { registration: id, to }))
            }
            "swap" => {
                let with = checks.required("with", std::mem::take(&mut self.with));
                with.map(|with| Action::Swap(Swap { registration: id, with }))
            }
            "resize" => {
                let spots = checks.required("spots", std::mem::take(&mut self.spots));
                spots.map(|spots| Action::Resize(Resize { registration: id, spots }))
            }
            "promote" => Some(Action::Promote(self.promote(checks, id))),
            _ => return Err(UnknownCommand),
        })
    }

    fn promote(&mut self, checks: &mut Checks, id: RegistrationId) -> Promote {
        let is_override = checks.given("override", std::mem::take(&mut self.r#override)).unwrap_or(false);
        let reason = non_empty(checks.given("reason", std::mem::take(&mut self.reason)));
        if is_override && reason.is_none() {
            checks.wrong("reason", "is required with override");
        }
        if !is_override && reason.is_some() {
            checks.wrong("reason", "belongs to an override; send override: true with it, or leave it out");
        }
        Promote { registration: id, override_reason: reason }
    }

    fn nothing_else(&self, checks: &mut Checks, command: &str) {
        let why = || format!("does not belong to {command}");
        checks.unwanted("reason", &self.reason, why());
        checks.unwanted("tell_reason", &self.tell_reason, why());
        checks.unwanted("role", &self.role, why());
        checks.unwanted("spots", &self.spots, why());
        checks.unwanted("override", &self.r#override, why());
        checks.unwanted("with", &self.with, why());
    }
}

struct UnknownCommand;

/// Do something with a registration
///
/// `confirm`, `cancel`, `remove {reason, tell_reason}`, `move {role}`, `resize {spots}`, `promote {override, reason}`, `demote`, `reinstate`,
/// `swap {with}`, `decline`; see also `change-email`, `check-in` and `undo-check-in`.
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations/{id}/{command}", tag = "registrations",
    request_body = Option<CommandRequest>,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration"),
           ("command" = String, Path, description = "What to do",
            pattern = "^(confirm|cancel|remove|move|resize|promote|demote|reinstate|swap|decline)$"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Done, or what would be done"),
              (status = 409, description = "`not_active`, `not_confirmed`, `not_waitlisted`, `already_declined`, \
               `still_active`, `already_registered`, `too_many_roles`, `too_many_spots`, `already_checked_in`, \
               `role_full`, `event_full`, `no_room`")))]
pub(super) async fn command(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id, command)): At<(String, RegistrationId, String)>,
    asked: Asked,
) -> Answered {
    let (action, mode) = parse::<CommandRequest>(&asked.body)?.read(&command, id)?;
    app.submit_by_staff(&caller, about.event, &asked, mode, action).await
}

/// How many of a party.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInRequest {
    /// How many of the party; all that are left if left out.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    count: Sent<PartyCount>,
    /// Decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
}

impl CheckInRequest {
    fn read(self, registration: RegistrationId) -> Result<(CheckIn, Mode), Problem> {
        let mut checks = Checks::default();
        let mode = mode(&mut checks, self.dry_run, Sent::Absent);
        let count = checks.given("count", self.count).map(Number::u32);
        checks.finish().map(|()| (CheckIn { registration, count }, mode))
    }
}

/// Some of a party have come
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations/{id}/check-in", tag = "registrations",
    request_body = Option<CheckInRequest>,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Done, or what would be done"),
              (status = 409, description = "`not_confirmed`, `already_checked_in`")))]
pub(super) async fn check_in(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Answered {
    let (check_in, mode) = parse::<CheckInRequest>(&asked.body)?.read(id)?;
    app.submit_by_staff(&caller, about.event, &asked, mode, Action::CheckIn(check_in)).await
}

/// They have not come, after all
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations/{id}/undo-check-in", tag = "registrations",
    request_body = Option<CheckInRequest>,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Done, or what would be done"),
              (status = 409, description = "`not_confirmed`, `not_checked_in`")))]
pub(super) async fn undo_check_in(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Answered {
    let (check_in, mode) = parse::<CheckInRequest>(&asked.body)?.read(id)?;
    app.submit_by_staff(&caller, about.event, &asked, mode, Action::UndoCheckIn(check_in)).await
}

impl App {
    async fn submit_by_staff(
        &self,
        caller: &Caller,
        event: EventId,
        asked: &Asked,
        mode: Mode,
        action: Action,
    ) -> Answered {
        let idempotency = caller.idempotency(asked);
        let command = Command { event, actor: caller.as_staff(), idempotency, mode, action };
        let receipt = receipt(self.lanes.submit(command).await?)?;
        Ok(json(StatusCode::OK, &ReceiptAnswer::for_staff(receipt, self, mode)))
    }
}

/// What a repair may do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RepairRequest {
    /// What to do with registrations beyond the capacity; refuse if left out.
    #[schema(schema_with = one_of::<IfBelow>)]
    #[serde(default)]
    over_capacity: Sent<IfBelow>,
    /// Decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
}

impl RepairRequest {
    fn read(self) -> Result<(Action, Mode), Problem> {
        let mut checks = Checks::default();
        let over_capacity = checks.given("over_capacity", self.over_capacity).unwrap_or_default();
        let mode = mode(&mut checks, self.dry_run, Sent::Absent);
        checks.finish().map(|()| (Action::Repair(Repair { over_capacity }), mode))
    }
}

/// Recompute the counters of an event, and settle what is beyond its capacity
#[utoipa::path(post, path = "/api/v1/events/{event}/repair", tag = "events", request_body = Option<RepairRequest>,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = RepairedAnswer, description = "Repaired, or what would be repaired"),
              (status = 409, description = "`capacity_below_reserved`")))]
pub(super) async fn repair(State(app): State<App>, caller: Caller, About(about): About, asked: Asked) -> Answered {
    let (action, mode) = parse::<RepairRequest>(&asked.body)?.read()?;
    let event = about.event;
    let idempotency = caller.idempotency(&asked);
    let command = Command { event, actor: caller.as_staff(), idempotency, mode, action };
    let repaired = repaired(app.lanes.submit(command).await?)?;
    Ok(json(StatusCode::OK, &RepairedAnswer::new(event, repaired, mode)))
}
