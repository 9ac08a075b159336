//! Listing somebody's registrations over all events.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join_all;
use futures_util::join;
use headcount_core::event::Registration;
use headcount_core::ids::EventId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{NAMES, NO_ID, Names, ask, rows_at_once};
use crate::store::cursor::{Filling, Room};
use crate::store::listing::{PersonPlace, keys_and_start};
use crate::store::postgres::fault::Fault;
use crate::store::postgres::load::{Parameters, WAITING_BETWEEN};
use crate::store::postgres::queries::{self, from_one_state};
use crate::store::postgres::rows::{self, Columns, registration_columns, whole};
use crate::store::read::{Listed, Page, PersonCounts, PersonRef, RegistrationView};

/// From $1 to $4 on, before the key $5.
pub(in crate::store::postgres) const OF_PERSON: &str = concat!(
    "select event_id, ",
    registration_columns!(),
    " from registrations where (person, event_id, role_id, ended_seq) > ($1, $2, $3, $4) and person < $5 \
     order by person, event_id, role_id, ended_seq limit $6"
);

pub(in crate::store::postgres) const COUNTS_OF_PERSON: &str = "select count(*) filter (where status = 'confirmed'), \
     count(*) filter (where status = 'held'), count(*) filter (where status = 'waitlisted'), \
     count(*) filter (where ended_seq <> 0) \
     from registrations where person >= $1 and person < $2";

/// Someone's registrations over all events.
pub(in crate::store::postgres) async fn person_registrations(
    client: &ClientWrapper,
    person: &PersonRef,
    page: &Page,
) -> Result<(PersonCounts, Listed<RegistrationView>), Fault> {
    let (ranges, after) = keys_and_start(person, page)?;
    let question = async {
        let mut filling = Filling::new(page);
        let finding = find_keys(client, &ranges, after.as_ref(), &mut filling);
        let (counts, found) = join!(counts_of_person(client, &ranges), finding);
        found?;
        let (found, next_cursor) = filling.finish();
        Ok((counts?, Listed { items: views(client, found).await?, next_cursor }))
    };
    from_one_state(client, question).await
}

async fn find_keys(
    client: &ClientWrapper,
    ranges: &[Range<String>],
    after: Option<&PersonPlace>,
    filling: &mut Filling<PersonPlace, (EventId, Registration)>,
) -> Result<(), Fault> {
    for keys in ranges {
        let start = match after {
            Some(after) if after.0 >= keys.end => continue,
            Some(after) if after.0 >= keys.start => after.clone(),
            _ => (keys.start.clone(), NO_ID, NO_ID, 0),
        };
        let mut behind = Some(start);
        while let Some((key, event, role, ended)) = behind {
            let values: Parameters = &[&key, &event, &role, &whole(ended)?, &keys.end, &rows_at_once(filling)?];
            let found = ask(client, OF_PERSON, values).await?;
            behind = filling.look_at_chunk(found.iter().map(of_person).collect::<Result<_, _>>()?);
        }
        if filling.room() == Room::Full {
            break;
        }
    }
    Ok(())
}

fn of_person(row: &Row) -> Result<(PersonPlace, Option<(EventId, Registration)>), Fault> {
    let mut columns = Columns::of(row);
    let event = EventId(columns.get()?);
    let one = rows::registration(&mut columns)?;
    let place = (one.person.key.clone(), event.0, one.role.0, one.ended_seq.0);
    Ok((place, Some((event, one))))
}

async fn counts_of_person(client: &ClientWrapper, ranges: &[Range<String>]) -> Result<PersonCounts, Fault> {
    let statement = client.prepare_cached(COUNTS_OF_PERSON).await?;
    let each: Vec<[&(dyn ToSql + Sync); 2]> = ranges.iter().map(|keys| [&keys.start as _, &keys.end as _]).collect();
    let mut sum = PersonCounts { confirmed: 0, held: 0, waitlisted: 0, ended: 0 };
    for row in try_join_all(each.iter().map(|keys| client.query_one(&statement, keys))).await? {
        let mut columns = Columns::of(&row);
        sum.confirmed += columns.number::<u64>()?;
        sum.held += columns.number::<u64>()?;
        sum.waitlisted += columns.number::<u64>()?;
        sum.ended += columns.number::<u64>()?;
    }
    Ok(sum)
}

/// Registrations of several events as they are shown; what is asked of the events is sent at once.
async fn views(client: &ClientWrapper, found: Vec<(EventId, Registration)>) -> Result<Vec<RegistrationView>, Fault> {
    // Else each of those sent at once would prepare the same.
    client.prepare_cached(NAMES).await?;
    client.prepare_cached(WAITING_BETWEEN).await?;
    let events: BTreeSet<EventId> = found.iter().map(|(event, _)| *event).collect();
    let (names, positions) = join!(
        try_join_all(events.iter().map(|event| Names::of(client, *event))),
        try_join_all(found.iter().map(|(event, one)| queries::position(client, *event, one))),
    );
    let names: BTreeMap<EventId, Names> = events.into_iter().zip(names?).collect();
    let shown = found.into_iter().zip(positions?);
    shown.map(|((event, one), position)| names[&event].view(one, position)).collect()
}
