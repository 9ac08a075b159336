//! The commands around the audit, as they are typed: verify, repair, export-log.

use std::path::Path;
use std::process::{Command, Output};

use headcount::server::{self, Options};
use headcount_core::command::{Actor, RoleRef};
use headcount_core::decision::Outcome;
use headcount_core::event::Status;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::data::Data;
use super::support::build::{by, create, event_id, new_role, open_event, open_role, registration_id, sign_up};

const TOKEN: &str = "a token for the tests";

/// One role with 2 places; ann and ben have them, cat waits.
fn full() -> Data {
    let data = Data::new();
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
fn overbooked() -> Data {
    let data = full();
    data.plant("update roles set reserved = 0, waiting = 0; update events set reserved = 0, waiting = 0");
    assert_eq!(signs_up(&data, 4, "dan"), Status::Confirmed);
    data
}

fn headcount(command: &str, data: &Path, args: &[&str]) -> Output {
    let mut headcount = Command::new(env!("CARGO_BIN_EXE_headcount"));
    headcount.env_clear().arg(command).arg("--database").arg(format!("sqlite:{}", data.display())).args(args);
    headcount.output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn exits(output: &Output, code: i32, says: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{}", text(output));
    for said in says {
        assert!(text(output).contains(said), "no {said:?} in:\n{}", text(output));
    }
}

#[test]
fn verify_says_what_it_saw_and_exits_by_it() {
    let data = full();
    let fine = headcount("verify", &data.path, &[]);
    exits(&fine, 0, &["verified 1 event, 5 entries: everything is as it should be\n"]);
    let broken = data.with("update events set reserved = 1");
    let hint = "1 finding: `headcount repair` mends it";
    exits(
        &headcount("verify", &broken.path, &[]),
        1,
        &["event 00000000-0000-0001-0000-000000000001: 1 finding", "I2", hint],
    );
    exits(&headcount("verify", &data.path, &["--head", "x"]), 2, &["EVENT=SEQ:HASH"]);
    exits(&headcount("verify", Path::new("/nowhere/x.db"), &[]), 3, &["there is no such file"]);
    let not_ours = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(not_ours.path(), "x".repeat(4096)).unwrap();
    exits(&headcount("verify", not_ours.path(), &[]), 3, &["not a database"]);
}

#[test]
fn verify_speaks_json_and_takes_back_the_heads_it_gave() {
    let data = full();
    let json: Value = serde_json::from_slice(&headcount("verify", &data.path, &["--json"]).stdout).unwrap();
    assert_eq!((json["green"].as_bool(), json["entries"].as_u64()), (Some(true), Some(5)));
    let head = &json["heads"][0];
    let [event, hash] = ["event_id", "hash"].map(|name| head[name].as_str().unwrap());
    let noted = format!("{event}={}:{hash}", head["seq"]);
    exits(&headcount("verify", &data.path, &["--head", &noted]), 0, &[]);
    exits(
        &headcount("verify", &data.path, &["--head", &noted.replace("=5:", "=4:")]),
        1,
        &["seq 4", "as it was noted"],
    );

    let broken = data.with("update events set reserved = 1");
    let json: Value = serde_json::from_slice(&headcount("verify", &broken.path, &["--json"]).stdout).unwrap();
    assert_eq!((json["green"].as_bool(), json["findings"][0]["invariant"].as_str()), (Some(false), Some("I2")));
    assert_eq!(json["findings"][0]["mend"], "counters");
}

#[test]
fn a_log_can_be_checked_with_other_tools() {
    let data = full();
    data.run(&[create(event_id(2), open_event("gala"), vec![new_role(2, "Guest", open_role(None))])]);
    let all = headcount("export-log", &data.path, &["--ndjson"]);
    let lines: Vec<Value> =
        String::from_utf8(all.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<u64> = lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 1, 2]);
    let mut previous = [0; 32];
    for line in &lines {
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
    for one in ["gala", "00000000-0000-0001-0000-000000000002"] {
        let output = headcount("export-log", &data.path, &["--event", one]);
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2, "{one}");
    }
    exits(&headcount("export-log", &data.path, &["--event", "nothing"]), 2, &["there is no event \"nothing\""]);
    exits(&headcount("export-log", Path::new("/nowhere/x.db"), &[]), 3, &["there is no such file"]);
}

#[test]
fn repair_has_nothing_to_do_in_a_healthy_file() {
    let data = full();
    exits(&headcount("repair", &data.path, &[]), 0, &["there is nothing that a command can mend"]);
}

#[test]
fn repair_mends_counters_and_a_dry_run_only_says_so() {
    let data = full().with("update roles set waiting = 5, reserved = 1; update events set registrations = 8");
    exits(&headcount("repair", &data.path, &["--dry-run"]), 1, &["2 counters would be repaired", "this was a dry run"]);
    exits(&headcount("verify", &data.path, &[]), 1, &["I2"]);
    exits(&headcount("repair", &data.path, &[]), 0, &["before:", "2 counters repaired", "after:", "everything is as"]);
    exits(&headcount("verify", &data.path, &[]), 0, &[]);
}

#[test]
fn repair_leaves_what_no_command_can_mend_and_says_what_to_do() {
    let data = full();
    data.plant("update registrations set status = 'cancelled', ended_seq = 9 where name = 'ann'");
    exits(&headcount("repair", &data.path, &[]), 1, &["2 counters repaired", "I14", "restore from it"]);
}

#[test]
fn repair_of_an_overbooked_event_does_what_it_is_asked() {
    let refused = overbooked();
    exits(&headcount("verify", &refused.path, &[]), 1, &["I1 (never more places than there are), seq 6"]);
    exits(&headcount("repair", &refused.path, &[]), 1, &["not repaired", "--over-capacity keep"]);

    let kept = overbooked();
    let says = ["1 spot beyond the capacity kept", "(before the repair at seq 9)", "everything is as it should be"];
    exits(&headcount("repair", &kept.path, &["--over-capacity", "keep"]), 0, &says);

    let demoted = overbooked();
    let says =
        ["registration 00000000-0000-0003-0000-000000000004: confirmed waitlisted", "everything is as it should be"];
    exits(&headcount("repair", &demoted.path, &["--over-capacity", "waitlist_latest"]), 0, &says);
}

#[test]
fn repair_beside_a_server_goes_through_it() {
    let data = full();
    data.plant("update roles set waiting = 5");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options { owner_token: Some(TOKEN.into()), ..Options::local(&data.path) };
    let running = runtime.block_on(server::start(options)).unwrap();
    let url = format!("http://{}", running.address);
    let way = ["--url", &url, "--token", TOKEN];
    exits(&headcount("repair", &data.path, &[]), 3, &["--url and --token"]);
    exits(&headcount("repair", &data.path, &["--url", &url]), 2, &["--token"]);
    exits(&headcount("repair", &data.path, &["--url", &url, "--token", "wrong"]), 1, &["401"]);
    exits(&headcount("repair", &data.path, &[&way[..], &["--dry-run"]].concat()), 1, &["1 counter would be repaired"]);
    exits(&headcount("repair", &data.path, &way), 0, &["1 counter repaired", "everything is as it should be"]);
    runtime.block_on(running.stop());
    exits(&headcount("verify", &data.path, &[]), 0, &[]);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let data = full();
    for command in [&["openapi"][..], &["verify"], &["verify", "--json"], &["repair"], &["export-log"], &["token"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut headcount = Command::new(env!("CARGO_BIN_EXE_headcount"));
        headcount.env_clear().args(command).stdout(writer);
        if command != ["openapi"] {
            headcount.arg("--database").arg(format!("sqlite:{}", data.path.display()));
        }
        let output = headcount.output().unwrap();
        assert_eq!((output.status.code(), text(&output)), (Some(0), String::new()), "{command:?}");
    }
}
