//! Every kind of damage, planted one by one into a data file that the rules have written, and named by the audit.

use std::collections::BTreeSet;

use headcount::verify::Invariant::{self, I1, I2, I6, I7, I12, I14, I15, I18};
use headcount::verify::{Finding, Head, Pieces, Report, verify_database, verify_database_in};
use headcount_core::command::{Action, Actor, Answer, CheckIn, Promote, RoleRef};
use headcount_core::event::EventSettings;
use headcount_core::ids::Seq;

use super::data::{Data, Kind};
use headcount_simulation::build::{
    by, create, event_id, new_role, open_event, open_role, registration_id, respond, role_id, sign_up, somebody,
};

const ANN: u32 = 1;
const BEN: u32 = 2;
const CAT: u32 = 3;
const DAN: u32 = 4;
const EVE: u32 = 5;

/// Two events; the log of the first, by seq: 1 event, 2 Server with 3 places, 3 Cook with 2, 4 ann (2), 5 ben, 6 cat waits,
/// 7 dan is Cook, 8 eve (2) waits, 9 ben cancels, 10 cat gets in, 11 one of ann's party is here, 12 eve by override.
fn healthy(kind: Kind) -> Data {
    let data = before_the_override(kind);
    let over = Promote { registration: registration_id(EVE), override_reason: Some("the speaker".into()) };
    data.run(&[by(Actor::Owner, event_id(1), Action::Promote(over))]);
    data
}

fn before_the_override(kind: Kind) -> Data {
    let data = Data::new(kind);
    let roles = vec![new_role(1, "Server", open_role(Some(3))), new_role(2, "Cook", open_role(Some(2)))];
    let other = vec![new_role(3, "Guest", open_role(Some(5)))];
    let (fair, gala) = (open_event("fair"), open_event("gala"));
    let (fair_form, gala_form) = (fair.form.clone(), gala.form.clone());
    let signs_up = |id, role, name, party| {
        by(Actor::Guest, event_id(1), sign_up(registration_id(id), RoleRef::Id(role_id(role)), name, party, &fair_form))
    };
    data.run(&[create(event_id(1), fair, roles), create(event_id(2), gala, other)]);
    data.run(&[
        signs_up(ANN, 1, "ann", 2),
        signs_up(BEN, 1, "ben", 1),
        signs_up(CAT, 1, "cat", 1),
        signs_up(DAN, 2, "dan", 1),
        signs_up(EVE, 1, "eve", 2),
        by(Actor::Link(1), event_id(1), Action::Cancel(registration_id(BEN))),
        by(Actor::Owner, event_id(1), Action::CheckIn(CheckIn { registration: registration_id(ANN), count: Some(1) })),
        by(Actor::Guest, event_id(2), sign_up(registration_id(6), RoleRef::Only, "ann", 1, &gala_form)),
    ]);
    data
}

/// What was found, each kind once: invariants, and the seqs they are broken at (zero: seen in the tables).
fn found(report: &Report) -> BTreeSet<(Invariant, u64)> {
    report.findings.iter().map(|finding| (finding.invariant, finding.seq.map_or(0, |seq| seq.0))).collect()
}

/// The findings without the values, among which are times and hashes.
fn told(report: &Report) -> Vec<Finding> {
    let without_values = |one: &Finding| Finding { expected: String::new(), found: String::new(), ..one.clone() };
    report.findings.iter().map(without_values).collect()
}

/// `$e`, `$server`, `$cook` and the people stand for the ids of the event, its roles and their registrations.
fn sql(kind: Kind, text: &str) -> String {
    let people = [("$ann", ANN), ("$ben", BEN), ("$cat", CAT), ("$dan", DAN), ("$eve", EVE), ("$new", 99)];
    let mut text = text.replace("$e ", &format!("{} ", kind.id(event_id(1).0)));
    text = text.replace("$server", &kind.id(role_id(1).0)).replace("$cook", &kind.id(role_id(2).0));
    for (name, number) in people {
        text = text.replace(name, &kind.id(registration_id(number).0));
    }
    text
}

/// Each damage is found in both databases, and told of in the same way.
#[track_caller]
fn names(planted: &[(&str, &[(Invariant, u64)])]) {
    names_in(&Kind::BOTH, planted);
}

