//! Whole lanes with their workers while PostgreSQL is killed, is away, or has no connection to give.

use std::sync::Arc;
use std::time::Duration;

use headcount::clock;
use headcount::lanes::{Lanes, Rejected, Workers};
use headcount::store::Opened;
use headcount::store::postgres::{self, Address, Connections, PostgresStore};
use headcount_core::command::{Action, Command};
use headcount_core::decision::{Outcome, Receipt};
use headcount_core::event::Status;

use super::ground::*;
use super::postgres::Cluster;
use super::proxy::AtCommit;
use super::setting::*;

/// Long enough that nobody in these tests is told `busy` because of it.
const LONG: Duration = Duration::from_secs(120);

/// Lanes with their workers. Dropped, they are stopped.
pub(crate) struct Node {
    pub(crate) lanes: Lanes,
    workers: Option<Workers>,
}

impl Node {
    pub(crate) async fn start(address: &Address, workers: u16, wait_max: Duration) -> Node {
        Node::of(open(address, workers).await.stores, wait_max)
    }

    fn of(stores: Vec<PostgresStore>, wait_max: Duration) -> Node {
        let lanes = Lanes::new(wait_max);
        let workers = lanes.start_workers(stores).unwrap();
        Node { lanes, workers: Some(workers) }
    }

    /// Hands a command over without waiting for it.
    pub(crate) fn begin(&self, command: Command) -> tokio::task::JoinHandle<Result<Outcome, Rejected>> {
        let lanes = self.lanes.clone();
        tokio::spawn(async move { lanes.submit(command).await })
    }

    async fn wait_until(&self, what: impl Fn(&Lanes) -> bool) {
        wait_until(|| what(&self.lanes)).await;
    }

    pub(crate) async fn wait_until_ready(&self) {
        self.wait_until(Lanes::is_ready).await;
    }

    async fn wait_until_not_ready(&self) {
        self.wait_until(|lanes| !lanes.is_ready()).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.lanes.stop();
        // A worker may be waiting for a server that the test has in its hands; a failed test does not wait for it.
        if let Some(workers) = self.workers.take().filter(|_| !std::thread::panicking()) {
            workers.join();
        }
    }
}

