//! What needs no place: e-mail address, contact details, check-in.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{ChangeEmail, CheckIn, DetailsPatch, EditDetails, Erase, EraseWhen};
use crate::decision::Refusal;
use crate::event::{Registration, Status};

impl Turn {
    /// The address makes the person, so it must not be somebody who is in already. Links to the old address end.
    pub(super) fn change_email(&mut self, change: &ChangeEmail) -> Verdict {
        let one = self.registration(change.registration)?;
        if change.form != self.state.event.settings.form {
            return Err(Refusal::FormChanged);
        }
        let is_new = change.person.key != one.person.key;
        if is_new && one.status.is_active() {
            self.may_enter(&change.person.key, self.state.role_of(one))?;
        }

        // Cannot fail below.
        let id = one.id;
        self.record(&Change::EmailChanged {
            role: one.role,
            person: change.person.tag,
            link_version: one.link_version + u32::from(is_new),
            registration: id,
            key: change.person.key.clone(),
            email: change.email.clone(),
        });
        Ok(self.receipt(id))
    }

    pub(super) fn edit_details(&mut self, edit: &EditDetails) -> Verdict {
        let id = self.registration(edit.registration)?.id;
        if edit.form != self.state.event.settings.form {
            return Err(Refusal::FormChanged);
        }

        // Cannot fail below.
        let fields = edit.patch.fields();
        if !fields.is_empty() {
            self.record(&Change::DetailsEdited { fields, registration: id, patch: Box::new(edit.patch.clone()) });
        }
        Ok(self.receipt(id))
    }

    /// Where it is still ahead, nobody who could come is left, so its places go to others. What is over stays as it was, for
    /// the counts.
    pub(super) fn erase(&mut self, erase: &Erase) -> Verdict {
        let one = self.registration(erase.registration)?;

        // Cannot fail below.
        let id = one.id;
        let settings = &self.state.event.settings;
        let roles = || self.state.roles.values().map(|role| &role.settings);
        let is_due = || settings.is_kept_long_enough(roles(), self.now) && !one.is_erased();
        if erase.when == EraseWhen::Due && !is_due() {
            return Ok(self.receipt(id));
        }
        let starts_at = self.state.role_of(one).settings.starts_at.or(settings.starts_at);
        let is_ahead = starts_at.is_none_or(|starts_at| self.now < starts_at) && !settings.is_over(roles(), self.now);
        let goes = one.status.is_active() && is_ahead;
        self.record(&Change::Erased {
            role: one.role,
            person: erase.person.tag,
            link_version: one.link_version + 1,
            registration: id,
            key: erase.person.key.clone(),
        });
        if !goes {
            return Ok(self.receipt(id));
        }
        // After it, so that the person is not written to.
        let change = self.state.status_change(id, Status::Cancelled);
        self.release(id, &Change::Cancelled(change))
    }

    pub(super) fn check_in(&mut self, check_in: CheckIn) -> Verdict {
        let one = self.confirmed(check_in)?;
        let left = one.spots.get() - one.checked_in;
        let count = check_in.count.unwrap_or(left);
        if left == 0 || count > left {
            return Err(Refusal::AlreadyCheckedIn { checked_in: one.checked_in });
        }

        // Cannot fail below.
        let (registration, checked_in) = (one.id, one.checked_in + count);
        self.record(&Change::CheckedIn { checked_in, registration });
        Ok(self.receipt(registration))
    }

    pub(super) fn undo_check_in(&mut self, check_in: CheckIn) -> Verdict {
        let one = self.confirmed(check_in)?;
        let count = check_in.count.unwrap_or(one.checked_in);
        if one.checked_in == 0 || count > one.checked_in {
            return Err(Refusal::NotCheckedIn { checked_in: one.checked_in });
        }

        // Cannot fail below.
        let (registration, checked_in) = (one.id, one.checked_in - count);
        self.record(&Change::CheckInUndone { checked_in, registration });
        Ok(self.receipt(registration))
    }

    fn confirmed(&self, check_in: CheckIn) -> Result<&Registration, Refusal> {
        let one = self.registration(check_in.registration)?;
        if one.status != Status::Confirmed {
            return Err(Refusal::NotConfirmed);
        }
        if check_in.count == Some(0) {
            return Err(Refusal::invalid("count", "must be at least 1"));
        }
        Ok(one)
    }
}

impl DetailsPatch {
    /// The names of what it changes.
    fn fields(&self) -> Vec<&'static str> {
        let fields = [
            (self.name.is_some(), "name"),
            (self.phone.is_some(), "phone"),
            (self.notes.is_some(), "notes"),
            (self.special_requirements.is_some(), "special_requirements"),
            (self.staff_note.is_some(), "staff_note"),
            (self.metadata.is_some(), "metadata"),
            (self.language.is_some(), "language"),
        ];
        fields.into_iter().filter_map(|(changed, name)| changed.then_some(name)).collect()
    }
}
