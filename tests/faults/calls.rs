//! One call to the disk fails: the k-th write or flush of a thread, for many k, so that every point of a commit has its turn.
//!
//! `HEADCOUNT_DISK_FAULTS=all` has every call fail, one run after the other.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::process::{Server, assert_green, command, told};
use crate::{ask, make_event, sign_up};

/// Spread over the start and the first commits.
const CALLS_USUAL: [usize; 6] = [1, 3, 8, 21, 40, 75];
const PEOPLE: usize = 8;

/// How a run went in which a call failed.
enum Came {
    /// The server made fewer calls, or refused to start.
    Nothing,
    /// Somebody was told that it went wrong.
    Noticed,
    /// Nobody but the server itself.
    Unnoticed,
}

#[tokio::test]
async fn whichever_write_fails_what_was_acknowledged_is_there() {
    each_call_fails("pwrite64").await;
}

#[tokio::test]
async fn whichever_flush_fails_what_was_acknowledged_is_there() {
    each_call_fails("fdatasync,fsync").await;
}

async fn each_call_fails(calls: &str) {
    let is_long = std::env::var("HEADCOUNT_DISK_FAULTS").is_ok_and(|text| text == "all");
    let (mut noticed, mut unnoticed) = (0, 0);
    let which: Box<dyn Iterator<Item = usize>> =
        if is_long { Box::new(1..) } else { Box::new(CALLS_USUAL.into_iter()) };
    for call in which {
        match fails_at(calls, call).await {
            Came::Nothing if is_long => break,
            Came::Nothing => {}
            Came::Noticed => noticed += 1,
            Came::Unnoticed => unnoticed += 1,
        }
    }
    println!("{calls}: a failure was told {noticed} times, and {unnoticed} times nobody was concerned");
    assert!(noticed > 0, "at least one of the calls belonged to a sign-up");
}

/// People sign up one after the other while a call fails; afterwards the server starts again, and all of them ask again.
async fn fails_at(calls: &str, call: usize) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (folder.path().join("fault.db"), folder.path().join("calls"));
    let server = Server::start(&database);
    let event = make_event(&server).await;
    server.terminate();
    assert_eq!(server.wait().0, Some(0));

    let when = format!("{calls} failed at {call}");
    let Ok(mut server) = start_where_it_fails(calls, call, &database, &log) else {
        // Who cannot write does not start; nobody was told anything.
        Server::start(&database).kill();
        return Came::Unnoticed;
    };
    let (mut connection, mut acknowledged, mut is_noticed) = (server.connect().await, Vec::new(), false);
    for person in 0..PEOPLE {
        let Some((status, body)) = told(&mut connection, sign_up(&server, &event, person, "")).await else { break };
        match status {
            201 => acknowledged.push((person, body)),
            503 => {
                assert_eq!(body["code"], "storage_unavailable", "{when}: {body}");
                is_noticed = true;
            }
            _ => panic!("{when}: {status} {body}"),
        }
    }
    drop(connection);
    // One that failed in a commit ends by itself.
    if let Ok(Some(ended)) = server.process.try_wait() {
        assert_eq!(ended.code(), Some(3), "{when}");
    }
    server.kill();
    let has_failed = std::fs::read_to_string(&log).unwrap().contains("(INJECTED)");
    assert!(has_failed || !is_noticed, "{when}: nothing failed, and it was told so");

    let server = Server::start(&database);
    let mut connection = server.connect().await;
    for (person, first) in &acknowledged {
        let (status, again) = ask(&mut connection, sign_up(&server, &event, *person, "")).await;
        assert_eq!((status, &again["id"]), (201, &first["id"]), "{when}: person {person}");
    }
    for person in 0..PEOPLE {
        let (status, body) = ask(&mut connection, sign_up(&server, &event, person, "")).await;
        assert_eq!(status, 201, "{when}: person {person}: {body}");
    }
    let (_, availability) = ask(&mut connection, server.get(&format!("/api/v1/events/{event}/availability"))).await;
    assert_eq!(availability["reserved"], json!(PEOPLE), "{when}: everybody once");
    server.kill();
    assert_green(&format!("sqlite:{}", database.display()), &when);
    match (has_failed, is_noticed) {
        (false, _) => Came::Nothing,
        (true, true) => Came::Noticed,
        (true, false) => Came::Unnoticed,
    }
}

fn start_where_it_fails(calls: &str, call: usize, database: &Path, log: &Path) -> Result<Server, Option<i32>> {
    let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:error=EIO:when={call}"));
    let log = log.display().to_string();
    let wrapper = ["strace", "-f", "-qq", "-o", &log, "-e", &trace, "-e", &inject];
    Server::from_process(command(&wrapper, database).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}
