//! Reading single things. Where more than one statement is needed they are sent at once, in a transaction that sees one
//! snapshot.

use std::collections::HashMap;

use deadpool_postgres::ClientWrapper;
use futures_util::{FutureExt as _, join};
use headcount_core::command::EventTexts;
use headcount_core::event::{EventStatus, Registration, Status};
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::{EventState, StoredKey};
use tokio_postgres::Row;
use uuid::Uuid;

use super::facts::NOTED;
use super::fault::Fault;
use super::load::{self, EVENT, KEYS, REGISTRATION, ROLES, WAITING, WAITING_BETWEEN};
use super::migrate;
use super::rows::{self, Columns};
use crate::store::read::{EventRef, FormOf, LogFilter, LogLine, RegistrationInEvent, RegistrationView, SeqsBetween};

/// Lines of a log that one answer holds at most.
const LOG_LINES_MAX: u32 = 10_000;
/// Of each role and party size the first says what is kept for those who wait.
const HEADS_ONLY: usize = 1;
/// Events that are looked up together.
const EVENTS_AT_ONCE: usize = 1_000;

/// One snapshot for all statements until [`END`]. Each goes along an index in its order: of how many rows it will find the
/// planner knows too little to look through all of them and sort them.
pub(super) const SNAPSHOT: &str = "begin isolation level repeatable read read only; \
     set local enable_seqscan = off; \
     set local enable_bitmapscan = off";
pub(super) const END: &str = "commit";
const GIVE_UP: &str = "rollback";

pub(super) const FORM_BY_ID: &str = "select event_id, status, slug, visibility, one_per, phone, phone_region, organization_id, teams \
     from events where event_id = $1";

pub(super) const SLUG: &str = "select event_id from slugs where slug = $1";

pub(super) const TEXTS: &str = "select title, description, location, contact, timezone, metadata \
     from event_texts where event_id = $1";

pub(super) const DESCRIPTIONS: &str = "select role_id, description from roles where event_id = $1";

/// `offset 0` has each text looked up on its own, however many the planner believes there to be.
pub(super) const LOG: &str = "select l.seq, l.at, l.actor, l.kind, l.registration_id, l.body, l.hash, t.text from ( \
         select seq, at, actor, kind, registration_id, body, hash from log where event_id = $1 and seq > $2 \
         order by seq limit $3 \
     ) as l left join lateral (select text from log_texts where event_id = $1 and seq = l.seq offset 0) as t on true \
     order by l.seq";

/// As [`LOG`], the newest first.
pub(super) const LOG_BACK: &str = "select l.seq, l.at, l.actor, l.kind, l.registration_id, l.body, l.hash, t.text from ( \
         select seq, at, actor, kind, registration_id, body, hash from log \
         where event_id = $1 and seq >= $2 and seq < $3 and ($4::uuid is null or registration_id = $4 \
         or kind = 'swapped' and position($4::uuid::text in body) > 0) and ($5::text is null or kind = $5) order by seq desc limit $6 \
     ) as l left join lateral (select text from log_texts where event_id = $1 and seq = l.seq offset 0) as t on true \
     order by l.seq desc";

pub(super) const SEQS: &str = "select event_id, seq from events where event_id = any($1::uuid[])";

pub(super) const DUE_VERIFICATIONS: &str = "select event_id, registration_id from registrations \
     where verify_by is not null and verify_by <= $1 order by verify_by, event_id, registration_id limit $2";

/// Where somebody waits and there are places.
pub(super) const WAITING_EVENTS: &str =
    "select event_id from events where waiting > 0 and (capacity is null or reserved < capacity)";

/// Of these, those with places in a role in which somebody waits.
pub(super) const UNSETTLED_EVENTS: &str = "select distinct event_id from roles where event_id = any($1::uuid[]) \
     and waiting > 0 and (capacity is null or reserved < capacity)";

