//! The waiting itself: who is in which lane, and whose turn it is.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use headcount_core::command::{Action, Command};
use headcount_core::ids::EventId;
use headcount_core::limits::BATCH_COMMANDS_MAX;

use super::{ALL_COMMANDS_MAX, Answer, LANE_COMMANDS_MAX, settle_command};
use crate::clock;

/// A command that waits.
pub(super) struct Ticket {
    /// By what it is withdrawn at its deadline. None: it has no deadline, as it is internal or was taken once already.
    pub(super) number: Option<u64>,
    /// What is asked.
    pub(super) command: Command,
    /// Where the answer goes; none: nobody waits for it.
    pub(super) answer: Option<Answer>,
    /// When it was asked.
    pub(super) since: Instant,
}

/// Whether a lane has come to stand in turn, so that a worker must be awake to take it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// It did just now.
    New,
    /// It stands there already, or its worker will put it there.
    Known,
}

/// All lanes. A lane is in `turn` exactly if it has tickets and no worker has it.
#[derive(Default)]
pub(super) struct Queues {
    lanes: BTreeMap<EventId, Lane>,
    turn: VecDeque<EventId>,
    waiting: usize,
    last_number: u64,
    stopping: bool,
}

#[derive(Default)]
struct Lane {
    tickets: VecDeque<Ticket>,
    in_flight: bool,
}

impl Queues {
    /// Puts a ticket at the end of its lane and returns its number; none if there is no room, or no worker any more.
    pub(super) fn push(&mut self, command: Command, answer: Answer) -> Option<(u64, Turn)> {
        let event = command.event;
        let in_lane = self.lanes.get(&event).map_or(0, |lane| lane.tickets.len());
        if self.stopping || self.waiting >= ALL_COMMANDS_MAX || in_lane >= LANE_COMMANDS_MAX {
            return None;
        }
        self.last_number += 1;
        let number = self.last_number;
        let ticket = Ticket { number: Some(number), command, answer: Some(answer), since: clock::instant() };
        self.lanes.entry(event).or_default().tickets.push_back(ticket);
        self.waiting += 1;
        Some((number, self.take_turn(event)))
    }

    /// Puts the internal command that goes on promoting before all others of the event, unless it stands there already.
    pub(super) fn push_settle(&mut self, event: EventId) -> Turn {
        let first = self.lanes.get(&event).and_then(|lane| lane.tickets.front());
        if first.is_some_and(|ticket| matches!(ticket.command.action, Action::Settle)) {
            return Turn::Known;
        }
        let command = settle_command(event);
        self.push_front(Ticket { number: None, command, answer: None, since: clock::instant() })
    }

    /// Puts commands that were taken and postponed before all others of their events, in the order given. They were
    /// taken in time, so they have no deadline any more, and there is always room for them.
    pub(super) fn put_back(&mut self, postponed: Vec<Ticket>) {
        for ticket in postponed.into_iter().rev() {
            self.push_front(Ticket { number: None, ..ticket });
        }
    }

    fn push_front(&mut self, ticket: Ticket) -> Turn {
        let event = ticket.command.event;
        self.lanes.entry(event).or_default().tickets.push_front(ticket);
        self.waiting += 1;
        self.take_turn(event)
    }

    /// Takes a ticket out of its lane, if no worker has taken it.
    pub(super) fn withdraw(&mut self, event: EventId, number: u64) -> bool {
        let Some(lane) = self.lanes.get_mut(&event) else { return false };
        // The oldest stand in front and expire first, so this mostly ends after a step or two.
        let Some(index) = lane.tickets.iter().position(|ticket| ticket.number == Some(number)) else { return false };
        lane.tickets.remove(index);
        self.waiting -= 1;
        if lane.tickets.is_empty() && !lane.in_flight {
            self.lanes.remove(&event);
            self.turn.retain(|other| *other != event);
        }
        true
    }

