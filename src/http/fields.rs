//! What may stand in the fields of a request: one type each, that cannot hold anything else.

use std::borrow::Cow;

use headcount_core::command::RoleRef;
use headcount_core::ids::{Millis, OrganizationId, RegistrationId, RoleId, Seq, Spots, TeamId};
use headcount_core::limits;
use jiff::Timestamp;
use serde::de::MapAccess;
use uuid::Uuid;

use super::json::{Field, Why};
use super::metadata;

mod contact;
mod people;
mod words;

pub(super) use contact::{Email, Name, Phone, Region};
pub(super) use people::TypedPassword;
pub(super) use words::Words;

/// A free text, empty or of several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(pub String);

/// An event's name in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slug(pub String);

/// The IANA name of a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeZone(pub String);

/// A time in the query of an address, where a `+` that is not written as `%2B` arrives as a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeInQuery(pub Millis);

/// A JSON object, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metadata(pub String);

/// A JSON object of a registration, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SmallMetadata(pub String);

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<const MIN: i64, const MAX: i64>(i64);

/// A number of places; `null` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity(pub u32);

/// 0000-01-01T00:00:00Z.
const YEAR_ZERO: Millis = Millis(-62_167_219_200_000);

/// Any number that counts something.
pub(super) type Count = Number<0, { u32::MAX as i64 }>;

impl<const MIN: i64, const MAX: i64> Number<MIN, MAX> {
    /// The number.
    pub(super) fn u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }

    /// The number, where it can be negative.
    pub(super) fn i32(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }
}

impl<const MIN: i64, const MAX: i64> Field<'_> for Number<MIN, MAX> {
    const EXPECTED: &'static str = "a whole number";

    fn from_number(number: i64) -> Result<Self, Why> {
        let range = (MIN..=MAX).contains(&number);
        range.then_some(Number(number)).ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}").into())
    }
}

impl Field<'_> for Capacity {
    const EXPECTED: &'static str = "a whole number; null means unlimited";

    fn from_number(number: i64) -> Result<Capacity, Why> {
        let capacity = u32::try_from(number).ok().filter(|capacity| *capacity <= limits::CAPACITY_MAX);
        let wrong = || format!("must be a whole number from 0 to {}; null means unlimited", limits::CAPACITY_MAX);
        capacity.map(Capacity).ok_or_else(|| wrong().into())
    }
}

impl Field<'_> for Spots {
    const EXPECTED: &'static str = "a whole number, at least 1";

    fn from_number(number: i64) -> Result<Spots, Why> {
        let spots = u32::try_from(number).ok().and_then(|number| Spots::try_from(number).ok());
        spots.ok_or_else(|| format!("must be between 1 and {}", limits::SPOTS_MAX).into())
    }
}

impl Field<'_> for Text {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Text, Why> {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("must not contain control characters such as NUL".into());
        }
        short_enough(text.trim(), limits::TEXT_BYTES_MAX).map(Text)
    }
}

impl Text {
    /// The text; none if it is empty.
    pub(super) fn non_empty(self) -> Option<String> {
        Some(self.0).filter(|text| !text.is_empty())
    }
}

impl Field<'_> for Slug {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Slug, Why> {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if text.len() > limits::SLUG_BYTES_MAX || !text.split('-').all(is_word) {
            return Err("must be 1 to 80 lower-case letters a-z, digits and single hyphens between them".into());
        }
        if Uuid::try_parse(text).is_ok() {
            return Err("must not look like an id".into());
        }
        Ok(Slug(text.to_owned()))
    }
}

impl Field<'_> for TimeZone {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<TimeZone, Why> {
        let zone = jiff::tz::TimeZone::get(text).ok();
        let name = zone.as_ref().and_then(jiff::tz::TimeZone::iana_name).map(str::to_owned);
        name.map(TimeZone).ok_or("must be the IANA name of a time zone, such as Europe/Berlin".into())
    }
}

impl<'de> Field<'de> for Metadata {
    const EXPECTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<Metadata, Why>, A::Error> {
        Ok(metadata::read(object)?.and_then(|text| short_enough(&text, limits::TEXT_BYTES_MAX)).map(Metadata))
    }
}

impl<'de> Field<'de> for SmallMetadata {
    const EXPECTED: &'static str = Metadata::EXPECTED;

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<SmallMetadata, Why>, A::Error> {
        let read = metadata::read(object)?;
        Ok(read.and_then(|text| short_enough(&text, limits::METADATA_BYTES_MAX)).map(SmallMetadata))
    }
}

impl Field<'_> for Millis {
    const EXPECTED: &'static str = "a time with offset, such as 2026-09-01T18:00:00+02:00";

    fn from_text(text: &str) -> Result<Millis, Why> {
        read_time(text).ok_or_else(|| format!("must be {}", Millis::EXPECTED).into())
    }
}

