//! What people type about themselves: names and addresses, checked once for requests in JSON and for forms.

use std::borrow::Cow;

use email_address::{EmailAddress, Options};
use headcount_core::limits::NAME_BYTES_MAX;
use headcount_core::person::composed;

/// Why a text cannot be taken, as the rest of a sentence that begins with the field's name.
pub type Why = Cow<'static, str>;

const EMAIL_BYTES_MAX: usize = 254;

/// A name or title: one line, with something to see in it.
///
/// # Errors
/// If it is none.
pub fn name(text: &str) -> Result<String, Why> {
    let name = text.trim();
    if name.chars().any(char::is_control) {
        return Err("must not contain control characters such as line breaks or NUL".into());
    }
    if name.chars().all(is_invisible) {
        return Err("must not be empty".into());
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("must be at most {NAME_BYTES_MAX} bytes long").into());
    }
    Ok(name.to_owned())
}

/// An address that mail can be sent to, as it was typed; accents are composed.
///
/// # Errors
/// If it is none.
pub fn email(text: &str) -> Result<String, Why> {
    let email = composed(text.trim());
    let options = Options::default().with_required_tld();
    let options = options.without_display_text().without_domain_literal();
    let is_valid = email.len() <= EMAIL_BYTES_MAX
        && !email.chars().any(|c| c.is_control() || is_invisible(c))
        && EmailAddress::parse_with_options(&email, options).is_ok();
    if is_valid { Ok(email) } else { Err("must be an e-mail address, such as ann@example.org".into()) }
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
    use headcount_simulation::spoil::try_all;

    use super::*;

    #[test]
    fn an_address_is_the_same_however_its_accents_are_typed() {
        let composed = Ok("zo\u{e9}@example.org".to_owned());
        assert_eq!(email(" zo\u{e9}@example.org "), composed);
        assert_eq!(email("zoe\u{301}@example.org"), composed);
    }

    #[test]
    fn a_name_is_one_line_with_something_to_see() {
        assert_eq!(name(" Ann "), Ok("Ann".to_owned()));
        assert!(name(&"x".repeat(NAME_BYTES_MAX)).is_ok());
        for wrong in ["", "\u{200b}", "Ann\nBen", "Ann\0", &"x".repeat(NAME_BYTES_MAX + 1)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn whatever_is_typed_is_refused_or_taken_once_and_for_all() {
        let typed =
            [" Ann ", "zoe\u{301}@example.org", "a.b+c@x-y.example", "\"a b\"@example.org", "חנה@דוגמה.example"];
        try_all(&typed, |text| {
            if let Ok(email) = super::email(text) {
                assert_eq!(super::email(&email), Ok(email.clone()));
                assert!(
                    email.contains('@') && !email.contains(['\r', '\n', '\0', ' ']) && email.len() <= EMAIL_BYTES_MAX
                );
            }
            if let Ok(name) = super::name(text) {
                assert_eq!(super::name(&name), Ok(name.clone()));
            }
        });
    }
}
