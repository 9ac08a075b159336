//! The simulation: thousands of seeds hold, every situation occurs, and every planted bug is found.
//!
//! `HEADCOUNT_SIMULATION_SEEDS=100000` runs more; `headcount simulate` runs any.

use std::thread;

use headcount_simulated::simulate::{run, run_many, run_planted};
use headcount_simulation::plan::Plan;
use headcount_simulation::plant::Plant;
use headcount_simulation::situations::Situation;
use tracing::subscriber::NoSubscriber;

/// A tenth less time than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Under five minutes on two cores.
const SEEDS_USUAL: u64 = 10_000;
/// Every planted bug must be found within so many seeds.
const SEEDS_TO_FIND: u64 = 1_000;

#[test]
fn every_invariant_holds_in_every_seed_and_every_situation_occurs() {
    let seeds = std::env::var("HEADCOUNT_SIMULATION_SEEDS").ok().and_then(|text| text.parse().ok());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let sum = run_many(1, seeds.unwrap_or(SEEDS_USUAL), threads);
    assert_eq!(sum.failed, [], "a seed and this commit reproduce it: headcount simulate --from SEED --seeds 1");
    assert_eq!(sum.situations.missing(), [], "of {} seeds\n{}", sum.runs, sum.situations);
    assert!(sum.twice > 0, "some were run twice");
    println!("{} seeds, {} of them twice: {} commands, {} commits", sum.runs, sum.twice, sum.commands, sum.commits);
}

#[test]
fn every_planted_bug_is_found() {
    let _quiet = tracing::subscriber::set_default(NoSubscriber::new());
    for plant in Plant::ALL {
        let found =
            (1..=SEEDS_TO_FIND).map(|seed| run_planted(Plan::of(seed), Some(plant))).find(|ran| !ran.broken.is_empty());
        let found = found.unwrap_or_else(|| panic!("{plant:?} was not found in {SEEDS_TO_FIND} seeds"));
        println!("{plant:?}: seed {}, {}", found.plan.seed, found.broken[0]);
    }
}

#[test]
fn there_are_as_many_situations_and_bugs_as_were_promised() {
    assert!(Situation::ALL.len() >= 40 && Plant::ALL.len() >= 25);
}

/// Seeds that ever failed, be it by a bug of the server or of the simulation.
const FAILED_ONCE: [u64; 5] = [15, 44, 139, 400, 3_654];

#[test]
fn seeds_that_failed_once_hold() {
    for seed in FAILED_ONCE {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.broken, Vec::<String>::new(), "seed {seed}");
        assert_eq!(first, second, "seed {seed} goes the same way twice");
    }
}
