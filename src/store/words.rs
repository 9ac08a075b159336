//! Words of the domain as both databases store them.

use std::collections::BTreeSet;

use headcount_core::event::{EventStatus, OnePer, PhonePolicy, Status, Visibility, WaitlistPolicy};
use headcount_core::ids::TeamId;
use headcount_core::notice::NoticeKind;
use uuid::Uuid;

/// A word of the domain, stored as text.
pub(super) trait Word: Copy {
    /// How it is stored.
    fn word(self) -> &'static str;
    /// What was stored.
    fn of_word(word: &str) -> Option<Self>;
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ })+) => {$(
        impl Word for $type {
            fn word(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }

            fn of_word(word: &str) -> Option<$type> {
                match word { $($word => Some($type::$variant),)+ _ => None }
            }
        }
    )+};
}

words! {
    EventStatus { Draft = "draft", Published = "published", Closed = "closed", Cancelled = "cancelled" }
    Visibility { Public = "public", Unlisted = "unlisted", Team = "team" }
    OnePer { Email = "email", EmailAndName = "email_and_name" }
    PhonePolicy { Hidden = "hidden", Optional = "optional", Required = "required" }
    WaitlistPolicy { Strict = "strict", FillGaps = "fill_gaps", Off = "off" }
    Status {
        Confirmed = "confirmed", Held = "held", Waitlisted = "waitlisted", Declined = "declined", Cancelled = "cancelled",
        Removed = "removed"
    }
    NoticeKind {
        Verify = "verify", AlreadySignedUp = "already_signed_up", Confirmed = "confirmed", Waitlisted = "waitlisted",
        Promoted = "promoted", Moved = "moved", Resized = "resized", Demoted = "demoted", Expired = "expired",
        Cancelled = "cancelled", Removed = "removed", RemovedBecause = "removed_because", EventChanged = "event_changed", EventCancelled = "event_cancelled",
        Called = "called"
    }
}

/// Teams as they are stored: their ids with a blank between them.
pub(super) fn teams_text(teams: &BTreeSet<TeamId>) -> String {
    teams.iter().map(TeamId::to_string).collect::<Vec<_>>().join(" ")
}

/// What [`teams_text`] wrote.
pub(super) fn read_teams(text: &str) -> Option<BTreeSet<TeamId>> {
    text.split_whitespace().map(|id| Uuid::try_parse(id).ok().map(TeamId)).collect()
}
