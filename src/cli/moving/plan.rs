//! What the commands of an import say.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::command::{CreateEvent, EventTexts, NewRole, Party};
use headcount_core::event::{Details, EventSettings, Form, OnePer, Role, RoleSettings};
use headcount_core::ids::{EventId, Millis, OrganizationId, RegistrationId, RoleId, Spots};
use headcount_core::limits;
use headcount_core::person::{key_by_email, key_by_email_and_name, key_by_entry};
use headcount_core::view::{EventView, RoleView};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::merge::Merged;
use super::old::{OldEvent, OldParty, OldRole};
use super::report::{Kind, Report};
use super::source::Place;
use crate::secret::{Secret, id_from_key};

/// What is to be asked for one event.
pub(crate) struct Planned {
    pub(crate) event: EventId,
    pub(crate) place: Place,
    pub(crate) title: String,
    /// None: the event is there already.
    pub(crate) create: Option<CreateEvent>,
    /// In waiting order.
    pub(crate) parties: Vec<Party>,
    /// How many are left out of them, as they signed up here too.
    pub(crate) passed_over: u64,
}

/// Plans one event. `known`: as it is here already. Where something has no date, it gets `now`.
pub(crate) fn plan(
    merged: &Merged,
    known: Option<&EventView>,
    secret: &Secret,
    now: Millis,
    report: &mut Report,
) -> Planned {
    let Merged { event, one_per, .. } = merged;
    let one_per = known.map_or(*one_per, |view| view.settings.form.one_per);
    let id = event.new_id();
    let parties = in_waiting_order(merged);
    let undated = parties.iter().filter(|party| party.created_at.is_none()).count();
    if undated > 0 {
        let text = format!("{}: {undated} without a date come last, with that of the import", event.title);
        report.difference(Kind::Kept, text);
    }
    let latest = parties.iter().filter_map(|party| party.created_at).max();
    let now = latest.map_or(now, |latest| latest.max(now));
    let create = if known.is_none() { create(merged, one_per, report) } else { None };
    let parties = parties.into_iter().filter_map(|party| {
        let role = event.roles.iter().find(|role| Some(&role.id) == party.role.as_ref())?;
        let role = role_here(event, role, known);
        planned(event, party, Entering { role, one_per, now }, secret, report)
    });
    let mut parties: Vec<Party> = parties.collect();
    tell_apart(&mut parties);
    Planned { event: id, place: event.place.clone(), title: event.title.clone(), create, parties, passed_over: 0 }
}

/// Of those that come to the same id (somebody twice in a list without ids), all but the first get one of their own.
fn tell_apart(parties: &mut [Party]) {
    let mut seen: BTreeMap<RegistrationId, u32> = BTreeMap::new();
    for party in parties {
        let before = seen.entry(party.id).or_default();
        *before += 1;
        if *before > 1 {
            party.id = RegistrationId(id_from_key("import again", &party.id.to_string(), &before.to_string()));
        }
    }
}

/// Those who have places in the order of their dates; of those who wait, where the other system keeps their order, in that.
fn in_waiting_order(merged: &Merged) -> Vec<&OldParty> {
    let mut parties: Vec<&OldParty> = merged.parties.iter().collect();
    parties.sort_by_key(|party| party.created_at.map_or(i64::MAX, |at| at.0));
    let ordered =
        |party: &OldParty| party.status == headcount_core::event::Status::Waitlisted && party.position.is_some();
    for role in &merged.event.roles {
        let of_role = |party: &OldParty| ordered(party) && party.role.as_ref() == Some(&role.id);
        let places: Vec<usize> = (0..parties.len()).filter(|place| of_role(parties[*place])).collect();
        let mut waiting: Vec<&OldParty> = places.iter().map(|place| parties[*place]).collect();
        waiting.sort_by_key(|party| party.position);
        for (place, party) in places.into_iter().zip(waiting) {
            parties[place] = party;
        }
    }
    parties
}

