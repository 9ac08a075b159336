//! Who owns a server, with the real program: the link of the first start, and the way back in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "support/process.rs"]
mod process;

use std::path::Path;
use std::process::{Command, Output};

use headcount::client::Ask;
use hyper::Method;
use serde_json::{Value, json};

use crate::process::Server;

const PASSWORD: &str = "correct horse battery";

/// The path of the link in what the program printed.
fn link_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("/l/")?;
    Some(format!("/l/{}", after.split_whitespace().next()?))
}

fn reset_owner(database: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["reset-owner", "--database", &format!("sqlite:{}", database.display())]).args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Starts a server, asks it, stops it: the statuses, and what it printed after its address.
async fn while_it_runs(database: &Path, asks: &[(&str, Value)]) -> (Vec<u16>, String) {
    let server = Server::start(database);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_prints_a_link_and_an_owner_who_is_locked_out_gets_another() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("headcount.db");
    let (_, first) = while_it_runs(&database, &[]).await;
    assert!(first.contains("nobody owns this server yet"), "{first}");
    assert!(first.contains("no mail is sent"), "{first}");
    let (_, second) = while_it_runs(&database, &[]).await;
    assert_ne!(link_in(&first).unwrap(), link_in(&second).unwrap(), "each start makes one");
    let path = link_in(&first).unwrap().replace("/l/", "/api/v1/links/");
    let ann = json!({"name": "Ann", "email": "ann@example.org", "password": PASSWORD});
    let (statuses, _) = while_it_runs(&database, &[(&path, ann), log_in(PASSWORD)]).await;
    assert_eq!(statuses, [200, 201]);
    let (_, rest) = while_it_runs(&database, &[]).await;
    assert_eq!(link_in(&rest), None, "{rest}");

    let wrong = reset_owner(&database, &["--email", "ben@example.org"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("--email ann@example.org  (Ann)"), "{}", text(&wrong.stderr));
    let reset = reset_owner(&database, &["--public-url", "https://events.example"]);
    assert!(reset.status.success(), "{}", text(&reset.stderr));
    let said = text(&reset.stdout);
    assert!(said.contains("Ann (ann@example.org)") && said.contains("https://events.example/l/"), "{said}");
    let path = link_in(&said).unwrap().replace("/l/", "/api/v1/links/");
    let new = json!({"password": "another password"});
    let asks = [(path.as_str(), new), log_in(PASSWORD), log_in("another password")];
    let (statuses, _) = while_it_runs(&database, &asks).await;
    assert_eq!(statuses, [200, 401, 201]);
}

#[tokio::test]
async fn where_nobody_owns_the_server_the_way_in_is_the_first_account() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("headcount.db");
    let none = reset_owner(&database, &[]);
    assert!(text(&none.stderr).contains("there is no data file"), "{}", text(&none.stderr));
    assert!(!database.exists(), "asking makes no data file");
    while_it_runs(&database, &[]).await;
    let said = text(&reset_owner(&database, &[]).stdout);
    assert!(said.contains("make the first account") && link_in(&said).is_some(), "{said}");
}
