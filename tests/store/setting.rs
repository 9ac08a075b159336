//! What the tests of stores work with: a store, people, and commands.

use std::collections::BTreeSet;

use headcount::clock;
use headcount::store::{Readers, Store, StoreError};
use headcount_core::command::{
    Action, Actor, Answer, Command, CreateEvent, EventNeeds, EventTexts, Idempotency, IfFull, Login, Mode, Needs,
    NewRole, Respond, RoleRef, SignUp,
};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome, Receipt, Refusal};
use headcount_core::event::{
    Details, EventSettings, EventStatus, Form, OnePer, PhonePolicy, RoleSettings, Status, Visibility, Waitlist,
    WaitlistPolicy,
};
use headcount_core::ids::{AccountId, EventId, Millis, OrganizationId, RegistrationId, RoleId, Spots};
use headcount_core::person::{Person, Tag, key_by_email};
use headcount_core::working_set::WorkingSet;
use uuid::Uuid;

/// A store, and the way to read beside it.
pub(crate) struct Setting<S> {
    pub(crate) store: S,
    pub(crate) readers: Readers,
}

pub(crate) fn event_id(number: u128) -> EventId {
    EventId(Uuid::from_u128(0xe0 << 64 | number))
}

pub(crate) fn role_id(number: u128) -> RoleId {
    RoleId(Uuid::from_u128(0xa0 << 64 | number))
}

pub(crate) fn registration_id(number: u128) -> RegistrationId {
    RegistrationId(Uuid::from_u128(0xb0 << 64 | number))
}

pub(crate) fn spots(number: u32) -> Spots {
    Spots::try_from(number).unwrap()
}

pub(crate) fn person(name: &str) -> Person {
    let mut tag = [0; 16];
    tag.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    Person { key: key_by_email(&format!("{name}@example.org")), tag: Tag(tag) }
}

pub(crate) fn form(slug: &str) -> Form {
    Form {
        slug: slug.to_owned(),
        visibility: Visibility::Public,
        one_per: OnePer::Email,
        phone: PhonePolicy::Optional,
        phone_region: Some("IL".to_owned()),
        organization: OrganizationId::FIRST,
        teams: BTreeSet::new(),
    }
}

pub(crate) fn settings(slug: &str) -> EventSettings {
    EventSettings {
        form: form(slug),
        status: EventStatus::Published,
        capacity: None,
        waitlist: Waitlist { policy: WaitlistPolicy::Strict, limit: None, max_skips: 3 },
        max_spots: spots(10),
        roles_per_person: 2,
        starts_at: None,
        ends_at: None,
        opens_at: None,
        closes_at: None,
        cancel_until: None,
        promote_until: None,
        self_move: true,
        verify_minutes: None,
        retention_days: None,
    }
}

pub(crate) fn role_settings(capacity: Option<u32>) -> RoleSettings {
    RoleSettings { capacity, starts_at: None, ends_at: None, order: 0, min_needed: 0, closed: false }
}

pub(crate) fn new_role(number: u128, name: &str, capacity: Option<u32>) -> NewRole {
    let (name, description) = (name.to_owned(), format!("About {name}"));
    NewRole { id: role_id(number), name, description, settings: role_settings(capacity) }
}

pub(crate) fn texts(title: &str) -> EventTexts {
    EventTexts { title: title.to_owned(), timezone: "Asia/Jerusalem".to_owned(), ..EventTexts::default() }
}

/// As the owner asks it.
pub(crate) fn ask(event: EventId, action: Action) -> Command {
    Command { event, actor: Actor::Owner, idempotency: None, mode: Mode::Apply, action }
}

pub(crate) fn create(event: EventId, settings: EventSettings, roles: Vec<NewRole>) -> Command {
    let texts = texts(&format!("The {}", settings.form.slug));
    ask(event, Action::CreateEvent(Box::new(CreateEvent { settings, texts, roles })))
}

pub(crate) fn sign_up(event: EventId, slug: &str, number: u128, name: &str, role: u128, party: u32) -> Command {
    let details = Details {
        name: name.to_owned(),
        email: Some(format!("{name}@example.org")),
        notes: Some(format!("{name} comes by train")),
        ..Details::default()
    };
    let action = SignUp {
        id: registration_id(number),
        role: RoleRef::Id(role_id(role)),
        person: person(name),
        spots: spots(party),
        if_full: IfFull::Wait,
        details,
        form: form(slug),
    };
    Command { actor: Actor::Guest, ..ask(event, Action::SignUp(Box::new(action))) }
}

/// The answer of somebody who is logged in.
pub(crate) fn respond(event: EventId, slug: &str, number: u128, name: &str, answer: Answer) -> Command {
    let (id, person, form) = (registration_id(number), person(name), form(slug));
    let details = Details { name: name.to_owned(), ..Details::default() };
    let actor = Actor::Person(Login::Account(AccountId(Uuid::from_u128(1))));
    Command { actor, ..ask(event, Action::Respond(Box::new(Respond { id, person, details, form, answer }))) }
}

pub(crate) fn with_key(command: Command, key: &str) -> Command {
    let idempotency = Idempotency { who: "guest".to_owned(), key: key.to_owned(), fingerprint: [7; 32] };
    Command { idempotency: Some(idempotency), ..command }
}

