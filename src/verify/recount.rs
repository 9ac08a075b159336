//! The places of an event counted anew: its counters and capacities against its registrations, without its log. What an
//! operator wants to know soon; the rest is for the audit.

use headcount_core::ids::EventId;

use super::body::Sums;
use super::compare::{add, number, sums_by_role};
use crate::store::audit::{AuditError, CounterRow, Snapshot};

/// What counting the places of an event has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recount {
    /// The event.
    pub event: EventId,
    /// Counters, of its roles and its own, that are not the sum over its registrations.
    pub wrong_counters: u64,
    /// Places that are taken beyond what capacity and override allow: of the event, or of its roles together, whichever is
    /// more.
    pub overbooked: u64,
}

/// Counts the places of an event. None: there is no such event. O(its registrations).
pub(super) fn recount(snapshot: &Snapshot<'_>, event: EventId) -> Result<Option<Recount>, AuditError> {
    let Some(row) = snapshot.event(event)? else { return Ok(None) };
    let by_role = sums_by_role(&snapshot.sums(event)?);
    let of_event = by_role.values().fold(Sums::default(), |sum, role| add(sum, *role));
    let (mut wrong_counters, mut beyond_roles) = (wrong(row.counters, of_event), 0);
    for role in snapshot.roles(event)? {
        let sums = by_role.get(&role.role).copied().unwrap_or_default();
        wrong_counters += wrong(role.counters, sums);
        beyond_roles += beyond(role.counters, sums);
    }
    Ok(Some(Recount { event, wrong_counters, overbooked: beyond_roles.max(beyond(row.counters, of_event)) }))
}

fn wrong(row: CounterRow, sums: Sums) -> u64 {
    let counters =
        [(row.reserved, sums.reserved), (row.waiting, sums.waiting), (row.registrations, sums.registrations)];
    counters.into_iter().map(|(counter, sum)| u64::from(counter != number(sum))).sum()
}

fn beyond(row: CounterRow, sums: Sums) -> u64 {
    let limit = row.capacity.map(|capacity| capacity.saturating_add(row.override_spots).max(0));
    limit.map_or(0, |limit| sums.reserved.saturating_sub(limit.unsigned_abs()))
}
