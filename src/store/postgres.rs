//! The store in a PostgreSQL that any number of servers may share: a connection for each worker, a pool for reading, one
//! transaction an event, two round trips a batch.
//!
//! Nothing is kept between batches: the lock on the event's row alone decides who goes first. Nothing correct depends on
//! advisory locks, notifications or the database's default isolation.
//!
//! Read `transaction` for the life of a batch, `load` and `write` for its two round trips, `fault` for what an error
//! means, `rows` for how the domain is laid out in columns. `address` says which database, `tls` how far its server is
//! trusted, `connect` gets there, `explain` says why not, `check` what a server must be like, `migrate` brings the tables
//! to the present layout.

use std::sync::Arc;
use std::time::Duration;

use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;

use super::forms::Forms;
use super::script::{Ran, Script};
use super::{Opened, Store, StoreError};
pub use address::Address;
pub use audit::{Audit, Snapshot};
pub use check::probe;
// For statements of one's own; headcount itself goes through `Store` and `Readers`.
pub(crate) use connect::connect;
pub use copy::Target;
pub use facts::Noted;
pub use migrate::OpenError;
pub use neighbours::{Hearer, Neighbours, Teller};
pub use readers::Readers;
pub use schema::OwnSchema;
use session::{Session, in_time};

mod address;
mod audit;
mod check;
mod connect;
mod copy;
mod explain;
mod facts;
mod fault;
mod lists;
mod load;
mod migrate;
mod neighbours;
mod pool;
mod queries;
mod readers;
mod rows;
mod schema;
mod script;
mod session;
mod tidy;
mod tls;
mod transaction;
mod url;
mod write;

/// What the library for PostgreSQL may log, whatever else is asked for, as a directive of `HEADCOUNT_LOG`: at `debug` it
/// logs the values of every statement, and so who signs up.
pub const LOGGED_AT_MOST: &str = "tokio_postgres=info";

/// For how long the form of an event is taken as it was read. Another server may have changed it: then the decision says
/// so, and the request is read again.
const FORMS_KEPT: Duration = Duration::from_secs(1);

/// How many connections a server opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connections {
    /// For deciding and writing: as many events can be decided at the same moment.
    pub workers: u16,
    /// For reading, at most.
    pub readers: u16,
}

impl Default for Connections {
    fn default() -> Connections {
        Connections { workers: 16, readers: 8 }
    }
}

/// One writer: a connection, made when it is first needed and again when it was lost.
pub struct PostgresStore {
    session: Session,
    shared: Arc<Shared>,
    /// One of a server's writers tidies up.
    tidies: bool,
}

/// What writers and readers have in common.
struct Shared {
    address: Address,
    forms: Forms,
    /// How a batch begins.
    begin: &'static str,
}

/// Checks the server, brings the tables to the present layout, and gives one writer a worker.
///
/// # Errors
/// See [`OpenError`]; each text says what to do.
pub async fn open(address: &Address, connections: Connections) -> Result<Opened<PostgresStore>, OpenError> {
    let warnings =
        check::probe_for(address, connections).await.map_err(|problem| OpenError::server(address, problem))?;
    migrate::run(address, migrate::MIGRATIONS).await?;
    let has_citus = check::has_citus(address).await.map_err(|problem| OpenError::server(address, problem))?;
    let begin = if has_citus { load::BEGIN } else { load::BEGIN_WITH_FIXED_PLANS };
    let shared = Arc::new(Shared { address: address.clone(), forms: Forms::kept_for(FORMS_KEPT), begin });
    let store = |number| PostgresStore {
        session: Session::new(address.clone(), "write"),
        shared: Arc::clone(&shared),
        tidies: number == 0,
    };
    let stores = (0..connections.workers).map(store).collect();
    let readers = Readers::new(Arc::clone(&shared), connections.readers);
    Ok(Opened { stores, readers: super::Readers::Postgres(readers), warnings })
}

impl Store for PostgresStore {
    const EVENTS_PER_BATCH: usize = 1;

    async fn ready(&mut self) -> Result<(), StoreError> {
        self.session.connect().await
    }

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        transaction::run(&mut self.session, &self.shared, needs, decide).await
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        script::run(&mut self.session, script).await
    }

    async fn probe(&mut self, _: Millis) -> Result<(), StoreError> {
        let client = self.session.take().await?;
        let done = in_time(tidy::commit_nothing(&client)).await;
        self.session.after(client, done)
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        if !self.tidies {
            return Ok(());
        }
        let client = self.session.take().await?;
        let done = in_time(tidy::remove_old_keys(&client, now)).await;
        self.session.after(client, done)
    }
}
