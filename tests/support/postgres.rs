//! A real PostgreSQL of the test's own, which it may kill, stop, pause and start again. Linux only, as the faults are.
//!
//! Every cluster has its own folder, port and settings. Nothing of it outlives the test process, however that ends: see
//! `postgres/guardian.sh`. The functions block and start no runtime on the caller's thread, so they can be used from
//! `#[test]` and from within `#[tokio::test]`.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use guardian::Guardian;
use headcount::clock;
use programs::Programs;
use rustix::process::Signal;

#[path = "postgres/control.rs"]
mod control;
#[path = "postgres/guardian.rs"]
mod guardian;
#[path = "postgres/processes.rs"]
mod processes;
#[path = "postgres/programs.rs"]
mod programs;

/// The rows of an answer, every value as text, `None` for null.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// After this long a server that does not start, stop or do what is waited for never will.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// Below the ports that Linux gives to outgoing connections, so that none of those takes the port while the server is down.
const PORTS: Range<u16> = 15_000..32_000;
const PORTS_TRIED_MAX: usize = 20;

const SETTINGS: [(&str, &str); 6] = [
    ("listen_addresses", "127.0.0.1"),
    ("shared_buffers", "64MB"),
    ("max_connections", "500"),
    // Else what is killed leaves its segments in /dev/shm.
    ("dynamic_shared_memory_type", "mmap"),
    ("log_line_prefix", "%m [%p] %a: "),
    ("timezone", "UTC"),
];

/// A PostgreSQL server and its data. Dropped, it is gone.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
    databases: AtomicUsize,
    postmaster: Mutex<Option<Child>>,
    guardian: Guardian,
    programs: Programs,
}

/// The name of the database in a URL of the tests.
pub(crate) fn name(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1.split('?').next().unwrap()
}

