//! The life of a batch: lock and load, decide, write and commit; what is done again, and how the truth is found after a
//! commit whose answer was lost.
//!
//! Whatever fails before the second round trip is sent has written nothing. If the connection is lost after that, the
//! commit may have happened: then a new connection takes the lock, which it gets only when the old transaction is over,
//! and looks for what the batch would have written. There: the answers are true. Absent: it is decided once more. Never
//! twice.

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use headcount_core::command::Needs;
use headcount_core::ids::{EventId, Hash, Millis, Seq};
use headcount_core::working_set::{KeyId, WorkingSet};
use tokio::time::timeout;

use super::fault::{Fault, Meaning};
use super::rows::whole;
use super::session::Session;
use super::{Shared, load, write};
use crate::clock;
use crate::store::StoreError;
use crate::store::batch::{self, Loaded};

/// How often a batch is decided at most, when others change the same at the same moment.
const ATTEMPTS_MAX: u32 = 10;
/// How long a connection is looked for, when nothing is at stake but the wait.
const CONNECT_FOR: Duration = Duration::from_secs(2);
/// How long the truth about a commit is looked for.
const RESOLVE_FOR: Duration = Duration::from_secs(10);
/// Between two attempts to connect.
const CONNECT_EVERY: Duration = Duration::from_millis(100);
/// How long a round trip may take. Each statement has its own limit in the server; this is for one that is not there.
const ROUND: Duration = Duration::from_secs(10);

const ROLLBACK: &str = "rollback";

const LOCK: &str = "select 1 from events where event_id = $1 for no key update";

const ENTRY: &str = "select hash from log where event_id = $1 and seq = $2";

const KEY: &str = "select 1 from idempotency_keys where event_id = $1 and who = $2 and key = $3";

/// What a batch would have written, by which it is found.
struct Traces {
    event: EventId,
    /// Its last entry of the log.
    entry: Option<(Seq, Hash)>,
    /// One of the outcomes it kept.
    key: Option<KeyId>,
    /// It deletes the event.
    is_deletion: bool,
}

/// How an attempt ended.
enum Attempt<T> {
    Done(T),
    /// Nothing was written.
    Nothing(Fault),
    /// The commit may have happened; then this is the answer.
    Perhaps(Fault, T, Traces),
}

/// Has a batch decided and written.
pub(super) async fn run<T: Send>(
    session: &mut Session,
    shared: &Shared,
    needs: &Needs,
    mut decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
) -> Result<T, StoreError> {
    let mut events = needs.events.keys();
    let (Some(event), None) = (events.next(), events.next()) else {
        return Err(StoreError::Refused("a batch on PostgreSQL is about one event".into()));
    };
    let mut lost = None;
    for attempt in 1.. {
        let tried = match connected(session, CONNECT_FOR).await {
            Ok(client) => try_once(client, shared, *event, needs, &mut decide).await,
            Err(error) => return Err(if lost.is_some() { unresolved(error) } else { error }),
        };
        let fault = match tried {
            Attempt::Done(answer) => return Ok(answer),
            Attempt::Perhaps(fault, answer, traces) => {
                tracing::warn!(%fault, event = %event, "the answer to a commit was lost; looking for what became of it");
                lost = Some((answer, traces));
                fault
            }
            Attempt::Nothing(fault) => fault,
        };
        if let Some((answer, traces)) = lost {
            match what_became_of(session, shared.begin, &traces).await? {
                Fate::Committed => {
                    shared.forms.forget();
                    return Ok(answer);
                }
                Fate::Dead => lost = None,
                Fate::Unsure => lost = Some((answer, traces)),
            }
        }
        if fault.meaning() == Meaning::Lost {
            session.forget();
        }
        if attempt >= ATTEMPTS_MAX || !matches!(fault.meaning(), Meaning::Again | Meaning::Lost) {
            return Err(if lost.is_some() { unresolved(fault) } else { fault.into() });
        }
        tracing::debug!(%fault, event = %event, attempt, "a batch is decided again");
    }
    unreachable!("the last attempt returns")
}

fn unresolved(error: impl std::fmt::Display) -> StoreError {
    StoreError::CommitUnresolved(error.to_string())
}

/// A connection, looked for as long as `limit`.
async fn connected(session: &mut Session, limit: Duration) -> Result<&ClientWrapper, StoreError> {
    let since = clock::instant();
    while let Err(error) = session.client().await {
        if since.elapsed() >= limit {
            return Err(error);
        }
        tokio::time::sleep(CONNECT_EVERY).await;
    }
    session.client().await
}

