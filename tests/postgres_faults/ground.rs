//! A database behind a proxy, with an event in it; and what must hold of it whatever happened.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use headcount::clock;
use headcount::store::postgres::{self, Address, Connections};
use headcount::store::{Opened, PostgresStore, Store as _, StoreError};
use headcount::verify::verify_database;
use headcount_core::command::{Action, Command as Asked, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Decision, Outcome};
use headcount_core::event::{EventSettings, WaitlistPolicy};
use headcount_core::ids::EventId;
use tokio_postgres::{Client, NoTls};

use super::postgres::Cluster;
use super::proxy::Proxy;
use super::setting::*;

/// The slug of the event that is there from the start.
pub(crate) const SLUG: &str = "feast";
/// Its roles, by number.
pub(crate) const SERVER: u128 = 1;
pub(crate) const COOK: u128 = 2;

/// After this long something that did not happen never will.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What must find no row, and what it would mean. Of all events of a database.
const UNSOUND: [(&str, &str); 9] = [
    (
        "the log has gaps, or its end is not the event's",
        "select from events e left join log l using (event_id) group by e.event_id
           having count(l.seq) <> e.seq or max(l.seq) <> e.seq or min(l.seq) <> 1",
    ),
    (
        "the head of the log is not the event's",
        "select from events e join log l on l.event_id = e.event_id and l.seq = e.seq where l.hash <> e.hash",
    ),
    (
        "an event's counters are not the sums over its registrations",
        "select from events e left join registrations r using (event_id) group by e.event_id
           having e.registrations <> count(r.spots)
             or e.reserved <> coalesce(sum(r.spots) filter (where r.status = 'confirmed'), 0)
             or e.waiting <> count(*) filter (where r.status = 'waitlisted')",
    ),
    (
        "a role's counters are not the sums over its registrations",
        "select from roles o left join registrations r using (event_id, role_id) group by o.event_id, o.role_id
           having o.registrations <> count(r.spots)
             or o.reserved <> coalesce(sum(r.spots) filter (where r.status = 'confirmed'), 0)
             or o.waiting <> count(*) filter (where r.status = 'waitlisted')",
    ),
    ("more are in than may be", "select from roles where reserved > capacity + override_spots"),
    (
        "somebody is in twice",
        "select from registrations where ended_seq = 0 group by event_id, role_id, person having count(*) > 1",
    ),
    (
        "a registration was not entered in the log exactly once",
        "select from registrations r left join log l
           on l.event_id = r.event_id and l.registration_id = r.registration_id and l.kind = 'signed_up'
           group by r.event_id, r.registration_id having count(l.seq) <> 1",
    ),
    (
        "an entry of the log has no registration",
        "select from log l left join registrations r using (event_id, registration_id)
           where l.registration_id is not null and r.person is null",
    ),
    (
        "an event and its slug, texts or roles are not there together",
        "select from events e left join slugs s using (event_id) left join event_texts t using (event_id)
           where s.slug is distinct from e.slug or t.title is null
             or not exists (select from roles o where o.event_id = e.event_id)
         union all select from slugs s where not exists (select from events e where e.event_id = s.event_id)",
    ),
];

/// A database with one event: ten Servers, one Cook, a strict waitlist.
pub(crate) struct Ground<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) proxy: Proxy,
    pub(crate) database: String,
    url: String,
}

