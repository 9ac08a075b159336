//! `headcount bench followers`: many follow one event while people sign up. All must end with the right numbers; what it
//! costs the server in memory, those who sign up in speed, and how late the last follower is told.
//!
//! The followers stand in a process of their own (`crowd`), as they have as many open files as the server.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;

use super::FollowersArgs;
use super::figures::{Figure, Figures, Goal, Quantity, median};
use super::generator::{CREATED, Until, closed_loop};
use super::site::{Door, HUGE, Keys, Site};
use crate::cli::loadtest::drive::{self, Outcome};
use crate::cli::loadtest::plan::Pace;
use crate::cli::{EXIT_FAILED, open_files};
use crate::verify::grouped;
use crowd::{Crowd, Expected, Report};

pub(super) mod crowd;

/// Over so many connections people sign up where speed is measured.
const CONNECTIONS: u32 = 64;

/// How much is measured.
struct Size {
    followers: u32,
    people: u32,
    /// People who sign up in a second while it is measured how late followers are told.
    people_per_second: f64,
    rounds: u32,
    until: Until,
}

/// Two servers alike; one of them is followed.
struct Bench {
    /// Goes before its server does.
    crowd: Crowd,
    followed: Site,
    door: Door,
    quiet: Site,
}

/// Sign-ups a second in one round.
struct Rates {
    followed: f64,
    quiet: f64,
}

pub(super) async fn run(args: FollowersArgs) -> anyhow::Result<ExitCode> {
    let FollowersArgs { followers, common } = args;
    let quick = common.quick;
    let size = Size {
        followers: followers.unwrap_or(if quick { 50 } else { 10_000 }),
        people: if quick { 100 } else { 1_000 },
        people_per_second: 200.0,
        rounds: if quick { 1 } else { 9 },
        until: Until::Elapsed(Duration::from_millis(if quick { 200 } else { 3_000 })),
    };
    open_files::make_room_for(u64::from(size.followers)).map_err(anyhow::Error::msg)?;
    let (followed, quiet) = (Site::start(&common).await?, Site::start(&common).await?);
    let alone = followed.memory()?;
    let door = followed.open_event(HUGE).await?;
    let crowd = Crowd::start(&followed.address(), door.event, size.followers).await?;
    let mut bench = Bench { crowd, followed, door, quiet };

    let watched = bench.watch(&size).await?;
    let with_them = bench.followed.memory()?;
    let rates = bench.rounds(&size).await?;
    let after_rush = bench.ask_all().await?;
    let wrong = watched.wrong.max(after_rush.wrong);
    let rushed = bench.followed.memory()?;

    let mut figures = Figures::new("followers", method(&size), quick);
    let (all, right) = (f64::from(size.followers), f64::from(size.followers.saturating_sub(wrong)));
    figures.add(count("followers who end with the right numbers", right).goal(Goal::AtLeast(all)));
    figures.add(megabytes("memory of the server before they come", alone.own_mb + alone.files_mb));
    figures.add(megabytes("memory of the server with them, the most", with_them.most_mb).goal(Goal::Below(250.0)));
    figures.add(milliseconds("until the last is told, p50", watched.p50_ms));
    figures.add(milliseconds("until the last is told, p99", watched.p99_ms).goal(Goal::Below(1_000.0)));
    figures.add(speed(&rates));
    figures.add(megabytes("after that, the server's own memory", rushed.own_mb));
    figures.add(megabytes("after that, pages of files mapped in", rushed.files_mb));
    figures.print(common.json)?;
    for report in [&watched, &after_rush].into_iter().filter(|report| report.wrong > 0) {
        eprintln!("{} followers did not end with the right numbers; of one: {}", report.wrong, report.example);
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) })
}

fn method(size: &Size) -> String {
    format!(
        "{} followers of one event, in a process of their own. First {} people sign up, {} a second: for each, the time \
         from the decision, which comes before the commit, until the last follower has been told; the memory is the most \
         by the end of that. Then sign-ups a second over {CONNECTIONS} connections, {} rounds, alternating with another \
         server that nobody follows. Clients and both servers share the cores.",
        grouped(size.followers.into()),
        grouped(size.people.into()),
        size.people_per_second,
        size.rounds,
    )
}

fn count(what: &str, value: f64) -> Figure {
    Figure::new(what, Quantity::new(value, ""))
}

fn megabytes(what: &str, value: f64) -> Figure {
    Figure::new(what, Quantity::new(value, "MB"))
}

fn milliseconds(what: &str, value: f64) -> Figure {
    Figure::new(what, Quantity::new(value, "ms"))
}

/// With followers, against without.
fn speed(rates: &[Rates]) -> Figure {
    let all = |rate: fn(&Rates) -> f64| median(rates.iter().map(rate).collect());
    let quiet = Quantity::new(all(|rates| rates.quiet), "/s").of("without");
    let followed = Quantity::new(all(|rates| rates.followed), "/s");
    Figure::new("sign-ups with followers", followed)
        .against(quiet, all(|rates| rates.followed / rates.quiet))
        .goal(Goal::AtLeast(0.8))
}

impl Bench {
    /// People sign up at a steady pace; how late the followers are told.
    async fn watch(&mut self, size: &Size) -> anyhow::Result<Report> {
        let before = self.followed.api().event(&self.door.event.to_string()).await?.seq;
        let make = self.door.sign_ups(Keys::Without);
        let asks = (0..u64::from(size.people)).map(|number| make(number)).collect();
        let load = drive::Load { addresses: vec![self.followed.address()], asks, on_step: Box::new(|_| {}) };
        let (samples, _) = drive::drive(load, Pace::Rate(size.people_per_second)).await;
        let confirmed = samples.iter().filter(|sample| matches!(sample.outcome, Outcome::Confirmed(_))).count();
        ensure!(
            confirmed == samples.len(),
            "{confirmed} of {} people got a place; there is one for each",
            samples.len()
        );
        let log = self.followed.api().log(self.door.event, before).await?;
        let decided = log.iter().map(|entry| (entry.seq, entry.at.0)).collect();
        let state = self.state().await?;
        self.crowd.ask(&Expected { state, decided }).await
    }

    /// Each round begins with the other server.
    async fn rounds(&self, size: &Size) -> anyhow::Result<Vec<Rates>> {
        let mut rates = Vec::new();
        for round in 0..size.rounds {
            let fresh = self.quiet.open_event(HUGE).await?;
            let quiet = async || rate(&self.quiet, &fresh, size.until).await;
            let followed = async || rate(&self.followed, &self.door, size.until).await;
            let (followed, quiet) = if round % 2 == 0 {
                (followed().await?, quiet().await?)
            } else {
                let quiet = quiet().await?;
                (followed().await?, quiet)
            };
            rates.push(Rates { followed, quiet });
        }
        Ok(rates)
    }

    /// Whether all have arrived at what is so now.
    async fn ask_all(&mut self) -> anyhow::Result<Report> {
        let state = self.state().await?;
        self.crowd.ask(&Expected { state, decided: Vec::new() }).await
    }

    async fn state(&self) -> anyhow::Result<Value> {
        self.followed.api().get(&format!("/events/{}/availability", self.door.event)).await
    }
}

async fn rate(site: &Site, door: &Door, until: Until) -> anyhow::Result<f64> {
    let load = closed_loop(&site.address(), CONNECTIONS, until, door.sign_ups(Keys::Without)).await?;
    Ok(load.only(CREATED)?.per_second())
}
