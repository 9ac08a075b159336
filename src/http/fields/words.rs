//! Settings that are one of a few words.

use headcount_core::command::{IfBelow, IfFull};
use headcount_core::event::{EventStatus, OnePer, PhonePolicy, Status, Visibility, WaitlistPolicy};
use headcount_core::view::SignUpState;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::http::json::{Field, Why};
use crate::http::older::{OlderResponse, OlderStatus};
use crate::http::respond::Response;
use crate::store::read::Dates;

/// Types that are read from one of a few words.
pub(in crate::http) trait Words {
    /// The words.
    const WORDS: &'static [&'static str];
}

macro_rules! words {
    ($($type:ty: $expected:literal = $words:expr;)*) => {$(
        impl Words for $type {
            const WORDS: &'static [&'static str] = &$words;
        }

        impl Field<'_> for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Result<Self, Why> {
                let word: StrDeserializer<'_, Error> = text.into_deserializer();
                <$type>::deserialize(word).map_err(|_| concat!("must be ", $expected).into())
            }
        }
    )*};
}

words! {
    EventStatus: "draft, published, closed or cancelled" = ["draft", "published", "closed", "cancelled"];
    Visibility: "public, unlisted or team" = ["public", "unlisted", "team"];
    OnePer: "email or email_and_name" = ["email", "email_and_name"];
    PhonePolicy: "hidden, optional or required" = ["hidden", "optional", "required"];
    WaitlistPolicy: "strict, fill_gaps or off" = ["strict", "fill_gaps", "off"];
    Response: "accept or decline" = ["accept", "decline"];
    OlderResponse: "accept or decline" = ["accept", "accepted", "decline", "declined"];
    OlderStatus: "CONFIRMED, WAITLIST or CANCELLED" = ["CONFIRMED", "WAITLIST", "CANCELLED"];
    Status: "confirmed, held, waitlisted, declined, cancelled or removed" =
        ["confirmed", "held", "waitlisted", "declined", "cancelled", "removed"];
}

impl Words for SignUpState {
    const WORDS: &'static [&'static str] = &["open", "not_open_yet", "closed"];
}

impl Words for IfFull {
    const WORDS: &'static [&'static str] = &["wait", "refuse"];
}

impl Field<'_> for IfFull {
    const EXPECTED: &'static str = "wait or refuse";

    fn from_text(text: &str) -> Result<IfFull, Why> {
        match text {
            "wait" => Ok(IfFull::Wait),
            "refuse" => Ok(IfFull::Refuse),
            _ => Err(format!("must be {}", IfFull::EXPECTED).into()),
        }
    }
}

impl Field<'_> for Dates {
    const EXPECTED: &'static str = "any or unset";

    fn from_text(text: &str) -> Result<Dates, Why> {
        match text {
            "any" => Ok(Dates::Any),
            "unset" => Ok(Dates::Unset),
            _ => Err(format!("must be {}", Dates::EXPECTED).into()),
        }
    }
}

impl Words for IfBelow {
    const WORDS: &'static [&'static str] = &["refuse", "keep", "waitlist_latest"];
}

impl Field<'_> for IfBelow {
    const EXPECTED: &'static str = "refuse, keep or waitlist_latest";

    fn from_text(text: &str) -> Result<IfBelow, Why> {
        match text {
            "refuse" => Ok(IfBelow::Refuse),
            "keep" => Ok(IfBelow::Keep),
            "waitlist_latest" => Ok(IfBelow::WaitlistLatest),
            _ => Err(format!("must be {}", IfBelow::EXPECTED).into()),
        }
    }
}
