//! The audit: replays the log of every event from zero and compares what it leads to with what is stored.
//!
//! It must share nothing with the rules that wrote the log: bodies, statuses, sums, the chain of hashes and the
//! waitlist's policies are all told a second time here, so that a mistake there cannot hide itself. It only reads.
//!
//! Read in this order: [`report`] (what is promised, what is found), `body` (what entries say), `chain` (hashes, numbers,
//! times), `state` (what the log leads to), `replay` (entry by entry), `claims` (who had the better claim to a place),
//! `compare` (against the tables), `answers` (against what was answered), `database` (reading beside running servers),
//! `recount` (counters and capacities alone, for a look now and then).

pub mod report;

mod answers;
mod body;
mod chain;
mod claims;
mod compare;
mod database;
mod recount;
mod replay;
mod state;

pub use database::{
    Pieces, log_of_database, recount_events, verify_database, verify_database_in, verify_database_slowly,
};
pub use recount::Recount;
pub use report::{EventReport, Finding, Head, Invariant, Mend, Report, counted, grouped};

use headcount_core::ids::EventId;

use crate::store::audit::{EventRow, LogRow, RegistrationRow, RoleRow, SumRow};
use compare::{Last, Rows};
use replay::Replay;

/// What is stored of one event, all read at one moment.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// The row of the event.
    pub event: EventRow,
    /// The rows of its roles.
    pub roles: Vec<RoleRow>,
    /// Its registrations summed up by role and status.
    pub sums: Vec<SumRow>,
    /// Its registrations, in order of their ids.
    pub registrations: Vec<RegistrationRow>,
}

/// Audits one event from what was read of it: all its log, in order, and what is stored, if that can be had. `heads` are
/// entries whose hash was noted at another time.
pub fn verify_event(
    event: EventId,
    log: impl IntoIterator<Item = LogRow>,
    stored: Option<&Stored>,
    heads: &[Head],
) -> EventReport {
    let mut replay = Replay::new(event, heads);
    for row in log {
        replay.push(&row);
    }
    if let Some(stored) = stored {
        replay.compare_registrations(&mut Rows::default(), &stored.registrations, Last::Yes);
    }
    replay.finish();
    if let Some(stored) = stored {
        replay.compare_event(&stored.event, &stored.roles, &stored.sums);
    }
    replay.report
}
