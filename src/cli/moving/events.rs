//! Events as other systems write them, with or without lists of who signed up.

use std::collections::BTreeSet;

use headcount_core::event::{EventStatus, Role, Status};
use headcount_core::limits;
use serde_json::{Map, Value};

use super::document::{Fields, event_status_of};
use super::old::{OldEvent, OldParty, OldRole, Reading};
use super::parties::{Entry, entry, origin};
use super::source::{Document, Problem};
use crate::given;

const ID: &[&str] = &["_id", "id"];
const TITLE: &[&str] = &["title", "name"];
const CAPACITY: &[&str] = &["capacity", "maxParticipants", "max_participants", "maxSpots", "max_spots", "totalSpots"];
const STARTS: &[&str] =
    &["startsAt", "starts_at", "startDate", "start_date", "startTime", "start_time", "start", "date"];
const ENDS: &[&str] = &["endsAt", "ends_at", "endDate", "end_date", "endTime", "end_time", "end"];
/// Lists of an event or of a role, with the status of those who stand in it.
const LISTS: [(&str, Status); 3] = [
    ("currentSignups", Status::Confirmed),
    ("accepted_staff", Status::Confirmed),
    ("declined_staff", Status::Declined),
];
/// The role of an event that has none.
pub(crate) const PARTICIPANT: &str = "Participant";

/// Whether a document looks like an event.
pub(crate) fn is_event(fields: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    let is_one = ["title", "roles", "spotsReserved"];
    has(&is_one) || has(&LISTS.map(|(name, _)| name)) || has(TITLE) && (has(CAPACITY) || has(STARTS) || has(ENDS))
}

/// Reads an event; none if it cannot be read, which is told.
pub(crate) fn event(document: Document, reading: &Reading, problems: &mut Vec<Problem>) -> Option<OldEvent> {
    let problems_before = problems.len();
    let Document { place, fields } = document;
    let mut fields = Fields::new(place.clone(), fields, problems);
    let (Some(id), Some(title)) = (fields.id(ID), fields.checked(TITLE, given::name)) else {
        if fields.problems.len() == problems_before {
            fields.wrong("_id", "and `title` must be there");
        }
        return None;
    };
    let mut parts = Parts { reading, signups: None, has_declined: false, roles: Vec::new(), kept: Map::new() };
    parts.take_lists(&mut fields, None);
    let roles = fields.list(&["roles"]).map_or(Vec::new(), |(_, roles)| roles);
    for (number, value) in roles.into_iter().enumerate() {
        parts.take_role(number, value, &mut fields);
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = parts.roles.iter().find(|role| !names.insert(Role::name_key(&role.name))) {
        let why = format!("holds the name {} twice", twice.name);
        fields.wrong("roles", &why);
    }
    let metadata = fields.object(&["metadata"]).unwrap_or_default();
    let mut event = OldEvent {
        slug: fields.text(&["slug"]),
        description: fields.text(&["description"]).unwrap_or_default(),
        location: fields.text(&["location", "place", "venue"]).unwrap_or_default(),
        contact: fields.text(&["contact"]).unwrap_or_default(),
        timezone: fields.checked(&["timezone", "timeZone"], zone).unwrap_or_else(|| "UTC".to_owned()),
        status: fields.checked(&["status"], status).unwrap_or(EventStatus::Draft),
        starts_at: fields.time(STARTS),
        ends_at: fields.time(ENDS),
        capacity: fields.number(CAPACITY, 0, limits::CAPACITY_MAX),
        reserved: fields.number(&["spotsReserved", "spots_reserved"], 0, u32::MAX).map(u64::from),
        settings: fields.object(&["headcount"]).map(Value::Object),
        place,
        id,
        title,
        roles: parts.roles,
        metadata: Map::new(),
        signups: parts.signups,
        has_declined: parts.has_declined,
    };
    let is_readable = fields.problems.len() == problems_before;
    let mut rest = fields.rest();
    rest.extend(parts.kept);
    event.metadata = origin(metadata, Some(&event.id), None, rest);
    is_readable.then_some(event)
}

/// What an event is made of, while it is read.
struct Parts<'a> {
    reading: &'a Reading,
    signups: Option<Vec<OldParty>>,
    has_declined: bool,
    roles: Vec<OldRole>,
    /// Fields of roles that have no place here.
    kept: Map<String, Value>,
}

impl Parts<'_> {
    /// The lists of an event, or of one of its roles.
    fn take_lists(&mut self, fields: &mut Fields<'_>, role: Option<&str>) {
        for (name, status) in LISTS {
            let Some((_, entries)) = fields.list(&[name]) else { continue };
            self.has_declined |= status == Status::Declined;
            let signups = self.signups.get_or_insert_default();
            for (number, value) in entries.into_iter().enumerate() {
                let place = fields.place.within(format!("{name}[{number}]"));
                let at = Entry { place, status: Some(status) };
                let party = entry(at, value, self.reading, fields.problems);
                let in_role =
                    |party: OldParty| OldParty { role: role.map(str::to_owned).or(party.role.clone()), ..party };
                signups.extend(party.map(in_role));
            }
        }
    }

    /// Reads a role, which is a name or an object.
    fn take_role(&mut self, number: usize, value: Value, event: &mut Fields<'_>) {
        let place = event.place.within(format!("roles[{number}]"));
        let inner = match value {
            Value::String(name) => Map::from_iter([("name".to_owned(), Value::String(name))]),
            Value::Object(inner) => inner,
            other => return event.problems.push(place.problem(format!("must be a role, not {other}"))),
        };
        let mut fields = Fields::new(place, inner, event.problems);
        let id = fields.id(&["_id", "id", "roleId"]);
        let Some(name) = fields.checked(&["name", "title", "role"], given::name) else {
            return fields.wrong("name", "must be there, and be a name");
        };
        let id = id.unwrap_or_else(|| Role::name_key(&name));
        self.take_lists(&mut fields, Some(&id));
        self.roles.push(OldRole {
            description: fields.text(&["description"]).unwrap_or_default(),
            capacity: fields.number(CAPACITY, 0, limits::CAPACITY_MAX),
            starts_at: fields.time(STARTS),
            ends_at: fields.time(ENDS),
            settings: fields.object(&["headcount"]).map(Value::Object),
            id,
            name,
        });
        let rest = fields.rest();
        if !rest.is_empty() {
            self.kept.insert(format!("roles[{number}]"), Value::Object(rest));
        }
    }
}

fn status(word: &str) -> Result<EventStatus, String> {
    event_status_of(word)
        .ok_or_else(|| format!("is the unknown word `{word}`: use draft, published, closed or cancelled"))
}

fn zone(name: &str) -> Result<String, &'static str> {
    let zone = jiff::tz::TimeZone::get(name).ok();
    zone.as_ref().and_then(jiff::tz::TimeZone::iana_name).map(str::to_owned).ok_or("is no time zone of IANA")
}
