//! A pooler between headcount and its PostgreSQL: it works, or the start says what must be set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use headcount::store::postgres::{Address, probe};
use postgres::Cluster;
use rustix::process::geteuid;

#[path = "support/postgres.rs"]
mod postgres;

const INSTALL: &str = "these tests start a PgBouncer of their own: apt-get install pgbouncer";

/// A PgBouncer before a cluster, on a unix socket in the cluster's folder. Dropped, it is gone; it ends with the test too.
struct Pooler<'a> {
    cluster: &'a Cluster,
    number: u16,
    process: Child,
    /// Kept, because PgBouncer ends when it cannot log.
    _log: BufReader<ChildStderr>,
}

impl<'a> Pooler<'a> {
    /// `number` takes the place of a port in the socket's name. Returns when it takes connections.
    fn start(cluster: &'a Cluster, number: u16, settings: &str) -> Pooler<'a> {
        let folder = cluster.folder().display();
        let file = cluster.folder().join(format!("pgbouncer-{number}.ini"));
        let text = format!(
            "[databases]\npostgres = host={folder} port={} user=postgres\n[pgbouncer]\nlisten_port = {number}\n\
             unix_socket_dir = {folder}\nauth_type = any\n{settings}\n",
            cluster.port()
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new("setpriv");
        if geteuid().is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        let command = command.args(["--pdeathsig=KILL", "pgbouncer"]).arg(file).stderr(Stdio::piped());
        let mut process = command.spawn().expect("setpriv is part of every Linux");
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("process up") {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "{INSTALL}; it said: {said}");
        }
        Pooler { cluster, number, process, _log: log }
    }

    async fn probe(&self) -> Result<Vec<String>, String> {
        let folder = self.cluster.folder().display();
        let url = format!("postgres://postgres@/postgres?host={folder}&port={}&connect_timeout=1", self.number);
        probe(&Address::parse(&url)?).await
    }
}

impl Drop for Pooler<'_> {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Whether the installed PgBouncer can keep prepared statements from one transaction to the next: since 1.21.
fn keeps_statements() -> bool {
    let told = Command::new("pgbouncer").arg("--version").output().expect(INSTALL).stdout;
    let told = String::from_utf8(told).unwrap();
    let version = told.lines().next().unwrap().strip_prefix("PgBouncer ").unwrap();
    version.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>() >= vec![1, 21]
}

#[tokio::test]
async fn a_pooler_for_sessions_is_as_good_as_none() {
    let pooler = Pooler::start(Cluster::shared(), 1, "pool_mode = session");
    assert!(pooler.probe().await.is_ok());
}

#[tokio::test]
async fn a_pooler_for_transactions_that_loses_prepared_statements_is_told_of() {
    // Before 1.21 there is nothing to switch off.
    let off = if keeps_statements() { "max_prepared_statements = 0" } else { "" };
    for (number, order) in [(2, "server_round_robin = 0"), (3, "server_round_robin = 1")] {
        let pooler = Pooler::start(Cluster::shared(), number, &format!("pool_mode = transaction\n{order}\n{off}"));
        let problem = pooler.probe().await.unwrap_err();
        assert!(problem.contains("max_prepared_statements > 0, or pool_mode = session"), "{order}: {problem}");
    }
}

#[tokio::test]
async fn a_pooler_for_transactions_that_keeps_prepared_statements_will_do() {
    if keeps_statements() {
        let settings = "pool_mode = transaction\nmax_prepared_statements = 100";
        assert!(Pooler::start(Cluster::shared(), 4, settings).probe().await.is_ok());
    }
}

#[tokio::test]
async fn a_pooler_with_one_connection_is_too_small() {
    for (number, mode) in [(5, "session"), (6, "transaction")] {
        let settings = format!("pool_mode = {mode}\ndefault_pool_size = 1");
        let problem = Pooler::start(Cluster::shared(), number, &settings).probe().await.unwrap_err();
        assert!(problem.contains("its pool is too small"), "{mode}: {problem}");
    }
}
