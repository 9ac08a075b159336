//! What each kind of order says, from what is known about it; the texts themselves stand in [`crate::words`].
//!
//! A name is used only in mail to an address that is known to be its owner's. To any other address nothing is sent that a
//! stranger wrote: else everybody could have us write what they like to whom they like.

use headcount_core::event::Status;
use headcount_core::ids::Millis;

use super::render::{Letter, Part};
use crate::store::read::RegistrationInEvent;
use crate::words::{facts, say, time};

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

    fn facts(&self) -> Part {
        Part::Facts(facts(self.found))
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
            Part::Text(say(key, &[("until", &time(until, &sign_up.found.event.texts.timezone))])),
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
    let until = time(link.until, "UTC");
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

#[cfg(test)]
mod tests {
    use super::*;

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
