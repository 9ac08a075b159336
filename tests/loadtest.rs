//! `headcount loadtest` and `headcount bench` as people run them: the program itself, with its throw-away server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::process::{Command, Output, Stdio};

use postgres::Cluster;
use process::{Server, TOKEN, serve};
use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;

fn headcount(line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(line.split_whitespace()).env_remove("HEADCOUNT_OWNER_TOKEN").stdin(Stdio::null());
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", errors(output)))
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names of the checks that came to `verdict`.
fn checks<'a>(report: &'a Value, verdict: &str) -> Vec<&'a str> {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().filter(|check| check["verdict"] == verdict).map(|check| check["name"].as_str().unwrap()).collect()
}

#[test]
fn a_hundred_people_at_once_fill_ten_places_exactly() {
    let output = headcount("loadtest --requests 100 --p95-ms-max 60000 --json");
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!((&report["total"], &report["confirmed"]), (&100.into(), &10.into()));
    assert_eq!(report["refused"], serde_json::json!({ "role_full": 90 }));
    assert_eq!(report["network_errors"], serde_json::json!({}));
    assert_eq!(checks(&report, "PASS").len(), 8, "{report:#}");
}

#[test]
fn a_bound_that_nobody_can_keep_fails_the_test_and_nothing_else() {
    let output = headcount("loadtest --requests 20 --p95-ms-max 0 --json");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(checks(&json(&output), "FAIL"), ["95 of 100 answers came in time"]);
}

#[test]
fn parties_roles_an_event_capacity_and_waitlists_stay_exact() {
    for waitlist in ["off", "strict", "fill_gaps"] {
        let options =
            "--role Server=20 --role Cook=9 --event-capacity 25 --spots 1..4 --requests 200 --p95-ms-max 60000";
        let output = headcount(&format!("loadtest {options} --waitlist {waitlist} --json"));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(0), "{waitlist}: {report:#}");
        assert_eq!(report["waitlisted"] == 0, waitlist == "off", "{report:#}");
    }
}

#[test]
fn people_may_come_over_few_connections_or_at_a_rate() {
    for pace in ["--requests 60 --concurrency 3", "--rate 200 --duration 300ms"] {
        let output = headcount(&format!("loadtest {pace} --p95-ms-max 60000 --json"));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(0), "{pace}: {report:#}");
        assert_eq!((&report["total"], &report["confirmed"]), (&60.into(), &10.into()), "{pace}");
    }
}

#[test]
fn a_running_server_is_tested_in_an_event_made_for_it_or_in_one_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("test.db"));
    let there = format!("loadtest --url {} --token {TOKEN} --requests 50 --p95-ms-max 60000 --json", server.address);
    let output = headcount(&format!("{there} --role Cook=7 --waitlist strict"));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}{}", errors(&output));
    assert_eq!((&report["confirmed"], &report["waitlisted"]), (&7.into(), &43.into()));

    // The same event again: it is full, so everybody waits behind those of the first time.
    let event = report["event_id"].as_str().unwrap();
    let output = headcount(&format!("{there} --event {event} --role cook"));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!((&report["confirmed"], &report["waitlisted"]), (&0.into(), &50.into()));

    for (options, problem) in [
        (format!("{there} --event {event} --role Pilot"), "it has: Cook"),
        (format!("{there} --event nowhere"), "not_found"),
        (there.replace(TOKEN, "another-token"), "unauthenticated"),
    ] {
        let output = headcount(&options);
        assert_ne!(output.status.code(), Some(0), "{options}");
        assert!(errors(&output).contains(problem), "{options}: {}", errors(&output));
    }
    server.kill();
}

#[test]
fn a_server_that_limits_the_people_is_told_apart_from_one_that_fails_them() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("test.db").display());
    let server = Server::of(serve(&[], &database).env("HEADCOUNT_RATE_LIMIT", "address=20"));
    let output =
        headcount(&format!("loadtest --url {} --token {TOKEN} --requests 60 --p95-ms-max 60000", server.address));
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("× rate_limited: start the server with --rate-limit off"), "{text}");
    server.kill();
}

#[test]
fn people_with_accounts_answer_for_two_roles_at_once() {
    for (options, total, confirmed) in [
        ("--requests 200", 200, 15),
        ("--requests 100 --roles-per-person 2 --role Server=10 --role Cook=5", 200, 15),
        ("--requests 60 --role Server=3 --role Cook=2 --role Driver=4 --concurrency 20 --waitlist strict", 60, 9),
        ("--rate 200 --duration 300ms --event-capacity 7", 60, 7),
    ] {
        let output = headcount(&format!("loadtest --as-users {options} --p95-ms-max 60000 --json"));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(0), "{options}: {report:#}{}", errors(&output));
        assert_eq!((&report["total"], &report["confirmed"]), (&total.into(), &confirmed.into()), "{report:#}");
        assert_eq!(checks(&report, "PASS").len(), 8, "{report:#}");
        assert!(report["what"].as_str().unwrap().contains("people with accounts"), "{report:#}");
    }
    let output = headcount("loadtest --as-users --requests 20 --p95-ms-max 0 --json");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(checks(&json(&output), "FAIL"), ["95 of 100 answers came in time"]);
}

