//! The chain of hashes, the numbers and the times of a log, looked at without understanding what the entries say.
//!
//! The formula, written out a second time on purpose: the hash of an entry is the SHA-256 over the 32 bytes of the hash
//! before it (zeros before the first) and then, each preceded by its length in bytes as a big-endian 64-bit number:
//! event id (16 bytes), seq (8 bytes, big-endian), at (milliseconds, 8 bytes, big-endian), actor, kind, registration id
//! (16 bytes; none: no byte), body.

use headcount_core::ids::{EventId, Hash, Seq};
use sha2::{Digest, Sha256};

use super::report::{EventReport, Finding, Head, Invariant};
use crate::store::audit::LogRow;

/// What is known of the log so far.
#[derive(Debug)]
pub(crate) struct Chain {
    event: EventId,
    /// Of the last entry; zero before the first.
    pub(crate) seq: i64,
    /// When the last entry was written.
    pub(crate) at: i64,
    /// The hash stored with the last entry.
    pub(crate) hash: Vec<u8>,
    /// What the hash of the last entry should be. It differs from what is stored if either it or a field was changed;
    /// the next entry tells which, and is itself in order if it goes on from one of the two.
    computed: [u8; 32],
    /// An entry is missing, so the hash of the next one cannot be computed.
    broken: bool,
    noted: Vec<Head>,
}

impl Chain {
    pub(crate) fn new(event: EventId, noted: Vec<Head>) -> Chain {
        Chain { event, seq: 0, at: i64::MIN, hash: vec![0; 32], computed: [0; 32], broken: false, noted }
    }

    /// Looks at the next entry.
    pub(crate) fn push(&mut self, row: &LogRow, report: &mut EventReport) {
        let finding = |invariant, what: &str| Finding {
            seq: Some(Seq(row.seq.unsigned_abs())),
            ..Finding::new(invariant, self.event, what)
        };
        self.broken = row.seq != self.seq + 1;
        if self.broken {
            report.push(finding(Invariant::I18, "number of the entry").but(self.seq + 1, row.seq));
        }
        if row.at < self.at {
            let what = "time of the entry, in milliseconds";
            report.push(finding(Invariant::I15, what).but(format!("{} or later", self.at), row.at));
        }
        let by_stored = entry_hash(&self.hash, self.event, row);
        let by_computed = entry_hash(&self.computed, self.event, row);
        let follows = row.hash == by_stored || row.hash == by_computed;
        if !follows && !self.broken {
            report.push(finding(Invariant::I18, "hash of the entry").but(hex(&by_stored), hex(&row.hash)));
        }
        for noted in
            self.noted.iter().filter(|noted| noted.seq.0 == row.seq.unsigned_abs() && noted.hash.0 != *row.hash)
        {
            report.push(finding(Invariant::I18, "hash of the entry, as it was noted").but(noted.hash, hex(&row.hash)));
        }
        self.computed = by_stored;
        self.hash.clone_from(&row.hash);
        self.seq = row.seq;
        self.at = self.at.max(row.at);
        report.entries += 1;
    }

    /// The number after which the next entry is looked for: an entry that was added may have any.
    pub(crate) fn read_to(&self) -> i64 {
        if self.at == i64::MIN { i64::MIN } else { self.seq }
    }

    /// What a noted head tells of the end of the log.
    pub(crate) fn finish(&self, report: &mut EventReport) {
        for noted in self.noted.iter().filter(|noted| noted.seq.0 > self.seq.unsigned_abs()) {
            let finding =
                Finding { seq: Some(noted.seq), ..Finding::new(Invariant::I18, self.event, "end of the log") };
            let expected = format!("the entry {} that was noted, or a later one", noted.seq);
            report.push(finding.but(expected, format!("entry {} as the last: the log was cut", self.seq)));
        }
        if let Ok(hash) = <[u8; 32]>::try_from(self.hash.as_slice())
            && self.seq > 0
        {
            report.head = Some(Head { event: self.event, seq: Seq(self.seq.unsigned_abs()), hash: Hash(hash) });
        }
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry_hash(previous: &[u8], event: EventId, row: &LogRow) -> [u8; 32] {
    let (seq, at) = (row.seq.to_be_bytes(), row.at.to_be_bytes());
    let registration = row.registration.as_deref().unwrap_or_default();
    let mut digest = Sha256::new();
    digest.update(previous);
    for field in [event.0.as_bytes(), seq.as_slice(), &at, &row.actor, &row.kind, registration, &row.body] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    digest.finalize().into()
}
