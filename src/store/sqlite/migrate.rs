//! Bringing a data file to the present layout: numbered steps, one transaction each, after a backup of the file.
//! See `migrations/README.md` for the rules.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::open::{OpenError, beside};

/// One step.
pub(super) struct Migration {
    /// Its number: 1, 2, 3 …; the file's `user_version` is the last one that ran.
    pub(super) number: i64,
    /// The oldest layout whose versions can still read and write the file after this step: an earlier number for a step
    /// that only adds, its own for one that takes something away.
    pub(super) readable_from: i64,
    /// What to run.
    pub(super) sql: &'static str,
}

/// All steps, in order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, readable_from: 1, sql: include_str!("../../../migrations/sqlite/0001_first.sql") },
    Migration { number: 2, readable_from: 1, sql: include_str!("../../../migrations/sqlite/0002_people.sql") },
];

/// Where a file says from which layout on a version can read it.
const READABLE_FROM: &str = "layout_readable_from";

/// Marks a file as one of headcount's ("HdCt").
pub(super) const APPLICATION_ID: i64 = 0x4864_4374;

/// Pages that a backup copies in one step: all.
const ALL_PAGES: i32 = -1;

/// Checks that the file is ours, or empty, and of a layout that is known. Changes nothing.
pub(super) fn check(connection: &Connection, path: &Path, migrations: &[Migration]) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| OpenError::sqlite(path, &error);
    let application = pragma(connection, "application_id").map_err(failed)?;
    let found = pragma(connection, "user_version").map_err(failed)?;
    let tables: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let known = migrations.last().map_or(0, |last| last.number);
    let is_new = application == 0 && found == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(OpenError::not_ours(path, "it is a database of another program"));
    }
    let readable = found <= known || readable_from(connection).is_some_and(|from| from <= known);
    if found < 0 || !readable {
        return Err(OpenError::UnknownSchema { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// Whether every step was run on the file.
pub(super) fn is_present(connection: &Connection, migrations: &[Migration]) -> Result<bool, OpenError> {
    let present: i64 = pragma(connection, "user_version")?;
    Ok(migrations.last().is_none_or(|last| present >= last.number))
}

/// From which layout on a version can read a file of a later one; none if it does not say.
fn readable_from(connection: &Connection) -> Option<i64> {
    let value: String = connection.query_row(NOTED_READABLE_FROM, [READABLE_FROM], |row| row.get(0)).ok()?;
    value.parse().ok()
}

const NOTED_READABLE_FROM: &str = "select value from meta where name = ?1";

const NOTE_READABLE_FROM: &str =
    "insert into meta (name, value) values (?1, ?2) on conflict (name) do update set value = excluded.value";

/// Runs the steps that the file has not seen yet. Before the first of them a file that holds something is copied.
pub(super) fn run(connection: &mut Connection, path: &Path, migrations: &[Migration]) -> Result<(), OpenError> {
    let present: i64 = pragma(connection, "user_version")?;
    let mut due = migrations.iter().filter(|migration| migration.number > present).peekable();
    if let Some(first) = due.peek().filter(|_| present > 0) {
        back_up(connection, path, first.number)?;
    }
    for migration in due {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration.sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", migration.number)?;
        transaction.execute(NOTE_READABLE_FROM, (READABLE_FROM, migration.readable_from.to_string()))?;
        transaction.commit()?;
        tracing::info!(number = migration.number, "the data file was brought to a new layout");
    }
    Ok(())
}

/// Copies the file beside itself, durably, under a name that says before which step. The copy has its name only when it
/// is whole.
fn back_up(connection: &Connection, path: &Path, before: i64) -> Result<PathBuf, OpenError> {
    let target = beside(path, &format!(".before-{before:04}.backup"));
    let partial = beside(path, &format!(".before-{before:04}.backup.partial"));
    let failed = |error: std::io::Error| OpenError::path(&target, format!("the backup cannot be written: {error}"));
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial).map_err(failed)?;
    let mut copy = Connection::open(&partial)?;
    Backup::new(connection, &mut copy)?.step(ALL_PAGES)?;
    copy.close().map_err(|(_, error)| error)?;
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(&partial).map_err(failed)?;
    std::fs::rename(&partial, &target).map_err(failed)?;
    sync(target.parent().unwrap_or(Path::new("/"))).map_err(failed)?;
    tracing::info!(backup = %target.display(), "the data file was copied before its layout changes");
    Ok(target)
}

/// Which layout the file has.
pub(super) fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    pragma(connection, "user_version")
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::sqlite::open::open_with;

    const FIRST: Migration =
        Migration { number: 1, readable_from: 1, sql: "create table meta (name text primary key, value text)" };
    const SECOND: Migration = Migration { number: 2, readable_from: 1, sql: "alter table meta add column note text" };
    const TAKES_AWAY: Migration = Migration { number: 3, readable_from: 3, sql: "alter table meta drop column note" };
    const WRONG: Migration =
        Migration { number: 2, readable_from: 1, sql: "create table one (x); create table one (x)" };

    fn numbers(path: &Path) -> (i64, i64) {
        let connection = Connection::open(path).unwrap();
        (pragma(&connection, "application_id").unwrap(), pragma(&connection, "user_version").unwrap())
    }

    fn backups(directory: &Path) -> Vec<String> {
        let names =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("backup")).collect()
    }

    fn note(path: &Path, migrations: &[Migration], value: &str) {
        open_with(path, migrations).unwrap().stores[0].set_meta("note", value).unwrap();
    }

    #[test]
    fn numbers_follow_each_other() {
        for (number, migration) in (1..).zip(MIGRATIONS) {
            assert_eq!(migration.number, number);
        }
    }

    #[test]
    fn a_new_file_gets_all_steps_and_no_backup() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        drop(open_with(&path, &[FIRST, SECOND]).unwrap());
        assert_eq!(numbers(&path), (APPLICATION_ID, 2));
        assert!(backups(directory.path()).is_empty());
    }

    #[test]
    fn a_file_that_holds_something_is_copied_before_it_changes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        note(&path, &[FIRST], "before");
        note(&path, &[FIRST], "still before");
        assert!(backups(directory.path()).is_empty(), "nothing was due");
        note(&path, &[FIRST, SECOND], "after");
        assert_eq!(backups(directory.path()), ["test.db.before-0002.backup"]);
        let backup = directory.path().join("test.db.before-0002.backup");
        assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(numbers(&backup), (APPLICATION_ID, 1));
        let store = open_with(&backup, &[FIRST]).unwrap().stores.remove(0);
        assert_eq!(store.meta("note").unwrap().as_deref(), Some("still before"));
        assert_eq!(numbers(&path).1, 2);
        assert_eq!(
            open_with(&path, &[FIRST, SECOND]).unwrap().stores[0].meta("note").unwrap().as_deref(),
            Some("after")
        );
    }

    #[test]
    fn the_release_before_reads_what_was_only_added_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        note(&path, &[FIRST, SECOND], "after the upgrade");
        let store = open_with(&path, &[FIRST]).unwrap().stores.remove(0);
        assert_eq!(store.meta("note").unwrap().as_deref(), Some("after the upgrade"));
        drop(store);
        assert_eq!(numbers(&path).1, 2, "going back changes no layout");
        note(&path, &[FIRST, SECOND, TAKES_AWAY], "smaller");
        for before in [&[FIRST] as &[Migration], &[FIRST, SECOND]] {
            assert!(matches!(open_with(&path, before), Err(OpenError::UnknownSchema { found: 3, .. })));
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        note(&path, &[FIRST], "here");
        for _ in 0..2 {
            assert!(open_with(&path, &[FIRST, WRONG]).is_err());
            assert_eq!(numbers(&path), (APPLICATION_ID, 1));
        }
        assert_eq!(open_with(&path, &[FIRST]).unwrap().stores[0].meta("note").unwrap().as_deref(), Some("here"));
    }
}
