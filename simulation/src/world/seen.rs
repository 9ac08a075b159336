//! Which situations a commit shows.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::change::Entry;
use headcount_core::event::{EventStatus, Status, WaitlistPolicy};
use headcount_core::ids::{EventId, RegistrationId};
use headcount_core::working_set::EventState;

use crate::judge::{Before, Judged};
use crate::memory::Kept;
use crate::situations::{Situation, Situations};

/// Facts of one event in one commit that count as many.
const MANY_FACTS: usize = 8;

/// What must be remembered from commit to commit.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Who was promoted in the last commit of each event.
    promoted: BTreeMap<EventId, BTreeSet<RegistrationId>>,
}

impl Seen {
    /// An event was committed with these new entries.
    pub(super) fn committed(&mut self, situations: &mut Situations, judged: &Judged, kept: &Kept, entries: &[Entry]) {
        let state = &kept.state;
        let just = self.promoted.entry(state.event.id).or_default();
        let leaves = |entry: &Entry| ["cancelled", "declined", "removed"].contains(&entry.kind);
        let left = |entry: &&Entry| leaves(entry) && entry.registration.is_some_and(|id| just.contains(&id));
        situations.saw_if(Situation::PromotedThenLeft, entries.iter().any(|entry| left(&entry)));
        let promoted = entries.iter().filter(|entry| entry.kind == "promoted" && entry.actor == "system");
        *just = promoted.filter_map(|entry| entry.registration).collect();
        for entry in entries {
            of_kind(situations, entry);
        }
        situations.saw_if(Situation::ErasureMakesRoom, makes_room(entries));
        of_edits(situations, &judged.before, state, entries, just.len());
        of_queue(situations, state, entries, judged.goes_on);
        situations.saw_if(Situation::BatchOfEight, entries.len() >= MANY_FACTS);
    }
}

fn of_kind(situations: &mut Situations, entry: &Entry) {
    let is_over = entry.body.contains("\"over\":true");
    let situation = match entry.kind {
        "moved" => Situation::Moved,
        "swapped" => Situation::Swapped,
        "resized" => Situation::Resized,
        "reinstated" => Situation::Reinstated,
        "promoted" if is_over => Situation::Overridden,
        "event_edited" | "role_edited" if is_over => Situation::CutKept,
        "accepted" => Situation::CameAfterAll,
        "role_removed" => Situation::RoleRemoved,
        "checked_in" => Situation::CheckedIn,
        "expired" => Situation::HeldExpired,
        "verified" => Situation::Verified,
        "skipped" => Situation::GapFilled,
        "erased" if entry.actor == "system" => Situation::ErasedByItself,
        "erased" => Situation::Erased,
        _ => return,
    };
    situations.saw(situation);
}

/// Whether somebody moves up right after somebody who is forgotten.
fn makes_room(entries: &[Entry]) -> bool {
    let follows = |three: &[Entry]| {
        let is_gone = three[0].kind == "erased" && three[1].kind == "cancelled";
        is_gone && three[0].registration == three[1].registration && three[2].kind == "promoted"
    };
    entries.windows(3).any(follows)
}

fn of_edits(situations: &mut Situations, before: &Before, state: &EventState, entries: &[Entry], promoted: usize) {
    let has = |kinds: &[&str]| entries.iter().any(|entry| kinds.contains(&entry.kind));
    let is_edit = has(&["event_edited", "role_edited"]);
    situations.saw_if(Situation::CutDemoted, is_edit && has(&["demoted"]));
    situations.saw_if(Situation::Demoted, !is_edit && has(&["demoted"]));
    situations.saw_if(Situation::RaisePromoted, is_edit && promoted >= 2);
    let is_called_off = has(&["event_edited"]) && state.event.settings.status == EventStatus::Cancelled;
    situations.saw_if(Situation::CancelledWithWaiting, is_called_off && before.somebody_waited());
}

fn of_queue(situations: &mut Situations, state: &EventState, entries: &[Entry], goes_on: bool) {
    let by_system =
        entries.iter().all(|entry| entry.actor == "system" && ["promoted", "skipped"].contains(&entry.kind));
    situations.saw_if(Situation::StoppedEarly, goes_on);
    situations.saw_if(Situation::TimePromotes, by_system && !entries.is_empty() && !goes_on);
    let policy = state.event.settings.waitlist;
    for role in state.roles.values().filter(|role| role.counters.waiting > 0) {
        let Some(free) = role.free().filter(|free| *free > 0) else { continue };
        let skips = role.skipped.map_or(0, |skipped| skipped.skips);
        let fills = policy.policy == WaitlistPolicy::FillGaps;
        situations.saw_if(Situation::FirstKeepsPlaces, fills && skips > 0 && skips >= policy.max_skips);
        let mut waiting: Vec<_> = state
            .registrations
            .values()
            .filter(|one| one.role == role.id && one.status == Status::Waitlisted)
            .collect();
        waiting.sort_by_key(|one| one.wait_seq);
        let first = waiting.first().map_or(0, |first| first.spots.count());
        let is_smaller = first > free && waiting.iter().skip(1).any(|one| one.spots.count() <= free);
        situations.saw_if(Situation::SmallerWaitsBehindLarger, is_smaller && !fills);
    }
}
