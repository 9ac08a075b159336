//! Load in a closed loop: as many requests are outstanding as were asked for, each followed by the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::layout::HotEvent;
use super::side::Side;
use super::wish::{Answer, Wish};
use crate::cli::loadtest::latency::Latencies;
use crate::cli::loadtest::people::Random;
use crate::clock;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// After `warming`, in which nothing is counted but everything is done, and `counted`.
    Elapsed { warming: Duration, counted: Duration },
    /// After so many wishes, spread evenly over the events; all are counted.
    Wishes(u64),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// Answers "confirmed" a second, while it was counted.
    pub(super) sign_ups_per_second: f64,
    /// How long they took.
    pub(super) latencies: Latencies,
    /// Of every event, over all the time.
    pub(super) told: Vec<Told>,
    /// How often a transaction was begun anew while it was counted.
    pub(super) retries: u64,
}

/// What the people of one event were told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Told {
    pub(super) confirmed: u64,
    pub(super) full: u64,
    pub(super) already_in: u64,
    pub(super) try_again: u64,
}

/// What every requester shares.
struct Shared {
    side: Arc<Side>,
    events: Vec<HotEvent>,
    until: Until,
    start: Instant,
    next: AtomicU64,
}

/// What one requester saw.
struct Seen {
    counted: Latencies,
    told: Vec<Told>,
    retries: u64,
}

impl Told {
    /// All who went without a place and were not in already.
    pub(super) fn turned_away(self) -> u64 {
        self.full + self.try_again
    }
}

/// Asks, with so many requests outstanding.
///
/// # Errors
/// If any request fails otherwise than by an answer.
pub(super) async fn closed_loop(
    side: &Arc<Side>,
    events: &[HotEvent],
    outstanding: u32,
    until: Until,
) -> anyhow::Result<Load> {
    let start = clock::instant();
    let (side, events) = (side.clone(), events.to_vec());
    let shared = Arc::new(Shared { side, events, until, start, next: AtomicU64::new(0) });
    let mut tasks = JoinSet::new();
    for _ in 0..outstanding {
        let shared = shared.clone();
        tasks.spawn(async move { shared.ask_and_ask().await });
    }
    let mut all = Seen::none(shared.events.len());
    while let Some(seen) = tasks.join_next().await {
        all.add(&seen??);
    }
    let seconds = match until {
        Until::Elapsed { counted, .. } => counted,
        Until::Wishes(_) => clock::instant() - start,
    };
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let sign_ups_per_second = all.counted.count() as f64 / seconds.as_secs_f64();
    Ok(Load { sign_ups_per_second, latencies: all.counted, told: all.told, retries: all.retries })
}

impl Shared {
    async fn ask_and_ask(&self) -> anyhow::Result<Seen> {
        let mut seen = Seen::none(self.events.len());
        let mut random = Random::new();
        while let Some(index) = self.next_event(&mut random) {
            let event = &self.events[index];
            let wish = Wish::new(event, &mut random);
            let asked = clock::instant();
            let answered = self.side.ask(event, &wish).await?;
            let told = clock::instant();
            seen.told[index].take(answered.answer);
            if self.is_counted(told) {
                seen.retries += u64::from(answered.retries);
                if answered.answer == Answer::Confirmed {
                    seen.counted.record(told - asked);
                }
            }
        }
        Ok(seen)
    }

    /// Which event the next wish is for; none when it is over.
    fn next_event(&self, random: &mut Random) -> Option<usize> {
        let events = u64::try_from(self.events.len()).expect("events are few");
        let index = match self.until {
            Until::Elapsed { warming, counted } => {
                let is_over = clock::instant() - self.start >= warming + counted;
                (!is_over).then(|| random.below(events))
            }
            Until::Wishes(wishes) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                (number < wishes).then_some(number % events)
            }
        };
        index.map(|index| usize::try_from(index).expect("events are few"))
    }

    fn is_counted(&self, told: Instant) -> bool {
        match self.until {
            Until::Elapsed { warming, counted } => (warming..warming + counted).contains(&(told - self.start)),
            Until::Wishes(_) => true,
        }
    }
}

impl Seen {
    fn none(events: usize) -> Seen {
        Seen { counted: Latencies::new(), told: vec![Told::default(); events], retries: 0 }
    }

    fn add(&mut self, other: &Seen) {
        self.counted.add(&other.counted);
        self.retries += other.retries;
        for (told, others) in self.told.iter_mut().zip(&other.told) {
            told.add(*others);
        }
    }
}

impl Told {
    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Confirmed => self.confirmed += 1,
            Answer::Full => self.full += 1,
            Answer::AlreadyIn => self.already_in += 1,
            Answer::TryAgain => self.try_again += 1,
        }
    }

    fn add(&mut self, other: Told) {
        self.confirmed += other.confirmed;
        self.full += other.full;
        self.already_in += other.already_in;
        self.try_again += other.try_again;
    }
}
