use std::time::Duration;

use headcount_core::ids::Millis;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::*;
use crate::cli::loadtest::api::{RoleShown, WaitlistShown};

const ROLE: Uuid = Uuid::from_u128(7);
const GOOD: Figures = Figures { p50: 1.0, p95: 2.0, p99: 3.0, max: 4.0 };

/// What is there after `spots` asked one after the other for `capacity` places, each served honestly.
fn evidence(policy: &str, capacity: u64, spots: &[u64]) -> Evidence {
    let mut one = Evidence {
        elsewhere: Vec::new(),
        event: EventShown {
            id: Uuid::from_u128(1),
            waitlist: WaitlistShown { policy: policy.to_owned(), max_skips: 0 },
            roles_per_person: 1,
            roles: Vec::new(),
            places: Places::default(),
            seq: 0,
        },
        registrations: Vec::new(),
        log: Vec::new(),
        wishes: Vec::new(),
        samples: Vec::new(),
        verified: Verified { seen: "all".to_owned(), findings: Vec::new() },
    };
    let (mut reserved, mut waiting) = (0, 0);
    for (person, spots) in spots.iter().copied().enumerate() {
        let id = Uuid::from_u128(100 + person as u128);
        let (outcome, status) = if reserved + spots <= capacity && waiting == 0 {
            reserved += spots;
            (Outcome::Confirmed(id), Some("confirmed"))
        } else if policy == "off" {
            (Outcome::Refused("role_full".to_owned()), None)
        } else {
            waiting += 1;
            (Outcome::Waitlisted(id), Some("waitlisted"))
        };
        one.wishes.push(Wish { email: format!("person-{person}@example.org"), role: ROLE, spots });
        let at = Millis(1_000 + 10 * i64::try_from(person).unwrap());
        one.samples.push(Sample {
            person,
            outcome,
            latency: Duration::from_millis(1),
            sent_at: at,
            answered_at: Millis(at.0 + 5),
        });
        if let Some(status) = status {
            let (email, position) = (Some(one.wishes[person].email.clone()), None);
            one.registrations.push(Listed { id, role_id: ROLE, status: status.to_owned(), spots, email, position });
            one.log.push(Logged {
                seq: one.log.len() as u64 + 1,
                // The server's clock is ahead by an hour; the checks must find that out.
                at: Millis(at.0 + 1 + 3_600_000),
                actor: "guest".to_owned(),
                kind: "signed_up".to_owned(),
                registration_id: Some(id),
                body: body(json!({ "role": ROLE, "spots": spots, "status": status })),
                hash: String::new(),
            });
        }
    }
    one.event.places = Places { reserved, waiting, ..Places::default() };
    let (capacity, free) = (Some(capacity), Some(capacity - reserved));
    let places = Places { capacity, free, ..one.event.places };
    one.event.roles.push(RoleShown { id: ROLE, name: "Server".to_owned(), places });
    one
}

fn body(body: Value) -> Box<RawValue> {
    to_raw_value(&body).unwrap()
}

fn failed(evidence: &Evidence) -> Vec<&'static str> {
    let checks = evidence.check(GOOD, 500.0);
    checks.iter().filter(|check| check.verdict == Verdict::Fail).map(|check| check.name).collect()
}

const NO_ROOM_LEFT_UNUSED: &str = "nobody was turned away while there was room";

#[test]
fn an_honest_server_passes() {
    for policy in ["off", "strict"] {
        for spots in [&[1, 1, 1, 1][..], &[2, 2, 2], &[1], &[4], &[]] {
            let mut honest = evidence(policy, 3, spots);
            if spots.is_empty() {
                // Nobody came, so nothing was tested: told, not hidden.
                assert_eq!(failed(&honest), ["everybody got a clear answer"]);
                continue;
            }
            assert_eq!(failed(&honest), [""; 0], "{policy} {spots:?}");
            honest.verified.findings.push("a finding".to_owned());
            assert_eq!(failed(&honest), ["verify is green"]);
        }
    }
}

#[test]
fn one_too_many_is_seen() {
    let mut over = evidence("off", 10, &[1; 12]);
    over.event.roles[0].places.capacity = Some(9);
    assert!(failed(&over).contains(&"exactly the capacity is confirmed"));
}

#[test]
fn places_left_over_are_seen() {
    let mut under = evidence("off", 2, &[1; 5]);
    under.event.roles[0].places.capacity = Some(3);
    under.event.roles[0].places.free = Some(1);
    assert_eq!(failed(&under), ["exactly the capacity is confirmed", NO_ROOM_LEFT_UNUSED]);
}

#[test]
fn a_refusal_before_it_was_full_is_seen_although_it_filled_up_later() {
    let mut early = evidence("off", 3, &[1, 1, 1, 1]);
    let late = early.samples.pop().unwrap();
    let early_refusal = Sample { sent_at: Millis(900), answered_at: Millis(905), ..late };
    early.samples.push(early_refusal);
    assert_eq!(failed(&early), [NO_ROOM_LEFT_UNUSED]);
}

