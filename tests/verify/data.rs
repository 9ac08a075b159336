//! Data files that were really written by the rules, and rows as a store would have them.

use std::path::PathBuf;

use headcount::store::audit::{CounterRow, EventRow, RegistrationRow, RoleRow, SumRow, Value};
use headcount::store::sqlite::{OpenError, open};
use headcount::store::{Database, Opened, SqliteStore, Store};
use headcount::verify::Stored;
use headcount_core::command::{Action, Actor, Command, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::Outcome;
use headcount_core::event::{Counters, Status, WaitlistPolicy};
use headcount_core::ids::Millis;
use tempfile::TempDir;

use super::support::build::by;
use super::support::memory::Kept;

/// A data file in a folder that is thrown away.
pub(crate) struct Data {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Data {
    pub(crate) fn new() -> Data {
        let folder = tempfile::tempdir().unwrap();
        Data { path: folder.path().join("test.db"), _folder: folder }
    }

    pub(crate) fn database(&self) -> Database {
        Database::Sqlite(self.path.clone())
    }

    /// Has commands decided and written as one batch, and promotion go on until its end.
    pub(crate) fn run(&self, commands: &[Command]) -> Vec<Outcome> {
        self.run_each(std::slice::from_ref(&commands.to_vec())).pop().unwrap()
    }

    /// As [`Data::run`], several batches one after the other.
    pub(crate) fn run_each(&self, batches: &[Vec<Command>]) -> Vec<Vec<Outcome>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let Opened { mut stores, readers: _readers, .. } = self.open();
        let mut store = stores.remove(0);
        let mut decide = |commands: &[Command]| {
            let needs = Needs::of(commands);
            runtime.block_on(store.transact(&needs, |set, now| decide_batch(set, now, commands))).unwrap()
        };
        let mut run = |commands: &Vec<Command>| {
            let decisions = decide(commands);
            for (command, _) in commands.iter().zip(&decisions).filter(|(_, decision)| decision.unsettled) {
                let settle = by(Actor::System, command.event, Action::Settle);
                while decide(std::slice::from_ref(&settle))[0].unsettled {}
            }
            assert!(decisions.iter().all(|one| one.outcome != Outcome::Postponed), "promote fewer in one batch");
            decisions.into_iter().map(|decision| decision.outcome).collect()
        };
        batches.iter().map(&mut run).collect()
    }

    /// While another test starts a program, that one holds our lock for a moment, too.
    fn open(&self) -> Opened<SqliteStore> {
        loop {
            match open(&self.path) {
                Err(OpenError::InUse { .. }) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    /// A copy, with something done to it that no command would do, and that the database's own walls would refuse.
    pub(crate) fn with(&self, sql: &str) -> Data {
        let copy = Data::new();
        let target = copy.path.to_str().unwrap().to_owned();
        rusqlite::Connection::open(&self.path).unwrap().execute("vacuum into ?1", [target]).unwrap();
        copy.plant(sql);
        copy
    }

    /// As [`Data::with`], in this file itself.
    pub(crate) fn plant(&self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        let walls = "pragma ignore_check_constraints = on; pragma foreign_keys = off; pragma journal_mode = wal;
            drop index registrations_by_person;";
        connection.execute_batch(walls).unwrap();
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(connection.total_changes() > 0, "{sql} changes nothing");
        // Only without uniqueness, which what was planted may break; a server could not open the file otherwise.
        let index = "create index registrations_by_person on registrations (person, event_id, role_id, ended_seq)";
        connection.execute_batch(index).unwrap();
    }
}

/// The rows that a store would have for `kept`.
pub(crate) fn rows(kept: &Kept, slugs: impl Iterator<Item = String>) -> Stored {
    let event = &kept.event;
    let registrations: Vec<RegistrationRow> = kept.registrations.values().map(registration).collect();
    let sums = registrations.iter().map(|row| SumRow {
        role: row.role,
        status: row.status.clone(),
        registrations: 1,
        spots: row.spots,
    });
    Stored {
        event: EventRow {
            settings: event_settings(kept),
            counters: counters(event.settings.capacity, event.override_spots, event.counters),
            seq: event.seq.0.try_into().unwrap(),
            last_at: event.last_at.0,
            hash: event.hash.0.to_vec(),
            revision: event.revision.into(),
            slugs: slugs.collect(),
        },
        roles: kept.roles.values().map(role).collect(),
        sums: sums.collect(),
        registrations,
    }
}

fn registration(one: &headcount_core::event::Registration) -> RegistrationRow {
    RegistrationRow {
        registration: one.id,
        role: one.role,
        person: one.person.key.clone(),
        person_tag: one.person.tag.0.to_vec(),
        spots: one.spots.get().into(),
        status: status(one.status).into(),
        wait_seq: one.wait_seq.0.try_into().unwrap(),
        ended_seq: one.ended_seq.0.try_into().unwrap(),
        checked_in: one.checked_in.into(),
        link_version: one.link_version.into(),
        created_at: one.created_at.0,
    }
}

fn role(role: &headcount_core::event::Role) -> RoleRow {
    let settings = &role.settings;
    RoleRow {
        role: role.id,
        settings: vec![
            ("starts_at", time(settings.starts_at)),
            ("ends_at", time(settings.ends_at)),
            ("sort", Value::Number(settings.order.into())),
            ("min_needed", Value::Number(settings.min_needed.into())),
            ("closed", Value::Number(settings.closed.into())),
        ],
        counters: counters(settings.capacity, role.override_spots, role.counters),
        skipped: role.skipped.map(|skipped| skipped.registration),
        skips: role.skipped.map_or(0, |skipped| skipped.skips).into(),
    }
}

fn counters(capacity: Option<u32>, override_spots: u64, counters: Counters) -> CounterRow {
    CounterRow {
        capacity: capacity.map(Into::into),
        override_spots: override_spots.try_into().unwrap(),
        reserved: counters.reserved.try_into().unwrap(),
        waiting: counters.waiting.into(),
        registrations: counters.registrations.into(),
    }
}

/// Those that the random commands change.
fn event_settings(kept: &Kept) -> Vec<(&'static str, Value)> {
    let settings = &kept.event.settings;
    let policy = match settings.waitlist.policy {
        WaitlistPolicy::Strict => "strict",
        WaitlistPolicy::FillGaps => "fill_gaps",
        WaitlistPolicy::Off => "off",
    };
    vec![
        ("slug", Value::Text(settings.form.slug.clone())),
        ("waitlist_policy", Value::Text(policy.into())),
        ("waitlist_limit", settings.waitlist.limit.map_or(Value::None, |limit| Value::Number(limit.into()))),
        ("max_skips", Value::Number(settings.waitlist.max_skips.into())),
        ("max_spots", Value::Number(settings.max_spots.get().into())),
        ("roles_per_person", Value::Number(settings.roles_per_person.into())),
        ("promote_until", time(settings.promote_until)),
        ("self_move", Value::Number(settings.self_move.into())),
    ]
}

fn time(at: Option<Millis>) -> Value {
    at.map_or(Value::None, |at| Value::Number(at.0))
}

pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Waitlisted => "waitlisted",
        Status::Declined => "declined",
        Status::Cancelled => "cancelled",
        Status::Removed => "removed",
    }
}

/// An id as SQL writes it.
pub(crate) fn blob(id: uuid::Uuid) -> String {
    format!("x'{}'", id.simple())
}
