//! Faults that cannot be caused from outside of this module.

use headcount_core::ids::Millis;

use super::*;
use crate::store::Opened;
use crate::store::read::EventRef;

fn fresh() -> (SqliteStore, Readers, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let Opened { mut stores, readers, .. } = open(&directory.path().join("test.db")).unwrap();
    let crate::store::Readers::Sqlite(readers) = readers else { panic!("a data file has readers of its own") };
    (stores.remove(0), readers, directory)
}

fn pages_max(store: &SqliteStore, pages: i64) {
    store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
}

#[tokio::test]
async fn without_room_nothing_is_written_and_with_room_it_goes_on() {
    let (store, readers, _directory) = fresh();
    pages_max(&store, 1);
    let large = "x".repeat(1 << 20);
    let full = store.set_meta("large", &large);
    assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
    assert_eq!(store.meta("large").unwrap(), None);
    store.set_meta("small", "fits").unwrap();
    readers.ping().await.unwrap();
    pages_max(&store, 100_000);
    store.set_meta("large", &large).unwrap();
    assert_eq!(store.meta("large").unwrap(), Some(large));
}

#[tokio::test]
async fn after_an_unknown_commit_nothing_is_answered() {
    let (mut store, readers, _directory) = fresh();
    store.shared.unknown.store(true, Ordering::Release);
    assert!(matches!(store.meta("name"), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.probe(Millis(0)).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.tidy(Millis(0)).await, Err(StoreError::Unavailable(_))));
    let decided = store.transact(&Needs::default(), |_, _| ()).await;
    assert!(matches!(decided, Err(StoreError::Unavailable(_))), "{decided:?}");
    assert!(matches!(readers.ping().await, Err(StoreError::Unavailable(_))));
    let form = readers.resolve(&EventRef::Slug("feast".into())).await;
    assert!(matches!(form, Err(StoreError::Unavailable(_))), "{form:?}");
}

#[test]
fn only_a_full_disk_makes_a_failed_commit_certain() {
    let error = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
    assert!(matches!(fault::of_commit(&error(rusqlite::ffi::SQLITE_FULL)), StoreError::Unavailable(_)));
    for code in [rusqlite::ffi::SQLITE_IOERR_FSYNC, rusqlite::ffi::SQLITE_IOERR_WRITE, rusqlite::ffi::SQLITE_BUSY] {
        assert!(matches!(fault::of_commit(&error(code)), StoreError::CommitUnknown(_)));
    }
}

#[tokio::test]
async fn a_bug_in_one_answer_costs_that_answer_only() {
    let (_store, readers, _directory) = fresh();
    for _ in 0..10 {
        let failed = readers.ask(|_| -> Result<(), Fault> { panic!("a bug") }).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
        readers.ping().await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_is_from_one_state_of_the_file() {
    let (store, readers, _directory) = fresh();
    store.set_meta("name", "before").unwrap();
    let (reading, begun) = std::sync::mpsc::channel();
    let (changed, go_on) = std::sync::mpsc::channel::<()>();
    let asked = tokio::spawn(async move {
        let twice = move |connection: &Connection| {
            let first = read_meta(connection, "name")?;
            reading.send(()).unwrap();
            go_on.recv().unwrap();
            Ok((first, read_meta(connection, "name")?))
        };
        readers.ask(twice).await
    });
    tokio::task::spawn_blocking(move || {
        begun.recv().unwrap();
        store.set_meta("name", "after").unwrap();
        changed.send(()).unwrap();
        store
    })
    .await
    .unwrap();
    let (first, second) = asked.await.unwrap().unwrap();
    assert_eq!((first.as_deref(), second.as_deref()), (Some("before"), Some("before")));
}

#[tokio::test]
async fn nothing_has_the_file_open_any_more_once_store_and_readers_are_dropped() {
    for round in 0..50 {
        let (store, readers, directory) = fresh();
        readers.ping().await.unwrap();
        drop((store, readers));
        compact(&directory.path().join("test.db")).unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}
