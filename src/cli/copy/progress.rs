//! How far the copying has come, where there is a terminal to show it on.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::store::copy::Step;

const BAR: &str = "  {bar:48.green} {human_pos} of {human_len} rows of {prefix}, {elapsed}";
const SPINNER: &str = "  {spinner:.green} {prefix}, {elapsed}";
/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// What is being done, and of a table how much of it is.
pub(super) struct Progress {
    is_shown: bool,
    bar: ProgressBar,
}

impl Progress {
    /// Quiet where standard error is no terminal.
    pub(super) fn new() -> Progress {
        Progress { is_shown: std::io::stderr().is_terminal(), bar: ProgressBar::hidden() }
    }

    /// Something of which nobody knows how long it takes.
    pub(super) fn begin(&mut self, what: String) {
        self.show(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()), SPINNER, what);
        if self.is_shown {
            self.bar.enable_steady_tick(TURN);
        }
    }

    /// One step of the copying.
    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Begin { table, rows } => {
                let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::hidden());
                self.show(bar, BAR, table.to_owned());
            }
            Step::Rows(rows) => self.bar.inc(rows),
        }
    }

    /// Nothing of it stays.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&mut self, bar: ProgressBar, template: &str, what: String) {
        self.clear();
        let style = ProgressStyle::with_template(template).expect("the template is well-formed");
        self.bar = bar.with_style(style).with_prefix(what);
        if self.is_shown {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.tick();
        }
    }
}
