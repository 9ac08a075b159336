//! How PostgreSQL goes about everything the store asks of it: along an index to the few rows that are meant, whatever it
//! knows of the tables. Seen by what the server itself logs of every statement it ran, those behind foreign keys too.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use headcount::clock;
use headcount::store::postgres::{self, Address, Connections};
use headcount::store::read::{EventFilter, EventRef, Page, PersonRef, RegistrationFilter};
use headcount::store::{Opened, PostgresStore, Store as _};
use headcount_core::command::{
    Action, ChangeEmail, CheckIn, Command, DetailsPatch, EditDetails, EditEvent, EditRole, EventPatch, IfBelow, Move,
    Promote, Remove, RemoveRole, Repair, Resize, RolePatch, RoleRef, Swap, TextsPatch,
};
use headcount_core::decision::Outcome;
use headcount_core::event::Status;
use headcount_core::ids::{Millis, Seq};
use serde_json::Value;

use super::setting::*;
use super::support::Cluster;

/// What the planner knows.
const NEVER_ANALYZED: &str = "tables that were never analyzed";
const ANALYZED: &str = "tables as they were analyzed";
const GROWN: &str = "tables that were analyzed before the large event came";
const ALONE: &str = "analyzed tables with one event alone";

/// A large event, number 1: in its first role 6,000 parties are in and 5,000 wait, its second holds 4,000 that were
/// cancelled, its third 5,000 that are in; forty more are empty.
const LARGE: &str = "
    create temp table made as select pg_temp.id('e0', 1) as event_id, pg_temp.id('b0', n) as registration_id,
        pg_temp.id('a0', case when n <= 11000 then 1 when n <= 15000 then 2 else 3 end) as role_id,
        'email:' || case when n between 11001 and 12000 then 'often' else 'p' || n end || '@example.org' as person,
        1 + n % 4 as spots,
        case when n <= 6000 then 'confirmed' when n <= 11000 then 'waitlisted' when n <= 15000 then 'cancelled'
            else 'confirmed' end as status, 10 + n as wait_seq
        from generate_series(1, 20000) as n;
    insert into slugs values ('e1', pg_temp.id('e0', 1));
    insert into events select pg_temp.id('e0', 1), 'e1', 'published', 'public', 'email', 'optional', 'IL', null,
        'strict', null, 3, 10, 2, 1000, null, null, null, null, null, true,
        sum(spots) filter (where status = 'confirmed'), count(*) filter (where status = 'waitlisted'), count(*), 0,
        30000, 1, decode(repeat('00', 32), 'hex'), 1 from made;
    insert into event_texts select pg_temp.id('e0', 1), 'The large one', '', '', '', 'UTC', '{}';
    insert into roles select pg_temp.id('e0', 1), pg_temp.id('a0', n), 'Role ' || n, 'role ' || n, '',
        case when n = 1 then (select sum(spots) from made where role_id = pg_temp.id('a0', 1) and status = 'confirmed') end,
        null, null, n, 0, false,
        coalesce((select sum(spots) from made where role_id = pg_temp.id('a0', n) and status = 'confirmed'), 0),
        (select count(*) from made where role_id = pg_temp.id('a0', n) and status = 'waitlisted'),
        (select count(*) from made where role_id = pg_temp.id('a0', n)), 0, null, 0 from generate_series(1, 43) as n;
    insert into registrations select event_id, registration_id, role_id, person, decode(repeat('00', 16), 'hex'), spots,
        status, wait_seq, case when status = 'cancelled' then wait_seq + 5 else 0 end, 0, 1, wait_seq, 'Somebody',
        substr(person, 7), null, null, null, null from made;
    insert into log select pg_temp.id('e0', 1), n, n, 'guest', 'signed_up', null, '{}', decode(repeat('00', 32), 'hex')
        from generate_series(1, 30000) as n;
    insert into log_texts select pg_temp.id('e0', 1), n, 'why' from generate_series(1, 30000, 10) as n;
    insert into idempotency_keys select pg_temp.id('e0', 1), 'guest', lpad(n::text, 30, '0'),
        decode(repeat('00', 32), 'hex'), '{}', n from generate_series(1, 20000) as n;
