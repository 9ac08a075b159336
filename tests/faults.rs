//! What goes wrong around the server: the disk fails or is full, two servers on one file, a stop under load.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;
use std::process::{Command, Stdio};

use headcount::client::{Address, Ask, Connection};
use headcount::store::Database;
use headcount::verify::verify_database;
use hyper::Method;
use process::{Server, TOKEN, Told, command, told};
use serde_json::{Value, json};

#[path = "faults/calls.rs"]
mod calls;
#[path = "faults/idle.rs"]
mod idle;
#[path = "support/process.rs"]
mod process;
#[path = "faults/restarts.rs"]
mod restarts;
#[path = "faults/torn.rs"]
mod torn;

async fn make_event(server: &Server) -> String {
    let event = json!({"title": "Example", "slug": "faults", "status": "published", "roles": [{"name": "Visitor", "capacity": 100_000}]});
    let made = told(&mut server.connect().await, server.post("/api/v1/events", &event)).await.unwrap();
    assert_eq!(made.0, 201, "{}", made.1);
    made.1["id"].as_str().unwrap().to_owned()
}

fn sign_up(server: &Server, event: &str, person: usize, notes: &str) -> Ask {
    sign_up_at(&server.address, event, person, notes)
}

fn sign_up_at(address: &Address, event: &str, person: usize, notes: &str) -> Ask {
    let body = json!({"name": "Person", "email": format!("person-{person}@example.org"), "notes": notes});
    Ask::new(Method::POST, &address.target(&format!("/api/v1/events/{event}/registrations")))
        .json(body.to_string())
        .token(TOKEN)
        .key(&format!("fault-test-key-of-person-{person:06}"))
}

async fn ask(connection: &mut Connection, ask: Ask) -> Told {
    told(connection, ask).await.expect("an answer")
}

#[tokio::test]
async fn a_flush_that_fails_in_a_commit_is_unknown_and_the_process_ends() {
    // Each k: another flush of the run fails, from the first one that belongs to a sign-up.
    let mut unknown = 0;
    for k in 1..=6 {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("fault.db");
        let server = Server::start(&database);
        let event = make_event(&server).await;
        server.terminate();
        assert_eq!(server.wait().0, Some(0));

        let inject = format!("inject=fdatasync,fsync:error=EIO:when={k}+");
        let wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", &inject];
        let mut server = match start_or_refuse(&wrapper, &database) {
            Ok(server) => server,
            Err(code) => {
                assert_eq!(code, Some(3), "a server that cannot write does not start (flush {k})");
                continue;
            }
        };
        let mut connection = server.connect().await;
        let mut first_unknown = None;
        for person in 0..20 {
            let Some((status, body)) = told(&mut connection, sign_up(&server, &event, person, "")).await else { break };
            if status == 503 {
                assert_eq!(
                    (&body["code"], &body["outcome"]),
                    (&json!("storage_unavailable"), &json!("unknown")),
                    "flush {k}: {body}"
                );
                first_unknown = Some(person);
                break;
            }
            assert_eq!(status, 201, "{body}");
        }
        let person = first_unknown.unwrap_or_else(|| panic!("flush {k} was never noticed"));
        unknown += 1;
        let ready = told(&mut connection, server.get("/readyz")).await;
        assert!(ready.is_none_or(|ready| ready.0 == 503), "not ready any more");
        drop(connection);
        assert_eq!(server.process.wait().unwrap().code(), Some(3), "flush {k}");

        let server = Server::start(&database);
        let mut connection = server.connect().await;
        let (status, first) = ask(&mut connection, sign_up(&server, &event, person, "")).await;
        assert_eq!(status, 201, "the one true answer: {first}");
        assert_eq!(ask(&mut connection, sign_up(&server, &event, person, "")).await.1["id"], first["id"]);
        server.kill();
        assert!(verify_database(&Database::Sqlite(database.clone()), &[]).unwrap().is_green(), "flush {k}");
    }
    assert!(unknown > 0, "at least one failed flush was one of a sign-up");
}

/// A server under `wrapper`, or the exit code if it does not start.
fn start_or_refuse(wrapper: &[&str], database: &Path) -> Result<Server, Option<i32>> {
    let probe = command(wrapper, database).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    Server::from_process(probe)
}

