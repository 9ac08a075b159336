//! Random commands, decided by the rules and by a naive model of them; after every batch both must agree on every answer
//! and on the whole state, and the invariants must hold.
//!
//! `HEADCOUNT_MODEL_SEEDS=10000` runs more seeds, `HEADCOUNT_MODEL_FIRST=77` begins at another one.

use std::collections::BTreeMap;

use headcount_core::change::Entry;
use headcount_core::command::{Action, Command, Mode};
use headcount_core::decision::{Affected, Decision, Outcome, Receipt, Refusal};
use headcount_core::event::{Registration, Status, WaitlistPolicy};
use headcount_core::ids::{EventId, Millis, RegistrationId};
use headcount_core::invariant;
use headcount_core::notice::Due;
use headcount_core::working_set::{EventState, KeyId, StoredKey};

#[path = "model/naive.rs"]
mod naive;
#[path = "model/race.rs"]
mod race;

use headcount_simulation::build::{create, event_id, new_role, open_role};
use headcount_simulation::commands::Commands;
use headcount_simulation::memory::Memory;
use headcount_simulation::random::Random;
use naive::{Moved, Naive, Part, Shown, Verdict, Wait};

const COMMANDS_PER_SEED: usize = 300;

#[test]
fn the_rules_agree_with_the_naive_model_in_batches() {
    for_each_seed(300, |seed| Run::new(seed).of_batches(8));
}

#[test]
fn the_rules_agree_with_the_naive_model_when_promotion_stops_early() {
    for_each_seed(200, |seed| {
        let mut run = Run::new(seed);
        run.batched.waiting_each_max = Some(1 + usize::try_from(seed % 2).expect("small"));
        run.of_batches(if seed % 3 == 0 { 1 } else { 6 });
    });
}

fn for_each_seed(seeds: u64, run: impl Fn(u64)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("HEADCOUNT_MODEL_FIRST").unwrap_or(1);
    for seed in first..first + number("HEADCOUNT_MODEL_SEEDS").unwrap_or(seeds) {
        run(seed);
    }
}

