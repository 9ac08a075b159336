//! Events: create, edit, delete.

use std::collections::{BTreeMap, BTreeSet};

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{Command, CreateEvent, EditEvent, EventPatch};
use crate::decision::{Decision, Edited, Outcome, Refusal, What};
use crate::event::{Counters, Event, EventSettings, EventStatus, Role, RoleSettings};
use crate::ids::{EventId, Hash, Millis, RoleId, Seq, Spots};
use crate::limits;
use crate::working_set::{EventState, WorkingSet};

/// Checks: not there yet; slug free; one to [`limits::ROLES_MAX`] roles with different names; times in order.
pub(super) fn create(set: &mut WorkingSet, now: Millis, command: &Command, create: &CreateEvent) -> Decision {
    if let Err(refusal) = creatable(set, command.event, create) {
        return Decision::refused(refusal);
    }

    // Cannot fail below.
    set.slugs.insert(create.settings.form.slug.clone(), command.event);
    let state = EventState::unwritten(unborn(command.event, &create.settings), []);
    let mut turn = Turn::new(state, now, command, None);
    let (settings, texts) = (Box::new(create.settings.clone()), Box::new(create.texts.clone()));
    turn.record(&Change::EventCreated { settings, texts });
    for role in &create.roles {
        turn.record(&Change::RoleAdded {
            role: role.id,
            settings: Box::new(role.settings.clone()),
            name: role.name.clone(),
            description: role.description.clone(),
        });
    }
    let descriptions: BTreeMap<RoleId, &str> =
        create.roles.iter().map(|role| (role.id, role.description.as_str())).collect();
    let view = turn.state.view(create.texts.clone(), |role| descriptions[&role].to_owned(), now);
    let (state, decision) = turn.end(Ok(Outcome::EventCreated(Box::new(view))));
    set.events.insert(command.event, state);
    decision
}

fn creatable(set: &WorkingSet, id: EventId, create: &CreateEvent) -> Result<(), Refusal> {
    if set.events.contains_key(&id) {
        // The id comes from the key, which was forgotten after its time.
        return Err(Refusal::KeyReused);
    }
    if set.slugs.contains_key(&create.settings.form.slug) {
        return Err(Refusal::SlugTaken);
    }
    if create.roles.is_empty() || create.roles.len() > limits::ROLES_MAX {
        return Err(Refusal::invalid("roles", "must be 1 to 200"));
    }
    let mut names = BTreeSet::new();
    for (place, role) in create.roles.iter().enumerate() {
        if !names.insert(Role::name_key(&role.name)) {
            return Err(Refusal::RoleExists { role: role.name.clone() });
        }
        check_role(&role.settings).map_err(|refusal| refusal.within(&format!("roles[{place}].")))?;
    }
    check(&create.settings)
}

fn unborn(id: EventId, settings: &EventSettings) -> Event {
    Event {
        id,
        settings: settings.clone(),
        counters: Counters::default(),
        override_spots: 0,
        seq: Seq::default(),
        last_at: Millis(i64::MIN),
        hash: Hash::default(),
        revision: 0,
        full_since: None,
    }
}

/// Only a draft that nobody ever signed up for.
pub(super) fn delete(set: &mut WorkingSet, id: EventId, revision: u32) -> Decision {
    let Some(state) = set.events.get(&id) else { return Decision::refused(Refusal::NotFound { what: What::Event }) };
    let event = &state.event;
    if event.revision != revision {
        return Decision::refused(Refusal::RevisionMismatch { current: event.revision });
    }
    if event.settings.status != EventStatus::Draft || event.counters.registrations > 0 {
        return Decision::refused(Refusal::EventNotEmpty);
    }

    // Cannot fail below.
    set.slugs.remove(&event.settings.form.slug);
    if let Some(loaded_seq) = state.writes.loaded_seq {
        set.deleted.push((id, loaded_seq));
    }
    set.events.remove(&id);
    Decision::without_entries(Outcome::EventDeleted)
}

impl Turn {
    /// Checks: revision; slug free; what makes a person, and going back to a draft, only without registrations; times
    /// in order; capacity.
    pub(super) fn edit_event(&mut self, slugs: &mut BTreeMap<String, EventId>, edit: &EditEvent) -> Verdict {
        self.at_revision(edit.revision)?;
        let old = &self.state.event.settings;
        let new = edit.settings.applied_to(old);
        let id = self.state.event.id;
        if slugs.get(&new.form.slug).is_some_and(|owner| *owner != id) {
            return Err(Refusal::SlugTaken);
        }
        let fresh_only = new.form.one_per != old.form.one_per
            || (new.status == EventStatus::Draft && old.status != EventStatus::Draft);
        if fresh_only && self.state.event.counters.registrations > 0 {
            return Err(Refusal::EventNotEmpty);
        }
        check(&new)?;
        let cut = self.cut(None, new.capacity, edit.if_below)?;

        // Cannot fail below.
        if new != *old || !edit.texts.is_empty() {
            slugs.remove(&old.form.slug);
            slugs.insert(new.form.slug.clone(), id);
            self.demote_all(&cut.demoted);
            let (settings, texts) = (Box::new(new), Box::new(edit.texts.clone()));
            self.record(&Change::EventEdited { settings, over: cut.over, texts });
            self.promote_waiting();
        }
        Ok(self.edited(None))
    }

