//! Histories that no rule would write, with a chain in order: the audit judges what they say.

use headcount::verify::Invariant::{I1, I2, I6, I7, I8, I10, I14, I15, I18};
use serde_json::json;

use super::log::{Log, event, role, tag};
use headcount_simulation::build::{registration_id, role_id};

fn strict(capacity: u32) -> Log {
    Log::of_event(json!({}), Some(capacity))
}

fn fill_gaps(capacity: u32) -> Log {
    Log::of_event(json!({"waitlist": {"policy": "fill_gaps", "limit": null, "max_skips": 1}}), Some(capacity))
}

#[test]
fn a_history_in_order_is_green() {
    let mut log = strict(2);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    log.cancel(1, 2);
    log.promote(2, 1);
    log.add("owner", "checked_in", Some(2), json!({"checked_in": 1}));
    log.finds(&[]);
}

#[test]
fn a_role_over_its_capacity_is_named_where_it_grew() {
    let mut log = strict(2);
    log.sign_up(1, 2, "confirmed");
    let seq = log.sign_up(2, 1, "confirmed");
    // Told once, not with everything that follows.
    log.sign_up(3, 1, "confirmed");
    log.finds(&[(I1, seq)]);
}

#[test]
fn an_event_over_its_capacity_is_named_where_it_grew() {
    let mut log = Log::of_event(json!({"capacity": 3}), Some(2));
    log.role(2, Some(2));
    log.sign_up(1, 2, "confirmed");
    let seq = log.sign_up_for(2, 2, 2, "confirmed");
    log.finds(&[(I1, seq)]);
}

#[test]
fn an_override_is_staffs_and_sinks_by_itself() {
    let mut log = strict(2);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    let over = json!({"role": role_id(1), "spots": 2, "from": "waitlisted", "to": "confirmed", "over": true});
    log.add("owner", "promoted", Some(2), over.clone());
    log.finds(&[]);
    log.cancel(1, 2);
    // The override is gone with the places it was for.
    let seq = log.sign_up(3, 1, "confirmed");
    log.finds(&[(I1, seq)]);

    let mut log = strict(2);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    let seq = log.add("guest", "promoted", Some(2), over);
    log.finds(&[(I1, seq)]);
}

#[test]
fn a_capacity_lowered_below_what_is_taken_keeps_or_is_named() {
    for (over, expected) in [(true, vec![]), (false, vec![(I1, 4)])] {
        let mut log = strict(2);
        log.sign_up(1, 2, "confirmed");
        log.add("owner", "role_edited", None, json!({"role": role_id(1), "settings": role(Some(1)), "over": over}));
        log.finds(&expected);
    }
}

#[test]
fn a_person_twice_in_a_role_is_named() {
    let mut log = strict(5);
    log.sign_up(1, 1, "confirmed");
    let body = json!({"role": role_id(1), "spots": 1, "status": "confirmed", "person": tag(1), "verify_by": null});
    let seq = log.add("guest", "signed_up", Some(2), body);
    log.finds(&[(I6, seq)]);
}

#[test]
fn a_person_in_more_roles_than_allowed_is_named() {
    let mut log = strict(5);
    log.role(2, None);
    log.sign_up(1, 1, "confirmed");
    let body = json!({"role": role_id(2), "spots": 1, "status": "confirmed", "person": tag(1), "verify_by": null});
    let seq = log.add("guest", "signed_up", Some(2), body);
    log.finds(&[(I6, seq)]);
}

#[test]
fn a_person_twice_by_a_changed_address_is_named() {
    let mut log = Log::of_event(json!({"roles_per_person": 2}), Some(5));
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "confirmed");
    let body = json!({"role": role_id(1), "person": tag(1), "link_version": 2});
    let seq = log.add("owner", "email_changed", Some(2), body);
    log.finds(&[(I6, seq)]);
}

#[test]
fn strict_lets_nobody_pass() {
    let mut log = strict(2);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    let seq = log.sign_up(3, 1, "confirmed");
    log.finds(&[(I7, seq)]);

    let mut log = strict(2);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    log.sign_up(3, 1, "waitlisted");
    log.cancel(1, 2);
    let seq = log.promote(3, 1);
    log.promote(2, 1);
    log.finds(&[(I7, seq)]);
}

#[test]
fn strict_keeps_the_places_of_the_event_over_all_roles() {
    let mut log = Log::of_event(json!({"capacity": 3}), Some(4));
    log.role(2, Some(3));
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    let seq = log.sign_up_for(2, 3, 1, "confirmed");
    log.finds(&[(I7, seq)]);
}

#[test]
fn a_party_that_grows_counts_as_a_newcomer() {
    let mut log = strict(3);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 3, "waitlisted");
    let body = json!({"role": role_id(1), "from_spots": 1, "to_spots": 2, "status": "confirmed", "wait_seq": 3});
    let seq = log.add("link", "resized", Some(1), body);
    log.finds(&[(I7, seq)]);
}

