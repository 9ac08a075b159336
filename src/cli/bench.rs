//! `headcount bench`: measures this machine, and says beside each figure what it is measured against.
//!
//! Reading order: `generator` (closed-loop load over HTTP), `figures` (what a measurement tells), then one file a
//! benchmark. Both sides of a ratio are measured in one run, alternating, by the same generator.

use std::path::PathBuf;
use std::process::ExitCode;

mod core;
mod disk;
mod figures;
mod followers;
mod generator;
mod growth;
mod http;
mod latency;
mod logins;
mod picture;
mod server;
mod site;
mod stadium;
mod strategies;

pub use strategies::{StrategiesArgs, Strategy};

/// What to measure.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum BenchCommand {
    /// Sign-ups and refusals a second over HTTP, against a handler that stores nothing
    Http(HttpArgs),
    /// A lone sign-up against one flush of the disk, waits in a lane, and a thousand people at once
    Latency(CommonArgs),
    /// Decisions a second of the deciding core alone
    Core(CommonArgs),
    /// The cost of a sign-up, and of a start, with ever more registrations there
    Growth(GrowthArgs),
    /// A whole stadium wants a thousand places of one event
    Stadium(StadiumArgs),
    /// Ten thousand follow an event while people sign up: memory, delay, and what it costs those who sign up
    Followers(FollowersArgs),
    /// Sign-ups while a flood of wrong log-ins comes, against those while it is quiet
    Logins(LoginsArgs),
    /// Ways to give away places side by side on a PostgreSQL: locks, counters, retries, and headcount's lanes
    Strategies(Box<StrategiesArgs>),
    /// Run a server for the other benchmarks; ends when its input does
    #[command(hide = true)]
    Server(ServerArgs),
    /// Follow an event many times for the other benchmarks; ends when its input does
    #[command(hide = true)]
    Crowd(CrowdArgs),
}

/// Options of every benchmark.
#[derive(Clone, Debug, clap::Args)]
pub struct CommonArgs {
    /// Shorter and with less, to see that it works; the figures mean little
    #[arg(long)]
    pub quick: bool,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where the data files are made, and so which disk is measured [default: where temporary files go]
    #[arg(long)]
    pub directory: Option<PathBuf>,
}

/// Options of `headcount bench http`.
#[derive(Clone, Debug, clap::Args)]
pub struct HttpArgs {
    /// Connection counts [default: 1,16,64,256]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub connections: Vec<u32>,
    /// Rounds, in each of which all sides are measured; the median counts [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: Option<u32>,
    /// How long each side is measured in a round, for example 2s [default: 2s]
    #[arg(long, value_parser = super::loadtest::plan::duration)]
    pub duration: Option<std::time::Duration>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Options of `headcount bench growth`.
#[derive(Clone, Debug, clap::Args)]
pub struct GrowthArgs {
    /// Registrations that are there [default: 100,10000,1000000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub registrations: Vec<u64>,
    /// Events that are there, with nobody who comes to them [default: 1,1000,100000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub events: Vec<u64>,
    /// Also draw a picture into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Options of `headcount bench stadium`.
#[derive(Clone, Debug, clap::Args)]
pub struct StadiumArgs {
    /// People who want a place [default: 1000000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub people: Option<u64>,
    /// Places there are
    #[arg(long, default_value_t = 1_000)]
    pub places: u32,
    /// Connections they come over [default: 2000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub connections: Option<u32>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Options of `headcount bench followers`. Exits with 1 if a follower does not end with the right numbers.
#[derive(Clone, Debug, clap::Args)]
pub struct FollowersArgs {
    /// Followers of one event [default: 10000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub followers: Option<u32>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Options of `headcount bench logins`.
#[derive(Clone, Debug, clap::Args)]
pub struct LoginsArgs {
    /// Rounds, in each of which all sides are measured; the median counts [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: Option<u32>,
    /// How long each side is measured in a round [default: 20s]
    #[arg(long, value_parser = super::loadtest::plan::duration)]
    pub duration: Option<std::time::Duration>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Options of the followers that a benchmark starts.
#[derive(Clone, Debug, clap::Args)]
pub struct CrowdArgs {
    /// Where the server is
    #[arg(long)]
    pub server: String,
    /// The event
    #[arg(long)]
    pub event: uuid::Uuid,
    /// How many follow it
    #[arg(long)]
    pub followers: u32,
}

/// Options of the server that the other benchmarks start.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerArgs {
    /// The data file
    #[arg(long, required_unless_present = "schema")]
    pub database: Option<PathBuf>,
    /// Instead of a data file a schema of the PostgreSQL whose address stands in HEADCOUNT_BENCH_POSTGRES
    #[arg(long, conflicts_with = "database")]
    pub schema: Option<String>,
    /// Parse, validate and answer sign-ups, but store nothing
    #[arg(long)]
    pub stores_nothing: bool,
    /// With the usual limits against misuse
    #[arg(long)]
    pub limited: bool,
}

/// Measures and prints.
///
/// # Errors
/// If a server cannot be started or answers other than it must.
pub async fn run(command: BenchCommand) -> anyhow::Result<ExitCode> {
    // Its schema lies in a database of somebody's, so it drops that itself before it ends.
    let tidies_up = matches!(command, BenchCommand::Strategies(_));
    let work = async {
        match command {
            BenchCommand::Http(args) => http::run(args).await,
            BenchCommand::Latency(args) => latency::run(args).await,
            BenchCommand::Core(args) => core::run(args).await,
            BenchCommand::Growth(args) => growth::run(args).await,
            BenchCommand::Stadium(args) => stadium::run(args).await,
            BenchCommand::Followers(args) => followers::run(args).await,
            BenchCommand::Logins(args) => logins::run(args).await,
            BenchCommand::Strategies(args) => strategies::run(*args).await,
            BenchCommand::Server(args) => server::run(args).await.map(|()| ExitCode::SUCCESS),
            BenchCommand::Crowd(args) => followers::crowd::run(args).await.map(|()| ExitCode::SUCCESS),
        }
    };
    tokio::select! {
        code = work => code,
        // The servers that were started end, and their files go, when the work is dropped.
        _ = tokio::signal::ctrl_c(), if !tidies_up => anyhow::bail!("interrupted"),
    }
}
