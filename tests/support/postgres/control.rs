//! Questions to the server beside the ones that are tested.

use std::path::Path;
use std::thread;

use tokio::runtime;
use tokio::time::timeout;
use tokio_postgres::{Config, Error, NoTls, SimpleQueryMessage};

use super::{PATIENCE, Rows};

/// Runs statements as `postgres` on a new connection through the unix socket in `folder`.
///
/// On a thread of its own, because the caller may stand inside a runtime, where another one must not be waited for.
pub(super) fn query(folder: &Path, port: u16, database: &str, sql: &str) -> Result<Rows, Error> {
    let mut config = Config::new();
    config.host_path(folder).port(port).user("postgres").dbname(database).application_name("control of the test");
    let ask = || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = timeout(PATIENCE, ask(&config, sql)).await;
            answer.unwrap_or_else(|_| panic!("no answer from the PostgreSQL on port {port} to: {sql}"))
        })
    };
    thread::scope(|scope| scope.spawn(ask).join().expect("the control thread ends well"))
}

async fn ask(config: &Config, sql: &str) -> Result<Rows, Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(sql).await?;
    drop(client);
    // The server closes last, so that its backend is gone from what the next question counts.
    let _ = connection.await;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()),
        _ => None,
    });
    Ok(rows.collect())
}
