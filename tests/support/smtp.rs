//! A mail server that keeps what it is given, and does what goes wrong with mail servers when a test says so.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The only user and password that are let in.
pub(crate) const USER: &str = "club";
pub(crate) const PASSWORD: &str = "right-password";

/// How long a test waits for what must come, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// What goes wrong with one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The sender's address is answered with this code.
    Sender(u16),
    /// The recipient's address is.
    Recipient(u16),
    /// The message is.
    Content(u16),
    /// It was taken, but the connection breaks before that is said.
    DropAfterContent,
    /// It was taken, but nothing is ever said.
    HangAfterContent,
}

/// Whether and when it encrypts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encryption {
    None,
    StartTls,
    Tls,
}

/// A message that it was given, also where it did not say so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: String,
    /// As it came, without the dots of SMTP.
    pub(crate) raw: String,
    pub(crate) is_encrypted: bool,
    pub(crate) user: Option<String>,
}

/// The server. It ends with the runtime it was started in.
#[derive(Clone)]
pub(crate) struct MailServer {
    pub(crate) port: u16,
    /// Its certificate in PEM, if it encrypts.
    pub(crate) certificate: Option<String>,
    shared: Arc<Shared>,
}

struct Shared {
    encryption: Encryption,
    acceptor: Option<TlsAcceptor>,
    faults: Mutex<VecDeque<Fault>>,
    mails: Mutex<Vec<Mail>>,
    /// One permit a message.
    arrived: Semaphore,
}

impl MailServer {
    /// One that does not encrypt and lets everybody in.
    pub(crate) async fn start() -> MailServer {
        MailServer::start_with(Encryption::None, 0).await
    }

    /// On a port that is known already, or on any free one.
    pub(crate) async fn start_with(encryption: Encryption, port: u16) -> MailServer {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, certificate) = match encryption {
            Encryption::None => (None, None),
            Encryption::StartTls | Encryption::Tls => {
                let (acceptor, certificate) = certified();
                (Some(acceptor), Some(certificate))
            }
        };
        let (faults, mails, arrived) = (Mutex::default(), Mutex::default(), Semaphore::new(0));
        let shared = Arc::new(Shared { encryption, acceptor, faults, mails, arrived });
        let server = MailServer { port, certificate, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A client that breaks off is no fault of the test.
                tokio::spawn(async move { drop(shared.talk(stream).await) });
            }
        });
        server
    }

    /// The URL without a user.
    pub(crate) fn url(&self) -> String {
        self.url_with("")
    }

    /// The URL with `USER:PASSWORD@`.
    pub(crate) fn url_with(&self, login: &str) -> String {
        let scheme = match self.shared.encryption {
            Encryption::None => "smtp",
            Encryption::StartTls => "smtp+starttls",
            Encryption::Tls => "smtps",
        };
        format!("{scheme}://{login}localhost:{}", self.port)
    }

    /// The next message that nothing else has gone wrong with goes wrong like this.
    pub(crate) fn fail(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push_back(fault);
    }

    /// Waits for one more message.
    pub(crate) async fn next(&self) -> Mail {
        let arrived = tokio::time::timeout(PATIENCE, self.shared.arrived.acquire()).await;
        arrived.expect("a message comes").unwrap().forget();
        self.mails().last().unwrap().clone()
    }

    /// Everything so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().unwrap().clone()
    }
}

fn certified() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

/// One side of a talk: the lines of the client, and what it is answered.
struct Talk<S> {
    stream: BufReader<S>,
    is_encrypted: bool,
    user: Option<String>,
}

/// How a talk ended, if without an error.
enum Ended {
    Over,
    /// The client wants to go on encrypted.
    Encrypt,
}

impl Shared {
    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        match (self.encryption, &self.acceptor) {
            (Encryption::Tls, Some(acceptor)) => {
                let mut talk = Talk::new(acceptor.accept(stream).await?, true);
                talk.say("220 localhost ready").await?;
                self.converse(&mut talk).await.map(drop)
            }
            (_, acceptor) => {
                let mut talk = Talk::new(stream, false);
                talk.say("220 localhost ready").await?;
                match (self.converse(&mut talk).await?, acceptor) {
                    (Ended::Encrypt, Some(acceptor)) => {
                        let stream = acceptor.accept(talk.stream.into_inner()).await?;
                        self.converse(&mut Talk::new(stream, true)).await.map(drop)
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&self, talk: &mut Talk<S>) -> std::io::Result<Ended> {
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let Some(line) = talk.hear().await? else { return Ok(Ended::Over) };
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => talk.say(self.offers(talk.is_encrypted)).await?,
                "STARTTLS" => {
                    talk.say("220 go on").await?;
                    return Ok(Ended::Encrypt);
                }
                "AUTH" => talk.log_in(&line).await?,
                "MAIL" => {
                    from = bracketed(&line);
                    self.answer(talk, |fault| if let Fault::Sender(code) = fault { Some(code) } else { None }).await?;
                }
                "RCPT" => {
                    to = bracketed(&line);
                    self.answer(talk, |fault| if let Fault::Recipient(code) = fault { Some(code) } else { None })
                        .await?;
                }
                "DATA" => {
                    talk.say("354 go on").await?;
                    let raw = talk.content().await?;
                    let mail = Mail {
                        from: from.clone(),
                        to: to.clone(),
                        raw,
                        is_encrypted: talk.is_encrypted,
                        user: talk.user.clone(),
                    };
                    if !self.take(talk, mail).await? {
                        return Ok(Ended::Over);
                    }
                }
                "QUIT" => {
                    talk.say("221 bye").await?;
                    return Ok(Ended::Over);
                }
                _ => talk.say("250 ok").await?,
            }
        }
    }

    fn offers(&self, is_encrypted: bool) -> &'static str {
        match (self.encryption, is_encrypted) {
            (Encryption::StartTls, false) => "250-localhost\r\n250-8BITMIME\r\n250 STARTTLS",
            _ => "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
        }
    }

