//! The comparison, for people and for programs, and what it fails at.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment, Color, Table};
use serde::Serialize;

use super::StrategiesArgs;
use super::chart::Chart;
use super::layout;
use super::measured::{Figures, Round};
use super::run::Ring;
use super::strategy::Strategy;
use crate::cli::bench::figures::{self, Figure, Goal, Quantity, number, wrapped};
use crate::cli::print;
use crate::verify::grouped;

/// All there is to tell.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    name: &'static str,
    machine: String,
    database: String,
    method: String,
    #[serde(skip)]
    rounds: String,
    /// What is not as it should be with the database.
    warnings: Vec<String>,
    /// One entry a setting and strategy.
    strategies: Vec<Figures>,
    /// What the lanes are to reach.
    goals: figures::Figures,
    /// Why the comparison fails; empty if it does not.
    pub(super) complaints: Vec<String>,
}

const COLUMNS: [&str; 9] =
    ["strategy", "sign-ups/s", "least to most", "÷ row lock", "÷ counter", "p50 ms", "p99 ms", "retries", "exact"];

impl Report {
    /// Draws the conclusions.
    ///
    /// # Errors
    /// If the database cannot be asked what it is.
    pub(super) async fn new(
        ring: &Ring,
        args: &StrategiesArgs,
        rounds: &[Round],
        warnings: Vec<String>,
    ) -> anyhow::Result<Report> {
        let row = ring.control.query_one(ABOUT, &[]).await?;
        let (version, fsync, commit): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let plural = if args.rounds == 1 { "" } else { "s" };
        let times = format!("{} round{plural} of {} s", args.rounds, args.seconds);
        let method = format!(
            "Every strategy but headcount's lanes is one in our own SQL: prepared statements, one transaction a \
             request, {} connections. Row lock and counter are there twice: by steps, as applications mostly do it \
             (the goals are against these), and in one round trip, as all the others are. All write the same tables, under the same indexes, with {} \
             registrations in every hot event before each run; the lanes also write log, hash chain and counters, and \
             answer after the commit. {times} for each, all in every round; medians, ratios within a round. \
             No HTTP on any side; the load runs on the same cores. Exact: in runs of their own, in which twice as many \
             people want the places that are left (300 in one event, 10 in each of many); the worst one is shown.",
            args.connections,
            grouped(layout::REGISTRATIONS_BEFORE.unsigned_abs()),
        );
        Ok(Report {
            name: "strategies",
            machine: figures::machine(),
            database: format!("PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}"),
            method,
            rounds: format!("median of {times}"),
            warnings,
            strategies: rounds.iter().flat_map(Round::figures).collect(),
            goals: goals(rounds),
            complaints: complaints(rounds),
        })
    }

    /// As a picture, of the first number of outstanding requests.
    pub(super) fn chart(&self) -> Chart<'_> {
        let outstanding = self.strategies.first().map_or(0, |figures| figures.outstanding);
        let settings = self.strategies.chunk_by(same_setting);
        Chart {
            settings: settings.filter(|figures| figures[0].outstanding == outstanding).collect(),
            footer: vec![
                format!(
                    "{outstanding} requests outstanding; {} registrations in every hot event before; {}.",
                    grouped(layout::REGISTRATIONS_BEFORE.unsigned_abs()),
                    self.rounds
                ),
                "All but headcount's lanes: strategies in our own SQL, one transaction a request.".to_owned(),
                self.database.clone(),
                self.machine.clone(),
            ],
        }
    }

    /// Prints it.
    ///
    /// # Errors
    /// If it cannot be printed.
    pub(super) fn print(&self, is_json: bool) -> anyhow::Result<()> {
        if is_json {
            return print(&serde_json::to_string_pretty(self)?);
        }
        print(&format!("\nheadcount bench {}\n\n{}", self.name, wrapped(&self.method)))?;
        for figures in self.strategies.chunk_by(same_setting) {
            let events = if figures[0].events == 1 {
                "one hot event".into()
            } else {
                format!("{} hot events", figures[0].events)
            };
            print(&format!("\n{events}, {} requests outstanding\n\n{}", figures[0].outstanding, table(figures)))?;
        }
        if !self.goals.is_empty() {
            print(&format!("\n{}", self.goals.table()))?;
        }
        print(&format!("\n{}\n{}", self.machine, self.database))?;
        self.warnings.iter().try_for_each(|warning| print(&format!("Mind: {warning}")))?;
        self.complaints.iter().try_for_each(|complaint| print(&format!("FAILED: {complaint}")))
    }
}

