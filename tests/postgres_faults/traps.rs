//! What PostgreSQL does that one does not expect, and what comes of it here: nothing.

use headcount::clock;
use headcount::store::postgres::Address;
use headcount::store::{Store as _, StoreError};
use headcount_core::command::{Action, ChangeEmail, Command, Move, Needs, RoleRef, Swap};
use headcount_core::decision::Outcome;
use headcount_core::event::Status;
use headcount_core::ids::Millis;

use super::ground::*;
use super::postgres::Cluster;
use super::setting::*;

/// Under a repeatable-read default the lock is granted and what its last holder wrote stays invisible, without an error.
#[tokio::test]
async fn the_usual_isolation_of_the_database_or_the_role_means_nothing() {
    let cluster = Cluster::shared();
    for level in ["repeatable read", "serializable"] {
        for of_role in [false, true] {
            let ground = Ground::on(cluster).await;
            let (database, role) = (&ground.database, format!("{}_isolated", ground.database));
            ground.run(&format!("create role \"{role}\" superuser login"));
            let whose = if of_role { format!("role \"{role}\"") } else { format!("database {database}") };
            ground.run(&format!("alter {whose} set default_transaction_isolation = '{level}'"));
            let url = cluster.url_as(&role, database);
            let shown = session(&url).await.query_one("show transaction_isolation", &[]).await.unwrap();
            assert_eq!(shown.get::<_, &str>(0), level);

            let address = Address::parse(&url).unwrap();
            after_a_change(&ground, &address).await;
            let nodes = (0..3_u128).map(|node| hammer(address.clone(), node));
            let confirmed: Vec<usize> = futures_util::future::join_all(nodes).await;
            assert_eq!(confirmed.iter().sum::<usize>(), 9, "{level} of {whose}");
            let log = cluster.log();
            assert!(!log.contains("could not serialize access"), "{level} of {whose}: it was in force");
            ground.assert_sound();
        }
    }
}

/// Somebody signs up who had to wait for another who changed the event: where the other levels are in force, this fails at
/// first.
async fn after_a_change(ground: &Ground<'_>, address: &Address) {
    let mut store = open(address, 1).await.stores.remove(0);
    let holder = ground.session().await;
    holder.batch_execute("begin; update events set max_skips = max_skips").await.unwrap();
    let command = sign(10_000, SERVER);
    let (outcome, ()) = tokio::join!(one(&mut store, &command), async {
        ground.wait_until_blocked(1).await;
        holder.batch_execute("commit").await.unwrap();
    });
    assert!(matches!(outcome, Ok(Outcome::Registration(_))), "{outcome:?}");
}

/// Has many people sign up for the nine places that are left, and tells how many got one.
async fn hammer(address: Address, node: u128) -> usize {
    let mut store = open(&address, 1).await.stores.remove(0);
    let mut confirmed = 0;
    for number in 0..20 {
        let outcome = one(&mut store, &sign(1_000 * node + number, SERVER)).await;
        let Ok(Outcome::Registration(receipt)) = outcome else { panic!("{outcome:?}") };
        confirmed += usize::from(receipt.status == Status::Confirmed);
    }
    confirmed
}

/// The server answers the commit behind it with a success.
#[tokio::test]
async fn a_statement_that_fails_takes_the_whole_batch_with_it() {
    for table in ["events", "roles", "registrations", "log", "idempotency_keys"] {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        ground.run(&format!("alter table {table} add constraint nothing_new check (false) not valid"));
        let (decided, times) = counted(&mut store, &[keyed(1, SERVER), keyed(2, COOK)]).await;
        assert!(matches!(decided, Err(StoreError::Refused(_))), "{table}: {decided:?}");
        assert_eq!(times, 1, "{table}");
        nothing_was_written(&ground).await;
        ground.run(&format!("alter table {table} drop constraint nothing_new"));
        receipt(&counted(&mut store, &[keyed(1, SERVER)]).await.0.unwrap()[0]);
        ground.assert_sound();
    }
}

#[tokio::test]
async fn a_statement_that_writes_another_number_of_rows_takes_the_whole_batch_with_it() {
    for change in ["update on events", "update on roles"] {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        ground.run(&format!(
            "create function nothing() returns trigger language plpgsql as 'begin return null; end';
             create trigger nothing before {change} for each row execute function nothing()"
        ));
        let (decided, times) = counted(&mut store, &[keyed(1, SERVER), keyed(2, COOK)]).await;
        assert!(matches!(decided, Err(StoreError::Refused(_))), "{change}: {decided:?}");
        assert_eq!(times, 1, "{change}");
        nothing_was_written(&ground).await;
    }
}

