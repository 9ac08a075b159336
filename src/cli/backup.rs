//! `headcount backup`: what a data file holds at one moment, and its secret, beside a running server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::files::{Workplace, has_secret, secret_beside};
use super::verify::{audit, exit_code, show};
use super::{EXIT_USAGE, print};
use crate::server::{SECRET_FINGERPRINT, secret_file};
use crate::store::Database;
use crate::store::sqlite::{OpenError, Reading, free_place};
use crate::verify::Report;

/// What is said where the data is in a PostgreSQL.
const OF_POSTGRES: &str = "a PostgreSQL is backed up with its own programs: pg_basebackup with continuous archiving (to go \
     back to any moment), or `pg_dump --format=custom`; keep HEADCOUNT_SECRET apart from it; see docs/operations.md";

/// Where to.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// The file to be made. It must not be there yet. The secret goes to the same name with .secret behind it.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Writes a backup and verifies it. Exit code 0: it is there, and as it should be; 1: it is there, and as damaged as the
/// data file is; 2: the data is not in a file; 1 or 3 with nothing but an error: nothing is there.
///
/// # Errors
/// If it could not be written.
pub async fn run(database: &Database, args: BackupArgs) -> anyhow::Result<ExitCode> {
    let Database::Sqlite(from) = database else {
        eprintln!("headcount: {OF_POSTGRES}");
        return Ok(ExitCode::from(EXIT_USAGE));
    };
    let to = free_place(&args.to)?;
    let workplace = Workplace::beside(&to)?;
    let reading = Reading::begin(from)?;
    let secret = secret_beside(from, reading.noted(SECRET_FINGERPRINT)?.as_deref())?;
    let has_secret = secret.as_deref().map_or(Ok(true), |secret| has_secret(&to, secret))?;
    let data = workplace.data();
    // Ends the reading as soon as everything is there, so that the write-ahead log need not grow on.
    tokio::task::spawn_blocking(move || reading.save(&data)).await?.map_err(|error| named(error, &to))?;
    let report = audit(Database::Sqlite(workplace.data()), Vec::new()).await?;
    workplace.publish(&to, secret.as_deref().filter(|_| !has_secret))?;
    show(&report)?;
    print(&heads(&report))?;
    print(&written(from, &to, secret.is_some()))?;
    if !report.is_green() {
        eprintln!("headcount: the backup is as damaged as {}, see above", from.display());
    }
    Ok(exit_code(&report))
}

/// What stood in the way, of the file that was to be made.
fn named(error: OpenError, to: &Path) -> OpenError {
    let problem = match error {
        OpenError::Path { problem, .. } => problem,
        error => error.to_string(),
    };
    OpenError::Path { path: to.to_owned(), problem: format!("{problem}; nothing was written") }
}

/// The last entry of each log, as `verify --head` takes it.
fn heads(report: &Report) -> String {
    let lines = report.heads.iter().map(|head| {
        let hash: String = head.hash.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("head {}={}:{hash}", head.event, head.seq.0)
    });
    lines.collect::<Vec<String>>().join("\n")
}

fn written(from: &Path, to: &Path, has_secret: bool) -> String {
    let size = to.metadata().map_or(0, |file| file.len());
    let data = format!("{} was written: {size} bytes, as {} was when this began", to.display(), from.display());
    let secret = match has_secret {
        true => format!("{} was written: whoever has it can make manage links", secret_file(to).display()),
        false => "no secret was written, as the server is given one (HEADCOUNT_SECRET): keep that one too".to_owned(),
    };
    format!("{data}\n{secret}")
}
