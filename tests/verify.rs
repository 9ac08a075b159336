//! The audit: green on everything the rules wrote, and red, by name, on everything that was planted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use headcount_core::change::Entry;
use headcount_core::ids::Millis;

#[path = "verify/beside.rs"]
mod beside;
#[path = "verify/checks.rs"]
mod checks;
#[path = "support/postgres.rs"]
mod cluster;
#[path = "verify/data.rs"]
mod data;
#[path = "verify/log.rs"]
mod log;
#[path = "verify/planted.rs"]
mod planted;
#[path = "verify/planting.rs"]
mod planting;
#[path = "support/process.rs"]
mod process;
#[path = "verify/repairs.rs"]
mod repairs;
#[path = "verify/stored.rs"]
mod stored;
#[path = "verify/written_by_hand.rs"]
mod written_by_hand;

use data::{Data, Kind};
use headcount::store::audit::LogRow;
use headcount::verify::{Pieces, Stored, verify_database, verify_database_in, verify_event};
use headcount_simulation::build::{create, event_id, new_role, open_role};
use headcount_simulation::commands::Commands;
use headcount_simulation::memory::{Kept, Memory};
use headcount_simulation::random::Random;

/// `HEADCOUNT_MODEL_SEEDS=10000` runs more seeds, `HEADCOUNT_MODEL_FIRST=77` begins at another one.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("HEADCOUNT_MODEL_FIRST").unwrap_or(1);
    first..first + number("HEADCOUNT_MODEL_SEEDS").unwrap_or(count)
}

#[test]
fn whatever_the_rules_write_is_green() {
    for seed in seeds(200) {
        let mut memory = random_history(seed, 300);
        for (id, kept) in &memory.events {
            let report = verify_event(*id, kept.log.iter().map(row), Some(&stored(&memory, kept)), &[]);
            assert_eq!(report.findings, [], "seed {seed}:\n{}", text(kept));
            assert_eq!(report.entries, kept.log.len() as u64);
        }
        // The audit looks: the last entry removed is seen in every event.
        for kept in memory.events.values_mut() {
            kept.log.pop();
        }
        for (id, kept) in &memory.events {
            let report = verify_event(*id, kept.log.iter().map(row), Some(&stored(&memory, kept)), &[]);
            assert!(!report.findings.is_empty(), "seed {seed}");
        }
    }
}

#[test]
fn a_database_is_green_after_whatever_was_asked() {
    for (seed, kind) in seeds(4).flat_map(|seed| Kind::BOTH.map(|kind| (seed, kind))) {
        let mut random = Random::new(seed);
        let data = Data::new(kind);
        let mut memory = Memory::default();
        let creations = creations(&mut random);
        let events = [event_id(1), event_id(2)];
        memory.run(Millis(0), &creations);
        let mut batches = vec![creations];
        let mut commands = Commands::new(random);
        for _ in 0..60 {
            // What fits is chosen by looking at a store in memory that is asked the same.
            let batch: Vec<_> = (0..4).map(|_| commands.command(&memory, &events)).collect();
            memory.run(Millis(0), &batch);
            memory.settle_all(Millis(0));
            batches.push(batch);
        }
        data.run_each(&batches);
        let report = verify_database(&data.database(), &[]).unwrap();
        assert!(report.is_green(), "seed {seed}, {kind:?}: {report}");
        assert_eq!(report.events, 2);
        assert!(report.to_string().ends_with("everything is as it should be"), "{report}");
    }
}

#[test]
fn a_database_is_green_at_every_moment_of_being_written() {
    for kind in Kind::BOTH {
        let data = Data::new(kind);
        let mut random = Random::new(11);
        let creations = creations(&mut random);
        let (mut memory, mut commands) = (Memory::default(), Commands::new(random));
        memory.run(Millis(0), &creations);
        let mut batches = vec![creations];
        for _ in 0..400 {
            let batch = vec![commands.command(&memory, &[event_id(1), event_id(2)])];
            memory.run(Millis(0), &batch);
            memory.settle_all(Millis(0));
            batches.push(batch);
        }
        data.run(&batches[0]);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| data.run_each(&batches[1..]));
            loop {
                let last = writer.is_finished();
                let pieces = Pieces { entries: 7, rows: 3 };
                let report = verify_database_in(pieces, &data.database(), &[]).unwrap();
                assert!(report.is_green(), "{kind:?}: {report}");
                if last {
                    break;
                }
            }
        });
    }
}

fn creations(random: &mut Random) -> Vec<headcount_core::command::Command> {
    let names = ["Server", "Cook", "Runner"];
    let creation = |number: u32| {
        let settings = random.settings(&format!("event-{number}"));
        let count = 1 + random.below(3);
        let roles =
            (0..count).map(|role| new_role(number * 10 + role, names[role as usize], open_role(random.capacity(7))));
        create(event_id(number), settings, roles.collect())
    };
    [1, 2].map(creation).into()
}

/// Time mostly goes on, across the cut-offs, and sometimes back.
fn random_history(seed: u64, count: usize) -> Memory {
    let mut random = Random::new(seed);
    let mut memory = Memory::default();
    if seed.is_multiple_of(3) {
        memory.waiting_each_max = Some(1);
    }
    let mut now = Millis(0);
    memory.run(now, &creations(&mut random));
    let mut commands = Commands::new(random);
    let events = [event_id(1), event_id(2)];
    let mut done = 0;
    while done < count {
        let step = i64::from(commands.random.below(30));
        now = if commands.random.one_in(40) { Millis(now.0 - 200) } else { Millis(now.0 + step) };
        let size = 1 + commands.random.below(8);
        let batch: Vec<_> = (0..size).map(|_| commands.command(&memory, &events)).collect();
        memory.run(now, &batch);
        memory.settle_all(now);
        done += batch.len();
    }
    memory
}

fn row(entry: &Entry) -> LogRow {
    LogRow {
        seq: entry.seq.0.try_into().unwrap(),
        at: entry.at.0,
        actor: entry.actor.as_bytes().to_vec(),
        kind: entry.kind.into(),
        registration: entry.registration.map(|id| id.0.as_bytes().to_vec()),
        body: entry.body.clone().into(),
        hash: entry.hash.0.to_vec(),
    }
}

/// The rows that a store would have.
fn stored(memory: &Memory, kept: &Kept) -> Stored {
    stored::rows(kept, memory.slugs.iter().filter(|(_, id)| **id == kept.state.event.id).map(|(slug, _)| slug.clone()))
}

fn text(kept: &Kept) -> String {
    let line = |entry: &Entry| {
        let about = entry.registration.map(|id| id.to_string()).unwrap_or_default();
        format!("{} {} {} {} {about} {}\n", entry.seq, entry.at.0, entry.actor, entry.kind, entry.body)
    };
    kept.log.iter().map(line).collect()
}
