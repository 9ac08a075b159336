//! What a server must be like before headcount decides on it, and what is better put right.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

use super::Connections;
use super::address::Address;
use super::connect::open;
use super::explain;

/// PostgreSQL 13, as `server_version_num` says it.
const VERSION_MIN: u32 = 130_000;
/// How long one step of the checks may take. A pooler keeps a client waiting for minutes.
const STEP: Duration = Duration::from_secs(2);
/// Connections that a server has beside: one to hear of other servers, one while it checks what is stored.
const BESIDE: u32 = 2;
/// How often two connections are compared; see [`look_for_pooler`].
const ROUNDS: usize = 6;

/// Connects and looks at the server: it must be able to keep what headcount needs. Gives warnings, each of which says
/// what may be lost and what to set.
///
/// # Errors
/// A text that says what to do. After some ten seconds at the latest, plus `connect_timeout` for each server.
pub async fn probe(address: &Address) -> Result<Vec<String>, String> {
    let client = open(address, "check").await?;
    check_server(&client, address).await
}

/// As [`probe`], for a server that wants so many connections.
pub(super) async fn probe_for(address: &Address, connections: Connections) -> Result<Vec<String>, String> {
    let client = open(address, "check").await?;
    let mut warnings = check_server(&client, address).await?;
    let wanted = u32::from(connections.workers) + u32::from(connections.readers) + BESIDE;
    let row = row(&client, ROOM).await?;
    // A number that cannot be read is no reason not to start.
    let there_are = row.get(0).and_then(|number| number.parse().ok()).unwrap_or(u32::MAX);
    if wanted > there_are {
        warnings.push(format!(
            "--pg-workers {}, --pg-readers {} and {BESIDE} more want {wanted} connections, but PostgreSQL has {there_are} \
             for everybody together: raise max_connections, or lower them",
            connections.workers, connections.readers
        ));
    }
    Ok(warnings)
}

/// As [`probe`], on a connection that is there. It must be in no transaction, and is in none afterwards unless there was
/// an error.
pub(super) async fn check_server(client: &Client, address: &Address) -> Result<Vec<String>, String> {
    let warnings = look_at_settings(client).await?;
    look_for_pooler(client, address).await?;
    Ok(warnings)
}

/// Whether the database is one of a Citus cluster. Looked at when a server starts: tables are distributed while none runs.
pub(super) async fn has_citus(address: &Address) -> Result<bool, String> {
    let client = open(address, "check").await?;
    let row = row(&client, "select exists (select from pg_extension where extname = 'citus')").await?;
    Ok(row.get(0) == Some("t"))
}

const ROOM: &str = "select current_setting('max_connections')::int \
     - current_setting('superuser_reserved_connections')::int";

const SETTINGS: &str = "select current_setting('server_version_num'), current_setting('server_version'), \
     current_setting('server_encoding'), pg_is_in_recovery(), current_setting('transaction_read_only'), \
     current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";

async fn look_at_settings(client: &Client) -> Result<Vec<String>, String> {
    let row = row(client, SETTINGS).await?;
    let value = |index| row.get(index).unwrap_or_default();
    if value(0).parse::<u32>().unwrap_or_default() < VERSION_MIN {
        return Err(format!("this is PostgreSQL {}: headcount needs 13 or newer", value(1)));
    }
    if value(2) != "UTF8" {
        let found = value(2);
        return Err(format!(
            "the database has the encoding {found}: create one with createdb --encoding=UTF8 --template=template0"
        ));
    }
    if value(3) != "f" {
        return Err("this is a replica, which cannot be written: name the primary".into());
    }
    if value(4) != "off" {
        return Err(
            "nothing can be written: set default_transaction_read_only to off for this user and database".into()
        );
    }
    let dangers = [
        (5, "fsync is off: a crash of the machine can lose or destroy everything"),
        (6, "full_page_writes is off: a crash of the machine can damage tables beyond repair"),
        (7, "synchronous_commit is off: a crash can lose sign-ups that were already confirmed"),
    ];
    let found = dangers.into_iter().filter(|(index, _)| value(*index) == "off");
    Ok(found.map(|(_, danger)| format!("{danger}; set it to on")).collect())
}

/// Finds a pooler that gives a server connection to another client after each transaction and knows nothing of prepared
/// statements, on which every batch rests.
///
/// A second client prepares a statement that says which server connection it runs on. While the first client keeps a
/// server connection in a transaction, the second runs its statement. Without a pooler, or with one that keeps a server
/// connection per client, it always runs where it was prepared. With a pooler for transactions it must run elsewhere as
/// soon as the first client happens to hold that very connection: mostly at once, because poolers hand out the
/// connection used last, and else within a few rounds.
async fn look_for_pooler(first: &Client, address: &Address) -> Result<(), String> {
    let second = open(address, "check").await.map_err(|error| no_room(&error))?;
    let statement = bounded(second.prepare("select pg_backend_pid()")).await?;
    let own = bounded(second.query_one(&statement, &[])).await?.get::<_, i32>(0).to_string();
    for _ in 0..ROUNDS {
        let held = row(first, "begin; select pg_backend_pid()").await?;
        let elsewhere = bounded(second.query_one(&statement, &[])).await?.get::<_, i32>(0).to_string();
        bounded(first.batch_execute("rollback")).await?;
        if held.get(0) == Some(own.as_str()) || elsewhere != own {
            tracing::debug!("a pooler that keeps prepared statements stands before PostgreSQL");
            break;
        }
    }
    Ok(())
}

const NO_STATEMENTS: &str = "PgBouncer (or another pooler) in transaction mode stands between and does not keep \
     prepared statements: use PgBouncer 1.21 or newer with max_prepared_statements > 0, or pool_mode = session, or \
     connect directly";

/// Why two connections at once are too many; `problem` is what was seen.
fn no_room(problem: &str) -> String {
    format!(
        "one connection was served and a second one beside it was not ({problem}): if a pooler (such as PgBouncer) \
         stands between, its pool is too small, give it (default_pool_size) at least one server connection for each of \
         --pg-workers and --pg-readers and two more"
    )
}

/// The first row of an answer; in the simple protocol, which poolers of every kind understand.
async fn row(client: &Client, query: &str) -> Result<SimpleQueryRow, String> {
    let answers = bounded(client.simple_query(query)).await?;
    let row = answers.into_iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.ok_or_else(|| "PostgreSQL gave no answer to a question about itself".into())
}

async fn bounded<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match timeout(STEP, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if is_of_pooler(&error) => Err(NO_STATEMENTS.into()),
        Ok(Err(error)) => Err(format!("PostgreSQL could not be checked: {}", explain::chain(&error))),
        Err(_) => Err(no_room(&format!("no answer within {} s", STEP.as_secs()))),
    }
}

/// The statement is not there where it should be, or another client's of the same name is.
fn is_of_pooler(error: &Error) -> bool {
    let code = error.code();
    [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT, SqlState::PROTOCOL_VIOLATION]
        .iter()
        .any(|one| code == Some(one))
}
