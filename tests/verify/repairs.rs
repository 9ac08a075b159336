//! The commands around the audit, as they are typed: verify, repair, export-log.

use std::process::{Command, Output};

use headcount_core::command::{Actor, RoleRef};
use headcount_core::decision::Outcome;
use headcount_core::event::Status;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::beside::{Server, TOKEN};
use super::data::{Data, Kind};
use headcount_simulation::build::{by, create, event_id, new_role, open_event, open_role, registration_id, sign_up};

/// One role with 2 places; ann and ben have them, cat waits.
pub(crate) fn full(kind: Kind) -> Data {
    let data = Data::new(kind);
    data.run(&[create(event_id(1), open_event("fair"), vec![new_role(1, "Server", open_role(Some(2)))])]);
    for (number, name) in [(1, "ann"), (2, "ben"), (3, "cat")] {
        signs_up(&data, number, name);
    }
    data
}

fn signs_up(data: &Data, number: u32, name: &str) -> Status {
    let form = open_event("fair").form;
    let wish = sign_up(registration_id(number), RoleRef::Only, name, 1, &form);
    let outcomes = data.run(&[by(Actor::Guest, event_id(1), wish)]);
    let [Outcome::Registration(receipt)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    receipt.status
}

/// Somebody lowered the counters, and by that three got in where there are two places.
pub(crate) fn overbooked(kind: Kind) -> Data {
    let data = full(kind);
    data.plant("update roles set reserved = 0, waiting = 0; update events set reserved = 0, waiting = 0");
    assert_eq!(signs_up(&data, 4, "dan"), Status::Confirmed);
    data
}

pub(crate) fn headcount(command: &str, data: &Data, args: &[&str]) -> Output {
    headcount_on(command, &data.address(), args)
}

fn headcount_on(command: &str, database: &str, args: &[&str]) -> Output {
    let mut headcount = Command::new(env!("CARGO_BIN_EXE_headcount"));
    headcount.env_clear().arg(command).arg("--database").arg(database).args(args);
    headcount.output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
pub(crate) fn exits(output: &Output, code: i32, says: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{}", text(output));
    for said in says {
        assert!(text(output).contains(said), "no {said:?} in:\n{}", text(output));
    }
}

#[test]
fn verify_says_what_it_saw_and_exits_by_it() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let fine = headcount("verify", &data, &[]);
        exits(&fine, 0, &["verified 1 event, 5 entries: everything is as it should be\n"]);
        let broken = headcount("verify", &data.with("update events set reserved = 1"), &[]);
        let hint = "1 finding: `headcount repair` mends it";
        exits(&broken, 1, &["event 00000000-0000-0001-0000-000000000001: 1 finding", "I2", hint]);
        exits(&headcount("verify", &data, &["--head", "x"]), 2, &["EVENT=SEQ:HASH"]);
    }
}

#[test]
fn what_is_no_database_of_this_version_is_refused_with_advice() {
    let not_ours = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(not_ours.path(), "x".repeat(4096)).unwrap();
    let not_ours = format!("sqlite:{}", not_ours.path().display());
    let empty = Data::new(Kind::Postgres);
    let unlabelled = full(Kind::Postgres).with("delete from meta where name = 'layout'");
    let newer = "update meta set value = '99' where name like 'layout%'";
    let newer_file = full(Kind::Sqlite).with(&format!("{newer}; pragma user_version = 99"));
    let newer_server = full(Kind::Postgres).with(&format!("{newer}; alter table log rename column body to content"));
    for command in ["verify", "repair", "export-log"] {
        for (database, says) in [
            ("sqlite:/nowhere/x.db", "there is no such file; name the data file with --database"),
            (&not_ours, "not a database"),
            ("postgres://nobody@127.0.0.1:1/nothing", "nothing listens there"),
            (&empty.address(), "it holds no tables of headcount: name another database with --database"),
            (&unlabelled.address(), "its table meta names no layout"),
            (&newer_file.address(), "it has layout 99, this version knows layouts up to"),
            (&newer_server.address(), "it has layout 99, this version knows layouts up to"),
        ] {
            exits(&headcount_on(command, database, &[]), 3, &["headcount: cannot read ", says]);
        }
    }
}

