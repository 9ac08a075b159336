//! What the form of an event asks, remembered so that a sign-up need not read it from the database each time.
//!
//! What is remembered may be old. That does no harm: a command carries the form it was read under, and is refused
//! (`FormChanged`) if the event has another by then.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use headcount_core::command::{Command, Mode};
use headcount_core::decision::{Outcome, Refusal, What};
use headcount_core::event::Visibility;
use headcount_core::ids::EventId;

use super::App;
use super::fields::read_id;
use super::problem::Problem;
use super::request::Caller;
use crate::lanes::Rejected;
use crate::store::read::{EventRef, FormOf};

/// How many forms are remembered.
const FORMS_MAX: usize = 10_000;
/// How often a request is read again because the form changed meanwhile.
const READS_MAX: u32 = 3;

/// The forms of published events, by id and by slug.
#[derive(Default)]
pub(super) struct Forms(RwLock<HashMap<EventRef, Arc<FormOf>>>);

impl Forms {
    fn get(&self, event: &EventRef) -> Option<Arc<FormOf>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(event).cloned()
    }

    fn remember(&self, event: &EventRef, form: &Arc<FormOf>) {
        let mut forms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= FORMS_MAX {
            forms.clear();
        }
        forms.insert(event.clone(), Arc::clone(form));
    }

    fn forget(&self, event: &EventRef) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(event);
    }

    /// Forgets an event, by whatever name it is known.
    pub(super) fn forget_event(&self, event: EventId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|_, form| form.event != event);
    }
}

/// How an event is named in an address.
pub(super) fn event_ref(text: String) -> EventRef {
    read_id(&text).map_or(EventRef::Slug(text), |id| EventRef::Id(EventId(id)))
}

impl App {
    /// The form of an event that `caller` may know of.
    pub(super) async fn form(&self, event: &EventRef, caller: Caller) -> Result<Arc<FormOf>, Problem> {
        let form = match self.forms.get(event) {
            Some(form) => form,
            None => {
                let form = Arc::new(self.readers.resolve(event).await?.ok_or_else(Problem::no_such_event)?);
                // A draft is not remembered: guests must find it the moment it is published.
                if !form.is_draft {
                    self.forms.remember(event, &form);
                }
                form
            }
        };
        let is_open_to_guests = !form.is_draft && form.form.visibility != Visibility::Team;
        if is_open_to_guests || caller == Caller::Owner { Ok(form) } else { Err(Problem::no_such_event()) }
    }

    /// The id of an event, for the owner.
    pub(super) async fn event_id(&self, event: String) -> Result<EventId, Problem> {
        match event_ref(event) {
            EventRef::Id(id) => Ok(id),
            slug @ EventRef::Slug(_) => {
                let form = self.readers.resolve(&slug).await?;
                Ok(form.ok_or_else(Problem::no_such_event)?.event)
            }
        }
    }

    /// Reads a command under the event's form and submits it; if the form changed in between, reads it again.
    pub(super) async fn submit_under_form<Submitted>(
        &self,
        event: &EventRef,
        caller: Caller,
        read: impl Fn(&FormOf) -> Result<Command, Problem>,
        submit: impl Fn(Command) -> Submitted,
    ) -> Result<(Outcome, Mode), Problem>
    where
        Submitted: Future<Output = Result<Outcome, Rejected>>,
    {
        for _ in 0..READS_MAX {
            let command = read(&*self.form(event, caller).await?)?;
            let mode = command.mode;
            match submit(command).await? {
                // A slug may belong to another event by now, so an event that is gone is looked up once more too.
                Outcome::Refused(Refusal::FormChanged | Refusal::NotFound { what: What::Event }) => {
                    self.forms.forget(event);
                }
                outcome => return Ok((outcome, mode)),
            }
        }
        Err(Problem::busy())
    }
}
