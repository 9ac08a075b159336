//! `headcount demo`: a server with example events on a throw-away data file.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use hyper::Method;
use serde_json::{Value, json};

use super::serve::{Signals, until_stopped};
use super::{open_files, say};
use crate::client::{Address, Ask, Connection};
use crate::config::DemoArgs;
use crate::server;
use crate::store::Database;

/// Runs it until it is told to stop; then everything is thrown away.
///
/// # Errors
/// If it cannot start.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    open_files::raise_limit();
    let folder = tempfile::tempdir().context("cannot make a folder for the throw-away data file")?;
    let running = server::start(args.common.options(Database::Sqlite(folder.path().join("demo.db")))).await?;
    let token = running.new_owner_token.clone().context("a new data file has a new owner token")?;
    let address = Address::from(running.address);
    let events = make_examples(&address, &token).await?;
    say(&how_to(&address, &token, &events));
    if let Some(link) = &running.setup_link {
        say(&format!("\nTo log in as a person, make the first account: {link}"));
    }
    until_stopped(running, Signals::catch()?).await
}

/// An example event: its title and slug.
struct Example {
    title: String,
    slug: String,
}

async fn make_examples(address: &Address, token: &str) -> anyhow::Result<Vec<Example>> {
    let mut connection = Connection::open(address).await?;
    let mut examples = Vec::new();
    for event in examples_as_json() {
        let ask = Ask::new(Method::POST, &address.target("/api/v1/events")).json(event.to_string()).token(token);
        let answer = connection.send(ask).await?;
        let made: Value = answer.json()?;
        ensure!(answer.status.is_success(), "an example event was refused: {made}");
        let text = |field: &str| made[field].as_str().unwrap_or_default().to_owned();
        examples.push(Example { title: text("title"), slug: text("slug") });
    }
    Ok(examples)
}

fn examples_as_json() -> [Value; 3] {
    [
        json!({
            "title": "Example: community dinner", "slug": "dinner", "status": "published",
            "description": "Two kinds of helpers; who comes too late waits in line.",
            "roles": [{"name": "Server", "capacity": 10}, {"name": "Cook", "capacity": 4}]
        }),
        json!({
            "title": "Example: workshop with parties", "slug": "workshop", "status": "published", "capacity": 30,
            "description": "Come as a party of up to 4; small parties may fill the gaps.", "max_spots": 4,
            "waitlist": {"policy": "fill_gaps"},
            "roles": [{"name": "Morning", "capacity": 20}, {"name": "Afternoon", "capacity": 20}]
        }),
        json!({
            "title": "Example: ten places, no waitlist", "slug": "ten-places", "status": "published",
            "waitlist": {"policy": "off"}, "roles": [{"name": "Visitor", "capacity": 10}]
        }),
    ]
}

fn how_to(address: &Address, token: &str, events: &[Example]) -> String {
    let mut list = String::new();
    for Example { title, slug } in events {
        list += &format!("  {title:<36} {address}/api/v1/events/{slug}\n");
    }
    format!(
        r#"headcount demo, on a data file that is thrown away at the end (Ctrl-C)

{list}
Press the button, from a second terminal:

  curl -s {address}/api/v1/events/ten-places/registrations --json \
    '{{"name": "Ann Example", "email": "ann@example.org"}}'

Or let 1,000 people press it in the same second, for 10 places:

  cargo run --release -- loadtest --url {address} --token {token} \
    --role Server --capacity 10 --requests 1000

Owner token, for everything an organizer does: {token}"#
    )
}
