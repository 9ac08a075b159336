//! A transaction that rolls back unless it is committed, also when a panic passes through.

use rusqlite::Connection;

use super::fault::{self, Fault};
use crate::store::StoreError;

/// Waits until it is the only one that writes.
pub(super) const BEGIN: &str = "begin immediate";
/// Sees one state of the file until it ends.
pub(super) const SNAPSHOT: &str = "begin";

/// An open transaction.
pub(super) struct Transaction<'c>(&'c Connection);

impl<'c> Transaction<'c> {
    /// One that writes; it waits until it is the only one.
    pub(super) fn begin(connection: &'c Connection) -> Result<Transaction<'c>, Fault> {
        Transaction::open(connection, BEGIN)
    }

    /// One that reads: it sees one state of the file until it ends.
    pub(super) fn snapshot(connection: &'c Connection) -> Result<Transaction<'c>, Fault> {
        Transaction::open(connection, SNAPSHOT)
    }

    fn open(connection: &'c Connection, begin: &'static str) -> Result<Transaction<'c>, Fault> {
        // Left over only if a rollback failed before.
        roll_back(connection)?;
        connection.prepare_cached(begin)?.execute([])?;
        Ok(Transaction(connection))
    }

    /// Makes it durable.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        let commit = || self.0.prepare_cached("commit")?.execute([]);
        commit().map(drop).map_err(|error| fault::of_commit(&error))
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if let Err(error) = roll_back(self.0) {
            tracing::error!(%error, "a transaction could not be rolled back; it will be tried again");
        }
    }
}

/// SQLite may have rolled back by itself.
fn roll_back(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.prepare_cached("rollback")?.execute([]).map(drop) }
}
