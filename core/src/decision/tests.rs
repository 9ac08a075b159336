//! Outcomes that are stored are read by later versions. The texts here are rows of data files that exist: a change that
//! fails here is answered with a default or another name in the code, never by changing a text. A new variant or field
//! gets a text of its own beside the old ones.

use uuid::Uuid;

use super::*;
use crate::command::EventTexts;
use crate::event::{
    EventSettings, EventStatus, Form, OnePer, PhonePolicy, RoleSettings, Visibility, Waitlist, WaitlistPolicy,
};
use crate::ids::{OrganizationId, TeamId};
use crate::view::{Availability, RoleView, SignUpState};

fn assert_reads(stored: &str, outcome: &Outcome) {
    assert_eq!(&serde_json::from_str::<Outcome>(stored).unwrap(), outcome, "{stored}");
}

fn cook() -> String {
    "Cook".into()
}

fn affected() -> Vec<Affected> {
    vec![Affected {
        registration_id: RegistrationId(Uuid::from_u128(3)),
        role_id: RoleId(Uuid::from_u128(2)),
        spots: Spots::try_from(2).unwrap(),
        from: Status::Waitlisted,
        to: Status::Confirmed,
    }]
}

#[test]
fn a_stored_change_of_a_registration_is_read() {
    let receipt = Receipt {
        id: RegistrationId(Uuid::from_u128(4)),
        event_id: EventId(Uuid::from_u128(1)),
        role_id: RoleId(Uuid::from_u128(2)),
        role: cook(),
        status: Status::Waitlisted,
        spots: Spots::try_from(2).unwrap(),
        position: Some(1),
        checked_in: 0,
        seq: Seq(7),
        created_at: Millis(1_000),
        link_version: 1,
        affected: affected(),
    };
    assert_reads(
        r#"{"registration":{"id":"00000000-0000-0000-0000-000000000004",
        "event_id":"00000000-0000-0000-0000-000000000001",
        "role_id":"00000000-0000-0000-0000-000000000002","role":"Cook","status":"waitlisted","spots":2,
        "position":1,"checked_in":0,"seq":7,"created_at":1000,"link_version":1,
        "affected":[{"registration_id":"00000000-0000-0000-0000-000000000003",
        "role_id":"00000000-0000-0000-0000-000000000002","spots":2,"from":"waitlisted",
        "to":"confirmed"}]}}"#,
        &Outcome::Registration(receipt),
    );
}

#[test]
fn every_stored_status_is_read() {
    for (stored, status) in [
        ("confirmed", Status::Confirmed),
        ("waitlisted", Status::Waitlisted),
        ("declined", Status::Declined),
        ("cancelled", Status::Cancelled),
        ("removed", Status::Removed),
    ] {
        assert_eq!(serde_json::from_value::<Status>(stored.into()).unwrap(), status);
    }
}

#[test]
fn a_stored_edit_and_a_stored_repair_are_read() {
    let edited = Edited { role_id: Some(RoleId(Uuid::from_u128(2))), revision: 2, seq: Seq(7), affected: affected() };
    assert_reads(
        r#"{"edited":{"role_id":"00000000-0000-0000-0000-000000000002","revision":2,"seq":7,
        "affected":[{"registration_id":"00000000-0000-0000-0000-000000000003",
        "role_id":"00000000-0000-0000-0000-000000000002","spots":2,"from":"waitlisted",
        "to":"confirmed"}]}}"#,
        &Outcome::Edited(edited),
    );
    let repaired = Repaired { counters: 1, kept_spots: 2, affected: affected(), seq: Seq(7) };
    assert_reads(
        r#"{"repaired":{"counters":1,"kept_spots":2,
        "affected":[{"registration_id":"00000000-0000-0000-0000-000000000003",
        "role_id":"00000000-0000-0000-0000-000000000002","spots":2,"from":"waitlisted",
        "to":"confirmed"}],"seq":7}}"#,
        &Outcome::Repaired(repaired),
    );
}

