//! How sign-up went in the minute after it opened, event by event, as far as the log does not keep it: whoever was refused
//! changed nothing, and nobody's wait is a fact about the event. Numbers alone, in memory alone: they end with the process.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use headcount_core::command::{Action, Actor, Command, Mode};
use headcount_core::decision::{Outcome, Refusal};
use headcount_core::ids::{EventId, Millis};

use super::Rejected;

/// For so many seconds an opening is looked at.
pub const OPENING_SECONDS: usize = 60;
/// So many events are remembered; then the one that opened first is forgotten.
const OPENINGS_MAX: usize = 256;
/// Waits are told apart up to this many microseconds (ten minutes).
const WAIT_US_MAX: u64 = 600_000_000;
const SECOND_MS: i64 = 1_000;

/// What those who signed up were answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// Yes, or to wait.
    Taken,
    /// No, by rule.
    Refused,
    /// To try again.
    Busy,
    /// That it is not open yet.
    TooEarly,
}

/// The minute after an event opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The whole second in which the first one asked.
    pub began_at: Millis,
    /// Second by second.
    pub seconds: Vec<OpeningSecond>,
    /// From the question to the answer, in milliseconds: half of them waited no longer, and so on.
    pub p50_ms: f64,
    #[expect(missing_docs, reason = "as the one above")]
    pub p90_ms: f64,
    #[expect(missing_docs, reason = "as the one above")]
    pub p99_ms: f64,
    /// The longest.
    pub longest_ms: f64,
}

/// The answers of one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpeningSecond {
    /// All of them.
    pub answers: u64,
    /// Refused by rule.
    pub refused: u64,
    /// Told to try again.
    pub busy: u64,
    /// How long they waited, in all.
    pub wait_us: u64,
}

/// Of all events that are remembered.
#[derive(Default)]
pub(super) struct Openings(HashMap<EventId, Kept>);

struct Kept {
    began_at: Millis,
    seconds: Vec<OpeningSecond>,
    waits_us: Histogram<u64>,
}

/// Somebody signs up for themself: nobody else is bound by the opening.
pub(super) fn is_watched(command: &Command) -> bool {
    matches!(command.action, Action::SignUp(_) | Action::Respond(_))
        && matches!(command.actor, Actor::Guest | Actor::Person(_))
        && command.mode == Mode::Apply
}

impl Said {
    /// None: it is not known what became of it, or it is not yet.
    pub(super) fn of(answer: &Result<Outcome, Rejected>) -> Option<Said> {
        match answer {
            Ok(Outcome::Refused(Refusal::NotOpenYet { .. })) => Some(Said::TooEarly),
            Ok(Outcome::Refused(_)) => Some(Said::Refused),
            Ok(Outcome::Postponed) => None,
            Ok(_) => Some(Said::Taken),
            Err(Rejected::Busy) => Some(Said::Busy),
            Err(_) => None,
        }
    }
}

impl Openings {
    /// Somebody is answered who has waited since then.
    pub(super) fn answered(&mut self, event: EventId, since: Instant, (now, at): (Instant, Millis), said: Said) {
        if said == Said::TooEarly {
            // It will open, perhaps once more.
            self.0.remove(&event);
            return;
        }
        let wait = now.saturating_duration_since(since);
        if !self.0.contains_key(&event) {
            self.make_room();
        }
        let kept = self.0.entry(event).or_insert_with(|| Kept::begin(at, wait));
        kept.answered(at, wait, said);
    }

    pub(super) fn of(&self, event: EventId) -> Option<Opening> {
        self.0.get(&event).map(Kept::opening)
    }

    fn make_room(&mut self) {
        if self.0.len() >= OPENINGS_MAX {
            let first = self.0.iter().min_by_key(|(_, kept)| kept.began_at).map(|(event, _)| *event);
            first.and_then(|event| self.0.remove(&event));
        }
    }
}

