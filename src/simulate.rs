//! The simulation: the real lanes and the real rules, on a store and among people that are made up. Time passes only when
//! nothing else can happen, and everything follows from a seed, so that a seed and a commit reproduce a run.
//!
//! What the world is like and who judges it is in `headcount_simulation`; here are the nodes (`node`), their
//! stores (`store`) and the people who ask (`people`), each a task of one thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headcount_simulation::plan::{Database, Plan};
use headcount_simulation::plant::Plant;
use headcount_simulation::situations::Situations;
use headcount_simulation::world::World;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use many::{Sum, run_many};
use node::Door;

// Where they stand is said, as the package `headcount-simulated` compiles these files as well.
#[path = "simulate/many.rs"]
mod many;
#[path = "simulate/node.rs"]
mod node;
#[path = "simulate/people.rs"]
mod people;
#[path = "simulate/store.rs"]
mod store;

/// How long it is waited, when everybody is done, for promotion that has to go on.
const CALM: Duration = Duration::from_secs(30);

/// How long all of it may take. Whoever waits longer is never answered.
const RUN_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// What it was.
    pub plan: Plan,
    /// What was found wrong; empty: nothing.
    pub broken: Vec<String>,
    /// What occurred.
    pub situations: Situations,
    /// How often something was committed.
    pub commits: u64,
    /// Two runs of one plan must agree on it.
    pub digest: u64,
}

/// Runs a seed.
pub fn run(seed: u64) -> Ran {
    run_planted(Plan::of(seed), None)
}

/// Runs a plan, with a bug planted. A panic is something wrong, too.
pub fn run_planted(plan: Plan, plant: Option<Plant>) -> Ran {
    let stage = Stage::new(plan, plant);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime of one thread");
        runtime.block_on(stage.play());
    }));
    let mut world = stage.world();
    if ran.is_err() {
        world.judge.complain("a panic");
    }
    Ran {
        plan,
        broken: world.judge.broken().to_vec(),
        situations: world.situations.clone(),
        commits: world.commits(),
        digest: world.digest(),
    }
}

/// What all tasks of a run share.
#[derive(Clone)]
struct Stage(Arc<Shared>);

struct Shared {
    world: Mutex<World>,
    doors: Vec<Door>,
    /// A lock was given back.
    unlocked: Notify,
    begun: Mutex<Option<Instant>>,
}

impl Stage {
    fn new(plan: Plan, plant: Option<Plant>) -> Stage {
        Stage(Arc::new(Shared {
            world: Mutex::new(World::new(plan, plant)),
            doors: (0..plan.nodes).map(|_| Door::default()).collect(),
            unlocked: Notify::new(),
            begun: Mutex::new(None),
        }))
    }

    /// A panic under this lock is found, and the run is over.
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        !self.world().judge.broken().is_empty()
    }

    /// Milliseconds since it began.
    fn elapsed_ms(&self) -> u64 {
        let begun = *self.0.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.map_or(0, |begun| u64::try_from(begun.elapsed().as_millis()).expect("a short run"))
    }

    async fn wait(&self, ms_max: u32) {
        let ms = self.world().wait_ms(ms_max);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    async fn play(&self) {
        *self.0.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let plan = self.world().plan;
        let mut nodes = JoinSet::new();
        for node in 0..plan.nodes as usize {
            match plan.database {
                Database::OneWriter => nodes.spawn(self.clone().keep_running::<{ usize::MAX }>(node)),
                Database::Shared => nodes.spawn(self.clone().keep_running::<1>(node)),
            };
        }
        let mut people = JoinSet::new();
        for one in 0..plan.clients {
            let share = plan.commands / plan.clients + u32::from(one < plan.commands % plan.clients);
            people.spawn(self.clone().ask_for(share));
        }
        let all_asked = async {
            while let Some(done) = people.join_next().await {
                if done.is_err() {
                    self.world().judge.complain("somebody who asks ended in a panic");
                }
            }
        };
        if tokio::time::timeout(RUN_MAX, all_asked).await.is_err() {
            self.world().judge.complain("somebody was never answered");
        }
        if !self.is_over() {
            self.world().becomes_calm();
            tokio::time::sleep(CALM).await;
            self.world().judge_the_end();
        }
    }
}
