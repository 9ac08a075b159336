//! What `import`, `compare` and `export` share: other systems' files, read and made one list.
//!
//! `source` and `extended` read files, `document` takes fields out of a document, `events` and `parties` make of them what
//! `old` describes, `merge` makes one list of two, `plan` says what is to be asked, `held` reads what is here,
//! `pairing` finds who is who on both sides, `report` holds what is to be told.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use headcount_core::event::Status;
use phonenumber::country;
use serde_json::Value;

use self::document::{Fields, status_of};
use self::merge::{Merged, OfEvent, Prefer};
use self::old::{OldEvent, Reading};
use self::parties::{EVENT, Entry};
use self::report::Report;
use self::source::Document;

mod document;
mod events;
mod extended;
pub(crate) mod held;
pub(crate) mod merge;
pub(crate) mod old;
pub(crate) mod pairing;
mod parties;
pub(crate) mod plan;
pub(crate) mod report;
mod source;

/// Files of another system.
#[derive(Args, Clone, Debug)]
pub(crate) struct FilesArgs {
    /// Dumps of events or registrations, as JSON (an array, or one document a line; MongoDB's extended JSON too) or as a
    /// table whose name ends with .csv. Which it is, is seen by the documents.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The same.
    #[arg(long = "dump", value_name = "FILE", num_args = 1..)]
    dumps: Vec<PathBuf>,
    /// A dump of events.
    #[arg(long = "events", value_name = "FILE")]
    events: Vec<PathBuf>,
    /// A dump of registrations.
    #[arg(long = "registrations", value_name = "FILE")]
    registrations: Vec<PathBuf>,
    /// What a further word for the status of a registration means, such as pending=waitlisted.
    #[arg(long = "status", value_name = "WORD=STATUS", value_parser = meaning)]
    statuses: Vec<(String, Status)>,
    /// The country, by its two letters, whose phone numbers are written without a country code.
    #[arg(long, value_parser = region)]
    phone_region: Option<country::Id>,
}

fn meaning(text: &str) -> Result<(String, Status), String> {
    let (word, status) = text.split_once('=').ok_or("must be WORD=STATUS, such as pending=waitlisted")?;
    let status = status_of(status).ok_or("the status must be confirmed, waitlisted, declined, cancelled or removed")?;
    Ok((word.to_owned(), status))
}

fn region(text: &str) -> Result<country::Id, String> {
    text.to_ascii_uppercase().parse().map_err(|_| "must be a country of two letters, such as DE".to_owned())
}

/// What a document is.
#[derive(Clone, Copy)]
enum Is {
    Event,
    Registration,
    /// Whatever it looks like.
    Seen,
}

impl FilesArgs {
    /// Reads all files and makes one list of them.
    ///
    /// # Errors
    /// If no file of events is named. What is wrong in a file stands in the report.
    pub(crate) fn read(&self, prefer: Prefer, report: &mut Report) -> anyhow::Result<Vec<Merged>> {
        let reading = Reading { statuses: self.statuses.clone(), region: self.phone_region };
        let mut lists = Lists { reading, events: Vec::new(), registrations: None };
        let named = [
            (&self.events, Is::Event),
            (&self.registrations, Is::Registration),
            (&self.files, Is::Seen),
            (&self.dumps, Is::Seen),
        ];
        let files: Vec<_> =
            named.into_iter().flat_map(|(files, is)| files.iter().map(move |file| (file, is))).collect();
        if files.is_empty() {
            bail!("name the files to be read");
        }
        for (file, is) in files {
            match source::read(file) {
                Ok(documents) => lists.add(documents, is, report),
                Err(problems) => problems.into_iter().for_each(|problem| report.problem(problem)),
            }
        }
        if lists.events.is_empty() && report.problems.is_empty() {
            bail!("there is no event in these files: registrations need the events they belong to");
        }
        Ok(merge::merge(lists.events, lists.registrations, prefer, report))
    }
}

struct Lists {
    reading: Reading,
    events: Vec<OldEvent>,
    registrations: Option<Vec<OfEvent>>,
}

impl Lists {
    fn add(&mut self, documents: Vec<Document>, is: Is, report: &mut Report) {
        if matches!(is, Is::Registration) {
            self.registrations.get_or_insert_default();
        }
        for document in documents {
            let names_event = EVENT.iter().any(|name| document.fields.contains_key(*name));
            match is {
                Is::Event => self.events.extend(events::event(document, &self.reading, &mut report.problems)),
                Is::Registration => self.add_registration(document, report),
                Is::Seen if names_event => self.add_registration(document, report),
                Is::Seen if events::is_event(&document.fields) => {
                    self.events.extend(events::event(document, &self.reading, &mut report.problems));
                }
                Is::Seen => {
                    let why = "is neither an event (with `title` or `roles`) nor a registration (with `eventId`): say \
                               what the file holds with --events or --registrations";
                    report.problem(document.place.problem(why));
                }
            }
        }
    }