    /// What a worker decides next: from at most `events_max` lanes, in turn, an equal share of each. Every lane taken
    /// from is in flight until [`Queues::give_back`].
    pub(super) fn take(&mut self, events_max: usize) -> Vec<Ticket> {
        let events = self.turn.len().min(events_max);
        let share = (BATCH_COMMANDS_MAX / events.max(1)).max(1);
        let mut batch = Vec::new();
        for _ in 0..events.min(BATCH_COMMANDS_MAX) {
            let Some(event) = self.turn.pop_front() else { break };
            let lane = self.lanes.get_mut(&event).expect("a lane whose turn it is exists");
            lane.in_flight = true;
            // What must come first in a batch ends the one before it.
            let goes_on = |ticket: &&Ticket| !ticket.command.action.comes_first();
            let count = 1 + lane.tickets.iter().take(share).skip(1).take_while(goes_on).count();
            batch.extend(lane.tickets.drain(..count));
        }
        self.waiting -= batch.len();
        batch
    }

    /// The worker is done with these events.
    pub(super) fn give_back(&mut self, events: impl Iterator<Item = EventId>) {
        for event in events {
            let Some(lane) = self.lanes.get_mut(&event).filter(|lane| lane.in_flight) else { continue };
            lane.in_flight = false;
            if lane.tickets.is_empty() {
                self.lanes.remove(&event);
            } else {
                self.turn.push_back(event);
            }
        }
    }

    /// Whether there is something to take.
    pub(super) fn has_turn(&self) -> bool {
        !self.turn.is_empty()
    }

    /// Everybody who waits, for an answer without a decision.
    pub(super) fn take_all(&mut self) -> Vec<Ticket> {
        self.turn.clear();
        self.waiting = 0;
        std::mem::take(&mut self.lanes).into_values().flat_map(|lane| lane.tickets).collect()
    }

    /// Events with commands that wait or are being decided, and how many wait.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.lanes.len(), self.waiting)
    }

    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Queues the lane if it is not queued yet and no worker has it: it just got its first ticket.
    fn take_turn(&mut self, event: EventId) -> Turn {
        let lane = &self.lanes[&event];
        if lane.in_flight || lane.tickets.len() > 1 {
            return Turn::Known;
        }
        self.turn.push_back(event);
        Turn::New
    }
}

#[cfg(test)]
mod tests {
    use headcount_core::command::{Actor, Mode};
    use headcount_core::ids::RegistrationId;
    use tokio::sync::oneshot;

    use super::*;

    /// A command that says by its number which one it is.
    fn command(event: EventId, number: u128) -> Command {
        let action = Action::Cancel(RegistrationId(uuid::Uuid::from_u128(number)));
        Command { event, actor: Actor::Owner, idempotency: None, mode: Mode::Apply, action }
    }

    fn names(batch: &[Ticket]) -> Vec<String> {
        let name = |ticket: &Ticket| match &ticket.command.action {
            Action::Cancel(id) => id.0.as_u128().to_string(),
            other => other.name().to_owned(),
        };
        batch.iter().map(name).collect()
    }

    #[test]
    fn what_was_postponed_is_next_in_its_old_order_behind_the_settle_and_cannot_be_withdrawn() {
        let (mut queues, event) = (Queues::default(), EventId(uuid::Uuid::from_u128(1)));
        let mut push = |number| {
            let (answer, _) = oneshot::channel();
            queues.push(command(event, number), answer).expect("there is room").0
        };
        let numbers = [push(1), push(2), push(3)];
        let taken = queues.take(1);
        assert_eq!(names(&taken), ["1", "2", "3"]);
        let (answer, _) = oneshot::channel();
        let (last, turn) = queues.push(command(event, 4), answer).expect("there is room");
        assert_eq!(turn, Turn::Known, "the worker that has the lane puts it back in turn");
        queues.stop();

        queues.put_back(taken.into_iter().skip(1).collect());
        queues.push_settle(event);
        queues.push_settle(event);
        queues.give_back([event].into_iter());

        assert_eq!(queues.depth(), (1, 4));
        assert!(numbers.iter().all(|number| !queues.withdraw(event, *number)), "nobody who was taken is told busy");
        assert!(queues.withdraw(event, last), "who was not taken is");
        assert_eq!(names(&queues.take(1)), ["settle", "2", "3"], "decided although the lanes are being stopped");
        assert_eq!(queues.depth(), (1, 0));
    }
}
