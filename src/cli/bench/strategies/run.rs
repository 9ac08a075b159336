//! Runs one strategy: for its speed with room for everybody, and for its exactness where the places run out.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use deadpool_postgres::ClientWrapper;
use headcount_core::limits::CAPACITY_MAX;

use super::lanes::Running;
use super::layout::{self, Events, Filling, HotEvent, PlaceRows, REGISTRATIONS_BEFORE, SCHEMA};
use super::load::{Load, Until, closed_loop};
use super::side::Side;
use super::sql::Desks;
use super::strategy::{Means, Strategy};
use crate::store::postgres::{self, Address};

/// What is the same for all strategies that are compared with each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Setting {
    /// Hot events.
    pub(super) events: u32,
    /// Requests under way at any moment.
    pub(super) outstanding: u32,
}

/// How exact a strategy was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Exactness {
    /// Places given away that there were not, over all events.
    pub(super) overbooked: u64,
    /// People who were turned away although there is a place left in the end, over all events.
    pub(super) false_refusals: u64,
    /// Places there were, over all events.
    pub(super) places: u64,
}

/// The database and the connections to it.
pub(super) struct Ring {
    pub(super) control: ClientWrapper,
    address: Address,
    /// Those that the strategies in SQL share; none while one of them has them.
    desks: Vec<ClientWrapper>,
    connections: u32,
    /// Of the lanes, with a connection each.
    workers: u16,
}

/// Places that are left where they run out: for one event, and for each of many.
const PLACES_OF_ONE: i64 = 300;
const PLACES_OF_EACH: i64 = 10;
/// Wishes for a place then.
const WISHES_PER_PLACE: u64 = 2;
/// Places that have a row each are made for so many sign-ups a second, which is more than any strategy reaches.
const ROWS_PER_SECOND: f64 = 40_000.0;
/// Wishes of each connection before a run: PostgreSQL plans the first five executions of a statement each anew.
const PRACTICE_WISHES: u64 = 10;
/// Before it counts, a run warms up for this part of its time.
const WARMING: f64 = 0.25;

impl Ring {
    /// Connects, `connections` times and once more.
    ///
    /// # Errors
    /// If the database cannot be reached, or has not so many connections left.
    pub(super) async fn open(address: &Address, connections: u32, workers: u16) -> anyhow::Result<Ring> {
        let address = address.in_schema(SCHEMA);
        let control = connect(&address).await?;
        let mut desks = Vec::new();
        for number in 1..=connections {
            let connected = connect(&address).await.with_context(|| {
                format!(
                    "connection {number} of {connections}: raise max_connections of the database, or take fewer with \
                     --connections"
                )
            });
            desks.push(connected?);
        }
        Ok(Ring { control, address, desks, connections, workers })
    }

    /// Makes the tables; see [`layout::make_tables`].
    pub(super) async fn make_tables(&self) -> anyhow::Result<Vec<String>> {
        layout::make_tables(&self.control, &self.address).await
    }

    /// Sign-ups for a time, with room for everybody.
    ///
    /// # Errors
    /// If the database fails, or does not hold what was acknowledged.
    pub(super) async fn speed(
        &mut self,
        strategy: Strategy,
        setting: Setting,
        counted: Duration,
    ) -> anyhow::Result<Load> {
        let warming = counted.mul_f64(WARMING);
        let places_free = match strategy.place_rows() {
            PlaceRows::None => i64::from(CAPACITY_MAX) - REGISTRATIONS_BEFORE,
            PlaceRows::OneEach => place_rows(setting.events, warming + counted),
        };
        let (load, events) = self.run(strategy, setting, places_free, Until::Elapsed { warming, counted }).await?;
        self.outcome(&load, &events).await?;
        let full: u64 = load.told.iter().map(|told| told.full).sum();
        ensure!(full == 0, "{full} people were told \"full\" where there was room for all: {}", strategy.name());
        Ok(load)
    }

    /// More wishes than places, and what the tables say afterwards.
    ///
    /// # Errors
    /// If the database fails, or does not hold what was acknowledged.
    pub(super) async fn exactness(&mut self, strategy: Strategy, setting: Setting) -> anyhow::Result<Exactness> {
        let places_free = if setting.events == 1 { PLACES_OF_ONE } else { PLACES_OF_EACH };
        let places = places_free.unsigned_abs() * u64::from(setting.events);
        let wishes = Until::Wishes(places * WISHES_PER_PLACE);
        let (load, events) = self.run(strategy, setting, places_free, wishes).await?;
        Ok(Exactness { places, ..self.outcome(&load, &events).await? })
    }

    async fn run(
        &mut self,
        strategy: Strategy,
        setting: Setting,
        places_free: i64,
        until: Until,
    ) -> anyhow::Result<(Load, Vec<HotEvent>)> {
        let filling = Filling { events: setting.events, places_free, place_rows: strategy.place_rows() };
        let Events { hot, practice } = layout::fill(&self.control, filling).await.context("cannot fill the tables")?;
        let side = Arc::new(self.take_side(strategy).await?);
        let named = || format!("strategy {}", strategy.name());
        let practising = Until::Wishes(u64::from(self.connections) * PRACTICE_WISHES);
        closed_loop(&side, &practice, self.connections, practising).await.with_context(named)?;
        let load = closed_loop(&side, &hot, setting.outstanding, until).await;
        let load = load.with_context(named)?;
        let side = Arc::into_inner(side).context("somebody still asks")?;
        self.give_back(side).await?;
        Ok((load, hot))
    }

    async fn take_side(&mut self, strategy: Strategy) -> anyhow::Result<Side> {
        match strategy.means() {
            Means::Sql(way) => Ok(Side::Sql(Desks::open(std::mem::take(&mut self.desks), way).await?)),
            Means::Lanes(keys) => Ok(Side::Lanes(Running::start(&self.address, self.workers, keys).await?)),
        }
    }

    async fn give_back(&mut self, side: Side) -> anyhow::Result<()> {
        match side {
            Side::Sql(desks) => self.desks = desks.close(),
            Side::Lanes(running) => running.close().await?,
        }
        Ok(())
    }

    /// How exact it was. Every acknowledged sign-up must be in the tables, and no other.
    async fn outcome(&self, load: &Load, events: &[HotEvent]) -> anyhow::Result<Exactness> {
        let mut exactness = Exactness::default();
        for (outcome, told) in layout::outcomes(&self.control, events).await?.into_iter().zip(&load.told) {
            let acknowledged = told.confirmed + REGISTRATIONS_BEFORE.unsigned_abs();
            ensure!(
                outcome.confirmed.unsigned_abs() == acknowledged && told.already_in == 0,
                "{acknowledged} registrations were acknowledged, the table holds {}",
                outcome.confirmed
            );
            let left = outcome.capacity - outcome.confirmed;
            if left < 0 {
                exactness.overbooked += left.unsigned_abs();
            } else {
                exactness.false_refusals += told.turned_away().min(left.unsigned_abs());
            }
        }
        Ok(exactness)
    }
}

async fn connect(address: &Address) -> anyhow::Result<ClientWrapper> {
    Ok(postgres::connect(address, "bench").await?)
}

/// More rows for places than can be taken in this time, in each event.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
fn place_rows(events: u32, time: Duration) -> i64 {
    let in_all = (time.as_secs_f64() * ROWS_PER_SECOND).ceil() as i64;
    let fairly = in_all / i64::from(events);
    // Nobody keeps to their fair share.
    fairly + fairly / 2 + 100
}
