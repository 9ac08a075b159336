//! What a batch costs in a PostgreSQL, by what goes over the wire: two round trips and one commit, in a fixed order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use headcount::store::postgres::{self as store, Address, Connections};
use headcount::store::{Opened, PostgresStore};
use headcount_core::command::{Action, Command, EditEvent, EventPatch, IfBelow, Mode, TextsPatch};
use headcount_core::decision::Refusal;
use headcount_core::event::Status;
use postgres::Cluster;
use proxy::Proxy;
use setting::*;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/proxy.rs"]
mod proxy;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "store/setting.rs"]
mod setting;

/// The proxy may see messages that were sent together in two parts; it does not do so every time.
const TRIES: u128 = 20;

/// One store behind a proxy, with an event of ten Servers and one Cook.
struct Counted {
    proxy: Proxy,
    setting: Setting<PostgresStore>,
}

/// What one batch sent.
#[derive(Debug)]
struct Sent {
    round_trips: Vec<Vec<String>>,
    commits: usize,
}

impl Counted {
    async fn start(cluster: &Cluster) -> Counted {
        let proxy = Proxy::start(cluster.port());
        let address = Address::parse(&proxy.url(&cluster.new_database())).unwrap();
        let connections = Connections { workers: 1, readers: 1 };
        let Opened { mut stores, readers, .. } = store::open(&address, connections).await.unwrap();
        let mut setting = Setting { store: stores.remove(0), readers };
        let roles = vec![new_role(1, "Server", None), new_role(2, "Cook", Some(1))];
        setting.one(create(event_id(1), settings("feast"), roles)).await;
        Counted { proxy, setting }
    }

    /// Has a batch decided; it must not fail.
    async fn send(&mut self, batch: &[Command]) -> Sent {
        self.proxy.reset();
        self.setting.try_run(batch).await.unwrap();
        Sent { round_trips: self.proxy.round_trips(), commits: self.proxy.commits() }
    }

    /// Of several batches the one that was seen in the fewest parts, after the first, which prepares what it needs.
    async fn least(&mut self, batch: impl Fn(u128) -> Vec<Command>) -> Sent {
        self.send(&batch(0)).await;
        let mut least: Option<Sent> = None;
        for number in 1..=TRIES {
            let sent = self.send(&batch(number)).await;
            assert!(!sent.round_trips.concat().iter().any(|sql| sql.starts_with("prepare:")), "{sent:?}");
            if least.as_ref().is_none_or(|least| sent.round_trips.len() < least.round_trips.len()) {
                least = Some(sent);
            }
        }
        least.unwrap()
    }
}

fn sign(number: u128, role: u128) -> Command {
    sign_up(event_id(1), "feast", number, &format!("p{number}"), role, 1)
}

fn keyed(number: u128, role: u128) -> Command {
    with_key(sign(number, role), &format!("a-key-of-a-guest-{number:06}"))
}

/// What a statement is for, by something that stands in no other.
fn purpose(sql: &str) -> &'static str {
    let marks = [
        ("begin isolation level read committed", "begin"),
        ("for no key update", "lock"),
        ("clock_timestamp()", "clock"),
        ("from roles", "roles"),
        ("from idempotency_keys", "keys"),
        ("with recursive sizes", "waiting"),
        ("with named as", "registrations"),
        ("update events", "count the event"),
        ("update roles", "count the roles"),
        ("insert into registrations", "add registrations"),
        ("insert into log ", "write the log"),
        ("insert into outbox", "note what is mailed"),
        ("insert into idempotency_keys", "keep outcomes"),
        ("commit", "commit"),
        ("rollback", "rollback"),
    ];
    let found = marks.into_iter().find(|(mark, _)| sql.contains(mark));
    found.unwrap_or_else(|| panic!("a batch has no business with {sql}")).1
}

fn purposes(round_trip: &[String]) -> Vec<&'static str> {
    round_trip.iter().map(|sql| purpose(sql)).collect()
}

const LOADING: [&str; 7] = ["begin", "lock", "clock", "roles", "keys", "registrations", "waiting"];
const WRITING: [&str; 7] = [
    "count the event",
    "count the roles",
    "add registrations",
    "write the log",
    "note what is mailed",
    "keep outcomes",
    "commit",
];

#[tokio::test]
async fn a_lone_sign_up_costs_two_round_trips_and_one_commit() {
    let mut counted = Counted::start(Cluster::shared()).await;
    let sent = counted.least(|number| vec![keyed(number, 1)]).await;
    let [loading, writing] = &sent.round_trips[..] else { panic!("not two round trips: {sent:#?}") };
    assert_eq!(purposes(loading), LOADING);
    assert_eq!(purposes(writing), WRITING);
    assert_eq!(sent.commits, 1);
}

