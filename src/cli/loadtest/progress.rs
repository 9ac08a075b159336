//! A progress bar, where there is a terminal to draw one on.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::drive::Step;
use super::plan::Pace;

/// First how many are connected, then how many are answered.
#[derive(Clone)]
pub(super) struct Progress {
    connected: ProgressBar,
    answered: ProgressBar,
}

impl Progress {
    /// For so many people.
    pub(super) fn new(people: u64, pace: Pace, is_quiet: bool) -> Progress {
        let connections = match pace {
            Pace::AllAtOnce => people,
            Pace::Connections(connections) => u64::from(connections),
            Pace::Rate(_) => 0,
        };
        let is_shown = !is_quiet && std::io::stderr().is_terminal();
        let progress = Progress { connected: bar(connections, "connected"), answered: bar(people, "answered") };
        if is_shown && connections == 0 {
            progress.answered.set_draw_target(ProgressDrawTarget::stderr());
        } else if is_shown {
            progress.connected.set_draw_target(ProgressDrawTarget::stderr());
        }
        progress
    }

    /// One step on.
    pub(super) fn take(&self, step: Step) {
        match step {
            Step::Connected => self.connected.inc(1),
            Step::Answered => {
                if !self.connected.is_hidden() && !self.connected.is_finished() {
                    self.connected.finish_and_clear();
                    self.answered.set_draw_target(ProgressDrawTarget::stderr());
                }
                self.answered.inc(1);
            }
        }
    }

    /// Nothing of it stays.
    pub(super) fn clear(&self) {
        self.connected.finish_and_clear();
        self.answered.finish_and_clear();
    }
}

fn bar(length: u64, what: &'static str) -> ProgressBar {
    let template = "  {bar:48.green} {human_pos} of {human_len} {prefix}, {elapsed}";
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden()).with_style(style).with_prefix(what)
}
