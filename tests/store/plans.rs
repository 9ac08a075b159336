//! How PostgreSQL goes about everything the store asks of it: along an index to the few rows that are meant, whatever it
//! knows of the tables. Seen by what the server itself logs of every statement it ran, those behind foreign keys too.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use headcount::clock;
use headcount::store::postgres::{self, Address, Connections};
use headcount::store::read::{Audience, EventFilter, EventRef, LogFilter, Page, PersonRef, RegistrationFilter};
use headcount::store::{Opened, PostgresStore, Store as _};
use headcount_core::command::{
    Action, Answer, ChangeEmail, CheckIn, Command, DetailsPatch, EditDetails, EditEvent, EditRole, EventPatch, IfBelow,
    Move, Promote, ReasonFor, Remove, RemoveRole, Repair, Resize, RolePatch, RoleRef, Swap, TextsPatch,
};
use headcount_core::decision::Outcome;
use headcount_core::event::{EventSettings, EventStatus, Status};
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
/// cancelled, its third 5,000 that are in, every tenth held; forty more are empty.
const LARGE: &str = "
    create temp table made as select pg_temp.id('e0', 1) as event_id, pg_temp.id('b0', n) as registration_id,
        pg_temp.id('a0', case when n <= 11000 then 1 when n <= 15000 then 2 else 3 end) as role_id,
        'email:' || case when n between 11001 and 12000 then 'often' else 'p' || n end || '@example.org' as person,
        1 + n % 4 as spots,
        case when n <= 6000 then 'confirmed' when n <= 11000 then 'waitlisted' when n <= 15000 then 'cancelled'
            when n % 10 = 0 then 'held' else 'confirmed' end as status, 10 + n as wait_seq
        from generate_series(1, 20000) as n;
    insert into slugs values ('e1', pg_temp.id('e0', 1));
    insert into events select pg_temp.id('e0', 1), 'e1', 'published', 'public', 'email', 'optional', 'IL',
        pg_temp.id('00', 0), '', null, 'strict', null, 3, 10, 2, 1000, null, null, null, null, null, true, null, null,
        sum(spots) filter (where status in ('confirmed', 'held')), count(*) filter (where status = 'waitlisted'),
        count(*), 0, 30000, 1, decode(repeat('00', 32), 'hex'), 1 from made;
    insert into event_texts select pg_temp.id('e0', 1), 'The large one', '', '', '', 'UTC', '{}';
    insert into roles select pg_temp.id('e0', 1), pg_temp.id('a0', n), 'Role ' || n, 'role ' || n, '',
        case when n = 1 then (select sum(spots) from made where role_id = pg_temp.id('a0', 1) and status = 'confirmed') end,
        null, null, n, 0, false,
        coalesce((select sum(spots) from made where role_id = pg_temp.id('a0', n) and status in ('confirmed', 'held')), 0),
        (select count(*) from made where role_id = pg_temp.id('a0', n) and status = 'waitlisted'),
        (select count(*) from made where role_id = pg_temp.id('a0', n)), 0, null, 0 from generate_series(1, 43) as n;
    insert into registrations select event_id, registration_id, role_id, person, decode(repeat('00', 16), 'hex'), spots,
        status, case when status = 'held' then 8000000000000 + wait_seq end, wait_seq,
        case when status = 'cancelled' then wait_seq + 5 else 0 end, 0, 1, wait_seq, 'Somebody', substr(person, 7), null,
        null, null, null, null from made;
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
        'email', 'optional', 'IL', pg_temp.id('00', 0), '', null, 'strict', null, 3, 10, 2,
        case when e % 10 <> 3 then e * 1000 end, null, null, null, null, null, true, null, null, count(*) filter (where status = 'confirmed'),
        count(*) filter (where status = 'waitlisted'), count(*), 0, 10, 1, decode(repeat('00', 32), 'hex'), 1
        from few group by event_id, e;
    insert into event_texts select event_id, 'Event ' || slug, '', '', '', 'UTC', '{}' from events where slug <> 'e1';
    insert into roles select event_id, role_id, 'Role ' || role_id, 'role ' || role_id, '',
        case when role_id = pg_temp.id('a0', 1) and e % 20 = 0 then 1 end, null, null, 1, 0, false,
        count(*) filter (where status = 'confirmed'), count(*) filter (where status = 'waitlisted'), count(*), 0, null, 0
        from few group by event_id, role_id, e;
    insert into registrations select event_id, registration_id, role_id, person, decode(repeat('00', 16), 'hex'), 1,
        status, null, wait_seq, 0, 0, 1, 1, 'Somebody', substr(person, 7), null, null, null, null, null from few;
    insert into log select event_id, n, n, 'guest', 'signed_up', null, '{}', decode(repeat('00', 32), 'hex')
        from events, generate_series(1, 10) as n where slug <> 'e1';
    insert into log_texts select event_id, 3, 'why' from events where slug <> 'e1';
    insert into idempotency_keys select event_id, 'guest', lpad(n::text, 30, '0'), decode(repeat('00', 32), 'hex'), '{}',
        8000000000000 from events, generate_series(1, 5) as n where slug <> 'e1';
