//! Thousands of connections on which nothing is ever asked: whoever signs up is answered all the same.
//!
//! `HEADCOUNT_IDLE=10000` holds more of them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpStream;

use crate::process::Server;
use crate::{ask, make_event, sign_up};

const IDLE_USUAL: usize = 2_000;
/// What a process holds open beside them.
const OTHER_FILES: usize = 200;
/// People who sign up meanwhile.
const PEOPLE: usize = 200;

#[tokio::test]
async fn whoever_signs_up_is_answered_beside_thousands_of_idle_connections() {
    let idle = std::env::var("HEADCOUNT_IDLE").ok().and_then(|text| text.parse().ok()).unwrap_or(IDLE_USUAL);
    if !may_open(idle + OTHER_FILES) {
        println!("SKIPPED, as a process may not open so many files here (ulimit -Hn): {idle} connections");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("idle.db"));
    let event = make_event(&server).await;
    let mut held = Vec::new();
    for _ in 0..idle {
        held.push(TcpStream::connect(server.address.authority()).await.unwrap());
    }
    // It comes after them, so when it is answered, all of them were taken.
    let mut connection = server.connect().await;
    for person in 0..PEOPLE {
        let (status, body) = ask(&mut connection, sign_up(&server, &event, person, "")).await;
        assert_eq!(status, 201, "{body}");
        if person == 0 {
            let open = std::fs::read_dir(format!("/proc/{}/fd", server.process.id())).unwrap().count();
            assert!(open >= idle, "the server holds {open} files open");
        }
    }
    drop(held);
    server.kill();
}

/// Raises the limit of open files of this process, and so of those that it starts, as far as it may; whether it is enough.
fn may_open(files: usize) -> bool {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let is_enough = maximum.is_none_or(|maximum| maximum >= files as u64);
    is_enough && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok()
}
