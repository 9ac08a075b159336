//! The audit of a database, beside servers that may be writing to it.
//!
//! No snapshot may be held for long (see [`crate::store::audit`]), and the log must be compared with tables at
//! one seq. So the log of an event is read in pieces, each in a snapshot of its own, until little enough is left that the
//! rest of the log and a piece of the tables can be read in one and the same snapshot. That rest is replayed first, so
//! that replay and tables stand at the same seq; then the piece is compared. A large table is gone through that way
//! piece by piece, at whatever seq the event stands by then: every registration is compared once, and each comparison
//! is exact. The row of the event, its roles and the sums over all its registrations (which the database computes)
//! are compared last, all in one snapshot; for a small event it is the same one.

use headcount_core::ids::EventId;
use uuid::Uuid;

use super::compare::{Last, Rows};
use super::recount::{Recount, recount};
use super::replay::Replay;
use super::report::{EventReport, Finding, Head, Invariant, Report};
use crate::store::Database;
use crate::store::audit::{Audit, AuditError, LogRow, Snapshot};

/// How much is read in one snapshot, so that none is held for long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pieces {
    /// Entries of a log.
    pub entries: usize,
    /// Registrations.
    pub rows: usize,
}

impl Default for Pieces {
    fn default() -> Pieces {
        Pieces { entries: 20_000, rows: 50_000 }
    }
}

/// Audits a database, also beside servers that write to it. It blocks: see [`Audit`]. `heads` are entries whose hash was noted at another time.
///
/// # Errors
/// If the database cannot be read. That something is wrong in it is no error but the report.
pub fn verify_database(database: &Database, heads: &[Head]) -> Result<Report, AuditError> {
    verify_database_in(Pieces::default(), database, heads)
}

/// As [`verify_database`], in pieces of another size.
///
/// # Errors
/// As [`verify_database`].
pub fn verify_database_in(pieces: Pieces, database: &Database, heads: &[Head]) -> Result<Report, AuditError> {
    verify(pieces, &Source::open(database, &|| Ok(()))?, heads)
}

/// As [`verify_database_in`], by one who takes their time: `between` is called before each piece, while no snapshot is
/// held, and may wait or end it all.
///
/// # Errors
/// As [`verify_database`], and whatever `between` says.
pub fn verify_database_slowly(
    pieces: Pieces,
    database: &Database,
    between: &dyn Fn() -> Result<(), AuditError>,
) -> Result<Report, AuditError> {
    verify(pieces, &Source::open(database, between)?, &[])
}

/// Counts the places of these events anew, each in a snapshot of its own; one that is gone is left out. `between` is called
/// before each.
///
/// # Errors
/// As [`verify_database_slowly`].
pub fn recount_events(
    database: &Database,
    events: &[EventId],
    between: &dyn Fn() -> Result<(), AuditError>,
) -> Result<Vec<Recount>, AuditError> {
    let source = Source::open(database, between)?;
    let counted = events.iter().map(|event| recount(&source.snapshot()?, *event));
    counted.filter_map(Result::transpose).collect()
}

/// A database that is read piece by piece.
struct Source<'a> {
    audit: Audit,
    between: &'a dyn Fn() -> Result<(), AuditError>,
}

impl<'a> Source<'a> {
    fn open(database: &Database, between: &'a dyn Fn() -> Result<(), AuditError>) -> Result<Source<'a>, AuditError> {
        Ok(Source { audit: Audit::open(database)?, between })
    }

    /// The present moment. Whoever asks for it holds no other.
    fn snapshot(&self) -> Result<Snapshot<'_>, AuditError> {
        (self.between)()?;
        self.audit.snapshot()
    }
}

fn verify(pieces: Pieces, source: &Source<'_>, heads: &[Head]) -> Result<Report, AuditError> {
    let mut report = Report::default();
    let mut last = None;
    while let Some(event) = event_after(source, last)? {
        if let Some(audited) = audit(source, pieces, event, heads)? {
            report.add(audited);
        }
        last = Some(event);
    }
    for head in heads.iter().filter(|head| !report.heads.iter().any(|seen| seen.event == head.event)) {
        let finding = Finding { seq: Some(head.seq), ..Finding::new(Invariant::I18, head.event, "log of the event") };
        report.findings.push(finding.but(format!("the entry {} that was noted", head.seq), "no log"));
    }
    Ok(report)
}

/// Reads the log of one event (by id or slug) or of all, in order of the ids of the events: for each up to the entry that
/// is the last when its turn comes.
///
/// # Errors
/// If the database cannot be read, there is no such event, or `write` fails.
pub fn log_of_database<E: From<AuditError>>(
    database: &Database,
    event: Option<&str>,
    mut write: impl FnMut(EventId, &LogRow) -> Result<(), E>,
) -> Result<(), E> {
    let source = Source::open(database, &|| Ok(()))?;
    if let Some(event) = event {
        return log_of_event(&source, find(&source, event)?, &mut write);
    }
    let mut last = None;
    while let Some(event) = event_after(&source, last)? {
        log_of_event(&source, event, &mut write)?;
        last = Some(event);
    }
    Ok(())
}

