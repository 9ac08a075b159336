//! `headcount backup` and `headcount restore` with the real program, beside a server that people sign up at all the time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use headcount::client::{Address, Ask, Connection};
use hyper::Method;
use process::{Server, TOKEN, assert_green, told};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

#[path = "support/process.rs"]
mod process;

const CONNECTIONS: usize = 8;
/// People who have signed up before the backup begins.
const PEOPLE_BEFORE: usize = 200;

/// How a run ended, and what it said.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    output: String,
    errors: String,
}

/// Runs the program. While another test starts a program, that one holds the locks of this process for a moment, too.
fn headcount(arguments: &[&str]) -> Run {
    loop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        let output = command.args(arguments).env_remove("HEADCOUNT_SECRET").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let run = Run { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) };
        if !run.errors.contains("is open in another server") {
            return run;
        }
    }
}

fn backup(database: &Path, to: &Path) -> Run {
    headcount(&["backup", "--database", &url(database), "--to", to.to_str().unwrap()])
}

fn restore(from: &Path, to: &Path) -> Run {
    headcount(&["restore", "--from", from.to_str().unwrap(), "--to", to.to_str().unwrap()])
}

fn url(database: &Path) -> String {
    format!("sqlite:{}", database.display())
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("headcount.db");
    (folder, database)
}

fn names(folder: &TempDir) -> BTreeSet<String> {
    fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn secret(database: &Path) -> PathBuf {
    database.with_extension("db.secret")
}

async fn make_event(address: &Address) -> String {
    let event = json!({
        "title": "Example", "slug": "kept", "status": "published", "roles": [{"name": "Visitor", "capacity": 100_000}]
    });
    let ask = Ask::new(Method::POST, &address.target("/api/v1/events")).json(event.to_string()).token(TOKEN);
    let made = told(&mut Connection::open(address).await.unwrap(), ask).await.unwrap();
    assert_eq!(made.0, 201, "{}", made.1);
    made.1["id"].as_str().unwrap().to_owned()
}

fn sign_up(address: &Address, event: &str, person: usize) -> Ask {
    let body = json!({"name": format!("Person {person}"), "email": format!("person-{person}@example.org")});
    Ask::new(Method::POST, &address.target(&format!("/api/v1/events/{event}/registrations"))).json(body.to_string())
}

/// People who sign up until they are told to stop; each returns who was acknowledged.
struct Load {
    people: tokio::task::JoinSet<()>,
    acknowledged: Arc<std::sync::Mutex<BTreeSet<String>>>,
    enough: Arc<AtomicBool>,
}

impl Load {
    async fn begin(address: &Address, event: &str, before: usize) -> Load {
        let (next, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (acknowledged, begun) = (Arc::new(std::sync::Mutex::new(BTreeSet::new())), Arc::new(Notify::new()));
        let mut people = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (address, event, next, enough) = (address.clone(), event.to_owned(), next.clone(), enough.clone());
            let (acknowledged, begun) = (acknowledged.clone(), begun.clone());
            people.spawn(async move {
                let mut connection = Connection::open(&address).await.unwrap();
                while !enough.load(Ordering::SeqCst) {
                    let ask = sign_up(&address, &event, next.fetch_add(1, Ordering::SeqCst));
                    let (status, answer) = told(&mut connection, ask).await.unwrap();
                    assert_eq!(status, 201, "{answer}");
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.insert(answer["id"].as_str().unwrap().to_owned());
                    if acknowledged.len() == before {
                        begun.notify_one();
                    }
                }
            });
        }
        begun.notified().await;
        Load { people, acknowledged, enough }
    }

    fn acknowledged(&self) -> BTreeSet<String> {
        self.acknowledged.lock().unwrap().clone()
    }

    async fn end(self) -> BTreeSet<String> {
        self.enough.store(true, Ordering::SeqCst);
        self.people.join_all().await;
        self.acknowledged.lock().unwrap().clone()
    }
}

async fn registrations(server: &Server, event: &str) -> BTreeSet<String> {
    let mut connection = server.connect().await;
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let path = format!("/api/v1/events/{event}/registrations?limit=100{cursor}");
        let (status, page) = told(&mut connection, server.get(&path)).await.unwrap();
        assert_eq!(status, 200, "{page}");
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn whoever_was_acknowledged_before_a_backup_began_is_in_it() {
    let (folder, database) = folder();
    let server = Server::start(&database);
    let event = make_event(&server.address).await;
    let load = Load::begin(&server.address, &event, PEOPLE_BEFORE).await;
    let before = load.acknowledged();
    let copy = folder.path().join("backup.db");
    let run = tokio::task::spawn_blocking({
        let (database, copy) = (database.clone(), copy.clone());
        move || backup(&database, &copy)
    });
    let run = run.await.unwrap();
    let after = load.end().await;
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""), "{run:?}");
    assert_eq!((mode(&copy), mode(&secret(&copy))), (0o600, 0o600));
    assert_green(&url(&copy), "the backup");
    assert_green(&url(&database), "the data file beside it");
    // The noted head is that of the backup, and of the log that went on.
    let head = run.output.lines().find_map(|line| line.strip_prefix("head ")).unwrap();
    let still_there = headcount(&["verify", "--database", &url(&database), "--head", head]);
    assert_eq!(still_there.code, Some(0), "{still_there:?}");
    server.kill();

    let restored = folder.path().join("restored.db");
    let run = restore(&copy, &restored);
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""), "{run:?}");
    assert_eq!((mode(&restored), mode(&secret(&restored))), (0o600, 0o600));
    assert_eq!(fs::read(secret(&restored)).unwrap(), fs::read(secret(&database)).unwrap());
    let server = Server::start(&restored);
    let found = registrations(&server, &event).await;
    assert!(before.len() >= PEOPLE_BEFORE && before.is_subset(&found), "everybody who was told so before it began");
    assert!(found.len() <= after.len() + CONNECTIONS, "and nobody who never was");
    server.kill();
    assert!(!names(&folder).iter().any(|name| name.contains("partial")), "{:?}", names(&folder));
}

