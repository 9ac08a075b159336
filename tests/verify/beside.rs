//! The audit and the repair beside servers that go on deciding.

use std::sync::atomic::{AtomicBool, Ordering};

use headcount::client::{Address, Ask, Connection};
use headcount::server::{self, Options, Running};
use headcount::store::postgres::Connections;
use headcount::verify::{Pieces, verify_database_in};
use hyper::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::data::{Data, Kind};
use super::repairs::{exits, full, headcount};

pub(crate) const TOKEN: &str = "a token for the tests";

/// A server on a database, with a runtime of its own: an audit blocks the thread it runs on.
pub(crate) struct Server {
    running: Running,
    runtime: Runtime,
}

impl Server {
    pub(crate) fn start(data: &Data) -> Server {
        let runtime = Runtime::new().unwrap();
        let options = Options {
            database: data.database(),
            connections: Connections { workers: 2, readers: 2 },
            owner_token: Some(TOKEN.into()),
            secret: Some("a secret for the tests".into()),
            ..Options::default()
        };
        let running = runtime.block_on(server::start(options)).unwrap();
        Server { running, runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    pub(crate) fn stop(self) {
        self.runtime.block_on(self.running.stop());
    }

    fn connect(&self) -> Guest<'_> {
        let address: Address = self.url().parse().unwrap();
        let connection = self.runtime.block_on(Connection::open(&address)).unwrap();
        Guest { server: self, connection, address }
    }
}

/// One connection to a server.
struct Guest<'a> {
    server: &'a Server,
    connection: Connection,
    address: Address,
}

impl Guest<'_> {
    /// Signs up one new person after the other until `stop`; every second one cancels again. Returns how many got in.
    fn sign_up_until(&mut self, stop: &AtomicBool, name: &str) -> usize {
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            count += 1;
            let person = json!({"name": name, "email": format!("{name}-{count}@example.org")});
            let (status, receipt) = self.post("/api/v1/events/fair/registrations", &person);
            assert_eq!(status, 201, "{receipt}");
            if count % 2 == 0 {
                let id = receipt["id"].as_str().unwrap();
                let (status, answer) = self.post(&format!("/api/v1/events/fair/registrations/{id}/cancel"), &json!({}));
                assert_eq!(status, 200, "{answer}");
            }
        }
        count
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let ask = Ask::new(Method::POST, &self.address.target(path)).json(body.to_string()).token(TOKEN);
        let answer = self.server.runtime.block_on(self.connection.send(ask)).unwrap();
        (answer.status.as_u16(), answer.json().unwrap())
    }
}

/// Does something while two people's computers sign people up without end at each server.
fn under_load<T>(servers: &[Server], work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let stop = &stop;
        let guests: Vec<_> = servers
            .iter()
            .enumerate()
            .flat_map(|(number, server)| ["ann", "ben"].map(|name| (server, format!("{name}-{number}"))))
            .map(|(server, name)| scope.spawn(move || server.connect().sign_up_until(stop, &name)))
            .collect();
        // Also where the work fails, or nobody would ever stop.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, Ordering::Relaxed);
        for guest in guests {
            assert!(guest.join().unwrap() > 0, "there was a load");
        }
        done.unwrap_or_else(|failure| std::panic::resume_unwind(failure))
    })
}

#[test]
fn an_audit_beside_servers_under_load_is_green() {
    for (kind, servers) in [(Kind::Sqlite, 1), (Kind::Postgres, 2)] {
        let data = full(kind);
        let servers: Vec<Server> = (0..servers).map(|_| Server::start(&data)).collect();
        under_load(&servers, || {
            let mut entries = 0;
            for pieces in [Pieces { entries: 7, rows: 3 }, Pieces::default()].into_iter().cycle().take(20) {
                let report = verify_database_in(pieces, &data.database(), &[]).unwrap();
                assert!(report.is_green(), "{kind:?}: {report}");
                assert!(report.entries >= entries, "nothing that was once there is gone");
                entries = report.entries;
            }
            exits(&headcount("verify", &data, &[]), 0, &["everything is as it should be"]);
            exits(&headcount("export-log", &data, &["--event", "fair"]), 0, &["event_created"]);
        });
        servers.into_iter().for_each(Server::stop);
    }
}

#[test]
fn a_repair_in_a_postgresql_needs_no_server_and_minds_none() {
    let data = full(Kind::Postgres);
    let servers = [Server::start(&data), Server::start(&data)];
    // None of these says whether somebody gets in, so that the servers decide as well as ever.
    let off = "registrations = registrations + 3";
    data.plant(&format!("update roles set {off}; update events set {off}"));
    under_load(&servers, || {
        exits(&headcount("verify", &data, &[]), 1, &["I2", "`headcount repair` mends it"]);
        exits(&headcount("repair", &data, &["--dry-run"]), 1, &["2 counters would be repaired", "a dry run"]);
        exits(&headcount("repair", &data, &[]), 0, &["before:", "2 counters repaired", "after:", "everything is as"]);
    });
    servers.into_iter().for_each(Server::stop);
    exits(&headcount("verify", &data, &[]), 0, &["everything is as it should be"]);
}
