//! Several servers on one PostgreSQL, as real processes: whoever is asked, there is one truth, and it outlives any of
//! them.
//!
//! `HEADCOUNT_NODES_LONG=1` lets more people come in more rounds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "nodes/crowd.rs"]
mod crowd;
#[path = "nodes/ends.rs"]
mod ends;
#[path = "nodes/forms.rs"]
mod forms;
#[path = "nodes/keys.rs"]
mod keys;
#[path = "nodes/live.rs"]
mod live;
#[path = "nodes/load.rs"]
mod load;
#[path = "support/npm.rs"]
mod npm;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "nodes/promotion.rs"]
mod promotion;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "nodes/site.rs"]
mod site;
#[path = "support/socketio.rs"]
mod socketio;
#[path = "nodes/starting.rs"]
mod starting;
#[path = "nodes/webhooks.rs"]
mod webhooks;
