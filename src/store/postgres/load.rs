//! The first round trip: locks the event, then reads what the batch needs.
//!
//! Everything is sent at once, in a fixed order. The lock stands alone in its statement, without join, subquery or
//! clock: those would show the state before the wait. Every statement after it is one of its own, so that it sees what
//! was committed before the lock was granted.

use std::collections::BTreeMap;

use deadpool_postgres::ClientWrapper;
use futures_util::{TryFutureExt as _, try_join};
use headcount_core::command::{EventNeeds, Needs};
use headcount_core::event::{Registration, Status};
use headcount_core::ids::{EventId, Millis, RoleId, Spots};
use headcount_core::working_set::{EventState, KeyId, StoredKey, WorkingSet};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, Columns, event_columns, registration_columns, role_columns};
use crate::store::batch::{self, WITH_PLACES};
use crate::store::words::Word as _;

macro_rules! begin {
    ($more:literal) => {
        concat!(
            "begin isolation level read committed; \
             set local idle_in_transaction_session_timeout = '3s'; \
             set local tcp_user_timeout = '3s'; \
             set local lock_timeout = '4s'; \
             set local statement_timeout = '5s'",
            $more
        )
    };
}

/// The level is said here, so that the default of the database, the role or a pooler means nothing. Whoever holds the
/// lock and falls silent loses it before those who wait for it give up: also in the midst of an answer, when the server
/// does not count him as idle (it looks for that only where it runs on Linux, and not on a unix socket).
pub(super) const BEGIN: &str = begin!("");

/// As [`BEGIN`]; and plans are made once, as values do not change which one is right, and along an index, as nothing here
/// is looked for without one; that holds for what foreign keys ask, too. Not where Citus plans: the value of `event_id`
/// says to it on which worker a statement runs.
pub(super) const BEGIN_WITH_FIXED_PLANS: &str =
    begin!("; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off");

pub(super) const LOCK_EVENT: &str =
    concat!("select ", event_columns!(), " from events where event_id = $1 for no key update");

pub(super) const EVENT: &str = concat!("select ", event_columns!(), " from events where event_id = $1");

pub(super) const CLOCK: &str = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";

pub(super) const ROLES: &str = concat!("select ", role_columns!(), " from roles where event_id = $1");

pub(super) const KEYS: &str = "select k.who, k.key, k.fingerprint, k.outcome, k.at from \
     unnest($2::text[], $3::text[]) as wanted(who, key) cross join lateral ( \
         select who, key, fingerprint, outcome, at from idempotency_keys \
         where event_id = $1 and who = wanted.who and key = wanted.key offset 0 \
     ) as k";

pub(super) const REGISTRATION: &str =
    concat!("select ", registration_columns!(), " from registrations where event_id = $1 and registration_id = $2");

/// Those named, the active ones of the same persons and of the persons named, and all of those whose history is asked
/// for; some may come twice. `offset 0` has
/// each looked up on its own, however few registrations the planner believes the event to have.
pub(super) const REGISTRATIONS: &str = concat!(
    "with named as materialized (select found.* from unnest($2::uuid[]) as wanted(id) cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and registration_id = wanted.id offset 0) as found), \
     people as (select person from named union select unnest($3::text[])) \
     select * from named union all select found.* from people cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and person = people.person and ended_seq = 0 offset 0) as found \
     union all select found.* from unnest($4::text[]) as history(person) cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and person = history.person offset 0) as found"
);

/// Of each role in which somebody waits, and of each size of a party, the earliest $2. Jumps from role to role and from
/// size to size along the index.
pub(super) const WAITING: &str = concat!(
    "with recursive sizes(role_id, spots) as ( \
         (select role_id, spots from registrations where event_id = $1 and status = 'waitlisted' \
          order by role_id, spots limit 1) \
       union all \
         select next.role_id, next.spots from sizes cross join lateral ( \
             select role_id, spots from registrations where event_id = $1 and status = 'waitlisted' \
             and (role_id, spots) > (sizes.role_id, sizes.spots) order by role_id, spots limit 1 \
         ) as next \
     ) select earliest.* from sizes cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and role_id = sizes.role_id and spots = sizes.spots \
     and status = 'waitlisted' order by wait_seq limit $2) as earliest"
);

pub(super) const SLUGS: &str = "select slug, event_id from slugs where slug = any($1::text[])";

