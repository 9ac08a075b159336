//! The real server as a process of its own, to be killed, stopped, or run where the disk fails.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use headcount::client::{Address, Ask, Connection};
use headcount::store::Database;
use headcount::verify::verify_database;
use hyper::Method;
use serde_json::Value;

pub(crate) const TOKEN: &str = "owner-token-for-tests";

/// The status and the whole answer.
pub(crate) type Told = (u16, Value);

/// A running server.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) address: Address,
    output: BufReader<ChildStdout>,
}

/// A test that fails leaves no server behind.
impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        // Under a tracer the server is its child, and the tracer ends with it.
        let id = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let _it_may_have_ended = Command::new("kill").args(["-KILL", child]).status();
        }
        if children.is_empty() {
            self.process.kill().unwrap();
        }
        self.process.wait().unwrap();
    }
}

impl Server {
    /// Starts it on `database` and waits until it answers.
    pub(crate) fn start(database: &Path) -> Server {
        Server::start_under(&[], database)
    }

    /// As [`Server::start`], under another program.
    pub(crate) fn start_under(wrapper: &[&str], database: &Path) -> Server {
        Server::of(&mut command(wrapper, database))
    }

    /// Runs the command and waits until it answers.
    pub(crate) fn of(command: &mut Command) -> Server {
        let process = command.stdout(Stdio::piped()).spawn().unwrap();
        Server::from_process(process).expect("the server starts")
    }

    /// Waits until a process answers.
    ///
    /// # Errors
    /// Its exit code, if it ended instead.
    pub(crate) fn from_process(mut process: Child) -> Result<Server, Option<i32>> {
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        match first.split_whitespace().last() {
            Some(address) => Ok(Server { process, address: address.parse().unwrap(), output }),
            None => Err(process.wait().unwrap().code()),
        }
    }

    /// kill -9.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, as a service manager would.
    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end: the exit code, and what it printed after its address.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap().code(), rest)
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(&self.address).await.unwrap()
    }

    /// `POST path` as the owner.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask {
        Ask::new(Method::POST, &self.address.target(path)).json(body.to_string()).token(TOKEN)
    }

    /// `GET path` as the owner.
    pub(crate) fn get(&self, path: &str) -> Ask {
        Ask::new(Method::GET, &self.address.target(path)).token(TOKEN)
    }
}

/// The command that serves the data file `database` on a free port.
pub(crate) fn command(wrapper: &[&str], database: &Path) -> Command {
    serve(wrapper, &format!("sqlite:{}", database.display()))
}

/// The command that serves `database`, as the option of that name takes it, on a free port.
pub(crate) fn serve(wrapper: &[&str], database: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_headcount");
    let mut command = match wrapper.split_first() {
        Some((first, arguments)) => {
            let mut command = Command::new(first);
            command.args(arguments).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]).env("HEADCOUNT_OWNER_TOKEN", TOKEN);
    // All the people of a test come from one address.
    command.env("HEADCOUNT_RATE_LIMIT", "off");
    command
}

/// Replays the log of every event of a database, beside whatever serves it, and compares it with what is stored.
pub(crate) fn assert_green(database: &str, when: &str) {
    let database: Database = database.parse().unwrap();
    // It blocks, so not on a thread of the test's runtime.
    let verify = || verify_database(&database, &[]).unwrap();
    let report = thread::scope(|scope| scope.spawn(verify).join().unwrap());
    assert!(report.is_green(), "{when}: {:#?}", report.findings);
    assert!(report.entries > 0, "{when}: there is nothing in it");
}

/// Sends it and reads the answer; none if the connection broke.
pub(crate) async fn told(connection: &mut Connection, ask: Ask) -> Option<Told> {
    let answer = connection.send(ask).await.ok()?;
    let body = answer.json().ok()?;
    Some((answer.status.as_u16(), body))
}
