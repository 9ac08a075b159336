//! The table of what is to be mailed. A row is written in the transaction of its cause, so that there is no mail about what
//! did not happen and none missing about what did; what is done with it afterwards stands here.
//!
//! `sent_at` is set when a row is done with: it was sent, it had become pointless, or, where `problem` says why, it was given
//! up. The address goes then.

use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use uuid::Uuid;

use crate::store::script::{Row, Script};
use crate::store::{Readers, StoreError};
use crate::values;

/// Rows that are taken up at a time.
pub(super) const ROWS_AT_ONCE: i64 = 16;
/// For how long a row belongs to who took it. Longer than handing it over takes at most: four steps, see `transport`.
const LEASE_MS: i64 = 150_000;
/// How long to wait after the first, second … attempt that failed, in minutes: two days in all.
const PAUSES_MINUTES: [i64; 9] = [1, 5, 15, 60, 180, 360, 720, 720, 720];
/// When to look again whether it is an order's turn.
const TURN_MS: i64 = 1_000;
/// For how long it is tried at most where the mail server cannot be reached at all.
const AGE_MS_MAX: i64 = 2 * DAY_MS;
/// For how long it is remembered what was done.
const KEPT_MS: i64 = 30 * DAY_MS;
/// The same for what anybody may ask for as often as they like.
const KEPT_MS_OF_SEARCHES: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Orders that may be undone that are shown.
const PENDING_MAX: i64 = 200;
/// Problems that are shown.
const PROBLEMS_MAX: i64 = 50;
/// Rows that should have been sent that are counted.
const OVERDUE_MAX: i64 = 10_000;
/// Old rows that are removed in one step.
const REMOVED_AT_ONCE: i64 = 500;

const ADD: &str = "insert into outbox \
     (message_id, template, event_id, registration_id, account_id, link_id, address, role_id, created_at, due_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict do nothing";
const DUE: &str = "select message_id, template, event_id, registration_id, account_id, link_id, address, created_at, due_at, \
     attempts, role_id, seq, stood from outbox where sent_at is null and due_at <= $1 order by due_at limit $2";
const TAKE: &str = "update outbox set due_at = $1, attempts = attempts + 1 \
     where message_id = $2 and sent_at is null and due_at = $3 and attempts = $4";
const DONE: &str =
    "update outbox set sent_at = $1, problem = $2, address = null where message_id = $3 and sent_at is null";
const LATER: &str =
    "update outbox set due_at = $1, problem = $2 where message_id = $3 and sent_at is null and attempts = $4";
const NOT_YET: &str = "update outbox set due_at = $1 where message_id = $2 and sent_at is null and due_at = $3";
const EARLIER: &str = "select message_id from outbox where event_id = $1 and registration_id = $2 \
     and sent_at is null and stood is not null and seq < $3 limit 1";
const TOLD: &str = "update outbox set sent_at = $1 where event_id = $2 and registration_id = $3 \
     and sent_at is null and stood is not null and seq <= $4";
const OVERDUE: &str = "select count(*), min(created_at) from (select created_at from outbox \
     where sent_at is null and (due_at <= $1 or attempts > 0) order by due_at limit $2) overdue";
const PENDING: &str = "select message_id, template, registration_id, role_id, due_at from outbox \
     where event_id = $1 and sent_at is null and stood is not null and attempts = 0 order by due_at, seq limit $2";
const WITHDRAW: &str = "update outbox set sent_at = $1 where message_id = $2 and event_id = $3 \
     and sent_at is null and stood is not null and attempts = 0";
const TOO_OLD: &str = "update outbox set sent_at = $1, problem = $2, address = null \
     where sent_at is null and due_at <= $1 and created_at < $3";
const REMOVE: &str = "delete from outbox where message_id in (select message_id from outbox \
     where sent_at < $2 and (sent_at < $1 or template = 'my_sign_ups') limit $3)";

const WAITING: &str = "select count(*), min(created_at) from outbox where sent_at is null";
const GIVEN_UP: &str = "select count(*) from outbox where sent_at is not null and problem is not null";
const PROBLEMS: &str = "select message_id, template, attempts, problem, created_at, sent_at from outbox \
     where problem is not null order by created_at desc limit $1";

/// What is to be mailed. Ids only, wherever they lead to an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Also the Message-ID, so that a message that comes twice can be told.
    pub id: Uuid,
    /// What is to be said; see `letters`.
    pub template: &'static str,
    /// About which event, where it is about no registration.
    pub event: Option<EventId>,
    /// About which role of it; none: about all.
    pub role: Option<Uuid>,
    /// About which registration.
    pub registration: Option<(EventId, RegistrationId)>,
    /// To which account.
    pub account: Option<Uuid>,
    /// With which one-time link.
    pub link: Option<Uuid>,
    /// To which address, if nothing else leads to it.
    pub address: Option<String>,
}

