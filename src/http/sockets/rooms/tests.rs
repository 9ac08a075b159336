use headcount_core::event::Form;
use headcount_core::ids::Millis;
use serde_json::json;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::*;
use crate::http::caller::Caller;
use crate::http::forms::is_shown;
use crate::people::identity::{Credential, Membership, Standing};

const EVENT: EventId = EventId(Uuid::from_u128(1));
const ANOTHER_EVENT: EventId = EventId(Uuid::from_u128(2));
const HOME: OrganizationId = OrganizationId(Uuid::from_u128(3));
const ELSEWHERE: OrganizationId = OrganizationId(Uuid::from_u128(4));
const KITCHEN: TeamId = TeamId(Uuid::from_u128(5));
const STAGE: TeamId = TeamId(Uuid::from_u128(6));
const ANN: AccountId = AccountId(Uuid::from_u128(7));
const BEN: AccountId = AccountId(Uuid::from_u128(8));

fn settings(status: EventStatus, visibility: Visibility, teams: &[TeamId]) -> EventSettings {
    let mut settings: EventSettings = serde_json::from_value(json!({
        "slug": "fair", "visibility": "public", "one_per": "email", "phone": "hidden", "phone_region": null,
        "organization": HOME, "teams": [], "status": "published", "capacity": null,
        "waitlist": {"policy": "off", "limit": null, "max_skips": 3}, "max_spots": 1, "roles_per_person": 1,
        "starts_at": null, "ends_at": null, "opens_at": null, "closes_at": null, "cancel_until": null,
        "promote_until": null, "self_move": false,
    }))
    .unwrap();
    settings.status = status;
    settings.form = Form { visibility, teams: teams.iter().copied().collect(), ..settings.form };
    settings
}

fn somebody(memberships: BTreeMap<OrganizationId, Membership>, teams: &[TeamId]) -> Identity {
    Identity {
        account: ANN,
        name: "Ann".to_owned(),
        email: "ann@example.org".to_owned(),
        language: None,
        generation: 0,
        by: Credential::Session(Millis(0)),
        memberships,
        teams: teams.iter().copied().collect(),
    }
}

/// All that somebody can be in an organization, as far as it matters here.
fn memberships() -> Vec<Membership> {
    let mut all = Vec::new();
    for role in [MemberRole::Staff, MemberRole::Manager, MemberRole::Owner] {
        for everything in [false, true] {
            for events in [vec![], vec![EVENT], vec![ANOTHER_EVENT]] {
                for teams in [vec![], vec![KITCHEN], vec![STAGE]] {
                    let (events, teams) = (events.iter().copied().collect(), teams.into_iter().collect());
                    all.push(Membership { role, special_requirements: false, everything, events, teams });
                }
            }
        }
    }
    all
}

fn message() -> Message {
    Arc::from(to_raw_value(&json!({})).unwrap())
}

/// As `stream/inside.rs` has it for one who follows the event.
fn hears(identity: &Identity, settings: &EventSettings, is_in: bool, is_own: bool) -> bool {
    let caller = Caller::Known(Arc::new(identity.clone()));
    let standing = caller.standing(EVENT, &settings.form);
    let hears_all = matches!(standing, Standing::Team | Standing::Manager) || is_in;
    is_shown(EVENT, &settings.form, settings.status == EventStatus::Draft, &caller) && (is_own || hears_all)
}

#[test]
fn rooms_say_the_same_as_standings() {
    let mut counts = [0, 0];
    for membership in memberships() {
        for organizations in [vec![], vec![HOME], vec![ELSEWHERE], vec![HOME, ELSEWHERE]] {
            for member_of in [&[][..], &[KITCHEN], &[STAGE]] {
                let memberships =
                    organizations.iter().map(|organization| (*organization, membership.clone())).collect();
                let identity = somebody(memberships, member_of);
                for status in [EventStatus::Draft, EventStatus::Published, EventStatus::Closed] {
                    for visibility in [Visibility::Public, Visibility::Unlisted, Visibility::Team] {
                        for of_event in [&[][..], &[KITCHEN], &[KITCHEN, STAGE]] {
                            let settings = settings(status, visibility, of_event);
                            for (is_in, about) in
                                [(false, None), (false, Some(BEN)), (false, Some(ANN)), (true, Some(BEN))]
                            {
                                let rooms = Rooms::default();
                                let mut seat = rooms.enter(&identity, is_in.then_some(EVENT));
                                rooms.tell(&Room::of_response(EVENT, &settings, about), &message());
                                let is_told = seat.messages.try_recv().is_ok();
                                let expected = hears(&identity, &settings, is_in, about == Some(ANN));
                                assert_eq!(is_told, expected, "{identity:?} {settings:?} {is_in} {about:?}");
                                counts[usize::from(is_told)] += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 10_000), "{counts:?}");
}

#[tokio::test]
async fn each_is_told_once_however_many_rooms_they_are_in() {
    let rooms = Rooms::default();
    let owner = Membership { role: MemberRole::Owner, ..memberships()[0].clone() };
    let mut seat = rooms.enter(&somebody(BTreeMap::from([(HOME, owner)]), &[KITCHEN]), [EVENT]);
    let settings = settings(EventStatus::Published, Visibility::Public, &[KITCHEN]);
    rooms.tell(&Room::of_response(EVENT, &settings, Some(ANN)), &message());
    seat.next().await.unwrap();
    assert!(seat.messages.try_recv().is_err());
}

#[tokio::test]
async fn whoever_is_too_far_behind_loses_their_place_and_the_others_go_on() {
    let rooms = Rooms::default();
    let all = BTreeSet::from([Room::Team(KITCHEN)]);
    let identity = somebody(BTreeMap::new(), &[KITCHEN]);
    let (mut slow, mut quick) = (rooms.enter(&identity, []), rooms.enter(&identity, []));
    for _ in 0..=BEHIND_MAX {
        rooms.tell(&all, &message());
        quick.next().await.unwrap();
    }
    for _ in 0..BEHIND_MAX {
        slow.next().await.unwrap();
    }
    assert!(slow.next().await.is_none(), "what it missed is not passed over in silence");
    rooms.tell(&all, &message());
    quick.next().await.unwrap();
    drop(slow);
    assert!(rooms.has_any(&all));
    drop(quick);
    assert!(!rooms.has_any(&all) && rooms.seats().rooms.is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn whoever_comes_and_goes_does_so_with_all_their_sockets() {
    let rooms = Rooms::default();
    let coming = BTreeSet::from([Room::Coming(EVENT)]);
    let identity = somebody(BTreeMap::new(), &[]);
    let mut seats = [rooms.enter(&identity, [EVENT]), rooms.enter(&identity, [])];
    assert_eq!(rooms.email(ANN).as_deref(), Some("ann@example.org"));
    assert_eq!(rooms.email(BEN), None);
    rooms.comes(BEN, EVENT);
    rooms.tell(&coming, &message());
    assert_eq!(seats.each_mut().map(|seat| seat.messages.try_recv().is_ok()), [true, false]);
    rooms.comes(ANN, EVENT);
    rooms.tell(&coming, &message());
    assert_eq!(seats.each_mut().map(|seat| seat.messages.try_recv().is_ok()), [true, true]);
    rooms.stays_away(ANN, EVENT);
    assert!(!rooms.has_any(&coming));
    rooms.empty();
    for seat in &mut seats {
        assert!(seat.next().await.is_none());
    }
}
