//! The replay of one event's log, from zero: what each entry says is done to a state of its own, and everything that
//! must hold at every prefix is looked at. Nothing of the rules that wrote the log is used.
//!
//! Where an entry contradicts the state, the contradiction is told and the entry is followed nevertheless, so that one
//! fault is not told again with every later entry.

use std::collections::BTreeSet;
use std::fmt::Display;

use headcount_core::ids::{EventId, RegistrationId, RoleId, Seq};
use uuid::Uuid;

use super::body::{Ending, Fact, Unreadable};
use super::chain::Chain;
use super::report::{EventReport, Finding, Head, Invariant, Mend};
use super::state::{Places, State};
use crate::store::audit::LogRow;

mod parties;
mod settings;

/// The log of one event while it is read.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) event: EventId,
    pub(crate) chain: Chain,
    pub(crate) state: State,
    pub(crate) report: EventReport,
    /// What the log spoke of before it made it: told once.
    strangers: BTreeSet<Uuid>,
    /// Roles and the event (none) that have more than they may have: told once until it is over.
    over: BTreeSet<Option<RoleId>>,
    /// The last entry that a repair wrote.
    repaired: Option<Seq>,
    /// The last entry was a promotion by headcount itself; more may follow in the next decision.
    promoting: bool,
}

/// The entry at hand.
#[derive(Clone, Copy, Debug)]
struct At<'a> {
    seq: u64,
    at: i64,
    actor: &'a str,
    registration: Option<RegistrationId>,
}

/// As the log names headcount itself.
const SYSTEM: &str = "system";
/// Actors that no rule lets go beyond a capacity.
const NEVER_OVER: [&str; 3] = [GUEST, "link", SYSTEM];
const GUEST: &str = "guest";

impl Replay {
    /// Before the first entry. `noted` are entries whose hash is known from elsewhere.
    pub(crate) fn new(event: EventId, noted: &[Head]) -> Replay {
        let noted = noted.iter().filter(|head| head.event == event).copied().collect();
        Replay {
            event,
            chain: Chain::new(event, noted),
            state: State::default(),
            report: EventReport::default(),
            strangers: BTreeSet::new(),
            over: BTreeSet::new(),
            repaired: None,
            promoting: false,
        }
    }

    /// Does what the next entry says.
    pub(crate) fn push(&mut self, row: &LogRow) {
        self.chain.push(row, &mut self.report);
        let (actor, kind) = (String::from_utf8_lossy(&row.actor), String::from_utf8_lossy(&row.kind));
        let registration =
            row.registration.as_deref().map(|id| RegistrationId(Uuid::from_slice(id).unwrap_or_default()));
        let at = At { seq: row.seq.unsigned_abs(), at: row.at, actor: &actor, registration };
        match Fact::read(&kind, &row.body) {
            Ok(fact) => self.follow(at, fact),
            Err(Unreadable::Kind) => {
                self.tell(at, Invariant::I18, "kind of the entry", "one that this version knows", format!("{kind:?}"));
            }
            Err(Unreadable::Body(error)) => {
                self.tell(at, Invariant::I18, format!("body of the entry ({kind})"), "what this kind says", error);
            }
        }
    }

    /// What the end of the log tells.
    pub(crate) fn finish(&mut self) {
        self.chain.finish(&mut self.report);
        let seq = u64::try_from(self.chain.seq).unwrap_or_default();
        let at = At { seq, at: self.chain.at, actor: "", registration: None };
        let scopes = self.state.roles.keys().copied().map(Some).chain([None]).collect::<Vec<_>>();
        for scope in scopes {
            match self.places(scope) {
                Some(places) if places.is_over() && !self.over.contains(&scope) => self.tell_over(at, scope, places),
                _ => {}
            }
        }
        self.state.put_back();
        if !self.promoting
            && let Some(id) = self.state.forgotten(self.chain.at)
        {
            let at = At { registration: Some(id), ..at };
            self.tell(at, Invariant::I8, "a party that fits, with nobody before it", "confirmed", "waitlisted");
        }
        self.mark_mended();
    }

    fn follow(&mut self, at: At<'_>, fact: Fact) {
        let is_skip = matches!(fact, Fact::Skipped(_));
        let promotes = matches!(fact, Fact::StatusChanged(Ending::Promoted, _)) && at.actor == SYSTEM;
        if !(is_skip || promotes) || at.registration == self.state.set_aside {
            self.state.put_back();
        }
        let is_first = self.state.settings.is_none() && !matches!(fact, Fact::EventCreated(_));
        if is_first && self.strangers.insert(self.event.0) {
            self.tell(at, Invariant::I14, "first entry of the log", "event_created", "another");
        }
        self.apply(at, fact);
        if !is_skip {
            self.state.just_skipped.clear();
        }
        self.promoting = promotes;
    }

