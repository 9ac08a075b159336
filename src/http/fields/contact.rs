//! Names, e-mail addresses and phone numbers.

use phonenumber::{Mode, PhoneNumber};

use crate::given;
use crate::http::json::{Field, Why};
use crate::words::Language;

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

const PHONE_BYTES_MAX: usize = 60;

impl Field<'_> for Name {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Name, Why> {
        given::name(text).map(Name)
    }
}

impl Field<'_> for Email {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Email, Why> {
        given::email(text).map(Email)
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

impl Field<'_> for Language {
    const EXPECTED: &'static str = "the tag of a language, such as en";

    fn from_text(text: &str) -> Result<Language, Why> {
        let there_are = || Language::all().map(Language::tag).collect::<Vec<_>>().join(" or ");
        Language::tagged(text).ok_or_else(|| format!("must be {}", there_are()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