impl Order {
    /// With this id and nothing but a template yet.
    pub fn new(id: Uuid, template: &'static str) -> Order {
        Order { id, template, event: None, role: None, registration: None, account: None, link: None, address: None }
    }
}

/// The statement that writes an order, to be part of the script of its cause. Of two with the same id one is written.
pub fn order(order: Order, now: Millis) -> Script {
    let Order { id, template, event, role, registration, account, link, address } = order;
    let (event_of, registration) = registration.unzip();
    let event = event_of.or(event);
    Script::default().step(ADD, values![id, template, event, registration, account, link, address, role, now])
}

/// An order that waits to be carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) template: String,
    pub(super) registration: Option<(EventId, RegistrationId)>,
    pub(super) account: Option<Uuid>,
    pub(super) link: Option<Uuid>,
    pub(super) address: Option<String>,
    pub(super) event: Option<EventId>,
    pub(super) role: Option<Uuid>,
    /// The log entry that caused it.
    pub(super) seq: Option<i64>,
    /// Where the registration stood before; only of what may be undone.
    pub(super) stood: Option<String>,
    due_at: i64,
    /// How often it was taken up.
    attempts: i64,
}

/// Orders that are due, the longest first.
pub(super) async fn due(readers: &Readers, now: Millis) -> Result<Vec<Due>, StoreError> {
    readers.rows(DUE, values![now, ROWS_AT_ONCE]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Due, StoreError> {
    Ok(Due {
        id: row.id(0)?,
        template: row.text(1)?,
        registration: row.opt_id(2)?.map(EventId).zip(row.opt_id(3)?.map(RegistrationId)),
        account: row.opt_id(4)?,
        link: row.opt_id(5)?,
        address: row.opt_text(6)?,
        event: row.opt_id(2)?.map(EventId),
        role: row.opt_id(10)?,
        seq: row.opt_int(11)?,
        stood: row.opt_text(12)?,
        due_at: row.int(8)?,
        attempts: row.int(9)?,
    })
}

impl Due {
    /// Takes it up: whoever else has seen it as due, here or at another node, comes too late. If nothing is heard of it,
    /// it is due again when the lease is over.
    pub(super) fn take(&self, now: Millis) -> Script {
        Script::default().one(TAKE, values![now.0 + LEASE_MS, self.id, self.due_at, self.attempts])
    }

    /// It was sent, or found to be pointless.
    pub(super) fn done(&self, now: Millis) -> Script {
        Script::default().step(DONE, values![now, None::<String>, self.id])
    }

    /// It is not its turn yet.
    pub(super) fn not_yet(&self, now: Millis) -> Script {
        Script::default().step(NOT_YET, values![now.0 + TURN_MS, self.id, self.due_at])
    }

    /// It never will be.
    pub(super) fn given_up(&self, problem: &str, now: Millis) -> Script {
        Script::default().step(DONE, values![now, problem, self.id])
    }

    /// When it is tried again after an attempt that failed; none if that was the last one.
    pub(super) fn next_at(&self, now: Millis) -> Option<Millis> {
        let pause = usize::try_from(self.attempts).ok().and_then(|attempts| PAUSES_MINUTES.get(attempts));
        pause.map(|minutes| Millis(now.0 + minutes * 60_000))
    }

    /// It is tried again.
    pub(super) fn later(&self, problem: &str, at: Millis) -> Script {
        Script::default().step(LATER, values![at, problem, self.id, self.attempts + 1])
    }
}

/// Whether something that is told before this one is still to be told of its registration.
pub(super) async fn waits_for_earlier(readers: &Readers, due: &Due) -> Result<bool, StoreError> {
    let (Some((event, registration)), Some(seq), true) = (due.registration, due.seq, due.stood.is_some()) else {
        return Ok(false);
    };
    Ok(!readers.rows(EARLIER, values![event, registration, seq]).await?.is_empty())
}

/// How a registration stood at `seq` is known to its holder: what could be undone until then need not be told any more.
pub(super) fn told(event: EventId, registration: RegistrationId, seq: Seq, now: Millis) -> Script {
    let seq = i64::try_from(seq.0).unwrap_or(i64::MAX);
    Script::default().step(TOLD, values![now, event, registration, seq])
}

/// What may still be undone, and so is not sent yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Also the Message-ID; of what goes to many, each has one of its own.
    pub id: Uuid,
    /// What is to be said.
    pub template: String,
    /// About which registration; none: it goes to many.
    pub registration: Option<RegistrationId>,
    /// Of what goes to many, to which role; none: to all.
    pub role: Option<RoleId>,
    /// When it is sent.
    pub due_at: Millis,
}

/// What may still be undone of an event, what is sent first before the rest; at most 200.
///
/// # Errors
/// If it cannot be read.
pub async fn pending(readers: &Readers, event: EventId) -> Result<Vec<Pending>, StoreError> {
    let one = |row: &Row| {
        Ok(Pending {
            id: row.id(0)?,
            template: row.text(1)?,
            registration: row.opt_id(2)?.map(RegistrationId),
            role: row.opt_id(3)?.map(RoleId),
            due_at: Millis(row.int(4)?),
        })
    };
    readers.rows(PENDING, values![event, PENDING_MAX]).await?.iter().map(one).collect()
}

/// Takes back what was not sent yet. Not met if there is nothing to take back.
pub fn withdraw(event: EventId, id: Uuid, now: Millis) -> Script {
    Script::default().one(WITHDRAW, values![now, id, event])
}

/// What operators see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// Orders that are still to be carried out.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Millis>,
    /// Orders that were given up because they could not be carried out, of those that are remembered.
    pub given_up: i64,
    /// The latest of these, and of those that have failed so far.
    pub problems: Vec<Problem>,
}

