//! Files as other systems dump them: an array of JSON, one document a line, or a table (CSV). Each document keeps its
//! place, so that whatever is said of it can be looked up.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value};

use super::extended::plain;

/// Where something stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    file: Arc<str>,
    line: usize,
    /// Which document of the file, from 1; zero: the file itself is meant.
    number: usize,
    /// Where in the document, such as `roles[0].currentSignups[2]`; empty: the document.
    within: String,
}

/// One document, with its extended JSON made plain.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) place: Place,
    pub(crate) fields: Map<String, Value>,
}

/// Why a document cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    pub(crate) place: Place,
    pub(crate) why: String,
}

impl Place {
    fn new(file: &Arc<str>, line: usize, number: usize) -> Place {
        Place { file: Arc::clone(file), line, number, within: String::new() }
    }

    /// Part of what stands here.
    pub(crate) fn within(&self, part: impl fmt::Display) -> Place {
        let within = if self.within.is_empty() { part.to_string() } else { format!("{}.{part}", self.within) };
        Place { within, ..self.clone() }
    }

    /// That something is wrong here.
    pub(crate) fn problem(&self, why: impl Into<String>) -> Problem {
        Problem { place: self.clone(), why: why.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.number > 0 {
            write!(f, " (document {})", self.number)?;
        }
        if self.within.is_empty() { Ok(()) } else { write!(f, " {}", self.within) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// Reads a file; every problem in it is told.
pub(crate) fn read(path: &Path) -> Result<Vec<Document>, Vec<Problem>> {
    let file: Arc<str> = path.display().to_string().into();
    let whole = |line, why: String| vec![Place::new(&file, line, 0).problem(why)];
    let bytes = std::fs::read(path).map_err(|error| whole(1, format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        whole(lines(valid), "is not text in UTF-8".to_owned())
    })?;
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        None => Err(whole(1, "is empty: an empty list is written as []".to_owned())),
        Some('[' | '{') => json(&file, text),
        Some(_) if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) => csv(&file, text),
        Some(_) => Err(whole(1, "is neither JSON nor a table whose name ends with .csv".to_owned())),
    }
}

fn json(file: &Arc<str>, text: &str) -> Result<Vec<Document>, Vec<Problem>> {
    let raw: Result<Vec<&RawValue>, _> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text),
        false => Deserializer::from_str(text).into_iter().collect(),
    };
    let raw = raw.map_err(|error| vec![Place::new(file, error.line(), 0).problem(format!("is no JSON: {error}"))])?;
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    let (mut read_to, mut line) = (0, 1);
    for (number, raw) in (1..).zip(raw) {
        // It is a part of the text.
        let from = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        line += newlines(&text.as_bytes()[read_to..from]);
        read_to = from;
        let place = Place::new(file, line, number);
        match serde_json::from_str(raw.get()).map_err(|error| error.to_string()).and_then(plain) {
            Ok(Value::Object(fields)) => documents.push(Document { place, fields }),
            Ok(_) => problems.push(place.problem("must be an object")),
            Err(why) => problems.push(place.problem(why)),
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(problems) }
}

/// A table whose first line names the columns. Empty cells say nothing.
fn csv(file: &Arc<str>, text: &str) -> Result<Vec<Document>, Vec<Problem>> {
    let mut table = ::csv::Reader::from_reader(text.as_bytes());
    let broken = |error: ::csv::Error| {
        let line = error.position().map_or(1, |position| position.line());
        vec![Place::new(file, usize::try_from(line).unwrap_or(1), 0).problem(format!("is no table: {error}"))]
    };
    let columns = table.headers().map_err(broken)?.clone();
    let mut documents = Vec::new();
    for (number, row) in (1..).zip(table.into_records()) {
        let row = row.map_err(broken)?;
        let line = row.position().map_or(0, |position| position.line());
        let place = Place::new(file, usize::try_from(line).unwrap_or(0), number);
        let cells = columns.iter().zip(row.iter()).filter(|(_, cell)| !cell.trim().is_empty());
        let fields = cells.map(|(column, cell)| (column.trim().to_owned(), Value::String(cell.to_owned()))).collect();
        documents.push(Document { place, fields });
    }
    Ok(documents)
}

/// The line that comes after these bytes.
fn lines(bytes: &[u8]) -> usize {
    newlines(bytes) + 1
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
