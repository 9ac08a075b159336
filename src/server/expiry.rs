//! Registrations whose e-mail was not verified in time run out by themselves, and their places go to others.
//!
//! Every server looks, also where several share a database: an expiry that came too late finds nothing to do.

use std::time::Duration;

use futures_util::future::join_all;
use headcount_core::command::{Action, Actor, Command, Mode};
use headcount_core::decision::Outcome;
use headcount_core::ids::{EventId, Millis, RegistrationId};

use crate::clock;
use crate::lanes::{Lanes, Rejected};
use crate::store::{Readers, StoreError};

/// How often they are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many are dealt with together.
const OVERDUE_MAX: u32 = 500;

/// Looks for them as long as the server runs.
pub(super) async fn keep_expiring(lanes: Lanes, readers: Readers) {
    loop {
        match expire_overdue(&lanes, &readers, clock::now()).await {
            // There may be more, which need not wait for the next look.
            Ok(expired) if expired == OVERDUE_MAX as usize => continue,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "registrations that run out could not be looked for"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Lets run out what had to be verified by `now`, at most 500 registrations; returns how many did. What could not be
/// decided is found again.
///
/// # Errors
/// If the storage cannot be read.
pub async fn expire_overdue(lanes: &Lanes, readers: &Readers, now: Millis) -> Result<usize, StoreError> {
    let overdue = readers.due_verifications(now, OVERDUE_MAX).await?;
    let asked = overdue.iter().map(|(event, id)| lanes.submit(expire(*event, *id)));
    let expired = |outcome: &Result<Outcome, Rejected>| matches!(outcome, Ok(Outcome::Registration(_)));
    Ok(join_all(asked).await.iter().filter(|outcome| expired(outcome)).count())
}

fn expire(event: EventId, registration: RegistrationId) -> Command {
    let action = Action::Expire(registration);
    Command { event, actor: Actor::System, idempotency: None, mode: Mode::Apply, action }
}
