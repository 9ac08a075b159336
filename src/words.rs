//! Everything that mails and pages say to people, in one place: each text under a key, with `{names}` for what is filled in.
//! Another language is another list with the same keys and names.

use headcount_core::event::Status;
use headcount_core::ids::Millis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::store::read::RegistrationInEvent;

/// Key and text.
const WORDS: &[(&str, &str)] = &[
    ("hello", "Hello {name},"),
    ("hello-nobody", "Hello,"),
    ("not-you", "If this was not you, you need not do anything."),
    ("sender", "Sent by the sign-up page {url}"),
    // About a registration.
    ("event", "Event"),
    ("when", "When"),
    ("where", "Where"),
    ("role", "Role"),
    ("spots", "Places"),
    ("status", "Status"),
    ("contact", "Contact"),
    ("time", "{time} ({zone})"),
    ("status-confirmed", "you have a place"),
    ("status-held", "kept for you until you confirm"),
    ("status-waitlisted", "on the waitlist"),
    ("status-declined", "you declined"),
    ("status-cancelled", "cancelled"),
    ("status-removed", "removed by the organizer"),
    ("verify-subject", "Please confirm: {event}"),
    (
        "verify-held",
        "Somebody, most likely you, signed up with this address. Your place is kept until {until}. Please confirm it by then; after that it goes to somebody else.",
    ),
    (
        "verify-waitlisted",
        "Somebody, most likely you, asked for a place with this address. You are on the waitlist. Please confirm by {until} that you want to stay there.",
    ),
    ("verify-link", "Confirm"),
    ("already_signed_up-subject", "You are signed up already: {event}"),
    (
        "already_signed_up-what",
        "Somebody, most likely you, signed up with this address once more. Nothing was changed. This is your sign-up:",
    ),
    ("manage-link", "See, change or cancel"),
    ("resend_link-subject", "Your sign-up: {event}"),
    (
        "resend_link-what",
        "Here is the link to your sign-up once more. Whoever has it can change or cancel it, so keep it to yourself.",
    ),
    ("my_sign_ups-subject", "Your sign-ups"),
    (
        "my_sign_ups-what",
        "Somebody, most likely you, asked for the sign-ups of this address. Whoever has one of these links can change or cancel that sign-up, so keep them to yourself.",
    ),
    // About an account.
    ("confirm_account-subject", "Please confirm your address"),
    (
        "confirm_account-what",
        "Somebody, most likely you, made an account with this address. Please confirm it by {until}.",
    ),
    ("confirm_account-link", "Confirm the address"),
    ("account_exists-subject", "You have an account already"),
    (
        "account_exists-what",
        "Somebody, most likely you, tried to make an account with this address, but there is one already. Log in with it. If you forgot the password, choose a new one.",
    ),
    ("account_exists-link", "Choose a new password"),
    ("reset_password-subject", "A new password"),
    (
        "reset_password-what",
        "Somebody, most likely you, asked to choose a new password for the account with this address. The link works once, until {until}.",
    ),
    ("reset_password-link", "Choose a new password"),
    ("invitation-subject", "Invitation: {organization}"),
    (
        "invitation-what",
        "You are invited to help with the events of {organization}. The link works once, until {until}.",
    ),
    ("invitation-link", "Accept the invitation"),
    ("change_address-subject", "Please confirm your new address"),
    (
        "change_address-what",
        "Somebody, most likely you, wants to use this address for their account from now on. Please confirm it by {until}.",
    ),
    ("change_address-link", "Confirm the address"),
    ("address_changed-subject", "Your account has another address now"),
    (
        "address_changed-what",
        "From now on your account uses another e-mail address, and no longer this one. If this was not you, tell the organizer at once.",
    ),
    ("password_changed-subject", "Your password was changed"),
    (
        "password_changed-what",
        "The password of your account was changed, and everybody who was logged in with it was logged out. If this was not you, choose a new password at once, and tell the organizer.",
    ),
    // Pages.
    ("confirm-until", "Please confirm until {until} that you signed up. After that your place goes to somebody else."),
    ("confirm-button", "Confirm"),
    ("confirmed", "This is confirmed. There is nothing more to do."),
    ("not-confirmed-title", "This could not be confirmed"),
    ("no-link-title", "This link leads nowhere"),
    ("no-link", "It may be incomplete, or a newer one was sent. Look at the latest message, or sign up again."),
    ("unavailable-title", "Please try again"),
    (
        "unavailable",
        "Too many people are asking at this moment, or the storage does not answer. Nothing was changed. Please load the page again in a moment.",
    ),
    ("broken-title", "Something is wrong"),
    ("broken", "Something is wrong with the server, and nothing was changed. Tell the organizer if it happens again."),
    // Asked for by whoever set the server up.
    ("mail_test-subject", "headcount can send mail"),
    ("mail_test-what", "This is a test. Nothing is to be done."),
];

