//! What is refused, with an exit code and with what to do. Nothing is touched.

use headcount::server::{self, Options};

use super::data::{Data, TOKEN};
use super::postgres::{Cluster, name};
use super::tables::{assert_nothing_in, assert_only_facts_in, of_postgres};
use super::{Run, begin, command, copy, end};

#[track_caller]
fn refuses(run: &Run, code: i32, what_to_do: &str) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.errors.contains(what_to_do) && !run.errors.contains("secret/"), "{run:?}");
}

/// Not even the tables were made.
fn assert_untouched(url: &str) {
    let tables = "select count(*) from information_schema.tables where table_schema = 'public'";
    assert_eq!(Cluster::shared().query(name(url), tables), [[Some("0".to_owned())]]);
}

#[test]
fn every_other_direction() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    let file = format!("sqlite:{}", data.path.display());
    for (from, to) in [(&url, &file), (&file, &file), (&url, &url)] {
        refuses(&end(command(from, to).spawn().unwrap()), 2, "--from sqlite:PATH --to postgres://");
    }
    refuses(&end(command("mysql://x/y", &url).spawn().unwrap()), 2, "sqlite:PATH");
    refuses(&end(command("sqlite:/nowhere/at/all.db", &url).spawn().unwrap()), 2, "name it with --from");
    assert_untouched(&url);
}

#[test]
fn a_file_that_is_none_of_headcount() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    std::fs::write(&data.path, "something else altogether").unwrap();
    refuses(&copy(&data.path, &url), 3, "not a data file of headcount");
    assert_untouched(&url);
}

#[test]
fn a_server_that_is_not_there() {
    let data = Data::rich();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = copy(&data.path, &format!("postgres://u:hush@127.0.0.1:{nobody}/d"));
    refuses(&run, 3, "nothing listens there");
    assert!(!run.errors.contains("hush"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_server_has_open() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    let running = server::start(Options::local(&data.path)).await.unwrap();
    refuses(&end(begin(&data.path, &url)), 3, "is open in a server: stop that one first");
    assert_untouched(&url);
    running.stop().await;
    assert_eq!(copy(&data.path, &url).code, Some(0));
}

#[test]
fn a_file_that_is_damaged() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    data.plant("update events set waiting = waiting + 1");
    let run = copy(&data.path, &url);
    refuses(&run, 1, "headcount repair");
    assert!(run.output.contains("counters equal the sum"), "{run:?}");
    assert_untouched(&url);
}

#[test]
fn text_that_no_postgres_can_hold() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    data.plant("update registrations set notes = 'a' || char(0) || 'b' where name = 'Cem'");
    let run = copy(&data.path, &url);
    refuses(&run, 1, "its notes holds a zero byte");
    let connection = rusqlite::Connection::open(&data.path).unwrap();
    let sql =
        "select lower(hex(registration_id)) from registrations where notes is not null and instr(notes, char(0)) > 0";
    let id: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let id = uuid::Uuid::parse_str(&id).unwrap().to_string();
    assert!(run.errors.contains("registrations") && run.errors.contains(&id), "{run:?}");
    assert!(!run.errors.contains("Cem"), "{run:?}");
    assert_nothing_in(Cluster::shared(), &url);
}

#[test]
fn a_key_is_not_shown() {
    let (data, url) = (Data::rich(), Cluster::shared().new_database());
    data.plant("update idempotency_keys set key = 'hush' || char(0) where key = 'key-of-a-draft'");
    let run = copy(&data.path, &url);
    refuses(&run, 1, "its key holds a zero byte");
    assert!(!run.errors.contains("hush") && !run.errors.contains("guest:"), "{run:?}");
}

#[test]
fn a_target_that_holds_something() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    for held in [
        "insert into slugs values ('mine', gen_random_uuid())",
        "insert into idempotency_keys values (gen_random_uuid(), 'owner', 'k', decode(repeat('00', 32), 'hex'), '{}', 1)",
        "insert into organizations values (gen_random_uuid(), 'Theirs', 1)",
        "insert into outbox (message_id, template, created_at, due_at) values (gen_random_uuid(), 'verify', 1, 1)",
    ] {
        let url = cluster.new_database();
        let empty = data.path.with_file_name("empty.db");
        drop(headcount::store::sqlite::open(&empty).unwrap());
        assert_eq!(copy(&empty, &url).code, Some(0));
        cluster.query(name(&url), held);
        let before = of_postgres(cluster, &url);
        refuses(&copy(&data.path, &url), 2, "name an empty database");
        refuses(&copy(&empty, &url), 2, "name an empty database");
        assert_eq!(of_postgres(cluster, &url), before);
    }
}

#[test]
fn a_database_of_another_program() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    cluster.query(name(&url), "create table theirs (number int)");
    refuses(&copy(&data.path, &url), 3, "tables of another program");
}

#[test]
fn a_layout_of_a_newer_version() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    data.plant("insert into meta values ('x', 'y')");
    let connection = rusqlite::Connection::open(&data.path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    refuses(&copy(&data.path, &url), 3, "layout 99");

    let data = Data::rich();
    let empty = data.path.with_file_name("empty.db");
    drop(headcount::store::sqlite::open(&empty).unwrap());
    assert_eq!(copy(&empty, &url).code, Some(0));
    cluster.query(name(&url), "update meta set value = '99' where name = 'layout'");
    refuses(&copy(&data.path, &url), 3, "use the newest version");
    assert_nothing_in(cluster, &url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_a_server_with_another_secret_uses() {
    let (data, cluster) = (Data::rich(), Cluster::shared());
    let url = cluster.new_database();
    let (secret, token) = ("another secret, not that of the file", TOKEN);
    let options = Options {
        database: url.parse().unwrap(),
        secret: Some(secret.into()),
        owner_token: Some(token.into()),
        ..Options::default()
    };
    let running = server::start(options).await.unwrap();
    refuses(&copy(&data.path, &url), 3, "a server with another secret");
    running.stop().await;
    assert_only_facts_in(cluster, &url);
}
