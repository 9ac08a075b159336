//! What people tell about themselves: read under what the event's form asks.

use headcount_core::command::{Action, DetailsPatch, EditDetails, Mode};
use headcount_core::event::{Form, OnePer, PhonePolicy};
use headcount_core::ids::{EventId, RegistrationId};
use headcount_core::person::{Person, key_by_email, key_by_email_and_name};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::fields::{Name, Phone, SmallMetadata, Text};
use super::json::{Checks, Sent};
use super::problem::Problem;
use super::role_request::mode;
use crate::words::Language;

/// A change of contact details and notes: what is left out stays, `null` clears. The address is changed with
/// `change-email`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DetailsRequest {
    #[schema(value_type = String, max_length = 400)]
    #[serde(default)]
    name: Sent<Name>,
    /// National numbers are read as those of the event's `phone_region`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    phone: Sent<Phone>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    notes: Sent<Text>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    special_requirements: Sent<Text>,
    /// Only by staff, and shown to staff only.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    staff_note: Sent<Text>,
    /// Anything, for programs; only by staff, and shown to staff only.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata: Sent<SmallMetadata>,
    /// The language in which they are written to, by its tag, such as `he`: one that this server speaks. `null`: English.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    language: Sent<Language>,
    /// Only by staff: decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
}

impl DetailsRequest {
    /// As a change of a registration, asked for by `asker`.
    pub(super) fn edit(self, id: RegistrationId, form: &Form, asker: Asker) -> Result<(Action, Mode), Problem> {
        let mut checks = Checks::default();
        if asker == Asker::Person {
            checks.unwanted("staff_note", &self.staff_note, STAFF_ONLY);
            checks.unwanted("metadata", &self.metadata, STAFF_ONLY);
            checks.unwanted("dry_run", &self.dry_run, STAFF_ONLY);
        }
        let patch = DetailsPatch {
            name: checks.change("name", self.name).map(|name| name.0),
            phone: match self.phone {
                Sent::Absent => None,
                sent => Some(phone(&mut checks, sent, form)),
            },
            notes: checks.nullable("notes", self.notes).map(non_empty),
            special_requirements: checks.nullable("special_requirements", self.special_requirements).map(non_empty),
            staff_note: checks.nullable("staff_note", self.staff_note).map(non_empty),
            metadata: checks.nullable("metadata", self.metadata).map(|metadata| metadata.map(|object| object.0)),
            language: checks
                .nullable("language", self.language)
                .map(|language| language.map(|one| one.tag().to_owned())),
        };
        let mode = mode(&mut checks, self.dry_run, Sent::Absent);
        checks.finish()?;
        let form = form.clone();
        Ok((Action::EditDetails(Box::new(EditDetails { registration: id, patch, form })), mode))
    }
}

/// Who asks for a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asker {
    /// The person whose registration it is.
    Person,
    /// Staff.
    Staff,
}

/// What is said of a field that only staff may send.
pub(super) const STAFF_ONLY: &str = "is for those who manage the event; leave it out, or send a token of theirs";

/// A text; none if it is empty or null.
pub(super) fn non_empty(text: Option<Text>) -> Option<String> {
    text.and_then(Text::non_empty)
}

/// The phone number in international form, as the form asks for one.
pub(super) fn phone(checks: &mut Checks, sent: Sent<Phone>, form: &Form) -> Option<String> {
    let Some(phone) = checks.nullable("phone", sent.clone()).flatten().filter(|phone| !phone.0.is_empty()) else {
        if form.phone == PhonePolicy::Required && !matches!(sent, Sent::Wrong(_)) {
            checks.wrong("phone", "is required");
        }
        return None;
    };
    if form.phone == PhonePolicy::Hidden {
        checks.wrong("phone", "is not asked for by this event; leave it out");
        return None;
    }
    phone.international(form.phone_region.as_deref()).map_err(|why| checks.wrong("phone", why)).ok()
}

impl App {
    /// Whose address this is, for one event.
    pub(super) fn person(&self, event: EventId, form: &Form, email: &str, name: &str) -> Person {
        let key = match form.one_per {
            OnePer::Email => key_by_email(email),
            OnePer::EmailAndName => key_by_email_and_name(email, name),
        };
        self.secret.person(event, key)
    }
}
