//! Taking over what another system decided. Who has a place there keeps it and who waits keeps its turn, as long as it
//! fits; nobody is asked whether they may, as they were already.

use std::collections::{BTreeMap, BTreeSet};

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{IfBelow, Import, Party};
use crate::decision::{Imported, Outcome, Refusal};
use crate::event::{Status, excess};
use crate::ids::{RegistrationId, RoleId};
use crate::limits;

impl Turn {
    /// Checks, in this order: there are not too many; each is in a role of the event and has a status that can be taken
    /// over; nobody is active twice in a role, nor in too many; nothing is beyond the capacity, unless the import says
    /// what to do about it; nobody would wait in vain. A registration that is there already is passed over.
    pub(super) fn import(&mut self, import: &Import) -> Verdict {
        if import.parties.len() > limits::IMPORTED_MAX {
            return Err(Refusal::invalid("parties", &format!("must be at most {}", limits::IMPORTED_MAX)));
        }
        let news = self.unknown(&import.parties)?;
        self.may_all_enter(&news)?;
        let waiting = self.without_places(&news, import.over_capacity)?;
        let status = |party: &Party| if waiting.contains(&party.id) { Status::Waitlisted } else { party.status };
        for party in news.iter().filter(|party| status(party) == Status::Waitlisted) {
            self.can_ever_fit(&self.state.roles[&party.role], party.spots)?;
        }

        // Cannot fail below.
        let kept_before = self.override_spots();
        for party in &news {
            let status = status(party);
            self.record(&Change::Imported {
                role: party.role,
                spots: party.spots,
                status,
                person: party.person.tag,
                created_at: party.created_at,
                over: import.over_capacity == IfBelow::Keep && status.occupies_places(),
                registration: party.id,
                key: party.person.key.clone(),
                details: Box::new(party.details.clone()),
            });
        }
        let kept_spots = self.override_spots() - kept_before;
        self.promote_waiting();
        Ok(Outcome::Imported(Imported {
            added: news.len() as u64,
            known: (import.parties.len() - news.len()) as u64,
            kept_spots,
            waitlisted: waiting.into_iter().collect(),
            affected: std::mem::take(&mut self.affected),
            seq: self.state.event.seq,
        }))
    }

    /// Those that are not there yet.
    fn unknown<'a>(&self, parties: &'a [Party]) -> Result<Vec<&'a Party>, Refusal> {
        let mut seen = BTreeSet::new();
        for (place, party) in parties.iter().enumerate() {
            let problem = match party {
                _ if !self.state.roles.contains_key(&party.role) => "is in a role that does not exist",
                _ if party.status == Status::Held => "must not be held",
                _ if !seen.insert(party.id) => "has the id of another",
                _ => continue,
            };
            return Err(Refusal::invalid(&format!("parties[{place}]"), problem));
        }
        Ok(parties.iter().filter(|party| !self.state.registrations.contains_key(&party.id)).collect())
    }

    fn may_all_enter(&self, news: &[&Party]) -> Result<(), Refusal> {
        let limit = self.state.event.settings.roles_per_person as usize;
        let mut active: BTreeMap<&str, BTreeSet<RoleId>> = BTreeMap::new();
        for party in news.iter().filter(|party| party.status.is_active()) {
            let person = party.person.key.as_str();
            let roles = active
                .entry(person)
                .or_insert_with(|| self.state.registrations.active_of(person).map(|one| one.role).collect());
            if !roles.insert(party.role) {
                return Err(Refusal::AlreadyRegistered { role: self.state.roles[&party.role].name.clone() });
            }
            if roles.len() > limit {
                return Err(Refusal::TooManyRoles { limit: self.state.event.settings.roles_per_person });
            }
        }
        Ok(())
    }

    /// Of those that have places, the latest that have to wait until the rest fits: in their roles first; what they give up
    /// counts for the event too.
    fn without_places(&self, news: &[&Party], over: IfBelow) -> Result<BTreeSet<RegistrationId>, Refusal> {
        let mut waiting = BTreeSet::new();
        let roles = self
            .state
            .roles
            .values()
            .map(|role| (Some(role.id), role.settings.capacity, role.counters.reserved, role.override_spots));
        let event = &self.state.event;
        let whole = (None, event.settings.capacity, event.counters.reserved, event.override_spots);
        for (scope, capacity, reserved, override_spots) in roles.chain([whole]) {
            let theirs = || news.iter().filter(|party| party.status.occupies_places() && is_in(party, scope));
            let staying = theirs().filter(|party| !waiting.contains(&party.id));
            let reserved = reserved + staying.map(|party| party.spots.count()).sum::<u64>();
            let mut beyond = excess(capacity, reserved).saturating_sub(override_spots);
            match over {
                IfBelow::Refuse if beyond > 0 => return Err(Refusal::CapacityBelowReserved { reserved }),
                IfBelow::Refuse | IfBelow::Keep => continue,
                IfBelow::WaitlistLatest => {}
            }
            let latest: Vec<_> = theirs().rev().filter(|party| !waiting.contains(&party.id)).collect();
            for party in latest {
                if beyond == 0 {
                    break;
                }
                beyond = beyond.saturating_sub(party.spots.count());
                waiting.insert(party.id);
            }
        }
        Ok(waiting)
    }

    /// The overrides of the roles and of the event, added up.
    fn override_spots(&self) -> u64 {
        let roles = self.state.roles.values().map(|role| role.override_spots);
        roles.sum::<u64>() + self.state.event.override_spots
    }
}

fn is_in(party: &Party, scope: Option<RoleId>) -> bool {
    scope.is_none_or(|role| party.role == role)
}
