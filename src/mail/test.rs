//! One message to try the options out, told step by step.

use headcount_core::ids::Millis;
use lettre::Address;
use lettre::message::Mailbox;
use uuid::Uuid;

use super::letters::{self, Reader};
use super::options::MailOptions;
use super::render::Envelope;
use super::transport::{Failure, MailServer, Step};
use crate::words::Language;

/// Why the attempt ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tried {
    /// At a step.
    Failed(Failure),
    /// Before any, in words.
    NotBegun(String),
}

/// Sends a test message to `to`; tells each step that is done.
///
/// # Errors
/// At the first step that fails.
pub async fn send_test(
    options: MailOptions,
    to: &str,
    id: Uuid,
    now: Millis,
    mut told: impl FnMut(Step),
) -> Result<(), Tried> {
    let to: Address =
        to.parse().map_err(|_| Tried::NotBegun(format!("{to} is not an address that mail can be sent to")))?;
    let to = Mailbox::new(None, to);
    let from = options.from.0;
    let envelope = Envelope { id, from: &from, to: &to, now };
    let message = letters::news(Reader { language: Language::english(), name: None }, "mail_test")
        .message(&envelope)
        .map_err(Tried::NotBegun)?;
    let server = MailServer::new(options.url).map_err(Tried::NotBegun)?;
    let mut connection = server.connect(&mut told).await.map_err(Tried::Failed)?;
    connection.send(&from, &to.email, &message, &mut told).await.map_err(Tried::Failed)?;
    connection.close().await;
    Ok(())
}
