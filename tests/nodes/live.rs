//! Those who follow an event at one node are told what another one changes.

use headcount::client::{Ask, Messages};
use hyper::Method;
use serde_json::{Value, json};

use crate::process::{Server, TOKEN, told};
use crate::site::{Site, by_owner, cluster, sign_up};
use crate::socketio::Clients;

async fn follow(node: &Server, ask: Ask) -> Messages {
    node.connect().await.follow(ask).await.unwrap()
}

fn stream(event: &str) -> Ask {
    Ask::new(Method::GET, &format!("/api/v1/events/{event}/stream"))
}

/// Reads on until somebody is told this seq.
async fn until_seq(messages: &mut Messages, seq: u64) -> Value {
    loop {
        let message = messages.next().await.unwrap().expect("the stream goes on");
        let state: Value = serde_json::from_str(&message.data).unwrap();
        if state["seq"].as_u64().unwrap() >= seq {
            return state;
        }
    }
}

/// People sign up at one node after the other; those who follow at any node end with what is so.
async fn all_are_told(site: &Site) {
    let event = site.event(json!({"roles": [{"name": "Cook", "capacity": 4}]})).await;
    let mut followers = Vec::new();
    for node in &site.nodes {
        followers.push(follow(node, stream(&event)).await);
    }
    let mut nodes = site.connect().await;
    for person in 0..6 {
        let (status, body) = told(&mut nodes[person % 3], sign_up(&event, person)).await.unwrap();
        assert_eq!(status, 201, "{body}");
        for messages in &mut followers {
            let state = until_seq(messages, body["seq"].as_u64().unwrap()).await;
            let reserved = (person + 1).min(4);
            assert_eq!((&state["reserved"], &state["waiting"]), (&json!(reserved), &json!(person + 1 - reserved)));
        }
    }
}

/// Somebody signs up at one node after the other; their sockets at all nodes are told.
async fn all_sockets_are_told(site: &Site) {
    let accounts = json!({
        "accounts": [{"name": "Ann", "email": "ann@example.org"}],
        "token": {"name": "phone", "scopes": ["read", "respond"]},
    });
    let make = by_owner(Method::POST, "/api/v1/operator/accounts", &accounts);
    let made = told(&mut site.nodes[0].connect().await, make).await.unwrap().1;
    let token = made["items"][0]["token"].as_str().unwrap().to_owned();
    let mut clients = Clients::start();
    let names = ["first", "second", "third"];
    for (name, node) in names.iter().zip(&site.nodes) {
        clients.connect(name, node.address.authority().parse().unwrap(), &token);
        clients.connected(name).await;
    }
    for node in &site.nodes {
        let event = site.event(json!({"roles": [{"name": "Cook"}]})).await;
        let ask = Ask::new(Method::POST, &format!("/api/v1/events/{event}/respond"));
        let ask = ask.json(json!({"response": "accept", "role": "Cook"}).to_string()).token(&token);
        let (status, body) = told(&mut node.connect().await, ask).await.unwrap();
        assert_eq!(status, 200, "{body}");
        for name in names {
            assert_eq!(clients.response(name).await["eventId"], json!(event));
        }
    }
}

#[tokio::test]
async fn what_one_node_changes_is_told_at_all() {
    let site = Site::start();
    all_are_told(&site).await;
    all_sockets_are_told(&site).await;
}

#[tokio::test]
async fn also_where_nodes_cannot_tell_each_other() {
    let url = cluster().new_database();
    let database = url.rsplit('/').next().unwrap();
    cluster().query(database, "alter function pg_catalog.pg_notify(text, text) rename to pg_notify_is_away");
    assert!(cluster().try_query(database, "select pg_notify('headcount_events', 'x')").is_err());
    let site = Site::on(url);
    all_are_told(&site).await;
    all_sockets_are_told(&site).await;
}

#[tokio::test]
async fn one_that_goes_on_at_another_node_is_told_what_it_missed() {
    let site = Site::start();
    let event = site.event(json!({})).await;
    let mut nodes = site.connect().await;
    let mut seq = 0;
    for person in 0..9 {
        let (_, body) = told(&mut nodes[person % 3], sign_up(&event, person)).await.unwrap();
        let here = &site.nodes[(person + 1) % 3];
        let mut messages = follow(here, stream(&event).last_event_id(&seq.to_string())).await;
        seq = body["seq"].as_u64().unwrap();
        let first = messages.next().await.unwrap().unwrap();
        assert_eq!((first.event.as_str(), first.id), ("availability", seq.to_string()), "and no reset");
    }
}

#[tokio::test]
async fn an_event_that_another_node_deletes_or_hides_ends_its_streams() {
    let site = Site::start();
    for deleted in [true, false] {
        let status = if deleted { "draft" } else { "published" };
        let event = site.event(json!({"status": status})).await;
        let ask = if deleted { stream(&event).token(TOKEN) } else { stream(&event) };
        let mut messages = follow(&site.nodes[0], ask).await;
        messages.next().await.unwrap().expect("the present state");
        let path = format!("/api/v1/events/{event}");
        let mut other = site.nodes[1].connect().await;
        let ask = if deleted {
            Ask::new(Method::DELETE, &path).token(TOKEN)
        } else {
            by_owner(Method::PATCH, &path, &json!({"visibility": "team"}))
        };
        let revision = 2;
        let answer = other.send(ask.if_match(revision)).await.unwrap();
        assert!(answer.status.is_success(), "{:?}", answer.body);
        while messages.next().await.unwrap().is_some() {}
    }
}

#[tokio::test]
async fn a_door_link_that_is_revoked_at_another_node_ends_its_streams() {
    let site = Site::start();
    let event = site.event(json!({})).await;
    let doors = format!("/api/v1/events/{event}/doors");
    let mut nodes = site.connect().await;
    let (status, door) = told(&mut nodes[0], by_owner(Method::POST, &doors, &json!({"name": "North"}))).await.unwrap();
    assert_eq!(status, 201, "{door}");
    let mut messages = follow(&site.nodes[1], stream(&event).token(door["token"].as_str().unwrap())).await;
    let mut others = follow(&site.nodes[1], stream(&event)).await;
    messages.next().await.unwrap().expect("the present state");
    let door = format!("{doors}/{}", door["id"].as_str().unwrap());
    let revoked = nodes[2].send(Ask::new(Method::DELETE, &door).token(TOKEN)).await.unwrap();
    assert_eq!(revoked.status, 204);
    while messages.next().await.unwrap().is_some() {}
    let (_, body) = told(&mut nodes[0], sign_up(&event, 1)).await.unwrap();
    until_seq(&mut others, body["seq"].as_u64().unwrap()).await;
}

#[tokio::test]
async fn those_inside_are_told_at_one_node_what_others_decide() {
    let site = Site::start();
    let event = site.event(json!({"roles": [{"name": "Cook", "capacity": 30}]})).await;
    let mut messages = follow(&site.nodes[0], stream(&event).token(TOKEN)).await;
    messages.next().await.unwrap().expect("the present state");
    let mut nodes = site.connect().await;
    let (mut told_of, mut last) = (Vec::new(), 0);
    for person in 0..9 {
        let (_, body) = told(&mut nodes[person % 3], sign_up(&event, person)).await.unwrap();
        last = body["seq"].as_u64().unwrap();
    }
    while told_of.last() != Some(&last) {
        let message = messages.next().await.unwrap().expect("the stream goes on");
        if message.event == "response" {
            told_of.push(message.id.parse::<u64>().unwrap());
        }
    }
    assert_eq!(told_of, (last - 8..=last).collect::<Vec<_>>());
}