#[track_caller]
fn names_in(kinds: &[Kind], planted: &[(&str, &[(Invariant, u64)])]) {
    let healthy: Vec<Data> = kinds.iter().copied().map(healthy).collect();
    for data in &healthy {
        let report = verify_database(&data.database(), &[]).unwrap();
        assert_eq!(report.to_string(), "verified 2 events, 15 entries: everything is as it should be");
    }
    for (text, expected) in planted {
        let mut reports: Vec<Report> = Vec::new();
        for data in &healthy {
            let kind = data.kind;
            let damaged = data.with(&sql(kind, text));
            for pieces in [Pieces::default(), Pieces { entries: 3, rows: 2 }] {
                let report = verify_database_in(pieces, &damaged.database(), &[]).unwrap();
                assert!(!report.is_green(), "{kind:?}: {text}");
                assert_eq!(found(&report), expected.iter().copied().collect(), "{kind:?}: {text}\n{report}");
                assert!(report.findings.iter().all(|finding| finding.event == event_id(1)), "{text}\n{report}");
                reports.push(report);
            }
        }
        for (first, second) in reports.iter().zip(reports.iter().skip(2)) {
            assert_eq!(told(first), told(second), "{text}");
        }
    }
}

#[test]
fn counters_that_were_changed() {
    names(&[
        ("update roles set reserved = 4 where event_id = $e and role_id = $server", &[(I2, 0)]),
        ("update roles set waiting = 1 where event_id = $e and role_id = $server", &[(I2, 0)]),
        ("update roles set registrations = 9 where event_id = $e and role_id = $cook", &[(I2, 0)]),
        ("update events set reserved = reserved + 1 where event_id = $e ", &[(I2, 0)]),
        ("update events set reserved = -1 where event_id = $e ", &[(I2, 0)]),
        ("update events set waiting = 7 where event_id = $e ", &[(I2, 0)]),
        ("update events set registrations = 4 where event_id = $e ", &[(I2, 0)]),
    ]);
}

#[test]
fn registrations_that_were_changed() {
    const OF: &str = "where event_id = $e and registration_id =";
    let both: &[(Invariant, u64)] = &[(I2, 0), (I14, 0)];
    let changed: &[(Invariant, u64)] = &[(I14, 0)];
    let changes = [
        (format!("status = 'cancelled', ended_seq = 7 {OF} $dan"), both),
        (format!("status = 'declined' {OF} $ben"), changed),
        (format!("spots = 2 {OF} $dan"), both),
        (format!("role_id = $cook {OF} $cat"), both),
        (format!("wait_seq = 1 {OF} $eve"), changed),
        (format!("checked_in = 2 {OF} $ann"), changed),
        (format!("ended_seq = 8 {OF} $ben"), changed),
        (format!("link_version = 2 {OF} $ann"), changed),
        (format!("person_tag = zeroblob(16) {OF} $ann"), changed),
        (format!("created_at = 5 {OF} $ann"), changed),
        (format!("person = 'email:cat@example.org' {OF} $ann"), &[(I6, 0)]),
    ];
    let planted = changes.map(|(change, expected)| (format!("update registrations set {change}"), expected));
    names(&planted.iter().map(|(text, expected)| (text.as_str(), *expected)).collect::<Vec<_>>());
}

/// Ann is held, ben waits and is to verify too, cat said no.
fn unverified(kind: Kind) -> Data {
    let data = Data::new(kind);
    let settings = EventSettings { verify_minutes: Some(30), ..open_event("fair") };
    let form = settings.form.clone();
    let guest = |id, name| by(Actor::Guest, event_id(1), sign_up(registration_id(id), RoleRef::Only, name, 1, &form));
    let no = respond(registration_id(CAT), Answer::Decline { role: None }, "cat", &form);
    data.run(&[create(event_id(1), settings, vec![new_role(1, "Server", open_role(Some(1)))])]);
    data.run(&[guest(ANN, "ann"), guest(BEN, "ben"), guest(9, "ann"), by(somebody(), event_id(1), no)]);
    data
}

#[test]
fn what_waits_to_be_verified_and_was_changed() {
    const OF: &str = "where event_id = $e and registration_id =";
    for data in Kind::BOTH.map(unverified) {
        assert!(verify_database(&data.database(), &[]).unwrap().is_green());
        for (change, expected) in [
            (format!("status = 'confirmed', verify_by = null {OF} $ann"), vec![(I14, 0)]),
            (format!("verify_by = verify_by + 1 {OF} $ann"), vec![(I14, 0)]),
            (format!("verify_by = null {OF} $ben"), vec![(I14, 0)]),
            (format!("status = 'held' {OF} $ben"), vec![(I1, 0), (I2, 0), (I14, 0)]),
        ] {
            let damaged = data.with(&sql(data.kind, &format!("update registrations set {change}")));
            let report = verify_database(&damaged.database(), &[]).unwrap();
            assert_eq!(found(&report), expected.into_iter().collect(), "{change}\n{report}");
        }
        let gone = data.with(&sql(data.kind, "delete from log where event_id = $e and kind = 'sign_up_repeated'"));
        assert!(!verify_database(&gone.database(), &[]).unwrap().is_green());
    }
}

