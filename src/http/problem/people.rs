//! The statuses of what is denied about people.

use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;

use super::{FieldProblem, Problem};
use crate::people::{Denial, Failed};

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Problem {
        match failed {
            Failed::Denied(denial) => denial.into(),
            Failed::Rejected(rejected) => rejected.into(),
            Failed::Storage(error) => error.into(),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Problem {
        let status = match &denial {
            Denial::WrongLogin => StatusCode::UNAUTHORIZED,
            Denial::WrongPassword | Denial::RegistrationOff => StatusCode::FORBIDDEN,
            Denial::LinkEnded | Denial::NoSuch(_) => StatusCode::NOT_FOUND,
            Denial::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Denial::Invalid { field, problem } => {
                return Problem::invalid(vec![FieldProblem { field: field.to_string(), problem: (*problem).into() }]);
            }
            Denial::LinkUsed
            | Denial::AddressTaken
            | Denial::AlreadySetUp
            | Denial::LastOwner
            | Denial::TeamExists
            | Denial::BelongsElsewhere => StatusCode::CONFLICT,
        };
        let problem = Problem::new(status, denial.code(), denial.detail());
        if status == StatusCode::UNAUTHORIZED { problem.with_header(WWW_AUTHENTICATE, "Bearer") } else { problem }
    }
}
