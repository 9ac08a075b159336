//! How long answers took: percentiles, and a picture of them in text.

use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies of many answers, to three digits.
#[derive(Clone, Debug)]
pub(crate) struct Latencies {
    micros: Histogram<u64>,
}

/// The figures that people ask for, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Half of the answers came within this.
    pub(crate) p50: f64,
    /// 95 of 100.
    pub(crate) p95: f64,
    /// 99 of 100.
    pub(crate) p99: f64,
    /// All.
    pub(crate) max: f64,
}

/// Rows of the picture; what takes longer than the last is drawn as one more.
const ROWS_MAX: u64 = 12;
/// Characters of the longest bar.
const BAR_WIDTH: u64 = 48;
/// An answer that takes longer counts as this.
const MICROS_MAX: u64 = 3_600_000_000;

impl Latencies {
    /// None yet.
    pub(crate) fn new() -> Latencies {
        let micros = Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("the bounds are in order");
        Latencies { micros }
    }

    /// One more answer.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.micros.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(MICROS_MAX));
    }

    /// All of another's.
    pub(crate) fn add(&mut self, other: &Latencies) {
        self.micros.add(&other.micros).expect("all have the same bounds");
    }

    /// How many answers.
    pub(crate) fn count(&self) -> u64 {
        self.micros.len()
    }

    /// Percentiles; all zero when there was no answer.
    pub(crate) fn figures(&self) -> Figures {
        let at = |quantile| milliseconds(self.micros.value_at_quantile(quantile).min(self.micros.max()));
        Figures { p50: at(0.50), p95: at(0.95), p99: at(0.99), max: milliseconds(self.micros.max()) }
    }

    /// A picture: one row a span of time, longer bars where more answers fell.
    pub(crate) fn draw(&self) -> String {
        if self.micros.is_empty() {
            return String::new();
        }
        let (least, most) = (self.micros.min(), self.micros.max());
        let usual = self.micros.value_at_quantile(0.995).min(most);
        let step = round_step((usual - least) / ROWS_MAX);
        let first = least / step;
        let rows = usual / step - first + 1;
        // One more row takes the few that came much later.
        let mut counts = vec![0; usize::try_from(rows).expect("a few rows") + 1];
        for bucket in self.micros.iter_recorded() {
            let value = self.micros.lowest_equivalent(bucket.value_iterated_to()).max(least);
            let row = (value / step - first).min(rows);
            counts[usize::try_from(row).expect("a few rows")] += bucket.count_since_last_iteration();
        }
        let longest = counts.iter().copied().max().unwrap_or(1);
        let mut text = String::new();
        for (row, count) in (0..=rows).zip(counts).filter(|(row, count)| *row < rows || *count > 0) {
            let sign = if row == rows { "≥ " } else { "" };
            let label = format!("{sign}{}", span((first + row) * step, step));
            line(&mut text, &format!("{label:>10}"), count, longest, self.count());
        }
        text
    }
}

fn line(text: &mut String, label: &str, count: u64, longest: u64, all: u64) {
    let eighths = count * BAR_WIDTH * 8 / longest.max(1);
    let full = usize::try_from(eighths / 8).expect("a bar is short");
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][usize::try_from(eighths % 8).expect("less than eight")];
    let bar = if count > 0 && eighths == 0 { "▏".to_owned() } else { "█".repeat(full) + rest };
    let percent = ratio(count, all) * 100.0;
    let _ = writeln!(text, "  {label}  {bar:<width$} {count:>7}  {percent:>5.1} %", width = 48);
}

/// The least of 1, 2, 5, 10, 20 … that is not below `micros`.
fn round_step(micros: u64) -> u64 {
    let mut decade = 100;
    loop {
        if let Some(step) = [1, 2, 5].into_iter().map(|digit| digit * decade).find(|step| *step >= micros) {
            return step;
        }
        decade *= 10;
    }
}

/// A time as a label: as few digits as tell the rows apart.
fn span(micros: u64, step: u64) -> String {
    if step < 1_000 { format!("{:.1} ms", milliseconds(micros)) } else { format!("{} ms", micros / 1_000) }
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 µs")]
pub(crate) fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// One count over another, 0 over 0 being 0.
#[expect(clippy::cast_precision_loss, reason = "counts of answers are far below 2^52")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::new();
        micros.into_iter().for_each(|micros| latencies.record(Duration::from_micros(micros)));
        latencies
    }

    #[test]
    fn percentiles_are_those_of_the_answers() {
        let figures = of((1..=100).map(|number| number * 1_000)).figures();
        assert!((figures.p50 - 50.0).abs() < 0.1 && (figures.p95 - 95.0).abs() < 0.1, "{figures:?}");
        assert!((figures.max - 100.0).abs() < 0.1, "{figures:?}");
    }

    #[test]
    fn every_answer_is_somewhere_in_the_picture() {
        for micros in [vec![5], vec![1, 3_000_000], (0..1_000).map(|number| number * number).collect()] {
            let latencies = of(micros.clone());
            let picture = latencies.draw();
            let drawn: usize = picture
                .lines()
                .map(|line| line.split_whitespace().rev().nth(2).unwrap())
                .map(|count| count.parse::<usize>().unwrap())
                .sum();
            assert_eq!(drawn, micros.len(), "{picture}");
            assert!(picture.lines().count() <= 15, "{picture}");
        }
        assert_eq!(Latencies::new().draw(), "");
    }
}
