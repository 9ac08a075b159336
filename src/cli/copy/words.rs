//! What `headcount copy` says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CopyArgs;
use crate::secret::Secret;
use crate::server::{SECRET_FINGERPRINT, secret_file};
use crate::store::Database;
use crate::store::copy::{Copied, CopyError, Source};
use crate::store::postgres::Address;
use crate::verify::counted;

pub(super) const ONE_WAY: &str = "only a data file can be copied, and only into a PostgreSQL: write \
     --from sqlite:PATH --to postgres://USER:PASSWORD@HOST/DATABASE (there is no way back; keep the data file)";

pub(super) const START_AGAIN: &str =
    "  4. Start the servers again that were running on it: the owner token is another one now.";

/// Where the secret is that the manage links of a data file were made with.
pub(super) enum Secrets {
    /// In this file.
    File(PathBuf),
    /// Only its owner knows.
    Given,
}

impl Secrets {
    /// The secret file beside the data file, if it holds the secret that the data file was last used with.
    pub(super) fn of(source: &Source, path: &Path) -> Result<Secrets, CopyError> {
        let file = secret_file(path);
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let fingerprint = Secret::new(text.trim().as_bytes()).fingerprint();
        let is_used = source.noted(SECRET_FINGERPRINT)?.is_some_and(|noted| noted == fingerprint);
        Ok(if is_used { Secrets::File(file) } else { Secrets::Given })
    }
}

pub(super) fn damaged(source: &Database) -> String {
    format!(
        "nothing was copied, as {source} is damaged: mend it first, see above and `headcount repair --help`, then run \
         this again"
    )
}

pub(super) fn unchecked(address: &Address, problem: &anyhow::Error) -> String {
    format!(
        "everything was copied, but {address} could not be checked ({problem:#}): run the same command again, which does"
    )
}

pub(super) fn not_the_same(args: &CopyArgs) -> String {
    format!("{} is not what {} is, see above: do not use it, go on with the data file", args.to, args.from)
}

/// What was copied, and how long it took.
pub(super) fn summary(tables: &[Copied], elapsed: Duration) -> String {
    let mut text = format!("copied in {:.1} s:", elapsed.as_secs_f64());
    for (table, rows) in tables {
        let _ = write!(text, "\n  {table:<20}{}", counted(*rows, "row"));
    }
    text
}

/// What is to be done with a target that is as it should be.
pub(super) fn what_next(args: &CopyArgs, secrets: &Secrets) -> String {
    let CopyArgs { from, to } = args;
    format!("every log of {from} is there to its last entry\n{}", steps(from, to, secrets))
}

/// What is said after a run before whose answer was lost.
pub(super) fn copied_before(args: &CopyArgs, secrets: &Secrets) -> String {
    let CopyArgs { from, to } = args;
    format!(
        "{from} was already copied there: {to} is as it should be, and every log ends with the same entry\n{}",
        steps(from, to, secrets)
    )
}

fn steps(from: &Database, to: &Database, secrets: &Secrets) -> String {
    let secret = match secrets {
        Secrets::File(file) => format!("what is in {}", file.display()),
        Secrets::Given => "what it was set to for the data file".to_owned(),
    };
    format!(
        "\nWhat to do next:\n  \
         1. Set HEADCOUNT_SECRET to {secret}, so that manage links go on working.\n  \
         2. Start `headcount serve --database {to}`, with the password there or in PGPASSWORD. The owner token stays \
         the same.\n  \
         3. Keep {from} with its secret as a backup, and start no server on it any more."
    )
}
