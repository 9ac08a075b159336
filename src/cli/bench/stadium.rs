//! `headcount bench stadium`: very many people for few places of one event, and it must be exact.

use std::process::ExitCode;

use anyhow::ensure;

use super::StadiumArgs;
use super::figures::{Figure, Figures, Goal, Quantity};
use super::generator::{CREATED, Until, closed_loop};
use super::site::{Keys, Site};
use crate::cli::open_files;
use crate::verify::grouped;

pub(super) async fn run(args: StadiumArgs) -> anyhow::Result<ExitCode> {
    let StadiumArgs { people, places, connections, common } = args;
    let people = people.unwrap_or(if common.quick { 2_000 } else { 1_000_000 });
    let connections = connections.unwrap_or(if common.quick { 50 } else { 2_000 });
    open_files::make_room_for(u64::from(connections)).map_err(anyhow::Error::msg)?;
    let site = Site::start(&common).await?;
    let door = site.open_event(places).await?;
    let load = closed_loop(&site.address(), connections, Until::Requests(people), door.sign_ups(Keys::Without)).await?;

    let expected = people.min(u64::from(places));
    let confirmed = load.answers.get(CREATED).copied().unwrap_or(0);
    let full = load.answers.get("role_full").copied().unwrap_or(0);
    let event = site.api().event(&door.event.to_string()).await?;
    ensure!(
        confirmed == expected && confirmed + full == people && event.places.reserved == expected,
        "not exact: {people} people, {places} places, answers {:?}, reserved {}",
        load.answers,
        event.places.reserved
    );
    let method = format!(
        "{} people, each once, for {} places of one event, over {} connections, each sending its next request when it \
         has its answer. Exact: {} confirmed, {} refused, everybody answered. The load generator runs on the same cores.",
        grouped(people),
        grouped(u64::from(places)),
        grouped(u64::from(connections)),
        grouped(confirmed),
        grouped(full)
    );
    let mut figures = Figures::new("stadium", method, common.quick);
    let latency = load.latencies.figures();
    figures.add(Figure::new("until the last answer", Quantity::new(load.seconds, "s")).goal(Goal::Below(30.0)));
    figures.add(Figure::new("answers", Quantity::new(load.per_second(), "/s")));
    figures.add(Figure::new("a person's wait, p50", Quantity::new(latency.p50, "ms")));
    figures.add(Figure::new("a person's wait, p99", Quantity::new(latency.p99, "ms")));
    figures.add(Figure::new("a person's wait, longest", Quantity::new(latency.max, "ms")));
    figures.print(common.json)
}
