//! PostgreSQL's programs, the account they run under, and a freshly initialised data folder to copy.

use std::env;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;

const DEBIANS: &str = "/usr/lib/postgresql";
const MEMORY: &str = "/dev/shm";
const MEMORY_MEGABYTES_MIN: u64 = 4096;
const INSTALL: &str = "these tests start a PostgreSQL of their own: apt-get install postgresql";

/// Where the programs are and who runs them.
pub(super) struct Programs {
    folder: PathBuf,
    version: String,
    /// User and group; PostgreSQL refuses to run as root.
    instead_of_root: Option<(u32, u32)>,
}

impl Programs {
    /// Those of the newest installed PostgreSQL.
    pub(super) fn find() -> Programs {
        let folder = newest_of_debian().or_else(by_pg_config).expect(INSTALL);
        let version = output(Command::new(folder.join("postgres")).arg("--version"));
        let number = version.split_whitespace().nth(2).expect("postgres (PostgreSQL) 15.1").to_owned();
        let instead_of_root = geteuid().is_root().then(account);
        Programs { folder, version: number, instead_of_root }
    }

    /// One of the programs, to be run under the right account and untouched by the caller's `PG…` variables.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC").current_dir("/");
        if let Some((user, group)) = self.instead_of_root {
            command.uid(user).gid(group);
        }
        command
    }

    /// A new empty folder that belongs to the account.
    pub(super) fn new_folder(&self, place: &Path) -> PathBuf {
        let folder = tempfile::Builder::new().prefix("headcount-postgres-").tempdir_in(place).unwrap().keep();
        self.give(&folder);
        // PostgreSQL gives the real path where it names its own.
        folder.canonicalize().unwrap()
    }

    /// Writes a file that only the account can read.
    pub(super) fn write(&self, path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        self.give(path);
    }

    /// A data folder fresh from `initdb`, which takes a second or two: made once and kept in the target folder.
    pub(super) fn template(&self) -> PathBuf {
        let shelf = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(shelf).unwrap();
        let user = self.instead_of_root.map_or(geteuid().as_raw(), |(user, _)| user);
        let template = shelf.join(format!("postgresql-{}-of-{user}", self.version));
        // Test binaries may run side by side; the lock ends with the file.
        let lock = File::create(template.with_added_extension("lock")).unwrap();
        lock.lock().unwrap();
        if !template.exists() {
            self.initialise(&template);
        }
        template
    }

    /// Copies a data folder with its owner.
    pub(super) fn copy(&self, from: &Path, to: &Path) {
        output(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
    }

    fn initialise(&self, template: &Path) {
        // Not in the target folder, which the account may be unable to reach.
        let work = self.new_folder(&env::temp_dir());
        let data = work.join("data");
        output(
            self.command("initdb")
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
                .arg(&data),
        );
        let partial = template.with_added_extension("partial");
        let _ = fs::remove_dir_all(&partial);
        self.copy(&data, &partial);
        fs::remove_dir_all(work).unwrap();
        // It outlives the machine's next crash, so it must be whole after it.
        output(Command::new("sync").arg("-f").arg(&partial));
        fs::rename(partial, template).unwrap();
    }

    fn give(&self, path: &Path) {
        if let Some((user, group)) = self.instead_of_root {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

/// A folder in memory, where that has room for some hundred databases; else the usual one for what is temporary.
pub(super) fn roomy_memory() -> PathBuf {
    let told = Command::new("df").args(["--output=avail", "--block-size=1M", MEMORY]).output();
    let megabytes = told.ok().and_then(|told| String::from_utf8(told.stdout).ok()?.lines().last()?.trim().parse().ok());
    let has_room = megabytes.is_some_and(|megabytes: u64| megabytes >= MEMORY_MEGABYTES_MIN);
    if has_room { PathBuf::from(MEMORY) } else { env::temp_dir() }
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions =
        fs::read_dir(DEBIANS).ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let folders = versions.map(|version| (version, Path::new(DEBIANS).join(version.to_string()).join("bin")));
    Some(folders.filter(|(_, folder)| is_complete(folder)).max()?.1)
}

fn by_pg_config() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?.stdout;
    Some(PathBuf::from(String::from_utf8(told).ok()?.trim())).filter(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// Of the user that Debian's package makes.
fn account() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find_map(|line| line.strip_prefix("postgres:")).expect(INSTALL);
    let mut words = line.split(':').skip(1);
    let mut number = || words.next().unwrap().parse().unwrap();
    (number(), number())
}

/// What a program prints; it must not fail.
fn output(command: &mut Command) -> String {
    let told = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(told.status.success(), "{command:?}: {}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap()
}
