//! Answers that are kept under idempotency keys, against the log: what somebody was told must have happened (I12). For as
//! long as they are kept they also show that the end of a log was cut.

use headcount_core::ids::{RegistrationId, Seq};
use serde::Deserialize;

use super::replay::Replay;
use super::report::{Finding, Invariant};
use crate::store::audit::KeyRow;

/// An answer, as far as it claims that something was written. Other fields are of no interest here.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    EventCreated(Claim),
    Edited(Claim),
    EventDeleted,
    Registration(RegistrationClaim),
    CheckMail(serde::de::IgnoredAny),
    Responded(RespondedClaim),
    Settled,
    Repaired(Claim),
    Imported(ImportedClaim),
    Refused(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Claim {
    seq: u64,
}

#[derive(Deserialize)]
struct RespondedClaim {
    receipts: Vec<RegistrationClaim>,
    seq: u64,
}

#[derive(Deserialize)]
struct ImportedClaim {
    waitlisted: Vec<RegistrationId>,
    seq: u64,
}

#[derive(Deserialize)]
struct RegistrationClaim {
    id: RegistrationId,
    seq: u64,
}

impl Replay {
    /// Compares answers that were read at the seq up to which the log was replayed.
    pub(crate) fn compare_answers(&mut self, rows: &[KeyRow]) {
        for row in rows {
            let (ids, seq) = match serde_json::from_str(&row.outcome) {
                Ok(Answer::EventCreated(claim) | Answer::Edited(claim) | Answer::Repaired(claim)) => {
                    (Vec::new(), claim.seq)
                }
                Ok(Answer::Registration(claim)) => (vec![claim.id], claim.seq),
                Ok(Answer::Imported(claim)) => (claim.waitlisted, claim.seq),
                Ok(Answer::Responded(claim)) => (claim.receipts.iter().map(|one| one.id).collect(), claim.seq),
                Ok(Answer::Refused(_) | Answer::CheckMail(_) | Answer::EventDeleted | Answer::Settled) => continue,
                Err(error) => {
                    let finding = Finding::new(Invariant::I12, self.event, "an answer that is kept under a key");
                    self.report.push(finding.but("an answer", error));
                    continue;
                }
            };
            let finding = Finding::new(Invariant::I12, self.event, "what was answered under a key");
            let unknown = ids.iter().find(|id| !self.state.parties.contains_key(id)).copied();
            let about = unknown.or(ids.first().copied());
            let finding = Finding { registration: about, seq: Some(Seq(seq)), ..finding };
            if seq > self.chain.seq.unsigned_abs() {
                self.report.push(finding.but("an entry of the log", format!("entry {} as the last", self.chain.seq)));
            } else if unknown.is_some() {
                self.report.push(finding.but("a registration that the log has made", "an unknown one"));
            }
        }
    }
}
