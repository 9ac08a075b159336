//! The kinds of change that a webhook can be told of: those of the log.

/// Every kind, with the `type` of its message. The first half says what it is about.
pub const KINDS: [(&str, &str); 29] = [
    ("signed_up", "registration.signed_up"),
    ("sign_up_repeated", "registration.sign_up_repeated"),
    ("verified", "registration.verified"),
    ("expired", "registration.expired"),
    ("accepted", "registration.accepted"),
    ("not_coming", "registration.not_coming"),
    ("imported", "registration.imported"),
    ("cancelled", "registration.cancelled"),
    ("declined", "registration.declined"),
    ("removed", "registration.removed"),
    ("promoted", "registration.promoted"),
    ("demoted", "registration.demoted"),
    ("reinstated", "registration.reinstated"),
    ("moved", "registration.moved"),
    ("swapped", "registration.swapped"),
    ("resized", "registration.resized"),
    ("email_changed", "registration.email_changed"),
    ("erased", "registration.erased"),
    ("details_edited", "registration.details_edited"),
    ("checked_in", "registration.checked_in"),
    ("check_in_undone", "registration.check_in_undone"),
    ("skipped", "registration.skipped"),
    ("event_created", "event.created"),
    ("event_edited", "event.edited"),
    ("counters_repaired", "event.counters_repaired"),
    ("override_raised", "event.override_raised"),
    ("role_added", "role.added"),
    ("role_edited", "role.edited"),
    ("role_removed", "role.removed"),
];

/// Stands for every kind, also those of later versions.
pub const ALL: &str = "*";

/// The kind of a message that only tries a webhook out.
pub const TEST: &str = "test";

/// The `type` of a message about a change of this kind.
pub fn message_type(kind: &str) -> &str {
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, message_type)) => message_type,
        None if kind == TEST => "webhook.test",
        // From a newer server on the same database.
        None => kind,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The core has them as words of a `match`; a new one must be named here, or nobody can ask for it.
    #[test]
    fn every_kind_of_the_log_is_here() {
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("core/src/change.rs")).unwrap();
        let (_, kinds) = source.split_once("pub fn kind(&self) -> &'static str {").unwrap();
        let (kinds, _) = kinds.split_once("\n    }\n").unwrap();
        let of_the_log: BTreeSet<&str> = kinds.split('"').skip(1).step_by(2).collect();
        let here: BTreeSet<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(here, of_the_log);
        assert!(here.len() == KINDS.len() && !here.is_empty(), "each is named once");
    }

    #[test]
    fn no_two_kinds_have_the_same_type() {
        let types: BTreeSet<&str> = KINDS.iter().map(|(_, message_type)| *message_type).collect();
        assert_eq!(types.len(), KINDS.len());
    }
}
