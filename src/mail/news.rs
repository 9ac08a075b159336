//! What the holders of registrations are told has happened: which letter says it, whether it is still so, and what goes
//! with it. The texts stand in [`crate::words`], under `mail-` and the name of the template.

use headcount_core::event::{EventStatus, Registration, Status};
use headcount_core::ids::Millis;
use headcount_core::view::EventView;
use lettre::message::Mailbox;

use super::letters::{Reader, SignUp};
use super::render::{Attached, Letter, Part};
use crate::calendar::{Entry, Method, Place};

/// One kind of news.
pub(super) struct News {
    /// What it is ordered as.
    template: &'static str,
    /// Whether it is still so; else it need not be told.
    fits: fn(&Registration, &EventView) -> bool,
    /// What becomes of the entry in the holder's calendar.
    calendar: Option<Method>,
    /// Where its button leads.
    button: Button,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Button {
    /// To the holder's own page.
    Own,
    /// To the page of the event.
    Event,
    /// It has none.
    None,
}

const ALL: [News; 13] = [
    News::new("confirmed", |one, _| one.status == Status::Confirmed, Some(Method::Publish), Button::Own),
    News::new("waitlisted", |one, _| one.status == Status::Waitlisted, None, Button::Own),
    News::new("promoted", |one, _| one.status == Status::Confirmed, Some(Method::Publish), Button::Own),
    News::new("moved", |one, _| one.status.is_active(), Some(Method::Publish), Button::Own),
    News::new("resized", |one, _| one.status.is_active(), None, Button::Own),
    News::new("demoted", |one, _| one.status == Status::Waitlisted, Some(Method::Cancel), Button::Own),
    News::new("expired", |one, _| one.status == Status::Cancelled, None, Button::Event),
    News::new("cancelled", |one, _| is_given_up(one.status), Some(Method::Cancel), Button::Event),
    News::new("removed", |one, _| one.status == Status::Removed, Some(Method::Cancel), Button::None),
    News::new("removed_because", |one, _| one.status == Status::Removed, Some(Method::Cancel), Button::None),
    News::new("event_changed", |one, event| one.status.is_active() && is_on(event), Some(Method::Publish), Button::Own),
    News::new(
        "event_cancelled",
        |one, event| one.status.is_active() && !is_on(event),
        Some(Method::Cancel),
        Button::None,
    ),
    News::new(
        "reminder",
        |one, event| one.status == Status::Confirmed && is_on(event),
        Some(Method::Publish),
        Button::Own,
    ),
];

fn is_given_up(status: Status) -> bool {
    matches!(status, Status::Cancelled | Status::Declined)
}

/// Whether an event takes place.
pub(super) fn is_on(event: &EventView) -> bool {
    !matches!(event.settings.status, EventStatus::Cancelled | EventStatus::Draft)
}

impl News {
    const fn new(
        template: &'static str,
        fits: fn(&Registration, &EventView) -> bool,
        calendar: Option<Method>,
        button: Button,
    ) -> News {
        News { template, fits, calendar, button }
    }

    /// The kind that is ordered as `template`.
    pub(super) fn named(template: &str) -> Option<&'static News> {
        ALL.iter().find(|news| news.template == template)
    }

    /// Whether it is still so.
    pub(super) fn fits(&self, sign_up: &SignUp<'_>) -> bool {
        (self.fits)(&sign_up.found.registration.registration, &sign_up.found.event)
    }

    /// The letter; `reason` is what staff want to have told with it.
    pub(super) fn letter(&self, reader: Reader<'_>, sign_up: &SignUp<'_>, reason: Option<&str>) -> Letter {
        let (one, event) = (&sign_up.found.registration, &sign_up.found.event);
        let filled = [
            ("event", event.texts.title.as_str().into()),
            ("role", one.role_name.as_str().into()),
            ("spots", one.registration.spots.get().into()),
            ("position", one.position.unwrap_or(1).into()),
        ];
        let mut parts = vec![reader.hello(), Part::Text(reader.say(&format!("mail-{}-what", self.template), &filled))];
        parts.extend(reason.map(|reason| Part::Text(reason.to_owned())));
        parts.push(sign_up.facts(reader));
        match self.button {
            Button::Own => parts.push(sign_up.link(reader, "manage-link")),
            Button::Event => {
                parts.push(Part::Link { label: reader.say("mail-event-link", &[]), url: sign_up.event_url.clone() })
            }
            Button::None => {}
        }
        let subject = reader.say(&format!("mail-{}-subject", self.template), &filled);
        reader.letter(subject, parts)
    }

    /// The entry for the holder's calendar, where the event has a start.
    pub(super) fn attached(&self, sign_up: &SignUp<'_>, from: &Mailbox, now: Millis) -> Option<Attached> {
        let method = self.calendar?;
        let (one, event) = (&sign_up.found.registration, &sign_up.found.event);
        let role = event.roles.iter().find(|role| role.id == one.registration.role)?;
        let starts_at = role.settings.starts_at.or(event.settings.starts_at)?;
        if method == Method::Publish && one.registration.status != Status::Confirmed {
            return None;
        }
        let organizer = reply_to(&event.texts.contact).unwrap_or_else(|| from.clone());
        let entry = Entry {
            id: one.registration.id.to_string(),
            seq: one.seq,
            title: &event.texts.title,
            location: &event.texts.location,
            url: sign_up.event_url.clone(),
            starts_at: Some(starts_at),
            ends_at: role.settings.ends_at.or(event.settings.ends_at),
            place: if method == Method::Publish { Place::Taken } else { Place::None },
            now,
        };
        Some(Attached { method, content: entry.sent(method, organizer.email.as_ref()) })
    }
}

/// Where answers go: to whom the event names, if that is an address.
pub(super) fn reply_to(contact: &str) -> Option<Mailbox> {
    contact.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn every_kind_of_news_has_its_texts_in_every_language() {
        let filled = [("event", "Fair".into()), ("role", "Cook".into()), ("spots", 2.into()), ("position", 3.into())];
        for language in Language::all() {
            for news in &ALL {
                for part in ["subject", "what"] {
                    let key = format!("mail-{}-{part}", news.template);
                    assert!(language.has(&key), "{key} in {}", language.tag());
                    assert!(!language.say(&key, &filled).is_empty(), "{key}");
                }
            }
        }
    }

    #[test]
    fn answers_go_only_to_an_address() {
        for (contact, address) in [
            (" cem@example.org ", Some("cem@example.org")),
            ("Cem <cem@example.org>", Some("cem@example.org")),
            ("Cem, 030 901820", None),
            ("", None),
            ("cem@example.org\r\nBcc: all@example.org", None),
        ] {
            let found = reply_to(contact).map(|found| found.email.to_string());
            assert_eq!(found.as_deref(), address, "{contact}");
        }
    }
}
