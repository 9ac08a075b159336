//! The `headcount` command.

use std::process::ExitCode;

use clap::Parser;
use headcount::cli;
use headcount::config::Cli;
use headcount::store::audit::AuditError;
use headcount::store::{StoreError, postgres, sqlite};

/// The allocator of musl has one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.log.start();
    cli::run(cli).unwrap_or_else(|error| {
        eprintln!("headcount: {error:#}");
        let of_storage = error.chain().any(|cause| {
            cause.is::<StoreError>()
                || cause.is::<AuditError>()
                || cause.is::<sqlite::OpenError>()
                || cause.is::<postgres::OpenError>()
        });
        ExitCode::from(if of_storage { cli::EXIT_STORAGE } else { cli::EXIT_FAILED })
    })
}
