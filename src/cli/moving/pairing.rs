//! Who of an older system is who here: `compare` and `import` find the same.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::command::Party;
use headcount_core::event::{Registration, Status};
use headcount_core::ids::{RegistrationId, RoleId};
use headcount_core::person::fold;
use headcount_core::view::EventView;

use super::plan::Planned;
use super::report::{Kind, Report};

/// The registrations of one event on both sides.
pub(crate) struct Pairs<'a> {
    pub(crate) both: Vec<(&'a Party, Registration)>,
    pub(crate) only_there: Vec<&'a Party>,
    pub(crate) only_here: Vec<Registration>,
}

/// Pairs them by id, else by person and role, else by person, where both are active; those who signed up on both sides have
/// other ids here than there.
pub(crate) fn pair(there: &[Party], here: Vec<Registration>) -> Pairs<'_> {
    let mut here: BTreeMap<RegistrationId, Registration> = here.into_iter().map(|one| (one.id, one)).collect();
    let mut pairs = Pairs { both: Vec::new(), only_there: Vec::new(), only_here: Vec::new() };
    let mut left = Vec::new();
    for party in there {
        match here.remove(&party.id) {
            Some(one) => pairs.both.push((party, one)),
            None => left.push(party),
        }
    }
    let mut by_person: BTreeMap<String, Vec<RegistrationId>> = BTreeMap::new();
    for one in here.values() {
        by_person.entry(one.person.key.clone()).or_default().push(one.id);
    }
    for fits in [are_alike, are_in_same_role, are_active] {
        for party in std::mem::take(&mut left) {
            let of_person = by_person.get(&party.person.key).map_or(&[][..], Vec::as_slice);
            let found = of_person.iter().filter_map(|id| here.get(id)).filter(|one| fits(party, one));
            match found.max_by_key(|one| same(one.status, party.status)).map(|one| one.id) {
                Some(id) => pairs.both.extend(here.remove(&id).map(|one| (party, one))),
                None => left.push(party),
            }
        }
    }
    Pairs { only_there: left, only_here: here.into_values().collect(), ..pairs }
}

fn are_alike(party: &Party, one: &Registration) -> bool {
    are_in_same_role(party, one) && same(one.status, party.status)
}

fn are_in_same_role(party: &Party, one: &Registration) -> bool {
    party.role == one.role
}

fn are_active(party: &Party, one: &Registration) -> bool {
    party.status.is_active() && one.status.is_active()
}

/// Who is held has places, as far as the older system knows.
pub(crate) fn same(one: Status, other: Status) -> bool {
    let seen = |status| if status == Status::Held { Status::Confirmed } else { status };
    seen(one) == seen(other)
}

/// Leaves out whoever has a registration in the same role here already under another id: who signed up on both sides, or
/// cancelled there and came back. Somebody else with the same address is not left out. Tells of those who would be in too
/// many roles.
pub(crate) fn pass_over(planned: &mut Planned, view: &EventView, here: Vec<Registration>, report: &mut Report) {
    let known: BTreeSet<RegistrationId> = here.iter().map(|one| one.id).collect();
    let mut active: BTreeSet<(String, RoleId, String)> = BTreeSet::new();
    let mut roles: BTreeMap<String, BTreeSet<RoleId>> = BTreeMap::new();
    for one in here.iter().filter(|one| one.status.is_active()) {
        active.insert((one.person.key.clone(), one.role, fold(&one.details.name)));
        roles.entry(one.person.key.clone()).or_default().insert(one.role);
    }
    let both = pair(&planned.parties, here).both.into_iter();
    let both = both.filter(|(party, one)| are_in_same_role(party, one) && have_one_name(party, one));
    let status_here: BTreeMap<RegistrationId, Status> = both.map(|(party, one)| (party.id, one.status)).collect();
    let is_active_here = |party: &Party| {
        let theirs = (party.person.key.clone(), party.role, fold(&party.details.name));
        party.status.is_active() && active.contains(&theirs)
    };
    let is_new = |party: &Party| !known.contains(&party.id);
    let is_here = |party: &Party| status_here.contains_key(&party.id) || is_active_here(party);
    let parties = std::mem::take(&mut planned.parties);
    let (passed_over, parties): (Vec<Party>, Vec<Party>) =
        parties.into_iter().partition(|party| is_new(party) && is_here(party));
    for party in &passed_over {
        if let Some(here) = status_here.get(&party.id).filter(|here| !same(**here, party.status)) {
            let (title, who, there) = (&planned.title, &party.details.name, party.status.as_str());
            let text = format!("{title}: {who} is {there} in the files, and stays {} here", here.as_str());
            report.difference(Kind::Kept, text);
        }
    }
    (planned.passed_over, planned.parties) = (passed_over.len() as u64, parties);
    for party in planned.parties.iter().filter(|party| party.status.is_active() && is_new(party)) {
        let theirs = roles.entry(party.person.key.clone()).or_default();
        if theirs.len() >= view.settings.roles_per_person as usize {
            report.problem(planned.place.problem(in_too_many(party, theirs, view)));
        }
        theirs.insert(party.role);
    }
}

fn have_one_name(party: &Party, one: &Registration) -> bool {
    fold(&party.details.name) == fold(&one.details.name)
}

fn in_too_many(party: &Party, roles: &BTreeSet<RoleId>, view: &EventView) -> String {
    let name = |id: &RoleId| view.roles.iter().find(|role| role.id == *id).map_or("", |role| &role.name);
    let (who, here, there) = (&party.details.name, roles.iter().map(name).collect::<Vec<_>>(), name(&party.role));
    let here = here.join(", ");
    if roles.contains(&party.role) {
        return format!(
            "{who} has the address of somebody else who is in {there} already: give one of them another address"
        );
    }
    format!(
        "{who} is in {here} already, and may not be in {there} too: raise roles_per_person of the event, move or cancel them \
         here, or take them out of the files"
    )
}