";

/// A thousand small events, from number 2 on, with three roles and six registrations each; of every twentieth the first
/// role is full and somebody waits; every tenth is a draft, or has no start.
const SMALL: &str = "
    create temp table few as select pg_temp.id('e0', e) as event_id, pg_temp.id('b0', n) as registration_id,
        pg_temp.id('a0', 1 + n % 3) as role_id, 'email:' || case when n = 1 and e <= 31 then 'many' else 'p' || e * 10 + n
        end || '@example.org' as person, case when n = 6 and e % 20 = 0 then 'waitlisted' else 'confirmed' end as status,
        2 + n as wait_seq, e from generate_series(2, 1001) as e, generate_series(1, 6) as n;
    insert into slugs select 'e' || e, pg_temp.id('e0', e) from generate_series(2, 1001) as e;
    insert into events select event_id, 'e' || e, case when e % 10 = 4 then 'draft' else 'published' end, 'public',
        'email', 'optional', 'IL', null, 'strict', null, 3, 10, 2, case when e % 10 <> 3 then e * 1000 end, null, null,
        null, null, null, true, count(*) filter (where status = 'confirmed'),
        count(*) filter (where status = 'waitlisted'), count(*), 0, 10, 1, decode(repeat('00', 32), 'hex'), 1
        from few group by event_id, e;
    insert into event_texts select event_id, 'Event ' || slug, '', '', '', 'UTC', '{}' from events where slug <> 'e1';
    insert into roles select event_id, role_id, 'Role ' || role_id, 'role ' || role_id, '',
        case when role_id = pg_temp.id('a0', 1) and e % 20 = 0 then 1 end, null, null, 1, 0, false,
        count(*) filter (where status = 'confirmed'), count(*) filter (where status = 'waitlisted'), count(*), 0, null, 0
        from few group by event_id, role_id, e;
    insert into registrations select event_id, registration_id, role_id, person, decode(repeat('00', 16), 'hex'), 1,
        status, wait_seq, 0, 0, 1, 1, 'Somebody', substr(person, 7), null, null, null, null from few;
    insert into log select event_id, n, n, 'guest', 'signed_up', null, '{}', decode(repeat('00', 32), 'hex')
        from events, generate_series(1, 10) as n where slug <> 'e1';
    insert into idempotency_keys select event_id, 'guest', lpad(n::text, 30, '0'), decode(repeat('00', 32), 'hex'), '{}',
        8000000000000 from events, generate_series(1, 5) as n where slug <> 'e1';
";

const BEFORE: &str = "
    set auto_explain.log_min_duration = -1;
    create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
        $$ select ('00000000-0000-00' || kind || '-0000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
";

/// A server that logs the plan of every statement it has run, with what it did.
struct Watched {
    cluster: Cluster,
    /// How far its log has been read.
    read_to: u64,
}

/// What one statement did.
struct Done {
    sql: String,
    /// Rows of tables and entries of indexes it looked at.
    rows: u64,
    /// Pages it touched.
    pages: u64,
    plan: Value,
}

impl Watched {
    fn start() -> Watched {
        let cluster = Cluster::start(&[
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("autovacuum", "off"),
            ("shared_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_nested_statements", "on"),
            ("auto_explain.log_format", "json"),
        ]);
        Watched { cluster, read_to: 0 }
    }

    /// What was done since this was last asked.
    fn done(&mut self) -> Vec<Done> {
        let mut log = File::open(self.cluster.folder().join("log")).unwrap();
        log.seek(SeekFrom::Start(self.read_to)).unwrap();
        let mut text = String::new();
        self.read_to += log.read_to_string(&mut text).unwrap() as u64;
        let mut plans: Vec<String> = Vec::new();
        let mut in_plan = false;
        for line in text.lines() {
            match line.strip_prefix('\t') {
                Some(more) if in_plan => plans.last_mut().unwrap().push_str(more),
                _ if line.ends_with("plan:") => {
                    plans.push(String::new());
                    in_plan = true;
                }
                _ => in_plan = false,
            }
        }
        plans.iter().map(|plan| Done::of(&serde_json::from_str(plan).unwrap())).collect()
    }
}

impl Done {
    fn of(logged: &Value) -> Done {
        let plan = logged["Plan"].clone();
        let number = |name: &str| plan[name].as_u64().unwrap_or(0);
        Done {
            sql: logged["Query Text"].as_str().unwrap().to_owned(),
            rows: rows(&plan),
            pages: number("Shared Hit Blocks") + number("Shared Read Blocks"),
            plan,
        }
    }
}

/// The rows that the scans of a plan looked at.
fn rows(plan: &Value) -> u64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let is_scan =
        plan.get("Relation Name").is_some() && plan["Node Type"] != "ModifyTable" || plan.get("Index Name").is_some();
    let each = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let own = if is_scan { each * number("Actual Loops").max(1.0) } else { 0.0 };
    let below = plan["Plans"].as_array().into_iter().flatten().map(rows).sum::<u64>();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of rows")]
    let own = own as u64;
    own + below
}

