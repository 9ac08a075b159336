//! `headcount health`: whether the server on this machine answers. What a container that holds nothing else can ask it with.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use hyper::{Method, StatusCode};

use crate::client::{Address, Ask, Connection};

/// How long it may take.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Whom to ask.
#[derive(Args, Clone, Debug)]
pub struct HealthArgs {
    /// The address that it listens on.
    #[arg(long, env = "HEADCOUNT_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// Asks it.
///
/// # Errors
/// If it does not answer in time, or not that it runs.
pub async fn run(args: HealthArgs) -> anyhow::Result<ExitCode> {
    let asked = async {
        let mut connection = Connection::open(&Address::from(args.listen)).await?;
        connection.send(Ask::new(Method::GET, "/healthz")).await
    };
    let answer = tokio::time::timeout(ANSWER_MAX, asked).await.context("the server does not answer in time")??;
    ensure!(answer.status == StatusCode::OK, "the server answers {}", answer.status);
    super::print("ok")?;
    Ok(ExitCode::SUCCESS)
}
