//! What a load test tells: as text for people, as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::checks::{Check, Verdict};
use super::drive::{Outcome, Sample, tally};
use super::latency::{Figures, Latencies};
use crate::verify::grouped;

/// The result of a load test.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// What was tested, in words.
    pub(crate) what: String,
    /// The server.
    pub(crate) server: String,
    /// The event.
    pub(crate) event_id: uuid::Uuid,
    /// Requests: one a person, or one a role where people with accounts say yes to several.
    pub(crate) total: u64,
    /// Who got places at once.
    pub(crate) confirmed: u64,
    /// Who waits.
    pub(crate) waitlisted: u64,
    /// Who was refused, by code.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Who got no answer, by reason.
    pub(crate) network_errors: BTreeMap<String, u64>,
    /// From the first press to the last answer.
    pub(crate) seconds: f64,
    /// Latencies of the answers.
    pub(crate) latency_ms: Figures,
    /// The checks.
    pub(crate) checks: Vec<Check>,
    /// Whether none of them failed.
    pub(crate) passed: bool,
    #[serde(skip)]
    picture: String,
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[1;32m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const PLAIN: &str = "\x1b[0m";

impl Report {
    /// Counts what was answered; the checks are added by [`Report::judged`].
    pub(crate) fn new(
        what: String,
        server: String,
        event_id: uuid::Uuid,
        samples: &[Sample],
        took: Duration,
    ) -> Report {
        let mut latencies = Latencies::new();
        let answered = samples.iter().filter(|sample| !matches!(sample.outcome, Outcome::Unanswered(_)));
        answered.for_each(|sample| latencies.record(sample.latency));
        let count = |of: fn(&Outcome) -> bool| samples.iter().filter(|sample| of(&sample.outcome)).count() as u64;
        let refused = samples.iter().filter_map(|sample| match &sample.outcome {
            Outcome::Refused(code) => Some(code.as_str()),
            _ => None,
        });
        let unanswered = samples.iter().filter_map(|sample| match &sample.outcome {
            Outcome::Unanswered(reason) => Some(reason.as_str()),
            _ => None,
        });
        Report {
            what,
            server,
            event_id,
            total: samples.len() as u64,
            confirmed: count(|outcome| matches!(outcome, Outcome::Confirmed(_))),
            waitlisted: count(|outcome| matches!(outcome, Outcome::Waitlisted(_))),
            refused: tally(refused),
            network_errors: tally(unanswered),
            seconds: took.as_secs_f64(),
            latency_ms: latencies.figures(),
            checks: Vec::new(),
            passed: true,
            picture: latencies.draw(),
        }
    }

    /// With the checks.
    pub(crate) fn judged(mut self, checks: Vec<Check>) -> Report {
        self.passed = checks.iter().all(|check| check.verdict != Verdict::Fail);
        self.checks = checks;
        self
    }

    /// As text, with colours; whoever prints it takes them away where they are not wanted.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("\n{BOLD}{}{PLAIN}\n{DIM}{}{PLAIN}\n\n", self.what, self.server);
        if !self.picture.is_empty() {
            let _ = writeln!(text, "{}", self.picture);
        }
        self.add_counts(&mut text);
        text.push('\n');
        let width = self.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
        for Check { name, verdict, detail } in &self.checks {
            let (colour, word) = match verdict {
                Verdict::Pass => (GREEN, "PASS"),
                Verdict::Fail => (RED, "FAIL"),
                Verdict::Skip => (YELLOW, "SKIP"),
            };
            let _ = writeln!(text, "  {colour}{word}{PLAIN}  {name:<width$}  {DIM}{detail}{PLAIN}");
        }
        let failed = self.checks.iter().filter(|check| check.verdict == Verdict::Fail).count();
        let _ = match failed {
            0 => writeln!(text, "\n{GREEN}All is well.{PLAIN}"),
            1 => writeln!(text, "\n{RED}1 check failed.{PLAIN}"),
            _ => writeln!(text, "\n{RED}{failed} checks failed.{PLAIN}"),
        };
        text
    }

    fn add_counts(&self, text: &mut String) {
        let Figures { p50, p95, p99, max } = self.latency_ms;
        let mut row = |label: &str, count: u64, more: &str| {
            let _ = writeln!(text, "  {label:<16} {:>9}  {DIM}{more}{PLAIN}", grouped(count));
        };
        row("requests", self.total, &format!("in {:.2} s", self.seconds));
        row("confirmed", self.confirmed, "");
        row("waitlisted", self.waitlisted, "");
        row("refused", self.refused.values().sum(), &list(&self.refused));
        row("network errors", self.network_errors.values().sum(), &list(&self.network_errors));
        let figures = format!("p50 {p50:.1} ms   p95 {p95:.1} ms   p99 {p99:.1} ms   max {max:.1} ms");
        let _ = writeln!(text, "  {:<16} {BOLD}{figures}{PLAIN}", "latency");
    }
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> = counts.iter().map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
    parts.join(", ")
}
