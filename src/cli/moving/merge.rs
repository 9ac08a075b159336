//! Two lists of the same people made one: what stands in an event's own lists and what stands in the registrations is
//! compared, and every difference is told.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use headcount_core::event::{OnePer, Role, Status};
use headcount_core::person::{fold, key_by_email_and_name};
use serde_json::{Map, Value};

use super::events::PARTICIPANT;
use super::old::{OldEvent, OldParty, OldRole};
use super::parties::noted;
use super::report::{Kind, Report};

/// Whose word counts where both lists name the same person and differ.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prefer {
    /// What the registrations say.
    Registrations,
    /// What the lists of the events say.
    Events,
    /// Nobody's: nothing is imported as long as there is a difference.
    Stop,
}

/// An event with everybody in it, each once.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) event: OldEvent,
    /// Each names its role by its id.
    pub(crate) parties: Vec<OldParty>,
    /// What makes two people different: families may share an address.
    pub(crate) one_per: OnePer,
}

/// A registration with the id of its event.
pub(crate) type OfEvent = (String, OldParty);

/// Makes one list of both. `registrations`: none, if there is no such list.
pub(crate) fn merge(
    events: Vec<OldEvent>,
    registrations: Option<Vec<OfEvent>>,
    prefer: Prefer,
    report: &mut Report,
) -> Vec<Merged> {
    let people = People::of(registrations.as_deref().unwrap_or_default());
    let is_compared = registrations.is_some();
    let mut by_event: BTreeMap<String, Vec<OldParty>> = BTreeMap::new();
    for (event, party) in registrations.unwrap_or_default() {
        by_event.entry(event).or_default().push(party);
    }
    let mut merged: Vec<Merged> = Vec::new();
    for mut event in events {
        if let Some(other) = merged.iter().find(|other| other.event.id == event.id) {
            report.problem(event.place.problem(format!("has the id of {}", other.event.place)));
            continue;
        }
        let theirs = by_event.remove(&event.id).unwrap_or_default();
        let lists = event.signups.take();
        let is_compared = is_compared && lists.is_some();
        let in_lists: Vec<OldParty> = lists.unwrap_or_default().into_iter().map(|party| people.know(party)).collect();
        let [in_lists, theirs] = [in_lists, theirs].map(|parties| in_roles(&mut event, parties, report));
        if event.roles.is_empty() {
            add_role(&mut event, PARTICIPANT);
        }
        let one_per = match event.settings.as_ref().and_then(|settings| settings["one_per"].as_str()) {
            Some("email_and_name") => OnePer::EmailAndName,
            _ => one_per([&in_lists, &theirs]),
        };
        let mut pairing = Pairing { event: &event, one_per, prefer, report };
        let in_lists = pairing.without_duplicates(in_lists);
        let theirs = pairing.without_duplicates(theirs);
        let parties = pairing.pair(in_lists, theirs, is_compared);
        let merging = Merged { event, parties, one_per };
        merging.count(report);
        merged.push(merging);
    }
    for party in by_event.into_values().flatten() {
        let text = format!("{}: {} is not taken over: the event is in no file", party.place, party.called());
        report.difference(Kind::Orphan, text);
    }
    merged
}

/// Names and addresses by the ids of users, for lists that hold nothing else.
struct People(BTreeMap<String, (Option<String>, Option<String>)>);

impl People {
    fn of(registrations: &[OfEvent]) -> People {
        let mut people = BTreeMap::new();
        for (_, party) in registrations {
            if let Some(user) = &party.user {
                people.insert(user.clone(), (party.name.clone(), party.email.clone()));
            }
        }
        People(people)
    }

    fn know(&self, party: OldParty) -> OldParty {
        let known = party.user.as_ref().and_then(|user| self.0.get(user)).cloned().unwrap_or_default();
        OldParty { name: party.name.or(known.0), email: party.email.or(known.1), ..party }
    }
}

