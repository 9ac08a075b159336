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

use super::fault::{Fault, Meaning};
use super::load::BEGIN;
use super::rows::whole;
use super::session::{Session, in_time};
use super::{Shared, load, write};
use crate::clock;
use crate::store::StoreError;
use crate::store::batch::Loaded;

/// How often a batch is decided at most, when others change the same at the same moment.
const ATTEMPTS_MAX: u32 = 10;
/// How long a connection is looked for, when nothing is at stake but the wait.
const CONNECT_FOR: Duration = Duration::from_secs(2);
/// How long the truth about a commit is looked for.
const RESOLVE_FOR: Duration = Duration::from_secs(10);
/// Between two attempts to connect.
const CONNECT_EVERY: Duration = Duration::from_millis(100);

const ROLLBACK: &str = "rollback";

const LOCK: &str = "select 1 from events where event_id = $1 for no key update";

const ENTRY: &str = "select hash from log where event_id = $1 and seq = $2";

const KEY: &str = "select 1 from idempotency_keys where event_id = $1 and who = $2 and key = $3";

/// How an attempt ended.
enum Attempt<T> {
    Committed(T),
    /// There was nothing to write.
    Unchanged(T),
    /// Nothing was written.
    Failed(Fault),
    /// The commit may have happened; then this is the answer.
    Perhaps(Fault, Lost<T>),
    /// Something else than what was decided is committed.
    Wrong(Fault),
}

/// A commit of which no answer came.
struct Lost<T> {
    answer: T,
    traces: Traces,
}

/// What a batch would have written, by which it is found.
struct Traces {
    event: EventId,
    /// Its last entry of the log.
    entry: Option<(Seq, Hash)>,
    /// One of the outcomes it kept.
    key: Option<KeyId>,
    /// It deletes the event, and makes no new one.
    is_deletion: bool,
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
    // Commits that may still come true. As soon as another one succeeds none can: it has taken a key of theirs.
    let mut lost = Vec::new();
    for attempt in 1.. {
        let client = match connected(session).await {
            Ok(client) => client,
            Err(error) => return Err(if lost.is_empty() { error } else { unresolved(error) }),
        };
        let fault = match try_once(&client, shared, *event, needs, &mut decide).await {
            Attempt::Committed(answer) => {
                session.give_back(client);
                return Ok(answer);
            }
            Attempt::Unchanged(answer) => {
                roll_back(session, client).await;
                // If it saw what a lost commit has written meanwhile, that one's answer is the true one.
                let found = resolve(session, &mut lost).await?;
                return Ok(found.inspect(|_| shared.forms.forget()).unwrap_or(answer));
            }
            Attempt::Failed(fault) => {
                match fault.meaning() {
                    Meaning::Lost => drop(client),
                    _ => roll_back(session, client).await,
                }
                fault
            }
            Attempt::Perhaps(fault, commit) => {
                tracing::warn!(%fault, %event, "the answer to a commit was lost; looking for what became of it");
                // The server shall know that nobody listens there any more.
                drop(client);
                lost.push(commit);
                fault
            }
            Attempt::Wrong(fault) => return Err(unresolved(fault)),
        };
        if let Some(answer) = resolve(session, &mut lost).await? {
            shared.forms.forget();
            return Ok(answer);
        }
        // What falls silent is given up sooner: each time costs as much patience as there is.
        let is_last = attempt >= ATTEMPTS_MAX || matches!(fault, Fault::Silent(_)) && attempt > 1;
        if is_last || !matches!(fault.meaning(), Meaning::Again | Meaning::Lost) {
            return Err(if lost.is_empty() { fault.into() } else { unresolved(fault) });
        }
        tracing::debug!(%fault, %event, attempt, "a batch is decided again");
    }
    unreachable!("the last attempt returns")
}

fn unresolved(error: impl std::fmt::Display) -> StoreError {
    StoreError::CommitUnresolved(error.to_string())
}

