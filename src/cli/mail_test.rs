//! `headcount mail-test`: tries out whether mail can be sent, and says what to do where it cannot.

use std::process::ExitCode;

use anyhow::Context;

use super::{EXIT_FAILED, print};
use crate::clock;
use crate::config::MailTestArgs;
use crate::mail::{Failure, SmtpUrl, Step, Tried, send_test};

/// Sends one message. Exit code 0: the mail server took it; 1: it did not, and why.
///
/// # Errors
/// If there is nothing to try, or nothing can be printed.
pub async fn run(args: MailTestArgs) -> anyhow::Result<ExitCode> {
    let MailTestArgs { mail, to } = args;
    let options = mail.options().context("name the mail server with --smtp-url and the sender with --mail-from")?;
    let url = options.url.clone();
    print(&format!("through {url}, from {}, to {to}:", options.from))?;
    let told = |step| {
        // Where nobody reads, the exit code tells.
        let _unread = print(&format!("  ok: {}", done(step)));
    };
    match send_test(options, &to, clock::new_id(), clock::now(), told).await {
        Ok(()) => {
            print(
                "The mail server took the message. If it does not arrive, look at the folder for spam, and at what the server says.",
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Tried::NotBegun(problem)) => failed(&problem),
        Err(Tried::Failed(failure)) => {
            print(&format!("  failed: {}", failure.text))?;
            failed(&what_to_do(&failure, &url))
        }
    }
}

fn failed(what_to_do: &str) -> anyhow::Result<ExitCode> {
    eprintln!("headcount: {what_to_do}");
    Ok(ExitCode::from(EXIT_FAILED))
}

fn done(step: Step) -> &'static str {
    match step {
        Step::Connect => "connected",
        Step::Encrypt => "the connection is encrypted",
        Step::LogIn => "logged in",
        Step::Sender => "the sender is accepted",
        Step::Recipient => "the recipient is accepted",
        Step::Content => "the message is accepted",
    }
}

fn what_to_do(failure: &Failure, url: &SmtpUrl) -> String {
    match failure.step {
        Step::Connect => format!(
            "no mail server could be reached as {url}: check host and port, and whether a firewall is in between \
             (many providers let nobody use port 25). Encrypted from the first byte is smtps:// (port 465), after a \
             greeting smtp+starttls:// (port 587)"
        ),
        Step::Encrypt => {
            "the connection could not be encrypted: the host must be the name in the server's certificate, \
             and this system must trust who issued it (SSL_CERT_FILE names another file of certificates). Where the \
             server has no STARTTLS, try smtps://"
                .to_owned()
        }
        Step::LogIn => "the mail server did not let us log in: check user and password. Some providers ask for a \
             password made for programs"
            .to_owned(),
        Step::Sender => "the mail server does not take the sender: --mail-from must be an address that this user may \
             send from, and some servers ask for a user and password first"
            .to_owned(),
        Step::Recipient => "the mail server does not take the recipient: check the address. A server that relays only \
             for those who have logged in needs USER:PASSWORD@ in --smtp-url"
            .to_owned(),
        Step::Content => "the mail server refused the message itself; what it said above tells why".to_owned(),
    }
}