#[tokio::test]
async fn links_that_were_given_out_before_a_backup_work_after_a_restore() {
    let (folder, database) = folder();
    let server = Server::start(&database);
    let event = make_event(&server.address).await;
    let (_, receipt) = told(&mut server.connect().await, sign_up(&server.address, &event, 1)).await.unwrap();
    let token = receipt["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&database, &copy).code, Some(0));
    server.kill();
    let restored = folder.path().join("restored.db");
    assert_eq!(restore(&copy, &restored).code, Some(0));
    let server = Server::start(&restored);
    let asked = server.get(&format!("/api/v1/manage/{token}"));
    let (status, own) = told(&mut server.connect().await, asked).await.unwrap();
    assert_eq!((status, &own["registration"]["id"]), (200, &receipt["id"]), "{own}");
    server.kill();
}

#[tokio::test]
async fn nothing_is_overwritten_and_whoever_asks_is_told_why() {
    let (folder, database) = folder();
    let server = Server::start(&database);
    make_event(&server.address).await;
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&database, &copy).code, Some(0));
    let written = fs::read(&copy).unwrap();

    let again = backup(&database, &copy);
    refused(&again, Some(3), "is there already");
    assert_eq!(fs::read(&copy).unwrap(), written, "it is as it was");
    refused(&restore(&copy, &database), Some(3), "is open in a server");
    server.kill();
    refused(&restore(&copy, &database), Some(3), "is there already");
    // What SQLite would take for a part of the restored file.
    let target = folder.path().join("target.db");
    fs::write(folder.path().join("target.db-wal"), "left behind").unwrap();
    refused(&restore(&copy, &target), Some(3), "target.db-wal: is there already");
    fs::remove_file(folder.path().join("target.db-wal")).unwrap();
    // A secret that is not the backup's.
    fs::write(secret(&target), "the-secret-of-another-data-file").unwrap();
    refused(&restore(&copy, &target), Some(1), "with another secret");
    assert!(!target.exists());
    // Its own one, which has outlived the data file.
    fs::copy(secret(&copy), secret(&target)).unwrap();
    assert_eq!(restore(&copy, &target).code, Some(0));

    refused(&backup(Path::new("/nowhere/at-all.db"), &folder.path().join("b")), Some(3), "there is no such file");
    let text = folder.path().join("text");
    fs::write(&text, "This is no data file.".repeat(100)).unwrap();
    refused(&backup(&text, &folder.path().join("b")), Some(3), "is not a data file of headcount");
    refused(&restore(&text, &folder.path().join("b")), Some(3), "is not a data file of headcount");
    refused(&restore(&copy, Path::new("/nowhere/at-all.db")), Some(3), "does not exist");
    let postgres = ["backup", "--database", "postgres://me@localhost/x", "--to", "b"];
    refused(&headcount(&postgres), Some(2), "pg_basebackup");
    let kept =
        ["backup.db", "backup.db.secret", "headcount.db", "headcount.db.secret", "target.db", "target.db.secret"];
    let left = names(&folder).into_iter().filter(|name| !name.contains(".lock") && !name.ends_with("-shm"));
    let left: Vec<String> = left.filter(|name| !name.ends_with("-wal") && name != "text").collect();
    assert_eq!(left, kept, "nothing half-done is left");
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let (folder, database) = folder();
    let server = Server::start(&database);
    let event = make_event(&server.address).await;
    told(&mut server.connect().await, sign_up(&server.address, &event, 1)).await.unwrap();
    server.kill();
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&database, &copy).code, Some(0));
    let damage = rusqlite::Connection::open(&copy).unwrap();
    assert_eq!(damage.execute("update registrations set status = 'cancelled', ended_seq = 99", []).unwrap(), 1);
    damage.close().unwrap();
    let target = folder.path().join("target.db");
    refused(&restore(&copy, &target), Some(1), "is damaged: take an earlier backup");
    assert!(!target.exists() && !secret(&target).exists());
    // A backup of what is damaged is better than none, and says so.
    let second = folder.path().join("second.db");
    refused(&backup(&copy, &second), Some(1), "as damaged as");
    assert!(second.exists());
}