/// How many accounts a database has that have not ended, and how many have.
fn accounts(url: &str) -> [String; 2] {
    let sql = "select count(*) - count(ended_at), count(ended_at) from accounts";
    let rows = Cluster::shared().query(url.rsplit('/').next().unwrap(), sql);
    [rows[0][0].clone().unwrap(), rows[0][1].clone().unwrap()]
}

#[test]
fn accounts_that_were_made_for_a_test_are_ended_after_it_unless_they_are_kept() {
    let url = Cluster::shared().new_database();
    let nodes: Vec<Server> = (0..2)
        .map(|_| {
            let mut command = serve(&[], &url);
            // Everybody has a token of their own, so the limits are no hindrance.
            command.env("HEADCOUNT_SECRET", "the-same-for-all-nodes").env("HEADCOUNT_RATE_LIMIT", "on");
            Server::of(&mut command)
        })
        .collect();
    let urls: Vec<String> = nodes.iter().map(|node| format!("--url {}", node.address)).collect();
    let there = format!("loadtest {} --token {TOKEN} --as-users --p95-ms-max 60000 --json", urls.join(" "));
    let output = headcount(&format!("{there} --requests 120 --roles-per-person 2"));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}{}", errors(&output));
    assert_eq!((&report["total"], &report["confirmed"]), (&240.into(), &15.into()));
    assert!(checks(&report, "PASS").contains(&"every server shows the same"), "{report:#}");
    assert_eq!(accounts(&url), ["0", "120"]);

    // An event that is there lets a person have as many roles as it says.
    let event = report["event_id"].as_str().unwrap();
    let output = headcount(&format!("{there} --event {event} --requests 10 --roles-per-person 3"));
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("lower --roles-per-person"), "{}", errors(&output));
    let output = headcount(&format!("{there} --event {event} --requests 30 --role cook --keep"));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}{}", errors(&output));
    assert_eq!(report["refused"], serde_json::json!({ "role_full": 30 }));
    assert_eq!(accounts(&url), ["30", "120"]);
    nodes.into_iter().for_each(Server::kill);
}

#[test]
fn a_server_that_refuses_people_with_accounts_for_another_reason_fails_the_test() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("test.db").display());
    let server = Server::of(serve(&[], &database).env("HEADCOUNT_RATE_LIMIT", "person=1"));
    let options = "--as-users --requests 20 --roles-per-person 2 --p95-ms-max 60000 --json";
    let output = headcount(&format!("loadtest --url {} --token {TOKEN} {options}", server.address));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(1), "{report:#}");
    assert_eq!(report["refused"]["rate_limited"], 20, "the second answer of each person: {report:#}");
    assert!(checks(&report, "FAIL").contains(&"everybody got a clear answer"), "{report:#}");
    server.kill();
}

/// What a database holds beside what every database holds.
fn tables(url: &str) -> postgres::Rows {
    let sql = "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
        union select nspname, null from pg_namespace where nspname like 'headcount%'";
    Cluster::shared().query(url.rsplit('/').next().unwrap(), sql)
}

#[test]
fn a_postgresql_is_tested_in_a_schema_that_goes_again_beside_whatever_is_there() {
    let url = Cluster::shared().new_database();
    let name = url.rsplit('/').next().unwrap();
    Cluster::shared().query(name, "create table events (somebody_elses int); insert into events values (1)");
    let before = tables(&url);
    for (options, checks_passed) in [
        ("--requests 100", 8),
        ("--requests 300 --servers 3 --concurrency 30 --waitlist strict --role Server=20 --spots 1..3", 9),
        ("--servers 2 --rate 200 --duration 500ms", 9),
        ("--servers 3 --as-users --requests 200 --roles-per-person 2", 9),
    ] {
        let output = headcount(&format!("loadtest --database {url} {options} --p95-ms-max 60000 --json"));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(0), "{options}: {report:#}{}", errors(&output));
        assert_eq!(checks(&report, "PASS").len(), checks_passed, "{options}: {report:#}");
        assert_eq!(report["network_errors"], serde_json::json!({}));
        assert_eq!(tables(&url), before, "{options}");
    }
    assert_eq!(Cluster::shared().query(name, "select count(*) from events"), [[Some("1".to_owned())]]);
}

