//! Reading beside the writers, on a pool of connections. Every question is answered from one state of the database: with
//! one statement, or with several in one transaction that sees one snapshot.

use std::sync::Arc;

use deadpool_postgres::{Object, Pool};
use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::StoredKey;

use super::Shared;
use super::connect::{of_pool, pool};
use super::{lists, queries};
use crate::store::StoreError;
use crate::store::read::{
    EventFilter, EventRef, FormOf, Listed, LogLine, Page, PersonCounts, PersonRef, RegistrationFilter,
    RegistrationInEvent, RegistrationView,
};

/// The way to read. Cheap to clone.
#[derive(Clone)]
pub struct Readers {
    pool: Pool,
    shared: Arc<Shared>,
}

impl Readers {
    pub(super) fn new(shared: Arc<Shared>, connections: u16) -> Readers {
        Readers { pool: pool(&shared.address, connections.into()), shared }
    }

    pub(in crate::store) async fn resolve(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        match self.shared.forms.get(event) {
            Ok(form) => Ok(Some(form)),
            Err(_) => self.resolve_anew(event).await,
        }
    }

    pub(in crate::store) async fn resolve_anew(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        let age = self.shared.forms.age();
        let form = queries::form(&*self.client().await?, event).await?;
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
        Ok(queries::stored_key(&*self.client().await?, event, who, key).await?)
    }

    pub(in crate::store) async fn event(&self, event: EventId, now: Millis) -> Result<Option<EventView>, StoreError> {
        Ok(queries::event(&*self.client().await?, event, now).await?)
    }

    pub(in crate::store) async fn events(
        &self,
        filter: &EventFilter,
        page: &Page,
        now: Millis,
    ) -> Result<Listed<EventView>, StoreError> {
        Ok(lists::events(&*self.client().await?, filter, page, now).await?)
    }

    pub(in crate::store) async fn registration(
        &self,
        event: EventId,
        id: RegistrationId,
        now: Millis,
    ) -> Result<Option<RegistrationInEvent>, StoreError> {
        Ok(queries::registration(&*self.client().await?, event, id, now).await?)
    }

    pub(in crate::store) async fn registrations(
        &self,
        event: EventId,
        filter: &RegistrationFilter,
        page: &Page,
    ) -> Result<Listed<RegistrationView>, StoreError> {
        Ok(lists::registrations(&*self.client().await?, event, filter, page).await?)
    }

    pub(in crate::store) async fn person_registrations(
        &self,
        person: &PersonRef,
        page: &Page,
    ) -> Result<(PersonCounts, Listed<RegistrationView>), StoreError> {
        Ok(lists::person_registrations(&*self.client().await?, person, page).await?)
    }

    pub(in crate::store) async fn log(
        &self,
        event: EventId,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        Ok(queries::log(&*self.client().await?, event, after, limit).await?)
    }

    pub(in crate::store) async fn unsettled_events(&self) -> Result<Vec<EventId>, StoreError> {
        Ok(queries::unsettled_events(&*self.client().await?).await?)
    }

    pub(in crate::store) async fn ping(&self) -> Result<(), StoreError> {
        Ok(queries::ping(&*self.client().await?).await?)
    }

    async fn client(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| of_pool(&self.shared.address, &error))
    }
}
