//! Who hears what: rooms, as each response is told in some of them, and every socket is in those of its account.
//!
//! They say the same as `Caller::standing` and `is_shown`, turned round: not what somebody is to an event, but for whom an
//! event is. So a response reaches its hearers without a look at all the others. A test holds the two together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_core::event::{EventSettings, EventStatus, Visibility};
use headcount_core::ids::{AccountId, EventId, OrganizationId, TeamId};
use serde_json::value::RawValue;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::people::identity::{Identity, MemberRole};

/// Messages that a socket may be behind; then it loses its place. Messages are shared, so what waits for many is kept once.
const BEHIND_MAX: usize = 1_024;

/// What is sent, written once for all who hear it.
pub(super) type Message = Arc<RawValue>;

/// Those for whom a response may be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Room {
    /// Who manages all events of an organization.
    Organization(OrganizationId),
    /// Who manages the events of an organization that concern a team.
    TeamManagers(OrganizationId, TeamId),
    /// Who manages one event for as long as it is of an organization.
    EventManagers(OrganizationId, EventId),
    /// Who is in a team.
    Team(TeamId),
    /// Who comes to an event, or waits for it.
    Coming(EventId),
    /// One account.
    Account(AccountId),
}

impl Room {
    /// The rooms of somebody, beside those of the events they come to.
    pub(super) fn of(identity: &Identity) -> BTreeSet<Room> {
        let mut rooms = BTreeSet::from([Room::Account(identity.account)]);
        rooms.extend(identity.teams.iter().copied().map(Room::Team));
        for (organization, membership) in &identity.memberships {
            match membership.role {
                MemberRole::Staff => {}
                MemberRole::Owner => drop(rooms.insert(Room::Organization(*organization))),
                MemberRole::Manager if membership.everything => drop(rooms.insert(Room::Organization(*organization))),
                MemberRole::Manager => {
                    rooms.extend(membership.teams.iter().map(|team| Room::TeamManagers(*organization, *team)));
                    rooms.extend(membership.events.iter().map(|event| Room::EventManagers(*organization, *event)));
                }
            }
        }
        rooms
    }

    /// The rooms in which a response is told that is about `account`.
    pub(super) fn of_response(event: EventId, settings: &EventSettings, account: Option<AccountId>) -> BTreeSet<Room> {
        let form = &settings.form;
        let mut rooms =
            BTreeSet::from([Room::Organization(form.organization), Room::EventManagers(form.organization, event)]);
        rooms.extend(form.teams.iter().map(|team| Room::TeamManagers(form.organization, *team)));
        // As `is_shown` has it: drafts are for those who manage them, events of a team for the team.
        if settings.status == EventStatus::Draft {
            return rooms;
        }
        rooms.extend(form.teams.iter().copied().map(Room::Team));
        if form.visibility != Visibility::Team {
            rooms.insert(Room::Coming(event));
            rooms.extend(account.map(Room::Account));
        }
        rooms
    }
}

/// All rooms, and the sockets in them. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<Seats>>);

#[derive(Default)]
struct Seats {
    next: u64,
    seats: BTreeMap<u64, Taken>,
    rooms: BTreeMap<Room, BTreeSet<u64>>,
}

struct Taken {
    rooms: BTreeSet<Room>,
    messages: Sender<Message>,
    email: String,
}

/// The place of one socket, until it is dropped.
pub(super) struct Seat {
    rooms: Rooms,
    number: u64,
    messages: Receiver<Message>,
}

impl Seat {
    /// What is told next. None: the socket was too far behind and has lost its place.
    pub(super) async fn next(&mut self) -> Option<Message> {
        self.messages.recv().await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.rooms.seats().leave(self.number);
    }
}

impl Rooms {
    /// Lets somebody in who comes to these events.
    pub(super) fn enter(&self, identity: &Identity, coming: impl IntoIterator<Item = EventId>) -> Seat {
        let (messages, heard) = channel(BEHIND_MAX);
        let mut rooms = Room::of(identity);
        rooms.extend(coming.into_iter().map(Room::Coming));
        let mut seats = self.seats();
        let number = seats.next;
        seats.next += 1;
        for room in &rooms {
            seats.rooms.entry(*room).or_default().insert(number);
        }
        seats.seats.insert(number, Taken { rooms, messages, email: identity.email.clone() });
        Seat { rooms: self.clone(), number, messages: heard }
    }

    /// Tells all who are in one of the rooms, each once. Whoever is too far behind loses their place; the others go on.
    pub(super) fn tell(&self, rooms: &BTreeSet<Room>, message: &Message) {
        let mut seats = self.seats();
        let hearers: BTreeSet<u64> = rooms.iter().filter_map(|room| seats.rooms.get(room)).flatten().copied().collect();
        for number in hearers {
            let is_told =
                seats.seats.get(&number).is_some_and(|taken| taken.messages.try_send(message.clone()).is_ok());
            if !is_told {
                seats.leave(number);
            }
        }
    }

    /// Whether somebody is in one of the rooms.
    pub(super) fn has_any(&self, rooms: &BTreeSet<Room>) -> bool {
        let seats = self.seats();
        rooms.iter().any(|room| seats.rooms.contains_key(room))
    }

    /// The address of an account that is here.
    pub(super) fn email(&self, account: AccountId) -> Option<String> {
        let seats = self.seats();
        let number = seats.rooms.get(&Room::Account(account))?.first()?;
        seats.seats.get(number).map(|taken| taken.email.clone())
    }

    /// From now on an account comes to an event.
    pub(super) fn comes(&self, account: AccountId, event: EventId) {
        let mut seats = self.seats();
        for number in seats.of(account) {
            if let Some(taken) = seats.seats.get_mut(&number) {
                taken.rooms.insert(Room::Coming(event));
                seats.rooms.entry(Room::Coming(event)).or_default().insert(number);
            }
        }
    }

    /// From now on an account does not come to an event.
    pub(super) fn stays_away(&self, account: AccountId, event: EventId) {
        let mut seats = self.seats();
        for number in seats.of(account) {
            if let Some(taken) = seats.seats.get_mut(&number) {
                taken.rooms.remove(&Room::Coming(event));
                seats.leave_room(Room::Coming(event), number);
            }
        }
    }

    /// All lose their places.
    pub(super) fn empty(&self) {
        let mut seats = self.seats();
        seats.seats.clear();
        seats.rooms.clear();
    }

    /// Nothing is left half done under this lock, so a panic elsewhere does not make it unusable.
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn of(&self, account: AccountId) -> Vec<u64> {
        self.rooms.get(&Room::Account(account)).into_iter().flatten().copied().collect()
    }

    fn leave(&mut self, number: u64) {
        let rooms = self.seats.remove(&number).map(|taken| taken.rooms).unwrap_or_default();
        rooms.into_iter().for_each(|room| self.leave_room(room, number));
    }

    fn leave_room(&mut self, room: Room, number: u64) {
        if let Some(numbers) = self.rooms.get_mut(&room) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }
}

#[cfg(test)]
mod tests;
