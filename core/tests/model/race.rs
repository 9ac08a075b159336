//! Everybody at once: exactly as many as fit get in, and without the guard they do not.

use headcount_core::command::{Actor, Command};
use headcount_core::decision::{Outcome, Refusal};
use headcount_core::event::{EventSettings, Status, WaitlistPolicy};
use headcount_core::ids::{EventId, Millis};
use headcount_core::invariant::{self, Rule};

use headcount_simulation::build::*;
use headcount_simulation::memory::{Memory, by_id};
use headcount_simulation::random::Random;

const CAPACITY: u32 = 10;
const PEOPLE: u32 = 100;

#[test]
fn exactly_as_many_as_fit_get_in_and_everybody_else_is_refused() {
    let (mut store, event) = opened(off(), &[Some(CAPACITY)]);
    let decisions = store.run(Millis(1), &rush(&store, event, PEOPLE));
    let confirmed = decisions.iter().filter(|decision| matches!(decision.outcome, Outcome::Registration(_))).count();
    let full = |outcome: &Outcome| matches!(outcome, Outcome::Refused(Refusal::RoleFull { open_now: 0, .. }));
    let refused = decisions.iter().filter(|decision| full(&decision.outcome)).count();
    assert_eq!((confirmed, refused), (10, 90));
    assert_eq!(store.broken(), Vec::<String>::new());
}

/// The thirteenth test of peers: if this one did not see overbooking, the one above would prove nothing.
#[test]
fn without_the_guard_the_same_rush_overbooks() {
    let (mut store, event) = opened(off(), &[Some(CAPACITY)]);
    store.run_unguarded(Millis(1), &rush(&store, event, PEOPLE));
    let state = store.whole(event);
    assert_eq!(state.event.counters.reserved, u64::from(PEOPLE), "everybody saw the same free places");
    let broken = invariant::check(&state);
    assert!(broken.iter().any(|broken| broken.rule == Rule::Overbooked), "the check must see it: {broken:?}");
}

/// Without the guard the same person gets in twice, too.
#[test]
fn without_the_guard_a_form_sent_twice_registers_twice() {
    let (mut store, event) = opened(off(), &[Some(CAPACITY)]);
    let two = rush(&store, event, 2);
    store.run_unguarded(Millis(1), &[two[0].clone(), like(&two[0], two[1].clone())]);
    let broken = invariant::check(&store.whole(event));
    assert!(broken.iter().any(|broken| broken.rule == Rule::Twice), "the check must see it: {broken:?}");
}

/// I10: with at least as many wishes as places and nobody leaving, every place is taken.
#[test]
fn no_place_stays_free_while_somebody_wants_it() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let capacities: Vec<Option<u32>> = (0..1 + random.below(3)).map(|_| Some(random.below(6))).collect();
        let of_roles: u32 = capacities.iter().flatten().sum();
        let mut settings = off();
        settings.waitlist.policy =
            *random.pick(&[WaitlistPolicy::Strict, WaitlistPolicy::FillGaps, WaitlistPolicy::Off]);
        settings.capacity = (!random.one_in(3)).then(|| random.below(12));
        let expected = settings.capacity.map_or(of_roles, |of_event| of_event.min(of_roles));
        let (mut store, event) = opened(settings, &capacities);
        let all = rush(&store, event, 60);
        let mut rest = &all[..];
        while !rest.is_empty() {
            let size = (1 + random.below(20) as usize).min(rest.len());
            store.run(Millis(1), &rest[..size]);
            rest = &rest[size..];
        }
        let state = store.whole(event);
        let confirmed = state.registrations.values().filter(|one| one.status == Status::Confirmed).count();
        assert_eq!(confirmed, expected as usize, "seed {seed}");
        assert_eq!(store.broken(), Vec::<String>::new(), "seed {seed}");
    }
}

fn off() -> EventSettings {
    let mut settings = open_event("rush");
    settings.waitlist.policy = WaitlistPolicy::Off;
    settings
}

fn opened(settings: EventSettings, capacities: &[Option<u32>]) -> (Memory, EventId) {
    let (mut store, event) = (Memory::default(), event_id(1));
    let roles = capacities.iter().zip(1..).map(|(capacity, number)| {
        let name = format!("Role {number}");
        new_role(number, &name, open_role(*capacity))
    });
    let roles = roles.collect();
    store.run(Millis(0), &[create(event, settings, roles)]);
    (store, event)
}

/// As many different people as are asked for, one after the other in each of the roles.
fn rush(store: &Memory, event: EventId, people: u32) -> Vec<Command> {
    let kept = &store.events[&event];
    let roles = kept.state.roles.keys().copied().cycle();
    let wish = |(number, role)| {
        let (id, name) = (registration_id(number), format!("person-{number}"));
        by(Actor::Guest, event, sign_up(id, by_id(role), &name, 1, &kept.state.event.settings.form))
    };
    (1..=people).zip(roles).map(wish).collect()
}

/// The sign-up of `one` under the id of `other`.
fn like(one: &Command, mut other: Command) -> Command {
    use headcount_core::command::Action::SignUp;
    if let (SignUp(one), SignUp(other)) = (&one.action, &mut other.action) {
        other.person = one.person.clone();
    }
    other
}
