//! Why somebody waits, in numbers and in a sentence.

use headcount_core::event::Status;
use headcount_core::view::{EventView, RoleView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock;
use crate::store::read::RegistrationView;

/// Why a party waits.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Waiting {
    /// Place in the role's queue, 1 is next.
    #[schema(required)]
    position: Option<u64>,
    /// How many places the party needs.
    needs: u32,
    /// Places of the role that nobody has; null is unlimited.
    #[schema(required)]
    role_free: Option<u64>,
    /// Places of the event that nobody has; null is unlimited.
    #[schema(required)]
    event_free: Option<u64>,
    /// `role_full`, `event_full`, `others_first` or `not_automatic`.
    reason: &'static str,
    /// The same in a sentence or two.
    why: String,
}

/// Why `one` waits; none if it does not.
pub(super) fn waiting(one: &RegistrationView, event: &EventView) -> Option<Waiting> {
    let registration = &one.registration;
    let role = event.roles.iter().find(|role| role.id == registration.role)?;
    if registration.status != Status::Waitlisted {
        return None;
    }
    let needs = registration.spots.get();
    let (reason, why) = reason(needs, one.position, role, event);
    let (role_free, event_free) = (role.availability.free, event.availability.free);
    Some(Waiting { position: one.position, needs, role_free, event_free, reason, why })
}

/// What keeps the party out, as a code and in words.
fn reason(needs: u32, position: Option<u64>, role: &RoleView, event: &EventView) -> (&'static str, String) {
    let lacks = |free: Option<u64>| free.filter(|free| *free < u64::from(needs));
    if !event.settings.promotes(&role.settings, clock::now()) {
        return ("not_automatic", "Free places are no longer given out by themselves. Ask the organizers.".to_owned());
    }
    let (code, obstacle) = if let Some(free) = lacks(role.availability.free) {
        let is_kept = position == Some(1) && role.availability.open_now == Some(0);
        ("role_full", obstacle(&role.name, free, is_kept))
    } else if let Some(free) = lacks(event.availability.free) {
        ("event_full", obstacle("the whole event", free, false))
    } else {
        ("others_first", "the free places are kept for parties that came before".to_owned())
    };
    let places = if needs == 1 { "You need 1 place".to_owned() } else { format!("Your party needs {needs} places") };
    (code, format!("{places}; {obstacle}. {}", in_line(position, &role.name)))
}

fn obstacle(what: &str, free: u64, is_kept: bool) -> String {
    match free {
        0 => format!("{what} is full"),
        _ if is_kept => format!("{what} has {free} free, kept for you"),
        _ => format!("{what} has {free} free"),
    }
}

fn in_line(position: Option<u64>, role: &str) -> String {
    match position {
        Some(1) => format!("You are next in line for {role}."),
        Some(2) => format!("One party is before you in line for {role}."),
        Some(position) => format!("{} parties are before you in line for {role}.", position - 1),
        None => format!("Others are before you in line for {role}."),
    }
}
