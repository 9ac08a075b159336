//! What is stored against what the log leads to, and what is stored against itself. All rows that are compared in one
//! call must have been read at the seq up to which the log was replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use headcount_core::ids::{RegistrationId, RoleId};
use uuid::Uuid;

use super::body::{EventSettings, RoleSettings, Sums};
use super::chain::hex;
use super::replay::Replay;
use super::report::{Finding, Invariant, Mend};
use super::state::{Party, Places};
use crate::store::audit::{CounterRow, EventRow, RegistrationRow, RoleRow, SumRow, Value};

/// The rows of the registrations, as they pass by in order of their ids.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// The last id that was compared.
    pub(crate) after: Option<RegistrationId>,
    /// Who is active in which role, for the table by itself.
    active: BTreeSet<(RoleId, String)>,
}

impl Replay {
    /// Compares the row of the event, its roles, and the sums over its registrations.
    pub(crate) fn compare_event(&mut self, event: &EventRow, roles: &[RoleRow], sums: &[SumRow]) {
        self.by_log(Invariant::I18, "number of the last entry, as the event's row has it", self.chain.seq, event.seq);
        if self.chain.seq == event.seq {
            let hash = hex(&self.chain.hash);
            self.by_log(Invariant::I18, "hash of the last entry, as the event's row has it", hash, hex(&event.hash));
            let what = "time of the last entry, as the event's row has it";
            self.by_log(Invariant::I15, what, self.chain.at, event.last_at);
        }
        self.by_log(Invariant::I14, "stored revision of the settings", number(self.state.revision), event.revision);
        if let Some(settings) = self.state.settings.clone() {
            self.compare_settings(None, &event_values(&settings), &event.settings);
            let slug = settings.slug;
            let leads_here = event.slugs.iter().map(String::as_str).eq([slug.as_str()]);
            if !leads_here {
                let finding = Finding::new(Invariant::I12, self.event, "slugs that lead to the event");
                self.report.push(finding.but(format!("{slug:?}"), format!("{:?}", event.slugs)));
            }
        }
        let sums = sums_by_role(sums);
        let of_event = sums.values().fold(Sums::default(), |sum, role| add(sum, *role));
        self.compare_places(None, self.state.places, event.counters, of_event);
        self.compare_roles(roles, &sums);
    }

    fn compare_roles(&mut self, rows: &[RoleRow], sums: &BTreeMap<RoleId, Sums>) {
        let mut missing: BTreeSet<RoleId> = self.state.roles.keys().copied().collect();
        for row in rows {
            missing.remove(&row.role);
            let Some(role) = self.state.roles.get(&row.role) else {
                self.differ(
                    Invariant::I12,
                    Some(row.role),
                    "row of the role",
                    "none: the log did not make it",
                    "a row",
                );
                continue;
            };
            let (places, values) = (role.places, role_values(&role.settings));
            let skipped = role.skipped.map_or((None, 0), |(id, skips)| (Some(id), number(skips)));
            self.compare_settings(Some(row.role), &values, &row.settings);
            self.compare_places(Some(row.role), places, row.counters, sums.get(&row.role).copied().unwrap_or_default());
            let text = |(id, skips): (Option<RegistrationId>, i64)| match id {
                Some(id) => format!("{id}, {skips} times"),
                None => "nobody".to_owned(),
            };
            let what = "the first in line that was skipped";
            self.differ(Invariant::I7, Some(row.role), what, text(skipped), text((row.skipped, row.skips)));
        }
        for role in missing {
            self.differ(Invariant::I12, Some(role), "row of the role", "a row", "none");
        }
    }

