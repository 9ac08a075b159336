//! What may be asked, one struct each, and [`Needs`]: what a batch must have loaded before it can be decided.

use std::borrow::Cow;

use crate::event::{Details, Form};
use crate::ids::{AccountId, DoorId, EventId, RegistrationId, RoleId, Spots, TokenId};
use crate::person::Person;

pub use erase::{Erase, EraseWhen};
pub use import::{Import, Party};
pub use needs::{Cut, EventNeeds, Needs};
pub use respond::{Answer, Respond};
pub use settings::{CreateEvent, EditEvent, EditRole, EventPatch, EventTexts, IfBelow, NewRole, RolePatch, TextsPatch};

mod erase;
mod import;
mod needs;
mod respond;
mod settings;

/// One thing that somebody asks of one event.
#[derive(Clone, Debug)]
pub struct Command {
    /// The event it is about.
    pub event: EventId,
    /// Who asks.
    pub actor: Actor,
    /// Makes a repeated request harmless.
    pub idempotency: Option<Idempotency>,
    /// Whether it is to be done or only to be tried.
    pub mode: Mode,
    /// What is asked.
    pub action: Action,
}

/// Who asks. Whether they may was settled before; the rules only tell staff from the person's own wish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// Somebody on the public form.
    Guest,
    /// The holder of a manage link, with the version the link carries.
    Link(u32),
    /// Somebody logged in who acts for themself: bound by opening and cut-offs, and touches nothing by its id.
    Person(Login),
    /// Somebody with the right to manage this, or at the door: not bound.
    Staff(Login),
    /// The holder of the server's own token.
    Owner,
    /// headcount itself.
    System,
}

/// By what somebody is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Login {
    /// An account with a session.
    Account(AccountId),
    /// An API token.
    Token(TokenId),
    /// A link for the door.
    Door(DoorId),
}

/// Whether a command is to be done, and told of, or only to be tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Decide and keep.
    #[default]
    Apply,
    /// Decide and keep; nobody is mailed about it.
    Quiet,
    /// Decide, say what would happen, and forget it.
    DryRun,
}

/// The scope is (event, who, key).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// The account, token, link or person tag that sends the key.
    pub who: String,
    /// The key as it was sent.
    pub key: String,
    /// Hash of method, concrete path and body.
    pub fingerprint: [u8; 32],
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Action {
    /// Make the event, which does not exist yet.
    CreateEvent(Box<CreateEvent>),
    /// Change settings or texts of the event.
    EditEvent(Box<EditEvent>),
    /// Delete a draft without registrations. Carries the expected revision.
    DeleteEvent(u32),
    /// Add a role.
    AddRole(Box<NewRole>),
    /// Change a role.
    EditRole(Box<EditRole>),
    /// Remove a role that nobody is or was in.
    RemoveRole(RemoveRole),
    /// Sign a person up.
    SignUp(Box<SignUp>),
    /// Somebody who is logged in says yes or no.
    Respond(Box<Respond>),
    /// The e-mail address is the person's own.
    Confirm(RegistrationId),
    /// The time to verify the e-mail is over.
    Expire(RegistrationId),
    /// The person gives it up.
    Cancel(RegistrationId),
    /// The person says no.
    Decline(RegistrationId),
    /// Staff take it away.
    Remove(Remove),
    /// Change the role.
    Move(Move),
    /// Exchange the roles of two registrations.
    Swap(Swap),
    /// Change the size of the party.
    Resize(Resize),
    /// Give a waiting party its places now.
    Promote(Promote),
    /// Put a confirmed party back on the waitlist.
    Demote(RegistrationId),
    /// Bring back a registration that had ended.
    Reinstate(RegistrationId),
    /// Change the address, and with it the person.
    ChangeEmail(Box<ChangeEmail>),
    /// Forget whose it is.
    Erase(Erase),
    /// Change name, phone or notes; never the person.
    EditDetails(Box<EditDetails>),
    /// Some of a party have come.
    CheckIn(CheckIn),
    /// They have not, after all.
    UndoCheckIn(CheckIn),
    /// Go on promoting where the last decision had to stop.
    Settle,
    /// Mend what `verify` found.
    Repair(Repair),
    /// Take over what another system decided.
    Import(Box<Import>),
}

/// Which role is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RoleRef {
    /// By id.
    Id(RoleId),
    /// By name, compared as [`Role::name_key`](crate::event::Role::name_key).
    Name(String),
    /// The only role there is.
    Only,
}

/// A role to be removed.
#[derive(Clone, Debug)]
pub struct RemoveRole {
    /// The revision of the event the change was made from.
    pub revision: u32,
    /// Which role.
    pub role: RoleRef,
}

/// A sign-up.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The id that the new registration gets.
    pub id: RegistrationId,
    /// Which role.
    pub role: RoleRef,
    /// Who it is, under `form`.
    pub person: Person,
    /// Size of the party.
    pub spots: Spots,
    /// What they want where there is no place for them.
    pub if_full: IfFull,
    /// Contact and notes, checked under `form`.
    pub details: Details,
    /// What the request was read under. Changed in the meantime: refused, to be read again.
    pub form: Form,
}

/// What somebody who signs up wants where there is no place for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum IfFull {
    /// To wait, where the event has a waitlist.
    #[default]
    Wait,
    /// To be told so, and nothing else.
    Refuse,
}

/// A removal by staff.
#[derive(Clone, Debug)]
pub struct Remove {
    /// Which registration.
    pub registration: RegistrationId,
    /// Why; may be empty. Kept outside of the log.
    pub reason: String,
    /// For whom the reason is.
    pub reason_for: ReasonFor,
}

