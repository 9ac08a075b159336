//! What became of each command, in words: for the log, one line an outcome, and for counting. Ids, codes and words of ours
//! alone: nothing here may come from what somebody typed.

use headcount_core::command::{Action, Answer, Command, RoleRef};
use headcount_core::decision::{Outcome, Receipt};
use headcount_core::ids::{EventId, RegistrationId, RoleId};

use super::Rejected;
use super::counts::name_of;

/// The target of these lines, by which they are switched on and off alone (`HEADCOUNT_LOG=warn,headcount::outcome=info`).
const TARGET: &str = "headcount::outcome";

/// What became of a command.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) event: EventId,
    pub(super) command: &'static str,
    role: Option<RoleId>,
    registration: Option<RegistrationId>,
    /// A status, `done`, or the code of a "no".
    pub(super) outcome: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Success,
    /// There is no place.
    Full,
    Refused,
    /// The lane had no time for it.
    Busy,
    /// The storage or a rule of ours failed.
    Failed,
}

/// Whether anybody reads these lines.
pub(super) fn are_logged() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

impl Line {
    /// What is asked, before anything has become of it.
    pub(super) fn asked(command: &Command) -> Line {
        let (role, registration) = asked(&command.action);
        let (event, command) = (command.event, name_of(command));
        Line { event, command, role, registration, outcome: "done", kind: Kind::Success }
    }

    pub(super) fn of(command: &Command, answer: &Result<Outcome, Rejected>) -> Line {
        let line = Line::asked(command);
        match answer {
            Ok(Outcome::Registration(receipt)) => line.about(receipt),
            Ok(Outcome::Responded(responded)) => responded.receipts.first().map_or(line, |one| line.about(one)),
            // Whether somebody is in already is told by mail alone, and so not here.
            Ok(Outcome::CheckMail(told)) => Line { role: Some(told.role_id), outcome: "check_mail", ..line },
            Ok(Outcome::Refused(refusal)) => match refusal.code() {
                full @ ("role_full" | "event_full" | "waitlist_full" | "no_room") => {
                    Line { outcome: full, kind: Kind::Full, ..line }
                }
                other => Line { outcome: other, kind: Kind::Refused, ..line },
            },
            Ok(
                Outcome::EventCreated(_)
                | Outcome::Edited(_)
                | Outcome::EventDeleted
                | Outcome::Settled
                | Outcome::Repaired(_)
                | Outcome::Imported(_)
                | Outcome::Postponed,
            ) => line,
            Err(rejected) => line.rejected(*rejected),
        }
    }

    /// The same, which came to nothing.
    pub(super) fn rejected(self, rejected: Rejected) -> Line {
        let kind = if rejected == Rejected::Busy { Kind::Busy } else { Kind::Failed };
        Line { outcome: rejected.word(), kind, ..self }
    }

    fn about(self, receipt: &Receipt) -> Line {
        let (role, registration) = (Some(receipt.role_id), Some(receipt.id));
        Line { role, registration, outcome: receipt.status.as_str(), ..self }
    }

    /// Writes it to the log.
    pub(super) fn log(&self) {
        let Line { event, command, outcome, .. } = self;
        let (role, registration) = (self.role.map(tracing::field::display), self.registration);
        let registration = registration.map(tracing::field::display);
        match self.kind {
            Kind::Success => {
                tracing::info!(target: TARGET, %event, role, registration, outcome, "{command} success");
            }
            Kind::Full => {
                tracing::info!(target: TARGET, %event, role, registration, command, cause = outcome, "capacity full");
            }
            Kind::Refused => {
                tracing::info!(target: TARGET, %event, role, registration, cause = outcome, "{command} refused");
            }
            Kind::Busy => {
                tracing::info!(target: TARGET, %event, role, registration, cause = outcome, "{command} not decided");
            }
            Kind::Failed => {
                tracing::info!(target: TARGET, %event, role, registration, cause = outcome, "{command} failed");
            }
        }
    }
}

impl Rejected {
    /// As problem documents call it, but for what is not known.
    fn word(self) -> &'static str {
        match self {
            Rejected::Busy => "busy",
            Rejected::Unavailable => "storage_unavailable",
            Rejected::Unknown => "unknown",
            Rejected::Internal => "internal",
        }
    }
}

/// The role and registration that are named by their ids. The name of a role is what somebody typed.
fn asked(action: &Action) -> (Option<RoleId>, Option<RegistrationId>) {
    let role = match action {
        Action::SignUp(sign_up) => Some(&sign_up.role),
        Action::Respond(respond) => match &respond.answer {
            Answer::Accept { role, .. } => Some(role),
            Answer::Decline { role } => role.as_ref(),
        },
        Action::Move(change) => Some(&change.to),
        _ => None,
    };
    let role = role.and_then(|role| if let RoleRef::Id(id) = role { Some(*id) } else { None });
    (role, action.registrations().next())
}
