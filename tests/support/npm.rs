//! Packages of the npm registry that tests run, installed once for all of them, outside of the sources.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with the packages that `tests/{name}/` lists in `manifest`, and with `programs` from there.
pub(crate) fn installed(name: &str, manifest: &[&str], programs: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let is_same =
        |file: &&str| fs::read(folder.join(file)).is_ok_and(|text| text == fs::read(source.join(file)).unwrap());
    let done = folder.join("installed");
    if !manifest.iter().chain(programs).all(is_same) || !done.exists() {
        let _was_there = fs::remove_file(&done);
        for file in manifest.iter().chain(programs) {
            fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        let output = install.output().expect("npm can be run: scripts/test installs it");
        assert!(output.status.success(), "npm ci failed: {}", String::from_utf8_lossy(&output.stderr));
        fs::write(&done, "").unwrap();
    }
    folder
}
