//! Reading lists, page by page. Each goes along an index from where the page before ended, in chunks, each from behind
//! the last row of the one before. What a filter asks beyond the index is judged here, row by row, up to a maximum of
//! rows a page.

//!
//! Here are the events; `registrations` has those of an event, `people` those of somebody.

use std::collections::BTreeMap;

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join_all;
use headcount_core::event::{EventStatus, Registration};
use headcount_core::ids::{EventId, Millis, OrganizationId, RoleId, Seq};
use headcount_core::person::fold;
use headcount_core::view::EventView;
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::fault::Fault;
use super::load::Parameters;
use super::queries::{self, from_one_state};
use super::rows::{Columns, whole};
use crate::store::cursor::{self, Filling, Room};
use crate::store::listing::{EventPlace, lets_through, mentions};
use crate::store::read::{Dates, EventFilter, Head, Listed, Page, RegistrationView};
use crate::store::words::Word as _;
pub(super) use people::person_registrations;
pub(super) use registrations::registrations;

pub(super) mod people;
pub(super) mod registrations;

/// The order says all columns of the index, also the one that has but one value: only so it is known to be in order.
macro_rules! events {
    ($where:literal, $limit:literal) => {
        concat!(
            "select event_id, starts_at, status, visibility, slug, organization_id, teams from events where ",
            $where,
            " order by starts_at, event_id limit ",
            $limit
        )
    };
}

/// From $1 and $2 on, before $3.
pub(super) const DATED: &str = events!("(starts_at, event_id) > ($1, $2) and starts_at < $3", "$4");

pub(super) const DATED_OF_STATUS: &str =
    events!("status = $5 and (starts_at, event_id) > ($1, $2) and starts_at < $3", "$4");

pub(super) const UNDATED: &str = events!("starts_at is null and event_id > $1", "$2");

pub(super) const UNDATED_OF_STATUS: &str = events!("status = $3 and starts_at is null and event_id > $1", "$2");

pub(super) const TITLES: &str = "select event_id, title from event_texts where event_id = any($1::uuid[])";

/// The seq of an event and the names of its roles.
pub(super) const NAMES: &str = "select e.seq, r.role_id, r.name from events e join roles r on r.event_id = e.event_id \
     where e.event_id = $1 and r.event_id = $1";

/// Before every id: none is made that is zero.
const NO_ID: Uuid = Uuid::nil();
/// Events by their start.
pub(super) async fn events(
    client: &ClientWrapper,
    filter: &EventFilter,
    page: &Page,
    now: Millis,
) -> Result<Listed<EventView>, Fault> {
    let after: Option<EventPlace> = cursor::start(page)?;
    let status = filter.status.as_deref().map(EventStatus::of_word);
    if status == Some(None) {
        return Ok(Listed::nothing());
    }
    let question = async {
        let mut filling = Filling::new(page);
        find_events(client, filter, status.flatten(), after, &mut filling).await?;
        let (ids, next_cursor) = filling.finish();
        queries::prepare_shown(client).await?;
        let shown = try_join_all(ids.into_iter().map(|id| queries::shown(client, id))).await?;
        Ok((shown, next_cursor))
    };
    let (shown, next_cursor) = from_one_state(client, question).await?;
    Ok(Listed { items: shown.into_iter().flatten().map(|one| one.view(now)).collect(), next_cursor })
}

async fn find_events(
    client: &ClientWrapper,
    filter: &EventFilter,
    status: Option<EventStatus>,
    after: Option<EventPlace>,
    filling: &mut Filling<EventPlace, EventId>,
) -> Result<(), Fault> {
    let status = status.map(EventStatus::word);
    if filter.dates == Dates::Any && !matches!(after, Some((None, _))) {
        let first = (Some(filter.from.map_or(i64::MIN, |from| from.0)), NO_ID);
        let to = filter.to.map_or(i64::MAX, |to| to.0);
        let mut behind = Some(after.map_or(first, |after| after.max(first)));
        while let Some((start, id)) = behind {
            let many = rows_at_once(filling)?;
            let found = match &status {
                Some(status) => ask(client, DATED_OF_STATUS, &[&start, &id, &to, &many, status]).await?,
                None => ask(client, DATED, &[&start, &id, &to, &many]).await?,
            };
            behind = filling.look_at_chunk(judged(client, filter, &found).await?);
        }
    }
    if filling.room() == Room::Left && filter.to.is_none() {
        let mut behind = Some(after.filter(|(start, _)| start.is_none()).unwrap_or((None, NO_ID)));
        while let Some((_, id)) = behind {
            let many = rows_at_once(filling)?;
            let found = match &status {
                Some(status) => ask(client, UNDATED_OF_STATUS, &[&id, &many, status]).await?,
                None => ask(client, UNDATED, &[&id, &many]).await?,
            };
            behind = filling.look_at_chunk(judged(client, filter, &found).await?);
        }
    }
    Ok(())
}

/// Events with their places, and whether they are wanted.
async fn judged(
    client: &ClientWrapper,
    filter: &EventFilter,
    found: &[Row],
) -> Result<Vec<(EventPlace, Option<EventId>)>, Fault> {
    let text = filter.text.as_deref().map(fold);
    let mut titles = match &text {
        Some(_) => titles(client, found).await?,
        None => BTreeMap::new(),
    };
    let judge = |row: &Row| {
        let mut columns = Columns::of(row);
        let (id, start) = (columns.get()?, columns.get()?);
        let is_draft = columns.word::<EventStatus>()? == EventStatus::Draft;
        let visibility = columns.word()?;
        let texts = [titles.remove(&id), columns.get()?];
        let (event, organization) = (EventId(id), OrganizationId(columns.get()?));
        let head = Head { event, is_draft, visibility, organization, teams: columns.teams()? };
        let wanted = lets_through(filter, &head) && mentions(&texts, text.as_deref());
        Ok(((start, id), wanted.then_some(event)))
    };
    found.iter().map(judge).collect()
}

async fn titles(client: &ClientWrapper, events: &[Row]) -> Result<BTreeMap<Uuid, String>, Fault> {
    let ids: Vec<Uuid> = events.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let found = ask(client, TITLES, &[&ids]).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// What registrations are shown with.
struct Names {
    event: EventId,
    seq: Seq,
    roles: BTreeMap<RoleId, String>,
}

impl Names {
    /// Those of an event that is not there have no roles.
    async fn of(client: &ClientWrapper, event: EventId) -> Result<Names, Fault> {
        let mut names = Names { event, seq: Seq(0), roles: BTreeMap::new() };
        for row in ask(client, NAMES, &[&event.0]).await? {
            let mut columns = Columns::of(&row);
            names.seq = columns.seq()?;
            names.roles.insert(RoleId(columns.get()?), columns.get()?);
        }
        Ok(names)
    }

    fn view(&self, one: Registration, position: Option<u64>) -> Result<RegistrationView, Fault> {
        let role_name = self.roles.get(&one.role).cloned();
        let role_name =
            role_name.ok_or_else(|| Fault::Unreadable(format!("{} is in a role that is not there", one.id)))?;
        Ok(RegistrationView { event: self.event, registration: one, role_name, position, seq: self.seq })
    }
}

fn rows_at_once<P: Serialize, T>(filling: &Filling<P, T>) -> Result<i64, Fault> {
    whole(filling.rows_at_once() as u64)
}

async fn ask(client: &ClientWrapper, sql: &str, values: Parameters<'_>) -> Result<Vec<Row>, Fault> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}
