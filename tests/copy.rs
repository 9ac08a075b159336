//! `headcount copy`: a data file really written by a server, moved into a real PostgreSQL; what is refused, and what goes
//! wrong on the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use headcount::verify::{Report, verify_database};

#[path = "copy/data.rs"]
mod data;
#[path = "copy/faults.rs"]
mod faults;
#[path = "copy/going_on.rs"]
mod going_on;
#[path = "copy/people.rs"]
mod people;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "copy/refused.rs"]
mod refused;
#[path = "copy/tables.rs"]
mod tables;

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Begins to copy a data file.
pub(crate) fn begin(from: &Path, to: &str) -> Child {
    command(&format!("sqlite:{}", from.display()), to).spawn().unwrap()
}

pub(crate) fn command(from: &str, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["copy", "--from", from, "--to", to]).env_remove("PGPASSWORD");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn end(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}

/// Copies a data file that no server has open. While another test starts a program, that one holds the lock of this
/// process for a moment, too.
pub(crate) fn copy(from: &Path, to: &str) -> Run {
    loop {
        let run = end(begin(from, to));
        if !run.errors.contains("is open in a server") {
            return run;
        }
    }
}

/// What an audit says, which blocks and has a runtime of its own.
pub(crate) fn verified(url: &str) -> Report {
    let database = url.parse().unwrap();
    std::thread::spawn(move || verify_database(&database, &[])).join().unwrap().unwrap()
}
