//! What operators are given beside the server: alert rules that fire where they should, a dashboard, and nothing in either
//! that the server does not measure. The rules are tried by Prometheus's own tool, `promtool`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use headcount::client::{Address, Ask, Connection};
use headcount::server::{self, Options};
use headcount::{checks, mail};
use hyper::Method;
use serde_json::Value;

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

/// Runs it where the rules are; what it says.
fn promtool(arguments: &[&str]) -> String {
    let command = Command::new("promtool").args(arguments).current_dir(deploy("prometheus")).output();
    let output = command.unwrap_or_else(|error| {
        panic!("promtool cannot be run ({error}): install the package prometheus, as scripts/test does")
    });
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    said
}

#[test]
fn alerts_fire_where_they_should_and_are_silent_where_they_should_be() {
    promtool(&["check", "config", "prometheus.yml"]);
    let said = promtool(&["test", "rules", "alerts_test.yml"]);
    assert!(said.contains("SUCCESS"), "{said}");
    let (rules, tests) = (read("prometheus/alerts.yml"), read("prometheus/alerts_test.yml"));
    let names: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let cases: Vec<&str> = tests.split("alertname: ").skip(1).filter(|case| case.starts_with(name)).collect();
        let is_silent = |case: &&str| case.lines().nth(1).is_some_and(|line| line.ends_with("exp_alerts: []"));
        assert!(cases.iter().any(|case| !is_silent(case)), "{name} is seen to fire");
        assert!(cases.iter().any(is_silent) || name == "HeadcountLanesWait", "{name} is seen to be silent");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(deploy(path)).unwrap()
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != ':');
    let is_metric = |word: &&str| {
        (word.starts_with("headcount_") && *word != "headcount_figures") || *word == "process_start_time_seconds"
    };
    words.filter(is_metric).map(str::to_owned).collect()
}

/// The names of the series that a server shows, and of those that it says there can be.
async fn measured() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let mail = mail::MailOptions {
        url: "smtp://127.0.0.1:1".parse().unwrap(),
        from: "Club <club@example.org>".parse().unwrap(),
    };
    let checks =
        checks::Settings { every: Some(std::time::Duration::from_secs(3_600)), verify_at: "03:00".parse().ok() };
    let options = Options { mail: Some(mail), checks, ..Options::local(folder.path().join("measured.db")) };
    let people = headcount::people::Settings { can_mail: true, ..options.people };
    let running = server::start(Options { people, ..options }).await.unwrap();
    let mut connection = Connection::open(&Address::from(running.address)).await.unwrap();
    // What has labels is shown from the first on that is counted.
    connection.send(Ask::new(Method::GET, "/healthz")).await.unwrap();
    let text = connection.send(Ask::new(Method::GET, "/metrics")).await.unwrap();
    running.stop().await;
    let text = String::from_utf8(text.body.to_vec()).unwrap();
    let mut names = BTreeSet::new();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["#", "TYPE", name, "counter"] => names.extend([format!("{name}_total")]),
            ["#", "TYPE", name, "histogram"] => {
                names.extend(["bucket", "sum", "count"].map(|part| format!("{name}_{part}")));
            }
            ["#", "TYPE", name, _] => names.extend([(*name).to_owned()]),
            _ => {}
        }
    }
    names
}

#[tokio::test]
async fn whatever_rules_and_dashboard_name_is_measured_and_the_other_way_round() {
    let measured = measured().await;
    let dashboard: Value = serde_json::from_str(&read("grafana/headcount.json")).unwrap();
    assert_eq!(dashboard["title"], "headcount");
    let ids: Vec<u64> =
        dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "every panel has an id of its own");
    for place in ["grafana/headcount.json", "prometheus/alerts.yml", "prometheus/alerts_test.yml"] {
        for name in named(&read(place)) {
            assert!(measured.contains(&name), "{place} names {name}, which is not measured: {measured:?}");
        }
    }
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let told = named(&docs);
    for name in &measured {
        let parts = ["_bucket", "_sum", "_count", "_total"];
        let family = parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        assert!(told.contains(family) || told.contains(name), "docs/operations.md does not say what {name} is");
    }
    for name in told {
        let is_family = ["_bucket", "_total"].iter().any(|part| measured.contains(&format!("{name}{part}")));
        assert!(is_family || measured.contains(&name), "docs/operations.md names {name}, which is not measured");
    }
}
