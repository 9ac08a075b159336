use std::collections::VecDeque;

use serde_json::json;
use tokio::time::{Duration, Instant};

use super::*;

const EVENT: EventId = EventId(uuid::Uuid::from_u128(1));

/// What one look comes to.
type Look = Result<Option<EventView>, StoreError>;

/// What is stored, as the feeds of a test read it.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<VecDeque<Look>>>);

impl Table {
    /// What is read next; the last one again and again.
    fn next(&self) -> Look {
        let mut stored = self.0.lock().unwrap();
        match stored.pop_front().unwrap_or_else(|| Err(StoreError::Unavailable("nothing is stored".into()))) {
            Ok(state) => {
                if stored.is_empty() {
                    stored.push_back(Ok(state.clone()));
                }
                Ok(state)
            }
            Err(error) => Err(error),
        }
    }

    fn is(&self, state: Option<EventView>) {
        *self.0.lock().unwrap() = VecDeque::from([Ok(state)]);
    }

    fn follow(&self, live: &Live, view: EventView) -> Option<Follower> {
        live.follow_in(self.clone(), view)
    }
}

impl Source for Table {
    async fn view(&self) -> Look {
        self.next()
    }

    async fn responses(&self, view: &EventView, _: Seq) -> Result<Responses, StoreError> {
        Ok(Responses { responses: Vec::new(), through: view.seq })
    }
}

/// An event as it looks at this seq.
fn at(seq: u64) -> EventView {
    let settings = json!({
        "slug": "fair", "visibility": "public", "one_per": "email", "phone": "hidden", "phone_region": null,
        "organization": uuid::Uuid::nil(), "teams": [],
        "status": "published", "capacity": null, "waitlist": {"policy": "off", "limit": null, "max_skips": 3},
        "max_spots": 1, "roles_per_person": 1, "starts_at": null, "ends_at": null, "opens_at": null, "closes_at": null,
        "cancel_until": null, "promote_until": null, "self_move": false,
    });
    let texts = json!({
        "title": "Fair", "description": "", "location": "", "contact": "", "timezone": "UTC", "metadata": "{}",
    });
    let availability = json!({
        "capacity": null, "override": 0, "reserved": seq, "free": null, "open_now": null, "waiting": 0,
    });
    serde_json::from_value(json!({
        "id": EVENT, "settings": settings, "texts": texts, "availability": availability, "sign_up": "open",
        "seq": seq, "revision": 1, "roles": [],
    }))
    .unwrap()
}

fn changed(live: &Live) {
    live.changed(&BTreeSet::from([EVENT]));
}

async fn told(follower: &mut Follower) -> u64 {
    follower.next().await.unwrap().view.seq.0
}

