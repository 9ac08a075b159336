//! Reading beside the writer: a few read-only connections, each on a thread of its own. Every question is answered from
//! one state of the file, so that everything in an answer belongs together; no state is held for longer than one answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::StoredKey;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::fault::Fault;
use super::open::{OpenError, connect_reader};
use super::transaction::Transaction;
use super::{Shared, lists, load, queries, script};
use crate::store::StoreError;
use crate::store::read::{
    EventFilter, EventRef, FormOf, Listed, LogFilter, LogLine, Page, PersonCounts, PersonRef, RegistrationFilter,
    RegistrationInEvent, RegistrationView, SeqsBetween,
};
use crate::store::script::{Row, Value};

/// How many connections read.
const READERS: usize = 3;
/// Questions that may wait for a reader; the next one is refused at once.
const QUESTIONS_MAX: usize = 8_192;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The way to read. Cheap to clone. When the last one is dropped, it waits until nobody reads the file any more.
#[derive(Clone)]
pub struct Readers {
    // Before the threads, which end when nobody can ask.
    questions: SyncSender<Question>,
    _threads: Arc<Threads>,
    shared: Arc<Shared>,
}

/// Joined when dropped.
#[derive(Default)]
struct Threads(Vec<JoinHandle<()>>);

impl Drop for Threads {
    fn drop(&mut self) {
        for thread in self.0.drain(..) {
            // A panic in an answer was caught and logged.
            let _joined = thread.join();
        }
    }
}

impl Readers {
    pub(super) fn start(path: &Path, shared: Arc<Shared>) -> Result<Readers, OpenError> {
        let mut threads = Threads::default();
        let (questions, asked) = sync_channel(QUESTIONS_MAX);
        let asked = Arc::new(Mutex::new(asked));
        for number in 1..=READERS {
            let connection = connect_reader(path)?;
            let asked = Arc::clone(&asked);
            let thread = std::thread::Builder::new().name(format!("headcount-read-{number}"));
            let thread = thread
                .spawn(move || answer_all(&connection, &asked))
                .map_err(|error| OpenError::path(path, format!("no thread to read it: {error}")))?;
            threads.0.push(thread);
        }
        Ok(Readers { questions, _threads: Arc::new(threads), shared })
    }

    pub(in crate::store) async fn resolve(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        self.shared.check()?;
        let age = match self.shared.forms.get(event) {
            Ok(form) => return Ok(Some(form)),
            Err(age) => age,
        };
        let wanted = event.clone();
        let form = self.ask(move |connection| queries::form(connection, &wanted)).await?;
        if let Some(form) = &form {
            self.shared.forms.keep(age, event.clone(), form.clone());
        }
        Ok(form)
    }

    pub(in crate::store) async fn answer(
        &self,
        event: EventId,
        who: &str,
        key: &str,
    ) -> Result<Option<StoredKey>, StoreError> {
        let (who, key) = (who.to_owned(), key.to_owned());
        self.ask(move |connection| load::stored_key(connection, event, &who, &key)).await
    }

    pub(in crate::store) async fn event(&self, event: EventId, now: Millis) -> Result<Option<EventView>, StoreError> {
        self.ask(move |connection| queries::event(connection, event, now)).await
    }

    pub(in crate::store) async fn events(
        &self,
        filter: &EventFilter,
        page: &Page,
        now: Millis,
    ) -> Result<Listed<EventView>, StoreError> {
        let (filter, page) = (filter.clone(), page.clone());
        self.ask(move |connection| lists::events(connection, &filter, &page, now)).await
    }

    pub(in crate::store) async fn registration(
        &self,
        event: EventId,
        id: RegistrationId,
        now: Millis,
    ) -> Result<Option<RegistrationInEvent>, StoreError> {
        self.ask(move |connection| queries::registration(connection, event, id, now)).await
    }

    pub(in crate::store) async fn registrations(
        &self,
        event: EventId,
        filter: &RegistrationFilter,
        page: &Page,
    ) -> Result<Listed<RegistrationView>, StoreError> {
        let (filter, page) = (filter.clone(), page.clone());
        self.ask(move |connection| lists::registrations(connection, event, &filter, &page)).await
    }

    pub(in crate::store) async fn person_registrations(
        &self,
        person: &PersonRef,
        page: &Page,
    ) -> Result<(PersonCounts, Listed<RegistrationView>), StoreError> {
        let (person, page) = (person.clone(), page.clone());
        self.ask(move |connection| lists::person_registrations(connection, &person, &page)).await
    }

    pub(in crate::store) async fn log(
        &self,
        event: EventId,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.ask(move |connection| queries::log(connection, event, after, limit)).await
    }

    pub(in crate::store) async fn log_back(
        &self,
        event: EventId,
        between: SeqsBetween,
        filter: &LogFilter,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        let filter = filter.clone();
        self.ask(move |connection| queries::log_back(connection, event, between, &filter, limit)).await
    }

    pub(in crate::store) async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.ask(move |connection| script::rows(connection, sql, &values)).await
    }

    pub(in crate::store) async fn unsettled_events(&self) -> Result<Vec<EventId>, StoreError> {
        self.ask(queries::unsettled_events).await
    }

    pub(in crate::store) async fn due_verifications(
        &self,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<(EventId, RegistrationId)>, StoreError> {
        self.ask(move |connection| queries::due_verifications(connection, now, limit)).await
    }

    pub(in crate::store) async fn ping(&self) -> Result<(), StoreError> {
        self.ask(queries::ping).await
    }

    /// Has a reader answer from one state of the file.
    pub(super) async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<A, Fault> + Send + 'static,
    ) -> Result<A, StoreError> {
        self.shared.check()?;
        let (answer, answered) = oneshot::channel();
        let asked = move |connection: &Connection| {
            if !answer.is_closed() {
                // Whoever asked may have gone.
                let _gone = answer.send(from_one_state(connection, question));
            }
        };
        let full = |_| StoreError::Unavailable("too many questions wait for a reader".into());
        self.questions.try_send(Box::new(asked)).map_err(full)?;
        let answered = answered.await.map_err(|_| StoreError::Unavailable("a reader failed".into()))?;
        Ok(answered?)
    }
}

fn from_one_state<A>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Result<A, Fault>,
) -> Result<A, Fault> {
    let _snapshot = Transaction::snapshot(connection)?;
    question(connection)
}

/// A reader: one question after the other, until nobody can ask any more. A bug in one answer costs that answer only.
fn answer_all(connection: &Connection, asked: &Mutex<Receiver<Question>>) {
    loop {
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(question) = next else { return };
        if catch_unwind(AssertUnwindSafe(|| question(connection))).is_err() {
            tracing::error!("reading failed by a bug; nobody got an answer");
        }
    }
}