#[test]
fn a_move_does_not_pass_those_who_waited_before() {
    let mut log = Log::of_event(json!({"self_move": true}), Some(2));
    log.role(2, Some(2));
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    log.sign_up_for(2, 3, 1, "confirmed");
    let body = json!({"from_role": role_id(2), "to_role": role_id(1), "spots": 1, "status": "confirmed"});
    let seq = log.add("link", "moved", Some(3), body);
    log.finds(&[(I7, seq)]);
}

#[test]
fn fill_gaps_lets_pass_as_often_as_allowed() {
    let skip = |skips: u32| json!({"role": role_id(1), "skips": skips});
    let mut log = fill_gaps(4);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 3, "waitlisted");
    log.add("system", "skipped", Some(2), skip(1));
    log.sign_up(3, 1, "confirmed");
    log.finds(&[]);
    // Skipped as often as is allowed, it keeps the places.
    log.add("system", "skipped", Some(2), skip(2));
    let seq = log.sign_up(4, 1, "confirmed");
    log.finds(&[(I7, seq)]);
}

#[test]
fn fill_gaps_promotes_the_earliest_that_fits() {
    let mut log = fill_gaps(2);
    log.sign_up(1, 2, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    log.sign_up(3, 1, "waitlisted");
    log.cancel(1, 2);
    let seq = log.promote(3, 1);
    log.promote(2, 1);
    log.finds(&[(I7, seq)]);
}

#[test]
fn a_skip_is_of_the_first_in_line_and_counts_by_one() {
    let skip = |skips: u32| json!({"role": role_id(1), "skips": skips});
    let mut log = fill_gaps(1);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    log.sign_up(3, 1, "waitlisted");
    let wrong_party = log.add("system", "skipped", Some(3), skip(1));
    let wrong_count = log.add("system", "skipped", Some(2), skip(7));
    log.finds(&[(I7, wrong_party), (I7, wrong_count)]);
}

#[test]
fn where_nobody_may_wait_nobody_waits() {
    let mut log = Log::of_event(json!({"waitlist": {"policy": "off", "limit": null, "max_skips": 0}}), Some(1));
    log.sign_up(1, 1, "confirmed");
    let seq = log.sign_up(2, 1, "waitlisted");
    log.finds(&[(I7, seq)]);

    let mut log = Log::of_event(json!({"waitlist": {"policy": "strict", "limit": 1, "max_skips": 0}}), Some(1));
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    let seq = log.sign_up(3, 1, "waitlisted");
    log.finds(&[(I7, seq)]);
}

#[test]
fn a_free_place_that_is_withheld_is_named() {
    let mut log = strict(1);
    let seq = log.sign_up(1, 1, "waitlisted");
    log.finds(&[(I10, seq), (I8, seq)]);

    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    let seq = log.cancel(1, 1);
    log.finds(&[(I8, seq)]);
}

#[test]
fn entries_that_contradict_what_was_before_are_named() {
    let mut log = strict(5);
    log.sign_up(1, 1, "confirmed");
    let wrong_spots = log.cancel(1, 2);
    let wrong_status = log.change("owner", "removed", 1, 1, "confirmed", "removed");
    let wrong_kind = log.change("owner", "demoted", 1, 1, "removed", "waitlisted");
    let unknown = log.cancel(9, 1);
    log.cancel(9, 1);
    log.change("owner", "removed", 1, 1, "waitlisted", "removed");
    log.finds(&[(I14, wrong_spots), (I14, wrong_status), (I14, wrong_kind), (I14, unknown)]);
}

#[test]
fn a_check_in_stays_within_the_party() {
    let mut log = strict(5);
    log.sign_up(1, 2, "confirmed");
    log.add("owner", "checked_in", Some(1), json!({"checked_in": 2}));
    log.finds(&[]);
    let shrunk = json!({"role": role_id(1), "from_spots": 2, "to_spots": 1, "status": "confirmed", "wait_seq": 3});
    let too_small = log.add("owner", "resized", Some(1), shrunk);
    let too_many = log.add("owner", "checked_in", Some(1), json!({"checked_in": 3}));
    let not_fewer = log.add("owner", "check_in_undone", Some(1), json!({"checked_in": 3}));
    log.finds(&[(I14, too_small), (I14, too_many), (I14, not_fewer)]);
}

#[test]
fn a_place_in_the_waiting_order_is_kept_unless_a_waiting_party_grows() {
    let resized = |from: u32, to: u32, wait_seq: u64| json!({"role": role_id(1), "from_spots": from, "to_spots": to, "status": "waitlisted", "wait_seq": wait_seq});
    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 2, "waitlisted");
    log.add("link", "resized", Some(2), resized(2, 3, 5));
    log.add("link", "resized", Some(2), resized(3, 2, 5));
    log.finds(&[]);
    let seq = log.add("link", "resized", Some(2), resized(2, 3, 5));
    log.finds(&[(I14, seq)]);
}

