//! Connections for reading, shared by all who ask.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Connect, Manager, ManagerConfig, Object, PoolError, RecyclingMethod};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error};

use super::address::Address;
use super::connect::reach_and_drive;
use super::explain::{self, Failure};
use super::fault::Fault;
use super::session::in_time;
use crate::store::StoreError;

/// How long a question waits for its turn.
const WAIT_MAX: Duration = Duration::from_secs(5);
const NO_TURN: &str = "no connection for reading was free for 5 s: raise --pg-readers, or max_connections where PostgreSQL has \
                       none left";
/// How long a turn is withheld after the server had no connection for it.
const PAUSE_WHEN_FULL: Duration = Duration::from_secs(1);
/// What a connection of the pool is for, as the server's `application_name` says it.
const PURPOSE: &str = "read";

/// Connections for reading, made when they are first needed.
pub(super) struct Pool {
    address: Address,
    connections: deadpool_postgres::Pool,
    /// As many as there are connections: in use, idle, or still to be made. The pool's own limit cannot be lowered for a
    /// while.
    turns: Arc<Semaphore>,
}

impl Pool {
    /// At most `size` connections.
    pub(super) fn new(address: Address, size: u16) -> Pool {
        // Nothing is asked of a connection before it is handed out again but whether it is closed; a question on one that
        // breaks just then fails once.
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        // The configuration that the manager keeps is not looked at: `Connector` makes one for each host.
        let manager = Manager::from_connect(Config::new(), Connector(address.clone()), config);
        let pool = deadpool_postgres::Pool::builder(manager).max_size(size.into());
        let connections = pool.build().expect("no timeouts are set, so no runtime is needed");
        let turns = Arc::new(Semaphore::new(size.into()));
        Pool { address, connections, turns }
    }

    /// Asks on one of the connections. One that does not answer is given up, so that it is not the next one's.
    ///
    /// With all of them in use, those who ask wait in the order in which they came, for at most 5 s. Where the server has
    /// no more, all are those that there are; each that is missing is tried for once a second, by one of those who ask,
    /// who then waits again, as the last. How many may wait is not bounded here: whoever asks must bound it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there was no connection to be had; else as the question.
    pub(super) async fn ask<A>(
        &self,
        question: impl AsyncFnOnce(&ClientWrapper) -> Result<A, Fault>,
    ) -> Result<A, StoreError> {
        let (_turn, client) = self.connection().await.map_err(StoreError::Unavailable)?;
        let answer = in_time(question(&client)).await;
        if matches!(answer, Err(Fault::Silent(_))) {
            drop(Object::take(client));
        }
        Ok(answer?)
    }

    /// A connection, and the turn that is to be kept while it is used.
    async fn connection(&self) -> Result<(OwnedSemaphorePermit, Object), String> {
        let until = Instant::now() + WAIT_MAX;
        let mut why_not = None;
        while let Ok(turn) = timeout_at(until, Arc::clone(&self.turns).acquire_owned()).await {
            let turn = turn.expect("nobody closes it");
            match self.connections.get().await {
                Ok(client) => return Ok((turn, client)),
                Err(error) => {
                    why_not = Some(self.explain(&error));
                    // Looked at here as well, because a turn that is free is given however late it is.
                    let is_late = Instant::now() >= until;
                    if is_late || !matches!(&error, PoolError::Backend(error) if is_full(error)) {
                        break;
                    }
                    tokio::spawn(give_back_later(turn));
                }
            }
        }
        Err(why_not.unwrap_or_else(|| NO_TURN.to_owned()))
    }

    fn explain(&self, error: &PoolError) -> String {
        match error {
            PoolError::Backend(error) => explain::failure(&self.address, &self.address.to_string(), error),
            other => other.to_string(),
        }
    }
}

async fn give_back_later(turn: OwnedSemaphorePermit) {
    sleep(PAUSE_WHEN_FULL).await;
    drop(turn);
}

/// The server, the database or the user has as many connections as it may have.
fn is_full(error: &Error) -> bool {
    error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}

/// How the pool makes a connection.
struct Connector(Address);

type Connecting<'a> = Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for Connector {
    fn connect(&self, _: &Config) -> Connecting<'_> {
        Box::pin(async { reach_and_drive(&self.0, PURPOSE).await.map_err(most_telling) })
    }
}

/// The pool has room for one failure only. Of several servers, the one that is full is taken for the one that is sought,
/// as a standby refuses in another way.
fn most_telling(mut failures: Vec<Failure>) -> Error {
    let full = failures.iter().position(|failure| is_full(&failure.error));
    failures.swap_remove(full.unwrap_or(failures.len() - 1)).error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pool_says_why_it_has_no_connection() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = Address::parse(&format!("postgres://u:secret@127.0.0.1:{nobody}/d")).unwrap();
        let problem = Pool::new(address, 1).ask(async |_| Ok(())).await.unwrap_err().to_string();
        assert!(problem.contains("nothing listens there") && !problem.contains("secret"), "{problem}");
    }
}
