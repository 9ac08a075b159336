//! `headcount reset-owner`: a link with which an owner who is locked out sets a new password.

use std::process::ExitCode;

use clap::Args;

use super::{EXIT_FAILED, print};
use crate::config::public_url;
use crate::server::{self, Options, OwnerReset};
use crate::store::Database;

/// For whom, and how links are made.
#[derive(Args, Clone, Debug)]
pub struct ResetOwnerArgs {
    /// The address of the owner, where there are several.
    #[arg(long)]
    email: Option<String>,
    /// What all links begin with, as the server is started with.
    #[arg(long, env = "HEADCOUNT_PUBLIC_URL", default_value = "http://127.0.0.1:8080", value_parser = public_url)]
    public_url: String,
    /// What links are made with, as the server is started with; without it a file beside the data file.
    #[arg(long, env = "HEADCOUNT_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// Prints the link, and what it is for.
///
/// # Errors
/// If the database cannot be opened or written.
pub async fn run(database: Database, args: ResetOwnerArgs) -> anyhow::Result<ExitCode> {
    let options = Options { database, secret: args.secret, ..Options::default() };
    let url = |token: &str| format!("{}/l/{token}", args.public_url);
    match server::reset_owner(options, args.email.as_deref()).await? {
        OwnerReset::Password(owner, token) => {
            let (name, email) = (&owner.name, &owner.email);
            print(&format!(
                "Start the server; then, within an hour, {name} ({email}) sets a new password here:\n{}",
                url(&token)
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        OwnerReset::Setup(token) => {
            print(&format!(
                "Nobody owns this server yet. Start it; then, within a week, make the first account here:\n{}",
                url(&token)
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        OwnerReset::Choose(owners) => {
            let list: String =
                owners.iter().map(|owner| format!("\n  --email {}  ({})", owner.email, owner.name)).collect();
            eprintln!("headcount: choose one of the owners:{list}");
            Ok(ExitCode::from(EXIT_FAILED))
        }
    }
}