#[test]
fn an_audit_needs_no_more_than_the_right_to_read() {
    let data = full(Kind::Postgres);
    data.plant("create role auditor login");
    let address = data.address().replace("postgres@", "auditor@");
    exits(&headcount_on("verify", &address, &[]), 3, &["permission denied", "grant this user select on all tables"]);
    data.plant("grant select on all tables in schema public to auditor");
    exits(&headcount_on("verify", &address, &[]), 0, &["everything is as it should be"]);
    exits(&headcount_on("export-log", &address, &[]), 0, &["event_created"]);
}

#[test]
fn a_later_layout_that_was_only_added_to_is_read() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let newer = match kind {
            Kind::Sqlite => data.with("pragma user_version = 99; update meta set value = value"),
            Kind::Postgres => data.with("update meta set value = '99' where name = 'layout'"),
        };
        exits(&headcount("verify", &newer, &[]), 0, &["everything is as it should be"]);
    }
}

#[test]
fn verify_speaks_json_and_takes_back_the_heads_it_gave() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let json: Value = serde_json::from_slice(&headcount("verify", &data, &["--json"]).stdout).unwrap();
        assert_eq!((json["green"].as_bool(), json["entries"].as_u64()), (Some(true), Some(5)));
        let head = &json["heads"][0];
        let [event, hash] = ["event_id", "hash"].map(|name| head[name].as_str().unwrap());
        let noted = format!("{event}={}:{hash}", head["seq"]);
        exits(&headcount("verify", &data, &["--head", &noted]), 0, &[]);
        let other = noted.replace("=5:", "=4:");
        exits(&headcount("verify", &data, &["--head", &other]), 1, &["seq 4", "as it was noted"]);

        let broken = data.with("update events set reserved = 1");
        let json: Value = serde_json::from_slice(&headcount("verify", &broken, &["--json"]).stdout).unwrap();
        assert_eq!((json["green"].as_bool(), json["findings"][0]["invariant"].as_str()), (Some(false), Some("I2")));
        assert_eq!(json["findings"][0]["mend"], "counters");
    }
}

#[test]
fn a_wrong_time_since_when_it_is_full_is_mended() {
    for kind in Kind::BOTH {
        let data = full(kind);
        data.plant("update roles set full_since = 3; update events set full_since = 3");
        let told = headcount("verify", &data, &[]);
        exits(&told, 1, &["the stored time since when it is full", "`headcount repair` mends"]);
        exits(&headcount("repair", &data, &[]), 0, &[]);
        exits(&headcount("verify", &data, &[]), 0, &["everything is as it should be"]);
    }
}

#[test]
fn a_log_can_be_checked_with_other_tools() {
    for kind in Kind::BOTH {
        let data = full(kind);
        data.run(&[create(event_id(2), open_event("gala"), vec![new_role(2, "Guest", open_role(None))])]);
        let all = headcount("export-log", &data, &["--ndjson"]);
        let lines: Vec<Value> =
            String::from_utf8(all.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let seqs: Vec<u64> = lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, [1, 2, 3, 4, 5, 1, 2]);
        check_chain(&lines);
        for one in ["gala", "00000000-0000-0001-0000-000000000002"] {
            let output = headcount("export-log", &data, &["--event", one]);
            assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2, "{one}");
        }
        exits(&headcount("export-log", &data, &["--event", "nothing"]), 2, &["there is no event \"nothing\""]);
    }
}

/// As the help of `export-log` says it.
fn check_chain(lines: &[Value]) {
    let mut previous = [0; 32];
    for line in lines {
        if line["seq"] == 1 {
            previous = [0; 32];
        }
        let id = |name: &str| line[name].as_str().map(|id| id.parse::<Uuid>().unwrap().into_bytes().to_vec());
        let words = |name: &str| line[name].as_str().unwrap().as_bytes().to_vec();
        let number = |name: &str| line[name].as_i64().unwrap().to_be_bytes().to_vec();
        let mut digest = Sha256::new_with_prefix(previous);
        for field in [
            id("event_id").unwrap(),
            number("seq"),
            number("at_ms"),
            words("actor"),
            words("kind"),
            id("registration_id").unwrap_or_default(),
            words("body_text"),
        ] {
            digest.update((field.len() as u64).to_be_bytes());
            digest.update(field);
        }
        previous = digest.finalize().into();
        let hash: String = previous.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(line["hash"], hash, "{line}");
        assert_eq!(serde_json::from_str::<Value>(line["body_text"].as_str().unwrap()).unwrap(), line["body"]);
        let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        assert_eq!(Some(at.as_millisecond()), line["at_ms"].as_i64());
    }
}

