//! `headcount bench core`: decisions a second of `decide_batch` alone, without storage, network or another thread.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use headcount_core::command::{Action, Actor, Command, IfFull, Mode, RoleRef, SignUp};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome};
use headcount_core::event::{
    Counters, Details, Event, EventSettings, EventStatus, Form, PhonePolicy, Registration, Role, RoleSettings, Status,
    Waitlist, WaitlistPolicy,
};
use headcount_core::ids::{EventId, Hash, Millis, RegistrationId, RoleId, Seq, Spots};
use headcount_core::person::{Person, Tag, key_by_email};
use headcount_core::working_set::{EventState, WorkingSet};
use uuid::Uuid;

use super::CommonArgs;
use super::figures::{Figure, Figures, Quantity, median};
use crate::clock;

/// What is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Story {
    Confirmed,
    Refused,
    Waitlisted,
    /// Every cancel gives its place to the first in line.
    CancelAndPromote,
}

const STORIES: [(Story, &str); 4] = [
    (Story::Confirmed, "sign-up, confirmed"),
    (Story::Refused, "sign-up, refused: full"),
    (Story::Waitlisted, "sign-up, waitlisted"),
    (Story::CancelAndPromote, "cancel, and the next gets in"),
];

const EVENT: EventId = EventId(Uuid::from_u128(1));
const ROLE: RoleId = RoleId(Uuid::from_u128(2));
const NOW: Millis = Millis(1_800_000_000_000);

pub(super) async fn run(common: CommonArgs) -> anyhow::Result<ExitCode> {
    let (rounds, of_each) = if common.quick { (1, Duration::from_millis(5)) } else { (7, Duration::from_millis(300)) };
    let sizes: &[usize] = if common.quick { &[1, 16] } else { &[1, 16, 256, 1_024] };
    let method = format!(
        "Decisions a second on one core: {rounds} rounds of {} ms each, medians. A decision contains the log entries and \
         their hashes; the working set is built before the clock starts.",
        of_each.as_millis()
    );
    let mut figures = Figures::new("core", method, common.quick);
    for (story, what) in STORIES {
        for size in sizes {
            let rates = (0..rounds).map(|_| rate(story, *size, of_each)).collect::<anyhow::Result<Vec<f64>>>()?;
            let value = median(rates);
            let figure = Figure::new(format!("{what}; batch of {size}"), Quantity::new(value, "/s"));
            figures.add(figure);
        }
    }
    figures.print(common.json)
}

/// Decisions a second, batch after batch for as long as `duration`.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate(story: Story, size: usize, duration: Duration) -> anyhow::Result<f64> {
    let (loaded, batch) = scene(story, size);
    let (mut spent, mut decided) = (Duration::ZERO, 0);
    while spent < duration {
        let mut set = loaded.clone();
        let start = clock::instant();
        let decisions = decide_batch(black_box(&mut set), NOW, black_box(&batch));
        spent += clock::instant() - start;
        decided += decisions.len();
        anyhow::ensure!(decisions.iter().all(|decision| is_as_meant(story, decision)), "not what was meant: {story:?}");
        black_box(decisions);
    }
    Ok(decided as f64 / spent.as_secs_f64())
}

fn is_as_meant(story: Story, decision: &Decision) -> bool {
    match (story, &decision.outcome) {
        (Story::Refused, Outcome::Refused(_)) => true,
        (Story::CancelAndPromote, Outcome::Registration(receipt)) => {
            receipt.status == Status::Cancelled && receipt.affected.len() == 1
        }
        (Story::Confirmed, Outcome::Registration(receipt)) => receipt.status == Status::Confirmed,
        (Story::Waitlisted, Outcome::Registration(receipt)) => receipt.status == Status::Waitlisted,
        _ => false,
    }
}

/// The loaded part of an event and a batch of so many commands for it.
fn scene(story: Story, size: usize) -> (WorkingSet, Vec<Command>) {
    let count = u32::try_from(size).expect("a batch is small");
    let (capacity, reserved, waiting) = match story {
        Story::Confirmed => (1_000_000, 0, 0),
        Story::Refused | Story::Waitlisted => (10, 10, 0),
        Story::CancelAndPromote => (count, count, count),
    };
    let policy = if story == Story::Refused { WaitlistPolicy::Off } else { WaitlistPolicy::Strict };
    let counters = Counters { reserved: u64::from(reserved), waiting, registrations: reserved + waiting };
    let mut state = EventState::loaded(event(policy, counters), [role(capacity, counters)]);
    if story == Story::CancelAndPromote {
        let registered = (0..2 * count).map(|number| {
            let status = if number < count { Status::Confirmed } else { Status::Waitlisted };
            registration(number, status)
        });
        state.registrations.extend(registered);
        let line = (count..2 * count).map(|number| (Seq(u64::from(number) + 1), id(number))).collect();
        state.queue.load(ROLE, Spots::ONE, line, true);
    }
    let action = |number| match story {
        Story::CancelAndPromote => Action::Cancel(id(number)),
        _ => Action::SignUp(Box::new(sign_up(number))),
    };
    let command = |number| Command {
        event: EVENT,
        actor: if story == Story::CancelAndPromote { Actor::Link(1) } else { Actor::Guest },
        idempotency: None,
        mode: Mode::Apply,
        action: action(number),
    };
    let set = WorkingSet { events: [(EVENT, state)].into(), ..WorkingSet::default() };
    (set, (0..count).map(command).collect())
}

fn event(policy: WaitlistPolicy, counters: Counters) -> Event {
    let settings = EventSettings {
        form: form(),
        status: EventStatus::Published,
        waitlist: Waitlist { policy, ..Waitlist::USUAL },
        max_spots: Spots::ONE,
        ..EventSettings::usual("benchmark".to_owned())
    };
    let seq = Seq(10_000);
    Event {
        id: EVENT,
        settings,
        counters,
        override_spots: 0,
        seq,
        last_at: NOW,
        hash: Hash::default(),
        revision: 1,
        full_since: None,
    }
}

fn form() -> Form {
    Form { phone: PhonePolicy::Hidden, ..EventSettings::usual("benchmark".to_owned()).form }
}

fn role(capacity: u32, counters: Counters) -> Role {
    let settings = RoleSettings {
        capacity: Some(capacity),
        starts_at: None,
        ends_at: None,
        order: 0,
        min_needed: 0,
        closed: false,
    };
    Role { id: ROLE, name: "Server".to_owned(), settings, counters, override_spots: 0, skipped: None, full_since: None }
}

fn registration(number: u32, status: Status) -> Registration {
    Registration {
        id: id(number),
        role: ROLE,
        person: person(number),
        spots: Spots::ONE,
        status,
        verify_by: None,
        wait_seq: Seq(u64::from(number) + 1),
        ended_seq: Seq::default(),
        checked_in: 0,
        link_version: 1,
        created_at: NOW,
        details: details(number),
    }
}

fn sign_up(number: u32) -> SignUp {
    SignUp {
        id: id(number),
        role: RoleRef::Id(ROLE),
        person: person(number),
        spots: Spots::ONE,
        if_full: IfFull::Wait,
        details: details(number),
        form: form(),
    }
}

fn person(number: u32) -> Person {
    Person { key: key_by_email(&email(number)), tag: Tag(u128::from(number).to_be_bytes()) }
}

fn details(number: u32) -> Details {
    Details { name: format!("Person {number}"), email: Some(email(number)), ..Details::default() }
}

fn email(number: u32) -> String {
    format!("person-{number}@example.org")
}

fn id(number: u32) -> RegistrationId {
    RegistrationId(Uuid::from_u128(1_000_000 + u128::from(number)))
}