";

/// How many the store has, at least.
const STATEMENTS: usize = 48;

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
    /// The statements it ran, whatever with.
    seen: BTreeSet<String>,
}

/// What one statement did.
struct Done {
    sql: String,
    /// Rows of tables and entries of indexes it looked at.
    rows: u64,
    /// Rows that came of it.
    found: u64,
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
        Watched { cluster, read_to: 0, seen: BTreeSet::new() }
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
            found: number("Actual Rows"),
            pages: number("Shared Hit Blocks") + number("Shared Read Blocks"),
            plan,
        }
    }

    /// Whether it looks at few rows more than it is about. The event's roles, some forty, are read with everything, and
    /// each row that is written touches the pages of its indexes. A table of a few pages may be read as a whole.
    fn is_to_the_point(&self, asked: u64) -> bool {
        let about = asked + self.found + 50;
        self.pages <= 10 || self.rows <= 4 * about && self.pages <= 40 * about
    }
}

/// The rows that the scans of a plan looked at.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are counted")]
fn rows(plan: &Value) -> u64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let is_scan = plan["Node Type"].as_str().unwrap().ends_with("Scan")
        && (plan.get("Relation Name").is_some() || plan.get("Index Name").is_some());
    // PostgreSQL says the mean of all loops.
    let each = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let own = if is_scan { each * number("Actual Loops") } else { 0.0 };
    own as u64 + plan["Plans"].as_array().into_iter().flatten().map(rows).sum::<u64>()
}

/// A database, a store in it, and what is known of it.
struct Scene<'a> {
    watched: &'a mut Watched,
    setting: Setting<PostgresStore>,
    what: String,
}

