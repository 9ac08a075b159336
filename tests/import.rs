//! `headcount import`, `export` and `compare`: the real program on made-up dumps with planted differences.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

#[path = "import/bad_input.rs"]
mod bad_input;
#[path = "import/both_ways.rs"]
mod both_ways;
#[path = "import/compared.rs"]
mod compared;
#[path = "import/guide.rs"]
mod guide;
#[path = "import/killed.rs"]
mod killed;
#[path = "import/lists.rs"]
mod lists;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "import/repeated.rs"]
mod repeated;

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Run {
    fn of(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
    }

    pub(crate) fn succeeded(self) -> Run {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Ended with exit code 1, after saying this.
    pub(crate) fn failed(self, said: &str) -> Run {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(self.output.contains(said) || self.errors.contains(said), "{said}: {self:#?}");
        self
    }

    pub(crate) fn says(self, said: &str) -> Run {
        assert!(self.output.contains(said), "{said}: {}", self.output);
        self
    }
}

/// A folder with a data file and what is written beside it.
pub(crate) struct Ground {
    folder: TempDir,
    database: String,
}

impl Ground {
    pub(crate) fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("new.db").display());
        Ground { folder, database }
    }

    pub(crate) fn on(database: String) -> Ground {
        Ground { database, ..Ground::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn run(&self, words: &str, files: &[PathBuf]) -> Run {
        let mut words = words.split(' ');
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command.arg(words.next().unwrap()).args(["--database", &self.database]).args(words).args(files);
        self.give_secret(&mut command);
        Run::of(command.output().unwrap())
    }

    pub(crate) fn is_on_postgres(&self) -> bool {
        self.database.starts_with("postgres:")
    }

    /// Where no file can hold it.
    pub(crate) fn give_secret(&self, command: &mut Command) {
        if self.is_on_postgres() {
            command.env("HEADCOUNT_SECRET", "a secret of tests, made up");
        }
    }

    /// Exports to a new folder.
    pub(crate) fn export(&self, layout: &str, name: &str) -> Exported {
        let out = self.path(name);
        self.run(&format!("export --layout {layout} --out {}", out.display()), &[]).succeeded();
        Exported::read(&out)
    }

    pub(crate) fn verify(&self) {
        process::assert_green(&self.database, "after an import");
    }
}

/// The files of an export, by name.
#[derive(PartialEq, Debug)]
pub(crate) struct Exported {
    pub(crate) paths: Vec<String>,
    pub(crate) texts: Vec<String>,
    folder: PathBuf,
}

impl Exported {
    fn read(folder: &Path) -> Exported {
        let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let texts = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Exported { paths: paths.iter().map(name).collect(), texts, folder: folder.to_owned() }
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.paths.iter().map(|name| self.folder.join(name)).collect()
    }

    /// Of the layout `registrations`: everybody with this name.
    pub(crate) fn named(&self, name: &str) -> Vec<Value> {
        let all: Vec<Value> = serde_json::from_str(&self.texts[1]).unwrap();
        all.into_iter().filter(|one| one["name"] == name).collect()
    }

    /// As [`Exported::named`], where there is one.
    pub(crate) fn only(&self, name: &str) -> Value {
        let [one] = <[Value; 1]>::try_from(self.named(name)).unwrap();
        one
    }
}

/// The dumps with planted differences.
pub(crate) fn dumps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    ["events.json", "registrations.ndjson"].map(|name| folder.join(name)).to_vec()
}