/// Has every party name its role by its id, and makes the roles that nobody described.
fn in_roles(event: &mut OldEvent, parties: Vec<OldParty>, report: &mut Report) -> Vec<OldParty> {
    let mut placed = Vec::new();
    for party in parties {
        let role = match &party.role {
            Some(named) => {
                let is_meant =
                    |role: &&OldRole| role.id == *named || Role::name_key(&role.name) == Role::name_key(named);
                event.roles.iter().find(is_meant).map(|role| role.id.clone()).or_else(|| {
                    let text = format!("{}: the role {named} of {} stands in no event", party.place, event.title);
                    report.difference(Kind::NewRole, text);
                    Some(add_role(event, named))
                })
            }
            None if event.roles.is_empty() => Some(add_role(event, PARTICIPANT)),
            None => event.roles.first().filter(|_| event.roles.len() == 1).map(|role| role.id.clone()),
        };
        match role {
            Some(role) => placed.push(OldParty { role: Some(role), ..party }),
            None => report.problem(party.place.problem("`role` must be there, as the event has several")),
        }
    }
    placed
}

fn add_role(event: &mut OldEvent, name: &str) -> String {
    let id = Role::name_key(name);
    let (description, name) = (String::new(), name.to_owned());
    let role =
        OldRole { id: id.clone(), name, description, capacity: None, starts_at: None, ends_at: None, settings: None };
    event.roles.push(role);
    id
}

/// Where one address stands in a role under several names, names tell people apart.
fn one_per(lists: [&[OldParty]; 2]) -> OnePer {
    let shares = |parties: &[OldParty]| {
        let mut names: BTreeMap<(String, Option<&String>), String> = BTreeMap::new();
        parties.iter().filter(|party| party.status.is_active() && party.email.is_some()).any(|party| {
            let name = fold(party.name.as_deref().unwrap_or_default());
            let first = names.entry((party.who(), party.role.as_ref())).or_insert_with(|| name.clone());
            *first != name
        })
    };
    if lists.into_iter().any(shares) { OnePer::EmailAndName } else { OnePer::Email }
}

/// Who somebody is, under `one_per`.
pub(crate) fn key(party: &OldParty, one_per: OnePer) -> String {
    match (&party.email, &party.name) {
        (Some(email), Some(name)) if one_per == OnePer::EmailAndName => key_by_email_and_name(email, name),
        _ => party.who(),
    }
}

struct Pairing<'a> {
    event: &'a OldEvent,
    one_per: OnePer,
    prefer: Prefer,
    report: &'a mut Report,
}