#[test]
fn a_test_that_is_interrupted_leaves_nothing_behind() {
    let url = Cluster::shared().new_database();
    for signal in ["INT", "TERM"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command.args(["loadtest", "--database", &url, "--rate", "50", "--duration", "10m"]).stderr(Stdio::piped());
        let test = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let name = url.rsplit('/').next().unwrap();
        // Somebody has signed up: where, is known to the system's list of tables only.
        let busy = "select exists (select from pg_stat_user_tables where relname = 'registrations' and n_tup_ins > 0)";
        Cluster::shared().wait_until(name, busy);
        let sent = Command::new("kill").args([format!("-{signal}"), test.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = test.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
        assert!(errors(&output).contains("interrupted"), "{}", errors(&output));
        assert_eq!(tables(&url), postgres::Rows::new(), "after SIG{signal}");
    }
}

#[test]
fn a_load_is_spread_over_several_servers_on_one_postgresql() {
    let url = Cluster::shared().new_database();
    let nodes: Vec<Server> = (0..3)
        .map(|_| {
            Server::of(serve(&[], &url).args(["--pg-workers", "4"]).env("HEADCOUNT_SECRET", "the-same-for-all-nodes"))
        })
        .collect();
    let urls: Vec<String> = nodes.iter().map(|node| format!("--url {}", node.address)).collect();
    let output = headcount(&format!(
        "loadtest {} --token {TOKEN} --requests 200 --waitlist strict --p95-ms-max 60000 --json",
        urls.join(" ")
    ));
    let report = json(&output);
    assert_eq!(output.status.code(), Some(0), "{report:#}{}", errors(&output));
    assert!(checks(&report, "PASS").contains(&"every server shows the same"), "{report:#}");
    assert_eq!((&report["confirmed"], &report["waitlisted"]), (&10.into(), &190.into()));

    // A server of another database knows nothing of the event, which must not pass for the same.
    let stranger =
        Server::of(serve(&[], &Cluster::shared().new_database()).env("HEADCOUNT_SECRET", "of-somebody-else"));
    let output =
        headcount(&format!("loadtest {} --url {} --token {TOKEN} --requests 20 --json", urls[0], stranger.address));
    assert_ne!(output.status.code(), Some(0));
    assert!(errors(&output).contains("not_found"), "{}", errors(&output));
    for node in nodes.into_iter().chain([stranger]) {
        node.kill();
    }
}

#[test]
fn options_that_make_no_sense_are_refused_with_what_to_do() {
    for (line, advice) in [
        ("loadtest --url http://127.0.0.1:1", "--token"),
        ("loadtest --url https://example.org --token x", "behind the proxy"),
        ("loadtest --database sqlite:a.db", "postgres://"),
        ("loadtest --servers 3", "--database"),
        ("loadtest --rate 5", "--duration"),
        ("loadtest --rate 5 --duration 10", "as in 10s"),
        ("loadtest --role Cook=many", "as in Server=10"),
        ("loadtest --role Cook=1 --role cook=2", "name each role once"),
        ("loadtest --spots 4..1", "as in 1..4"),
        ("loadtest --waitlist maybe", "fill_gaps"),
        ("loadtest --requests 4000000000", "--concurrency"),
        ("loadtest --as-users --spots 1..2", "cannot be used with"),
        ("loadtest --as-users --roles-per-person 3", "name more by --role"),
        ("loadtest --as-users --keep", "--url"),
        ("bench http --connections 0", "1..=20000"),
        ("bench http --duration 5", "as in 10s"),
    ] {
        let output = headcount(line);
        assert_eq!(output.status.code(), Some(2), "{line}: {}", errors(&output));
        assert!(errors(&output).contains(advice), "{line}: {}", errors(&output));
    }
}

#[test]
fn the_report_is_readable_and_without_colours_where_there_is_no_terminal() {
    let output = headcount("loadtest --requests 30 --p95-ms-max 60000");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in
        ["30 people, all in the same instant; places: Server 10", "20 role_full", "p95", "PASS  no person twice", "█"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn every_benchmark_runs_and_tells_both_sides() {
    for (name, figures, compared) in
        [("http", 6, 6), ("latency", 6, 1), ("core", 8, 0), ("growth", 6, 4), ("stadium", 5, 0), ("logins", 9, 2)]
    {
        let output = headcount(&format!("bench {name} --quick --json"));
        let report = json(&output);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", errors(&output));
        let rows = report["figures"].as_array().unwrap();
        assert_eq!(rows.len(), figures, "{report:#}");
        assert_eq!(rows.iter().filter(|row| row["ratio"].is_number()).count(), compared, "{report:#}");
        assert!(report["machine"].as_str().unwrap().contains("cores"), "{report:#}");
    }
}