pub(super) const RECOUNT: &str = "select role_id, \
     coalesce(sum(spots) filter (where status in ('confirmed', 'held')), 0)::bigint, \
     count(*) filter (where status = 'waitlisted'), count(*) from registrations where event_id = $1 group by role_id";

pub(super) const LATEST_WITH_PLACES: &str = concat!(
    "select latest.* from unnest($2::uuid[], $3::bigint[]) as cut(role_id, many) \
     cross join unnest($4::text[]) as standing(status) cross join lateral (select ",
    registration_columns!(),
    " from registrations where event_id = $1 and role_id = cut.role_id and status = standing.status \
     order by wait_seq desc limit cut.many) as latest"
);

pub(super) const WAITING_BETWEEN: &str = "select count(*) from registrations \
     where event_id = $1 and role_id = $2 and status = 'waitlisted' and wait_seq > $3 and wait_seq <= $4";

/// Parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Everything that `needs` names of its one event, and the database's time after the lock was granted. A cut needs what
/// was just read, so it costs one more round trip.
pub(super) async fn working_set(
    client: &ClientWrapper,
    begin: &str,
    event: EventId,
    wanted: &EventNeeds,
    needs: &Needs,
) -> Result<(Millis, WorkingSet), Fault> {
    let (now, mut set) = first_round(client, begin, event, wanted, needs).await?;
    if !wanted.cuts.is_empty()
        && let Some(state) = set.events.get_mut(&event)
    {
        cuts(client, state, wanted).await?;
    }
    Ok((now, set))
}

async fn first_round(
    client: &ClientWrapper,
    begin: &str,
    event: EventId,
    wanted: &EventNeeds,
    needs: &Needs,
) -> Result<(Millis, WorkingSet), Fault> {
    let statements = Statements::prepare(client).await?;
    let (who, key): (Vec<&str>, Vec<&str>) = wanted.keys.iter().map(|(who, key)| (who.as_str(), key.as_str())).unzip();
    let named: Vec<Uuid> = wanted.registrations.iter().map(|id| id.0).collect();
    let persons: Vec<&str> = wanted.persons.iter().map(String::as_str).collect();
    let histories: Vec<&str> = wanted.histories.iter().map(String::as_str).collect();
    let slugs: Vec<&str> = needs.slugs.iter().map(String::as_str).collect();
    let each = load_each(wanted.waiting_each);
    let of_event: Parameters = &[&event.0];
    let of_keys: Parameters = &[&event.0, &who, &key];
    let of_registrations: Parameters = &[&event.0, &named, &persons, &histories];
    let of_nobody = named.is_empty() && persons.is_empty() && histories.is_empty();
    let of_waiting: Parameters = &[&event.0, &each];
    let of_slugs: Parameters = &[&slugs];
    // The order of these is the order in which they are sent. The first that fails tells why; what comes after it only
    // says that the transaction has failed.
    let ((), locked, now, roles, keys, registrations, waiting, slugs, recount) = try_join!(
        client.batch_execute(begin).err_into(),
        client.query(&statements.lock_event, of_event).err_into(),
        client.query_one(&statements.clock, &[]).err_into(),
        client.query(&statements.roles, of_event).err_into(),
        asked(!who.is_empty(), client.query(&statements.keys, of_keys)),
        asked(!of_nobody, client.query(&statements.registrations, of_registrations)),
        client.query(&statements.waiting, of_waiting).err_into(),
        asked(!slugs.is_empty(), client.query(&statements.slugs, of_slugs)),
        asked(wanted.recount, client.query(&statements.recount, of_event)),
    )?;
    let now = Columns::of(&now).millis()?;
    let mut set = WorkingSet::default();
    for row in &slugs {
        let mut columns = Columns::of(row);
        set.slugs.insert(columns.get()?, EventId(columns.get()?));
    }
    for row in &keys {
        let (id, stored) = stored_key(event, row)?;
        set.keys.insert(id, stored);
    }
    if let Some(row) = locked.first() {
        let mut state = event_state(row, &roles, &waiting, each)?;
        for row in &registrations {
            keep(&mut state, [rows::registration(&mut Columns::of(row))?]);
        }
        if wanted.recount {
            recounted(&mut state, &recount)?;
        }
        set.events.insert(event, state);
    }
    Ok((now, set))
}

