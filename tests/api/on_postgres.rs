//! The tests run on a PostgreSQL, each in a database of its own.

use std::thread;

use headcount::store::postgres::{self, Address, Connections};
use headcount::store::{Opened, PostgresStore};
use tokio::runtime;

use crate::postgres::Cluster;

/// The store under test.
pub(crate) type TestedStore = PostgresStore;
/// The databases go with their server, when all tests are done.
pub(crate) type Place = ();

/// More than one worker, so that what could happen at the same time does.
const CONNECTIONS: Connections = Connections { workers: 3, readers: 3 };

/// An empty database.
pub(crate) fn fresh() -> (Opened<TestedStore>, Place) {
    let address = Address::parse(&Cluster::shared().new_database()).unwrap();
    // On a thread and runtime of its own, so that a test can ask for it from within its own runtime. No connection
    // outlives this: the stores make theirs when they need one.
    let open = || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(postgres::open(&address, CONNECTIONS)).unwrap()
    };
    (thread::scope(|scope| scope.spawn(open).join().unwrap()), ())
}
