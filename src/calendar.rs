//! A sign-up as an entry of a calendar (RFC 5545), for pages and mails alike.
//!
//! Its identity stays the same and its sequence grows, so that a later one takes the place of an earlier one.

use headcount_core::ids::{Millis, Seq};
use icalendar::{Calendar, Component as _, Event, EventLike as _};

/// What stands in it.
pub struct Entry<'a> {
    /// The id of the registration.
    pub id: String,
    /// The event's seq at which all this was so.
    pub seq: Seq,
    /// The event's title.
    pub title: &'a str,
    /// Where it takes place; may be empty.
    pub location: &'a str,
    /// The page of the event.
    pub url: String,
    /// When it begins.
    pub starts_at: Option<Millis>,
    /// When it ends.
    pub ends_at: Option<Millis>,
    /// Whether its holder has a place.
    pub place: Place,
    /// When the entry is made.
    pub now: Millis,
}

/// Whether somebody has a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Theirs.
    Taken,
    /// Not, or not any more.
    None,
}

/// What a mailed entry is for (RFC 5546).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// To be kept.
    Publish,
    /// To be taken out.
    Cancel,
}

impl Method {
    /// As calendars write it.
    pub fn word(self) -> &'static str {
        match self {
            Method::Publish => "PUBLISH",
            Method::Cancel => "CANCEL",
        }
    }
}

impl Entry<'_> {
    /// As a file that somebody takes along.
    pub fn file(&self) -> String {
        Calendar::new().push(self.event().done()).done().to_string()
    }

    /// As what is sent to somebody by `organizer`, an address.
    pub fn sent(&self, method: Method, organizer: &str) -> String {
        let mut event = self.event();
        event.add_property("ORGANIZER", format!("mailto:{organizer}"));
        let mut calendar = Calendar::new();
        calendar.append_property(("METHOD", method.word()));
        calendar.push(event.done()).done().to_string()
    }

    fn event(&self) -> Event {
        let mut event = Event::new();
        event.uid(&format!("{}@headcount", self.id)).summary(&lines(self.title)).url(&self.url);
        event.add_property("SEQUENCE", self.seq.0.to_string());
        event.add_property("DTSTAMP", utc(self.now));
        if !self.location.is_empty() {
            event.location(&lines(self.location));
        }
        for (property, time) in [("DTSTART", self.starts_at), ("DTEND", self.ends_at)] {
            if let Some(time) = time {
                event.add_property(property, utc(time));
            }
        }
        event.add_property("STATUS", if self.place == Place::Taken { "CONFIRMED" } else { "CANCELLED" });
        event
    }
}

/// A text whose lines end as the writer of entries expects it: it knows of no other end of a line, and of no other control
/// character.
fn lines(text: &str) -> String {
    let is_unknown = |c: char| c.is_control() && c != '\n';
    text.replace("\r\n", "\n").replace('\r', "\n").replace(is_unknown, " ")
}

/// A moment as RFC 5545 writes it in UTC.
fn utc(time: Millis) -> String {
    let time = jiff::Timestamp::from_millisecond(time.0).unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use headcount_simulation::spoil::try_all;

    use super::*;

    fn entry(title: &str, place: Place) -> Entry<'_> {
        let (starts_at, now) = (Some(Millis(1_700_000_000_000)), Millis(1_600_000_000_000));
        let url = "https://events.example/e/fair".to_owned();
        Entry { id: "7".to_owned(), seq: Seq(12), title, location: "", url, starts_at, ends_at: None, place, now }
    }

    #[test]
    fn what_is_sent_says_what_it_is_for() {
        let sent = entry("Fair", Place::Taken).sent(Method::Publish, "club@example.org");
        for line in [
            "METHOD:PUBLISH",
            "UID:7@headcount",
            "SEQUENCE:12",
            "DTSTAMP:20200913T122640Z",
            "DTSTART:20231114T221320Z",
            "STATUS:CONFIRMED",
            "ORGANIZER:mailto:club@example.org",
        ] {
            assert!(sent.lines().any(|found| found == line), "{line} in {sent}");
        }
        let cancelled = entry("Fair", Place::None).sent(Method::Cancel, "club@example.org");
        assert!(cancelled.contains("METHOD:CANCEL\r\n") && cancelled.contains("STATUS:CANCELLED\r\n"), "{cancelled}");
        assert!(!entry("Fair", Place::Taken).file().contains("METHOD"));
    }

    #[test]
    fn a_title_adds_no_line() {
        let file = entry("Fair\r\nATTENDEE:mailto:all@example.org", Place::Taken).file();
        assert!(!file.lines().any(|line| line.starts_with("ATTENDEE")), "{file}");
    }

    #[test]
    fn whatever_a_title_is_the_lines_are_those_of_an_entry() {
        const NAMES: [&str; 16] = [
            "BEGIN",
            "END",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "METHOD",
            "UID",
            "SEQUENCE",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "STATUS",
            "SUMMARY",
            "LOCATION",
            "URL",
            "ORGANIZER",
        ];
        try_all(&["Fair", "Fair, at noon; and\r\nmore", "גן ילדים: מסיבה", "\\n"], |text| {
            let place = Entry { location: text, ..entry(text, Place::Taken) };
            for file in [place.file(), place.sent(Method::Cancel, "club@example.org")] {
                // A long line goes on behind a space.
                for line in file.split("\r\n").filter(|line| !line.is_empty() && !line.starts_with(' ')) {
                    assert!(NAMES.iter().any(|name| line.starts_with(&format!("{name}:"))), "{line:?} in {file:?}");
                    assert!(line.len() <= 75, "{line:?} is too long");
                }
                assert!(!file.replace("\r\n", "").contains(['\r', '\n']), "{file:?}");
            }
        });
    }
}