#[test]
fn a_swap_changes_both() {
    let mut log = Log::of_event(json!({"roles_per_person": 2}), Some(2));
    log.role(2, Some(1));
    log.sign_up(1, 2, "confirmed");
    log.sign_up_for(2, 2, 1, "confirmed");
    let body = json!({
        "role": role_id(1), "spots": 2, "status": "confirmed",
        "with": registration_id(2), "with_role": role_id(2), "with_spots": 1, "with_status": "confirmed"
    });
    let seq = log.add("owner", "swapped", Some(1), body);
    log.finds(&[(I1, seq)]);
}

#[test]
fn what_is_not_understood_is_told() {
    let mut log = strict(1);
    let kind = log.add("owner", "teleported", None, json!({}));
    let body = log.add("owner", "checked_in", Some(1), json!({"checked_in": 1, "by": "x"}));
    log.finds(&[(I18, kind), (I18, body)]);
}

#[test]
fn time_that_goes_back_is_named() {
    let mut log = strict(1);
    let seq = log.add_at(1, "owner", "event_edited", None, json!({"settings": event(json!({})), "over": false}));
    log.finds(&[(I15, seq)]);
}

#[test]
fn a_logged_repair_makes_history_of_what_it_mended() {
    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    let seq = log.sign_up(2, 1, "confirmed");
    let repaired = log.add("owner", "override_raised", None, json!({"role": role_id(1)}));
    let report = log.audit();
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].seq.map(|seq| seq.0), Some(seq));
    assert_eq!(report.findings[0].mended_by.map(|seq| seq.0), Some(repaired));
}

#[test]
fn a_repair_that_writes_wrong_counters_is_named() {
    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    let counters = json!({"reserved": 2, "waiting": 0, "registrations": 1});
    let seq = log.add("owner", "counters_repaired", None, json!({"role": role_id(1), "counters": counters}));
    log.finds(&[(I2, seq)]);
}

#[test]
fn a_log_that_does_not_begin_with_the_event_is_named() {
    let mut log = Log::default();
    let seq = log.role(1, None);
    log.sign_up(1, 1, "confirmed");
    log.finds(&[(I14, seq)]);
}

/// Guests have a minute; the entries of a log made by hand are a minute apart.
fn to_verify(capacity: u32) -> Log {
    Log::of_event(json!({"verify_minutes": 1}), Some(capacity))
}

#[test]
fn a_history_of_verified_and_unverified_guests_is_green() {
    let mut log = to_verify(1);
    let held = log.guest(1, "held");
    log.guest(2, "waitlisted");
    log.guest(3, "waitlisted");
    log.add("guest", "sign_up_repeated", Some(1), json!({}));
    log.change("link", "verified", 3, 1, "waitlisted", "waitlisted");
    log.change("system", "expired", 1, 1, "held", "cancelled");
    log.change("system", "promoted", 2, 1, "waitlisted", "held");
    log.change("owner", "verified", 2, 1, "held", "confirmed");
    log.cancel(2, 1);
    log.promote(3, 1);
    log.finds(&[]);
    assert_eq!(held, 3);
}

#[test]
fn guests_must_verify_where_the_event_says_so_and_nobody_else() {
    let mut log = to_verify(5);
    let without = log.sign_up(1, 1, "confirmed");
    let too_late = log.guest_until(2, "held", 60_001);
    let confirmed = log.guest(3, "confirmed");
    let body = json!({"role": role_id(1), "spots": 1, "status": "held", "person": tag(4), "verify_by": 5});
    let account = log.add("account:00000000-0000-0000-0000-000000000001", "signed_up", Some(4), body);
    log.finds(&[(I14, without), (I14, too_late), (I14, confirmed), (I14, account)]);
}

#[test]
fn a_registration_runs_out_by_itself_and_in_time() {
    let mut log = to_verify(5);
    for guest in 1..=4 {
        log.guest(guest, "held");
    }
    log.change("link", "verified", 1, 1, "held", "confirmed");
    let verified = log.change("system", "expired", 1, 1, "confirmed", "cancelled");
    let by_staff = log.change("owner", "expired", 2, 1, "held", "cancelled");
    log.finds(&[(I14, verified), (I14, by_staff)]);

    let mut log = Log::of_event(json!({"verify_minutes": 10}), Some(5));
    log.guest_until(1, "held", 600_000);
    let early = log.change("system", "expired", 1, 1, "held", "cancelled");
    log.finds(&[(I14, early)]);
}

