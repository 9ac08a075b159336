//! What was measured of the strategies in one setting, and what follows from it.

use serde::Serialize;

use super::load::Load;
use super::run::{Exactness, Setting};
use super::strategy::Strategy;
use crate::cli::bench::figures::median;
use crate::cli::loadtest::latency::{Latencies, ratio};

/// One setting.
pub(super) struct Round {
    pub(super) setting: Setting,
    pub(super) strategies: Vec<Measured>,
}

/// One strategy there.
pub(super) struct Measured {
    pub(super) strategy: Strategy,
    /// Sign-ups a second of every round.
    rates: Vec<f64>,
    latencies: Latencies,
    retries: u64,
    gave_up: u64,
    /// Of the worst try.
    pub(super) exactness: Exactness,
}

/// The same as figures.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) strategy: &'static str,
    pub(super) label: &'static str,
    pub(super) events: u32,
    pub(super) outstanding: u32,
    /// Median of the rounds.
    pub(super) sign_ups_per_second: f64,
    pub(super) sign_ups_per_second_least: f64,
    pub(super) sign_ups_per_second_most: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Places there were, in all events together, where they ran out.
    pub(super) places: u64,
    pub(super) overbooked: u64,
    pub(super) false_refusals: u64,
    pub(super) retries: u64,
    pub(super) retries_per_sign_up: f64,
    /// People who were told to try again when the retries were used up, or the lane was full.
    pub(super) gave_up: u64,
    /// Median of the ratios of the rounds, to the row lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio_to_row_lock: Option<f64>,
    /// The same, to the conditional counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio_to_counter: Option<f64>,
}

impl Round {
    /// Of so many strategies nothing yet.
    pub(super) fn new(setting: Setting, strategies: &[Strategy]) -> Round {
        Round { setting, strategies: strategies.iter().copied().map(Measured::none).collect() }
    }

    /// In the order of the strategies.
    pub(super) fn figures(&self) -> Vec<Figures> {
        self.strategies.iter().map(|measured| self.figures_of(measured)).collect()
    }

    /// The median of the ratios of the rounds.
    pub(super) fn ratio(&self, strategy: Strategy, to: Strategy) -> Option<f64> {
        let ratios = self.of(strategy)?.rates.iter().zip(&self.of(to)?.rates).map(|(rate, other)| rate / other);
        Some(median(ratios.collect()))
    }

    /// The median of the rounds.
    pub(super) fn rate(&self, strategy: Strategy) -> Option<f64> {
        Some(median(self.of(strategy)?.rates.clone()))
    }

    /// Of those in SQL that keep to the capacity, the one with most sign-ups a second.
    pub(super) fn fastest_exact_in_sql(&self) -> Option<Strategy> {
        let exact = |measured: &&Measured| !measured.strategy.is_lanes() && measured.exactness.overbooked == 0;
        let rate = |measured: &&Measured| median(measured.rates.clone());
        let fastest = self.strategies.iter().filter(exact).max_by(|one, other| rate(one).total_cmp(&rate(other)));
        fastest.map(|measured| measured.strategy)
    }

    fn of(&self, strategy: Strategy) -> Option<&Measured> {
        self.strategies.iter().find(|measured| measured.strategy == strategy)
    }

    fn figures_of(&self, measured: &Measured) -> Figures {
        let Measured { strategy, rates, latencies, retries, gave_up, exactness } = measured;
        let times = latencies.figures();
        Figures {
            strategy: strategy.name(),
            label: strategy.label(),
            events: self.setting.events,
            outstanding: self.setting.outstanding,
            sign_ups_per_second: median(rates.clone()),
            sign_ups_per_second_least: rates.iter().copied().fold(f64::INFINITY, f64::min),
            sign_ups_per_second_most: rates.iter().copied().fold(0.0, f64::max),
            p50_ms: times.p50,
            p99_ms: times.p99,
            places: exactness.places,
            overbooked: exactness.overbooked,
            false_refusals: exactness.false_refusals,
            retries: *retries,
            retries_per_sign_up: ratio(*retries, latencies.count()),
            gave_up: *gave_up,
            ratio_to_row_lock: self.ratio(*strategy, Strategy::RowLock),
            ratio_to_counter: self.ratio(*strategy, Strategy::Counter),
        }
    }
}

impl Measured {
    /// Takes a run for speed.
    pub(super) fn take_speed(&mut self, load: &Load) {
        self.rates.push(load.sign_ups_per_second);
        self.latencies.add(&load.latencies);
        self.retries += load.retries;
        self.gave_up += load.told.iter().map(|told| told.try_again).sum::<u64>();
    }

    /// Takes a run for exactness: the worst counts.
    pub(super) fn take_exactness(&mut self, exactness: Exactness) {
        self.exactness = Exactness {
            places: exactness.places,
            overbooked: self.exactness.overbooked.max(exactness.overbooked),
            false_refusals: self.exactness.false_refusals.max(exactness.false_refusals),
        };
    }

    fn none(strategy: Strategy) -> Measured {
        Measured {
            strategy,
            rates: Vec::new(),
            latencies: Latencies::new(),
            retries: 0,
            gave_up: 0,
            exactness: Exactness::default(),
        }
    }
}
