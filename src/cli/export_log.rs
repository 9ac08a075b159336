//! `headcount export-log`: the log, so that others can check it with tools of their own.

use std::io::{BufWriter, ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Args;
use headcount_core::ids::EventId;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::store::Database;
use crate::store::audit::{AuditError, LogRow};
use crate::verify::log_of_database;

/// How to export.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = CHAIN)]
pub struct ExportLogArgs {
    /// Of this event only, by id or slug; without it of all events, in order of their ids.
    #[arg(long)]
    event: Option<String>,
    /// One JSON object a line. The only form there is, so it may be left out.
    #[arg(long)]
    ndjson: bool,
}

/// What was asked for cannot be.
const EXIT_USAGE: u8 = 2;

const CHAIN: &str = "\
How the hash of an entry is made, so that anyone can check the chain:
  SHA-256 over the 32 bytes of the hash of the entry before (zeros before the first of an event), then these fields in
  this order, each preceded by its length in bytes as a big-endian 64-bit number:
    event_id         its 16 bytes
    seq              8 bytes, big-endian
    at_ms            milliseconds since 1970-01-01T00:00Z, 8 bytes, big-endian, two's complement
    actor, kind      UTF-8
    registration_id  its 16 bytes; null: no byte
    body_text        UTF-8, exactly as printed (`body` is the same, read as JSON; do not hash that)";

/// Prints the log of one or all events of a database, also beside running servers.
///
/// # Errors
/// If the database cannot be read, or nothing can be printed.
pub async fn run(database: Database, args: ExportLogArgs) -> anyhow::Result<ExitCode> {
    tokio::task::spawn_blocking(move || export(&database, args.event.as_deref())).await?
}

fn export(database: &Database, event: Option<&str>) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = log_of_database(database, event, |event, row| {
        serde_json::to_writer(&mut out, &Line::new(event, row)).map_err(std::io::Error::from)?;
        out.write_all(b"\n").map_err(Failure::from)
    });
    match printed.and_then(|()| out.flush().map_err(Failure::from)) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // Whoever reads has enough, `head` for instance.
        Err(Failure::Print(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(Failure::Print(error)) => Err(error.into()),
        Err(Failure::Read(error @ AuditError::NoSuchEvent(_))) => {
            eprintln!("headcount: {error}");
            Ok(ExitCode::from(EXIT_USAGE))
        }
        Err(Failure::Read(error)) => Err(error.into()),
    }
}

enum Failure {
    Read(AuditError),
    Print(std::io::Error),
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Failure {
        Failure::Read(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Print(error)
    }
}

#[derive(Serialize)]
struct Line<'a> {
    event_id: EventId,
    seq: i64,
    /// None if the number is no time of this world.
    at: Option<String>,
    at_ms: i64,
    actor: &'a str,
    kind: &'a str,
    registration_id: Option<Uuid>,
    /// None if it is not JSON.
    body: Option<Value>,
    body_text: &'a str,
    hash: String,
}

impl Line<'_> {
    fn new(event_id: EventId, row: &LogRow) -> Line<'_> {
        Line {
            event_id,
            seq: row.seq,
            at: jiff::Timestamp::from_millisecond(row.at).ok().map(|at| at.to_string()),
            at_ms: row.at,
            actor: text(&row.actor),
            kind: text(&row.kind),
            registration_id: row.registration.as_deref().and_then(|id| Uuid::from_slice(id).ok()),
            body: serde_json::from_slice(&row.body).ok(),
            body_text: text(&row.body),
            hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// headcount writes UTF-8; what is not was written by others, which `verify` tells.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
