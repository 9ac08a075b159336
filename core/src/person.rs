//! Who somebody is: one canonical key a human, so that nobody counts twice.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::ids::RegistrationId;

/// A person as the core sees one. The key is personal data and never enters the log; the tag stands there instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// `email:<address>`, `email:<address>#<name>` or `entry:<registration>`.
    pub key: String,
    /// A keyed hash of event and key, made outside of the core (it needs the secret).
    pub tag: Tag,
}

/// Stands for a person in the log of one event; means nothing without the server's secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(pub [u8; 16]);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> String {
        tag.to_string()
    }
}

impl TryFrom<String> for Tag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16).ok().filter(|_| digits);
        number.map(|number| Tag(number.to_be_bytes())).ok_or_else(|| "a tag is 32 hexadecimal digits".to_owned())
    }
}

/// The key of a person known by an e-mail address.
pub fn key_by_email(email: &str) -> String {
    format!("email:{}", canonical_email(email))
}

/// The key where families share addresses: the name is part of it.
pub fn key_by_email_and_name(email: &str, name: &str) -> String {
    format!("email:{}#{}", canonical_email(email), fold(name))
}

/// The key of somebody whom staff added without an address.
pub fn key_by_entry(registration: RegistrationId) -> String {
    format!("entry:{registration}")
}

/// Unicode NFC, trimmed, inner white space as single blanks, case folded: how names are compared.
pub fn fold(text: &str) -> String {
    let single_blanks = text.split_whitespace().collect::<Vec<_>>().join(" ");
    caseless::default_case_fold_str(&single_blanks.nfc().collect::<String>()).nfc().collect()
}

/// Unicode NFC: a letter and its accent as one, as most keyboards send them.
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Trimmed, NFC, the domain lower-cased, the local part case-folded.
fn canonical_email(email: &str) -> String {
    let email = composed(email.trim());
    let (local, domain) = email.rsplit_once('@').unwrap_or((&email, ""));
    let local: String = caseless::default_case_fold_str(local).nfc().collect();
    format!("{local}@{}", domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_human_has_one_key() {
        let key = key_by_email("ann@example.org");
        for same in ["ANN@example.org", " Ann@Example.ORG\n"] {
            assert_eq!(key_by_email(same), key);
        }
        assert_ne!(key_by_email("ann+1@example.org"), key);
        assert_eq!(key_by_email("stra\u{df}e@x.org"), key_by_email("STRASSE@x.org"));
        assert_eq!(key_by_email("e\u{301}@x.org"), key_by_email("\u{e9}@x.org"));
    }

    #[test]
    fn a_shared_address_is_told_apart_by_name() {
        let ann = key_by_email_and_name("home@example.org", "Ann  Example");
        assert_eq!(ann, key_by_email_and_name("HOME@example.org", " ann example "));
        assert_ne!(ann, key_by_email_and_name("home@example.org", "Ben Example"));
    }

    #[test]
    fn a_tag_survives_its_text_form() {
        let tag = Tag([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(Tag::try_from(tag.to_string()), Ok(tag));
        for wrong in ["", "+1", "0g", "00112233445566778899aabbccddeef"] {
            assert!(Tag::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