impl Cluster {
    /// One for the whole test binary, for tests that pull no plugs: it waits for no disk.
    pub(crate) fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        const SETTINGS: [(&str, &str); 4] =
            [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("max_wal_size", "256MB")];
        SHARED.get_or_init(|| Cluster::start(&SETTINGS))
    }

    /// Starts one with these settings beside (and over) the usual ones, and PostgreSQL's own defaults for all that is about
    /// safety. Its folder is in memory where there is enough of it, because a disk may take seconds for a thousand new
    /// files: to kill -9 that makes no difference, since what was written stays in the system's memory either way.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Cluster {
        Cluster::start_with_files(settings, &[])
    }

    /// As [`Cluster::start`], with files in its data folder that only the server may read: `server.key`, `pg_hba.conf`.
    /// Control goes through the unix socket as `postgres`, so a `pg_hba.conf` must keep a line `local all all trust`.
    pub(crate) fn start_with_files(settings: &[(&str, &str)], files: &[(&str, &str)]) -> Cluster {
        Cluster::start_in(&programs::roomy_memory(), settings, files)
    }

    /// As [`Cluster::start`], on a real disk in any case: for what is to wait for one.
    pub(crate) fn start_on_disk(settings: &[(&str, &str)]) -> Cluster {
        Cluster::start_in(&env::temp_dir(), settings, &[])
    }

    fn start_in(place: &Path, settings: &[(&str, &str)], files: &[(&str, &str)]) -> Cluster {
        let programs = Programs::find();
        let template = programs.template();
        let folder = programs.new_folder(place);
        let guardian = Guardian::of(&folder);
        programs.copy(&template, &folder.join("data"));
        for (name, text) in files {
            programs.write(&folder.join("data").join(name), text);
        }
        let settings =
            SETTINGS.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut cluster = Cluster {
            folder,
            port: 0,
            settings,
            databases: AtomicUsize::new(0),
            postmaster: Mutex::new(None),
            guardian,
            programs,
        };
        for _ in 0..PORTS_TRIED_MAX {
            cluster.port = free_port();
            if cluster.launch() {
                return cluster;
            }
            assert!(cluster.log().contains("Address already in use"), "{}", cluster.trouble("did not start"));
        }
        panic!("{}", cluster.trouble("found no free port"));
    }

    /// A new empty database; its URL.
    pub(crate) fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        self.query("postgres", &format!("create database {name}"));
        self.url(&name)
    }

    /// The URL of a database, whether it exists or not.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// The URL of a database for a role of its own.
    pub(crate) fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// The process id of the server, the parent of all its backends.
    pub(crate) fn process(&self) -> u32 {
        self.slot().as_ref().expect("the server runs").id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where its data (`data`), its log (`log`) and its unix socket are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that the server has logged since it was first started.
    pub(crate) fn log(&self) -> String {
        fs::read(self.folder.join("log")).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// Runs statements on a connection of their own, beside all that the test does; the rows of all of them.
    pub(crate) fn query(&self, database: &str, sql: &str) -> Rows {
        self.try_query(database, sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// As [`Cluster::query`], where it may fail.
    pub(crate) fn try_query(&self, database: &str, sql: &str) -> Result<Rows, tokio_postgres::Error> {
        control::query(&self.folder, self.port, database, sql)
    }

    /// Waits until the only value of this query is true. Takes the place of sleeping until something "must have happened".
    pub(crate) fn wait_until(&self, database: &str, sql: &str) {
        let what = format!("waited in vain for {sql}");
        self.wait_for(&what, || self.query(database, sql)[0][0].as_deref() == Some("t"));
    }

    /// Waits until it takes connections again: it may be recovering.
    pub(crate) fn wait_until_it_accepts(&self) {
        self.wait_for("did not recover", || self.try_query("postgres", "select 1").is_ok());
    }

    /// The process ids of the clients' backends for which a condition on `pg_stat_activity` holds, the oldest first; for
    /// instance `application_name = 'node-2' and query like '%for no key update%'`.
    pub(crate) fn backends(&self, condition: &str) -> Vec<u32> {
        let sql = format!(
            "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
               and ({condition}) order by backend_start, pid"
        );
        self.query("postgres", &sql).iter().map(|row| row[0].as_ref().unwrap().parse().unwrap()).collect()
    }

    /// kill -9 of the whole server; returns when all of it is gone.
    pub(crate) fn kill(&self) {
        let mut slot = self.slot();
        let mut postmaster = slot.take().expect("the server runs");
        let process = postmaster.id();
        // Stopped first, it starts no more children while they are counted.
        processes::signal(process, Signal::STOP);
        let children = processes::children(process);
        for child in &children {
            processes::signal(*child, Signal::KILL);
        }
        processes::signal(process, Signal::KILL);
        self.guardian.forget();
        postmaster.wait().unwrap();
        self.wait_for("part of it survived kill -9", || !children.iter().any(|child| processes::lives(*child)));
    }

    /// A clean stop that waits for no client; returns when it is done.
    pub(crate) fn stop(&self) {
        let mut slot = self.slot();
        let mut postmaster = slot.take().expect("the server runs");
        processes::signal(postmaster.id(), Signal::INT);
        self.wait_for("did not stop", || postmaster.try_wait().unwrap().is_some());
        self.guardian.forget();
    }

    /// Starts it after [`Cluster::kill`] or [`Cluster::stop`], on the same data and port; returns when it accepts.
    pub(crate) fn start_again(&self) {
        self.wait_for("did not get its port again", || self.launch());
    }

    /// Stops and starts it.
    pub(crate) fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Whether a new server now runs and accepts; false if it ended at once.
    fn launch(&self) -> bool {
        let mut slot = self.slot();
        assert!(slot.is_none(), "the server runs already");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = self.programs.command("postgres");
        command.arg("-D").arg(self.folder.join("data"));
        let own =
            [("port", self.port.to_string()), ("unix_socket_directories", self.folder.to_str().unwrap().to_owned())];
        for (name, value) in own.iter().map(|(name, value)| (*name, value)).chain(self.settings()) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // In a process group of its own it gets no Ctrl-C, after which it would stop as if asked to.
        let postmaster = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let mut postmaster = postmaster.unwrap();
        self.guardian.watch(postmaster.id());
        let mut ended = false;
        self.wait_for("did not start", || {
            ended = postmaster.try_wait().unwrap().is_some();
            ended || self.try_query("postgres", "select 1").is_ok()
        });
        if ended {
            self.guardian.forget();
        } else {
            *slot = Some(postmaster);
        }
        !ended
    }

    fn settings(&self) -> impl Iterator<Item = (&str, &String)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value))
    }

    fn slot(&self) -> MutexGuard<'_, Option<Child>> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for(&self, trouble: &str, mut is_so: impl FnMut() -> bool) {
        let began = clock::instant();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "{}", self.trouble(trouble));
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    fn trouble(&self, what: &str) -> String {
        format!("the PostgreSQL on port {}: {what}; its log:\n{}", self.port, self.log())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.guardian.clean_up();
        if let Some(mut postmaster) = self.slot().take() {
            // The guardian has killed it; this takes its last word.
            let _ = postmaster.wait();
        }
    }
}

/// Stops a process where it stands, as a virtual machine is paused; returns when it stands.
pub(crate) fn pause(process: u32) {
    processes::signal(process, Signal::STOP);
    let began = clock::instant();
    while !processes::stands(process) {
        assert!(began.elapsed() < PATIENCE, "process {process} did not stop");
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Whether a process is there and not ended.
pub(crate) fn lives(process: u32) -> bool {
    processes::lives(process)
}

/// Lets a paused process go on, which knows nothing of the pause.
pub(crate) fn resume(process: u32) {
    processes::signal(process, Signal::CONT);
}

fn free_port() -> u16 {
    loop {
        let port = PORTS.start + u16::from_le_bytes(clock::random()) % (PORTS.end - PORTS.start);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