fn same_setting(one: &Figures, other: &Figures) -> bool {
    (one.events, one.outstanding) == (other.events, other.outstanding)
}

const ABOUT: &str =
    "select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')";

fn table(all: &[Figures]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(COLUMNS);
    for figures in all {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let ratio = |ratio: Option<f64>| right(ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default());
        let spread =
            format!("{} to {}", number(figures.sign_ups_per_second_least), number(figures.sign_ups_per_second_most));
        table.add_row([
            Cell::new(figures.label),
            right(number(figures.sign_ups_per_second)),
            right(spread),
            ratio(figures.ratio_to_row_lock),
            ratio(figures.ratio_to_counter),
            right(number(figures.p50_ms)),
            right(number(figures.p99_ms)),
            right(retries(figures)),
            exact(figures),
        ]);
    }
    table
}

fn retries(figures: &Figures) -> String {
    match (figures.retries, figures.gave_up) {
        (0, 0) => "0".to_owned(),
        (_, 0) => format!("{:.2} each", figures.retries_per_sign_up),
        (_, gave_up) => format!("{:.2} each, {gave_up} gave up", figures.retries_per_sign_up),
    }
}

fn exact(figures: &Figures) -> Cell {
    match (figures.overbooked, figures.false_refusals) {
        (0, 0) => Cell::new("exact").fg(Color::Green),
        (0, refused) => Cell::new(format!("{refused} refused falsely")).fg(Color::Red),
        (overbooked, 0) => Cell::new(format!("{overbooked} overbooked")).fg(Color::Red),
        (overbooked, refused) => {
            Cell::new(format!("{overbooked} overbooked, {refused} refused falsely")).fg(Color::Red)
        }
    }
}

/// The ratios that design and issue ask of the lanes.
fn goals(rounds: &[Round]) -> figures::Figures {
    let mut goals = figures::Figures::new("strategies", "", false);
    for round in rounds {
        for lanes in [Strategy::Lanes, Strategy::LanesKeys] {
            for (to, least) in against(round) {
                if let Some(figure) = goal(round, lanes, to, least) {
                    goals.add(figure);
                }
            }
        }
    }
    goals
}

/// What the lanes are compared with, and the least ratio.
fn against(round: &Round) -> Vec<(Strategy, f64)> {
    match (round.setting.events, round.setting.outstanding) {
        (1, 64) => vec![(Strategy::RowLock, 25.0), (Strategy::Counter, 15.0)],
        (1, 1_000) => vec![(Strategy::RowLock, 50.0), (Strategy::Counter, 25.0)],
        (1, _) => Vec::new(),
        _ => round.fastest_exact_in_sql().map(|strategy| (strategy, 1.0)).into_iter().collect(),
    }
}

fn goal(round: &Round, lanes: Strategy, to: Strategy, least: f64) -> Option<Figure> {
    let ratio = round.ratio(lanes, to)?;
    let setting = round.setting;
    let what = format!("{}, events: {}, outstanding: {}", lanes.label(), setting.events, setting.outstanding);
    let value = Quantity::new(round.rate(lanes)?, "/s");
    let against = Quantity::new(round.rate(to)?, "/s").of(to.label());
    Some(Figure::new(what, value).against(against, ratio).goal(Goal::AtLeast(least)))
}

/// The lanes must be exact, and the strategy without a lock must be seen to overbook.
fn complaints(rounds: &[Round]) -> Vec<String> {
    let all = || rounds.iter().flat_map(|round| &round.strategies);
    let mut complaints = Vec::new();
    for lanes in all().filter(|measured| measured.strategy.is_lanes()) {
        let exactness = lanes.exactness;
        if exactness.overbooked > 0 || exactness.false_refusals > 0 {
            complaints.push(format!(
                "{}: {} overbooked, {} refused falsely; both must be 0",
                lanes.strategy.label(),
                exactness.overbooked,
                exactness.false_refusals
            ));
        }
    }
    let mut unlocked = all().filter(|measured| measured.strategy == Strategy::Unlocked).peekable();
    if unlocked.peek().is_some() && unlocked.all(|measured| measured.exactness.overbooked == 0) {
        complaints.push(
            "without a lock nothing was overbooked, so the comparison proves nothing: take more --connections, or try \
             again"
                .to_owned(),
        );
    }
    complaints
}
