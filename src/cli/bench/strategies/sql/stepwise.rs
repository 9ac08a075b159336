//! The same by small steps, as an application does that looks at each answer before it asks the next thing: every
//! statement is a round trip of its own, during which the lock is held.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Statement};

use super::parameters;
use crate::cli::bench::strategies::wish::{Answer, Wish};

/// What is done under `begin` before the insert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli::bench::strategies) enum Check {
    /// Lock the event's row, then count: five round trips.
    LockAndCount,
    /// Raise the role's counter where it is below the capacity: four round trips.
    Counter,
}

/// `begin`, the check, the insert, `commit`; `rollback` instead of the last two where there is no room.
pub(super) struct Stepwise {
    check: Vec<Statement>,
    insert: Statement,
}

const LOCK: &str = "select event_id from events where event_id = $1 and $2::uuid is not null for update";

const COUNT: &str = "select capacity > (select count(*) from registrations \
     where event_id = $1 and role_id = $2 and status = 'confirmed') from roles where event_id = $1 and role_id = $2";

const RAISE: &str = "with raised as (update roles set reserved = reserved + 1 \
     where event_id = $1 and role_id = $2 and reserved + 1 <= capacity returning 1) select exists (select from raised)";

const INSERT: &str = "insert into registrations \
     (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in, \
     link_version, created_at, name, email) \
     values ($1, $3, $2, $4, $5, 1, 'confirmed', 0, 0, 0, 1, $6, $7, $8)";

impl Stepwise {
    pub(super) async fn prepare(client: &Client, check: Check) -> Result<Stepwise, Error> {
        client.batch_execute("set session characteristics as transaction isolation level read committed").await?;
        let statements: &[&str] = match check {
            Check::LockAndCount => &[LOCK, COUNT],
            Check::Counter => &[RAISE],
        };
        let mut check = Vec::new();
        for sql in statements {
            check.push(client.prepare(sql).await?);
        }
        Ok(Stepwise { check, insert: client.prepare(INSERT).await? })
    }

    pub(super) async fn ask(&self, client: &Client, wish: &Wish) -> Result<Answer, Error> {
        client.batch_execute("begin").await?;
        let mut row = None;
        for statement in &self.check {
            row = Some(client.query_one(statement, &[&wish.event_id, &wish.role_id]).await?);
        }
        // The last check says whether there is room.
        if !row.is_some_and(|row| row.get(0)) {
            client.batch_execute("rollback").await?;
            return Ok(Answer::Full);
        }
        match client.execute(&self.insert, &parameters(wish)).await {
            Ok(_) => client.batch_execute("commit").await.map(|()| Answer::Confirmed),
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                client.batch_execute("rollback").await.map(|()| Answer::AlreadyIn)
            }
            Err(error) => Err(error),
        }
    }
}
