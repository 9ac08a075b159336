//! Histories: many clients ask at once, each operation is noted with its beginning and its end, and a checker looks for an
//! order in which they could have happened one after the other, each between its beginning and its end (linearizability:
//! Herlihy and Wing, 1990). On a data file, and on three nodes of one PostgreSQL.
//!
//! `HEADCOUNT_HISTORIES=100` makes more of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "histories/checker.rs"]
mod checker;
#[path = "histories/clients.rs"]
mod clients;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "nodes/site.rs"]
#[allow(dead_code, reason = "the tests of nodes use more of it")]
mod site;

use checker::{Entry, Operation, Saw, check};
use clients::{log_of, play};
use process::Server;
use site::Site;

fn histories() -> usize {
    std::env::var("HEADCOUNT_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// What the events of the histories are like: one where people are refused, one where they wait.
const POLICIES: [&str; 2] = ["off", "fill_gaps"];

#[tokio::test(flavor = "multi_thread")]
async fn on_a_data_file_everything_happens_in_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("headcount.db"));
    for round in 0..histories() {
        for policy in POLICIES {
            let (event, history) = play(std::slice::from_ref(&server), policy, round).await;
            let log = log_of(&server, &event).await;
            assert_eq!(check(clients::CAPACITY, &log, &history), Ok(()), "{policy}, round {round}");
        }
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_three_nodes_everything_happens_in_one_order() {
    let site = Site::start();
    for round in 0..histories() {
        for policy in POLICIES {
            let (event, history) = play(&site.nodes, policy, round).await;
            let log = log_of(&site.nodes[2], &event).await;
            assert_eq!(check(clients::CAPACITY, &log, &history), Ok(()), "{policy}, round {round}");
        }
    }
    site.verify();
}

/// If the checker let these through, it would prove nothing.
#[test]
fn the_checker_sees_what_cannot_have_been() {
    let log = [(3, 2), (4, 0), (5, -2)].map(|(seq, places)| Entry { seq, places });
    let at = |begun, ended, saw| Operation { begun, ended, saw };
    let wrote = |seq| Saw::Wrote { seq };
    let fine = [
        at(1, 2, wrote(3)),
        at(3, 9, Saw::Refused { spots: 1 }),
        at(4, 5, wrote(4)),
        at(6, 7, wrote(5)),
        at(10, 11, Saw::Read { seq: 5, reserved: 0 }),
    ];
    assert_eq!(check(2, &log, &fine), Ok(()));

    let wrong: [(&str, Vec<Operation>); 6] = [
        ("the later one comes first", vec![at(1, 2, wrote(4)), at(3, 4, wrote(3))]),
        ("two are one", vec![at(1, 2, wrote(3)), at(1, 2, wrote(3))]),
        ("a read sees the past", vec![at(1, 2, wrote(5)), at(3, 4, Saw::Read { seq: 3, reserved: 2 })]),
        ("a read sees what never was", vec![at(1, 2, Saw::Read { seq: 3, reserved: 1 })]),
        ("refused though there was room", vec![at(1, 2, wrote(5)), at(3, 4, Saw::Refused { spots: 1 })]),
        (
            "a refusal that was true only before another one",
            vec![at(1, 2, Saw::Read { seq: 5, reserved: 0 }), at(3, 4, Saw::Refused { spots: 2 })],
        ),
    ];
    for (what, history) in wrong {
        assert!(check(2, &log, &history).is_err(), "{what}");
    }
}