async fn wait_until(what: impl Fn() -> bool) {
    let began = clock::instant();
    while !what() {
        assert!(began.elapsed() < LONG, "it never came about");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks until there is an answer; fails if it takes too long.
pub(crate) async fn ask_until_answered(node: &Node, command: &Command) -> Receipt {
    let began = clock::instant();
    loop {
        match node.lanes.submit(command.clone()).await {
            Ok(Outcome::Registration(receipt)) => return receipt,
            Ok(other) => panic!("{other:?}"),
            Err(Rejected::Internal) => panic!("{command:?} was a bug"),
            Err(_) => assert!(began.elapsed() < LONG, "{command:?} never got an answer"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn of_event(event: u128, number: u128) -> Command {
    let name = format!("p{number}");
    let command = sign_up(event_id(event), &format!("event-{event}"), number, &name, SERVER, 1);
    with_key(command, &format!("a-key-of-a-guest-{number:06}"))
}

/// kill -9 of the whole server, again and again, while many sign up for several events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_that_was_acknowledged() {
    let cluster = Cluster::start(&[]);
    let ground = Ground::on(&cluster).await;
    let mut store = ground.store().await;
    for event in 2..=5 {
        one(&mut store, &create_event(event_id(event), &format!("event-{event}"))).await.unwrap();
    }
    let node = Arc::new(Node::start(&ground.direct(), 4, Duration::from_secs(5)).await);
    for round in 0..3_u128 {
        let people = (0..120_u128).map(|number| {
            let (node, command) = (Arc::clone(&node), of_event(2 + number % 4, round * 1_000 + number));
            tokio::spawn(async move {
                // At once, before, during and after the kill.
                tokio::time::sleep(Duration::from_millis(u64::try_from(number).unwrap() * 3)).await;
                let first = node.lanes.submit(command.clone()).await;
                assert!(!matches!(first, Err(Rejected::Internal)), "{first:?}");
                let acknowledged = match first {
                    Ok(Outcome::Registration(receipt)) => receipt,
                    _ => ask_until_answered(&node, &command).await,
                };
                let again = ask_until_answered(&node, &command).await;
                assert_eq!(again, acknowledged, "the same key, another answer");
                acknowledged
            })
        });
        let people: Vec<_> = people.collect();
        tokio::time::sleep(Duration::from_millis(150)).await;
        cluster.kill();
        cluster.start_again();
        for person in people {
            let told = person.await.unwrap();
            let there = format!(
                "select from registrations r join log l using (event_id, registration_id)
                   where r.registration_id = '{}' and l.seq = {} and l.kind = 'signed_up' and r.status = '{}'",
                told.id.0,
                told.seq.0,
                if told.status == Status::Confirmed { "confirmed" } else { "waitlisted" }
            );
            assert_eq!(ground.count(&there), 1, "{told:?}");
        }
        assert_eq!(ground.count("select from registrations"), 120 * (round as i64 + 1));
        ground.assert_sound();
    }
    node.wait_until_ready().await;
    assert!(!node.lanes.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_false_while_the_server_is_away_and_true_again_by_itself() {
    let cluster = Cluster::start(&[]);
    let ground = Ground::on(&cluster).await;
    let node = Node::start(&ground.direct(), 3, Duration::from_millis(300)).await;
    node.wait_until_ready().await;
    cluster.kill();
    node.wait_until_not_ready().await;
    let rejected = node.lanes.submit(sign(1, SERVER)).await;
    assert!(matches!(rejected, Err(Rejected::Busy | Rejected::Unavailable)), "{rejected:?}");
    cluster.start_again();
    // Nobody asks for anything.
    node.wait_until_ready().await;
    assert_eq!(ask_until_answered(&node, &sign(1, SERVER)).await.status, Status::Confirmed);
    ground.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_that_cannot_be_learned_is_told_as_unknown_and_the_process_goes_on() {
    let stay_away = async |fault| {
        let ground = Ground::on(Cluster::shared()).await;
        let node = Node::start(&ground.address(), 2, LONG).await;
        // By now there is a connection to lose.
        ask_until_answered(&node, &sign(50, SERVER)).await;
        ground.proxy.at_next_commits(fault, 1);
        ground.proxy.refuse();
        let told = node.lanes.submit(keyed(1, COOK)).await;
        assert_eq!(told, Err(Rejected::Unknown));
        assert!(!node.lanes.has_failed() && !node.lanes.is_ready());
        ground.proxy.accept();
        node.wait_until_ready().await;
        assert_eq!(ask_until_answered(&node, &keyed(1, COOK)).await.status, Status::Confirmed);
        assert_eq!(ask_until_answered(&node, &sign(2, COOK)).await.status, Status::Waitlisted);
        ground.assert_sound();
    };
    tokio::join!(stay_away(AtCommit::SwallowReply), stay_away(AtCommit::CutBefore));
}

/// Takes all connections that the server has left.
async fn take_all_connections(ground: &Ground<'_>) -> Vec<tokio_postgres::Client> {
    let mut taken = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(ground.plain_url(), tokio_postgres::NoTls).await {
        tokio::spawn(connection);
        taken.push(client);
    }
    taken
}

/// The server notices only by and by that connections were given back.
async fn open_when_there_is_room(address: &Address, workers: u16) -> Opened<PostgresStore> {
    let began = clock::instant();
    loop {
        match postgres::open(address, Connections { workers, readers: 2 }).await {
            Ok(opened) => return opened,
            Err(error) => assert!(began.elapsed() < LONG, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// None is kept for superusers, so that the test's own questions go through the connections it holds.
const FEW: [(&str, &str); 2] = [("max_connections", "12"), ("superuser_reserved_connections", "0")];

/// Takes all connections that a cluster of [`FEW`] can have: the server notices only by and by that some were given back.
async fn take_all_of_few(ground: &Ground<'_>) -> Vec<tokio_postgres::Client> {
    let (mut taken, began) = (Vec::new(), clock::instant());
    while taken.len() < 12 {
        taken.extend(take_all_connections(ground).await);
        assert!(began.elapsed() < LONG, "somebody else keeps one");
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_connections_commands_wait_for_a_bounded_time_and_it_recovers_by_itself() {
    let cluster = Cluster::start(&FEW);
    let ground = Ground::on(&cluster).await;
    let node = Node::start(&ground.address(), 3, Duration::from_millis(300)).await;
    ask_until_answered(&node, &sign(50, COOK)).await;
    ground.proxy.cut();
    ground.proxy.refuse();
    let others = take_all_connections(&ground).await;
    assert!(others.len() > 5);
    ground.proxy.accept();
    node.wait_until_not_ready().await;
    for number in 0..20 {
        let rejected = node.lanes.submit(keyed(number, SERVER)).await;
        assert!(matches!(rejected, Err(Rejected::Busy | Rejected::Unavailable)), "{rejected:?}");
    }
    drop(others);
    node.wait_until_ready().await;
    for number in 0..20 {
        let receipt = ask_until_answered(&node, &keyed(number, SERVER)).await;
        assert_eq!(receipt.status, if number < 10 { Status::Confirmed } else { Status::Waitlisted });
    }
    ground.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_without_a_connection_takes_nothing_from_those_that_have_one() {
    let cluster = Cluster::start(&FEW);
    let ground = Ground::on(&cluster).await;
    let mut others = take_all_connections(&ground).await;
    // Enough for making the node, then for one of its workers.
    others.truncate(others.len() - 3);
    let node = Node::of(open_when_there_is_room(&ground.direct(), 12).await.stores, LONG);
    // Answered by a worker that has a connection, which it keeps.
    assert_eq!(ask_until_answered(&node, &sign(0, SERVER)).await.seq.0, 4);
    others.extend(take_all_connections(&ground).await);
    for number in 1..200_u128 {
        assert_eq!(ask_until_answered(&node, &sign(number, SERVER)).await.seq.0 as u128, 4 + number);
        assert!(node.lanes.is_ready(), "there are workers that can work");
    }
    // Those without end with the others, and leave to them what waits.
    let last: Vec<_> = (1_000..1_100_u128).map(|number| node.begin(sign(number, SERVER))).collect();
    node.wait_until(|lanes| lanes.statistics().queue_depth > 0 || last.iter().all(|one| one.is_finished())).await;
    drop(node);
    for answer in last {
        let answer = answer.await.unwrap();
        assert!(matches!(answer, Ok(Outcome::Registration(_)) | Err(Rejected::Busy)), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_while_there_is_no_connection_waits_for_one_that_comes_or_is_in_use() {
    let cluster = Cluster::start(&FEW);
    let ground = Ground::on(&cluster).await;
    // The one that matters is not the last that is tried.
    let both = ground.plain_url().replacen("/test_", ",127.0.0.1:1/test_", 1);
    let readers = open(&Address::parse(&both).unwrap(), 1).await.readers;
    let ask = || {
        let readers = readers.clone();
        tokio::spawn(async move { readers.ping().await })
    };
    let refused = || cluster.log().matches("too many clients already").count();

    let mut others = take_all_of_few(&ground).await;
    let (refused_before, first) = (refused(), ask());
    wait_until(|| refused() > refused_before).await;
    others.pop();
    first.await.unwrap().unwrap();

    // Now there is one for reading, and somebody tries once a second whether there is another.
    let (refused_before, began) = (refused(), clock::instant());
    let many: Vec<_> = (0..300).map(|_| ask()).collect();
    for one in many {
        one.await.unwrap().unwrap();
    }
    let tried = refused() - refused_before;
    assert!(tried as u64 <= 2 + began.elapsed().as_secs(), "tried {tried} times in {:?}", began.elapsed());
}

/// Each attempt takes longer than the pause after it, so that there always is somebody's turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_while_there_is_no_connection_is_told_so_though_a_second_server_is_silent() {
    let cluster = Cluster::start(&FEW);
    let ground = Ground::on(&cluster).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let after = format!(",127.0.0.1:{}/test_", silent.local_addr().unwrap().port());
    let both = ground.plain_url().replacen("/test_", &after, 1) + "?connect_timeout=2";
    let readers = open(&Address::parse(&both).unwrap(), 1).await.readers;
    let _others = take_all_of_few(&ground).await;
    let told = readers.ping().await.unwrap_err().to_string();
    assert!(told.contains("too many clients already"), "{told}");
}

/// A partition: nothing is refused and nothing is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_given_up_and_found_again() {
    let ground = Ground::on(Cluster::shared()).await;
    let node = Node::start(&ground.address(), 1, Duration::from_millis(300)).await;
    node.wait_until_ready().await;
    ask_until_answered(&node, &sign(1, SERVER)).await;
    // Noticed although nobody asks for anything, and again when somebody does.
    for is_asked in [false, true] {
        ground.proxy.hold();
        if is_asked {
            let told = node.lanes.submit(keyed(2, SERVER)).await;
            assert!(matches!(told, Err(Rejected::Unavailable | Rejected::Busy | Rejected::Unknown)), "{told:?}");
        }
        node.wait_until_not_ready().await;
        ground.proxy.release();
        node.wait_until_ready().await;
    }
    ask_until_answered(&node, &keyed(2, SERVER)).await;
    assert_eq!(ground.count("select from registrations"), 2);
    ground.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_others_hold_is_busy_while_the_others_go_on() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    one(&mut store, &create_event(event_id(2), "event-2")).await.unwrap();
    let node = Node::start(&ground.direct(), 2, LONG).await;
    let holder = ground.session().await;
    let hold = format!("begin; select from events where event_id = '{}' for update", event_id(1).0);
    holder.batch_execute(&hold).await.unwrap();
    let held = node.begin(sign(1, SERVER));
    ground.wait_until_blocked(1).await;
    for number in 1..50 {
        ask_until_answered(&node, &of_event(2, number)).await;
        assert!(!held.is_finished(), "it waits for the lock meanwhile");
        if number == 1 {
            assert!(node.lanes.is_ready());
        }
    }
    assert_eq!(held.await.unwrap(), Err(Rejected::Busy));
    assert!(node.lanes.is_ready(), "the storage works");
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(ask_until_answered(&node, &sign(1, SERVER)).await.seq.0, 4);
    ground.assert_sound();
}

/// As in a Citus cluster that lacks one of its workers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_part_of_the_database_is_away_leaves_the_others_alone() {
    let ground = Ground::on(Cluster::shared()).await;
    let mut store = ground.store().await;
    one(&mut store, &create_event(event_id(2), "event-2")).await.unwrap();
    let node = Node::start(&ground.direct(), 2, LONG).await;
    ground.run(&format!(
        "create function away() returns trigger language plpgsql as $$ begin
           raise 'connection to the remote node failed' using errcode = 'connection_failure'; end $$;
         create trigger away before insert on log for each row when (new.event_id = '{}') execute function away()",
        event_id(1).0
    ));
    for number in 1..5 {
        assert_eq!(node.lanes.submit(sign(1, SERVER)).await, Err(Rejected::Unavailable));
        assert!(node.lanes.is_ready(), "the rest of the storage works");
        assert!(node.lanes.submit(of_event(2, number)).await.is_ok());
    }
    ground.run("drop trigger away on log");
    assert_eq!(ask_until_answered(&node, &sign(1, SERVER)).await.seq.0, 4);
    ground.assert_sound();
}

/// The promotion that was to go on when the server went away goes on when it is back, although nobody asks for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_promotion_goes_on_after_the_server_was_away() {
    let cluster = Cluster::start(&[]);
    let ground = Ground::on(&cluster).await;
    let mut store = ground.store().await;
    let group = sign_up(event_id(1), SLUG, 100, "group", SERVER, 10);
    one(&mut store, &group).await.unwrap();
    let waiting: Vec<Command> = (1..=12).map(|number| sign(number, SERVER)).collect();
    counted(&mut store, &waiting).await.0.unwrap();
    let node = Node::start(&ground.direct(), 2, LONG).await;
    let holder = ground.session().await;
    // The first batch that writes passes, the next one waits.
    ground.run(
        "create sequence writes;
         create function wait() returns trigger language plpgsql as $$
           begin if nextval('writes') > 1 then perform pg_advisory_xact_lock(1); end if; return null; end $$;
         create trigger wait before insert on log for each statement execute function wait()",
    );
    holder.batch_execute("select pg_advisory_lock(1)").await.unwrap();
    let cancelled = node.lanes.submit(owner(Action::Cancel(registration_id(100)))).await;
    assert!(cancelled.is_ok());
    ground.wait_until_blocked(1).await;
    cluster.kill();
    cluster.start_again();
    let confirmed = "select count(*) = 10 from registrations where status = 'confirmed'";
    ground.wait_until(confirmed).await;
    ground.assert_sound();
}
