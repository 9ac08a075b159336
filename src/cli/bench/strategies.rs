//! `headcount bench strategies`: ways to give away places side by side, on the same PostgreSQL and the same tables.
//!
//! It shows why headcount decides in batches: a lock, a counter or a retry for every request costs a commit for every
//! request, one after the other where all want the same event. And it shows what happens without any of them.
//!
//! Reading order: `strategy` (their names), `layout` (the tables, in a schema of their own), `wish` (what is asked),
//! `sql` and `lanes` (who is asked), `load` (who asks), `run` (one run), `measured`, `report` and `chart` (what it came
//! to).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use layout::Replace;
use measured::Round;
use report::Report;
use run::{Ring, Setting};
pub use strategy::Strategy;

use crate::store::postgres::Address;

mod chart;
mod lanes;
mod layout;
mod load;
mod measured;
mod report;
mod run;
mod side;
mod sql;
mod strategy;
mod wish;

/// Options of `headcount bench strategies`.
#[derive(Clone, Debug, clap::Args)]
pub struct StrategiesArgs {
    /// A PostgreSQL, as postgres://USER@HOST/DATABASE. A schema headcount_bench is made there, and dropped at the end;
    /// nothing else is touched. Not read from the environment: it is not to be a database that people use
    #[arg(long)]
    pub database: Address,
    /// How long each strategy is measured in a round
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    pub seconds: f64,
    /// Rounds, in each of which all strategies are measured; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// Among how many hot events people choose
    #[arg(long, value_delimiter = ',', default_value = "1,64", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub events: Vec<u32>,
    /// Requests under way at any moment
    #[arg(long, value_delimiter = ',', default_value = "64", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub outstanding: Vec<u32>,
    /// Connections of each strategy in SQL; the lanes have their workers'
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub connections: u32,
    /// Workers of the lanes, each with a connection of its own
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub pg_workers: u16,
    /// Only these [default: all]
    #[arg(long, value_delimiter = ',')]
    pub strategy: Vec<Strategy>,
    /// Drop the schema that an interrupted run has left
    #[arg(long)]
    pub replace: bool,
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub json: bool,
    /// Draw it too, for the first number of --outstanding
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Without a lock it depends on luck whether two count the same place: so often it is tried until it is seen.
const TRIES_MAX: u32 = 20;

/// Measures and prints. The schema goes even if something fails or somebody interrupts.
///
/// # Errors
/// If the database cannot be used, or something else is measured than was meant.
pub(super) async fn run(args: StrategiesArgs) -> anyhow::Result<ExitCode> {
    let mut ring = Ring::open(&args.database, args.connections, args.pg_workers).await?;
    layout::make(&ring.control, if args.replace { Replace::Ours } else { Replace::No }).await?;
    let measured = tokio::select! {
        measured = measure(&mut ring, &args) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let dropped = layout::drop_schema(&ring.control).await;
    let report = measured?;
    dropped?;
    if let Some(file) = &args.svg {
        std::fs::write(file, report.chart().draw()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    report.print(args.json)?;
    Ok(if report.complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(crate::cli::EXIT_FAILED) })
}

async fn measure(ring: &mut Ring, args: &StrategiesArgs) -> anyhow::Result<Report> {
    let warnings = ring.make_tables().await?;
    let strategies: Vec<Strategy> = Strategy::ALL
        .into_iter()
        .filter(|strategy| args.strategy.is_empty() || args.strategy.contains(strategy))
        .collect();
    let settings: Vec<Setting> = args
        .outstanding
        .iter()
        .flat_map(|outstanding| args.events.iter().map(|events| Setting { events: *events, outstanding: *outstanding }))
        .collect();
    let progress = progress(settings.len() * strategies.len() * args.rounds as usize);
    let mut rounds = Vec::new();
    for setting in settings {
        rounds.push(measure_setting(ring, args, setting, &strategies, &progress).await?);
    }
    progress.finish_and_clear();
    Report::new(ring, args, &rounds, warnings).await
}

/// All strategies in every round, which begins each time with another one, so that none is always first.
async fn measure_setting(
    ring: &mut Ring,
    args: &StrategiesArgs,
    setting: Setting,
    strategies: &[Strategy],
    progress: &ProgressBar,
) -> anyhow::Result<Round> {
    let mut round = Round::new(setting, strategies);
    let counted = Duration::from_secs_f64(args.seconds);
    for number in 0..args.rounds as usize {
        for turn in 0..strategies.len() {
            let measured = &mut round.strategies[(number + turn) % strategies.len()];
            progress.set_message(format!("{} events, {}", setting.events, measured.strategy.label()));
            measured.take_speed(&ring.speed(measured.strategy, setting, counted).await?);
            measured.take_exactness(ring.exactness(measured.strategy, setting).await?);
            progress.inc(1);
        }
    }
    if let Some(unlocked) = round.strategies.iter_mut().find(|measured| measured.strategy == Strategy::Unlocked) {
        for _ in args.rounds..TRIES_MAX {
            if unlocked.exactness.overbooked > 0 {
                break;
            }
            unlocked.take_exactness(ring.exactness(Strategy::Unlocked, setting).await?);
        }
    }
    Ok(round)
}

fn progress(runs: usize) -> ProgressBar {
    let template = "  {bar:32.green} {pos} of {len} runs, {elapsed}, {msg}";
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    ProgressBar::new(runs as u64).with_style(style)
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=3_600.0).contains(seconds));
    seconds.ok_or_else(|| "write a number of seconds, 0.01 to 3600".to_owned())
}
