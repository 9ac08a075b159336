//! The reading half of copying a data file into another database.

use std::path::Path;

use rusqlite::types::ValueRef;
use uuid::Uuid;

use super::migrate::{self, MIGRATIONS};
use super::open::{OpenError, open};
use super::transaction::BEGIN;
use super::{Connection, SqliteStore};
use crate::store::copy::{Cell, CopyError, Kind, PART_BYTES, Part, Row, TABLES, Table};

/// A data file that is copied: it stays as it is until this is dropped, as no server can open it and no other program can
/// write to it.
pub struct Source(SqliteStore);

impl Source {
    /// Opens a data file that no server has open, and brings it to the present layout.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(path: &Path) -> Result<Source, OpenError> {
        let store = open(path)?.stores.remove(0);
        let found = migrate::layout(&store.connection)?;
        let known = MIGRATIONS.last().map_or(0, |last| last.number);
        if found != known {
            // A newer version may have added what this one would leave behind.
            return Err(OpenError::UnknownSchema { path: path.to_owned(), found, known });
        }
        store.connection.execute_batch(BEGIN)?;
        Ok(Source(store))
    }

    /// What is noted under `name`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn noted(&self, name: &str) -> Result<Option<String>, CopyError> {
        self.0.meta(name).map_err(|error| CopyError::Failed(error.to_string()))
    }

    /// Reads all tables, one after the other, and sends them on; stops as soon as nobody takes them any more.
    pub(in crate::store) fn read(&self, mut send: impl FnMut(Part) -> bool) -> Result<(), CopyError> {
        for table in &TABLES {
            if !read_table(&self.0.connection, table, &mut send)? {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Nothing was written; but a transaction that is open would keep the file from being left in good order.
        if let Err(error) = self.0.connection.execute_batch("rollback") {
            tracing::warn!(%error, "the reading of the data file did not end in good order");
        }
    }
}

/// Whether somebody took it all.
fn read_table(connection: &Connection, table: &Table, send: &mut impl FnMut(Part) -> bool) -> Result<bool, CopyError> {
    let count = format!("select count(*) from {}", table.rows);
    let count: i64 = connection.query_row(&count, [], |row| row.get(0)).map_err(unreadable)?;
    if !send(Part::Begin(count.unsigned_abs())) {
        return Ok(false);
    }
    let select = format!("select {} from {}", table.column_list(), table.rows);
    let mut statement = connection.prepare(&select).map_err(unreadable)?;
    let mut rows = statement.query([]).map_err(unreadable)?;
    let (mut part, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(unreadable)? {
        let row = read_row(table, row)?;
        bytes += row.iter().map(Cell::bytes).sum::<usize>();
        part.push(row);
        if bytes >= PART_BYTES {
            bytes = 0;
            if !send(Part::Rows(std::mem::take(&mut part))) {
                return Ok(false);
            }
        }
    }
    Ok(send(Part::Rows(part)) && send(Part::End))
}

fn read_row(table: &Table, row: &rusqlite::Row<'_>) -> Result<Row, CopyError> {
    let mut cells = Vec::with_capacity(table.columns.len());
    for (index, column) in table.columns.iter().enumerate() {
        let value = row.get_ref(index).map_err(unreadable)?;
        let cell = cell(column.kind, value)
            .map_err(|problem| CopyError::Row(format!("{}: its {} {problem}", table.row_name(&cells), column.name)))?;
        cells.push(cell);
    }
    Ok(cells)
}

/// A value as the other database stores it; else what is wrong with it.
fn cell(kind: Kind, value: ValueRef<'_>) -> Result<Cell, &'static str> {
    Ok(match (kind, value) {
        (Kind::Id, ValueRef::Null) => Cell::Id(None),
        (Kind::Id, ValueRef::Blob(bytes)) => {
            Cell::Id(Some(Uuid::from_slice(bytes).map_err(|_| "is not 16 bytes long")?))
        }
        (Kind::Text, ValueRef::Null) => Cell::Text(None),
        (Kind::Text, ValueRef::Text(text)) => Cell::Text(Some(storable(text)?.to_owned())),
        (Kind::Number, ValueRef::Null) => Cell::Number(None),
        (Kind::Number, ValueRef::Integer(number)) => Cell::Number(Some(number)),
        (Kind::Flag, ValueRef::Null) => Cell::Flag(None),
        (Kind::Flag, ValueRef::Integer(number)) => Cell::Flag(Some(number != 0)),
        (Kind::Bytes, ValueRef::Null) => Cell::Bytes(None),
        (Kind::Bytes, ValueRef::Blob(bytes)) => Cell::Bytes(Some(bytes.to_owned())),
        _ => return Err("is of another type than it should be"),
    })
}

fn storable(text: &[u8]) -> Result<&str, &'static str> {
    match std::str::from_utf8(text) {
        Ok(text) if text.contains('\0') => {
            Err("holds a zero byte, which PostgreSQL cannot store; change that text in the data file first")
        }
        Ok(text) => Ok(text),
        Err(_) => Err("is not text in UTF-8; change it in the data file first"),
    }
}

fn unreadable(error: rusqlite::Error) -> CopyError {
    CopyError::Failed(format!("the data file cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_file_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let opened = open(&directory.path().join("test.db")).unwrap();
        let names = |sql: &str| -> Vec<String> {
            let mut statement = opened.stores[0].connection.prepare(sql).unwrap();
            let mut names: Vec<String> =
                statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
            names.sort();
            names
        };
        let sorted = |names: Vec<&'static str>| {
            let mut names = names;
            names.sort_unstable();
            names
        };
        let tables = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
        assert_eq!(names(tables), sorted(TABLES.iter().map(|table| table.name).collect()));
        for table in &TABLES {
            let columns = names(&format!("select name from pragma_table_xinfo('{}')", table.name));
            assert_eq!(columns, sorted(table.columns.iter().map(|column| column.name).collect()), "{}", table.name);
        }
    }

    #[test]
    fn a_copied_file_cannot_be_changed_meanwhile_and_is_in_good_order_afterwards() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let source = Source::open(&path).unwrap();
        assert!(matches!(open(&path), Err(OpenError::InUse { .. })));
        let other = Connection::open(&path).unwrap();
        assert!(other.execute("insert into meta (name, value) values ('a', 'b')", []).is_err());
        drop(other);
        drop(source);
        assert!(!directory.path().join("test.db-wal").exists(), "all is in the file itself");
        open(&path).unwrap();
    }
}