/// An insert writes all its rows or fails, unless somebody has put something into the database that swallows them. That is
/// seen after the commit only, so nobody may be told that nothing was done, and it is not tried again.
#[tokio::test]
async fn rows_that_are_swallowed_are_never_told_as_nothing_written() {
    for table in ["registrations", "log", "idempotency_keys"] {
        let ground = Ground::on(Cluster::shared()).await;
        let mut store = ground.store().await;
        ground.run(&format!(
            "create function nothing() returns trigger language plpgsql as 'begin return null; end';
             create trigger nothing before insert on {table} for each row execute function nothing()"
        ));
        let (decided, times) = counted(&mut store, &[keyed(1, SERVER)]).await;
        assert!(matches!(decided, Err(StoreError::CommitUnresolved(_))), "{table}: {decided:?}");
        assert_eq!(times, 1, "{table}");
    }
}

async fn nothing_was_written(ground: &Ground<'_>) {
    assert_eq!(ground.count("select from registrations"), 0);
    assert_eq!(ground.count("select from idempotency_keys"), 0);
    assert_eq!(ground.number("select seq from events"), 3);
    ground.assert_sound();
    // Nor is the lock kept.
    ground.session().await.batch_execute("begin; select from events for update nowait; rollback").await.unwrap();
}

/// `now()` is from before the wait.
#[tokio::test]
async fn a_batch_that_waited_for_the_lock_decides_by_a_time_after_it() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    let holder = ground.session().await;
    holder.batch_execute("begin; select from events for update").await.unwrap();
    let batch = [sign(1, SERVER)];
    let needs = Needs::of(&batch);
    let released = async {
        ground.wait_until_blocked(1).await;
        let row = holder.query_one("select (extract(epoch from clock_timestamp()) * 1000)::bigint", &[]).await.unwrap();
        holder.batch_execute("rollback").await.unwrap();
        Millis(row.get(0))
    };
    let (decided_at, released_at) = tokio::join!(store.transact(&needs, |_, now| now), released);
    assert!(decided_at.unwrap() >= released_at);
}

/// One statement that exchanges two unique values can fail or not, by the order of its rows.
#[tokio::test]
async fn exchanging_roles_and_persons_in_one_batch_never_collides() {
    let ground = Ground::roomy(Cluster::shared()).await;
    let mut store = ground.store().await;
    let people: Vec<Command> = (0..12)
        .flat_map(|number| {
            let name = format!("p{number}");
            [SERVER, COOK].map(|role| sign_up(event_id(1), SLUG, number * 10 + role, &name, role, 1))
        })
        .collect();
    for outcome in counted(&mut store, &people).await.0.unwrap() {
        receipt(&outcome);
    }
    let seed = u64::from_le_bytes(clock::random());
    let mut random = Random(seed);
    for round in 0..60 {
        let batch: Vec<Command> = (0..50).map(|_| exchange(&mut random)).collect();
        let (decided, times) = counted(&mut store, &batch).await;
        let decided = decided.unwrap_or_else(|error| panic!("seed {seed}, round {round}: {error}"));
        assert_eq!(times, 1, "seed {seed}, round {round}: it collided and was decided again");
        assert!(decided.iter().any(|one| !one.entries.is_empty()), "seed {seed}: nothing was exchanged");
        ground.assert_sound();
    }
}

fn exchange(random: &mut Random) -> Command {
    let mut registration = || {
        let number = u128::from(random.below(12)) * 10 + u128::from(random.below(2)) + 1;
        registration_id(number)
    };
    let (one, other) = (registration(), registration());
    let action = match random.below(10) {
        0..4 => Action::Swap(Swap { registration: one, with: other }),
        4 => Action::Cancel(one),
        5..7 => Action::Reinstate(one),
        7 => {
            let to = RoleRef::Id(role_id(u128::from(random.below(2)) + 1));
            Action::Move(Move { registration: one, to })
        }
        _ => {
            let name = format!("p{}", random.below(12));
            Action::ChangeEmail(Box::new(ChangeEmail {
                registration: one,
                person: person(&name),
                email: format!("{name}@example.org"),
                form: form(SLUG),
            }))
        }
    };
    owner(action)
}
