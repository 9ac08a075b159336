//! `headcount loadtest`: presses the button for many people at once, and checks against the server itself that nobody got
//! in too many and nobody was turned away who fitted.
//!
//! Reading order: [`plan`] (what is asked), `target` (of which servers), `people` and `users` (who asks), `drive` (pressing
//! the button), `api` (reading a server), `checks` (the judgement, pure), `report`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use uuid::Uuid;

use super::serve::Signals;
use super::{open_files, print};
use crate::client::Ask;
use crate::clock;
use crate::store::postgres::{Address, OwnSchema};
use crate::verify::grouped;

pub mod plan;

pub(crate) mod api;
mod checks;
pub(crate) mod drive;
pub(crate) mod latency;
pub(crate) mod people;
mod progress;
mod report;
mod target;
pub(crate) mod throwaway;
mod users;
mod verified;

pub use plan::LoadtestArgs;

use api::EventShown;
use checks::Wish;
use drive::{Load, Sample};
use people::Person;
use plan::{Afterwards, Pace, Plan, Who};
use progress::Progress;
use report::Report;
use target::Target;
use users::Users;

/// Usage errors, as everywhere in headcount.
const USAGE: u8 = 2;
/// What the names of schemas for throw-away servers begin with.
const SCHEMA: &str = "headcount_loadtest";

/// The id and the name of a role that people choose.
type Role = (Uuid, String);

/// What is sent once, and what it asks for.
struct Press {
    ask: Ask,
    wish: Wish,
}

