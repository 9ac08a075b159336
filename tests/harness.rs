//! The harness itself: what the tests against PostgreSQL stand on does what it says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use postgres::{Cluster, lives, name, pause, resume};
use proxy::{AtCommit, Proxy};
use tokio_postgres::{Client, NoTls};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/proxy.rs"]
mod proxy;

#[test]
fn a_cluster_keeps_its_data_over_a_kill_and_a_restart() {
    let cluster = Cluster::start_on_disk(&[("max_connections", "30")]);
    assert_eq!(cluster.query("postgres", "show max_connections"), [[Some("30".to_owned())]]);
    cluster.query("postgres", "create table kept (number int); insert into kept values (1), (2)");
    cluster.kill();
    assert!(cluster.try_query("postgres", "select 1").is_err());
    cluster.start_again();
    assert_eq!(count(&cluster, "postgres", "kept"), "2");
    cluster.query("postgres", "insert into kept values (3)");
    cluster.restart();
    assert_eq!(count(&cluster, "postgres", "kept"), "3");
    assert!(cluster.log().contains("was not properly shut down; automatic recovery in progress"));
}

#[test]
fn a_cluster_takes_files_that_only_the_server_may_read() {
    let cluster = Cluster::start_with_files(&[], &[("pg_hba.conf", "local all all trust\nhost all all all reject\n")]);
    assert_eq!(cluster.query("postgres", "select 1"), [[Some("1".to_owned())]]);
    let over_tcp = postgres_over_tcp(&cluster);
    assert!(over_tcp.contains("pg_hba.conf rejects connection"), "{over_tcp}");
}

#[tokio::main(flavor = "current_thread")]
async fn postgres_over_tcp(cluster: &Cluster) -> String {
    let refused = tokio_postgres::connect(&cluster.url("postgres"), NoTls).await.err().unwrap();
    refused.as_db_error().unwrap().message().to_owned()
}

#[test]
fn every_new_database_is_another_one() {
    let cluster = Cluster::shared();
    let urls = [cluster.new_database(), cluster.new_database()];
    assert_ne!(urls[0], urls[1]);
    cluster.query(name(&urls[0]), "create table only_here ()");
    assert!(cluster.try_query(name(&urls[1]), "select from only_here").is_err());
}

