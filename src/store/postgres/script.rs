//! Scripts on a PostgreSQL. See [`crate::store::script`].

use std::error::Error;

use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::fault::{Fault, Meaning};
use super::load::BEGIN;
use super::session::{Session, in_time};
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Rows, Script, Value};

const COMMIT: &str = "commit";

const ROLLBACK: &str = "rollback";

/// How often a script is run at most, when others change the same at the same moment.
const ATTEMPTS_MAX: u32 = 5;

/// How an attempt ended.
enum Ended {
    Ran(Ran),
    /// Nothing was written.
    Failed(Fault),
    /// The commit may have happened.
    Perhaps(Fault),
}

/// Runs the statements in one transaction.
pub(super) async fn run(session: &mut Session, script: &Script) -> Result<Ran, StoreError> {
    for attempt in 1.. {
        let client = session.take().await?;
        match in_time(async { Ok(once(&client, script).await) }).await {
            Ok(Ended::Ran(ran)) => {
                session.give_back(client);
                return Ok(ran);
            }
            // A connection on which nothing is known any more is dropped, and with it whatever is open on it.
            Ok(Ended::Perhaps(fault)) | Err(fault) => return Err(StoreError::CommitUnresolved(fault.to_string())),
            Ok(Ended::Failed(fault)) if attempt < ATTEMPTS_MAX && fault.meaning() == Meaning::Again => {
                session.give_back(client);
            }
            Ok(Ended::Failed(fault)) => return session.after(client, Err(fault)),
        }
    }
    unreachable!("the last attempt returns")
}

async fn once(client: &ClientWrapper, script: &Script) -> Ended {
    match steps(client, script).await {
        Ok(Ran::Done) => match client.batch_execute(COMMIT).await.map_err(Fault::Commit) {
            Ok(()) => Ended::Ran(Ran::Done),
            Err(fault) if fault.is_a_clear_no() => Ended::Failed(fault),
            Err(fault) => Ended::Perhaps(fault),
        },
        Ok(unmet) => match client.batch_execute(ROLLBACK).await {
            Ok(()) => Ended::Ran(unmet),
            Err(error) => Ended::Failed(error.into()),
        },
        Err(fault) => {
            // Where this fails too, the connection is lost, which the next one to take it sees.
            let _rolled_back = client.batch_execute(ROLLBACK).await;
            Ended::Failed(fault)
        }
    }
}

async fn steps(client: &ClientWrapper, script: &Script) -> Result<Ran, Fault> {
    client.batch_execute(BEGIN).await?;
    for (index, step) in script.steps().iter().enumerate() {
        let statement = client.prepare_cached(step.sql).await?;
        let values: Vec<&(dyn ToSql + Sync)> = step.values.iter().map(|value| value as _).collect();
        let touched = client.execute(&statement, &values).await?;
        if matches!(step.rows, Rows::Exactly(wanted) if wanted != touched) {
            return Ok(Ran::Unmet(index));
        }
    }
    Ok(Ran::Done)
}

/// The rows that a statement finds.
pub(super) async fn rows(client: &ClientWrapper, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
    let statement = client.prepare_cached(sql).await?;
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
    let found = client.query(&statement, &values).await?;
    let read = |row: &tokio_postgres::Row| -> Result<Row, Fault> {
        let values = (0..row.len()).map(|column| Ok(row.try_get::<_, Value>(column)?));
        Ok(Row::new(values.collect::<Result<_, Fault>>()?))
    };
    found.iter().map(read).collect()
}

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *wanted == Type::INT4 => i32::try_from(*number)?.to_sql(wanted, out),
            Value::Int(number) => number.to_sql_checked(wanted, out),
            Value::Text(text) => text.to_sql_checked(wanted, out),
            Value::Id(id) => id.to_sql_checked(wanted, out),
            Value::Bytes(bytes) => bytes.to_sql_checked(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::Int(bool::from_sql(kind, raw)?.into()),
            Type::UUID => Value::Id(Uuid::from_sql(kind, raw)?),
            Type::BYTEA => Value::Bytes(Vec::from_sql(kind, raw)?),
            _ => Value::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Value, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::UUID, Type::BYTEA].contains(kind)
            || <String as FromSql>::accepts(kind)
    }
}
