//! Talking to the mail server, step by step, so that whoever looks for a mistake is told at which one it is.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use super::url::{Encryption, SmtpUrl};

/// How long one step may take. All steps of a message together take less than its lease, see `outbox`.
const STEP_TIME_MAX: Duration = Duration::from_secs(30);

/// The mail server.
pub(super) struct MailServer {
    url: SmtpUrl,
    tls: Option<TlsParameters>,
    /// How we name ourselves.
    hello: ClientId,
}

/// A connection that messages can be sent over, one after the other. After a failure it is not used any more.
pub(super) struct Connection(AsyncSmtpConnection);

/// What is done on the way of a message, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A connection is made, and the server greets.
    Connect,
    /// It is encrypted.
    Encrypt,
    /// We log in.
    LogIn,
    /// The server takes the sender's address.
    Sender,
    /// The server takes the recipient's address.
    Recipient,
    /// The server takes the message, and is responsible for it from then on.
    Content,
}

/// Why a message was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// At which step.
    pub step: Step,
    /// What the server answered, if it did.
    pub code: Option<u16>,
    /// What happened, in its words; may hold an address.
    pub text: String,
}

impl MailServer {
    /// Prepares everything that needs no connection.
    ///
    /// # Errors
    /// If the certificates that are trusted cannot be read.
    pub(super) fn new(url: SmtpUrl) -> Result<MailServer, String> {
        let tls = match url.encryption {
            Encryption::None => None,
            Encryption::StartTls | Encryption::Tls => {
                Some(TlsParameters::new(url.host.clone()).map_err(|error| error.to_string())?)
            }
        };
        Ok(MailServer { url, tls, hello: ClientId::default() })
    }

    /// Connects, encrypts and logs in, as the URL says; tells each step that is done.
    ///
    /// # Errors
    /// At the first step that fails.
    pub(super) async fn connect(&self, mut told: impl FnMut(Step)) -> Result<Connection, Failure> {
        let address = (self.url.host.as_str(), self.url.port);
        let at_once = self.tls.clone().filter(|_| self.url.encryption == Encryption::Tls);
        let opened = AsyncSmtpConnection::connect_tokio1(address, Some(STEP_TIME_MAX), &self.hello, at_once, None);
        let opened = in_time(Step::Connect, opened).await;
        let mut connection = opened.map_err(|(failure, of_tls)| match of_tls {
            true => Failure { step: Step::Encrypt, ..failure },
            false => failure,
        })?;
        told(Step::Connect);
        match self.url.encryption {
            Encryption::None => {}
            Encryption::Tls => told(Step::Encrypt),
            Encryption::StartTls => {
                let tls = self.tls.clone().expect("made together with the URL");
                step(Step::Encrypt, connection.starttls(tls, &self.hello)).await?;
                told(Step::Encrypt);
            }
        }
        if let Some(login) = &self.url.login {
            let credentials = Credentials::new(login.user.clone(), login.password.clone());
            step(Step::LogIn, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
            told(Step::LogIn);
        }
        Ok(Connection(connection))
    }
}

impl Connection {
    /// Hands a message over; tells each step that is done.
    ///
    /// # Errors
    /// At the first step that fails.
    pub(super) async fn send(
        &mut self,
        from: &Mailbox,
        to: &Address,
        message: &[u8],
        mut told: impl FnMut(Step),
    ) -> Result<(), Failure> {
        let connection = &mut self.0;
        let mut options = Vec::new();
        if ![&from.email, to].iter().all(|address| AsRef::<str>::as_ref(*address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let text = "the mail server takes no addresses with letters beyond ASCII (SMTPUTF8)".to_owned();
                return Err(Failure { step: Step::Recipient, code: Some(550), text });
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        step(Step::Sender, connection.command(Mail::new(Some(from.email.clone()), options))).await?;
        told(Step::Sender);
        step(Step::Recipient, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
        told(Step::Recipient);
        step(Step::Content, connection.command(Data)).await?;
        step(Step::Content, connection.message(message)).await?;
        told(Step::Content);
        Ok(())
    }

    /// Says good-bye. What was handed over is handed over, whatever comes of it.
    pub(super) async fn close(mut self) {
        let _gone = tokio::time::timeout(STEP_TIME_MAX, self.0.quit()).await;
    }
}

async fn step<T>(at: Step, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    in_time(at, work).await.map_err(|(failure, _)| failure)
}

/// The failure, and whether it is one of the encryption.
async fn in_time<T>(at: Step, work: impl Future<Output = Result<T, Error>>) -> Result<T, (Failure, bool)> {
    match tokio::time::timeout(STEP_TIME_MAX, work).await {
        Ok(done) => done.map_err(|error| (failure(at, &error), is_of_tls(&error))),
        Err(_) => {
            let text = format!("no answer within {} seconds", STEP_TIME_MAX.as_secs());
            Err((Failure { step: at, code: None, text }, false))
        }
    }
}

fn failure(step: Step, error: &Error) -> Failure {
    let code = error.status().and_then(|code| code.to_string().parse().ok());
    let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let text = match code {
        Some(code) => format!("the mail server said: {code} {said}"),
        None => said,
    };
    Failure { step, code, text }
}

fn is_of_tls(error: &Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    // What a stream passes on stands inside an error of I/O, which does not name it as its cause.
    let inner = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || io.is_some_and(|inner| inner.is::<rustls::Error>())
    };
    error.is_tls() || causes.into_iter().any(inner)
}

impl Failure {
    /// Whether another attempt would come to the same: the server does not want this recipient or this message. What it
    /// says before that is about us, and can be mended.
    pub(super) fn is_final(&self) -> bool {
        matches!(self.step, Step::Recipient | Step::Content) && self.code.is_some_and(|code| code >= 500)
    }

    /// Whether it says something about the message; else about the server, for all messages alike.
    pub(super) fn is_of_message(&self) -> bool {
        matches!(self.step, Step::Recipient | Step::Content)
    }
}

impl Step {
    /// In words, as what could not be done.
    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Connect => "connect",
            Step::Encrypt => "encrypt the connection",
            Step::LogIn => "log in",
            Step::Sender => "name the sender",
            Step::Recipient => "name the recipient",
            Step::Content => "hand the message over",
        }
    }
}

/// Without what the server said, in which an address may stand.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.step.name())?;
        match self.code {
            Some(code) => write!(f, ": the mail server said {code}"),
            None if self.is_of_message() => Ok(()),
            None => write!(f, ": {}", self.text),
        }
    }
}
