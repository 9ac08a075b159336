//! Reading JSON strictly: no unknown or doubled fields, and every wrong type or value remembered, so that all problems
//! of a request are told at once.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use headcount_core::ids::Millis;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::problem::{FieldProblem, Problem};

/// Why a value cannot be taken, as the rest of a sentence that begins with the field's name.
pub(super) type Why = Cow<'static, str>;

/// A field of a request, as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Sent<T> {
    /// Not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// Something that cannot be taken.
    Wrong(Why),
    /// As it should be.
    Value(T),
}

/// What can stand in a field. A type takes what it can be read from; all else is answered with `EXPECTED`.
pub(super) trait Field<'de>: Sized {
    /// What it must be, after "must be".
    const EXPECTED: &'static str;

    /// From a text.
    fn from_text(_text: &str) -> Result<Self, Why> {
        Err(unexpected::<Self>())
    }

    /// From a whole number; far too large ones come as the largest there is.
    fn from_number(_number: i64) -> Result<Self, Why> {
        Err(unexpected::<Self>())
    }

    /// From true or false.
    fn from_bool(_value: bool) -> Result<Self, Why> {
        Err(unexpected::<Self>())
    }

    /// From a list.
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Result<Self, Why>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(unexpected::<Self>()))
    }

    /// From an object.
    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Result<Self, Why>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(unexpected::<Self>()))
    }
}

fn unexpected<'de, T: Field<'de>>() -> Why {
    format!("must be {}", T::EXPECTED).into()
}

/// An object with fields of its own, read by its `Deserialize`.
pub(super) fn read_object<'de, T: Deserialize<'de>, A: MapAccess<'de>>(object: A) -> Result<Result<T, Why>, A::Error> {
    T::deserialize(MapAccessDeserializer::new(object)).map(Ok)
}

impl<'de> Field<'de> for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_bool(value: bool) -> Result<bool, Why> {
        Ok(value)
    }
}

impl<'de, T: Field<'de>> Field<'de> for Vec<Sent<T>> {
    const EXPECTED: &'static str = "a list";

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Result<Self, Why>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Ok(items))
    }
}

impl<'de, T: Field<'de>> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SentVisitor(PhantomData))
    }
}

struct SentVisitor<T>(PhantomData<T>);

impl<T> From<Result<T, Why>> for Sent<T> {
    fn from(result: Result<T, Why>) -> Sent<T> {
        result.map_or_else(Sent::Wrong, Sent::Value)
    }
}

impl<'de, T: Field<'de>> Visitor<'de> for SentVisitor<T> {
    type Value = Sent<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<Sent<T>, E> {
        Ok(Sent::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Sent<T>, E> {
        Ok(T::from_bool(value).into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Sent<T>, E> {
        Ok(T::from_number(number).into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Sent<T>, E> {
        Ok(T::from_number(i64::try_from(number).unwrap_or(i64::MAX)).into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Sent<T>, E> {
        // A conversion from a float saturates; 1e9 is a whole number like any other.
        let whole = number.fract() == 0.0;
        Ok(if whole { T::from_number(number as i64).into() } else { Sent::Wrong(unexpected::<T>()) })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Sent<T>, E> {
        Ok(T::from_text(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Sent<T>, A::Error> {
        T::from_list(list).map(Sent::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Sent<T>, A::Error> {
        T::from_object(object).map(Sent::from)
    }
}

/// Reads a body; an empty one stands for an object without fields.
pub(super) fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // A list would be taken for the fields in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::malformed("The body must be a JSON object, such as {\"name\": \"Ann\"}."));
    }
    serde_json::from_slice(body).map_err(|error| Problem::malformed(format!("The body cannot be read: {error}.")))
}

/// Collects what is wrong with the fields of a request.
#[derive(Debug, Default)]
pub(super) struct Checks {
    within: String,
    problems: Vec<FieldProblem>,
}

impl Checks {
    /// Notes what is wrong with a field.
    pub(super) fn wrong(&mut self, field: &str, problem: impl Into<Why>) {
        self.problems.push(FieldProblem { field: format!("{}{field}", self.within), problem: problem.into() });
    }

    /// The value; none if it was not sent, is `null` or wrong.
    pub(super) fn given<T>(&mut self, field: &str, sent: Sent<T>) -> Option<T> {
        self.nullable(field, sent).flatten()
    }

    /// The value, which must be there; none means that a problem was noted.
    pub(super) fn required<T>(&mut self, field: &str, sent: Sent<T>) -> Option<T> {
        if matches!(sent, Sent::Absent | Sent::Null) {
            self.wrong(field, "is required");
        }
        self.given(field, sent)
    }

    /// For a change that can clear: none if it was not sent, none within if it is `null`.
    pub(super) fn nullable<T>(&mut self, field: &str, sent: Sent<T>) -> Option<Option<T>> {
        match sent {
            Sent::Absent => None,
            Sent::Null => Some(None),
            Sent::Value(value) => Some(Some(value)),
            Sent::Wrong(why) => {
                self.wrong(field, why);
                None
            }
        }
    }

    /// For a change of what cannot be cleared.
    pub(super) fn change<T>(&mut self, field: &str, sent: Sent<T>) -> Option<T> {
        if matches!(sent, Sent::Null) {
            self.wrong(field, "cannot be null; leave it out instead");
        }
        self.given(field, sent)
    }

    /// The different items of a list, of which there may be so many.
    pub(super) fn set<T: Ord>(&mut self, field: &str, sent: Vec<Sent<T>>, items_max: usize) -> BTreeSet<T> {
        if sent.len() > items_max {
            self.wrong(field, format!("must have at most {items_max} items"));
            return BTreeSet::new();
        }
        let items = sent.into_iter().enumerate();
        items.filter_map(|(index, item)| self.required(&format!("{field}[{index}]"), item)).collect()
    }

    /// When something ends: later than now, and not too far ahead.
    pub(super) fn end(&mut self, field: &str, sent: Sent<Millis>, now: Millis, age_ms_max: i64) -> Option<Millis> {
        let end = self.given(field, sent)?;
        if end <= now {
            self.wrong(field, "must lie ahead");
        } else if end.0 - now.0 > age_ms_max {
            self.wrong(field, format!("must be at most {} days ahead", age_ms_max / (24 * 60 * 60 * 1_000)));
        }
        Some(end)
    }

    /// For what does not belong here.
    pub(super) fn unwanted<T>(&mut self, field: &str, sent: &Sent<T>, why: impl Into<Why>) {
        if !matches!(sent, Sent::Absent) {
            self.wrong(field, why);
        }
    }

    /// Checks what lies within a field, such as `waitlist.` or `roles[2].`.
    pub(super) fn within<T>(&mut self, field: &str, check: impl FnOnce(&mut Checks) -> T) -> T {
        let outer = self.within.clone();
        self.within.push_str(field);
        let value = check(self);
        self.within = outer;
        value
    }

    /// # Errors
    /// If anything was wrong: all of it.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }
}
