//! `headcount copy`: moves a data file into a PostgreSQL. How the rows get there is told in [`crate::store::copy`]; here is
//! what comes before and after, and what is said about it.

mod progress;
mod words;

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::verify::{audit, show};
use super::{EXIT_FAILED, EXIT_STORAGE, print};
use crate::clock;
use crate::server::SECRET_FINGERPRINT;
use crate::store::Database;
use crate::store::copy::{Copied, CopyError, Source, Target, copy};
use crate::store::postgres::{Address, probe};
use crate::store::sqlite::OpenError;
use crate::verify::{Head, Report};
use progress::Progress;

/// What was asked for cannot be.
const EXIT_USAGE: u8 = 2;

/// What to copy, and where to.
#[derive(Args, Clone, Debug)]
pub struct CopyArgs {
    /// The data file, as sqlite:PATH. No server may be running on it.
    #[arg(long)]
    from: Database,
    /// The empty PostgreSQL, as postgres://USER:PASSWORD@HOST/DATABASE. Without a password in it, that of PGPASSWORD.
    #[arg(long)]
    to: Database,
}

/// Why it was not done, and the exit code that says so.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
struct Refusal(u8, String);

/// What was done.
struct Done {
    tables: Vec<Copied>,
    /// Servers had been started on the target before.
    had_servers: bool,
    /// The file stays as it is until this is dropped.
    source: Source,
}

/// Copies a data file into an empty PostgreSQL. Exit code 0: everything is there, both sides are as they should be, and
/// every log is whole in both; 1: one of them is not as it should be; 2: these two cannot be copied like that; 3: reading or
/// writing failed, or it is not known whether everything was written.
///
/// # Errors
/// If the file cannot be opened, or nothing can be printed.
pub async fn run(args: CopyArgs) -> anyhow::Result<ExitCode> {
    let moved = match (&args.from, &args.to) {
        (Database::Sqlite(path), Database::Postgres(address)) => move_up(&args, path, address).await,
        _ => Err(Refusal(EXIT_USAGE, words::ONE_WAY.to_owned()).into()),
    };
    match moved.map_err(anyhow::Error::downcast::<Refusal>) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Ok(Refusal(code, why))) => {
            eprintln!("headcount: {why}");
            Ok(ExitCode::from(code))
        }
        Err(Err(other)) => Err(other),
    }
}

async fn move_up(args: &CopyArgs, path: &Path, address: &Address) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let source = open(path)?;
    for warning in probe(address).await.map_err(|problem| Refusal(EXIT_STORAGE, format!("{address}: {problem}")))? {
        eprintln!("WARNING: {warning}");
    }
    let before = verified(&args.from, Vec::new(), &mut progress).await?;
    if !before.is_green() {
        return Err(Refusal(EXIT_FAILED, words::damaged(&args.from)).into());
    }
    let secret = words::Secrets::of(&source, path).map_err(|error| Refusal(EXIT_STORAGE, error.to_string()))?;
    let since = clock::instant();
    let done = match copied(source, address, &mut progress).await {
        Err(CopyError::NotEmpty(table)) => {
            return match is_copy(args, &before, &mut progress).await? {
                true => print(&words::copied_before(args, &secret)),
                false => Err(refusal(address, &CopyError::NotEmpty(table)).into()),
            };
        }
        done => done.map_err(|error| refusal(address, &error))?,
    };
    progress.clear();
    print(&words::summary(&done.tables, since.elapsed()))?;
    // With the heads of the source, so that it sees whether every log is there to its end. A server that waited for the
    // commit may have gone on already.
    let after = verified(&args.to, before.heads, &mut progress).await;
    let after = after.map_err(|error| Refusal(EXIT_STORAGE, words::unchecked(address, &error)))?;
    drop(done.source);
    if !after.is_green() {
        return Err(Refusal(EXIT_FAILED, words::not_the_same(args)).into());
    }
    print(&words::what_next(args, &secret))?;
    if done.had_servers {
        print(words::START_AGAIN)?;
    }
    Ok(())
}

/// Opens the file; says what is wrong in the words of this command.
fn open(path: &Path) -> anyhow::Result<Source> {
    if !path.exists() {
        let problem = format!("there is no data file {}: name it with --from sqlite:PATH", path.display());
        return Err(Refusal(EXIT_USAGE, problem).into());
    }
    Source::open(path).map_err(|error| match error {
        OpenError::InUse { path } => {
            let path = path.display();
            let problem = format!("{path} is open in a server: stop that one first, so that nothing is missed");
            Refusal(EXIT_STORAGE, problem).into()
        }
        error => error.into(),
    })
}

/// What an audit says, which is printed.
async fn verified(database: &Database, heads: Vec<Head>, progress: &mut Progress) -> anyhow::Result<Report> {
    progress.begin(format!("verifying {database}"));
    let report = audit(database.clone(), heads).await?;
    progress.clear();
    print(&format!("{database}:"))?;
    show(&report)?;
    Ok(report)
}

async fn copied(source: Source, address: &Address, progress: &mut Progress) -> Result<Done, CopyError> {
    progress.begin(format!("beginning on {address}"));
    let target = Target::begin(address).await?;
    let theirs = target.noted(SECRET_FINGERPRINT).await?;
    let had_servers = theirs.is_some();
    if had_servers && source.noted(SECRET_FINGERPRINT)? != theirs {
        return Err(CopyError::Failed("a server with another secret was started on it: name an empty database".into()));
    }
    let (source, tables) = copy(source, &target, |step| progress.take(step)).await?;
    progress.begin("the commit".to_owned());
    target.commit().await?;
    Ok(Done { tables, had_servers, source })
}

fn refusal(address: &Address, error: &CopyError) -> Refusal {
    let code = match error {
        CopyError::Row(_) => EXIT_FAILED,
        CopyError::NotEmpty(_) => EXIT_USAGE,
        CopyError::Failed(_) | CopyError::Unknown(_) => EXIT_STORAGE,
    };
    Refusal(code, format!("{address}: {error}"))
}

/// Whether what the target holds is the file, copied by a run before whose answer was lost.
async fn is_copy(args: &CopyArgs, before: &Report, progress: &mut Progress) -> anyhow::Result<bool> {
    progress.begin(format!("looking at {}", args.to));
    let there = audit(args.to.clone(), Vec::new()).await?;
    progress.clear();
    // Without any log there is nothing by which a copy could be told from something else.
    Ok(!before.heads.is_empty() && there.is_green() && there.heads == before.heads)
}
