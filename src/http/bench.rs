//! The floor that `headcount bench http` measures against: a sign-up with the same parsing, validation and answer that
//! stores nothing.

use std::future::ready;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use headcount_core::command::{Action, Command};
use headcount_core::decision::{Outcome, Receipt};
use headcount_core::event::Status;
use headcount_core::ids::{RoleId, Seq};

use super::address::Client;
use super::answer::Answered;
use super::caller::Caller;
use super::request::{Asked, At};
use super::{App, finish, sign_up};
use crate::clock;
use crate::lanes::Rejected;

/// The sign-up route alone, at the same address, with every sign-up confirmed and nothing stored. Never part of
/// [`router`](super::router).
pub fn bench_router(app: App) -> Router {
    finish(Router::new().route("/api/v1/events/{event}/registrations", post(pretend)), app)
}

async fn pretend(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Answered {
    sign_up::take(&app, &caller, client, event, asked, |command| ready(confirm(&command))).await
}

fn confirm(command: &Command) -> Result<Outcome, Rejected> {
    let Action::SignUp(sign_up) = &command.action else { return Err(Rejected::Internal) };
    Ok(Outcome::Registration(Receipt {
        id: sign_up.id,
        event_id: command.event,
        role_id: RoleId(sign_up.id.0),
        role: "Server".to_owned(),
        status: Status::Confirmed,
        spots: sign_up.spots,
        position: None,
        checked_in: 0,
        seq: Seq(1),
        created_at: clock::now(),
        link_version: 1,
        affected: Vec::new(),
    }))
}
