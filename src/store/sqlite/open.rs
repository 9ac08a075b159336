//! Opening a data file: what is refused, and how SQLite is set up.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::process::Uid;

use super::checkpoint::{self, Checkpoints};
use super::migrate::{self, MIGRATIONS, Migration};
use super::{Readers, Shared, SqliteStore};
use crate::store::{self, Opened};

/// Why a data file was not opened. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has it.
    #[error("{path} is open in another server: stop that one first, or use another file with --database")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Something else than a data file of headcount.
    #[error("{path} is not a data file of headcount ({problem}): name another file with --database")]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What it is.
        problem: String,
    },
    /// Of a layout that this version does not know.
    #[error(
        "{path} has layout {found}, this version knows layouts up to {known}: use the version that wrote it, or a newer one"
    )]
    UnknownSchema {
        /// The file.
        path: PathBuf,
        /// The number in the file.
        found: i64,
        /// The last number this version knows.
        known: i64,
    },
    /// An SQLite that can corrupt files.
    #[error("SQLite {found} can corrupt its write-ahead log: build with SQLite 3.51.3 or newer")]
    OldSqlite {
        /// Its version.
        found: &'static str,
    },
    /// There is no such place, or it may not be written.
    #[error("{path}: {problem}")]
    Path {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// SQLite failed.
    #[error("the data file cannot be opened: {0}")]
    Sqlite(String),
}

/// The first version without the bug that corrupts a write-ahead log when it is reset.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// How long a statement waits for another program that has the file open, or a checkpoint for readers.
const BUSY_WAIT: Duration = Duration::from_secs(2);
/// Prepared statements that a connection keeps; more than there are.
const STATEMENTS_KEPT: usize = 128;
/// As much of the file is read without copying.
const MAPPED_BYTES: i64 = 256 << 20;
/// Pages the writer keeps, in KiB.
const WRITER_CACHE_KIB: i64 = 32 << 10;
/// Pages a reader keeps, in KiB.
const READER_CACHE_KIB: i64 = 4 << 10;

/// Opens the data file, makes it if there is none, and brings it to the present layout.
///
/// # Errors
/// See [`OpenError`]; nothing was changed then, but for a migration that succeeded before a later one failed.
pub fn open(path: &Path) -> Result<Opened<SqliteStore>, OpenError> {
    open_with(path, MIGRATIONS)
}

/// As [`open`], with other steps than the present ones.
pub(super) fn open_with(path: &Path, migrations: &[Migration]) -> Result<Opened<SqliteStore>, OpenError> {
    check_version(rusqlite::version_number())?;
    let path = resolve(path)?;
    let lock = lock(&path)?;
    make(&path)?;
    let mut connection = connect(&path)?;
    migrate::check(&connection, &path, migrations)?;
    set_up_writer(&connection).map_err(|error| error.at(&path))?;
    empty_wal(&connection, &path)?;
    migrate::run(&mut connection, &path, migrations).map_err(|error| error.at(&path))?;
    let shared = Arc::new(Shared::default());
    let readers = Readers::start(&path, Arc::clone(&shared))?;
    let store = SqliteStore { connection, checkpoints: Checkpoints::default(), shared, _lock: lock };
    Ok(Opened { stores: vec![store], readers: store::Readers::Sqlite(readers), warnings: Vec::new() })
}

/// Readers alone, beside whoever has the file open. They follow no commit of others: of events they are to read, the form is
/// not to be asked for.
///
/// # Errors
/// See [`OpenError`]; also if the file is not there, or of an earlier layout.
pub fn open_readers(path: &Path) -> Result<store::Readers, OpenError> {
    if !path.is_file() {
        return Err(OpenError::path(path, "there is no such file: name the data file with --database sqlite:PATH"));
    }
    let connection = connect_reader(path).map_err(|error| error.at(path))?;
    migrate::check(&connection, path, MIGRATIONS)?;
    if !migrate::is_present(&connection, MIGRATIONS).map_err(|error| error.at(path))? {
        return Err(OpenError::path(path, "has an earlier layout: start this version on it first"));
    }
    Ok(store::Readers::Sqlite(Readers::start(path, Arc::default())?))
}

fn check_version(number: i32) -> Result<(), OpenError> {
    if number < SQLITE_VERSION_MIN { Err(OpenError::OldSqlite { found: rusqlite::version() }) } else { Ok(()) }
}

/// The one name of the file: two names must not lead to two locks. SQLite's own files stand beside it.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    if path.as_os_str().is_empty() || path.file_name().is_none() || path.is_dir() {
        return Err(OpenError::path(path, "is a directory: name a file in it, for instance headcount.db"));
    }
    match path.canonicalize() {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let directory = folder_of(path);
            let found = directory.canonicalize().map_err(|error| match error.kind() {
                ErrorKind::NotFound => OpenError::path(
                    path,
                    format!("the directory {} does not exist: make it first", directory.display()),
                ),
                _ => OpenError::io(path, &error),
            })?;
            Ok(found.join(path.file_name().unwrap_or_default()))
        }
        Err(error) => Err(OpenError::io(path, &error)),
    }
}

