//! A server of the benchmark's own, and events on it that people sign up for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use headcount_core::limits::CAPACITY_MAX;
use hyper::Method;
use serde::Deserialize;
use tempfile::TempDir;
use uuid::Uuid;

use super::CommonArgs;
use super::generator::Maker;
use crate::cli::loadtest::api::Api;
use crate::cli::loadtest::people::Random;
use crate::cli::loadtest::plan::{NewEvent, Waitlist};
use crate::cli::loadtest::throwaway::{self, Handling, ServerProcess};
use crate::client::{Address, Ask};

/// A server on a data file of its own. Both go when it is dropped.
pub(super) struct Site {
    server: ServerProcess,
    directory: TempDir,
}

/// A data file whose server has ended.
pub(super) struct Closed {
    directory: TempDir,
}

/// An event that people sign up for.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) event: Uuid,
    target: String,
    role: Uuid,
}

/// What the process of a server takes, in megabytes of 1,000,000 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// The most since it started, with the pages of files that are mapped in.
    pub(super) most_mb: f64,
    /// At this moment what is its own: what it asked for, and wrote to.
    pub(super) own_mb: f64,
    /// At this moment the pages of files that are mapped in, of the program and the data file: the kernel takes them back
    /// when it needs them.
    pub(super) files_mb: f64,
}

/// Whether requests carry a key, so that even a refusal is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keys {
    /// None.
    Without,
    /// A different one each.
    With,
}

/// What `GET /system/locks` tells of the waits since the start.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waits {
    /// Mean wait of a command in its lane, in milliseconds.
    pub(super) average_wait_time: f64,
    /// Half of the commands waited no longer.
    pub(super) p50_wait_time: f64,
}

/// Room for everybody.
pub(super) const HUGE: u32 = CAPACITY_MAX;

impl Site {
    /// Starts a server that stores what it is told.
    pub(super) async fn start(common: &CommonArgs) -> anyhow::Result<Site> {
        let closed = Closed { directory: throwaway::directory(common.directory.as_deref())? };
        closed.start(Handling::Durable).await
    }

    /// Starts a server that stores what it is told, within the usual limits against misuse.
    pub(super) async fn start_limited(common: &CommonArgs) -> anyhow::Result<Site> {
        let closed = Closed { directory: throwaway::directory(common.directory.as_deref())? };
        closed.start(Handling::Limited).await
    }

    /// Starts a server that stores nothing, on a data file with one event that is open to everybody.
    pub(super) async fn start_storing_nothing(common: &CommonArgs) -> anyhow::Result<(Site, Door)> {
        let site = Site::start(common).await?;
        let door = site.open_event(HUGE).await?;
        Ok((site.stop().await?.start(Handling::StoresNothing).await?, door))
    }

    /// Stops the server in order.
    pub(super) async fn stop(self) -> anyhow::Result<Closed> {
        let Site { server, directory } = self;
        server.stop().await?;
        Ok(Closed { directory })
    }

    /// Kills the server, as a power cut would.
    pub(super) fn kill(self) -> Closed {
        let Site { mut server, directory } = self;
        server.kill();
        Closed { directory }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Address {
        Address::from(self.server.address)
    }

    /// Where the data file lies.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Makes an event with one role of this capacity, open to everybody, without a waitlist.
    pub(super) async fn open_event(&self, capacity: u32) -> anyhow::Result<Door> {
        let roles = vec![("Server".to_owned(), capacity)];
        let new = NewEvent { roles, capacity: None, waitlist: Waitlist::Off, max_spots: 1, roles_per_person: 1 };
        let event = self.api().create_event("Benchmark", &new).await?;
        Ok(Door { event: event.id, target: self.api().sign_up_target(event.id), role: event.roles[0].id })
    }

    /// How long commands waited in their lanes since this server started.
    pub(super) async fn waits(&self) -> anyhow::Result<Waits> {
        self.api().get("/system/locks").await
    }

    /// What the server takes of the machine's memory, as Linux counts it.
    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        let path = format!("/proc/{}/status", self.server.id());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let megabytes = |name: &str| {
            let kilobytes = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
            let kilobytes: f64 = kilobytes.with_context(|| format!("{path} does not tell {name}"))?.parse()?;
            anyhow::Ok(kilobytes * 1_024.0 / 1_000_000.0)
        };
        Ok(Memory { most_mb: megabytes("VmHWM:")?, own_mb: megabytes("RssAnon:")?, files_mb: megabytes("RssFile:")? })
    }

    /// A request of the owner's, to be sent by whoever makes load.
    pub(super) fn ask_as_owner(&self, method: Method, path: &str) -> Ask {
        Ask::new(method, path).token(&self.server.token)
    }

    /// The owner's view.
    pub(super) fn api(&self) -> Api {
        Api::new(self.address(), &self.server.token)
    }
}

impl Closed {
    /// Starts a server on the data file.
    pub(super) async fn start(self, handling: Handling) -> anyhow::Result<Site> {
        let server = ServerProcess::start(&data_file(self.directory.path()), handling).await?;
        Ok(Site { server, directory: self.directory })
    }
}

impl Door {
    /// Sign-ups of ever different people, whose addresses are in no order.
    pub(super) fn sign_ups(&self, keys: Keys) -> Maker {
        let (ask, role) = (Ask::new(Method::POST, &self.target), self.role.to_string());
        let run = Random::new().next();
        Arc::new(move |number| {
            let person = Random::at(run ^ number).next();
            let ask = ask.clone().json(sign_up(&role, person));
            match keys {
                Keys::Without => ask,
                Keys::With => ask.key(&format!("key-{person:016x}-{run:016x}")),
            }
        })
    }
}

/// What a person sends who wants a role, which is named or its id.
pub(super) fn sign_up(role: &str, person: u64) -> String {
    format!(r#"{{"role":"{role}","spots":1,"name":"Person {person:016x}","email":"person-{person:016x}@example.org"}}"#)
}

fn data_file(directory: &Path) -> PathBuf {
    directory.join("headcount.db")
}
