//! People and lanes without a server: for what is done to a database by the command line.

use std::time::Duration;

use anyhow::bail;

use super::known::{secret, secret_file};
use super::{Options, check_given};
use crate::lanes::{Lanes, Workers};
use crate::people::People;
use crate::store::postgres::{self, Connections};
use crate::store::{Database, sqlite};

/// How long a command waits for its turn in a lane where hardly anybody else is.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A database that no server of this process serves. A data file is open in no other one either.
pub struct Offline {
    /// What can be done with people.
    pub people: People,
    lanes: Lanes,
    workers: Workers,
}

impl Offline {
    /// Opens a database that is there already.
    ///
    /// # Errors
    /// If it cannot be opened, a server has the data file open, or the secret is not the one it is used with.
    pub async fn open(options: Options) -> anyhow::Result<Offline> {
        check_given(&options)?;
        let lanes = Lanes::without_news(WAIT_MAX);
        let (secret, readers, workers) = match &options.database {
            Database::Sqlite(path) if !path.exists() => bail!("there is no data file {}", path.display()),
            Database::Sqlite(path) => {
                let mut opened = sqlite::open(path)?;
                let secret = secret(&mut opened.stores[0], &options, Some(secret_file(path))).await?;
                (secret, opened.readers, lanes.start_workers(opened.stores)?)
            }
            Database::Postgres(server) => {
                let secret = secret(&mut postgres::Noted::open(server).await?, &options, None).await?;
                let opened = postgres::open(server, Connections { workers: 1, readers: 1 }).await?;
                (secret, opened.readers, lanes.start_workers(opened.stores)?)
            }
        };
        let people = People::new(lanes.clone(), readers, secret, options.people);
        Ok(Offline { people, lanes, workers })
    }

    /// Ends what is under way, and leaves a data file in good order.
    pub async fn close(self) {
        let Offline { people, lanes, workers } = self;
        drop(people);
        lanes.stop();
        // A panic of a worker is logged by itself.
        let _joined = tokio::task::spawn_blocking(move || workers.join()).await;
    }
}
