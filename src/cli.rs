//! The subcommands, one file each. The only place where `anyhow` is used beside `server`.

use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::Context;

use crate::config::{Cli, Command};
use crate::{http, server};

pub mod backup;
pub mod bench;
pub mod compare;
pub mod copy;
pub mod demo;
pub mod erase;
pub mod export;
pub mod export_log;
mod files;
pub mod health;
pub mod import;
pub mod loadtest;
pub mod mail_test;
mod moving;
mod open_files;
pub mod repair;
pub mod reset_owner;
pub mod restore;
pub mod serve;
pub mod simulate;
pub mod verify;

/// What was asked for cannot be.
pub const EXIT_USAGE: u8 = 2;
/// The check failed.
pub const EXIT_FAILED: u8 = 1;
/// The storage failed.
pub const EXIT_STORAGE: u8 = 3;

/// Does what the command line says.
///
/// # Errors
/// What stands in the way, in words for the one who typed the command.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run((*args).into()).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Loadtest(args) => loadtest::run(args).await,
            Command::Verify { database, args } => verify::run(database.database, args).await,
            Command::Repair { database, args } => repair::run(&database.database, args).await,
            Command::ExportLog { database, args } => export_log::run(database.database, args).await,
            Command::Backup { database, args } => backup::run(&database.database, args).await,
            Command::Restore(args) => restore::run(args).await,
            Command::Erase { database, args } => erase::run(database.database, args).await,
            Command::Export { database, args } => export::run(database.database, args).await,
            Command::Compare { database, args } => compare::run(database.database, args).await,
            Command::Import { database, args } => import::run(database.database, args).await,
            Command::Copy(args) => copy::run(args).await,
            Command::Health(args) => health::run(args).await,
            Command::MailTest(args) => mail_test::run(args).await,
            Command::Token { database } => {
                print(&server::renew_owner_token(&database.database).await?)?;
                Ok(ExitCode::SUCCESS)
            }
            Command::ResetOwner { database, args } => reset_owner::run(database.database, args).await,
            Command::Openapi => {
                print(&http::openapi().to_pretty_json()?)?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Simulate(args) => simulate::simulate(args),
            Command::Bench(command) => bench::run(command).await,
        }
    })
}

/// Prints what a command came to. That whoever reads has enough, `head` for instance, is no failure.
///
/// # Errors
/// If it cannot be printed.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    match writeln!(anstream::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}

/// Prints lines about a server that runs on: standard output that nobody reads any more is no reason to stop it.
fn say(lines: &str) {
    use std::io::Write as _;
    let _nobody_reads = writeln!(std::io::stdout(), "{lines}");
}
