//! An import that is killed in the middle, with kill -9: repeated, it ends as if it had never been interrupted.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::Ground;
use super::postgres::{Cluster, name};
use super::process::Server;

const CONFIRMED: usize = 40;
/// The latest of those who are confirmed there have to wait here.
const CAPACITY: usize = 10;
const WAITLISTED: usize = 5;
const CANCELLED: usize = 5;
const PEOPLE: usize = CONFIRMED + WAITLISTED + CANCELLED;
/// Calls at which it is killed while it makes the data file and its secret.
const CALLS_OF_ITS_START: [(&str, u32); 6] =
    [("write", 1), ("fsync", 1), ("fsync", 2), ("pwrite64", 1), ("pwrite64", 100), ("fdatasync", 2)];
/// Calls at which it is killed while it writes events to a data file that is there, and at its end.
const CALLS_OF_ITS_EVENTS: [(&str, u32); 7] = [
    ("pwrite64", 15),
    ("pwrite64", 60),
    ("pwrite64", 120),
    ("pwrite64", 160),
    ("pwrite64", 220),
    ("pwrite64", 260),
    ("fdatasync", 10),
];
const IMPORT: &str = "import --over-capacity waitlist_latest";

/// A dump of so many events.
struct Dump {
    events: usize,
}

impl Dump {
    fn files(&self, ground: &Ground) -> Vec<PathBuf> {
        let event = |event| {
            let roles = json!([{"name": "Server", "capacity": CAPACITY}]);
            json!({"_id": format!("event {event}"), "title": format!("Event {event}"), "roles": roles})
        };
        let events: Vec<Value> = (0..self.events).map(event).collect();
        let people = (0..self.events).flat_map(|event| (0..PEOPLE).map(move |person| registration(event, person)));
        let registrations: Vec<Value> = people.collect();
        [("events.json", events), ("registrations.json", registrations)]
            .map(|(name, documents)| ground.file(name, &json!(documents).to_string()))
            .to_vec()
    }

    /// As it is if nobody is killed.
    fn reference(&self) -> Ended {
        let ground = Ground::new();
        let run = ground.run(IMPORT, &self.files(&ground)).succeeded();
        assert_eq!(numbers(&run.output, " here already"), vec![0; self.events]);
        Ended::of(&ground)
    }

    /// Repeats it and compares. How many events and registrations had arrived before.
    fn goes_on(&self, ground: &Ground, reference: &Ended, when: &str) -> (usize, usize) {
        let (events, arrived) = (rows(ground, "events"), rows(ground, "registrations"));
        assert_eq!(arrived % PEOPLE, 0, "{when}: of each event everybody or nobody");
        let run = ground.run(IMPORT, &self.files(ground));
        assert_eq!(run.code, Some(0), "{when}: {run:#?}");
        let (known, added) = (numbers(&run.output, " here already"), numbers(&run.output, " registrations taken over"));
        assert_eq!(known.iter().sum::<usize>(), arrived, "{when}: {}", run.output);
        assert!(known.iter().zip(&added).all(|(known, added)| known + added == PEOPLE), "{when}: {}", run.output);
        assert_eq!(known.len(), self.events, "{when}: {}", run.output);
        assert_eq!(run.output.matches("(event that is here ").count(), events, "{when}: {}", run.output);
        assert_eq!(Ended::of(ground), *reference, "{when}");
        (events, arrived)
    }
}

/// Names are long, so that what is told of an event fills a pipe soon.
fn registration(event: usize, person: usize) -> Value {
    let status = match person {
        confirmed if confirmed < CONFIRMED => "confirmed",
        waitlisted if waitlisted < CONFIRMED + WAITLISTED => "waitlisted",
        _ => "cancelled",
    };
    json!({
        "_id": format!("registration {event}-{person}"),
        "eventId": format!("event {event}"),
        "name": format!("Person {person} {}", "x".repeat(380)),
        "email": format!("person-{person}@example.org"),
        "status": status,
        "registrationDate": format!("2031-01-01T10:{person:02}:00Z"),
        "notes": format!("note {person}"),
    })
}

/// What there is at the end.
#[derive(PartialEq, Debug)]
struct Ended {
    files: Vec<String>,
    /// Of each entry of the log the event, the seq, the kind and the registration.
    log: Vec<Vec<Value>>,
}

impl Ended {
    fn of(ground: &Ground) -> Ended {
        ground.verify();
        let log = ground.run("export-log", &[]).succeeded().output;
        let entry = |line: &str| {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            ["event_id", "seq", "kind", "registration_id"].map(|field| entry[field].take()).to_vec()
        };
        let log = log.lines().map(entry).collect();
        Ended { files: ground.export("registrations", "ended").texts, log }
    }
}

/// The number before `words`, wherever they stand.
fn numbers(text: &str, words: &str) -> Vec<usize> {
    let before: Vec<&str> = text.split(words).collect();
    let number = |text: &&str| text.rsplit(' ').next().unwrap().parse().unwrap();
    before[..before.len() - 1].iter().map(number).collect()
}

/// The rows of a table; none, if there is no such table yet.
fn rows(ground: &Ground, table: &str) -> usize {
    let count = format!("select count(*) from {table}");
    if ground.is_on_postgres() {
        return rows_on_postgres(&ground.database, &count);
    }
    let path = ground.path("new.db");
    if !path.exists() {
        return 0;
    }
    let data = Connection::open(path).unwrap();
    let count = data.query_one(&count, [], |row| row.get::<_, u32>(0));
    count.map_or(0, |count| usize::try_from(count).unwrap())
}

