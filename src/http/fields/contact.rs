//! Names, e-mail addresses and phone numbers.

use email_address::{EmailAddress, Options};
use headcount_core::limits;
use headcount_core::person::composed;
use phonenumber::{Mode, PhoneNumber};

use super::short_enough;
use crate::http::json::{Field, Why};

/// A name or title: one line, with something to see in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Name(pub String);

/// An address that mail can be sent to, as it was typed; accents are composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Email(pub String);

/// Something that may be a phone number; see [`Phone::international`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Phone(pub String);

/// A country, by the two letters of ISO 3166.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Region(pub String);

const EMAIL_BYTES_MAX: usize = 254;
const PHONE_BYTES_MAX: usize = 60;

impl Field<'_> for Name {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Name, Why> {
        let name = text.trim();
        if name.chars().any(char::is_control) {
            return Err("must not contain control characters such as line breaks or NUL".into());
        }
        if name.chars().all(is_invisible) {
            return Err("must not be empty".into());
        }
        short_enough(name, limits::NAME_BYTES_MAX).map(Name)
    }
}

impl Field<'_> for Email {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Email, Why> {
        let email = composed(text.trim());
        let options = Options::default().with_required_tld();
        let options = options.without_display_text().without_domain_literal();
        let is_valid = email.len() <= EMAIL_BYTES_MAX
            && !email.chars().any(|c| c.is_control() || is_invisible(c))
            && EmailAddress::parse_with_options(&email, options).is_ok();
        if is_valid { Ok(Email(email)) } else { Err("must be an e-mail address, such as ann@example.org".into()) }
    }
}

impl Field<'_> for Phone {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Phone, Why> {
        let phone = text.trim();
        let is_possible = phone.len() <= PHONE_BYTES_MAX && !phone.chars().any(char::is_control);
        if is_possible { Ok(Phone(phone.to_owned())) } else { Err(NOT_A_PHONE.into()) }
    }
}

const NOT_A_PHONE: &str = "must be a phone number; begin with + and the country code if it is from abroad";

impl Phone {
    /// In international form; national numbers are read as those of `region`.
    pub(in crate::http) fn international(&self, region: Option<&str>) -> Result<String, Why> {
        let region = region.and_then(|region| region.parse().ok());
        if region.is_none() && !self.0.starts_with('+') {
            return Err("must begin with + and the country code".into());
        }
        let number = phonenumber::parse(region, &self.0).ok().filter(PhoneNumber::is_valid);
        let number = number.ok_or(NOT_A_PHONE)?;
        if number.extension().is_some() {
            return Err("must be without an extension".into());
        }
        Ok(number.format().mode(Mode::E164).to_string())
    }
}

impl Field<'_> for Region {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Region, Why> {
        let region = text.to_ascii_uppercase();
        let is_known = region.len() == 2 && region.parse::<phonenumber::country::Id>().is_ok();
        if is_known { Ok(Region(region)) } else { Err("must be a country of two letters, such as DE".into()) }
    }
}

/// White space, and characters that show nothing by themselves (Unicode's "default ignorable" ones, and blanks that are
/// not white space). A name may contain them (joiners belong to some scripts), but it must not consist of them.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_its_accents_are_typed() {
        let composed = Ok(Email("zo\u{e9}@example.org".to_owned()));
        assert_eq!(Email::from_text(" zo\u{e9}@example.org "), composed);
        assert_eq!(Email::from_text("zoe\u{301}@example.org"), composed);
    }

    #[test]
    fn a_phone_number_is_kept_in_one_form() {
        for text in ["030 901820", "+49 30 901820", "(030) 90 18-20", "0049 30 901820", "+49 (0)30 901820"] {
            let phone = Phone::from_text(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(phone.international(Some("DE")), Ok("+4930901820".to_owned()), "{text}");
        }
        for text in ["", "1", "+", "+0", "030 901820 ext. 5", "0900", "+999 123456789"] {
            let phone = Phone::from_text(text).and_then(|phone| phone.international(Some("DE")));
            assert!(phone.is_err(), "{text}: {phone:?}");
        }
    }
}
