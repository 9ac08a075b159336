//! A copy is all of it, and a server goes on where the one on the file stopped.

use headcount::server::{self, NewSecret, Options};
use headcount::store::postgres::{Address, Noted};
use hyper::Method;
use serde_json::{Value, json};

use super::data::{ANNS_KEY, Asker, DRAFTS_KEY, Data, PUBLIC_URL, TOKEN, ann, draft, guest, owner, person};
use super::postgres::{Cluster, name};
use super::tables::{assert_rich, of_postgres, of_sqlite};
use super::{copy, verified};

fn on(url: &str, data: &Data) -> Options {
    Options {
        database: url.parse().unwrap(),
        secret: Some(data.secret()),
        new_secret: NewSecret::Refuse,
        public_url: Some(PUBLIC_URL.into()),
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_there_as_it_was() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    // Neither what the database has by default nor a limit for short statements stands in the way.
    let database = name(&url);
    for setting in ["default_transaction_isolation = serializable", "statement_timeout = 59000", "lock_timeout = 59000"]
    {
        cluster.query("postgres", &format!("alter database {database} set {setting}"));
    }
    drop(Noted::open(&Address::parse(&url).unwrap()).await.unwrap());
    let looks = "create function looks() returns trigger language plpgsql as 'begin
          if current_setting(''statement_timeout'') = ''0'' and current_setting(''synchronous_commit'') = ''on''
            and current_setting(''transaction_isolation'') = ''read committed'' then return null; end if;
          raise exception ''these are not the settings for a copy''; end';
        create trigger looks after insert on registrations execute function looks()";
    cluster.query(database, looks);
    let run = copy(&data.path, &url);
    assert_eq!(run.code, Some(0), "{run:?}");
    let (before, after) = (of_sqlite(&data.path, cluster, &url), of_postgres(cluster, &url));
    assert_rich(&before);
    for (table, rows) in &before {
        assert_eq!(Some(rows), after.get(table), "{table}");
    }
    assert_eq!(before.len(), after.len());
    assert!(verified(&url).is_green());
    let analyzed = "select count(*) filter (where last_analyze is null) = 0 from pg_stat_user_tables";
    cluster.wait_until(database, analyzed);
}

#[test]
fn what_to_do_next_is_said_without_a_secret() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    let with_password = url.replacen("postgres@", "postgres:hush@", 1);
    let run = copy(&data.path, &with_password);
    assert_eq!((run.code, run.errors.lines().filter(|line| !line.starts_with("WARNING")).count()), (Some(0), 0));
    let output = run.output.replace(data.path.to_str().unwrap(), "FILE").replace(&url, "URL");
    let rows = |table: &str| {
        let line = output.lines().find(|line| line.trim_start().starts_with(table)).unwrap();
        line.split_once(' ').unwrap().1.trim().split_once(' ').unwrap().1.trim().to_owned()
    };
    assert_eq!((rows("events "), rows("registrations ")), ("5 rows".to_owned(), "12 rows".to_owned()));
    let (_, end) = output.split_once("every log of ").unwrap();
    insta::assert_snapshot!(end, @r"
    sqlite:FILE is there to its last entry

    What to do next:
      1. Set HEADCOUNT_SECRET to what is in FILE.secret, so that manage links go on working.
      2. Start `headcount serve --database URL`, with the password there or in PGPASSWORD. The owner token stays the same.
      3. Keep sqlite:FILE with its secret as a backup, and start no server on it any more.
    ");
    for hidden in [data.secret().as_str(), "hush", TOKEN] {
        assert!(!output.contains(hidden) && !run.errors.contains(hidden), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_on_where_the_one_on_the_file_stopped() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    assert_eq!(copy(&data.path, &url).code, Some(0));
    let running = server::start(on(&url, &data)).await.unwrap();
    assert_eq!(running.new_owner_token, None, "the token is the one there was");
    let mut asker = Asker::of(&running).await;

    let path = "/api/v1/events/fair/registrations";
    let again = asker.ask(Method::POST, path, &ann(), |ask| ask.key(ANNS_KEY)).await;
    assert_eq!(again, (201, data.ann.clone()), "one key, one answer");
    let again = asker.ask(Method::POST, "/api/v1/events", &draft(), |ask| owner(ask).key(DRAFTS_KEY)).await;
    assert_eq!((again.0, &again.1["id"]), (201, &data.draft["id"]), "also of an event that is gone");

    let link = data.ann["manage_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let own = asker.ask(Method::GET, link, &Value::Null, guest).await;
    assert_eq!((own.0, &own.1["registration"]["notes"]), (200, &ann()["notes"]));

    let log = asker.ask(Method::GET, "/api/v1/events/fair/log", &Value::Null, owner).await;
    let last = log.1["items"].as_array().unwrap().last().unwrap()["seq"].as_u64().unwrap();
    let new = asker.post(path, person("Zoe", "Cook", 1), guest).await;
    assert_eq!(new["seq"], json!(last + 1));
    drop(asker);
    running.stop().await;
    let report = verified(&url);
    assert!(report.is_green(), "{report}");

    let gone_on = copy(&data.path, &url);
    assert_eq!(gone_on.code, Some(2), "it is a copy no more: {gone_on:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_started_before_with_the_same_secret_is_no_obstacle() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    let early = server::start(on(&url, &data)).await.unwrap();
    assert!(early.new_owner_token.is_some());
    let run = copy(&data.path, &url);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.output.contains("Start the servers again"), "{run:?}");
    let mut asker = Asker::of(&early).await;
    assert_eq!(asker.ask(Method::GET, "/api/v1/events/fair", &Value::Null, guest).await.0, 200);
    early.stop().await;
    assert_eq!(
        of_sqlite(&data.path, cluster, &url),
        of_postgres(cluster, &url),
        "its token is gone, that of the file is there"
    );
}

#[test]
fn a_file_without_events_is_copied_too() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    let empty = data.path.with_file_name("empty.db");
    drop(headcount::store::sqlite::open(&empty).unwrap());
    let run = copy(&empty, &url);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.output.contains("what it was set to for the data file"), "{run:?}");
    assert_eq!(verified(&url).events, 0);
}
