//! A counter that is raised only where it is below the capacity: the database's own lock on that row is the arbiter.

use tokio_postgres::{Client, Error, Statement};

use super::{answer, parameters};
use crate::cli::bench::strategies::wish::{Answer, Wish};

/// One statement, which is one transaction and one round trip: raises the counter of the role if a place is free, and
/// inserts the registration for the row that this returns. If the person is in already, the unique index refuses the
/// insert and the counter falls back with it.
pub(super) struct Counter {
    take: Statement,
}

const TAKE: &str = "
    with place as (
        update roles set reserved = reserved + 1
        where event_id = $1 and role_id = $2 and reserved + 1 <= capacity
        returning event_id, role_id
    )
    insert into registrations
        (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
         link_version, created_at, name, email)
    select event_id, $3, role_id, $4, $5, 1, 'confirmed', 0, 0, 0, 1, $6, $7, $8
    from place";

impl Counter {
    pub(super) async fn prepare(client: &Client) -> Result<Counter, Error> {
        Ok(Counter { take: client.prepare(TAKE).await? })
    }

    pub(super) async fn ask(&self, client: &Client, wish: &Wish) -> Result<Answer, Error> {
        answer(client.execute(&self.take, &parameters(wish)).await)
    }
}