struct Scene<'a> {
    watched: &'a mut Watched,
    setting: Setting<PostgresStore>,
    what: String,
}

impl Scene<'_> {
    /// Looks at what was done for a question that is about so many rows.
    fn look(&mut self, step: &str, asked: u64) {
        for done in self.watched.done() {
            println!(
                "{}\t{step}\t{asked}\t{}\t{}\t{}",
                self.what,
                done.rows,
                done.pages,
                &done.sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(70).collect::<String>()
            );
            if done.rows > 5 * (asked + 50) {
                println!("{:#}", done.plan);
            }
        }
    }

    async fn decide(&mut self, step: &str, asked: u64, batch: &[Command]) {
        let decisions = self.setting.try_run(batch).await.unwrap();
        let refused = decisions.iter().find(|one| matches!(one.outcome, Outcome::Refused(_)));
        assert!(refused.is_none(), "{step}: {refused:?}");
        self.look(step, asked);
    }
}

async fn open(watched: &mut Watched, database: &str, what: String) -> Setting<PostgresStore> {
    let _ = what;
    let address = Address::parse(&watched.cluster.url(database)).unwrap();
    let connections = Connections { workers: 1, readers: 1 };
    let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
    watched.done();
    Setting { store: stores.remove(0), readers }
}

/// A database in which the planner knows what `what` says.
async fn filled(watched: &mut Watched, what: &str) -> String {
    let url = watched.cluster.new_database();
    let database = url.rsplit('/').next().unwrap().to_owned();
    drop(open(watched, &database, String::new()).await);
    let steps: &[&str] = match what {
        NEVER_ANALYZED => &[LARGE, SMALL],
        ANALYZED => &[LARGE, SMALL, "analyze"],
        GROWN => &[SMALL, "analyze", LARGE],
        _ => &[LARGE, "analyze"],
    };
    let sql: Vec<&str> = [BEFORE].iter().chain(steps).copied().collect();
    watched.cluster.query(&database, &sql.join(";"));
    database
}

fn owner(action: Action) -> Command {
    ask(event_id(1), action)
}

fn sign(number: u128, name: &str, role: u128) -> Command {
    sign_up(event_id(1), "e1", number, name, role, 1)
}