async fn try_once<T: Send>(
    client: &ClientWrapper,
    shared: &Shared,
    event: EventId,
    needs: &Needs,
    decide: &mut (impl FnMut(&mut WorkingSet, Millis) -> T + Send),
) -> Attempt<T> {
    let loading = load::working_set(client, shared.begin, event, &needs.events[&event], needs);
    let (now, mut set) = match in_time(loading).await {
        Ok(loaded) => loaded,
        Err(fault) => return nothing(client, fault).await,
    };
    let loaded = Loaded::of(&set);
    let answer = decide(&mut set, now);
    if batch::is_unchanged(&set) {
        // The answer rests on what others have committed, so it is true whatever becomes of this.
        return match in_time(async { Ok(client.batch_execute(ROLLBACK).await?) }).await {
            Ok(()) => Attempt::Done(answer),
            Err(fault) => Attempt::Nothing(fault),
        };
    }
    let prepared = async {
        let round = write::round(&set, &loaded)?;
        let statements = round.prepare(client).await?;
        Ok((round, statements))
    };
    let (round, statements) = match in_time(prepared).await {
        Ok(prepared) => prepared,
        Err(fault) => return nothing(client, fault).await,
    };
    match in_time(round.send_and_commit(client, &statements)).await {
        Ok(()) => {
            if loaded.forms_changed(&set) {
                shared.forms.forget();
            }
            Attempt::Done(answer)
        }
        // The server has said no and rolled back, the commit behind it included.
        Err(fault) if fault.is_a_clear_no() => Attempt::Nothing(fault),
        Err(fault) => Attempt::Perhaps(fault, answer, Traces::of(event, &set)),
    }
}

/// After a failure before anything was written: the lock must not be kept.
async fn nothing<T>(client: &ClientWrapper, fault: Fault) -> Attempt<T> {
    match in_time(async { Ok(client.batch_execute(ROLLBACK).await?) }).await {
        Ok(()) => Attempt::Nothing(fault),
        Err(lost) if fault.meaning() != Meaning::Lost => {
            tracing::debug!(%fault, "a connection was lost after this");
            Attempt::Nothing(lost)
        }
        Err(_) => Attempt::Nothing(fault),
    }
}

async fn in_time<A>(round: impl Future<Output = Result<A, Fault>>) -> Result<A, Fault> {
    timeout(ROUND, round).await.unwrap_or(Err(Fault::Silent(ROUND.as_secs())))
}

impl Traces {
    fn of(event: EventId, set: &WorkingSet) -> Traces {
        let entry = set.events.get(&event).and_then(|state| state.writes.entries.last());
        Traces {
            event,
            entry: entry.map(|entry| (entry.seq, entry.hash)),
            key: set.new_keys.first().cloned(),
            is_deletion: !set.deleted.is_empty(),
        }
    }
}

/// What became of a transaction whose commit was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Committed,
    /// It was rolled back.
    Dead,
    /// There is nothing of it, but no row either whose lock would prove that it is over: it was to make the event. If it
    /// still commits, the next attempt collides with it and looks again.
    Unsure,
}

/// Looks for the traces of a batch. Waits until the transaction that may have left them is over.
async fn what_became_of(session: &mut Session, begin: &str, traces: &Traces) -> Result<Fate, StoreError> {
    let since = clock::instant();
    loop {
        session.forget();
        let looked = match session.client().await {
            Ok(client) => in_time(look(client, begin, traces)).await,
            Err(error) => Err(Fault::Connection(error)),
        };
        match looked {
            Ok(fate) => return Ok(fate),
            Err(fault) if since.elapsed() >= RESOLVE_FOR => {
                session.forget();
                return Err(unresolved(fault));
            }
            Err(fault) => tracing::warn!(%fault, event = %traces.event, "what became of a commit is not known yet"),
        }
        tokio::time::sleep(CONNECT_EVERY).await;
    }
}

async fn look(client: &ClientWrapper, begin: &str, traces: &Traces) -> Result<Fate, Fault> {
    client.batch_execute(begin).await?;
    let found = look_under_lock(client, traces).await;
    client.batch_execute(ROLLBACK).await?;
    found
}

async fn look_under_lock(client: &ClientWrapper, traces: &Traces) -> Result<Fate, Fault> {
    let event = traces.event.0;
    let is_there = client.query_opt(LOCK, &[&event]).await?.is_some();
    if traces.is_deletion {
        return Ok(if is_there { Fate::Dead } else { Fate::Committed });
    }
    let absent = if is_there { Fate::Dead } else { Fate::Unsure };
    if let Some((seq, hash)) = traces.entry {
        let entry = client.query_opt(ENTRY, &[&event, &whole(seq.0)?]).await?;
        let found: Option<Vec<u8>> = entry.map(|row| row.try_get(0)).transpose()?;
        if found.as_deref() != Some(&hash.0) {
            return Ok(absent);
        }
    }
    match &traces.key {
        Some(key) if client.query_opt(KEY, &[&event, &key.who, &key.key]).await?.is_none() => Ok(absent),
        _ => Ok(Fate::Committed),
    }
}