impl<'a> Scene<'a> {
    async fn open(watched: &'a mut Watched, database: &str, what: String) -> Scene<'a> {
        let address = Address::parse(&watched.cluster.url(database)).unwrap();
        let connections = Connections { workers: 1, readers: 1 };
        let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
        watched.done();
        Scene { watched, setting: Setting { store: stores.remove(0), readers }, what }
    }

    /// Looks at what was done for something that is about so many rows.
    fn look(&mut self, step: &str, asked: u64) {
        for done in self.watched.done() {
            assert!(
                done.is_to_the_point(asked),
                "{}, {step}: {} looks at {} rows and {} pages for {} rows: {:#}",
                self.what,
                done.sql,
                done.rows,
                done.pages,
                asked.max(done.found),
                done.plan
            );
            self.watched.seen.insert(done.sql);
        }
    }

    async fn decide(&mut self, step: &str, asked: u64, batch: &[Command]) {
        let decisions = self.setting.try_run(batch).await.unwrap();
        let refused = decisions.iter().find(|one| matches!(one.outcome, Outcome::Refused(_)));
        assert!(refused.is_none(), "{step}: {refused:?}");
        self.look(step, asked);
    }

    async fn do_it(&mut self, step: &str, asked: u64, action: Action) {
        self.decide(step, asked, &[ask(event_id(1), action)]).await;
    }
}

/// A database in which the planner knows what `what` says.
async fn filled(watched: &mut Watched, what: &str) -> String {
    let url = watched.cluster.new_database();
    let database = url.rsplit('/').next().unwrap().to_owned();
    drop(Scene::open(watched, &database, String::new()).await);
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

fn sign(number: u128, name: &str, role: u128) -> Command {
    sign_up(event_id(1), "e1", number, name, role, 1)
}

async fn coming_and_going(scene: &mut Scene<'_>) {
    let id = registration_id;
    let once = with_key(sign(30_001, "new1", 3), "0123456789012345678901");
    scene.decide("a sign-up", 1, std::slice::from_ref(&once)).await;
    scene.decide("the same again", 1, &[once]).await;
    scene.decide("a sign-up that waits", 1, &[sign(30_002, "new2", 1)]).await;
    let many: Vec<Command> = (0..200)
        .map(|number| with_key(sign(40_000 + number, &format!("many{number}"), 3), &format!("{number:030}x")))
        .collect();
    scene.decide("many sign-ups", 200, &many).await;
    scene.do_it("a cancellation after which somebody moves up", 1, Action::Cancel(id(5))).await;
    scene.do_it("a cancellation by one who waits", 1, Action::Cancel(id(9_000))).await;
    scene.do_it("a declined place", 1, Action::Decline(id(19_000))).await;
    let removed = Remove { registration: id(18_999), reason: "ill".to_owned(), reason_for: ReasonFor::Staff };
    scene.do_it("a removal", 1, Action::Remove(removed)).await;
    scene.do_it("an address verified", 1, Action::Confirm(id(20_000))).await;
    let yes = Answer::Accept { role: RoleRef::Id(role_id(20)), spots: spots(1) };
    scene.decide("a yes", 1, &[respond(event_id(1), "e1", 50_001, "p13000", yes)]).await;
    let no = Answer::Decline { role: Some(RoleRef::Id(role_id(20))) };
    scene.decide("a no", 1, &[respond(event_id(1), "e1", 50_002, "p13001", no)]).await;
    scene.do_it("back again", 1, Action::Reinstate(id(18_999))).await;
    let to = Move { registration: id(18_998), to: RoleRef::Id(role_id(7)) };
    scene.do_it("a move", 1, Action::Move(to)).await;
    let swap = Swap { registration: id(18_998), with: id(18_997) };
    scene.do_it("a swap", 2, Action::Swap(swap)).await;
    let larger = Resize { registration: id(18_996), spots: spots(5) };
    scene.do_it("a larger party", 1, Action::Resize(larger)).await;
    let promoted = Promote { registration: id(8_000), override_reason: Some("why not".to_owned()) };
    scene.do_it("a promotion", 1, Action::Promote(promoted)).await;
    let email = "neu@example.org".to_owned();
    let email = ChangeEmail { registration: id(18_995), person: person("neu"), email, form: form("e1") };
    scene.do_it("another address", 1, Action::ChangeEmail(Box::new(email))).await;
    let patch = DetailsPatch { name: Some("Other".to_owned()), ..DetailsPatch::default() };
    let details = EditDetails { registration: id(18_995), patch, form: form("e1") };
    scene.do_it("other details", 1, Action::EditDetails(Box::new(details))).await;
    scene.do_it("a check-in", 1, Action::CheckIn(CheckIn { registration: id(18_995), count: None })).await;
}

async fn changing_events(scene: &mut Scene<'_>) {
    let rename = EditRole {
        revision: 1,
        role: RoleRef::Id(role_id(9)),
        name: Some("Cook".to_owned()),
        description: None,
        settings: RolePatch::default(),
        if_below: IfBelow::Refuse,
    };
    scene.do_it("another name of a role", 1, Action::EditRole(Box::new(rename))).await;
    scene.do_it("one role more", 1, Action::AddRole(Box::new(new_role(50, "More", None)))).await;
    let gone = RemoveRole { revision: 3, role: RoleRef::Id(role_id(12)) };
    scene.do_it("one role less", 1, Action::RemoveRole(gone)).await;
    let edit = |revision, settings: EventPatch| {
        let texts = TextsPatch { title: Some("New".to_owned()), ..TextsPatch::default() };
        Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below: IfBelow::WaitlistLatest }))
    };
    let slug = EventPatch { slug: Some("other".to_owned()), ..EventPatch::default() };
    scene.do_it("another slug", 1, edit(4, slug)).await;
    let verified = EventPatch { verify_minutes: Some(Some(30)), ..EventPatch::default() };
    scene.do_it("addresses to be verified", 1, edit(5, verified)).await;
    let twice = [60_001, 60_002].map(|number| sign_up(event_id(1), "other", number, "q1", 30, 1));
    scene.decide("a sign-up to be verified, twice", 2, &twice).await;
    let cut = EventPatch { capacity: Some(Some(27_000)), ..EventPatch::default() };
    scene.do_it("a lower capacity, for which four hundred go back to the queue", 400, edit(6, cut)).await;
    scene.do_it("settling", 1, Action::Settle).await;
    let no = respond(event_id(1), "other", 50_003, "p13002", Answer::Decline { role: None });
    scene.decide("a no to everything", 43, &[no]).await;
    scene.do_it("a repair", 31_000, Action::Repair(Repair { over_capacity: IfBelow::Refuse })).await;
    let roles = (1..=3).map(|number| new_role(number, &format!("Role {number}"), None)).collect();
    let draft = EventSettings { status: EventStatus::Draft, ..settings("brand-new") };
    scene.decide("a new event", 3, &[create(event_id(2_000), draft, roles)]).await;
    scene.decide("a draft deleted", 3, &[ask(event_id(2_000), Action::DeleteEvent(4))]).await;
    scene.setting.store.tidy(clock::now()).await.unwrap();
    scene.look("tidying up", 1);
}

