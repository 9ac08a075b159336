//! A server that stops where it stands while it holds the lock on an event, as a paused virtual machine does: others get
//! their turn, and what it does when it goes on is still right.

use std::sync::{Arc, mpsc};
use std::thread;

use headcount::store::Store as _;
use headcount_core::command::{Action, Command as Asked, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::Decision;
use headcount_core::event::Status;
use hyper::Method;
use serde_json::json;
use tokio::sync::Notify;

use super::ground::*;
use super::postgres::{Cluster, pause, resume};
use super::proxy::AtCommit;
use super::served::{Process, one_place, person_named};
use super::setting::*;

/// A node whose runtime stands still in the midst of deciding, until it is told to go on.
struct Standing {
    thread: thread::JoinHandle<(Vec<Decision>, usize)>,
    go_on: mpsc::Sender<()>,
}

impl Standing {
    /// Returns when it stands, holding the lock.
    fn still(ground: &Ground<'_>, batch: Vec<Asked>) -> Standing {
        let address = ground.direct();
        let ((stands, has_stopped), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut store = open(&address, 1).await.stores.remove(0);
                let mut times = 0;
                let mut stand_still = Some(move || {
                    stands.send(()).unwrap();
                    may_go_on.recv().unwrap();
                });
                let needs = Needs::of(&batch);
                let decided = store.transact(&needs, |set, now| {
                    times += 1;
                    if let Some(stand_still) = stand_still.take() {
                        stand_still();
                    }
                    decide_batch(set, now, &batch)
                });
                let decided = decided.await.unwrap();
                (decided, times)
            })
        });
        has_stopped.recv().unwrap();
        Standing { thread, go_on }
    }

    /// Lets it go on: what it answers, and how often it decided.
    fn go_on(self) -> (Vec<Decision>, usize) {
        self.go_on.send(()).unwrap();
        self.thread.join().unwrap()
    }
}

#[tokio::test]
async fn who_stands_still_with_the_lock_loses_it_and_decides_again_when_he_goes_on() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.other_store().await;
    let standing = Standing::still(&ground, vec![keyed(1, COOK), sign(2, SERVER)]);
    let taken = counted(&mut store, &[keyed(3, COOK)]).await.0.unwrap();
    assert_eq!(receipt(&taken[0]).status, Status::Confirmed, "while the other still stands");
    let (decided, times) = standing.go_on();
    assert_eq!(times, 2);
    assert_eq!(receipt(&decided[0]).status, Status::Waitlisted);
    assert_eq!(ground.count("select from registrations"), 3);
    ground.assert_sound();
}

/// What it asked for is more than the system keeps for it, so the server cannot get it off its hands. It does not count as
/// idle then, and no limit on statements ends it.
#[tokio::test]
async fn who_stands_still_while_he_is_sent_a_lot_loses_the_lock_too() {
    let ground = Ground::roomy(Cluster::shared()).await;
    let mut store = ground.other_store().await;
    let everybody: Vec<Asked> = (0..300).map(|number| with_long_notes(sign(number, SERVER))).collect();
    counted(&mut store, &everybody).await.0.unwrap();

    let ((stands, has_stopped), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel::<()>());
    let [begin, stop] = [(); 2].map(|()| Arc::new(Notify::new()));
    let (address, told_to_begin, told_to_stop) = (ground.direct(), Arc::clone(&begin), Arc::clone(&stop));
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut store = open(&address, 1).await.stores.remove(0);
            // Its statements are prepared by now.
            counted(&mut store, &[sign(2_000, SERVER)]).await.0.unwrap();
            stands.send(()).unwrap();
            told_to_begin.notified().await;
            tokio::spawn(async move {
                told_to_stop.notified().await;
                stands.send(()).unwrap();
                may_go_on.recv().unwrap();
            });
            let everybody: Vec<Asked> = (0..300).map(|number| owner(Action::Cancel(registration_id(number)))).collect();
            counted(&mut store, &everybody).await
        })
    });
    has_stopped.recv().unwrap();
    let holder = ground.session().await;
    holder.batch_execute("begin; lock table registrations").await.unwrap();
    begin.notify_one();
    ground.wait_until_blocked(1).await;
    stop.notify_one();
    has_stopped.recv().unwrap();
    holder.batch_execute("rollback").await.unwrap();
    ground
        .wait_until(
            "select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'ClientWrite')",
        )
        .await;
    let taken = counted(&mut store, &[keyed(1_000, COOK)]).await.0.unwrap();
    assert_eq!(receipt(&taken[0]).status, Status::Confirmed, "while the other still stands");
    go_on.send(()).unwrap();
    let (decided, times) = thread.join().unwrap();
    assert_eq!((decided.unwrap().len(), times), (300, 1));
    assert_eq!(ground.count("select from registrations where status = 'cancelled'"), 300);
    ground.assert_sound();
}

