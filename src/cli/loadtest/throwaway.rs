//! A throw-away server: a process of this same program on a data file, or in a schema, that is removed with it.
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
    /// It is stored, unless there are more than the usual limits against misuse let through.
    Limited,
    /// It is parsed, validated and answered, and nothing is stored: what the durable one is measured against.
    StoresNothing,
}

/// What the server prints as its first line.
#[derive(Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// Where its data is.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In a file.
    File(&'a Path),
    /// In a schema of a PostgreSQL, beside other servers with the same secrets.
    Schema {
        /// The PostgreSQL.
        url: &'a str,
        /// The schema, which is there already.
        name: &'a str,
        /// What the servers share.
        secrets: &'a Secrets,
    },
}

/// What the servers on one database share.
pub(crate) struct Secrets {
    token: String,
    secret: String,
}

/// How the token gets to the server.
pub(crate) const TOKEN_VARIABLE: &str = "HEADCOUNT_OWNER_TOKEN";
/// How the secret does; without one it stands beside the data file.
pub(crate) const SECRET_VARIABLE: &str = "HEADCOUNT_SECRET";
/// How the address of the PostgreSQL does, which may hold a password that no list of processes should show.
pub(crate) const POSTGRES_VARIABLE: &str = "HEADCOUNT_BENCH_POSTGRES";

/// A directory for a data file: in `parent`, or where temporary files go.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn directory(parent: Option<&Path>) -> anyhow::Result<TempDir> {
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    let made = tempfile::Builder::new().prefix("headcount-").tempdir_in(&parent);
    made.with_context(|| format!("cannot make a directory for the data file in {}", parent.display()))
}

impl Secrets {
    /// Of no other servers.
    pub(crate) fn new() -> Secrets {
        Secrets { token: random(), secret: random() }
    }
}

fn random() -> String {
    clock::random::<16>().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl ServerProcess {
    /// Starts a server on a data file and waits until it listens.
    ///
    /// # Errors
    /// If it does not start; what it says is printed by itself.
    pub(crate) async fn start(database: &Path, handling: Handling) -> anyhow::Result<ServerProcess> {
        ServerProcess::start_in(Place::File(database), handling).await
    }

    /// As [`ServerProcess::start`], wherever its data is to be.
    ///
    /// # Errors
    /// As [`ServerProcess::start`].
    pub(crate) async fn start_in(place: Place<'_>, handling: Handling) -> anyhow::Result<ServerProcess> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command.args(["bench", "server"]);
        let token = match place {
            Place::File(path) => {
                command.arg("--database").arg(path).env_remove(SECRET_VARIABLE);
                random()
            }
            Place::Schema { url, name, secrets } => {
                command.args(["--schema", name]).env(POSTGRES_VARIABLE, url).env(SECRET_VARIABLE, &secrets.secret);
                secrets.token.clone()
            }
        };
        command.env(TOKEN_VARIABLE, &token);
        match handling {
            Handling::Durable => {}
            Handling::Limited => drop(command.arg("--limited")),
            Handling::StoresNothing => drop(command.arg("--stores-nothing")),
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

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
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
