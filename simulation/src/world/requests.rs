//! What people ask for, and what they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash as _;

use headcount_core::command::{Action, Command, Mode};
use headcount_core::decision::{Outcome, Refusal};
use headcount_core::ids::{EventId, RoleId};
use headcount_core::working_set::{EventState, KeyId};

use super::{Node, WAKES_MS_MAX, World};
use crate::situations::Situation;

/// Sign-ups that wait at the same time for the last place of a role, so that it counts as contested.
const CONTESTED: u32 = 10;

/// Somebody asked for something.
#[derive(Debug)]
pub struct Asked {
    /// For what.
    pub command: Command,
    /// How many commits there were then; none, if it was not the first time under its key.
    commits: Option<u64>,
    key: Option<(KeyId, usize)>,
    place: Option<(EventId, RoleId)>,
}

/// What they are told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// What came of it.
    Outcome(Outcome),
    /// Nothing was done: not in time, or the store is away.
    Nothing,
    /// Nobody knows.
    Unknown,
    /// Nothing: the node ended, or they went away.
    NoAnswer,
}

/// What waits for an answer.
#[derive(Debug, Default)]
pub(super) struct Requests {
    keys: BTreeMap<(KeyId, usize), u32>,
    places: BTreeMap<(EventId, RoleId), u32>,
    known: BTreeSet<KeyId>,
}

impl World {
    /// What somebody asks for next.
    pub fn next_command(&mut self) -> Command {
        let events = self.events();
        loop {
            let command = self.commands.command(&self.memory, &events);
            // That one only the lanes give themselves.
            if !matches!(command.action, Action::Settle) {
                return command;
            }
        }
    }

    /// They ask a node for it.
    pub fn asks(&mut self, command: Command, node: usize) -> Asked {
        let key = key_of(&command).map(|key| (key, node));
        if let Some((id, _)) = &key {
            let here = self.requests.keys.get(&(id.clone(), node)).copied().unwrap_or(0);
            let anywhere: u32 =
                (0..self.nodes.len()).filter_map(|node| self.requests.keys.get(&(id.clone(), node))).sum();
            self.situations.saw_if(Situation::KeyTwiceInFlight, here > 0);
            self.situations.saw_if(Situation::KeyAtTwoNodes, anywhere > here);
            if let (Some(stored), Some(sent)) = (self.memory.keys.get(id), &command.idempotency) {
                let is_same = stored.fingerprint == sent.fingerprint;
                self.situations.saw(if is_same { Situation::KeyRepeated } else { Situation::KeyReused });
            }
        }
        let place = self.place(&command);
        if let Some(place) = place {
            let wanting = self.requests.places.entry(place).or_default();
            *wanting += 1;
            let is_contested = *wanting >= CONTESTED && is_last(&self.memory.events[&place.0].state, place.1);
            self.situations.saw_if(Situation::LastPlaceContested, is_contested);
        }
        let mut is_first = true;
        if let Some(key) = &key {
            *self.requests.keys.entry(key.clone()).or_default() += 1;
            is_first = self.requests.known.insert(key.0.clone());
        }
        self.situations.saw_if(Situation::DryRun, command.mode == Mode::DryRun);
        Asked { command, commits: is_first.then_some(self.commits), key, place }
    }

    /// They are told. Returns what they asked for.
    pub fn told(&mut self, asked: Asked, told: &Told) -> Command {
        let Asked { command, commits, key, place } = asked;
        if let Some(count) = key.and_then(|key| self.requests.keys.get_mut(&key)) {
            *count -= 1;
        }
        if let Some(count) = place.and_then(|place| self.requests.places.get_mut(&place)) {
            *count -= 1;
        }
        match told {
            Told::Outcome(outcome) => {
                self.judge.answered(&self.memory, &command, commits, outcome);
                self.note_outcome(&command, outcome);
            }
            Told::Nothing => self.judge.nothing_happened(&self.memory, &command),
            Told::Unknown | Told::NoAnswer => {}
        }
        std::mem::discriminant(told).hash(&mut self.trace);
        command
    }

    /// A node told somebody who asked at `since` that it had no time for it. That must be so.
    pub fn had_no_time(&mut self, node: usize, since: u64, elapsed_ms: u64) {
        self.situations.saw(Situation::BusyByDeadline);
        let Node { is_up, sessions, idle_since, .. } = self.nodes[node];
        let is_idle = is_up && sessions == 0 && elapsed_ms.saturating_sub(idle_since.max(since)) > WAKES_MS_MAX;
        if is_idle {
            self.judge.complain(format!("node {node} was busy, it said, and did nothing"));
        }
    }

    /// They ask once more, as they do not know what came of it.
    pub fn asks_again(&mut self, command: &Command, told: &Told) -> Command {
        self.situations.saw_if(Situation::RetriedAfterUnknown, *told == Told::Unknown);
        self.situations.saw_if(Situation::RetriedAfterCrash, *told == Told::NoAnswer);
        self.commands.sent_again(command)
    }

    /// Whether whoever asked goes away before the answer.
    pub fn goes_away(&mut self) -> bool {
        let goes = self.strikes(|faults| faults.gone);
        self.situations.saw_if(Situation::ClientGone, goes);
        goes
    }

    fn place(&self, command: &Command) -> Option<(EventId, RoleId)> {
        let Action::SignUp(sign_up) = &command.action else { return None };
        let state = &self.memory.events.get(&command.event)?.state;
        Some((command.event, state.find_role(&sign_up.role)?.id))
    }

    fn note_outcome(&mut self, command: &Command, outcome: &Outcome) {
        self.situations.saw_if(Situation::Repaired, matches!(outcome, Outcome::Repaired(_)));
        if let Outcome::Imported(imported) = outcome {
            self.situations.saw_if(Situation::Imported, imported.added > 0);
            self.situations.saw_if(Situation::ImportedAgain, imported.known > 0);
            self.situations.saw_if(Situation::ImportedBeyond, imported.kept_spots > 0);
            self.situations.saw_if(Situation::ImportedWaits, !imported.waitlisted.is_empty());
        }
        let Outcome::Refused(refusal) = outcome else { return };
        let has_room = || {
            self.memory
                .events
                .get(&command.event)
                .is_some_and(|kept| kept.state.roles.values().any(|role| role.fits(1)))
        };
        let situation = match refusal {
            Refusal::NotOpenYet { .. } => Situation::BeforeOpening,
            Refusal::RegistrationClosed => Situation::AfterClosing,
            Refusal::RoleFull { .. } => Situation::RoleFull,
            Refusal::EventFull { .. } if has_room() => Situation::EventFull,
            Refusal::WaitlistFull { .. } => Situation::WaitlistFull,
            Refusal::TooManySpots { .. } => Situation::TooManySpots,
            Refusal::TooManyRoles { .. } => Situation::TooManyRoles,
            Refusal::AlreadyRegistered { .. } => Situation::AlreadyRegistered,
            Refusal::TooLate { .. } => Situation::TooLate,
            Refusal::CapacityBelowReserved { .. } => Situation::CutRefused,
            _ => return,
        };
        self.situations.saw(situation);
    }
}

fn key_of(command: &Command) -> Option<KeyId> {
    let sent = command.idempotency.as_ref()?;
    Some(KeyId { event: command.event, who: sent.who.clone(), key: sent.key.clone() })
}

/// Whether exactly one place of a role is left.
fn is_last(state: &EventState, role: RoleId) -> bool {
    state.roles.get(&role).is_some_and(|role| role.free() == Some(1))
}
