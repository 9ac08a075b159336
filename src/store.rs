//! Where everything is kept. [`Store`] is the one way to write: a batch is loaded, decided and committed in one
//! transaction. [`Readers`] is the way to read beside it.
//!
//! No type of a database leaves this module.

pub mod audit;
pub mod postgres;
pub mod read;
pub mod sqlite;

use std::future::Future;

use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;

pub use sqlite::{OpenError, Opened, Readers, SqliteStore, open};

/// Why a transaction did not succeed. The texts are for the log, not for those who asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing happened: the disk is full, the database cannot be reached.
    #[error("storage is unavailable, nothing was written: {0}")]
    Unavailable(String),
    /// The commit may or may not have happened.
    #[error("the outcome of a commit is unknown: {0}")]
    CommitUnknown(String),
    /// The database refused what was decided: a bug of ours. Nothing happened.
    #[error("the database refused a decision: {0}")]
    Refused(String),
    /// The cursor of a page was not made by this server.
    #[error("not a cursor of this list")]
    BadCursor,
}

/// One writer of a database.
pub trait Store: Send + 'static {
    /// How many events one transaction may hold.
    const EVENTS_PER_BATCH: usize;

    /// Loads what `needs` names, lets `decide` change it, writes the changes and commits. If `decide` changes nothing,
    /// rolls back. The time given to `decide` is read after everything that could make it wait.
    fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnOnce(&mut WorkingSet, Millis) -> T + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Writes something harmless and commits it: whether writing is possible again.
    fn probe(&mut self, now: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Called between batches when nothing waits: checkpoints, removal of old keys, in small steps.
    fn tidy(&mut self, now: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;
}
