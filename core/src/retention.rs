//! How long what is personal is kept: when an event is over, and when nobody must be able to tell any more who was there.

use crate::event::{Details, EventSettings, Registration, RoleSettings};
use crate::ids::Millis;
use crate::person::key_by_entry;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl EventSettings {
    /// When the event is over: the latest of the ends of it and of its roles; where no end is set, the start counts. None:
    /// nobody has said yet when it is.
    pub fn over_at<'a>(&self, roles: impl IntoIterator<Item = &'a RoleSettings>) -> Option<Millis> {
        let of_roles = roles.into_iter().filter_map(|role| role.ends_at.or(role.starts_at));
        of_roles.chain(self.ends_at.or(self.starts_at)).max()
    }

    /// Whether it is over.
    pub fn is_over<'a>(&self, roles: impl IntoIterator<Item = &'a RoleSettings>, now: Millis) -> bool {
        self.over_at(roles).is_some_and(|over_at| over_at <= now)
    }

    /// Whether the time is over for which what is personal is kept.
    pub fn is_kept_long_enough<'a>(&self, roles: impl IntoIterator<Item = &'a RoleSettings>, now: Millis) -> bool {
        let Some(days) = self.retention_days else { return false };
        let until = |over_at: Millis| over_at.0.saturating_add(i64::from(days).saturating_mul(DAY_MS));
        self.over_at(roles).is_some_and(|over_at| until(over_at) <= now.0)
    }
}

impl Registration {
    /// Whether nobody can tell whose it is, as after an erasure.
    pub fn is_erased(&self) -> bool {
        self.details == Details::default() && self.person.key == key_by_entry(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MS;

    fn event(starts_at: Option<i64>, ends_at: Option<i64>) -> EventSettings {
        let (starts_at, ends_at) = (starts_at.map(Millis), ends_at.map(Millis));
        EventSettings { starts_at, ends_at, retention_days: Some(30), ..EventSettings::usual("fair".into()) }
    }

    fn role(starts_at: Option<i64>, ends_at: Option<i64>) -> RoleSettings {
        let (starts_at, ends_at) = (starts_at.map(Millis), ends_at.map(Millis));
        RoleSettings { capacity: None, starts_at, ends_at, order: 0, min_needed: 0, closed: false }
    }

    #[test]
    fn an_event_is_over_when_the_last_part_of_it_is() {
        for (event, roles, over_at) in [
            (event(None, None), vec![role(None, None)], None),
            (event(Some(5), None), vec![role(None, None)], Some(5)),
            (event(Some(5), Some(8)), vec![role(None, None)], Some(8)),
            (event(Some(5), Some(8)), vec![role(Some(6), None), role(Some(7), Some(9))], Some(9)),
            (event(Some(5), Some(8)), vec![role(Some(6), Some(7))], Some(8)),
            (event(None, None), vec![role(None, None), role(Some(6), None)], Some(6)),
        ] {
            assert_eq!(event.over_at(&roles), over_at.map(Millis));
            let is_over = |now| event.is_over(&roles, Millis(now));
            assert_eq!((is_over(over_at.unwrap_or(0) - 1), is_over(i64::MAX)), (false, over_at.is_some()));
        }
    }

    #[test]
    fn what_is_personal_is_kept_for_so_many_days_after_it() {
        let roles = [role(None, None)];
        let kept = event(Some(0), Some(5));
        assert!(!kept.is_kept_long_enough(&roles, Millis(30 * DAY + 4)));
        assert!(kept.is_kept_long_enough(&roles, Millis(30 * DAY + 5)));
        let ever = EventSettings { retention_days: None, ..kept };
        assert!(!ever.is_kept_long_enough(&roles, Millis(i64::MAX)));
        assert!(!event(None, None).is_kept_long_enough(&roles, Millis(i64::MAX)), "nobody knows when it is over");
        assert!(!event(Some(i64::MAX), None).is_kept_long_enough(&roles, Millis(i64::MAX - 1)));
    }
}