impl Kept {
    fn begin(at: Millis, wait: Duration) -> Kept {
        let asked = at.0.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let began_at = Millis(asked.div_euclid(SECOND_MS) * SECOND_MS);
        let waits_us = Histogram::new_with_bounds(1, WAIT_US_MAX, 1).expect("these bounds are valid");
        Kept { began_at, seconds: vec![OpeningSecond::default(); OPENING_SECONDS], waits_us }
    }

    fn answered(&mut self, at: Millis, wait: Duration, said: Said) {
        let second = (at.0 - self.began_at.0).div_euclid(SECOND_MS);
        let Some(second) = usize::try_from(second).ok().and_then(|second| self.seconds.get_mut(second)) else { return };
        let wait_us = u64::try_from(wait.as_micros()).unwrap_or(WAIT_US_MAX).min(WAIT_US_MAX);
        second.answers += 1;
        second.refused += u64::from(said == Said::Refused);
        second.busy += u64::from(said == Said::Busy);
        second.wait_us += wait_us;
        self.waits_us.saturating_record(wait_us);
    }

    fn opening(&self) -> Opening {
        let ms = |us: u64| us as f64 / 1_000.0;
        let quantile = |quantile| ms(self.waits_us.value_at_quantile(quantile));
        Opening {
            began_at: self.began_at,
            seconds: self.seconds.clone(),
            p50_ms: quantile(0.50),
            p90_ms: quantile(0.90),
            p99_ms: quantile(0.99),
            longest_ms: ms(self.waits_us.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock;

    const EVENT: EventId = EventId(Uuid::nil());

    fn say(openings: &mut Openings, event: EventId, at_ms: i64, wait_ms: u64, said: Said) {
        let since = clock::instant();
        openings.answered(event, since, (since + Duration::from_millis(wait_ms), Millis(at_ms)), said);
    }

    #[test]
    fn answers_are_counted_in_the_second_in_which_they_are_given() {
        let mut openings = Openings::default();
        say(&mut openings, EVENT, 10_300, 100, Said::Taken);
        say(&mut openings, EVENT, 10_900, 300, Said::Refused);
        say(&mut openings, EVENT, 11_000, 50, Said::Busy);
        say(&mut openings, EVENT, 70_000, 50, Said::Refused);
        let opening = openings.of(EVENT).unwrap();
        assert_eq!(opening.began_at, Millis(10_000));
        assert_eq!(opening.seconds[0], OpeningSecond { answers: 2, refused: 1, busy: 0, wait_us: 400_000 });
        assert_eq!(opening.seconds[1], OpeningSecond { answers: 1, refused: 0, busy: 1, wait_us: 50_000 });
        let all: u64 = opening.seconds.iter().map(|second| second.answers).sum();
        assert_eq!(all, 3, "what comes after the minute is not counted");
        assert!((80.0..=120.0).contains(&opening.p50_ms) && (280.0..=330.0).contains(&opening.longest_ms));
    }

    #[test]
    fn an_event_that_is_to_open_again_begins_anew() {
        let mut openings = Openings::default();
        say(&mut openings, EVENT, 10_000, 1, Said::TooEarly);
        assert_eq!(openings.of(EVENT), None, "nothing has begun");
        say(&mut openings, EVENT, 20_000, 0, Said::Taken);
        say(&mut openings, EVENT, 90_000, 0, Said::TooEarly);
        say(&mut openings, EVENT, 100_000, 0, Said::Taken);
        assert_eq!(openings.of(EVENT).unwrap().began_at, Millis(100_000));
    }

    #[test]
    fn only_so_many_events_are_remembered() {
        let mut openings = Openings::default();
        for number in 0..=OPENINGS_MAX {
            let at = i64::try_from(number).unwrap() * 1_000;
            say(&mut openings, EventId(Uuid::from_u128(number as u128)), at, 0, Said::Taken);
        }
        assert_eq!(openings.0.len(), OPENINGS_MAX);
        assert_eq!(openings.of(EventId(Uuid::from_u128(0))), None, "the first is forgotten");
    }
}