    fn add_registration(&mut self, Document { place, fields }: Document, report: &mut Report) {
        let mut fields = Fields::new(place.clone(), fields, &mut report.problems);
        let event = match fields.take(EVENT) {
            Some((_, Value::String(id))) => Some(id),
            Some((_, Value::Number(id))) => Some(id.to_string()),
            Some((_, Value::Object(event))) => {
                ["_id", "id"].iter().find_map(|name| event.get(*name)?.as_str()).map(str::to_owned)
            }
            _ => None,
        };
        let Some(event) = event else { return fields.wrong("eventId", "must be there, and be an id") };
        let at = Entry { place, status: None };
        let fields = fields.rest();
        let party = parties::party(at, fields, &self.reading, &mut report.problems);
        self.registrations.get_or_insert_default().extend(party.map(|party| (event, party)));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use headcount_core::command::{Action, Actor, IfBelow, Import};
    use headcount_core::ids::Millis;
    use headcount_simulation::build::by;
    use headcount_simulation::memory::Memory;
    use headcount_simulation::spoil::try_all;

    use super::*;
    use crate::secret::Secret;

    const DUMPS: [&str; 5] = [
        r#"[{"_id": {"$oid": "65f0c0ffee65f0c0ffee65f0"}, "title": "Fair", "date": {"$date": "2037-05-05T18:00:00Z"},
            "roles": [{"_id": "r1", "name": "Cook", "capacity": {"$numberInt": "2"}, "currentSignups": [
                {"userId": "u1", "name": "Ann", "email": "ann@example.org", "signupDate": {"$date": {"$numberLong": "1714557600000"}}},
                {"name": "Ben", "email": "ben@example.org", "status": "confirmed", "notes": "no nuts"}]}]},
           {"eventId": "65f0c0ffee65f0c0ffee65f0", "role": "Cook", "email": "cem@example.org", "name": "Cem", "status": "cancelled"}]"#,
        r#"{"id": 7, "title": "Gala", "capacity": 3, "accepted_staff": ["ann@example.org", {"email": "ben@example.org", "role": "Host"}],
            "declined_staff": ["cem@example.org"]}
           {"eventId": 7, "roleName": "Host", "email": "dan@example.org", "spots": 2, "createdAt": 1714557600000}
           {"eventId": 7, "roleName": "Host", "email": "eve@example.org", "createdAt": -9223372036854775808}"#,
        "id,title,capacity,spotsReserved,startsAt\n1,Fair,10,3,2037-05-05T18:00:00Z\n2,\"A, \"\"B\"\"\",,0,2037-05-05\n",
        "id,eventId,email,name,spotsCount,status,createdAt\n1,1,ann@example.org,Ann,2,CONFIRMED,2024-05-01 10:00:00\n",
        "\u{feff}[]",
    ];

    fn args(file: PathBuf) -> FilesArgs {
        let region = region("DE").ok();
        let none = Vec::new;
        FilesArgs {
            files: vec![file],
            dumps: none(),
            events: none(),
            registrations: none(),
            statuses: Vec::new(),
            phone_region: region,
        }
    }

    /// Whatever is in a dump is taken over right, or told.
    #[test]
    fn whatever_a_dump_holds_is_taken_over_right_or_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = Secret::new(b"0123456789abcdef");
        let mut taken = 0;
        try_all(&DUMPS, |text| {
            let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['[', '{']);
            let file = folder.path().join(if is_json { "dump.json" } else { "dump.csv" });
            fs::write(&file, text).expect("it can be written");
            let mut report = Report::default();
            let Ok(merged) = args(file).read(Prefer::Events, &mut report) else { return };
            for merged in merged {
                let planned = plan::plan(&merged, None, &secret, Millis(1_700_000_000_000), &mut report);
                let Some(create) = planned.create else { continue };
                let import = Import { parties: planned.parties, over_capacity: IfBelow::Keep };
                let commands = [Action::CreateEvent(Box::new(create)), Action::Import(Box::new(import))];
                let mut memory = Memory::default();
                memory.run(Millis(1_700_000_000_000), &commands.map(|action| by(Actor::Owner, planned.event, action)));
                assert_eq!(memory.broken(), Vec::<String>::new());
                taken += 1;
            }
            report.problems.iter().for_each(|problem| drop(problem.to_string()));
        });
        assert!(taken > 100, "{taken} events were taken over");
    }
}