pub(crate) fn receipt(decision: &Decision) -> &Receipt {
    match &decision.outcome {
        Outcome::Registration(receipt) => receipt,
        other => panic!("not a receipt: {other:?}"),
    }
}

pub(crate) fn refusal(decision: &Decision) -> &Refusal {
    match &decision.outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// An open event that starts at `starts_at`.
pub(crate) fn starting(slug: &str, starts_at: Option<i64>) -> EventSettings {
    EventSettings { starts_at: starts_at.map(Millis), ..settings(slug) }
}

impl<S: Store> Setting<S> {
    /// Has a batch decided and kept, as many events together as the store can, then checks that the store now holds
    /// what was decided.
    pub(crate) async fn run(&mut self, batch: &[Command]) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let together = |one: &Command, other: &Command| S::EVENTS_PER_BATCH > 1 || one.event == other.event;
        for batch in batch.chunk_by(together) {
            decisions.extend(self.run_together(batch).await);
        }
        decisions
    }

    async fn run_together(&mut self, batch: &[Command]) -> Vec<Decision> {
        let decide = |set: &mut WorkingSet, now: Millis| {
            let decisions = decide_batch(set, now, batch);
            (decisions, set.clone())
        };
        let (decisions, decided) = self.store.transact(&Needs::of(batch), decide).await.unwrap();
        self.assert_holds(&decided).await;
        decisions
    }

    /// Has one command decided and kept.
    pub(crate) async fn one(&mut self, command: Command) -> Decision {
        self.run(&[command]).await.remove(0)
    }

    /// What the store holds of these registrations and their events.
    pub(crate) async fn load(&mut self, needs: &Needs) -> WorkingSet {
        let mut needs = needs.clone();
        if needs.events.is_empty() {
            // A store may ask for one event in each batch; this one is not there.
            needs.events.insert(event_id(u64::MAX.into()), EventNeeds::default());
        }
        self.store.transact(&needs, |set, _| set.clone()).await.unwrap()
    }

    pub(crate) async fn try_run(&mut self, batch: &[Command]) -> Result<Vec<Decision>, StoreError> {
        self.store.transact(&Needs::of(batch), |set, now| decide_batch(set, now, batch)).await
    }

    /// The status, role and party of a registration as the store has it.
    pub(crate) async fn status(&mut self, event: EventId, number: u128) -> (Status, RoleId, u32) {
        let mut needs = Needs::default();
        needs.events.entry(event).or_default().registrations.insert(registration_id(number));
        let set = self.load(&needs).await;
        let one = &set.events[&event].registrations[&registration_id(number)];
        (one.status, one.role, one.spots.get())
    }

    async fn assert_holds(&mut self, decided: &WorkingSet) {
        let mut needs = Needs::default();
        for (id, state) in &decided.events {
            let event = needs.events.entry(*id).or_default();
            event.registrations.extend(state.registrations.keys());
            event.waiting_each = 1_000;
            event.recount = true;
        }
        for id in &decided.new_keys {
            needs.events.entry(id.event).or_default().keys.insert((id.who.clone(), id.key.clone()));
        }
        needs.slugs.extend(decided.slugs.keys().cloned());
        let stored = self.load(&needs).await;
        assert_eq!(stored.slugs, decided.slugs);
        assert_eq!(stored.events.keys().collect::<Vec<_>>(), decided.events.keys().collect::<Vec<_>>());
        for (id, state) in &decided.events {
            let found = &stored.events[id];
            assert_eq!((&found.event, &found.roles), (&state.event, &state.roles));
            for one in state.registrations.values() {
                assert_eq!(found.registrations.get(&one.id), Some(one));
            }
            for role in state.roles.values() {
                assert_eq!(found.recount[&role.id], role.counters, "the counters of {}", role.name);
            }
            if let Some(last) = state.writes.entries.last() {
                let log = self.readers.log(*id, headcount_core::ids::Seq(0), 10_000).await.unwrap();
                let end = &log[log.len() - state.writes.entries.len()..];
                let lines: Vec<_> = end.iter().map(|line| (line.seq, line.hash, line.body.clone())).collect();
                let entries: Vec<_> =
                    state.writes.entries.iter().map(|entry| (entry.seq, entry.hash, entry.body.clone())).collect();
                assert_eq!(lines, entries);
                assert_eq!(last.seq, found.event.seq);
            }
            self.assert_shows(state, clock::now()).await;
        }
        for id in &decided.new_keys {
            assert_eq!(stored.keys.get(id), decided.keys.get(id));
        }
    }

    /// Those who read see the same as those who decide.
    async fn assert_shows(&self, state: &headcount_core::working_set::EventState, now: Millis) {
        let shown = self.readers.event(state.event.id, now).await.unwrap().unwrap();
        let descriptions: std::collections::BTreeMap<_, _> =
            shown.roles.iter().map(|role| (role.id, role.description.clone())).collect();
        assert_eq!(shown, state.view(shown.texts.clone(), |role| descriptions[&role].clone(), now));
        for one in state.registrations.values() {
            let found = self.readers.registration(state.event.id, one.id, now).await.unwrap().unwrap();
            assert_eq!(&found.registration.registration, one);
            assert_eq!(found.registration.position.is_some(), one.status == Status::Waitlisted);
        }
    }
}
