//! The world that nodes stand on: the store with its locks and its failures, the clock, and who is up. Whatever goes wrong
//! is thrown by dice here, so that all of it follows from the seed.
//!
//! Read `sessions` for transactions and their faults, `requests` for what people ask and are told, `seen` for what is noted
//! of a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher as _};

use headcount_core::command::Command;
use headcount_core::ids::{EventId, Millis};
use headcount_core::working_set::EventState;

use crate::build::{create, event_id, new_role, open_role};
use crate::commands::Commands;
use crate::judge::Judge;
use crate::memory::Memory;
use crate::plan::{Faults, Plan};
use crate::plant::{Plant, Planted};
use crate::random::Random;
use crate::situations::{Situation, Situations};

mod requests;
mod seen;
mod sessions;

pub use requests::{Asked, Told};
pub use sessions::{Committed, Goes, Lock, Session, Step};

/// A node that has had nothing to do for so long takes what is asked of it at once.
const WAKES_MS_MAX: u64 = 5;

/// Everything that nodes and people share.
pub struct World {
    /// What this run is like.
    pub plan: Plan,
    /// What is committed.
    pub memory: Memory,
    /// What is really on the disk, where a process believes more (see [`Plant::GoesOnAfterUnknown`]).
    on_disk: Option<Memory>,
    /// What people ask for.
    pub commands: Commands,
    /// Checks everything.
    pub judge: Judge,
    /// What occurred.
    pub situations: Situations,
    random: Random,
    planted: Planted,
    nodes: Vec<Node>,
    locks: BTreeMap<EventId, Session>,
    last_session: u64,
    broken_sessions: BTreeSet<u64>,
    commits: u64,
    clock_offset_ms: i64,
    last_now: Millis,
    requests: requests::Requests,
    seen: seen::Seen,
    trace: DefaultHasher,
}

/// A server.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// How often it was started.
    life: u32,
    is_up: bool,
    stands_still_until: u64,
    /// How many transactions it has under way.
    sessions: u32,
    /// Since when it has none.
    idle_since: u64,
}

impl World {
    /// A world with its events, as the plan says.
    pub fn new(plan: Plan, plant: Option<Plant>) -> World {
        let mut random = Random::new(plan.seed);
        let mut memory = Memory { waiting_each_max: plan.waiting_each_max, ..Memory::default() };
        let creations: Vec<Command> = (1..=plan.events).map(|number| creation(&mut random, number)).collect();
        memory.run(Millis(0), &creations);
        let mut judge = Judge::default();
        memory.events.values().for_each(|kept| judge.opened(kept));
        let mut commands = Commands::new(random.clone());
        (commands.mix, commands.people) = (plan.mix, plan.people);
        World {
            plan,
            memory,
            on_disk: None,
            commands,
            judge,
            situations: Situations::default(),
            random,
            planted: Planted::new(plant),
            nodes: vec![Node::default(); plan.nodes as usize],
            locks: BTreeMap::new(),
            last_session: 0,
            broken_sessions: BTreeSet::new(),
            commits: 0,
            clock_offset_ms: 0,
            last_now: Millis(0),
            requests: requests::Requests::default(),
            seen: seen::Seen::default(),
            trace: DefaultHasher::new(),
        }
    }

    /// A number that two runs of one seed must agree on: all that was committed and answered, in order.
    pub fn digest(&self) -> u64 {
        self.trace.finish()
    }

    /// The ids of the events.
    pub fn events(&self) -> Vec<EventId> {
        self.memory.events.keys().copied().collect()
    }

    /// A wait of at most so many milliseconds.
    pub fn wait_ms(&mut self, max: u32) -> u64 {
        u64::from(self.random.below(max + 1))
    }

    /// Whether something that happens one time in `often` happens now; 0: never.
    fn strikes(&mut self, often: impl Fn(&Faults) -> u32) -> bool {
        let often = often(&self.plan.faults);
        often > 0 && self.random.one_in(often)
    }

    /// Nothing goes wrong any more.
    pub fn becomes_calm(&mut self) {
        self.plan.faults = Faults::default();
        self.nodes.iter_mut().for_each(|node| node.stands_still_until = 0);
    }

    /// A node starts. Returns which life of it that is.
    pub fn start(&mut self, node: usize, elapsed_ms: u64) -> u32 {
        let node = &mut self.nodes[node];
        let life = node.life + 1;
        *node = Node { life, is_up: true, idle_since: elapsed_ms, ..Node::default() };
        life
    }

    /// A node ends, with all its sessions; what they had not committed is as if it had never been.
    pub fn end(&mut self, node: usize) {
        self.nodes[node].is_up = false;
        if let Some(on_disk) = self.on_disk.take() {
            self.memory = on_disk;
        }
        self.locks.retain(|_, session| session.node != node);
        let none_is_up = self.nodes.iter().all(|node| !node.is_up);
        self.situations.saw_if(Situation::AllNodesDown, none_is_up);
    }

    /// A node that is up, if any is.
    pub fn a_node(&mut self) -> Option<(usize, u32)> {
        let up: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].is_up).collect();
        if up.is_empty() {
            return None;
        }
        let node = *self.random.pick(&up);
        Some((node, self.nodes[node].life))
    }

    /// Events in which somebody waits though there is room in their role and event, so that promotion may have to go on.
    pub fn unsettled_events(&self) -> Vec<EventId> {
        let may_go_on = |state: &EventState| {
            state.event.fits(1) && state.roles.values().any(|role| role.counters.waiting > 0 && role.fits(1))
        };
        self.memory.events.values().filter(|kept| may_go_on(&kept.state)).map(|kept| kept.state.event.id).collect()
    }

    /// Whether this bug is planted.
    pub fn has(&self, plant: Plant) -> bool {
        self.planted.is(plant)
    }

    /// How many commits there were.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// When everybody is done and nothing goes wrong any more: what was told is so, and nobody waits who fits.
    pub fn judge_the_end(&mut self) {
        self.judge.at_the_end(&self.memory, self.last_now);
    }

    /// The time at which a transaction decides.
    pub fn now(&mut self, elapsed_ms: u64) -> Millis {
        if self.strikes(|faults| faults.clock) {
            self.clock_offset_ms += i64::from(self.random.below(4_000)) - 2_000;
        }
        let now = Millis(i64::try_from(elapsed_ms).expect("a short run") + self.clock_offset_ms);
        if now < self.last_now {
            self.situations.saw(Situation::ClockBack);
            let opens_between = |opens_at: Option<Millis>| opens_at.is_some_and(|at| now < at && at <= self.last_now);
            let across = self.memory.events.values().any(|kept| opens_between(kept.state.event.settings.opens_at));
            self.situations.saw_if(Situation::ClockBackAcrossOpening, across);
        }
        self.last_now = now;
        now
    }
}

fn creation(random: &mut Random, number: u32) -> Command {
    let mut settings = random.settings(&format!("event-{number}"));
    if random.one_in(3) {
        settings.opens_at = Some(Millis(i64::from(random.below(500))));
    }
    let names = ["Server", "Cook", "Runner"];
    let roles = (0..1 + random.below(3)).map(|role| {
        let capacity = random.capacity(12);
        new_role(number * 10 + role, names[role as usize], open_role(capacity))
    });
    let roles = roles.collect();
    create(event_id(number), settings, roles)
}
