//! One connection that is made anew when it was lost.

use deadpool_postgres::ClientWrapper;

use super::address::Address;
use super::connect::connect;
use crate::store::StoreError;

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

    /// A connection that was alive when it was last heard of.
    pub(super) async fn client(&mut self) -> Result<&ClientWrapper, StoreError> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => connect(&self.address, self.purpose).await?,
        };
        Ok(self.client.insert(client))
    }

    /// Gives up the connection, and with it whatever transaction is open on it.
    pub(super) fn forget(&mut self) {
        self.client = None;
    }
}