    /// I2: the counters against the sums over the rows, and those against the log. I1: capacity, override, and that no
    /// more is taken than they allow.
    fn compare_places(&mut self, role: Option<RoleId>, log: Places, row: CounterRow, sums: Sums) {
        let counters = [
            ("places taken", row.reserved, sums.reserved, log.sums.reserved),
            ("parties waiting", row.waiting, sums.waiting, log.sums.waiting),
            ("registrations", row.registrations, sums.registrations, log.sums.registrations),
        ];
        for (what, counter, sum, by_log) in counters {
            if counter != number(sum) {
                let finding = Finding::new(Invariant::I2, self.event, format!("{what}, by the stored counter"));
                let finding = finding.but(format!("{sum}, the sum over the registrations"), counter);
                self.report.push(Finding { role, mend: Mend::Counters, ..finding });
            }
            if sum != by_log {
                let what = format!("{what}, by the stored registrations");
                self.differ(Invariant::I2, role, &what, format!("{by_log}, by the log"), sum.to_string());
            }
        }
        let capacity = |capacity: Option<i64>| capacity.map_or("unlimited".to_owned(), |capacity| capacity.to_string());
        self.setting(Invariant::I1, role, "capacity", &capacity(log.capacity.map(number)), &capacity(row.capacity));
        self.setting(Invariant::I1, role, "override", &log.override_spots, &row.override_spots);
        if log.full_since != row.full_since {
            let finding = Finding::new(Invariant::I14, self.event, "the stored time since when it is full");
            let finding = finding.but(format!("{}, by the log", moment(log.full_since)), moment(row.full_since));
            self.report.push(Finding { role, mend: Mend::Counters, ..finding });
        }
        let limit = row.capacity.map(|capacity| capacity.saturating_add(row.override_spots));
        if let Some(limit) = limit.filter(|limit| number(sums.reserved) > *limit) {
            let finding = Finding::new(Invariant::I1, self.event, "places taken, by the stored registrations");
            let finding = finding.but(format!("at most {limit}, by the stored capacity"), sums.reserved);
            self.report.push(Finding { role, mend: Mend::OverCapacity, ..finding });
        }
    }

    fn compare_settings(&mut self, role: Option<RoleId>, log: &[(&str, Value)], row: &[(&str, Value)]) {
        for (name, stored) in row {
            match log.iter().find(|(logged, _)| logged == name) {
                Some((_, logged)) => self.setting(Invariant::I14, role, name, logged, stored),
                None => self.setting(Invariant::I14, role, name, &"nothing of that name", stored),
            }
        }
    }

    fn setting(
        &mut self,
        invariant: Invariant,
        role: Option<RoleId>,
        name: &str,
        log: &dyn Display,
        stored: &dyn Display,
    ) {
        let (expected, found) = (log.to_string(), stored.to_string());
        if expected != found {
            let finding = Finding::new(invariant, self.event, format!("the stored {name}"));
            let finding = finding.but(format!("{expected}, by the log"), found);
            self.report.push(Finding { role, mend: Mend::SaveSettings, ..finding });
        }
    }

    /// Compares the next registrations, in order of their ids: all there are after `seen.after` up to the last of
    /// `rows`, or up to the end if these are the `last`.
    pub(crate) fn compare_registrations(&mut self, seen: &mut Rows, rows: &[RegistrationRow], last: Last) {
        let known: Vec<RegistrationId> = {
            let from = seen.after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
            let to = match (last, rows.last()) {
                (Last::No, Some(row)) => std::ops::Bound::Included(row.registration),
                _ => std::ops::Bound::Unbounded,
            };
            self.state.parties.range((from, to)).map(|(id, _)| *id).collect()
        };
        let stored: BTreeSet<RegistrationId> = rows.iter().map(|row| row.registration).collect();
        for id in known.into_iter().filter(|id| !stored.contains(id)) {
            self.row(Invariant::I12, id, "row of the registration", "a row", "none");
        }
        for row in rows {
            self.compare_registration(seen, row);
        }
        seen.after = rows.last().map_or(seen.after, |row| Some(row.registration));
    }

    fn compare_registration(&mut self, seen: &mut Rows, row: &RegistrationRow) {
        let id = row.registration;
        let is_active = matches!(row.status.as_str(), "confirmed" | "held" | "waitlisted");
        if is_active && !seen.active.insert((row.role, row.person.clone())) {
            let finding =
                Finding::new(Invariant::I6, self.event, "stored active registrations of the person in the role");
            self.report.push(Finding { role: Some(row.role), registration: Some(id), ..finding.but(1, 2) });
        }
        let Some(party) = self.state.parties.get(&id) else {
            return self.row(Invariant::I12, id, "row of the registration", "none: the log did not make it", "a row");
        };
        let Party { role, person, spots, status, verify_by, wait_seq, ended_seq, checked_in, link_version, created_at } =
            party.clone();
        self.row(Invariant::I14, id, "the stored role", role, row.role);
        self.row(Invariant::I14, id, "the stored tag of the person", hex(&person.to_be_bytes()), hex(&row.person_tag));
        self.row(Invariant::I14, id, "the stored status", status.text(), row.status.as_str());
        self.row(Invariant::I14, id, "the stored time to verify by", moment(verify_by), moment(row.verify_by));
        let numbers = [
            ("size of the party", number(spots), row.spots),
            ("place in the waiting order", number(wait_seq), row.wait_seq),
            ("seq of the end", number(ended_seq), row.ended_seq),
            ("people checked in", number(checked_in), row.checked_in),
            ("version of the link", number(link_version), row.link_version),
            ("time of the sign-up", created_at, row.created_at),
        ];
        for (what, expected, found) in numbers {
            self.row(Invariant::I14, id, &format!("the stored {what}"), expected, found);
        }
    }