/// The id that a role has here. One that was added here, to an event that is here already, is found by its name.
pub(crate) fn role_here(event: &OldEvent, role: &OldRole, known: Option<&EventView>) -> RoleId {
    let id = event.role_id(role);
    let has_id = |view: &EventView| view.roles.iter().any(|here| here.id == id);
    let Some(view) = known.filter(|view| !has_id(view)) else { return id };
    let is_another = |here: &RoleView| event.roles.iter().any(|other| event.role_id(other) == here.id);
    let has_name = |here: &&RoleView| !is_another(here) && Role::name_key(&here.name) == Role::name_key(&role.name);
    view.roles.iter().find(has_name).map_or(id, |here| here.id)
}

/// Tells of roles in which somebody is, and which the event here does not have.
pub(crate) fn missing_roles(merged: &Merged, view: &EventView, report: &mut Report) {
    for role in &merged.event.roles {
        let id = role_here(&merged.event, role, Some(view));
        let is_here = view.roles.iter().any(|here| here.id == id);
        let is_used = merged.parties.iter().any(|party| party.role.as_ref() == Some(&role.id));
        if !is_here && is_used {
            let why = format!("the event is here already, without the role {}: it cannot be taken over", role.name);
            report.problem(merged.event.place.problem(why));
        }
    }
}

/// The command that makes the event; none if it cannot be made, which is told.
fn create(merged: &Merged, one_per: OnePer, report: &mut Report) -> Option<CreateEvent> {
    let event = &merged.event;
    let base = match &event.settings {
        Some(settings) => read(settings, &event.place, report)?,
        None => EventSettings::usual(String::new()),
    };
    let largest = merged.parties.iter().map(|party| party.spots).max().unwrap_or(Spots::ONE);
    let slug = event.slug.clone().filter(|slug| is_slug(slug)).unwrap_or_else(|| slug_of(event));
    let settings = EventSettings {
        form: Form { slug, one_per, organization: OrganizationId::FIRST, teams: BTreeSet::new(), ..base.form },
        status: event.status,
        capacity: event.capacity,
        max_spots: base.max_spots.max(largest),
        roles_per_person: base.roles_per_person.max(most_roles(merged, one_per)),
        starts_at: event.starts_at,
        ends_at: event.ends_at,
        ..base
    };
    let metadata = metadata(&event.metadata, limits::TEXT_BYTES_MAX, &event.place, report);
    let texts = EventTexts {
        title: event.title.clone(),
        description: event.description.clone(),
        location: event.location.clone(),
        contact: event.contact.clone(),
        timezone: event.timezone.clone(),
        metadata: metadata.unwrap_or_else(|| "{}".to_owned()),
    };
    let roles = (0..).zip(&event.roles).map(|(order, role)| {
        let base = match &role.settings {
            Some(settings) => read(settings, &event.place, report)?,
            None => {
                RoleSettings { capacity: None, starts_at: None, ends_at: None, order, min_needed: 0, closed: false }
            }
        };
        let (capacity, starts_at, ends_at) = (role.capacity, role.starts_at, role.ends_at);
        let settings = RoleSettings { capacity, starts_at, ends_at, ..base };
        let (name, description) = (role.name.clone(), role.description.clone());
        Some(NewRole { id: event.role_id(role), name, description, settings })
    });
    let roles = roles.collect::<Option<Vec<_>>>()?;
    Some(CreateEvent { settings, texts, roles })
}

fn read<T: DeserializeOwned>(settings: &Value, place: &Place, report: &mut Report) -> Option<T> {
    let read = serde_json::from_value(settings.clone());
    read.map_err(|error| report.problem(place.problem(format!("`headcount`: {error}")))).ok()
}

