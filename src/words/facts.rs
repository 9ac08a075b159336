//! What somebody who signed up wants to know of it.

use headcount_core::event::Status;

use super::Language;
use crate::store::read::RegistrationInEvent;

/// Names and values.
pub fn facts(language: Language, found: &RegistrationInEvent) -> Vec<(String, String)> {
    let event = &found.event;
    let one = &found.registration.registration;
    let role = event.roles.iter().find(|role| role.id == one.role);
    let starts_at = role.and_then(|role| role.settings.starts_at).or(event.settings.starts_at);
    let has_roles = event.roles.len() > 1;
    let facts = [
        ("event", Some(event.texts.title.clone())),
        ("when", starts_at.map(|starts_at| language.time(starts_at, &event.texts.timezone))),
        ("where", Some(event.texts.location.clone())),
        ("role", has_roles.then(|| found.registration.role_name.clone())),
        ("spots", (one.spots.get() > 1).then(|| one.spots.get().to_string())),
        ("status", Some(language.say(status_key(one.status), &[]))),
        ("contact", Some(event.texts.contact.clone())),
    ];
    let known = facts.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    known.map(|(key, value)| (language.say(key, &[]), value)).collect()
}

fn status_key(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "status-confirmed",
        Status::Held => "status-held",
        Status::Waitlisted => "status-waitlisted",
        Status::Declined => "status-declined",
        Status::Cancelled => "status-cancelled",
        Status::Removed => "status-removed",
    }
}
