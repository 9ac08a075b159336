//! What a "no" of the API says to people, by its code.

use serde_json::{Map, Value};

use super::{Filled, Language};

/// The numbers that a "no" may carry and a text may say.
const NUMBERS: [&str; 5] = ["max", "free", "limit", "reserved", "checked_in"];

impl Language {
    /// A "no" with this code, which carries these members; none: there are no words for it.
    pub fn problem(self, code: &str, members: &Map<String, Value>) -> Option<String> {
        let key = format!("problem-{code}");
        if !Language::english().has(&key) {
            return None;
        }
        let role = members.get("role").and_then(Value::as_str).unwrap_or_default();
        let mut filled: Vec<(&str, Filled<'_>)> = vec![("role", role.into())];
        let number = |member: &str| members.get(member).and_then(Value::as_u64).unwrap_or_default();
        filled.extend(NUMBERS.map(|member| (member, number(member).into())));
        Some(self.say(&key, &filled))
    }

    /// What is wrong with a field; none: there are no words for it.
    pub fn problem_of_field(self, field: &str) -> Option<String> {
        let key = format!("problem-field-{field}");
        Language::english().has(&key).then(|| self.say(&key, &[]))
    }
}
