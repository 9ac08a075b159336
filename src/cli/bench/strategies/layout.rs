//! Where the strategies work: headcount's own tables in a schema of their own, filled anew before every run.

use anyhow::{Context as _, bail, ensure};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::clock;
use crate::store::postgres::{self, Address, Connections};

/// The schema. It is made at the start and dropped at the end; nothing outside of it is touched.
pub(super) const SCHEMA: &str = "headcount_bench";

/// Stands at the schema as a comment: only what carries it is ever replaced.
const MARK: &str = "Made by headcount bench strategies, which drops it when it ends. Nothing in it is worth keeping.";

/// How often it is tried to drop it.
const DROPS_MAX: u32 = 5;

/// Registrations that are there before a run, in every hot event.
pub(super) const REGISTRATIONS_BEFORE: i64 = 1_000;

/// So many that hardly anybody waits for anybody there, with places enough for all.
const PRACTICE_EVENTS: u32 = 64;
const PRACTICE_PLACES: i64 = 1_000;

/// Of the one strategy that has a row for every place.
const PLACES: &str = "
    create table places (
        event_id uuid not null,
        role_id uuid not null,
        place bigint not null,
        registration_id uuid,
        primary key (event_id, role_id, place)
    );
    create index places_free on places (event_id, role_id, place) where registration_id is null";

/// An event that people want to get into, with its one role.
#[derive(Clone, Debug)]
pub(super) struct HotEvent {
    pub(super) event_id: Uuid,
    pub(super) role_id: Uuid,
    pub(super) slug: String,
}

/// The events of a run.
pub(super) struct Events {
    /// Those it is about.
    pub(super) hot: Vec<HotEvent>,
    /// Others, in which connections try out their statements first.
    pub(super) practice: Vec<HotEvent>,
}

/// What the tables hold when a run begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling {
    /// How many hot events.
    pub(super) events: u32,
    /// Places of each that nobody has yet.
    pub(super) places_free: i64,
    pub(super) place_rows: PlaceRows,
}

/// Whether every place has a row of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PlaceRows {
    None,
    OneEach,
}

/// What the tables say about a hot event after a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Outcome {
    pub(super) capacity: i64,
    /// Registrations that have a place, those from before the run included.
    pub(super) confirmed: i64,
}

/// Makes the schema, empty.
///
/// # Errors
/// If it is there already and must not be replaced, or cannot be made.
pub(super) async fn make(client: &Client, replace: Replace) -> anyhow::Result<()> {
    let found = client.query_opt(FIND_SCHEMA, &[&SCHEMA]).await?;
    match (found.map(|row| row.get::<_, Option<String>>(0)), replace) {
        (None, _) => {}
        (Some(Some(mark)), Replace::Ours) if mark == MARK => drop_schema(client).await?,
        (Some(Some(mark)), Replace::No) if mark == MARK => bail!(
            "there is a schema {SCHEMA} from another run in this database: wait until that ends, or, if it was \
             interrupted, start again with --replace"
        ),
        (Some(_), _) => bail!(
            "there is a schema {SCHEMA} in this database that headcount did not make: rename it, or name another \
             database with --database"
        ),
    }
    client
        .batch_execute(&format!("create schema {SCHEMA}; comment on schema {SCHEMA} is '{MARK}'"))
        .await
        .with_context(|| format!("cannot make the schema {SCHEMA}: use a role that may create one"))
}

/// Makes headcount's own tables there, as a server does, and the one of the strategy that has a row for every place.
/// Returns what is not as it should be with this database.
///
/// # Errors
/// If the database is not fit for headcount, or a table cannot be made.
pub(super) async fn make_tables(client: &Client, address: &Address) -> anyhow::Result<Vec<String>> {
    let opened = postgres::open(address, Connections::default()).await?;
    client.batch_execute(PLACES).await.context("cannot make the table of places")?;
    Ok(opened.warnings)
}

/// Whether what an interrupted run has left may be dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Replace {
    No,
    Ours,
}

/// Drops the schema with everything in it.
///
/// # Errors
/// If it cannot be dropped.
pub(super) async fn drop_schema(client: &Client) -> anyhow::Result<()> {
    let mut attempts = 1;
    loop {
        match client.batch_execute(&format!("drop schema {SCHEMA} cascade")).await {
            // After an interruption some may still be at work; whoever is in the other's way gives up.
            Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) && attempts < DROPS_MAX => {
                attempts += 1
            }
            dropped => return dropped.with_context(|| format!("cannot drop the schema {SCHEMA}: drop it by hand")),
        }
    }
}

