//! Why a server was not reached, in words for whoever has to put it right. Never with a password.

use std::error::Error as _;
use std::io;

use rustls::CertificateError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::address::Address;

/// An attempt to connect that failed.
pub(super) struct Failure {
    /// Which server.
    pub(super) place: String,
    /// Why.
    pub(super) error: Error,
}

/// What was tried and why it failed, each once.
pub(super) fn failures(address: &Address, failures: &[Failure]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for one in failures {
        let text = failure(address, &one.place, &one.error);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join("; ")
}

/// Why connecting to `place` failed, and what to do.
pub(super) fn failure(address: &Address, place: &str, error: &Error) -> String {
    let what_to_do = match (error.as_db_error(), of_tls(error), of_system(error)) {
        (Some(error), _, _) => refused(address, error),
        (_, Some(error), _) => distrusted(error),
        (_, _, Some(error)) => unreached(address, error),
        _ => other(address, error),
    };
    format!("PostgreSQL at {place}, database {:?}: {what_to_do}", address.database())
}

/// Whether the same server may answer another way with TLS than without: it could not do TLS as we do it, or it has an
/// entry in pg_hba.conf for one of both only. A wrong password is wrong either way.
pub(super) fn may_depend_on_tls(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
        || of_tls(error).is_some()
        || error.to_string() == TLS_FAILED
}

/// An error with all its causes; the driver's own text leaves them out.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// How the driver names an error of TLS, which has no code.
const TLS_FAILED: &str = "error performing TLS handshake";

/// How the driver names its error for an attempt that took too long.
const TIMED_OUT: &str = "timeout waiting for server";

/// The server answered, and refused.
fn refused(address: &Address, error: &DbError) -> String {
    let user = address.user().map_or("the user of this process".into(), |user| format!("user {user:?}"));
    let database = address.database();
    let message = error.message();
    let what_to_do = match *error.code() {
        SqlState::INVALID_PASSWORD => {
            format!("check the name and the password of {user}, in --database or PGPASSWORD")
        }
        SqlState::INVALID_CATALOG_NAME => {
            format!("create it: createdb --encoding=UTF8 --template=template0 {database}")
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "raise max_connections (or the limit of the user or database), or lower --pg-workers and --pg-readers"
                .into()
        }
        SqlState::CANNOT_CONNECT_NOW => "wait a moment and try again".into(),
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION if message.contains("pg_hba.conf") => {
            format!("let {user} in with a line in pg_hba.conf, or use another sslmode if that says \"no encryption\"")
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => format!("check {user} and how it may log in"),
        SqlState::INSUFFICIENT_PRIVILEGE => format!("grant connect on database {database:?} to {user}"),
        SqlState::PROTOCOL_VIOLATION if message.contains("startup parameter") => {
            "a pooler stands between: leave it out, or name it in its ignore_startup_parameters".into()
        }
        _ => return message.to_owned(),
    };
    format!("{message}: {what_to_do}")
}

/// TLS did not come about.
fn distrusted(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(problem) = error else {
        return format!("TLS failed: {error}");
    };
    match problem {
        CertificateError::UnknownIssuer => {
            "the server's certificate is not trusted: name the file of the authority that signed it with sslrootcert="
                .into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
            "the server's certificate is for another host ({problem}): name the host as the certificate does \
             (as subject alternative name), or use sslmode=verify-ca"
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the server's certificate has expired ({problem}): renew it")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the server's certificate is not valid yet ({problem}): check the clocks of both machines")
        }
        problem => format!("the server's certificate cannot be trusted: {problem}"),
    }
}

/// No answer came.
fn unreached(address: &Address, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "refused: nothing listens there; start PostgreSQL, or check host, port and its listen_addresses".into()
        }
        io::ErrorKind::NotFound => "there is no such unix socket: start PostgreSQL, or check folder and port".into(),
        io::ErrorKind::TimedOut => no_answer(address),
        // How the driver says that target_session_attrs=read-write is not fulfilled.
        io::ErrorKind::PermissionDenied if error.get_ref().is_some() => {
            "it only reads (a replica, or default_transaction_read_only is on): name the primary".into()
        }
        io::ErrorKind::PermissionDenied => {
            format!("not permitted ({error}): check who may use the unix socket, or the firewall")
        }
        _ if error.to_string().contains("lookup") => format!("the host is unknown ({error}): check its name"),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            format!("the connection was closed without an answer ({error}): is it PostgreSQL that listens there?")
        }
        _ => error.to_string(),
    }
}

/// What the driver itself says.
fn other(address: &Address, error: &Error) -> String {
    let text = chain(error);
    if text.contains("password missing") {
        return "the server asks for a password: put it into --database behind the user's name, or into PGPASSWORD"
            .into();
    }
    if text.contains("server does not support TLS") {
        return "the server does no TLS, which sslmode asks for: set ssl = on there, or sslmode=disable if nobody can \
                listen between"
            .into();
    }
    if text == TIMED_OUT {
        return no_answer(address);
    }
    text
}

fn no_answer(address: &Address) -> String {
    let seconds = address.connect_timeout().as_secs();
    format!("no answer within {seconds} s: check host, port, firewall, and whether the server is overloaded or stopped")
}

fn of_tls(error: &Error) -> Option<&rustls::Error> {
    of_system(error)?.get_ref()?.downcast_ref()
}

fn of_system(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}
