//! The harness itself: what the tests against PostgreSQL stand on does what it says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;

use postgres::{Cluster, pause, resume};

#[path = "support/postgres.rs"]
mod postgres;

fn number_of_rows(cluster: &Cluster) -> String {
    cluster.query("postgres", "select count(*) from kept")[0][0].clone().unwrap()
}

#[test]
fn a_cluster_keeps_its_data_over_a_kill_and_a_restart() {
    let cluster = Cluster::start(&[("max_connections", "30")]);
    assert_eq!(cluster.query("postgres", "show max_connections"), [[Some("30".to_owned())]]);
    cluster.query("postgres", "create table kept (number int); insert into kept values (1), (2)");
    cluster.kill();
    assert!(cluster.try_query("postgres", "select 1").is_err());
    cluster.start_again();
    assert_eq!(number_of_rows(&cluster), "2");
    cluster.query("postgres", "insert into kept values (3)");
    cluster.restart();
    assert_eq!(number_of_rows(&cluster), "3");
    assert!(cluster.log().contains("was not properly shut down; automatic recovery in progress"));
}

#[test]
fn every_new_database_is_another_one() {
    let cluster = Cluster::shared();
    let urls = [cluster.new_database(), cluster.new_database()];
    assert_ne!(urls[0], urls[1]);
    let names = urls.each_ref().map(|url| url.rsplit_once('/').unwrap().1);
    cluster.query(names[0], "create table only_here ()");
    assert!(cluster.try_query(names[1], "select from only_here").is_err());
}

#[tokio::test]
async fn a_paused_backend_answers_once_it_goes_on() {
    let cluster = Cluster::shared();
    let url = format!("{}?application_name=to-be-paused", cluster.new_database());
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let [backend] = cluster.backends("application_name = 'to-be-paused'")[..] else { panic!("one backend") };
    pause(backend);
    let question = tokio::spawn(async move { client.simple_query("select 1").await.map(drop) });
    // Only a server that goes on could answer this one meanwhile.
    cluster.query("postgres", "select 1");
    assert!(!question.is_finished());
    resume(backend);
    question.await.unwrap().unwrap();
    connection.await.unwrap().unwrap();
}

#[test]
fn nothing_of_a_cluster_is_left_after_it() {
    let cluster = Cluster::start(&[]);
    let folder = cluster.folder().to_owned();
    let postmaster = Path::new("/proc").join(postmaster_of(&folder));
    assert!(postmaster.exists());
    drop(cluster);
    assert!(!postmaster.exists());
    assert!(!folder.exists());
}

fn postmaster_of(folder: &Path) -> String {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}
