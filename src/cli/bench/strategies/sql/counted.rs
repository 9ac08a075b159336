//! Count the registrations and insert one more if there is room. The statement is always the same; what makes it exact,
//! or not, is the guard around it.

use std::time::Duration;

use futures_util::future::join4;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Row, Statement};

use super::parameters;
use crate::cli::bench::strategies::wish::{Answer, Answered, Wish};
use crate::cli::loadtest::people::Random;

/// What keeps two requests from counting the same registrations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli::bench::strategies) enum Guard {
    /// Nothing: both find the last place free.
    None,
    /// A lock on the event's row, held until the commit.
    Row,
    /// A lock on a number that stands for the event, held until the commit.
    Advisory,
    /// The database finds out afterwards, and one of the two begins anew.
    Serializable,
}

/// Without a lock the statement is the transaction: one round trip. With a lock, `begin`, the lock, the statement and
/// `commit` are sent together: one round trip too, in which each statement sees what was committed before it began,
/// and so the count what the holder before has written.
pub(super) struct Counted {
    guard: Guard,
    lock: Option<Statement>,
    insert: Statement,
}

/// How often a transaction that could not be serialized is begun anew before its person is told to try again.
const RETRIES_MAX: u32 = 100;
/// The longest wait before that, so that those who got in each other's way do not meet again.
const BACK_OFF_MAX: Duration = Duration::from_millis(50);

const LOCK_ROW: &str = "select event_id from events where event_id = $1 for update";

const LOCK_ADVISORY: &str = "select pg_advisory_xact_lock($1)";

const INSERT_IF_ROOM: &str = "
    with room as (
        select event_id, role_id,
               capacity > (select count(*) from registrations
                           where event_id = $1 and role_id = $2 and status = 'confirmed') as is_free
        from roles where event_id = $1 and role_id = $2
    ), entered as (
        insert into registrations
            (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
             link_version, created_at, name, email)
        select event_id, $3, role_id, $4, $5, 1, 'confirmed', 0, 0, 0, 1, $6, $7, $8
        from room where is_free
        on conflict (event_id, person, role_id) where ended_seq = 0 do nothing
        returning 1
    )
    select is_free, exists (select from entered) from room";

impl Counted {
    pub(super) async fn prepare(client: &Client, guard: Guard) -> Result<Counted, Error> {
        let (level, lock) = match guard {
            Guard::None => ("read committed", None),
            Guard::Row => ("read committed", Some(client.prepare(LOCK_ROW).await?)),
            Guard::Advisory => ("read committed", Some(client.prepare(LOCK_ADVISORY).await?)),
            Guard::Serializable => ("serializable", None),
        };
        client.batch_execute(&format!("set session characteristics as transaction isolation level {level}")).await?;
        Ok(Counted { guard, lock, insert: client.prepare(INSERT_IF_ROOM).await? })
    }

    pub(super) async fn ask(&self, client: &Client, wish: &Wish) -> Result<Answered, Error> {
        let mut retries = 0;
        loop {
            match self.attempt(client, wish).await {
                Ok(answer) => return Ok(Answered { answer, retries }),
                Err(error) if !is_conflict(&error) => return Err(error),
                Err(_) if retries == RETRIES_MAX => return Ok(Answered { answer: Answer::TryAgain, retries }),
                Err(_) => {
                    retries += 1;
                    tokio::time::sleep(back_off(retries)).await;
                }
            }
        }
    }

    async fn attempt(&self, client: &Client, wish: &Wish) -> Result<Answer, Error> {
        let Some(lock) = &self.lock else { return self.insert(client, wish).await };
        let number = advisory_number(wish);
        let by_row = async { client.execute(lock, &[&wish.event_id]).await };
        let by_number = async { client.execute(lock, &[&number]).await };
        let lock = async { if self.guard == Guard::Row { by_row.await } else { by_number.await } };
        let (begun, locked, inserted, committed) =
            join4(client.batch_execute("begin"), lock, self.insert(client, wish), client.batch_execute("commit")).await;
        begun?;
        locked?;
        let answer = inserted?;
        committed?;
        Ok(answer)
    }

    async fn insert(&self, client: &Client, wish: &Wish) -> Result<Answer, Error> {
        Ok(answer(&client.query_one(&self.insert, &parameters(wish)).await?))
    }
}

fn answer(row: &Row) -> Answer {
    match (row.get(0), row.get(1)) {
        (true, true) => Answer::Confirmed,
        (true, false) => Answer::AlreadyIn,
        (false, _) => Answer::Full,
    }
}

fn is_conflict(error: &Error) -> bool {
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// Anywhere up to a bound that doubles with every attempt.
fn back_off(attempt: u32) -> Duration {
    let bound = Duration::from_millis(1 << attempt.min(10)).min(BACK_OFF_MAX);
    let micros = u64::try_from(bound.as_micros()).expect("at most some milliseconds");
    Duration::from_micros(Random::new().below(micros))
}

/// The number that stands for an event: the random half of its id.
fn advisory_number(wish: &Wish) -> i64 {
    i64::from_be_bytes(wish.event_id.as_u64_pair().1.to_be_bytes())
}
