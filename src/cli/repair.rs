//! `headcount repair`: has what `verify` found mended by logged commands, which a server or a lane of its own decides.
//! It never writes to the database by itself.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use headcount_core::command::{Action, Actor, Command, IfBelow, Mode, Repair};
use headcount_core::decision::Outcome;
use headcount_core::ids::EventId;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::print;
use super::verify::{audit, exit_code, show};
use crate::client::{Address, Ask, Connection};
use crate::lanes::{Lanes, Workers};
use crate::store::postgres::{self, Connections};
use crate::store::{Database, sqlite};
use crate::verify::{Mend, Report, counted};

/// How long a command waits for its turn in a lane of its own, where nobody else is.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How to repair.
#[derive(Args, Clone, Debug)]
pub struct RepairArgs {
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// What happens to registrations beyond the capacity.
    #[arg(long, value_enum, default_value_t = OverCapacity::Refuse)]
    over_capacity: OverCapacity,
    /// A running server that is to do it, as http://host:port. Only needed while a server has the data file open: in a
    /// PostgreSQL, repairs do not mind other servers.
    #[arg(long, requires = "token")]
    url: Option<Address>,
    /// The owner's token, for --url.
    #[arg(long, env = "HEADCOUNT_OWNER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// What happens to registrations beyond the capacity.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
#[value(rename_all = "snake_case")]
pub enum OverCapacity {
    /// All stay, by an override; nobody new until it has shrunk.
    Keep,
    /// The latest sign-ups go back to the waitlist.
    WaitlistLatest,
    /// An event with such registrations is not repaired but named.
    Refuse,
}

impl From<OverCapacity> for IfBelow {
    fn from(over_capacity: OverCapacity) -> IfBelow {
        match over_capacity {
            OverCapacity::Keep => IfBelow::Keep,
            OverCapacity::WaitlistLatest => IfBelow::WaitlistLatest,
            OverCapacity::Refuse => IfBelow::Refuse,
        }
    }
}

/// Verifies, repairs what a command can mend, and verifies again. Exit code 0: everything is as it should be; 1: something
/// is left; 3: the database cannot be read or written.
///
/// # Errors
/// If the database or the server cannot be reached, or a data file is open in a server that was not named.
pub async fn run(database: &Database, args: RepairArgs) -> anyhow::Result<ExitCode> {
    let before = audit(database.clone(), Vec::new()).await?;
    print("before:")?;
    show(&before)?;
    let events = mendable(&before);
    if events.is_empty() {
        print("there is nothing that a command can mend")?;
        return Ok(exit_code(&before));
    }
    print("")?;
    let mut way = Way::open(database, &args).await?;
    let mut asked = Ok(());
    for event in events {
        asked = repair(&mut way, event, &args).await;
        if asked.is_err() {
            break;
        }
    }
    way.close().await;
    asked?;
    if args.dry_run {
        print("nothing was written: this was a dry run")?;
        return Ok(exit_code(&before));
    }
    let after = audit(database.clone(), Vec::new()).await?;
    print("\nafter:")?;
    show(&after)?;
    Ok(exit_code(&after))
}

/// The events in which a command can mend something.
fn mendable(report: &Report) -> BTreeSet<EventId> {
    let mendable = report.open().filter(|finding| matches!(finding.mend, Mend::Counters | Mend::OverCapacity));
    mendable.map(|finding| finding.event).collect()
}

async fn repair(way: &mut Way, event: EventId, args: &RepairArgs) -> anyhow::Result<()> {
    match way.ask(event, args).await? {
        Asked::Refused(why) => print(&format!("event {event}: not repaired: {why}"))?,
        Asked::Repaired(repaired) => {
            let counters = counted(repaired.counters.into(), "counter");
            let kept = counted(repaired.kept_spots, "spot");
            let tense = if args.dry_run { "would be " } else { "" };
            print(&format!("event {event}: {counters} {tense}repaired, {kept} beyond the capacity {tense}kept"))?;
            for moved in repaired.affected {
                let (id, from, to) = (moved.registration_id, text(&moved.from), text(&moved.to));
                print(&format!("  registration {id}: {from} {tense}{to}"))?;
            }
        }
    }
    Ok(())
}

fn text(status: &Value) -> &str {
    status.as_str().unwrap_or("?")
}

/// Who decides the commands.
enum Way {
    /// A running server.
    Server { connection: Box<Connection>, address: Address, token: String },
    /// A lane of this process's own. In a PostgreSQL beside other servers, as if it were one more of them.
    Own { lanes: Lanes, workers: Workers },
}

enum Asked {
    Repaired(Repaired),
    Refused(String),
}

/// As the server tells it.
#[derive(Deserialize)]
struct Repaired {
    counters: u32,
    kept_spots: u64,
    affected: Vec<Affected>,
}

#[derive(Deserialize)]
struct Affected {
    registration_id: String,
    from: Value,
    to: Value,
}

impl Way {
    async fn open(database: &Database, args: &RepairArgs) -> anyhow::Result<Way> {
        if let (Some(address), Some(token)) = (&args.url, &args.token) {
            let connection = Box::new(Connection::open(address).await?);
            return Ok(Way::Server { connection, address: address.clone(), token: token.clone() });
        }
        let lanes = Lanes::without_news(WAIT_MAX);
        let workers = match database {
            Database::Sqlite(path) => {
                let hint = "cannot repair by itself; where a server is running, go through it with --url and --token";
                lanes.start_workers(sqlite::open(path).context(hint)?.stores)?
            }
            Database::Postgres(server) => {
                let one = Connections { workers: 1, readers: 1 };
                lanes.start_workers(postgres::open(server, one).await?.stores)?
            }
        };
        Ok(Way::Own { lanes, workers })
    }

