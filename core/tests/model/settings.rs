//! Settings of the event and its roles.

use headcount_core::command::{EditEvent, EditRole, IfBelow, NewRole, RemoveRole};
use headcount_core::event::{EventSettings, EventStatus, Role, Status};
use headcount_core::ids::{Millis, RoleId};
use headcount_core::notice::{Addressee, NoticeKind};

use super::{Answer, Naive, Part, Verdict, has_places, no};

/// Takes what a patch names.
macro_rules! patch {
    ($from:expr => $to:expr; $($field:ident),*) => { $(if let Some(value) = $from.$field.clone() { $to.$field = value; })* };
}

impl Naive {
    pub(super) fn edit_event(&mut self, now: Millis, edit: &EditEvent) -> Answer {
        self.must_be_at(edit.revision)?;
        let old = self.settings.clone();
        let (new, settings) = (&edit.settings, &mut self.settings);
        patch!(new => settings.form; slug, visibility, one_per, phone, phone_region, teams);
        patch!(new => settings; status, capacity, waitlist, max_spots, roles_per_person);
        patch!(new => settings; starts_at, ends_at, opens_at, closes_at, cancel_until, promote_until, self_move);
        patch!(new => settings; verify_minutes, retention_days);
        if self.settings.ends_at.zip(self.settings.starts_at).is_some_and(|(ends_at, starts_at)| ends_at < starts_at) {
            return no("invalid");
        }
        if is_lower(old.capacity, self.settings.capacity) {
            self.make_it_fit(None, edit.if_below)?;
        }
        self.revision += u32::from(self.settings != old);
        let end = self.settings.ends_at.or(self.settings.starts_at);
        if end.is_some_and(|end| end <= now) || old.status == EventStatus::Draft {
            return Ok(None);
        }
        let times = |settings: &EventSettings| [settings.starts_at, settings.ends_at];
        match (old.status == EventStatus::Cancelled, self.settings.status == EventStatus::Cancelled) {
            (false, true) => self.tell_all(Addressee::Everybody(None), NoticeKind::EventCancelled),
            (true, false) => self.tell_all(Addressee::Everybody(None), NoticeKind::EventChanged),
            (false, false) if times(&self.settings) != times(&old) => {
                self.tell_all(Addressee::Everybody(None), NoticeKind::EventChanged);
            }
            _ => {}
        }
        Ok(None)
    }

    pub(super) fn add_role(&mut self, new: &NewRole) -> Answer {
        self.name_must_be_free(&new.name, None)?;
        let (id, name, settings) = (new.id, new.name.clone(), new.settings.clone());
        self.roles.push(Part { id, name, settings, override_spots: 0, skipped: None });
        self.revision += 1;
        Ok(None)
    }

    pub(super) fn edit_role(&mut self, now: Millis, edit: &EditRole) -> Answer {
        self.must_be_at(edit.revision)?;
        let role = self.role_by(&edit.role)?;
        let old = self.part(role).clone();
        if let Some(name) = &edit.name {
            self.name_must_be_free(name, Some(role))?;
            self.part_mut(role).name.clone_from(name);
        }
        let (new, settings) = (&edit.settings, &mut self.part_mut(role).settings);
        patch!(new => settings; capacity, starts_at, ends_at, order, min_needed, closed);
        if is_lower(old.settings.capacity, self.part(role).settings.capacity) {
            self.make_it_fit(Some(role), edit.if_below)?;
        }
        let new = self.part(role).clone();
        self.revision += u32::from((&new.settings, &new.name) != (&old.settings, &old.name));
        let of_event = self.settings.ends_at.or(self.settings.starts_at);
        let end = new.settings.ends_at.or(new.settings.starts_at).or(of_event);
        let is_moved = [new.settings.starts_at, new.settings.ends_at] != [old.settings.starts_at, old.settings.ends_at];
        let is_on = self.settings.status != EventStatus::Cancelled && end.is_none_or(|end| end > now);
        if is_moved && is_on {
            self.tell_all(Addressee::Everybody(Some(role)), NoticeKind::EventChanged);
        }
        Ok(None)
    }

    pub(super) fn remove_role(&mut self, remove: &RemoveRole) -> Answer {
        self.must_be_at(remove.revision)?;
        let role = self.role_by(&remove.role)?;
        if self.parties.iter().any(|one| one.role == role) {
            return no("role_not_empty");
        }
        if self.roles.len() == 1 {
            return no("last_role");
        }
        self.roles.retain(|part| part.id != role);
        self.revision += 1;
        Ok(None)
    }

    /// A new capacity of a role or of the event, below what is reserved.
    fn make_it_fit(&mut self, role: Option<RoleId>, if_below: IfBelow) -> Result<(), Verdict> {
        let fits = |naive: &Naive| role.map_or_else(|| naive.fits_event(0), |role| naive.fits_role(role, 0));
        match if_below {
            _ if fits(self) => Ok(()),
            IfBelow::Refuse => no("capacity_below_reserved"),
            IfBelow::Keep => {
                self.raise_overrides(role, role.is_none());
                Ok(())
            }
            IfBelow::WaitlistLatest => {
                while !fits(self) {
                    let with_places = self.parties.iter().filter(|one| has_places(one));
                    let concerned = with_places.filter(|one| role.is_none_or(|role| one.role == role));
                    let latest = concerned.max_by_key(|one| one.order).map(|one| one.id);
                    let latest = latest.expect("somebody has the places");
                    self.set_status(latest, Status::Waitlisted);
                    self.tell(latest, NoticeKind::Demoted);
                    self.after_a_change();
                }
                Ok(())
            }
        }
    }

    fn must_be_at(&self, revision: u32) -> Result<(), Verdict> {
        if revision == self.revision { Ok(()) } else { no("revision_mismatch") }
    }

    fn name_must_be_free(&self, name: &str, except: Option<RoleId>) -> Result<(), Verdict> {
        let is_taken = |part: &Part| Some(part.id) != except && Role::name_key(&part.name) == Role::name_key(name);
        if self.roles.iter().any(is_taken) { no("role_exists") } else { Ok(()) }
    }
}

/// Raising a capacity moves nobody, even where it stays below what is reserved.
fn is_lower(old: Option<u32>, new: Option<u32>) -> bool {
    new.is_some_and(|new| old.is_none_or(|old| new < old))
}
