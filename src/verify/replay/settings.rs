//! Entries about the event, its roles, and repairs.

use headcount_core::ids::{RoleId, Seq};

use super::{At, Replay};
use crate::verify::body::{CountersRepaired, EventSettings, RoleEdited, RoleSettings};
use crate::verify::report::{Finding, Invariant, Mend};
use crate::verify::state::RoleState;

impl Replay {
    pub(super) fn event_created(&mut self, at: At<'_>, settings: EventSettings) {
        if self.state.settings.is_some() {
            self.tell(at, Invariant::I14, "entries that make the event", "one", "another");
        }
        self.event_edited(at, settings, false);
    }

    pub(super) fn event_edited(&mut self, at: At<'_>, settings: EventSettings, over: bool) {
        if over {
            self.staff_only(at);
        }
        let reserved = self.state.places.sums.reserved;
        self.state.places.capacity = settings.capacity;
        self.state.places.settle(at.at, over);
        self.state.settings = Some(Box::new(settings));
        self.state.revision += 1;
        self.check_places(at, None, reserved);
    }

    pub(super) fn role_added(&mut self, at: At<'_>, role: RoleId, settings: RoleSettings) {
        if self.state.roles.contains_key(&role) {
            self.tell(at, Invariant::I14, "entries that make the role", "one", "another");
            return;
        }
        self.state.roles.insert(role, RoleState::new(settings, at.at));
        self.state.revision += 1;
    }

    pub(super) fn role_edited(&mut self, at: At<'_>, fact: RoleEdited) {
        if fact.over {
            self.staff_only(at);
        }
        self.state.revision += 1;
        if !self.knows_role(at, fact.role) {
            return;
        }
        let Some(role) = self.state.roles.get_mut(&fact.role) else { return };
        let reserved = role.places.sums.reserved;
        role.places.capacity = fact.settings.capacity;
        role.places.settle(at.at, fact.over);
        role.settings = fact.settings;
        self.check_places(at, Some(fact.role), reserved);
    }

    pub(super) fn role_removed(&mut self, at: At<'_>, id: RoleId) {
        self.state.revision += 1;
        if !self.knows_role(at, id) {
            return;
        }
        let registrations = self.places(Some(id)).map_or(0, |places| places.sums.registrations);
        self.agree(at, "number of registrations in a role that is removed,", 0, registrations);
        self.state.roles.remove(&id);
        self.over.remove(&Some(id));
    }

    /// Tells once if the log never made the role.
    pub(super) fn knows_role(&mut self, at: At<'_>, role: RoleId) -> bool {
        let known = self.state.roles.contains_key(&role);
        if !known && self.strangers.insert(role.0) {
            let finding =
                self.finding(at, Invariant::I14, "the role").but("one that the log has made", "an unknown one");
            self.report.push(Finding { role: Some(role), ..finding });
        }
        known
    }

    pub(super) fn counters_repaired(&mut self, at: At<'_>, fact: &CountersRepaired) {
        if fact.role.is_some_and(|role| !self.knows_role(at, role)) {
            return;
        }
        let Some(places) = self.places(fact.role) else { return };
        if fact.counters != places.sums {
            let finding =
                self.finding(at, Invariant::I2, "counters that a repair wrote").but(places.sums, fact.counters);
            self.report.push(Finding { role: fact.role, mend: Mend::Counters, ..finding });
        }
        if let Some(places) = self.places_mut(fact.role) {
            // Nobody knows what a wrong counter has made of it.
            places.full_since = None;
            places.settle(at.at, false);
        }
        self.repaired = Some(Seq(at.seq));
    }

    pub(super) fn override_raised(&mut self, at: At<'_>, scope: Option<RoleId>) {
        self.staff_only(at);
        match (self.places_mut(scope), scope) {
            (Some(places), _) => places.settle(at.at, true),
            (None, Some(role)) => drop(self.knows_role(at, role)),
            (None, None) => {}
        }
        self.over.remove(&scope);
        self.repaired = Some(Seq(at.seq));
    }
}
