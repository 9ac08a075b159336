//! Others are in the way: what collides is decided again as a whole, what is held for too long is told as busy.

use headcount::store::StoreError;
use headcount_core::decision::Outcome;
use headcount_core::event::Status;

use super::ground::*;
use super::postgres::Cluster;
use super::setting::*;

/// How often a batch is decided at most.
const ATTEMPTS_MAX: usize = 10;

/// From now on, writing fails with this error as often as this.
fn make_writing_fail(ground: &Ground<'_>, trigger: &str, code: &str, times: usize) {
    ground.run(&format!(
        "create sequence if not exists tries;
         alter sequence tries restart;
         create or replace function fail() returns trigger language plpgsql as $$
           begin
             if nextval('tries') <= {times} then raise exception 'in a test' using errcode = '{code}'; end if;
             return new;
           end $$;
         drop trigger if exists fail on log;
         create {trigger} for each row execute function fail()"
    ));
}

#[tokio::test]
async fn what_collides_with_others_is_decided_again_as_a_whole() {
    let at_once = "trigger fail before insert on log";
    let at_commit = "constraint trigger fail after insert on log deferrable initially deferred";
    for code in ["40001", "40P01"] {
        for trigger in [at_once, at_commit] {
            let ground = Ground::on(Cluster::shared()).await;
            let mut store = ground.store().await;
            for failures in [1, ATTEMPTS_MAX - 1] {
                make_writing_fail(&ground, trigger, code, failures);
                let number = failures as u128 * 10;
                let batch = [keyed(number, SERVER), sign(number + 1, SERVER)];
                let (decided, times) = counted(&mut store, &batch).await;
                assert_eq!(times, failures + 1, "{code} by a {trigger}");
                let seqs: Vec<u64> = decided.unwrap().iter().map(|one| receipt(one).seq.0).collect();
                assert_eq!(seqs.len(), 2);
                assert_eq!(seqs[1], ground.number("select seq from events") as u64);
                ground.assert_sound();
            }
        }
    }
}

#[tokio::test]
async fn what_collides_every_time_is_told_as_busy_and_nothing_is_written() {
    for code in ["40001", "40P01"] {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        make_writing_fail(&ground, "trigger fail before insert on log", code, usize::MAX >> 1);
        let (decided, times) = counted(&mut store, &[keyed(1, SERVER)]).await;
        assert!(matches!(decided, Err(StoreError::Busy(_))), "{decided:?}");
        assert_eq!(times, ATTEMPTS_MAX);
        ground.run("drop trigger fail on log");
        assert_eq!(ground.count("select from registrations"), 0);
        receipt(&counted(&mut store, &[keyed(1, SERVER)]).await.0.unwrap()[0]);
        ground.assert_sound();
    }
}

/// The disk is full, say.
#[tokio::test]
async fn what_the_server_cannot_do_now_is_told_as_unavailable_and_nothing_is_written() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    for (number, code) in (1_u128..).zip(["53100", "53200", "58030"]) {
        make_writing_fail(&ground, "trigger fail before insert on log", code, 1);
        let (decided, times) = counted(&mut store, &[keyed(number, SERVER)]).await;
        assert!(matches!(decided, Err(StoreError::Unavailable(_))), "{code}: {decided:?}");
        assert_eq!((times, ground.count("select from registrations")), (1, number as i64 - 1), "{code}");
        receipt(&counted(&mut store, &[keyed(number, SERVER)]).await.0.unwrap()[0]);
        ground.assert_sound();
    }
}

#[tokio::test]
async fn a_real_deadlock_is_decided_again() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    let other = ground.session().await;
    // So that it is not this one that gives way.
    other.batch_execute("set deadlock_timeout = '60s'; begin; update roles set sort = sort").await.unwrap();
    let batch = [keyed(1, SERVER)];
    let in_the_way = async {
        // The batch has the event and waits for a role.
        ground.wait_until_blocked(1).await;
        other.batch_execute("update events set max_skips = max_skips; commit").await
    };
    let ((decided, times), other) = tokio::join!(counted(&mut store, &batch), in_the_way);
    other.unwrap();
    assert_eq!(receipt(&decided.unwrap()[0]).status, Status::Confirmed);
    assert!(times > 1, "{times}");
    assert!(ground.cluster.log().contains("deadlock detected"));
    ground.assert_sound();
}

/// Two events that exchange their slugs wait for each other.
#[tokio::test]
async fn two_events_that_exchange_their_slugs_do_not_hang() {
    use headcount_core::command::{Action, EditEvent, EventPatch, IfBelow, TextsPatch};
    let ground = Ground::on(Cluster::shared()).await;
    let mut stores = [ground.other_store().await, ground.other_store().await];
    for number in [2, 3] {
        one(&mut stores[0], &create_event(event_id(number), &format!("slug-{number}"))).await.unwrap();
    }
    let rename = |number: u128, revision: u32, slug: String| {
        let settings = EventPatch { slug: Some(slug), ..EventPatch::default() };
        let (texts, if_below) = (TextsPatch::default(), IfBelow::Refuse);
        let edit = EditEvent { revision, settings, texts, if_below };
        ask(event_id(number), Action::EditEvent(Box::new(edit)))
    };
    let [first, second] = &mut stores;
    let mut revisions = [2_u32, 2];
    for _ in 0..30 {
        let slug = |number: u128| {
            let sql = format!("select slug from events where event_id = '{}'", event_id(number).0);
            ground.cluster.query(&ground.database, &sql)[0][0].clone().unwrap()
        };
        let to_second = rename(2, revisions[0], slug(3));
        let to_first = rename(3, revisions[1], slug(2));
        let (one, other) = tokio::join!(one(first, &to_second), one(second, &to_first));
        for (outcome, revision) in [one, other].into_iter().zip(&mut revisions) {
            match outcome {
                Ok(Outcome::Edited(_)) => *revision += 1,
                Ok(Outcome::Refused(headcount_core::decision::Refusal::SlugTaken)) => {}
                other => panic!("{other:?}"),
            }
        }
        ground.assert_sound();
    }
}

/// A row, and tables that are read or written behind it, as somebody holds them who changes the layout.
#[tokio::test]
async fn a_lock_that_others_keep_is_told_as_busy() {
    let keep = async |hold, concerns_new_events| {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        let new = |number: u128| with_key(create_event(event_id(number), &format!("new-{number}")), "make it");
        for command in [keyed(1, SERVER), new(2)] {
            // Its statements are prepared by now; to prepare one waits for a table, too.
            one(&mut store, &command).await.unwrap();
        }
        let holder = ground.session().await;
        holder.batch_execute(&format!("begin; {hold}")).await.unwrap();
        let held = one(&mut store, &keyed(2, SERVER)).await;
        assert!(matches!(held, Err(StoreError::Busy(_))), "{hold}: {held:?}");
        if concerns_new_events {
            let held = one(&mut store, &new(3)).await;
            assert!(matches!(held, Err(StoreError::Busy(_))), "{hold}: {held:?}");
        }
        holder.batch_execute("rollback").await.unwrap();
        assert_eq!((ground.count("select from registrations"), ground.count("select from events")), (1, 2), "{hold}");
        for command in [keyed(2, SERVER), new(3)] {
            let outcome = one(&mut store, &command).await;
            assert!(matches!(outcome, Ok(Outcome::Registration(_) | Outcome::EventCreated(_))), "{hold}: {outcome:?}");
        }
        ground.assert_sound();
    };
    tokio::join!(
        keep("select from events for update", false),
        keep("lock table roles", true),
        keep("lock table idempotency_keys", true),
        keep("lock table registrations in share mode", false),
    );
}
