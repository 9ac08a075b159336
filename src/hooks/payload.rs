//! What a webhook is told: one message a change, made of the entry of the log, which holds nothing personal.

use headcount_core::event::Registration;
use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::kinds::{TEST, message_type};
use crate::store::read::LogLine;

/// A message.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    timestamp: String,
    data: Data<'a>,
}

/// What changed. What a kind of change does not have is null.
#[derive(Serialize)]
struct Data<'a> {
    event_id: EventId,
    slug: &'a str,
    seq: Seq,
    at: String,
    kind: &'a str,
    actor: &'a str,
    registration_id: Option<RegistrationId>,
    role_id: Value,
    spots: Value,
    status: Value,
    change: Map<String, Value>,
}

/// The message about an entry of an event's log.
pub(super) fn message(event: EventId, slug: &str, line: &LogLine) -> String {
    let mut change = match serde_json::from_str(&line.body) {
        Ok(Value::Object(change)) => change,
        // Damaged: `verify` tells of it. The message still says that there was something.
        _ => Map::new(),
    };
    // What stands for the person in the log tells two people of one event apart: nobody else needs that.
    change.remove("person");
    let first_of = |names: [&str; 2]| names.iter().find_map(|name| change.get(*name)).cloned().unwrap_or_default();
    let data = Data {
        event_id: event,
        slug,
        seq: line.seq,
        at: rfc3339(line.at),
        kind: &line.kind,
        // Who of those who can log in is personal.
        actor: line.actor.split(':').next().unwrap_or_default(),
        registration_id: line.registration,
        role_id: first_of(["role", "to_role"]),
        spots: first_of(["spots", "to_spots"]),
        status: first_of(["status", "to"]),
        change,
    };
    text(&Message { r#type: message_type(&line.kind), timestamp: rfc3339(line.at), data })
}

/// A message that only tries a webhook out.
pub(super) fn test_message(now: Millis) -> String {
    text(&json!({"type": message_type(TEST), "timestamp": rfc3339(now), "data": {}}))
}

/// The message with the person of the registration; null, if there is none any more.
pub(super) fn with_person(message: &str, registration: Option<&Registration>) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(message) else { return message.to_owned() };
    if let Some(Value::Object(data)) = message.get_mut("data") {
        let person = registration.map(|registration| {
            let details = &registration.details;
            let metadata = details.metadata.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
            json!({"name": details.name, "email": details.email, "phone": details.phone, "metadata": metadata})
        });
        data.insert("person".to_owned(), person.into());
    }
    text(&message)
}

/// The registration that a message is about.
pub(super) fn registration_of(message: &str) -> Option<RegistrationId> {
    let message: Value = serde_json::from_str(message).ok()?;
    serde_json::from_value(message.get("data")?.get("registration_id")?.clone()).ok()
}

fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("a message has only string keys")
}

fn rfc3339(time: Millis) -> String {
    Timestamp::from_millisecond(time.0).map_or_else(|_| time.0.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use headcount_core::ids::Hash;
    use uuid::Uuid;

    use super::*;

    fn line(kind: &str, body: &str) -> LogLine {
        LogLine {
            seq: Seq(7),
            at: Millis(1_700_000_000_000),
            actor: "account:018f0000-0000-7000-8000-000000000000".into(),
            kind: kind.into(),
            registration: Some(RegistrationId(Uuid::from_u128(3))),
            body: body.into(),
            text: Some("a reason".into()),
            hash: Hash::default(),
        }
    }

    fn told(kind: &str, body: &str) -> Value {
        serde_json::from_str(&message(EventId(Uuid::from_u128(1)), "fair", &line(kind, body))).unwrap()
    }

    #[test]
    fn a_message_says_what_changed_and_not_for_whom() {
        let told = told("signed_up", r#"{"role":"r","spots":2,"status":"confirmed","person":"aaaa"}"#);
        assert_eq!(
            told,
            json!({
                "type": "registration.signed_up", "timestamp": "2023-11-14T22:13:20Z",
                "data": {
                    "event_id": Uuid::from_u128(1), "slug": "fair", "seq": 7, "at": "2023-11-14T22:13:20Z",
                    "kind": "signed_up", "actor": "account", "registration_id": Uuid::from_u128(3),
                    "role_id": "r", "spots": 2, "status": "confirmed",
                    "change": {"role": "r", "spots": 2, "status": "confirmed"},
                },
            })
        );
        assert_eq!(registration_of(&told.to_string()), Some(RegistrationId(Uuid::from_u128(3))));
    }

    #[test]
    fn of_what_has_a_before_and_an_after_the_after_is_told() {
        let moved = told("moved", r#"{"from_role":"a","to_role":"b","spots":1,"status":"confirmed"}"#);
        assert_eq!((&moved["data"]["role_id"], &moved["data"]["spots"]), (&json!("b"), &json!(1)));
        let resized = told("resized", r#"{"role":"a","from_spots":1,"to_spots":4,"status":"waitlisted"}"#);
        assert_eq!((&resized["data"]["role_id"], &resized["data"]["spots"]), (&json!("a"), &json!(4)));
        let cancelled = told("cancelled", r#"{"role":"a","spots":1,"from":"confirmed","to":"cancelled"}"#);
        assert_eq!(cancelled["data"]["status"], json!("cancelled"));
        let damaged = told("cancelled", "[");
        assert_eq!((&damaged["data"]["status"], &damaged["data"]["change"]), (&Value::Null, &json!({})));
    }

    #[test]
    fn a_person_that_is_gone_is_null() {
        let told: Value = serde_json::from_str(&with_person(r#"{"data":{"seq":1}}"#, None)).unwrap();
        assert_eq!(told, json!({"data": {"seq": 1, "person": null}}));
        assert_eq!(registration_of(&test_message(Millis(0))), None);
    }
}