#[tokio::test]
async fn a_paused_backend_answers_once_it_goes_on() {
    let cluster = Cluster::shared();
    let client = connect(&format!("{}?application_name=to-be-paused", cluster.new_database())).await;
    let [backend] = cluster.backends("application_name = 'to-be-paused'")[..] else { panic!("one backend") };
    pause(backend);
    let question = tokio::spawn(async move { client.simple_query("select 1").await.map(drop) });
    cluster.query("postgres", "select 1");
    assert!(!question.is_finished());
    resume(backend);
    question.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_kill_reaches_a_paused_backend() {
    let cluster = Cluster::start(&[]);
    let client = connect(&format!("{}?application_name=to-be-paused", cluster.new_database())).await;
    let backend = cluster.backends("application_name = 'to-be-paused'")[0];
    pause(backend);
    cluster.kill();
    assert!(client.simple_query("select 1").await.is_err());
    cluster.start_again();
    assert!(cluster.backends("application_name = 'to-be-paused'").is_empty());
}

#[test]
fn nothing_of_a_dropped_cluster_is_left() {
    let cluster = Cluster::start(&[]);
    let (folder, server) = (cluster.folder().to_owned(), cluster.process());
    assert!(lives(server));
    drop(cluster);
    assert!(!lives(server) && !folder.exists());
}

#[test]
fn nothing_of_a_cluster_is_left_after_its_process_was_killed() {
    let mut process = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "waits_with_a_cluster_and_a_paused_child_of_it"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.find_map(|line| line.split_once(TOLD).map(|(_, told)| told.to_owned())).unwrap();
    let [server, checkpointer, folder] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let (server, checkpointer, folder) = (server.parse().unwrap(), checkpointer.parse().unwrap(), Path::new(folder));
    assert!(lives(server) && lives(checkpointer));
    process.kill().unwrap();
    process.wait().unwrap();
    // Ends when the last who could write to it does, which is the one that cleans up.
    process.stderr.unwrap().read_to_end(&mut Vec::new()).unwrap();
    assert!(!lives(server) && !lives(checkpointer) && !folder.exists());
}

const TOLD: &str = "server, checkpointer, folder: ";

#[test]
#[ignore = "the test above runs it in a process of its own, to be killed"]
fn waits_with_a_cluster_and_a_paused_child_of_it() {
    let cluster = Cluster::start(&[]);
    let checkpointer =
        cluster.query("postgres", "select pid from pg_stat_activity where backend_type = 'checkpointer'");
    let checkpointer = checkpointer[0][0].as_ref().unwrap().parse().unwrap();
    pause(checkpointer);
    println!("{TOLD}{} {checkpointer} {}", cluster.process(), cluster.folder().display());
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[tokio::test]
async fn a_swallowed_reply_is_that_to_a_commit_that_happened() {
    let behind = Behind::a_proxy();
    for way in [Way::Simple, Way::Prepared] {
        let client = connect(&behind.url).await;
        behind.proxy.at_next_commits(AtCommit::SwallowReply, 1);
        let before = (behind.rows(), behind.proxy.faults());
        let error = insert(&client, way).await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
        assert_eq!((behind.rows(), behind.proxy.faults()), (before.0 + 1, before.1 + 1));
        insert(&connect(&behind.url).await, way).await.unwrap();
        assert_eq!(behind.rows(), before.0 + 2);
    }
}

#[tokio::test]
async fn what_is_sent_after_a_swallowed_commit_is_not_done() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    behind.proxy.at_next_commits(AtCommit::SwallowReply, 1);
    client.simple_query("begin; insert into kept default values").await.unwrap();
    let (commit, later) =
        tokio::join!(client.simple_query("commit"), client.simple_query("insert into kept default values"));
    assert!(commit.is_err() && later.is_err());
    assert_eq!(behind.rows(), 1);
}

#[tokio::test]
async fn a_commit_cut_off_before_the_server_gets_it_did_not_happen() {
    let behind = Behind::a_proxy();
    behind.proxy.at_next_commits(AtCommit::CutBefore, 2);
    for way in [Way::Simple, Way::Prepared] {
        let client = connect(&behind.url).await;
        let error = insert(&client, way).await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
    }
    assert_eq!(behind.proxy.faults(), 2);
    behind.nobody_is_connected();
    assert_eq!(behind.rows(), 0);
    insert(&connect(&behind.url).await, Way::Simple).await.unwrap();
    assert_eq!(behind.rows(), 1);
}

#[tokio::test]
async fn a_commit_left_behind_happens_although_nobody_listens_any_more() {
    let behind = Behind::a_proxy();
    let blocker = connect(&behind.url).await;
    for way in [Way::Simple, Way::Prepared] {
        let client = connect(&behind.url).await;
        let commit = client.prepare("commit").await.unwrap();
        client.batch_execute("begin").await.unwrap();
        let before = (behind.rows(), behind.proxy.faults());
        // Nothing can be committed before the client has lost its connection.
        blocker.batch_execute("begin; lock table kept in share mode").await.unwrap();
        behind.proxy.at_next_commits(AtCommit::LeaveBehind, 1);
        let (inserted, committed) = tokio::join!(client.batch_execute("insert into kept default values"), async {
            match way {
                Way::Simple => client.batch_execute("commit").await,
                Way::Prepared => client.execute(&commit, &[]).await.map(drop),
            }
        });
        assert!(inserted.is_err() && committed.unwrap_err().is_closed());
        assert_eq!((behind.rows(), behind.proxy.faults()), (before.0, before.1 + 1));
        blocker.batch_execute("commit").await.unwrap();
        Cluster::shared().wait_until(&behind.database, &format!("select count(*) = {} from kept", before.0 + 1));
    }
}

#[tokio::test]
async fn a_commit_that_is_held_back_happens_when_it_is_released() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    behind.proxy.at_next_commits(AtCommit::HoldBack, 1);
    let inserting = tokio::spawn(async move { insert(&client, Way::Prepared).await });
    behind.proxy.wait_for_faults(1).await;
    assert_eq!(behind.rows(), 0);
    insert(&connect(&behind.url).await, Way::Simple).await.unwrap();
    assert_eq!(behind.rows(), 1);
    behind.proxy.release();
    inserting.await.unwrap().unwrap();
    assert_eq!(behind.rows(), 2);
}

