//! Connections for reading, shared by all who ask.

use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Connect, Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime, TimeoutType, Timeouts,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error};

use super::address::Address;
use super::connect::{keep_going, reach};
use super::explain;
use super::fault::Fault;
use super::session::in_time;
use crate::store::StoreError;

/// How long a question waits for a connection.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// How long it does before it looks whether a server that had none left has one now.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
/// What a connection of the pool is for, as the server's `application_name` says it.
const PURPOSE: &str = "read";

/// Connections for reading, made when they are first needed.
pub(super) struct Pool {
    connections: deadpool_postgres::Pool,
    address: Address,
    /// Somebody needs his connection no more.
    given_back: Notify,
}

impl Pool {
    /// At most `size` connections.
    pub(super) fn new(address: Address, size: usize) -> Pool {
        // Nothing is asked of a connection before it is handed out again but whether it is closed; a question on one that
        // breaks just then fails once.
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        // The configuration that the manager keeps is not looked at: `Connecting` makes one for each host.
        let manager = Manager::from_connect(Config::new(), Connecting(address.clone()), config);
        let pool = deadpool_postgres::Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1);
        let connections = pool.build().expect("a pool that has a runtime can wait");
        Pool { connections, address, given_back: Notify::new() }
    }

    /// Asks on one of the connections. One that does not answer is given up, so that it is not the next one's.
    ///
    /// With all of them in use, those who ask wait in the order in which they came, for at most 5 s. So does who finds
    /// that the server has no connection left, for one of those in use or one more. How many may wait is not bounded
    /// here: whoever asks must bound it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there was no connection to be had; else as the question.
    pub(super) async fn ask<A>(
        &self,
        question: impl AsyncFnOnce(&ClientWrapper) -> Result<A, Fault>,
    ) -> Result<A, StoreError> {
        let client = self.connection().await.map_err(|error| self.explain(&error))?;
        let answer = in_time(question(&client)).await;
        if matches!(answer, Err(Fault::Silent(_))) {
            drop(Object::take(client));
        } else {
            drop(client);
        }
        self.given_back.notify_one();
        Ok(answer?)
    }

    async fn connection(&self) -> Result<Object, PoolError> {
        let until = Instant::now() + WAIT_MAX;
        loop {
            let wait = Some(until.saturating_duration_since(Instant::now()));
            match self.connections.timeout_get(&Timeouts { wait, ..Timeouts::default() }).await {
                Err(PoolError::Backend(error)) if is_full(&error) && Instant::now() < until => {
                    let _either = timeout(BETWEEN_ATTEMPTS, self.given_back.notified()).await;
                }
                other => return other,
            }
        }
    }

    fn explain(&self, error: &PoolError) -> StoreError {
        StoreError::Unavailable(match error {
            PoolError::Backend(error) => explain::failure(&self.address, &self.address.to_string(), error),
            PoolError::Timeout(TimeoutType::Wait) => {
                format!("all connections for reading have been in use for {} s: raise --pg-readers", WAIT_MAX.as_secs())
            }
            other => other.to_string(),
        })
    }
}

/// The server, the database or the user has as many connections as it may have.
fn is_full(error: &Error) -> bool {
    error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}

/// How the pool makes a connection.
struct Connecting(Address);

type Connected<'a> = Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for Connecting {
    fn connect(&self, _: &Config) -> Connected<'_> {
        Box::pin(async {
            let reached = reach(&self.0, PURPOSE).await;
            // The pool has room for one error only: the last.
            let (client, connection) =
                reached.map_err(|mut failures| failures.swap_remove(failures.len() - 1).error)?;
            Ok((client, keep_going(connection, PURPOSE)))
        })
    }
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
