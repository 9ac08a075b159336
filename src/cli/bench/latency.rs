//! `headcount bench latency`: what one person waits for, alone and among many.

use std::process::ExitCode;
use std::time::Duration;

use hyper::Method;

use super::CommonArgs;
use super::disk::flush_times;
use super::figures::{Figure, Figures, Goal, Quantity, median};
use super::generator::{CREATED, Until, closed_loop};
use super::site::{HUGE, Keys, Site};
use crate::cli::loadtest::drive::{self, Outcome, Sample};
use crate::cli::loadtest::latency::Latencies;
use crate::cli::loadtest::people::{Random, invent};
use crate::cli::loadtest::plan::Pace;
use crate::cli::open_files;
use crate::client::Ask;
use crate::verify::grouped;

/// How much is measured.
struct Size {
    rounds: u32,
    requests: u32,
    crowd: u32,
    few: u32,
}

pub(super) async fn run(common: CommonArgs) -> anyhow::Result<ExitCode> {
    let size = if common.quick {
        Size { rounds: 1, requests: 20, crowd: 100, few: 20 }
    } else {
        Size { rounds: 7, requests: 300, crowd: 1_000, few: 200 }
    };
    open_files::make_room_for(u64::from(size.crowd)).map_err(anyhow::Error::msg)?;
    let method = format!(
        "Medians of {} rounds. Alone: {} requests over one connection, and as many writes of a page with fdatasync in the \
         same directory, alternating. Crowds: everybody is connected first, then all press in the same instant, on a \
         server that was just started.",
        size.rounds, size.requests
    );
    let mut figures = Figures::new("latency", method, common.quick);
    alone(&common, &size, &mut figures).await?;
    crowd(&common, &size, &mut figures).await?;
    figures.print(common.json)
}

/// A lone sign-up against one flush, and its wait in an idle lane.
async fn alone(common: &CommonArgs, size: &Size, figures: &mut Figures) -> anyhow::Result<()> {
    let site = Site::start(common).await?;
    let door = site.open_event(HUGE).await?;
    let (mut sign_ups, mut flushes) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let until = Until::Requests(u64::from(size.requests));
        let load = closed_loop(&site.address(), 1, until, door.sign_ups(Keys::Without)).await?.only(CREATED)?;
        sign_ups.push(load.latencies.figures().p50);
        flushes.push(p50(flush_times(site.directory(), size.requests)?));
    }
    let ratios = sign_ups.iter().zip(&flushes).map(|(sign_up, flush)| sign_up / flush).collect();
    let flush = Quantity::new(median(flushes), "ms").of("one fdatasync");
    let value = Quantity::new(median(sign_ups), "ms");
    figures.add(Figure::new("a lone sign-up, p50", value).against(flush, median(ratios)).goal(Goal::Below(2.5)));
    let wait = Quantity::new(site.waits().await?.p50_wait_time, "ms");
    figures.add(Figure::new("wait in an idle lane, p50", wait).goal(Goal::Below(0.1)));
    Ok(())
}

/// Many at once: what they wait in the lane, and until they are answered.
async fn crowd(common: &CommonArgs, size: &Size, figures: &mut Figures) -> anyhow::Result<()> {
    let (mut waits, mut slowest, mut few) = (Vec::new(), Vec::new(), Vec::new());
    let mut rush = Vec::new();
    for _ in 0..size.rounds {
        let site = Site::start(common).await?;
        few.push(figures_of(&press(&site, size.few, HUGE).await?).p95);
        waits.push(site.waits().await?.average_wait_time);
        let samples = press(&site, size.crowd, 10).await?;
        exactly(&samples, 10)?;
        let latencies = figures_of(&samples);
        rush.push(latencies.p95);
        slowest.push(latencies.max);
    }
    let (few_at_once, many_at_once) =
        (format!("{} at once", size.few), format!("{} at once for 10 places", grouped(u64::from(size.crowd))));
    let figure =
        |what: &str, how: &str, rounds| Figure::new(format!("{what}, {how}"), Quantity::new(median(rounds), "ms"));
    figures.add(figure(&few_at_once, "mean wait in the lane", waits).goal(Goal::Below(50.0)));
    figures.add(figure(&few_at_once, "answered, p95", few));
    figures.add(figure(&many_at_once, "answered, p95", rush).goal(Goal::Below(100.0)));
    figures.add(figure(&many_at_once, "answered, slowest", slowest));
    Ok(())
}

/// Lets `count` people press in the same instant for the places of a new event.
async fn press(site: &Site, count: u32, places: u32) -> anyhow::Result<Vec<Sample>> {
    let door = site.open_event(places).await?;
    let event = site.api().event(&door.event.to_string()).await?;
    let role = event.roles[0].id.to_string();
    let ask = Ask::new(Method::POST, &site.api().sign_up_target(event.id));
    let people = invent(count, 1, &(1..=1), "bench", &mut Random::new());
    let asks = people.iter().map(|person| ask.clone().json(person.sign_up(&role))).collect();
    let load = drive::Load { addresses: vec![site.address()], asks, on_step: Box::new(|_| {}) };
    Ok(drive::drive(load, Pace::AllAtOnce).await.0)
}

fn exactly(samples: &[Sample], places: usize) -> anyhow::Result<()> {
    let confirmed = samples.iter().filter(|sample| matches!(sample.outcome, Outcome::Confirmed(_))).count();
    let full = samples.iter().filter(|sample| sample.outcome == Outcome::Refused("role_full".to_owned())).count();
    if confirmed != places || confirmed + full != samples.len() {
        anyhow::bail!("{confirmed} confirmed and {full} refused of {} for {places} places", samples.len());
    }
    Ok(())
}

fn figures_of(samples: &[Sample]) -> crate::cli::loadtest::latency::Figures {
    let mut latencies = Latencies::new();
    samples.iter().for_each(|sample| latencies.record(sample.latency));
    latencies.figures()
}

fn p50(times: Vec<Duration>) -> f64 {
    median(times.into_iter().map(|time| time.as_secs_f64() * 1_000.0).collect())
}