async fn reading_one_thing(scene: &mut Scene<'_>) {
    let readers = scene.setting.readers.clone();
    let large = event_id(1);
    for by in [EventRef::Id(large), EventRef::Slug("e1".to_owned())] {
        assert!(readers.resolve(&by).await.unwrap().is_some());
        scene.look("a form", 1);
    }
    let until = Millis(8_000_000_000_000 + 10 + 15_020);
    assert_eq!(readers.due_verifications(until, 100).await.unwrap().len(), 2);
    scene.look("those not verified in time", 2);
    assert!(readers.answer(large, "guest", "nothing").await.unwrap().is_none());
    scene.look("an answer", 1);
    assert!(readers.event(large, Millis(0)).await.unwrap().is_some());
    scene.look("an event", 1);
    let one = readers.registration(large, registration_id(6_100), Millis(0)).await.unwrap().unwrap();
    assert_eq!(one.registration.position, Some(100));
    scene.look("a registration in the hundredth place", 100);
    assert_eq!(readers.log(large, Seq(20_000), 10).await.unwrap().len(), 10);
    scene.look("a log", 1);
    let filter = LogFilter { registration: Some(registration_id(1)), kind: None };
    assert!(readers.log_back(large, None, &filter, 10).await.unwrap().lines.is_empty());
    scene.look("a log from its end, as much as one answer looks through", 20_001);
    assert!(readers.unsettled_events().await.unwrap().is_empty());
    // Of a thousand events fifty are looked up, or all roles are read, whichever is cheaper.
    scene.look("events in which somebody waits", 800);
    let seqs = readers.neighbours().unwrap().seqs(&[large, event_id(9_999)]).await.unwrap();
    assert_eq!(seqs.len(), 1);
    scene.look("seqs of two events", 2);
    readers.ping().await.unwrap();
    scene.look("a ping", 1);
}

