//! Times as people write them: where the event is, in the words of a language.

use headcount_core::ids::Millis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Language;

impl Language {
    /// A time where it is, with the name of the zone; in UTC if the zone is none.
    pub fn time(self, time: Millis, zone: &str) -> String {
        let name = TimeZone::get(zone).map_or("UTC", |_| zone);
        let time = zoned(time, zone);
        let clock = time.strftime("%H:%M").to_string();
        let filled = [("date", self.date(time.date()).into()), ("clock", clock.into()), ("zone", name.into())];
        self.say("time", &filled)
    }

    /// The clock of a time where it is, to the second.
    pub fn clock(self, time: Millis, zone: &str) -> String {
        zoned(time, zone).strftime("%H:%M:%S").to_string()
    }

    /// The end of something that begins at `from`: its clock alone where that is the same day.
    pub fn end_of_span(self, from: Millis, to: Millis, zone: &str) -> String {
        let [from, end] = [from, to].map(|time| zoned(time, zone));
        if from.date() == end.date() { end.strftime("%H:%M").to_string() } else { self.time(to, zone) }
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

fn zoned(time: Millis, zone: &str) -> Zoned {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned(zone)
}
