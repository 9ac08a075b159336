//! Bringing the tables to the present layout: numbered steps, one transaction each. Several servers may start at once,
//! and servers of the version before may be running. See `migrations/README.md` for the rules.

use std::cmp::Ordering;
use std::fmt::Display;

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::error::SqlState;

use super::address::Address;
use super::connect::connect;
use crate::store::StoreError;

/// Why a database was not opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, or is not fit.
    #[error("{address}: {problem}")]
    Server {
        /// The database, without a password.
        address: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Of a layout that this version does not know.
    #[error(
        "{address} has layout {found}, this version knows layouts up to {known}: use the version that wrote it, or a newer one"
    )]
    UnknownSchema {
        /// The database, without a password.
        address: String,
        /// The number in the database.
        found: i64,
        /// The last number this version knows.
        known: i64,
    },
}

impl OpenError {
    /// Something is wrong with the server.
    pub(super) fn server(address: &Address, problem: impl Display) -> OpenError {
        OpenError::Server { address: address.to_string(), problem: problem.to_string() }
    }
}

/// One step.
pub(super) struct Migration {
    /// Its number: 1, 2, 3 …
    pub(super) number: i64,
    /// The oldest layout whose versions can still read and write the tables after this step: an earlier number for a step
    /// that only adds, its own for one that takes something away.
    pub(super) readable_from: i64,
    /// What to run.
    pub(super) sql: &'static str,
}

/// All steps, in order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, readable_from: 1, sql: include_str!("../../../migrations/postgres/0001_first.sql") },
    Migration { number: 2, readable_from: 1, sql: include_str!("../../../migrations/postgres/0002_people.sql") },
];

/// The facts that say which layout the tables have. They stand in `meta`, which the first step makes.
pub(super) const LAYOUT: &str = "layout";
pub(super) const READABLE_FROM: &str = "layout_readable_from";

const HAS_META: &str = "select to_regclass('meta') is not null, exists (select 1 from pg_class c \
     join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and c.relkind in ('r', 'p'))";

/// Servers that start at once take their turns here. `meta` cannot be locked before it is there, so the first step of all
/// may collide; whoever comes second begins again.
const LOCK: &str = "lock table meta in share row exclusive mode";

const NOTE: &str =
    "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";

/// How often servers that start at once on an empty database may collide.
const ATTEMPTS_MAX: u32 = 10;

/// Runs the steps that the database has not seen yet.
pub(super) async fn run(address: &Address, migrations: &[Migration]) -> Result<(), OpenError> {
    let mut client = connect(address, "migrate").await.map_err(|error| OpenError::server(address, text(error)))?;
    let known = migrations.last().map_or(0, |last| last.number);
    for _ in 0..ATTEMPTS_MAX {
        match step(&mut client, migrations).await {
            Ok(Stepped::Done) => return Ok(()),
            Ok(Stepped::To(number)) => tracing::info!(number, "the database was brought to a new layout"),
            Ok(Stepped::Unknown(found)) => {
                return Err(OpenError::UnknownSchema { address: address.to_string(), found, known });
            }
            Ok(Stepped::NotOurs) => {
                return Err(OpenError::server(address, "it holds tables of another program: name an empty database"));
            }
            Err(error) if collided(&error) => {}
            Err(error) => return Err(OpenError::server(address, super::explain::chain(&error))),
        }
    }
    Err(OpenError::server(address, "other servers are changing its layout: start again"))
}

/// What came of looking for a step to do.
enum Stepped {
    /// Nothing to do.
    Done,
    /// One step was done.
    To(i64),
    /// The tables have a layout of a later version that this one cannot read.
    Unknown(i64),
    /// The tables are not headcount's.
    NotOurs,
}

async fn step(client: &mut ClientWrapper, migrations: &[Migration]) -> Result<Stepped, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let stepped = step_within(&transaction, migrations).await?;
    match stepped {
        Stepped::To(_) => transaction.commit().await?,
        _ => transaction.rollback().await?,
    }
    Ok(stepped)
}

async fn step_within(
    transaction: &Transaction<'_>,
    migrations: &[Migration],
) -> Result<Stepped, tokio_postgres::Error> {
    let row = transaction.query_one(HAS_META, &[]).await?;
    let (has_meta, has_tables): (bool, bool) = (row.get(0), row.get(1));
    if !has_meta && has_tables {
        return Ok(Stepped::NotOurs);
    }
    let mut present = 0;
    if has_meta {
        let mut looked = look(transaction, migrations).await?;
        // Most often there is nothing to do. Then no lock is taken, which on Citus every node must give.
        if looked.is_ok() {
            transaction.batch_execute(LOCK).await?;
            looked = look(transaction, migrations).await?;
        }
        present = match looked {
            Ok(present) => present,
            Err(stepped) => return Ok(stepped),
        };
    }
    let Some(due) = migrations.iter().find(|migration| migration.number > present) else { return Ok(Stepped::Done) };
    transaction.batch_execute(due.sql).await?;
    transaction.execute(NOTE, &[&LAYOUT, &due.number.to_string()]).await?;
    transaction.execute(NOTE, &[&READABLE_FROM, &due.readable_from.to_string()]).await?;
    Ok(Stepped::To(due.number))
}

/// The number of the present layout if a step is due, else what that means.
async fn look(
    transaction: &Transaction<'_>,
    migrations: &[Migration],
) -> Result<Result<i64, Stepped>, tokio_postgres::Error> {
    let known = migrations.last().map_or(0, |last| last.number);
    let Some(present) = noted(transaction, LAYOUT).await? else { return Ok(Err(Stepped::NotOurs)) };
    Ok(match present.cmp(&known) {
        Ordering::Less => Ok(present),
        Ordering::Equal => Err(Stepped::Done),
        Ordering::Greater => match noted(transaction, READABLE_FROM).await? {
            Some(from) if from <= known => Err(Stepped::Done),
            _ => Err(Stepped::Unknown(present)),
        },
    })
}

async fn noted(transaction: &Transaction<'_>, name: &str) -> Result<Option<i64>, tokio_postgres::Error> {
    let row = transaction.query_opt(super::facts::NOTED, &[&name]).await?;
    Ok(row.and_then(|row| row.get::<_, String>(0).parse().ok()))
}

/// Whether another server did the same step at the same moment.
fn collided(error: &tokio_postgres::Error) -> bool {
    let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Without what a store error says about writing.
fn text(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(text) => text,
        other => other.to_string(),
    }
}
