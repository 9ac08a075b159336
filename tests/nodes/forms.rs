//! What one node changes holds on all of them at once, although each remembers for a while what an event asks for.

use headcount::client::{Ask, Connection};
use hyper::Method;
use serde_json::{Value, json};

use crate::process::{TOKEN, Told, told};
use crate::site::{Site, by_owner, without_key};

async fn ask(connection: &mut Connection, ask: Ask) -> Told {
    told(connection, ask).await.unwrap()
}

/// A change by the owner, on whichever revision there is.
async fn change(site: &Site, node: usize, event: &str, fields: Value) {
    let path = format!("/api/v1/events/{event}");
    let connection = &mut site.nodes[node].connect().await;
    let shown = connection.send(Ask::new(Method::GET, &path).token(TOKEN)).await.unwrap();
    let revision = shown.headers["etag"].to_str().unwrap().trim_matches('"').parse().unwrap();
    let (status, body) = ask(connection, by_owner(Method::PATCH, &path, &fields).if_match(revision)).await;
    assert_eq!(status, 200, "{body}");
}

fn person(number: usize) -> Value {
    json!({"name": "Ann", "email": format!("ann-{number}@example.org")})
}

#[tokio::test]
async fn a_change_of_what_is_asked_for_holds_on_every_node_at_once() {
    let site = Site::start();
    let event = site.event(json!({"phone_region": "DE"})).await;
    let mut nodes = site.connect().await;
    for (round, (phone, status)) in
        [("optional", 201), ("required", 422), ("optional", 201), ("required", 422), ("hidden", 201)].iter().enumerate()
    {
        for node in &mut nodes {
            // All remember what was asked for until now.
            ask(node, without_key(&event, &json!({}))).await;
        }
        change(&site, round % 3, &event, json!({"phone": phone})).await;
        for (number, node) in nodes.iter_mut().enumerate() {
            let (told, body) = ask(node, without_key(&event, &person(10 * round + number))).await;
            assert_eq!(told, *status, "{phone} at node {number}: {body}");
        }
    }
    site.verify();
}

#[tokio::test]
async fn whoever_may_sign_up_may_do_so_everywhere_at_once() {
    let site = Site::start();
    let event = site.event(json!({"status": "draft"})).await;
    let mut nodes = site.connect().await;
    for (round, (fields, status)) in [
        (json!({"status": "published"}), 201),
        (json!({"visibility": "team"}), 404),
        (json!({"visibility": "unlisted"}), 201),
        (json!({"status": "closed"}), 409),
        (json!({"status": "published"}), 201),
    ]
    .into_iter()
    .enumerate()
    {
        for node in &mut nodes {
            ask(node, without_key(&event, &json!({}))).await;
        }
        change(&site, round % 3, &event, fields.clone()).await;
        for (number, node) in nodes.iter_mut().enumerate() {
            let (told, body) = ask(node, without_key(&event, &person(10 * round + number))).await;
            assert_eq!(told, status, "{fields} at node {number}: {body}");
        }
    }
    site.verify();
}

#[tokio::test]
async fn a_slug_that_passes_on_leads_to_the_new_event_on_every_node() {
    let site = Site::start();
    let (old, new) = (site.event(json!({"slug": "fair"})).await, site.event(json!({"slug": "next"})).await);
    let mut nodes = site.connect().await;
    for (number, node) in nodes.iter_mut().enumerate() {
        let (status, body) = ask(node, without_key("fair", &person(number))).await;
        assert_eq!((status, body["event_id"].as_str()), (201, Some(old.as_str())), "{body}");
    }
    change(&site, 0, &old, json!({"slug": "past"})).await;
    change(&site, 1, &new, json!({"slug": "fair"})).await;
    for (number, node) in nodes.iter_mut().enumerate() {
        let (status, body) = ask(node, without_key("fair", &person(10 + number))).await;
        assert_eq!((status, body["event_id"].as_str()), (201, Some(new.as_str())), "{body}");
    }
    site.verify();
}

#[tokio::test]
async fn a_link_made_by_one_node_is_good_on_every_other() {
    let site = Site::start();
    let event = site.event(json!({"waitlist": {"policy": "strict"}, "roles": [{"name": "Cook", "capacity": 1}]})).await;
    let mut nodes = site.connect().await;
    let mut links = Vec::new();
    for (number, node) in nodes.iter_mut().enumerate() {
        let (_, body) = ask(node, without_key(&event, &person(number))).await;
        links.push(body["manage_url"].as_str().unwrap().strip_prefix("https://events.example").unwrap().to_owned());
    }
    for (number, link) in links.iter().enumerate() {
        let elsewhere = (number + 1) % nodes.len();
        let (status, body) = ask(&mut nodes[elsewhere], Ask::new(Method::GET, link)).await;
        assert_eq!((status, &body["registration"]["status"]), (200, &json!("confirmed")), "{body}");
        let (status, body) = ask(&mut nodes[number], Ask::new(Method::POST, &format!("{link}/cancel"))).await;
        assert_eq!((status, &body["status"]), (200, &json!("cancelled")), "{body}");
    }
    site.verify();
}
