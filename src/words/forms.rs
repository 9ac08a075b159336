//! A text for whoever fills it in later: the script of a page, which is told new numbers.

use std::collections::BTreeMap;

use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};

use super::Language;

/// Numbers that many languages have words of their own for.
const SINGLED_OUT: u32 = 3;
/// Up to here every kind of number has occurred, in every language (Unicode CLDR, plural rules).
const EVERY_KIND_BY: u32 = 200;

impl Language {
    /// A text that goes by one number: for 0, 1 and 2, and for each kind of number by its name (`one`, `few`, `other` …),
    /// with `{name}` in the place of the number.
    pub fn forms(self, key: &str, name: &str) -> BTreeMap<String, String> {
        let said = |number: u32| self.say(key, &[(name, number.into())]);
        let mut forms: BTreeMap<String, String> =
            (0..SINGLED_OUT).map(|number| (number.to_string(), said(number))).collect();
        let rules = PluralRules::create(self.0.id.clone(), PluralRuleType::CARDINAL);
        for number in SINGLED_OUT..EVERY_KIND_BY {
            let kind = rules.as_ref().ok().and_then(|rules| rules.select(number).ok()).unwrap_or(PluralCategory::OTHER);
            let kind = word(kind);
            if !forms.contains_key(kind) {
                forms.insert(kind.to_owned(), said(number).replace(&number.to_string(), &format!("{{{name}}}")));
            }
        }
        forms
    }
}

fn word(kind: PluralCategory) -> &'static str {
    match kind {
        PluralCategory::ZERO => "zero",
        PluralCategory::ONE => "one",
        PluralCategory::TWO => "two",
        PluralCategory::FEW => "few",
        PluralCategory::MANY => "many",
        PluralCategory::OTHER => "other",
    }
}
