//! The server's side of a connection ends in the midst of a batch: before it has the lock, between the round trips, and
//! while it writes.

use headcount::store::{PostgresStore, Store as _, StoreError};
use headcount_core::command::{Command, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome};

use tokio_postgres::Client;

use super::ground::*;
use super::postgres::{Cluster, lives};
use super::setting::*;

/// How a backend ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// As an administrator does it.
    Terminated,
    /// kill -9, after which the server ends all others and recovers.
    Killed,
}

/// Where it is when it ends.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Nothing is under way, and nobody has noticed yet.
    Idle,
    /// It waits for the lock on the event.
    BeforeTheLock,
    /// The batch is being decided.
    Deciding,
    /// Some of it is written.
    Writing,
}

const POINTS: [Point; 4] = [Point::Idle, Point::BeforeTheLock, Point::Deciding, Point::Writing];

impl End {
    /// Ends all backends of workers in this database; returns when they are gone.
    fn come(self, ground: &Ground<'_>) {
        let workers = format!("datname = '{}' and application_name = 'headcount/write'", ground.database);
        let backends = ground.cluster.backends(&workers);
        assert!(!backends.is_empty());
        for backend in &backends {
            match self {
                End::Terminated => ground.run(&format!("select pg_terminate_backend({backend})")),
                End::Killed => kill_backend(*backend),
            }
        }
        while backends.iter().any(|backend| lives(*backend)) {
            std::thread::yield_now();
        }
    }
}

/// A session that holds something.
async fn holding(ground: &Ground<'_>, what: &str) -> Client {
    let holder = ground.session().await;
    holder.batch_execute(&format!("begin; {what}")).await.unwrap();
    holder
}

/// Has a batch decided, while the backend ends at this point.
async fn decide_over(
    end: End,
    point: Point,
    ground: &Ground<'_>,
    store: &mut PostgresStore,
    batch: &[Command],
) -> Result<Vec<Decision>, StoreError> {
    let hold = match point {
        Point::Idle | Point::Deciding => None,
        Point::BeforeTheLock => Some(holding(ground, "select from events for update").await),
        Point::Writing => Some(holding(ground, "lock table idempotency_keys in share mode").await),
    };
    let ending = async {
        if let Some(holder) = hold {
            ground.wait_until_blocked(1).await;
            end.come(ground);
            // The server may have ended this one too.
            let _ = holder.batch_execute("rollback").await;
        }
    };
    let mut has_come = false;
    let needs = Needs::of(batch);
    let deciding = store.transact(&needs, |set, now| {
        if matches!(point, Point::Deciding) && !std::mem::replace(&mut has_come, true) {
            end.come(ground);
        }
        decide_batch(set, now, batch)
    });
    tokio::join!(deciding, ending).0
}

#[tokio::test]
async fn a_backend_that_is_terminated_in_the_midst_costs_another_attempt_and_nothing_else() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    for (round, point) in (0_u128..).zip(POINTS.repeat(3)) {
        if matches!(point, Point::Idle) {
            End::Terminated.come(&ground);
        }
        let batch = [keyed(10 * round + 1, SERVER), keyed(10 * round + 2, COOK), sign(10 * round + 3, SERVER)];
        let decided = decide_over(End::Terminated, point, &ground, &mut store, &batch).await;
        let decided = decided.unwrap_or_else(|error| panic!("{point:?}: {error}"));
        let first = receipt(&decided[0]).clone();
        let again = one(&mut store, &batch[0]).await.unwrap();
        assert_eq!(again, Outcome::Registration(first), "{point:?}");
        assert_eq!(ground.count("select from registrations"), 3 * (round as i64 + 1), "{point:?}");
        ground.assert_sound();
    }
}

#[tokio::test]
async fn a_backend_that_is_killed_takes_the_others_with_it_and_nothing_else() {
    let cluster = Cluster::start(&[]);
    let ground = Ground::on(&cluster).await;
    let mut store = ground.store().await;
    for (round, point) in (0_u128..).zip(POINTS) {
        if matches!(point, Point::Idle) {
            End::Killed.come(&ground);
        }
        let batch = [keyed(10 * round + 1, SERVER), keyed(10 * round + 2, COOK)];
        let decided = decide_over(End::Killed, point, &ground, &mut store, &batch).await;
        // The server may need longer to recover than a batch is worth waiting for.
        assert!(
            matches!(&decided, Ok(_) | Err(StoreError::Unavailable(_) | StoreError::CommitUnresolved(_))),
            "{point:?}: {decided:?}"
        );
        cluster.wait_until_it_accepts();
        let again = counted(&mut store, &batch).await.0.unwrap();
        for (index, decision) in decided.into_iter().flatten().enumerate() {
            assert_eq!(decision.outcome, again[index].outcome, "{point:?}");
        }
        assert_eq!(ground.count("select from registrations"), 2 * (round as i64 + 1), "{point:?}");
        ground.assert_sound();
    }
}

/// A bug of ours in the midst of a batch leaves nothing behind in which the next one would find itself.
#[tokio::test]
async fn a_panic_leaves_no_transaction_open() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    let (batch, other) = ([sign(1, SERVER)], [create_event(event_id(2), "other")]);
    let needs = Needs::of(&batch);
    let panicking = std::panic::AssertUnwindSafe(store.transact(&needs, |_, _| -> () {
        std::panic::panic_any("a bug");
    }));
    assert!(futures_util::FutureExt::catch_unwind(panicking).await.is_err());

    let mut times = 0;
    let needs = Needs::of(&other);
    let decided = store.transact(&needs, |set, now| {
        times += 1;
        let lock = format!("select from events where event_id = '{}' for update nowait", event_id(1).0);
        while ground.cluster.try_query(&ground.database, &lock).is_err() {}
        decide_batch(set, now, &other)
    });
    assert!(matches!(decided.await.unwrap()[0].outcome, Outcome::EventCreated(_)));
    assert_eq!(times, 1, "it lost its transaction, in which the lock of the one before was still held");
    receipt(&counted(&mut store, &batch).await.0.unwrap()[0]);
    ground.assert_sound();
}
