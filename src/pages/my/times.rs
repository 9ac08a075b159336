//! When somebody would be busy.

use headcount_core::ids::Millis;

use crate::pages::answers::{Event, Role, Time};

/// How long something lasts whose end is not told.
const UNTOLD_MS: i64 = 2 * 3_600_000;

/// From when to when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub(super) from: Millis,
    pub(super) to: Millis,
    pub(super) end: End,
}

/// Whether the end is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Told,
    /// It counts as two hours.
    Untold,
}

impl Slot {
    /// The time of a role: its own, else that of its event; none: nobody knows yet.
    pub(super) fn of(event: &Event, role: &Role) -> Option<Slot> {
        let ends_at = role.ends_at.or(if role.starts_at.is_none() { event.ends_at } else { None });
        Some(Slot::new(role.starts_at.or(event.starts_at)?, ends_at))
    }

    fn new(Time(from): Time, to: Option<Time>) -> Slot {
        match to {
            Some(Time(to)) if to > from => Slot { from, to, end: End::Told },
            _ => Slot { from, to: Millis(from.0.saturating_add(UNTOLD_MS)), end: End::Untold },
        }
    }

    /// Whether nobody can be at both. One may begin where the other ends.
    pub(super) fn overlaps(self, other: Slot) -> bool {
        self.from < other.to && other.from < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(from: i64, to: Option<i64>) -> Slot {
        Slot::new(Time(Millis(from)), to.map(|to| Time(Millis(to))))
    }

    #[test]
    fn two_things_are_at_the_same_time_if_they_share_a_moment() {
        for (one, other, overlap) in [
            ((0, 10), (10, 20), false),
            ((0, 10), (9, 20), true),
            ((0, 10), (2, 3), true),
            ((5, 6), (0, 5), false),
            ((0, 10), (0, 10), true),
        ] {
            let [one, other] = [one, other].map(|(from, to)| slot(from, Some(to)));
            assert_eq!(one.overlaps(other), overlap, "{one:?} {other:?}");
            assert_eq!(other.overlaps(one), overlap, "{one:?} {other:?}");
        }
    }

    #[test]
    fn without_an_end_it_lasts_two_hours_and_that_is_said() {
        let untold = slot(0, None);
        assert_eq!((untold.to, untold.end), (Millis(7_200_000), End::Untold));
        assert!(untold.overlaps(slot(7_199_999, Some(8_000_000))));
        assert!(!untold.overlaps(slot(7_200_000, Some(8_000_000))));
        assert_eq!(slot(0, Some(1)).end, End::Told);
    }
}
