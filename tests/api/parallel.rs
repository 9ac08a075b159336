//! Several workers: events are decided side by side, each event by one worker at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount::store::script::{Ran, Script};
use headcount::store::{Store, StoreError};
use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use crate::database::TestedStore;
use crate::harness::{Server, person};

/// A store that tells which event it is asked for and then waits to be let through.
struct Told {
    inner: TestedStore,
    asked: mpsc::UnboundedSender<String>,
    gate: Arc<Semaphore>,
    transactions: Arc<AtomicUsize>,
}

impl Store for Told {
    const EVENTS_PER_BATCH: usize = TestedStore::EVENTS_PER_BATCH;

    async fn ready(&mut self) -> Result<(), StoreError> {
        self.inner.ready().await
    }

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        self.transactions.fetch_add(1, Ordering::SeqCst);
        for event in needs.events.keys() {
            self.asked.send(event.to_string()).unwrap();
        }
        let _passes = self.gate.acquire().await.unwrap();
        self.inner.transact(needs, decide).await
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        self.inner.run(script).await
    }

    async fn probe(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.probe(now).await
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.tidy(now).await
    }
}

#[tokio::test]
async fn events_are_decided_side_by_side_and_each_of_them_by_one_worker_at_a_time() {
    let (asked, mut arrivals) = mpsc::unbounded_channel();
    let (gate, transactions) = (Arc::new(Semaphore::new(1)), Arc::new(AtomicUsize::new(0)));
    let server = Server::with_store(|inner| Told {
        inner,
        asked: asked.clone(),
        gate: gate.clone(),
        transactions: transactions.clone(),
    });
    let (hot, quiet) = (server.event(json!({})).await, server.event(json!({})).await);
    while arrivals.try_recv().is_ok() {}
    transactions.store(0, Ordering::SeqCst);
    let closed = gate.acquire().await.unwrap();

    let sign_up = |event: &str, name: &str| {
        let path = format!("/api/v1/events/{event}/registrations");
        tokio::spawn(server.post(path, &person(name)).send())
    };
    let first = sign_up(&hot, "Ann");
    assert_eq!(arrivals.recv().await.as_ref(), Some(&hot));
    // Two workers have nothing to do, and yet nobody takes these, because the event is in the hands of the third.
    let others = [sign_up(&hot, "Ben"), sign_up(&hot, "Cat")];
    while server.lanes.statistics().queue_depth < others.len() {
        tokio::task::yield_now().await;
    }
    let beside = sign_up(&quiet, "Dan");
    assert_eq!(arrivals.recv().await.as_ref(), Some(&quiet));

    drop(closed);
    for sign_up in [first, beside].into_iter().chain(others) {
        assert_eq!(sign_up.await.unwrap().status, 201);
    }
    assert_eq!(arrivals.recv().await.as_ref(), Some(&hot));
    assert_eq!(transactions.load(Ordering::SeqCst), 3, "those who waited together were decided together");
}
