//! A PostgreSQL that may lose what it has confirmed: whoever runs headcount is told, at the start and for as long as it
//! runs.

use std::io::Read as _;
use std::process::Stdio;

use headcount::client::{Ask, Connection};
use hyper::Method;
use serde_json::{Value, json};

use super::postgres::Cluster;
use super::process::told;
use super::served::Process;

/// What `/readyz` says, and what was printed at the start.
async fn said(url: &str) -> (Vec<String>, String) {
    let mut process = Process::start_with(url, |command| {
        command.stderr(Stdio::piped());
    });
    let mut connection: Connection = process.0.connect().await;
    let ready = Ask::new(Method::GET, &process.0.address.target("/readyz"));
    let (status, body) = told(&mut connection, ready).await.unwrap();
    assert_eq!((status, &body["status"]), (200, &json!("ready")));
    let warnings = body.get("warnings").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut errors = process.0.process.stderr.take().unwrap();
    process.0.terminate();
    process.0.process.wait().unwrap();
    let mut printed = String::new();
    errors.read_to_string(&mut printed).unwrap();
    (warnings.iter().map(|warning| warning.as_str().unwrap().to_owned()).collect(), printed)
}

#[tokio::test]
async fn a_database_that_loses_what_it_confirmed_is_warned_of_loudly() {
    let safe = Cluster::start(&[]);
    let url = safe.new_database();
    let database = url.rsplit('/').next().unwrap();
    let (warnings, printed) = said(&url).await;
    assert!(warnings.is_empty() && !printed.contains("WARNING"), "{warnings:?}, {printed}");

    let lax = "set synchronous_commit = off";
    for whose in [format!("database {database}"), "role postgres".to_owned()] {
        safe.query("postgres", &format!("alter {whose} {lax}"));
        let (warnings, printed) = said(&url).await;
        let [warning] = &warnings[..] else { panic!("{whose}: {warnings:?}") };
        assert!(warning.starts_with("synchronous_commit is off"), "{warning}");
        assert!(printed.contains("WARNING") && printed.contains(warning.as_str()), "{printed}");
        safe.query("postgres", &format!("alter {whose} reset all"));
    }
    assert!(said(&url).await.0.is_empty());

    let unsafe_one = Cluster::start(&[("fsync", "off")]);
    let (warnings, printed) = said(&unsafe_one.new_database()).await;
    assert!(warnings.len() == 1 && warnings[0].starts_with("fsync is off"), "{warnings:?}");
    assert!(printed.contains(&warnings[0]), "{printed}");
}