#[tokio::test]
async fn a_hundred_sign_ups_cost_no_more_than_one() {
    let mut counted = Counted::start(Cluster::shared()).await;
    let hundred = |batch: u128| (0..100).map(|number| keyed(batch * 100 + number, 1)).collect();
    let sent = counted.least(hundred).await;
    let [loading, writing] = &sent.round_trips[..] else { panic!("not two round trips: {sent:#?}") };
    assert_eq!(purposes(loading), LOADING);
    assert_eq!(purposes(writing), WRITING);
    assert_eq!(sent.commits, 1);
}

#[tokio::test]
async fn what_is_mailed_costs_no_round_trip() {
    let mut counted = Counted::start(Cluster::shared()).await;
    let patch = EventPatch { verify_minutes: Some(Some(30)), ..EventPatch::default() };
    let (settings, texts) = (patch, TextsPatch::default());
    let edit = EditEvent { revision: 3, settings, texts, if_below: IfBelow::Refuse };
    counted.setting.one(ask(event_id(1), Action::EditEvent(Box::new(edit)))).await;
    let sent = counted.least(|batch| (0..10).map(|number| keyed(batch * 10 + number, 1)).collect()).await;
    let [loading, writing] = &sent.round_trips[..] else { panic!("not two round trips: {sent:#?}") };
    assert_eq!(purposes(loading), LOADING);
    assert_eq!(purposes(writing), WRITING);
    assert_eq!(sent.commits, 1);
}

/// A join, a subquery or a clock there would show the state before the wait.
#[tokio::test]
async fn the_lock_stands_alone_in_its_statement_and_everything_else_behind_it() {
    let mut counted = Counted::start(Cluster::shared()).await;
    for number in 0..TRIES {
        let sent = counted.send(&[keyed(number, 1)]).await.round_trips.concat();
        let statements: Vec<&String> = sent.iter().filter(|sql| !sql.starts_with("prepare:")).collect();
        let place = statements.iter().position(|sql| sql.contains("for no key update")).unwrap();
        let [begin] = statements[..place] else { panic!("not begun by one statement: {statements:?}") };
        assert!(begin.starts_with("begin isolation level read committed; "), "{begin}");
        for limit in ["idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"] {
            assert!(begin.contains(&format!("set local {limit} = ")), "{begin}");
        }
        let columns = statements[place].strip_prefix("select ").unwrap();
        let columns = columns.strip_suffix(" from events where event_id = $1 for no key update").unwrap();
        assert!(columns.chars().all(|letter| letter.is_ascii_lowercase() || " ,_".contains(letter)), "{columns}");
        assert!(!columns.contains("select") && !columns.contains("from"), "{columns}");
        let locks = statements.iter().filter(|sql| sql.contains(" for ")).count();
        assert_eq!(locks, 1, "{statements:?}");
        assert!(
            statements.iter().all(|sql| !sql.contains("now()")),
            "the time of the transaction is from before the lock"
        );
    }
}

#[tokio::test]
async fn a_batch_that_writes_nothing_is_rolled_back() {
    let mut counted = Counted::start(Cluster::shared()).await;
    counted.setting.one(sign(1, 2)).await;
    let again = |number: u128| vec![sign_up(event_id(1), "feast", 1_000 + number, "p1", 2, 1)];
    let sent = counted.least(again).await;
    let [loading, end] = &sent.round_trips[..] else { panic!("not two round trips: {sent:#?}") };
    let without_keys: Vec<_> = LOADING.into_iter().filter(|purpose| *purpose != "keys").collect();
    assert_eq!((purposes(loading), purposes(end)), (without_keys, vec!["rollback"]));
    assert_eq!(sent.commits, 0);

    let dry = |number: u128| vec![Command { mode: Mode::DryRun, ..keyed(2_000 + number, 1) }];
    let sent = counted.least(dry).await;
    assert_eq!((purposes(&sent.round_trips[1]), sent.commits), (vec!["rollback"], 0));
}

#[tokio::test]
async fn a_refusal_with_a_key_is_written_as_durably_as_a_place() {
    let cluster = Cluster::start(&[]);
    let mut counted = Counted::start(&cluster).await;
    counted.setting.one(sign(1, 2)).await;
    let refused =
        |number: u128| with_key(sign_up(event_id(1), "feast", 1_000 + number, "p1", 2, 1), &format!("key {number}"));
    let sent = counted.least(|number| vec![refused(number)]).await;
    assert_eq!(purposes(&sent.round_trips[1]), ["keep outcomes", "commit"]);
    assert_eq!(sent.commits, 1);

    cluster.kill();
    cluster.start_again();
    // Were it decided anew, she would get the place.
    counted.setting.one(ask(event_id(1), Action::Cancel(registration_id(1)))).await;
    let repeated = counted.setting.one(refused(TRIES)).await;
    assert_eq!(refusal(&repeated), &Refusal::AlreadyRegistered { role: "Cook".into() });
    assert_eq!(receipt(&counted.setting.one(sign(2, 2)).await).status, Status::Confirmed);
    assert_eq!(counted.send(&[refused(TRIES)]).await.commits, 0, "a repeat writes nothing");
}
