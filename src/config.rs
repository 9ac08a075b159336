//! Flags and environment, parsed once. Every option of the server has a flag and a `HEADCOUNT_*` variable, but for
//! `--new-secret`, which is meant for one start.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::checks::{Every, Settings as CheckSettings, TimeOfDay};
use crate::cli::backup::BackupArgs;
use crate::cli::bench::BenchCommand;
use crate::cli::compare::CompareArgs;
use crate::cli::copy::CopyArgs;
use crate::cli::erase::EraseArgs;
use crate::cli::export::ExportArgs;
use crate::cli::export_log::ExportLogArgs;
use crate::cli::health::HealthArgs;
use crate::cli::import::ImportArgs;
use crate::cli::loadtest::LoadtestArgs;
use crate::cli::repair::RepairArgs;
use crate::cli::reset_owner::ResetOwnerArgs;
use crate::cli::restore::RestoreArgs;
use crate::cli::simulate::SimulateArgs;
use crate::cli::verify::VerifyArgs;
use crate::http::{Admission, AllowedOrigins, Rates, TrustedProxies};
use crate::mail::{MailFrom, MailOptions, SmtpUrl};
use crate::people::Settings;
use crate::server::{NewSecret, Options};
use crate::store::Database;
use crate::store::postgres::Connections;

mod logging;
mod unshown;
mod webhooks;

pub use logging::LogArgs;

/// An event sign-up server that never overbooks: one binary, one data file.
#[derive(Parser, Debug)]
#[command(name = "headcount", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What is written to the log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// What to do.
#[derive(Subcommand, Debug)]
#[expect(missing_docs, reason = "the fields are the options, described where they are defined")]
pub enum Command {
    /// Run the server.
    Serve(Box<ServeArgs>),
    /// Run a server with example events on a throw-away data file, to try things out.
    Demo(DemoArgs),
    /// Let many people sign up at once, and check that nothing was oversold.
    Loadtest(LoadtestArgs),
    /// Check a database, also beside running servers: replay the log, compare it with the tables.
    Verify {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: VerifyArgs,
    },
    /// Mend what verify finds: wrong counters, registrations beyond the capacity.
    Repair {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: RepairArgs,
    },
    /// Print the log of one or all events, one JSON object a line.
    ExportLog {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: ExportLogArgs,
    },
    /// Write a data file, as it is at this moment, and its secret to a place of their own, beside a running server.
    Backup {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: BackupArgs,
    },
    /// Make a data file of a backup. Nothing is ever overwritten.
    Restore(RestoreArgs),
    /// Erase all that is kept about a person. No server may have the data file open; where one has, ask it (POST
    /// /api/v1/operator/erase).
    Erase {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: EraseArgs,
    },
    /// Move in from an older system: read its dumps, compare its lists, try everything out, and only then take it over.
    Import {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: ImportArgs,
    },
    /// Write events and registrations as an older system has them, also beside a running server.
    Export {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: ExportArgs,
    },
    /// Show where a database and the dumps of an older system differ, also beside a running server.
    Compare {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: CompareArgs,
    },
    /// Copy a data file into an empty PostgreSQL, all or nothing, and check both sides.
    Copy(CopyArgs),
    /// Ask the server on this machine whether it runs: exit code 0 if so, else 1. For a container's health check.
    Health(HealthArgs),
    /// Send one message through a mail server, and say what happens at each step.
    MailTest(MailTestArgs),
    /// Make a new owner token and print it; the old one ends. The server must not be running.
    Token {
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Print a link with which an owner who is locked out sets a new password. The server must not be running.
    ResetOwner {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        args: ResetOwnerArgs,
    },
    /// Print the description of the HTTP API (OpenAPI 3.1, JSON).
    Openapi,
    /// Try the rules and the lanes on a made-up store among made-up people, with crashes at every step, and judge each step.
    Simulate(SimulateArgs),
    /// Measure this machine, each figure beside what it is measured against.
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// Where the data is: sqlite:PATH, a file; or postgres://USER:PASSWORD@HOST/DATABASE.
    #[arg(long, env = "HEADCOUNT_DATABASE", default_value = "sqlite:headcount.db", hide_env_values = true)]
    pub database: Database,
}

/// How to serve.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    accounts: AccountArgs,
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    webhooks: webhooks::WebhookArgs,
    /// Connections that decide and write, on PostgreSQL: as many events can be decided at the same moment.
    #[arg(long, env = "HEADCOUNT_PG_WORKERS", default_value_t = Connections::default().workers, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pg_workers: u16,
    /// Connections that read, on PostgreSQL.
    #[arg(long, env = "HEADCOUNT_PG_READERS", default_value_t = Connections::default().readers, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pg_readers: u16,
    /// Take a secret other than the one used so far; all manage links given out before end. Stop all servers on the
    /// database first.
    #[arg(long)]
    new_secret: bool,
    /// How often the counters and capacities of the events that changed are checked, as in 1h or 10m; off: never. Counters that
    /// are out of step are put right.
    #[arg(long, env = "HEADCOUNT_CHECK_EVERY", default_value = "1h")]
    check_every: Every,
    /// At what time of day everything is verified, by the clock of this machine, as in 03:00; off: never. Where several servers
    /// share a database, one is enough.
    #[arg(long, env = "HEADCOUNT_VERIFY_AT", default_value = "03:00")]
    verify_at: TimeOfDay,
    /// The owner's token; without it the stored one, or a new one that the first start prints.
    #[arg(long, env = "HEADCOUNT_OWNER_TOKEN", hide_env_values = true)]
    owner_token: Option<String>,
    /// What manage links are made with; without it a file beside the data file. Needed on PostgreSQL.
    #[arg(long, env = "HEADCOUNT_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// How people come to accounts.
#[derive(Args, Clone, Debug)]
pub(crate) struct AccountArgs {
    /// Whether anybody may make an account; else only who is invited. Left out: where mail can be sent, as nothing else shows
    /// that an address is theirs.
    #[arg(long, env = "HEADCOUNT_SELF_REGISTRATION", value_enum)]
    self_registration: Option<Switch>,
    /// Whether an account that somebody makes can be used only when a mail to its address was answered. Needs mail.
    #[arg(long, env = "HEADCOUNT_CONFIRM_EMAIL", value_enum, default_value_t = Switch::On)]
    confirm_email: Switch,
}

/// On or off.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Switch {
    On,
    Off,
}

