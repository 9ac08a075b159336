//! `headcount bench logins`: whether a flood of wrong log-ins slows those who sign up.
//!
//! Sign-ups come at a steady rate, and each latency counts from the moment when it was due. A password takes a whole core
//! for a while, so this is about how little of the machine the server gives to passwords.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use hyper::Method;
use serde_json::json;

use super::LoginsArgs;
use super::figures::{Figure, Figures, Goal, Quantity, median};
use super::site::{Door, HUGE, Keys, Site};
use crate::cli::loadtest::drive::{Load, Outcome, Sample, drive, tally};
use crate::cli::loadtest::latency::Latencies;
use crate::cli::loadtest::plan::Pace;
use crate::cli::open_files;
use crate::client::Ask;

/// Wrong log-ins a second.
const LOGINS_PER_SECOND: u32 = 200;
/// Sign-ups a second.
const SIGN_UPS_PER_SECOND: u32 = 100;
/// Accounts whose addresses are tried, beside addresses of nobody.
const ACCOUNTS: u32 = 20;
/// The flood goes on for so long before the measurement, so that connections stand and the queue for passwords is full.
const WARM_UP: Duration = Duration::from_secs(1);
/// Connections that may be needed when answers are slow.
const CONNECTIONS_MAX: u64 = 2_000;

/// The first address of those who sign up, and of those who log in: as from behind a proxy, so that not all of them count
/// as one.
const SIGN_UPS_FROM: u32 = 0x0a00_0000;
const LOGINS_FROM: u32 = 0x0b00_0000;

/// What an answer to a wrong log-in may be.
const LOGIN_ANSWERS: [&str; 3] = ["wrong_login", "busy", "rate_limited"];

/// Where the wrong log-ins come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flood {
    /// There are none.
    None,
    /// Each from another address, so that no limit stops them.
    ManyAddresses,
    /// All from one, which is soon refused before its passwords are looked at.
    OneAddress,
}

/// What was measured of one side.
#[derive(Default)]
struct Side {
    /// 99 of 100 sign-ups of each round were answered within so many milliseconds.
    p99: Vec<f64>,
    /// What the log-ins were answered.
    logins: BTreeMap<String, u64>,
}

pub(super) async fn run(args: LoginsArgs) -> anyhow::Result<ExitCode> {
    let LoginsArgs { rounds, duration, common } = args;
    let rounds = rounds.unwrap_or(if common.quick { 1 } else { 5 });
    let duration = duration.unwrap_or(Duration::from_secs(if common.quick { 2 } else { 20 }));
    open_files::make_room_for(CONNECTIONS_MAX).map_err(anyhow::Error::msg)?;
    let site = Site::start_limited(&common).await?;
    let door = site.open_event(HUGE).await?;
    make_accounts(&site).await?;
    let floods = [Flood::None, Flood::ManyAddresses, Flood::OneAddress];
    let mut sides = [Side::default(), Side::default(), Side::default()];
    for _ in 0..rounds {
        for (flood, side) in floods.into_iter().zip(&mut sides) {
            side.measure(&site, &door, flood, duration).await?;
        }
    }
    let method = format!(
        "Medians of {rounds} rounds. {SIGN_UPS_PER_SECOND} sign-ups a second for {duration:?}, each from the moment when it \
         was due; beside them {LOGINS_PER_SECOND} wrong log-ins a second, half of them for addresses that have an account. \
         From many addresses: each from another, so that only the queue for passwords holds them up. From one: the limit of \
         failed log-ins stops them."
    );
    let mut figures = Figures::new("logins", method, common.quick);
    let [quiet, many, one] = &sides;
    figures.add(Figure::new("a sign-up while it is quiet, p99", Quantity::new(median(quiet.p99.clone()), "ms")));
    many.tell("many addresses", quiet, &mut figures);
    one.tell("one address", quiet, &mut figures);
    figures.print(common.json)
}

