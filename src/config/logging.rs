//! What is written to the log, and how.

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::{http, store};

/// What is written to the log: to standard error, a line for each thing.
#[derive(Args, Clone, Debug)]
pub struct LogArgs {
    /// What is logged: error, warn, info (a line for each sign-up too), debug (one for each request), trace; also by part, as in
    /// `warn,headcount::outcome=info`.
    #[arg(long, value_name = "LEVEL", env = "HEADCOUNT_LOG", default_value = "warn", value_parser = level, global = true)]
    log: String,
    /// How it is written.
    #[arg(long, env = "HEADCOUNT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
}

/// How the log is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum LogFormat {
    /// For people.
    Text,
    /// An object a line, for programs.
    Json,
}

impl LogArgs {
    /// Begins to log. To be called once.
    pub fn start(&self) {
        // Libraries that would log what is personal.
        let quiet = [store::postgres::LOGGED_AT_MOST, http::LOGGED_AT_MOST];
        let filter = quiet.into_iter().fold(EnvFilter::new(&self.log), |filter, at_most| {
            filter.add_directive(at_most.parse().expect("it is a directive"))
        });
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.log_format {
            LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
    }
}

fn level(text: &str) -> Result<String, String> {
    let what_to_do =
        "write error, warn, info, debug or trace, or parts with levels, as in warn,headcount::outcome=info";
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| format!("{error}: {what_to_do}"))
}
