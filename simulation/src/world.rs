//! The world that nodes stand on: the store with its locks and its failures, the clock, and who is up. Whatever goes wrong
//! is thrown by dice here, so that all of it follows from the seed.
//!
//! A session is one transaction of one node. It holds the locks of its events from before it loads until it ends; a
//! session whose node stands still for too long is broken, as databases do, and can commit nothing any more.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use headcount_core::command::{Command, Needs};
use headcount_core::ids::{EventId, Millis, Seq};
use headcount_core::working_set::{EventState, WorkingSet};

use crate::build::{create, event_id, new_role, open_role};
use crate::commands::Commands;
use crate::judge::{Before, Judge};
use crate::memory::Memory;
use crate::plan::{Faults, Plan};
use crate::plant::{Plant, Planted};
use crate::random::Random;
use crate::situations::{Situation, Situations};

mod requests;
mod seen;

pub use requests::{Asked, Told};

/// How long a session waits for a lock.
const LOCK_MS_MAX: u64 = 2_000;

/// Everything that nodes and people share.
pub struct World {
    /// What this run is like.
    pub plan: Plan,
    /// What is committed.
    pub memory: Memory,
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
#[derive(Clone, Copy, Debug)]
struct Node {
    /// How often it was started.
    life: u32,
    is_up: bool,
    stands_still_until: u64,
}

/// One transaction of one life of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// Which node.
    pub node: usize,
    /// Which of its lives.
    pub life: u32,
    number: u64,
}

/// A step of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Before it asks for its locks.
    Begin,
    /// With its locks, before it commits.
    Decided,
    /// After its commit, before anybody is told.
    Committed,
}

/// How a step goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goes {
    /// On, after so many milliseconds.
    On(u64),
    /// Not on: the node is down.
    Down,
}

/// How it goes with a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    /// It is got.
    Got,
    /// Another session has it.
    Wait,
    /// Another session had it for too long.
    TimedOut,
}

