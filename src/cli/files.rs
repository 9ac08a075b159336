//! Files that appear whole or not at all, and never in the place of others.

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::secret::Secret;
use crate::server::{secret_file, write_secret};
use crate::store::sqlite::{beside, folder_of, give_to_owner_of_folder};

/// A folder beside a target in which the target is made, readable by its owner only. It goes with this value.
pub(super) struct Workplace(PathBuf);

impl Workplace {
    /// Makes it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn beside(target: &Path) -> anyhow::Result<Workplace> {
        let folder = beside(target, &format!(".partial-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Workplace(folder))
    }

    /// Where the data file is made.
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Gives what was made its owner and its name, and first its secret: a data file is never there without it.
    ///
    /// # Errors
    /// If something has the name, or the folder cannot be written.
    pub(super) fn publish(&self, target: &Path, secret: Option<&str>) -> anyhow::Result<()> {
        if let Some(secret) = secret {
            let (made, target) = (self.0.join("secret"), secret_file(target));
            write_secret(&made, secret).with_context(|| format!("cannot write {}", target.display()))?;
            give_name(&made, &target)?;
        }
        give_name(&self.data(), target)?;
        let synced = File::open(folder_of(target)).and_then(|folder| folder.sync_all());
        synced.with_context(|| format!("{} may not outlive a loss of power", target.display()))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("headcount: {} could not be removed ({error}): remove it", self.0.display());
        }
    }
}

/// A hard link, unlike a rename, never takes the place of another file. Some file systems have none.
fn give_name(made: &Path, target: &Path) -> anyhow::Result<()> {
    let named = std::fs::hard_link(made, target).or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists => Err(error),
        _ if target.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
        _ => std::fs::rename(made, target),
    });
    let owned = named.and_then(|()| give_to_owner_of_folder(target));
    owned.with_context(|| format!("cannot write {}", target.display()))
}

/// What the secret file beside a data file holds; none: there is no such file.
///
/// # Errors
/// If it cannot be read.
pub(super) fn read_secret(database: &Path) -> anyhow::Result<Option<String>> {
    let file = secret_file(database);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read the secret file {}", file.display())),
    }
}

/// The secret that a data file is used with, if it stands in the file beside it; `fingerprint` is what the data file notes of
/// its secret.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn secret_beside(database: &Path, fingerprint: Option<&str>) -> anyhow::Result<Option<String>> {
    let is_used = |text: &String| fingerprint == Some(&Secret::new(text.as_bytes()).fingerprint());
    Ok(read_secret(database)?.filter(is_used))
}

/// Checks that nothing else than `secret` is where the secret of `database` is to be. Whether it is there already.
///
/// # Errors
/// If there is another one.
pub(super) fn has_secret(database: &Path, secret: &str) -> anyhow::Result<bool> {
    match read_secret(database)? {
        None => Ok(false),
        Some(text) if text == secret => Ok(true),
        Some(_) => bail!(
            "{} is there already, with another secret, and nothing is ever overwritten: name another file with --to, or \
             move it away",
            secret_file(database).display()
        ),
    }
}
