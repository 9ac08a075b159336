//! A data file with so much in it already, and what a sign-up costs there.

use std::sync::Arc;

use anyhow::ensure;
use hyper::Method;
use serde_json::json;

use crate::cli::bench::CommonArgs;
use crate::cli::bench::generator::{CREATED, Maker, Until, closed_loop};
use crate::cli::bench::site::{Door, HUGE, Keys, Site, sign_up};
use crate::cli::loadtest::people::Random;
use crate::client::Ask;
use crate::verify::grouped;

/// What is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum There {
    /// So many registrations of one event.
    Registrations(u64),
    /// So many events, and nobody who comes. People sign up for all of them alike.
    Events(u64),
}

/// How much is measured in a round.
pub(super) struct Size {
    /// Sign-ups of one person after the other.
    pub(super) alone: u64,
    /// Sign-ups over all connections.
    pub(super) together: u64,
    pub(super) connections: u32,
}

/// What a sign-up cost in one round, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Costs {
    pub(super) alone: f64,
    pub(super) together: f64,
}

/// A data file that is measured, round by round.
pub(super) struct Grown {
    pub(super) there: There,
    pub(super) site: Site,
    pub(super) doors: Doors,
    pub(super) costs: Vec<Costs>,
}

/// Where people sign up.
pub(super) enum Doors {
    /// For one event.
    One(Door),
    /// For each of so many events in turn.
    Many(u64),
}

impl There {
    pub(super) fn count(self) -> u64 {
        let (There::Registrations(count) | There::Events(count)) = self;
        count
    }

    /// In words.
    pub(super) fn told(self) -> String {
        match self {
            There::Registrations(count) => format!("{} there", grouped(count)),
            There::Events(1) => "1 event".to_owned(),
            There::Events(count) => format!("{} events", grouped(count)),
        }
    }
}

impl Doors {
    pub(super) fn sign_ups(&self) -> Maker {
        let events = match self {
            Doors::One(door) => return door.sign_ups(Keys::Without),
            Doors::Many(events) => *events,
        };
        let run = Random::new().next();
        Arc::new(move |number| {
            // In no order, but each as often as any other.
            let event = number.wrapping_mul(STEP) % events;
            let path = format!("/api/v1/events/{}/registrations", slug(event));
            Ask::new(Method::POST, &path).json(sign_up("Server", Random::at(run ^ number).next()))
        })
    }
}

/// Has no divisor in common with the numbers of events that are measured, which are powers of ten.
const STEP: u64 = 7_919;

fn slug(event: u64) -> String {
    format!("event-{event}")
}

impl Grown {
    pub(super) async fn fill(common: &CommonArgs, there: There, connections: u32) -> anyhow::Result<Grown> {
        let site = Site::start(common).await?;
        let connections = connections.min(u32::try_from(there.count()).unwrap_or(u32::MAX));
        let until = Until::Requests(there.count());
        let doors = match there {
            There::Registrations(_) => {
                let door = site.open_event(HUGE).await?;
                let make = door.sign_ups(Keys::Without);
                closed_loop(&site.address(), connections, until, make).await?.only(CREATED)?;
                Doors::One(door)
            }
            There::Events(events) => {
                closed_loop(&site.address(), connections, until, events_of(&site)).await?.only(CREATED)?;
                Doors::Many(events)
            }
        };
        Ok(Grown { there, site, doors, costs: Vec::new() })
    }

    /// Measures one round. A file that measuring would make much larger is made anew before.
    pub(super) async fn measure(&mut self, common: &CommonArgs, size: &Size) -> anyhow::Result<()> {
        if self.there.count() < size.together * 20 && !self.costs.is_empty() {
            let anew = Grown::fill(common, self.there, size.connections).await?;
            (self.site, self.doors) = (anew.site, anew.doors);
        }
        let address = self.site.address();
        let alone =
            closed_loop(&address, 1, Until::Requests(size.alone), self.doors.sign_ups()).await?.only(CREATED)?;
        let until = Until::Requests(size.together);
        let together = closed_loop(&address, size.connections, until, self.doors.sign_ups()).await?.only(CREATED)?;
        let alone = alone.latencies.figures().p50;
        ensure!(alone > 0.0, "nobody signed up alone");
        self.costs.push(Costs { alone, together: 1_000.0 / together.per_second() });
        Ok(())
    }
}

/// Makes events, each with a role that everybody can have.
fn events_of(site: &Site) -> Maker {
    let ask = site.ask_as_owner(Method::POST, "/api/v1/events");
    Arc::new(move |number| {
        let event = json!({
            "title": format!("Benchmark {number}"),
            "slug": slug(number),
            "status": "published",
            "visibility": "unlisted",
            "waitlist": { "policy": "off" },
            "max_spots": 1,
            "roles": [{ "name": "Server", "capacity": HUGE }],
        });
        ask.clone().json(event.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_its_turn() {
        for events in [1, 10, 1_000] {
            let mut turns: Vec<u64> = (0..events).map(|number| number * STEP % events).collect();
            turns.sort_unstable();
            assert!(turns.into_iter().eq(0..events), "{events}");
        }
    }
}