#[test]
fn waiting_beside_free_places_is_seen() {
    let mut idle = evidence("strict", 2, &[2, 1, 1]);
    assert_eq!(failed(&idle), [""; 0]);
    idle.event.roles[0].places.free = Some(1);
    assert_eq!(failed(&idle), [NO_ROOM_LEFT_UNUSED]);
}

#[test]
fn a_small_party_behind_a_large_one_waits_rightly_where_the_order_is_strict() {
    let mut line = evidence("strict", 3, &[2, 2, 1]);
    assert_eq!(failed(&line), [""; 0]);
    line.event.waitlist.policy = "fill_gaps".to_owned();
    line.event.waitlist.max_skips = 3;
    assert_eq!(failed(&line), [NO_ROOM_LEFT_UNUSED]);
    let first = line.registrations[1].id;
    let (kind, body) = ("skipped".to_owned(), body(json!({ "role": ROLE, "skips": 3 })));
    line.log.push(Logged { kind, registration_id: Some(first), body, ..line.log[0].clone() });
    assert_eq!(failed(&line), [""; 0], "it was skipped often enough, so places are kept for it");
}

#[test]
fn somebody_elses_changes_are_not_judged() {
    let mut busy = evidence("off", 1, &[1, 1]);
    busy.log[0].kind = "cancelled".to_owned();
    let checks = busy.check(GOOD, 500.0);
    assert_eq!(checks.iter().filter(|check| check.verdict == Verdict::Skip).count(), 1);
}

#[test]
fn a_lost_or_invented_registration_is_seen() {
    let mut lost = evidence("off", 2, &[1, 1]);
    lost.registrations.pop();
    assert_eq!(failed(&lost), ["every answer is true", "counters equal the sum of the registrations"]);
    let mut invented = evidence("off", 1, &[1, 1]);
    let mut extra = invented.registrations[0].clone();
    extra.id = Uuid::from_u128(5);
    extra.email = Some(invented.wishes[1].email.clone());
    extra.status = "waitlisted".to_owned();
    invented.registrations.push(extra);
    assert_eq!(failed(&invented), ["every answer is true", "counters equal the sum of the registrations"]);
}

#[test]
fn a_person_twice_is_seen() {
    let mut twice = evidence("off", 5, &[1]);
    let mut again = twice.registrations[0].clone();
    again.id = Uuid::from_u128(5);
    twice.registrations.push(again);
    twice.event.places.reserved += 1;
    twice.event.roles[0].places.reserved += 1;
    assert_eq!(failed(&twice), ["no person twice"]);
}

#[test]
fn more_roles_than_one_may_have_are_seen() {
    let mut several = evidence("off", 5, &[1]);
    let (first, other) = (several.registrations[0].clone(), Uuid::from_u128(8));
    let role = RoleShown { id: other, name: "Cook".to_owned(), places: several.event.roles[0].places };
    several.event.roles.push(role);
    several.registrations.push(Listed { id: Uuid::from_u128(5), role_id: other, ..first });
    several.event.places.reserved += 1;
    assert_eq!(failed(&several), ["no person twice"]);
    several.event.roles_per_person = 2;
    assert_eq!(failed(&several), [""; 0]);
    several.registrations[1].role_id = ROLE;
    assert!(failed(&several).contains(&"no person twice"), "the same role twice is never right");
}

#[test]
fn a_refusal_for_one_role_does_not_contradict_a_place_in_another() {
    let mut both = evidence("off", 1, &[1, 1]);
    let Outcome::Confirmed(id) = both.samples[0].outcome else { panic!("the first has the place") };
    both.wishes[1].email = both.wishes[0].email.clone();
    both.wishes[1].role = Uuid::from_u128(8);
    both.event.roles_per_person = 2;
    assert!(!failed(&both).contains(&"every answer is true"));
    both.wishes[1].role = ROLE;
    both.samples[0].outcome = Outcome::Unanswered("broken".to_owned());
    assert!(failed(&both).contains(&"every answer is true"), "{id} is there, and the same was refused");
}

#[test]
fn errors_and_answers_that_miss_the_aim_fail() {
    for outcome in [Outcome::Unanswered("broken".to_owned()), Outcome::Refused("registration_closed".to_owned())] {
        let mut bad = evidence("off", 1, &[1, 1]);
        bad.samples[1].outcome = outcome;
        assert_eq!(failed(&bad), ["everybody got a clear answer"]);
    }
}

#[test]
fn a_late_answer_breaks_the_bound() {
    let checks = evidence("off", 1, &[1]).check(GOOD, 1.9);
    assert_eq!(checks.last().unwrap().verdict, Verdict::Fail);
}

#[test]
fn a_server_that_shows_something_else_is_seen() {
    let mut several = evidence("off", 1, &[1, 1]);
    several.elsewhere = vec![several.event.clone(), several.event.clone()];
    assert_eq!(failed(&several), [""; 0]);
    several.elsewhere[1].places.reserved = 0;
    assert_eq!(failed(&several), ["every server shows the same"]);
}
