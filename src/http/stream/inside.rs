//! The stream of an event as those inside get it: beside the states, each response.

use std::sync::Arc;

use axum::body::Bytes;
use headcount_core::event::Status;
use headcount_core::ids::{AccountId, EventId, RegistrationId, RoleId, Seq};
use headcount_core::view::{Availability, EventView};
use serde::Serialize;
use tokio::time::{Duration, Instant, sleep_until};
use utoipa::ToSchema;

use super::{RESET, message};
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::events::may_see;
use crate::http::fields::rfc3339;
use crate::http::openapi::one_of;
use crate::live::{Insider, Response, Stored, Told};
use crate::people::identity::Standing;
use crate::store::StoreError;

/// The least time between two states for somebody who is told no more than everybody.
const STATE_EVERY: Duration = Duration::from_millis(500);

/// A response, as a stream tells it.
#[derive(Serialize, ToSchema)]
#[schema(as = StreamedResponse)]
pub(in crate::http) struct ResponseMessage<'a> {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// The entry of the event's log that it is.
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// What happened, as the log calls it: `signed_up`, `accepted`, `not_coming`, `declined`, `cancelled`, `removed`,
    /// `promoted`, `demoted`, `reinstated`, `verified`, `expired`, `moved`.
    #[schema(value_type = String)]
    response: &'a str,
    #[schema(value_type = Uuid)]
    registration_id: RegistrationId,
    /// The account of whoever it is about; null: they have none.
    #[schema(required, value_type = Option<Uuid>)]
    person: Option<AccountId>,
    /// The status after it.
    #[schema(schema_with = one_of::<Status>)]
    status: Status,
    /// The role after it. This and what follows is as it was when the message was made, at the response or later.
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    /// The role's name; null, as all that follows, where the role is gone.
    #[schema(required, value_type = Option<String>)]
    role: Option<&'a str>,
    /// Accounts that come, the latest first; at most 500.
    #[schema(required, value_type = Option<Vec<Uuid>>)]
    accepted: Option<&'a [AccountId]>,
    /// How many parties come, with and without an account.
    #[schema(required)]
    accepted_count: Option<u64>,
    /// Accounts that said no, the latest first; at most 500.
    #[schema(required, value_type = Option<Vec<Uuid>>)]
    declined: Option<&'a [AccountId]>,
    /// How many parties said no, with and without an account.
    #[schema(required)]
    declined_count: Option<u64>,
    #[schema(required)]
    role_stats: Option<RoleStats>,
}

/// How full a role is.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct RoleStats {
    /// Places there are; null: unlimited.
    #[schema(required)]
    capacity: Option<u32>,
    /// Places taken.
    reserved: u64,
    /// Parties that wait.
    waiting: u32,
    /// Places that a newcomer could get; null: unlimited.
    #[schema(required)]
    open_now: Option<u64>,
}

impl From<&Availability> for RoleStats {
    fn from(places: &Availability) -> RoleStats {
        let Availability { capacity, reserved, waiting, open_now, .. } = *places;
        RoleStats { capacity, reserved, waiting, open_now }
    }
}

/// What somebody with an account, or the server's owner, is told.
pub(super) struct Inside {
    app: App,
    caller: Caller,
    insider: Insider<Stored>,
    /// Whether they come to the event, or wait for it.
    is_in: bool,
    /// Of whom it must be found out whether they are still in before it is told.
    pending: Option<Arc<Response>>,
    state_from: Instant,
}

impl Inside {
    pub(super) fn new(app: App, caller: Caller, insider: Insider<Stored>, is_in: bool) -> Inside {
        Inside { app, caller, insider, is_in, pending: None, state_from: Instant::now() }
    }

    /// What is sent next; none: the stream is over. Nothing is lost if it is dropped half-way.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !self.hears_all() {
                sleep_until(self.state_from).await;
            }
            let told = match self.pending.take() {
                Some(response) => Told::Response(response),
                None => self.insider.next().await?,
            };
            // It may have been hidden meanwhile.
            if !may_see(self.view(), &self.caller) {
                return None;
            }
            match told {
                Told::Reset => return Some(Bytes::from_static(RESET)),
                Told::State(update) => {
                    self.state_from = Instant::now() + STATE_EVERY;
                    return Some(message(&update));
                }
                Told::Response(response) => {
                    let is_own = self.is_own(&response);
                    if is_own && response.line.status.is_active() {
                        self.is_in = true;
                    } else if is_own {
                        // They may still be in with another role.
                        self.pending = Some(Arc::clone(&response));
                        self.is_in = is_in(&self.app, &self.caller, self.view()).await.ok()?;
                        self.pending = None;
                    }
                    if is_own || self.hears_all() {
                        return Some(response.written(write));
                    }
                }
            }
        }
    }

    fn view(&self) -> &EventView {
        &self.insider.state().view
    }

    /// Whether every response is for them: they manage it, it is their team's, or they come.
    fn hears_all(&self) -> bool {
        let standing = self.caller.standing(self.view().id, &self.view().settings.form);
        matches!(standing, Standing::Team | Standing::Manager) || self.is_in
    }

    fn is_own(&self, response: &Response) -> bool {
        let account = self.caller.identity().map(|identity| identity.account);
        account.is_some() && account == response.line.account
    }
}

/// Whether somebody comes to an event, or waits for it.
pub(super) async fn is_in(app: &App, caller: &Caller, view: &EventView) -> Result<bool, StoreError> {
    match caller.identity() {
        Some(identity) => app.readers.is_in((view.id, view.settings.form.one_per), &identity.email).await,
        None => Ok(false),
    }
}

/// A response as it is sent.
fn write(response: &Response) -> Bytes {
    let Response { event, line, role, .. } = response;
    let answers = role.as_ref().map(|role| &role.answers);
    let data = ResponseMessage {
        event_id: *event,
        seq: line.seq,
        at: rfc3339(line.at),
        response: line.kind,
        registration_id: line.registration,
        person: line.account,
        status: line.status,
        role_id: line.role,
        role: role.as_ref().map(|role| role.name.as_str()),
        accepted: answers.map(|answers| answers.accepted.accounts.as_slice()),
        accepted_count: answers.map(|answers| answers.accepted.parties),
        declined: answers.map(|answers| answers.declined.accounts.as_slice()),
        declined_count: answers.map(|answers| answers.declined.parties),
        role_stats: role.as_ref().map(|role| RoleStats::from(&role.availability)),
    };
    let data = serde_json::to_string(&data).expect("it has only string keys");
    format!("event: response\nid: {}\ndata: {data}\n\n", line.seq.0).into()
}
