//! The waiting itself: who is in which lane, and whose turn it is.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use headcount_core::command::Command;
use headcount_core::ids::EventId;
use headcount_core::limits::BATCH_COMMANDS_MAX;

use super::{ALL_COMMANDS_MAX, Answer, LANE_COMMANDS_MAX, settle_command};
use crate::clock;

/// A command that waits.
pub(super) struct Ticket {
    /// Grows by one with each ticket.
    pub(super) number: u64,
    /// What is asked.
    pub(super) command: Command,
    /// Where the answer goes; none: nobody waits for it.
    pub(super) answer: Option<Answer>,
    /// Since when it waits.
    pub(super) since: Instant,
}

/// All lanes. A lane is in `turn` exactly if it has tickets and no worker has it.
#[derive(Default)]
pub(super) struct Queues {
    lanes: HashMap<EventId, Lane>,
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
    pub(super) fn push(&mut self, mut ticket: Ticket) -> Option<u64> {
        let event = ticket.command.event;
        let in_lane = self.lanes.get(&event).map_or(0, |lane| lane.tickets.len());
        if self.stopping || self.waiting >= ALL_COMMANDS_MAX || in_lane >= LANE_COMMANDS_MAX {
            return None;
        }
        self.last_number += 1;
        ticket.number = self.last_number;
        let lane = self.lanes.entry(event).or_default();
        lane.tickets.push_back(ticket);
        self.waiting += 1;
        self.take_turn(event);
        Some(self.last_number)
    }

    /// Puts the internal command that goes on promoting before all others of the event.
    pub(super) fn push_settle(&mut self, event: EventId) {
        self.last_number += 1;
        let ticket =
            Ticket { number: self.last_number, command: settle_command(event), answer: None, since: clock::instant() };
        self.lanes.entry(event).or_default().tickets.push_front(ticket);
        self.waiting += 1;
        self.take_turn(event);
    }

    /// Takes a ticket out of its lane, if no worker has taken it.
    pub(super) fn withdraw(&mut self, event: EventId, number: u64) -> bool {
        let Some(lane) = self.lanes.get_mut(&event) else { return false };
        // The oldest stand in front and expire first, so this ends after a step or two.
        let Some(index) = lane.tickets.iter().position(|ticket| ticket.number == number) else { return false };
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

    /// Everybody who waits, for an answer without a decision.
    pub(super) fn take_all(&mut self) -> Vec<Ticket> {
        self.turn.clear();
        self.waiting = 0;
        self.lanes.drain().flat_map(|(_, lane)| lane.tickets).collect()
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
    fn take_turn(&mut self, event: EventId) {
        let lane = &self.lanes[&event];
        if !lane.in_flight && lane.tickets.len() == 1 {
            self.turn.push_back(event);
        }
    }
}