#[tokio::test]
async fn what_root_restores_belongs_to_whoever_the_folder_belongs_to() {
    const SOMEBODY: u32 = 12_345;
    let (folder, database) = folder();
    if folder.path().metadata().unwrap().uid() != 0 {
        println!("skipped: only root can give files away");
        return;
    }
    Server::start(&database).kill();
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&database, &copy).code, Some(0));
    let theirs = folder.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    chown(&theirs, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    assert_eq!(restore(&copy, &theirs.join("headcount.db")).code, Some(0));
    let owner = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().uid());
    let owners: BTreeSet<_> = fs::read_dir(&theirs).unwrap().map(|entry| owner(entry.unwrap())).collect();
    let names = ["headcount.db", "headcount.db.lock", "headcount.db.secret"];
    assert_eq!(owners, names.map(|name| (name.to_owned(), SOMEBODY)).into());
}

fn refused(run: &Run, code: Option<i32>, says: &str) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(run.errors.contains(says), "{run:?}");
}

#[tokio::test]
async fn a_server_that_was_given_its_secret_has_none_to_be_written() {
    let (folder, database) = folder();
    let server = Server::of(process::command(&[], &database).env("HEADCOUNT_SECRET", "given-by-the-environment"));
    let event = make_event(&server.address).await;
    let copy = folder.path().join("backup.db");
    let run = backup(&database, &copy);
    assert!(run.code == Some(0) && run.output.contains("HEADCOUNT_SECRET"), "{run:?}");
    server.kill();
    let restored = folder.path().join("restored.db");
    let run = restore(&copy, &restored);
    assert!(run.code == Some(0) && run.output.contains("HEADCOUNT_SECRET"), "{run:?}");
    assert!(!secret(&copy).exists() && !secret(&restored).exists());
    let server = Server::of(process::command(&[], &restored).env("HEADCOUNT_SECRET", "given-by-the-environment"));
    let found: Value =
        told(&mut server.connect().await, server.get(&format!("/api/v1/events/{event}"))).await.unwrap().1;
    assert_eq!(found["slug"], "kept");
    server.kill();
}

/// Marks of somebody, in all that is kept about them.
const MARKS: [&str; 5] = ["zq-name", "zq-mail@example.org", "+493012345678", "zq-notes", "zq-reason"];

fn marked(address: &Address, event: &str) -> Ask {
    let body = json!({"name": MARKS[0], "email": MARKS[1], "phone": MARKS[2], "notes": MARKS[3]});
    Ask::new(Method::POST, &address.target(&format!("/api/v1/events/{event}/registrations"))).json(body.to_string())
}

