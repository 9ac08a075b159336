//! Whether somebody may come in, and what to do if not.

use headcount_core::event::Status;

use super::people::Person;
use crate::pages::answers::Event;
use crate::pages::parts::Tone;

/// What is told of somebody at the door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// They have a place, and nobody of them is here.
    ComeIn,
    /// Some of the party are here.
    PartIsIn,
    /// They were just let in, all of them.
    Welcome,
    /// All of the party are here already.
    AllAreIn,
    /// They have not confirmed their address.
    Held,
    Waitlisted,
    Cancelled,
    Removed,
    /// The event does not take place.
    EventCancelled,
    /// What was pressed waits for the network. Only the script says it.
    Queued,
}

/// When it is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    /// They are at the door.
    Arriving,
    /// Something was just pressed for them here.
    Pressed,
}

const ALL: [Verdict; 10] = [
    Verdict::ComeIn,
    Verdict::PartIsIn,
    Verdict::Welcome,
    Verdict::AllAreIn,
    Verdict::Held,
    Verdict::Waitlisted,
    Verdict::Cancelled,
    Verdict::Removed,
    Verdict::EventCancelled,
    Verdict::Queued,
];

impl Verdict {
    pub(super) fn of(person: &Person, event: &Event, moment: Moment) -> Verdict {
        match person.status {
            _ if event.is_cancelled() => Verdict::EventCancelled,
            Status::Held => Verdict::Held,
            Status::Waitlisted => Verdict::Waitlisted,
            Status::Declined | Status::Cancelled => Verdict::Cancelled,
            Status::Removed => Verdict::Removed,
            Status::Confirmed if person.checked_in == 0 => Verdict::ComeIn,
            Status::Confirmed if person.left() > 0 => Verdict::PartIsIn,
            Status::Confirmed if moment == Moment::Pressed => Verdict::Welcome,
            Status::Confirmed => Verdict::AllAreIn,
        }
    }

    pub(super) fn all() -> impl Iterator<Item = Verdict> {
        ALL.into_iter()
    }

    /// What the script calls it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Verdict::ComeIn => "come_in",
            Verdict::PartIsIn => "part_is_in",
            Verdict::Welcome => "welcome",
            Verdict::AllAreIn => "all_are_in",
            Verdict::Held => "held",
            Verdict::Waitlisted => "waitlisted",
            Verdict::Cancelled => "cancelled",
            Verdict::Removed => "removed",
            Verdict::EventCancelled => "event_cancelled",
            Verdict::Queued => "queued",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Verdict::ComeIn | Verdict::PartIsIn | Verdict::Welcome => Tone::Good,
            Verdict::Queued => Tone::Wait,
            _ => Tone::Bad,
        }
    }

    /// The text of what is so.
    pub(super) fn title(self) -> &'static str {
        match self {
            Verdict::ComeIn => "door-come-in",
            Verdict::PartIsIn => "door-part",
            Verdict::Welcome => "door-welcome",
            Verdict::AllAreIn => "door-all",
            Verdict::Held => "door-held",
            Verdict::Waitlisted => "door-waitlisted",
            Verdict::Cancelled => "door-cancelled",
            Verdict::Removed => "door-removed",
            Verdict::EventCancelled => "door-event-cancelled",
            Verdict::Queued => "door-queued",
        }
    }

    /// The text of what to do.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Verdict::ComeIn => "door-come-in-do",
            Verdict::PartIsIn => "door-part-do",
            Verdict::Welcome => "door-welcome-do",
            Verdict::AllAreIn => "door-all-do",
            Verdict::Held => "door-held-do",
            Verdict::Waitlisted => "door-waitlisted-do",
            Verdict::Cancelled => "door-cancelled-do",
            Verdict::Removed => "door-removed-do",
            Verdict::EventCancelled => "door-event-cancelled-do",
            Verdict::Queued => "door-queued-do",
        }
    }
}
