//! The settings of an event as fields of the form, and the fields that were typed as what the API is asked. Fields are called
//! as the API calls them, so that what it says of one finds its place.

use headcount_core::event::{PhonePolicy, Visibility, WaitlistPolicy};
use serde_json::{Map, Value, json};

use super::times::{self, NoTime};
use crate::pages::answers::{Event, Role};
use crate::pages::console::answers::Managed;
use crate::pages::console::typed::Typed;

/// How a field is typed and sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A text; empty: none.
    Code,
    /// Empty: none.
    Number,
    Time,
    /// Ticked or not.
    Tick,
}

const OF_EVENT: [(&str, Kind); 22] = [
    ("title", Kind::Text),
    ("slug", Kind::Text),
    ("description", Kind::Text),
    ("location", Kind::Text),
    ("contact", Kind::Text),
    ("timezone", Kind::Text),
    ("starts_at", Kind::Time),
    ("ends_at", Kind::Time),
    ("opens_at", Kind::Time),
    ("closes_at", Kind::Time),
    ("capacity", Kind::Number),
    ("cancel_until", Kind::Time),
    ("promote_until", Kind::Time),
    ("max_spots", Kind::Number),
    ("roles_per_person", Kind::Number),
    ("one_per", Kind::Text),
    ("self_move", Kind::Tick),
    ("phone", Kind::Text),
    ("phone_region", Kind::Code),
    ("verify_minutes", Kind::Number),
    ("retention_days", Kind::Number),
    ("visibility", Kind::Text),
];

const OF_WAITLIST: [(&str, Kind); 3] = [("policy", Kind::Text), ("limit", Kind::Number), ("max_skips", Kind::Number)];

const OF_ROLE: [(&str, Kind); 7] = [
    ("name", Kind::Text),
    ("capacity", Kind::Number),
    ("description", Kind::Text),
    ("starts_at", Kind::Time),
    ("ends_at", Kind::Time),
    ("min_needed", Kind::Number),
    ("closed", Kind::Tick),
];

/// A field that is not what it should be: its name, and why.
pub(super) type Wrong = (String, NoTime);

/// The name of a field of the role in a row.
pub(super) fn of_row(row: usize, name: &str) -> String {
    format!("roles[{row}].{name}")
}

/// How many rows of roles the form has.
pub(super) fn rows(typed: &Typed) -> usize {
    typed.get("rows").parse::<usize>().unwrap_or_default().min(headcount_core::limits::ROLES_MAX)
}

/// The fields of an event as it is saved.
pub(super) fn saved(managed: &Managed) -> Typed {
    let event = &managed.event;
    let mut typed = Typed::default();
    let mut set = |name: &str, value: String| typed.0.push((name.to_owned(), value));
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    for (name, text) in [
        ("title", &event.title),
        ("slug", &event.slug),
        ("description", &event.description),
        ("location", &event.location),
        ("contact", &event.contact),
        ("timezone", &event.timezone),
        ("one_per", &managed.one_per),
    ] {
        set(name, text.clone());
    }
    for (name, time) in [
        ("starts_at", event.starts_at),
        ("ends_at", event.ends_at),
        ("opens_at", event.opens_at),
        ("closes_at", event.closes_at),
        ("cancel_until", managed.cancel_until),
        ("promote_until", managed.promote_until),
    ] {
        set(name, times::shown(time, &event.timezone));
    }
    set("capacity", number(event.places.capacity));
    set("max_spots", event.max_spots.to_string());
    set("roles_per_person", managed.roles_per_person.to_string());
    set("verify_minutes", number(event.verify_minutes));
    set("retention_days", number(event.retention_days));
    set("self_move", if event.self_move { "yes".to_owned() } else { String::new() });
    set("phone", phone(event.phone).to_owned());
    set("phone_region", managed.phone_region.clone().unwrap_or_default());
    set("organization", managed.event.organization_id.to_string());
    set("visibility", visibility(event.visibility).to_owned());
    set("waitlist.policy", policy(event.waitlist.policy).to_owned());
    set("waitlist.limit", number(event.waitlist.limit));
    set("waitlist.max_skips", event.waitlist.max_skips.to_string());
    set("revision", managed.revision.to_string());
    set("rows", event.roles.len().to_string());
    for team in &managed.teams {
        set("teams", team.to_string());
    }
    for (row, role) in event.roles.iter().enumerate() {
        set(&of_row(row, "id"), role.id.to_string());
        for (name, value) in saved_role(role, event) {
            set(&of_row(row, name), value);
        }
    }
    typed
}

fn saved_role(role: &Role, event: &Event) -> [(&'static str, String); 7] {
    [
        ("name", role.name.clone()),
        ("capacity", role.places.capacity.map(|capacity| capacity.to_string()).unwrap_or_default()),
        ("description", role.description.clone()),
        ("starts_at", times::shown(role.starts_at, &event.timezone)),
        ("ends_at", times::shown(role.ends_at, &event.timezone)),
        ("min_needed", role.min_needed.to_string()),
        ("closed", if role.closed { "yes".to_owned() } else { String::new() }),
    ]
}

/// The same settings for another event: all but what belongs to this one.
pub(super) fn copied(managed: &Managed) -> Typed {
    let mut typed = saved(managed);
    let is_own = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        ["slug", "revision", "id"].contains(&last) || last.ends_with("_at") || last.ends_with("_until")
    };
    typed.0.retain(|(name, _)| !is_own(name));
    typed
}