    async fn ask(&mut self, event: EventId, args: &RepairArgs) -> anyhow::Result<Asked> {
        match self {
            Way::Server { connection, address, token } => {
                let body = json!({"over_capacity": args.over_capacity.name(), "dry_run": args.dry_run});
                let target = address.target(&format!("/api/v1/events/{event}/repair"));
                let ask = Ask::new(Method::POST, &target).json(body.to_string()).token(token);
                let answer = connection.send(ask).await?;
                if answer.status.is_success() {
                    return Ok(Asked::Repaired(answer.json()?));
                }
                let problem: Value = answer.json().unwrap_or_default();
                let detail = problem["detail"].as_str().unwrap_or("the server does not say why");
                match answer.status.as_u16() {
                    404 | 409 | 422 => Ok(Asked::Refused(detail.to_owned())),
                    status => bail!("the server answered {status}: {detail}"),
                }
            }
            Way::Own { lanes, .. } => {
                let mode = if args.dry_run { Mode::DryRun } else { Mode::Apply };
                let action = Action::Repair(Repair { over_capacity: args.over_capacity.into() });
                let command = Command { event, actor: Actor::Owner, idempotency: None, mode, action };
                match lanes.submit(command).await.context("the repair was not decided")? {
                    Outcome::Repaired(repaired) => Ok(Asked::Repaired(serde_json::from_value(json!(repaired))?)),
                    Outcome::Refused(refusal) => Ok(Asked::Refused(refusal.detail())),
                    other => bail!("a repair has the outcome of something else: {other:?}"),
                }
            }
        }
    }

    async fn close(self) {
        if let Way::Own { lanes, workers } = self {
            lanes.stop();
            // A panic of the worker is logged by itself.
            let _joined = tokio::task::spawn_blocking(move || workers.join()).await;
        }
    }
}

impl OverCapacity {
    fn name(self) -> &'static str {
        match self {
            OverCapacity::Keep => "keep",
            OverCapacity::WaitlistLatest => "waitlist_latest",
            OverCapacity::Refuse => "refuse",
        }
    }
}
