//! Writing what must be mailed.

use headcount_core::working_set::EventState;
use rusqlite::{Connection, params};

use crate::clock;
use crate::store::sqlite::fault::{Fault, touched};
use crate::store::words::Word as _;

pub(crate) const INSERT_NOTICE: &str = "insert into outbox \
     (message_id, template, event_id, registration_id, created_at, due_at) values (?1, ?2, ?3, ?4, ?5, ?5)";

/// What must be mailed because of what was decided about an event.
pub(super) fn write(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    if state.writes.notices.is_empty() {
        return Ok(());
    }
    let (event, now) = (state.event.id.0.as_bytes(), clock::now().0);
    let mut statement = connection.prepare_cached(INSERT_NOTICE)?;
    for notice in &state.writes.notices {
        let (message, registration) = (clock::new_id(), notice.registration.0);
        let parameters = params![message.as_bytes(), notice.kind.word(), event, registration.as_bytes(), now];
        touched("noting what is to be mailed", 1, statement.execute(parameters)?)?;
    }
    Ok(())
}
