//! Doing to a database what its own walls would refuse. What was planted is SQL that both databases understand.

use std::path::Path;

use super::cluster::Cluster;

/// The index that keeps a person from being in a role twice, here without its uniqueness, which what was planted may
/// break; a server could not use the file without it.
const INDEX: &str = "create index registrations_by_person on registrations (person, event_id, role_id, ended_seq)";

pub(super) fn in_file(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let walls = "pragma ignore_check_constraints = on; pragma foreign_keys = off; pragma journal_mode = wal;
        drop index registrations_by_person;";
    connection.execute_batch(walls).unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(connection.total_changes() > 0, "{sql} changes nothing");
    connection.execute_batch(INDEX).unwrap();
}

/// The walls are taken down, and stand again afterwards for whatever is written then: but for the uniqueness of the
/// active, as in a file. A replica's session fires no triggers, which is what foreign keys are.
const WALLS_DOWN: &str = "set session_replication_role = replica;
    drop index registrations_active;
    create temp table walls as select conrelid::regclass as place, conname, pg_get_constraintdef(oid) as definition
        from pg_constraint where contype = 'c' and connamespace = current_schema()::regnamespace;
    do $do$ declare wall record; begin
        for wall in select * from walls loop
            execute format('alter table %s drop constraint %I', wall.place, wall.conname);
        end loop;
    end $do$;";
const WALLS_UP: &str = "do $do$ declare wall record; begin
        for wall in select * from walls loop
            execute format('alter table %s add constraint %I %s not valid', wall.place, wall.conname,
                replace(wall.definition, ' NOT VALID', ''));
        end loop;
    end $do$;
    create index registrations_active on registrations (event_id, person, role_id) where ended_seq = 0;";

pub(super) fn in_server(database: &str, sql: &str) {
    let sql = with_zeros(sql);
    Cluster::shared().query(database, &format!("{WALLS_DOWN} {sql}; {WALLS_UP}"));
}

/// SQLite's `zeroblob(n)` as PostgreSQL writes it.
fn with_zeros(sql: &str) -> String {
    [16, 32].into_iter().fold(sql.to_owned(), |sql, length| {
        sql.replace(&format!("zeroblob({length})"), &format!("'\\x{}'::bytea", "00".repeat(length)))
    })
}
