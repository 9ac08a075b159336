//! Everything at once: several nodes, many people who repeat what was not answered, and faults at random. At the end all
//! that was acknowledged is there, once.
//!
//! `HEADCOUNT_HAMMER_SECONDS=600` makes it a long run; `HEADCOUNT_HAMMER_SEED` repeats the choices of one, though not their
//! timing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use headcount::clock;
use headcount::lanes::Rejected;
use headcount::store::PostgresStore;
use headcount::store::postgres::Address;
use headcount_core::command::{Action, Command, Move, Resize, RoleRef};
use headcount_core::decision::{Outcome, Receipt, Refusal};
use headcount_core::event::Status;
use tokio::time::sleep;

use super::ground::*;
use super::lanes::Node;
use super::postgres::Cluster;
use super::proxy::{AtCommit, Proxy};
use super::setting::*;

const NODES: usize = 3;
const EVENTS: u128 = 4;
const CLIENTS: u64 = 24;
const PEOPLE: u32 = 60;
const SECONDS: u64 = 8;
/// Nobody goes without an answer for longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// At the end so many answers are asked for again.
const REPEATED_MAX: usize = 3_000;

/// What somebody asked and was told.
type Told = Vec<(Command, Outcome)>;

struct Site {
    nodes: Vec<Node>,
    is_over: AtomicBool,
    retries: AtomicUsize,
    unknown: AtomicUsize,
}

impl Site {
    /// Asks any node, and another one as long as there is no answer.
    async fn ask(&self, random: &mut Random, command: &Command) -> Outcome {
        let began = clock::instant();
        loop {
            let node = &self.nodes[random.below(NODES as u32) as usize];
            match node.lanes.submit(command.clone()).await {
                Ok(outcome) => return outcome,
                Err(Rejected::Internal) => panic!("a bug: {command:?}"),
                Err(Rejected::Unknown) => drop(self.unknown.fetch_add(1, Ordering::Relaxed)),
                Err(Rejected::Busy | Rejected::Unavailable) => drop(self.retries.fetch_add(1, Ordering::Relaxed)),
            }
            assert!(began.elapsed() < ANSWER_WITHIN, "nobody answers {command:?}");
            sleep(Duration::from_millis(u64::from(random.below(30)))).await;
        }
    }

    /// One of many who ask for one thing after the other, everything with a key, some of it twice.
    async fn client(self: Arc<Site>, number: u64, seed: u64) -> Told {
        let mut random = Random(seed.wrapping_add(number));
        let (mut told, mut mine): (Told, Vec<Receipt>) = (Vec::new(), Vec::new());
        while !self.is_over.load(Ordering::Relaxed) {
            let id = u128::from(number) << 32 | told.len() as u128;
            let command = with_key(wish(&mut random, id, &mine), &format!("key-of-the-hammer-{id:032x}"));
            let outcome = self.ask(&mut random, &command).await;
            if let Outcome::Registration(receipt) = &outcome {
                mine.retain(|one| one.id != receipt.id);
                // Mostly about those that are not over.
                if receipt.status != Status::Cancelled || random.below(8) == 0 {
                    mine.push(receipt.clone());
                }
            }
            if random.below(4) == 0 {
                assert_eq!(self.ask(&mut random, &command).await, outcome, "the same key, another answer");
            }
            told.push((command, outcome));
        }
        told
    }
}

/// Something to ask: mostly a place, else something about one of `mine`.
fn wish(random: &mut Random, id: u128, mine: &[Receipt]) -> Command {
    let of_mine = random.below(5) < 3 && !mine.is_empty();
    if of_mine {
        let one = &mine[random.below(mine.len() as u32) as usize];
        let action = match random.below(5) {
            0..3 => Action::Cancel(one.id),
            3 => Action::Move(Move { registration: one.id, to: RoleRef::Id(role_id(u128::from(random.below(2)) + 1)) }),
            _ => Action::Resize(Resize { registration: one.id, spots: spots(1 + random.below(3)) }),
        };
        return ask(one.event_id, action);
    }
    let event = 1 + u128::from(random.below(EVENTS as u32));
    let name = format!("p{}", random.below(PEOPLE));
    let role = u128::from(random.below(2)) + 1;
    sign_up(event_id(event), &slug(event), id, &name, role, 1 + random.below(3))
}