/// What came of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Committed {
    /// It is done.
    Done,
    /// Nothing is written.
    Failed,
    /// It is done or not; whoever asked for it cannot know.
    Unknown,
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
            commands,
            judge,
            situations: Situations::default(),
            random,
            planted: Planted::new(plant),
            nodes: vec![Node { life: 0, is_up: false, stands_still_until: 0 }; plan.nodes as usize],
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
    pub fn start(&mut self, node: usize) -> u32 {
        let node = &mut self.nodes[node];
        (node.is_up, node.life, node.stands_still_until) = (true, node.life + 1, 0);
        node.life
    }

    /// A node ends, with all its sessions; what they had not committed is as if it had never been.
    pub fn end(&mut self, node: usize) {
        self.nodes[node].is_up = false;
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

    /// Begins a transaction; not, if the store is away.
    pub fn begin(&mut self, node: usize, life: u32) -> Option<Session> {
        if self.strikes(|faults| faults.begin) {
            self.situations.saw(Situation::BeginFailed);
            return None;
        }
        self.last_session += 1;
        Some(Session { node, life, number: self.last_session })
    }

    /// Goes a step further, `elapsed_ms` after the beginning of the run.
    pub fn step(&mut self, session: Session, step: Step, elapsed_ms: u64) -> Goes {
        if !self.is_alive(session) {
            return Goes::Down;
        }
        if self.strikes(|faults| faults.crash) {
            self.situations.saw(match step {
                Step::Begin => Situation::CrashBeforeLoad,
                Step::Decided => Situation::CrashBeforeCommit,
                Step::Committed => Situation::CrashBeforeAnswer,
            });
            self.end(session.node);
            return Goes::Down;
        }
        if self.strikes(|faults| faults.pause) {
            let still = elapsed_ms + self.wait_ms(self.plan.faults.pause_ms_max);
            self.nodes[session.node].stands_still_until = still;
            let has_lock = self.locks.values().any(|holder| *holder == session);
            self.situations.saw_if(Situation::PausedHoldingLock, has_lock);
        }
        let still = self.nodes[session.node].stands_still_until.saturating_sub(elapsed_ms);
        Goes::On(still.max(self.wait_ms(self.plan.step_ms_max)))
    }

    /// Asks for the lock of an event, having waited for it for so long.
    pub fn lock(&mut self, session: Session, event: EventId, waited_ms: u64, elapsed_ms: u64) -> Lock {
        if self.planted.is(Plant::NoLock) {
            return Lock::Got;
        }
        let Some(holder) = self.locks.get(&event).copied() else {
            self.locks.insert(event, session);
            return Lock::Got;
        };
        self.situations.saw_if(Situation::NodesCompete, holder.node != session.node);
        let stands_still = self.nodes[holder.node].stands_still_until > elapsed_ms;
        if stands_still && waited_ms >= u64::from(self.plan.faults.still_ms_max) {
            self.situations.saw(Situation::SessionBroken);
            self.broken_sessions.insert(holder.number);
            self.close(holder);
            self.locks.insert(event, session);
            return Lock::Got;
        }
        if waited_ms >= LOCK_MS_MAX {
            self.situations.saw(Situation::LockTimeout);
            return Lock::TimedOut;
        }
        Lock::Wait
    }

    /// Whether the node of a session is still in the life of the session.
    pub fn is_alive(&self, session: Session) -> bool {
        self.nodes[session.node].is_up && self.nodes[session.node].life == session.life
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

    /// Ends a session, and gives back its locks.
    pub fn close(&mut self, session: Session) {
        self.locks.retain(|_, holder| *holder != session);
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

    /// What a transaction finds.
    pub fn load(&mut self, needs: &Needs) -> WorkingSet {
        self.situations.saw_if(Situation::BatchOfEvents, needs.events.len() > 1);
        let mut set = self.memory.load(needs);
        self.planted.loaded(needs, &self.memory, &mut set);
        set
    }

    /// Commits what a transaction decided at `now` on what it had loaded.
    pub fn commit(&mut self, session: Session, loaded: &WorkingSet, mut set: WorkingSet, now: Millis) -> Committed {
        if self.broken_sessions.contains(&session.number) && !self.planted.is(Plant::StaleCommit) {
            self.situations.saw(Situation::StaleCommitRefused);
            return Committed::Failed;
        }
        if self.strikes(|faults| faults.commit) {
            self.situations.saw(Situation::CommitFailed);
            return if self.planted.is(Plant::FailureIsSuccess) { Committed::Done } else { Committed::Failed };
        }
        self.planted.decided(&self.memory, loaded, &mut set, now);
        if !self.strikes(|faults| faults.unknown) {
            self.write(loaded, &set, now);
            return Committed::Done;
        }
        let is_done = self.random.one_in(2);
        self.situations.saw(if is_done { Situation::UnknownDone } else { Situation::UnknownNotDone });
        if is_done {
            self.write(loaded, &set, now);
        }
        if self.planted.is(Plant::UnknownIsFailure) { Committed::Failed } else { Committed::Unknown }
    }

    fn write(&mut self, loaded: &WorkingSet, set: &WorkingSet, now: Millis) {
        self.commits += 1;
        let changed = || set.events.values().filter(|state| !state.writes.entries.is_empty());
        let before: Vec<(EventId, Before)> =
            changed().map(|state| (state.event.id, Before::of(self.memory.events.get(&state.event.id)))).collect();
        if self.planted.is_sound() {
            self.memory.write(loaded, set);
        } else {
            self.memory.put(set);
        }
        for (id, before) in before {
            let kept = &self.memory.events[&id];
            let is_whole = |state: &EventState| {
                state.roles.keys().all(|role| state.queue.position(*role, Seq(u64::MAX)).is_some())
            };
            // Who does not know the whole queue may have to stop early.
            let is_settled = loaded.events.get(&id).is_some_and(is_whole);
            self.judge.committed(&before, kept, self.commits, now, is_settled);
            let new = &set.events[&id].writes.entries;
            self.seen.committed(&mut self.situations, &before, kept, new, now);
            kept.state.event.hash.0.hash(&mut self.trace);
        }
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
