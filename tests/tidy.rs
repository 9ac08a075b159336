//! What a reviewer would otherwise have to say again and again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;

/// Which modules a module of the server may use, beside `clock`, `given`, `peer` and `secret`, which all may.
const DIRECTIONS: [(&str, &[&str]); 17] = [
    ("store", &["store", "values"]),
    ("live", &["live", "store"]),
    ("metrics", &[]),
    ("lanes", &["lanes", "live", "metrics", "store"]),
    ("people", &["people", "lanes", "live", "store", "values"]),
    ("hooks", &["hooks", "lanes", "store", "values"]),
    ("mail", &["mail", "calendar", "html", "lanes", "store", "values", "words"]),
    ("http", &["hooks", "http", "lanes", "live", "mail", "metrics", "people", "store", "values", "words"]),
    ("pages", &["pages", "calendar", "words"]),
    ("calendar", &[]),
    ("words", &["store"]),
    ("html", &[]),
    ("verify", &["verify", "store"]),
    ("checks", &["checks", "lanes", "metrics", "store", "values", "verify"]),
    ("client", &[]),
    ("simulate", &["simulate", "lanes", "store"]),
    ("server", &["checks", "hooks", "http", "lanes", "mail", "pages", "people", "store"]),
];

/// What the pure core may depend on: nothing that does I/O, reads a clock or is random.
const CORE_DEPENDENCIES: [&str; 6] = ["caseless", "serde", "serde_json", "sha2", "unicode-normalization", "uuid"];

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The part of a file before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn files_are_short_enough_to_be_read() {
    for path in [sources("src"), sources("core/src"), sources("simulation/src")].concat() {
        let lines = without_tests(&read(&path)).lines().count();
        assert!(
            lines < FILE_LINES_MAX,
            "{} has {lines} lines without tests: split it where the story splits",
            path.display()
        );
    }
}

#[test]
fn modules_use_only_what_stands_below_them() {
    for path in sources("src") {
        let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_owned();
        let module =
            inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == module) else { continue };
        for (number, line) in without_tests(&read(&path)).lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                let fine = used.is_empty()
                    || ["clock", "given", "peer", "secret"].contains(&used.as_str())
                    || allowed.contains(&used.as_str());
                assert!(fine, "{}:{}: {module} must not use {used}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn no_type_of_the_database_leaves_the_store() {
    for path in sources("src") {
        // The strategies that are compared with headcount speak SQL of their own.
        let may =
            ["src/store", "src/cli/bench/strategies"].iter().any(|folder| path.to_str().unwrap().contains(folder));
        for types in ["rusqlite", "tokio_postgres"] {
            assert!(may || !without_tests(&read(&path)).contains(types), "{} names {types}", path.display());
        }
    }
}

#[test]
fn the_core_depends_on_nothing_that_could_do_anything_but_think() {
    let manifest = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("core/Cargo.toml"));
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<&str> =
        section.lines().filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|name| !name.is_empty()).collect();
    assert_eq!(names, CORE_DEPENDENCIES);
}

#[test]
fn migrations_are_paired_and_numbered_without_gaps() {
    let names = |database: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"), "a number and a name mean the same on both");
    for (index, name) in names("sqlite").iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", index + 1)) && name.ends_with(".sql"), "{name}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    let this_file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file!());
    for path in [sources("src"), sources("core"), sources("simulation"), sources("tests")].concat() {
        if path == this_file || path.components().any(|part| part.as_os_str() == "target") {
            continue;
        }
        for marker in ["TODO", "FIXME", "XXX", "unimplemented!", "todo!", "dbg!"] {
            assert!(!read(&path).contains(marker), "{} holds a {marker}", path.display());
        }
    }
}
