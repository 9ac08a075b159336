//! Writing what a data file holds at one moment into another file, beside a server that goes on writing.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode};

use super::migrate::{self, MIGRATIONS};
use super::open::{Held, OpenError, beside, connect, connect_reader, lock, resolve};
use super::read_meta;

/// Pages that are copied in one step.
const PAGES_PER_STEP: i32 = 1_024;
/// Files that SQLite keeps beside a data file. Those of another one would be taken for part of it.
const OF_SQLITE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A data file that is read while others may write to it. As long as this lives, its write-ahead log cannot be used anew,
/// and grows.
pub struct Reading(Connection);

impl Reading {
    /// Opens a data file to read what it holds at this moment: all that was acknowledged before.
    ///
    /// # Errors
    /// If it is not a data file of headcount, or of a layout that this version does not know.
    pub fn begin(path: &Path) -> Result<Reading, OpenError> {
        if !path.is_file() {
            return Err(OpenError::path(path, "there is no such file: name a data file of headcount"));
        }
        let connection = connect_reader(path).map_err(|error| error.at(path))?;
        migrate::check(&connection, path, MIGRATIONS)?;
        if migrate::layout(&connection)? == 0 {
            return Err(OpenError::not_ours(path, "it is empty"));
        }
        // The first statement that reads fixes the moment. Without an open transaction every write of others would have
        // the copying begin anew.
        connection.execute_batch("begin").map_err(|error| OpenError::sqlite(path, &error))?;
        connection
            .query_row("select count(*) from meta", [], |row| row.get::<_, i64>(0))
            .map_err(|error| OpenError::sqlite(path, &error))?;
        Ok(Reading(connection))
    }

    /// What is noted under `name`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn noted(&self, name: &str) -> Result<Option<String>, OpenError> {
        read_meta(&self.0, name).map_err(|fault| OpenError::Sqlite(fault.to_string()))
    }

    /// All that is noted, by name.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn facts(&self) -> Result<Vec<(String, String)>, OpenError> {
        let mut statement = self.0.prepare("select name, value from meta order by name")?;
        let facts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(facts.collect::<rusqlite::Result<_>>()?)
    }

    /// Writes all of it to a new file, which is durable, of one piece, and readable by its owner only.
    ///
    /// # Errors
    /// If the file is there already, or cannot be written. What was written of it stays there.
    pub fn save(&self, to: &Path) -> Result<(), OpenError> {
        let failed = |error: rusqlite::Error| unwritable(to, &error);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)
            .map_err(|error| OpenError::io(to, &error))?;
        let mut copy = Connection::open(to).map_err(failed)?;
        let backup = Backup::new(&self.0, &mut copy).map_err(failed)?;
        loop {
            match backup.step(PAGES_PER_STEP).map_err(failed)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(OpenError::path(to, "is in use by another program: close that one, then try again")),
            }
        }
        drop(backup);
        // So that it is one file, which can be moved about alone; a server that opens it goes back.
        copy.pragma_update(None, "journal_mode", "delete").map_err(failed)?;
        let whole: String = copy.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if whole != "ok" {
            return Err(OpenError::path(to, format!("what was read is damaged ({whole}): restore an earlier backup")));
        }
        copy.close().map_err(|(_, error)| failed(error))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|error| OpenError::io(to, &error))
    }
}

/// Keeps servers from the place of a data file, whether there is one or not.
///
/// # Errors
/// If a server has it, or there is no such folder.
pub fn hold(path: &Path) -> Result<Held, OpenError> {
    lock(&resolve(path)?)
}

/// The one name of a place where there is no data file, nor anything that SQLite would take for part of one.
///
/// # Errors
/// What is there, and what to do.
pub fn free_place(path: &Path) -> Result<PathBuf, OpenError> {
    let path = resolve(path)?;
    let parts = OF_SQLITE.iter().map(|suffix| beside(&path, suffix));
    match std::iter::once(path.clone()).chain(parts).find(|part| part.symlink_metadata().is_ok()) {
        Some(found) => Err(OpenError::path(
            &found,
            "is there already, and nothing is ever overwritten: name another file with --to, or move it away",
        )),
        None => Ok(path),
    }
}

/// Writes a data file that no server has open anew, so that nothing is left of what was deleted, and makes it one file.
///
/// # Errors
/// If it cannot be written; it is as it was then.
pub fn compact(path: &Path) -> Result<(), OpenError> {
    let path = resolve(path)?;
    let _held = lock(&path)?;
    let connection = connect(&path)?;
    migrate::check(&connection, &path, MIGRATIONS)?;
    let failed = |error: rusqlite::Error| unwritable(&path, &error);
    connection.execute_batch("vacuum").map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "delete").map_err(failed)
}

fn unwritable(path: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::path(path, "the disk is full: make room"),
        _ => OpenError::sqlite(path, error),
    }
}
