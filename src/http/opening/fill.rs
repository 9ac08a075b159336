//! How many places were taken, second by second: the changes of the log added up.

use std::collections::BTreeMap;

use headcount_core::event::Status;
use headcount_core::ids::RoleId;
use serde::Deserialize;

use super::OPENING_SECONDS;
use crate::store::read::LogLine;

/// The places that are taken in each role.
#[derive(Default)]
pub(super) struct Fill(BTreeMap<RoleId, Curve>);

struct Curve {
    before: i64,
    /// How much it changed in each second.
    changed: Vec<i64>,
}

/// What of a change says how many places are taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fact {
    role: Option<RoleId>,
    spots: i64,
    status: Option<Status>,
    from: Option<Status>,
    to: Option<Status>,
    from_role: Option<RoleId>,
    to_role: Option<RoleId>,
    from_spots: i64,
    to_spots: i64,
    with_role: Option<RoleId>,
    with_spots: i64,
    with_status: Option<Status>,
}

impl Fill {
    /// Adds the next line, of this second of the minute, or of the time before it.
    pub(super) fn take(&mut self, line: &LogLine, second: Option<usize>) -> Fact {
        // A line that is no change of places, or of a newer server, changes nothing here.
        let fact: Fact = serde_json::from_str(&line.body).unwrap_or_default();
        for (role, places) in fact.changes(&line.kind) {
            if let (Some(role), 1..) = (role, places.abs()) {
                let empty = || Curve { before: 0, changed: vec![0; OPENING_SECONDS] };
                let curve = self.0.entry(role).or_insert_with(empty);
                match second {
                    Some(second) => curve.changed[second] += places,
                    None => curve.before += places,
                }
            }
        }
        fact
    }

    /// What was taken before, and at the end of each second.
    pub(super) fn of(&self, role: RoleId) -> (u64, Vec<u64>) {
        let Some(curve) = self.0.get(&role) else { return (0, vec![0; OPENING_SECONDS]) };
        let taken = |places: i64| u64::try_from(places).unwrap_or(0);
        let sum = curve.changed.iter().scan(curve.before, |sum, changed| {
            *sum += changed;
            Some(taken(*sum))
        });
        (taken(curve.before), sum.collect())
    }
}

impl Fact {
    /// Whether whoever signed up got places.
    pub(super) fn is_placed(&self) -> bool {
        occupies(self.to.or(self.status))
    }

    /// By how much each role changed.
    fn changes(&self, kind: &str) -> Vec<(Option<RoleId>, i64)> {
        let places = |status, spots| if occupies(status) { spots } else { 0 };
        match kind {
            "signed_up" | "imported" => vec![(self.role, places(self.status, self.spots))],
            "moved" => {
                let moved = places(self.status, self.spots);
                vec![(self.from_role, -moved), (self.to_role, moved)]
            }
            "swapped" => {
                let (one, other) = (places(self.status, self.spots), places(self.with_status, self.with_spots));
                vec![(self.role, other - one), (self.with_role, one - other)]
            }
            "resized" => vec![(self.role, places(self.status, self.to_spots - self.from_spots))],
            _ if self.from.is_some() => {
                vec![(self.role, places(self.to, self.spots) - places(self.from, self.spots))]
            }
            _ => Vec::new(),
        }
    }
}

fn occupies(status: Option<Status>) -> bool {
    status.is_some_and(Status::occupies_places)
}

#[cfg(test)]
mod tests {
    use headcount_core::ids::{Hash, Millis, Seq};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const COOK: RoleId = RoleId(Uuid::from_u128(1));
    const SERVER: RoleId = RoleId(Uuid::from_u128(2));

    fn add(fill: &mut Fill, second: Option<usize>, kind: &str, body: &serde_json::Value) -> Fact {
        let (seq, at, hash) = (Seq(1), Millis(0), Hash([0; 32]));
        let (kind, actor, body) = (kind.to_owned(), "guest".to_owned(), body.to_string());
        fill.take(&LogLine { seq, at, actor, kind, registration: None, body, text: None, hash }, second)
    }

    #[test]
    fn every_change_of_places_is_added_up() {
        let mut fill = Fill::default();
        let signed_up =
            |spots: u32, status: &str| json!({"role": COOK, "spots": spots, "status": status, "person": "x"});
        assert!(add(&mut fill, None, "signed_up", &signed_up(2, "confirmed")).is_placed());
        assert!(add(&mut fill, Some(0), "signed_up", &signed_up(3, "held")).is_placed());
        assert!(!add(&mut fill, Some(0), "signed_up", &signed_up(4, "waitlisted")).is_placed());
        let change = |from: &str, to: &str| json!({"role": COOK, "spots": 2, "from": from, "to": to});
        add(&mut fill, Some(1), "cancelled", &change("confirmed", "cancelled"));
        add(&mut fill, Some(2), "promoted", &change("waitlisted", "confirmed"));
        add(&mut fill, Some(2), "verified", &change("held", "confirmed"));
        let resized = json!({"role": COOK, "from_spots": 1, "to_spots": 4, "status": "confirmed", "wait_seq": 1});
        add(&mut fill, Some(3), "resized", &resized);
        let moved = json!({"from_role": COOK, "to_role": SERVER, "spots": 2, "status": "confirmed"});
        add(&mut fill, Some(4), "moved", &moved);
        let swapped = json!({"role": COOK, "spots": 1, "status": "confirmed", "with": Uuid::nil(), "with_role": SERVER,
                             "with_spots": 2, "with_status": "confirmed"});
        add(&mut fill, Some(5), "swapped", &swapped);
        for kind in ["role_edited", "checked_in", "details_edited", "of_a_newer_server"] {
            add(&mut fill, Some(6), kind, &json!({"role": COOK, "spots": 7, "status": "confirmed"}));
        }
        let (before, cook) = fill.of(COOK);
        assert_eq!((before, &cook[..7]), (2, &[5, 3, 5, 8, 6, 7, 7][..]));
        let (before, server) = fill.of(SERVER);
        assert_eq!((before, &server[..7]), (0, &[0, 0, 0, 0, 2, 1, 1][..]));
        assert_eq!(fill.of(RoleId(Uuid::nil())), (0, vec![0; OPENING_SECONDS]));
    }
}