/// Once what was under way when a program was killed has ended there, either way.
fn rows_on_postgres(url: &str, count: &str) -> usize {
    let cluster = Cluster::shared();
    cluster.wait_until(name(url), &format!("select not exists (select from pg_stat_activity where {OTHERS})"));
    cluster.try_query(name(url), count).map_or(0, |rows| rows[0][0].as_deref().unwrap().parse().unwrap())
}

/// Other clients of the same database.
const OTHERS: &str = "datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";

fn import(ground: &Ground, wrapper: &[&str], files: &[PathBuf]) -> Command {
    let mut command = match wrapper {
        [first, arguments @ ..] => {
            let mut command = Command::new(first);
            command.args(arguments).arg(env!("CARGO_BIN_EXE_headcount"));
            command
        }
        [] => Command::new(env!("CARGO_BIN_EXE_headcount")),
    };
    command.args(IMPORT.split(' ')).args(["--database", &ground.database]).args(files);
    ground.give_secret(&mut command);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// It tells of an event when that one is stored, and cannot go far on before that was read: a pipe holds what is told of a few
/// events only.
fn killed_when_stored(stored: usize, ground: &Ground, dump: &Dump, reference: &Ended) {
    let mut process = import(ground, &[], &dump.files(ground)).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.by_ref().filter(|line| line.contains("taken over, ")).take(stored).count();
    process.kill().unwrap();
    process.wait().unwrap();
    let when = format!("killed when {stored} events were there");
    assert_eq!(told, stored, "{when}");
    let (_, arrived) = dump.goes_on(ground, reference, &when);
    assert!(arrived >= stored * PEOPLE && arrived < dump.events * PEOPLE, "{when}: {arrived} registrations");
}

#[test]
fn killed_between_two_events_it_goes_on_where_it_was() {
    let dump = Dump { events: 16 };
    let reference = dump.reference();
    for stored in [1, 4, 7] {
        killed_when_stored(stored, &Ground::new(), &dump, &reference);
    }
    killed_when_stored(3, &Ground::on(Cluster::shared().new_database()), &dump, &reference);
}

/// With a data file that a server has made.
fn ground_with_data() -> Ground {
    let ground = Ground::new();
    let server = Server::start(&ground.path("new.db"));
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
    ground
}

#[test]
fn killed_while_it_makes_the_data_file_it_begins_anew() {
    let dump = Dump { events: 1 };
    let reference = dump.reference();
    for (calls, when) in CALLS_OF_ITS_START {
        let ground = Ground::new();
        killed_at(calls, when, &ground, &dump);
        assert_eq!(dump.goes_on(&ground, &reference, &format!("killed at {calls} {when}")), (0, 0));
    }
}

#[test]
fn killed_while_it_writes_it_ends_as_if_it_had_not_been() {
    let dump = Dump { events: 4 };
    let reference = dump.reference();
    let empty = ground_with_data();
    let mut arrived = Vec::new();
    for (calls, when) in CALLS_OF_ITS_EVENTS {
        let ground = Ground::new();
        for name in ["new.db", "new.db.secret"] {
            fs::copy(empty.path(name), ground.path(name)).unwrap();
        }
        killed_at(calls, when, &ground, &dump);
        arrived.push(dump.goes_on(&ground, &reference, &format!("killed at {calls} {when}")));
    }
    println!("events and registrations that had arrived: {arrived:?}");
    assert!(arrived.iter().any(|(events, registrations)| events * PEOPLE > *registrations), "an event without people");
    assert!(arrived.iter().any(|(_, registrations)| (1..dump.events * PEOPLE).contains(registrations)), "some of them");
}

#[test]
fn killed_while_it_writes_to_postgres_it_goes_on_where_it_was() {
    let dump = Dump { events: 4 };
    let reference = dump.reference();
    let cluster = Cluster::shared();
    for (table, events) in [("events", 2), ("registrations", 3)] {
        let ground = Ground::on(cluster.new_database());
        let database = name(&ground.database);
        // It makes the tables.
        ground.run(&format!("{IMPORT} --dry-run"), &dump.files(&ground)).succeeded();
        let hold_up = format!(
            "create function hold_up() returns trigger language plpgsql as \
               'begin if (select count(*) from events) = {events} then perform pg_sleep(600); end if; return new; end'; \
             create trigger hold_up before insert on {table} for each row execute function hold_up()"
        );
        cluster.query(database, &hold_up);
        let mut process = import(&ground, &[], &dump.files(&ground)).spawn().unwrap();
        let held_up = format!("{OTHERS} and wait_event = 'PgSleep'");
        cluster.wait_until(database, &format!("select exists (select from pg_stat_activity where {held_up})"));
        process.kill().unwrap();
        assert_eq!(process.wait().unwrap().signal(), Some(9), "it waited until it was killed");
        // Else it goes on until the time of the statement is over.
        cluster.query(database, &format!("select pg_terminate_backend(pid) from pg_stat_activity where {held_up}"));
        cluster.query(database, &format!("drop trigger hold_up on {table}"));
        let arrived = dump.goes_on(&ground, &reference, &format!("killed while it wrote {table}"));
        assert_eq!(arrived, (events, 2 * PEOPLE));
    }
}

/// Killed at this call that a thread of it makes.
fn killed_at(calls: &str, when: u32, ground: &Ground, dump: &Dump) {
    let inject = format!("inject={calls}:signal=KILL:when={when}");
    let secret = ["new.db.secret", "new.db.secret.unfinished"].map(|name| ground.path(name).display().to_string());
    let mut wrapper = vec!["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
    if calls == "write" {
        wrapper.extend(secret.iter().flat_map(|path| ["-P", path]));
    }
    let ended = import(ground, &wrapper, &dump.files(ground)).output().unwrap();
    assert_eq!(ended.status.signal(), Some(9), "killed at {calls} {when}");
}
