//! `headcount bench followers` as people run it: short, so the figures mean little, but every follower must end with the
//! right numbers.

use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn everybody_who_follows_ends_with_the_right_numbers() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["bench", "followers", "--quick", "--followers", "200", "--json"]).stdin(Stdio::null());
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*errors), (Some(0), ""));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = report["figures"].as_array().unwrap();
    let figure = |what: &str| figures.iter().find(|figure| figure["what"].as_str().unwrap().starts_with(what)).unwrap();
    assert_eq!(figure("followers who end with")["value"]["value"], 200.0);
    assert!(figure("sign-ups with followers")["value"]["value"].as_f64().unwrap() > 0.0);
    assert!(figure("until the last is told, p99")["value"]["value"].as_f64().unwrap() > 0.0);
}
