//! What is in a database, event by event.

use headcount_core::event::Registration;
use headcount_core::ids::EventId;
use headcount_core::view::EventView;

use crate::clock;
use crate::store::read::{EventFilter, Page, RegistrationFilter};
use crate::store::{Readers, StoreError};

/// Items that are read at once.
const ITEMS: u32 = 500;

/// All events, by id.
pub(crate) async fn events(readers: &Readers) -> Result<Vec<EventView>, StoreError> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { limit: ITEMS, cursor };
        let listed = readers.events(&EventFilter::default(), &page, clock::now()).await?;
        events.extend(listed.items);
        cursor = listed.next_cursor;
        if cursor.is_none() {
            events.sort_by_key(|event: &EventView| event.id);
            return Ok(events);
        }
    }
}

/// All registrations of an event, in the order of their dates.
pub(crate) async fn registrations(readers: &Readers, event: EventId) -> Result<Vec<Registration>, StoreError> {
    let (mut registrations, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { limit: ITEMS, cursor };
        let listed = readers.registrations(event, &RegistrationFilter::default(), &page).await?;
        registrations.extend(listed.items.into_iter().map(|item| item.registration));
        cursor = listed.next_cursor;
        if cursor.is_none() {
            registrations.sort_by_key(|one: &Registration| (one.created_at, one.wait_seq));
            return Ok(registrations);
        }
    }
}
