//! Settings in the words of the tables.

use std::str::FromStr;

use headcount_core::command::{EventPatch, IfBelow, RolePatch};
use headcount_core::event::{EventSettings, RoleSettings, Waitlist};
use headcount_core::ids::Millis;
use serde::de::DeserializeOwned;

use super::row::Row;
use headcount_simulation::build::{spots, team_id};

/// Takes what a patch names.
macro_rules! patch {
    ($from:expr => $to:expr; $($field:ident),*) => { $(if let Some(value) = $from.$field { $to.$field = value; })* };
}

/// What the row changes of an event that has `waitlist` now.
pub(crate) fn event_patch(row: &Row, waitlist: Waitlist) -> EventPatch {
    EventPatch {
        slug: row.pair("slug").map(str::to_owned),
        visibility: row.pair("visibility").map(code),
        one_per: row.pair("one_per").map(code),
        phone: row.pair("phone").map(code),
        phone_region: row.pair("phone_region").map(|region| Some(region.to_owned())),
        teams: row.pair("teams").map(|count| (0..row.parse(count)).map(team_id).collect()),
        status: row.pair("status").map(code),
        capacity: row.pair("capacity").map(|text| optional(row, text)),
        waitlist: new_waitlist(row, waitlist),
        max_spots: row.pair("max_spots").map(|text| spots(row.parse(text))),
        roles_per_person: row.pair("roles_per_person").map(|text| row.parse(text)),
        starts_at: time(row, "starts_at"),
        ends_at: time(row, "ends_at"),
        opens_at: time(row, "opens_at"),
        closes_at: time(row, "closes_at"),
        cancel_until: time(row, "cancel_until"),
        promote_until: time(row, "promote_until"),
        self_move: row.pair("self_move").map(|text| text == "yes"),
        verify_minutes: row.pair("verify_minutes").map(|text| optional(row, text)),
        retention_days: row.pair("retention_days").map(|text| optional(row, text)),
    }
}

/// The settings of a new event.
pub(crate) fn event_settings(row: &Row, mut settings: EventSettings) -> EventSettings {
    let patch = event_patch(row, settings.waitlist);
    patch!(patch => settings.form; slug, visibility, one_per, phone, phone_region, teams);
    patch!(patch => settings; status, capacity, waitlist, max_spots, roles_per_person);
    patch!(patch => settings; starts_at, ends_at, opens_at, closes_at, cancel_until, promote_until, self_move);
    patch!(patch => settings; verify_minutes, retention_days);
    settings
}

/// What the row changes of a role.
pub(crate) fn role_patch(row: &Row) -> RolePatch {
    RolePatch {
        capacity: row.pair("capacity").map(|text| optional(row, text)),
        starts_at: time(row, "starts_at"),
        ends_at: time(row, "ends_at"),
        order: row.pair("order").map(|text| row.parse(text)),
        min_needed: row.pair("min_needed").map(|text| row.parse(text)),
        closed: row.pair("closed").map(|text| text == "yes"),
    }
}

/// The settings of a new role.
pub(crate) fn role_settings(row: &Row, mut settings: RoleSettings) -> RoleSettings {
    let patch = role_patch(row);
    patch!(patch => settings; capacity, starts_at, ends_at, order, min_needed, closed);
    settings
}

/// What to do with those who no longer fit.
pub(crate) fn if_below(row: &Row) -> IfBelow {
    match row.pair("if_below") {
        None | Some("refuse") => IfBelow::Refuse,
        Some("keep") => IfBelow::Keep,
        Some("waitlist_latest") => IfBelow::WaitlistLatest,
        Some(other) => panic!("line {}: if_below={other}", row.line),
    }
}

/// A number, or `none`.
pub(crate) fn optional<T: FromStr>(row: &Row, text: &str) -> Option<T> {
    (text != "none").then(|| row.parse(text))
}

fn time(row: &Row, name: &str) -> Option<Option<Millis>> {
    row.pair(name).map(|text| optional(row, text).map(Millis))
}

fn new_waitlist(row: &Row, mut waitlist: Waitlist) -> Option<Waitlist> {
    let before = waitlist;
    if let Some(policy) = row.pair("waitlist") {
        waitlist.policy = code(policy);
    }
    if let Some(limit) = row.pair("limit") {
        waitlist.limit = optional(row, limit);
    }
    if let Some(skips) = row.pair("max_skips") {
        waitlist.max_skips = row.parse(skips);
    }
    (waitlist != before).then_some(waitlist)
}

/// One of a list of names, as the API writes it.
fn code<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(text.into()).unwrap_or_else(|_| panic!("unknown: {text}"))
}
