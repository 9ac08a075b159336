//! Copying a data file into an empty PostgreSQL: which tables, and the way of their rows from the one to the other.
//!
//! All or nothing: [`Source`] sees one moment of the file and lets nobody else write to it, [`Target`] writes everything in
//! one transaction, under locks that keep everybody else from writing. Rows pass a few at a time, so a table of any size
//! needs little memory. Nothing is interpreted on the way: what was stored is stored, byte by byte.

use tokio::sync::mpsc;
use uuid::Uuid;

mod events;
mod people;

pub use super::postgres::Target;
pub use super::sqlite::Source;

/// Parts that have been read and not yet written.
const PARTS_WAITING_MAX: usize = 4;
/// How large a part is, about.
pub(super) const PART_BYTES: usize = 256 << 10;

/// Why nothing was copied, or why it is not known whether everything was. The texts say what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CopyError {
    /// A row of the source cannot be stored in the target.
    #[error("{0}: nothing was copied")]
    Row(String),
    /// The target holds something already. Nothing in it was touched.
    #[error("it holds {0} already: name an empty database with --to")]
    NotEmpty(&'static str),
    /// Reading or writing failed. Nothing is in the target.
    #[error("nothing was copied: {0}")]
    Failed(String),
    /// The answer to the commit was lost.
    #[error(
        "the answer to the commit was lost ({0}), so it is not known whether everything was copied or nothing: run the \
         same command again, which tells"
    )]
    Unknown(String),
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Id,
    Text,
    Number,
    Flag,
    Bytes,
}

/// A column that is copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// A table that is copied. It has the same name and columns in both databases.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    pub(super) columns: &'static [Column],
    /// With so many of its first columns a row is named in errors. Nothing personal or secret is among them.
    pub(super) named_by: usize,
    /// Which rows are copied, as SQL says it behind `from`.
    pub(super) rows: &'static str,
    /// Which of them an empty database does not have, also if a server was started on it, likewise.
    pub(super) own: &'static str,
}

/// A value on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cell {
    Id(Option<Uuid>),
    Text(Option<String>),
    Number(Option<i64>),
    Flag(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// The values of a row, in the order of the table's columns.
pub(super) type Row = Vec<Cell>;

/// What passes from the reading half to the writing half: for each of [`TABLES`] a beginning, its rows, an end.
#[derive(Debug)]
pub(super) enum Part {
    /// A table begins, of so many rows.
    Begin(u64),
    Rows(Vec<Row>),
    End,
}

/// How far the copying has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A table begins.
    Begin {
        /// Its name.
        table: &'static str,
        /// How many rows it has.
        rows: u64,
    },
    /// So many more rows of it are on their way.
    Rows(u64),
}