impl Pairing<'_> {
    fn tell(&mut self, kind: Kind, party: &OldParty, what: &str) {
        let text = format!("{}: {} in {}: {what}", party.place, party.called(), self.event.title);
        self.report.difference(kind, text);
    }

    /// Of those who are in a role twice, the earliest stays; the others are kept as removed.
    fn without_duplicates(&mut self, mut parties: Vec<OldParty>) -> Vec<OldParty> {
        let mut active: BTreeMap<(String, Option<String>), Vec<usize>> = BTreeMap::new();
        for (index, party) in parties.iter().enumerate().filter(|(_, party)| party.status.is_active()) {
            active.entry((key(party, self.one_per), party.role.clone())).or_default().push(index);
        }
        for mut twice in active.into_values().filter(|found| found.len() > 1) {
            twice.sort_by_key(|index| (parties[*index].created_at.map_or(i64::MAX, |at| at.0), *index));
            let first = parties[twice[0]].place.clone();
            for index in twice.drain(1..) {
                let party = &mut parties[index];
                let word = party.status.as_str();
                self.tell(Kind::Duplicate, party, &format!("{word} a second time; the first is {first}"));
                party.staff_note =
                    noted(party.staff_note.take(), &format!("A duplicate, {word}, in the earlier system."));
                party.status = Status::Removed;
            }
        }
        parties
    }

    /// Pairs those of the lists with those of the registrations: by id, else by person and role, else by person.
    fn pair(&mut self, in_lists: Vec<OldParty>, theirs: Vec<OldParty>, is_compared: bool) -> Vec<OldParty> {
        let mut by_id = BTreeMap::new();
        let mut by_person: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, party) in theirs.iter().enumerate() {
            by_id.extend(party.id.clone().map(|id| (id, index)));
            by_person.entry(key(party, self.one_per)).or_default().push(index);
        }
        let listed: BTreeSet<(String, Option<String>)> =
            in_lists.iter().map(|party| (key(party, self.one_per), party.role.clone())).collect();
        let mut theirs: Vec<Option<OldParty>> = theirs.into_iter().map(Some).collect();
        let mut parties = Vec::new();
        for party in in_lists {
            let person = key(&party, self.one_per);
            let of_person = by_person.get(&person).map_or(&[][..], Vec::as_slice);
            let same_id = party.id.as_ref().and_then(|id| by_id.get(id)).copied();
            let other = same_id
                .filter(|index| theirs[*index].is_some())
                .or_else(|| best(&theirs, of_person, |one| one.role == party.role, party.status))
                .or_else(|| {
                    let elsewhere = |one: &OldParty| {
                        one.status.is_active() && !listed.contains(&(person.clone(), one.role.clone()))
                    };
                    best(&theirs, of_person, elsewhere, party.status)
                })
                .and_then(|index| theirs[index].take());
            match other {
                Some(other) => parties.push(self.combine(party, other)),
                None => {
                    if is_compared && party.status != Status::Removed {
                        self.tell(
                            Kind::OnlyInEvents,
                            &party,
                            &format!("{}, and not in the registrations", party.status.as_str()),
                        );
                    }
                    parties.push(party);
                }
            }
        }
        for party in theirs.into_iter().flatten() {
            let is_expected = party.status.is_active() || party.status == Status::Declined && self.event.has_declined;
            if is_compared && is_expected {
                let what = format!("{}, and not in the event", party.status.as_str());
                self.tell(Kind::OnlyInRegistrations, &party, &what);
            }
            parties.push(party);
        }
        parties
    }

    /// One of two, after telling how they differ. Where the preferred one says nothing, the other one's word counts.
    fn combine(&mut self, listed: OldParty, registered: OldParty) -> OldParty {
        if listed.role != registered.role {
            let [there, here] = [&listed, &registered].map(|party| self.role_name(party));
            self.tell(Kind::RoleDiffers, &registered, &format!("{there} in the event, {here} in the registrations"));
        }
        if listed.status != registered.status {
            let [there, here] = [listed.status, registered.status].map(Status::as_str);
            self.tell(Kind::StatusDiffers, &registered, &format!("{there} in the event, {here} in the registrations"));
        }
        if listed.spots != registered.spots {
            let [there, here] = [listed.spots.get(), registered.spots.get()];
            self.tell(Kind::SpotsDiffer, &registered, &format!("{there} in the event, {here} in the registrations"));
        }
        let fields = differing(&listed, &registered);
        if !fields.is_empty() {
            let what = format!("{} differs between the event and the registrations", fields.join(", "));
            self.tell(Kind::DetailsDiffer, &registered, &what);
        }
        let id = registered.id.clone().or_else(|| listed.id.clone());
        let (first, second) = match self.prefer {
            Prefer::Events => (listed, registered),
            Prefer::Registrations | Prefer::Stop => (registered, listed),
        };
        let metadata = both(first.metadata, second.metadata);
        let note = match (&first.staff_note, &second.staff_note) {
            (Some(one), Some(other)) if one != other => noted(first.staff_note.clone(), other),
            _ => first.staff_note.clone().or(second.staff_note),
        };
        OldParty {
            id,
            user: first.user.or(second.user),
            name: first.name.or(second.name),
            email: first.email.or(second.email),
            phone: first.phone.or(second.phone),
            created_at: first.created_at.or(second.created_at),
            position: first.position.or(second.position),
            notes: first.notes.or(second.notes),
            special_requirements: first.special_requirements.or(second.special_requirements),
            language: first.language.or(second.language),
            staff_note: note,
            metadata,
            ..first
        }
    }

    fn role_name(&self, party: &OldParty) -> String {
        let role = self.event.roles.iter().find(|role| Some(&role.id) == party.role.as_ref());
        role.map_or_else(String::new, |role| role.name.clone())
    }
}

