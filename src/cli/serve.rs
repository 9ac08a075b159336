//! `headcount serve`: runs the server until it is told to stop.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{EXIT_STORAGE, open_files, say};
use crate::server::{self, Ending, Options, Running};

/// How long those whose outcome is unknown have to read that, before the process ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

const STORAGE_FAILED: &str = "the storage failed in a commit: start again to read what was written";

/// Runs the server. SIGTERM and SIGINT stop it: what is under way is answered, nothing is lost.
///
/// # Errors
/// If it cannot start.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let database = options.database.to_string();
    // A guess that is right as long as nobody comes by another address.
    let guessed = if options.public_url.is_none() { "  (--public-url, if people come by another address)" } else { "" };
    let mail = about_mail(&options);
    open_files::raise_limit();
    // Before anybody is told that it runs, so that whoever stops it at once is obeyed.
    let mut signals = Signals::catch()?;
    let running = tokio::select! {
        running = server::start(options) => running?,
        () = signals.caught() => return Ok(ExitCode::SUCCESS),
    };
    let Running { address, public_url, .. } = &running;
    say(&format!(
        "headcount listens on http://{address}\ndatabase: {database}\nlinks begin with: {public_url}{guessed}\n{mail}"
    ));
    for warning in &running.warnings {
        eprintln!("WARNING: {warning}");
    }
    if let Some(token) = &running.new_owner_token {
        say(&format!("\nowner token, shown only now, keep it: {token}"));
    }
    if let Some(link) = &running.setup_link {
        say(&format!("\nnobody owns this server yet; make the first account within a week: {link}"));
    }
    until_stopped(running, signals).await
}

/// How mail is sent, and what it means for accounts where it is not.
fn about_mail(options: &Options) -> String {
    const NONE: &str = "mail: none is sent (--smtp-url): links of invitations are shown to whoever invites";
    match &options.mail {
        Some(mail) => format!("mail: through {}, from {}", mail.url, mail.from),
        None if options.people.self_registration => {
            format!("{NONE}, and anybody can make an account with any address (--self-registration on)")
        }
        None => format!("{NONE}; nobody makes an account without one"),
    }
}

/// The signals that stop a server. From here on they end nothing by themselves.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// If the operating system does not let it.
    pub(super) fn catch() -> anyhow::Result<Signals> {
        let catch = |kind| signal(kind).context("cannot wait for signals");
        Ok(Signals { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    /// Resolves when one of them has come.
    pub(super) async fn caught(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits for a signal, or for the storage to fail for good.
pub(super) async fn until_stopped(running: Running, mut signals: Signals) -> anyhow::Result<ExitCode> {
    tokio::select! {
        () = signals.caught() => {}
        () = running.failed() => {
            tokio::time::sleep(LAST_ANSWERS).await;
            eprintln!("{STORAGE_FAILED}");
            // Not by returning: nothing may be written any more, and what hangs in the storage must not hold it up.
            std::process::exit(EXIT_STORAGE.into());
        }
    }
    say("stopping: what is under way is answered");
    Ok(match running.stop().await {
        Ending::Clean => ExitCode::SUCCESS,
        Ending::StorageFailed => {
            eprintln!("{STORAGE_FAILED}");
            ExitCode::from(EXIT_STORAGE)
        }
    })
}
