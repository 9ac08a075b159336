//! Getting to the server: every host, every address of its name, and what `sslmode` allows, one after the other, each
//! for a bounded time.

use std::future::poll_fn;
use std::net::IpAddr;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Error, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Endpoint};
use super::explain::{self, Failure};
use crate::store::StoreError;

/// How much may wait that was heard and not looked at yet.
const HEARD_MAX: usize = 10_000;

type Connection = tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Connects; the connection is kept going on the runtime that this is called on, and ends at once when the client is
/// dropped, whatever was still under way.
/// `purpose` is one word, for the server's `application_name`.
///
/// # Errors
/// [`StoreError::Unavailable`], with a text that says for each server what was wrong and what to do. After
/// `connect_timeout` for each of their addresses at the latest.
pub(crate) async fn connect(address: &Address, purpose: &str) -> Result<ClientWrapper, StoreError> {
    open(address, purpose).await.map_err(StoreError::Unavailable)
}

/// As [`connect`], with the text alone.
pub(super) async fn open(address: &Address, purpose: &str) -> Result<ClientWrapper, String> {
    let reached = reach_and_drive(address, purpose).await;
    let (client, driver) = reached.map_err(|failures| explain::failures(address, &failures))?;
    Ok(ClientWrapper::new(client, driver))
}

/// As [`connect`], with all that went wrong, at least one failure, and with what keeps the connection going.
pub(super) async fn reach_and_drive(
    address: &Address,
    purpose: &str,
) -> Result<(Client, JoinHandle<()>), Vec<Failure>> {
    let (client, connection) = reach(address, purpose).await?;
    Ok((client, keep_going(connection, purpose)))
}

/// What another connection to the database said.
pub(super) struct Heard {
    /// The process in the server that serves that connection.
    pub(super) process: i32,
    /// What it said.
    pub(super) text: String,
}

/// As [`connect`], on a connection that also hears what others notify it of. What comes while [`HEARD_MAX`] wait is lost.
pub(super) async fn connect_to_hear(
    address: &Address,
    purpose: &'static str,
) -> Result<(ClientWrapper, mpsc::Receiver<Heard>), StoreError> {
    let reached = reach(address, purpose).await;
    let (client, mut connection) =
        reached.map_err(|failures| StoreError::Unavailable(explain::failures(address, &failures)))?;
    let (sender, heard) = mpsc::channel(HEARD_MAX);
    let driver = tokio::spawn(async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(said))) => {
                    let _lost_if_full =
                        sender.try_send(Heard { process: said.process_id(), text: said.payload().into() });
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    return tracing::debug!(
                        purpose,
                        error = explain::chain(&error),
                        "a connection to PostgreSQL broke"
                    );
                }
                None => return tracing::debug!(purpose, "a connection to PostgreSQL was closed"),
            }
        }
    });
    Ok((ClientWrapper::new(client, driver), heard))
}

/// Drives a connection until it ends.
fn keep_going(connection: Connection, purpose: &str) -> JoinHandle<()> {
    let purpose = purpose.to_owned();
    tokio::spawn(async move {
        match connection.await {
            Ok(()) => tracing::debug!(purpose, "a connection to PostgreSQL was closed"),
            Err(error) => tracing::debug!(purpose, error = explain::chain(&error), "a connection to PostgreSQL broke"),
        }
    })
}

/// Tries everything that the address names until something answers and is fit; else gives what went wrong, at least one.
async fn reach(address: &Address, purpose: &str) -> Result<(Client, Connection), Vec<Failure>> {
    let mut failures = Vec::new();
    for endpoint in address.endpoints() {
        for ip in look_up(endpoint, address.connect_timeout()).await {
            let config = address.config(endpoint, ip, purpose);
            match attempt(address, endpoint, config).await {
                Ok(reached) => return Ok(reached),
                Err(errors) => {
                    failures.extend(errors.into_iter().map(|error| Failure { place: endpoint.to_string(), error }));
                }
            }
        }
    }
    Err(failures)
}

/// Tries one server, with and without TLS as far as the address allows both.
async fn attempt(
    address: &Address,
    endpoint: &Endpoint,
    mut config: Config,
) -> Result<(Client, Connection), Vec<Error>> {
    let mut errors = Vec::new();
    for mode in address.tls().attempts(&endpoint.host) {
        config.ssl_mode(*mode);
        let connected = timeout(address.connect_timeout(), config.connect(address.tls().connector())).await;
        // The driver's own limit ends with the TCP handshake, which the system completes even for a server that is
        // stopped. Its error for the rest is the one that its blocking variant makes.
        match connected.unwrap_or_else(|_| Err(Error::__private_api_timeout())) {
            Ok(reached) => return Ok(reached),
            Err(error) => {
                let is_final = !explain::may_depend_on_tls(&error);
                errors.push(error);
                if is_final {
                    break;
                }
            }
        }
    }
    Err(errors)
}

/// The addresses of a host's name, each to be tried on its own, so that one that does not answer costs its own time
/// only. Where there are none, one attempt by name, whose error will say why.
async fn look_up(endpoint: &Endpoint, limit: Duration) -> Vec<Option<IpAddr>> {
    let Host::Tcp(name) = &endpoint.host else { return vec![None] };
    match timeout(limit, tokio::net::lookup_host((name.as_str(), endpoint.port))).await {
        Ok(Ok(found)) => found.map(|address| Some(address.ip())).collect(),
        _ => vec![None],
    }
}
