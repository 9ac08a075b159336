//! How SQLite goes about every statement: along an index, never through a whole table, and without sorting.

use rusqlite::Connection;

use super::{DELETE_OLD_KEYS, META, OLD_KEY, SET_META};
use super::{checkpoint, lists, load, migrate, queries, transaction, write};

fn file() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for migration in migrate::MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
    connection
}

/// What SQLite says it will do, step by step; what the foreign keys ask included.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let parameters = (0..statement.parameter_count()).map(|_| rusqlite::types::Null);
    let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

/// Statements that every batch or request may run, with what they find their rows by.
const HOT: &[(&str, &[&str])] = &[
    (load::EVENT, &["SEARCH events USING PRIMARY KEY (event_id=?)"]),
    (load::ROLES, &["SEARCH roles USING PRIMARY KEY (event_id=?)"]),
    (load::SLUG, &["SEARCH slugs USING PRIMARY KEY (slug=?)"]),
    (load::KEY, &["SEARCH idempotency_keys USING PRIMARY KEY (event_id=? AND who=? AND key=?)"]),
    (load::REGISTRATION, &["SEARCH registrations USING PRIMARY KEY (event_id=? AND registration_id=?)"]),
    (load::HISTORY_OF_PERSON, &["SEARCH registrations USING INDEX registrations_by_person (person=? AND event_id=?)"]),
    (load::ACTIVE_OF_PERSON, &["SEARCH registrations USING INDEX registrations_by_person (person=? AND event_id=?)"]),
    (
        load::WAITING,
        &[
            "SEARCH registrations USING INDEX registrations_waiting (event_id=? AND role_id=? AND spots=?)",
            "SCALAR SUBQUERY 1",
            "SEARCH registrations USING COVERING INDEX registrations_waiting (event_id=? AND role_id=? AND spots>?)",
        ],
    ),
    (
        load::LATEST_WITH_PLACES,
        &["SEARCH registrations USING INDEX registrations_by_role (event_id=? AND role_id=? AND status=?)"],
    ),
    (
        load::WAITING_BETWEEN,
        &["SEARCH registrations USING COVERING INDEX registrations_by_role \
           (event_id=? AND role_id=? AND status=? AND wait_seq>? AND wait_seq<?)"],
    ),
    (
        write::DELETE_EVENT,
        &[
            "SEARCH events USING PRIMARY KEY (event_id=?)",
            "SEARCH log_texts USING PRIMARY KEY (event_id=?)",
            "SEARCH log USING PRIMARY KEY (event_id=?)",
            "SEARCH roles USING PRIMARY KEY (event_id=?)",
            "SEARCH event_texts USING PRIMARY KEY (event_id=?)",
            "SEARCH slugs USING COVERING INDEX sqlite_autoindex_slugs_2 (event_id=?)",
        ],
    ),
    (write::FREE_SLUG, &["SEARCH slugs USING INDEX sqlite_autoindex_slugs_2 (event_id=?)"]),
    (write::UPDATE_EVENT, &["SEARCH events USING PRIMARY KEY (event_id=?)"]),
    (write::UPDATE_EVENT_COUNTERS, &["SEARCH events USING PRIMARY KEY (event_id=?)"]),
    (write::UPDATE_TEXTS, &["SEARCH event_texts USING PRIMARY KEY (event_id=?)"]),
    (write::FREE_NAME, &["SEARCH roles USING PRIMARY KEY (event_id=? AND role_id=?)"]),
    (write::UPDATE_ROLE, &["SEARCH roles USING PRIMARY KEY (event_id=? AND role_id=?)"]),
    (write::UPDATE_ROLE_COUNTERS, &["SEARCH roles USING PRIMARY KEY (event_id=? AND role_id=?)"]),
    (
        write::DELETE_ROLE,
        &[
            "SEARCH roles USING PRIMARY KEY (event_id=? AND role_id=?)",
            "SEARCH registrations USING INDEX registrations_by_role (event_id=? AND role_id=?)",
        ],
    ),
    (write::STEP_ASIDE, &["SEARCH registrations USING PRIMARY KEY (event_id=? AND registration_id=?)"]),
    (write::UPDATE_REGISTRATION, &["SEARCH registrations USING PRIMARY KEY (event_id=? AND registration_id=?)"]),
    (write::INSERT_EVENT, &[]),
    (write::INSERT_SLUG, &[]),
    (write::INSERT_TEXTS, &[]),
    (write::INSERT_ROLE, &[]),
    (write::INSERT_REGISTRATION, &[]),
    (write::INSERT_ENTRY, &[]),
    (write::INSERT_ENTRY_TEXT, &[]),
    (write::INSERT_KEY, &[]),
    (write::INSERT_NOTICE, &[]),
    (queries::FORM_BY_ID, &["SEARCH events USING PRIMARY KEY (event_id=?)"]),
    (
        queries::FORM_BY_SLUG,
        &[
            "SEARCH events USING PRIMARY KEY (event_id=?)",
            "SCALAR SUBQUERY 1",
            "SEARCH slugs USING PRIMARY KEY (slug=?)",
        ],
    ),
    (queries::TEXTS, &["SEARCH event_texts USING PRIMARY KEY (event_id=?)"]),
    (queries::DESCRIPTIONS, &["SEARCH roles USING PRIMARY KEY (event_id=?)"]),
    (
        queries::LOG_BACK,
        &[
            "SEARCH log USING PRIMARY KEY (event_id=? AND seq>? AND seq<?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH log_texts USING PRIMARY KEY (event_id=? AND seq=?)",
        ],
    ),
    (
        queries::LOG,
        &[
            "SEARCH log USING PRIMARY KEY (event_id=? AND seq>?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH log_texts USING PRIMARY KEY (event_id=? AND seq=?)",
        ],
    ),
];

