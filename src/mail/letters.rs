//! What each kind of order says, from what is known about it; the texts themselves stand in `words`.
//!
//! A name is used only in mail to an address that is known to be its owner's. To any other address nothing is sent that a
//! stranger wrote: else everybody could have us write what they like to whom they like.

use headcount_core::event::Status;
use headcount_core::ids::Millis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::render::{Letter, Part};
use super::words::say;
use crate::store::read::RegistrationInEvent;

/// A registration, as mails tell of it.
pub(super) struct SignUp<'a> {
    pub(super) found: &'a RegistrationInEvent,
    /// The page of it, for its holder.
    pub(super) url: String,
}

/// Somebody's page about one thing, for a one-time link.
pub(super) struct OneTime {
    pub(super) url: String,
    pub(super) until: Millis,
    /// The name of the organization it is about.
    pub(super) organization: Option<String>,
}

impl SignUp<'_> {
    fn title(&self) -> &str {
        &self.found.event.texts.title
    }

    fn time(&self, time: Millis) -> String {
        in_zone(time, &self.found.event.texts.timezone)
    }

    fn facts(&self) -> Part {
        let event = &self.found.event;
        let one = &self.found.registration.registration;
        let role = event.roles.iter().find(|role| role.id == one.role);
        let starts_at = role.and_then(|role| role.settings.starts_at).or(event.settings.starts_at);
        let several_roles = event.roles.len() > 1;
        let status = say(&format!("status-{}", status(one.status)), &[]);
        let facts = [
            ("event", Some(event.texts.title.clone())),
            ("when", starts_at.map(|time| self.time(time))),
            ("where", Some(event.texts.location.clone())),
            ("role", several_roles.then(|| self.found.registration.role_name.clone())),
            ("spots", (one.spots.get() > 1).then(|| one.spots.get().to_string())),
            ("status", Some(status)),
            ("contact", Some(event.texts.contact.clone())),
        ];
        let known = facts.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
        Part::Facts(known.map(|(key, value)| (say(key, &[]), value)).collect())
    }

    fn link(&self, label: &str) -> Part {
        Part::Link { label: say(label, &[]), url: self.url.clone() }
    }
}

/// Asks somebody to confirm that the address is theirs.
pub(super) fn verify(sign_up: &SignUp<'_>, until: Millis) -> Letter {
    let key = match sign_up.found.registration.registration.status {
        Status::Waitlisted => "verify-waitlisted",
        _ => "verify-held",
    };
    Letter {
        subject: say("verify-subject", &[("event", sign_up.title())]),
        parts: vec![
            Part::Text(say("hello-nobody", &[])),
            Part::Text(say(key, &[("until", &sign_up.time(until))])),
            sign_up.facts(),
            sign_up.link("verify-link"),
            Part::Text(say("not-you", &[])),
        ],
    }
}

/// Reminds somebody of the sign-up that they have: `already_signed_up` and `resend_link`.
pub(super) fn reminder(template: &str, sign_up: &SignUp<'_>, name: Option<&str>) -> Letter {
    Letter {
        subject: say(&format!("{template}-subject"), &[("event", sign_up.title())]),
        parts: vec![
            hello(name),
            Part::Text(say(&format!("{template}-what"), &[])),
            sign_up.facts(),
            sign_up.link("manage-link"),
        ],
    }
}

/// All sign-ups of an address.
pub(super) fn my_sign_ups(sign_ups: &[SignUp<'_>]) -> Letter {
    let each = sign_ups.iter().flat_map(|sign_up| [sign_up.facts(), sign_up.link("manage-link")]);
    let mut parts = vec![hello(None), Part::Text(say("my_sign_ups-what", &[]))];
    parts.extend(each);
    parts.push(Part::Text(say("not-you", &[])));
    Letter { subject: say("my_sign_ups-subject", &[]), parts }
}

/// What is done with a one-time link: `confirm_account`, `account_exists`, `reset_password`, `invitation`,
/// `change_address`.
pub(super) fn one_time(template: &str, link: OneTime, name: Option<&str>) -> Letter {
    let until = in_zone(link.until, "UTC");
    let organization = link.organization.unwrap_or_default();
    let filled = [("until", until.as_str()), ("organization", organization.as_str())];
    Letter {
        subject: say(&format!("{template}-subject"), &filled),
        parts: vec![
            hello(name),
            Part::Text(say(&format!("{template}-what"), &filled)),
            Part::Link { label: say(&format!("{template}-link"), &[]), url: link.url },
            Part::Text(say("not-you", &[])),
        ],
    }
}

/// Tells what has happened to an account: `address_changed`, `password_changed`.
pub(super) fn news(template: &str, name: Option<&str>) -> Letter {
    let parts = vec![hello(name), Part::Text(say(&format!("{template}-what"), &[]))];
    Letter { subject: say(&format!("{template}-subject"), &[]), parts }
}

impl Letter {
    /// With who sent it, at the end.
    pub(super) fn signed(mut self, public_url: &str) -> Letter {
        self.parts.push(Part::Small(say("sender", &[("url", public_url)])));
        self
    }
}

fn hello(name: Option<&str>) -> Part {
    Part::Text(name.map_or_else(|| say("hello-nobody", &[]), |name| say("hello", &[("name", name)])))
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Waitlisted => "waitlisted",
        Status::Declined => "declined",
        Status::Cancelled => "cancelled",
        Status::Removed => "removed",
    }
}

/// A time as people write it, where it is; in UTC if the zone is none.
fn in_zone(time: Millis, zone: &str) -> String {
    let (zone, name) = TimeZone::get(zone).map_or((TimeZone::UTC, "UTC"), |found| (found, zone));
    let time = Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned(zone);
    say("until", &[("time", &time.strftime("%A, %-d %B %Y, %H:%M").to_string()), ("zone", name)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_where_it_is() {
        let time = Millis(1_700_000_000_000);
        assert_eq!(in_zone(time, "Asia/Jerusalem"), "Wednesday, 15 November 2023, 00:13 (Asia/Jerusalem)");
        assert_eq!(in_zone(time, "no/where"), "Tuesday, 14 November 2023, 22:13 (UTC)");
    }

    #[test]
    fn every_kind_of_letter_has_its_texts() {
        for template in ["confirm_account", "account_exists", "reset_password", "invitation", "change_address"] {
            let link =
                OneTime { url: "https://a/l/x".to_owned(), until: Millis(0), organization: Some("Choir".to_owned()) };
            let letter = one_time(template, link, None);
            assert!(letter.parts.iter().any(|part| matches!(part, Part::Link { url, .. } if url == "https://a/l/x")));
        }
        for template in ["address_changed", "password_changed", "mail_test"] {
            assert!(!news(template, Some("Ann")).subject.is_empty(), "{template}");
        }
    }
}
