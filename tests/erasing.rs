//! What the real program forgets: by itself when an event has kept it for long enough, and once more in a PostgreSQL that was
//! restored. `tests/backup.rs` has the same for a data file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use headcount::client::{Ask, Connection};
use hyper::Method;
use postgres::Cluster;
use process::{Server, assert_green, serve, told};
use serde_json::{Value, json};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;

const SECRET: &str = "a-secret-for-tests-that-is-long-enough";
/// Marks of somebody, in all that is kept about them.
const MARKS: [&str; 5] = ["zq-name", "zq-mail@example.org", "+493012345678", "zq-notes", "zq-reason"];
/// For as long as a server may take to do by itself what it should.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(database: &str) -> Server {
    Server::of(serve(&[], database).env("HEADCOUNT_SECRET", SECRET))
}

fn stop(server: Server) {
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
}

/// What `headcount erase` prints.
fn erase(database: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    let command = command.args(["erase", "--database", database]).args(arguments).env("HEADCOUNT_SECRET", SECRET);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn marked(server: &Server, event: &str) -> Ask {
    let body = json!({"name": MARKS[0], "email": MARKS[1], "phone": MARKS[2], "notes": MARKS[3]});
    let path = format!("/api/v1/events/{event}/registrations");
    Ask::new(Method::POST, &server.address.target(&path)).json(body.to_string())
}

async fn ask(connection: &mut Connection, ask: Ask) -> Value {
    let (status, answer) = told(connection, ask).await.unwrap();
    assert!((200..300).contains(&status), "{status} {answer}");
    answer
}

/// An event in which somebody who is marked was removed, and signed up again; somebody else is there too.
async fn with_somebody_marked(server: &Server, event: &Value) -> String {
    let connection = &mut server.connect().await;
    let event = ask(connection, server.post("/api/v1/events", event)).await["id"].as_str().unwrap().to_owned();
    let one = ask(connection, marked(server, &event)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/events/{event}/registrations");
    ask(connection, server.post(&format!("{path}/{one}/remove"), &json!({"reason": MARKS[4]}))).await;
    ask(connection, marked(server, &event)).await;
    let other = json!({"name": "Ben", "email": "ben@example.org"});
    ask(connection, Ask::new(Method::POST, &server.address.target(&path)).json(other.to_string())).await;
    event
}

fn published(more: Value) -> Value {
    let mut event = json!({"title": "Fair", "status": "published", "roles": [{"name": "Visitor", "capacity": 5}]});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// The marks that stand anywhere in a PostgreSQL.
fn marks_in(cluster: &Cluster, database: &str) -> Vec<&'static str> {
    let tables = ["registrations", "log", "log_texts", "outbox", "accounts", "sessions", "tokens", "links", "meta"];
    let text = |table: &&str| format!("{:?}", cluster.query(database, &format!("select t::text from {table} t")));
    let all: String = tables.iter().map(text).collect();
    MARKS.into_iter().filter(|mark| all.contains(mark)).collect()
}

#[tokio::test]
async fn whoever_was_erased_is_erased_again_in_a_postgresql_that_was_restored() {
    let cluster = Cluster::shared();
    let database = cluster.new_database();
    let name = database.rsplit('/').next().unwrap().to_owned();
    let server = start(&database);
    let event = with_somebody_marked(&server, &published(json!({}))).await;
    let account = json!({"accounts": [{"name": MARKS[0], "email": MARKS[1]}]});
    ask(&mut server.connect().await, server.post("/api/v1/operator/accounts", &account)).await;
    stop(server);
    // As good as pg_dump and pg_restore.
    let restored = format!("{name}_restored");
    cluster.query("postgres", &format!("create database {restored} template {name}"));
    assert_eq!(marks_in(cluster, &restored), MARKS, "what is looked for can be found");

    let erased = erase(&database, &["--email", "ZQ-mail@Example.ORG"]);
    assert_eq!(erased, "erased: 2 registrations, 1 account");
    assert_eq!(marks_in(cluster, &name), [""; 0]);
    assert_green(&database, "after an erasure");
    let list = erase(&database, &["--list"]);
    assert_eq!(list.lines().count(), 1, "{list}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("erasures");
    fs::write(&file, &list).unwrap();
    let again = ["--again", file.to_str().unwrap()];
    let restored_url = cluster.url(&restored);
    assert_eq!(erase(&restored_url, &again), "erased: 2 registrations, 1 account");
    assert_eq!(marks_in(cluster, &restored), [""; 0]);
    assert_green(&restored_url, "after it was done again");
    assert_eq!(erase(&restored_url, &["--list"]), list, "it is noted there too, for the next time");

    let server = start(&restored_url);
    ask(&mut server.connect().await, marked(&server, &event)).await;
    stop(server);
    assert_eq!(erase(&restored_url, &again), "erased: 0 registrations, 0 accounts", "a new person");
}

/// Starts a server on an event that has kept everything for long enough, and waits until nobody can be told any more.
async fn forgets_by_itself(database: &str) {
    let server = start(database);
    let event = with_somebody_marked(&server, &published(json!({"starts_at": "2001-06-01T18:00:00Z"}))).await;
    let path = format!("/api/v1/events/{event}");
    let edit = Ask::new(Method::PATCH, &server.address.target(&path)).json(json!({"retention_days": 30}).to_string());
    ask(&mut server.connect().await, edit.token(process::TOKEN).if_match(2)).await;
    stop(server);

    let server = start(database);
    let connection = &mut server.connect().await;
    let names = async {
        loop {
            let seen = ask(connection, server.get(&format!("{path}/registrations"))).await;
            let items = seen["items"].as_array().unwrap();
            assert_eq!(items.len(), 3, "the rows stay");
            if items.iter().all(|one| one["name"] == "" && one["email"].is_null()) {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, names).await.expect("everybody is forgotten soon after the start");
    stop(server);
    assert_green(database, "after everybody was forgotten");
}

#[tokio::test]
async fn a_data_file_forgets_by_itself_and_stays_green() {
    let folder = tempfile::tempdir().unwrap();
    forgets_by_itself(&format!("sqlite:{}", folder.path().join("headcount.db").display())).await;
}

#[tokio::test]
async fn a_postgresql_forgets_by_itself_and_stays_green() {
    let cluster = Cluster::shared();
    let database = cluster.new_database();
    forgets_by_itself(&database).await;
    assert_eq!(marks_in(cluster, database.rsplit('/').next().unwrap()), [""; 0]);
}
