//! Promotion that takes several steps, and a node that ends between two of them.

use headcount_core::limits::PROMOTIONS_MAX;
use hyper::Method;
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use crate::crowd::Crowd;
use crate::process::Server;
use crate::process::told;
use crate::site::{Site, by_owner, cluster, node};

/// More than one decision promotes.
const WAITING: usize = PROMOTIONS_MAX + 300;

/// As many places are left when all of them have theirs.
const NEWCOMERS: usize = 20;

/// Somebody else's connection to the database.
async fn stranger(site: &Site) -> Client {
    let (client, connection) = tokio_postgres::connect(&site.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// An event in which a long queue gets its places at once, by a decision of the first node, which then is killed
/// before it can go on. Nobody can go on before the stranger is gone.
async fn cut_short(site: &mut Site) -> (String, Client) {
    let event = site.event(json!({"waitlist": {"policy": "strict"}, "roles": [{"name": "Cook", "capacity": 0}]})).await;
    Crowd::of(0..WAITING, &event, &site.nodes).all().await;
    assert_eq!(site.shown(&event).await["waiting"], WAITING);

    let stranger = stranger(site).await;
    let second_step = format!(
        "create function wait() returns trigger language plpgsql as
             $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
         create trigger wait before update on events for each row when (old.reserved = {PROMOTIONS_MAX})
             execute function wait();
         select pg_advisory_lock(1)"
    );
    stranger.batch_execute(&second_step).await.unwrap();
    let raise = by_owner(
        Method::PATCH,
        &format!("/api/v1/events/{event}/roles/Cook"),
        &json!({"capacity": WAITING + NEWCOMERS}),
    );
    let revision = site.value("select revision from events").parse().unwrap();
    let (status, body) = told(&mut site.nodes[0].connect().await, raise.if_match(revision)).await.unwrap();
    assert_eq!((status, body["affected"].as_array().unwrap().len()), (200, PROMOTIONS_MAX));
    let waits = format!("datname = '{}' and wait_event = 'advisory'", site.database());
    cluster().wait_until("postgres", &format!("select count(*) = 1 from pg_stat_activity where {waits}"));
    site.nodes.remove(0).kill();
    // Otherwise PostgreSQL would do what the node has sent already, as it may.
    site.value(&format!("select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity where {waits}"));
    let left = WAITING - PROMOTIONS_MAX;
    assert_eq!(site.value("select waiting from events"), left.to_string(), "it could not go on");
    (event, stranger)
}

fn until_nobody_waits(site: &Site) {
    cluster().wait_until(site.database(), "select waiting = 0 from events");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_goes_on_where_one_was_killed() {
    let mut site = Site::start();
    let (event, stranger) = cut_short(&mut site).await;
    drop(stranger);
    until_nobody_waits(&site);
    assert_eq!(site.shown(&event).await["reserved"], WAITING);
    site.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_a_node_that_starts_when_all_are_gone() {
    let mut site = Site::start();
    let nodes = site.nodes.drain(1..).collect::<Vec<_>>();
    for other in nodes {
        other.kill();
    }
    let (event, stranger) = cut_short(&mut site).await;
    site.nodes.push(Server::of(&mut node(&site.url)));
    drop(stranger);
    until_nobody_waits(&site);
    assert_eq!(site.shown(&event).await["reserved"], WAITING);
    site.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_up_elsewhere_meanwhile_does_not_overtake_those_who_wait() {
    let mut site = Site::start();
    let (event, stranger) = cut_short(&mut site).await;
    let newcomers = Crowd::of(WAITING..WAITING + 3 * NEWCOMERS, &event, &site.nodes);
    drop(stranger);
    let newcomers = newcomers.all().await;
    assert_eq!(newcomers.count(201, "status", "confirmed"), NEWCOMERS);
    assert_eq!(newcomers.count(201, "status", "waitlisted"), 2 * NEWCOMERS);
    let shown = site.shown(&event).await;
    assert_eq!((&shown["reserved"], &shown["waiting"]), (&json!(WAITING + NEWCOMERS), &json!(2 * NEWCOMERS)));
    site.verify();
}
