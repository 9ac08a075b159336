//! What the outbox keeps about somebody, for themself to see: what still waits, and for 30 days what is done with.

use headcount_core::ids::{AccountId, EventId, Millis, RegistrationId};
use uuid::Uuid;

use crate::store::script::{Row, Value};
use crate::store::{Readers, StoreError};
use crate::values;

/// Orders that are read at once.
const ORDERS_AT_ONCE: usize = 100;

const OF_REGISTRATION: &str = "select message_id, template, created_at, due_at, sent_at, problem from outbox \
     where event_id = $1 and registration_id = $2 and message_id > $3 order by message_id limit $4";
/// Those that name an account or an address and no registration.
const OF_ADDRESS: &str = "select message_id, template, created_at, due_at, sent_at, problem from outbox \
     where registration_id is null and (account_id = $1 or lower(address) = lower($2)) and message_id > $3 \
     order by message_id limit $4";

/// Whose mail it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Whoever holds this registration.
    Registration(EventId, RegistrationId),
    /// The holder of an account, and of an address. No account: whoever has the address.
    Address(Option<AccountId>, String),
}

/// An order to mail something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Also the Message-ID.
    pub id: Uuid,
    /// What is to be said.
    pub template: String,
    /// When it was ordered.
    pub created_at: Millis,
    /// When it is, or was, tried next.
    pub due_at: Millis,
    /// When it was done with; none: it waits.
    pub done_at: Option<Millis>,
    /// Why it could not be sent so far, or was given up.
    pub problem: Option<String>,
}

/// Orders by their ids: some after `after`, and whether there may be more. Those of the nil id are the first. O(orders that
/// are kept).
///
/// # Errors
/// If the storage cannot be read.
pub async fn kept(readers: &Readers, whose: &Whose, after: Uuid) -> Result<(Vec<Kept>, bool), StoreError> {
    let limit = i64::try_from(ORDERS_AT_ONCE).unwrap_or(i64::MAX);
    let (sql, values): (_, Vec<Value>) = match whose {
        Whose::Registration(event, registration) => (OF_REGISTRATION, values![*event, *registration, after, limit]),
        Whose::Address(account, address) => {
            (OF_ADDRESS, values![account.map(|account| account.0), address, after, limit])
        }
    };
    let found = readers.rows(sql, values).await?;
    let orders: Vec<Kept> = found.iter().map(read).collect::<Result<_, _>>()?;
    let may_go_on = orders.len() == ORDERS_AT_ONCE;
    Ok((orders, may_go_on))
}

fn read(row: &Row) -> Result<Kept, StoreError> {
    Ok(Kept {
        id: row.id(0)?,
        template: row.text(1)?,
        created_at: Millis(row.int(2)?),
        due_at: Millis(row.int(3)?),
        done_at: row.opt_int(4)?.map(Millis),
        problem: row.opt_text(5)?,
    })
}