fn slug(event: u128) -> String {
    if event == 1 { SLUG.to_owned() } else { format!("event-{event}") }
}

/// One thing after the other goes wrong; how often what did.
async fn go_wrong(ground: &Ground<'_>, proxies: &[Proxy], random: &mut Random) -> BTreeMap<&'static str, usize> {
    let mut done = BTreeMap::new();
    let seconds = std::env::var("HEADCOUNT_HAMMER_SECONDS").ok().map_or(SECONDS, |text| text.parse().unwrap());
    let began = clock::instant();
    while began.elapsed() < Duration::from_secs(seconds) {
        let proxy = &proxies[random.below(NODES as u32) as usize];
        let what = match random.below(100) {
            0..30 => {
                ground.run(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
                       and application_name like 'headcount%' order by random() limit 1",
                );
                "backends terminated"
            }
            30..45 => told_to(proxy, AtCommit::SwallowReply, random),
            45..60 => told_to(proxy, AtCommit::CutBefore, random),
            60..75 => told_to(proxy, AtCommit::LeaveBehind, random),
            75..80 => told_to(proxy, AtCommit::HoldBack, random),
            80..88 => {
                proxy.cut();
                "connections cut"
            }
            88..93 => {
                proxy.refuse();
                sleep(Duration::from_millis(u64::from(random.below(400)))).await;
                proxy.accept();
                "connections refused"
            }
            93..97 => {
                proxy.hold();
                sleep(Duration::from_millis(u64::from(random.below(600)))).await;
                "partitions"
            }
            97 if seconds > SECONDS => {
                // Longer than a batch waits for a connection, now and then longer than the truth is looked for.
                proxy.refuse();
                proxy.cut();
                sleep(Duration::from_millis(u64::from(random.below(14_000)))).await;
                proxy.accept();
                "long outages"
            }
            97 | 98 => {
                kill_a_backend(ground, random);
                "backends killed"
            }
            _ => {
                ground.cluster.kill();
                ground.cluster.start_again();
                "servers killed"
            }
        };
        *done.entry(what).or_default() += 1;
        sleep(Duration::from_millis(u64::from(random.below(120)))).await;
        proxy.release();
    }
    for proxy in proxies {
        proxy.at_next_commits(AtCommit::CutBefore, 0);
        proxy.release();
    }
    done
}

fn told_to(proxy: &Proxy, fault: AtCommit, random: &mut Random) -> &'static str {
    proxy.at_next_commits(fault, 1 + random.below(3) as usize);
    match fault {
        AtCommit::SwallowReply => "replies swallowed",
        AtCommit::CutBefore => "commits cut off",
        AtCommit::LeaveBehind => "commits left behind",
        AtCommit::HoldBack => "commits held back",
    }
}

