//! Logs written by hand, with a chain of hashes that is in order.

use headcount::store::audit::LogRow;
use headcount::verify::{EventReport, Invariant, verify_event};
use headcount_core::change::{Entry, entry_hash};
use headcount_core::ids::{Hash, Millis, RegistrationId, Seq};
use serde_json::{Value, json};

use headcount_simulation::build::{event_id, registration_id, role_id};

/// The log of event 1.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) rows: Vec<LogRow>,
    hash: Hash,
}

impl Log {
    /// An event with one role (number 1) of this capacity.
    pub(crate) fn of_event(settings: Value, capacity: Option<u32>) -> Log {
        let mut log = Log::default();
        log.add("owner", "event_created", None, json!({"settings": event(settings)}));
        log.role(1, capacity);
        log
    }

    pub(crate) fn role(&mut self, number: u32, capacity: Option<u32>) -> u64 {
        self.add("owner", "role_added", None, json!({"role": role_id(number), "settings": role(capacity)}))
    }

    /// The next entry; a minute after the one before. Returns its seq.
    pub(crate) fn add(&mut self, actor: &'static str, kind: &'static str, about: Option<u32>, body: Value) -> u64 {
        let seq = self.rows.len() as u64 + 1;
        self.add_at(60_000 * i64::try_from(seq).unwrap(), actor, kind, about, body)
    }

    pub(crate) fn add_at(
        &mut self,
        at: i64,
        actor: &'static str,
        kind: &'static str,
        about: Option<u32>,
        body: Value,
    ) -> u64 {
        let seq = self.rows.len() as u64 + 1;
        let registration: Option<RegistrationId> = about.map(registration_id);
        let (event, body, text) = (event_id(1), body.to_string(), String::new());
        let hash = Hash::default();
        let (actor, kind) = (actor.into(), kind);
        let mut entry = Entry { event, seq: Seq(seq), at: Millis(at), actor, kind, registration, body, text, hash };
        entry.hash = entry_hash(self.hash, &entry);
        self.hash = entry.hash;
        self.rows.push(super::row(&entry));
        seq
    }

    /// Person `about` signs up by that number, in role 1.
    pub(crate) fn sign_up(&mut self, about: u32, spots: u32, status: &str) -> u64 {
        self.sign_up_for(1, about, spots, status)
    }

    pub(crate) fn sign_up_for(&mut self, role: u32, about: u32, spots: u32, status: &str) -> u64 {
        let body =
            json!({"role": role_id(role), "spots": spots, "status": status, "person": tag(about), "verify_by": null});
        self.add("guest", "signed_up", Some(about), body)
    }

    /// A change of status, in role 1.
    pub(crate) fn change(
        &mut self,
        actor: &'static str,
        kind: &'static str,
        about: u32,
        spots: u32,
        from: &str,
        to: &str,
    ) -> u64 {
        let mut body = json!({"role": role_id(1), "spots": spots, "from": from, "to": to});
        if kind == "promoted" {
            body["over"] = json!(false);
        }
        self.add(actor, kind, Some(about), body)
    }

    pub(crate) fn cancel(&mut self, about: u32, spots: u32) -> u64 {
        self.change("link", "cancelled", about, spots, "confirmed", "cancelled")
    }

    pub(crate) fn cancel_as(&mut self, about: u32, from: &str) -> u64 {
        self.change("link", "cancelled", about, 1, from, "cancelled")
    }

    /// A guest who has a minute to verify the address.
    pub(crate) fn guest(&mut self, about: u32, status: &str) -> u64 {
        self.guest_until(about, status, 60_000)
    }

    /// A guest who has so many milliseconds.
    pub(crate) fn guest_until(&mut self, about: u32, status: &str, millis: i64) -> u64 {
        let at = 60_000 * i64::try_from(self.rows.len() + 1).unwrap();
        let person = tag(about);
        let body =
            json!({"role": role_id(1), "spots": 1, "status": status, "person": person, "verify_by": at + millis});
        self.add_at(at, "guest", "signed_up", Some(about), body)
    }

    pub(crate) fn promote(&mut self, about: u32, spots: u32) -> u64 {
        self.change("system", "promoted", about, spots, "waitlisted", "confirmed")
    }

    pub(crate) fn audit(&self) -> EventReport {
        verify_event(event_id(1), self.rows.clone(), None, &[])
    }

    /// The audit finds exactly this: invariants and the seqs they are broken at.
    #[track_caller]
    pub(crate) fn finds(&self, expected: &[(Invariant, u64)]) {
        let report = self.audit();
        let found: Vec<_> =
            report.findings.iter().map(|finding| (finding.invariant, finding.seq.map_or(0, |seq| seq.0))).collect();
        assert_eq!(found, expected, "{:#?}", report.findings);
    }
}

/// Settings of an event, strict and without limits but for what is given.
pub(crate) fn event(given: Value) -> Value {
    let mut settings = json!({
        "slug": "dinner", "visibility": "public", "one_per": "email", "phone": "optional", "phone_region": null,
        "status": "published", "capacity": null, "waitlist": {"policy": "strict", "limit": null, "max_skips": 1},
        "max_spots": 10, "roles_per_person": 1, "starts_at": null, "ends_at": null, "opens_at": null,
        "closes_at": null, "cancel_until": null, "promote_until": null, "self_move": false,
        "verify_minutes": null, "retention_days": null, "organization": "00000000-0000-0000-0000-000000000000", "teams": []
    });
    for (name, value) in given.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

/// Settings of a role.
pub(crate) fn role(capacity: Option<u32>) -> Value {
    json!({"capacity": capacity, "starts_at": null, "ends_at": null, "order": 0, "min_needed": 0, "closed": false})
}

pub(crate) fn tag(person: u32) -> String {
    format!("{person:032x}")
}
