//! A pooler between headcount and its PostgreSQL: it works, or the start says what must be set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use headcount::store::postgres::{Address, Connections, open, probe};
use headcount::store::{Opened, PostgresStore};
use headcount_core::command::Action;
use headcount_core::decision::Outcome;
use headcount_core::ids::Millis;
use postgres::Cluster;
use rustix::process::geteuid;
use setting::{Setting, ask, create, event_id, new_role, receipt, registration_id, sign_up, with_key};

#[path = "support/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "store/setting.rs"]
mod setting;

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
            "[databases]\n* = host={folder} port={} user=postgres\n[pgbouncer]\nlisten_port = {number}\n\
             unix_socket_dir = {folder}\nauth_type = any\n{settings}\n",
            cluster.port()
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new("setpriv");
        if geteuid().is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        let command =
            command.args(["--pdeathsig=KILL", "pgbouncer"]).arg(file).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("setpriv is part of every Linux");
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("process up") {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "{INSTALL}; it said: {said}");
        }
        Pooler { cluster, number, process, _log: log }
    }

    async fn probe(&self) -> Result<Vec<String>, String> {
        probe(&self.address("postgres")).await
    }

    fn address(&self, database: &str) -> Address {
        let folder = self.cluster.folder().display();
        let url = format!("postgres://postgres@/{database}?host={folder}&port={}&connect_timeout=1", self.number);
        Address::parse(&url).unwrap()
    }

    /// A new empty database, through the pooler.
    fn new_database(&self) -> Address {
        self.address(self.cluster.new_database().rsplit('/').next().unwrap())
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

/// Several workers, one after the other on the same events, and reading beside them.
async fn tell_a_short_story(address: &Address) {
    let Opened { stores, readers, .. } = open(address, Connections { workers: 3, readers: 2 }).await.unwrap();
    let mut settings: Vec<Setting<PostgresStore>> =
        stores.into_iter().map(|store| Setting { store, readers: readers.clone() }).collect();
    for event in 1..=3 {
        let roles = vec![new_role(1, "Server", Some(10)), new_role(2, "Cook", Some(1))];
        let made = settings[0].one(create(event_id(event), setting::settings(&format!("event-{event}")), roles)).await;
        assert!(matches!(made.outcome, Outcome::EventCreated(_)), "{made:?}");
    }
    for number in 0..60_u128 {
        let (event, worker) = (1 + number % 3, (number / 3 % 3) as usize);
        let slug = format!("event-{event}");
        let command = sign_up(event_id(event), &slug, number, &format!("p{number}"), 1 + number % 2, 1);
        let command = with_key(command, &format!("a-key-of-a-guest-{number:06}"));
        let first = settings[worker].one(command.clone()).await;
        receipt(&first);
        // Writes nothing, and so ends in a rollback.
        assert_eq!(settings[(worker + 1) % 3].one(command).await.outcome, first.outcome);
    }
    let cancelled = settings[2].one(ask(event_id(1), Action::Cancel(registration_id(0)))).await;
    assert_eq!(receipt(&cancelled).affected.len(), 0);
    let shown = readers.event(event_id(1), Millis(0)).await.unwrap().unwrap();
    assert_eq!(shown.settings.form.slug, "event-1");
}

#[tokio::test]
async fn the_store_works_through_a_pooler_for_sessions() {
    let pooler = Pooler::start(Cluster::shared(), 7, "pool_mode = session");
    tell_a_short_story(&pooler.new_database()).await;
}

#[tokio::test]
async fn the_store_works_through_a_pooler_for_transactions_or_says_what_must_be_set() {
    let settings = if keeps_statements() { "max_prepared_statements = 100" } else { "" };
    let pooler = Pooler::start(Cluster::shared(), 8, &format!("pool_mode = transaction\n{settings}"));
    let address = pooler.new_database();
    if keeps_statements() {
        tell_a_short_story(&address).await;
    } else {
        let refused = open(&address, Connections { workers: 1, readers: 1 }).await.err().unwrap().to_string();
        assert!(refused.contains("max_prepared_statements > 0, or pool_mode = session"), "{refused}");
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