/// Runs the load test and prints what it found.
///
/// # Errors
/// If the server cannot be started, reached or read.
pub async fn run(args: LoadtestArgs) -> anyhow::Result<ExitCode> {
    let plan = match Plan::from_args(&args).and_then(|plan| enough_room_for(&plan).map(|()| plan)) {
        Ok(plan) => plan,
        Err(problem) => {
            anstream::eprintln!("error: {problem}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut signals = Signals::catch()?;
    let schema = own_schema(&args).await?;
    let report = tokio::select! {
        report = test(&args, &plan, schema.as_ref()) => report,
        // Whatever was started is stopped, and its data file removed, when the test is dropped.
        () = signals.caught() => Err(anyhow::anyhow!("interrupted")),
    };
    if let Some(schema) = schema {
        schema.remove().await?;
    }
    let report = report?;
    if args.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        print(report.text().trim_end_matches('\n'))?;
    }
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A place for throw-away servers in the PostgreSQL that is named, if one is.
async fn own_schema(args: &LoadtestArgs) -> anyhow::Result<Option<OwnSchema>> {
    let Some(url) = &args.database else { return Ok(None) };
    let address = Address::parse(url).map_err(anyhow::Error::msg)?;
    let schema = OwnSchema::make(&address, SCHEMA).await?;
    for warning in &schema.warnings {
        anstream::eprintln!("WARNING: {warning}");
    }
    Ok(Some(schema))
}

async fn test(args: &LoadtestArgs, plan: &Plan, schema: Option<&OwnSchema>) -> anyhow::Result<Report> {
    let target = Target::of(args, schema).await?;
    let event = match &plan.event {
        Some(new) => target.api().create_event("Load test", new).await?,
        None => target.api().event(args.event.as_deref().unwrap_or_default()).await?,
    };
    let roles = roles(&event, plan)?;
    let run: String = clock::random::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
    let people = people::invent(plan.people, roles.len(), &plan.spots, &run, &mut people::Random::new());
    let Who::Users { roles_each, afterwards } = plan.who else {
        return pressed(args, plan, &target, &event, &roles, guests(&target, &event, &roles, people)).await;
    };
    may_have(&event, &roles, roles_each)?;
    let mut users = Users::on(target.api());
    let report = async {
        users.make(&people).await?;
        let presses = users.presses(&event, &roles, &people, roles_each);
        pressed(args, plan, &target, &event, &roles, presses).await
    };
    let report = report.await;
    let ended = match afterwards {
        Afterwards::End => users.end().await,
        Afterwards::Keep => Ok(()),
    };
    // What went wrong first is told.
    let report = report?;
    ended.map(|()| report)
}

/// What people without accounts press.
fn guests(target: &Target, event: &EventShown, roles: &[Role], people: Vec<Person>) -> Vec<Press> {
    let sign_up = Ask::new(hyper::Method::POST, &target.api().sign_up_target(event.id));
    let press = |person: Person| {
        let (role, _) = roles[person.role];
        let ask = sign_up.clone().json(person.sign_up(&role.to_string()));
        Press { ask, wish: Wish { role, spots: u64::from(person.spots), email: person.email } }
    };
    people.into_iter().map(press).collect()
}

/// Whether everybody may have as many roles as they are to ask for.
fn may_have(event: &EventShown, roles: &[Role], roles_each: u32) -> anyhow::Result<()> {
    let allowed = event.roles_per_person;
    ensure!(roles_each <= allowed, "the event lets a person have {allowed} roles: lower --roles-per-person");
    let there = roles.len();
    ensure!(
        usize::try_from(roles_each).is_ok_and(|each| each <= there),
        "there are {there} roles to choose from: lower --roles-per-person"
    );
    Ok(())
}

/// Has everything sent, and judges what came of it.
async fn pressed(
    args: &LoadtestArgs,
    plan: &Plan,
    target: &Target,
    event: &EventShown,
    roles: &[Role],
    presses: Vec<Press>,
) -> anyhow::Result<Report> {
    let (asks, wishes) = presses.into_iter().map(|Press { ask, wish }| (ask, wish)).unzip();
    let (samples, took) = send(target, asks, plan.pace, args.json).await;
    let report = Report::new(describe(plan, event, roles), target.name.clone(), event.id, &samples, took);
    let evidence = target.evidence(event, wishes, samples).await?;
    let checks = evidence.check(report.latency_ms, args.p95_ms_max);
    Ok(report.judged(checks))
}

async fn send(target: &Target, asks: Vec<Ask>, pace: Pace, is_quiet: bool) -> (Vec<Sample>, Duration) {
    let progress = Progress::new(asks.len() as u64, pace, is_quiet);
    let on_step = progress.clone();
    let load = Load { addresses: target.addresses(), asks, on_step: Box::new(move |step| on_step.take(step)) };
    let (samples, took) = drive::drive(load, pace).await;
    progress.clear();
    (samples, took)
}

/// The roles that people choose from.
fn roles(event: &EventShown, plan: &Plan) -> anyhow::Result<Vec<Role>> {
    if plan.roles.is_empty() {
        return Ok(event.roles.iter().map(|role| (role.id, role.name.clone())).collect());
    }
    let find = |name: &String| {
        let wanted = headcount_core::event::Role::name_key(name);
        let role = event.roles.iter().find(|role| headcount_core::event::Role::name_key(&role.name) == wanted);
        let names = || event.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ");
        let role = role.with_context(|| format!("the event has no role {name}; it has: {}", names()))?;
        Ok((role.id, role.name.clone()))
    };
    plan.roles.iter().map(find).collect()
}

fn enough_room_for(plan: &Plan) -> Result<(), String> {
    let connections = match plan.pace {
        Pace::AllAtOnce => plan.requests(),
        Pace::Connections(connections) => connections,
        Pace::Rate(_) => plan.people.min(1_000),
    };
    open_files::make_room_for(u64::from(connections))
}

fn describe(plan: &Plan, event: &EventShown, roles: &[Role]) -> String {
    let capacity = |capacity: Option<u64>| capacity.map_or("unlimited".to_owned(), grouped);
    let wanted = event.roles.iter().filter(|role| roles.iter().any(|(id, _)| *id == role.id));
    let mut places: Vec<String> =
        wanted.map(|role| format!("{} {}", role.name, capacity(role.places.capacity))).collect();
    if event.places.capacity.is_some() {
        places.push(format!("all together {}", capacity(event.places.capacity)));
    }
    let parties = match (plan.spots.start(), plan.spots.end()) {
        (1, 1) => String::new(),
        (least, most) if least == most => format!(" in parties of {most}"),
        (least, most) => format!(" in parties of {least} to {most}"),
    };
    let pace = match plan.pace {
        Pace::AllAtOnce => "all in the same instant".to_owned(),
        Pace::Connections(connections) => format!("over {} connections", grouped(u64::from(connections))),
        Pace::Rate(per_second) => format!("{per_second} a second"),
    };
    let people = grouped(u64::from(plan.people));
    let who = match plan.who {
        Who::Guests => format!("{people} people{parties}"),
        Who::Users { roles_each: 1, .. } => format!("{people} people with accounts"),
        Who::Users { roles_each, .. } => {
            format!("{people} people with accounts, who each say yes to {roles_each} roles")
        }
    };
    format!("{who}, {pace}; places: {}; waitlist {}", places.join(", "), event.waitlist.policy)
}