/// The text under a key, filled in.
///
/// # Panics
/// If there is no such text, or a name of it is not filled in: a bug, which the tests find.
pub fn say(key: &str, filled: &[(&str, &str)]) -> String {
    let (_, text) = WORDS.iter().find(|(known, _)| *known == key).unwrap_or_else(|| panic!("there is no text {key}"));
    let mut said = String::with_capacity(text.len());
    let mut rest = *text;
    // What is filled in is not looked at again: a title may hold braces.
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or_else(|| panic!("{key} has a brace too many"));
        let (_, value) =
            filled.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{key} needs {name}"));
        said.push_str(before);
        said.push_str(value);
        rest = after;
    }
    said + rest
}

/// A time as people write it, where it is; in UTC if the zone is none.
pub fn time(time: Millis, zone: &str) -> String {
    let (zone, name) = TimeZone::get(zone).map_or((TimeZone::UTC, "UTC"), |found| (found, zone));
    let time = Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned(zone);
    say("time", &[("time", &time.strftime("%A, %-d %B %Y, %H:%M").to_string()), ("zone", name)])
}

/// What somebody who signed up wants to know of it: names and values.
pub fn facts(found: &RegistrationInEvent) -> Vec<(String, String)> {
    let event = &found.event;
    let one = &found.registration.registration;
    let role = event.roles.iter().find(|role| role.id == one.role);
    let starts_at = role.and_then(|role| role.settings.starts_at).or(event.settings.starts_at);
    let has_roles = event.roles.len() > 1;
    let facts = [
        ("event", Some(event.texts.title.clone())),
        ("when", starts_at.map(|starts_at| time(starts_at, &event.texts.timezone))),
        ("where", Some(event.texts.location.clone())),
        ("role", has_roles.then(|| found.registration.role_name.clone())),
        ("spots", (one.spots.get() > 1).then(|| one.spots.get().to_string())),
        ("status", Some(say(status_key(one.status), &[]))),
        ("contact", Some(event.texts.contact.clone())),
    ];
    let known = facts.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    known.map(|(key, value)| (say(key, &[]), value)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_where_it_is() {
        let at = Millis(1_700_000_000_000);
        assert_eq!(time(at, "Asia/Jerusalem"), "Wednesday, 15 November 2023, 00:13 (Asia/Jerusalem)");
        assert_eq!(time(at, "no/where"), "Tuesday, 14 November 2023, 22:13 (UTC)");
    }

    #[test]
    fn every_text_has_one_key_and_whole_names() {
        for (index, (key, text)) in WORDS.iter().enumerate() {
            assert!(WORDS[..index].iter().all(|(before, _)| before != key), "{key} twice");
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{key}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        assert_eq!(say("hello", &[("name", "{name} {x}")]), "Hello {name} {x},");
        assert_eq!(say("time", &[("time", "now"), ("zone", "UTC")]), "now (UTC)");
    }
}
