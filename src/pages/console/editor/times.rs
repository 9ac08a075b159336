//! Times as they are typed: what the clock shows where the event is. Twice a year that clock jumps, and then a time may not
//! be, or be twice.

use headcount_core::ids::Millis;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

use crate::pages::answers::Time;
use crate::words::{zone_of, zoned};

/// As browsers write it (HTML, local date and time).
const FORMAT: &str = "%Y-%m-%dT%H:%M";

/// Why a time is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoTime {
    /// It cannot be read.
    Unreadable,
    /// The clock jumps over it.
    Skipped,
    /// The clock shows it twice.
    Twice,
}

impl NoTime {
    /// What is said of it.
    pub(super) fn key(self) -> &'static str {
        match self {
            NoTime::Unreadable => "console-time-unreadable",
            NoTime::Skipped => "console-time-skipped",
            NoTime::Twice => "console-time-twice",
        }
    }
}

/// What the clock in a zone shows at a time.
pub(super) fn shown(time: Option<Time>, zone: &str) -> String {
    time.map_or_else(String::new, |Time(time)| zoned(time, zone).strftime(FORMAT).to_string())
}

/// When the clock in a zone shows this.
pub(super) fn read(text: &str, zone: &str) -> Result<Time, NoTime> {
    let text = text.trim();
    let time: DateTime = text.parse().map_err(|_| NoTime::Unreadable)?;
    let found = zone_of(zone).to_ambiguous_zoned(time);
    match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => {}
        AmbiguousOffset::Gap { .. } => return Err(NoTime::Skipped),
        AmbiguousOffset::Fold { .. } => return Err(NoTime::Twice),
    }
    let time = found.unambiguous().map_err(|_| NoTime::Unreadable)?;
    Ok(Time(Millis(time.timestamp().as_millisecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_one_that_the_clock_shows_there() {
        let time = read("2027-07-03T19:00", "Europe/Berlin").unwrap_or_else(|why| panic!("{why:?}"));
        assert_eq!(time.rfc3339(), "2027-07-03T17:00:00Z");
        assert_eq!(shown(Some(time), "Europe/Berlin"), "2027-07-03T19:00");
        assert_eq!(shown(None, "Europe/Berlin"), "");
    }

    #[test]
    fn a_time_that_is_not_or_is_twice_is_told_apart() {
        for (text, zone, why) in [
            ("2027-03-28T02:30", "Europe/Berlin", NoTime::Skipped),
            ("2027-10-31T02:30", "Europe/Berlin", NoTime::Twice),
            ("2027-03-26T02:30", "Asia/Jerusalem", NoTime::Skipped),
            ("tomorrow", "UTC", NoTime::Unreadable),
            ("2027-02-30T10:00", "UTC", NoTime::Unreadable),
        ] {
            assert_eq!(read(text, zone), Err(why), "{text} {zone}");
        }
    }
}
