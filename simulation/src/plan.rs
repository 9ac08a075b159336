//! What a run is like: which parts take part, what is asked, what goes wrong. All of it follows from a seed, and each seed
//! switches on only some of it (swarm testing: Groce and others, "Swarm Testing", ISSTA 2012), as what always goes wrong
//! hides what happens without it.

use crate::commands::Mix;
use crate::random::Random;

/// What a run is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// From what it follows.
    pub seed: u64,
    /// What the nodes stand on.
    pub database: Database,
    /// Servers.
    pub nodes: u32,
    /// Workers of each.
    pub workers: u32,
    /// Events.
    pub events: u32,
    /// People who ask at the same time.
    pub clients: u32,
    /// How many different people there are.
    pub people: u32,
    /// How many commands they ask for, all together.
    pub commands: u32,
    /// How often each kind.
    pub mix: Mix,
    /// How long one waits at most before they ask for the next thing.
    pub pause_ms_max: u32,
    /// How long one step of a transaction takes at most.
    pub step_ms_max: u32,
    /// How long a command waits in its lane at most.
    pub wait_ms_max: u32,
    /// How many heads of each list of a queue are loaded at most; none: as many as asked for.
    pub waiting_each_max: Option<usize>,
    /// What goes wrong.
    pub faults: Faults,
}

/// What the nodes stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file with one writer, as SQLite: one node with one worker, which ends when a commit has an unknown outcome.
    OneWriter,
    /// Rows that are locked, as PostgreSQL: any number of nodes, which go on.
    Shared,
}

/// How often something goes wrong: one time in so many, if nothing else is said; 0: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A node crashes, at a step of a transaction.
    pub crash: u32,
    /// A node stands still, at a step of a transaction.
    pub pause: u32,
    /// How long it stands still at most.
    pub pause_ms_max: u32,
    /// For how long others wait for the lock of a session that stands still, before the database breaks it.
    pub still_ms_max: u32,
    /// The store cannot begin a transaction.
    pub begin: u32,
    /// A commit fails, and nothing is written.
    pub commit: u32,
    /// The answer to a commit is lost, be it done or not.
    pub unknown: u32,
    /// The clock jumps, forward or back.
    pub clock: u32,
    /// A node is stopped and started again after so many milliseconds, on average; 0: never.
    pub restart_ms: u32,
    /// Somebody who asked goes away before the answer comes.
    pub gone: u32,
}

impl Plan {
    /// The run of a seed.
    pub fn of(seed: u64) -> Plan {
        let random = &mut Random::new(seed ^ 0x0706_0504_0302_0100);
        let database = if random.one_in(3) { Database::OneWriter } else { Database::Shared };
        let (nodes, workers) = match database {
            Database::OneWriter => (1, 1),
            Database::Shared => (1 + random.below(4), 1 + random.below(4)),
        };
        let clients = *random.pick(&[2, 4, 8, 16, 32, 64]);
        let mix = mix(random);
        // Where all come for the same, it takes many.
        let people = if mix.own == 0 { 256 } else { *random.pick(&[4, 8, 8, 16, 64, 256]) };
        let mut plan = Plan {
            seed,
            database,
            nodes,
            workers,
            events: 1 + random.below(4),
            clients,
            people,
            // 2,000 in the middle.
            commands: *random.pick(&[500, 1_000, 1_500, 2_000, 2_000, 2_500, 3_000, 3_500]),
            mix,
            pause_ms_max: *random.pick(&[1, 1, 3, 20]),
            step_ms_max: *random.pick(&[1, 1, 2, 10]),
            wait_ms_max: *random.pick(&[20, 500, 5_000]),
            waiting_each_max: if random.one_in(4) { Some(1 + random.below(2) as usize) } else { None },
            faults: if random.one_in(5) { Faults::default() } else { faults(random) },
        };
        if mix != RUSH {
            // Last of all: without them a seed is the run that it was before there were any.
            let usual = Mix::default();
            plan.mix.erasures = *random.pick(&[0, 0, usual.erasures, 2 * usual.erasures]);
            plan.mix.imports = *random.pick(&[0, 0, usual.imports, 2 * usual.imports]);
        }
        plan
    }
}

/// Nothing but sign-ups.
const RUSH: Mix =
    Mix { sign_ups: 1, answers: 0, verifications: 0, own: 0, staff: 0, settings: 0, erasures: 0, imports: 0 };

/// All kinds but what is drawn at last, or some of them left out; or a rush.
fn mix(random: &mut Random) -> Mix {
    if random.one_in(8) {
        return RUSH;
    }
    let usual = Mix::default();
    let mut maybe = |weight: u32| *random.pick(&[0, weight, weight, 2 * weight]);
    Mix {
        sign_ups: usual.sign_ups,
        answers: maybe(usual.answers),
        verifications: maybe(usual.verifications),
        own: maybe(usual.own),
        staff: maybe(usual.staff),
        settings: maybe(usual.settings),
        ..RUSH
    }
}

fn faults(random: &mut Random) -> Faults {
    let mut maybe = |often: u32| if random.one_in(2) { often / 4 + random.below(often) } else { 0 };
    Faults {
        crash: maybe(400),
        pause: maybe(300),
        begin: maybe(100),
        commit: maybe(60),
        unknown: maybe(60),
        clock: maybe(100),
        gone: maybe(50),
        restart_ms: maybe(2_000),
        pause_ms_max: *random.pick(&[20, 200, 20_000]),
        still_ms_max: *random.pick(&[1_000, 60_000]),
    }
}