/// What a request about an event is read under.
pub(super) async fn form(client: &ClientWrapper, event: &EventRef) -> Result<Option<FormOf>, Fault> {
    let id = match event {
        EventRef::Id(id) => id.0,
        EventRef::Slug(slug) => {
            let statement = client.prepare_cached(SLUG).await?;
            let Some(row) = client.query_opt(&statement, &[slug]).await? else { return Ok(None) };
            row.try_get(0)?
        }
    };
    let statement = client.prepare_cached(FORM_BY_ID).await?;
    let found = client.query_opt(&statement, &[&id]).await?.map(|row| read_form(&row)).transpose()?;
    // Between the two statements the slug may have gone to another event: then it is as if it was asked before.
    Ok(found)
}

/// What is remembered under an idempotency key.
pub(super) async fn stored_key(
    client: &ClientWrapper,
    event: EventId,
    who: &str,
    key: &str,
) -> Result<Option<StoredKey>, Fault> {
    let statement = client.prepare_cached(KEYS).await?;
    let row = client.query_opt(&statement, &[&event.0, &vec![who], &vec![key]]).await?;
    row.map(|row| load::stored_key(event, &row).map(|(_, stored)| stored)).transpose()
}

/// Answers a question from one snapshot. What the question sends first goes along with the beginning.
pub(super) async fn from_one_state<A>(
    client: &ClientWrapper,
    question: impl Future<Output = Result<A, Fault>>,
) -> Result<A, Fault> {
    let snapshot = Snapshot(client);
    let (begun, answer) = join!(client.batch_execute(SNAPSHOT), question);
    let ended = client.batch_execute(END).await;
    std::mem::forget(snapshot);
    begun?;
    let answer = answer?;
    ended?;
    Ok(answer)
}

/// Gives up the snapshot of a question that nobody waits for any more, as when a client hangs up. Else whoever is next
/// on this connection would see what was so then.
struct Snapshot<'a>(&'a ClientWrapper);

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // Looked at once it is sent; nobody needs its answer.
        let _ = self.0.batch_execute(GIVE_UP).now_or_never();
    }
}

/// An event as it is shown.
pub(super) async fn event(client: &ClientWrapper, id: EventId, now: Millis) -> Result<Option<EventView>, Fault> {
    let shown = from_one_state(client, shown(client, id)).await?;
    Ok(shown.map(|shown| shown.view(now)))
}

/// A registration with its event.
pub(super) async fn registration(
    client: &ClientWrapper,
    event: EventId,
    id: RegistrationId,
    now: Millis,
) -> Result<Option<RegistrationInEvent>, Fault> {
    let question = async {
        let statement = client.prepare_cached(REGISTRATION).await?;
        let ids: load::Parameters = &[&event.0, &id.0];
        let (shown, found) = join!(shown(client, event), client.query_opt(&statement, ids));
        let (Some(shown), Some(row)) = (shown?, found?) else { return Ok(None) };
        let registration = rows::registration(&mut Columns::of(&row))?;
        let position = position(client, event, &registration).await?;
        Ok(Some((shown, registration, position)))
    };
    let Some((shown, registration, position)) = from_one_state(client, question).await? else { return Ok(None) };
    let registration = registration_view(&shown.state, registration, position);
    Ok(Some(RegistrationInEvent { registration, event: shown.view(now) }))
}

/// A registration of a loaded event as it is shown.
pub(super) fn registration_view(state: &EventState, one: Registration, position: Option<u64>) -> RegistrationView {
    let role_name = state.role_of(&one).name.clone();
    RegistrationView { event: state.event.id, registration: one, role_name, position, seq: state.event.seq }
}

/// Lines of an event's log.
pub(super) async fn log(client: &ClientWrapper, event: EventId, after: Seq, limit: u32) -> Result<Vec<LogLine>, Fault> {
    // No log is that long: nothing comes after such a number.
    let Ok(after) = i64::try_from(after.0) else { return Ok(Vec::new()) };
    let statement = client.prepare_cached(LOG).await?;
    let found = client.query(&statement, &[&event.0, &after, &i64::from(limit.min(LOG_LINES_MAX))]).await?;
    found.iter().map(log_line).collect()
}