impl Side {
    /// One round.
    async fn measure(&mut self, site: &Site, door: &Door, flood: Flood, duration: Duration) -> anyhow::Result<()> {
        let sign_ups = async {
            tokio::time::sleep(WARM_UP).await;
            drive(load(site, sign_ups(door, count(SIGN_UPS_PER_SECOND, duration))), pace(SIGN_UPS_PER_SECOND)).await.0
        };
        let logins = count(LOGINS_PER_SECOND, WARM_UP + duration);
        let logins = drive(load(site, wrong_logins(site, flood, logins)), pace(LOGINS_PER_SECOND));
        let (sign_ups, (logins, _)) = tokio::join!(sign_ups, logins);
        let wrong = sign_ups.iter().find(|sample| !matches!(sample.outcome, Outcome::Confirmed(_)));
        ensure!(wrong.is_none(), "a sign-up was answered {:?}", wrong.map(|sample| &sample.outcome));
        let mut latencies = Latencies::new();
        sign_ups.iter().for_each(|sample| latencies.record(sample.latency));
        self.p99.push(latencies.figures().p99);
        for (answer, count) in tally(logins.iter().map(answer)) {
            ensure!(LOGIN_ANSWERS.contains(&answer.as_str()), "a wrong log-in was answered {answer}");
            *self.logins.entry(answer).or_default() += count;
        }
        Ok(())
    }

    /// What it came to, beside what it is while there are no log-ins.
    fn tell(&self, from: &str, quiet: &Side, figures: &mut Figures) {
        let ratios = self.p99.iter().zip(&quiet.p99).map(|(flooded, quiet)| flooded / quiet).collect();
        let against = Quantity::new(median(quiet.p99.clone()), "ms").of("quiet");
        let p99 = Quantity::new(median(self.p99.clone()), "ms");
        let what = format!("a sign-up while log-ins come from {from}, p99");
        figures.add(Figure::new(what, p99).against(against, median(ratios)).goal(Goal::Below(2.0)));
        let all: u64 = self.logins.values().sum();
        for answer in LOGIN_ANSWERS {
            let share = share(self.logins.get(answer).copied().unwrap_or(0), all);
            figures.add(Figure::new(format!("log-ins from {from}: {answer}"), Quantity::new(share, "%")));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(part: u64, all: u64) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

fn answer(sample: &Sample) -> &str {
    match &sample.outcome {
        Outcome::Refused(code) => code,
        Outcome::Unanswered(reason) => reason,
        Outcome::Confirmed(_) | Outcome::Waitlisted(_) => "in",
    }
}

/// How many come in this time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of 200 a second is far below 2^32")]
fn count(per_second: u32, duration: Duration) -> u32 {
    (f64::from(per_second) * duration.as_secs_f64()).ceil() as u32
}

fn pace(per_second: u32) -> Pace {
    Pace::Rate(per_second.into())
}

fn load(site: &Site, asks: Vec<Ask>) -> Load {
    Load { addresses: vec![site.address()], asks, on_step: Box::new(|_| {}) }
}

fn sign_ups(door: &Door, count: u32) -> Vec<Ask> {
    let make = door.sign_ups(Keys::Without);
    let from = |number: u32| Ipv4Addr::from_bits(SIGN_UPS_FROM + number).into();
    (0..count).map(|number| make(number.into()).forwarded_for(from(number))).collect()
}

fn wrong_logins(site: &Site, flood: Flood, count: u32) -> Vec<Ask> {
    let ask = Ask::new(Method::POST, &site.address().target("/api/v1/sessions"));
    let login = |number: u32| {
        // Every second one is for an address that has an account.
        let email = if number.is_multiple_of(2) {
            email(number / 2 % ACCOUNTS)
        } else {
            format!("nobody-{number}@example.org")
        };
        let from = if flood == Flood::OneAddress { LOGINS_FROM } else { LOGINS_FROM + 1 + number };
        let body = json!({ "email": email, "password": format!("wrong password {number}") });
        ask.clone().json(body.to_string()).forwarded_for(Ipv4Addr::from_bits(from).into())
    };
    let count = if flood == Flood::None { 0 } else { count };
    (0..count).map(login).collect()
}

fn email(account: u32) -> String {
    format!("account-{account}@example.org")
}

/// Accounts with passwords, made as people make them.
async fn make_accounts(site: &Site) -> anyhow::Result<()> {
    for account in 0..ACCOUNTS {
        let body =
            json!({ "name": format!("Account {account}"), "email": email(account), "password": "the right password" });
        site.api().tell("/accounts", &body).await?;
    }
    Ok(())
}
