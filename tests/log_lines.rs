//! The log of the real server: a line for what became of each command, for people or for programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs::{self, File};
use std::process::Command;

use headcount::client::Ask;
use hyper::Method;
use postgres::Cluster;
use process::{Server, TOKEN, serve};
use serde_json::{Value, json};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;

/// What a server logs while two people want the one place of an event, and the first gives it back. The event, the
/// registration and its role, and the lines.
async fn lines(database: &str, options: &[&str]) -> ([String; 3], Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = serve(&[], database);
    command.args(options).env("HEADCOUNT_SECRET", "the secret of these tests");
    let server = Server::of(command.stderr(File::create(&log).unwrap()));
    let mut connection = server.connect().await;
    let roles = json!([{"name": "Server", "capacity": 1}]);
    let event = json!({"title": "Fair", "status": "published", "waitlist": {"policy": "off"}, "roles": roles});
    let ask = Ask::new(Method::POST, &server.address.target("/api/v1/events")).json(event.to_string()).token(TOKEN);
    let event: Value = connection.send(ask).await.unwrap().json().unwrap();
    let event = event["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/events/{event}/registrations");
    let mut answers: Vec<Value> = Vec::new();
    for name in ["ann", "ben"] {
        let person = json!({"name": name, "email": format!("{name}@example.org"), "role": "Server"});
        let ask = Ask::new(Method::POST, &server.address.target(&path)).json(person.to_string());
        answers.push(connection.send(ask).await.unwrap().json().unwrap());
    }
    assert_eq!(answers[1]["code"], "role_full", "{answers:?}");
    let (id, role) = (answers[0]["id"].as_str().unwrap(), answers[0]["role_id"].as_str().unwrap());
    let ask = server.post(&format!("{path}/{id}/cancel"), &json!({}));
    assert_eq!(connection.send(ask).await.unwrap().status, 200);
    let ids = [event.clone(), id.to_owned(), role.to_owned()];
    drop(connection);
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
    (ids, fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect())
}

async fn story(database: &str) {
    let ([event, id, role], lines) = lines(database, &["--log", "info", "--log-format", "json"]).await;
    // What is printed at the start is for people.
    let lines = lines.iter().filter(|line| !line.starts_with("WARNING: "));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&Value> = lines.iter().filter(|line| line["target"] == "headcount::outcome").collect();
    let told = |index: usize, message: &str, fields: Value| {
        let line = outcomes[index];
        assert_eq!((&line["level"], &line["message"]), (&json!("INFO"), &json!(message)), "{line}");
        assert_eq!(line["event"], json!(event), "{line}");
        for (name, value) in fields.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name} of {line}");
        }
    };
    assert_eq!(outcomes.len(), 4, "{outcomes:#?}");
    told(0, "create_event success", json!({"outcome": "done"}));
    told(1, "sign_up success", json!({"outcome": "confirmed", "registration": id, "role": role}));
    // Which role it was about was told by its name, and that somebody typed.
    told(2, "capacity full", json!({"command": "sign_up", "cause": "role_full", "role": null}));
    told(3, "cancel success", json!({"outcome": "cancelled", "registration": id, "role": role}));
    assert!(!serde_json::to_string(&lines).unwrap().contains("ann"), "nobody is named");
}

#[tokio::test]
async fn a_line_an_outcome_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    story(&format!("sqlite:{}", folder.path().join("logged.db").display())).await;
}

#[tokio::test]
async fn a_line_an_outcome_for_programs_on_a_postgresql() {
    Cluster::shared().query("postgres", "create database logged");
    story(&Cluster::shared().url("logged")).await;
}

#[tokio::test]
async fn for_people_and_by_part() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("logged.db").display());
    let ([event, id, _], told) = lines(&database, &["--log", "warn,headcount::outcome=info"]).await;
    let line = told.iter().find(|line| line.contains("sign_up success")).unwrap();
    for part in [" INFO headcount::outcome: ", &format!("event={event}"), &format!("registration={id}")] {
        assert!(line.contains(part), "{part} in {line}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (_, told) = lines(&format!("sqlite:{}", folder.path().join("quiet.db").display()), &[]).await;
    assert_eq!(told, Vec::<String>::new(), "on a good day nothing is logged, unless it is asked for");
}

#[test]
fn a_level_that_there_is_not_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    let output = command.args(["serve", "--log", "headcount=loud"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error, warn, info, debug or trace"), "{said}");
}

/// What a container asks.
#[tokio::test]
async fn a_server_is_asked_whether_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("asked.db"));
    let ask =
        |listen: &str| Command::new(env!("CARGO_BIN_EXE_headcount")).args(["health", "--listen", listen]).output();
    let address = server.address.authority().to_owned();
    let output = ask(&address).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"ok\n"[..]));
    server.terminate();
    server.wait();
    let output = ask(&address).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}
