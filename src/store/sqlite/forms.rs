//! The forms of events that were asked for lately, so that a sign-up does not read what hardly ever changes. Nothing is
//! decided by them: every command carries the form it was read under, and the decision compares.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::read::{EventRef, FormOf};

/// As many as are kept; then it starts anew.
const FORMS_MAX: usize = 10_000;

/// The forms of events that were asked for lately.
#[derive(Default)]
pub(super) struct Forms(Mutex<Known>);

#[derive(Default)]
struct Known {
    forms: HashMap<EventRef, FormOf>,
    age: Age,
}

/// Grows whenever a form may have changed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Age(u64);

impl Forms {
    /// The form, or what to give to [`Forms::keep`] once it was read.
    pub(super) fn get(&self, event: &EventRef) -> Result<FormOf, Age> {
        let known = self.known();
        known.forms.get(event).cloned().ok_or(known.age)
    }

    /// Keeps what was read, unless something has changed since it was asked for.
    pub(super) fn keep(&self, age: Age, event: EventRef, form: FormOf) {
        let mut known = self.known();
        if known.age == age {
            if known.forms.len() >= FORMS_MAX {
                known.forms.clear();
            }
            known.forms.insert(event, form);
        }
    }

    /// Some form has changed. To be called after the commit and before anybody is told of it.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.forms.clear();
        known.age.0 += 1;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
