//! What must be true after a load test, judged from what the server shows and what people were answered. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::api::{EventShown, Listed, Logged, Places};
use super::drive::{Outcome, Sample};
use super::latency::Figures;
use crate::verify::grouped;

mod honest;

/// Everything that the checks look at.
pub(crate) struct Evidence {
    /// The event, afterwards.
    pub(crate) event: EventShown,
    /// The same as the other servers show it, if there are any.
    pub(crate) elsewhere: Vec<EventShown>,
    /// Its registrations, afterwards.
    pub(crate) registrations: Vec<Listed>,
    /// What its log gained during the test.
    pub(crate) log: Vec<Logged>,
    /// What was asked for.
    pub(crate) wishes: Vec<Wish>,
    /// What each wish was answered, in the same order.
    pub(crate) samples: Vec<Sample>,
    /// What `verify` says.
    pub(crate) verified: Verified,
}

/// What one request asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) email: String,
    pub(crate) role: Uuid,
    pub(crate) spots: u64,
}

/// What `verify` says.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    /// What it looked at, in words.
    pub(crate) seen: String,
    /// What it found, in words.
    pub(crate) findings: Vec<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What must be true.
    pub(crate) name: &'static str,
    /// Whether it is.
    pub(crate) verdict: Verdict,
    /// The numbers.
    pub(crate) detail: String,
}

/// Whether a check holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Verdict {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// It cannot be told, for a reason that the numbers give.
    Skip,
}

/// Codes of answers that a person can expect of an event that is open. Any other means that the test missed its aim.
const EXPECTED_CODES: [&str; 4] = ["role_full", "event_full", "waitlist_full", "busy"];

impl Evidence {
    /// All checks, in the order in which they are told.
    pub(crate) fn check(&self, latency: Figures, p95_ms_max: f64) -> Vec<Check> {
        let mut checks = vec![
            self.everybody_was_answered(),
            self.exactly_the_capacity(),
            self.nobody_twice(),
            self.nobody_refused_while_there_was_room(),
            self.every_answer_is_true(),
            self.counters_equal_the_sum(),
            self.verify_is_green(),
            check("95 of 100 answers came in time", latency.p95 <= p95_ms_max, || {
                format!("p95 {:.1} ms, bound {p95_ms_max} ms", latency.p95)
            }),
        ];
        if !self.elsewhere.is_empty() {
            checks.push(self.all_servers_show_the_same());
        }
        checks
    }

    fn all_servers_show_the_same(&self) -> Check {
        let other = self.elsewhere.iter().position(|shown| *shown != self.event);
        check("every server shows the same", other.is_none(), || match other {
            None => format!("{} servers", self.elsewhere.len() + 1),
            Some(other) => format!("server {} shows the event differently from server 1", other + 2),
        })
    }

    fn everybody_was_answered(&self) -> Check {
        let mut unanswered = 0;
        let mut unexpected = BTreeMap::<&str, u64>::new();
        let mut decided = 0_u64;
        for sample in &self.samples {
            match &sample.outcome {
                Outcome::Unanswered(_) => unanswered += 1,
                Outcome::Refused(code) if !EXPECTED_CODES.contains(&code.as_str()) => {
                    *unexpected.entry(code).or_default() += 1;
                }
                Outcome::Refused(code) if code == "busy" => {}
                _ => decided += 1,
            }
        }
        let good = unanswered == 0 && unexpected.is_empty() && decided > 0;
        check("everybody got a clear answer", good, || {
            let mut detail = format!("{} of {} decided", grouped(decided), grouped(self.samples.len() as u64));
            if unanswered > 0 {
                detail += &format!(", {unanswered} network errors");
            }
            for (code, count) in unexpected {
                detail += &match code {
                    "rate_limited" => {
                        format!(", {count} × {code}: start the server with --rate-limit off for the test")
                    }
                    _ => format!(", {count} × {code}, which an open event does not answer"),
                };
            }
            detail
        })
    }

    /// The rule: nobody has a place beyond the capacity, and if somebody was turned away for lack of places, fewer are
    /// left than the smallest such party needs. With parties of one that is: exactly the capacity.
    fn exactly_the_capacity(&self) -> Check {
        let roles = self.event.roles.iter().map(|role| {
            let turned_away = self.smallest_turned_away("role_full", Some(role.id));
            filled(&role.name, &role.places, turned_away)
        });
        let all_together = filled("all together", &self.event.places, self.smallest_turned_away("event_full", None));
        let (good, parts): (Vec<bool>, Vec<String>) = roles.chain([all_together]).flatten().unzip();
        check("exactly the capacity is confirmed", !good.contains(&false), || parts.join(", "))
    }

    fn smallest_turned_away(&self, code: &str, role: Option<Uuid>) -> Option<u64> {
        let turned_away = self.refused(code).map(|sample| &self.wishes[sample.person]);
        turned_away.filter(|wish| role.is_none_or(|role| wish.role == role)).map(|wish| wish.spots).min()
    }

