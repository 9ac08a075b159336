//! The server that load test and benchmarks start as a process of its own. It prints where it listens and ends when its
//! input does, so that it never outlives the one who started it.

use std::io::{Read, Write};

use anyhow::Context;

use crate::cli::bench::ServerArgs;
use crate::cli::loadtest::throwaway::{Hello, POSTGRES_VARIABLE, SECRET_VARIABLE, TOKEN_VARIABLE};
use crate::cli::open_files;
use crate::http::{self, Admission, Rates};
use crate::server::{self, Options};
use crate::store::Database;
use crate::store::postgres::Address;

pub(super) async fn run(args: ServerArgs) -> anyhow::Result<()> {
    open_files::raise_limit();
    let usual = Options::default();
    let rates = if args.limited { Rates::default() } else { usual.admission.rates };
    let options = Options {
        admission: Admission { rates, ..usual.admission },
        database: database(&args)?,
        owner_token: std::env::var(TOKEN_VARIABLE).ok(),
        secret: std::env::var(SECRET_VARIABLE).ok(),
        ..usual
    };
    let routes = if args.stores_nothing { http::bench_router } else { http::router };
    let running = server::start_with(options, routes).await?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(&Hello { address: running.address })?)?;
    output.flush()?;
    drop(output);
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    running.stop().await;
    Ok(())
}

fn database(args: &ServerArgs) -> anyhow::Result<Database> {
    let Some(schema) = &args.schema else {
        return Ok(Database::Sqlite(args.database.clone().context("name a data file or a schema")?));
    };
    let url =
        std::env::var(POSTGRES_VARIABLE).with_context(|| format!("{POSTGRES_VARIABLE} must name a PostgreSQL"))?;
    Ok(Database::Postgres(Address::parse(&url).map_err(anyhow::Error::msg)?.in_schema(schema)))
}
