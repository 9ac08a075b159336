//! `headcount demo`: a server with example events on a throw-away data file.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use hyper::Method;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::serve::{Signals, until_stopped};
use super::{open_files, say};
use crate::client::{Address, Ask, Connection};
use crate::clock;
use crate::config::DemoArgs;
use crate::server;
use crate::store::Database;

/// How soon the sign-up opens of which that is to be seen.
const OPENS_IN: SignedDuration = SignedDuration::from_mins(2);
/// With what one logs in to look at the organizer's pages.
const EMAIL: &str = "organizer@example.org";
const PASSWORD: &str = "only for trying out";

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
    if let Some(link) = &running.setup_link {
        make_account(&address, link).await?;
    }
    say(&how_to(&address, &token, &events));
    until_stopped(running, Signals::catch()?).await
}

/// Makes the account of an organizer, by the link that is there for the first one.
async fn make_account(address: &Address, link: &str) -> anyhow::Result<()> {
    let link = link.rsplit('/').next().unwrap_or_default();
    let account = json!({"name": "Example Organizer", "email": EMAIL, "password": PASSWORD});
    let ask = Ask::new(Method::POST, &address.target(&format!("/api/v1/links/{link}"))).json(account.to_string());
    let answer = Connection::open(address).await?.send(ask).await?;
    ensure!(answer.status.is_success(), "the account of the example was refused: {}", answer.status);
    Ok(())
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

/// Three events of the next weeks, and one whose sign-up opens while one looks at it.
fn examples_as_json() -> [Value; 4] {
    let zone = TimeZone::system();
    let timezone = zone.iana_name().unwrap_or("UTC").to_owned();
    let now = Timestamp::from_millisecond(clock::now().0).unwrap_or_default().to_zoned(zone);
    let on = |days: i64, hour: i8| {
        let day = now.date().saturating_add(days.days());
        day.at(hour, 0, 0, 0).to_zoned(now.time_zone().clone()).map_or_else(|_| now.timestamp(), |at| at.timestamp())
    };
    let (place, contact) = ("Example hall, 1 Example Street", "organizer@example.org");
    [
        json!({
            "title": "Example: ten places, no waitlist", "slug": "ten-places", "status": "published",
            "description": "Ten places. Whoever comes eleventh is told so.",
            "starts_at": on(3, 20).to_string(), "timezone": timezone, "location": place, "contact": contact,
            "waitlist": {"policy": "off"}, "roles": [{"name": "Visitor", "capacity": 10}]
        }),
        json!({
            "title": "Example: community dinner", "slug": "dinner", "status": "published",
            "description": "Two kinds of helpers; who comes too late **waits in line**.",
            "starts_at": on(7, 18).to_string(), "ends_at": on(7, 22).to_string(), "timezone": timezone,
            "location": place, "contact": contact,
            "roles": [{"name": "Server", "capacity": 10}, {"name": "Cook", "capacity": 4, "min_needed": 2}]
        }),
        json!({
            "title": "Example: workshop with parties", "slug": "workshop", "status": "published", "capacity": 30,
            "description": "Come as a party of up to 4; small parties may fill the gaps.", "max_spots": 4,
            "starts_at": on(14, 9).to_string(), "ends_at": on(14, 17).to_string(), "timezone": timezone,
            "location": place, "contact": contact, "waitlist": {"policy": "fill_gaps"}, "self_move": true,
            "roles": [{"name": "Morning", "capacity": 20}, {"name": "Afternoon", "capacity": 20}]
        }),
        json!({
            "title": "Example: opens in two minutes", "slug": "opens-soon", "status": "published",
            "description": "Fill in the form now; the button works at the second.",
            "opens_at": now.timestamp().saturating_add(OPENS_IN).unwrap_or_default().to_string(),
            "starts_at": on(21, 19).to_string(), "timezone": timezone, "location": place, "contact": contact,
            "roles": [{"name": "Guest", "capacity": 20}]
        }),
    ]
}

fn how_to(address: &Address, token: &str, events: &[Example]) -> String {
    let mut list = String::new();
    for Example { title, slug } in events {
        list += &format!("  {title:<36} {address}/e/{slug}\n");
    }
    format!(
        r#"headcount demo, on a data file that is thrown away at the end (Ctrl-C)

Look at the pages:

  All events                           {address}/
{list}
Log in as the organizer: {address}/login
  e-mail {EMAIL}, password {PASSWORD:?}

Press the button, from a second terminal:

  curl -s {address}/api/v1/events/ten-places/registrations --json \
    '{{"name": "Ann Example", "email": "ann@example.org"}}'

Or let 1,000 people press it in the same second, for 10 places:

  cargo run --release -- loadtest --url {address} --token {token} \
    --role Server --capacity 10 --requests 1000

Owner token, for programs that do what an organizer does: {token}"#
    )
}