#[test]
fn stored_outcomes_that_are_one_word_are_read() {
    assert_reads(r#""event_deleted""#, &Outcome::EventDeleted);
    assert_reads(r#""settled""#, &Outcome::Settled);
}

fn availability() -> Availability {
    Availability { capacity: Some(10), override_spots: 1, reserved: 2, free: Some(8), open_now: Some(7), waiting: 1 }
}

fn event() -> EventView {
    let form = Form {
        slug: "feast".into(),
        visibility: Visibility::Public,
        one_per: OnePer::EmailAndName,
        phone: PhonePolicy::Optional,
        phone_region: Some("DE".into()),
        organization: OrganizationId(Uuid::from_u128(9)),
        teams: [TeamId(Uuid::from_u128(8))].into(),
    };
    let settings = EventSettings {
        form,
        status: EventStatus::Published,
        capacity: Some(10),
        waitlist: Waitlist { policy: WaitlistPolicy::FillGaps, limit: Some(5), max_skips: 3 },
        max_spots: Spots::try_from(4).unwrap(),
        roles_per_person: 1,
        starts_at: Some(Millis(3_000)),
        ends_at: Some(Millis(4_000)),
        opens_at: Some(Millis(1_000)),
        closes_at: None,
        cancel_until: Some(Millis(2_000)),
        promote_until: None,
        self_move: true,
        verify_minutes: None,
        retention_days: Some(30),
    };
    let texts = EventTexts {
        title: "The feast".into(),
        description: "All eat.".into(),
        location: "Hall".into(),
        contact: "Ann".into(),
        timezone: "Europe/Berlin".into(),
        metadata: "{}".into(),
    };
    let role = RoleView {
        id: RoleId(Uuid::from_u128(2)),
        name: cook(),
        description: "Cooks.".into(),
        settings: RoleSettings {
            capacity: None,
            starts_at: None,
            ends_at: None,
            order: -1,
            min_needed: 2,
            closed: false,
        },
        availability: availability(),
    };
    EventView {
        id: EventId(Uuid::from_u128(1)),
        settings,
        texts,
        availability: availability(),
        sign_up: SignUpState::Open,
        seq: Seq(2),
        revision: 1,
        roles: vec![role],
    }
}

#[test]
fn a_stored_new_event_is_read() {
    assert_reads(
        r#"{"event_created":{"id":"00000000-0000-0000-0000-000000000001","settings":{"slug":"feast",
        "visibility":"public","one_per":"email_and_name","phone":"optional","phone_region":"DE",
        "organization":"00000000-0000-0000-0000-000000000009","teams":["00000000-0000-0000-0000-000000000008"],
        "status":"published","capacity":10,"waitlist":{"policy":"fill_gaps","limit":5,"max_skips":3},
        "max_spots":4,"roles_per_person":1,"starts_at":3000,"ends_at":4000,"opens_at":1000,
        "closes_at":null,"cancel_until":2000,"promote_until":null,"self_move":true,"verify_minutes":null,
        "retention_days":30},
        "texts":{"title":"The feast","description":"All eat.","location":"Hall","contact":"Ann",
        "timezone":"Europe/Berlin","metadata":"{}"},"availability":{"capacity":10,"override":1,
        "reserved":2,"free":8,"open_now":7,"waiting":1},"sign_up":"open","seq":2,"revision":1,
        "roles":[{"id":"00000000-0000-0000-0000-000000000002","name":"Cook","description":"Cooks.",
        "settings":{"capacity":null,"starts_at":null,"ends_at":null,"order":-1,"min_needed":2,
        "closed":false},"availability":{"capacity":10,"override":1,"reserved":2,"free":8,"open_now":7,
        "waiting":1}}]}}"#,
        &Outcome::EventCreated(Box::new(event())),
    );
}

#[test]
fn every_stored_refusal_is_read() {
    use Refusal::*;
    let refusals = [
        (r#"{"code":"not_found","what":"event"}"#, NotFound { what: What::Event }),
        (r#"{"code":"not_found","what":"role"}"#, NotFound { what: What::Role }),
        (r#"{"code":"not_found","what":"registration"}"#, NotFound { what: What::Registration }),
        (r#"{"code":"not_open_yet","opens_at":1000}"#, NotOpenYet { opens_at: Some(Millis(1_000)) }),
        (r#"{"code":"registration_closed"}"#, RegistrationClosed),
        (
            r#"{"code":"role_full","role":"Cook","open_now":1,"full_since":null}"#,
            RoleFull { role: cook(), open_now: 1, full_since: None },
        ),
        (
            r#"{"code":"event_full","open_now":0,"full_since":7}"#,
            EventFull { open_now: 0, full_since: Some(Millis(7)) },
        ),
        (r#"{"code":"waitlist_full","limit":2}"#, WaitlistFull { limit: 2 }),
        (r#"{"code":"already_registered","role":"Cook"}"#, AlreadyRegistered { role: cook() }),
        (r#"{"code":"too_many_roles","limit":2}"#, TooManyRoles { limit: 2 }),
        (r#"{"code":"too_many_spots","max":3}"#, TooManySpots { max: 3 }),
        (r#"{"code":"too_late","until":1000}"#, TooLate { until: Millis(1_000) }),
        (r#"{"code":"capacity_below_reserved","reserved":4}"#, CapacityBelowReserved { reserved: 4 }),
        (r#"{"code":"not_confirmed"}"#, NotConfirmed),
        (r#"{"code":"not_waitlisted"}"#, NotWaitlisted),
        (r#"{"code":"not_active"}"#, NotActive),
        (r#"{"code":"still_active"}"#, StillActive),
        (r#"{"code":"already_declined"}"#, AlreadyDeclined),
        (r#"{"code":"no_room","free":0}"#, NoRoom { free: 0 }),
        (r#"{"code":"already_checked_in","checked_in":2}"#, AlreadyCheckedIn { checked_in: 2 }),
        (r#"{"code":"not_checked_in","checked_in":0}"#, NotCheckedIn { checked_in: 0 }),
        (r#"{"code":"self_move_off"}"#, SelfMoveOff),
        (r#"{"code":"slug_taken"}"#, SlugTaken),
        (r#"{"code":"role_exists","role":"Cook"}"#, RoleExists { role: cook() }),
        (r#"{"code":"role_not_empty"}"#, RoleNotEmpty),
        (r#"{"code":"last_role"}"#, LastRole),
        (r#"{"code":"event_not_empty"}"#, EventNotEmpty),
        (
            r#"{"code":"invalid","field":"role","problem":"is required"}"#,
            Invalid { field: "role".into(), problem: "is required".into() },
        ),
        (r#"{"code":"key_reused"}"#, KeyReused),
        (r#"{"code":"revision_mismatch","current":5}"#, RevisionMismatch { current: 5 }),
        (r#"{"code":"form_changed"}"#, FormChanged),
    ];
    for (stored, refusal) in refusals {
        assert_reads(&format!(r#"{{"refused":{stored}}}"#), &Outcome::Refused(refusal));
    }
}