async fn writing(scene: &mut Scene<'_>) {
    let id = registration_id;
    let edit = |revision, settings: EventPatch| {
        let texts = TextsPatch { title: Some("New".to_owned()), ..TextsPatch::default() };
        Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below: IfBelow::WaitlistLatest }))
    };
    let key = "0123456789012345678901";
    scene.decide("a sign-up", 1, &[with_key(sign(30_001, "new1", 3), key)]).await;
    scene.decide("the same again", 1, &[with_key(sign(30_001, "new1", 3), key)]).await;
    scene.decide("a sign-up that waits", 1, &[sign(30_002, "new2", 1)]).await;
    let many: Vec<Command> = (0..200)
        .map(|number| with_key(sign(40_000 + number, &format!("many{number}"), 3), &format!("{number:030}x")))
        .collect();
    scene.decide("many sign-ups", 200, &many).await;
    scene.decide("a cancellation after which somebody moves up", 10, &[owner(Action::Cancel(id(5)))]).await;
    scene.decide("a cancellation by one who waits", 1, &[owner(Action::Cancel(id(9_000)))]).await;
    scene.decide("a declined place", 1, &[owner(Action::Decline(id(19_000)))]).await;
    let removed = Remove { registration: id(18_999), reason: "ill".to_owned() };
    scene.decide("a removal", 1, &[owner(Action::Remove(removed))]).await;
    scene.decide("back again", 1, &[owner(Action::Reinstate(id(18_999)))]).await;
    let to = Move { registration: id(18_998), to: RoleRef::Id(role_id(7)) };
    scene.decide("a move", 1, &[owner(Action::Move(to))]).await;
    let swap = Swap { registration: id(18_998), with: id(18_997) };
    scene.decide("a swap", 2, &[owner(Action::Swap(swap))]).await;
    scene
        .decide("a larger party", 1, &[owner(Action::Resize(Resize { registration: id(18_996), spots: spots(5) }))])
        .await;
    let promoted = Promote { registration: id(8_000), override_reason: Some("why not".to_owned()) };
    scene.decide("a promotion", 1, &[owner(Action::Promote(promoted))]).await;
    let email = ChangeEmail {
        registration: id(18_995),
        person: person("neu"),
        email: "neu@example.org".into(),
        form: form("e1"),
    };
    scene.decide("another address", 1, &[owner(Action::ChangeEmail(Box::new(email)))]).await;
    let patch = DetailsPatch { name: Some("Other".to_owned()), ..DetailsPatch::default() };
    let details = EditDetails { registration: id(18_995), patch, form: form("e1") };
    scene.decide("other details", 1, &[owner(Action::EditDetails(Box::new(details)))]).await;
    let came = CheckIn { registration: id(18_995), count: None };
    scene.decide("a check-in", 1, &[owner(Action::CheckIn(came))]).await;
    scene.decide("settling", 1, &[owner(Action::Settle)]).await;
    let _ = edit;
    let rename = EditRole {
        revision: 1,
        role: RoleRef::Id(role_id(9)),
        name: Some("Cook".to_owned()),
        description: None,
        settings: RolePatch::default(),
        if_below: IfBelow::Refuse,
    };
    scene.decide("another name of a role", 1, &[owner(Action::EditRole(Box::new(rename)))]).await;
    scene.decide("one role more", 1, &[owner(Action::AddRole(Box::new(new_role(50, "More", None))))]).await;
    let gone = RemoveRole { revision: 3, role: RoleRef::Id(role_id(12)) };
    scene.decide("one role less", 1, &[owner(Action::RemoveRole(gone))]).await;
    let slug = EventPatch { slug: Some("other".to_owned()), ..EventPatch::default() };
    scene.decide("another slug", 1, &[owner(edit(4, slug))]).await;
    let cut = EventPatch { capacity: Some(Some(31_000)), ..EventPatch::default() };
    scene.decide("a lower capacity", 1_000, &[owner(edit(5, cut))]).await;
    let repair = Repair { over_capacity: IfBelow::Refuse };
    scene.decide("a repair", 31_000, &[owner(Action::Repair(repair))]).await;
    let roles = (1..=3).map(|number| new_role(number, &format!("Role {number}"), None)).collect();
    let draft = headcount_core::event::EventSettings {
        status: headcount_core::event::EventStatus::Draft,
        ..settings("brand-new")
    };
    scene.decide("a new event", 3, &[create(event_id(2_000), draft, roles)]).await;
    scene.decide("a draft deleted", 10, &[ask(event_id(2_000), Action::DeleteEvent(4))]).await;
    scene.setting.store.tidy(clock::now()).await.unwrap();
    scene.look("tidying up", 500);
}

