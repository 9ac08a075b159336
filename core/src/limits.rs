//! Every maximum of the core, in one place. The unit stands last in each name.

/// Largest capacity that can be set; leave the capacity out for "unlimited".
pub const CAPACITY_MAX: u32 = 1_000_000_000;
/// Largest party.
pub const SPOTS_MAX: u32 = 1_000;
/// Roles of one event.
pub const ROLES_MAX: usize = 200;
/// Teams that an event concerns.
pub const TEAMS_MAX: usize = 20;
/// Longest time in which guests must verify their e-mail, in minutes: a week.
pub const VERIFY_MINUTES_MAX: u32 = 10_080;
/// Longest time for which an event can be told to keep what is personal, in days after its end: ten years.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// How long mail about what staff did waits, so that it can be undone, in milliseconds.
pub const UNDO_MS: i64 = 30_000;
/// Commands that are decided together, over all events.
pub const BATCH_COMMANDS_MAX: usize = 1_024;
/// Parties that one decision promotes; an internal command goes on where it stopped.
pub const PROMOTIONS_MAX: usize = 1_000;
/// Parties that one capacity change moves back to the waitlist.
pub const DEMOTIONS_MAX: usize = 10_000;
/// Registrations that are taken over from another system at once.
pub const IMPORTED_MAX: usize = 100_000;
/// Largest `max_skips` of the waitlist policy `fill_gaps`.
pub const SKIPS_MAX: u32 = 1_000;
/// Longest title, role name, or name of a person, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 400;
/// Longest slug.
pub const SLUG_BYTES_MAX: usize = 80;
/// Longest free text (description, notes, reason), in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 20_000;
/// Longest metadata of a registration, in bytes of JSON.
pub const METADATA_BYTES_MAX: usize = 4_096;
/// Longest idempotency key.
pub const KEY_BYTES_MAX: usize = 255;
/// Shortest idempotency key of a guest: a key that can be guessed must not hand out a manage link.
pub const GUEST_KEY_BYTES_MIN: usize = 22;
