//! `headcount erase`: erases a person where no server has the data file open, lists who was erased, and does it again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use headcount_core::ids::Millis;

use super::print;
use crate::people::erasing::{Erased, Erasure};
use crate::server::{Offline, Options};
use crate::store::sqlite::Reading;
use crate::store::{Database, sqlite};
use crate::verify::counted;

/// Whom to erase.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Whoever has this address.
    #[arg(long)]
    email: Option<String>,
    /// Nobody: print who was erased, one a line: a keyed hash of the address, and when.
    #[arg(long)]
    list: bool,
    /// Whom a list names that --list printed: again, after an older backup was restored.
    #[arg(long, value_name = "FILE")]
    again: Option<PathBuf>,
}

/// Whom to erase, and how it is found.
#[derive(Args, Clone, Debug)]
pub struct EraseArgs {
    #[command(flatten)]
    whom: Whom,
    /// The secret that the server is started with; without it a file beside the data file.
    #[arg(long, env = "HEADCOUNT_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// Erases, or lists; a list can be had beside a running server. In a PostgreSQL it may be done beside running servers.
///
/// # Errors
/// If the database cannot be opened or written.
pub async fn run(database: Database, args: EraseArgs) -> anyhow::Result<ExitCode> {
    match (args.whom.email, args.whom.again) {
        (Some(email), _) => {
            let email = email.trim().to_owned();
            if !email.contains('@') {
                bail!("{email:?} is no e-mail address: write --email NAME@DOMAIN");
            }
            let offline = Offline::open(options(&database, args.secret)).await?;
            let erased = offline.people.erase(&email, crate::clock::now()).await;
            offline.close().await;
            compact(&database)?;
            print(&told(erased?))?;
        }
        (None, Some(file)) => print(&told(again(&database, &read_list(&file)?, args.secret).await?))?,
        (None, None) => {
            for Erasure { person, at } in erasures(&database, args.secret).await? {
                print(&format!("{person} {}", at.0))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Who was erased. A data file is read beside its server; a backup can be read like that, too.
async fn erasures(database: &Database, secret: Option<String>) -> anyhow::Result<Vec<Erasure>> {
    match database {
        Database::Sqlite(path) => {
            let facts = Reading::begin(path)?.facts()?;
            Ok(facts.iter().filter_map(|(name, value)| Erasure::of_fact(name, value)).collect())
        }
        Database::Postgres(_) => {
            let offline = Offline::open(options(database, secret)).await?;
            let erasures = offline.people.erasures().await;
            offline.close().await;
            Ok(erasures?)
        }
    }
}

fn options(database: &Database, secret: Option<String>) -> Options {
    Options { database: database.clone(), secret, ..Options::default() }
}

/// Erases again whom a list names.
///
/// # Errors
/// If the database cannot be opened or written.
pub(super) async fn again(database: &Database, erasures: &[Erasure], secret: Option<String>) -> anyhow::Result<Erased> {
    let offline = Offline::open(options(database, secret)).await?;
    let erased = offline.people.erase_again(erasures).await;
    offline.close().await;
    compact(database)?;
    Ok(erased?)
}

/// What was erased leaves a data file only when it is written anew.
fn compact(database: &Database) -> anyhow::Result<()> {
    match database {
        Database::Sqlite(path) => Ok(sqlite::compact(path)?),
        Database::Postgres(_) => Ok(()),
    }
}

/// Reads a list that `headcount erase --list` printed.
///
/// # Errors
/// If it cannot be read, or holds something else.
pub(super) fn read_list(file: &Path) -> anyhow::Result<Vec<Erasure>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let erasure = |(number, line): (usize, &str)| {
        let parts = line.split_once(' ').and_then(|(person, at)| Some((person, at.trim().parse().ok()?)));
        let known = parts.filter(|(person, _)| person.len() == 32);
        let (person, at) = known.with_context(|| {
            format!("{}, line {}: write what `headcount erase --list` printed", file.display(), number + 1)
        })?;
        Ok(Erasure { person: person.to_owned(), at: Millis(at) })
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(erasure).collect()
}

/// What was erased, in words.
pub(super) fn told(erased: Erased) -> String {
    let (registrations, accounts) =
        (counted(erased.registrations, "registration"), counted(erased.accounts, "account"));
    format!("erased: {registrations}, {accounts}")
}
