//! Facts that belong to no event.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::ToSql;

use super::address::Address;
use super::fault::Fault;
use super::migrate::{self, OpenError};
use super::session::{Session, in_time};
use crate::store::{Facts, StoreError};

pub(super) const NOTED: &str = "select value from meta where name = $1";

const NOTE: &str =
    "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";

const NOTE_FIRST: &str = "insert into meta (name, value) values ($1, $2) on conflict (name) do nothing";

/// The facts of a database, on a connection of their own.
pub struct Noted(Session);

impl Noted {
    /// Brings the tables to the present layout, so that there is a place for facts.
    ///
    /// # Errors
    /// If the server cannot be reached or used; the text says what to do.
    pub async fn open(address: &Address) -> Result<Noted, OpenError> {
        migrate::run(address, migrate::MIGRATIONS).await?;
        Ok(Noted(Session::new(address.clone(), "facts")))
    }
}

impl Facts for Noted {
    async fn noted(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let client = self.0.take().await?;
        let noted = in_time(read(&client, name)).await;
        self.0.after(client, noted)
    }

    async fn note(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let client = self.0.take().await?;
        // Most often it is there already. Then nothing is written, for which on Citus every node must be there.
        let note = async {
            if read(&client, name).await?.as_deref() != Some(value) {
                execute(&client, NOTE, &[&name, &value]).await?;
            }
            Ok(())
        };
        let noted = in_time(note).await;
        self.0.after(client, noted)
    }

    async fn note_first(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        let client = self.0.take().await?;
        let first = async {
            if let Some(noted) = read(&client, name).await? {
                return Ok(Some(noted));
            }
            execute(&client, NOTE_FIRST, &[&name, &value]).await?;
            read(&client, name).await
        };
        let noted = in_time(first).await;
        let noted = self.0.after(client, noted)?;
        noted.ok_or_else(|| StoreError::Refused(format!("{name} was noted and is not there")))
    }
}

async fn read(client: &ClientWrapper, name: &str) -> Result<Option<String>, Fault> {
    let statement = client.prepare_cached(NOTED).await?;
    let row = client.query_opt(&statement, &[&name]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn execute(client: &ClientWrapper, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Fault> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, values).await?)
}
