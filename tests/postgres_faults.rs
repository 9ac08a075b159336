//! What happens to a batch when PostgreSQL, the way to it, or another server fails in the midst of it: nothing that was
//! acknowledged is lost, nothing is done twice, and it recovers by itself.
//!
//! `ground` is what all stand on. The rest is one file for each kind of fault.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "postgres_faults/backends.rs"]
mod backends;
#[path = "postgres_faults/commit.rs"]
mod commit;
#[path = "postgres_faults/ground.rs"]
mod ground;
#[path = "postgres_faults/hammer.rs"]
mod hammer;
#[path = "postgres_faults/lanes.rs"]
mod lanes;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "postgres_faults/retries.rs"]
mod retries;
#[path = "postgres_faults/served.rs"]
mod served;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "store/setting.rs"]
mod setting;
#[path = "postgres_faults/stopped.rs"]
mod stopped;
#[path = "postgres_faults/traps.rs"]
mod traps;
#[path = "postgres_faults/warnings.rs"]
mod warnings;
