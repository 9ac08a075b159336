//! The process that cleans up after the test process.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Runs `guardian.sh` for one folder.
pub(super) struct Guardian(Child);

impl Guardian {
    pub(super) fn of(folder: &Path) -> Guardian {
        let mut command = Command::new("sh");
        command.arg("-c").arg(include_str!("guardian.sh")).arg("guardian").arg(folder);
        // In a process group of its own, neither Ctrl-C nor `timeout` reaches it. It keeps the test's standard error open, so
        // that who reads that to its end also waits for the clean-up.
        Guardian(command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// From now on it also kills this server.
    pub(super) fn watch(&self, postmaster: u32) {
        self.tell(&postmaster.to_string());
    }

    /// The server is gone, and its number may be given to a stranger.
    pub(super) fn forget(&self) {
        self.tell("");
    }

    /// Cleans up now; returns when it is done.
    pub(super) fn clean_up(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }

    fn tell(&self, line: &str) {
        let mut pipe = self.0.stdin.as_ref().expect("it is told nothing after the clean-up");
        writeln!(pipe, "{line}").unwrap();
    }
}
