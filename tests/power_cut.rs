//! Power cuts: a server on a file system of its own, which is stopped in mid-write as when the power goes, so that nothing
//! reaches the disk any more that was not flushed. Whatever was acknowledged before must be there afterwards.
//!
//! Unlike a real one, this power cut takes a moment: ext4 marks itself as shut down, and then ends its journal. Once in hundreds of
//! runs a flush was told in the meantime that all is well, and what it wrote was not there. So what is answered while the
//! power goes proves nothing, and may be there or not.
//!
//! It takes a loop device and the right to mount; where these are not to be had, the tests say so and prove nothing.
//! `HEADCOUNT_POWER_CUTS=10` cuts more often.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use headcount::client::{Ask, Connection};
use hyper::Method;
use process::{Server, Told, assert_green, told};
use rusqlite::Connection as Sqlite;
use serde_json::json;
use tokio::task::JoinSet;

#[path = "support/process.rs"]
mod process;

const CUTS_USUAL: usize = 2;
const CONNECTIONS: usize = 8;
/// People who are answered before the first cut; before each following one a few more.
const ANSWERS_BEFORE_CUT: usize = 60;
/// People whom each connection has to sign up, should the power not go.
const PEOPLE_EACH: usize = 2_000;
const ROWS_OF_CONTROL: u32 = 300;

/// A file system of its own in a file. Dropped, it is taken down.
struct Disk {
    folder: tempfile::TempDir,
    device: String,
}

impl Disk {
    /// None, where that is not allowed; says why.
    fn new() -> Option<Disk> {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk.img");
        std::fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
        let made = run(Command::new("mkfs.ext4").arg("-q").arg(&image))
            .and_then(|_| run(Command::new("losetup").args(["--find", "--show"]).arg(&image)));
        let mounted = made.and_then(|device| {
            let disk = Disk { folder, device: device.trim().to_owned() };
            std::fs::create_dir(disk.root()).unwrap();
            disk.mount().map(|()| disk)
        });
        mounted.inspect_err(|why| println!("SKIPPED, as no file system can be mounted here: {why}")).ok()
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount").arg(&self.device).arg(self.root())).map(drop)
    }

    /// From now on nothing reaches the disk, not even the journal of the file system.
    fn cut_power(&self) {
        run(Command::new("xfs_io").args(["-x", "-c", "shutdown"]).arg(self.root())).unwrap();
    }

    /// The power is back: the file system recovers.
    fn restore_power(&self) {
        run(Command::new("umount").arg(self.root())).unwrap();
        self.mount().unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _it_may_be_gone = run(Command::new("umount").arg("--lazy").arg(self.root()));
        let _it_may_be_gone = run(Command::new("losetup").args(["--detach", &self.device]));
    }
}

/// What a program printed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(format!("{command:?}: {said}"))
    }
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_when_the_power_goes() {
    let Some(disk) = Disk::new() else { return };
    let file = disk.root().join("headcount.db");
    let cuts = std::env::var("HEADCOUNT_POWER_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(CUTS_USUAL);
    let mut server = Server::start(&file);
    let event = make_event(&server).await;
    let mut acknowledged: BTreeMap<usize, Told> = BTreeMap::new();
    for cut in 0..cuts {
        // Nobody whom an earlier cut left in doubt.
        let first = cut * CONNECTIONS * PEOPLE_EACH;
        acknowledged.extend(answered_until_cut(&server, &event, first, ANSWERS_BEFORE_CUT + 17 * cut, &disk).await);
        server.kill();
        disk.restore_power();
        server = Server::start(&file);
        let mut connection = server.connect().await;
        for (person, (status, body)) in &acknowledged {
            let (again, same) = told(&mut connection, sign_up(&server, &event, *person)).await.unwrap();
            assert_eq!((again, &same["id"], &same["seq"]), (*status, &body["id"], &body["seq"]), "person {person}");
        }
        assert_green(&format!("sqlite:{}", file.display()), &format!("after cut {cut}"));
    }
    println!("{cuts} power cuts, {} acknowledged sign-ups, all there", acknowledged.len());
    server.kill();
}

/// If a database that does not flush lost nothing here, the test above would prove nothing.
#[test]
fn a_database_that_does_not_flush_is_seen_to_lose() {
    let Some(disk) = Disk::new() else { return };
    let file = disk.root().join("control.db");
    let open = |synchronous: &str| {
        let database = Sqlite::open(&file).unwrap();
        database.pragma_update(None, "journal_mode", "wal").unwrap();
        database.pragma_update(None, "synchronous", synchronous).unwrap();
        database.execute_batch("create table if not exists kept (number integer)").unwrap();
        database
    };
    // Closed, the table itself is on the disk.
    open("full").close().unwrap();
    let database = open("normal");
    for number in 0..ROWS_OF_CONTROL {
        database.execute("insert into kept values (?1)", [number]).unwrap();
    }
    disk.cut_power();
    drop(database);
    disk.restore_power();
    let kept: u32 = open("full").query_row("select count(*) from kept", [], |row| row.get(0)).unwrap();
    assert!(kept < ROWS_OF_CONTROL, "all {kept} are there, so this power cut takes nothing away");
}

async fn make_event(server: &Server) -> String {
    let event = json!({"title": "Power", "slug": "power", "status": "published"});
    let (status, body) = told(&mut server.connect().await, server.post("/api/v1/events", &event)).await.unwrap();
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

fn sign_up(server: &Server, event: &str, person: usize) -> Ask {
    let body = json!({"name": format!("Person {person}"), "email": format!("person-{person}@example.org")});
    Ask::new(Method::POST, &server.address.target(&format!("/api/v1/events/{event}/registrations")))
        .json(body.to_string())
        .key(&format!("power-cut-key-of-person-{person:06}"))
}

/// Has people sign up over several connections, cuts the power when so many are answered, and tells who was told 201 before.
async fn answered_until_cut(
    server: &Server,
    event: &str,
    first: usize,
    answers_before: usize,
    disk: &Disk,
) -> BTreeMap<usize, Told> {
    let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let mut visitors = JoinSet::new();
    for number in 0..CONNECTIONS {
        let mut connection: Connection = server.connect().await;
        let asks: Vec<(usize, Ask)> = (0..PEOPLE_EACH)
            .map(|turn| first + number + turn * CONNECTIONS)
            .map(|person| (person, sign_up(server, event, person)))
            .collect();
        let sender = sender.clone();
        visitors.spawn(async move {
            for (person, ask) in asks {
                match told(&mut connection, ask).await {
                    Some(answer) if answer.0 == 201 => drop(sender.send((person, answer))),
                    _ => return,
                }
            }
        });
    }
    drop(sender);
    let mut acknowledged = BTreeMap::new();
    while acknowledged.len() < answers_before {
        let (person, answer) = answers.recv().await.expect("the power goes while people sign up");
        acknowledged.insert(person, answer);
    }
    disk.cut_power();
    visitors.join_all().await;
    acknowledged
}