/// Who may read a reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReasonFor {
    /// Those who manage the event.
    #[default]
    Staff,
    /// The holder of the registration too, who is mailed it.
    Holder,
}

/// A change of role.
#[derive(Clone, Debug)]
pub struct Move {
    /// Which registration.
    pub registration: RegistrationId,
    /// To which role.
    pub to: RoleRef,
}

/// An exchange of roles.
#[derive(Clone, Copy, Debug)]
pub struct Swap {
    /// One registration.
    pub registration: RegistrationId,
    /// The other.
    pub with: RegistrationId,
}

/// A change of the party's size.
#[derive(Clone, Copy, Debug)]
pub struct Resize {
    /// Which registration.
    pub registration: RegistrationId,
    /// The new size.
    pub spots: Spots,
}

/// A promotion by staff.
#[derive(Clone, Debug)]
pub struct Promote {
    /// Which registration.
    pub registration: RegistrationId,
    /// Beyond the capacity, for this reason (not empty). None: only if it fits.
    pub override_reason: Option<String>,
}

/// A new address.
#[derive(Clone, Debug)]
pub struct ChangeEmail {
    /// Which registration.
    pub registration: RegistrationId,
    /// The person that the new address makes.
    pub person: Person,
    /// The address as it was typed.
    pub email: String,
    /// What the request was read under.
    pub form: Form,
}

/// New contact details and notes; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug)]
pub struct EditDetails {
    /// Which registration.
    pub registration: RegistrationId,
    /// The changes.
    pub patch: DetailsPatch,
    /// What the request was read under.
    pub form: Form,
}

/// New details; what is `None` stays, `Some(None)` clears.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of Details, described there")]
pub struct DetailsPatch {
    pub name: Option<String>,
    pub phone: Option<Option<String>>,
    pub notes: Option<Option<String>>,
    pub special_requirements: Option<Option<String>>,
    pub staff_note: Option<Option<String>>,
    pub metadata: Option<Option<String>>,
    pub language: Option<Option<String>>,
}

/// Some of a party have come, or have not after all.
#[derive(Clone, Copy, Debug)]
pub struct CheckIn {
    /// Which registration.
    pub registration: RegistrationId,
    /// How many; none: all that are left.
    pub count: Option<u32>,
}

/// What `repair` asks of one event. Counters are always recomputed.
#[derive(Clone, Copy, Debug)]
pub struct Repair {
    /// What to do with registrations beyond the capacity; [`IfBelow::Refuse`] reports them and leaves them.
    pub over_capacity: IfBelow,
}

impl Actor {
    /// Whether opening and cut-offs do not bind.
    pub fn is_staff(self) -> bool {
        matches!(self, Actor::Staff(_) | Actor::Owner | Actor::System)
    }

    /// How the log names the actor: the kind of caller, or who it was where somebody was logged in.
    pub fn code(self) -> Cow<'static, str> {
        match self {
            Actor::Guest => "guest".into(),
            Actor::Link(_) => "link".into(),
            Actor::Person(login) | Actor::Staff(login) => login.code().into(),
            Actor::Owner => "owner".into(),
            Actor::System => "system".into(),
        }
    }
}

impl Login {
    fn code(self) -> String {
        match self {
            Login::Account(id) => format!("account:{id}"),
            Login::Token(id) => format!("token:{id}"),
            Login::Door(id) => format!("door:{id}"),
        }
    }
}

impl Action {
    /// What it is called, for the server's own log.
    pub fn name(&self) -> &'static str {
        match self {
            Action::CreateEvent(_) => "create_event",
            Action::EditEvent(_) => "edit_event",
            Action::DeleteEvent(_) => "delete_event",
            Action::AddRole(_) => "add_role",
            Action::EditRole(_) => "edit_role",
            Action::RemoveRole(_) => "remove_role",
            Action::SignUp(_) => "sign_up",
            Action::Respond(_) => "respond",
            Action::Confirm(_) => "confirm",
            Action::Expire(_) => "expire",
            Action::Cancel(_) => "cancel",
            Action::Decline(_) => "decline",
            Action::Remove(_) => "remove",
            Action::Move(_) => "move",
            Action::Swap(_) => "swap",
            Action::Resize(_) => "resize",
            Action::Promote(_) => "promote",
            Action::Demote(_) => "demote",
            Action::Reinstate(_) => "reinstate",
            Action::ChangeEmail(_) => "change_email",
            Action::Erase(_) => "erase",
            Action::EditDetails(_) => "edit_details",
            Action::CheckIn(_) => "check_in",
            Action::UndoCheckIn(_) => "undo_check_in",
            Action::Settle => "settle",
            Action::Repair(_) => "repair",
            Action::Import(_) => "import",
        }
    }

    /// The registrations it names.
    pub fn registrations(&self) -> impl Iterator<Item = RegistrationId> {
        let (one, other) = match self {
            Action::Confirm(id)
            | Action::Expire(id)
            | Action::Cancel(id)
            | Action::Decline(id)
            | Action::Demote(id)
            | Action::Reinstate(id) => (Some(*id), None),
            Action::Remove(remove) => (Some(remove.registration), None),
            Action::Move(change) => (Some(change.registration), None),
            Action::Swap(swap) => (Some(swap.registration), Some(swap.with)),
            Action::Resize(resize) => (Some(resize.registration), None),
            Action::Promote(promote) => (Some(promote.registration), None),
            Action::ChangeEmail(change) => (Some(change.registration), None),
            Action::Erase(erase) => (Some(erase.registration), None),
            Action::EditDetails(edit) => (Some(edit.registration), None),
            Action::CheckIn(check_in) | Action::UndoCheckIn(check_in) => (Some(check_in.registration), None),
            _ => (None, None),
        };
        one.into_iter().chain(other)
    }
}
