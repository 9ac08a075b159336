//! `headcount export`: the way back. Writes events and registrations in the layouts that `import` reads.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use headcount_core::event::{Registration, Status};
use headcount_core::ids::{Millis, RegistrationId, RoleId};
use headcount_core::view::{EventView, RoleView};
use serde_json::{Map, Value, json};

use super::moving::held;
use super::moving::old::{Kind, old_id};
use super::print;
use crate::server;
use crate::store::Database;
use crate::verify::counted;

/// How to export.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// How what is written is laid out.
    #[arg(long, value_enum)]
    layout: Layout,
    /// The folder to write to; it is made, and no file in it is overwritten.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// How what is written is laid out.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Layout {
    /// events.json: who signed up stands in the roles, as `currentSignups`.
    Signups,
    /// events.json and registrations.json.
    Registrations,
    /// Event.csv and Registration.csv.
    Csv,
}

const EVENT_COLUMNS: [&str; 15] = [
    "id",
    "title",
    "slug",
    "description",
    "location",
    "contact",
    "timezone",
    "status",
    "startsAt",
    "endsAt",
    "capacity",
    "spotsReserved",
    "roles",
    "metadata",
    "headcount",
];
const REGISTRATION_COLUMNS: [&str; 15] = [
    "id",
    "eventId",
    "role",
    "name",
    "email",
    "phone",
    "spotsCount",
    "status",
    "registrationDate",
    "waitlistPosition",
    "notes",
    "specialRequirements",
    "staffNote",
    "language",
    "metadata",
];

/// What has no place in any layout.
#[derive(Default)]
struct Lost {
    held: u64,
    checked_in: u64,
}

/// Writes all events and registrations.
///
/// # Errors
/// If the database cannot be read, or a file cannot be written or is there already.
pub async fn run(database: Database, args: ExportArgs) -> anyhow::Result<ExitCode> {
    let readers = server::open_readers(&database).await?;
    DirBuilder::new().recursive(true).mode(0o700).create(&args.out).context("the folder cannot be made")?;
    let (mut events, mut registrations, mut lost) = (Vec::new(), Vec::new(), Lost::default());
    for view in held::events(&readers).await? {
        let parties = held::registrations(&readers, view.id).await?;
        let positions = positions(&parties);
        let mut event = event(&view);
        let event_id = event["_id"].clone();
        let mut by_role: BTreeMap<RoleId, Vec<Value>> = BTreeMap::new();
        for one in &parties {
            lost.held += u64::from(one.status == Status::Held);
            lost.checked_in += u64::from(one.checked_in);
            let mut written = registration(one, positions.get(&one.id).copied());
            if args.layout == Layout::Signups {
                by_role.entry(one.role).or_default().push(Value::Object(written));
            } else {
                let role = view.roles.iter().find(|role| role.id == one.role);
                written.insert("role".to_owned(), json!(role.map(|role| &role.name)));
                written.insert("eventId".to_owned(), event_id.clone());
                registrations.push(written);
            }
        }
        event.insert("roles".to_owned(), view.roles.iter().map(|one| role(one, args.layout, &mut by_role)).collect());
        events.push(event);
    }
    drop(readers);
    let (event_count, registration_count) = (events.len(), registrations.len());
    match args.layout {
        Layout::Signups => write_json(&args.out, "events.json", &events)?,
        Layout::Registrations => {
            write_json(&args.out, "events.json", &events)?;
            write_json(&args.out, "registrations.json", &registrations)?;
        }
        Layout::Csv => {
            write_csv(&args.out, "Event.csv", &EVENT_COLUMNS, events)?;
            write_csv(&args.out, "Registration.csv", &REGISTRATION_COLUMNS, registrations)?;
        }
    }
    print(&format!("{} in {}", counted(event_count as u64, "event"), args.out.display()))?;
    if args.layout != Layout::Signups {
        print(&counted(registration_count as u64, "registration"))?;
    }
    lost.tell()?;
    Ok(ExitCode::SUCCESS)
}

