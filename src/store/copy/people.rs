//! The columns of what belongs to people: accounts, rights, and what is mailed or delivered.

use super::{Column, id, number, text};

pub(in crate::store) const ORGANIZATIONS: &[Column] = &[id("organization_id"), text("name"), number("created_at")];

pub(in crate::store) const ACCOUNTS: &[Column] = &[
    id("account_id"),
    text("email"),
    text("email_key"),
    text("name"),
    text("language"),
    text("password_hash"),
    number("confirmed_at"),
    number("created_at"),
    number("ended_at"),
    number("generation"),
];

pub(in crate::store) const MEMBERS: &[Column] = &[
    id("organization_id"),
    id("account_id"),
    text("role"),
    number("special_requirements"),
    number("everything"),
    number("created_at"),
];

pub(in crate::store) const GRANTS: &[Column] =
    &[id("organization_id"), id("account_id"), text("kind"), id("target_id")];

pub(in crate::store) const TEAMS: &[Column] = &[id("team_id"), id("organization_id"), text("name"), text("name_key")];

pub(in crate::store) const TEAM_MEMBERS: &[Column] = &[id("team_id"), id("account_id")];

pub(in crate::store) const SESSIONS: &[Column] = &[
    // First, as it names the row in errors.
    id("account_id"),
    text("session_hash"),
    number("generation"),
    number("created_at"),
    number("seen_at"),
    number("expires_at"),
];

pub(in crate::store) const TOKENS: &[Column] = &[
    id("token_id"),
    id("account_id"),
    text("name"),
    text("hash"),
    text("scopes"),
    number("generation"),
    number("created_at"),
    number("expires_at"),
    number("revoked_at"),
];

pub(in crate::store) const LINKS: &[Column] = &[
    id("link_id"),
    text("purpose"),
    id("account_id"),
    id("organization_id"),
    text("data"),
    id("created_by"),
    number("created_at"),
    number("expires_at"),
    number("used_at"),
];

pub(in crate::store) const DOORS: &[Column] = &[
    id("door_id"),
    id("event_id"),
    id("organization_id"),
    text("name"),
    id("created_by"),
    number("created_at"),
    number("expires_at"),
    number("revoked_at"),
];

pub(in crate::store) const WEBHOOKS: &[Column] = &[
    id("webhook_id"),
    id("organization_id"),
    text("url"),
    text("kinds"),
    number("personal"),
    number("version"),
    number("created_at"),
    number("ended_at"),
];

pub(in crate::store) const WEBHOOK_MARKS: &[Column] = &[id("event_id"), number("seq")];

pub(in crate::store) const RETENTION_MARKS: &[Column] = &[id("event_id"), number("seq")];

pub(in crate::store) const WEBHOOK_DELIVERIES: &[Column] = &[
    id("delivery_id"),
    id("webhook_id"),
    id("event_id"),
    number("seq"),
    text("kind"),
    text("payload"),
    number("created_at"),
    number("due_at"),
    number("attempts"),
    number("status"),
    text("problem"),
    number("delivered_at"),
];

pub(in crate::store) const OUTBOX: &[Column] = &[
    id("message_id"),
    text("template"),
    id("event_id"),
    id("registration_id"),
    id("account_id"),
    id("link_id"),
    text("address"),
    id("role_id"),
    number("seq"),
    text("stood"),
    number("created_at"),
    number("due_at"),
    number("attempts"),
    text("problem"),
    number("sent_at"),
];
