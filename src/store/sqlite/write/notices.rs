//! Writing what must be mailed.

use headcount_core::working_set::EventState;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::clock;
use crate::store::batch::{addressee, stood, wait_ms};
use crate::store::sqlite::fault::{Fault, touched};
use crate::store::words::Word as _;

pub(crate) const INSERT_NOTICE: &str = "insert into outbox \
     (message_id, template, event_id, registration_id, role_id, seq, stood, created_at, due_at) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// What must be mailed because of what was decided about an event.
pub(super) fn write(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    if state.writes.notices.is_empty() {
        return Ok(());
    }
    let (event, now) = (state.event.id.0.as_bytes(), clock::now().0);
    let mut statement = connection.prepare_cached(INSERT_NOTICE)?;
    for notice in &state.writes.notices {
        let (message, template) = (clock::new_id(), notice.kind.word());
        let [registration, role] = addressee(notice);
        let (registration, role) = (registration.as_ref().map(Uuid::as_bytes), role.as_ref().map(Uuid::as_bytes));
        let seq = i64::try_from(notice.seq.0).unwrap_or(i64::MAX);
        let due_at = now + wait_ms(notice);
        let parameters =
            params![message.as_bytes(), template, event, registration, role, seq, stood(notice), now, due_at];
        touched("noting what is to be mailed", 1, statement.execute(parameters)?)?;
    }
    Ok(())
}
