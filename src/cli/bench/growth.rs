//! `headcount bench growth`: what a sign-up costs with ever more registrations there, and what a start takes.

use std::process::ExitCode;

use hyper::{Method, StatusCode};

use super::figures::{Figure, Figures, Goal, Quantity, median};
use super::generator::{CREATED, Until, closed_loop};
use super::site::{Closed, Door, HUGE, Keys, Site};
use super::{CommonArgs, GrowthArgs};
use crate::cli::loadtest::report::grouped;
use crate::cli::loadtest::throwaway::Handling;
use crate::cli::open_files;
use crate::client::{Ask, Connection};
use crate::clock;

/// How much is measured.
struct Size {
    rounds: u32,
    /// Sign-ups of one person after the other, in every round.
    alone: u64,
    /// Sign-ups over all connections, in every round.
    together: u64,
    connections: u32,
}

/// What a sign-up cost in one round, in milliseconds.
#[derive(Clone, Copy)]
struct Costs {
    alone: f64,
    together: f64,
}

/// A data file with so many registrations in one event.
struct Grown {
    registrations: u64,
    site: Site,
    door: Door,
    costs: Vec<Costs>,
}

/// How long the start of a server took, in seconds: after it was stopped, and after it was killed.
struct Starts {
    stopped: Vec<f64>,
    killed: Vec<f64>,
}

pub(super) async fn run(args: GrowthArgs) -> anyhow::Result<ExitCode> {
    let GrowthArgs { mut registrations, common } = args;
    if registrations.is_empty() {
        registrations = if common.quick { vec![10, 100] } else { vec![100, 10_000, 1_000_000] };
    }
    registrations.sort_unstable();
    let size = if common.quick {
        Size { rounds: 1, alone: 10, together: 100, connections: 16 }
    } else {
        Size { rounds: 7, alone: 200, together: 5_000, connections: 256 }
    };
    open_files::make_room_for(u64::from(size.connections)).map_err(anyhow::Error::msg)?;
    let mut files = Vec::new();
    for registrations in registrations {
        files.push(Grown::fill(&common, registrations, size.connections).await?);
    }
    for _ in 0..size.rounds {
        for file in &mut files {
            file.measure(&common, &size).await?;
        }
    }
    let method = format!(
        "Random addresses; one data file a size, all measured in every one of {} rounds. Alone: p50 of {} sign-ups over \
         one connection. Together: time over count of {} sign-ups over {} connections. Files below {} registrations are \
         made anew for every round, as measuring makes them grow. Ratios are medians over the rounds.",
        size.rounds,
        size.alone,
        grouped(size.together),
        size.connections,
        grouped(size.together * 20)
    );
    let mut figures = Figures::new("growth", method, common.quick);
    compare(&mut figures, &files, "alone", |costs| costs.alone, 1.3);
    let together = format!("{} connections", size.connections);
    compare(&mut figures, &files, &together, |costs| costs.together, 3.0);
    if let Some(largest) = files.pop() {
        let registrations = largest.registrations;
        let starts = starts(largest.site, &largest.door, size.rounds.min(3)).await?;
        for (how, seconds) in [("stopped", starts.stopped), ("killed in mid-load", starts.killed)] {
            let what = format!("start to ready, {} registrations, after it was {how}", grouped(registrations));
            figures.add(Figure::new(what, Quantity::new(median(seconds), "s")).goal(Goal::Below(2.0)));
        }
    }
    figures.print(common.json)
}

impl Grown {
    async fn fill(common: &CommonArgs, registrations: u64, connections: u32) -> anyhow::Result<Grown> {
        let site = Site::start(common).await?;
        let door = site.open_event(HUGE).await?;
        let connections = connections.min(u32::try_from(registrations).unwrap_or(u32::MAX));
        let until = Until::Requests(registrations);
        closed_loop(&site.address(), connections, until, door.sign_ups(Keys::Without)).await?.only(CREATED)?;
        Ok(Grown { registrations, site, door, costs: Vec::new() })
    }

    async fn measure(&mut self, common: &CommonArgs, size: &Size) -> anyhow::Result<()> {
        if self.registrations < size.together * 20 && !self.costs.is_empty() {
            let anew = Grown::fill(common, self.registrations, size.connections).await?;
            (self.site, self.door) = (anew.site, anew.door);
        }
        let (address, make) = (self.site.address(), self.door.sign_ups(Keys::Without));
        let alone = closed_loop(&address, 1, Until::Requests(size.alone), make).await?.only(CREATED)?;
        let make = self.door.sign_ups(Keys::Without);
        let until = Until::Requests(size.together);
        let together = closed_loop(&address, size.connections, until, make).await?.only(CREATED)?;
        let costs = Costs { alone: alone.latencies.figures().p50, together: 1_000.0 / together.per_second() };
        self.costs.push(costs);
        Ok(())
    }
}

/// Compares every larger file with the smallest, one way of asking at a time.
fn compare(figures: &mut Figures, files: &[Grown], how: &str, cost: fn(&Costs) -> f64, bound: f64) {
    let Some((least, larger)) = files.split_first() else { return };
    let costs = |file: &Grown| file.costs.iter().map(cost).collect::<Vec<f64>>();
    for (index, file) in larger.iter().enumerate() {
        let ratios = costs(file).iter().zip(costs(least)).map(|(cost, with_few)| cost / with_few).collect();
        let what = format!("a sign-up, {how}, {} there", grouped(file.registrations));
        let with_few = Quantity::new(median(costs(least)), "ms").of(format!("{} there", grouped(least.registrations)));
        let figure = Figure::new(what, Quantity::new(median(costs(file)), "ms")).against(with_few, median(ratios));
        let is_largest = index + 1 == larger.len();
        figures.add(if is_largest { figure.goal(Goal::Below(bound)) } else { figure });
    }
}

async fn starts(mut site: Site, door: &Door, rounds: u32) -> anyhow::Result<Starts> {
    let mut starts = Starts { stopped: Vec::new(), killed: Vec::new() };
    for _ in 0..rounds {
        let (address, make) = (site.address(), door.sign_ups(Keys::Without));
        // It is killed while it commits, so this load ends in an error, as it must.
        let load = tokio::spawn(async move { closed_loop(&address, 16, Until::Requests(u64::MAX), make).await });
        wait_for_growth(&site, door).await?;
        let killed = site.kill();
        anyhow::ensure!(load.await?.is_err(), "the server was killed, but everybody was answered");
        let (restarted, seconds) = start(killed).await?;
        starts.killed.push(seconds);
        let (restarted, seconds) = start(restarted.stop().await?).await?;
        starts.stopped.push(seconds);
        site = restarted;
    }
    Ok(starts)
}

/// Starts a server; the seconds from the start of its process until it says that it is ready.
async fn start(closed: Closed) -> anyhow::Result<(Site, f64)> {
    let begun = clock::instant();
    let site = closed.start(Handling::Durable).await?;
    let mut connection = Connection::open(&site.address()).await?;
    while connection.send(Ask::new(Method::GET, "/readyz")).await?.status != StatusCode::OK {}
    Ok((site, (clock::instant() - begun).as_secs_f64()))
}

/// Waits until the load has reached the server, by what the server shows.
async fn wait_for_growth(site: &Site, door: &Door) -> anyhow::Result<()> {
    const ADDED: u64 = 200;
    let (api, event) = (site.api(), door.event.to_string());
    let before = api.event(&event).await?.places.reserved;
    while api.event(&event).await?.places.reserved < before + ADDED {}
    Ok(())
}