    fn refused<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| matches!(&sample.outcome, Outcome::Refused(other) if other == code))
    }

    /// Nobody is in a role twice, nor in more roles than the event allows.
    fn nobody_twice(&self) -> Check {
        let ours: BTreeSet<&str> = self.wishes.iter().map(|wish| wish.email.as_str()).collect();
        let mut people = BTreeMap::<&str, Vec<Uuid>>::new();
        for one in self.registrations.iter().filter(|one| is_active(one)) {
            if let Some(email) = one.email.as_deref().filter(|email| ours.contains(email)) {
                people.entry(email).or_default().push(one.role_id);
            }
        }
        let roles_max = usize::try_from(self.event.roles_per_person).unwrap_or(usize::MAX);
        let is_too_much = |roles: &[Uuid]| {
            let different: BTreeSet<&Uuid> = roles.iter().collect();
            different.len() < roles.len() || roles.len() > roles_max
        };
        let twice: Vec<&str> = people.iter().filter(|(_, roles)| is_too_much(roles)).map(|(email, _)| *email).collect();
        check("no person twice", twice.is_empty(), || match twice.first() {
            None if roles_max == 1 => format!("{} people, one registration each", grouped(people.len() as u64)),
            None => format!("{} people, at most {roles_max} roles each, none twice", grouped(people.len() as u64)),
            Some(first) => format!("{} people have more than they may, {first} for example", twice.len()),
        })
    }

    /// Every 201 is in the list, with that status (one that waited may have moved up since) and party size; and nobody
    /// is in the list who was told no.
    fn every_answer_is_true(&self) -> Check {
        let listed: HashMap<Uuid, &Listed> = self.registrations.iter().map(|one| (one.id, one)).collect();
        let mut told = BTreeSet::new();
        let mut wrong = Vec::new();
        for sample in &self.samples {
            let wish = &self.wishes[sample.person];
            let (id, statuses): (_, &[&str]) = match &sample.outcome {
                Outcome::Confirmed(id) => (id, &["confirmed"]),
                Outcome::Waitlisted(id) => (id, &["waitlisted", "confirmed"]),
                Outcome::Unanswered(_) | Outcome::Refused(_) => continue,
            };
            told.insert(*id);
            let same = |one: &&&Listed| statuses.contains(&one.status.as_str()) && one.spots == wish.spots;
            if listed.get(id).filter(same).is_none() {
                wrong.push(format!("{} was told {}, which the server no longer shows", wish.email, statuses[0]));
            }
        }
        let refused = self.refused_wishes();
        for one in self.registrations.iter().filter(|one| is_active(one) && !told.contains(&one.id)) {
            if let Some(email) = one.email.as_deref().filter(|email| refused.contains(&(*email, one.role_id))) {
                wrong.push(format!("{email} was refused, but is {}", one.status));
            }
        }
        check("every answer is true", wrong.is_empty(), || match wrong.first() {
            None => format!("{} registrations are there as answered", grouped(told.len() as u64)),
            Some(first) => format!("{} are not: {first}", wrong.len()),
        })
    }

    /// Who was refused, and for which role.
    fn refused_wishes(&self) -> BTreeSet<(&str, Uuid)> {
        let refused = self.samples.iter().filter(|sample| matches!(sample.outcome, Outcome::Refused(_)));
        refused.map(|sample| &self.wishes[sample.person]).map(|wish| (wish.email.as_str(), wish.role)).collect()
    }

    fn counters_equal_the_sum(&self) -> Check {
        let mut wrong = Vec::new();
        let mut compare = |name: &str, places: &Places, of: &dyn Fn(&&Listed) -> bool| {
            let reserved: u64 =
                self.registrations.iter().filter(of).filter(|one| is_confirmed(one)).map(|one| one.spots).sum();
            let waiting = self.registrations.iter().filter(of).filter(|one| one.status == "waitlisted").count() as u64;
            if (reserved, waiting) != (places.reserved, places.waiting) {
                wrong.push(format!(
                    "{name} shows {} reserved and {} waiting, the registrations say {reserved} and {waiting}",
                    places.reserved, places.waiting
                ));
            }
        };
        for role in &self.event.roles {
            compare(&role.name, &role.places, &|one| one.role_id == role.id);
        }
        compare("the event", &self.event.places, &|_| true);
        check("counters equal the sum of the registrations", wrong.is_empty(), || match wrong.first() {
            None => format!(
                "{} reserved, {} waiting",
                grouped(self.event.places.reserved),
                grouped(self.event.places.waiting)
            ),
            Some(first) => first.clone(),
        })
    }

    fn verify_is_green(&self) -> Check {
        let Verified { seen, findings } = &self.verified;
        check("verify is green", findings.is_empty(), || match findings.first() {
            None => seen.clone(),
            Some(first) => format!("{} findings: {first}", findings.len()),
        })
    }
}

/// Whether these places are filled as the rule wants, and how, in words; nothing where there is no limit. `turned_away`
/// is the smallest party that was refused for lack of these places.
fn filled(name: &str, places: &Places, turned_away: Option<u64>) -> Option<(bool, String)> {
    let (capacity, reserved) = (places.capacity?, places.reserved);
    let over = reserved.saturating_sub(capacity + places.override_spots);
    let left = capacity.saturating_sub(reserved);
    let could_use = turned_away.is_some_and(|smallest| smallest <= left);
    let remark = match turned_away {
        _ if over > 0 => format!(" ({over} too many)"),
        Some(smallest) if could_use => format!(" (a party of {smallest} was turned away)"),
        Some(smallest) if left > 0 => format!(" (the smallest party turned away had {smallest})"),
        None if left > 0 => " (not full)".to_owned(),
        _ => String::new(),
    };
    let text = format!("{name} {} of {}{remark}", grouped(reserved), grouped(capacity));
    Some((over == 0 && !could_use, text))
}

fn check(name: &'static str, good: bool, detail: impl FnOnce() -> String) -> Check {
    Check { name, verdict: if good { Verdict::Pass } else { Verdict::Fail }, detail: detail() }
}

fn is_active(one: &Listed) -> bool {
    is_confirmed(one) || one.status == "waitlisted"
}

fn is_confirmed(one: &Listed) -> bool {
    one.status == "confirmed"
}

#[cfg(test)]
mod tests;