/// One seed: the same commands in batches, one by one, and by the naive model.
struct Run {
    seed: u64,
    commands: Commands,
    now: Millis,
    events: Vec<EventId>,
    batched: Memory,
    single: Memory,
    naive: BTreeMap<EventId, Naive>,
    done: Vec<(Millis, Vec<Command>)>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut random = Random::new(seed);
        let events = vec![event_id(1), event_id(2)];
        let (mut naive, mut creations) = (BTreeMap::new(), Vec::new());
        for (event, number) in events.iter().zip(1..) {
            let settings = random.settings(&format!("event-{number}"));
            let names = ["Server", "Cook", "Runner"];
            let count = 1 + random.below(3);
            let roles = (0..count).map(|role| {
                let name = names[role as usize];
                new_role(number * 10 + role, name, open_role(random.capacity(7)))
            });
            let roles: Vec<_> = roles.collect();
            let parts = roles.iter().map(|role| {
                let (id, name, settings) = (role.id, role.name.clone(), role.settings.clone());
                Part { id, name, settings, override_spots: 0, skipped: None }
            });
            naive.insert(*event, Naive::new(settings.clone(), parts.collect()));
            creations.push(create(*event, settings, roles));
        }
        let (mut batched, mut single) = (Memory::default(), Memory::default());
        let now = Millis(0);
        batched.run(now, &creations);
        creations.iter().for_each(|creation| drop(single.run(now, std::slice::from_ref(creation))));
        let done = vec![(now, creations)];
        Run { seed, commands: Commands::new(random), now, events, batched, single, naive, done }
    }

    fn of_batches(&mut self, batch_max: u32) {
        let mut count = 0;
        while count < COMMANDS_PER_SEED {
            self.tick();
            let size = 1 + self.commands.random.below(batch_max);
            let batch: Vec<Command> = (0..size).map(|_| self.commands.command(&self.batched, &self.events)).collect();
            count += batch.len();
            self.decide(&batch);
        }
        self.replays_alike();
    }

    /// Mostly forward, across the cut-offs, and for some seeds across the time to verify; sometimes back: no clock is
    /// perfect.
    fn tick(&mut self) {
        let far = if self.seed.is_multiple_of(3) && self.commands.random.one_in(6) { 40_000 } else { 30 };
        let step = i64::from(self.commands.random.below(far));
        self.now = if self.commands.random.one_in(40) { Millis(self.now.0 - 200) } else { Millis(self.now.0 + step) };
    }

    fn decide(&mut self, batch: &[Command]) {
        let before: Vec<EventState> = self.events.iter().map(|event| self.batched.whole(*event)).collect();
        let keys = self.batched.keys.clone();
        let decisions = self.batched.run(self.now, batch);
        self.batched.settle_all(self.now);
        self.done.push((self.now, batch.to_vec()));
        for (command, decision) in batch.iter().zip(&decisions) {
            self.compare_with_naive(command, decision);
            if self.batched.waiting_each_max.is_none() {
                self.compare_with_single(command, decision);
            }
            self.replays_key(&keys, command, decision);
        }
        for (event, before) in self.events.iter().zip(&before) {
            let after = self.batched.whole(*event);
            self.compare_state(&after);
            self.check_invariants(before, &after);
            if let [command] = batch {
                self.nobody_is_overtaken(before, &after, command);
            }
        }
        if self.batched.waiting_each_max.is_none() {
            assert_eq!(self.batched.events, self.single.events, "seed {}: I13, a batch is its commands", self.seed);
            let answered = |store: &Memory| store.keys.keys().cloned().collect::<Vec<_>>();
            assert_eq!(answered(&self.batched), answered(&self.single), "seed {}: I13, the same keys", self.seed);
        }
    }

    fn compare_with_naive(&mut self, command: &Command, decision: &Decision) {
        let naive = self.naive.get_mut(&command.event).expect("a known event");
        let before = naive.clone();
        let mut expected = naive.decide(self.now, command);
        let mut found = verdict(&decision.outcome);
        if matches!(decision.outcome, Outcome::Settled) {
            forget_moves(&mut expected);
        }
        if self.batched.waiting_each_max.is_some() {
            // Told in part, and so again by a repeated request.
            forget_moves(&mut expected);
            forget_moves(&mut found);
            if !is_new_sign_up(command, &decision.outcome) {
                forget_status(&mut expected);
                forget_status(&mut found);
            }
        }
        forget_position(&mut expected, &mut found);
        assert_eq!(found, expected, "{}\nbefore: {before:?}", self.at(command));
        let is_due = |entry: &Entry| entry.actor == "system" && ["promoted", "skipped"].contains(&entry.kind);
        if command.mode == Mode::DryRun || matches!(decision.outcome, Outcome::Refused(_)) {
            let is_none = command.mode == Mode::DryRun && decision.entries.is_empty();
            assert!(is_none || decision.entries.iter().all(is_due), "{}: writes nothing", self.at(command));
        }
    }

    /// What time alone has caused is written with the first command of a batch or, if that stops early, before it; the
    /// logs must be alike all the same.
    fn compare_with_single(&mut self, command: &Command, decision: &Decision) {
        let mut alone = self.single.run(self.now, std::slice::from_ref(command));
        self.single.settle_all(self.now);
        let mut alone = alone.pop().expect("one decision a command").outcome;
        let mut decision = decision.outcome.clone();
        forget_unknown_position(&mut alone, &mut decision);
        assert_eq!(alone, decision, "{}: I13, a batch decides as its commands one by one", self.at(command));
    }

    fn replays_key(&self, keys: &BTreeMap<KeyId, StoredKey>, command: &Command, decision: &Decision) {
        let Some(idempotency) = &command.idempotency else { return };
        let (who, key) = (idempotency.who.clone(), idempotency.key.clone());
        if let Some(known) = keys.get(&KeyId { event: command.event, who, key }) {
            let is_same = known.fingerprint == idempotency.fingerprint;
            let expected = if is_same { known.outcome.clone() } else { Outcome::Refused(Refusal::KeyReused) };
            assert_eq!(decision.outcome, expected, "{}: I5, a replay gets the original answer", self.at(command));
            assert!(decision.entries.is_empty(), "{}: I5, a replay does nothing", self.at(command));
        }
    }

    fn compare_state(&self, state: &EventState) {
        let naive = &self.naive[&state.event.id];
        let seed = self.last_batch();
        assert_eq!(state.event.settings, naive.settings, "seed {seed}: settings");
        let (found, expected) = (state.event.override_spots, naive.override_spots);
        assert_eq!(found, expected, "seed {seed}: override of the event");
        assert_eq!(state.event.revision, naive.revision, "seed {seed}: revision");
        assert_eq!(state.roles.len(), naive.roles.len(), "seed {seed}: roles");
        for part in &naive.roles {
            let role = &state.roles[&part.id];
            let skipped = role.skipped.map(|skipped| (skipped.registration, skipped.skips));
            let found = (&role.name, &role.settings, role.override_spots, skipped);
            assert_eq!(found, (&part.name, &part.settings, part.override_spots, part.skipped), "seed {seed}: role");
        }
        let notices = self.batched.events[&state.event.id].notices.iter();
        let wait = |due| if due == Due::Now { Wait::No } else { Wait::ToBeUndone };
        let mut notices: Vec<_> = notices.map(|one| (one.to, one.kind, wait(one.due))).collect();
        let mut expected = naive.mails.clone();
        if self.batched.waiting_each_max.is_some() {
            // Who goes on promoting is no staff.
            notices.iter_mut().chain(&mut expected).for_each(|(_, _, wait)| *wait = Wait::No);
        }
        assert_eq!(notices, expected, "seed {seed}: what is mailed");
        let mut found: Vec<&Registration> = state.registrations.values().collect();
        found.sort_by_key(|one| one.wait_seq);
        let mut expected: Vec<_> = naive.parties.iter().collect();
        expected.sort_by_key(|one| one.order);
        assert_eq!(found.len(), expected.len(), "seed {seed}: registrations");
        for (found, expected) in found.into_iter().zip(expected) {
            let (spots, checked_in) = (found.spots.count(), u64::from(found.checked_in));
            let until = found.verify_by;
            let found = (found.id, found.role, &found.person.key, spots, found.status, checked_in, found.link_version);
            let one = expected;
            let expected = (one.id, one.role, &one.person, one.spots, one.status, one.checked_in, one.link_version);
            assert_eq!((found, until), (expected, one.verify_by), "seed {seed}: registration");
        }
    }

    fn check_invariants(&self, before: &EventState, after: &EventState) {
        let mut broken = invariant::check(after);
        broken.extend(invariant::check_step(before, after));
        if after.event.seq > before.event.seq {
            broken.extend(invariant::check_settled(after, self.now));
        }
        assert_eq!(broken, [], "seed {}", self.last_batch());
    }

    /// I7: whoever got places by itself came before everybody who still waits in that role, unless gaps are filled.
    fn nobody_is_overtaken(&self, before: &EventState, after: &EventState, command: &Command) {
        let by_staff = if let Action::Promote(promote) = &command.action { Some(promote.registration) } else { None };
        // A demotion is just that: others get their turn before the demoted party.
        let demoted = if let Action::Demote(id) = &command.action { Some(*id) } else { None };
        if after.event.settings.waitlist.policy == WaitlistPolicy::FillGaps {
            return;
        }
        let was_in = |id| before.registrations.get(&id).is_some_and(|one| one.status.occupies_places());
        // Who had a place in another system is not judged by the order here.
        let had_place = |id| match &command.action {
            Action::Import(import) => {
                import.parties.iter().any(|party| party.id == id && party.status == Status::Confirmed)
            }
            _ => false,
        };
        let got_in = |one: &&Registration| {
            one.status.occupies_places() && !was_in(one.id) && Some(one.id) != by_staff && !had_place(one.id)
        };
        for one in after.registrations.values().filter(got_in) {
            let waits = |other: &&Registration| {
                other.status == Status::Waitlisted && other.role == one.role && Some(other.id) != demoted
            };
            let passed = after.registrations.values().filter(waits).find(|other| other.wait_seq < one.wait_seq);
            assert_eq!(passed, None, "{}: I7, overtaken by {}", self.at(command), one.id);
        }
    }

    /// I14: the same batches on another machine give the same log, hash by hash.
    fn replays_alike(&self) {
        let mut again = Memory { waiting_each_max: self.batched.waiting_each_max, ..Memory::default() };
        for (now, batch) in &self.done {
            again.run(*now, batch);
            again.settle_all(*now);
        }
        assert_eq!(self.batched.broken(), Vec::<String>::new(), "seed {}", self.seed);
        assert_eq!(again.events, self.batched.events, "seed {}: I14, a replay gives the same state", self.seed);
        assert_eq!(again.keys, self.batched.keys, "seed {}: I14, a replay gives the same answers", self.seed);
    }

    fn last_batch(&self) -> String {
        let (now, batch) = self.done.last().expect("a batch");
        let commands: Vec<String> = batch.iter().map(|one| format!("  {:?} {:?}", one.mode, one.action)).collect();
        let tail = |event: &EventId| {
            let log = &self.batched.events[event].log;
            let tail = log.iter().skip(log.len().saturating_sub(12));
            let tail: Vec<String> =
                tail.map(|one| format!("  {} {} {:?}", one.seq, one.body, one.registration)).collect();
            format!("log of {event}:\n{}", tail.join("\n"))
        };
        let logs: Vec<String> = self.events.iter().map(tail).collect();
        let (seed, number) = (self.seed, self.done.len());
        format!("{seed}, batch {number} at {}:\n{}\n{}\n", now.0, commands.join("\n"), logs.join("\n"))
    }

    fn at(&self, command: &Command) -> String {
        format!("seed {}, batch {}, now {}: {command:?}", self.seed, self.done.len(), self.now.0)
    }
}

