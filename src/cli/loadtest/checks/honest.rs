//! Whether anybody was turned away although there was room.
//!
//! Without a waitlist nobody leaves during the test, so places only get fewer: what is free now, plus what was taken
//! after a refusal, was free at that refusal. What was surely taken after it is told by the log's times and by what is
//! known of the two clocks: no sign-up is decided before it is sent.
//!
//! With a waitlist nobody is refused, but they wait: nobody may wait who could have places now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headcount_core::ids::Millis;
use uuid::Uuid;

use super::{Check, Evidence, Verdict, check};
use crate::cli::loadtest::api::{Listed, Places};
use crate::cli::loadtest::drive::Outcome;
use crate::verify::grouped;

const NAME: &str = "nobody was turned away while there was room";

/// When places of a role or of the event were taken, and how many, in order.
struct Taken(Vec<(Millis, u64)>);

impl Evidence {
    pub(super) fn nobody_refused_while_there_was_room(&self) -> Check {
        if let Some(other) = self.log.iter().find(|entry| !matches!(entry.kind.as_str(), "signed_up" | "skipped")) {
            let detail = format!("somebody else changed the event during the test ({}, seq {})", other.kind, other.seq);
            return Check { name: NAME, verdict: Verdict::Skip, detail };
        }
        if let Some(idle) = self.waits_while_there_is_room() {
            let detail = format!("a party of {} waits although it could have places", idle.spots);
            return Check { name: NAME, verdict: Verdict::Fail, detail };
        }
        let wrong = self.refusals_while_there_was_room();
        let refusals = self.refused("role_full").chain(self.refused("event_full")).count() as u64;
        check(NAME, wrong.is_empty(), || match wrong.first() {
            Some(first) => format!("{} of {refusals} were: {first}", wrong.len()),
            None if self.event.places.waiting > 0 => {
                format!("{} wait, none of them could have places", grouped(self.event.places.waiting))
            }
            None => format!("{} refusals, each with fewer places free than the party needed", grouped(refusals)),
        })
    }

    fn refusals_while_there_was_room(&self) -> Vec<String> {
        let clock_ahead_max = self.clock_ahead_max();
        let roles = self.event.roles.iter();
        let taken_in: HashMap<Uuid, Taken> = roles.map(|role| (role.id, self.taken(Some(role.id)))).collect();
        let taken_in_event = self.taken(None);
        let mut wrong = Vec::new();
        for (code, is_of_role) in [("role_full", true), ("event_full", false)] {
            for sample in self.refused(code) {
                let wish = &self.wishes[sample.person];
                let role = self.event.roles.iter().find(|role| is_of_role && role.id == wish.role);
                let (places, taken) = match role {
                    Some(role) => (&role.places, &taken_in[&role.id]),
                    None => (&self.event.places, &taken_in_event),
                };
                // What the log has at this moment or later was decided after the refusal, by whichever clock.
                let after = clock_ahead_max.map(|ahead| Millis(sample.answered_at.0 + 1 + ahead));
                let room = free(places).map(|free| free + after.map_or(0, |moment| taken.from(moment)));
                if room.is_none_or(|room| room >= wish.spots) {
                    let room = room.map_or("any number of".to_owned(), |room| room.to_string());
                    wrong.push(format!("{code} for a party of {} with {room} places free", wish.spots));
                }
            }
        }
        wrong
    }

    /// The most milliseconds that the server's clock can be ahead of ours: no sign-up is decided before it is sent.
    /// Both clocks are read in whole milliseconds, which costs one.
    fn clock_ahead_max(&self) -> Option<i64> {
        let decided: HashMap<Uuid, Millis> =
            self.log.iter().filter_map(|entry| Some((entry.registration_id?, entry.at))).collect();
        let bounds = self.samples.iter().filter_map(|sample| match &sample.outcome {
            Outcome::Confirmed(id) | Outcome::Waitlisted(id) => Some(decided.get(id)?.0 + 1 - sample.sent_at.0),
            _ => None,
        });
        bounds.min()
    }

    /// The sign-ups that took places of `role`; of any role if none is given.
    fn taken(&self, role: Option<Uuid>) -> Taken {
        let signed_up =
            self.log.iter().filter(|entry| entry.kind == "signed_up").map(|entry| (entry.at, entry.facts()));
        let confirmed = signed_up.filter(|(_, facts)| facts.status.as_deref() == Some("confirmed"));
        let here = confirmed.filter(|(_, facts)| role.is_none() || role == facts.role);
        Taken(here.map(|(at, facts)| (at, facts.spots.unwrap_or(0))).collect())
    }

    /// The walk of the waitlist: in waiting order, the first of a role that does not fit keeps the places of its role
    /// (or, where only the event lacks places, of all roles) once it was skipped as often as the policy allows.
    fn waits_while_there_is_room(&self) -> Option<&Listed> {
        let signed_up = self.log.iter().filter(|entry| entry.kind == "signed_up");
        let order: HashMap<Uuid, u64> =
            signed_up.filter_map(|entry| Some((entry.registration_id?, entry.seq))).collect();
        let mut line: Vec<&Listed> = self.registrations.iter().filter(|one| one.status == "waitlisted").collect();
        // Those who waited before the test are not in this part of the log; they come first, by their position.
        line.sort_by_key(|one| (order.get(&one.id).copied().unwrap_or(0), one.position));
        let skips = self.skips();
        let (mut blocked, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for one in line {
            let is_first = seen.insert(one.role_id);
            if blocked.contains(&one.role_id) {
                continue;
            }
            let role = self.event.roles.iter().find(|role| role.id == one.role_id)?;
            let keeps = is_first && skips.get(&one.id).copied().unwrap_or(0) >= self.skips_allowed();
            match (fits(&role.places, one.spots), fits(&self.event.places, one.spots)) {
                (true, true) => return Some(one),
                (false, _) if keeps => drop(blocked.insert(one.role_id)),
                (true, false) if keeps => return None,
                _ => {}
            }
        }
        None
    }

    /// How often each party was skipped in the end.
    fn skips(&self) -> BTreeMap<Uuid, u64> {
        let skipped = self.log.iter().filter(|entry| entry.kind == "skipped");
        skipped.filter_map(|entry| Some((entry.registration_id?, entry.facts().skips?))).collect()
    }

    fn skips_allowed(&self) -> u64 {
        let waitlist = &self.event.waitlist;
        if waitlist.policy == "fill_gaps" { u64::from(waitlist.max_skips) } else { 0 }
    }
}

impl Taken {
    /// Places taken at `moment` or later.
    fn from(&self, moment: Millis) -> u64 {
        let Taken(steps) = self;
        let before = steps.partition_point(|(at, _)| *at < moment);
        steps[before..].iter().map(|(_, spots)| spots).sum()
    }
}

fn free(places: &Places) -> Option<u64> {
    places.free.or_else(|| places.capacity.map(|capacity| capacity.saturating_sub(places.reserved)))
}

fn fits(places: &Places, spots: u64) -> bool {
    free(places).is_none_or(|free| spots <= free)
}
