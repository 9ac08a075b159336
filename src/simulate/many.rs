//! Many seeds, on all cores.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use headcount_simulation::situations::Situations;
use tracing::subscriber::NoSubscriber;

use super::{Ran, run};

/// One seed in so many is run twice, and both runs must agree to the byte.
const TWICE_ONE_IN: u64 = 100;

/// What came of many seeds.
#[derive(Debug, Default)]
pub struct Sum {
    /// How many were run.
    pub runs: u64,
    /// How many of them twice.
    pub twice: u64,
    /// What was asked for.
    pub commands: u64,
    /// How often something was committed.
    pub commits: u64,
    /// What occurred.
    pub situations: Situations,
    /// The seeds in which something was wrong, and what.
    pub failed: Vec<(u64, Vec<String>)>,
}

impl Sum {
    fn add(&mut self, ran: &Ran) {
        self.runs += 1;
        self.commands += u64::from(ran.plan.commands);
        self.commits += ran.commits;
        self.situations.add(&ran.situations);
        if !ran.broken.is_empty() {
            self.failed.push((ran.plan.seed, ran.broken.clone()));
        }
    }

    fn join(&mut self, other: Sum) {
        self.runs += other.runs;
        self.twice += other.twice;
        self.commands += other.commands;
        self.commits += other.commits;
        self.situations.add(&other.situations);
        self.failed.extend(other.failed);
    }
}

/// Runs so many seeds on so many threads, until one fails.
///
/// # Panics
/// If a thread cannot be had.
pub fn run_many(from: u64, seeds: u64, threads: usize) -> Sum {
    let (next, has_failed) = (AtomicU64::new(from), AtomicBool::new(false));
    let end = from.saturating_add(seeds);
    let run_some = || {
        // What goes wrong here is no news.
        let _quiet = tracing::subscriber::set_default(NoSubscriber::new());
        let mut sum = Sum::default();
        while !has_failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            let mut ran = run(seed);
            if seed.is_multiple_of(TWICE_ONE_IN) {
                sum.twice += 1;
                if run(seed) != ran {
                    ran.broken.push("I14: it went otherwise the second time".into());
                }
            }
            has_failed.fetch_or(!ran.broken.is_empty(), Ordering::Relaxed);
            sum.add(&ran);
        }
        sum
    };
    let mut sum = Sum::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run_some)).collect();
        workers.into_iter().for_each(|worker| sum.join(worker.join().expect("panics are caught")));
    });
    sum
}
