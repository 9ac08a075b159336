//! The server of a data file is replaced in mid-load, as by an upgrade: whoever gets no answer asks the new one, with the
//! same key, and everybody has one place.
//!
//! `HEADCOUNT_RESTARTS=100` replaces it more often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount::client::{Address, Connection};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::process::{Server, assert_green, told};
use crate::{ask, make_event, sign_up_at};

const RESTARTS_USUAL: usize = 5;
const VISITORS: usize = 8;
/// People who are answered between two restarts, at least.
const ANSWERS_BETWEEN: usize = 60;

/// What visitors share.
struct Shared {
    event: String,
    /// Where the server is at this moment.
    address: watch::Sender<Address>,
    next_person: AtomicUsize,
    answered: watch::Sender<usize>,
    asked_again: AtomicUsize,
    /// Who comes after that stays away.
    is_over: watch::Sender<bool>,
}

impl Shared {
    /// One person after the other, until it is over. Everybody who came is answered.
    async fn visit(self: Arc<Self>) {
        let mut connection = None;
        while !*self.is_over.borrow() {
            let person = self.next_person.fetch_add(1, Ordering::SeqCst);
            let mut asks = 0;
            loop {
                let (open, address) = match &mut connection {
                    Some(open) => open,
                    none => none.insert(self.connect().await),
                };
                asks += 1;
                match told(open, sign_up_at(address, &self.event, person, "")).await {
                    Some((201, _)) => break,
                    // It had no time, or it is being stopped.
                    Some((503, _)) | None => connection = None,
                    Some((status, body)) => panic!("{status} {body}"),
                }
            }
            self.asked_again.fetch_add(usize::from(asks > 1), Ordering::SeqCst);
            self.answered.send_modify(|count| *count += 1);
        }
    }

    /// A connection to the server that runs, once one does.
    async fn connect(&self) -> (Connection, Address) {
        let mut addresses = self.address.subscribe();
        loop {
            let address = addresses.borrow_and_update().clone();
            if let Ok(connection) = Connection::open(&address).await {
                return (connection, address);
            }
            addresses.changed().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_replaced_under_load_keeps_everybody_and_counts_nobody_twice() {
    let restarts = std::env::var("HEADCOUNT_RESTARTS").ok().and_then(|text| text.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("replaced.db");
    let mut server = Server::start(&database);
    let event = make_event(&server).await;
    let shared = Arc::new(Shared {
        event: event.clone(),
        address: watch::Sender::new(server.address.clone()),
        next_person: AtomicUsize::new(0),
        answered: watch::Sender::new(0),
        asked_again: AtomicUsize::new(0),
        is_over: watch::Sender::new(false),
    });
    let visitors: JoinSet<()> = (0..VISITORS).map(|_| Arc::clone(&shared).visit()).collect();
    let mut answered = shared.answered.subscribe();
    for round in 0..restarts.unwrap_or(RESTARTS_USUAL) {
        let enough = (round + 1) * ANSWERS_BETWEEN;
        answered.wait_for(|count| *count >= enough).await.unwrap();
        server.terminate();
        let (code, said) = server.wait();
        assert_eq!(code, Some(0), "{said}");
        server = Server::start(&database);
        shared.address.send_replace(server.address.clone());
    }
    shared.is_over.send_replace(true);
    visitors.join_all().await;
    let people = shared.next_person.load(Ordering::SeqCst);
    assert!(shared.asked_again.load(Ordering::SeqCst) > 0, "it was replaced in mid-load");
    let path = format!("/api/v1/events/{event}/availability");
    let (_, availability) = ask(&mut server.connect().await, server.get(&path)).await;
    assert_eq!(availability["reserved"], json!(people), "everybody once");
    server.kill();
    assert_green(&format!("sqlite:{}", database.display()), "after all restarts");
}