/// One more of each than is kept tells whether that is all there are.
pub(super) fn load_each(waiting_each: usize) -> i64 {
    i64::try_from(waiting_each.max(1)).unwrap_or(i64::MAX - 1) + 1
}

/// A question that is asked only if its answer is needed.
async fn asked(needed: bool, question: impl Future<Output = Result<Vec<Row>, Error>>) -> Result<Vec<Row>, Fault> {
    if needed { Ok(question.await?) } else { Ok(Vec::new()) }
}

/// The statements of the first round; after the first time they are there already.
struct Statements {
    lock_event: Statement,
    clock: Statement,
    roles: Statement,
    keys: Statement,
    registrations: Statement,
    waiting: Statement,
    slugs: Statement,
    recount: Statement,
}

impl Statements {
    async fn prepare(client: &ClientWrapper) -> Result<Statements, Fault> {
        Ok(Statements {
            lock_event: client.prepare_cached(LOCK_EVENT).await?,
            clock: client.prepare_cached(CLOCK).await?,
            roles: client.prepare_cached(ROLES).await?,
            keys: client.prepare_cached(KEYS).await?,
            registrations: client.prepare_cached(REGISTRATIONS).await?,
            waiting: client.prepare_cached(WAITING).await?,
            slugs: client.prepare_cached(SLUGS).await?,
            recount: client.prepare_cached(RECOUNT).await?,
        })
    }
}

/// An event with its roles and the head of its waitlist, of which `each` were asked for.
pub(super) fn event_state(event: &Row, roles: &[Row], waiting: &[Row], each: i64) -> Result<EventState, Fault> {
    let roles: Vec<_> = roles.iter().map(|row| rows::role(&mut Columns::of(row))).collect::<Result<_, _>>()?;
    let mut state = EventState::loaded(rows::event(event)?, roles);
    let mut lists: BTreeMap<(RoleId, Spots), Vec<Registration>> = BTreeMap::new();
    for row in waiting {
        let one = rows::registration(&mut Columns::of(row))?;
        lists.entry((one.role, one.spots)).or_default().push(one);
    }
    for ((role, spots), mut found) in lists {
        let is_whole = i64::try_from(found.len()).is_ok_and(|found| found < each);
        if !is_whole {
            found.pop();
        }
        state.queue.load(role, spots, found.iter().map(|one| (one.wait_seq, one.id)).collect(), is_whole);
        keep(&mut state, found);
    }
    Ok(state)
}

pub(super) fn stored_key(event: EventId, row: &Row) -> Result<(KeyId, StoredKey), Fault> {
    let mut columns = Columns::of(row);
    let id = KeyId { event, who: columns.get()?, key: columns.get()? };
    let fingerprint = columns.bytes()?;
    let outcome: &str = columns.get()?;
    let outcome = serde_json::from_str(outcome)
        .map_err(|error| Fault::Unreadable(format!("the outcome under an idempotency key: {error}")))?;
    Ok((id, StoredKey { fingerprint, outcome, at: columns.millis()? }))
}

/// The latest parties that have places.
async fn cuts(client: &ClientWrapper, state: &mut EventState, wanted: &EventNeeds) -> Result<(), Fault> {
    let statement = client.prepare_cached(LATEST_WITH_PLACES).await?;
    let needed = batch::latest_needed(state, &wanted.cuts);
    let (roles, many): (Vec<Uuid>, Vec<i64>) = needed.into_iter().map(|(role, many)| (role.0, many)).unzip();
    let statuses = WITH_PLACES.map(Status::word);
    for row in client.query(&statement, &[&state.event.id.0, &roles, &many, &statuses.as_slice()]).await? {
        keep(state, [rows::registration(&mut Columns::of(&row))?]);
    }
    Ok(())
}

/// The counters of each role as its registrations give them, O(registrations).
fn recounted(state: &mut EventState, counted: &[Row]) -> Result<(), Fault> {
    state.recount = state.roles.keys().map(|role| (*role, Default::default())).collect();
    for row in counted {
        let mut columns = Columns::of(row);
        state.recount.insert(RoleId(columns.get()?), rows::counters(&mut columns)?);
    }
    Ok(())
}

fn keep(state: &mut EventState, found: impl IntoIterator<Item = Registration>) {
    state.registrations.extend(found);
}