impl Lost {
    fn tell(&self) -> anyhow::Result<()> {
        if self.held > 0 {
            let held = counted(self.held, "registration");
            print(&format!("{held} whose e-mail is not verified yet: written as confirmed"))?;
        }
        if self.checked_in > 0 {
            print(&format!("{} checked in: not written", counted(self.checked_in, "person")))?;
        }
        Ok(())
    }
}

/// Their places among those who wait in the same role.
fn positions(parties: &[Registration]) -> BTreeMap<RegistrationId, u64> {
    let mut waiting: Vec<&Registration> = parties.iter().filter(|one| one.status == Status::Waitlisted).collect();
    waiting.sort_by_key(|one| one.wait_seq);
    let mut last: BTreeMap<RoleId, u64> = BTreeMap::new();
    let next = |one: &Registration| {
        let last = last.entry(one.role).or_default();
        *last += 1;
        (one.id, *last)
    };
    waiting.into_iter().map(next).collect()
}

fn event(view: &EventView) -> Map<String, Value> {
    let (settings, texts) = (&view.settings, &view.texts);
    let metadata: Value = serde_json::from_str(&texts.metadata).unwrap_or_default();
    object(json!({
        "_id": old_id(Kind::Event, view.id.0, &metadata),
        "title": texts.title,
        "slug": settings.form.slug,
        "description": texts.description,
        "location": texts.location,
        "contact": texts.contact,
        "timezone": texts.timezone,
        "status": settings.status,
        "startsAt": time(settings.starts_at),
        "endsAt": time(settings.ends_at),
        "capacity": settings.capacity,
        "spotsReserved": view.availability.reserved,
        "metadata": metadata,
        "headcount": settings,
    }))
}

fn role(view: &RoleView, layout: Layout, by_role: &mut BTreeMap<RoleId, Vec<Value>>) -> Value {
    let settings = &view.settings;
    let mut role = object(json!({
        "_id": view.id,
        "name": view.name,
        "description": view.description,
        "capacity": settings.capacity,
        "startsAt": time(settings.starts_at),
        "endsAt": time(settings.ends_at),
        "headcount": settings,
    }));
    if layout == Layout::Signups {
        role.insert("currentSignups".to_owned(), by_role.remove(&view.id).unwrap_or_default().into());
    }
    Value::Object(role)
}

fn registration(one: &Registration, position: Option<u64>) -> Map<String, Value> {
    let details = &one.details;
    let metadata: Option<Value> = details.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let status = if one.status == Status::Held { Status::Confirmed } else { one.status };
    object(json!({
        "_id": old_id(Kind::Registration, one.id.0, metadata.as_ref().unwrap_or(&Value::Null)),
        "name": details.name,
        "email": details.email,
        "phone": details.phone,
        "spotsCount": one.spots,
        "status": status,
        "registrationDate": time(Some(one.created_at)),
        "waitlistPosition": position,
        "notes": details.notes,
        "specialRequirements": details.special_requirements,
        "staffNote": details.staff_note,
        "language": details.language,
        "metadata": metadata,
    }))
}

/// Its fields but those that are null.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

fn time(at: Option<Millis>) -> Option<String> {
    at.and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok()).map(|at| at.to_string())
}

/// Readable by its owner only: it is full of people.
fn create(folder: &Path, name: &str) -> anyhow::Result<BufWriter<File>> {
    let path = folder.join(name);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.map(BufWriter::new).with_context(|| format!("{} cannot be made", path.display()))
}

/// An array with one document a line.
fn write_json(folder: &Path, name: &str, documents: &[Map<String, Value>]) -> anyhow::Result<()> {
    let mut file = create(folder, name)?;
    file.write_all(b"[")?;
    for (number, document) in documents.iter().enumerate() {
        file.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut file, document)?;
    }
    file.write_all(b"\n]\n")?;
    Ok(file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
}

fn write_csv(
    folder: &Path,
    name: &str,
    columns: &[&'static str],
    documents: Vec<Map<String, Value>>,
) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(create(folder, name)?);
    table.write_record(columns)?;
    for document in documents {
        let cell = |column: &&str| match document.get(if *column == "id" { "_id" } else { *column }) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        table.write_record(columns.iter().map(cell))?;
    }
    let file = table.into_inner().map_err(|error| error.into_error())?;
    Ok(file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
}
