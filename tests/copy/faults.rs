//! What goes wrong on the way: then nothing is there, or everything, and a second run tells.

use std::process::Child;

use headcount::server::{self, Options};
use headcount::store::postgres::{Address, Noted};
use hyper::Method;
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::data::{Asker, Data, TOKEN, owner};
use super::postgres::{Cluster, name};
use super::proxy::{AtCommit, Proxy};
use super::tables::{assert_nothing_in, of_postgres, of_sqlite};
use super::{begin, copy, end, verified};

const COPIES: &str = "datname = current_database() and application_name = 'headcount/copy'";

/// Holds up whoever writes a registration, until it is dropped.
struct HeldUp {
    holder: Client,
    database: String,
}

impl HeldUp {
    /// In a database that has its tables, but nothing in them.
    async fn on(url: &str) -> HeldUp {
        Noted::open(&Address::parse(url).unwrap()).await.unwrap();
        let (holder, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let sql = "create function held_up() returns trigger language plpgsql as
              'begin perform pg_advisory_xact_lock_shared(1); return new; end';
            create trigger held_up before insert on registrations for each row when (new.name = 'Cem')
              execute function held_up();
            select pg_advisory_lock(1)";
        holder.batch_execute(sql).await.unwrap();
        let database = name(url).to_owned();
        HeldUp { holder, database }
    }

    /// Waits until somebody is in the middle of writing.
    fn wait(&self, cluster: &Cluster) {
        wait_for_a_lock(cluster, &self.database, "locktype = 'advisory'");
    }

    async fn let_go(self) {
        let sql = "select pg_advisory_unlock(1); drop trigger held_up on registrations";
        // The trigger cannot be dropped before those who hold the table are done.
        self.holder.batch_execute(sql).await.unwrap();
    }
}

/// Waits until somebody waits for such a lock of this database; `pg_locks` tells of all.
fn wait_for_a_lock(cluster: &Cluster, database: &str, such: &str) {
    let here = "database = (select oid from pg_database where datname = current_database())";
    let waits = format!("select exists (select from pg_locks where {here} and {such} and not granted)");
    cluster.wait_until(database, &waits);
}

/// Whoever was cut off is gone, and has left nothing.
fn assert_nothing_is_left(cluster: &Cluster, url: &str) {
    cluster.wait_until(name(url), &format!("select not exists (select from pg_stat_activity where {COPIES})"));
    assert_nothing_in(cluster, url);
}

fn assert_whole(data: &Data, cluster: &Cluster, url: &str) {
    assert_eq!(of_sqlite(&data.path, cluster, url), of_postgres(cluster, url));
}

/// Has a copy cut off in the middle of a table by `cut`; then nothing is there, and the next run succeeds.
async fn cut_in_the_middle(cut: impl FnOnce(&Cluster, &Proxy, &str, &mut Child)) -> super::Run {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let proxy = Proxy::start(cluster.port());
    let url = cluster.new_database();
    let held = HeldUp::on(&url).await;
    let mut child = begin(&data.path, &proxy.url(&url));
    held.wait(cluster);
    cut(cluster, &proxy, name(&url), &mut child);
    let run = end(child);
    held.let_go().await;
    assert_nothing_is_left(cluster, &url);
    assert_eq!(copy(&data.path, &proxy.url(&url)).code, Some(0));
    assert_whole(&data, cluster, &url);
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_the_middle_leaves_nothing() {
    let run = cut_in_the_middle(|_, proxy, _, _| proxy.cut()).await;
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.errors.contains("nothing was copied"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_ends_in_the_middle_leaves_nothing() {
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where {COPIES}");
    let run = cut_in_the_middle(|cluster, _, database, _| drop(cluster.query(database, &end))).await;
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.errors.contains("nothing was copied"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_leaves_nothing() {
    let run = cut_in_the_middle(|_, _, _, child| child.kill().unwrap()).await;
    assert_eq!(run.code, None, "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_told_as_unknown_and_the_next_run_tells() {
    for (fault, expected) in [(AtCommit::SwallowReply, "was already copied"), (AtCommit::CutBefore, "copied in")] {
        let (data, cluster) = (Data::rich(), Cluster::shared());
        let proxy = Proxy::start(cluster.port());
        let url = cluster.new_database();
        Noted::open(&Address::parse(&url).unwrap()).await.unwrap();
        proxy.at_next_commits(fault, 1);
        let run = copy(&data.path, &proxy.url(&url));
        assert_eq!((run.code, proxy.faults()), (Some(3), 1), "{run:?}");
        assert!(run.errors.contains("not known") && run.errors.contains("run the same command again"), "{run:?}");
        assert!(!run.output.contains("What to do next"), "{run:?}");
        let again = copy(&data.path, &proxy.url(&url));
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.output.contains(expected) && again.output.contains("What to do next"), "{again:?}");
        assert_whole(&data, cluster, &url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_at_once_one_is_refused() {
    let (first, second, cluster) = (Data::rich(), Data::rich(), Cluster::shared());
    second.plant("update event_texts set title = 'The other file'");
    let url = cluster.new_database();
    let held = HeldUp::on(&url).await;
    let first_run = std::thread::spawn({
        let (path, url) = (first.path.clone(), url.clone());
        move || copy(&path, &url)
    });
    held.wait(cluster);
    // The other file has a registration more, so that its heads are others.
    sign_one_up(&second).await;
    let second_run = std::thread::spawn({
        let (path, url) = (second.path.clone(), url.clone());
        move || copy(&path, &url)
    });
    wait_for_a_lock(cluster, name(&url), "locktype = 'relation' and relation = 'meta'::regclass");
    held.let_go().await;
    let (first_run, second_run) = (first_run.join().unwrap(), second_run.join().unwrap());
    assert_eq!(first_run.code, Some(0), "{first_run:?}");
    assert_eq!(second_run.code, Some(2), "{second_run:?}");
    assert_whole(&first, cluster, &url);
}

async fn sign_one_up(data: &Data) {
    let running = server::start(Options::local(&data.path)).await.unwrap();
    let mut asker = Asker::of(&running).await;
    let zoe = json!({"name": "Zoe", "email": "zoe@example.org"});
    asker.post("/api/v1/events/full/registrations", zoe, owner).await;
    drop(asker);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_on_the_target_writes_before_or_after_but_not_between() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    let held = HeldUp::on(&url).await;
    let options = Options {
        database: url.parse().unwrap(),
        secret: Some(data.secret()),
        owner_token: Some(TOKEN.into()),
        ..Options::default()
    };
    let running = server::start(options).await.unwrap();
    let run = std::thread::spawn({
        let (path, url) = (data.path.clone(), url.clone());
        move || copy(&path, &url)
    });
    held.wait(cluster);
    let mut asker = Asker::of(&running).await;
    let asking =
        tokio::spawn(async move { asker.ask(Method::POST, "/api/v1/events", &json!({"title": "Early"}), owner).await });
    wait_for_a_lock(cluster, name(&url), "locktype = 'relation'");
    let answered_meanwhile = asking.is_finished();
    held.let_go().await;
    let run = run.join().unwrap();
    assert_eq!(run.code, Some(0), "{run:?}");
    let early = asking.await.unwrap();
    assert!(early.0 == 503 || early.0 == 201 && !answered_meanwhile, "{early:?}");
    running.stop().await;
    let (file, after) = (of_sqlite(&data.path, cluster, &url), of_postgres(cluster, &url));
    assert!(file.iter().all(|(table, rows)| rows.is_subset(&after[table])));
    let report = verified(&url);
    assert_eq!((report.is_green(), report.events), (true, if early.0 == 201 { 6 } else { 5 }), "{report}");
}
