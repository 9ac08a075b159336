//! Lanes of a command line tool's own, for what it has decided without a server.

use std::time::Duration;

use anyhow::Context as _;

use super::known::secret;
use super::{Options, check_given, secret_file};
use crate::lanes::{Lanes, Workers};
use crate::secret::Secret;
use crate::store::postgres::{self, Connections};
use crate::store::{Database, Readers, sqlite};

/// How long a command waits for its turn, where nobody else is.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// Lanes of a tool's own. No server may have the data file open; in a PostgreSQL it works beside servers, as if it were one
/// more of them.
pub struct Tool {
    /// Decide what the tool asks. Nobody is mailed.
    pub lanes: Lanes,
    /// For reading.
    pub readers: Readers,
    /// What stands for people is made with it.
    pub secret: Secret,
    workers: Workers,
}

impl Tool {
    /// Opens the database, and makes a data file that is not there.
    ///
    /// # Errors
    /// If it cannot be opened, or the secret is not the one it is used with.
    pub async fn open(options: &Options) -> anyhow::Result<Tool> {
        check_given(options)?;
        let lanes = Lanes::without_news(WAIT_MAX);
        let (workers, readers, secret) = match &options.database {
            Database::Sqlite(path) => {
                let hint = "a tool needs the data file for itself: stop the server that has it open";
                let mut opened = sqlite::open(path).context(hint)?;
                let secret = secret(&mut opened.stores[0], options, Some(secret_file(path))).await?;
                (lanes.start_workers(opened.stores)?, opened.readers, secret)
            }
            Database::Postgres(server) => {
                let opened = postgres::open(server, Connections { workers: 1, readers: 1 }).await?;
                let secret = secret(&mut postgres::Noted::open(server).await?, options, None).await?;
                (lanes.start_workers(opened.stores)?, opened.readers, secret)
            }
        };
        Ok(Tool { lanes, readers, secret, workers })
    }

    /// Ends the lanes; whatever was answered is stored.
    pub async fn close(self) {
        self.lanes.stop();
        // A panic of the worker is logged by itself.
        let _joined = tokio::task::spawn_blocking(move || self.workers.join()).await;
    }
}

/// A way to read a database, beside whoever writes to it.
///
/// # Errors
/// If it is not there, or cannot be read.
pub async fn open_readers(database: &Database) -> anyhow::Result<Readers> {
    match database {
        Database::Sqlite(path) => Ok(sqlite::open_readers(path)?),
        Database::Postgres(server) => {
            let one = Connections { workers: 1, readers: 1 };
            Ok(postgres::open(server, one).await?.readers)
        }
    }
}