/// Lines of an event's log, the newest first.
pub(super) async fn log_back(
    client: &ClientWrapper,
    event: EventId,
    between: SeqsBetween,
    filter: &LogFilter,
    limit: u32,
) -> Result<Vec<LogLine>, Fault> {
    let [from, before] = [between.from, between.before].map(|seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
    let registration = filter.registration.map(|id| id.0);
    let limit = i64::from(limit.min(LOG_LINES_MAX));
    let statement = client.prepare_cached(LOG_BACK).await?;
    let found = client.query(&statement, &[&event.0, &from, &before, &registration, &filter.kind, &limit]).await?;
    found.iter().map(log_line).collect()
}

/// The seqs of events; those that are not there are left out.
pub(super) async fn seqs(client: &ClientWrapper, events: &[EventId]) -> Result<Vec<(EventId, Seq)>, Fault> {
    let statement = client.prepare_cached(SEQS).await?;
    let ids: Vec<Uuid> = events.iter().map(|event| event.0).collect();
    let mut found = Vec::new();
    for some in ids.chunks(EVENTS_AT_ONCE) {
        for row in client.query(&statement, &[&some]).await? {
            let mut columns = Columns::of(&row);
            found.push((EventId(columns.get()?), columns.seq()?));
        }
    }
    Ok(found)
}

/// The events in which somebody waits although not everything is taken.
pub(super) async fn unsettled_events(client: &ClientWrapper) -> Result<Vec<EventId>, Fault> {
    let (waiting, unsettled) =
        (client.prepare_cached(WAITING_EVENTS).await?, client.prepare_cached(UNSETTLED_EVENTS).await?);
    let waiting = client.query(&waiting, &[]).await?;
    let waiting: Vec<Uuid> = waiting.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for some in waiting.chunks(EVENTS_AT_ONCE) {
        for row in client.query(&unsettled, &[&some]).await? {
            found.push(EventId(row.try_get(0)?));
        }
    }
    Ok(found)
}

/// Registrations whose e-mail had to be verified by `now`, the longest overdue first.
pub(super) async fn due_verifications(
    client: &ClientWrapper,
    now: Millis,
    limit: u32,
) -> Result<Vec<(EventId, RegistrationId)>, Fault> {
    let statement = client.prepare_cached(DUE_VERIFICATIONS).await?;
    let found = client.query(&statement, &[&now.0, &i64::from(limit)]).await?;
    found.iter().map(|row| Ok((EventId(row.try_get(0)?), RegistrationId(row.try_get(1)?)))).collect()
}

/// Whether the database can be read, and has a layout that this version can read: a newer server may have changed it.
pub(super) async fn ping(client: &ClientWrapper) -> Result<(), Fault> {
    let statement = client.prepare_cached(NOTED).await?;
    let row = client.query_opt(&statement, &[&migrate::READABLE_FROM]).await?;
    let from: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    let known = migrate::MIGRATIONS.last().map_or(0, |last| last.number);
    match from.and_then(|from| from.parse::<i64>().ok()) {
        Some(from) if from <= known => Ok(()),
        from => Err(Fault::Unreadable(format!(
            "the layout can be read from {from:?} on, this version knows up to {known}: a newer version is needed"
        ))),
    }
}

/// Place of a waiting registration in its role's queue, 1 is next; none if it does not wait. O(place).
pub(super) async fn position(client: &ClientWrapper, event: EventId, one: &Registration) -> Result<Option<u64>, Fault> {
    if one.status != Status::Waitlisted {
        return Ok(None);
    }
    waiting_between(client, event, one.role, Seq(0), one.wait_seq).await.map(Some)
}

/// How many stand in the line of `role` after `after` up to and with `to`.
pub(super) async fn waiting_between(
    client: &ClientWrapper,
    event: EventId,
    role: RoleId,
    after: Seq,
    to: Seq,
) -> Result<u64, Fault> {
    let statement = client.prepare_cached(WAITING_BETWEEN).await?;
    let (after, to) = (rows::whole(after.0)?, rows::whole(to.0)?);
    let row = client.query_one(&statement, &[&event.0, &role.0, &after, &to]).await?;
    Columns::of(&row).number()
}

/// An event with what only those who read need.
pub(super) struct Shown {
    state: EventState,
    texts: EventTexts,
    descriptions: HashMap<RoleId, String>,
}

impl Shown {
    /// The event as it is shown.
    pub(super) fn view(mut self, now: Millis) -> EventView {
        self.state.view(self.texts, |role| self.descriptions.remove(&role).unwrap_or_default(), now)
    }
}

/// Has ready what [`shown`] sends, so that many of them at once do not each prepare the same.
pub(super) async fn prepare_shown(client: &ClientWrapper) -> Result<(), Fault> {
    for sql in [EVENT, ROLES, WAITING, TEXTS, DESCRIPTIONS] {
        client.prepare_cached(sql).await?;
    }
    Ok(())
}

/// An event with its roles, texts and the head of its waitlist, sent at once.
pub(super) async fn shown(client: &ClientWrapper, id: EventId) -> Result<Option<Shown>, Fault> {
    let texts = client.prepare_cached(TEXTS).await?;
    let descriptions = client.prepare_cached(DESCRIPTIONS).await?;
    let id_only: load::Parameters = &[&id.0];
    let (state, texts, descriptions) =
        join!(state(client, id), client.query_opt(&texts, id_only), client.query(&descriptions, id_only));
    let (Some(state), Some(texts)) = (state?, texts?) else { return Ok(None) };
    let described = |row: &Row| {
        let mut columns = Columns::of(row);
        Ok::<_, Fault>((RoleId(columns.get()?), columns.get()?))
    };
    let descriptions = descriptions?.iter().map(described).collect::<Result<_, _>>()?;
    Ok(Some(Shown { state, texts: read_texts(&texts)?, descriptions }))
}

/// An event with its roles and the head of its waitlist.
pub(super) async fn state(client: &ClientWrapper, id: EventId) -> Result<Option<EventState>, Fault> {
    let event = client.prepare_cached(EVENT).await?;
    let roles = client.prepare_cached(ROLES).await?;
    let waiting = client.prepare_cached(WAITING).await?;
    let each = load::load_each(HEADS_ONLY);
    let (id_only, of_waiting): (load::Parameters, load::Parameters) = (&[&id.0], &[&id.0, &each]);
    let (event, roles, waiting) =
        join!(client.query_opt(&event, id_only), client.query(&roles, id_only), client.query(&waiting, of_waiting));
    let (event, roles, waiting) = (event?, roles?, waiting?);
    event.map(|event| load::event_state(&event, &roles, &waiting, each)).transpose()
}

fn read_texts(row: &Row) -> Result<EventTexts, Fault> {
    let mut columns = Columns::of(row);
    Ok(EventTexts {
        title: columns.get()?,
        description: columns.get()?,
        location: columns.get()?,
        contact: columns.get()?,
        timezone: columns.get()?,
        metadata: columns.get()?,
    })
}

fn read_form(row: &Row) -> Result<FormOf, Fault> {
    let mut columns = Columns::of(row);
    let event = EventId(columns.get()?);
    let is_draft = columns.word::<EventStatus>()? == EventStatus::Draft;
    Ok(FormOf { event, form: rows::form(&mut columns)?, is_draft })
}

fn log_line(row: &Row) -> Result<LogLine, Fault> {
    let mut columns = Columns::of(row);
    Ok(LogLine {
        seq: columns.seq()?,
        at: columns.millis()?,
        actor: columns.get()?,
        kind: columns.get()?,
        registration: columns.optional_id()?.map(RegistrationId),
        body: columns.get()?,
        hash: columns.hash()?,
        text: columns.get()?,
    })
}