#[test]
fn registrations_that_were_removed_or_added() {
    const COPY: &str = "insert into registrations select event_id, $new, role_id, person, person_tag, spots, status,
        verify_by, wait_seq, ended_seq, checked_in, link_version, created_at, name, email, phone, notes, special_requirements,
        staff_note, metadata, language from registrations where event_id = $e and registration_id = ";
    names(&[
        ("delete from registrations where event_id = $e and registration_id = $dan", &[(I2, 0), (I12, 0)]),
        ("delete from registrations where event_id = $e and registration_id = $ben", &[(I2, 0), (I12, 0)]),
        ("delete from registrations where event_id = $e ", &[(I2, 0), (I12, 0)]),
        (&format!("{COPY} $ben"), &[(I2, 0), (I12, 0)]),
        // One person twice.
        (&format!("{COPY} $dan"), &[(I2, 0), (I6, 0), (I12, 0)]),
        // And one more than there are places.
        (&format!("{COPY} $cat"), &[(I1, 0), (I2, 0), (I6, 0), (I12, 0)]),
    ]);
}

#[test]
fn entries_that_were_changed() {
    names(&[
        ("update log set actor = 'owner' where event_id = $e and seq = 7", &[(I18, 7)]),
        ("update log set hash = zeroblob(32) where event_id = $e and seq = 7", &[(I18, 7)]),
        ("update log set hash = zeroblob(32) where event_id = $e and seq = 12", &[(I18, 0), (I18, 12)]),
        ("update log set registration_id = $new where event_id = $e and seq = 11", &[(I14, 0), (I14, 11), (I18, 11)]),
        (
            "update log set body = replace(body, '\"spots\":1', '\"spots\":2') where event_id = $e and seq = 7",
            &[(I2, 0), (I14, 0), (I18, 7)],
        ),
        // The same fact in other bytes.
        ("update log set body = body || ' ' where event_id = $e and seq = 7", &[(I18, 7)]),
        ("update log set body = 'x' where event_id = $e and seq = 11", &[(I14, 0), (I18, 11)]),
        ("update log set kind = 'teleported' where event_id = $e and seq = 11", &[(I14, 0), (I18, 11)]),
        ("update log set at = at - 1000000 where event_id = $e and seq = 7", &[(I14, 0), (I15, 7), (I18, 7)]),
    ]);
}

#[test]
fn ids_that_are_none() {
    let planted = "update log set registration_id = x'00' where event_id = $e and seq = 11";
    names_in(&[Kind::Sqlite], &[(planted, &[(I14, 0), (I14, 11), (I18, 11)])]);
}

#[test]
fn entries_that_were_removed_added_or_reordered() {
    names(&[
        // The check-in is gone from the log, not from the table.
        ("delete from log where event_id = $e and seq = 11", &[(I14, 0), (I18, 12)]),
        ("delete from log where event_id = $e and seq = 12", &[(I1, 0), (I2, 0), (I14, 0), (I18, 0)]),
        (
            "insert into log select event_id, 13, at, actor, 'details_edited', registration_id, '{\"fields\":[]}', hash
             from log where event_id = $e and seq = 12",
            &[(I18, 0), (I18, 13)],
        ),
        (
            "insert into log select event_id, 0, at, actor, kind, registration_id, body, hash
             from log where event_id = $e and seq = 1",
            &[(I14, 0), (I14, 1), (I18, 0), (I18, 1)],
        ),
        (
            "update log set seq = -seq where event_id = $e and seq in (4, 5);
             update log set seq = 9 + seq where event_id = $e and seq < 0",
            &[(I14, 0), (I18, 4), (I18, 5), (I18, 6)],
        ),
    ]);
}

#[test]
fn events_and_roles_that_were_changed() {
    names(&[
        ("update roles set capacity = 1 where event_id = $e and role_id = $cook", &[(I1, 0)]),
        ("update roles set capacity = 2 where event_id = $e and role_id = $server", &[(I1, 0)]),
        ("update roles set capacity = null where event_id = $e and role_id = $server", &[(I1, 0)]),
        ("update roles set override_spots = 5 where event_id = $e and role_id = $server", &[(I1, 0)]),
        ("update roles set full_since = 3 where event_id = $e and role_id = $server", &[(I14, 0)]),
        ("update events set full_since = 3 where event_id = $e ", &[(I14, 0)]),
        ("update events set capacity = 1 where event_id = $e ", &[(I1, 0)]),
        ("update events set override_spots = 1 where event_id = $e ", &[(I1, 0)]),
        ("update events set waitlist_policy = 'off' where event_id = $e ", &[(I14, 0)]),
        ("update events set closes_at = 1 where event_id = $e ", &[(I14, 0)]),
        ("update events set slug = 'x' where event_id = $e ", &[(I14, 0)]),
        ("update slugs set slug = 'x' where event_id = $e ", &[(I12, 0)]),
        ("update events set revision = 9 where event_id = $e ", &[(I14, 0)]),
        ("update events set seq = 11 where event_id = $e ", &[(I18, 0)]),
        ("update events set hash = zeroblob(32) where event_id = $e ", &[(I18, 0)]),
        ("update events set last_at = 1 where event_id = $e ", &[(I15, 0)]),
        ("update roles set min_needed = 3 where event_id = $e and role_id = $cook", &[(I14, 0)]),
        ("update roles set skipped_id = $eve, skips = 1 where event_id = $e and role_id = $server", &[(I7, 0)]),
        ("delete from roles where event_id = $e and role_id = $cook", &[(I12, 0)]),
        (
            "insert into roles select event_id, $new, 'x', 'x', '', capacity, starts_at, ends_at, sort, min_needed,
             closed, 0, 0, 0, 0, skipped_id, 0, full_since from roles where event_id = $e and role_id = $cook",
            &[(I12, 0)],
        ),
        ("delete from events where event_id = $e ", &[(I12, 0)]),
        ("delete from events where event_id = $e ; delete from log where event_id = $e ", &[(I12, 0)]),
    ]);
}

