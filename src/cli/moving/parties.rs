//! Registrations as other systems write them: documents of their own, entries in a list of an event, or bare ids.

use headcount_core::event::Status;
use headcount_core::ids::{Millis, Spots};
use headcount_core::limits;
use phonenumber::{Mode, PhoneNumber};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::document::{Fields, status_of};
use super::old::{OldParty, Reading};
use super::source::{Place, Problem};
use crate::given;
use crate::words::Language;

/// What names the event of a registration.
pub(crate) const EVENT: &[&str] = &["eventId", "event_id", "event"];
const ID: &[&str] = &["_id", "id", "registrationId", "registration_id"];
const USER: &[&str] = &["userId", "user_id", "user", "staffId", "staff_id"];
const NAME: &[&str] = &["name", "fullName", "full_name", "userName", "user_name", "participantName"];
const EMAIL: &[&str] = &["email", "userEmail", "user_email", "mail"];
const PHONE: &[&str] = &["phone", "phoneNumber", "phone_number", "tel"];
const ROLE: &[&str] = &["roleId", "role_id", "role", "roleName", "role_name"];
const SPOTS: &[&str] = &["spotsCount", "spots_count", "spots", "partySize", "party_size"];
const STATUS: &[&str] = &["status", "state", "response"];
const SIGNED_UP: &[&str] = &[
    "registrationDate",
    "registration_date",
    "registeredAt",
    "registered_at",
    "signedUpAt",
    "signed_up_at",
    "signupDate",
    "createdAt",
    "created_at",
    "timestamp",
    "date",
];
const POSITION: &[&str] = &["waitlistPosition", "waitlist_position", "position"];
const SPECIAL: &[&str] = &["specialRequirements", "special_requirements", "requirements"];
const AUDIT: &[&str] = &["audit", "auditLog", "audit_log", "history"];

/// Where somebody stands, and as what.
pub(crate) struct Entry {
    pub(crate) place: Place,
    /// The status of whoever has none; none: each must have one.
    pub(crate) status: Option<Status>,
}

/// Reads an entry; none if it cannot be read, which is told.
pub(crate) fn entry(at: Entry, value: Value, reading: &Reading, problems: &mut Vec<Problem>) -> Option<OldParty> {
    match value {
        Value::Object(fields) => party(at, fields, reading, problems),
        Value::String(user) if !user.trim().is_empty() => bare(at, user.trim().to_owned()),
        Value::Number(user) => bare(at, user.to_string()),
        other => {
            problems.push(at.place.problem(format!("must be an object or an id, not {other}")));
            None
        }
    }
}

/// Somebody of whom only an id is known.
fn bare(at: Entry, user: String) -> Option<OldParty> {
    let mut problems = Vec::new();
    let fields = Map::from_iter([("userId".to_owned(), Value::String(user))]);
    party(at, fields, &Reading::default(), &mut problems)
}

/// Reads a registration; none if it cannot be read, which is told.
pub(crate) fn party(
    at: Entry,
    fields: Map<String, Value>,
    reading: &Reading,
    problems: &mut Vec<Problem>,
) -> Option<OldParty> {
    let problems_before = problems.len();
    let mut fields = Fields::new(at.place.clone(), fields, problems);
    let user = user(&mut fields);
    let id = fields.id(ID);
    let metadata = fields.object(&["metadata"]).unwrap_or_default();
    let party = OldParty {
        role: role(&mut fields),
        name: fields.checked(NAME, given::name).or(user.name).or_else(|| both_names(&mut fields)),
        email: fields.checked(EMAIL, given::email).or(user.email),
        spots: fields.number(SPOTS, 1, limits::SPOTS_MAX).and_then(|spots| spots.try_into().ok()).unwrap_or(Spots::ONE),
        status: status(&mut fields, at.status, reading)?,
        created_at: fields.time(SIGNED_UP).or_else(|| made_at(id.as_deref()?)),
        position: fields.number(POSITION, 0, u32::MAX),
        notes: fields.text(&["notes", "note", "comment"]),
        special_requirements: fields.text(SPECIAL),
        language: fields.checked(&["language"], language),
        staff_note: fields.text(&["staffNote", "staff_note", "adminNotes", "admin_notes"]),
        place: at.place,
        user: user.id,
        phone: None,
        metadata: Map::new(),
        id,
    };
    let party = phone(party, &mut fields, reading);
    let party = history(party, &mut fields);
    let is_readable = fields.problems.len() == problems_before;
    let metadata = origin(metadata, party.id.as_deref(), party.user.as_deref(), fields.rest());
    is_readable.then_some(OldParty { metadata, ..party })
}

