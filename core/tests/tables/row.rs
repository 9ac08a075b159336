//! One row of a table: words, `name=value` pairs, and the outcome after the bar.

use std::collections::BTreeMap;

/// One row of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// The number of its line.
    pub(crate) line: usize,
    /// Whether it is decided in one batch with the row before.
    pub(crate) is_joined: bool,
    /// When it is decided, where that changes.
    pub(crate) at: Option<i64>,
    /// What is asked, and its plain arguments.
    pub(crate) words: Vec<String>,
    /// The arguments that have a name.
    pub(crate) pairs: BTreeMap<String, String>,
    /// The last column; none: the row only sets the stage.
    pub(crate) outcome: Option<String>,
}

impl Row {
    /// Reads a line; none if it is empty or a remark.
    pub(crate) fn read(line: usize, text: &str) -> Option<Row> {
        let text = text.split(" #").next().unwrap_or_default().trim();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let (asked, outcome) = match text.split_once('|') {
            Some((asked, outcome)) => (asked, Some(outcome.trim().to_owned())),
            None => (text, None),
        };
        let mut row = Row { line, outcome, ..Row::default() };
        for word in asked.split_whitespace() {
            if word == "+" {
                row.is_joined = true;
            } else if let Some(at) = word.strip_prefix('@') {
                row.at = Some(at.parse().unwrap_or_else(|_| panic!("line {line}: {word} is no time")));
            } else if let Some((name, value)) = word.split_once('=') {
                row.pairs.insert(name.to_owned(), value.to_owned());
            } else {
                row.words.push(word.to_owned());
            }
        }
        Some(row)
    }

    /// What is asked.
    pub(crate) fn verb(&self) -> &str {
        &self.words[0]
    }

    /// The plain argument at `place`, from 1.
    pub(crate) fn word(&self, place: usize) -> &str {
        self.words.get(place).unwrap_or_else(|| panic!("line {}: word {place} is missing", self.line))
    }

    /// The plain argument at `place` as a number, if it is there.
    pub(crate) fn number(&self, place: usize) -> Option<u32> {
        self.words.get(place).map(|word| self.parse(word))
    }

    /// The named argument.
    pub(crate) fn pair(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(String::as_str)
    }

    /// A number.
    pub(crate) fn parse<T: std::str::FromStr>(&self, text: &str) -> T {
        text.parse().unwrap_or_else(|_| panic!("line {}: {text} is no number", self.line))
    }
}