impl<'a> Ground<'a> {
    pub(crate) async fn on(cluster: &'a Cluster) -> Ground<'a> {
        Ground::with_roles(cluster, [Some(10), Some(1)]).await
    }

    /// As [`Ground::on`], with room for everybody.
    pub(crate) async fn roomy(cluster: &'a Cluster) -> Ground<'a> {
        Ground::with_roles(cluster, [None, None]).await
    }

    async fn with_roles(cluster: &'a Cluster, [servers, cooks]: [Option<u32>; 2]) -> Ground<'a> {
        let url = cluster.new_database();
        let database = url.rsplit('/').next().unwrap().to_owned();
        let ground = Ground { cluster, proxy: Proxy::start(cluster.port()), database, url };
        let roles = vec![new_role(SERVER, "Server", servers), new_role(COOK, "Cook", cooks)];
        let made = one(&mut ground.store().await, &create(event_id(1), settings(SLUG), roles)).await;
        assert!(matches!(made, Ok(Outcome::EventCreated(_))), "{made:?}");
        ground
    }

    /// The database as it is reached through the proxy.
    pub(crate) fn address(&self) -> Address {
        Address::parse(&self.proxied_url()).unwrap()
    }

    /// As [`Ground::address`].
    pub(crate) fn proxied_url(&self) -> String {
        self.proxy.url(&self.url)
    }

    /// The same, past the proxy.
    pub(crate) fn direct(&self) -> Address {
        Address::parse(&self.url).unwrap()
    }

    /// The database as the test reaches it.
    pub(crate) fn plain_url(&self) -> &str {
        &self.url
    }

    /// A store through the proxy, connected.
    pub(crate) async fn store(&self) -> PostgresStore {
        let mut store = open(&self.address(), 1).await.stores.remove(0);
        store.ready().await.unwrap();
        store
    }

    /// A store past the proxy: that of another server.
    pub(crate) async fn other_store(&self) -> PostgresStore {
        open(&self.direct(), 1).await.stores.remove(0)
    }

    /// A session of the test's own, past the proxy, that can hold locks.
    pub(crate) async fn session(&self) -> Client {
        session(&self.url).await
    }

    /// The only value of a query, as a number.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.cluster.query(&self.database, sql)[0][0].as_ref().unwrap().parse().unwrap()
    }

    /// How many rows a query has.
    pub(crate) fn count(&self, query: &str) -> i64 {
        self.number(&format!("select count(*) from ({query}) as found"))
    }

    /// Runs a statement past the proxy.
    pub(crate) fn run(&self, sql: &str) {
        self.cluster.query(&self.database, sql);
    }

    /// Waits until the only value of this query is true, and lets all else on this thread go on meanwhile.
    pub(crate) async fn wait_until(&self, sql: &str) {
        let began = clock::instant();
        while self.cluster.query(&self.database, sql)[0][0].as_deref() != Some("t") {
            assert!(began.elapsed() < PATIENCE, "waited in vain for {sql}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Waits until so many of headcount's connections to this database wait for a lock of any kind.
    pub(crate) async fn wait_until_blocked(&self, connections: usize) {
        self.wait_until(&format!(
            "select count(*) = {connections} from pg_stat_activity where datname = current_database()
               and application_name like 'headcount%' and wait_event_type = 'Lock'"
        ))
        .await;
    }

    /// What must hold whatever happened.
    pub(crate) fn assert_sound(&self) {
        for (problem, query) in UNSOUND {
            assert_eq!(self.count(query), 0, "{problem}:\n{:#?}", self.cluster.query(&self.database, "table log"));
        }
        let audited = thread::scope(|scope| {
            scope
                .spawn(|| verify_database(&self.url.parse().unwrap(), &[]).unwrap())
                .join()
                .expect("the audit ends well")
        });
        assert!(audited.is_green(), "{audited}");
    }

    /// From now on the second round trip of every batch waits, with everything but its commit still to come, while somebody
    /// holds the advisory lock 1.
    pub(crate) fn make_writing_wait(&self) {
        self.run(
            "create function wait() returns trigger language plpgsql as $$
               begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
             create trigger wait before insert on log for each statement execute function wait();
             create trigger wait before insert on idempotency_keys for each statement execute function wait();
             create trigger wait before delete on events for each statement execute function wait()",
        );
    }
}

/// kill -9 of a backend, after which the server ends all others and recovers. Returns when it has noticed, from when on
/// it takes no new connection before it has recovered.
pub(crate) fn kill_backend(backend: u32) {
    Command::new("kill").args(["-9", &backend.to_string()]).stderr(Stdio::null()).status().unwrap();
    // The server takes note of it in one step.
    while Path::new(&format!("/proc/{backend}")).exists() {
        thread::yield_now();
    }
}

/// A session of the test's own.
pub(crate) async fn session(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) async fn open(address: &Address, workers: u16) -> Opened<PostgresStore> {
    postgres::open(address, Connections { workers, readers: 2 }).await.unwrap()
}

/// What came of a batch, and how often it was decided.
pub(crate) async fn counted(store: &mut PostgresStore, batch: &[Asked]) -> (Result<Vec<Decision>, StoreError>, usize) {
    let mut times = 0;
    let decided = store
        .transact(&Needs::of(batch), |set, now| {
            times += 1;
            decide_batch(set, now, batch)
        })
        .await;
    (decided, times)
}

pub(crate) async fn one(store: &mut PostgresStore, command: &Asked) -> Result<Outcome, StoreError> {
    counted(store, std::slice::from_ref(command)).await.0.map(|mut decisions| decisions.remove(0).outcome)
}

/// A guest's sign-up for the event.
pub(crate) fn sign(number: u128, role: u128) -> Asked {
    sign_up(event_id(1), SLUG, number, &format!("p{number}"), role, 1)
}

/// As [`sign`], with an idempotency key.
pub(crate) fn keyed(number: u128, role: u128) -> Asked {
    with_key(sign(number, role), &format!("a-key-of-a-guest-{number:06}"))
}

pub(crate) fn owner(action: Action) -> Asked {
    ask(event_id(1), action)
}

/// Makes an event of ten Servers.
pub(crate) fn create_event(id: EventId, slug: &str) -> Asked {
    let mut settings: EventSettings = settings(slug);
    settings.waitlist.policy = WaitlistPolicy::Strict;
    create(id, settings, vec![new_role(SERVER, "Server", Some(10))])
}

/// Numbers that look random, the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        // Steele, Lea, Flood: Fast splittable pseudorandom number generators (SplitMix64).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(limit)).unwrap()
    }
}