/// What the API is asked for a new event, and the row that each of its roles stands in.
pub(super) fn create(typed: &Typed) -> Result<(Value, Vec<usize>), Vec<Wrong>> {
    let zone = zone(typed);
    let mut wrong = Vec::new();
    let mut request = collect(&OF_EVENT, "", &zone, typed, None, &mut wrong);
    // What was left empty is as the API has it by itself.
    request.retain(|_, value| !value.is_null() && *value != json!(""));
    let waitlist = collect(&OF_WAITLIST, "waitlist.", &zone, typed, None, &mut wrong);
    request.insert("waitlist".to_owned(), without_nulls(waitlist));
    request.insert("teams".to_owned(), teams(typed));
    if !typed.get("organization").is_empty() {
        request.insert("organization".to_owned(), json!(typed.get("organization")));
    }
    let used: Vec<usize> = (0..rows(typed)).filter(|row| is_used(typed, *row)).collect();
    let roles: Vec<Value> = used.iter().map(|row| new_role(typed, *row, &zone, &mut wrong)).collect();
    if !roles.is_empty() {
        request.insert("roles".to_owned(), roles.into());
    }
    if wrong.is_empty() { Ok((Value::Object(request), used)) } else { Err(wrong) }
}

/// What has to be changed of the event itself; empty: nothing.
pub(super) fn changed(typed: &Typed, saved: &Typed, wrong: &mut Vec<Wrong>) -> Map<String, Value> {
    let zone = zone(typed);
    let mut request = collect(&OF_EVENT, "", &zone, typed, Some(saved), wrong);
    let waitlist = collect(&OF_WAITLIST, "waitlist.", &zone, typed, Some(saved), wrong);
    if !waitlist.is_empty() {
        request.insert("waitlist".to_owned(), Value::Object(waitlist));
    }
    // The form shows teams only where there are any.
    if typed.has("has_teams") && teams(typed) != teams(saved) {
        request.insert("teams".to_owned(), teams(typed));
    }
    request
}

/// What has to be changed of the role in a row, whose saved fields stand in another row; empty: nothing.
pub(super) fn changed_role(
    typed: &Typed,
    row: usize,
    (saved, saved_row): (&Typed, usize),
    wrong: &mut Vec<Wrong>,
) -> Map<String, Value> {
    let mut before = Typed::default();
    for (name, _) in OF_ROLE {
        before.set(&of_row(row, name), saved.get(&of_row(saved_row, name)));
    }
    before.set("timezone", saved.get("timezone"));
    collect(&OF_ROLE, &of_row(row, ""), &zone(typed), typed, Some(&before), wrong)
}

/// What the API is asked for a new role.
pub(super) fn new_role(typed: &Typed, row: usize, zone: &str, wrong: &mut Vec<Wrong>) -> Value {
    let role = collect(&OF_ROLE, &of_row(row, ""), zone, typed, None, wrong);
    let mut role = without_nulls(role);
    // A name that lacks is told as one.
    if role["name"] == json!("") {
        role["name"] = Value::Null;
    }
    role
}

/// Whether anything was typed into a row.
pub(super) fn is_used(typed: &Typed, row: usize) -> bool {
    ["id", "name", "capacity", "description", "starts_at", "ends_at"]
        .iter()
        .any(|name| !typed.get(&of_row(row, name)).trim().is_empty())
}

/// The time zone that times are typed in.
pub(super) fn zone(typed: &Typed) -> String {
    let zone = typed.get("timezone").trim();
    if zone.is_empty() { "UTC".to_owned() } else { zone.to_owned() }
}

/// The fields under their names of the API; only those that are not as `before`, if that is given.
fn collect(
    fields: &[(&str, Kind)],
    prefix: &str,
    zone: &str,
    typed: &Typed,
    before: Option<&Typed>,
    wrong: &mut Vec<Wrong>,
) -> Map<String, Value> {
    let same_zone = before.is_none_or(|before| before.get("timezone") == zone);
    let mut request = Map::new();
    for (name, kind) in fields {
        let field = format!("{prefix}{name}");
        let text = typed.get(&field);
        let is_same = before.is_some_and(|before| normal(before.get(&field), *kind) == normal(text, *kind));
        // The same time in another zone is another time.
        if is_same && (same_zone || *kind != Kind::Time || text.trim().is_empty()) {
            continue;
        }
        let value = match kind {
            Kind::Text => json!(text.trim()),
            Kind::Code => typed.text(&field),
            Kind::Number => typed.number(&field),
            Kind::Tick => json!(text == "yes"),
            Kind::Time if text.trim().is_empty() => Value::Null,
            Kind::Time => match times::read(text, zone) {
                Ok(time) => json!(time.rfc3339()),
                Err(why) => {
                    wrong.push((field, why));
                    continue;
                }
            },
        };
        request.insert((*name).to_owned(), value);
    }
    request
}

/// A field, so that what means the same is the same: browsers send other line ends than were saved.
fn normal(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Tick => (text == "yes").to_string(),
        _ => text.trim().replace("\r\n", "\n"),
    }
}

fn without_nulls(mut object: Map<String, Value>) -> Value {
    object.retain(|_, value| !value.is_null());
    Value::Object(object)
}

fn teams(typed: &Typed) -> Value {
    let mut teams: Vec<&str> = typed.all("teams").collect();
    teams.sort_unstable();
    json!(teams)
}

fn phone(phone: PhonePolicy) -> &'static str {
    match phone {
        PhonePolicy::Hidden => "hidden",
        PhonePolicy::Optional => "optional",
        PhonePolicy::Required => "required",
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Team => "team",
    }
}

fn policy(policy: WaitlistPolicy) -> &'static str {
    match policy {
        WaitlistPolicy::Off => "off",
        WaitlistPolicy::Strict => "strict",
        WaitlistPolicy::FillGaps => "fill_gaps",
    }
}
