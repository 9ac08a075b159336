//! The fields of a document, taken out one by one under whichever of their names stands there. What nobody takes is left
//! over, so that nothing is lost without being seen.

use headcount_core::event::{EventStatus, Status};
use headcount_core::ids::Millis;
use headcount_core::limits;
use jiff::civil;
use serde_json::{Map, Value};

use super::source::{Place, Problem};

/// A document that is being read.
pub(crate) struct Fields<'a> {
    pub(crate) place: Place,
    fields: Map<String, Value>,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(place: Place, fields: Map<String, Value>, problems: &'a mut Vec<Problem>) -> Fields<'a> {
        Fields { place, fields, problems }
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }

    /// Whether any of these is there.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.fields.contains_key(*name))
    }

    pub(crate) fn wrong(&mut self, field: &str, why: &str) {
        self.problems.push(self.place.problem(format!("`{field}` {why}")));
    }

    /// The first of these names that is there and not null.
    pub(crate) fn take(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        let name = names.iter().find(|name| self.fields.get(**name).is_some_and(|value| !value.is_null()))?;
        Some((name, self.fields.remove(*name)?))
    }

    /// A text, trimmed; an empty one is none.
    pub(crate) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        match self.take(names)? {
            (name, Value::String(text)) => self.clean(name, text.trim()),
            (name, other) => {
                self.wrong(name, &format!("must be a text, not {}", kind(&other)));
                None
            }
        }
    }

    fn clean(&mut self, name: &str, text: &str) -> Option<String> {
        if text.len() > limits::TEXT_BYTES_MAX {
            self.wrong(name, &format!("must be at most {} bytes long", limits::TEXT_BYTES_MAX));
            None
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(name, "must not contain control characters such as NUL");
            None
        } else {
            Some(text.to_owned()).filter(|text| !text.is_empty())
        }
    }

    /// What `check` makes of a text.
    pub(crate) fn checked<T, E: AsRef<str>>(
        &mut self,
        names: &[&'static str],
        check: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let name = *names.iter().find(|name| self.has(&[name]))?;
        let text = self.text(names)?;
        check(&text).map_err(|why| self.wrong(name, why.as_ref())).ok()
    }

    /// An id: a text or a whole number.
    pub(crate) fn id(&mut self, names: &[&'static str]) -> Option<String> {
        match self.take(names)? {
            (name, Value::String(text)) => self.clean(name, text.trim()),
            (_, Value::Number(number)) => Some(number.to_string()),
            (name, other) => {
                self.wrong(name, &format!("must be an id, not {}", kind(&other)));
                None
            }
        }
    }

    /// A whole number from `min` to `max`, also written as a text.
    pub(crate) fn number(&mut self, names: &[&'static str], min: u32, max: u32) -> Option<u32> {
        let (name, value) = self.take(names)?;
        let number = match &value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        let number = number.and_then(|number| u32::try_from(number).ok()).filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.wrong(name, &format!("must be a whole number from {min} to {max}, not {value}"));
        }
        number
    }

    /// A moment. Without a time zone it is one of UTC.
    pub(crate) fn time(&mut self, names: &[&'static str]) -> Option<Millis> {
        let (name, value) = self.take(names)?;
        let time = match &value {
            Value::String(text) => moment(text.trim()),
            Value::Number(number) => number.as_i64().and_then(of_millis),
            _ => None,
        };
        if time.is_none() {
            let example = "a time such as 2024-05-01T10:00:00Z, or milliseconds since 1970";
            self.wrong(name, &format!("must be {example}, not {value}"));
        }
        time
    }

    /// A list, also as JSON in a cell of a table.
    pub(crate) fn list(&mut self, names: &[&'static str]) -> Option<(&'static str, Vec<Value>)> {
        let (name, value) = self.take(names)?;
        match in_cell(value) {
            Value::Array(items) => Some((name, items)),
            other => {
                self.wrong(name, &format!("must be a list, not {}", kind(&other)));
                None
            }
        }
    }

    /// An object, also as JSON in a cell of a table.
    pub(crate) fn object(&mut self, names: &[&'static str]) -> Option<Map<String, Value>> {
        let (name, value) = self.take(names)?;
        match in_cell(value) {
            Value::Object(fields) => Some(fields),
            other => {
                self.wrong(name, &format!("must be an object, not {}", kind(&other)));
                None
            }
        }
    }
}

/// Smaller numbers would be milliseconds of 1970 to 1973, and are more likely seconds.
const SHORTEST_MILLIS: u64 = 100_000_000_000;

/// A number that is a time of the calendar.
fn of_millis(millis: i64) -> Option<Millis> {
    let is_time = millis.unsigned_abs() >= SHORTEST_MILLIS && jiff::Timestamp::from_millisecond(millis).is_ok();
    is_time.then_some(Millis(millis))
}

fn moment(text: &str) -> Option<Millis> {
    let at = text.parse::<jiff::Timestamp>().ok();
    let at = at.or_else(|| {
        let civil =
            text.parse::<civil::DateTime>().ok().or_else(|| Some(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)))?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    at.map(|at| Millis(at.as_millisecond()))
}

fn in_cell(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What the words of other systems for the status of a registration mean.
pub(crate) fn status_of(word: &str) -> Option<Status> {
    Some(match word.to_lowercase().as_str() {
        "confirmed" | "accepted" | "accept" | "registered" | "active" | "approved" | "attending" | "signed_up" => {
            Status::Confirmed
        }
        "waitlist" | "waitlisted" | "waiting" => Status::Waitlisted,
        "declined" | "decline" => Status::Declined,
        "cancelled" | "canceled" | "withdrawn" => Status::Cancelled,
        "removed" | "deleted" => Status::Removed,
        _ => return None,
    })
}

/// What the words of other systems for the status of an event mean.
pub(crate) fn event_status_of(word: &str) -> Option<EventStatus> {
    Some(match word.to_lowercase().as_str() {
        "draft" => EventStatus::Draft,
        "published" | "open" | "active" | "upcoming" | "scheduled" => EventStatus::Published,
        "closed" | "completed" | "finished" | "past" => EventStatus::Closed,
        "cancelled" | "canceled" => EventStatus::Cancelled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_that_dumps_have() {
        let expected = Some(Millis(1_714_557_600_000));
        for text in
            ["2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", "2024-05-01 10:00:00", "2024-05-01T10:00:00.000Z"]
        {
            assert_eq!(moment(text), expected, "{text}");
        }
        assert_eq!(moment("2024-05-01"), Some(Millis(1_714_521_600_000)));
        for wrong in ["", "yesterday", "2024-13-01", "2024-02-30T10:00:00Z", "01.05.2024"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