#[test]
fn repair_has_nothing_to_do_in_a_healthy_database() {
    for kind in Kind::BOTH {
        exits(&headcount("repair", &full(kind), &[]), 0, &["there is nothing that a command can mend"]);
    }
}

#[test]
fn repair_mends_counters_and_a_dry_run_only_says_so() {
    for kind in Kind::BOTH {
        let data = full(kind).with("update roles set waiting = 5, reserved = 1; update events set registrations = 8");
        let would = ["2 counters would be repaired", "this was a dry run"];
        exits(&headcount("repair", &data, &["--dry-run"]), 1, &would);
        exits(&headcount("verify", &data, &[]), 1, &["I2"]);
        exits(&headcount("repair", &data, &[]), 0, &["before:", "2 counters repaired", "after:", "everything is as"]);
        exits(&headcount("verify", &data, &[]), 0, &[]);
    }
}

#[test]
fn repair_leaves_what_no_command_can_mend_and_says_what_to_do() {
    for kind in Kind::BOTH {
        let data = full(kind);
        data.plant("update registrations set status = 'cancelled', ended_seq = 9 where name = 'ann'");
        exits(&headcount("repair", &data, &[]), 1, &["2 counters repaired", "I14", "restore from it"]);
    }
}

#[test]
fn repair_of_an_overbooked_event_does_what_it_is_asked() {
    for kind in Kind::BOTH {
        let refused = overbooked(kind);
        exits(&headcount("verify", &refused, &[]), 1, &["I1 (never more places than there are), seq 6"]);
        exits(&headcount("repair", &refused, &[]), 1, &["not repaired", "--over-capacity keep"]);

        let kept = overbooked(kind);
        let says = ["1 spot beyond the capacity kept", "(before the repair at seq 9)", "everything is as it should be"];
        exits(&headcount("repair", &kept, &["--over-capacity", "keep"]), 0, &says);

        let demoted = overbooked(kind);
        let moved = "registration 00000000-0000-0003-0000-000000000004: confirmed waitlisted";
        let says = [moved, "everything is as it should be"];
        exits(&headcount("repair", &demoted, &["--over-capacity", "waitlist_latest"]), 0, &says);
    }
}

#[test]
fn repair_beside_a_server_goes_through_it() {
    for kind in Kind::BOTH {
        let data = full(kind);
        data.plant("update roles set waiting = 5");
        let server = Server::start(&data);
        let way = ["--url", &server.url(), "--token", TOKEN];
        exits(&headcount("repair", &data, &way[..2]), 2, &["--token"]);
        exits(&headcount("repair", &data, &[way[0], way[1], way[2], "wrong"]), 1, &["401"]);
        let dry = headcount("repair", &data, &[&way[..], &["--dry-run"]].concat());
        exits(&dry, 1, &["1 counter would be repaired"]);
        exits(&headcount("repair", &data, &way), 0, &["1 counter repaired", "everything is as it should be"]);
        server.stop();
        exits(&headcount("verify", &data, &[]), 0, &[]);
    }
}

#[test]
fn repair_of_a_file_that_a_server_has_open_says_to_go_through_it() {
    let data = full(Kind::Sqlite);
    data.plant("update roles set waiting = 5");
    let server = Server::start(&data);
    exits(&headcount("repair", &data, &[]), 3, &["--url and --token"]);
    server.stop();
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let data = Kind::BOTH.map(full);
    for command in [&["openapi"][..], &["verify"], &["verify", "--json"], &["repair"], &["export-log"], &["token"]] {
        for data in &data {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut headcount = Command::new(env!("CARGO_BIN_EXE_headcount"));
            headcount.env_clear().args(command).stdout(writer);
            if command != ["openapi"] {
                headcount.arg("--database").arg(data.address());
            }
            let output = headcount.output().unwrap();
            assert_eq!((output.status.code(), text(&output)), (Some(0), String::new()), "{command:?}");
        }
    }
}
