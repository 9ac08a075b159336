//! `headcount verify`: replays the log and compares it with the tables.

use std::process::ExitCode;

use clap::Args;
use headcount_core::ids::{EventId, Hash, Seq};
use serde::Serialize;
use uuid::Uuid;

use super::{EXIT_FAILED, print};
use crate::store::Database;
use crate::verify::{Head, Mend, Report, counted, verify_database};

/// How to verify.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// An entry of a log that was noted at another time, as EVENT=SEQ:HASH. It also shows whether the log was cut or
    /// written anew since. May be given several times; --json prints the present ones as "heads".
    #[arg(long = "head", value_name = "EVENT=SEQ:HASH", value_parser = head)]
    heads: Vec<Head>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies a database, also beside running servers. Exit code 0: everything is as it should be; 1: it is not; 3: the
/// database cannot be read.
///
/// # Errors
/// If the database cannot be read, or nothing can be printed.
pub async fn run(database: Database, args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let report = audit(database, args.heads).await?;
    if args.json {
        print(&serde_json::to_string_pretty(&Json { green: report.is_green(), report: &report })?)?;
    } else {
        show(&report)?;
    }
    Ok(exit_code(&report))
}

/// Audits a database where waiting for it holds up nobody.
///
/// # Errors
/// If the database cannot be read.
pub(super) async fn audit(database: Database, heads: Vec<Head>) -> anyhow::Result<Report> {
    Ok(tokio::task::spawn_blocking(move || verify_database(&database, &heads)).await??)
}

/// The report and what can be done about it.
///
/// # Errors
/// If it cannot be printed.
pub(super) fn show(report: &Report) -> anyhow::Result<()> {
    print(&report.to_string())?;
    for mend in [Mend::Counters, Mend::OverCapacity, Mend::SaveSettings, Mend::Backup] {
        let count = report.open().filter(|finding| finding.mend == mend).count() as u64;
        if count > 0 {
            print(&format!("{}: {}", counted(count, "finding"), mend.hint()))?;
        }
    }
    Ok(())
}

pub(super) fn exit_code(report: &Report) -> ExitCode {
    if report.is_green() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) }
}

#[derive(Serialize)]
struct Json<'a> {
    green: bool,
    #[serde(flatten)]
    report: &'a Report,
}

fn head(text: &str) -> Result<Head, String> {
    let parts = text.split_once('=').and_then(|(event, entry)| Some((event, entry.split_once(':')?)));
    let (event, (seq, hash)) = parts.ok_or("write EVENT=SEQ:HASH")?;
    let event = event.parse::<Uuid>().map_err(|error| format!("the event is named by its id: {error}"))?;
    let seq = seq.parse().map_err(|error| format!("SEQ is the number of the entry: {error}"))?;
    let hash = bytes(hash).ok_or("HASH is the entry's hash, 64 hexadecimal digits")?;
    Ok(Head { event: EventId(event), seq: Seq(seq), hash: Hash(hash) })
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = hex.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_noted_head_and_says_what_is_wrong_with_others() {
        let event = "0190d5a0-0000-7000-8000-000000000001";
        let hash = "0f".repeat(32);
        let read = head(&format!("{event}=17:{hash}")).unwrap();
        assert_eq!((read.event.to_string().as_str(), read.seq, read.hash.0), (event, Seq(17), [15; 32]));
        for wrong in
            ["", event, "x=1:00", &format!("{event}=x:{hash}"), &format!("{event}=1:{hash}0"), &format!("{event}=1")]
        {
            assert!(head(wrong).is_err(), "{wrong}");
        }
    }
}