fn with_long_notes(mut command: Asked) -> Asked {
    if let Action::SignUp(sign_up) = &mut command.action {
        sign_up.details.notes = Some("all about me ".repeat(10_000));
    }
    command
}

/// Its client has given it up and asked another server.
#[tokio::test]
async fn what_others_did_meanwhile_under_the_same_key_is_not_done_twice() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.other_store().await;
    let standing = Standing::still(&ground, vec![keyed(1, COOK)]);
    let by_another = counted(&mut store, &[keyed(1, COOK)]).await.0.unwrap();
    let (decided, times) = standing.go_on();
    assert_eq!((times, &decided[0].outcome), (2, &by_another[0].outcome));
    assert!(decided[0].entries.is_empty());
    assert_eq!(ground.count("select from registrations"), 1);
    ground.assert_sound();
}

/// An event that is yet to be made has no lock.
#[tokio::test]
async fn who_stands_still_while_making_an_event_finds_it_made() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.other_store().await;
    let make = with_key(create_event(event_id(2), "new"), "make it");
    let standing = Standing::still(&ground, vec![make.clone()]);
    let by_another = one(&mut store, &make).await.unwrap();
    let (decided, times) = standing.go_on();
    assert_eq!((times, &decided[0].outcome), (2, &by_another));
    assert_eq!(ground.count("select from events"), 2);
    ground.assert_sound();
}

/// A real process, really stopped, with everything written but the commit.
#[tokio::test]
async fn a_process_that_is_stopped_before_its_commit_gives_way_and_answers_rightly_when_it_goes_on() {
    let ground = Ground::on(Cluster::shared()).await;
    let (stopped, other) = (Process::start(&ground.proxied_url()), Process::start(ground.plain_url()));
    let path = one_place(&other).await;

    ground.proxy.at_next_commits(AtCommit::HoldBack, 1);
    let (first, second) = (person_named("ann"), person_named("ben"));
    let asked = stopped.ask(Method::POST, &path, &first, "key-of-ann-000000000000");
    let meanwhile = async {
        ground.proxy.wait_for_faults(1).await;
        pause(stopped.0.process.id());
        let second = other.ask(Method::POST, &path, &second, "key-of-ben-000000000000").await;
        // The commit that was held back comes too late, and only then the process learns that it was gone.
        ground.proxy.release();
        resume(stopped.0.process.id());
        second
    };
    let (first_told, second_told) = tokio::join!(asked, meanwhile);
    assert_eq!((second_told.0, &second_told.1["status"]), (201, &json!("confirmed")), "{}", second_told.1);
    assert_eq!((first_told.0, &first_told.1["status"]), (201, &json!("waitlisted")), "{}", first_told.1);
    let again = other.ask(Method::POST, &path, &first, "key-of-ann-000000000000").await;
    assert_eq!(again.1["id"], first_told.1["id"], "{}", again.1);
    assert_eq!(ground.count("select from registrations"), 2);
    ground.assert_sound();
}