#[derive(Default)]
struct User {
    id: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

/// An id, or the person as an object.
fn user(fields: &mut Fields<'_>) -> User {
    let Some((name, value)) = fields.take(USER) else { return User::default() };
    match value {
        Value::Object(inner) => {
            let mut inner = Fields::new(fields.place.within(name), inner, fields.problems);
            let (id, email) = (inner.id(&["_id", "id"]), inner.checked(EMAIL, given::email));
            User { id, email, name: inner.checked(NAME, given::name) }
        }
        Value::String(id) => User { id: Some(id), ..User::default() },
        Value::Number(id) => User { id: Some(id.to_string()), ..User::default() },
        other => {
            fields.wrong(name, &format!("must be an id or an object, not {other}"));
            User::default()
        }
    }
}

fn both_names(fields: &mut Fields<'_>) -> Option<String> {
    let (first, last) = (fields.text(&["firstName", "first_name"]), fields.text(&["lastName", "last_name"]));
    let both = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!both.is_empty()).then_some(both).and_then(|both| match given::name(&both) {
        Ok(name) => Some(name),
        Err(why) => {
            fields.wrong("firstName", &why);
            None
        }
    })
}

/// An id, a name, or the role as an object.
fn role(fields: &mut Fields<'_>) -> Option<String> {
    let (name, value) = fields.take(ROLE)?;
    let of_object = |inner: &Map<String, Value>| {
        let named = ["_id", "id", "name"].iter().find_map(|name| inner.get(*name)?.as_str());
        named.map(str::to_owned)
    };
    let role = match &value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(inner) => of_object(inner),
        _ => None,
    };
    if role.is_none() {
        fields.wrong(name, &format!("must be the id or name of a role, not {value}"));
    }
    role
}

fn status(fields: &mut Fields<'_>, default: Option<Status>, reading: &Reading) -> Option<Status> {
    let Some(word) = fields.text(STATUS) else {
        if default.is_none() {
            fields.wrong("status", "is missing");
        }
        return default;
    };
    let said = reading.statuses.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word)).map(|(_, status)| *status);
    let status = said.or_else(|| status_of(&word));
    if status.is_none() {
        fields.wrong(
            "status",
            &format!("is the unknown word `{word}`: say what it means with --status {word}=waitlisted"),
        );
    }
    status
}

fn language(text: &str) -> Result<String, String> {
    Language::tagged(text).map(|language| language.tag().to_owned()).ok_or_else(|| "is not known here".to_owned())
}

/// When an ObjectId was made: its first four bytes are seconds.
fn made_at(id: &str) -> Option<Millis> {
    let is_one = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let seconds = is_one.then(|| i64::from_str_radix(&id[..8], 16).ok())??;
    Some(Millis(seconds * 1_000))
}

/// A number that is none stays readable for staff.
fn phone(party: OldParty, fields: &mut Fields<'_>, reading: &Reading) -> OldParty {
    let Some(text) = fields.text(PHONE) else { return party };
    let number = phonenumber::parse(reading.region, &text).ok().filter(PhoneNumber::is_valid);
    match number.filter(|number| number.extension().is_none()) {
        Some(number) => OldParty { phone: Some(number.format().mode(Mode::E164).to_string()), ..party },
        None => OldParty { staff_note: noted(party.staff_note, &format!("Phone, as it was given: {text}")), ..party },
    }
}

/// What the other system noted of it, a line each, for staff.
fn history(party: OldParty, fields: &mut Fields<'_>) -> OldParty {
    let Some((name, entries)) = fields.list(AUDIT) else { return party };
    let lines: Vec<String> = entries.iter().map(line).collect();
    let note = noted(party.staff_note.clone(), &lines.join("\n"));
    if note.as_ref().is_some_and(|note| note.len() > limits::TEXT_BYTES_MAX) {
        fields.wrong(name, &format!("must be at most {} bytes long with the staff note", limits::TEXT_BYTES_MAX));
        return party;
    }
    OldParty { staff_note: note, ..party }
}

fn line(entry: &Value) -> String {
    match entry {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            fields.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A note with a further paragraph.
pub(crate) fn noted(note: Option<String>, more: &str) -> Option<String> {
    let more = Some(more.to_owned()).filter(|more| !more.is_empty());
    match (note, more) {
        (Some(note), Some(more)) => Some(format!("{note}\n{more}")),
        (note, more) => note.or(more),
    }
}

/// Where it came from, beside what was known already: the ids there, and what has no field here. A UUID is its id here, too.
pub(crate) fn origin(
    mut metadata: Map<String, Value>,
    id: Option<&str>,
    user: Option<&str>,
    rest: Map<String, Value>,
) -> Map<String, Value> {
    let mut origin = Map::new();
    let id = id.filter(|id| Uuid::try_parse(id).is_err());
    for (name, value) in [("id", id), ("user", user)] {
        origin.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    if !rest.is_empty() {
        origin.insert("other".to_owned(), Value::Object(rest));
    }
    if !origin.is_empty() && !metadata.contains_key("import") {
        metadata.insert("import".to_owned(), Value::Object(origin));
    }
    metadata
}
