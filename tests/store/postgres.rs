//! What only the store in a PostgreSQL does.

use headcount::clock;
use headcount::store::postgres::{self, Address, Connections};
use headcount::store::read::{EventFilter, Page, PersonRef, RegistrationFilter};
use headcount::store::{KEY_AGE_MS_MAX, Opened, PostgresStore, Store as _};
use headcount_core::command::Action;
use headcount_core::event::Status;
use headcount_core::ids::{Millis, Seq};

use super::setting::*;
use super::support::Cluster;

/// A store in a database of its own.
pub(crate) async fn fresh() -> (Setting<PostgresStore>, ()) {
    let address = Address::parse(&Cluster::shared().new_database()).unwrap();
    let connections = Connections { workers: 1, readers: 2 };
    let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
    (Setting { store: stores.remove(0), readers }, ())
}

mod story {
    super::super::story::tell!(super::fresh);
}

mod scripts {
    super::super::scripts::tell!(super::fresh);
}

mod reading {
    super::super::reading::tell!(super::fresh);
}

/// Drops a future when it has been looked at so often; whether it was done before.
async fn give_up_after<T>(looks: usize, question: impl Future<Output = T>) -> bool {
    let mut question = std::pin::pin!(question);
    for _ in 0..looks {
        let is_done =
            std::future::poll_fn(|context| std::task::Poll::Ready(question.as_mut().poll(context).is_ready()));
        if is_done.await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn who_asks_after_somebody_who_hung_up_sees_the_present() {
    let address = Address::parse(&Cluster::shared().new_database()).unwrap();
    let connections = Connections { workers: 1, readers: 1 };
    let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
    let mut setting = Setting { store: stores.remove(0), readers };
    setting.one(create(event_id(1), settings("feast"), vec![new_role(1, "Server", Some(1))])).await;
    setting.one(sign_up(event_id(1), "feast", 1, "ann", 1, 1)).await;
    setting.one(sign_up(event_id(1), "feast", 2, "ben", 1, 1)).await;
    let readers = setting.readers.clone();
    let page = Page { limit: 10, cursor: None };
    let ann = PersonRef::Key(person("ann").key);
    let (of_events, all) = (EventFilter::default(), RegistrationFilter::default());
    for looks in 0.. {
        // By turns one of two waits, and the other is in.
        let is_done = [
            give_up_after(looks, readers.events(&of_events, &page, Millis(0))).await,
            give_up_after(looks, readers.registrations(event_id(1), &all, &page)).await,
            give_up_after(looks, readers.person_registrations(&ann, &page)).await,
            give_up_after(looks, readers.event(event_id(1), Millis(0))).await,
        ];
        let (out, back) = if looks % 2 == 0 { (1, 2) } else { (2, 1) };
        for action in [Action::Cancel(registration_id(out)), Action::Reinstate(registration_id(out))] {
            setting.try_run(&[ask(event_id(1), action)]).await.unwrap();
        }
        let listed = readers.registrations(event_id(1), &all, &page).await.unwrap();
        let found: Vec<_> = listed.items.iter().map(|one| (one.registration.id, one.registration.status)).collect();
        let expected = [(registration_id(back), Status::Confirmed), (registration_id(out), Status::Waitlisted)];
        assert_eq!(found, expected, "given up after {looks} looks");
        if is_done == [true; 4] {
            return;
        }
    }
}

#[tokio::test]
async fn servers_hear_each_other_and_not_themselves() {
    let (setting, ()) = fresh().await;
    let neighbours = setting.readers.neighbours().unwrap();
    let (one, mut hears_other) = neighbours.connect().await.unwrap();
    let (other, mut hears_one) = neighbours.connect().await.unwrap();
    one.tell(&[event_id(1), event_id(2)]).await.unwrap();
    one.tell(&[]).await.unwrap();
    other.tell(&[event_id(3)]).await.unwrap();
    one.tell(&[event_id(4)]).await.unwrap();
    let heard = [hears_one.next().await, hears_one.next().await, hears_one.next().await];
    assert_eq!(heard, [1, 2, 4].map(|number| Some(event_id(number))));
    assert_eq!(hears_other.next().await, Some(event_id(3)), "what it said itself is not heard");
    drop(other);
    assert_eq!(hears_one.next().await, None, "the connection is gone");
}

#[tokio::test]
async fn the_seqs_of_many_events_are_read_at_once() {
    let (mut setting, ()) = fresh().await;
    for event in 1..=2 {
        let slug = format!("e{event}");
        setting.one(create(event_id(event), settings(&slug), vec![new_role(1, "Server", None)])).await;
    }
    setting.try_run(&[sign_up(event_id(2), "e2", 1, "ann", 1, 1)]).await.unwrap();
    let neighbours = setting.readers.neighbours().unwrap();
    let wanted: Vec<_> = (1..=2_500).map(event_id).collect();
    let mut seqs = neighbours.seqs(&wanted).await.unwrap();
    seqs.sort_unstable();
    assert_eq!(seqs, [(event_id(1), Seq(2)), (event_id(2), Seq(3))]);
}

#[tokio::test]
async fn old_keys_are_removed_in_small_steps_whosever_they_are() {
    let url = Cluster::shared().new_database();
    let database = url.rsplit('/').next().unwrap();
    let address = Address::parse(&url).unwrap();
    let connections = Connections { workers: 1, readers: 1 };
    let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
    let mut setting = Setting { store: stores.remove(0), readers };
    for event in 1..=2 {
        let slug = format!("e{event}");
        setting.one(create(event_id(event), settings(&slug), vec![new_role(1, "Server", None)])).await;
        let keyed = |number: u128| {
            with_key(sign_up(event_id(event), &slug, number, &format!("p{number}"), 1, 1), &format!("{number:030}"))
        };
        let batch: Vec<_> = (1..=400).map(keyed).collect();
        setting.try_run(&batch).await.unwrap();
    }
    let fresh = Cluster::shared()
        .query(database, "update idempotency_keys set at = at + 1000000000 where key like '%7' returning 1");
    let kept = || {
        let rows = Cluster::shared().query(database, "select count(*) from idempotency_keys");
        let kept: usize = rows[0][0].as_ref().unwrap().parse().unwrap();
        kept
    };
    let now = clock::now();
    setting.store.tidy(now).await.unwrap();
    assert_eq!(kept(), 800, "they are not old yet");
    let later = Millis(now.0 + KEY_AGE_MS_MAX + 60_000);
    setting.store.tidy(later).await.unwrap();
    assert_eq!(kept(), 300);
    setting.store.tidy(later).await.unwrap();
    setting.store.tidy(later).await.unwrap();
    assert_eq!(kept(), fresh.len());
}
