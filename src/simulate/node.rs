//! A node: lanes with their workers, which come to an end in every way that a server does, and start again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Stage;
use super::store::SimulatedStore;
use crate::lanes::Lanes;

/// How often a node looks for promotion that another one left unfinished, as the server does.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// How long a node is down at most.
const DOWN_MS_MAX: u32 = 200;

/// The way to a node.
#[derive(Default)]
pub(super) struct Door {
    open: Mutex<Option<(Lanes, Arc<Life>)>>,
    crashed: Notify,
}

/// One life of a node, for those who wait for something from it.
#[derive(Default)]
pub(super) struct Life {
    is_over: AtomicBool,
    ended: Notify,
}

impl Life {
    /// Resolves when the node has gone down. (A `watch` would do, but whom it wakes first is random.)
    pub(super) async fn ended(&self) {
        let ended = self.ended.notified();
        if !self.is_over.load(Ordering::Relaxed) {
            ended.await;
        }
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Stage {
    /// The lanes of a node, and its life; none, if it is down.
    pub(super) fn door(&self, node: usize) -> Option<(Lanes, Arc<Life>)> {
        self.0.doors[node].open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The world has a node crash.
    pub(super) fn crash(&self, node: usize) {
        self.0.unlocked.notify_waiters();
        self.0.doors[node].crashed.notify_one();
    }

    /// Has a node run for ever, from one end to the next.
    pub(super) async fn keep_running<const EVENTS: usize>(self, node: usize) {
        loop {
            self.live::<EVENTS>(node).await;
            self.wait(DOWN_MS_MAX).await;
        }
    }

    /// One life of a node.
    async fn live<const EVENTS: usize>(&self, node: usize) {
        let (life, plan) = {
            let mut world = self.world();
            (world.start(node, self.elapsed_ms()), world.plan)
        };
        let lanes = Lanes::new(Duration::from_millis(plan.wait_ms_max.into()));
        let store = |_| SimulatedStore::<EVENTS> { stage: self.clone(), node, life };
        self.settle(&lanes);
        let mut workers = Task(tokio::spawn(lanes.clone().work_on((0..plan.workers).map(store).collect())));
        let of_node = Arc::new(Life::default());
        *self.0.doors[node].open.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((lanes.clone(), of_node.clone()));
        let stops = async {
            match plan.faults.restart_ms {
                0 => std::future::pending().await,
                often => self.wait(2 * often).await,
            }
        };
        tokio::select! {
            biased;
            () = self.0.doors[node].crashed.notified() => {}
            // The workers refuse whoever waits, and end.
            () = lanes.failed() => drop((&mut workers.0).await),
            () = self.keep_settling(&lanes) => {}
            () = stops => {
                lanes.stop();
                tokio::select! {
                    biased;
                    () = self.0.doors[node].crashed.notified() => {}
                    _ended = &mut workers.0 => {}
                }
            }
        }
        *self.0.doors[node].open.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.world().end(node);
        self.0.unlocked.notify_waiters();
        drop(workers);
        of_node.end();
    }

    fn settle(&self, lanes: &Lanes) {
        let events = self.world().unsettled_events();
        events.into_iter().for_each(|event| lanes.settle(event));
    }

    async fn keep_settling(&self, lanes: &Lanes) {
        loop {
            tokio::time::sleep(SETTLE_EVERY).await;
            self.settle(lanes);
        }
    }
}