/// An order that was not carried out, or not yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Also the Message-ID.
    pub id: Uuid,
    /// What was to be said.
    pub template: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What happened.
    pub problem: String,
    /// When it was ordered.
    pub created_at: Millis,
    /// Whether it never will be carried out.
    pub is_given_up: bool,
}

/// How mailing goes. O(orders that are remembered).
///
/// # Errors
/// If it cannot be read.
pub async fn state(readers: &Readers) -> Result<State, StoreError> {
    let waiting = readers.rows(WAITING, Vec::new()).await?;
    let given_up = readers.rows(GIVEN_UP, Vec::new()).await?;
    let problem = |row: &Row| -> Result<Problem, StoreError> {
        Ok(Problem {
            id: row.id(0)?,
            template: row.text(1)?,
            attempts: row.int(2)?,
            problem: row.text(3)?,
            created_at: Millis(row.int(4)?),
            is_given_up: row.opt_int(5)?.is_some(),
        })
    };
    let problems =
        readers.rows(PROBLEMS, values![PROBLEMS_MAX]).await?.iter().map(problem).collect::<Result<_, _>>()?;
    let first = |rows: &[Row], column| rows.first().map_or(Ok(None), |row| row.opt_int(column));
    Ok(State {
        waiting: first(&waiting, 0)?.unwrap_or_default(),
        waiting_since: first(&waiting, 1)?.map(Millis),
        given_up: first(&given_up, 0)?.unwrap_or_default(),
        problems,
    })
}

/// What should have been sent by now, whether or not it was tried in vain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overdue {
    /// How many orders; at most 10,000.
    pub orders: usize,
    /// When the oldest of them was given.
    pub oldest: Option<Millis>,
}

/// What should have been sent by now. O(orders that wait).
///
/// # Errors
/// If the storage cannot be read.
pub async fn overdue(readers: &Readers, now: Millis) -> Result<Overdue, StoreError> {
    let rows = readers.rows(OVERDUE, values![now, OVERDUE_MAX]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.count(0))?;
    let oldest = rows.first().map_or(Ok(None), |row| row.opt_int(1))?;
    Ok(Overdue { orders: usize::try_from(count).unwrap_or(usize::MAX), oldest: oldest.map(Millis) })
}

/// Gives up what has waited for too long for a mail server that cannot be reached.
pub(super) fn give_up_old(problem: &str, now: Millis) -> Script {
    Script::default().step(TOO_OLD, values![now, problem, now.0 - AGE_MS_MAX])
}

/// Forgets some of what was done long ago.
pub(super) fn remove_old(now: Millis) -> Script {
    Script::default().step(REMOVE, values![now.0 - KEPT_MS, now.0 - KEPT_MS_OF_SEARCHES, REMOVED_AT_ONCE])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_two_days() {
        let due = |attempts| Due {
            id: Uuid::nil(),
            template: "verify".to_owned(),
            registration: None,
            account: None,
            link: None,
            address: None,
            event: None,
            role: None,
            seq: None,
            stood: None,
            due_at: 0,
            attempts,
        };
        let pauses: Vec<i64> = (0..).map_while(|attempts| due(attempts).next_at(Millis(0))).map(|at| at.0).collect();
        assert_eq!(pauses.len(), PAUSES_MINUTES.len());
        assert!(pauses.is_sorted() && pauses.iter().sum::<i64>() <= AGE_MS_MAX, "{pauses:?}");
    }
}