    fn by_log<T: PartialEq + Display>(&mut self, invariant: Invariant, what: &str, expected: T, found: T) {
        if expected != found {
            let finding = Finding::new(invariant, self.event, what).but(format!("{expected}, by the log"), found);
            self.report.push(finding);
        }
    }

    fn row<T: PartialEq + Display>(
        &mut self,
        invariant: Invariant,
        id: RegistrationId,
        what: &str,
        expected: T,
        found: T,
    ) {
        if expected != found {
            let finding = Finding::new(invariant, self.event, what).but(expected, found);
            self.report.push(Finding { registration: Some(id), ..finding });
        }
    }

    fn differ<T: PartialEq + Display>(
        &mut self,
        invariant: Invariant,
        role: Option<RoleId>,
        what: &str,
        expected: T,
        found: T,
    ) {
        if expected != found {
            let finding = Finding::new(invariant, self.event, what).but(expected, found);
            self.report.push(Finding { role, ..finding });
        }
    }
}

/// Whether there are more rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Last {
    Yes,
    No,
}

/// What the database summed up by role and status, by role.
pub(super) fn sums_by_role(rows: &[SumRow]) -> BTreeMap<RoleId, Sums> {
    let mut sums: BTreeMap<RoleId, Sums> = BTreeMap::new();
    for row in rows {
        let count = row.registrations.unsigned_abs();
        let of_status = Sums {
            reserved: if matches!(row.status.as_str(), "confirmed" | "held") { row.spots.unsigned_abs() } else { 0 },
            waiting: if row.status == "waitlisted" { count } else { 0 },
            registrations: count,
        };
        let sum = sums.entry(row.role).or_default();
        *sum = add(*sum, of_status);
    }
    sums
}

pub(super) fn add(one: Sums, other: Sums) -> Sums {
    Sums {
        reserved: one.reserved + other.reserved,
        waiting: one.waiting + other.waiting,
        registrations: one.registrations + other.registrations,
    }
}

/// As the columns of `events` are called. The capacity is compared with the counters.
fn event_values(settings: &EventSettings) -> Vec<(&'static str, Value)> {
    vec![
        ("slug", text(&settings.slug)),
        ("status", text(&settings.status)),
        ("visibility", text(&settings.visibility)),
        ("one_per", text(&settings.one_per)),
        ("phone", text(&settings.phone)),
        ("phone_region", settings.phone_region.as_deref().map_or(Value::None, text)),
        ("organization_id", text(&settings.organization.to_string())),
        ("teams", text(&settings.teams.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" "))),
        ("waitlist_policy", text(settings.waitlist.policy.text())),
        ("waitlist_limit", settings.waitlist.limit.map_or(Value::None, |limit| Value::Number(number(limit)))),
        ("max_skips", Value::Number(number(settings.waitlist.max_skips))),
        ("max_spots", Value::Number(number(settings.max_spots))),
        ("roles_per_person", Value::Number(number(settings.roles_per_person))),
        ("starts_at", time(settings.starts_at)),
        ("ends_at", time(settings.ends_at)),
        ("opens_at", time(settings.opens_at)),
        ("closes_at", time(settings.closes_at)),
        ("cancel_until", time(settings.cancel_until)),
        ("promote_until", time(settings.promote_until)),
        ("self_move", Value::Number(i64::from(settings.self_move))),
        ("verify_minutes", settings.verify_minutes.map_or(Value::None, |minutes| Value::Number(number(minutes)))),
        ("retention_days", settings.retention_days.map_or(Value::None, |days| Value::Number(number(days)))),
    ]
}

/// As the columns of `roles` are called.
fn role_values(settings: &RoleSettings) -> Vec<(&'static str, Value)> {
    vec![
        ("starts_at", time(settings.starts_at)),
        ("ends_at", time(settings.ends_at)),
        ("sort", Value::Number(settings.order)),
        ("min_needed", Value::Number(number(settings.min_needed))),
        ("closed", Value::Number(i64::from(settings.closed))),
    ]
}

fn moment(at: Option<i64>) -> String {
    at.map_or("none".to_owned(), |at| at.to_string())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn time(at: Option<i64>) -> Value {
    at.map_or(Value::None, Value::Number)
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
