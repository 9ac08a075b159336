//! Several nodes deliver webhooks of one database.

use std::collections::BTreeSet;
use std::process::Command;

use hyper::Method;
use serde_json::{Value, json};

use crate::process::{Server, TOKEN, told};
use crate::receiver::Receiver;
use crate::site::{NODES, Site, at_once, by_owner, cluster, node, sign_up, text};
use headcount::client::Ask;

const WEBHOOKS: &str = "/api/v1/organizations/00000000-0000-0000-0000-000000000000/webhooks";
const ROUNDS: usize = 20;

fn delivering(url: &str, receiver: &Receiver) -> Command {
    let mut command = node(url);
    command.args(["--webhook-private", "on", "--webhook-ca", &receiver.certificate()]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_delivered_once_whichever_node_it_came_by() {
    let mut receiver = Receiver::start().await;
    let url = cluster().new_database();
    let nodes = (0..NODES).map(|_| Server::of(&mut delivering(&url, &receiver))).collect();
    let site = Site { url, nodes };
    let event = site.event(json!({})).await;
    let mut connections = site.connect().await;
    let wish = json!({"url": receiver.url("/"), "kinds": ["signed_up"]});
    let (status, made) = told(&mut connections[0], by_owner(Method::POST, WEBHOOKS, &wish)).await.unwrap();
    assert_eq!(status, 201, "{made}");
    let mut seqs = BTreeSet::new();
    for round in 0..ROUNDS {
        for (status, answer) in at_once(&mut connections, |node| sign_up(&event, round * NODES + node)).await {
            assert_eq!(status, 201, "{answer}");
            seqs.insert(answer["seq"].as_u64().unwrap());
        }
    }
    let (mut told_of, mut ids) = (BTreeSet::new(), BTreeSet::new());
    while told_of != seqs {
        let got = receiver.next().await;
        assert!(ids.insert(got.header("webhook-id").to_owned()), "twice: {:?}", got.headers);
        assert!(told_of.insert(got.seq()), "two deliveries of one change: {}", got.text);
        assert!(got.is_signed_with(&text(&made, "secret")), "whichever node signs");
    }
    // No node has anything left that it would deliver.
    let path = format!("{WEBHOOKS}/{}/deliveries?limit=200", text(&made, "id"));
    loop {
        let (_, listed) = told(&mut connections[1], Ask::new(Method::GET, &path).token(TOKEN)).await.unwrap();
        let items = listed["items"].as_array().unwrap();
        assert_eq!(items.len(), ROUNDS * NODES);
        assert!(items.iter().all(|one: &Value| one["attempts"] == 1 && one["status"] != 500), "{listed}");
        if items.iter().all(|one| one["state"] == "delivered") {
            break;
        }
    }
    assert!(receiver.is_quiet());
}
