//! Events, people and commands with everything that a test does not care about filled in.

use headcount_core::command::{
    Action, Actor, Answer, Command, CreateEvent, EventTexts, IfFull, Login, Mode, NewRole, Respond, RoleRef, SignUp,
};
use headcount_core::event::{Details, EventSettings, EventStatus, Form, RoleSettings};
use headcount_core::ids::{AccountId, EventId, RegistrationId, RoleId, Spots, TeamId};
use headcount_core::person::{Person, Tag, key_by_email, key_by_entry};
use uuid::Uuid;

/// The event number `number`.
pub fn event_id(number: u32) -> EventId {
    EventId(id(1, number))
}

/// The role number `number`.
pub fn role_id(number: u32) -> RoleId {
    RoleId(id(2, number))
}

/// The registration number `number`.
pub fn registration_id(number: u32) -> RegistrationId {
    RegistrationId(id(3, number))
}

/// The team number `number`.
pub fn team_id(number: u32) -> TeamId {
    TeamId(id(4, number))
}

fn id(kind: u128, number: u32) -> Uuid {
    Uuid::from_u128(kind << 64 | u128::from(number))
}

/// A published event without limits of its own, strict.
pub fn open_event(slug: &str) -> EventSettings {
    EventSettings { status: EventStatus::Published, ..EventSettings::usual(slug.to_owned()) }
}

/// An open role.
pub fn open_role(capacity: Option<u32>) -> RoleSettings {
    RoleSettings { capacity, starts_at: None, ends_at: None, order: 0, min_needed: 0, closed: false }
}

/// A role to be added.
pub fn new_role(number: u32, name: &str, settings: RoleSettings) -> NewRole {
    NewRole { id: role_id(number), name: name.to_owned(), description: String::new(), settings }
}

/// The command that makes an event.
pub fn create(event: EventId, settings: EventSettings, roles: Vec<NewRole>) -> Command {
    let texts = EventTexts { title: settings.form.slug.clone(), timezone: "UTC".into(), ..EventTexts::default() };
    by(Actor::Owner, event, Action::CreateEvent(Box::new(CreateEvent { settings, texts, roles })))
}

/// A sign-up of `name`, whose address follows from it.
pub fn sign_up(id: RegistrationId, role: RoleRef, name: &str, party: u32, form: &Form) -> Action {
    let (person, email) = (person(name), Some(email(name)));
    let details = Details { name: name.to_owned(), email, ..Details::default() };
    let spots = spots(party);
    Action::SignUp(Box::new(SignUp { id, role, person, spots, if_full: IfFull::Wait, details, form: form.clone() }))
}

/// The answer of `name`, who is logged in.
pub fn respond(id: RegistrationId, answer: Answer, name: &str, form: &Form) -> Action {
    let details = Details { name: name.to_owned(), email: Some(email(name)), ..Details::default() };
    Action::Respond(Box::new(Respond { id, person: person(name), details, form: form.clone(), answer }))
}

/// Somebody who is logged in.
pub fn somebody() -> Actor {
    Actor::Person(Login::Account(AccountId(id(5, 1))))
}

/// A command of `actor`, to be done, without a key.
pub fn by(actor: Actor, event: EventId, action: Action) -> Command {
    Command { event, actor, idempotency: None, mode: Mode::Apply, action }
}

/// The address of `name`.
pub fn email(name: &str) -> String {
    format!("{name}@example.org")
}

/// The person `name`.
pub fn person(name: &str) -> Person {
    let mut tag = [0; 16];
    for (place, byte) in tag.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    Person { key: key_by_email(&email(name)), tag: Tag(tag) }
}

/// Whom a registration stands for that was erased.
pub fn nobody(id: RegistrationId) -> Person {
    Person { key: key_by_entry(id), tag: Tag(*id.0.as_bytes()) }
}

/// A party of this size.
pub fn spots(party: u32) -> Spots {
    Spots::try_from(party).expect("a size that can be")
}
