//! A write-ahead log that was torn, as a crash of the machine leaves it: the server starts, everything before the tear is
//! there, and of what follows nothing.
//!
//! A real tear is only in what was not flushed, so nobody was told of it. Here the log is torn in what was told, as then it
//! shows whether a batch is all there or not at all.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::process::{Server, assert_green};
use crate::{ask, make_event, sign_up};

const PEOPLE: usize = 12;
/// Of every tenth of the log one place, in the short form.
const TEARS_USUAL: u64 = 10;

/// How a log is torn.
#[derive(Clone, Copy, Debug)]
enum Tear {
    /// It ends there.
    Cut,
    /// What stands there is another byte.
    Garbled,
}

/// A data file whose server was killed.
struct Killed {
    folder: tempfile::TempDir,
    event: String,
    /// How long the log was when each person had been answered.
    told_at: Vec<u64>,
}

impl Killed {
    async fn after_sign_ups() -> Killed {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("torn.db");
        let server = Server::start(&database);
        let event = make_event(&server).await;
        // What it closes with is in the file itself.
        server.terminate();
        assert_eq!(server.wait().0, Some(0));
        let server = Server::start(&database);
        let mut connection = server.connect().await;
        let mut told_at = Vec::new();
        for person in 0..PEOPLE {
            assert_eq!(ask(&mut connection, sign_up(&server, &event, person, "")).await.0, 201);
            told_at.push(fs::metadata(log_of(&database)).unwrap().len());
        }
        server.kill();
        assert!(told_at.is_sorted_by(|one, next| one < next), "each sign-up makes the log longer: {told_at:?}");
        Killed { folder, event, told_at }
    }

    /// A copy of it, torn there.
    fn torn(&self, tear: Tear, at: u64) -> (tempfile::TempDir, PathBuf) {
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            // Made anew from the log, after a crash of the machine.
            if !file.file_name().to_str().unwrap().ends_with("-shm") {
                fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
            }
        }
        let database = copy.path().join("torn.db");
        let mut log = OpenOptions::new().read(true).write(true).open(log_of(&database)).unwrap();
        match tear {
            Tear::Cut => log.set_len(at).unwrap(),
            Tear::Garbled => {
                let mut byte = [0];
                log.seek(SeekFrom::Start(at)).unwrap();
                log.read_exact(&mut byte).unwrap();
                log.seek(SeekFrom::Start(at)).unwrap();
                log.write_all(&[!byte[0]]).unwrap();
            }
        }
        (copy, database)
    }

    /// It starts, whoever was told before the tear is there, the others are not, and all can go on.
    async fn holds_what_is_before(&self, tear: Tear, at: u64) {
        let when = format!("{tear:?} at {at} of {:?}", self.told_at);
        let (_copy, database) = self.torn(tear, at);
        let before = self.told_at.iter().filter(|told_at| **told_at <= at).count();
        let server = Server::start(&database);
        let mut connection = server.connect().await;
        let path = format!("/api/v1/events/{}/availability", self.event);
        let (status, availability) = ask(&mut connection, server.get(&path)).await;
        // What keeps house may have written behind an answer before the length was looked at.
        let reserved = availability["reserved"].as_u64().unwrap() as usize;
        assert!(status == 200 && (before..=before + 1).contains(&reserved), "{reserved} are there, {when}");
        assert_green(&format!("sqlite:{}", database.display()), &when);
        for person in 0..PEOPLE {
            let (status, body) = ask(&mut connection, sign_up(&server, &self.event, person, "")).await;
            assert_eq!((status, &body["spots"]), (201, &json!(1)), "{when}: person {person}: {body}");
        }
        let (_, availability) = ask(&mut connection, server.get(&path)).await;
        assert_eq!(availability["reserved"], json!(PEOPLE), "{when}: everybody once");
        server.kill();
        assert_green(&format!("sqlite:{}", database.display()), &when);
    }
}

fn log_of(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", database.display()))
}

#[tokio::test]
async fn of_a_torn_log_everything_before_the_tear_is_there_and_never_half_a_batch() {
    let killed = Killed::after_sign_ups().await;
    let (first, whole) = (killed.told_at[0], *killed.told_at.last().unwrap());
    let is_long = std::env::var("HEADCOUNT_DISK_FAULTS").is_ok_and(|text| text == "all");
    // Within a page, at its end, and in the head of the next one.
    let places = if is_long { (0..whole).step_by(1_021).collect() } else { spread(whole) };
    for at in places.iter().copied().chain([0, 31, first - 1, first, first + 1, whole - 1]) {
        killed.holds_what_is_before(Tear::Cut, at).await;
        killed.holds_what_is_before(Tear::Garbled, at).await;
    }
    killed.holds_what_is_before(Tear::Cut, whole).await;
}

/// Places all over a log of so many bytes.
fn spread(bytes: u64) -> Vec<u64> {
    (1..TEARS_USUAL).map(|part| bytes * part / TEARS_USUAL + 7 * part).collect()
}