/// A data file that nobody else may use as long as this lives.
#[derive(Debug)]
pub struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing alone gives it back only when a process that is being started at this moment has closed its copy too.
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the lock of a data file was not given back");
        }
    }
}

/// Taken by one server at a time, for as long as it lives; the system gives it back even after a crash. On a file of its
/// own, because closing the data file itself would drop the locks that SQLite holds on it.
pub(super) fn lock(path: &Path) -> Result<Held, OpenError> {
    let name = beside(path, ".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&name).map_err(|error| OpenError::io(&name, &error))?;
    give_to_owner_of_folder(&name).map_err(|error| OpenError::io(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Held(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(OpenError::io(&name, &error)),
    }
}

/// Where a file is, or is to be.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path with something added to the file's name.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Gives a file that root has made to whoever its folder belongs to, so that what root restores for a server that runs as
/// another user is the server's.
///
/// # Errors
/// If the system refuses.
pub fn give_to_owner_of_folder(file: &Path) -> std::io::Result<()> {
    let (of_file, of_folder) = (file.metadata()?.uid(), folder_of(file).metadata()?);
    if of_file != Uid::ROOT.as_raw() || of_folder.uid() == of_file {
        return Ok(());
    }
    chown(file, Some(of_folder.uid()), Some(of_folder.gid()))
}

/// A new file is readable by its owner only; SQLite gives its own files the same mode. Opens no file that is there.
fn make(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError::io(path, &error)),
    }
}

pub(super) fn connect(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| OpenError::sqlite(path, &error))?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    if connection.is_readonly("main")? {
        return Err(OpenError::path(path, "may not be written: give this user the right to write the file"));
    }
    Ok(connection)
}

/// A connection of its own that can only read.
pub(super) fn connect_reader(path: &Path) -> Result<Connection, OpenError> {
    let failed = |error: rusqlite::Error| OpenError::sqlite(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(failed)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES).map_err(failed)?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection) -> Result<(), OpenError> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    let foreign_keys: bool = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
    if (mode.as_str(), synchronous, foreign_keys) != ("wal", 2, true) {
        return Err(OpenError::Sqlite(format!(
            "this file system does not allow a write-ahead log (journal_mode {mode}, synchronous {synchronous}): use a local disk"
        )));
    }
    Ok(())
}

/// What the process before may not have known to be durable is made durable, before anybody is told of it.
fn empty_wal(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let wal = checkpoint::run(connection, checkpoint::EMPTY)
        .map_err(|fault| OpenError::path(path, format!("cannot be written: {fault}")))?;
    if wal.copied < wal.frames {
        return Err(OpenError::path(path, "another program reads the file: close that one, then start again"));
    }
    Ok(())
}

impl OpenError {
    pub(super) fn not_ours(path: &Path, problem: impl Into<String>) -> OpenError {
        OpenError::NotOurs { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn path(path: &Path, problem: impl Into<String>) -> OpenError {
        OpenError::Path { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn io(path: &Path, error: &std::io::Error) -> OpenError {
        let what_to_do = match error.kind() {
            ErrorKind::PermissionDenied => "may not be written: give this user the right to write there",
            ErrorKind::ReadOnlyFilesystem => "the disk is mounted read-only: use another place",
            ErrorKind::StorageFull => "the disk is full: make room",
            _ => return OpenError::path(path, error.to_string()),
        };
        OpenError::path(path, what_to_do)
    }

    /// Names the file in what SQLite said.
    pub(super) fn at(self, path: &Path) -> OpenError {
        match self {
            OpenError::Sqlite(problem) => OpenError::path(path, problem),
            other => other,
        }
    }

    /// What SQLite says about the file, in words for whoever starts the server.
    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::not_ours(path, "it is not an SQLite database"),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                OpenError::path(path, "may not be read or written: give this user the right to")
            }
            Some(ErrorCode::DatabaseBusy) => {
                OpenError::path(path, "is in use by another program: close that one, then start again")
            }
            _ => OpenError::path(path, error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        OpenError::Sqlite(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_with_the_write_ahead_log_bug_is_refused() {
        assert!(matches!(check_version(3_051_002), Err(OpenError::OldSqlite { .. })));
        assert!(check_version(3_051_003).is_ok());
        assert!(check_version(rusqlite::version_number()).is_ok());
    }

    #[test]
    fn every_connection_is_set_up() {
        let directory = tempfile::tempdir().unwrap();
        let opened = open(&directory.path().join("test.db")).unwrap();
        let number =
            |name| opened.stores[0].connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        let expected = [("synchronous", 2), ("foreign_keys", 1), ("wal_autocheckpoint", 0), ("busy_timeout", 2_000)];
        for (name, value) in expected {
            assert_eq!(number(name), value, "{name}");
        }
        let reader = connect_reader(&directory.path().join("test.db")).unwrap();
        assert!(reader.execute("delete from meta", []).is_err(), "a reader only reads");
    }

    #[test]
    fn a_lock_is_given_back_though_a_process_that_is_being_started_has_a_copy_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let held = lock(&path).unwrap();
        let copy = held.0.try_clone().unwrap();
        assert!(matches!(lock(&path), Err(OpenError::InUse { .. })));
        drop(held);
        drop(lock(&path).unwrap());
        drop(copy);
    }
}
