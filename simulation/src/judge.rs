//! The judge: checks every commit and every answer against the invariants of ARCHITECTURE.md, from the rows alone.
//!
//! What is committed is checked as a whole, by [`headcount_core::invariant`]; what an answer claims is checked against what
//! is committed at that moment; what was refused or not done must never be found done.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::change::{Entry, entry_hash};
use headcount_core::command::{Action, Command, Mode};
use headcount_core::decision::{Outcome, Receipt, Refusal};
use headcount_core::event::{Registration, Status, WaitlistPolicy};
use headcount_core::ids::{EventId, Hash, Millis, RegistrationId, RoleId, Seq};
use headcount_core::invariant;
use headcount_core::person::Tag;
use headcount_core::working_set::{EventState, KeyId};

use crate::memory::{Kept, Memory};

/// What was seen, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Judge {
    broken: Vec<String>,
    /// Registrations that were refused, or told not to have happened.
    refused: BTreeSet<RegistrationId>,
    /// What was answered first under each key.
    answers: BTreeMap<KeyId, ([u8; 32], Outcome)>,
    /// Log entries that somebody was told of.
    acknowledged: Vec<(EventId, Seq, Hash)>,
    /// How full each event was at each commit.
    moments: BTreeMap<EventId, Vec<Moment>>,
    /// Each event as it was after its last commit: what the next one is compared with.
    before: BTreeMap<EventId, Before>,
}

/// How full an event was, at the most, in the course of a commit.
#[derive(Debug)]
struct Moment {
    commit: u64,
    /// None: unlimited.
    event_free: Option<u64>,
    role_free: BTreeMap<RoleId, Option<u64>>,
    /// Somebody waits, for whom places may be kept; or capacities changed in its course, so that nobody can tell from outside.
    may_refuse: bool,
}

/// An event before a commit.
#[derive(Debug)]
pub struct Before {
    seq: Seq,
    at: Millis,
    hash: Hash,
    registrations: usize,
    roles_per_person: u32,
    opens_at: Option<Millis>,
    /// In how many roles each person is.
    held: BTreeMap<Tag, u32>,
    /// Who waits.
    waiting: BTreeSet<RegistrationId>,
    event_reserved: u64,
    role_reserved: BTreeMap<RoleId, u64>,
}

/// What was found of a commit, for those who note what occurred.
#[derive(Debug)]
pub struct Judged {
    /// The event before it.
    pub before: Before,
    /// Somebody waits who fits.
    pub goes_on: bool,
}

impl Before {
    /// Before there was anything.
    fn nothing() -> Before {
        Before {
            seq: Seq(0),
            at: Millis(i64::MIN),
            hash: Hash::default(),
            registrations: 0,
            roles_per_person: u32::MAX,
            opens_at: None,
            held: BTreeMap::new(),
            waiting: BTreeSet::new(),
            event_reserved: 0,
            role_reserved: BTreeMap::new(),
        }
    }

    /// The event as it stands.
    fn of(state: &EventState) -> Before {
        let event = &state.event;
        Before {
            seq: event.seq,
            at: event.last_at,
            hash: event.hash,
            registrations: state.registrations.keys().count(),
            roles_per_person: event.settings.roles_per_person,
            opens_at: event.settings.opens_at,
            held: held(state),
            waiting: waiting(state).map(|one| one.id).collect(),
            event_reserved: event.counters.reserved,
            role_reserved: state.roles.values().map(|role| (role.id, role.counters.reserved)).collect(),
        }
    }

    /// Whether anybody waited.
    pub fn somebody_waited(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether this party waited.
    pub fn waited(&self, id: RegistrationId) -> bool {
        self.waiting.contains(&id)
    }
}

/// In how many roles each person is.
fn held(state: &EventState) -> BTreeMap<Tag, u32> {
    let mut held = BTreeMap::new();
    for one in state.registrations.values().filter(|one| one.status.is_active()) {
        *held.entry(one.person.tag).or_insert(0) += 1;
    }
    held
}

fn waiting(state: &EventState) -> impl Iterator<Item = &Registration> {
    state.registrations.values().filter(|one| one.status == Status::Waitlisted)
}

impl Judge {
    /// Everything that was found wrong, in the order in which it was found.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Something is wrong.
    pub fn complain(&mut self, what: impl Into<String>) {
        self.broken.push(what.into());
    }

    fn require(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.complain(what());
        }
    }

    /// An event as it is before anything is asked of it.
    pub fn opened(&mut self, kept: &Kept) {
        let after = Before::of(&kept.state);
        self.note_moment(&Before::nothing(), kept, 0, &[]);
        self.before.insert(kept.state.event.id, after);
    }

