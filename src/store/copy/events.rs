//! The columns of what belongs to events.

use super::{Column, bytes, flag, id, number, text};

pub(in crate::store) const EVENTS: &[Column] = &[
    id("event_id"),
    text("slug"),
    text("status"),
    text("visibility"),
    text("one_per"),
    text("phone"),
    text("phone_region"),
    id("organization_id"),
    text("teams"),
    number("capacity"),
    text("waitlist_policy"),
    number("waitlist_limit"),
    number("max_skips"),
    number("max_spots"),
    number("roles_per_person"),
    number("starts_at"),
    number("ends_at"),
    number("opens_at"),
    number("closes_at"),
    number("cancel_until"),
    number("promote_until"),
    flag("self_move"),
    number("verify_minutes"),
    number("retention_days"),
    number("reserved"),
    number("waiting"),
    number("registrations"),
    number("override_spots"),
    number("seq"),
    number("last_at"),
    bytes("hash"),
    number("revision"),
    number("full_since"),
];

pub(in crate::store) const SLUGS: &[Column] = &[text("slug"), id("event_id")];

pub(in crate::store) const EVENT_TEXTS: &[Column] = &[
    id("event_id"),
    text("title"),
    text("description"),
    text("location"),
    text("contact"),
    text("timezone"),
    text("metadata"),
];

pub(in crate::store) const ROLES: &[Column] = &[
    id("event_id"),
    id("role_id"),
    text("name"),
    text("name_key"),
    text("description"),
    number("capacity"),
    number("starts_at"),
    number("ends_at"),
    number("sort"),
    number("min_needed"),
    flag("closed"),
    number("reserved"),
    number("waiting"),
    number("registrations"),
    number("override_spots"),
    id("skipped_id"),
    number("skips"),
    number("full_since"),
];

pub(in crate::store) const REGISTRATIONS: &[Column] = &[
    id("event_id"),
    id("registration_id"),
    id("role_id"),
    text("person"),
    bytes("person_tag"),
    number("spots"),
    text("status"),
    number("verify_by"),
    number("wait_seq"),
    number("ended_seq"),
    number("checked_in"),
    number("link_version"),
    number("created_at"),
    text("name"),
    text("email"),
    text("phone"),
    text("notes"),
    text("special_requirements"),
    text("staff_note"),
    text("metadata"),
    text("language"),
];

pub(in crate::store) const LOG: &[Column] = &[
    id("event_id"),
    number("seq"),
    number("at"),
    text("actor"),
    text("kind"),
    id("registration_id"),
    text("body"),
    bytes("hash"),
];

pub(in crate::store) const LOG_TEXTS: &[Column] = &[id("event_id"), number("seq"), text("text")];

pub(in crate::store) const IDEMPOTENCY_KEYS: &[Column] =
    &[id("event_id"), text("who"), text("key"), bytes("fingerprint"), text("outcome"), number("at")];