fn holds(file: &Path, mark: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(mark.len()).any(|window| window == mark.as_bytes())
}

async fn with_somebody_marked(folder: &Path) -> (PathBuf, String) {
    let database = folder.join("headcount.db");
    let server = Server::start(&database);
    let event = json!({
        "title": "Example", "slug": "kept", "status": "published", "phone": "optional",
        "roles": [{"name": "Visitor", "capacity": 2}], "waitlist": {"policy": "strict"}
    });
    let mut connection = server.connect().await;
    let (_, made) = told(&mut connection, server.post("/api/v1/events", &event)).await.unwrap();
    let event = made["id"].as_str().unwrap().to_owned();
    let (status, one) = told(&mut connection, marked(&server.address, &event)).await.unwrap();
    assert_eq!(status, 201, "{one}");
    let path = format!("/api/v1/events/{event}/registrations/{}/remove", one["id"].as_str().unwrap());
    let (status, removed) = told(&mut connection, server.post(&path, &json!({"reason": MARKS[4]}))).await.unwrap();
    assert_eq!(status, 200, "{removed}");
    for ask in
        [marked(&server.address, &event), sign_up(&server.address, &event, 1), sign_up(&server.address, &event, 2)]
    {
        assert_eq!(told(&mut connection, ask).await.unwrap().0, 201);
    }
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
    (database, event)
}

#[tokio::test]
async fn whoever_was_erased_is_nowhere_in_the_file_and_does_not_come_back_with_an_older_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (database, event) = with_somebody_marked(folder.path()).await;
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&database, &copy).code, Some(0));
    assert!(MARKS.iter().all(|mark| holds(&database, mark) && holds(&copy, mark)), "what is looked for can be found");

    let run = headcount(&["erase", "--database", &url(&database), "--email", "ZQ-mail@Example.ORG"]);
    assert_eq!((run.code, run.output.trim()), (Some(0), "erased: 2 registrations, 0 accounts"), "{run:?}");
    for mark in MARKS {
        assert!(!holds(&database, mark), "{mark} is still there");
    }
    assert_green(&url(&database), "after an erasure");
    let list = headcount(&["erase", "--database", &url(&database), "--list"]);
    assert!(list.code == Some(0) && !list.output.contains("zq-"), "{list:?}");
    let erasures = folder.path().join("erasures");
    fs::write(&erasures, &list.output).unwrap();

    let restored = folder.path().join("restored.db");
    let to = restored.to_str().unwrap();
    let erasures = erasures.to_str().unwrap();
    let run = headcount(&["restore", "--from", copy.to_str().unwrap(), "--to", to, "--erasures", erasures]);
    assert!(run.code == Some(0) && run.output.contains("erased: 2 registrations"), "{run:?}");
    for mark in MARKS {
        assert!(!holds(&restored, mark), "{mark} came back");
    }
    assert_green(&url(&restored), "after a restore");
    // It is noted there too, for the next one.
    assert_eq!(headcount(&["erase", "--database", &url(&restored), "--list"]).output, list.output);

    let server = Server::start(&restored);
    let mut connection = server.connect().await;
    let (_, seen) = told(&mut connection, server.get(&format!("/api/v1/events/{event}/registrations"))).await.unwrap();
    let mut standings: Vec<(&str, &str)> = seen["items"].as_array().unwrap().iter().map(standing).collect();
    standings.sort_unstable();
    let expected = [("", "cancelled"), ("", "removed"), ("Person 1", "confirmed"), ("Person 2", "confirmed")];
    assert_eq!(standings, expected, "the place went to who waited");
    // Whoever signs up again is a new person, whom an older erasure does not concern.
    assert_eq!(told(&mut connection, marked(&server.address, &event)).await.unwrap().0, 201);
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
    let run = headcount(&["erase", "--database", &url(&restored), "--again", erasures]);
    assert_eq!(run.output.trim(), "erased: 0 registrations, 0 accounts", "{run:?}");
    assert!(holds(&restored, MARKS[0]));
}

fn standing(one: &Value) -> (&str, &str) {
    (one["name"].as_str().unwrap(), one["status"].as_str().unwrap())
}
