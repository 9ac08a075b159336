//! The owner's view of a server: makes events and reads back what became of them, over the same API as everybody.

use anyhow::{Context, bail};
use headcount_core::ids::Millis;
use hyper::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

use super::plan::NewEvent;
use crate::cli::loadtest::drive::problem_code;
use crate::client::{Address, Answer, Ask, Connection};

/// A server, and the right to manage it.
#[derive(Clone)]
pub(crate) struct Api {
    address: Address,
    token: String,
}

/// An event as the server shows it.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub(crate) struct EventShown {
    pub(crate) id: Uuid,
    pub(crate) waitlist: WaitlistShown,
    pub(crate) roles_per_person: u32,
    pub(crate) roles: Vec<RoleShown>,
    #[serde(flatten)]
    pub(crate) places: Places,
    /// Number of the last log entry.
    pub(crate) seq: u64,
}

/// The waitlist's settings.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub(crate) struct WaitlistShown {
    pub(crate) policy: String,
    #[serde(default)]
    pub(crate) max_skips: u32,
}

/// A role as the server shows it.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub(crate) struct RoleShown {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) places: Places,
}

/// What is taken and what is free. None is unlimited.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
pub(crate) struct Places {
    pub(crate) capacity: Option<u64>,
    #[serde(default, rename = "override")]
    pub(crate) override_spots: u64,
    pub(crate) reserved: u64,
    pub(crate) free: Option<u64>,
    pub(crate) waiting: u64,
}

/// A registration as the server lists it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) role_id: Uuid,
    pub(crate) status: String,
    pub(crate) spots: u64,
    pub(crate) email: Option<String>,
    /// Place in the role's queue.
    pub(crate) position: Option<u64>,
}

/// An entry of the log.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Logged {
    pub(crate) seq: u64,
    #[serde(deserialize_with = "time")]
    pub(crate) at: Millis,
    pub(crate) actor: String,
    pub(crate) kind: String,
    pub(crate) registration_id: Option<Uuid>,
    /// The very bytes that were hashed.
    pub(crate) body: Box<RawValue>,
    pub(crate) hash: String,
}

/// What the bodies of the entries say that a load test looks at.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Facts {
    pub(crate) role: Option<Uuid>,
    pub(crate) spots: Option<u64>,
    pub(crate) status: Option<String>,
    pub(crate) skips: Option<u64>,
}

#[derive(Deserialize)]
struct Listing<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct LogPart {
    items: Vec<Logged>,
    next_after: Option<u64>,
}

/// Items that are asked for at once.
const PAGE_ITEMS: usize = 200;

impl Api {
    /// A server, and its owner's token.
    pub(crate) fn new(address: Address, token: &str) -> Api {
        Api { address, token: token.to_owned() }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Makes an event that is open to everyone who has its address.
    pub(crate) async fn create_event(&self, title: &str, event: &NewEvent) -> anyhow::Result<EventShown> {
        let roles: Vec<Value> =
            event.roles.iter().map(|(name, capacity)| json!({ "name": name, "capacity": capacity })).collect();
        let body = json!({
            "title": title,
            "status": "published",
            "visibility": "unlisted",
            "capacity": event.capacity,
            "waitlist": { "policy": event.waitlist },
            "max_spots": event.max_spots,
            "roles_per_person": event.roles_per_person,
            "roles": roles,
        });
        self.post("/events", &body).await.context("no event could be made")
    }

    /// Reads an event, by id or slug.
    pub(crate) async fn event(&self, event: &str) -> anyhow::Result<EventShown> {
        self.get(&format!("/events/{event}")).await.with_context(|| format!("cannot read the event {event}"))
    }

    /// All registrations of an event.
    pub(crate) async fn registrations(&self, event: Uuid) -> anyhow::Result<Vec<Listed>> {
        let mut connection = Connection::open(&self.address).await?;
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/events/{event}/registrations?limit={PAGE_ITEMS}{cursor}");
            let ask = Ask::new(Method::GET, &self.target(&path)).token(&self.token);
            let answer = connection.send(ask).await?;
            let page: Listing<Listed> = read(&answer).context("cannot read the registrations")?;
            items.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }

    /// The entries of an event's log after `after`.
    pub(crate) async fn log(&self, event: Uuid, mut after: u64) -> anyhow::Result<Vec<Logged>> {
        let mut connection = Connection::open(&self.address).await?;
        let mut items = Vec::new();
        loop {
            let path = format!("/events/{event}/log?limit={PAGE_ITEMS}&after={after}");
            let ask = Ask::new(Method::GET, &self.target(&path)).token(&self.token);
            let part: LogPart = read(&connection.send(ask).await?).context("cannot read the log")?;
            items.extend(part.items);
            match part.next_after {
                Some(next) => after = next,
                None => return Ok(items),
            }
        }
    }

    /// Reads what stands under `path` of the API.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.one(Ask::new(Method::GET, &self.target(path))).await
    }

    /// The request target of a sign-up for this event.
    pub(crate) fn sign_up_target(&self, event: Uuid) -> String {
        self.target(&format!("/events/{event}/registrations"))
    }

    /// The request target of a yes or no to this event.
    pub(crate) fn respond_target(&self, event: Uuid) -> String {
        self.target(&format!("/events/{event}/respond"))
    }

    /// Sends what stands in `body` to `path` of the API.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        self.one(Ask::new(Method::POST, &self.target(path)).json(body.to_string())).await
    }

    /// Sends what stands in `body` to `path` of the API, which answers with nothing but that it is done.
    pub(crate) async fn tell(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        done(&self.answer(Ask::new(Method::POST, &self.target(path)).json(body.to_string())).await?)
    }

    async fn one<T: DeserializeOwned>(&self, ask: Ask) -> anyhow::Result<T> {
        read(&self.answer(ask).await?)
    }

    async fn answer(&self, ask: Ask) -> anyhow::Result<Answer> {
        let mut connection = Connection::open(&self.address).await?;
        Ok(connection.send(ask.token(&self.token)).await?)
    }

    fn target(&self, path: &str) -> String {
        self.address.target(&format!("/api/v1{path}"))
    }
}

impl Logged {
    /// What its body says; nothing if it has none of it.
    pub(crate) fn facts(&self) -> Facts {
        serde_json::from_str(self.body.get()).unwrap_or_default()
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> anyhow::Result<T> {
    done(answer)?;
    Ok(answer.json()?)
}

fn done(answer: &Answer) -> anyhow::Result<()> {
    if !answer.status.is_success() {
        let detail = answer.json::<Value>().ok().and_then(|problem| Some(problem.get("detail")?.as_str()?.to_owned()));
        bail!("the server answered {}: {}", problem_code(answer), detail.unwrap_or_else(|| answer.status.to_string()));
    }
    Ok(())
}

fn time<'de, D: Deserializer<'de>>(input: D) -> Result<Millis, D::Error> {
    let text = String::deserialize(input)?;
    let time: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Millis(time.as_millisecond()))
}