async fn reading_lists_of_registrations(scene: &mut Scene<'_>) {
    let readers = scene.setting.readers.clone();
    let all = RegistrationFilter::default();
    for (step, asked, filter) in [
        ("all", 10, all.clone()),
        ("a role", 10, RegistrationFilter { role: Some(role_id(3)), ..all.clone() }),
        ("an empty role", 10, RegistrationFilter { role: Some(role_id(33)), ..all.clone() }),
        ("those who wait", 10, RegistrationFilter { status: Some(Status::Waitlisted), ..all.clone() }),
        ("the cancelled", 10, RegistrationFilter { status: Some(Status::Cancelled), ..all.clone() }),
        ("the removed", 10, RegistrationFilter { status: Some(Status::Removed), ..all.clone() }),
        ("a text", 1_000, RegistrationFilter { text: Some("p7777@".to_owned()), ..all.clone() }),
    ] {
        let mut page = Page { limit: 10, cursor: None };
        for _ in 0..3 {
            let listed = readers.registrations(event_id(1), &filter, &page).await.unwrap();
            scene.look(&format!("registrations: {step}"), asked);
            let Some(cursor) = listed.next_cursor else { break };
            page.cursor = Some(cursor);
        }
    }
}

async fn reading_other_lists(scene: &mut Scene<'_>) {
    let readers = scene.setting.readers.clone();
    let all = EventFilter::default();
    for (step, asked, filter) in [
        ("all", 10, all.clone()),
        ("public ones", 10, EventFilter { audience: Audience::Everyone, ..all.clone() }),
        ("drafts", 10, EventFilter { status: Some("draft".to_owned()), ..all.clone() }),
        ("late ones", 10, EventFilter { from: Some(Millis(900_000)), ..all.clone() }),
        ("the last, then those without a start", 10, EventFilter { from: Some(Millis(995_000)), ..all.clone() }),
        ("a text", 1_000, EventFilter { text: Some("event e5".to_owned()), ..all.clone() }),
    ] {
        let mut page = Page { limit: 10, cursor: None };
        for _ in 0..3 {
            let listed = readers.events(&filter, &page, Millis(0)).await.unwrap();
            scene.look(&format!("events: {step}"), asked);
            let Some(cursor) = listed.next_cursor else { break };
            page.cursor = Some(cursor);
        }
    }
    // They are counted each time.
    for (name, asked) in [("p15", 2), ("many", 30), ("often", 1_000), ("nobody", 0)] {
        for one in [PersonRef::Key(person(name).key), PersonRef::Address(person(name).key)] {
            let mut page = Page { limit: 10, cursor: None };
            for _ in 0..3 {
                let (_, listed) = readers.person_registrations(&one, &page).await.unwrap();
                scene.look(&format!("registrations of {name}"), asked);
                let Some(cursor) = listed.next_cursor else { break };
                page.cursor = Some(cursor);
            }
        }
    }
}

/// Else nothing above would mean anything.
fn assert_that_a_bad_plan_is_seen(watched: &mut Watched, database: &str) {
    watched.done();
    watched.cluster.query(database, "select * from registrations where spots = 1000");
    let done = watched.done();
    assert!(done.len() == 1 && !done[0].is_to_the_point(1), "a look through a whole table goes unseen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_looks_at_the_few_rows_that_are_meant() {
    let mut watched = Watched::start();
    for what in [NEVER_ANALYZED, ANALYZED, GROWN, ALONE] {
        let database = filled(&mut watched, what).await;
        assert_that_a_bad_plan_is_seen(&mut watched, &database);
        // The first executions are planned with the values, later ones for all values, if that seems as good.
        for mode in ["auto", "force_generic_plan"] {
            watched.cluster.query(&database, &format!("alter database {database} set plan_cache_mode = {mode}"));
            let mut scene = Scene::open(&mut watched, &database, format!("{what}, {mode}")).await;
            reading_one_thing(&mut scene).await;
            reading_lists_of_registrations(&mut scene).await;
            reading_other_lists(&mut scene).await;
        }
        let mut scene = Scene::open(&mut watched, &database, what.to_owned()).await;
        coming_and_going(&mut scene).await;
        changing_events(&mut scene).await;
    }
    let seen = watched.seen.iter().filter(|sql| !sql.contains("FROM ONLY")).count();
    assert!(seen >= STATEMENTS, "only {seen} statements were looked at: {:#?}", watched.seen);
}
