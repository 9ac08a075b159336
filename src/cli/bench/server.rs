//! The server that load test and benchmarks start as a process of its own. It prints where it listens and ends when its
//! input does, so that it never outlives the one who started it.

use std::io::{Read, Write};

use crate::cli::bench::ServerArgs;
use crate::cli::loadtest::throwaway::{Hello, TOKEN_VARIABLE};
use crate::cli::open_files;
use crate::http;
use crate::server::{self, Options};

pub(super) async fn run(args: ServerArgs) -> anyhow::Result<()> {
    open_files::raise_limit();
    let mut options = Options::local(args.database);
    options.owner_token = std::env::var(TOKEN_VARIABLE).ok();
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
