//! `headcount bench strategies` as people run it, against a real PostgreSQL: short, so the figures mean nothing, but who
//! overbooks shows all the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::process::{Command, Output, Stdio};

use postgres::Cluster;
use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;

const EXACT: [&str; 7] = ["row-lock", "advisory-lock", "counter", "row-a-place", "serializable", "lanes", "lanes-keys"];

const SCHEMAS: &str = "select nspname from pg_namespace where nspname not like 'pg\\_%' order by 1";

fn command(url: &str, options: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["bench", "strategies", "--database", url]).args(options.split_whitespace()).stdin(Stdio::null());
    command
}

fn strategies(url: &str, options: &str) -> Output {
    command(url, options).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A database in which somebody keeps something, under names that headcount uses too.
fn database_of_others() -> (&'static Cluster, String, String) {
    let cluster = Cluster::shared();
    let url = cluster.new_database();
    let name = postgres::name(&url).to_owned();
    cluster.query(&name, "create table events (what text); insert into events values ('kept')");
    (cluster, url, name)
}

#[test]
fn without_a_lock_it_overbooks_and_nothing_else_does_and_nothing_stays_behind() {
    let (cluster, url, name) = database_of_others();
    let picture = tempfile::NamedTempFile::new().unwrap();
    let options = format!("--seconds 0.3 --rounds 1 --events 1,8 --json --svg {}", picture.path().display());
    let output = strategies(&url, &options);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)));
    assert_eq!(output.status.code(), Some(0), "{report:#}{}", errors(&output));
    let all = report["strategies"].as_array().unwrap();
    assert_eq!(all.len(), 20, "ten strategies, for one hot event and for eight");
    for figures in all {
        assert!(figures["sign_ups_per_second"].as_f64().unwrap() > 0.0, "{figures:#}");
        if EXACT.contains(&figures["strategy"].as_str().unwrap()) {
            assert_eq!((&figures["overbooked"], &figures["false_refusals"]), (&0.into(), &0.into()), "{figures:#}");
        }
    }
    let is_unlocked = |figures: &&Value| figures["strategy"] == "unlocked" && figures["overbooked"] != 0;
    assert!(all.iter().any(|figures| is_unlocked(&figures)), "{report:#}");
    let drawn = fs::read_to_string(picture.path()).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.contains("headcount's lanes"), "{drawn}");

    assert_eq!(cluster.query(&name, SCHEMAS), [["information_schema"], ["public"]].map(|row| row.map(text).to_vec()));
    assert_eq!(cluster.query(&name, "select what from public.events"), [[text("kept")]]);
    assert_eq!(cluster.query(&name, "select count(*) from pg_tables where schemaname = 'public'"), [[text("1")]]);
}

#[test]
fn a_schema_that_is_there_is_left_alone_unless_an_interrupted_run_left_it() {
    let (cluster, url, name) = database_of_others();
    cluster.query(&name, "create schema headcount_bench; create table headcount_bench.mine (what text)");
    for options in ["", "--replace"] {
        let output = strategies(&url, options);
        assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
        assert!(errors(&output).contains("headcount did not make"), "{}", errors(&output));
    }
    let mark = "Made by headcount bench strategies, which drops it when it ends. Nothing in it is worth keeping.";
    cluster.query(&name, &format!("comment on schema headcount_bench is '{mark}'"));
    let output = strategies(&url, "");
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("--replace"), "{}", errors(&output));
    assert_eq!(cluster.query(&name, "select count(*) from headcount_bench.mine"), [[text("0")]]);

    let output = strategies(&url, "--replace --seconds 0.05 --rounds 1 --events 1 --strategy counter --connections 4");
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(cluster.query(&name, "select to_regnamespace('headcount_bench') is null"), [[text("t")]]);
}

#[test]
fn too_few_connections_are_told_before_anything_is_made() {
    let cluster = Cluster::start(&[("max_connections", "20")]);
    let output = strategies(&cluster.new_database(), "--connections 30");
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("--connections"), "{}", errors(&output));
    assert_eq!(cluster.query("test_1", "select to_regnamespace('headcount_bench') is null"), [[text("t")]]);
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing_behind() {
    let (cluster, url, name) = database_of_others();
    let options = "--seconds 600 --events 1 --connections 8 --strategy";
    for strategy in ["row-lock", "lanes"] {
        let mut command = command(&url, &format!("{options} {strategy}"));
        let process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let under_way = "select count(*) > 1500 from headcount_bench.registrations";
        cluster.wait_until(&name, "select to_regclass('headcount_bench.places') is not null");
        cluster.wait_until(&name, under_way);
        let process_id = process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &process_id]).status().unwrap().success());
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
        assert!(errors(&output).contains("interrupted"), "{}", errors(&output));
        assert_eq!(cluster.query(&name, "select to_regnamespace('headcount_bench') is null"), [[text("t")]]);
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}
