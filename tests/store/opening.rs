//! What is refused at the start, and how a file is made.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use headcount::store::sqlite::{OpenError, open};
use rusqlite::Connection;

use super::sqlite::{fresh, open_in};

fn refused(path: &Path) -> OpenError {
    match open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

#[test]
fn two_servers_on_one_file_are_refused() {
    let (setting, directory) = fresh();
    let path = directory.path().join("test.db");
    let error = refused(&path);
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("stop that one first"), "{error}");
    let other_name = directory.path().join("link.db");
    symlink(&path, &other_name).unwrap();
    assert!(matches!(refused(&other_name), OpenError::InUse { .. }), "by another name");
    drop(setting);
    drop(open_in(directory.path()));
}

#[test]
fn a_layout_of_a_newer_version_is_refused_and_left_alone() {
    let (setting, directory) = fresh();
    drop(setting);
    let path = directory.path().join("test.db");
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 999).unwrap();
    later.execute("update meta set value = '999' where name = 'layout_readable_from'", []).unwrap();
    drop(later);
    let error = refused(&path);
    assert!(matches!(error, OpenError::UnknownSchema { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("use the version that wrote it"), "{error}");
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letter.txt");
    let letter = "Dear reader, this is not a database. ".repeat(100);
    fs::write(&path, &letter).unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("create table birds (name text); insert into birds values ('heron')").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error}");
    assert!(error.to_string().contains("another program"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = refused(&directory.path().join("nowhere/test.db")).to_string();
    assert!(error.contains("nowhere") && error.contains("does not exist: make it first"), "{error}");
    let error = refused(directory.path()).to_string();
    assert!(error.contains("is a directory"), "{error}");
}

#[test]
fn a_place_that_may_not_be_written_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let locked = directory.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        // The superuser may write everywhere.
        return;
    }
    let error = refused(&locked.join("test.db")).to_string();
    assert!(error.contains("may not be written"), "{error}");
}

#[test]
fn new_files_are_readable_by_their_owner_only() {
    let (_setting, directory) = fresh();
    let mut names = Vec::new();
    for entry in fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["test.db", "test.db-shm", "test.db-wal", "test.db.lock"]);
}

#[test]
fn an_empty_file_is_taken_as_new() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("test.db"), "").unwrap();
    drop(open_in(directory.path()));
}
