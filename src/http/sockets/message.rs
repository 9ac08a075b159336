//! A response as the clients of earlier systems know it.

use std::sync::Arc;

use headcount_core::event::Status;
use headcount_core::ids::{AccountId, EventId};
use headcount_core::view::Availability;
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::rooms::Message;
use crate::http::fields::rfc3339;
use crate::live::Response;

/// What the event of a response is called.
pub(super) const RESPONSE: &str = "event:response";

/// The names of its fields are those that are known to these clients. Of people there are only the ids of accounts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseEvent<'a> {
    event_id: EventId,
    /// The account of whoever it is about; null: they have none.
    user_id: Option<AccountId>,
    /// `accepted`, `declined`, or else the status after it.
    response: &'static str,
    /// The role's name; null where it is gone, with nobody in it.
    role: Option<&'a str>,
    /// Accounts that come, the latest first; at most 500.
    accepted_staff: &'a [AccountId],
    /// Accounts that said no, the latest first; at most 500.
    declined_staff: &'a [AccountId],
    role_stats: Option<RoleStats>,
    timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleStats {
    /// Places there are; null: unlimited.
    capacity: Option<u32>,
    /// Places taken.
    reserved: u64,
    /// Parties that wait.
    waiting: u32,
    /// Places that a newcomer could get; null: unlimited.
    open_now: Option<u64>,
}

impl From<&Availability> for RoleStats {
    fn from(places: &Availability) -> RoleStats {
        let Availability { capacity, reserved, waiting, open_now, .. } = *places;
        RoleStats { capacity, reserved, waiting, open_now }
    }
}

/// A response as it is sent.
pub(super) fn write(response: &Response) -> Message {
    let Response { event, line, role, .. } = response;
    let answers = role.as_ref().map(|role| &role.answers);
    let event = ResponseEvent {
        event_id: *event,
        user_id: line.account,
        response: word(line.status),
        role: role.as_ref().map(|role| role.name.as_str()),
        accepted_staff: answers.map_or(&[], |answers| &answers.accepted.accounts),
        declined_staff: answers.map_or(&[], |answers| &answers.declined.accounts),
        role_stats: role.as_ref().map(|role| RoleStats::from(&role.availability)),
        timestamp: rfc3339(line.at),
    };
    Arc::from(to_raw_value(&event).expect("it has only string keys"))
}

/// As these clients say it themselves, where they can.
fn word(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "accepted",
        Status::Declined => "declined",
        Status::Held => "held",
        Status::Waitlisted => "waitlisted",
        Status::Cancelled => "cancelled",
        Status::Removed => "removed",
    }
}
