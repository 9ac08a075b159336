//! Requests that are read under what the form of an event asks.
//!
//! The form may have changed since it was looked up. That does no harm: a command carries the form it was read under,
//! and is refused (`FormChanged`) if the event has another by then. What was answered under an idempotency key is
//! answered again whatever the form asks by now.

use headcount_core::command::{Command, Idempotency, Mode};
use headcount_core::decision::{Outcome, Refusal, What};
use headcount_core::event::{Form, Visibility};
use headcount_core::ids::EventId;

use super::App;
use super::caller::Caller;
use super::fields::{Slug, read_id};
use super::json::Field as _;
use super::problem::Problem;
use crate::lanes::Rejected;
use crate::people::identity::Standing;
use crate::store::read::{EventRef, FormOf};

/// How often a request is read again because the form changed meanwhile.
const READS_MAX: u32 = 3;

/// What came of a request that was read under a form.
pub(super) struct Taken {
    /// What came of it.
    pub outcome: Outcome,
    /// Whether it was done or only tried.
    pub mode: Mode,
    /// What it was read under.
    pub form: FormOf,
}

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

    /// Reads a command under the event's form and submits it; if the form changed in between, reads it again. Where it
    /// cannot be read under the form as it is stored, what is known under `key` is the answer. Counts it for its person
    /// once, however often it is read.
    pub(super) async fn submit_under_form<Submitted>(
        &self,
        event: &EventRef,
        caller: &Caller,
        key: impl Fn(&FormOf) -> Option<Idempotency>,
        read: impl Fn(&FormOf) -> Result<Command, Problem>,
        submit: impl Fn(Command) -> Submitted,
    ) -> Result<Taken, Problem>
    where
        Submitted: Future<Output = Result<Outcome, Rejected>>,
    {
        let mut is_counted = false;
        for reading in 1..=READS_MAX {
            let form = if reading == 1 { self.form(event).await? } else { self.form_anew(event).await? };
            let command = match may_know(&form, caller).and_then(|()| read(&form)) {
                Ok(command) => command,
                // Another server may just have changed the form. Nobody is sent away by what was so a moment ago.
                Err(_) if reading == 1 => continue,
                Err(problem) => {
                    let known = self.answered_before(form.event, key(&form)).await?;
                    let outcome = known.ok_or(problem)?;
                    return Ok(Taken { outcome, mode: Mode::Apply, form });
                }
            };
            if !is_counted {
                self.limits.command(&command)?;
                is_counted = true;
            }
            let mode = command.mode;
            match submit(command).await? {
                // A slug may belong to another event by now, so an event that is gone is looked up once more too.
                Outcome::Refused(Refusal::FormChanged | Refusal::NotFound { what: What::Event }) => {}
                outcome => return Ok(Taken { outcome, mode, form }),
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

fn may_know(form: &FormOf, caller: &Caller) -> Result<(), Problem> {
    if is_shown(form.event, &form.form, form.is_draft, caller) { Ok(()) } else { Err(Problem::no_such_event()) }
}

/// Events of a team are for the team, drafts for those who manage them, and at the door both are known.
pub(super) fn is_shown(event: EventId, form: &Form, is_draft: bool, caller: &Caller) -> bool {
    let needed = match form.visibility {
        _ if is_draft => Standing::Door,
        Visibility::Team => Standing::Team,
        Visibility::Public | Visibility::Unlisted => return true,
    };
    caller.standing(event, form) >= needed
}
