//! What every store must do, told once (`story`), and what only the one in an SQLite file does (`sqlite`, `opening`).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "store/opening.rs"]
mod opening;
#[path = "store/plans.rs"]
mod plans;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/reading.rs"]
mod reading;
#[path = "store/scripts.rs"]
mod scripts;
#[path = "store/setting.rs"]
mod setting;
#[path = "store/sqlite.rs"]
mod sqlite;
#[path = "store/story.rs"]
mod story;
#[path = "support/postgres.rs"]
mod support;
