//! What the options say: through which server, and from whom.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use lettre::message::Mailbox;

use super::url::SmtpUrl;

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// Through which server.
    pub url: SmtpUrl,
    /// From whom.
    pub from: MailFrom,
}

/// Whom mail comes from: `Name <address>`, or an address alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailFrom(pub(super) Mailbox);

impl FromStr for MailFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<MailFrom, String> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text),
        };
        if name.chars().any(char::is_control) {
            return Err("the name must not contain control characters".to_owned());
        }
        let address = address.trim().parse::<Address>();
        let address = address.map_err(|_| "must look like `Name <address@example.org>`".to_owned())?;
        Ok(MailFrom(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address)))
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.name {
            Some(name) => write!(f, "{name} <{}>", self.0.email),
            None => self.0.email.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_a_name_or_none() {
        for (text, shown) in [
            ("club@example.org", "club@example.org"),
            (" Bücherei, die kleine <a.b@example.org> ", "Bücherei, die kleine <a.b@example.org>"),
            ("\"Club\" <club@example.org>", "Club <club@example.org>"),
            ("<club@example.org>", "club@example.org"),
        ] {
            assert_eq!(text.parse::<MailFrom>().map(|from| from.to_string()), Ok(shown.to_owned()));
        }
        for wrong in
            ["", "Club", "Club <>", "Club <club>", "a\r\nBcc: x <club@example.org>", "club@example.org, b@example.org"]
        {
            assert!(wrong.parse::<MailFrom>().is_err(), "{wrong}");
        }
    }
}
