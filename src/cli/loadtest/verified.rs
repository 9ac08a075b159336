//! What `verify` says about the server under test.

use anyhow::Context;
use headcount_core::ids::EventId;
use uuid::Uuid;

use super::api::{Api, Logged};
use super::checks::Verified;
use crate::store::Database;
use crate::store::audit::LogRow;
use crate::verify::grouped;
use crate::verify::{verify_database, verify_event};

/// Of a database beside its running servers.
pub(super) async fn by_database(database: Database) -> anyhow::Result<Verified> {
    let report = tokio::task::spawn_blocking(move || verify_database(&database, &[])).await?;
    let report = report.context("the database cannot be verified")?;
    let findings: Vec<String> = report.open().map(ToString::to_string).collect();
    Ok(verified(report.entries, "log entries replayed and compared with the tables", findings, report.more_findings))
}

/// Of one event of a server elsewhere, from its log as the API shows it. What is stored beside the log is compared by
/// the other checks.
pub(super) async fn by_api(api: &Api, event: Uuid) -> anyhow::Result<Verified> {
    let log = api.log(event, 0).await?;
    let rows = log.iter().map(row).collect::<anyhow::Result<Vec<LogRow>>>()?;
    let report = verify_event(EventId(event), rows, None, &[]);
    let findings = report.findings.iter().filter(|finding| finding.mended_by.is_none()).map(ToString::to_string);
    Ok(verified(report.entries, "log entries replayed", findings.collect(), report.more_findings))
}

fn verified(entries: u64, what: &str, mut findings: Vec<String>, more_findings: u64) -> Verified {
    if more_findings > 0 {
        findings.push(format!("and {} more", grouped(more_findings)));
    }
    Verified { seen: format!("{} {what}", grouped(entries)), findings }
}

/// An entry as it is stored, so that the chain of hashes can be checked.
fn row(entry: &Logged) -> anyhow::Result<LogRow> {
    let number = |number: u64| i64::try_from(number).context("a log has fewer than 2^63 entries");
    Ok(LogRow {
        seq: number(entry.seq)?,
        at: entry.at.0,
        actor: entry.actor.clone().into_bytes(),
        kind: entry.kind.clone().into_bytes(),
        registration: entry.registration_id.map(|id| id.as_bytes().to_vec()),
        body: entry.body.get().as_bytes().to_vec(),
        hash: bytes(&entry.hash).with_context(|| format!("the hash of entry {} is not hexadecimal", entry.seq))?,
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    Some(digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