async fn reading(scene: &mut Scene<'_>) {
    let readers = scene.setting.readers.clone();
    let large = event_id(1);
    for by in [EventRef::Id(large), EventRef::Slug("e1".to_owned())] {
        assert!(readers.resolve(&by).await.unwrap().is_some());
        scene.look("a form", 1);
    }
    readers.answer(large, "guest", "nothing").await.unwrap();
    scene.look("an answer", 1);
    readers.event(large, Millis(0)).await.unwrap().unwrap();
    scene.look("an event", 10);
    readers.registration(large, registration_id(6_100), Millis(0)).await.unwrap().unwrap();
    scene.look("a registration", 100);
    readers.log(large, Seq(20_000), 10).await.unwrap();
    scene.look("a log", 10);
    readers.unsettled_events().await.unwrap();
    scene.look("events with somebody waiting", 51);
    readers.ping().await.unwrap();
    scene.look("a ping", 1);
    let all = RegistrationFilter::default();
    for (step, asked, filter) in [
        ("all", 60, all.clone()),
        ("a role", 60, RegistrationFilter { role: Some(role_id(3)), ..all.clone() }),
        ("an empty role", 60, RegistrationFilter { role: Some(role_id(33)), ..all.clone() }),
        ("those who wait", 60, RegistrationFilter { status: Some(Status::Waitlisted), ..all.clone() }),
        ("the cancelled", 60, RegistrationFilter { status: Some(Status::Cancelled), ..all.clone() }),
        ("the removed", 60, RegistrationFilter { status: Some(Status::Removed), ..all.clone() }),
        ("a text", 8_000, RegistrationFilter { text: Some("p7777@".to_owned()), ..all.clone() }),
    ] {
        let mut page = Page { limit: 10, cursor: None };
        for _ in 0..3 {
            let listed = readers.registrations(large, &filter, &page).await.unwrap();
            scene.look(&format!("registrations: {step}"), asked);
            let Some(cursor) = listed.next_cursor else { break };
            page.cursor = Some(cursor);
        }
    }
    for (step, asked, filter) in [
        ("all", 11, EventFilter::default()),
        ("public", 30, EventFilter { public_only: true, ..EventFilter::default() }),
        ("drafts", 11, EventFilter { status: Some("draft".to_owned()), ..EventFilter::default() }),
        ("late", 11, EventFilter { from: Some(Millis(900_000)), ..EventFilter::default() }),
        ("very late", 11, EventFilter { from: Some(Millis(995_000)), ..EventFilter::default() }),
        ("a text", 1_000, EventFilter { text: Some("event e5".to_owned()), ..EventFilter::default() }),
    ] {
        let mut page = Page { limit: 10, cursor: None };
        for _ in 0..3 {
            let listed = readers.events(&filter, &page, Millis(0)).await.unwrap();
            scene.look(&format!("events: {step}"), asked);
            let Some(cursor) = listed.next_cursor else { break };
            page.cursor = Some(cursor);
        }
    }
    for (name, asked) in [("p15", 2), ("many", 30), ("often", 1_000), ("nobody", 0)] {
        for one in [PersonRef::Key(person(name).key), PersonRef::Address(person(name).key)] {
            let mut page = Page { limit: 10, cursor: None };
            for _ in 0..3 {
                let (_, listed) = readers.person_registrations(&one, &page).await.unwrap();
                scene.look(&format!("somebody's registrations: {name}"), asked);
                let Some(cursor) = listed.next_cursor else { break };
                page.cursor = Some(cursor);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_looks_at_the_few_rows_that_are_meant() {
    let mut watched = Watched::start();
    for what in [NEVER_ANALYZED, ANALYZED, GROWN, ALONE] {
        let database = filled(&mut watched, what).await;
        for mode in ["auto", "force_generic_plan", "force_custom_plan"] {
            watched.cluster.query(&database, &format!("alter database {database} set plan_cache_mode = {mode}"));
            let setting = open(&mut watched, &database, what.to_owned()).await;
            let mut scene = Scene { watched: &mut watched, setting, what: format!("{what}, {mode}") };
            reading(&mut scene).await;
        }
        let setting = open(&mut watched, &database, what.to_owned()).await;
        let mut scene = Scene { watched: &mut watched, setting, what: what.to_owned() };
        writing(&mut scene).await;
    }
}
