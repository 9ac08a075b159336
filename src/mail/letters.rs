//! What each kind of order says, from what is known about it; the texts themselves stand in [`crate::words`].
//!
//! A name is used only in mail to an address that is known to be its owner's. To any other address nothing is sent that a
//! stranger wrote: else everybody could have us write what they like to whom they like.

use headcount_core::event::Status;
use headcount_core::ids::Millis;
use headcount_core::view::EventView;

use super::render::{Letter, Part};
use crate::store::read::RegistrationInEvent;
use crate::words::{Filled, Language, facts};

/// To whom a letter speaks.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) language: Language,
    /// None: the address is not known to be theirs.
    pub(super) name: Option<&'a str>,
}

/// A registration, as mails tell of it.
pub(super) struct SignUp<'a> {
    pub(super) found: &'a RegistrationInEvent,
    /// The page of it, for its holder.
    pub(super) url: String,
    /// The page of its event, for everybody.
    pub(super) event_url: String,
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

    pub(super) fn facts(&self, reader: Reader<'_>) -> Part {
        Part::Facts(facts(reader.language, self.found))
    }

    pub(super) fn link(&self, reader: Reader<'_>, label: &str) -> Part {
        Part::Link { label: reader.say(label, &[]), url: self.url.clone() }
    }
}

/// Asks somebody to confirm that the address is theirs.
pub(super) fn verify(reader: Reader<'_>, sign_up: &SignUp<'_>, until: Millis) -> Letter {
    let key = match sign_up.found.registration.registration.status {
        Status::Waitlisted => "verify-waitlisted",
        _ => "verify-held",
    };
    let until = reader.language.time(until, &sign_up.found.event.texts.timezone);
    let parts = vec![
        reader.hello(),
        Part::Text(reader.say(key, &[("until", until.into())])),
        sign_up.facts(reader),
        sign_up.link(reader, "verify-link"),
        Part::Text(reader.say("not-you", &[])),
    ];
    reader.letter(reader.say("verify-subject", &[("event", sign_up.title().into())]), parts)
}

/// Reminds somebody of the sign-up that they have: `already_signed_up` and `resend_link`.
pub(super) fn reminder(reader: Reader<'_>, template: &str, sign_up: &SignUp<'_>) -> Letter {
    let parts = vec![
        reader.hello(),
        Part::Text(reader.say(&format!("{template}-what"), &[])),
        sign_up.facts(reader),
        sign_up.link(reader, "manage-link"),
    ];
    reader.letter(reader.say(&format!("{template}-subject"), &[("event", sign_up.title().into())]), parts)
}

/// All sign-ups of an address.
pub(super) fn my_sign_ups(reader: Reader<'_>, sign_ups: &[SignUp<'_>]) -> Letter {
    let each = sign_ups.iter().flat_map(|sign_up| [sign_up.facts(reader), sign_up.link(reader, "manage-link")]);
    let mut parts = vec![reader.hello(), Part::Text(reader.say("my_sign_ups-what", &[]))];
    parts.extend(each);
    parts.push(Part::Text(reader.say("not-you", &[])));
    reader.letter(reader.say("my_sign_ups-subject", &[]), parts)
}

/// Asks somebody in a team whether they come.
pub(super) fn called(reader: Reader<'_>, event: &EventView, url: String) -> Letter {
    let (texts, settings) = (&event.texts, &event.settings);
    let when = settings.starts_at.map(|starts_at| reader.language.time(starts_at, &texts.timezone));
    let facts = [("when", when), ("where", Some(texts.location.clone())), ("contact", Some(texts.contact.clone()))];
    let known = facts.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    let filled = [("event", texts.title.as_str().into())];
    let parts = vec![
        reader.hello(),
        Part::Text(reader.say("mail-called-what", &filled)),
        Part::Facts(known.map(|(key, value)| (reader.say(key, &[]), value)).collect()),
        Part::Link { label: reader.say("mail-answer-link", &[]), url },
    ];
    reader.letter(reader.say("mail-called-subject", &filled), parts)
}

/// What is done with a one-time link: `confirm_account`, `account_exists`, `reset_password`, `invitation`,
/// `change_address`.
pub(super) fn one_time(reader: Reader<'_>, template: &str, link: OneTime) -> Letter {
    let until = reader.language.time(link.until, "UTC");
    let organization = link.organization.unwrap_or_default();
    let filled = [("until", until.into()), ("organization", organization.into())];
    let parts = vec![
        reader.hello(),
        Part::Text(reader.say(&format!("{template}-what"), &filled)),
        Part::Link { label: reader.say(&format!("{template}-link"), &[]), url: link.url },
        Part::Text(reader.say("not-you", &[])),
    ];
    reader.letter(reader.say(&format!("{template}-subject"), &filled), parts)
}

/// Tells what has happened to an account: `address_changed`, `password_changed`.
pub(super) fn news(reader: Reader<'_>, template: &str) -> Letter {
    let parts = vec![reader.hello(), Part::Text(reader.say(&format!("{template}-what"), &[]))];
    reader.letter(reader.say(&format!("{template}-subject"), &[]), parts)
}

impl Reader<'_> {
    pub(super) fn say(self, key: &str, filled: &[(&str, Filled<'_>)]) -> String {
        self.language.say(key, filled)
    }

    pub(super) fn letter(self, subject: String, parts: Vec<Part>) -> Letter {
        Letter { language: self.language, subject, parts, reply_to: None, attached: None }
    }

    pub(super) fn hello(self) -> Part {
        Part::Text(match self.name {
            Some(name) => self.say("hello", &[("name", name.into())]),
            None => self.say("hello-nobody", &[]),
        })
    }
}

impl Letter {
    /// With who sent it, at the end.
    pub(super) fn signed(mut self, public_url: &str) -> Letter {
        self.parts.push(Part::Small(self.language.say("sender", &[("url", public_url.into())])));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_letter_has_its_texts() {
        let reader = Reader { language: Language::english(), name: Some("Ann") };
        for template in ["confirm_account", "account_exists", "reset_password", "invitation", "change_address"] {
            let link =
                OneTime { url: "https://a/l/x".to_owned(), until: Millis(0), organization: Some("Choir".to_owned()) };
            let letter = one_time(reader, template, link);
            assert!(letter.parts.iter().any(|part| matches!(part, Part::Link { url, .. } if url == "https://a/l/x")));
        }
        for template in ["address_changed", "password_changed", "mail_test"] {
            assert!(!news(reader, template).subject.is_empty(), "{template}");
        }
    }
}
