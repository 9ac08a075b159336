//! An entry of a log as a sentence.

use serde_json::Value;
use uuid::Uuid;

use super::{Entry, Seen};
use crate::pages::visitor::Visitor;
use crate::words::{Filled, Language};

/// What the sentences are made of; what an entry does not have is empty.
#[derive(Default)]
struct Parts {
    name: String,
    with: String,
    role: String,
    from_role: String,
    to_role: String,
    with_role: String,
    /// What was changed of somebody's details.
    fields: String,
    /// 1: has a place, 2: has one for now, 3: waits, 0: neither. A number, since texts go by numbers in every language.
    status: u32,
    /// 1: about the whole event, not about a role.
    of_event: u32,
    spots: u64,
    from_spots: u64,
    to_spots: u64,
    here: u64,
    skips: u64,
}

impl Seen {
    pub(super) fn sentence(&self, visitor: &Visitor, entry: &Entry) -> String {
        let key = key(&entry.kind);
        if !Language::english().has(&key) {
            // Of a newer server on the same database.
            return visitor.say("history-unknown", &[("kind", entry.kind.as_str().into())]);
        }
        visitor.say(&key, &self.parts(visitor, entry).filled())
    }

    fn parts(&self, visitor: &Visitor, entry: &Entry) -> Parts {
        let body = &entry.body;
        let role = |field: &str| self.names.role(visitor, id(&body[field]));
        let number = |field: &str| body[field].as_u64().unwrap_or(0);
        Parts {
            name: self.names.person(visitor, entry.registration_id),
            with: self.names.person(visitor, id(&body["with"])),
            role: role("role"),
            from_role: role("from_role"),
            to_role: role("to_role"),
            with_role: role("with_role"),
            fields: fields(visitor, &body["fields"]),
            status: status(if body["to"].is_null() { &body["status"] } else { &body["to"] }),
            of_event: u32::from(body["role"].is_null()),
            spots: number("spots"),
            from_spots: number("from_spots"),
            to_spots: number("to_spots"),
            here: number("checked_in"),
            skips: number("skips"),
        }
    }
}

impl Parts {
    fn filled(&self) -> [(&'static str, Filled<'_>); 14] {
        [
            ("name", self.name.as_str().into()),
            ("with", self.with.as_str().into()),
            ("role", self.role.as_str().into()),
            ("from-role", self.from_role.as_str().into()),
            ("to-role", self.to_role.as_str().into()),
            ("with-role", self.with_role.as_str().into()),
            ("fields", self.fields.as_str().into()),
            ("status", self.status.into()),
            ("of-event", self.of_event.into()),
            ("spots", self.spots.into()),
            ("from-spots", self.from_spots.into()),
            ("to-spots", self.to_spots.into()),
            ("here", self.here.into()),
            ("skips", self.skips.into()),
        ]
    }
}

/// The text of a kind of change.
fn key(kind: &str) -> String {
    format!("history-kind-{kind}")
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn status(status: &Value) -> u32 {
    match status.as_str() {
        Some("confirmed") => 1,
        Some("held") => 2,
        Some("waitlisted") => 3,
        _ => 0,
    }
}

fn fields(visitor: &Visitor, fields: &Value) -> String {
    let names = fields.as_array().into_iter().flatten().filter_map(Value::as_str);
    let words = names.map(|name| match name {
        "name" => visitor.text("form-name"),
        "phone" => visitor.text("form-phone"),
        "notes" => visitor.text("form-notes"),
        "special_requirements" => visitor.text("form-special"),
        "staff_note" => visitor.text("history-staff-note"),
        "metadata" => visitor.text("history-metadata"),
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::KINDS;
    use super::*;

    #[test]
    fn every_kind_is_a_sentence_in_every_language() {
        for (language, kind) in Language::all().flat_map(|language| KINDS.map(|kind| (language, kind))) {
            assert!(language.has(&key(kind)), "{language:?} has no sentence for {kind}");
            for (status, spots) in [(0, 1), (1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (3, 2)] {
                let parts = Parts { status, spots, of_event: status % 2, skips: spots, ..Parts::default() };
                assert!(language.say(&key(kind), &parts.filled()).ends_with('.'), "{language:?} {kind}");
            }
            assert!(language.has(&format!("history-of-{kind}")), "{language:?} has no name for {kind}");
        }
    }
}