    pub(super) fn at_revision(&self, revision: u32) -> Result<(), Refusal> {
        let current = self.state.event.revision;
        if revision == current { Ok(()) } else { Err(Refusal::RevisionMismatch { current }) }
    }

    pub(super) fn edited(&mut self, role_id: Option<RoleId>) -> Outcome {
        let (revision, seq) = (self.state.event.revision, self.state.event.seq);
        Outcome::Edited(Edited { role_id, revision, seq, affected: std::mem::take(&mut self.affected) })
    }
}

impl EventPatch {
    fn applied_to(&self, old: &EventSettings) -> EventSettings {
        let mut new = old.clone();
        put(&mut new.form.slug, &self.slug);
        put(&mut new.form.visibility, &self.visibility);
        put(&mut new.form.one_per, &self.one_per);
        put(&mut new.form.phone, &self.phone);
        put(&mut new.form.phone_region, &self.phone_region);
        put(&mut new.form.teams, &self.teams);
        put(&mut new.status, &self.status);
        put(&mut new.capacity, &self.capacity);
        put(&mut new.waitlist, &self.waitlist);
        put(&mut new.max_spots, &self.max_spots);
        put(&mut new.roles_per_person, &self.roles_per_person);
        put(&mut new.starts_at, &self.starts_at);
        put(&mut new.ends_at, &self.ends_at);
        put(&mut new.opens_at, &self.opens_at);
        put(&mut new.closes_at, &self.closes_at);
        put(&mut new.cancel_until, &self.cancel_until);
        put(&mut new.promote_until, &self.promote_until);
        put(&mut new.self_move, &self.self_move);
        put(&mut new.verify_minutes, &self.verify_minutes);
        put(&mut new.retention_days, &self.retention_days);
        new
    }
}

/// Puts in the new value if there is one.
pub(super) fn put<T: Clone>(value: &mut T, new: &Option<T>) {
    if let Some(new) = new {
        value.clone_from(new);
    }
}

fn check(settings: &EventSettings) -> Result<(), Refusal> {
    in_order("ends_at", "must not be before starts_at", settings.starts_at, settings.ends_at)?;
    in_order("closes_at", "must not be before opens_at", settings.opens_at, settings.closes_at)?;
    check_capacity(settings.capacity)?;
    if settings.roles_per_person == 0 || settings.roles_per_person as usize > limits::ROLES_MAX {
        return Err(Refusal::invalid("roles_per_person", "must be between 1 and 200"));
    }
    if settings.waitlist.max_skips > limits::SKIPS_MAX {
        return Err(Refusal::invalid("waitlist.max_skips", "must be at most 1000"));
    }
    if settings.form.teams.len() > limits::TEAMS_MAX {
        return Err(Refusal::invalid("teams", "must be at most 20"));
    }
    if settings.verify_minutes.is_some_and(|minutes| !(1..=limits::VERIFY_MINUTES_MAX).contains(&minutes)) {
        return Err(Refusal::invalid("verify_minutes", "must be between 1 and 10080"));
    }
    if settings.retention_days.is_some_and(|days| !(1..=limits::RETENTION_DAYS_MAX).contains(&days)) {
        return Err(Refusal::invalid("retention_days", "must be between 1 and 3650"));
    }
    debug_assert!(settings.max_spots <= Spots::MAX, "the type allows no more");
    Ok(())
}

pub(super) fn check_role(settings: &RoleSettings) -> Result<(), Refusal> {
    in_order("ends_at", "must not be before starts_at", settings.starts_at, settings.ends_at)?;
    check_capacity(settings.capacity)
}

fn check_capacity(capacity: Option<u32>) -> Result<(), Refusal> {
    match capacity {
        Some(capacity) if capacity > limits::CAPACITY_MAX => {
            Err(Refusal::invalid("capacity", "must be at most 1000000000; null means unlimited"))
        }
        _ => Ok(()),
    }
}

fn in_order(field: &str, problem: &str, first: Option<Millis>, last: Option<Millis>) -> Result<(), Refusal> {
    match (first, last) {
        (Some(first), Some(last)) if last < first => Err(Refusal::invalid(field, problem)),
        _ => Ok(()),
    }
}
