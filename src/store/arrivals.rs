//! Who has come: the numbers of an event's roles, and when a party came. Read with statements of a script's kind; it writes
//! nothing.

use std::collections::BTreeMap;

use headcount_core::event::Status;
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId};

use super::words::Word as _;
use super::{Readers, StoreError};
use crate::values;

/// How many people of a role, or of an event, are here, and how many more there could be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrivals {
    /// Have come.
    pub here: u64,
    /// Have a place; those who are here among them.
    pub expected: u64,
    /// Wait for a place.
    pub waiting: u64,
}

impl Readers {
    /// The numbers of each role in which anybody is active. Costs O(active registrations).
    ///
    /// # Errors
    /// If the storage cannot be read; so for all below.
    pub async fn arrivals(&self, event: EventId) -> Result<BTreeMap<RoleId, Arrivals>, StoreError> {
        const SQL: &str = "\
select role_id, status, cast(sum(spots) as bigint), cast(sum(checked_in) as bigint) from registrations \
where event_id = $1 and ended_seq = 0 group by role_id, status";
        let mut found: BTreeMap<RoleId, Arrivals> = BTreeMap::new();
        for row in self.rows(SQL, values![event]).await? {
            let of_role = found.entry(RoleId(row.id(0)?)).or_default();
            let spots = row.count(2)?;
            if row.text(1)? == Status::Waitlisted.word() {
                of_role.waiting += spots;
            } else {
                of_role.expected += spots;
                of_role.here += row.count(3)?;
            }
        }
        Ok(found)
    }

    /// When somebody of each party last came, of all that ever came. Costs O(entries of the log about that).
    ///
    /// # Errors
    /// See [`Readers::arrivals`].
    pub async fn check_ins(&self, event: EventId) -> Result<BTreeMap<RegistrationId, Millis>, StoreError> {
        const SQL: &str = "\
select registration_id, max(at) from log where event_id = $1 and kind = 'checked_in' group by registration_id";
        let rows = self.rows(SQL, values![event]).await?;
        rows.iter().map(|row| Ok((RegistrationId(row.id(0)?), Millis(row.int(1)?)))).collect()
    }

    /// When somebody of a party last came.
    ///
    /// # Errors
    /// See [`Readers::arrivals`].
    pub async fn check_in(&self, event: EventId, id: RegistrationId) -> Result<Option<Millis>, StoreError> {
        const SQL: &str = "\
select max(at) from log where event_id = $1 and kind = 'checked_in' and registration_id = $2";
        let rows = self.rows(SQL, values![event, id]).await?;
        Ok(rows.first().map(|row| row.opt_int(0)).transpose()?.flatten().map(Millis))
    }
}
