//! What stands in the tables of both sides, as text, so that they can be compared row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use headcount::store::copy::TABLES;
use rusqlite::types::ValueRef;

use super::postgres::{Cluster, name};

type Row = Vec<Option<String>>;

/// Every row of every table, by table; ordered, as each database has an order of its own.
pub(crate) type Tables = BTreeMap<String, BTreeSet<Row>>;

/// The columns of every table with their types, as PostgreSQL knows them.
fn columns(cluster: &Cluster, database: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let sql = "select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public' order by table_name, ordinal_position";
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in cluster.query(database, sql) {
        let [table, column, kind] = row.try_into().unwrap();
        tables.entry(table.unwrap()).or_default().push((column.unwrap(), kind.unwrap()));
    }
    tables
}

/// What decides which rows are compared: each database says itself which layout it has.
fn rows(table: &str) -> String {
    let is_meta = table == "meta";
    format!("{table}{}", if is_meta { " where name not like 'layout%'" } else { "" })
}

pub(crate) fn of_postgres(cluster: &Cluster, url: &str) -> Tables {
    let read = |(table, columns): (String, Vec<(String, String)>)| {
        let columns: Vec<String> = columns.into_iter().map(|(column, _)| column).collect();
        let sql = format!("select {} from {}", columns.join(", "), rows(&table));
        (table, cluster.query(name(url), &sql).into_iter().collect())
    };
    columns(cluster, name(url)).into_iter().map(read).collect()
}

/// Of a data file, written as PostgreSQL would write it.
pub(crate) fn of_sqlite(path: &Path, cluster: &Cluster, url: &str) -> Tables {
    let connection = rusqlite::Connection::open(path).unwrap();
    let read = |(table, columns): (String, Vec<(String, String)>)| {
        let names: Vec<&str> = columns.iter().map(|(column, _)| column.as_str()).collect();
        let sql = format!("select {} from {}", names.join(", "), rows(&table));
        let mut statement = connection.prepare(&sql).unwrap();
        let shown = |row: &rusqlite::Row<'_>| {
            let cells = columns.iter().enumerate();
            Ok(cells.map(|(index, (_, kind))| shown(kind, row.get_ref(index).unwrap())).collect())
        };
        let rows = statement.query_map([], shown).unwrap().collect::<Result<_, _>>().unwrap();
        (table, rows)
    };
    columns(cluster, name(url)).into_iter().map(read).collect()
}

fn shown(kind: &str, value: ValueRef<'_>) -> Option<String> {
    Some(match (kind, value) {
        (_, ValueRef::Null) => return None,
        ("uuid", ValueRef::Blob(bytes)) => uuid::Uuid::from_slice(bytes).unwrap().to_string(),
        ("bytea", ValueRef::Blob(bytes)) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{digits}")
        }
        ("boolean", ValueRef::Integer(flag)) => if flag == 0 { "f" } else { "t" }.to_owned(),
        ("bigint", ValueRef::Integer(number)) => number.to_string(),
        ("text", ValueRef::Text(text)) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    })
}

/// Every column holds something in at least one row, so that a comparison proves something.
pub(crate) fn assert_rich(tables: &Tables) {
    for (table, rows) in tables {
        let columns = rows.iter().next().unwrap_or_else(|| panic!("{table} is empty")).len();
        for column in 0..columns {
            assert!(rows.iter().any(|row| row[column].is_some()), "column {column} of {table} holds nothing");
        }
    }
}

/// Nothing but what the layout brings: its own number, and the first organization.
pub(crate) fn assert_nothing_in(cluster: &Cluster, url: &str) {
    for (table, rows) in written(cluster, url) {
        assert!(rows.is_empty(), "{table}: {rows:?}");
    }
}

/// As [`assert_nothing_in`], beside what a server notes that was started on it, and the link to its setup.
pub(crate) fn assert_only_facts_in(cluster: &Cluster, url: &str) {
    for (table, rows) in written(cluster, url) {
        let is_setup = |row: &Row| table == "links" && row[1].as_deref() == Some("setup");
        assert!(table == "meta" || rows.iter().all(is_setup), "{table}: {rows:?}");
    }
}

fn written(cluster: &Cluster, url: &str) -> Tables {
    const FIRST: &str = "00000000-0000-0000-0000-000000000000";
    let mut tables = of_postgres(cluster, url);
    tables.get_mut("organizations").unwrap().retain(|row| row[0].as_deref() != Some(FIRST));
    tables
}

#[test]
fn every_table_of_the_layout_is_copied() {
    let data = super::data::Data::rich();
    let (cluster, url) = (Cluster::shared(), Cluster::shared().new_database());
    assert_eq!(super::copy(&data.path, &url).code, Some(0));
    let there: Vec<String> = columns(cluster, name(&url)).into_keys().collect();
    let mut copied: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    copied.sort_unstable();
    assert_eq!(there, copied);
}
