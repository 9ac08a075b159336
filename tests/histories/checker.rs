//! The checker. Commands that wrote carry the seq of their last entry in the event's log, and reads the seq that they saw:
//! so the order is known, and it remains to see that it respects real time, that every read saw the state at its seq, and
//! that there is a place in it for every refusal.

use std::collections::BTreeMap;

/// An entry of the log, and how many places it gave away (negative: it freed them).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) places: i64,
}

/// One thing that a client asked for. `begun` and `ended` are moments of one common count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    pub(crate) saw: Saw,
}

/// What it was told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Saw {
    /// It was done, and this is the last entry of it.
    Wrote { seq: u64 },
    /// How full it was as of an entry.
    Read { seq: u64, reserved: i64 },
    /// There was no room for so many.
    Refused { spots: i64 },
}

/// Looks for an order.
///
/// # Errors
/// What there is no place for.
pub(crate) fn check(capacity: i64, log: &[Entry], history: &[Operation]) -> Result<(), String> {
    let states = states(log);
    let mut ordered: Vec<(u64, &Operation)> = Vec::new();
    for one in history {
        match one.saw {
            Saw::Wrote { seq } => ordered.push((seq, one)),
            Saw::Read { seq, reserved } => {
                let was = at(&states, seq);
                if was != reserved {
                    return Err(format!("{one:?}: {was} were reserved then"));
                }
                ordered.push((seq, one));
            }
            Saw::Refused { .. } => {}
        }
    }
    respects_real_time(&ordered)?;
    let mut refusals: Vec<&Operation> = history.iter().filter(|one| matches!(one.saw, Saw::Refused { .. })).collect();
    refusals.sort_by_key(|one| one.ended);
    let mut placed: Vec<(u64, &Operation)> = Vec::new();
    for one in refusals {
        let Saw::Refused { spots } = one.saw else { continue };
        // The earliest place is the best, as it leaves most to those that come after.
        let before = ordered.iter().chain(&placed).filter(|(_, other)| other.ended < one.begun);
        let first = before.map(|(seq, _)| *seq).max().unwrap_or(0);
        let after = ordered.iter().filter(|(_, other)| one.ended < other.begun);
        let last = after.map(|(seq, other)| seq - u64::from(matches!(other.saw, Saw::Wrote { .. }))).min();
        let last = last.unwrap_or(u64::MAX);
        let now = std::iter::once((first, at(&states, first)));
        let later = states.range(first + 1..).map(|(seq, reserved)| (*seq, *reserved));
        let place = now.chain(later).find(|(_, reserved)| capacity - reserved < spots);
        match place {
            Some((seq, _)) if seq <= last => placed.push((seq, one)),
            _ => return Err(format!("{one:?}: there was room from {first} to {last}")),
        }
    }
    Ok(())
}

/// How many were reserved after each entry.
fn states(log: &[Entry]) -> BTreeMap<u64, i64> {
    let mut reserved = 0;
    let step = |entry: &Entry| {
        reserved += entry.places;
        (entry.seq, reserved)
    };
    log.iter().map(step).collect()
}

fn at(states: &BTreeMap<u64, i64>, seq: u64) -> i64 {
    states.range(..=seq).next_back().map_or(0, |(_, reserved)| *reserved)
}

/// What ended before another one began stands before it.
fn respects_real_time(ordered: &[(u64, &Operation)]) -> Result<(), String> {
    let mut by_begin = ordered.to_vec();
    by_begin.sort_by_key(|(_, one)| one.begun);
    let mut by_end = ordered.to_vec();
    by_end.sort_by_key(|(_, one)| one.ended);
    let mut ended = by_end.into_iter().peekable();
    let mut latest: Option<(u64, &Operation)> = None;
    for (seq, one) in by_begin {
        while let Some(other) = ended.next_if(|(_, other)| other.ended < one.begun) {
            latest = Some(latest.filter(|(seq, _)| *seq > other.0).unwrap_or(other));
        }
        let Some((before, other)) = latest else { continue };
        let is_right = match one.saw {
            Saw::Wrote { .. } => before < seq,
            _ => before <= seq,
        };
        if !is_right {
            return Err(format!("{one:?} is at {seq}, and {other:?} that ended before it at {before}"));
        }
    }
    let mut written: Vec<u64> =
        ordered.iter().filter(|(_, one)| matches!(one.saw, Saw::Wrote { .. })).map(|(seq, _)| *seq).collect();
    let all = written.len();
    written.sort_unstable();
    written.dedup();
    if written.len() == all { Ok(()) } else { Err("two commands have one entry".to_owned()) }
}
