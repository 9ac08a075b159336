//! The rules as tables, for reading as much as for testing: `tables/*.txt`, one command a row, the outcome in the last
//! column. Each row is decided by the core on a store in memory, and every invariant is checked after it.
//!
//! ```text
//! == A title begins a case: an event of its own, with the settings and roles of its first lines
//! event  capacity=10 waitlist=fill_gaps        what is not said: unlimited, published, strict, one role a person
//! role   Server 2                              a role and its capacity
//!        sign_up ann Server 2    | confirmed
//! @50    sign_up ben Server 1    | waitlisted 1                at time 50; the number is the place in the queue
//!        cancel ann by=link      | cancelled, ben confirmed    who else moved
//!   +    sign_up cat Server 2    | role_full open_now=0 …      in one batch with the row before
//! ```
//!
//! Sign-ups come from the public form, everything else from staff; `by=link` is the person's own link. `show` tells what
//! is taken. `erase ann when=due` erases only what was kept for long enough. `key=` is an idempotency key, `request=` tells requests apart, `dry=yes` only tries.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use headcount_core::decision::{Refusal, What};
use headcount_core::ids::Millis;

#[path = "tables/row.rs"]
mod row;
#[path = "tables/settings.rs"]
mod settings;
#[path = "tables/stage.rs"]
mod stage;

use row::Row;
use stage::Stage;

#[test]
fn every_row_of_the_tables_has_its_outcome() {
    let wrong: Vec<String> = files().iter().flat_map(|file| play(file)).collect();
    assert!(wrong.is_empty(), "{} rows came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_refusal_has_a_row() {
    let texts: Vec<String> = files().iter().map(|file| read(file)).collect();
    let outcomes = texts.iter().flat_map(|text| text.lines()).filter_map(|line| Row::read(0, line)?.outcome);
    let seen: BTreeSet<String> =
        outcomes.filter_map(|outcome| outcome.split_whitespace().next().map(str::to_owned)).collect();
    let missing: Vec<&str> = every_refusal().iter().map(Refusal::code).filter(|code| !seen.contains(*code)).collect();
    assert_eq!(missing, [""; 0], "refusals without a row");
}

#[test]
fn every_refusal_has_its_own_code_and_a_text() {
    let refusals = every_refusal();
    let places: Vec<usize> = refusals.iter().map(place).collect();
    assert_eq!(places, (0..refusals.len()).collect::<Vec<_>>(), "every variant stands in the list, once");
    let codes: BTreeSet<&str> = refusals.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), refusals.len(), "codes are different");
    assert!(refusals.iter().all(|refusal| refusal.detail().ends_with('.')), "texts are sentences");
}

#[test]
fn the_tests_taken_from_the_bugs_of_others_have_their_cases() {
    let all: String = files().iter().map(|file| read(file)).collect();
    let missing: Vec<u32> = (1..=12).filter(|number| !all.contains(&format!("(peers {number})"))).collect();
    assert_eq!(missing, [0; 0], "the thirteenth, the control, stands in model.rs");
}

/// Plays all cases of a file and returns the rows that came out otherwise.
fn play(file: &Path) -> Vec<String> {
    let text = read(file);
    let name = file.file_name().expect("a file").to_string_lossy().into_owned();
    let mut wrong = Vec::new();
    let mut stage = Stage::new();
    let mut batch: Vec<Row> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let begins_case = text.starts_with("==");
        let row = if begins_case { None } else { Row::read(line, text) };
        if begins_case || row.as_ref().is_some_and(|row| !row.is_joined) {
            wrong.extend(finish(&mut stage, &mut batch, &name));
        }
        if begins_case {
            stage = Stage::new();
        }
        batch.extend(row);
    }
    wrong.extend(finish(&mut stage, &mut batch, &name));
    wrong
}

fn finish(stage: &mut Stage, batch: &mut Vec<Row>, name: &str) -> Vec<String> {
    let rows = std::mem::take(batch);
    if rows.is_empty() {
        return Vec::new();
    }
    let found = stage.play(&rows);
    let expected = rows.iter().filter_map(|row| Some((row.line, row.outcome.clone()?)));
    let pairs = expected.zip(found).filter(|((_, expected), found)| expected != found);
    pairs.map(|((line, expected), found)| format!("{name}:{line}: {found}, not: {expected}")).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    let entries = folder.read_dir().expect("the folder of the tables").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    files.sort();
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a table can be read")
}

/// One of each kind.
fn every_refusal() -> Vec<Refusal> {
    let role = || "Server".to_owned();
    vec![
        Refusal::NotFound { what: What::Event },
        Refusal::NotOpenYet { opens_at: None },
        Refusal::RegistrationClosed,
        Refusal::RoleFull { role: role(), open_now: 0, full_since: None },
        Refusal::EventFull { open_now: 0, full_since: None },
        Refusal::WaitlistFull { limit: 1 },
        Refusal::AlreadyRegistered { role: role() },
        Refusal::TooManyRoles { limit: 1 },
        Refusal::TooManySpots { max: 1 },
        Refusal::TooLate { until: Millis(0) },
        Refusal::CapacityBelowReserved { reserved: 1 },
        Refusal::NotConfirmed,
        Refusal::NotWaitlisted,
        Refusal::NotActive,
        Refusal::StillActive,
        Refusal::AlreadyDeclined,
        Refusal::NoRoom { free: 0 },
        Refusal::AlreadyCheckedIn { checked_in: 1 },
        Refusal::NotCheckedIn { checked_in: 0 },
        Refusal::SelfMoveOff,
        Refusal::SlugTaken,
        Refusal::RoleExists { role: role() },
        Refusal::RoleNotEmpty,
        Refusal::LastRole,
        Refusal::EventNotEmpty,
        Refusal::Invalid { field: "spots".to_owned(), problem: "must be 1".to_owned() },
        Refusal::KeyReused,
        Refusal::RevisionMismatch { current: 1 },
        Refusal::FormChanged,
    ]
}

/// Its place in the list above. A new kind does not compile until it has one.
fn place(refusal: &Refusal) -> usize {
    match refusal {
        Refusal::NotFound { .. } => 0,
        Refusal::NotOpenYet { .. } => 1,
        Refusal::RegistrationClosed => 2,
        Refusal::RoleFull { .. } => 3,
        Refusal::EventFull { .. } => 4,
        Refusal::WaitlistFull { .. } => 5,
        Refusal::AlreadyRegistered { .. } => 6,
        Refusal::TooManyRoles { .. } => 7,
        Refusal::TooManySpots { .. } => 8,
        Refusal::TooLate { .. } => 9,
        Refusal::CapacityBelowReserved { .. } => 10,
        Refusal::NotConfirmed => 11,
        Refusal::NotWaitlisted => 12,
        Refusal::NotActive => 13,
        Refusal::StillActive => 14,
        Refusal::AlreadyDeclined => 15,
        Refusal::NoRoom { .. } => 16,
        Refusal::AlreadyCheckedIn { .. } => 17,
        Refusal::NotCheckedIn { .. } => 18,
        Refusal::SelfMoveOff => 19,
        Refusal::SlugTaken => 20,
        Refusal::RoleExists { .. } => 21,
        Refusal::RoleNotEmpty => 22,
        Refusal::LastRole => 23,
        Refusal::EventNotEmpty => 24,
        Refusal::Invalid { .. } => 25,
        Refusal::KeyReused => 26,
        Refusal::RevisionMismatch { .. } => 27,
        Refusal::FormChanged => 28,
    }
}