/// Empties the tables and fills them with hot events, each with registrations that are there already.
///
/// # Errors
/// If the database fails.
pub(super) async fn fill(client: &Client, filling: Filling) -> anyhow::Result<Events> {
    client.batch_execute(EMPTY).await?;
    let hot = add_events(client, "hot", filling.events, REGISTRATIONS_BEFORE, filling.places_free).await?;
    let practice = add_events(client, "practice", PRACTICE_EVENTS, 0, PRACTICE_PLACES).await?;
    client.execute(FILL_TEXTS, &[]).await?;
    client.execute(FILL_REGISTRATIONS, &[&clock::now().0]).await?;
    if filling.place_rows == PlaceRows::OneEach {
        client.execute(FILL_PLACES, &[]).await?;
    }
    // Nobody's plan is to rest on what the tables held before.
    client.batch_execute("vacuum (analyze) events, roles, registrations, places").await?;
    Ok(Events { hot, practice })
}

async fn add_events(
    client: &Client,
    name: &str,
    count: u32,
    reserved: i64,
    places_free: i64,
) -> anyhow::Result<Vec<HotEvent>> {
    let event =
        |number| HotEvent { event_id: clock::new_id(), role_id: clock::new_id(), slug: format!("{name}-{number}") };
    let events: Vec<HotEvent> = (1..=count).map(event).collect();
    let event_ids: Vec<Uuid> = events.iter().map(|event| event.event_id).collect();
    let role_ids: Vec<Uuid> = events.iter().map(|event| event.role_id).collect();
    let slugs: Vec<&str> = events.iter().map(|event| event.slug.as_str()).collect();
    let (capacity, now) = (reserved + places_free, clock::now().0);
    client.execute(FILL_EVENTS, &[&event_ids, &slugs, &reserved, &now]).await?;
    client.execute(FILL_SLUGS, &[&event_ids, &slugs]).await?;
    client.execute(FILL_ROLES, &[&event_ids, &role_ids, &reserved, &capacity]).await?;
    Ok(events)
}

/// What came of every hot event, in their order.
///
/// # Errors
/// If the database fails, or an event is gone.
pub(super) async fn outcomes(client: &Client, events: &[HotEvent]) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        let row = client.query_one(OUTCOME, &[&event.event_id, &event.role_id]).await?;
        let twice: i64 = row.get(2);
        ensure!(twice == 0, "{twice} people are in one role twice, although an index forbids it");
        outcomes.push(Outcome { capacity: row.get(0), confirmed: row.get(1) });
    }
    Ok(outcomes)
}

const FIND_SCHEMA: &str = "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = $1::text";

const EMPTY: &str =
    "truncate events, slugs, event_texts, roles, registrations, log, log_texts, idempotency_keys, places";

const FILL_EVENTS: &str = "
    insert into events
        (event_id, slug, status, visibility, one_per, phone, waitlist_policy, max_skips, max_spots, roles_per_person,
         self_move, organization_id, teams, reserved, waiting, registrations, override_spots, seq, last_at, hash, revision)
    select event_id, slug, 'published', 'public', 'email', 'hidden', 'off', 3, 1, 1,
           false, '00000000-0000-0000-0000-000000000000', '', $3, 0, $3, 0, $3, $4, sha256(convert_to(slug, 'utf8')), 1
    from unnest($1::uuid[], $2::text[]) as hot (event_id, slug)";

const FILL_SLUGS: &str =
    "insert into slugs (event_id, slug) select * from unnest($1::uuid[], $2::text[]) as hot (event_id, slug)";

const FILL_TEXTS: &str = "
    insert into event_texts (event_id, title, description, location, contact, timezone, metadata)
    select event_id, 'A hot event', '', '', '', 'UTC', '{}' from events";

const FILL_ROLES: &str = "
    insert into roles
        (event_id, role_id, name, name_key, capacity, sort, min_needed, closed, reserved, waiting, registrations,
         override_spots)
    select event_id, role_id, 'Server', 'server', $4, 0, 0, false, $3, 0, $3, 0
    from unnest($1::uuid[], $2::uuid[]) as hot (event_id, role_id)";

const FILL_REGISTRATIONS: &str = "
    insert into registrations
        (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
         link_version, created_at, name, email)
    select event_id, gen_random_uuid(), role_id, 'email:' || email, substr(sha256(convert_to(email, 'utf8')), 1, 16),
           1, 'confirmed', number, 0, 0, 1, $1, 'Person ' || number, email
    from roles, generate_series(1::bigint, roles.reserved) as number,
         lateral (select md5(random()::text || role_id || number) || '@example.org' as email) as invented";

const FILL_PLACES: &str = "
    insert into places (event_id, role_id, place, registration_id)
    select event_id, role_id, place, case when place <= roles.reserved then gen_random_uuid() end
    from roles, generate_series(1::bigint, capacity) as place";

const OUTCOME: &str = "
    select roles.capacity,
           count(*) filter (where status = 'confirmed'),
           count(*) - count(distinct person)
    from roles join registrations using (event_id, role_id)
    where event_id = $1 and role_id = $2 and ended_seq = 0
    group by roles.capacity";