/// The metadata of one, and what the other's say beside: its origin as `import_too`, where that tells more.
fn both(mut first: Map<String, Value>, second: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in second {
        match (first.get(&name), value) {
            (None, value) => drop(first.insert(name, value)),
            (Some(Value::Object(known)), Value::Object(other)) if name == "import" => {
                let more: Map<String, Value> =
                    other.into_iter().filter(|(name, value)| known.get(name) != Some(value)).collect();
                if !more.is_empty() {
                    first.insert("import_too".to_owned(), more.into());
                }
            }
            _ => {}
        }
    }
    first
}

/// Of those who are still there and fit, one with this status, else an active one, else the last.
fn best(
    parties: &[Option<OldParty>],
    among: &[usize],
    fits: impl Fn(&OldParty) -> bool,
    status: Status,
) -> Option<usize> {
    let rank = |party: &OldParty| (party.status == status, party.status.is_active());
    let found = among.iter().filter_map(|index| Some((*index, parties[*index].as_ref()?)));
    found.filter(|(_, party)| fits(party)).max_by_key(|(_, party)| rank(party)).map(|(index, _)| index)
}

/// Which details both tell, and tell differently.
fn differing(one: &OldParty, other: &OldParty) -> Vec<&'static str> {
    let folded = |text: &Option<String>| text.as_deref().map(fold);
    let times = |party: &OldParty| party.created_at.map(|at| at.0.to_string());
    let pairs = [
        ("name", folded(&one.name), folded(&other.name)),
        ("e-mail", folded(&one.email), folded(&other.email)),
        ("phone", one.phone.clone(), other.phone.clone()),
        ("date", times(one), times(other)),
        ("notes", one.notes.clone(), other.notes.clone()),
        ("special requirements", one.special_requirements.clone(), other.special_requirements.clone()),
    ];
    let differ =
        |(_, one, other): &(_, Option<String>, Option<String>)| one.is_some() && other.is_some() && one != other;
    pairs.iter().filter(|pair| differ(pair)).map(|(name, _, _)| *name).collect()
}

impl Merged {
    /// Tells what is beyond the capacity, and whether what the other system counted is what is there.
    fn count(&self, report: &mut Report) {
        let title = &self.event.title;
        let taken = |role: Option<&OldRole>| -> u64 {
            let of_role = |party: &&OldParty| role.is_none_or(|role| party.role.as_ref() == Some(&role.id));
            let with_places = self.parties.iter().filter(|party| party.status.occupies_places()).filter(of_role);
            with_places.map(|party| party.spots.count()).sum()
        };
        let scopes = self.event.roles.iter().map(|role| (Some(role), role.capacity));
        for (role, capacity) in scopes.chain([(None, self.event.capacity)]) {
            let (taken, place) = (taken(role), &self.event.place);
            let name = role.map_or(String::new(), |role| format!(" in {}", role.name));
            if let Some(capacity) = capacity.filter(|capacity| taken > u64::from(*capacity)) {
                report.difference(Kind::OverCapacity, format!("{place}: {title}{name}: {taken} taken of {capacity}"));
            }
        }
        let taken = taken(None);
        if let Some(reserved) = self.event.reserved.filter(|reserved| *reserved != taken) {
            let place = &self.event.place;
            report.difference(Kind::CounterDiffers, format!("{place}: {title}: counted {reserved}, {taken} are taken"));
        }
    }
}
