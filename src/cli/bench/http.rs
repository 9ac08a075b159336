//! `headcount bench http`: sign-ups and refusals a second, against a handler that does all but storing.

use std::process::ExitCode;
use std::time::Duration;

use super::figures::{Figure, Figures, Goal, Quantity, median};
use super::generator::{CREATED, Maker, Until, closed_loop};
use super::site::{Door, HUGE, Keys, Site};
use super::{CommonArgs, HttpArgs};
use crate::cli::open_files;

/// What is measured in every round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    /// All but storing: what the others are divided by.
    Nothing,
    SignUp,
    Refusal,
    RefusalWithKey,
}

const SIDES: [Side; 4] = [Side::Nothing, Side::SignUp, Side::Refusal, Side::RefusalWithKey];

/// Both servers, which stand side by side in processes of the same kind.
struct Bench {
    durable: Site,
    /// An event of the durable server that is full.
    full: Door,
    nothing: Site,
    open: Door,
    until: Until,
}

pub(super) async fn run(args: HttpArgs) -> anyhow::Result<ExitCode> {
    let HttpArgs { connections, rounds, duration, common } = args;
    let quick = common.quick;
    let counts = if !connections.is_empty() {
        connections
    } else if quick {
        vec![1, 16]
    } else {
        vec![1, 16, 64, 256]
    };
    let rounds = rounds.unwrap_or(if quick { 1 } else { 5 });
    let duration = duration.unwrap_or(Duration::from_millis(if quick { 100 } else { 2_000 }));
    let most = counts.iter().copied().max().unwrap_or(1);
    open_files::make_room_for(u64::from(most)).map_err(anyhow::Error::msg)?;
    let bench = Bench::start(&common, Until::Elapsed(duration)).await?;
    let method = format!(
        "Requests a second, {rounds} rounds of {} ms a side, all sides in every round; ratios are medians over the \
         rounds. Against: a handler that parses, validates and answers alike and stores nothing. The load generator runs \
         on the same cores.",
        duration.as_millis()
    );
    let mut figures = Figures::new("http", method, quick);
    for connections in counts {
        let rates = bench.rounds(connections, rounds).await?;
        for side in SIDES.into_iter().filter(|side| *side != Side::Nothing) {
            figures.add(figure(side, connections, &rates));
        }
    }
    figures.print(common.json)
}

impl Bench {
    async fn start(common: &CommonArgs, until: Until) -> anyhow::Result<Bench> {
        let durable = Site::start(common).await?;
        let full = durable.open_event(1).await?;
        closed_loop(&durable.address(), 1, Until::Requests(1), full.sign_ups(Keys::Without)).await?.only(CREATED)?;
        let (nothing, open) = Site::start_storing_nothing(common).await?;
        Ok(Bench { durable, full, nothing, open, until })
    }

    /// Requests a second of every side in every round. Each round begins with another side, so that none is always first.
    async fn rounds(&self, connections: u32, rounds: u32) -> anyhow::Result<Vec<[f64; SIDES.len()]>> {
        let mut rates = Vec::new();
        for round in 0..rounds as usize {
            let mut of_round = [0.0; SIDES.len()];
            for turn in 0..SIDES.len() {
                let index = (round + turn) % SIDES.len();
                of_round[index] = self.measure(SIDES[index], connections).await?;
            }
            rates.push(of_round);
        }
        Ok(rates)
    }

    async fn measure(&self, side: Side, connections: u32) -> anyhow::Result<f64> {
        let (address, make, expected): (_, Maker, _) = match side {
            Side::Nothing => (self.nothing.address(), self.open.sign_ups(Keys::Without), CREATED),
            Side::SignUp => {
                let fresh = self.durable.open_event(HUGE).await?;
                (self.durable.address(), fresh.sign_ups(Keys::Without), CREATED)
            }
            Side::Refusal => (self.durable.address(), self.full.sign_ups(Keys::Without), "role_full"),
            Side::RefusalWithKey => (self.durable.address(), self.full.sign_ups(Keys::With), "role_full"),
        };
        Ok(closed_loop(&address, connections, self.until, make).await?.only(expected)?.per_second())
    }
}

fn figure(side: Side, connections: u32, rates: &[[f64; SIDES.len()]]) -> Figure {
    let index = SIDES.iter().position(|other| *other == side).unwrap_or(0);
    let all = |index: usize| rates.iter().map(move |of_round| of_round[index]);
    let ratios = all(index).zip(all(0)).map(|(rate, floor)| rate / floor);
    let what = match side {
        Side::Nothing => "nothing stored",
        Side::SignUp => "durable sign-ups",
        Side::Refusal => "refusals",
        Side::RefusalWithKey => "refusals with key (durable)",
    };
    let plural = if connections == 1 { "" } else { "s" };
    let value = Quantity::new(median(all(index).collect()), "/s");
    let floor = Quantity::new(median(all(0).collect()), "/s");
    let figure = Figure::new(format!("{what}, {connections} connection{plural}"), value)
        .against(floor, median(ratios.collect()));
    match (side, connections) {
        (Side::SignUp, 256) => figure.goal(Goal::AtLeast(0.60)),
        (Side::Refusal, 256) => figure.goal(Goal::AtLeast(0.80)),
        _ => figure,
    }
}