    /// Checks an event after a commit that wrote to it at `now`. `is_settled`: whether nobody may wait who fits.
    pub fn committed(&mut self, kept: &Kept, commit: u64, now: Millis, is_settled: bool) -> Judged {
        let state = &kept.state;
        let mut broken = invariant::check(state);
        let waits = invariant::check_settled(state, now);
        let goes_on = !waits.is_empty();
        if is_settled {
            broken.extend(waits);
        }
        self.broken.extend(broken.iter().map(|one| format!("event {}, {}: {one}", state.event.id, state.event.seq)));
        let after = Before::of(state);
        let before = self.before.remove(&state.event.id).unwrap_or_else(Before::nothing);
        let count = usize::try_from(before.seq.0).expect("a log that fits into memory");
        let entries = kept.log.get(count..).unwrap_or_default();
        self.log_goes_on(&before, kept, entries);
        self.require(after.registrations >= before.registrations, || "a registration has vanished".to_owned());
        self.nobody_takes_too_many_roles(&before, &after);
        self.nobody_comes_too_early(&before, entries);
        self.nobody_is_overtaken(&before, state, entries);
        self.who_is_erased_is_nobody(state, entries);
        for id in entries.iter().filter_map(|entry| entry.registration) {
            let is_refused = self.refused.contains(&id);
            self.require(!is_refused, || format!("I9: {id} was told that nothing happened, and is there"));
        }
        self.note_moment(&before, kept, commit, entries);
        self.before.insert(state.event.id, after);
        Judged { before, goes_on }
    }

    /// I15, I18: every entry follows the one before it.
    fn log_goes_on(&mut self, before: &Before, kept: &Kept, entries: &[Entry]) {
        let (mut seq, mut at, mut hash) = (before.seq, before.at, before.hash);
        for entry in entries {
            self.require(entry.seq == seq.next(), || format!("I18: entry {} follows {seq}", entry.seq));
            self.require(entry.at >= at, || format!("I15: entry {} goes back in time", entry.seq));
            self.require(entry.hash == entry_hash(hash, entry), || format!("I18: the chain breaks at {}", entry.seq));
            (seq, at, hash) = (entry.seq, entry.at, entry.hash);
        }
        let event = &kept.state.event;
        let is_head = (event.seq, event.last_at, event.hash) == (seq, at, hash);
        self.require(is_head, || format!("I18: the event is at {}, its log at {seq}", event.seq));
    }

    fn nobody_takes_too_many_roles(&mut self, before: &Before, after: &Before) {
        let limit = before.roles_per_person.max(after.roles_per_person);
        for (person, roles) in &after.held {
            let is_new = *roles > before.held.get(person).copied().unwrap_or(0);
            self.require(*roles <= limit || !is_new, || format!("{person} got into {roles} roles of {limit}"));
        }
    }

    fn nobody_comes_too_early(&mut self, before: &Before, entries: &[Entry]) {
        let Some(opens_at) = before.opens_at.filter(|_| !entries.iter().any(|entry| entry.kind == "event_edited"))
        else {
            return;
        };
        let is_early = |entry: &&Entry| entry.kind == "signed_up" && entry.actor == "guest" && entry.at < opens_at;
        let early = entries.iter().find(is_early);
        self.require(early.is_none(), || format!("a guest signed up before {}", opens_at.0));
    }

    /// I7: whoever got places by itself came before everybody who waits on in that role, unless gaps are filled. Those that
    /// others moved in the same batch are left out, as their place in the order was another one before.
    fn nobody_is_overtaken(&mut self, before: &Before, after: &EventState, entries: &[Entry]) {
        if after.event.settings.waitlist.policy == WaitlistPolicy::FillGaps {
            return;
        }
        let touched: BTreeSet<RegistrationId> = entries.iter().filter_map(|entry| entry.registration).collect();
        let is_alone = |id: &RegistrationId| {
            let mut theirs = entries.iter().filter(|entry| entry.registration == Some(*id));
            let by_itself =
                |entry: &Entry| entry.kind == "signed_up" || entry.kind == "promoted" && entry.actor == "system";
            theirs.all(by_itself)
        };
        let policy_is_old = !entries.iter().any(|entry| ["event_edited", "swapped", "moved"].contains(&entry.kind));
        let got_in = |id: &&RegistrationId| {
            let one = after.registrations.get(id);
            one.is_some_and(|one| one.status.occupies_places() && is_alone(&one.id)) && policy_is_old
        };
        for one in touched.iter().filter(got_in).map(|id| &after.registrations[id]) {
            let waits_on = |other: &&Registration| {
                other.role == one.role && before.waited(other.id) && !touched.contains(&other.id)
            };
            let passed = waiting(after).filter(waits_on).find(|other| other.wait_seq < one.wait_seq);
            self.require(passed.is_none(), || format!("I7: {} was overtaken by {}", passed.expect("one").id, one.id));
        }
    }