#[test]
fn many_findings_are_counted_but_what_can_be_mended_is_told() {
    let settings = open_event("fair");
    let form = settings.form.clone();
    let mut commands = vec![create(event_id(1), settings, vec![new_role(1, "Server", open_role(None))])];
    commands.extend((1..=60).map(|number| {
        by(Actor::Guest, event_id(1), sign_up(registration_id(number), RoleRef::Only, &format!("p{number}"), 1, &form))
    }));
    for kind in Kind::BOTH {
        let data = Data::new(kind);
        data.run(&commands);
        let damaged = data.with("update registrations set checked_in = 1");
        let report = verify_database(&damaged.database(), &[]).unwrap();
        assert_eq!((report.findings.len(), report.more_findings), (50, 10));
        let sum = "and 10 findings that are not listed\nverified 1 event, 62 entries: 60 things are wrong";
        assert!(report.to_string().ends_with(sum), "{report}");
        let both = data.with("update registrations set checked_in = 1; update events set reserved = 1");
        let report = verify_database(&both.database(), &[]).unwrap();
        assert!(found(&report).contains(&(I2, 0)), "{report}");
    }
}

#[test]
fn answers_that_nothing_stands_for() {
    let answer = |registration: u32, seq: u64| {
        let outcome = format!("{{\"registration\":{{\"id\":\"{}\",\"seq\":{seq}}}}}", registration_id(registration));
        format!("insert into idempotency_keys values ($e , 'x', 'y{seq}', zeroblob(32), '{outcome}', 0)")
    };
    for kind in Kind::BOTH {
        let answered = healthy(kind).with(&sql(kind, &answer(ANN, 12)));
        assert!(verify_database(&answered.database(), &[]).unwrap().is_green());
    }
    names(&[
        // Of entries that were cut off.
        (&answer(ANN, 13), &[(I12, 13)]),
        (&answer(77, 12), &[(I12, 12)]),
        ("insert into idempotency_keys values ($e , 'x', 'y', zeroblob(32), 'z', 0)", &[(I12, 0)]),
        (&format!("{};{};{}", answer(ANN, 4), answer(ANN, 5), answer(77, 6)), &[(I12, 6)]),
    ]);
}

#[test]
fn a_cut_or_rewritten_log_is_seen_with_a_noted_head_only() {
    for kind in Kind::BOTH {
        let data = healthy(kind);
        let verify = |data: &Data, heads: &[Head]| verify_database(&data.database(), heads).unwrap();
        let heads = verify(&data, &[]).heads;
        let noted = *heads.iter().find(|head| head.event == event_id(1)).unwrap();
        assert_eq!(noted.seq, Seq(12));
        assert!(verify(&data, &[noted]).is_green());

        // A database from before the last entry is a log that was cut with everything that belongs to it.
        let cut = before_the_override(kind);
        let report = verify(&cut, &[]);
        assert!(report.is_green(), "{report}");
        assert_eq!(found(&verify(&cut, &[noted])), [(I18, 12)].into());

        // Another history of the same length, in order by itself.
        let rewritten = before_the_override(kind);
        let form = open_event("fair").form;
        let wish = sign_up(registration_id(9), RoleRef::Id(role_id(2)), "fay", 1, &form);
        rewritten.run(&[by(Actor::Guest, event_id(1), wish)]);
        assert!(verify(&rewritten, &[]).is_green());
        assert_eq!(found(&verify(&rewritten, &[noted])), [(I18, 12)].into());

        let unknown = Head { event: event_id(7), ..noted };
        assert_eq!(found(&verify(&data, &[unknown])), [(I18, 12)].into());
    }
}
