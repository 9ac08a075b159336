//! Scripts on a data file. See [`crate::store::script`].

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use super::fault::Fault;
use crate::store::script::{Ran, Row, Rows, Script, Value};

/// Runs the statements in the open transaction, which the caller rolls back if one is unmet.
pub(super) fn run(connection: &Connection, script: &Script) -> Result<Ran, Fault> {
    for (index, step) in script.steps().iter().enumerate() {
        let mut statement = connection.prepare_cached(step.sql)?;
        bind(&mut statement, &step.values)?;
        let touched = statement.raw_execute()?;
        if matches!(step.rows, Rows::Exactly(wanted) if wanted != touched as u64) {
            return Ok(Ran::Unmet(index));
        }
    }
    Ok(Ran::Done)
}

/// The rows that a statement finds.
pub(super) fn rows(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..columns).map(|column| Ok(read(row.get_ref(column)?))).collect::<Result<_, rusqlite::Error>>();
        rows.push(Row::new(values?));
    }
    Ok(rows)
}

/// SQLite numbers its parameters as they come; they are meant by name.
fn bind(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (index, value) in values.iter().enumerate() {
        let name = format!("${}", index + 1);
        let place = statement.parameter_index(&name)?.ok_or(rusqlite::Error::InvalidParameterName(name))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
