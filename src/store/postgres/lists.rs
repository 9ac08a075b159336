//! Reading lists, page by page.
use deadpool_postgres::ClientWrapper;
use headcount_core::ids::{EventId, Millis};
use headcount_core::view::EventView;

use super::fault::Fault;
use crate::store::read::{EventFilter, Listed, Page, PersonCounts, PersonRef, RegistrationFilter, RegistrationView};

/// Events by their start.
pub(super) async fn events(
    _: &ClientWrapper,
    _: &EventFilter,
    _: &Page,
    _: Millis,
) -> Result<Listed<EventView>, Fault> {
    Err(Fault::BadCursor)
}

/// Registrations of an event.
pub(super) async fn registrations(
    _: &ClientWrapper,
    _: EventId,
    _: &RegistrationFilter,
    _: &Page,
) -> Result<Listed<RegistrationView>, Fault> {
    Err(Fault::BadCursor)
}

/// Someone's registrations over all events.
pub(super) async fn person_registrations(
    _: &ClientWrapper,
    _: &PersonRef,
    _: &Page,
) -> Result<(PersonCounts, Listed<RegistrationView>), Fault> {
    Err(Fault::BadCursor)
}