    /// Takes the next fault if it is one of this step.
    fn fault<T>(&self, of: impl Fn(Fault) -> Option<T>) -> Option<T> {
        let mut faults = self.faults.lock().unwrap();
        let found = faults.front().copied().and_then(of);
        if found.is_some() {
            faults.pop_front();
        }
        found
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk<S>,
        of: impl Fn(Fault) -> Option<u16>,
    ) -> std::io::Result<()> {
        match self.fault(of) {
            Some(code) => talk.say(&format!("{code} not now, or not at all")).await,
            None => talk.say("250 ok").await,
        }
    }

    /// Keeps a message or not; whether the talk goes on.
    async fn take<S: AsyncRead + AsyncWrite + Unpin>(&self, talk: &mut Talk<S>, mail: Mail) -> std::io::Result<bool> {
        let fault = self.fault(|fault| match fault {
            Fault::Content(_) | Fault::DropAfterContent | Fault::HangAfterContent => Some(fault),
            Fault::Sender(_) | Fault::Recipient(_) => None,
        });
        if let Some(Fault::Content(code)) = fault {
            talk.say(&format!("{code} not like that")).await?;
            return Ok(true);
        }
        self.mails.lock().unwrap().push(mail);
        if fault.is_none() {
            talk.say("250 taken").await?;
        }
        self.arrived.add_permits(1);
        match fault {
            Some(Fault::HangAfterContent) => std::future::pending().await,
            fault => Ok(fault.is_none()),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S, is_encrypted: bool) -> Talk<S> {
        Talk { stream: BufReader::new(stream), is_encrypted, user: None }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn hear(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        let bytes = self.stream.read_line(&mut line).await?;
        Ok((bytes > 0).then(|| line.trim_end().to_owned()))
    }

    async fn content(&mut self) -> std::io::Result<String> {
        let mut content = String::new();
        while let Some(line) = self.hear().await? {
            if line == "." {
                break;
            }
            content += line.strip_prefix('.').unwrap_or(&line);
            content += "\r\n";
        }
        Ok(content)
    }

    async fn log_in(&mut self, line: &str) -> std::io::Result<()> {
        let given = line.split(' ').nth(2).and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        if given == format!("\0{USER}\0{PASSWORD}").into_bytes() {
            self.user = Some(USER.to_owned());
            self.say("235 welcome").await
        } else {
            self.say("535 5.7.8 wrong user or password").await
        }
    }
}

fn bracketed(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(inner, _)| inner.to_owned()).unwrap_or_default()
}

impl Mail {
    /// A header as it stands there, its lines joined.
    pub(crate) fn header(&self, name: &str) -> String {
        let (head, _) = self.raw.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no header {name} in {}", self.raw))
    }

    /// The part for those who read text.
    pub(crate) fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The part for those who read HTML.
    pub(crate) fn html(&self) -> String {
        self.part("text/html")
    }

    /// The entry for the reader's calendar, each of its lines in one.
    pub(crate) fn calendar(&self) -> String {
        self.part("text/calendar").replace("\r\n ", "")
    }

    fn part(&self, kind: &str) -> String {
        let part = self.raw.split("\r\n--").find(|part| part.contains(&format!("Content-Type: {kind}"))).unwrap();
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        match head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: ")).unwrap() {
            "7bit" => body.to_owned(),
            "quoted-printable" => quoted_printable(body),
            "base64" => String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap(),
            other => panic!("{other}"),
        }
    }

    /// The first link of the text whose path begins like this; what follows the host.
    pub(crate) fn path(&self, begin: &str) -> String {
        let text = self.text();
        let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains(begin));
        let link = link.unwrap_or_else(|| panic!("no link {begin} in {text}"));
        link[link.find(begin).unwrap()..].to_owned()
    }
}

fn quoted_printable(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut decoded = Vec::new();
    let mut bytes = joined.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'=' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).unwrap()
}
