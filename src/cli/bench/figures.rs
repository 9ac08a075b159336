//! What a measurement tells: both sides, the ratio, the goal beside it, and the machine.

use std::process::ExitCode;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment, Color, Table};
use serde::Serialize;

use crate::cli::print;
use crate::verify::grouped;

/// All figures of one benchmark.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// The benchmark.
    name: &'static str,
    /// Cores, processor, kernel.
    machine: String,
    /// How it was measured, in a sentence or two.
    method: String,
    figures: Vec<Figure>,
    /// Whether it was shortened, so that the figures mean little.
    quick: bool,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// What was measured.
    what: String,
    /// What it came to.
    value: Quantity,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Quantity>,
    /// The median of the ratios of the rounds; not the ratio of the two medians beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    /// Whether the goal is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    reached: Option<bool>,
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Quantity {
    value: f64,
    unit: &'static str,
    /// Of what, where the first column does not say it.
    #[serde(skip_serializing_if = "String::is_empty")]
    of: String,
}

/// What is to be reached, by the ratio where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// This or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
}

const COLUMNS: [&str; 6] = ["what", "measured", "against", "ratio", "goal", "result"];
const REACHED: &str = "reached";
const MISSED: &str = "missed";
/// Characters of the longest line of text.
const LINE_WIDTH: usize = 100;

impl Quantity {
    pub(super) fn new(value: f64, unit: &'static str) -> Quantity {
        Quantity { value, unit, of: String::new() }
    }

    pub(super) fn of(self, what: impl Into<String>) -> Quantity {
        Quantity { of: what.into(), ..self }
    }

    fn text(&self) -> String {
        let blank = if self.unit.starts_with('/') { "" } else { " " };
        let of = if self.of.is_empty() { String::new() } else { format!(" ({})", self.of) };
        format!("{}{blank}{}{of}", number(self.value), self.unit)
    }
}

impl Figure {
    pub(super) fn new(what: impl Into<String>, value: Quantity) -> Figure {
        Figure { what: what.into(), value, against: None, ratio: None, goal: None, reached: None }
    }

    /// Compared with `against`.
    pub(super) fn against(mut self, against: Quantity, ratio: f64) -> Figure {
        self.against = Some(against);
        self.ratio = Some(ratio);
        self
    }

    /// With what is to be reached.
    pub(super) fn goal(mut self, goal: Goal) -> Figure {
        let figure = self.ratio.unwrap_or(self.value.value);
        self.reached = Some(match goal {
            Goal::AtLeast(least) => figure >= least,
            Goal::Below(bound) => figure < bound,
        });
        self.goal = Some(goal);
        self
    }
}

impl Figures {
    pub(super) fn new(name: &'static str, method: impl Into<String>, quick: bool) -> Figures {
        Figures { name, machine: machine(), method: method.into(), figures: Vec::new(), quick }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    pub(super) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Prints them. The exit code does not depend on whether the goals are reached: another machine, another figure.
    pub(super) fn print(&self, is_json: bool) -> anyhow::Result<ExitCode> {
        if is_json {
            print(&serde_json::to_string_pretty(self)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let method = wrapped(&self.method);
        print(&format!("\nheadcount bench {}\n\n{method}\n\n{}\n\n{}", self.name, self.table(), self.machine))?;
        if self.quick {
            print("Measured with --quick: to see that it works; the figures mean little.")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The table, which is also one in Markdown. Columns that no figure uses are left out.
    pub(super) fn table(&self) -> Table {
        let rows: Vec<[String; COLUMNS.len()]> = self.figures.iter().map(Figure::cells).collect();
        let used = |column: &usize| rows.iter().any(|row| !row[*column].is_empty());
        let columns: Vec<usize> = (0..COLUMNS.len()).filter(used).collect();
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(columns.iter().map(|column| COLUMNS[*column]));
        for row in &rows {
            table.add_row(columns.iter().map(|column| cell(*column, &row[*column])));
        }
        table
    }
}

impl Figure {
    fn cells(&self) -> [String; COLUMNS.len()] {
        let text = |quantity: Option<&Quantity>| quantity.map(Quantity::text).unwrap_or_default();
        let goal = self.goal.map(|goal| match goal {
            Goal::AtLeast(least) => format!("≥ {}", number(least)),
            Goal::Below(bound) => format!("< {}", number(bound)),
        });
        let reached = self.reached.map_or("", |reached| if reached { REACHED } else { MISSED });
        [
            self.what.clone(),
            text(Some(&self.value)),
            text(self.against.as_ref()),
            self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            goal.unwrap_or_default(),
            reached.to_owned(),
        ]
    }
}

fn cell(column: usize, text: &str) -> Cell {
    let cell = Cell::new(text);
    match text {
        REACHED => cell.fg(Color::Green),
        MISSED => cell.fg(Color::Red),
        _ if column > 0 => cell.set_alignment(CellAlignment::Right),
        _ => cell,
    }
}

/// Breaks lines where they would be too long to read.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE_WIDTH => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// The middle one; of an even number the mean of the two. Zero of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Three or four digits, thousands set apart.
pub(super) fn number(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are positive and below 2^63")]
    match value {
        value if value >= 100.0 => grouped(value.round() as u64),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 || value == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Cores, processor and kernel of this machine.
pub(super) fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = read("/proc/cpuinfo");
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model);
    let kernel = read("/proc/sys/kernel/osrelease");
    let build = if cfg!(debug_assertions) { "; a debug build, many times slower than a release build" } else { "" };
    format!("Machine: {cores} cores, {model}, {} {}{build}", std::env::consts::OS, kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!([median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 3.0]), median(vec![])], [2.0, 2.5, 0.0]);
    }

    #[test]
    fn a_goal_is_judged_by_the_ratio_where_there_is_one() {
        let figure = Figure::new("x", Quantity::new(100.0, "/s")).goal(Goal::AtLeast(0.6));
        assert_eq!(figure.reached, Some(true));
        let figure = Figure::new("x", Quantity::new(100.0, "/s")).against(Quantity::new(200.0, "/s"), 0.5);
        assert_eq!(figure.clone().goal(Goal::AtLeast(0.6)).reached, Some(false));
        assert_eq!(figure.goal(Goal::Below(0.6)).reached, Some(true));
    }

    #[test]
    fn numbers_have_three_or_four_digits() {
        assert_eq!([0.0123, 0.5, 12.34, 123.4, 12_345.6].map(number), ["0.0123", "0.50", "12.3", "123", "12,346"]);
    }
}
