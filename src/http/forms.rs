//! Requests that are read under what the form of an event asks.
//!
//! The form may have changed since it was looked up. That does no harm: a command carries the form it was read under,
//! and is refused (`FormChanged`) if the event has another by then. What was answered under an idempotency key is
//! answered again whatever the form asks by now.

use headcount_core::command::{Command, Idempotency, Mode};
use headcount_core::decision::{Outcome, Refusal, What};
use headcount_core::event::Visibility;
use headcount_core::ids::EventId;

use super::App;
use super::fields::{Slug, read_id};
use super::json::Field as _;
use super::problem::Problem;
use super::request::Caller;
use crate::lanes::Rejected;
use crate::store::read::{EventRef, FormOf};

/// How often a request is read again because the form changed meanwhile.
const READS_MAX: u32 = 3;

/// How an event is named in an address. What cannot be a slug is that of no event, and is not looked for.
pub(super) fn event_ref(text: &str) -> Result<EventRef, Problem> {
    if let Some(id) = read_id(text) {
        return Ok(EventRef::Id(EventId(id)));
    }
    Slug::from_text(text).map(|slug| EventRef::Slug(slug.0)).map_err(|_| Problem::no_such_event())
}

impl App {
    /// The form of an event.
    pub(super) async fn form(&self, event: &EventRef) -> Result<FormOf, Problem> {
        self.readers.resolve(event).await?.ok_or_else(Problem::no_such_event)
    }

    /// The form as it is stored at this moment.
    async fn form_anew(&self, event: &EventRef) -> Result<FormOf, Problem> {
        self.readers.resolve_anew(event).await?.ok_or_else(Problem::no_such_event)
    }

    /// The id of an event, for the owner.
    pub(super) async fn event_id(&self, event: String) -> Result<EventId, Problem> {
        match event_ref(&event)? {
            EventRef::Id(id) => Ok(id),
            slug @ EventRef::Slug(_) => Ok(self.form(&slug).await?.event),
        }
    }

    /// Reads a command under the event's form and submits it; if the form changed in between, reads it again. Where it
    /// cannot be read under the form as it is stored, what is known under `key` is the answer.
    pub(super) async fn submit_under_form<Submitted>(
        &self,
        event: &EventRef,
        caller: Caller,
        key: impl Fn(&FormOf) -> Option<Idempotency>,
        read: impl Fn(&FormOf) -> Result<Command, Problem>,
        submit: impl Fn(Command) -> Submitted,
    ) -> Result<(Outcome, Mode), Problem>
    where
        Submitted: Future<Output = Result<Outcome, Rejected>>,
    {
        for reading in 1..=READS_MAX {
            let form = if reading == 1 { self.form(event).await? } else { self.form_anew(event).await? };
            let command = match may_know(&form, caller).and_then(|()| read(&form)) {
                Ok(command) => command,
                // Another server may just have changed the form. Nobody is sent away by what was so a moment ago.
                Err(_) if reading == 1 => continue,
                Err(problem) => {
                    let known = self.answered_before(form.event, key(&form)).await?;
                    return known.map(|outcome| (outcome, Mode::Apply)).ok_or(problem);
                }
            };
            let mode = command.mode;
            match submit(command).await? {
                // A slug may belong to another event by now, so an event that is gone is looked up once more too.
                Outcome::Refused(Refusal::FormChanged | Refusal::NotFound { what: What::Event }) => {}
                outcome => return Ok((outcome, mode)),
            }
        }
        Err(Problem::busy())
    }

    /// What was answered under a key. Nothing is missed: whatever was decided before the form became what it is was
    /// committed no later than the form.
    async fn answered_before(&self, event: EventId, key: Option<Idempotency>) -> Result<Option<Outcome>, Problem> {
        let Some(sent) = key else { return Ok(None) };
        let stored = self.readers.answer(event, &sent.who, &sent.key).await?;
        Ok(stored.map(|stored| stored.for_repeat(&sent)))
    }
}

/// Drafts and events of the team are for staff only.
fn may_know(form: &FormOf, caller: Caller) -> Result<(), Problem> {
    let is_open_to_guests = !form.is_draft && form.form.visibility != Visibility::Team;
    if is_open_to_guests || caller == Caller::Owner { Ok(()) } else { Err(Problem::no_such_event()) }
}
