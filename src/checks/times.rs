//! When checks are due, and how that is said on the command line.

use std::str::FromStr;
use std::time::Duration;

use headcount_core::ids::Millis;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

/// How often, as an option: `1h`, `10m`, `off`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Every(pub Option<Duration>);

/// At what time of day, as an option: `03:00`, `off`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeOfDay(pub Option<Time>);

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Every, String> {
        if text == "off" {
            return Ok(Every(None));
        }
        let given = text.parse::<SignedDuration>().ok().and_then(|given| Duration::try_from(given).ok());
        let fine = given.filter(|given| (1..=7 * 24 * 60 * 60).contains(&given.as_secs()));
        fine.map(|given| Every(Some(given)))
            .ok_or_else(|| "write a time from 1s to a week, as in 1h or 10m, or off".into())
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<TimeOfDay, String> {
        if text == "off" {
            return Ok(TimeOfDay(None));
        }
        let what_to_do = || "write a time of day, as in 03:00, or off".to_owned();
        text.parse().map(|time| TimeOfDay(Some(time))).map_err(|_| what_to_do())
    }
}

/// The next moment after `now` at which it is `at` where this machine stands.
pub(super) fn next(at: Time, now: Millis) -> Millis {
    next_in(&TimeZone::system(), at, now)
}

fn next_in(zone: &TimeZone, at: Time, now: Millis) -> Millis {
    let here = Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned(zone.clone());
    let of_day = |here: &Zoned, days: i64| {
        let day = here.date().saturating_add(days.days());
        day.to_datetime(at).to_zoned(zone.clone()).map(|then| Millis(then.timestamp().as_millisecond()))
    };
    // Tomorrow, or the day after where the clocks are put back over it.
    let candidates = (0..=2).filter_map(|days| of_day(&here, days).ok());
    let day_later = Millis(now.0 + 24 * 60 * 60 * 1_000);
    candidates.into_iter().find(|then| *then > now).unwrap_or(day_later)
}

/// How long it is until then; none: it is then.
pub(super) fn until(due: Millis, now: Millis) -> Option<Duration> {
    u64::try_from(due.0 - now.0).ok().filter(|left| *left > 0).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn the_next_time_of_day_is_today_or_tomorrow() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let three: Time = "03:00".parse().unwrap();
        assert_eq!(next_in(&berlin, three, at("2026-05-01T00:59:00Z")), at("2026-05-01T01:00:00Z"));
        assert_eq!(next_in(&berlin, three, at("2026-05-01T01:00:00Z")), at("2026-05-02T01:00:00Z"));
        // In the night to 29 March the clocks go from two to three; in that to 25 October from three to two.
        assert_eq!(next_in(&berlin, three, at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));
        assert_eq!(next_in(&berlin, "02:30".parse().unwrap(), at("2026-03-28T12:00:00Z")), at("2026-03-29T01:30:00Z"));
        assert_eq!(next_in(&berlin, three, at("2026-10-24T12:00:00Z")), at("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn options_are_read_or_answered_with_what_to_write() {
        assert_eq!("1h".parse(), Ok(Every(Some(Duration::from_secs(3_600)))));
        assert_eq!("90s".parse(), Ok(Every(Some(Duration::from_secs(90)))));
        assert_eq!("off".parse(), Ok(Every(None)));
        assert_eq!("off".parse(), Ok(TimeOfDay(None)));
        assert_eq!("23:05".parse(), Ok(TimeOfDay(Some("23:05".parse().unwrap()))));
        for wrong in ["", "0s", "-1h", "1", "hourly", "3000h"] {
            assert!(wrong.parse::<Every>().unwrap_err().contains("1h"), "{wrong}");
        }
        for wrong in ["", "25:00", "3", "1h"] {
            assert!(wrong.parse::<TimeOfDay>().unwrap_err().contains("03:00"), "{wrong}");
        }
    }
}
