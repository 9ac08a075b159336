//! Reading options that may hold a password: clap shows a value that it refuses, these do not.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use crate::mail::SmtpUrl;
use crate::store::Database;
use crate::store::postgres::Address;

/// Reads a value and, where it is refused, says why without showing it.
#[derive(Clone)]
pub struct Unshown<T>(PhantomData<T>);

impl<T> TypedValueParser for Unshown<T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, option: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let text = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned());
        text.and_then(str::parse).map_err(|problem| {
            let name = option.map_or(String::new(), |option| format!("{option}: "));
            Error::raw(ErrorKind::ValueValidation, format!("{name}{problem}\n")).with_cmd(command)
        })
    }
}

impl ValueParserFactory for Database {
    type Parser = Unshown<Database>;

    fn value_parser() -> Unshown<Database> {
        Unshown(PhantomData)
    }
}

impl ValueParserFactory for Address {
    type Parser = Unshown<Address>;

    fn value_parser() -> Unshown<Address> {
        Unshown(PhantomData)
    }
}

impl ValueParserFactory for SmtpUrl {
    type Parser = Unshown<SmtpUrl>;

    fn value_parser() -> Unshown<SmtpUrl> {
        Unshown(PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::config::Cli;

    #[test]
    fn a_password_in_a_wrong_address_is_not_shown() {
        let wrong = "postgres://me:hunter2@localhost:port/signup";
        for arguments in [
            &["serve", "--database", wrong] as &[&str],
            &["copy", "--from", "sqlite:a.db", "--to", wrong],
            &["bench", "strategies", "--database", wrong],
        ] {
            let error = Cli::try_parse_from([&["headcount"], arguments].concat()).err().unwrap().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains(arguments[arguments.len() - 2]) && error.contains("port"), "{error}");
        }
    }

    #[test]
    fn a_password_of_a_mail_server_is_not_shown() {
        for (wrong, problem) in [
            ("smtps://me:hunter2@localhost:port", "--smtp-url <SMTP_URL>: the port must be"),
            ("smtp://me:hunter2@mail.example.org", "unencrypted"),
            ("smtps://me:hunter2@localhost", "--mail-from"),
        ] {
            for command in ["serve", "mail-test"] {
                let arguments = ["headcount", command, "--to", "a@example.org", "--smtp-url", wrong];
                let arguments =
                    arguments.iter().enumerate().filter(|(at, _)| command == "mail-test" || ![2, 3].contains(at));
                let error = Cli::try_parse_from(arguments.map(|(_, one)| one)).err().unwrap().to_string();
                assert!(!error.contains("hunter2") && error.contains(problem), "{error}");
            }
        }
    }
}