/// How to send mail.
#[derive(Args, Clone, Debug)]
pub(crate) struct MailArgs {
    /// The mail server: smtp+starttls://USER:PASSWORD@HOST, smtps://USER:PASSWORD@HOST, or smtp://HOST (unencrypted);
    /// without it no mail is sent.
    #[arg(long, env = "HEADCOUNT_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    pub(crate) smtp_url: Option<SmtpUrl>,
    /// Whom mail comes from: "Name <address>".
    #[arg(long, env = "HEADCOUNT_MAIL_FROM")]
    pub(crate) mail_from: Option<MailFrom>,
}

/// How to try mail out.
#[derive(Args, Clone, Debug)]
pub struct MailTestArgs {
    #[command(flatten)]
    pub(crate) mail: MailArgs,
    /// To whom.
    #[arg(long)]
    pub(crate) to: String,
}

/// How to demonstrate.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct CommonArgs {
    /// Address and port to listen on.
    #[arg(long, env = "HEADCOUNT_LISTEN", default_value = "127.0.0.1:8080", value_parser = socket_address)]
    pub(crate) listen: SocketAddr,
    /// What all links begin with, for instance https://signup.example.org; without it the address listened on.
    #[arg(long, env = "HEADCOUNT_PUBLIC_URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// How long a request may wait for its turn before it is told to try again, in milliseconds.
    #[arg(long, env = "HEADCOUNT_WAIT_MS_MAX", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub(crate) wait_ms_max: u64,
    /// Limits against misuse, a minute: on, off, or those that are to be other than
    /// person=5,address=3000,logins=60,searches=100,token=6000 (0 or off: none). The first is sign-ups of a person for an
    /// event; then sign-ups, failed log-ins and searches from an address; sign-ups with a token.
    #[arg(long, env = "HEADCOUNT_RATE_LIMIT", default_value = "on")]
    pub(crate) rate_limit: Rates,
    /// The proxies that are believed when they say whom they speak for (X-Forwarded-For or Forwarded): addresses or
    /// networks, or none.
    #[arg(long, env = "HEADCOUNT_TRUSTED_PROXIES", default_value_t = TrustedProxies::default())]
    pub(crate) trusted_proxies: TrustedProxies,
    /// Websites that may ask from the browsers of their visitors what needs no login, such as `https://club.example`; * for
    /// all.
    #[arg(long, env = "HEADCOUNT_ALLOWED_ORIGINS")]
    pub(crate) allowed_origins: Option<AllowedOrigins>,
}