#[tokio::test]
async fn round_trips_and_commits_are_counted() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    let commit = client.prepare("commit").await.unwrap();
    let one = client.prepare("select 1").await.unwrap();
    let mut tries = Vec::new();
    for _ in 0..20 {
        behind.proxy.reset();
        let (begun, asked) = tokio::join!(client.simple_query("begin"), client.execute(&one, &[]));
        assert!(begun.is_ok() && asked.is_ok());
        client.execute(&commit, &[]).await.unwrap();
        assert_eq!(behind.proxy.commits(), 1);
        tries.push(behind.proxy.round_trips());
    }
    let least = tries.iter().min_by_key(|round_trips| round_trips.len()).unwrap();
    assert_eq!(*least, [vec!["begin", "select 1"], vec!["commit"]]);
}

#[tokio::test]
async fn a_cut_ends_every_connection_and_new_ones_are_taken() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    behind.proxy.cut();
    assert!(client.simple_query("select 1").await.is_err());
    connect(&behind.url).await.simple_query("select 1").await.unwrap();
}

#[tokio::test]
async fn new_connections_are_refused_while_old_ones_go_on() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    behind.proxy.refuse();
    assert!(tokio_postgres::connect(&behind.url, NoTls).await.is_err());
    client.simple_query("select 1").await.unwrap();
    behind.proxy.accept();
    connect(&behind.url).await.simple_query("select 1").await.unwrap();
}

#[tokio::test]
async fn nothing_flows_over_a_connection_that_is_held() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    behind.proxy.hold();
    let inserting = tokio::spawn(async move { insert(&client, Way::Simple).await });
    let opening = tokio::spawn(connect_to(behind.url.clone()));
    assert_eq!(behind.rows(), 0);
    assert!(!inserting.is_finished() && !opening.is_finished());
    behind.proxy.release();
    inserting.await.unwrap().unwrap();
    opening.await.unwrap().simple_query("select 1").await.unwrap();
    assert_eq!(behind.rows(), 1);
}

#[tokio::test]
async fn much_data_goes_through_both_ways() {
    let behind = Behind::a_proxy();
    let client = connect(&behind.url).await;
    let text = "and so on ".repeat(1_000_000);
    let told = client.query_one("select $1::text || $1::text", &[&text]).await.unwrap();
    assert_eq!(told.get::<_, &str>(0), text.repeat(2));
}

/// A proxy before an empty table `kept`.
struct Behind {
    proxy: Proxy,
    database: String,
    url: String,
}

impl Behind {
    fn a_proxy() -> Behind {
        let cluster = Cluster::shared();
        let proxy = Proxy::start(cluster.port());
        let direct = cluster.new_database();
        let database = name(&direct).to_owned();
        cluster.query(&database, "create table kept (number int generated always as identity)");
        Behind { url: proxy.url(&direct), proxy, database }
    }

    fn rows(&self) -> u64 {
        count(Cluster::shared(), &self.database, "kept").parse().unwrap()
    }

    /// Waits until the server has taken note of the end of every connection.
    fn nobody_is_connected(&self) {
        let sql = format!("select count(*) = 0 from pg_stat_activity where datname = '{}'", self.database);
        Cluster::shared().wait_until("postgres", &sql);
    }
}

#[derive(Clone, Copy)]
enum Way {
    Simple,
    Prepared,
}

/// One row in a transaction of its own.
async fn insert(client: &Client, way: Way) -> Result<(), tokio_postgres::Error> {
    match way {
        Way::Simple => {
            client.batch_execute("begin; insert into kept default values").await?;
            client.batch_execute("commit").await
        }
        Way::Prepared => {
            let commit = client.prepare("commit").await?;
            client.batch_execute("begin").await?;
            client.execute("insert into kept default values", &[]).await?;
            client.execute(&commit, &[]).await.map(drop)
        }
    }
}

async fn connect_to(url: String) -> Client {
    connect(&url).await
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn count(cluster: &Cluster, database: &str, table: &str) -> String {
    cluster.query(database, &format!("select count(*) from {table}"))[0][0].clone().unwrap()
}
