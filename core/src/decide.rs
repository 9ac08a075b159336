//! The rules.

use crate::command::Command;
use crate::decision::Decision;
use crate::ids::Millis;
use crate::working_set::WorkingSet;

/// Decides the commands of a batch one after the other. One decision per command, in the same order.
pub fn decide_batch(_set: &mut WorkingSet, _now: Millis, _batch: &[Command]) -> Vec<Decision> {
    unimplemented!()
}