fn kill_a_backend(ground: &Ground<'_>, random: &mut Random) {
    let backends = ground.cluster.backends("application_name = 'headcount/write'");
    if !backends.is_empty() {
        kill_backend(backends[random.below(backends.len() as u32) as usize]);
        ground.cluster.wait_until_it_accepts();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn whatever_goes_wrong_what_was_acknowledged_is_there_once() {
    let seed = std::env::var("HEADCOUNT_HAMMER_SEED").ok().map(|text| text.parse().unwrap());
    let seed = seed.unwrap_or_else(|| u64::from_le_bytes(clock::random()));
    println!("HEADCOUNT_HAMMER_SEED={seed}");
    let cluster = Cluster::start(&[]);
    let ground = Ground::on(&cluster).await;
    let mut store = ground.store().await;
    for event in 2..=EVENTS {
        let roles = vec![new_role(SERVER, "Server", Some(20)), new_role(COOK, "Cook", Some(3))];
        one(&mut store, &create(event_id(event), settings(&slug(event)), roles)).await.unwrap();
    }
    let proxies: Vec<Proxy> = (0..NODES).map(|_| Proxy::start(cluster.port())).collect();
    let mut nodes = Vec::new();
    for proxy in &proxies {
        let address = Address::parse(&proxy.url(ground.plain_url())).unwrap();
        nodes.push(Node::start(&address, 3, Duration::from_secs(5)).await);
    }
    let site = Arc::new(Site {
        nodes,
        is_over: AtomicBool::new(false),
        retries: AtomicUsize::new(0),
        unknown: AtomicUsize::new(0),
    });
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(Arc::clone(&site).client(number, seed))).collect();
    let went_wrong = go_wrong(&ground, &proxies, &mut Random(seed)).await;
    site.is_over.store(true, Ordering::Relaxed);
    let mut told = Told::new();
    for client in clients {
        told.extend(client.await.unwrap_or_else(|panic| panic!("seed {seed}: {panic}")));
    }
    let (retries, unknown) = (site.retries.load(Ordering::Relaxed), site.unknown.load(Ordering::Relaxed));
    println!("{} answers, {retries} asked again, {unknown} of them unknown; {went_wrong:?}", told.len());
    for node in &site.nodes {
        node.wait_until_ready().await;
        assert!(!node.lanes.has_failed());
    }
    check(&ground, &mut store, &told).await;
}

/// All that was acknowledged is there, and nothing else.
async fn check(ground: &Ground<'_>, store: &mut PostgresStore, told: &Told) {
    ground.assert_sound();
    let done = |outcome: &Outcome| matches!(outcome, Outcome::Registration(_));
    type IsOne = fn(&Action) -> bool;
    let kinds: [(&str, IsOne); 2] = [
        ("signed_up", |action| matches!(action, Action::SignUp(_))),
        ("cancelled", |action| matches!(action, Action::Cancel(_))),
    ];
    for (kind, is_one) in kinds {
        let acknowledged = told.iter().filter(|(command, outcome)| is_one(&command.action) && done(outcome)).count();
        let entries = ground.count(&format!("select from log where kind = '{kind}'"));
        assert_eq!(entries, i64::try_from(acknowledged).unwrap(), "{kind}");
    }
    // What is wrong with the request itself, as a move to where one is, is not kept.
    let is_kept = |outcome: &Outcome| !matches!(outcome, Outcome::Refused(Refusal::Invalid { .. }));
    let kept = told.iter().filter(|(_, outcome)| is_kept(outcome)).count();
    assert_eq!(ground.count("select from idempotency_keys"), i64::try_from(kept).unwrap());
    // Whether there is such an entry at or before a seq.
    let mut log: BTreeSet<(String, String, u64)> = BTreeSet::new();
    let entries = "select registration_id, kind, seq from log where registration_id is not null";
    for row in ground.cluster.query(&ground.database, entries) {
        let [Some(registration), Some(kind), Some(seq)] = &row[..] else { panic!("{row:?}") };
        log.insert((registration.clone(), kind.clone(), seq.parse().unwrap()));
    }
    // As many as can be asked again in a short time.
    let every = told.len() / REPEATED_MAX + 1;
    for (number, (command, outcome)) in told.iter().enumerate() {
        let kind = kinds.iter().find(|(_, is_one)| is_one(&command.action)).map(|(kind, _)| *kind);
        if let (Outcome::Registration(receipt), Some(kind)) = (outcome, kind) {
            let of_it = |seq| (receipt.id.0.to_string(), kind.to_owned(), seq);
            let entry = log.range(of_it(0)..=of_it(receipt.seq.0)).next();
            assert!(entry.is_some(), "{command:?} was told {outcome:?}");
        }
        if is_kept(outcome) && number % every == 0 {
            assert_eq!(&one(store, command).await.unwrap(), outcome, "the same key once more: {command:?}");
        }
    }
    ground.assert_sound();
}
