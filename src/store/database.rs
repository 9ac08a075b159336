//! Which database, as it is named on the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::postgres::Address;

/// A database by its name: `sqlite:PATH` or `postgres://…`.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file.
    Sqlite(PathBuf),
    /// A PostgreSQL.
    Postgres(Address),
}

impl FromStr for Database {
    type Err = String;

    /// # Errors
    /// What is wrong with the name, and how to write it.
    fn from_str(text: &str) -> Result<Database, String> {
        match text.split_once(':') {
            Some(("sqlite", "")) => Err("names no file: write sqlite:PATH".into()),
            Some(("sqlite", path)) => Ok(Database::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Address::parse(text).map(Database::Postgres),
            _ => Err("write sqlite:PATH for a data file, or postgres://USER:PASSWORD@HOST/DATABASE".into()),
        }
    }
}

/// As it was written, but for passwords.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Database::Postgres(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_server() {
        assert!(matches!("sqlite:a/b.db".parse(), Ok(Database::Sqlite(path)) if path.ends_with("a/b.db")));
        assert!(matches!("postgres://me@localhost/signup".parse(), Ok(Database::Postgres(_))));
        for wrong in ["", "a.db", "sqlite:", "postgres:", "mysql://me@localhost/signup"] {
            assert!(wrong.parse::<Database>().is_err(), "{wrong}");
        }
    }
}
