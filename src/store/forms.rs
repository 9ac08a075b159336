//! The forms of events that were asked for lately, so that a sign-up does not read what hardly ever changes. Nothing is
//! decided by them: every command carries the form it was read under, and the decision compares.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::read::{EventRef, FormOf};
use crate::clock;

/// As many as are kept; then it starts anew.
const FORMS_MAX: usize = 10_000;

/// The forms of events that were asked for lately.
pub(super) struct Forms {
    known: Mutex<Known>,
    /// For how long one is kept; for ever where every change passes through this process.
    kept_for: Duration,
}

#[derive(Default)]
struct Known {
    forms: HashMap<EventRef, (FormOf, Instant)>,
    age: Age,
}

/// Grows whenever a form may have changed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Age(u64);

impl Forms {
    /// None are known yet; each is kept for so long.
    pub(super) fn kept_for(kept_for: Duration) -> Forms {
        Forms { known: Mutex::default(), kept_for }
    }

    /// The form, or what to give to [`Forms::keep`] once it was read.
    pub(super) fn get(&self, event: &EventRef) -> Result<FormOf, Age> {
        let known = self.known();
        let fresh = known.forms.get(event).filter(|(_, since)| since.elapsed() < self.kept_for);
        fresh.map(|(form, _)| form.clone()).ok_or(known.age)
    }

    /// What to give to [`Forms::keep`] for a form that is read from here on.
    pub(super) fn age(&self) -> Age {
        self.known().age
    }

    /// Keeps what was read, unless something has changed since it was asked for.
    pub(super) fn keep(&self, age: Age, event: EventRef, form: FormOf) {
        let mut known = self.known();
        if known.age == age {
            if known.forms.len() >= FORMS_MAX {
                known.forms.clear();
            }
            known.forms.insert(event, (form, clock::instant()));
        }
    }

    /// Some form has changed. To be called after the commit and before anybody is told of it.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.forms.clear();
        known.age.0 += 1;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
