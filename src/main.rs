//! The `headcount` command.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use headcount::cli;
use headcount::config::Cli;
use headcount::http;
use headcount::store::audit::AuditError;
use headcount::store::{StoreError, postgres, sqlite};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("HEADCOUNT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let filter = [postgres::LOGGED_AT_MOST, http::LOGGED_AT_MOST]
        .into_iter()
        .fold(filter, |filter, at_most| filter.add_directive(at_most.parse().expect("it is a directive")));
    let is_read_by_people = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_read_by_people).init();
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
