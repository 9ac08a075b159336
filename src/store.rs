//! Where everything is kept. [`Store`] is the one way to write: a batch is loaded, decided and committed in one
//! transaction. [`Readers`] is the way to read beside it, [`Facts`] holds what belongs to no event, [`script`] is how what
//! is no registration is written and read.
//!
//! [`sqlite`] keeps everything in one file and has one writer; [`postgres`] keeps it in a PostgreSQL, which any number of
//! servers may share. No type of a database leaves this module.

pub mod arrivals;
pub mod audit;
mod batch;
pub mod copy;
mod cursor;
mod database;
mod forms;
mod listing;
pub mod postgres;
pub mod read;
mod readers;
pub mod responses;
pub mod script;
pub mod sqlite;
mod words;

use std::future::Future;

use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;

pub use database::Database;
pub use postgres::PostgresStore;
pub use readers::Readers;
use script::{Ran, Script};
pub use sqlite::SqliteStore;

/// For how long an idempotency key is kept.
pub const KEY_AGE_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Old keys that are removed in one step.
pub const KEYS_PER_STEP_MAX: u32 = 500;

/// Why a transaction did not succeed. The texts are for the log, not for those who asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing happened: the disk is full, the database cannot be reached.
    #[error("storage is unavailable, nothing was written: {0}")]
    Unavailable(String),
    /// Nothing happened: the part of the database that has this event cannot be reached. Other events can be served.
    #[error("a part of the storage is away, nothing was written: {0}")]
    PartAway(String),
    /// Nothing happened: others held what was to be changed for too long. The storage itself works.
    #[error("others were in the way for too long, nothing was written: {0}")]
    Busy(String),
    /// The commit may or may not have happened, and this process cannot learn which: it must end.
    #[error("the outcome of a commit is unknown: {0}")]
    CommitUnknown(String),
    /// The commit may or may not have happened; whoever asks again with the same key learns which. This process may go
    /// on, as it keeps nothing that could be untrue.
    #[error("the outcome of a commit could not be learned: {0}")]
    CommitUnresolved(String),
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

    /// Resolves when a transaction can be begun. A worker takes no work before.
    fn ready(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Loads what `needs` names, lets `decide` change it, writes the changes and commits. If `decide` changes nothing,
    /// rolls back. The time given to `decide` is read after everything that could make it wait. If others changed the
    /// same meanwhile, it is all done again: `decide` must come to its answer from what it is given alone.
    fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Runs a script in a transaction of its own.
    fn run(&mut self, script: &Script) -> impl Future<Output = Result<Ran, StoreError>> + Send;

    /// Writes something harmless and commits it: whether writing is possible again.
    fn probe(&mut self, now: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Called between batches when nothing waits: checkpoints, removal of old keys, in small steps.
    fn tidy(&mut self, now: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Facts about a database that belong to no event, by name. Committed when a method returns.
pub trait Facts {
    /// What is noted under `name`.
    ///
    /// # Errors
    /// If it cannot be read.
    fn noted(&mut self, name: &str) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Notes `value` under `name`, whatever was noted there.
    ///
    /// # Errors
    /// If it cannot be written.
    fn note(&mut self, name: &str, value: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes `value` under `name` if nothing is noted there, and returns what is noted now. Of several servers that
    /// start at once, all get the same.
    ///
    /// # Errors
    /// If it cannot be written.
    fn note_first(&mut self, name: &str, value: &str) -> impl Future<Output = Result<String, StoreError>> + Send;
}

/// A database opened for serving.
pub struct Opened<S> {
    /// Its writers: one for each worker.
    pub stores: Vec<S>,
    /// For reading beside them.
    pub readers: Readers,
    /// What is not as it should be, and what to do about it. None of it stands in the way of serving.
    pub warnings: Vec<String>,
}
