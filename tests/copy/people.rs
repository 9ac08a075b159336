//! Rows of people, rights and mail, in which every column holds something. As they would be written by scripts, but by hand:
//! what is copied is the same.

use std::path::Path;

/// All but the teams.
const ROWS: &str = "
    update organizations set name = 'המועדון שלנו';
    insert into organizations values (x'0a000000000000000000000000000001', 'Choir 🎶', 1700000000000);
    insert into accounts values
        (x'0b000000000000000000000000000001', 'Dana@example.org', 'dana@example.org', 'דנה', 'he', '$argon2id$…', 1700000000001,
         1700000000000, null, 3),
        (x'0b000000000000000000000000000002', 'gone@example.org', 'gone@example.org', 'Gone', 'en', null, null, 1700000000000,
         1700000000002, 1);
    insert into members values
        (zeroblob(16), x'0b000000000000000000000000000001', 'owner', 1, 1, 1700000000000),
        (x'0a000000000000000000000000000001', x'0b000000000000000000000000000001', 'manager', 0, 0, 1700000000000);
    insert into grants values
        (x'0a000000000000000000000000000001', x'0b000000000000000000000000000001', 'team', x'0c000000000000000000000000000001');
    insert into team_members values (x'0c000000000000000000000000000001', x'0b000000000000000000000000000001');
    insert into sessions values
        ('5e55', x'0b000000000000000000000000000001', 3, 1700000000000, 1700000000001, 1800000000000);
    insert into tokens values
        (x'0d000000000000000000000000000001', x'0b000000000000000000000000000001', 'Till', '70ce', 'read check_in', 3,
         1700000000000, 1800000000000, 1700000000002);
    insert into links values
        (x'0e000000000000000000000000000001', 'invitation', x'0b000000000000000000000000000002', zeroblob(16),
         '{\"email\":\"eli@example.org\"}', x'0b000000000000000000000000000001', 1700000000000, 1800000000000, 1700000000002);
    insert into doors select x'0f000000000000000000000000000001', event_id, zeroblob(16), 'Side door',
        x'0b000000000000000000000000000001', 1700000000000, 1800000000000, 1700000000002 from events limit 1;
    insert into webhooks values
        (x'10000000000000000000000000000001', zeroblob(16), 'https://hooks.example/a?b', '*', 1, 2, 1700000000000,
         1700000000002);
    insert into webhook_marks select event_id, seq from events;
    insert into retention_marks select event_id, seq from events;
    insert into webhook_deliveries select x'11000000000000000000000000000001', x'10000000000000000000000000000001', event_id, 1,
        'event_created', '{}', 1700000000000, 1700000000001, 2, 500, 'it answers 500', 1700000000002 from events limit 1;
    insert into outbox select x'12000000000000000000000000000001', 'verify', event_id, registration_id,
        x'0b000000000000000000000000000001', x'0e000000000000000000000000000001', 'ann@example.org', x'0c000000000000000000000000000001', 3, '', 1700000000000,
        1700000000001, 2, 'the server said: 451', 1700000000002 from registrations limit 1;
";

/// The teams that an event of the data concerns.
const TEAMS: &str = "
    insert into teams values
        (x'0197f3a000007000800000000000000a', zeroblob(16), 'Kitchen 🍽️', 'kitchen 🍽️'),
        (x'0197f3a000007000800000000000000b', zeroblob(16), 'במה', 'במה');
";

/// Makes a data file in which there are teams.
pub(crate) fn teams(path: &Path) {
    drop(headcount::store::sqlite::open(path).unwrap());
    rusqlite::Connection::open(path).unwrap().execute_batch(TEAMS).unwrap();
}

/// Writes them into a data file that no server has open.
pub(crate) fn write(path: &Path) {
    rusqlite::Connection::open(path).unwrap().execute_batch(ROWS).unwrap();
}
