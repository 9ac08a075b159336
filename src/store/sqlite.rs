//! The store in one SQLite file: one writer, a few readers, one transaction a batch.
//!
//! Read [`open`](open()) for what is refused and set up at the start, `load` and `write` for the two halves of a batch,
//! `readers` and `queries` for reading beside it, `rows` for how the domain is laid out in columns.
//!
//! Nothing is kept between batches but the forms of events (see `forms`), which no decision rests on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::forms::Forms;
use super::{Facts, KEY_AGE_MS_MAX, KEYS_PER_STEP_MAX, Store, StoreError};
use crate::clock;
use crate::store::batch::Loaded;
use crate::store::script::{Ran, Script};
use checkpoint::Checkpoints;
use fault::Fault;

pub use audit::{Audit, Snapshot};
pub use copy::Source;
pub use open::{Held, OpenError, beside, folder_of, give_to_owner_of_folder, open, open_readers};
pub use readers::Readers;
pub use save::{Reading, compact, free_place, hold};
use transaction::Transaction;

mod audit;
mod checkpoint;
mod copy;
mod fault;
mod lists;
mod load;
mod migrate;
mod open;
#[cfg(test)]
mod plans;
mod queries;
mod readers;
mod rows;
mod save;
mod script;
#[cfg(test)]
mod tests;
mod transaction;
mod write;

/// The one writer of a data file. The file is free for another server when it is dropped.
pub struct SqliteStore {
    connection: Connection,
    checkpoints: Checkpoints,
    shared: Arc<Shared>,
    _lock: Held,
}

/// What writer and readers have in common.
struct Shared {
    forms: Forms,
    /// A commit has an unknown outcome: what this process sees of the file may not be the truth.
    unknown: AtomicBool,
}

impl Default for Shared {
    fn default() -> Shared {
        Shared { forms: Forms::kept_for(Duration::MAX), unknown: AtomicBool::new(false) }
    }
}

impl Shared {
    fn check(&self) -> Result<(), StoreError> {
        if self.unknown.load(Ordering::Acquire) {
            return Err(StoreError::Unavailable("a commit before has an unknown outcome: start again".into()));
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    const EVENTS_PER_BATCH: usize = usize::MAX;

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        self.decide_and_write(needs, decide)
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        self.shared.check()?;
        let transaction = Transaction::begin(&self.connection)?;
        let ran = script::run(&self.connection, script)?;
        if ran == Ran::Done {
            self.commit(transaction)?;
        }
        Ok(ran)
    }

    async fn probe(&mut self, now: Millis) -> Result<(), StoreError> {
        self.set_meta("probed_at", &now.0.to_string())
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        self.remove_old_keys(now)?;
        self.checkpoints.between_batches(&self.connection);
        Ok(())
    }
}

impl Facts for SqliteStore {
    async fn noted(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        self.meta(name)
    }

    async fn note(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.set_meta(name, value)
    }

    async fn note_first(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        match self.meta(name)? {
            Some(noted) => Ok(noted),
            None => self.set_meta(name, value).map(|()| value.to_owned()),
        }
    }
}

impl SqliteStore {
    fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.shared.check()?;
        Ok(read_meta(&self.connection, name)?)
    }

    fn set_meta(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection| write_meta(connection, name, value))
    }

    fn decide_and_write<T>(
        &mut self,
        needs: &Needs,
        mut decide: impl FnMut(&mut WorkingSet, Millis) -> T,
    ) -> Result<T, StoreError> {
        self.shared.check()?;
        // Here and not after the commit, so that nobody waits for it to be answered.
        self.checkpoints.between_batches(&self.connection);
        let transaction = Transaction::begin(&self.connection)?;
        let mut set = load::working_set(&self.connection, needs)?;
        let loaded = Loaded::of(&set);
        let answer = decide(&mut set, clock::now());
        if set.is_unchanged() {
            return Ok(answer);
        }
        write::working_set(&self.connection, &set, &loaded)?;
        self.commit(transaction)?;
        if loaded.forms_changed(&set) {
            self.shared.forms.forget();
        }
        Ok(answer)
    }

    /// A transaction that decides nothing.
    fn write<T>(&self, write: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.shared.check()?;
        let transaction = Transaction::begin(&self.connection)?;
        let written = write(&self.connection)?;
        self.commit(transaction)?;
        Ok(written)
    }

    /// After an unknown outcome this connection no longer knows what the file holds: it must neither answer nor
    /// checkpoint, until the file is opened anew.
    fn commit(&self, transaction: Transaction<'_>) -> Result<(), StoreError> {
        let committed = transaction.commit();
        if let Err(StoreError::CommitUnknown(_)) = &committed {
            self.shared.unknown.store(true, Ordering::Release);
            if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
                tracing::error!(%error, "a checkpoint on closing could not be prevented");
            }
        }
        committed
    }

    fn remove_old_keys(&self, now: Millis) -> Result<(), StoreError> {
        self.shared.check()?;
        let before = now.0.saturating_sub(KEY_AGE_MS_MAX);
        let connection = &self.connection;
        let old = || connection.prepare_cached(OLD_KEY)?.exists([before]);
        if old().map_err(Fault::from)? {
            self.write(|connection| {
                Ok(connection.prepare_cached(DELETE_OLD_KEYS)?.execute(params![before, KEYS_PER_STEP_MAX])?)
            })?;
        }
        Ok(())
    }
}

/// A server that ends in good order leaves all it has in the data file itself, so that the file can be copied alone.
impl Drop for SqliteStore {
    fn drop(&mut self) {
        if self.shared.check().is_ok()
            && let Err(error) = checkpoint::run(&self.connection, checkpoint::EMPTY)
        {
            tracing::warn!(%error, "the write-ahead log could not be emptied; keep it with the data file");
        }
    }
}

const OLD_KEY: &str = "select 1 from idempotency_keys where at < ?1 limit 1";

const DELETE_OLD_KEYS: &str = "delete from idempotency_keys where (event_id, who, key) in \
     (select event_id, who, key from idempotency_keys where at < ?1 order by at limit ?2)";

const META: &str = "select value from meta where name = ?1";

const SET_META: &str =
    "insert into meta (name, value) values (?1, ?2) on conflict (name) do update set value = excluded.value";

fn read_meta(connection: &Connection, name: &str) -> Result<Option<String>, Fault> {
    Ok(connection.prepare_cached(META)?.query_row([name], |row| row.get(0)).optional()?)
}

fn write_meta(connection: &Connection, name: &str, value: &str) -> Result<(), Fault> {
    fault::touched("noting a fact", 1, connection.prepare_cached(SET_META)?.execute([name, value])?)
}
