//! The servers under test: those that run elsewhere, or throw-away ones on a database that goes with them.

use tempfile::TempDir;
use uuid::Uuid;

use super::api::{Api, EventShown};
use super::checks::{Evidence, Verified, Wish};
use super::drive::Sample;
use super::throwaway::{self, Handling, Place, ServerProcess};
use super::{LoadtestArgs, verified};
use crate::client::Address;
use crate::store::Database;
use crate::store::postgres::OwnSchema;

/// The servers under test; throw-away ones go with it.
pub(super) struct Target {
    /// Of each server. All serve the same events.
    apis: Vec<Api>,
    /// As they are told to people.
    pub(super) name: String,
    /// What is only theirs, and can be verified as a whole.
    throwaway: Option<Throwaway>,
}

struct Throwaway {
    database: Database,
    _servers: Vec<ServerProcess>,
    _directory: Option<TempDir>,
}

/// How often the event is read until nothing changed meanwhile.
const TRIES_MAX: u32 = 10;

impl Target {
    /// Those that run elsewhere; else as many as wanted in the schema; else one on a data file.
    pub(super) async fn of(args: &LoadtestArgs, schema: Option<&OwnSchema>) -> anyhow::Result<Target> {
        match (schema, &args.token) {
            (Some(schema), _) => Target::in_schema(args, schema).await,
            (None, Some(token)) if !args.url.is_empty() => Ok(Target::elsewhere(&args.url, token)),
            _ => Target::on_a_data_file().await,
        }
    }

    fn elsewhere(addresses: &[Address], token: &str) -> Target {
        let apis = addresses.iter().map(|address| Api::new(address.clone(), token)).collect();
        let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
        let name = format!("the server{} at {}", if names.len() == 1 { "" } else { "s" }, names.join(", "));
        Target { apis, name, throwaway: None }
    }

    async fn on_a_data_file() -> anyhow::Result<Target> {
        let directory = throwaway::directory(None)?;
        let file = directory.path().join("headcount.db");
        let server = ServerProcess::start(&file, Handling::Durable).await?;
        let apis = vec![Api::new(Address::from(server.address), &server.token)];
        let database = Database::Sqlite(file);
        let throwaway = Throwaway { database, _servers: vec![server], _directory: Some(directory) };
        Ok(Target { apis, name: "a throw-away server on this machine".to_owned(), throwaway: Some(throwaway) })
    }

    async fn in_schema(args: &LoadtestArgs, schema: &OwnSchema) -> anyhow::Result<Target> {
        let database = Database::Postgres(schema.inside());
        let url = args.database.as_deref().unwrap_or_default();
        let secrets = throwaway::Secrets::new();
        let mut servers = Vec::new();
        for _ in 0..args.servers {
            let place = Place::Schema { url, name: schema.name(), secrets: &secrets };
            servers.push(ServerProcess::start_in(place, Handling::Durable).await?);
        }
        let apis = servers.iter().map(|server| Api::new(Address::from(server.address), &server.token)).collect();
        let several = if servers.len() == 1 {
            "a throw-away server".to_owned()
        } else {
            format!("{} throw-away servers", servers.len())
        };
        let name = format!("{several} on this machine, in a schema of its own in {}", schema.address());
        let throwaway = Throwaway { database, _servers: servers, _directory: None };
        Ok(Target { apis, name, throwaway: Some(throwaway) })
    }

    /// The one that is asked for what is not part of the load.
    pub(super) fn api(&self) -> &Api {
        &self.apis[0]
    }

    /// Where the people go, in turn.
    pub(super) fn addresses(&self) -> Vec<Address> {
        self.apis.iter().map(|api| api.address().clone()).collect()
    }

    /// Reads the servers until event and registrations are of the same moment, then lets `verify` look.
    pub(super) async fn evidence(
        &self,
        before: &EventShown,
        wishes: Vec<Wish>,
        samples: Vec<Sample>,
    ) -> anyhow::Result<Evidence> {
        for _ in 0..TRIES_MAX {
            let event = self.api().event(&before.id.to_string()).await?;
            let registrations = self.api().registrations(before.id).await?;
            let log = self.api().log(before.id, before.seq).await?;
            let mut elsewhere = Vec::new();
            for api in &self.apis[1..] {
                elsewhere.push(api.event(&before.id.to_string()).await?);
            }
            if self.api().event(&before.id.to_string()).await?.seq == event.seq {
                let verified = self.verify(before.id).await?;
                return Ok(Evidence { event, elsewhere, registrations, log, wishes, samples, verified });
            }
        }
        anyhow::bail!("the event changes all the time, so it cannot be checked: test while nobody else uses it")
    }

    async fn verify(&self, event: Uuid) -> anyhow::Result<Verified> {
        match &self.throwaway {
            Some(throwaway) => verified::by_database(throwaway.database.clone()).await,
            None => verified::by_api(self.api(), event).await,
        }
    }
}
