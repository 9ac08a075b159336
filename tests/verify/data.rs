//! Databases of either kind that were really written by the rules.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount::store::postgres::{self, Connections};
use headcount::store::sqlite::{self, OpenError};
use headcount::store::{Database, Store};
use headcount_core::command::{Action, Actor, Command, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::Outcome;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::cluster::Cluster;
use super::planting;
use headcount_simulation::build::by;

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A data file.
    Sqlite,
    /// A PostgreSQL.
    Postgres,
}

impl Kind {
    pub(crate) const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

    /// An id as its SQL writes it.
    pub(crate) fn id(self, id: Uuid) -> String {
        match self {
            Kind::Sqlite => format!("x'{}'", id.simple()),
            Kind::Postgres => format!("'{id}'::uuid"),
        }
    }
}

/// A database that is thrown away.
pub(crate) struct Data {
    pub(crate) kind: Kind,
    /// The path of the file, or the name of the database in the cluster of these tests.
    name: String,
    _folder: Option<TempDir>,
}

impl Data {
    pub(crate) fn new(kind: Kind) -> Data {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("test.db").to_str().unwrap().to_owned();
                Data { kind, name: path, _folder: Some(folder) }
            }
            Kind::Postgres => Data::of_template("template1"),
        }
    }

    /// A database of PostgreSQL that begins as a copy.
    fn of_template(template: &str) -> Data {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("audited_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Cluster::shared().query("postgres", &format!("create database {name} template {template}"));
        Data { kind: Kind::Postgres, name, _folder: None }
    }

    /// As it is named on the command line.
    pub(crate) fn address(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite:{}", self.name),
            Kind::Postgres => Cluster::shared().url(&self.name),
        }
    }

    pub(crate) fn database(&self) -> Database {
        self.address().parse().unwrap()
    }

    /// Has commands decided and written as one batch, and promotion go on until its end.
    pub(crate) fn run(&self, commands: &[Command]) -> Vec<Outcome> {
        self.run_each(std::slice::from_ref(&commands.to_vec())).pop().unwrap()
    }

    /// As [`Data::run`], several batches one after the other.
    pub(crate) fn run_each(&self, batches: &[Vec<Command>]) -> Vec<Vec<Outcome>> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        match self.database() {
            Database::Sqlite(path) => {
                let mut opened = open_file(&path);
                run_each(&runtime, &mut opened.stores[0], batches)
            }
            Database::Postgres(address) => {
                let connections = Connections { workers: 1, readers: 1 };
                let mut opened = runtime.block_on(postgres::open(&address, connections)).unwrap();
                run_each(&runtime, &mut opened.stores[0], batches)
            }
        }
    }

    /// A copy, with something done to it that no command would do, and that the database's own walls would refuse.
    pub(crate) fn with(&self, sql: &str) -> Data {
        let copy = match self.kind {
            Kind::Sqlite => {
                let copy = Data::new(Kind::Sqlite);
                rusqlite::Connection::open(&self.name).unwrap().execute("vacuum into ?1", [&copy.name]).unwrap();
                copy
            }
            Kind::Postgres => Data::of_template(&self.name),
        };
        copy.plant(sql);
        copy
    }

    /// As [`Data::with`], in this database itself.
    pub(crate) fn plant(&self, sql: &str) {
        match self.kind {
            Kind::Sqlite => planting::in_file(Path::new(&self.name), sql),
            Kind::Postgres => planting::in_server(&self.name, sql),
        }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if self.kind == Kind::Postgres {
            let removal = format!("drop database if exists {} with (force)", self.name);
            let _where_the_test_failed_already = Cluster::shared().try_query("postgres", &removal);
        }
    }
}

/// While another test starts a program, that one holds our lock for a moment, too.
fn open_file(path: &Path) -> headcount::store::Opened<headcount::store::SqliteStore> {
    loop {
        match sqlite::open(path) {
            Err(OpenError::InUse { .. }) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

fn run_each<S: Store>(runtime: &Runtime, store: &mut S, batches: &[Vec<Command>]) -> Vec<Vec<Outcome>> {
    let mut decide = |commands: &[Command]| {
        let needs = Needs::of(commands);
        runtime.block_on(store.transact(&needs, |set, now| decide_batch(set, now, commands))).unwrap()
    };
    let mut run = |commands: &[Command]| -> Vec<Outcome> {
        let decisions = decide(commands);
        for (command, _) in commands.iter().zip(&decisions).filter(|(_, decision)| decision.unsettled) {
            let settle = by(Actor::System, command.event, Action::Settle);
            while decide(std::slice::from_ref(&settle))[0].unsettled {}
        }
        assert!(decisions.iter().all(|one| one.outcome != Outcome::Postponed), "promote fewer in one batch");
        decisions.into_iter().map(|decision| decision.outcome).collect()
    };
    let may_share = |one: &Command, next: &Command| S::EVENTS_PER_BATCH > 1 || one.event == next.event;
    batches.iter().map(|batch| batch.chunk_by(may_share).flat_map(&mut run).collect()).collect()
}
