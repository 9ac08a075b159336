//! `headcount restore`: a data file of a backup.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::erase::{again, read_list, told};
use super::files::{Workplace, has_secret, read_secret, secret_beside};
use super::verify::{audit, show};
use super::{EXIT_FAILED, print};
use crate::secret::Secret;
use crate::server::{SECRET_FINGERPRINT, secret_file};
use crate::store::Database;
use crate::store::sqlite::{OpenError, Reading, free_place, hold};

/// What to restore, and where to.
#[derive(Args, Clone, Debug)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The data file to be made. It must not be there yet, and no server may be started on it meanwhile.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Who was erased since, as `headcount erase --list` prints it: they are erased again.
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    /// The secret of the backup, where none is beside it. Needed only for --erasures.
    #[arg(long, env = "HEADCOUNT_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// Restores a backup and verifies what is there then. Exit code 0: it is there, and as it should be; 1: the backup is
/// damaged, and nothing is there; 1 or 3 with nothing but an error: nothing is there either.
///
/// # Errors
/// If it could not be written.
pub async fn run(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    // Before it is looked whether it is free, so that no server makes a file there meanwhile.
    let held = hold(&args.to).map_err(in_use)?;
    let to = free_place(&args.to)?;
    let workplace = Workplace::beside(&to)?;
    let reading = Reading::begin(&args.from)?;
    let fingerprint = reading.noted(SECRET_FINGERPRINT)?;
    let secret = secret_beside(&args.from, fingerprint.as_deref())?;
    let beside = beside(&to, secret.as_deref(), fingerprint.as_deref())?;
    let data = workplace.data();
    tokio::task::spawn_blocking(move || reading.save(&data)).await??;
    if let Some(file) = &args.erasures {
        let secret = secret.clone().or(args.secret).or(read_secret(&to)?);
        let erased = again(&Database::Sqlite(workplace.data()), &read_list(file)?, secret).await?;
        print(&told(erased))?;
    }
    let report = audit(Database::Sqlite(workplace.data()), Vec::new()).await?;
    show(&report)?;
    if !report.is_green() {
        eprintln!("headcount: nothing was restored, as {} is damaged: take an earlier backup", args.from.display());
        return Ok(ExitCode::from(EXIT_FAILED));
    }
    workplace.publish(&to, secret.as_deref().filter(|_| beside == Beside::Nothing))?;
    drop(held);
    print(&restored(&args.from, &to, secret.is_some() || beside == Beside::Same))?;
    Ok(ExitCode::SUCCESS)
}

/// The secret that stands where the data file is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// The one that the backup was used with.
    Same,
}

/// Looks at the secret file that may have outlived its data file. Another one than that of the backup is in the way.
fn beside(to: &Path, secret: Option<&str>, fingerprint: Option<&str>) -> anyhow::Result<Beside> {
    let there = read_secret(to)?;
    let is_used = there.as_ref().is_some_and(|text| fingerprint == Some(&Secret::new(text.as_bytes()).fingerprint()));
    if is_used || there.is_some() && has_secret(to, secret.unwrap_or_default())? {
        return Ok(Beside::Same);
    }
    Ok(Beside::Nothing)
}

fn in_use(error: OpenError) -> OpenError {
    match error {
        OpenError::InUse { path } => {
            OpenError::Path { path, problem: "is open in a server: stop that one first, or name another file".into() }
        }
        error => error,
    }
}

fn restored(from: &Path, to: &Path, has_secret: bool) -> String {
    let data = format!("{} was restored from {}", to.display(), from.display());
    let secret = match has_secret {
        true => format!("{} holds its secret", secret_file(to).display()),
        false => "no secret is beside it: start the server with the one it had (HEADCOUNT_SECRET)".to_owned(),
    };
    format!("{data}\n{secret}")
}
