//! A real server, really killed in mid-load, again and again on one database: nothing that was acknowledged is lost, and
//! each key has one outcome.
//!
//! `HEADCOUNT_KILLS=100` kills more often.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headcount::client::{Address, Ask, Connection};
use hyper::Method;
use postgres::Cluster;
use process::{Server, TOKEN, Told, assert_green, serve, told};
use serde_json::json;
use tokio::sync::Notify;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;

const KILLS_USUAL: usize = 20;
/// Then it goes on with another event, as everybody of one is asked again after each kill.
const KILLS_AN_EVENT: usize = 20;
const CONNECTIONS: usize = 16;
/// Answers that a server may give before it is killed; the next one a few more, so that no two die at the same point.
const ANSWERS_BEFORE_KILL: usize = 40;
const CAPACITY: u64 = 300;
/// As many want all places, in parties of 1 to 3.
const PEOPLE_FOR_ALL_PLACES: usize = 152;

fn sign_up(address: &Address, event: &str, person: usize) -> Ask {
    let body = json!({"name": format!("Person {person}"), "email": format!("person-{person}@example.org"), "spots": 1 + person % 3});
    Ask::new(Method::POST, &address.target(&format!("/api/v1/events/{event}/registrations")))
        .json(body.to_string())
        .key(&format!("crash-test-key-of-person-{person:06}"))
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_however_often_it_is_killed_on_a_data_file() {
    let folder = tempfile::tempdir().unwrap();
    nothing_is_lost(&format!("sqlite:{}", folder.path().join("crash.db").display())).await;
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_however_often_it_is_killed_on_a_postgresql() {
    let cluster = Cluster::start(&[]);
    nothing_is_lost(&cluster.new_database()).await;
}

fn start(database: &str) -> Server {
    let mut command = serve(&[], database);
    if database.starts_with("postgres:") {
        // Beside a data file it stands in a file of its own, which must outlive the kills too.
        command.env("HEADCOUNT_SECRET", "the-same-secret-after-every-kill");
    }
    Server::of(&mut command)
}

async fn nothing_is_lost(database: &str) {
    let kills = std::env::var("HEADCOUNT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS_USUAL);
    let mut server = start(database);
    for first in (0..kills).step_by(KILLS_AN_EVENT) {
        server = killed_during_one_event(server, database, first..kills.min(first + KILLS_AN_EVENT)).await;
    }
    server.kill();
    assert_green(database, "at the end");
}

/// Returns the last server that was started.
async fn killed_during_one_event(mut server: Server, database: &str, kills: Range<usize>) -> Server {
    let event = make_event(&server.address, kills.start).await;
    let mut acknowledged: BTreeMap<usize, Told> = BTreeMap::new();
    let mut next_person = 0;
    for round in kills {
        let answers_before = ANSWERS_BEFORE_KILL + 7 * (round % KILLS_AN_EVENT);
        let answers = under_load(&server.address, &event, next_person, answers_before).await;
        server.kill();
        let (answers, asked_to) = answers.collect().await;
        next_person = asked_to;
        acknowledged.extend(answers);
        server = start(database);
        check_all(&server.address, &event, &acknowledged, next_person).await;
        assert_green(database, &format!("after kill {round}"));
    }
    let everybody = check_all(&server.address, &event, &acknowledged, next_person).await;
    let confirmed: u64 = everybody
        .values()
        .filter(|told| told.1["status"] == "confirmed")
        .map(|told| told.1["spots"].as_u64().unwrap())
        .sum();
    assert!(confirmed <= CAPACITY, "{confirmed} places were given");
    assert!(
        confirmed + 3 > CAPACITY || next_person < PEOPLE_FOR_ALL_PLACES,
        "there were more wishes than places, so at most two places are left: {confirmed}"
    );
    server
}

async fn make_event(address: &Address, number: usize) -> String {
    let event = json!({
        "title": "Example", "slug": format!("crash-{number}"), "status": "published", "max_spots": 4,
        "waitlist": {"policy": "strict"}, "roles": [{"name": "Visitor", "capacity": CAPACITY}]
    });
    let ask = Ask::new(Method::POST, &address.target("/api/v1/events")).json(event.to_string()).token(TOKEN);
    let made = told(&mut Connection::open(address).await.unwrap(), ask).await.unwrap();
    assert_eq!(made.0, 201, "{}", made.1);
    made.1["id"].as_str().unwrap().to_owned()
}

/// People who sign up until their server dies.
struct Load {
    people: tokio::task::JoinSet<Vec<(usize, Told)>>,
    next_person: Arc<AtomicUsize>,
}

impl Load {
    /// What was answered, and the first person who was not asked for.
    async fn collect(self) -> (Vec<(usize, Told)>, usize) {
        let answers = self.people.join_all().await.into_iter().flatten().collect();
        (answers, self.next_person.load(Ordering::SeqCst))
    }
}

/// Returns while the load is at its height, after so many answers.
async fn under_load(address: &Address, event: &str, first_person: usize, answers_before: usize) -> Load {
    let next_person = Arc::new(AtomicUsize::new(first_person));
    let answered = Arc::new(AtomicUsize::new(0));
    let enough = Arc::new(Notify::new());
    let mut people = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, event) = (address.clone(), event.to_owned());
        let (next_person, answered, enough) = (next_person.clone(), answered.clone(), enough.clone());
        people.spawn(async move {
            let mut answers = Vec::new();
            let mut connection = Connection::open(&address).await.unwrap();
            loop {
                let person = next_person.fetch_add(1, Ordering::SeqCst);
                let Some(told) = told(&mut connection, sign_up(&address, &event, person)).await else { return answers };
                answers.push((person, told));
                if answered.fetch_add(1, Ordering::SeqCst) + 1 == answers_before {
                    enough.notify_one();
                }
            }
        });
    }
    enough.notified().await;
    Load { people, next_person }
}

/// Every request is repeated with its key: those that were answered get the same answer, the others get one now.
async fn check_all(
    address: &Address,
    event: &str,
    acknowledged: &BTreeMap<usize, Told>,
    people: usize,
) -> BTreeMap<usize, Told> {
    let mut asking = tokio::task::JoinSet::new();
    for first in 0..CONNECTIONS {
        let (address, event) = (address.clone(), event.to_owned());
        asking.spawn(async move {
            let mut connection = Connection::open(&address).await.unwrap();
            let mut answers = Vec::new();
            for person in (first..people).step_by(CONNECTIONS) {
                answers.push((person, told(&mut connection, sign_up(&address, &event, person)).await.unwrap()));
            }
            answers
        });
    }
    let everybody: BTreeMap<usize, Told> = asking.join_all().await.into_iter().flatten().collect();
    for (person, again) in &everybody {
        assert!([201, 409].contains(&again.0), "{}", again.1);
        if let Some(first) = acknowledged.get(person) {
            assert_eq!(without_address(first), without_address(again), "person {person}");
        }
    }
    everybody
}

/// The port differs from start to start, and with it the links.
fn without_address(told: &Told) -> Told {
    let mut told = told.clone();
    if let Some(url) = told.1.get_mut("manage_url") {
        *url = url.as_str().unwrap().rsplit('/').next().unwrap().into();
    }
    told
}