#[test]
fn who_is_not_verified_is_held_and_who_is_is_not() {
    let mut log = to_verify(1);
    log.guest(1, "held");
    log.guest(2, "waitlisted");
    log.cancel_as(1, "held");
    let unverified = log.promote(2, 1);
    log.finds(&[(I14, unverified)]);

    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    let nothing_to_verify = log.change("link", "verified", 2, 1, "waitlisted", "waitlisted");
    log.cancel(1, 1);
    let held = log.change("system", "promoted", 2, 1, "waitlisted", "held");
    log.finds(&[(I14, nothing_to_verify), (I14, held)]);
}

#[test]
fn a_held_party_takes_places_and_cannot_come_yet() {
    let mut log = to_verify(1);
    log.guest(1, "held");
    let over = log.guest(2, "held");
    let here = log.add("owner", "checked_in", Some(1), json!({"checked_in": 1}));
    log.finds(&[(I1, over), (I14, here)]);
}

#[test]
fn only_who_is_in_asks_again() {
    let mut log = to_verify(1);
    log.guest(1, "held");
    log.cancel_as(1, "held");
    let ended = log.add("guest", "sign_up_repeated", Some(1), json!({}));
    let unknown = log.add("guest", "sign_up_repeated", Some(7), json!({}));
    log.finds(&[(I14, ended), (I14, unknown)]);
}

#[test]
fn answers_of_people_who_are_logged_in_are_followed() {
    let no = |about| json!({"role": role_id(1), "person": tag(about)});
    let mut log = strict(1);
    log.add(SOMEBODY, "not_coming", Some(1), no(1));
    log.sign_up(2, 1, "confirmed");
    log.change(SOMEBODY, "accepted", 1, 1, "declined", "waitlisted");
    log.change(SOMEBODY, "declined", 2, 1, "confirmed", "declined");
    log.promote(1, 1);
    log.change("owner", "removed", 1, 1, "confirmed", "removed");
    log.change(SOMEBODY, "declined", 1, 1, "removed", "declined");
    log.change(SOMEBODY, "accepted", 2, 1, "declined", "confirmed");
    log.finds(&[]);
    let twice = log.change(SOMEBODY, "declined", 1, 1, "declined", "declined");
    let again = log.add(SOMEBODY, "not_coming", Some(1), no(1));
    let nobodys = log.add(SOMEBODY, "not_coming", None, no(1));
    let active = log.change(SOMEBODY, "accepted", 2, 1, "confirmed", "waitlisted");
    log.finds(&[(I14, twice), (I14, again), (I14, nobodys), (I14, active), (I8, active)]);
}

#[test]
fn a_yes_passes_nobody_and_goes_to_the_end() {
    let mut log = strict(1);
    log.sign_up(1, 1, "confirmed");
    log.sign_up(2, 1, "waitlisted");
    log.change(SOMEBODY, "declined", 1, 1, "confirmed", "declined");
    let passes = log.change(SOMEBODY, "accepted", 1, 1, "declined", "confirmed");
    log.finds(&[(I7, passes)]);

    let mut log = strict(1);
    for party in 1..=3 {
        log.sign_up(party, 1, if party == 1 { "confirmed" } else { "waitlisted" });
    }
    log.change(SOMEBODY, "declined", 2, 1, "waitlisted", "declined");
    log.change(SOMEBODY, "accepted", 2, 1, "declined", "waitlisted");
    log.cancel(1, 1);
    let before_the_other = log.promote(2, 1);
    log.finds(&[(I7, before_the_other)]);
}

#[test]
fn what_was_taken_over_is_judged_by_all_but_the_waiting_order() {
    let taken = |party: u32, spots: u32, status: &str, over: bool| json!({"role": role_id(1), "spots": spots, "status": status, "person": tag(party), "created_at": 7, "over": over});
    let mut log = strict(2);
    log.add("owner", "imported", Some(1), taken(1, 1, "waitlisted", false));
    log.add("owner", "imported", Some(2), taken(2, 2, "confirmed", false));
    log.add("owner", "imported", Some(3), taken(1, 1, "cancelled", false));
    log.add("owner", "imported", Some(4), taken(4, 1, "confirmed", true));
    log.finds(&[]);
    let twice = log.add("owner", "imported", Some(5), taken(2, 1, "waitlisted", false));
    let again = log.add("owner", "imported", Some(1), taken(6, 1, "cancelled", false));
    let held = log.add("owner", "imported", Some(7), taken(7, 1, "held", true));
    let beyond = log.add("owner", "imported", Some(8), taken(8, 1, "confirmed", false));
    log.finds(&[(I6, twice), (I14, again), (I14, held), (I1, beyond)]);

    let mut log = strict(2);
    let forgotten = log.add("owner", "imported", Some(1), taken(1, 1, "waitlisted", false));
    log.finds(&[(I8, forgotten)]);
}

const SOMEBODY: &str = "account:00000000-0000-0000-0000-000000000001";