/// What the rules answered, in the words of the model.
fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Registration(receipt) => Verdict::Shown { party: shown(receipt), moved: net(&receipt.affected) },
        Outcome::CheckMail(mail) => Verdict::CheckMail(mail.role_id, mail.spots.count(), mail.until),
        Outcome::Responded(responded) => Verdict::Responded {
            parties: responded.receipts.iter().map(shown).collect(),
            moved: responded.receipts.iter().flat_map(|receipt| net(&receipt.affected)).collect(),
        },
        Outcome::Edited(edited) => Verdict::Done { moved: net(&edited.affected) },
        Outcome::Repaired(repaired) => Verdict::Done { moved: net(&repaired.affected) },
        Outcome::EventCreated(_) | Outcome::EventDeleted | Outcome::Settled => Verdict::Done { moved: Vec::new() },
        Outcome::Refused(refusal) => Verdict::Refused(refusal.code(), open_now(refusal)),
        Outcome::Imported(imported) => Verdict::Imported {
            added: imported.added,
            known: imported.known,
            kept_spots: imported.kept_spots,
            waitlisted: imported.waitlisted.clone(),
            moved: net(&imported.affected),
        },
        Outcome::Postponed => panic!("the store decides again what was postponed"),
    }
}

fn open_now(refusal: &Refusal) -> Option<u64> {
    match refusal {
        Refusal::RoleFull { open_now, .. } | Refusal::EventFull { open_now, .. } => Some(*open_now),
        _ => None,
    }
}