#[tokio::test]
async fn a_full_disk_refuses_and_serves_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder.path()).status();
    if !mount.is_ok_and(|status| status.success()) {
        eprintln!("skipped: mounting a small tmpfs needs root");
        return;
    }
    let unmount = Unmount(folder.path().to_owned());
    let database = folder.path().join("full.db");
    let filler = folder.path().join("filler");
    std::fs::write(&filler, vec![0; 5 << 20]).unwrap();
    let server = Server::start(&database);
    let event = make_event(&server).await;
    let mut connection = server.connect().await;
    let notes = "x".repeat(4_000);
    let mut acknowledged = 0;
    let refused = loop {
        let (status, body) = ask(&mut connection, sign_up(&server, &event, acknowledged, &notes)).await;
        if status != 201 {
            break (status, body);
        }
        acknowledged += 1;
        assert!(acknowledged < 1_000, "8 MB hold fewer");
    };
    assert_eq!(refused.0, 503, "{}", refused.1);
    assert_eq!((&refused.1["code"], &refused.1["outcome"]), (&json!("storage_unavailable"), &json!("none")));
    assert!(acknowledged > 10, "it worked until the disk was full: {acknowledged}");
    assert_eq!(ask(&mut connection, server.get("/readyz")).await.0, 503);
    assert_eq!(ask(&mut connection, server.get(&format!("/api/v1/events/{event}"))).await.0, 200, "reading goes on");

    std::fs::remove_file(&filler).unwrap();
    while ask(&mut connection, server.get("/readyz")).await.0 != 200 {
        tokio::task::yield_now().await;
    }
    let (status, body) = ask(&mut connection, sign_up(&server, &event, acknowledged, &notes)).await;
    assert_eq!(status, 201, "{body}");
    let (_, availability) = ask(&mut connection, server.get(&format!("/api/v1/events/{event}/availability"))).await;
    assert_eq!(availability["reserved"], json!(acknowledged + 1));
    server.kill();
    assert!(verify_database(&Database::Sqlite(database.clone()), &[]).unwrap().is_green());
    drop(unmount);
}

/// Unmounts also when the test fails.
struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _nothing_else_to_do = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("one.db");
    let server = Server::start(&database);
    let second = command(&[], &database).output().unwrap();
    assert_eq!(second.status.code(), Some(3));
    let text = String::from_utf8(second.stderr).unwrap();
    assert!(text.contains("one.db"), "it names the file: {text}");
    let event = make_event(&server).await;
    let mut connection = server.connect().await;
    assert_eq!(ask(&mut connection, sign_up(&server, &event, 1, "")).await.0, 201, "the first is not disturbed");
    server.kill();
}

#[tokio::test]
async fn a_stop_under_load_answers_what_it_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("stop.db");
    let server = Server::start(&database);
    let event = make_event(&server).await;
    let mut people = tokio::task::JoinSet::new();
    let (answered, mut seen) = tokio::sync::mpsc::unbounded_channel();
    for person in 0..8 {
        let mut connection = server.connect().await;
        let asks: Vec<Ask> = (0..2_000).map(|round| sign_up(&server, &event, person * 2_000 + round, "")).collect();
        let answered = answered.clone();
        people.spawn(async move {
            let mut confirmed: Vec<Value> = Vec::new();
            for ask in asks {
                let Some((status, body)) = told(&mut connection, ask).await else { break };
                if status == 201 {
                    confirmed.push(body["id"].clone());
                }
                let _nobody_counts_any_more = answered.send(());
            }
            confirmed
        });
    }
    for _ in 0..100 {
        seen.recv().await.unwrap();
    }
    server.terminate();
    let (code, printed) = server.wait();
    assert_eq!(code, Some(0), "{printed}");
    let acknowledged: Vec<Value> = people.join_all().await.into_iter().flatten().collect();
    assert!(acknowledged.len() >= 90, "{}", acknowledged.len());

    let server = Server::start(&database);
    let mut connection = server.connect().await;
    for id in acknowledged {
        let path = format!("/api/v1/events/{event}/registrations/{}", id.as_str().unwrap());
        assert_eq!(ask(&mut connection, server.get(&path)).await.0, 200, "{id} was acknowledged");
    }
    server.kill();
    assert!(verify_database(&Database::Sqlite(database.clone()), &[]).unwrap().is_green());
}

#[tokio::test]
async fn a_log_that_goes_to_a_file_is_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let log = std::fs::File::create_new(folder.path().join("log")).unwrap();
    let mut command = command(&[], &folder.path().join("fault.db"));
    let process = command.env("HEADCOUNT_LOG", "debug").stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let server = Server::from_process(process).unwrap();
    make_event(&server).await;
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("answered") && !log.contains('\u{1b}'), "{log:?}");
}