/// How many rows of a table were copied.
pub type Copied = (&'static str, u64);

/// Copies every table. Nothing of it is there before [`Target::commit`].
///
/// # Errors
/// [`CopyError::Row`] and [`CopyError::Failed`].
pub async fn copy(
    source: Source,
    target: &Target,
    told: impl FnMut(Step) + Send,
) -> Result<(Source, Vec<Copied>), CopyError> {
    let (sender, mut parts) = mpsc::channel(PARTS_WAITING_MAX);
    let reading = tokio::task::spawn_blocking(move || {
        let read = source.read(|part| sender.blocking_send(part).is_ok());
        (source, read)
    });
    let written = write(target, &mut parts, told).await;
    // Lets the reading half end, should it not have.
    drop(parts);
    let (source, read) = reading.await.map_err(|error| CopyError::Failed(error.to_string()))?;
    // If both failed, the writing half failed because the reading half did.
    read?;
    Ok((source, written?))
}

async fn write(
    target: &Target,
    parts: &mut mpsc::Receiver<Part>,
    mut told: impl FnMut(Step) + Send,
) -> Result<Vec<Copied>, CopyError> {
    let mut copied = Vec::new();
    for table in &TABLES {
        let Some(Part::Begin(rows)) = parts.recv().await else { return Err(cut_short()) };
        told(Step::Begin { table: table.name, rows });
        let written = target.write(table, parts, |rows| told(Step::Rows(rows))).await?;
        let found = target.count(table).await?;
        if (written, found) != (rows, rows) {
            return Err(CopyError::Failed(format!(
                "of the {rows} rows of {} {written} were written and {found} are there",
                table.name
            )));
        }
        copied.push((table.name, rows));
    }
    Ok(copied)
}

/// The reading half ended too early; it says itself why.
pub(super) fn cut_short() -> CopyError {
    CopyError::Failed("the reading of the data file was cut short".into())
}

impl Table {
    /// The names of its columns, as SQL lists them.
    pub(super) fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// Names a row in errors, by as many of its first values as are known.
    pub(super) fn row_name(&self, known: &[Cell]) -> String {
        let named = self.columns.iter().zip(known).take(self.named_by);
        let named: Vec<String> = named.map(|(column, cell)| format!("{} {cell}", column.name)).collect();
        format!("the row of {} with {}", self.name, named.join(", "))
    }
}

impl Cell {
    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let apart = match self {
            Cell::Text(Some(text)) => text.len(),
            Cell::Bytes(Some(bytes)) => bytes.len(),
            _ => 0,
        };
        size_of::<Cell>() + apart
    }
}

/// As far as values name a row.
impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::Id(Some(id)) => id.fmt(f),
            Cell::Text(Some(text)) => write!(f, "{text:?}"),
            Cell::Number(Some(number)) => number.fmt(f),
            _ => f.write_str("?"),
        }
    }
}

const fn id(name: &'static str) -> Column {
    Column { name, kind: Kind::Id }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

/// A table without rows before anybody writes any.
const fn table(name: &'static str, columns: &'static [Column], named_by: usize) -> Table {
    Table { name, columns, named_by, rows: name, own: name }
}

/// All tables, those first that others refer to. Tests compare them with the layouts of both databases.
pub static TABLES: [Table; 24] = [
    table("events", events::EVENTS, 1),
    table("slugs", events::SLUGS, 2),
    table("event_texts", events::EVENT_TEXTS, 1),
    table("roles", events::ROLES, 2),
    table("registrations", events::REGISTRATIONS, 2),
    table("log", events::LOG, 2),
    table("log_texts", events::LOG_TEXTS, 2),
    // A guest's key hands out a manage link, so only the event is named.
    table("idempotency_keys", events::IDEMPOTENCY_KEYS, 1),
    Table {
        // The layout brings the first one, which was made at no time.
        own: "organizations where created_at <> 0",
        ..table("organizations", people::ORGANIZATIONS, 1)
    },
    table("accounts", people::ACCOUNTS, 1),
    table("members", people::MEMBERS, 2),
    table("grants", people::GRANTS, 4),
    table("teams", people::TEAMS, 1),
    table("team_members", people::TEAM_MEMBERS, 2),
    table("sessions", people::SESSIONS, 1),
    table("tokens", people::TOKENS, 1),
    Table {
        // A server that nobody owns yet makes the link to its setup when it is started.
        own: "links where purpose <> 'setup'",
        ..table("links", people::LINKS, 1)
    },
    table("doors", people::DOORS, 1),
    table("webhooks", people::WEBHOOKS, 1),
    table("webhook_marks", people::WEBHOOK_MARKS, 1),
    table("retention_marks", people::RETENTION_MARKS, 1),
    table("webhook_deliveries", people::WEBHOOK_DELIVERIES, 1),
    table("outbox", people::OUTBOX, 1),
    // Each database says itself which layout it has, and a server that was started on it has noted more.
    Table {
        rows: "meta where name not in ('layout', 'layout_readable_from')",
        own: "meta where false",
        ..table("meta", &[text("name"), text("value")], 1)
    },
];
