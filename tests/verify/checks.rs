//! The checks that a server makes by itself, on damage that was planted beside it.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use headcount::checks::{Checked, Checks};
use headcount::lanes::Lanes;
use headcount::metrics::written;
use headcount::store::audit::AuditError;
use headcount::store::postgres::{self, Connections};
use headcount::store::{Database, Readers, sqlite};
use headcount::verify::{log_of_database, verify_database};
use headcount_core::ids::Millis;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::data::{Data, Kind};
use super::process;
use super::repairs::{full, overbooked};

/// Lanes on a database, and the checks that go with them.
struct Watched {
    runtime: Runtime,
    lanes: Lanes,
    checks: Checks,
}

impl Watched {
    fn of(data: &Data) -> Watched {
        let runtime = Runtime::new().unwrap();
        let lanes = Lanes::without_news(Duration::from_secs(60));
        let readers: Readers = match data.database() {
            Database::Sqlite(path) => {
                let opened = sqlite::open(&path).unwrap();
                lanes.start_workers(opened.stores).unwrap();
                opened.readers
            }
            Database::Postgres(address) => {
                let connections = Connections { workers: 1, readers: 1 };
                let opened = runtime.block_on(postgres::open(&address, connections)).unwrap();
                lanes.start_workers(opened.stores).unwrap();
                opened.readers
            }
        };
        let checks = Checks::new(data.database(), lanes.clone(), readers);
        Watched { runtime, lanes, checks }
    }

    /// Looks at what changed since then.
    fn check(&self, since: Millis) -> Checked {
        self.runtime.block_on(self.checks.check_changed(since)).unwrap()
    }

    #[track_caller]
    fn assert_measured(&self, lines: &[&str]) {
        let text = written(Millis(0), [&*self.checks.counted()]).unwrap();
        for line in lines {
            assert!(text.lines().any(|other| other == *line), "{line} in:\n{text}");
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.lanes.stop();
    }
}

const ALL: Millis = Millis(i64::MIN);

#[test]
fn a_counter_that_is_out_of_step_is_put_right_by_a_command_and_counted() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let watched = Watched::of(&data);
        let fine = Checked { events: 1, ..Checked::default() };
        assert_eq!(watched.check(ALL), fine, "{kind:?}");
        data.plant("update roles set reserved = 1; update events set reserved = 1, registrations = 7");
        let found = watched.check(ALL);
        assert_eq!(found, Checked { events: 1, wrong_counters: 3, repaired: 2, overbooked: 0 }, "{kind:?}");
        watched.assert_measured(&[
            "headcount_counter_drift 3",
            "headcount_counters_repaired_total 2",
            "headcount_overbooked_places 0",
        ]);
        assert_eq!(watched.check(ALL), fine, "{kind:?}");
        watched.assert_measured(&["headcount_counter_drift 0", "headcount_counters_repaired_total 2"]);
        let report = verify_database(&data.database(), &[]).unwrap();
        assert!(report.is_green(), "{kind:?}: {report}");
        let mut repairs = 0;
        log_of_database(&data.database(), None, |_, row| {
            repairs += usize::from(row.kind == b"counters_repaired");
            Ok::<(), AuditError>(())
        })
        .unwrap();
        assert_eq!(repairs, 2, "{kind:?}: it is told in the log, once for each counter row");
    }
}

#[test]
fn only_events_that_changed_are_looked_at_and_those_where_something_is_left_to_mend() {
    for kind in Kind::BOTH {
        let data = overbooked(kind);
        let watched = Watched::of(&data);
        let later = Millis(i64::MAX);
        assert_eq!(watched.check(later), Checked::default(), "{kind:?}: nothing has changed since");
        let first = watched.check(ALL);
        assert_eq!((first.overbooked, first.repaired), (1, 0), "{kind:?}: who must go is not for a program to say");
        assert!(first.wrong_counters > 0, "{kind:?}");
        assert_eq!(watched.check(later), first, "{kind:?}: it is told until somebody has seen to it");
        watched.assert_measured(&["headcount_overbooked_places 1", "headcount_counters_repaired_total 0"]);
    }
}

#[test]
fn the_nightly_audit_tells_what_it_found_and_has_counters_put_right() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let watched = Watched::of(&data);
        data.plant("update events set waiting = 0; update registrations set wait_seq = 9 where name = 'cat'");
        let report = watched.runtime.block_on(watched.checks.verify()).unwrap();
        assert!(!report.is_green(), "{kind:?}");
        watched.assert_measured(&[
            "headcount_counter_drift 1",
            "headcount_counters_repaired_total 1",
            "headcount_verify_findings{kind=\"I2\"} 1",
            "headcount_verify_findings{kind=\"I14\"} 1",
            "headcount_verify_findings{kind=\"I18\"} 0",
        ]);
        watched.runtime.block_on(watched.checks.verify()).unwrap();
        watched.assert_measured(&[
            "headcount_counter_drift 0",
            "headcount_verify_findings{kind=\"I2\"} 0",
            "headcount_verify_findings{kind=\"I14\"} 1",
        ]);
    }
}

#[test]
fn a_night_in_which_the_database_is_away_for_a_while_does_not_end_without_an_audit() {
    let data = full(Kind::Sqlite);
    let watched = Watched::of(&data);
    let Database::Sqlite(path) = data.database() else { unreachable!("it is a file") };
    let elsewhere = path.with_extension("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let failed = |times: u32| {
        let text = written(Millis(0), [&*watched.checks.counted()]).unwrap();
        text.contains(&format!("headcount_checks_failed_total{{kind=\"verify\"}} {times}\n"))
    };
    // Its time passes at once where nothing but time is waited for.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let comes_back = async {
            tokio::time::sleep(Duration::from_mins(25)).await;
            assert!(failed(3));
            fs::rename(&elsewhere, &path).unwrap();
        };
        tokio::join!(watched.checks.verify_with_retries(), comes_back);
    });
    assert!(failed(3));
    watched.assert_measured(&["headcount_verify_findings{kind=\"I2\"} 0"]);

    fs::rename(&path, &elsewhere).unwrap();
    runtime.block_on(watched.checks.verify_with_retries());
    assert!(failed(10), "it is given up for the night");
    fs::rename(&elsewhere, &path).unwrap();
}

/// The real server, whose log is read while it runs.
#[test]
fn a_running_server_checks_by_itself_and_logs_what_it_found() {
    for kind in Kind::BOTH {
        let data = full(kind);
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        data.plant("update events set registrations = 7");
        let mut command = process::serve(&[], &data.address());
        command.args(["--check-every", "1s", "--verify-at", "off", "--log-format", "json"]);
        command.env("HEADCOUNT_SECRET", "the secret of these tests").stdin(Stdio::null());
        let server = process::Server::of(command.stderr(File::create(&log).unwrap()));
        let found = loop {
            let logged = fs::read_to_string(&log).unwrap();
            let lines = logged.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let is_it = |line: &Value| line["message"].as_str().is_some_and(|text| text.starts_with("counter drift"));
            match lines.into_iter().find(is_it) {
                Some(line) => break line,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(found["level"], "ERROR", "{found}");
        assert_eq!(found["wrong_counters"], 1, "{found}");
        assert_eq!(found["event"], "00000000-0000-0001-0000-000000000001", "{found}");
        server.terminate();
        assert_eq!(server.wait().0, Some(0));
    }
}
