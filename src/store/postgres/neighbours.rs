//! What servers on the same database tell each other: that an event has changed.
//!
//! On a connection of its own and in a transaction of its own, after the commit. PostgreSQL lets those who notify commit
//! one after the other; no decision must ever wait for that. What is told is a hint only: through a pooler that hands
//! connections on with every transaction nobody hears anything.

use deadpool_postgres::ClientWrapper;
use headcount_core::ids::{EventId, Seq};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::address::Address;
use super::connect::{Heard, connect_to_hear};
use super::fault::Fault;
use super::readers::Readers;
use super::session::in_time;
use crate::store::StoreError;

/// Servers hear each other on this channel.
const LISTEN: &str = "listen headcount_events";

const WHO_AM_I: &str = "select pg_backend_pid()";

const NOTIFY: &str = "select count(pg_notify('headcount_events', event)) from unnest($1::text[]) as event";

/// The way to other servers on the same database. Cheap to clone.
#[derive(Clone)]
pub struct Neighbours {
    address: Address,
    readers: Readers,
}

/// Tells other servers.
pub struct Teller(ClientWrapper);

/// Hears other servers, until the connection is lost.
pub struct Hearer {
    heard: mpsc::Receiver<Heard>,
    /// What this server told itself comes from this process of the database's.
    own: i32,
}

impl Neighbours {
    pub(in crate::store) fn new(address: Address, readers: Readers) -> Neighbours {
        Neighbours { address, readers }
    }

    /// Connects, and hears from now on.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn connect(&self) -> Result<(Teller, Hearer), StoreError> {
        let (client, heard) = connect_to_hear(&self.address, "live").await?;
        let begin = async {
            client.batch_execute(LISTEN).await?;
            Ok(client.query_one(WHO_AM_I, &[]).await?.try_get(0)?)
        };
        let own = in_time(begin).await?;
        Ok((Teller(client), Hearer { heard, own }))
    }

    /// The seqs of these events as they are stored; those that are gone are left out.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn seqs(&self, events: &[EventId]) -> Result<Vec<(EventId, Seq)>, StoreError> {
        self.readers.seqs(events).await
    }
}

impl Teller {
    /// Tells that these events have changed.
    ///
    /// # Errors
    /// If it could not be told.
    pub async fn tell(&self, events: &[EventId]) -> Result<(), StoreError> {
        let events: Vec<String> = events.iter().map(ToString::to_string).collect();
        let tell = async {
            let statement = self.0.prepare_cached(NOTIFY).await?;
            self.0.query_one(&statement, &[&events]).await?;
            Ok::<_, Fault>(())
        };
        Ok(in_time(tell).await?)
    }
}

impl Hearer {
    /// The next event that another server has changed; none when the connection is lost.
    pub async fn next(&mut self) -> Option<EventId> {
        loop {
            let Heard { process, text } = self.heard.recv().await?;
            // Whoever else may use the same channel is not understood, and need not be.
            if process != self.own
                && let Ok(event) = Uuid::parse_str(&text)
            {
                return Some(EventId(event));
            }
        }
    }
}
