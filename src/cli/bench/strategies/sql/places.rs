//! A row for every place: whoever asks takes the first free one that nobody else is just taking.

use tokio_postgres::{Client, Error, Statement};

use super::{answer, parameters};
use crate::cli::bench::strategies::wish::{Answer, Wish};

/// One statement, which is one transaction and one round trip: finds the first free place by its own small index,
/// passes over those that others hold, writes the registration's id on it, and inserts the registration. If the person
/// is in already, the unique index refuses the insert and the place is free again.
pub(super) struct Places {
    take: Statement,
}

const TAKE: &str = "
    with free as (
        select event_id, role_id, place from places
        where event_id = $1 and role_id = $2 and registration_id is null
        order by place limit 1
        for update skip locked
    ), taken as (
        update places set registration_id = $3 from free
        where places.event_id = free.event_id and places.role_id = free.role_id and places.place = free.place
        returning places.event_id, places.role_id
    )
    insert into registrations
        (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
         link_version, created_at, name, email)
    select event_id, $3, role_id, $4, $5, 1, 'confirmed', 0, 0, 0, 1, $6, $7, $8
    from taken";

impl Places {
    pub(super) async fn prepare(client: &Client) -> Result<Places, Error> {
        Ok(Places { take: client.prepare(TAKE).await? })
    }

    pub(super) async fn ask(&self, client: &Client, wish: &Wish) -> Result<Answer, Error> {
        answer(client.execute(&self.take, &parameters(wish)).await)
    }
}
