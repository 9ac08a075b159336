//! What the lists of both databases have in common: the order they are in, and what their filters mean.

use std::ops::Range;

use headcount_core::event::{Registration, Status};
use headcount_core::person::fold;
use uuid::Uuid;

use super::cursor::{self, BadCursor};
use super::read::{EventFilter, Head, Listed, Page, PersonRef};

/// The order in which a list shows them.
pub(super) const STATUSES: [Status; 6] =
    [Status::Confirmed, Status::Held, Status::Waitlisted, Status::Declined, Status::Cancelled, Status::Removed];

/// Where a page of events ended. Those without a start stand last.
pub(super) type EventPlace = (Option<i64>, Uuid);

/// Where a page of registrations ended: number of the status, role, place in the waiting order, id.
pub(super) type RegistrationPlace = (usize, Uuid, u64, Uuid);

/// Where a page of a person's registrations ended: key, event, role, when it ended.
pub(super) type PersonPlace = (String, Uuid, Uuid, u64);

/// Where the keys of a list stand, in order, and the place that the page begins after. A place of another person's list
/// is refused.
pub(super) fn keys_and_start(
    person: &PersonRef,
    page: &Page,
) -> Result<(Vec<Range<String>>, Option<PersonPlace>), BadCursor> {
    let after: Option<PersonPlace> = cursor::start(page)?;
    let ranges = key_ranges(person);
    if let Some((key, _, _, ended)) = &after {
        let is_of_person = is_key(key) && ranges.iter().any(|range| range.contains(key));
        if !is_of_person || i64::try_from(*ended).is_err() {
            return Err(BadCursor);
        }
    }
    Ok((ranges, after))
}

/// Where the keys stand, in order. With a name behind the address a key goes on with `#`, and `$` is what follows `#`.
pub(super) fn key_ranges(person: &PersonRef) -> Vec<Range<String>> {
    let only = |key: &str| key.to_owned()..format!("{key}\u{1}");
    match person {
        PersonRef::Key(key) | PersonRef::Address(key) if !is_key(key) => Vec::new(),
        PersonRef::Key(key) => vec![only(key)],
        PersonRef::Address(key) => vec![only(key), format!("{key}#")..format!("{key}$")],
    }
}

/// No key holds a control character; PostgreSQL would not even take a zero byte in a text.
fn is_key(key: &str) -> bool {
    !key.contains('\0')
}

/// Whether name, e-mail or phone contains what is looked for, upper and lower case alike.
pub(super) fn has_text(one: &Registration, text: Option<&str>) -> bool {
    let details = &one.details;
    text.is_none() || mentions(&[Some(details.name.clone()), details.email.clone(), details.phone.clone()], text)
}

/// Whether whoever looks may see an event, and it is of the organization, and concerns the team, that is looked for.
pub(super) fn lets_through(filter: &EventFilter, head: &Head) -> bool {
    filter.audience.sees(head)
        && filter.organization.is_none_or(|wanted| wanted == head.organization)
        && filter.team.is_none_or(|wanted| head.teams.contains(&wanted))
}

/// Whether one of the texts contains what is looked for, upper and lower case alike.
pub(super) fn mentions(texts: &[Option<String>], wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| texts.iter().flatten().any(|text| fold(text).contains(wanted)))
}

impl<T> Listed<T> {
    /// An empty list.
    pub(super) fn nothing() -> Listed<T> {
        Listed { items: Vec::new(), next_cursor: None }
    }
}
