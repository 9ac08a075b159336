//! What operators see of the lanes: how many commands, how long they waited, which events are busy.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use headcount_core::ids::EventId;
use serde::Serialize;

/// The last minute is kept in slices of this length.
const SLICE: Duration = Duration::from_secs(10);
const SLICES_MAX: usize = 6;
const BUSIEST_MAX: usize = 10;
/// Waits are told apart up to this many microseconds (ten minutes).
const WAIT_US_MAX: u64 = 600_000_000;

/// The answer of `GET /system/locks`. The first three names are kept for those who already watch them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// Events with commands that wait or are being decided.
    pub active_locks: usize,
    /// Commands that wait.
    pub queue_depth: usize,
    /// Since the start.
    #[serde(flatten)]
    pub since_start: Figures,
    /// Of the last minute.
    pub last_minute: Figures,
    /// The events with the most commands in the last minute, the busiest first; ten at most.
    pub busiest_events: Vec<LaneFigures>,
}

/// Figures over a time. Times are milliseconds from the moment a command is queued until a worker takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Figures {
    /// Commands decided.
    pub total_locks_acquired: u64,
    /// Mean wait.
    pub average_wait_time: f64,
    pub p50_wait_time: f64,
    pub p95_wait_time: f64,
    pub p99_wait_time: f64,
    /// Commands answered `busy`.
    pub timeouts: u64,
    pub batches: u64,
    /// Commands a batch.
    pub average_batch: f64,
}

/// One event's share.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneFigures {
    /// The event.
    pub event_id: EventId,
    /// Its commands.
    pub commands: u64,
}

/// Counts as it goes.
pub(super) struct Meter {
    total: Slice,
    minute: VecDeque<(Instant, Slice)>,
}

struct Slice {
    waits_us: Histogram<u64>,
    timeouts: u64,
    batches: u64,
    events: HashMap<EventId, u64>,
}

impl Meter {
    pub(super) fn new(now: Instant) -> Meter {
        Meter { total: Slice::new(), minute: VecDeque::from([(now, Slice::new())]) }
    }

    /// A worker took a batch of commands, each waiting since the time given.
    pub(super) fn taken(&mut self, now: Instant, commands: impl Iterator<Item = (EventId, Instant)>) {
        self.turn_slices(now);
        let Meter { total, minute } = self;
        let (_, slice) = minute.back_mut().expect("there is always a slice");
        for (event, since) in commands {
            let wait_us = u64::try_from(now.saturating_duration_since(since).as_micros()).unwrap_or(WAIT_US_MAX);
            total.waits_us.saturating_record(wait_us);
            slice.waits_us.saturating_record(wait_us);
            *slice.events.entry(event).or_default() += 1;
        }
        total.batches += 1;
        slice.batches += 1;
    }

    /// A command was answered `busy`.
    pub(super) fn timed_out(&mut self) {
        self.total.timeouts += 1;
        self.minute.back_mut().expect("there is always a slice").1.timeouts += 1;
    }

    pub(super) fn statistics(&mut self, now: Instant, active_locks: usize, queue_depth: usize) -> Statistics {
        self.turn_slices(now);
        let mut minute = Slice::new();
        self.minute.iter().for_each(|(_, slice)| minute.add(slice));
        let mut busiest_events: Vec<LaneFigures> = minute
            .events
            .iter()
            .map(|(event_id, commands)| LaneFigures { event_id: *event_id, commands: *commands })
            .collect();
        busiest_events.sort_by_key(|lane| (std::cmp::Reverse(lane.commands), lane.event_id));
        busiest_events.truncate(BUSIEST_MAX);
        let (since_start, last_minute) = (self.total.figures(), minute.figures());
        Statistics { active_locks, queue_depth, since_start, last_minute, busiest_events }
    }

    fn turn_slices(&mut self, now: Instant) {
        let newest = self.minute.back().map(|(begun, _)| *begun);
        if newest.is_none_or(|begun| now.saturating_duration_since(begun) >= SLICE) {
            self.minute.push_back((now, Slice::new()));
        }
        let minute = SLICE * SLICES_MAX as u32;
        self.minute.retain(|(begun, _)| now.saturating_duration_since(*begun) < minute);
    }
}

impl Slice {
    fn new() -> Slice {
        let waits_us = Histogram::new_with_bounds(1, WAIT_US_MAX, 2).expect("these bounds are valid");
        Slice { waits_us, timeouts: 0, batches: 0, events: HashMap::new() }
    }

    fn add(&mut self, other: &Slice) {
        self.waits_us.add(&other.waits_us).expect("all histograms have the same bounds");
        self.timeouts += other.timeouts;
        self.batches += other.batches;
        for (event, commands) in &other.events {
            *self.events.entry(*event).or_default() += commands;
        }
    }

    fn figures(&self) -> Figures {
        let commands = self.waits_us.len();
        let ms = |us: f64| (us / 10.0).round() / 100.0;
        let quantile = |quantile| ms(self.waits_us.value_at_quantile(quantile) as f64);
        Figures {
            total_locks_acquired: commands,
            average_wait_time: if commands == 0 { 0.0 } else { ms(self.waits_us.mean()) },
            p50_wait_time: quantile(0.50),
            p95_wait_time: quantile(0.95),
            p99_wait_time: quantile(0.99),
            timeouts: self.timeouts,
            batches: self.batches,
            average_batch: if self.batches == 0 { 0.0 } else { commands as f64 / self.batches as f64 },
        }
    }
}
