//! The tests run on a data file of their own.

use headcount::store::{Opened, SqliteStore, sqlite};
use tempfile::TempDir;

/// The store under test.
pub(crate) type TestedStore = SqliteStore;
/// The database goes with it.
pub(crate) type Place = TempDir;

/// An empty database.
pub(crate) fn fresh() -> (Opened<TestedStore>, Place) {
    let folder = tempfile::tempdir().unwrap();
    (sqlite::open(&folder.path().join("headcount.db")).unwrap(), folder)
}