impl From<ServeArgs> for Options {
    fn from(args: ServeArgs) -> Options {
        Options {
            people: args.accounts.settings(&args.mail),
            owner_token: args.owner_token,
            webhooks: args.webhooks.into(),
            checks: CheckSettings { every: args.check_every.0, verify_at: args.verify_at.0 },
            secret: args.secret,
            new_secret: if args.new_secret { NewSecret::Accept } else { NewSecret::Refuse },
            connections: Connections { workers: args.pg_workers, readers: args.pg_readers },
            mail: args.mail.options(),
            ..args.common.options(args.database.database)
        }
    }
}

impl AccountArgs {
    fn settings(&self, mail: &MailArgs) -> Settings {
        let default = if mail.smtp_url.is_some() { Switch::On } else { Switch::Off };
        Settings {
            self_registration: self.self_registration.unwrap_or(default) == Switch::On,
            confirm_email: self.confirm_email == Switch::On,
            ..Options::default().people
        }
    }
}

impl CommonArgs {
    pub(crate) fn options(self, database: Database) -> Options {
        let CommonArgs { listen, public_url, wait_ms_max, rate_limit: rates, trusted_proxies, allowed_origins } = self;
        let allowed_origins = allowed_origins.unwrap_or(AllowedOrigins::NONE);
        let admission = Admission { rates, trusted_proxies, allowed_origins };
        Options { database, listen, public_url, wait_ms_max, admission, ..Options::default() }
    }
}

impl MailArgs {
    pub(crate) fn options(self) -> Option<MailOptions> {
        self.smtp_url.zip(self.mail_from).map(|(url, from)| MailOptions { url, from })
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let what_to_do =
        "write an IP address and a port, such as 127.0.0.1:8080, or 0.0.0.0:8080 to be reached from elsewhere";
    text.parse().map_err(|_| what_to_do.to_owned())
}

pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', ' ']) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("must begin with https:// or http:// and name a host, without ? or #".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn an_address_that_is_none_is_answered_with_one() {
        assert_eq!(socket_address("[::1]:80"), Ok("[::1]:80".parse().unwrap()));
        for wrong in ["", "8080", ":8080", "localhost:8080", "127.0.0.1"] {
            assert!(socket_address(wrong).is_err_and(|problem| problem.contains("127.0.0.1:8080")), "{wrong}");
        }
    }

    /// What `serve` would do with these options.
    fn served(options: &[&str]) -> Result<Admission, String> {
        let cli =
            Cli::try_parse_from([&["headcount", "serve"], options].concat()).map_err(|error| error.to_string())?;
        let Command::Serve(args) = cli.command else { panic!("it is to serve") };
        Ok(Options::from(*args).admission)
    }

    #[test]
    fn who_is_let_in_can_be_said() {
        let usual = served(&[]).unwrap();
        assert_eq!((usual.rates, usual.trusted_proxies), (Rates::default(), TrustedProxies::default()));
        assert_eq!(usual.allowed_origins, AllowedOrigins::NONE);
        let options = ["--rate-limit", "off", "--trusted-proxies", "none", "--allowed-origins", "*"];
        let said = served(&options).unwrap();
        assert_eq!((said.rates, said.trusted_proxies), (Rates::OFF, TrustedProxies::NONE));
        assert_eq!(said.allowed_origins, "*".parse().unwrap());
        for (option, wrong, problem) in [
            ("--rate-limit", "person=many", "person must be a number a minute"),
            ("--trusted-proxies", "proxy.example", "write addresses or networks"),
            ("--allowed-origins", "club.example", "such as https://club.example"),
        ] {
            let told = served(&[option, wrong]).unwrap_err();
            assert!(told.contains(problem) && told.contains(option), "{told}");
        }
    }

    #[test]
    fn a_public_url_has_a_host_and_no_slash_at_its_end() {
        assert_eq!(public_url("https://example.org/"), Ok("https://example.org".into()));
        assert_eq!(public_url("https://example.org/sign-up"), Ok("https://example.org/sign-up".into()));
        for wrong in ["", "example.org", "https://", "ftp://example.org", "https://example.org/?a"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
