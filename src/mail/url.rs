//! Which mail server, and how to talk to it: what `--smtp-url` says. No text of an error holds a part of the input in
//! which a password may hide.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What a whole address looks like, for errors.
const EXAMPLE: &str = "smtp+starttls://USER:PASSWORD@HOST (port 587), smtps://USER:PASSWORD@HOST (port 465), or \
     smtp://HOST (port 25, unencrypted)";

const UNESCAPED: &str = "write /, ?, #, % and @ in a user's name or password as %2F, %3F, %23, %25 and %40";

/// A mail server, as whom, and how. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    pub(super) encryption: Encryption,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) login: Option<Login>,
}

/// Whether and when the connection is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encryption {
    /// Never.
    None,
    /// After a greeting in the clear; a server that cannot is not talked to.
    StartTls,
    /// From the first byte.
    Tls,
}

/// Who logs in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl Encryption {
    const ALL: [Encryption; 3] = [Encryption::None, Encryption::StartTls, Encryption::Tls];

    fn scheme(self) -> &'static str {
        match self {
            Encryption::None => "smtp",
            Encryption::StartTls => "smtp+starttls",
            Encryption::Tls => "smtps",
        }
    }

    fn port(self) -> u16 {
        match self {
            Encryption::None => 25,
            Encryption::StartTls => 587,
            Encryption::Tls => 465,
        }
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<SmtpUrl, String> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| format!("must look like {EXAMPLE}"))?;
        let encryption = Encryption::ALL.into_iter().find(|one| one.scheme().eq_ignore_ascii_case(scheme));
        let encryption = encryption.ok_or_else(|| format!("must look like {EXAMPLE}"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(format!("nothing may follow host and port; {UNESCAPED}"));
        }
        let (login, server) = match rest.rsplit_once('@') {
            Some((login, server)) => (Some(read_login(login)?), server),
            None => (None, rest),
        };
        let (host, port) = read_server(server)?;
        if login.is_some() && encryption == Encryption::None && !is_this_machine(&host) {
            return Err("would send the password unencrypted: use smtp+starttls:// or smtps://".into());
        }
        Ok(SmtpUrl { encryption, host, port: port.unwrap_or(encryption.port()), login })
    }
}

fn read_login(text: &str) -> Result<Login, String> {
    let (user, password) = text.split_once(':').ok_or("a user needs a password: USER:PASSWORD@HOST")?;
    let decoded = |text: &str, what: &str| {
        let decoded = decode(text).ok_or_else(|| format!("the {what} has a % without two digits; {UNESCAPED}"))?;
        let is_empty = decoded.is_empty();
        if is_empty || decoded.chars().any(char::is_control) {
            return Err(format!("the {what} must not be empty or hold control characters"));
        }
        Ok(decoded)
    };
    Ok(Login { user: decoded(user, "user's name")?, password: decoded(password, "password")? })
}

/// Host and port. A colon or bracket may be part of a password with an unescaped character, so nothing is quoted.
fn read_server(text: &str) -> Result<(String, Option<u16>), String> {
    let wrong_host = || "the host must be a name or an address, an IPv6 address in brackets".to_owned();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or_else(wrong_host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong_host())?;
            (host, (!after.is_empty()).then(|| after.strip_prefix(':').unwrap_or("?")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(is_plain) {
        return Err(wrong_host());
    }
    let port = port.map(|port| match port.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("the port must be a number from 1 to 65535".to_owned()),
    });
    Ok((host.to_owned(), port.transpose()?))
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-decodes; none if it is not UTF-8, or a % does not have two digits behind it.
fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SmtpUrl { encryption, host, port, login } = self;
        write!(f, "{}://", encryption.scheme())?;
        if let Some(login) = login {
            write!(f, "{}@", login.user)?;
        }
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Without the password, too.
impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_shown_without_its_password() {
        for (text, shown) in [
            ("smtp://localhost", "smtp://localhost:25"),
            ("smtp://mail.example.org:2525/", "smtp://mail.example.org:2525"),
            ("smtp+starttls://me:hunter2@mail.example.org", "smtp+starttls://me@mail.example.org:587"),
            ("SMTPS://me%40example.org:p%3Aw%2f@mail.example.org", "smtps://me@example.org@mail.example.org:465"),
            ("smtp://me:hunter2@[::1]:25", "smtp://me@[::1]:25"),
        ] {
            let url: SmtpUrl = text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
        }
        let url: SmtpUrl = "smtps://me%40a:p%3Aw%2f@b".parse().unwrap();
        let login = url.login.unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("me@a", "p:w/"));
        let url: SmtpUrl = "smtps://me:p@ss@b".parse().unwrap();
        assert_eq!(url.login.unwrap().password, "p@ss", "the last @ is the one before the host");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, problem) in [
            ("", "smtps://USER"),
            ("mail.example.org", "smtps://USER"),
            ("http://me:hunter2@mail.example.org", "smtps://USER"),
            ("smtps://", "the host"),
            ("smtps://me:hunter2@", "the host"),
            ("smtps://me:hunter2@ho st", "the host"),
            ("smtps://me:hunter2@[::1", "the host"),
            ("smtps://me:hunter2@[::1]x", "the port"),
            ("smtps://me:hunter2@host:0", "the port"),
            ("smtps://me:hunter2@host:99999", "the port"),
            ("smtps://me:hunter2@host/path", "%2F"),
            ("smtps://me:hunter2/x@host", "%2F"),
            ("smtps://me:hunter2#x@host", "%23"),
            ("smtps://me:hunter2%@host", "%25"),
            ("smtps://me:hunter2%0a@host", "control"),
            ("smtps://me@host", "needs a password"),
            ("smtps://me:@host", "must not be empty"),
            ("smtp://me:hunter2@host", "unencrypted"),
        ] {
            let said = text.parse::<SmtpUrl>().unwrap_err();
            assert!(said.contains(problem) && !said.contains("hunter2"), "{text}: {said}");
        }
    }
}
