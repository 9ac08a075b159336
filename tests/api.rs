//! The HTTP API from outside, one file a route or concern: requests in, status and body out. Here on a data file;
//! `tests/api_postgres.rs` runs the same tests on a PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "api/accounts.rs"]
mod accounts;
#[path = "api/commands.rs"]
mod commands;
#[path = "api/cors.rs"]
mod cors;
#[path = "api/on_sqlite.rs"]
mod database;
#[path = "api/erasing.rs"]
mod erasing;
#[path = "api/events.rs"]
mod events;
#[path = "api/export.rs"]
mod export;
#[path = "api/faults.rs"]
mod faults;
#[path = "api/harness.rs"]
mod harness;
#[path = "api/idempotency.rs"]
mod idempotency;
#[path = "api/input.rs"]
mod input;
#[path = "api/language.rs"]
mod language;
#[path = "api/later.rs"]
mod later;
#[path = "api/limits.rs"]
mod limits;
#[path = "api/links.rs"]
mod links;
#[path = "api/mail.rs"]
mod mail;
#[path = "api/mail_language.rs"]
mod mail_language;
#[path = "api/mail_news.rs"]
mod mail_news;
#[path = "api/manage.rs"]
mod manage;
#[path = "api/metrics.rs"]
mod metrics;
#[path = "support/npm.rs"]
mod npm;
#[path = "api/older.rs"]
mod older;
#[path = "api/openapi.rs"]
mod openapi;
#[path = "api/opening.rs"]
mod opening;
#[path = "api/operator.rs"]
mod operator;
#[path = "api/organizations.rs"]
mod organizations;
#[path = "api/pages.rs"]
mod pages;
#[path = "api/pages_admin.rs"]
mod pages_admin;
#[path = "api/pages_console.rs"]
mod pages_console;
#[path = "api/pages_door.rs"]
mod pages_door;
#[path = "api/pages_history.rs"]
mod pages_history;
#[path = "api/pages_my.rs"]
mod pages_my;
#[path = "api/pages_roster.rs"]
mod pages_roster;
#[path = "api/people.rs"]
mod people;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "api/registrations.rs"]
mod registrations;
#[path = "api/respond.rs"]
mod respond;
#[path = "api/retention.rs"]
mod retention;
#[path = "api/rights.rs"]
mod rights;
#[path = "api/roles.rs"]
mod roles;
#[path = "api/serving.rs"]
mod serving;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/sign_up.rs"]
mod sign_up;
#[path = "support/smtp.rs"]
mod smtp;
#[path = "support/socketio.rs"]
mod socketio;
#[path = "api/sockets.rs"]
mod sockets;
#[path = "api/strangers.rs"]
mod strangers;
#[path = "api/stream.rs"]
mod stream;
#[path = "api/stream_inside.rs"]
mod stream_inside;
#[path = "api/stream_slow.rs"]
mod stream_slow;
#[path = "api/system.rs"]
mod system;
#[path = "api/text.rs"]
mod text;
#[path = "api/tokens.rs"]
mod tokens;
#[path = "api/verification.rs"]
mod verification;
#[path = "api/webhooks.rs"]
mod webhooks;