fn shown(receipt: &Receipt) -> Shown {
    Shown {
        id: receipt.id,
        role: receipt.role_id,
        spots: receipt.spots.count(),
        status: receipt.status,
        position: receipt.position,
        checked_in: u64::from(receipt.checked_in),
        link_version: receipt.link_version,
    }
}

/// Who ended up elsewhere than before, whatever happened in between.
fn net(affected: &[Affected]) -> Vec<Moved> {
    let mut moved: BTreeMap<RegistrationId, Moved> = BTreeMap::new();
    for one in affected {
        let (id, from, to) = (one.registration_id, one.from, one.to);
        moved.entry(id).and_modify(|moved| moved.to = to).or_insert(Moved { id, from, to });
    }
    moved.into_values().filter(|moved| moved.from != moved.to).collect()
}

/// With few heads loaded, not everybody has moved yet.
fn forget_moves(verdict: &mut Verdict) {
    match verdict {
        Verdict::Done { moved }
        | Verdict::Shown { moved, .. }
        | Verdict::Responded { moved, .. }
        | Verdict::Imported { moved, .. } => moved.clear(),
        Verdict::CheckMail(..) | Verdict::Refused(..) => {}
    }
}

/// Who comes new gets in at once or not: nothing follows for it.
fn is_new_sign_up(command: &Command, outcome: &Outcome) -> bool {
    match (&command.action, outcome) {
        (Action::SignUp(sign_up), Outcome::Registration(receipt)) => sign_up.id == receipt.id,
        _ => false,
    }
}

/// With few heads loaded, the party itself may not have moved either.
fn forget_status(verdict: &mut Verdict) {
    for party in parties(verdict) {
        party.position = None;
        if party.status.is_active() {
            party.status = Status::Waitlisted;
        }
    }
}

/// How much is loaded, and with it whether a position is known, depends on the batch.
fn forget_unknown_position(one: &mut Outcome, other: &mut Outcome) {
    let both = receipts(one).iter_mut().zip(receipts(other));
    for (one, other) in both.filter(|(one, other)| one.position.is_none() || other.position.is_none()) {
        (one.position, other.position) = (None, None);
    }
}

fn receipts(outcome: &mut Outcome) -> &mut [Receipt] {
    match outcome {
        Outcome::Registration(receipt) => std::slice::from_mut(receipt),
        Outcome::Responded(responded) => &mut responded.receipts,
        _ => &mut [],
    }
}

fn parties(verdict: &mut Verdict) -> &mut [Shown] {
    match verdict {
        Verdict::Shown { party, .. } => std::slice::from_mut(party),
        Verdict::Responded { parties, .. } => parties,
        _ => &mut [],
    }
}

/// With few heads loaded, the position may not be known.
fn forget_position(expected: &mut Verdict, found: &mut Verdict) {
    let both = parties(expected).iter_mut().zip(parties(found));
    for (expected, _) in both.filter(|(_, found)| found.position.is_none() && found.status == Status::Waitlisted) {
        expected.position = None;
    }
}
