//! Scripts: how everything that is no registration is read and written, with the same SQL on both databases.
//!
//! A [`Script`] is a list of statements that are run in one transaction. A statement may demand how many rows it touches;
//! if one touches another number (a link was used already, a name is taken), everything is rolled back and the caller is
//! told which. So nothing is read first and written later, and no race can come in between.
//!
//! The SQL keeps to what SQLite and PostgreSQL understand alike: parameters `$1`, `$2` …, `insert … on conflict`, columns
//! that are whole numbers, texts, ids or bytes. Events, roles, registrations, log and keys are none of its business:
//! those change by commands only.

use uuid::Uuid;

use super::StoreError;

/// A value of a parameter or a column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// None.
    Null,
    /// A whole number: `integer` or `bigint`.
    Int(i64),
    /// A text.
    Text(String),
    /// An id: 16 bytes in a data file, a `uuid` in a PostgreSQL.
    Id(Uuid),
    /// Bytes; also how a data file gives back an id, see [`Row::id`].
    Bytes(Vec<u8>),
}

/// How many rows a statement must touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rows {
    /// So many, or the script is not run.
    Exactly(u64),
    /// As many as there are.
    Any,
}

/// One statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What to run.
    pub sql: &'static str,
    /// The values of `$1`, `$2` ….
    pub values: Vec<Value>,
    /// How many rows it must touch.
    pub rows: Rows,
}

/// Statements that are run in one transaction: all or none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
}

/// What came of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Ran {
    /// All of it is committed.
    Done,
    /// Nothing was written: the statement with this number, from 0, did not touch the rows that it must.
    Unmet(usize),
}

/// A row that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row(Vec<Value>);

impl Script {
    /// Adds a statement that touches as many rows as there are.
    pub fn step(mut self, sql: &'static str, values: impl Into<Vec<Value>>) -> Script {
        self.steps.push(Step { sql, values: values.into(), rows: Rows::Any });
        self
    }

    /// Adds a statement that must touch exactly one row.
    pub fn one(mut self, sql: &'static str, values: impl Into<Vec<Value>>) -> Script {
        self.steps.push(Step { sql, values: values.into(), rows: Rows::Exactly(1) });
        self
    }

    /// Adds all statements of another script.
    pub fn then(mut self, other: Script) -> Script {
        self.steps.extend(other.steps);
        self
    }

    /// Whether it writes something into the outbox. Told by its text, so that nobody who writes there can forget to say so.
    pub(crate) fn is_mailed(&self) -> bool {
        self.steps.iter().any(|step| step.sql.starts_with("insert into outbox"))
    }

    /// Whether it ends a session, a token or a door link. Told by its text as well.
    pub(crate) fn ends_a_way_in(&self) -> bool {
        let ends = ["delete from sessions", "update tokens set revoked_at", "update doors set revoked_at"];
        let raises = "generation = generation + 1";
        self.steps.iter().any(|step| ends.iter().any(|end| step.sql.starts_with(end)) || step.sql.contains(raises))
    }

    /// The statements, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Row {
        Row(values)
    }

    /// The whole number in a column.
    ///
    /// # Errors
    /// If something else is stored there; so for all below.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// The whole number in a column, which may be none.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// A number in a column that counts something.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn count(&self, column: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| self.unreadable(column))
    }

    /// The text in a column.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// The text in a column, which may be none.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// The id in a column.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn id(&self, column: usize) -> Result<Uuid, StoreError> {
        self.opt_id(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// The id in a column, which may be none.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn opt_id(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        match self.0.get(column) {
            Some(Value::Id(id)) => Ok(Some(*id)),
            Some(Value::Bytes(bytes)) => Uuid::from_slice(bytes).map(Some).map_err(|_| self.unreadable(column)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// Whether the number in a column is not 0.
    ///
    /// # Errors
    /// See [`Row::int`].
    pub fn is_set(&self, column: usize) -> Result<bool, StoreError> {
        self.int(column).map(|number| number != 0)
    }

    fn unreadable(&self, column: usize) -> StoreError {
        let kind = match self.0.get(column) {
            None => "no column",
            Some(Value::Null) => "nothing",
            Some(Value::Int(_)) => "a number",
            Some(Value::Text(_)) => "a text",
            Some(Value::Id(_)) => "an id",
            Some(Value::Bytes(_)) => "bytes",
        };
        StoreError::Unavailable(format!(
            "column {column} of what was read holds {kind}, which this version cannot read"
        ))
    }
}

macro_rules! from {
    ($type:ty, $value:ident => $made:expr) => {
        impl From<$type> for Value {
            fn from($value: $type) -> Value {
                $made
            }
        }
    };
}

from!(i64, number => Value::Int(number));
from!(u32, number => Value::Int(number.into()));
from!(bool, is => Value::Int(is.into()));
from!(&str, text => Value::Text(text.to_owned()));
from!(String, text => Value::Text(text));
from!(&String, text => Value::Text(text.clone()));
from!(Uuid, id => Value::Id(id));
from!(headcount_core::ids::EventId, id => Value::Id(id.0));
from!(headcount_core::ids::RegistrationId, id => Value::Id(id.0));
from!(headcount_core::ids::Millis, time => Value::Int(time.0));

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The values of a statement's parameters, in order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::script::Value::from($value)),*] };
}
