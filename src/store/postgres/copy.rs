//! The writing half of copying a data file into a PostgreSQL.

use std::pin::pin;

use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::address::Address;
use super::connect::connect;
use super::facts::NOTED;
use super::fault::Fault;
use super::migrate;
use crate::store::copy::{Cell, CopyError, Kind, Part, TABLES, Table, cut_short};

/// A PostgreSQL that is copied into, in a transaction that nobody else can write beside. Dropped before [`Target::commit`],
/// nothing of it is there.
pub struct Target(ClientWrapper);

/// Read committed, whatever the default is: what is looked at under the locks must be what is there after the wait for them.
const BEGIN: &str = "begin isolation level read committed read write";

/// Neither a limit that is meant for short statements ends the copying, nor is it lost in a crash after the commit; and a
/// client that vanished without a word is noticed, so that it does not keep the locks for hours.
const SETTINGS: &str = "select set_config(s.name, wanted.setting, true) from pg_settings s \
     join (values ('statement_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '60s'), \
     ('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), \
     ('tcp_keepalives_count', '3'), ('synchronous_commit', 'on')) wanted (name, setting) on wanted.name = s.name \
     where s.name <> 'synchronous_commit' or s.setting = 'off'";

const IS_THERE: &str = "select to_regclass($1::text) is not null";

impl Target {
    /// Brings an empty database to the present layout, begins, and locks all tables, so that a server that runs on it, or
    /// a second copy, waits or is refused.
    ///
    /// # Errors
    /// [`CopyError::NotEmpty`], before anything was touched, and [`CopyError::Failed`].
    pub async fn begin(address: &Address) -> Result<Target, CopyError> {
        let client = connect(address, "copy").await.map_err(|error| CopyError::Failed(error.to_string()))?;
        let target = Target(client);
        // Without a lock: what holds something is left alone altogether, its layout too.
        target.is_empty().await?;
        let migrated = migrate::run(address, migrate::MIGRATIONS).await;
        migrated.map_err(|error| CopyError::Failed(error.to_string()))?;
        target.lock().await.map_err(of_lock)?;
        target.is_empty().await?;
        target.has_the_present_layout().await?;
        Ok(target)
    }

    /// What is noted under `name`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn noted(&self, name: &str) -> Result<Option<String>, CopyError> {
        let row = self.0.query_opt(NOTED, &[&name]).await.map_err(failed)?;
        row.map(|row| row.try_get(0)).transpose().map_err(failed)
    }

    /// Writes what comes until the table ends; how many rows that were, as the server counted them.
    pub(in crate::store) async fn write(
        &self,
        table: &Table,
        parts: &mut mpsc::Receiver<Part>,
        mut told: impl FnMut(u64) + Send,
    ) -> Result<u64, CopyError> {
        let (name, rows, columns) = (table.name, table.rows, table.column_list());
        // Only what an empty database has can be there, or gets from a server that is started on it.
        if self.count(table).await? > 0 {
            self.0.batch_execute(&format!("delete from {rows}")).await.map_err(failed)?;
        }
        let sink = self.0.copy_in(&format!("copy {name} ({columns}) from stdin (format binary)")).await;
        let types: Vec<Type> = table.columns.iter().map(|column| type_of(column.kind)).collect();
        let mut writer = pin!(BinaryCopyInWriter::new(sink.map_err(failed)?, &types));
        loop {
            match parts.recv().await {
                Some(Part::Rows(rows)) => {
                    for row in &rows {
                        writer.as_mut().write_raw(row.iter().map(value)).await.map_err(failed)?;
                    }
                    told(rows.len() as u64);
                }
                Some(Part::End) => return writer.finish().await.map_err(failed),
                Some(Part::Begin(_)) | None => return Err(cut_short()),
            }
        }
    }

    /// How many rows a table has now.
    pub(in crate::store) async fn count(&self, table: &Table) -> Result<u64, CopyError> {
        let row = self.0.query_one(&format!("select count(*) from {}", table.rows), &[]).await.map_err(failed)?;
        row.try_get::<_, i64>(0).map(i64::unsigned_abs).map_err(failed)
    }

    /// Makes everything durable and visible, and has the server look at the tables, so that it plans well from the start.
    ///
    /// # Errors
    /// [`CopyError::Unknown`] if the answer was lost; [`CopyError::Failed`] if the server said no.
    pub async fn commit(self) -> Result<(), CopyError> {
        if let Err(error) = self.0.batch_execute("commit").await {
            let fault = Fault::Commit(error);
            return Err(match fault.is_a_clear_no() {
                true => CopyError::Failed(fault.to_string()),
                false => CopyError::Unknown(fault.to_string()),
            });
        }
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        if let Err(error) = self.0.batch_execute(&format!("analyze {}", names.join(", "))).await {
            tracing::warn!(error = %Fault::from(error), "the tables could not be analyzed; the server will do it by itself");
        }
        Ok(())
    }

    async fn lock(&self) -> Result<(), Fault> {
        self.0.batch_execute(BEGIN).await?;
        self.0.batch_execute(SETTINGS).await?;
        // First `meta`, where those who change the layout take their turns; then `events`, where every batch begins, so
        // that none is met in the middle.
        self.0.batch_execute("lock table meta in exclusive mode").await?;
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).filter(|name| *name != "meta").collect();
        Ok(self.0.batch_execute(&format!("lock table {} in exclusive mode", names.join(", "))).await?)
    }

    async fn is_empty(&self) -> Result<(), CopyError> {
        for table in &TABLES {
            let is_there: bool =
                self.0.query_one(IS_THERE, &[&table.name]).await.and_then(|row| row.try_get(0)).map_err(failed)?;
            let first = format!("select 1 from {} limit 1", table.own);
            if is_there && self.0.query_opt(&first, &[]).await.map_err(failed)?.is_some() {
                return Err(CopyError::NotEmpty(table.name));
            }
        }
        Ok(())
    }

    /// A newer version may have added what this one would leave empty.
    async fn has_the_present_layout(&self) -> Result<(), CopyError> {
        let known = migrate::MIGRATIONS.last().map_or(0, |last| last.number).to_string();
        match self.noted(migrate::LAYOUT).await? {
            Some(found) if found == known => Ok(()),
            found => Err(CopyError::Failed(format!(
                "the database has layout {}, this version copies into layout {known}: use the newest version",
                found.as_deref().unwrap_or("?")
            ))),
        }
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Id => Type::UUID,
        Kind::Text => Type::TEXT,
        Kind::Number => Type::INT8,
        Kind::Flag => Type::BOOL,
        Kind::Bytes => Type::BYTEA,
    }
}

fn value(cell: &Cell) -> &(dyn ToSql + Sync) {
    match cell {
        Cell::Id(id) => id,
        Cell::Text(text) => text,
        Cell::Number(number) => number,
        Cell::Flag(flag) => flag,
        Cell::Bytes(bytes) => bytes,
    }
}

fn of_lock(fault: Fault) -> CopyError {
    CopyError::Failed(match fault.meaning() {
        super::fault::Meaning::Busy | super::fault::Meaning::Again => {
            format!("others are using the database: stop them, then run this again ({fault})")
        }
        _ => fault.to_string(),
    })
}

fn failed(error: tokio_postgres::Error) -> CopyError {
    CopyError::Failed(Fault::from(error).to_string())
}
