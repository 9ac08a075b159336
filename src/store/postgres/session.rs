//! One connection that is made anew when it was lost.

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use tokio::time::timeout;

use super::address::Address;
use super::connect::connect;
use super::fault::{Fault, Meaning};
use crate::store::StoreError;

/// How long a round trip may take. Each statement has its own limit in the server; this is for one that is not there.
const ROUND: Duration = Duration::from_secs(10);

/// One connection, or the wish for one.
pub(super) struct Session {
    address: Address,
    /// One word, for the server's list of connections.
    purpose: &'static str,
    client: Option<ClientWrapper>,
}

impl Session {
    /// Connects when it is first asked for a client.
    pub(super) fn new(address: Address, purpose: &'static str) -> Session {
        Session { address, purpose, client: None }
    }

    /// A connection that was alive when it was last heard of. It is the caller's until it is given back: whoever breaks
    /// off in the midst of something (a panic, say) drops it, and with it whatever transaction is open on it.
    pub(super) async fn take(&mut self) -> Result<ClientWrapper, StoreError> {
        match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => Ok(client),
            None => connect(&self.address, self.purpose).await,
        }
    }

    /// Takes a connection back on which nothing is under way.
    pub(super) fn give_back(&mut self, client: ClientWrapper) {
        self.client = Some(client);
    }

    /// Connects, if there is no connection.
    pub(super) async fn connect(&mut self) -> Result<(), StoreError> {
        let client = self.take().await?;
        self.give_back(client);
        Ok(())
    }

    /// As [`Session::give_back`] after something was done on it, unless that showed that it is of no use any more.
    pub(super) fn after<A>(&mut self, client: ClientWrapper, done: Result<A, Fault>) -> Result<A, StoreError> {
        if done.as_ref().err().is_none_or(|fault| fault.meaning() != Meaning::Lost) {
            self.give_back(client);
        }
        Ok(done?)
    }
}

/// Gives up after a while on a server that does not answer. What it was asked may still be done.
pub(super) async fn in_time<A>(round: impl Future<Output = Result<A, Fault>>) -> Result<A, Fault> {
    timeout(ROUND, round).await.unwrap_or(Err(Fault::Silent(ROUND.as_secs())))
}
