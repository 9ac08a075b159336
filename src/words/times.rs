//! Times as people write them: where the event is, in the words of a language.

use headcount_core::ids::Millis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Language;

impl Language {
    /// A time where it is, with the name of the zone; in UTC if the zone is none.
    pub fn time(self, time: Millis, zone: &str) -> String {
        let at = zoned(time, zone);
        let clock = at.strftime("%H:%M").to_string();
        self.say(
            "time",
            &[("date", self.date(at.date()).into()), ("clock", clock.into()), ("zone", name_of(zone).into())],
        )
    }

    /// From when to when, where it is; the day once where it is one.
    pub fn span(self, from: Millis, to: Millis, zone: &str) -> String {
        let [begin, end] = [from, to].map(|time| zoned(time, zone));
        let [clock, end_clock] = [&begin, &end].map(|time| time.strftime("%H:%M").to_string());
        let filled = [
            ("date", self.date(begin.date()).into()),
            ("clock", clock.into()),
            ("end-date", self.date(end.date()).into()),
            ("end", end_clock.into()),
            ("zone", name_of(zone).into()),
        ];
        self.say(if begin.date() == end.date() { "span" } else { "span-days" }, &filled)
    }

    /// Two times as clocks that tell them apart: to the millisecond within a minute, else the earlier with its day where
    /// that is not the day of the later.
    pub fn clocks(self, earlier: Millis, later: Millis, zone: &str) -> [String; 2] {
        let both = [earlier, later].map(|time| zoned(time, zone));
        let is_close = later.0 - earlier.0 < 60_000;
        let form = if is_close { "%H:%M:%S%.3f" } else { "%H:%M:%S" };
        let [first, second] = both.each_ref().map(|time| time.strftime(form).to_string());
        let is_told_by_clock = is_close || both[0].date() == both[1].date();
        [if is_told_by_clock { first } else { self.time(earlier, zone) }, second]
    }

    /// A day, such as `Friday, 3 July 2026`.
    pub fn date(self, date: Date) -> String {
        let weekday = date.weekday().to_monday_one_offset();
        let filled = [
            ("weekday", weekday.into()),
            ("day", date.day().into()),
            ("month", date.month().into()),
            ("year", date.year().to_string().into()),
        ];
        self.say("date", &filled)
    }
}

/// UTC, if it is none.
fn name_of(zone: &str) -> &str {
    TimeZone::get(zone).map_or("UTC", |_| zone)
}

/// The zone of this name; UTC, if it is none.
pub fn zone_of(zone: &str) -> TimeZone {
    TimeZone::get(zone).unwrap_or(TimeZone::UTC)
}

/// What the clock in a zone shows at a time.
pub fn zoned(time: Millis, zone: &str) -> Zoned {
    Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned(zone_of(zone))
}
