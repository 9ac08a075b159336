//! `headcount bench growth`: what a sign-up costs with ever more registrations there, and what a start takes.

use std::process::ExitCode;

use anyhow::Context as _;
use hyper::{Method, StatusCode};

use super::figures::{Figure, Figures, Goal, Quantity, machine, median};
use super::generator::{Until, closed_loop};
use super::site::{Closed, Door, Keys, Site};
use super::{CommonArgs, GrowthArgs};
use crate::cli::loadtest::throwaway::Handling;
use crate::cli::open_files;
use crate::client::{Ask, Connection};
use crate::clock;
use crate::verify::grouped;
use chart::{Curve, Panel, Point};
use file::{Costs, Doors, Grown, Size, There};

mod chart;
mod file;

/// How long the start of a server took, in seconds: after it was stopped, and after it was killed.
struct Starts {
    stopped: Vec<f64>,
    killed: Vec<f64>,
}

pub(super) async fn run(args: GrowthArgs) -> anyhow::Result<ExitCode> {
    let GrowthArgs { registrations, events, svg, common } = args;
    let or = |given: Vec<u64>, usual: &[u64], quick: &[u64]| {
        let mut counts = if !given.is_empty() {
            given
        } else if common.quick {
            quick.to_vec()
        } else {
            usual.to_vec()
        };
        counts.sort_unstable();
        counts
    };
    let registrations = or(registrations, &[100, 10_000, 1_000_000], &[10, 100]);
    let events = or(events, &[1, 1_000, 100_000], &[1, 10]);
    let (rounds, size) = if common.quick {
        (1, Size { alone: 10, together: 100, connections: 16 })
    } else {
        (7, Size { alone: 200, together: 5_000, connections: 256 })
    };
    open_files::make_room_for(u64::from(size.connections)).map_err(anyhow::Error::msg)?;
    let mut of_registrations =
        measure(&common, registrations.into_iter().map(There::Registrations), rounds, &size).await?;
    let of_events = measure(&common, events.into_iter().map(There::Events), rounds, &size).await?;
    let together = format!("{} connections", size.connections);
    let mut figures = Figures::new("growth", method(rounds, &size), common.quick);
    for files in [&of_registrations, &of_events] {
        compare(&mut figures, files, "alone", |costs| costs.alone, 1.3);
        compare(&mut figures, files, &together, |costs| costs.together, 3.0);
    }
    if let Some(file) = svg {
        let panels = [("registrations of one event", &of_registrations), ("events", &of_events)].map(|(of, files)| {
            let curves =
                vec![curve("alone", files, |costs| costs.alone), curve(&together, files, |costs| costs.together)];
            Panel { of, curves }
        });
        let machine = format!("headcount bench growth. {}", machine());
        std::fs::write(&file, chart::draw(&panels, &machine))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(Grown { there, site, doors: Doors::One(door), .. }) = of_registrations.pop() {
        let starts = starts(site, &door, rounds.min(3)).await?;
        for (how, seconds) in [("stopped", starts.stopped), ("killed in mid-load", starts.killed)] {
            let what = format!("start to ready, {} registrations, after it was {how}", grouped(there.count()));
            figures.add(Figure::new(what, Quantity::new(median(seconds), "s")).goal(Goal::Below(2.0)));
        }
    }
    figures.print(common.json)
}

fn method(rounds: u32, size: &Size) -> String {
    format!(
        "Random addresses; one data file a size, all measured in every one of {rounds} rounds. Alone: p50 of {} sign-ups over \
         one connection. Together: time over count of {} sign-ups over {} connections. Files below {} registrations or events are \
         made anew for every round, as measuring makes them grow. With many events, each is signed up for in turn. Ratios \
         are medians over the rounds.",
        size.alone,
        grouped(size.together),
        size.connections,
        grouped(size.together * 20)
    )
}

/// Fills a file for each, and measures all of them in every round.
async fn measure(
    common: &CommonArgs,
    all: impl Iterator<Item = There>,
    rounds: u32,
    size: &Size,
) -> anyhow::Result<Vec<Grown>> {
    let mut files = Vec::new();
    for there in all {
        files.push(Grown::fill(common, there, size.connections).await?);
    }
    for _ in 0..rounds {
        for file in &mut files {
            file.measure(common, size).await?;
        }
    }
    Ok(files)
}

/// What each file cost against the smallest.
fn curve(how: &str, files: &[Grown], cost: fn(&Costs) -> f64) -> Curve {
    let costs = |file: &Grown| file.costs.iter().map(cost).collect::<Vec<f64>>();
    let least = files.first().map(costs).unwrap_or_default();
    let point = |file: &Grown| {
        let ratios = costs(file).iter().zip(&least).map(|(cost, with_few)| cost / with_few).collect();
        Point { count: file.there.count(), cost: median(costs(file)), ratio: median(ratios) }
    };
    Curve { how: how.to_owned(), points: files.iter().map(point).collect() }
}

/// Compares every larger file with the smallest, one way of asking at a time.
fn compare(figures: &mut Figures, files: &[Grown], how: &str, cost: fn(&Costs) -> f64, bound: f64) {
    let points = curve(how, files, cost).points;
    for (index, (file, point)) in files.iter().zip(&points).enumerate().skip(1) {
        let what = format!("a sign-up, {how}, {}", file.there.told());
        let with_few = Quantity::new(points[0].cost, "ms").of(files[0].there.told());
        let figure = Figure::new(what, Quantity::new(point.cost, "ms")).against(with_few, point.ratio);
        let is_largest = index + 1 == files.len();
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