/// In a snapshot that ends at once.
fn event_after(source: &Source<'_>, last: Option<EventId>) -> Result<Option<EventId>, AuditError> {
    source.snapshot()?.event_after(last)
}

fn log_of_event<E: From<AuditError>>(
    source: &Source<'_>,
    event: EventId,
    write: &mut impl FnMut(EventId, &LogRow) -> Result<(), E>,
) -> Result<(), E> {
    let end = source.snapshot()?.last_seq(event)?;
    let mut after = i64::MIN;
    while after < end {
        let piece = source.snapshot()?.log(event, after, Pieces::default().entries)?;
        let Some(last) = piece.last().map(|row| row.seq) else { break };
        piece.iter().filter(|row| row.seq <= end).try_for_each(|row| write(event, row))?;
        after = last;
    }
    Ok(())
}

fn find(source: &Source<'_>, event: &str) -> Result<EventId, AuditError> {
    let snapshot = source.snapshot()?;
    let by_id = event.parse::<Uuid>().ok().map(EventId);
    let found = match by_id {
        Some(id) => Some(id).filter(|_| snapshot.last_seq(id).is_ok_and(|seq| seq != 0)),
        None => snapshot.event_by_slug(event)?,
    };
    found.ok_or_else(|| AuditError::NoSuchEvent(event.to_owned()))
}

/// None: the event was deleted in the meantime.
fn audit(
    source: &Source<'_>,
    pieces: Pieces,
    event: EventId,
    heads: &[Head],
) -> Result<Option<EventReport>, AuditError> {
    let mut replay = Replay::new(event, heads);
    let mut rows = Rows::default();
    let snapshot = loop {
        let snapshot = catch_up(source, pieces, &mut replay)?;
        let is_first = rows.after.is_none();
        let piece = snapshot.registrations(event, rows.after, pieces.rows)?;
        let last = if piece.len() < pieces.rows { Last::Yes } else { Last::No };
        replay.compare_registrations(&mut rows, &piece, last);
        match last {
            Last::No => {}
            Last::Yes if is_first => break snapshot,
            Last::Yes => {
                // The sums over a large table take their time, and get a snapshot of their own.
                drop(snapshot);
                break catch_up(source, pieces, &mut replay)?;
            }
        }
    };
    let snapshot = answers(source, pieces, snapshot, &mut replay)?;
    replay.finish();
    let Some(row) = snapshot.event(event)? else { return without_row(&snapshot, replay) };
    replay.compare_event(&row, &snapshot.roles(event)?, &snapshot.sums(event)?);
    Ok(Some(replay.report))
}

/// Goes through the answers that are kept, like through the registrations.
fn answers<'a>(
    source: &'a Source<'_>,
    pieces: Pieces,
    mut snapshot: Snapshot<'a>,
    replay: &mut Replay,
) -> Result<Snapshot<'a>, AuditError> {
    let mut last = None;
    loop {
        let rows = snapshot.keys(replay.event, last.as_ref(), pieces.rows)?;
        replay.compare_answers(&rows);
        if rows.len() < pieces.rows {
            return Ok(snapshot);
        }
        last = rows.into_iter().next_back();
        drop(snapshot);
        snapshot = catch_up(source, pieces, replay)?;
    }
}

/// Replays the log up to its end and returns the snapshot at which that is the end.
fn catch_up<'a>(source: &'a Source<'_>, pieces: Pieces, replay: &mut Replay) -> Result<Snapshot<'a>, AuditError> {
    loop {
        let snapshot = source.snapshot()?;
        let piece = snapshot.log(replay.event, replay.chain.read_to(), pieces.entries)?;
        if piece.len() < pieces.entries {
            piece.iter().for_each(|row| replay.push(row));
            return Ok(snapshot);
        }
        // The snapshot is given back before the replay, which takes longer than the reading.
        drop(snapshot);
        piece.iter().for_each(|row| replay.push(row));
    }
}

/// An event without a row has nothing at all, or something is wrong.
fn without_row(snapshot: &Snapshot<'_>, mut replay: Replay) -> Result<Option<EventReport>, AuditError> {
    let event = replay.event;
    let registrations = snapshot.registrations(event, None, 1)?;
    if replay.chain.seq == 0 && registrations.is_empty() && snapshot.roles(event)?.is_empty() {
        return Ok(None);
    }
    let finding = Finding::new(Invariant::I12, event, "row of the event").but("a row", "none");
    replay.report.push(finding);
    Ok(Some(replay.report))
}
