//! Who owns a server, with the real program: the link of the first start, and the way back in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;

use std::process::{Command, Output};

use headcount::client::Ask;
use hyper::Method;
use serde_json::{Value, json};

use crate::postgres::Cluster;
use crate::process::{Server, serve};

const SECRET: &str = "a secret that is not in the database";
const PASSWORD: &str = "correct horse battery";

/// The path of the link in what the program printed.
fn link_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("/l/")?;
    Some(format!("/l/{}", after.split_whitespace().next()?))
}

fn reset_owner(database: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["reset-owner", "--database", database]).args(arguments).env("HEADCOUNT_SECRET", SECRET);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Starts a server, asks it, stops it: the statuses, and what it printed after its address.
async fn while_it_runs(database: &str, asks: &[(&str, Value)]) -> (Vec<u16>, String) {
    let server = Server::of(serve(&[], database).env("HEADCOUNT_SECRET", SECRET));
    let mut connection = server.connect().await;
    let mut statuses = Vec::new();
    for (path, body) in asks {
        let ask = Ask::new(Method::POST, &server.address.target(path)).json(body.to_string());
        statuses.push(connection.send(ask).await.unwrap().status.as_u16());
    }
    drop(connection);
    server.terminate();
    let (code, rest) = server.wait();
    assert_eq!(code, Some(0));
    (statuses, rest)
}

fn log_in(password: &str) -> (&'static str, Value) {
    ("/api/v1/sessions", json!({"email": "ann@example.org", "password": password}))
}

#[tokio::test]
async fn an_owner_of_a_data_file_finds_a_way_in() {
    let folder = tempfile::tempdir().unwrap();
    an_owner_finds_a_way_in(&format!("sqlite:{}", folder.path().join("headcount.db").display())).await;
}

#[tokio::test]
async fn an_owner_of_a_postgresql_finds_a_way_in() {
    an_owner_finds_a_way_in(&Cluster::shared().new_database()).await;
}

/// The first start prints a link, and an owner who is locked out gets another.
async fn an_owner_finds_a_way_in(database: &str) {
    let (_, first) = while_it_runs(database, &[]).await;
    assert!(first.contains("nobody owns this server yet"), "{first}");
    assert!(first.contains("none is sent"), "{first}");
    let (_, second) = while_it_runs(database, &[]).await;
    assert_ne!(link_in(&first).unwrap(), link_in(&second).unwrap(), "each start makes one");
    let path = link_in(&first).unwrap().replace("/l/", "/api/v1/links/");
    let ann = json!({"name": "Ann", "email": "ann@example.org", "password": PASSWORD});
    let (statuses, _) = while_it_runs(database, &[(&path, ann), log_in(PASSWORD)]).await;
    assert_eq!(statuses, [200, 201]);
    let (_, rest) = while_it_runs(database, &[]).await;
    assert_eq!(link_in(&rest), None, "{rest}");

    let wrong = reset_owner(database, &["--email", "ben@example.org"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("--email ann@example.org  (Ann)"), "{}", text(&wrong.stderr));
    let reset = reset_owner(database, &["--public-url", "https://events.example"]);
    assert!(reset.status.success(), "{}", text(&reset.stderr));
    let said = text(&reset.stdout);
    assert!(said.contains("Ann (ann@example.org)") && said.contains("https://events.example/l/"), "{said}");
    let path = link_in(&said).unwrap().replace("/l/", "/api/v1/links/");
    let new = json!({"password": "another password"});
    let asks = [(path.as_str(), new), log_in(PASSWORD), log_in("another password")];
    let (statuses, _) = while_it_runs(database, &asks).await;
    assert_eq!(statuses, [200, 401, 201]);
}

#[tokio::test]
async fn where_nobody_owns_the_server_the_way_in_is_the_first_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("headcount.db");
    let database = format!("sqlite:{}", file.display());
    let none = reset_owner(&database, &[]);
    assert!(text(&none.stderr).contains("there is no data file"), "{}", text(&none.stderr));
    assert!(!file.exists(), "asking makes no data file");
    while_it_runs(&database, &[]).await;
    let said = text(&reset_owner(&database, &[]).stdout);
    assert!(said.contains("make the first account") && link_in(&said).is_some(), "{said}");
}
