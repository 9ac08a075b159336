//! A store in memory that loads exactly what a batch needs and writes exactly what a batch says, and complains about
//! everything that changed without being named.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::change::Entry;
use headcount_core::command::{Action, Actor, Command, Mode, Needs, RoleRef};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome};
use headcount_core::event::{Counters, Event, Registration, Role, Status};
use headcount_core::ids::{EventId, Millis, RoleId};
use headcount_core::invariant;
use headcount_core::notice::Notice;
use headcount_core::registrations::Registrations;
use headcount_core::working_set::{EventState, KeyId, StoredKey, WorkingSet};

mod load;

/// All events, slugs and keys.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The events, by id.
    pub events: BTreeMap<EventId, Kept>,
    /// Who owns which slug.
    pub slugs: BTreeMap<String, EventId>,
    /// What was answered under which key. No key is ever forgotten.
    pub keys: BTreeMap<KeyId, StoredKey>,
    /// Loads at most this many heads of each list, to force decisions that stop early.
    pub waiting_each_max: Option<usize>,
    /// Events whose last decision stopped early: the next batch begins with a `Settle`.
    pub unsettled: BTreeSet<EventId>,
}

/// One event as stored.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The event with its roles and all its registrations, but without a queue: that is made of them when it is loaded.
    pub state: EventState,
    /// What the roles are, in words.
    pub descriptions: BTreeMap<RoleId, String>,
    /// The log.
    pub log: Vec<Entry>,
    /// What is mailed.
    pub notices: Vec<Notice>,
}

impl Kept {
    fn parts(&self) -> (&Event, &BTreeMap<RoleId, Role>, &Registrations) {
        (&self.state.event, &self.state.roles, &self.state.registrations)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        let rest = |kept: &Kept| (kept.descriptions.clone(), kept.log.clone(), kept.notices.clone());
        self.parts() == other.parts() && rest(self) == rest(other)
    }
}

impl Memory {
    /// Loads, decides, checks and writes one batch; goes on with `Settle` first where the last one stopped early.
    /// Returns one decision a command, without those of the `Settle`s. As the lanes do, it begins a new batch with what
    /// must come first in one, and with what was postponed.
    pub fn run(&mut self, now: Millis, batch: &[Command]) -> Vec<Decision> {
        let mut decisions: Vec<Option<Decision>> = vec![None; batch.len()];
        let mut rest: Vec<usize> = (0..batch.len()).collect();
        loop {
            let follows = |place: &usize| {
                let command = &batch[rest[*place]];
                let begun = rest[..*place].iter().any(|earlier| batch[*earlier].event == command.event);
                command.action.comes_first() && begun
            };
            let count = (1..rest.len()).find(follows).unwrap_or(rest.len());
            let taken: Vec<usize> = rest.drain(..count).collect();
            let commands: Vec<Command> = taken.iter().map(|index| batch[*index].clone()).collect();
            if commands.iter().any(|command| command.action.comes_first()) {
                self.settle_all(now);
            }
            let mut postponed = Vec::new();
            for (index, decision) in taken.into_iter().zip(self.decide(now, &commands)) {
                if decision.outcome == Outcome::Postponed {
                    postponed.push(index);
                } else {
                    decisions[index] = Some(decision);
                }
            }
            rest.splice(..0, postponed);
            if rest.is_empty() {
                return decisions.into_iter().map(|decision| decision.expect("every command is decided")).collect();
            }
        }
    }

    fn decide(&mut self, now: Millis, batch: &[Command]) -> Vec<Decision> {
        let mut commands: Vec<Command> = std::mem::take(&mut self.unsettled).into_iter().map(settle).collect();
        let first = commands.len();
        commands.extend_from_slice(batch);
        let mut set = self.load(&Needs::of(&commands));
        let loaded = outline(&set);
        let mut decisions = decide_batch(&mut set, now, &commands);
        assert_eq!(decisions.len(), commands.len(), "one decision a command");
        self.note_unsettled(&commands, &decisions);
        check_entries(&set, &commands, &decisions);
        self.write(&loaded, &set);
        decisions.split_off(first)
    }

    /// How it goes without the guard: every command is decided on the state before the batch, as by a check that does
    /// not wait for the inserts of others. Counters are counted anew, so that nothing but the rows is wrong.
    pub fn run_unguarded(&mut self, now: Millis, batch: &[Command]) {
        let before = self.clone();
        for command in batch {
            let mut set = before.load(&Needs::of(std::slice::from_ref(command)));
            decide_batch(&mut set, now, std::slice::from_ref(command));
            for (id, state) in &set.events {
                let kept = self.events.get_mut(id).expect("an event of the batch");
                let added = state.writes.registrations_added.iter().map(|one| state.registrations[one].clone());
                kept.state.registrations.extend(added);
            }
        }
        for kept in self.events.values_mut() {
            let mut total = Counters::default();
            for role in kept.state.roles.keys().copied().collect::<Vec<_>>() {
                let counters = count(kept, role);
                total.reserved += counters.reserved;
                total.waiting += counters.waiting;
                total.registrations += counters.registrations;
                kept.state.roles.get_mut(&role).expect("a role of the event").counters = counters;
            }
            kept.state.event.counters = total;
        }
    }

