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

fn reason(needs: u32, position: Option<u64>, role: &RoleView, event: &EventView) -> (&'static str, String) {
    let party =
        if needs == 1 { "You need 1 place".to_owned() } else { format!("Your party of {needs} needs {needs} places") };
    let lacks = |free: Option<u64>| free.filter(|free| *free < u64::from(needs));
    if !event.settings.promotes(&role.settings, clock::now()) {
        return ("not_automatic", "Free places are no longer given out by themselves. Ask the organizers.".to_owned());
    }
    if let Some(free) = lacks(role.availability.free) {
        return ("role_full", format!("{party}; {} {}. {}", role.name, are_free(free), place_in_line(position)));
    }
    if let Some(free) = lacks(event.availability.free) {
        return ("event_full", format!("{party}; the whole event {}. {}", are_free(free), place_in_line(position)));
    }
    (
        "others_first",
        format!("{party}; the free places are kept for parties that came before. {}", place_in_line(position)),
    )
}

fn are_free(free: u64) -> String {
    format!("has {free} free")
}

fn place_in_line(position: Option<u64>) -> String {
    match position {
        Some(1) => "You are next in line.".to_owned(),
        Some(2) => "One party is before you.".to_owned(),
        Some(position) => format!("{} parties are before you.", position - 1),
        None => "Others are before you.".to_owned(),
    }
}