/// In how many roles the same person is at most.
fn most_roles(merged: &Merged, one_per: OnePer) -> u32 {
    let mut roles: BTreeMap<String, BTreeSet<&Option<String>>> = BTreeMap::new();
    for party in merged.parties.iter().filter(|party| party.status.is_active()) {
        roles.entry(super::merge::key(party, one_per)).or_default().insert(&party.role);
    }
    let most = roles.values().map(BTreeSet::len).max().unwrap_or(1);
    u32::try_from(most).unwrap_or(u32::MAX)
}

/// What a registration gets from where it is to be.
struct Entering {
    role: RoleId,
    one_per: OnePer,
    /// When it was made, if nobody knows.
    now: Millis,
}

/// The registration of one party; none if it cannot be made, which is told.
fn planned(
    event: &OldEvent,
    party: &OldParty,
    Entering { role, one_per, now }: Entering,
    secret: &Secret,
    report: &mut Report,
) -> Option<Party> {
    let id = event.party_id(party);
    let user = || party.user.as_ref().map(|user| format!("Person {user}"));
    let Some(name) = party.name.clone().or_else(|| party.email.clone()).or_else(user) else {
        report.problem(party.place.problem("`name` or `email` must be there"));
        return None;
    };
    let key = match &party.email {
        Some(email) if one_per == OnePer::EmailAndName => key_by_email_and_name(email, &name),
        Some(email) => key_by_email(email),
        None => key_by_entry(id),
    };
    let details = Details {
        name,
        email: party.email.clone(),
        phone: party.phone.clone(),
        notes: party.notes.clone(),
        special_requirements: party.special_requirements.clone(),
        staff_note: party.staff_note.clone(),
        metadata: metadata(&party.metadata, limits::METADATA_BYTES_MAX, &party.place, report),
        language: party.language.clone(),
    };
    if details.staff_note.as_ref().is_some_and(|note| note.len() > limits::TEXT_BYTES_MAX) {
        report.problem(party.place.problem(format!("the staff note has more than {} bytes", limits::TEXT_BYTES_MAX)));
    }
    Some(Party {
        id,
        role,
        person: secret.person(event.new_id(), key),
        spots: party.spots,
        status: party.status,
        created_at: party.created_at.unwrap_or(now),
        details,
    })
}

/// As text; what has no field here is left out where it is too large, which is told.
fn metadata(fields: &Map<String, Value>, most: usize, place: &Place, report: &mut Report) -> Option<String> {
    if fields.is_empty() {
        return None;
    }
    let text = Value::Object(fields.clone()).to_string();
    let others = |fields: &Map<String, Value>| {
        let import = fields.get("import").and_then(|import| import.get("other")).and_then(Value::as_object);
        import.map(|other| other.keys().cloned().collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty())
    };
    if text.len() <= most {
        if let Some(names) = others(fields) {
            report.difference(Kind::Kept, format!("{place}: in the metadata: {names}"));
        }
        return Some(text);
    }
    let mut fields = fields.clone();
    let names = others(&fields);
    if let Some(import) = fields.get_mut("import").and_then(Value::as_object_mut) {
        import.remove("other");
    }
    let text = Value::Object(fields).to_string();
    match names {
        Some(names) if text.len() <= most => {
            report.difference(Kind::Kept, format!("{place}: too large to be kept, so left out: {names}"));
            Some(text)
        }
        _ => {
            report.problem(place.problem(format!("`metadata` has more than {most} bytes")));
            None
        }
    }
}

fn is_slug(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= limits::SLUG_BYTES_MAX && text.split('-').all(is_word) && Uuid::try_parse(text).is_err()
}

/// Made of the title, and of the id, so that no two events want the same.
fn slug_of(event: &OldEvent) -> String {
    let end = event.new_id().0.simple().to_string();
    let words = event.title.to_lowercase();
    let words = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let start: String = words.collect::<Vec<_>>().join("-").chars().take(limits::SLUG_BYTES_MAX - 9).collect();
    format!("{}-{}", start.trim_matches('-'), &end[..8]).trim_start_matches('-').to_owned()
}
