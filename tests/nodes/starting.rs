//! What nodes agree on when they start.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use headcount::client::Ask;
use hyper::Method;

use crate::postgres::Cluster;
use crate::process::{Server, serve, told};
use crate::site::{NODES, SECRET, Site, cluster, node};

/// A node that is given no owner token.
fn without_token(url: &str) -> Command {
    let mut command = node(url);
    command.env_remove("HEADCOUNT_OWNER_TOKEN");
    command
}

/// All of them started before any is waited for.
fn at_the_same_moment(mut command: Command) -> Vec<Server> {
    let started: Vec<Child> = (0..NODES).map(|_| command.stdout(Stdio::piped()).spawn().unwrap()).collect();
    started.into_iter().map(|process| Server::from_process(process).expect("it starts")).collect()
}

/// The owner's token, if this is what a node printed at its first start.
fn token_in(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("owner token, shown only now, keep it: ")?;
    Some(rest.lines().next().unwrap().trim().to_owned())
}

fn stop(nodes: Vec<Server>) -> Vec<String> {
    nodes.iter().for_each(Server::terminate);
    let ended = nodes.into_iter().map(Server::wait);
    ended.map(|(code, said)| (code == Some(0)).then_some(said).expect("a clean end")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_on_an_empty_database_make_one_layout_and_one_token() {
    for _ in 0..3 {
        let url = cluster().new_database();
        let said = stop(at_the_same_moment(without_token(&url)));
        let tokens: Vec<String> = said.iter().filter_map(|said| token_in(said)).collect();
        let [token] = &tokens[..] else { panic!("one token, shown once: {said:?}") };

        let site = Site { nodes: at_the_same_moment(without_token(&url)), url };
        assert_eq!(site.value("select count(*) from meta where name = 'owner_token_hash'"), "1");
        for connection in &mut site.connect().await {
            let asked = told(connection, Ask::new(Method::GET, "/api/v1/system/locks").token(token)).await.unwrap();
            assert_eq!(asked.0, 200, "{}", asked.1);
        }
    }
}

#[test]
fn a_token_is_shown_by_nobody_once_it_is_known() {
    let url = cluster().new_database();
    stop(vec![Server::of(&mut without_token(&url))]);
    for said in stop(at_the_same_moment(without_token(&url))) {
        assert_eq!(token_in(&said), None, "{said}");
    }
}

#[test]
fn a_node_that_does_not_fit_to_the_others_does_not_start() {
    let url = cluster().new_database();
    let first = Server::of(&mut node(&url));
    let mut no_secret = serve(&[], &url);
    no_secret.env_remove("HEADCOUNT_SECRET");
    let mut other_secret = serve(&[], &url);
    other_secret.env("HEADCOUNT_SECRET", "another-secret-than-that-of-the-others");
    let mut short_secret = serve(&[], &url);
    short_secret.env("HEADCOUNT_SECRET", "short");
    let mut other_database = serve(&[], &cluster().url("nowhere"));
    other_database.env("HEADCOUNT_SECRET", SECRET);
    for (mut command, advice) in [
        (no_secret, "set HEADCOUNT_SECRET, the same for every server"),
        (other_secret, "this is not the secret that"),
        (short_secret, "at least 16 random characters"),
        (other_database, "createdb"),
    ] {
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(advice), "no {advice:?} in {said}");
        assert!(!said.contains(SECRET) && !said.contains("another-secret"), "{said}");
    }
    stop(vec![first]);
}

#[test]
fn the_secret_is_needed_on_an_empty_database_too() {
    let url = cluster().new_database();
    let output = serve(&[], &url).env_remove("HEADCOUNT_SECRET").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("openssl rand -base64 32"), "{said}");
}

/// Everything that a node prints from its start to its end, standard error first.
fn all_that_is_said(command: &mut Command) -> (String, String) {
    let mut node = Server::of(command.stderr(Stdio::piped()));
    let mut errors = node.process.stderr.take().unwrap();
    node.terminate();
    let (code, said) = node.wait();
    assert_eq!(code, Some(0), "{said}");
    let mut text = String::new();
    errors.read_to_string(&mut text).unwrap();
    (text, said)
}

#[test]
fn a_start_says_what_is_served_and_what_is_not_as_it_should_be() {
    let url = cluster().new_database();
    let with_password = url.replace("postgres@", "postgres:a-password@");
    let mut command = serve(&[], &with_password);
    let (errors, said) = all_that_is_said(command.env("HEADCOUNT_SECRET", SECRET));
    assert_eq!(errors, "");
    assert!(said.contains(&format!("database: {url}\n")), "{said}");
    assert!(said.contains("links begin with: http://127.0.0.1:") && said.contains("--public-url"), "{said}");

    let (errors, said) = all_that_is_said(node(&url).env("HEADCOUNT_OWNER_TOKEN", "another-token-of-the-owner"));
    assert!(said.contains("links begin with: https://events.example\n"), "{said}");
    assert!(errors.contains("WARNING: the owner token is another one than before"), "{errors}");
}

#[test]
fn more_connections_than_there_are_are_warned_of() {
    let small = Cluster::start(&[("max_connections", "8")]);
    let (errors, _) = all_that_is_said(&mut node(&small.new_database()));
    assert!(errors.contains("WARNING: --pg-workers 4, --pg-readers 3 and 2 more want 9 connections"), "{errors}");
    assert!(errors.contains("PostgreSQL has 5 for everybody together: raise max_connections"), "{errors}");
}

#[test]
fn a_database_in_which_a_crash_loses_sign_ups_is_warned_of() {
    let url = Cluster::shared().new_database();
    let (errors, _) = all_that_is_said(&mut node(&url));
    for danger in ["WARNING: fsync is off", "WARNING: full_page_writes is off", "WARNING: synchronous_commit is off"] {
        assert!(errors.contains(danger), "no {danger:?} in {errors}");
    }
}

#[test]
fn a_start_that_fails_leaves_an_empty_database_as_it_is() {
    let url = cluster().new_database();
    for (variable, advice) in [("HEADCOUNT_SECRET", "too short"), ("HEADCOUNT_OWNER_TOKEN", "too short")] {
        let output = node(&url).env(variable, "short").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(variable) && said.contains(advice), "{said}");
    }
    let output = node(&url).env_remove("HEADCOUNT_SECRET").output().unwrap();
    assert!(!output.status.success());
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(cluster().query(url.rsplit('/').next().unwrap(), tables), [[Some("0".to_owned())]]);
}

#[test]
fn a_start_that_hangs_can_be_interrupted() {
    // It accepts and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://postgres@{}/signup?connect_timeout=300", silent.local_addr().unwrap());
    let mut process = node(&url).stdout(Stdio::piped()).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    let stopped = Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(process.wait().unwrap().code(), Some(0));
}
