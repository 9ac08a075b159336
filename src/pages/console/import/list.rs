//! A list of people as text: comma, semicolon or tab between the cells, quotes around those that need them (RFC 4180), and
//! the columns named in the first line, as `export` or as the pages of any language call them.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::pages::console::answers::Managed;
use crate::pages::console::export::{COLUMNS, armed};
use crate::pages::console::typed::Typed;
use crate::pages::visitor::Visitor;
use crate::words::Language;

/// How many lines are taken at once.
const LINES_MAX: usize = 500;

/// What is read of each person: the name of the API, and what the pages call it.
const FIELDS: [(&str, &str); 7] = [
    ("name", "form-name"),
    ("email", "form-email"),
    ("phone", "form-phone"),
    ("role", "role"),
    ("spots", "spots"),
    ("notes", "form-notes"),
    ("special_requirements", "form-special"),
];

/// A list.
pub(super) struct List {
    pub(super) lines: Vec<Line>,
    /// Columns that are not read.
    pub(super) unread: Vec<String>,
}

/// Somebody on it.
pub(super) struct Line {
    /// The line of the text, from 1 on.
    pub(super) number: u64,
    pub(super) person: Typed,
    /// Why it is not even asked about.
    pub(super) refused: Option<Refused>,
}

/// Why a line is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It has more cells than there are columns.
    TooManyCells,
    /// The same person stands above.
    Twice,
    /// It says of itself that it is over.
    Ended,
}

/// Why a text is no list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It is not UTF-8.
    NoText,
    /// No column is called name.
    NoName,
    /// A column stands there twice.
    ColumnTwice,
    TooLong,
}

impl Unreadable {
    pub(super) fn said(self, visitor: &Visitor) -> String {
        let key = match self {
            Unreadable::Empty => "console-import-empty",
            Unreadable::NoText => "console-import-no-text",
            Unreadable::NoName => "console-import-no-name",
            Unreadable::ColumnTwice => "console-import-column-twice",
            Unreadable::TooLong => return visitor.say("console-import-too-long", &[("max", LINES_MAX.into())]),
        };
        visitor.text(key)
    }

    pub(super) fn status(self) -> StatusCode {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// Reads a list.
pub(super) fn read(text: &str, managed: &Managed) -> Result<List, Unreadable> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter(text));
    let mut records = reader.from_reader(text.as_bytes()).into_records().filter_map(Result::ok);
    let heads = records.next().ok_or(Unreadable::Empty)?;
    let columns: Vec<Option<&str>> = heads.iter().map(column).collect();
    let mut known: Vec<&str> = columns.iter().flatten().copied().collect();
    known.sort_unstable();
    if known.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Unreadable::ColumnTwice);
    }
    if !known.contains(&"name") {
        return Err(Unreadable::NoName);
    }
    let is_read = |name: Option<&str>| name.is_some_and(|name| FIELDS.iter().any(|(field, _)| *field == name));
    let unread = heads.iter().zip(&columns).filter(|(head, column)| !head.trim().is_empty() && !is_read(**column));
    let unread = unread.map(|(head, _)| head.trim().to_owned()).collect();
    let (mut lines, mut seen) = (Vec::new(), BTreeSet::new());
    for record in records.filter(|record| record.iter().any(|cell| !cell.trim().is_empty())) {
        if lines.len() == LINES_MAX {
            return Err(Unreadable::TooLong);
        }
        let number = record.position().map_or(0, csv::Position::line);
        let cells = columns.iter().zip(record.iter()).filter_map(|(column, cell)| Some(((*column)?, cell)));
        let person = Typed(cells.map(|(name, cell)| (name.to_owned(), armed(cell).to_owned())).collect());
        let is_over = ["cancelled", "removed", "declined"].contains(&person.get("status").trim());
        let has_more = record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty());
        let refused = match is_over {
            true => Some(Refused::Ended),
            false if has_more => Some(Refused::TooManyCells),
            false => (!seen.insert(key(&person, managed))).then_some(Refused::Twice),
        };
        lines.push(Line { number, person, refused });
    }
    if lines.is_empty() { Err(Unreadable::Empty) } else { Ok(List { lines, unread }) }
}

/// Who it is, within the list. Two without an address and with the same name may be two people, so the whole line counts.
fn key(person: &Typed, managed: &Managed) -> String {
    let part = |name: &str| person.get(name).trim().to_lowercase();
    if part("email").is_empty() {
        return format!("{:?}", person.0);
    }
    let name = if managed.one_per == "email" { String::new() } else { part("name") };
    format!("{}\n{name}\n{}", part("email"), part("role"))
}

/// What stands between cells: whatever the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // Of those that are there equally often the first.
    let mut best = b',';
    for delimiter in [b';', b'\t'] {
        if count(&delimiter) > count(&best) {
            best = delimiter;
        }
    }
    best
}

/// Which column is called so.
fn column(head: &str) -> Option<&'static str> {
    let head = head.trim().to_lowercase();
    let known = COLUMNS.iter().find(|column| **column == head || column.replace('_', " ") == head);
    let is_called = |key: &str| Language::all().any(|language| language.say(key, &[]).to_lowercase() == head);
    known.copied().or_else(|| FIELDS.iter().find(|(_, key)| is_called(key)).map(|(name, _)| *name))
}
