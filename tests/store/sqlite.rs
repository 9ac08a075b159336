//! What only the store in an SQLite file does: old keys go, the log before the file stays small, the file's own walls.

use std::path::Path;

use headcount::clock;
use headcount::store::sqlite::open;
use headcount::store::{Facts as _, KEY_AGE_MS_MAX, Opened, SqliteStore, Store as _};
use headcount_core::event::Status;
use headcount_core::ids::Millis;
use rusqlite::Connection;
use tempfile::TempDir;

use super::setting::*;

/// A store in a directory that is removed in the end.
pub(crate) fn fresh() -> (Setting<SqliteStore>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (open_in(directory.path()), directory)
}

pub(crate) fn open_in(directory: &Path) -> Setting<SqliteStore> {
    let Opened { mut stores, readers, .. } = open(&directory.join("test.db")).unwrap();
    Setting { store: stores.remove(0), readers }
}

async fn opened() -> (Setting<SqliteStore>, TempDir) {
    fresh()
}

mod story {
    super::super::story::tell!(super::opened);
}

mod scripts {
    super::super::scripts::tell!(super::opened);
}

mod reading {
    super::super::reading::tell!(super::opened);
}

fn beside(directory: &TempDir) -> Connection {
    Connection::open(directory.path().join("test.db")).unwrap()
}

fn count(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

async fn one_event(setting: &mut Setting<SqliteStore>) {
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", Some(2))])).await;
    setting.one(sign_up(event_id(1), "feast", 1, "ann", 1, 1)).await;
    setting.one(sign_up(event_id(1), "feast", 2, "ben", 1, 1)).await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let (mut setting, directory) = fresh();
    one_event(&mut setting).await;
    setting.store.note("owner", "hash").await.unwrap();
    drop(setting);
    let mut setting = open_in(directory.path());
    assert_eq!(setting.status(event_id(1), 2).await.0, Status::Confirmed);
    assert_eq!(setting.store.noted("owner").await.unwrap().as_deref(), Some("hash"));
    assert_eq!(setting.store.noted("nothing").await.unwrap(), None);
}

#[tokio::test]
async fn after_a_stop_in_good_order_the_data_file_alone_holds_everything() {
    let (mut setting, directory) = fresh();
    one_event(&mut setting).await;
    drop(setting);
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(directory.path().join("test.db"), elsewhere.path().join("test.db")).unwrap();
    assert_eq!(open_in(elsewhere.path()).status(event_id(1), 2).await.0, Status::Confirmed);
}

#[tokio::test]
async fn a_batch_that_decides_nothing_writes_nothing() {
    let (mut setting, directory) = fresh();
    one_event(&mut setting).await;
    let file = beside(&directory);
    let version = |file: &Connection| count(file, "pragma data_version");
    let before = version(&file);
    let late = sign_up(event_id(1), "feast", 3, "ann", 1, 1);
    refusal(&setting.one(late.clone()).await);
    assert_eq!(version(&file), before);
    receipt(&setting.one(sign_up(event_id(1), "feast", 4, "dan", 1, 1)).await);
    assert_ne!(version(&file), before);
}

#[tokio::test]
async fn a_store_that_can_write_says_so() {
    let (mut setting, _directory) = fresh();
    setting.store.probe(clock::now()).await.unwrap();
    setting.readers.ping().await.unwrap();
}

#[tokio::test]
async fn old_keys_are_removed_in_small_steps() {
    let (mut setting, directory) = fresh();
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", Some(2))])).await;
    let key = |number: u128| {
        with_key(sign_up(event_id(1), "feast", number, &format!("p{number}"), 1, 1), &format!("{number:030}"))
    };
    let batch: Vec<_> = (1..=600).map(key).collect();
    setting.try_run(&batch).await.unwrap();
    let file = beside(&directory);
    let kept = || count(&file, "select count(*) from idempotency_keys");
    let now = clock::now();
    setting.store.tidy(now).await.unwrap();
    assert_eq!(kept(), 600, "they are not old yet");
    let later = Millis(now.0 + KEY_AGE_MS_MAX + 60_000);
    setting.store.tidy(later).await.unwrap();
    assert_eq!(kept(), 100);
    setting.store.tidy(later).await.unwrap();
    assert_eq!(kept(), 0);
    setting.store.tidy(later).await.unwrap();
}

#[tokio::test]
async fn the_write_ahead_log_stays_small_under_unbroken_writing() {
    let (mut setting, directory) = fresh();
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", None)])).await;
    let mut largest = 0;
    for batch in 0..120_u128 {
        let numbers = batch * 500..(batch + 1) * 500;
        let batch: Vec<_> =
            numbers.map(|number| sign_up(event_id(1), "feast", number, &format!("p{number}"), 1, 1)).collect();
        setting.try_run(&batch).await.unwrap();
        largest = largest.max(directory.path().join("test.db-wal").metadata().unwrap().len());
    }
    assert!(largest < 48 << 20, "the write-ahead log grew to {largest} bytes");
    assert!(directory.path().join("test.db").metadata().unwrap().len() > 8 << 20, "it was copied");
}

#[tokio::test]
async fn the_files_own_walls_hold_against_anybody() {
    let (mut setting, directory) = fresh();
    one_event(&mut setting).await;
    let file = beside(&directory);
    for wrong in [
        "update roles set reserved = 3",
        "update roles set reserved = -1",
        "update roles set waiting = -1",
        "update roles set capacity = 1",
        "update roles set override_spots = -1",
        "update events set capacity = 1",
        "update events set reserved = -1",
        "update events set registrations = -1",
        "update events set status = 'open'",
        "update events set hash = x'00'",
        "update registrations set spots = 0",
        "update registrations set checked_in = 2",
        "update registrations set status = 'cancelled'",
        "update registrations set ended_seq = 9",
        "update registrations set person = 'email:ann@example.org'",
        "update registrations set role_id = x'00'",
        "delete from roles",
        "delete from events",
        "insert into log select * from log",
        "insert into slugs values ('other', (select event_id from events))",
        "insert into slugs values ('other', x'00')",
        "insert into roles select event_id, x'01', 'SERVER', name_key, '', 1, null, null, 0, 0, 0, 0, 0, 0, 0, null, 0, \
         null from roles",
    ] {
        let refused = file.execute(wrong, []).unwrap_err();
        assert_eq!(
            refused.sqlite_error_code(),
            Some(rusqlite::ErrorCode::ConstraintViolation),
            "{wrong} was not refused by a constraint: {refused}"
        );
    }
}