impl Field<'_> for TimeInQuery {
    const EXPECTED: &'static str = Millis::EXPECTED;

    fn from_text(text: &str) -> Result<TimeInQuery, Why> {
        let blank = text.len().checked_sub("02:00".len() + 1).filter(|at| text.as_bytes()[*at] == b' ');
        let meant = blank.map(|at| format!("{}+{}", &text[..at], &text[at + 1..]));
        Millis::from_text(meant.as_deref().unwrap_or(text)).map(TimeInQuery)
    }
}

impl Field<'_> for Seq {
    const EXPECTED: &'static str = "the number of an entry, such as 12";

    fn from_text(text: &str) -> Result<Seq, Why> {
        text.parse().map(Seq).map_err(|_| format!("must be {}", Seq::EXPECTED).into())
    }
}

impl Field<'_> for RegistrationId {
    const EXPECTED: &'static str = "the id of a registration";

    fn from_text(text: &str) -> Result<RegistrationId, Why> {
        let id = read_id(text).map(RegistrationId);
        id.ok_or_else(|| format!("must be {}", RegistrationId::EXPECTED).into())
    }
}

impl Field<'_> for OrganizationId {
    const EXPECTED: &'static str = "the id of an organization";

    fn from_text(text: &str) -> Result<OrganizationId, Why> {
        let id = read_id(text).map(OrganizationId);
        id.ok_or_else(|| format!("must be {}", OrganizationId::EXPECTED).into())
    }
}

impl Field<'_> for TeamId {
    const EXPECTED: &'static str = "the id of a team";

    fn from_text(text: &str) -> Result<TeamId, Why> {
        let id = read_id(text).map(TeamId);
        id.ok_or_else(|| format!("must be {}", TeamId::EXPECTED).into())
    }
}

impl Field<'_> for RoleRef {
    const EXPECTED: &'static str = "the id or name of a role";

    fn from_text(text: &str) -> Result<RoleRef, Why> {
        match read_id(text) {
            Some(id) => Ok(RoleRef::Id(RoleId(id))),
            None => Name::from_text(text).map(|name| RoleRef::Name(name.0)),
        }
    }
}

/// An id in its usual form of 36 characters, and in no other.
pub(super) fn read_id(text: &str) -> Option<Uuid> {
    Some(text).filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok())
}

/// A time with its offset, in a year of four digits, also where it is told again in UTC.
pub(super) fn read_time(text: &str) -> Option<Millis> {
    let time = text.parse::<Timestamp>().ok().map(|time| Millis(time.as_millisecond()));
    time.filter(|time| *time >= YEAR_ZERO)
}

/// A time as it is told.
pub(super) fn rfc3339(time: Millis) -> String {
    Timestamp::from_millisecond(time.0).map_or_else(|_| time.0.to_string(), |time| time.to_string())
}

fn short_enough(text: &str, bytes_max: usize) -> Result<String, Why> {
    if text.len() <= bytes_max { Ok(text.to_owned()) } else { Err(too_long(bytes_max)) }
}

fn too_long(bytes_max: usize) -> Cow<'static, str> {
    format!("must be at most {bytes_max} bytes long").into()
}

#[cfg(test)]
mod tests {
    use headcount_simulation::spoil::try_all;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whatever_is_sent_as_a_slug_a_time_or_an_id_is_refused_or_taken_as_it_is_told() {
        let sent = ["summer-fair-2037", "2037-05-05T18:00:00+02:00", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "-a--b-"];
        try_all(&sent, |text| {
            if let Ok(Slug(slug)) = Slug::from_text(text) {
                assert!(slug == text && slug.len() <= limits::SLUG_BYTES_MAX, "{slug}");
                assert!(slug.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{slug}");
            }
            if let Some(time) = read_time(text) {
                assert_eq!(read_time(&rfc3339(time)), Some(time));
            }
            if let Some(id) = read_id(text) {
                assert_eq!(read_id(&id.to_string()), Some(id));
            }
        });
    }

    proptest! {
        /// Whatever people type, the libraries behind it must not panic.
        #[test]
        fn any_text_is_taken_or_refused(text in "\\PC{0,40}", digits in "[+0-9 ()/.x;=-]{0,24}", region in "(DE|IL|US)?") {
            for text in [&text, &digits, &format!("+{digits}"), &format!("tel:{digits}")] {
                let region = Some(region.as_str()).filter(|region| !region.is_empty());
                let _phone = Phone::from_text(text).and_then(|phone| phone.international(region));
                let _email = Email::from_text(text);
                let _time = Millis::from_text(text);
                let _zone = TimeZone::from_text(text);
                let _region = Region::from_text(text);
                let _role = RoleRef::from_text(text);
            }
        }

        #[test]
        fn a_time_is_read_as_it_is_told(millis in -62_135_596_800_000_i64..=253_402_300_799_000) {
            prop_assert_eq!(read_time(&rfc3339(Millis(millis))), Some(Millis(millis)));
        }
    }
}