/// A connection, looked for as long as [`CONNECT_FOR`].
async fn connected(session: &mut Session) -> Result<ClientWrapper, StoreError> {
    let since = clock::instant();
    loop {
        match session.take().await {
            Err(_) if since.elapsed() < CONNECT_FOR => tokio::time::sleep(CONNECT_EVERY).await,
            taken => return taken,
        }
    }
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
        Err(fault) => return Attempt::Failed(fault),
    };
    let loaded = Loaded::of(&set);
    let answer = decide(&mut set, now);
    if set.is_unchanged() {
        // The answer rests on what others have committed, so it is true whatever becomes of this.
        return Attempt::Unchanged(answer);
    }
    let prepared = async {
        let round = write::round(&set, &loaded)?;
        let statements = round.prepare(client).await?;
        Ok((round, statements))
    };
    let (round, statements) = match in_time(prepared).await {
        Ok(prepared) => prepared,
        Err(fault) => return Attempt::Failed(fault),
    };
    match in_time(round.send_and_commit(client, &statements)).await {
        Ok(()) => {
            if loaded.forms_changed(&set) {
                shared.forms.forget();
            }
            Attempt::Committed(answer)
        }
        // A statement that can write too little without failing, as something in the database was made to swallow rows.
        Err(fault @ Fault::Rows { .. }) => Attempt::Wrong(fault),
        // The server has said no and rolled back, the commit behind it included.
        Err(fault) if fault.is_a_clear_no() => Attempt::Failed(fault),
        Err(fault) => Attempt::Perhaps(fault, Lost { answer, traces: Traces::of(event, &set) }),
    }
}

/// Ends a transaction that has written nothing. The lock must not be kept, so a connection on which this fails is
/// dropped.
async fn roll_back(session: &mut Session, client: ClientWrapper) {
    match in_time(async { Ok(client.batch_execute(ROLLBACK).await?) }).await {
        Ok(()) => session.give_back(client),
        Err(fault) => tracing::debug!(%fault, "a connection was lost at the end of a transaction"),
    }
}

impl Traces {
    fn of(event: EventId, set: &WorkingSet) -> Traces {
        let entry = set.events.get(&event).and_then(|state| state.writes.entries.last());
        Traces {
            event,
            entry: entry.map(|entry| (entry.seq, entry.hash)),
            key: set.new_keys.first().cloned(),
            is_deletion: !set.deleted.is_empty() && entry.is_none(),
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

/// The answer of the commit that was made after all, if one was. Forgets those that cannot come true any more.
async fn resolve<T>(session: &mut Session, lost: &mut Vec<Lost<T>>) -> Result<Option<T>, StoreError> {
    for commit in std::mem::take(lost) {
        match what_became_of(session, &commit.traces).await? {
            Fate::Committed => return Ok(Some(commit.answer)),
            Fate::Dead => {}
            Fate::Unsure => lost.push(commit),
        }
    }
    Ok(None)
}

/// Looks for the traces of a batch. Waits until the transaction that may have left them is over.
async fn what_became_of(session: &mut Session, traces: &Traces) -> Result<Fate, StoreError> {
    let since = clock::instant();
    loop {
        let fault = match session.take().await {
            Ok(client) => match in_time(look(&client, traces)).await {
                Ok(fate) => {
                    session.give_back(client);
                    return Ok(fate);
                }
                Err(fault) => fault,
            },
            Err(error) => Fault::Connection(error),
        };
        if since.elapsed() >= RESOLVE_FOR {
            return Err(unresolved(fault));
        }
        tracing::warn!(%fault, event = %traces.event, "what became of a commit is not known yet");
        tokio::time::sleep(CONNECT_EVERY).await;
    }
}

async fn look(client: &ClientWrapper, traces: &Traces) -> Result<Fate, Fault> {
    client.batch_execute(BEGIN).await?;
    let found = look_under_lock(client, traces).await?;
    client.batch_execute(ROLLBACK).await?;
    Ok(found)
}

async fn look_under_lock(client: &ClientWrapper, traces: &Traces) -> Result<Fate, Fault> {
    let event = traces.event.0;
    let is_there = client.query_opt(LOCK, &[&event]).await?.is_some();
    if traces.is_deletion && is_there {
        return Ok(Fate::Dead);
    }
    // An event that was to be deleted and is not there any more was deleted by somebody, whoever it was; whoever did had
    // to wait for the lock.
    let absent = if is_there || traces.is_deletion { Fate::Dead } else { Fate::Unsure };
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
