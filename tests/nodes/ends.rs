//! Nodes that end in mid-load, by force or as asked: the others go on, and nothing that was acknowledged is lost.

use std::mem;

use serde_json::json;

use crate::crowd::Crowd;
use crate::process::Server;
use crate::site::{Site, node, usual_or_long};

const PLACES: usize = 100;

fn people() -> usize {
    usual_or_long(900, 30_000)
}

async fn event_with_a_waitlist(site: &Site) -> String {
    site.event(json!({"waitlist": {"policy": "strict"}, "roles": [{"name": "Cook", "capacity": PLACES}]})).await
}

/// Three nodes, an event, and everybody asking all of them to get in.
async fn under_load() -> (Site, String, Crowd) {
    let site = Site::start();
    let event = event_with_a_waitlist(&site).await;
    let crowd = Crowd::of(0..people(), &event, &site.nodes);
    (site, event, crowd)
}

/// Everybody has a place or waits, as the answers, the counters and the log say alike.
async fn all_is_exact(site: &Site, event: &str, crowd: Crowd) {
    let answers = crowd.all().await;
    assert!(answers.asked_again > 0, "a node ended in mid-load");
    assert_eq!(answers.count(201, "status", "confirmed"), PLACES);
    assert_eq!(answers.count(201, "status", "waitlisted"), people() - PLACES);
    let shown = site.shown(event).await;
    assert_eq!((&shown["reserved"], &shown["waiting"]), (&json!(PLACES), &json!(people() - PLACES)));
    assert_eq!(site.value("select count(*) from registrations"), people().to_string(), "nobody is there twice");
    answers.are_the_same_at(&site.nodes[0]).await;
    site.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_takes_nothing_with_it() {
    let (mut site, event, crowd) = under_load().await;
    crowd.answered(people() / 3).await;
    site.nodes.remove(1).kill();
    crowd.nodes_are(&site.nodes);
    all_is_exact(&site, &event, crowd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_nodes_may_be_killed() {
    let (mut site, event, crowd) = under_load().await;
    for killed in 1..=2 {
        crowd.answered(killed * people() / 4).await;
        site.nodes.remove(0).kill();
        crowd.nodes_are(&site.nodes);
    }
    all_is_exact(&site, &event, crowd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_asked_to_stop_answers_all_that_it_has_decided() {
    let mut site = Site::start();
    let event = event_with_a_waitlist(&site).await;
    let busy = [site.nodes.remove(0)];
    let crowd = Crowd::of(0..people(), &event, &busy);
    crowd.answered(people() / 3).await;
    let [busy] = busy;
    busy.terminate();
    let (code, said) = busy.wait();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopping: what is under way is answered"), "{said}");
    // Nobody finds another node yet, so whoever is in and was not told so would wait in vain here.
    let registered = site.value("select count(*) from registrations").parse().unwrap();
    assert_eq!(crowd.answered(registered).await, registered);
    assert!(registered < people(), "it was stopped in mid-load");
    crowd.nodes_are(&site.nodes);
    all_is_exact(&site, &event, crowd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_are_replaced_under_load_one_after_the_other() {
    let (mut site, event, crowd) = under_load().await;
    for number in 0..site.nodes.len() {
        crowd.answered((number + 1) * people() / 5).await;
        replace(&mut site, number, &crowd);
    }
    all_is_exact(&site, &event, crowd).await;
}

/// What the first node of a later release would do to the tables.
const STEP_THAT_ONLY_ADDS: &str = "alter table events add column colour text; alter table roles add column colour text; \
     alter table registrations add column colour text; alter table log add column colour text; \
     update meta set value = (value::int + 1)::text where name = 'layout' returning value";

#[tokio::test(flavor = "multi_thread")]
async fn nodes_go_on_and_can_be_started_again_when_a_later_release_has_added_to_the_tables() {
    let (mut site, event, crowd) = under_load().await;
    crowd.answered(people() / 4).await;
    site.value(STEP_THAT_ONLY_ADDS);
    crowd.answered(people() / 2).await;
    replace(&mut site, 0, &crowd);
    all_is_exact(&site, &event, crowd).await;
}

/// A new node goes in before the old one is asked to stop.
fn replace(site: &mut Site, number: usize, crowd: &Crowd) {
    let new = Server::of(&mut node(&site.url));
    let old = mem::replace(&mut site.nodes[number], new);
    crowd.nodes_are(&site.nodes);
    old.terminate();
    assert_eq!(old.wait().0, Some(0));
}