#[tokio::test(start_paused = true)]
async fn the_newest_state_is_told_at_once_and_then_at_most_every_half_second() {
    let (live, stored) = (Live::default(), Table::default());
    let mut follower = stored.follow(&live, at(1)).unwrap();
    let begun = Instant::now();
    stored.is(Some(at(2)));
    changed(&live);
    assert_eq!((told(&mut follower).await, begun.elapsed()), (2, Duration::ZERO));
    for seq in 3..=10 {
        stored.is(Some(at(seq)));
        changed(&live);
        tokio::task::yield_now().await;
    }
    assert_eq!((told(&mut follower).await, begun.elapsed()), (10, Duration::from_millis(500)), "3 to 9 are left out");
    stored.is(Some(at(11)));
    changed(&live);
    assert_eq!((told(&mut follower).await, begun.elapsed()), (11, Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn what_did_not_change_is_not_told_again() {
    let (live, stored) = (Live::default(), Table::default());
    let mut follower = stored.follow(&live, at(1)).unwrap();
    stored.is(Some(at(1)));
    changed(&live);
    let nothing = tokio::time::timeout(Duration::from_secs(60), follower.next()).await;
    assert!(nothing.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_changed_between_the_look_and_the_first_follower_is_told() {
    let (live, stored) = (Live::default(), Table::default());
    // Nobody followed when it was said that it changed.
    stored.is(Some(at(2)));
    changed(&live);
    let mut outside = stored.follow(&live, at(1)).unwrap();
    assert_eq!(told(&mut outside).await, 2);
}

#[tokio::test(start_paused = true)]
async fn all_who_follow_share_one_update_which_is_written_once() {
    let (live, stored) = (Live::default(), Table::default());
    let mut followers: Vec<Follower> = (0..3).map(|_| stored.follow(&live, at(1)).unwrap()).collect();
    stored.is(Some(at(2)));
    changed(&live);
    let mut times_written = 0;
    for follower in &mut followers {
        let update = follower.next().await.unwrap();
        update.written(|view| {
            times_written += 1;
            view.seq.to_string().into()
        });
    }
    assert_eq!(times_written, 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_an_older_state_than_the_one_they_began_with_nor_the_same_again() {
    let (live, stored) = (Live::default(), Table::default());
    let mut early = stored.follow(&live, at(1)).unwrap();
    stored.is(Some(at(3)));
    changed(&live);
    assert_eq!(told(&mut early).await, 3);
    // Five is not told yet when somebody comes who has just read it.
    stored.is(Some(at(5)));
    let mut late = stored.follow(&live, at(5)).unwrap();
    assert_eq!(late.told().view.seq.0, 5);
    assert_eq!(told(&mut early).await, 5);
    stored.is(Some(at(6)));
    changed(&live);
    assert_eq!(told(&mut late).await, 6);
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_does_not_listen_misses_states_but_not_the_newest() {
    let (live, stored) = (Live::default(), Table::default());
    let (mut quick, mut slow) = (stored.follow(&live, at(1)).unwrap(), stored.follow(&live, at(1)).unwrap());
    for seq in 2..=5 {
        stored.is(Some(at(seq)));
        changed(&live);
        assert_eq!(told(&mut quick).await, seq);
    }
    assert_eq!(told(&mut slow).await, 5);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_gone_or_older_than_was_told_ends_its_stream() {
    for state in [None, Some(at(6))] {
        let (live, stored) = (Live::default(), Table::default());
        let mut follower = stored.follow(&live, at(7)).unwrap();
        stored.is(state);
        changed(&live);
        assert!(follower.next().await.is_none());
        assert!(live.followed().is_empty());
        assert!(stored.follow(&live, at(6)).is_some(), "it can be followed anew");
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_ends_with_its_last_follower_and_another_begins_with_the_next() {
    let (live, stored) = (Live::default(), Table::default());
    let followers = [stored.follow(&live, at(1)), stored.follow(&live, at(1))];
    assert_eq!(live.followed(), [(EVENT, Seq(1))]);
    drop(followers);
    while !live.followed().is_empty() {
        tokio::task::yield_now().await;
    }
    let mut follower = stored.follow(&live, at(2)).unwrap();
    stored.is(Some(at(3)));
    changed(&live);
    assert_eq!(told(&mut follower).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_all_at_once_and_takes_no_more() {
    let (live, stored) = (Live::default(), Table::default());
    let mut follower = stored.follow(&live, at(1)).unwrap();
    // Also one that waits for its half second to be over.
    stored.is(Some(at(2)));
    changed(&live);
    told(&mut follower).await;
    changed(&live);
    tokio::task::yield_now().await;
    let stopped = Instant::now();
    live.stop();
    assert!(follower.next().await.is_none());
    assert_eq!(stopped.elapsed(), Duration::ZERO);
    assert!(stored.follow(&live, at(2)).is_none());
}

#[tokio::test(start_paused = true)]
async fn there_is_room_for_so_many_followers_of_all_events_together() {
    let (live, stored) = (Live::with_places(2), Table::default());
    let other = EventView { id: EventId(uuid::Uuid::from_u128(2)), ..at(1) };
    let first = stored.follow(&live, at(1)).unwrap();
    let _second = stored.follow(&live, other).unwrap();
    assert!(stored.follow(&live, at(1)).is_none());
    drop(first);
    assert!(stored.follow(&live, at(1)).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_read_is_read_again() {
    let (live, stored) = (Live::default(), Table::default());
    let mut follower = stored.follow(&live, at(1)).unwrap();
    let broken = || Err(StoreError::Unavailable("the disk is away".into()));
    stored.0.lock().unwrap().extend([broken(), broken(), Ok(Some(at(2)))]);
    changed(&live);
    assert_eq!(told(&mut follower).await, 2);
}

#[tokio::test]
async fn what_other_servers_are_told_is_each_event_once_and_bounded() {
    let live = Live::default();
    changed(&live);
    assert_eq!(live.hub().untold, None, "where there are no others, nothing is kept for them");
    live.hub().untold = Some(BTreeSet::new());
    changed(&live);
    changed(&live);
    assert_eq!(live.untold().await, [EVENT]);
    live.changed(&(0..50_000).map(|number| EventId(uuid::Uuid::from_u128(number))).collect());
    assert_eq!(live.untold().await.len(), UNTOLD_EVENTS_MAX);
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_those_outside_wait_for_their_half_second_is_not_missed() {
    let (live, stored) = (Live::default(), Table::default());
    let mut outside = stored.follow(&live, at(1)).unwrap();
    let mut inside = live.follow_inside_in(&live.0.places, stored.clone(), at(1), From::Entry(Seq(1))).unwrap();
    let begun = Instant::now();
    // At each of these moments a change comes right before somebody is told.
    for (seq, millis) in [(2, 0), (3, 100), (4, 450), (5, 499), (6, 950), (7, 999)] {
        tokio::time::sleep_until(begun + Duration::from_millis(millis)).await;
        stored.is(Some(at(seq)));
        changed(&live);
    }
    while !matches!(inside.next().await, Some(Told::State(update)) if update.view.seq.0 == 7) {}
    assert!(begun.elapsed() <= Duration::from_millis(1_100));
    while told(&mut outside).await < 7 {}
    assert!(begun.elapsed() <= Duration::from_millis(1_500));
}

#[tokio::test(start_paused = true)]
async fn those_inside_end_with_their_event_and_with_the_server() {
    for is_stop in [true, false] {
        let (live, stored) = (Live::default(), Table::default());
        let mut inside = live.follow_inside_in(&live.0.places, stored.clone(), at(1), From::Entry(Seq(1))).unwrap();
        stored.is(None);
        if is_stop {
            live.stop()
        } else {
            changed(&live)
        }
        assert!(inside.next().await.is_none());
    }
}

#[tokio::test]
async fn streams_end_by_what_was_shown_for_them() {
    let live = Live::default();
    let [one, other] = [1, 2].map(|number| Pass::Token(headcount_core::ids::TokenId(uuid::Uuid::from_u128(number))));
    let (mut first, second, mut stays) = (live.admit(one.clone()), live.admit(one.clone()), live.admit(other.clone()));
    drop(second);
    assert_eq!(live.passes(), BTreeSet::from([one.clone(), other.clone()]));
    live.end(&BTreeSet::from([one]));
    first.ended().await;
    assert_eq!(live.passes(), BTreeSet::from([other]));
    assert!(futures_util::FutureExt::now_or_never(stays.ended()).is_none());
    drop(stays);
    assert!(live.passes().is_empty());
}

#[tokio::test]
async fn whoever_listens_for_changes_is_told_all_or_that_it_was_too_much() {
    let live = Live::default();
    let event = |number: u128| EventId(uuid::Uuid::from_u128(number));
    live.changed(&BTreeSet::from([event(1)]));
    let mut changes = live.changes();
    live.changed(&BTreeSet::from([event(2), event(3)]));
    live.changed(&BTreeSet::from([event(2)]));
    assert_eq!(*changes.next().await.unwrap(), BTreeSet::from([event(2), event(3)]));
    assert_eq!(*changes.next().await.unwrap(), BTreeSet::from([event(2)]));
    (0..5_000).for_each(|number| live.changed(&BTreeSet::from([event(number)])));
    assert!(changes.next().await.is_none());
    assert!(changes.next().await.is_some(), "it goes on with what is still known");
}

#[tokio::test(start_paused = true)]
async fn those_who_pass_on_have_places_of_their_own() {
    let (live, stored) = (Live::with_places(1), Table::default());
    let _crowd = stored.follow(&live, at(1)).unwrap();
    assert!(stored.follow(&live, at(1)).is_none());
    let enter = || live.follow_inside_in(&live.0.places_to_pass_on, stored.clone(), at(1), From::Entry(Seq(1)));
    assert!(enter().is_some());
    live.stop();
    live.stopped().await;
    assert!(enter().is_none());
}
