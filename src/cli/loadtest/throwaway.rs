//! A throw-away server: a process of this same program on a data file that is removed with it.
//!
//! A process of its own, so that the load generator and the server each have their own limit of open files and their
//! own threads, as in earnest.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::clock;

/// A server that this process started. Dropped, it is killed.
pub(crate) struct ServerProcess {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The owner's token.
    pub(crate) token: String,
}

/// What such a server does with a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    /// It is stored.
    Durable,
    /// It is parsed, validated and answered, and nothing is stored: what the durable one is measured against.
    StoresNothing,
}

/// What the server prints as its first line.
#[derive(Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// How the token gets to the server.
pub(crate) const TOKEN_VARIABLE: &str = "HEADCOUNT_OWNER_TOKEN";

/// A directory for a data file: in `parent`, or where temporary files go.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn directory(parent: Option<&Path>) -> anyhow::Result<TempDir> {
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    let made = tempfile::Builder::new().prefix("headcount-").tempdir_in(&parent);
    made.with_context(|| format!("cannot make a directory for the data file in {}", parent.display()))
}

impl ServerProcess {
    /// Starts a server on a data file and waits until it listens.
    ///
    /// # Errors
    /// If it does not start; what it says is printed by itself.
    pub(crate) async fn start(database: &Path, handling: Handling) -> anyhow::Result<ServerProcess> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let token = clock::random::<16>().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let mut command = Command::new(program);
        command.args(["bench", "server", "--database"]).arg(database).env(TOKEN_VARIABLE, &token);
        if handling == Handling::StoresNothing {
            command.arg("--stores-nothing");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the server's process")?;
        let output = child.stdout.take().expect("the output is piped");
        let first_line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let mut server = ServerProcess { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), token };
        let line = first_line.await?.context("cannot read what the server's process says")?;
        if line.is_empty() {
            bail!("the server's process ended at once ({}); see above why", server.child.wait()?);
        }
        let hello: Hello =
            serde_json::from_str(&line).with_context(|| format!("the server's process said {line:?}"))?;
        server.address = hello.address;
        Ok(server)
    }

    /// Kills it, as a power cut would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        // It fails only when the process has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Tells it to stop, which it does in order, and waits until it is gone.
    ///
    /// # Errors
    /// If it ended with an error.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let (status, server) = tokio::task::spawn_blocking(move || (self.child.wait(), self)).await?;
        drop(server);
        let status = status?;
        if status.success() { Ok(()) } else { bail!("the server's process ended with {status}") }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