/// Statements of lists and of tidying up.
const COLD: &[(&str, &[&str])] = &[
    (load::RECOUNT, &["SEARCH registrations USING INDEX registrations_by_role (event_id=? AND role_id=?)"]),
    (
        queries::UNSETTLED_EVENTS,
        &["SCAN events USING INDEX events_waiting", "SEARCH roles EXISTS USING PRIMARY KEY (event_id=?)"],
    ),
    (
        queries::DUE_VERIFICATIONS,
        &["SEARCH registrations USING COVERING INDEX registrations_unverified (verify_by>? AND verify_by<?)"],
    ),
    (
        lists::DATED,
        &[
            "SEARCH events USING INDEX events_by_start ((starts_at,event_id)>(?,?) AND starts_at<?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH event_texts USING PRIMARY KEY (event_id=?)",
        ],
    ),
    (
        lists::DATED_OF_STATUS,
        &[
            "SEARCH events USING INDEX events_by_status (status=? AND (starts_at,event_id)>(?,?) AND starts_at<?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH event_texts USING PRIMARY KEY (event_id=?)",
        ],
    ),
    (
        lists::UNDATED,
        &[
            "SEARCH events USING INDEX events_by_start (starts_at=? AND event_id>?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH event_texts USING PRIMARY KEY (event_id=?)",
        ],
    ),
    (
        lists::UNDATED_OF_STATUS,
        &[
            "SEARCH events USING INDEX events_by_status (status=? AND starts_at=? AND event_id>?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH event_texts USING PRIMARY KEY (event_id=?)",
        ],
    ),
    (
        lists::REGISTRATIONS,
        &["SEARCH registrations USING INDEX registrations_by_role \
           (event_id=? AND role_id=? AND status=? AND (wait_seq,registration_id)>(?,?))"],
    ),
    (
        lists::OF_PERSON,
        &["SEARCH registrations USING INDEX registrations_by_person \
           ((person,event_id,role_id,ended_seq)>(?,?,?,?) AND person<?)"],
    ),
    (lists::COUNTS_OF_PERSON, &["SEARCH registrations USING INDEX registrations_by_person (person>? AND person<?)"]),
    (OLD_KEY, &["SEARCH idempotency_keys USING COVERING INDEX idempotency_keys_by_age (at<?)"]),
    (
        DELETE_OLD_KEYS,
        &[
            "SEARCH idempotency_keys USING PRIMARY KEY (event_id=? AND who=? AND key=?)",
            "LIST SUBQUERY 2",
            "SEARCH idempotency_keys USING COVERING INDEX idempotency_keys_by_age (at<?)",
        ],
    ),
    (META, &["SEARCH meta USING PRIMARY KEY (name=?)"]),
    (SET_META, &[]),
];

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let connection = file();
    for (sql, expected) in HOT.iter().chain(COLD) {
        assert_eq!(plan(&connection, sql), *expected, "{sql}");
    }
}

#[test]
fn counting_touches_no_index_of_events_or_roles() {
    let connection = file();
    for (sql, indexes) in [(write::UPDATE_EVENT_COUNTERS, 1), (write::UPDATE_ROLE_COUNTERS, 0)] {
        let mut statement = connection.prepare(&format!("explain {sql}")).unwrap();
        let parameters = (0..statement.parameter_count()).map(|_| rusqlite::types::Null);
        let opened = statement
            .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(1))
            .unwrap()
            .filter(|opcode| opcode.as_deref() == Ok("OpenWrite"))
            .count();
        assert_eq!(opened, 1 + indexes, "{sql}");
    }
}

#[test]
fn statements_are_those_of_this_sqlite() {
    let connection = file();
    for sql in [checkpoint::LOOK, checkpoint::COPY, checkpoint::EMPTY, transaction::BEGIN, transaction::SNAPSHOT] {
        connection.prepare(sql).unwrap();
    }
}