    /// Runs `Settle` until every event is settled.
    pub fn settle_all(&mut self, now: Millis) {
        for round in 0.. {
            if self.unsettled.is_empty() {
                return;
            }
            assert!(round < 10_000, "promotion never comes to an end");
            self.run(now, &[]);
        }
    }

    /// An event with every registration and the whole queue loaded.
    pub fn whole(&self, id: EventId) -> EventState {
        let kept = &self.events[&id];
        let mut state = EventState::loaded(kept.state.event.clone(), kept.state.roles.values().cloned());
        state.registrations = kept.state.registrations.clone();
        load::queue(kept, &mut state, usize::MAX);
        state
    }

    /// Everything that is broken in any event.
    pub fn broken(&self) -> Vec<String> {
        let of_event = |(id, kept): (&EventId, &Kept)| {
            let mut found = invariant::check(&self.whole(*id));
            found.extend(invariant::check_log(&kept.state.event, &kept.log));
            found
        };
        self.events.iter().flat_map(of_event).map(|broken| broken.to_string()).collect()
    }

    /// What a real store loads for `needs`.
    pub fn load(&self, needs: &Needs) -> WorkingSet {
        let mut set = WorkingSet::default();
        for slug in &needs.slugs {
            if let Some(owner) = self.slugs.get(slug) {
                set.slugs.insert(slug.clone(), *owner);
            }
        }
        for (id, needed) in &needs.events {
            for (who, key) in &needed.keys {
                let id = KeyId { event: *id, who: who.clone(), key: key.clone() };
                if let Some(stored) = self.keys.get(&id) {
                    set.keys.insert(id, stored.clone());
                }
            }
            if let Some(kept) = self.events.get(id) {
                let waiting_each = needed.waiting_each.min(self.waiting_each_max.unwrap_or(usize::MAX)).max(1);
                set.events.insert(*id, load::event(kept, needed, waiting_each));
            }
        }
        set
    }

    /// Writes what the working set says, and nothing else, after checking that it says all that changed since it was loaded
    /// with this [`outline`].
    pub fn write(&mut self, loaded: &WorkingSet, set: &WorkingSet) {
        self.check(loaded, set);
        self.put(set);
    }

    fn check(&self, loaded: &WorkingSet, set: &WorkingSet) {
        for (id, seq) in &set.deleted {
            assert_eq!(*seq, loaded.events[id].event.seq, "a deletion names the seq that was loaded");
            assert_eq!(self.events[id].state.event.seq, *seq, "nobody wrote in between");
        }
        let deleted: BTreeSet<EventId> = set.deleted.iter().map(|(id, _)| *id).collect();
        for (id, before) in &loaded.events {
            match set.events.get(id) {
                Some(after) => check_named(before, &self.events[id].state.registrations, after),
                None => assert!(deleted.contains(id), "an event went without being named as deleted"),
            }
        }
        for (id, state) in &set.events {
            match state.writes.loaded_seq {
                Some(seq) => {
                    assert_eq!(self.events[id].state.event.seq, seq, "the stored seq is the one that was loaded")
                }
                None => assert!(!self.events.contains_key(id), "an event that was not loaded is new"),
            }
            let stored = |one| self.events.get(id).is_some_and(|kept| kept.state.registrations.contains_key(one));
            let writes = &state.writes;
            assert!(writes.registrations_changed.iter().all(stored), "a changed registration was stored");
            assert!(!writes.registrations_added.iter().any(stored), "an added registration is new");
        }
        for (id, stored) in &set.keys {
            match self.keys.get(id) {
                Some(before) => assert_eq!(before, stored, "a known key never changes"),
                None => assert!(set.new_keys.contains(id), "a new key is named"),
            }
        }
        assert!(!set.new_keys.iter().any(|id| self.keys.contains_key(id)), "a key is stored once");
    }

    /// Writes what the working set says, whatever it says.
    pub(crate) fn put(&mut self, set: &WorkingSet) {
        for (id, _) in &set.deleted {
            self.events.remove(id);
            self.slugs.retain(|_, owner| owner != id);
        }
        // All give up their slugs before any takes a new one: two events may exchange theirs in a batch.
        self.slugs.retain(|_, owner| set.events.get(owner).is_none_or(|state| state.writes.entries.is_empty()));
        for (id, state) in &set.events {
            self.put_event(*id, state);
        }
        for id in &set.new_keys {
            self.keys.insert(id.clone(), set.keys[id].clone());
        }
    }

