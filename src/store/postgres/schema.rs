//! A schema of a command's own in a database that may be anybody's: made at the start, dropped at the end, and nothing
//! outside of it is touched.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::error::SqlState;

use super::address::Address;
use super::connect::open;
use super::{OpenError, check, explain};
use crate::clock;

/// How often it is tried to drop it while those who used it are still at work.
const DROPS_MAX: u32 = 5;
/// How long each time.
const LOCK_WAIT_SECONDS: u32 = 10;

/// An empty schema.
pub struct OwnSchema {
    client: ClientWrapper,
    address: Address,
    name: String,
    /// What is not as it should be with the server, and what to do about it.
    pub warnings: Vec<String>,
}

impl OwnSchema {
    /// Makes one whose name begins with `prefix` and that nobody else has.
    ///
    /// # Errors
    /// If the server is not fit for headcount, or does not let this role make a schema.
    pub async fn make(address: &Address, prefix: &str) -> Result<OwnSchema, OpenError> {
        let failed = |problem| OpenError::server(address, problem);
        let client = open(address, "check").await.map_err(failed)?;
        let warnings = check::check_server(&client, address).await.map_err(failed)?;
        let random = u64::from_be_bytes(clock::random());
        let name = format!("{prefix}_{random:016x}");
        let made = client.batch_execute(&format!("create schema {name}")).await;
        made.map_err(|error| {
            failed(format!(
                "cannot make a schema: {}; use a role that may create one in this database",
                explain::chain(&error)
            ))
        })?;
        Ok(OwnSchema { client, address: address.clone(), name, warnings })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The database, without a password.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The database, where names of tables mean those in it.
    pub fn inside(&self) -> Address {
        self.address.in_schema(&self.name)
    }

    /// Drops it with everything in it.
    ///
    /// # Errors
    /// If it cannot be dropped.
    pub async fn remove(self) -> Result<(), OpenError> {
        let drop = format!("set lock_timeout = '{LOCK_WAIT_SECONDS}s'; drop schema {} cascade", self.name);
        for attempt in 1.. {
            match self.client.batch_execute(&drop).await {
                // Of two that are in each other's way one gives up.
                Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) && attempt < DROPS_MAX => {}
                Err(error) => {
                    let problem = explain::chain(&error);
                    let advice = format!(
                        "cannot drop the schema {0}: {problem}; drop it by hand: drop schema {0} cascade",
                        self.name
                    );
                    return Err(OpenError::server(&self.address, advice));
                }
                Ok(()) => return Ok(()),
            }
        }
        unreachable!("the last attempt returns")
    }
}