    fn apply(&mut self, at: At<'_>, fact: Fact) {
        match fact {
            Fact::EventCreated(fact) => self.event_created(at, fact.settings),
            Fact::EventEdited(fact) => self.event_edited(at, fact.settings, fact.over),
            Fact::RoleAdded(fact) => self.role_added(at, fact.role, fact.settings),
            Fact::RoleEdited(fact) => self.role_edited(at, fact),
            Fact::RoleRemoved(fact) => self.role_removed(at, fact.role),
            Fact::SignedUp(fact) => self.signed_up(at, &fact),
            Fact::SignUpRepeated => self.sign_up_repeated(at),
            Fact::Accepted(fact) => self.accepted(at, &fact),
            Fact::NotComing(fact) => self.not_coming(at, &fact),
            Fact::Imported(fact) => self.imported(at, &fact),
            Fact::StatusChanged(ending, fact) => self.status_changed(at, ending, &fact),
            Fact::Moved(fact) => self.moved(at, &fact),
            Fact::Swapped(fact) => self.swapped(at, &fact),
            Fact::Resized(fact) => self.resized(at, &fact),
            Fact::EmailChanged(fact) => self.email_changed(at, &fact),
            Fact::DetailsEdited => drop(self.party(at)),
            Fact::CheckedIn(checked_in) => self.checked_in(at, checked_in, true),
            Fact::CheckInUndone(checked_in) => self.checked_in(at, checked_in, false),
            Fact::Skipped(fact) => self.skipped(at, &fact),
            Fact::CountersRepaired(fact) => self.counters_repaired(at, &fact),
            Fact::OverrideRaised(fact) => self.override_raised(at, fact.role),
        }
    }

    /// The places of a role or (none) of the event.
    pub(crate) fn places(&self, scope: Option<RoleId>) -> Option<Places> {
        match scope {
            Some(role) => self.state.roles.get(&role).map(|role| role.places),
            None => Some(self.state.places),
        }
    }

    fn places_mut(&mut self, scope: Option<RoleId>) -> Option<&mut Places> {
        match scope {
            Some(role) => self.state.roles.get_mut(&role).map(|role| &mut role.places),
            None => Some(&mut self.state.places),
        }
    }

    /// Changes places of the event and of these roles, lets the overrides follow, and looks whether any has more than
    /// it may have because of it (I1).
    fn change_places(&mut self, at: At<'_>, roles: [RoleId; 2], over: bool, change: impl FnOnce(&mut Replay)) {
        if over {
            self.staff_only(at);
        }
        let scopes = [Some(roles[0]), Some(roles[1]), None];
        let before = scopes.map(|scope| self.places(scope).map_or(0, |places| places.sums.reserved));
        change(self);
        for role in roles {
            if let Some(role) = self.state.roles.get_mut(&role) {
                role.places.settle(at.at, over);
            }
            self.state.forget_skips(role);
        }
        self.state.places.settle(at.at, over);
        for (scope, before) in scopes.into_iter().zip(before) {
            self.check_places(at, scope, before);
        }
    }

    /// I1, for a scope that had `before` reserved.
    fn check_places(&mut self, at: At<'_>, scope: Option<RoleId>, before: u64) {
        let Some(places) = self.places(scope) else { return };
        if !places.is_over() {
            self.over.remove(&scope);
        } else if places.sums.reserved > before && self.over.insert(scope) {
            self.tell_over(at, scope, places);
        }
    }

    fn tell_over(&mut self, at: At<'_>, scope: Option<RoleId>, places: Places) {
        let what = if scope.is_some() { "places taken in the role" } else { "places taken in the event" };
        let expected = format!("at most {}", places.limit().unwrap_or_default());
        let found = places.sums.reserved;
        let finding = self.finding(at, Invariant::I1, what).but(expected, found);
        self.report.push(Finding { role: scope, mend: Mend::OverCapacity, ..finding });
    }

    fn staff_only(&mut self, at: At<'_>) {
        if NEVER_OVER.contains(&at.actor) {
            self.tell(at, Invariant::I1, "who went beyond the capacity", "staff", at.actor);
        }
    }

    /// What broke a rule before a logged repair is history: more places than there are, wrong counters, and what the rules
    /// decided by them. The log keeps it for ever; the repair says that staff have seen it and dealt with it.
    fn mark_mended(&mut self) {
        let Some(repaired) = self.repaired else { return };
        for index in 0..self.report.findings.len() {
            let finding = &self.report.findings[index];
            let by_rule = match finding.invariant {
                Invariant::I1 => finding.mend == Mend::OverCapacity,
                Invariant::I2 | Invariant::I7 | Invariant::I8 | Invariant::I10 => true,
                _ => false,
            };
            let is_over = self.places(finding.role).is_some_and(|places| places.is_over());
            if by_rule && !is_over && finding.seq.is_some_and(|seq| seq < repaired) {
                self.report.findings[index].mended_by = Some(repaired);
            }
        }
    }

    fn finding(&self, at: At<'_>, invariant: Invariant, what: impl Into<String>) -> Finding {
        let finding = Finding::new(invariant, self.event, what);
        Finding { seq: Some(Seq(at.seq)), registration: at.registration, ..finding }
    }

    fn tell(
        &mut self,
        at: At<'_>,
        invariant: Invariant,
        what: impl Into<String>,
        expected: impl Display,
        found: impl Display,
    ) {
        let finding = self.finding(at, invariant, what).but(expected, found);
        self.report.push(finding);
    }

    /// Tells if what the entry says differs from what was replayed (I14).
    fn agree<T: PartialEq + Display>(&mut self, at: At<'_>, what: &str, expected: T, found: T) {
        if expected != found {
            self.tell(at, Invariant::I14, format!("{what} as the entry states it"), expected, found);
        }
    }
}