    fn put_event(&mut self, id: EventId, state: &EventState) {
        let writes = &state.writes;
        if writes.entries.is_empty() {
            return;
        }
        let kept = self.events.entry(id).or_insert_with(|| Kept {
            state: EventState::loaded(state.event.clone(), []),
            descriptions: BTreeMap::new(),
            log: Vec::new(),
            notices: Vec::new(),
        });
        kept.state.event = state.event.clone();
        for role in &writes.roles_removed {
            kept.state.roles.remove(role);
            kept.descriptions.remove(role);
        }
        for role in writes.roles_added.iter().chain(&writes.roles_changed) {
            kept.state.roles.insert(*role, state.roles[role].clone());
        }
        kept.descriptions.extend(writes.descriptions.clone());
        for one in writes.registrations_changed.iter().chain(&writes.registrations_added) {
            kept.state.registrations.insert(state.registrations[one].clone());
        }
        kept.log.extend(writes.entries.clone());
        kept.notices.extend(writes.notices.clone());
        let before = self.slugs.insert(state.event.settings.form.slug.clone(), id);
        assert_eq!(before, None, "a slug belongs to one event");
    }

    fn note_unsettled(&mut self, commands: &[Command], decisions: &[Decision]) {
        for (command, decision) in commands.iter().zip(decisions) {
            let is_known = self.unsettled.contains(&command.event);
            assert!(!is_known || decision.outcome == Outcome::Postponed, "nothing is decided on an unsettled event");
            if decision.unsettled {
                self.unsettled.insert(command.event);
            }
        }
    }
}

/// Goes on promoting.
pub fn settle(event: EventId) -> Command {
    Command { event, actor: Actor::System, idempotency: None, mode: Mode::Apply, action: Action::Settle }
}

/// The entries of the decisions are those of the events, in order.
fn check_entries(set: &WorkingSet, commands: &[Command], decisions: &[Decision]) {
    for (id, state) in &set.events {
        let told = commands.iter().zip(decisions).filter(|(command, _)| command.event == *id);
        let told: Vec<&Entry> = told.flat_map(|(_, decision)| &decision.entries).collect();
        let written: Vec<&Entry> = state.writes.entries.iter().collect();
        assert_eq!(told, written, "decisions carry the entries that are written");
    }
}

/// What of a working set must be kept, to find out later what was changed in it: all but the registrations, which stand in
/// the memory as they were, and the keys.
pub fn outline(set: &WorkingSet) -> WorkingSet {
    let of_event = |(id, state): (&EventId, &EventState)| {
        let mut outline = EventState::loaded(state.event.clone(), state.roles.values().cloned());
        outline.queue = state.queue.clone();
        (*id, outline)
    };
    WorkingSet { events: set.events.iter().map(of_event).collect(), ..WorkingSet::default() }
}

/// Nothing changed that `Writes` does not name. `stored`: the registrations as they were before.
fn check_named(before: &EventState, stored: &Registrations, after: &EventState) {
    let writes = &after.writes;
    if writes.entries.is_empty() {
        assert_eq!(before.event, after.event, "no entry, no change of the event");
        assert_eq!(before.roles, after.roles, "no entry, no change of a role");
        let is_stored = |one: &Registration| stored.get(&one.id) == Some(one);
        assert!(after.registrations.values().all(is_stored), "no entry, no change of a registration");
        assert_eq!(before.queue, after.queue, "no entry, no change of the queue");
    }
    assert_eq!(writes.loaded_seq, Some(before.event.seq), "the loaded seq is kept");
    let grown = after.event.seq.0 - before.event.seq.0;
    assert_eq!(grown, writes.entries.len() as u64, "the seq grows by one an entry");
    for (id, role) in &after.roles {
        match before.roles.get(id) {
            Some(old) if old == role => {}
            Some(_) => assert!(writes.roles_changed.contains(id), "a changed role is named"),
            None => assert!(writes.roles_added.contains(id), "an added role is named"),
        }
    }
    for id in before.roles.keys().filter(|id| !after.roles.contains_key(id)) {
        assert!(writes.roles_removed.contains(id), "a removed role is named");
    }
    for one in after.registrations.values() {
        match stored.get(&one.id) {
            Some(old) if old == one => {}
            Some(_) => assert!(writes.registrations_changed.contains(&one.id), "a changed registration is named"),
            None => assert!(writes.registrations_added.contains(&one.id), "an added registration is named"),
        }
    }
    let both = writes.registrations_added.intersection(&writes.registrations_changed).next();
    assert_eq!(both, None, "an added registration is not named as changed");
}

/// The counters of a role from its registrations.
pub fn count(kept: &Kept, role: RoleId) -> Counters {
    let mut counters = Counters::default();
    for one in kept.state.registrations.values().filter(|one| one.role == role) {
        counters.registrations += 1;
        counters.waiting += u32::from(one.status == Status::Waitlisted);
        counters.reserved += if load::has_places(one) { one.spots.count() } else { 0 };
    }
    counters
}

/// The role with this id, as a command names it.
pub fn by_id(role: RoleId) -> RoleRef {
    RoleRef::Id(role)
}
