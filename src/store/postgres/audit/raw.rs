//! Columns as they are stored, whatever they hold.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::store::audit::{CounterRow, Value};

/// The bytes of a value as the server sends them: of a text its letters, of a UUID its 16 bytes.
pub(super) struct Raw(pub(super) Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Raw, Box<dyn Error + Sync + Send>> {
        Ok(Raw(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(column: &Type, raw: &'a [u8]) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(match *column {
            Type::BOOL => Value::Number(bool::from_sql(column, raw)?.into()),
            Type::INT8 => Value::Number(i64::from_sql(column, raw)?),
            Type::UUID => Value::Text(Uuid::from_sql(column, raw)?.to_string()),
            _ => Value::Text(String::from_utf8_lossy(raw).into_owned()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(Value::None)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The first six columns.
pub(super) fn counters(row: &Row) -> Result<CounterRow, tokio_postgres::Error> {
    Ok(CounterRow {
        capacity: row.try_get(0)?,
        override_spots: row.try_get(1)?,
        reserved: row.try_get(2)?,
        waiting: row.try_get(3)?,
        registrations: row.try_get(4)?,
        full_since: row.try_get(5)?,
    })
}

/// The columns from `first` on, which have these names.
pub(super) fn settings(
    row: &Row,
    first: usize,
    names: &[&'static str],
) -> Result<Vec<(&'static str, Value)>, tokio_postgres::Error> {
    names.iter().enumerate().map(|(index, name)| Ok((*name, row.try_get(first + index)?))).collect()
}

pub(super) fn bytes(row: &Row, index: usize) -> Result<Vec<u8>, tokio_postgres::Error> {
    row.try_get::<_, Raw>(index).map(|raw| raw.0)
}

pub(super) fn text(row: &Row, index: usize) -> Result<String, tokio_postgres::Error> {
    Ok(String::from_utf8_lossy(&bytes(row, index)?).into_owned())
}