    /// Of whoever was forgotten, and not touched since in the same batch, nothing is left, nor a place in what is ahead.
    fn who_is_erased_is_nobody(&mut self, state: &EventState, entries: &[Entry]) {
        for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.kind == "erased") {
            let is_touched = |later: &Entry| match later.kind {
                "swapped" | "event_edited" | "role_edited" => true,
                kind => later.registration == entry.registration && kind != "cancelled",
            };
            let untouched = entry.registration.filter(|_| !entries[place + 1..].iter().any(is_touched));
            let Some(one) = untouched.and_then(|id| state.registrations.get(&id)) else { continue };
            self.require(one.is_erased(), || format!("{} was forgotten, and something of it is left", one.id));
            let begins = state.role_of(one).settings.starts_at.or(state.event.settings.starts_at);
            let is_over = state.event.settings.is_over(state.roles.values().map(|role| &role.settings), entry.at);
            let is_past = is_over || begins.is_some_and(|begins| begins <= entry.at);
            self.require(is_past || !one.status.is_active(), || format!("{} was forgotten, and is in", one.id));
        }
    }

    /// Notes how full it was at the most: as if all who were touched and have no places now had had them at once.
    fn note_moment(&mut self, before: &Before, kept: &Kept, commit: u64, entries: &[Entry]) {
        let state = &kept.state;
        let touched: BTreeSet<RegistrationId> = entries.iter().filter_map(|entry| entry.registration).collect();
        let mut in_between = BTreeMap::new();
        for one in touched.iter().filter_map(|id| state.registrations.get(id)) {
            *in_between.entry(one.role).or_insert(0) += one.spots.count();
        }
        let all_between: u64 = in_between.values().sum();
        let free = |capacity: Option<u32>, reserved: u64| {
            capacity.map(|capacity| u64::from(capacity).saturating_sub(reserved))
        };
        let role_free = state.roles.values().map(|role| {
            let was = before.role_reserved.get(&role.id).copied().unwrap_or(0).max(role.counters.reserved);
            let between = in_between.get(&role.id).copied().unwrap_or(0);
            (role.id, free(role.settings.capacity, was + between))
        });
        let was = before.event_reserved.max(state.event.counters.reserved);
        let moment = Moment {
            commit,
            event_free: free(state.event.settings.capacity, was + all_between),
            role_free: role_free.collect(),
            may_refuse: state.event.counters.waiting > 0
                || !before.waiting.is_empty()
                || entries.iter().any(|entry| ["event_edited", "role_edited"].contains(&entry.kind)),
        };
        self.moments.entry(state.event.id).or_default().push(moment);
    }

    /// Checks an answer that claims to be final. `asked`: how many commits there were when it was asked for the first time;
    /// none: that is not known, as others may have asked under the same key.
    pub fn answered(&mut self, memory: &Memory, command: &Command, asked: Option<u64>, outcome: &Outcome) {
        if command.mode == Mode::DryRun {
            return;
        }
        self.is_one_outcome(memory, command, outcome);
        match outcome {
            Outcome::Registration(receipt) => self.receipt_is_true(memory, receipt),
            Outcome::Responded(responded) => {
                responded.receipts.iter().for_each(|receipt| self.receipt_is_true(memory, receipt));
            }
            Outcome::Edited(edited) => self.acknowledge(memory, command.event, edited.seq),
            Outcome::Repaired(repaired) => self.acknowledge(memory, command.event, repaired.seq),
            Outcome::Imported(imported) => self.acknowledge(memory, command.event, imported.seq),
            Outcome::Refused(refusal) => {
                self.nothing_happened(memory, command);
                if let Some(asked) = asked {
                    self.is_honest(memory, command, asked, refusal);
                }
            }
            _ => {}
        }
    }

    /// I5: one outcome for a key.
    fn is_one_outcome(&mut self, memory: &Memory, command: &Command, outcome: &Outcome) {
        let Some(sent) = &command.idempotency else { return };
        let id = KeyId { event: command.event, who: sent.who.clone(), key: sent.key.clone() };
        let expected = match self.answers.get(&id) {
            Some((fingerprint, first)) if *fingerprint == sent.fingerprint => Some(first.clone()),
            Some(_) => Some(Outcome::Refused(Refusal::KeyReused)),
            None => None,
        };
        if let Some(expected) = expected {
            // What is not kept may have been decided before, and told after.
            let is_one = *outcome == expected || !outcome.is_kept();
            self.require(is_one, || format!("I5: {} was answered {expected:?} and then {outcome:?}", id.key));
        } else if outcome.is_kept() && *outcome != Outcome::Refused(Refusal::KeyReused) {
            let is_stored = memory.keys.get(&id).is_some_and(|stored| stored.outcome == *outcome);
            self.require(is_stored, || format!("I12: {} was answered, and is not kept", id.key));
            self.answers.insert(id, (sent.fingerprint, outcome.clone()));
        }
    }

    /// I3, I4: what a receipt tells is committed.
    fn receipt_is_true(&mut self, memory: &Memory, receipt: &Receipt) {
        let is_there =
            memory.events.get(&receipt.event_id).is_some_and(|kept| kept.state.registrations.contains_key(&receipt.id));
        self.require(is_there, || format!("I3: {} was told of, and is not there", receipt.id));
        self.acknowledge(memory, receipt.event_id, receipt.seq);
    }

    fn acknowledge(&mut self, memory: &Memory, event: EventId, seq: Seq) {
        match memory.events.get(&event).and_then(|kept| entry_at(kept, seq)) {
            Some(entry) => self.acknowledged.push((event, seq, entry.hash)),
            None => self.complain(format!("I3: an answer names entry {seq} of {event}, which is not there")),
        }
    }

    /// It was told that nothing happened: by a refusal, or as it could not be done.
    pub fn nothing_happened(&mut self, memory: &Memory, command: &Command) {
        let id = match &command.action {
            Action::SignUp(sign_up) => sign_up.id,
            Action::Respond(respond) => respond.id,
            _ => return,
        };
        let is_there = memory.events.get(&command.event).is_some_and(|kept| kept.state.registrations.contains_key(&id));
        self.require(!is_there, || format!("I9: {id} was told that nothing happened, and is there"));
        self.refused.insert(id);
    }

    /// I9: "full" only if it was full for this party at a moment between question and answer, or kept for those who wait.
    fn is_honest(&mut self, memory: &Memory, command: &Command, asked: u64, refusal: &Refusal) {
        let (Action::SignUp(wish), Refusal::RoleFull { .. } | Refusal::EventFull { .. }) = (&command.action, refusal)
        else {
            return;
        };
        let Some(kept) = memory.events.get(&command.event) else { return };
        let role = kept.state.find_role(&wish.role).map(|role| role.id);
        let is_short = |free: Option<u64>| free.is_some_and(|free| free < wish.spots.count());
        let was_full = |moment: &Moment| {
            let role_free = role.and_then(|role| moment.role_free.get(&role).copied().flatten());
            moment.may_refuse || is_short(moment.event_free) || is_short(role_free)
        };
        let moments = self.moments.get(&command.event).map(Vec::as_slice).unwrap_or_default();
        // The one that was so when it was asked, and all since.
        let first = moments.partition_point(|moment| moment.commit <= asked).saturating_sub(1);
        // A role that was renamed or removed meanwhile cannot be judged.
        let is_honest = role.is_none() || moments[first..].iter().any(was_full);
        self.require(is_honest, || format!("I9: {} was refused with {refusal:?}, and it was not so", wish.id));
    }

    /// When nothing goes on any more: what was told is still so, and nobody waits who fits.
    pub fn at_the_end(&mut self, memory: &Memory, now: Millis) {
        for (event, seq, hash) in std::mem::take(&mut self.acknowledged) {
            let is_same =
                memory.events.get(&event).and_then(|kept| entry_at(kept, seq)).is_some_and(|one| one.hash == hash);
            self.require(is_same, || format!("I3: entry {seq} of {event} was told of, and is another one"));
        }
        for kept in memory.events.values() {
            let mut broken = invariant::check(&kept.state);
            broken.extend(invariant::check_settled(&kept.state, now));
            broken.extend(invariant::check_log(&kept.state.event, &kept.log));
            self.broken.extend(broken.iter().map(|one| format!("at the end, event {}: {one}", kept.state.event.id)));
        }
    }
}

fn entry_at(kept: &Kept, seq: Seq) -> Option<&Entry> {
    kept.log.get(usize::try_from(seq.0.checked_sub(1)?).ok()?)
}
