//! Reading beside the writers, on a pool of connections. Every question is answered from one state of the database: with
//! one statement, or with several in one transaction that sees one snapshot.

use std::sync::Arc;

use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::StoredKey;

use super::Shared;
use super::neighbours::Neighbours;
use super::pool::Pool;
use super::{lists, queries, script};
use crate::store::StoreError;
use crate::store::read::{
    EventFilter, EventRef, FormOf, Listed, LogFilter, LogLine, Page, PersonCounts, PersonRef, RegistrationFilter,
    RegistrationInEvent, RegistrationView, SeqsBetween,
};
use crate::store::script::{Row, Value};

/// The way to read. Cheap to clone.
#[derive(Clone)]
pub struct Readers {
    pool: Arc<Pool>,
    shared: Arc<Shared>,
}

impl Readers {
    pub(super) fn new(shared: Arc<Shared>, connections: u16) -> Readers {
        Readers { pool: Arc::new(Pool::new(shared.address.clone(), connections)), shared }
    }

    pub(in crate::store) async fn resolve(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        match self.shared.forms.get(event) {
            Ok(form) => Ok(Some(form)),
            Err(_) => self.resolve_anew(event).await,
        }
    }

    pub(in crate::store) async fn resolve_anew(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        let age = self.shared.forms.age();
        let form = self.pool.ask(async |client| queries::form(client, event).await).await?;
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
        self.pool.ask(async |client| queries::stored_key(client, event, who, key).await).await
    }

    pub(in crate::store) async fn event(&self, event: EventId, now: Millis) -> Result<Option<EventView>, StoreError> {
        self.pool.ask(async |client| queries::event(client, event, now).await).await
    }

    pub(in crate::store) async fn events(
        &self,
        filter: &EventFilter,
        page: &Page,
        now: Millis,
    ) -> Result<Listed<EventView>, StoreError> {
        self.pool.ask(async |client| lists::events(client, filter, page, now).await).await
    }

    pub(in crate::store) async fn registration(
        &self,
        event: EventId,
        id: RegistrationId,
        now: Millis,
    ) -> Result<Option<RegistrationInEvent>, StoreError> {
        self.pool.ask(async |client| queries::registration(client, event, id, now).await).await
    }

    pub(in crate::store) async fn registrations(
        &self,
        event: EventId,
        filter: &RegistrationFilter,
        page: &Page,
    ) -> Result<Listed<RegistrationView>, StoreError> {
        self.pool.ask(async |client| lists::registrations(client, event, filter, page).await).await
    }

    pub(in crate::store) async fn person_registrations(
        &self,
        person: &PersonRef,
        page: &Page,
    ) -> Result<(PersonCounts, Listed<RegistrationView>), StoreError> {
        self.pool.ask(async |client| lists::person_registrations(client, person, page).await).await
    }

    pub(in crate::store) async fn log(
        &self,
        event: EventId,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.pool.ask(async |client| queries::log(client, event, after, limit).await).await
    }

    pub(in crate::store) async fn log_back(
        &self,
        event: EventId,
        between: SeqsBetween,
        filter: &LogFilter,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.pool.ask(async |client| queries::log_back(client, event, between, filter, limit).await).await
    }

    pub(in crate::store) async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.pool.ask(async |client| script::rows(client, sql, &values).await).await
    }

    pub(in crate::store) async fn unsettled_events(&self) -> Result<Vec<EventId>, StoreError> {
        self.pool.ask(async |client| queries::unsettled_events(client).await).await
    }

    pub(in crate::store) fn neighbours(&self) -> Neighbours {
        Neighbours::new(self.shared.address.clone(), self.clone())
    }

    pub(super) async fn seqs(&self, events: &[EventId]) -> Result<Vec<(EventId, Seq)>, StoreError> {
        self.pool.ask(async |client| queries::seqs(client, events).await).await
    }

    pub(in crate::store) async fn due_verifications(
        &self,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<(EventId, RegistrationId)>, StoreError> {
        self.pool.ask(async |client| queries::due_verifications(client, now, limit).await).await
    }

    pub(in crate::store) async fn ping(&self) -> Result<(), StoreError> {
        self.pool.ask(async |client| queries::ping(client).await).await
    }
}
