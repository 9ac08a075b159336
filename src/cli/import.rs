//! `headcount import`: moves in from an older system. Reads its files, compares its lists, tries everything out, and only
//! then has it done, by commands that a lane of its own decides.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use headcount_core::command::{Action, Actor, Command, IfBelow, Import, Mode};
use headcount_core::decide::decide_batch;
use headcount_core::decision::{Imported, Outcome, Refusal};
use headcount_core::event::Visibility;
use headcount_core::ids::EventId;
use headcount_core::view::EventView;
use headcount_core::working_set::WorkingSet;

use super::moving::merge::{Merged, Prefer};
use super::moving::pairing::pass_over;
use super::moving::plan::{Planned, missing_roles, plan};
use super::moving::report::Report;
use super::moving::{FilesArgs, held};
use super::verify::{audit, exit_code, show};
use super::{EXIT_FAILED, print};
use crate::clock;
use crate::secret::Secret;
use crate::server::{Options, Tool};
use crate::store::Database;
use crate::verify::{counted, grouped};

/// What to import, and how.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    #[command(flatten)]
    files: FilesArgs,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Whose word counts where the lists of events and the registrations differ.
    #[arg(long, value_enum, default_value_t = Prefer::Stop)]
    prefer: Prefer,
    /// What happens to registrations beyond the capacity.
    #[arg(long, value_enum, default_value_t = OverCapacity::Stop)]
    over_capacity: OverCapacity,
    /// Who sees the events that are new here: public, unlisted or team. Left out, everybody, unless their dump says otherwise.
    #[arg(long, value_parser = visibility)]
    visibility: Option<Visibility>,
    /// What links are made with, as the server is started with; without it a file beside the data file.
    #[arg(long, env = "HEADCOUNT_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

fn visibility(word: &str) -> Result<Visibility, String> {
    serde_json::from_value(word.into()).map_err(|_| "must be public, unlisted or team".to_owned())
}

/// What happens to registrations beyond the capacity.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
#[value(rename_all = "snake_case")]
enum OverCapacity {
    /// Nothing is imported as long as there are any.
    Stop,
    /// All stay, by an override; nobody new until it has shrunk.
    Override,
    /// The latest sign-ups wait.
    WaitlistLatest,
}

impl From<OverCapacity> for IfBelow {
    fn from(over_capacity: OverCapacity) -> IfBelow {
        match over_capacity {
            OverCapacity::Stop => IfBelow::Refuse,
            OverCapacity::Override => IfBelow::Keep,
            OverCapacity::WaitlistLatest => IfBelow::WaitlistLatest,
        }
    }
}

/// Imports, or says why not. Exit code 0: everything is in, and the database is as it should be; 1: nothing was imported, or
/// the database is not as it should be; 3: the database cannot be read or written.
///
/// # Errors
/// If the database cannot be used, or no files are named.
pub async fn run(database: Database, args: ImportArgs) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    let merged = args.files.read(args.prefer, &mut report)?;
    if !report.problems.is_empty() {
        return stopped(&report, "the files cannot be read as they are");
    }
    let options = Options { database: database.clone(), secret: args.secret.clone(), ..Options::default() };
    let is_there = !matches!(&database, Database::Sqlite(path) if !path.exists());
    let tool = if is_there || !args.dry_run { Some(Tool::open(&options).await?) } else { None };
    let done = import(tool.as_ref(), &merged, &args, report).await;
    if let Some(tool) = tool {
        tool.close().await;
    }
    match done? {
        Done::Stopped(code) => Ok(code),
        Done::Imported => {
            let after = audit(database, Vec::new()).await?;
            show(&after)?;
            Ok(exit_code(&after))
        }
    }
}

enum Done {
    Stopped(ExitCode),
    Imported,
}

async fn import(tool: Option<&Tool>, merged: &[Merged], args: &ImportArgs, mut report: Report) -> anyhow::Result<Done> {
    let known = known(tool, merged).await?;
    // Without a data file nothing is written, so that the tags of people may be any.
    let secret = tool.map_or_else(|| Secret::new(&clock::random::<32>()), |tool| tool.secret.clone());
    let now = clock::now();
    let mut planned: Vec<Planned> = merged
        .iter()
        .map(|merged| plan(merged, known.get(&merged.event.new_id()), &secret, now, &mut report))
        .collect();
    for new in planned.iter_mut().filter_map(|planned| planned.create.as_mut()) {
        new.settings.form.visibility = args.visibility.unwrap_or(new.settings.form.visibility);
    }
    for merged in merged {
        if let Some(view) = known.get(&merged.event.new_id()) {
            missing_roles(merged, view, &mut report);
        }
    }
    for planned in &mut planned {
        if let (Some(tool), Some(view)) = (tool, known.get(&planned.event)) {
            let here = held::registrations(&tool.readers, planned.event).await?;
            pass_over(planned, view, here, &mut report);
        }
    }
    print(&report.to_string())?;
    if report.problems.is_empty() {
        rehearse(tool, &planned, args, &mut report).await?;
    }
    if !report.problems.is_empty() {
        return stopped(&report, "not all of it can be taken over").map(Done::Stopped);
    }
    let undecided = report.undecided();
    if args.prefer == Prefer::Stop && undecided > 0 {
        let differences = counted(undecided as u64, "difference");
        let why = format!("{differences}: say whose word counts with --prefer registrations or --prefer events");
        return stopped(&report, &why).map(Done::Stopped);
    }
    if args.dry_run {
        print("nothing was written: this was a dry run")?;
        return Ok(Done::Stopped(ExitCode::SUCCESS));
    }
    let tool = tool.context("the database is not open")?;
    for planned in &planned {
        do_one(tool, planned, args.over_capacity).await?;
    }
    Ok(Done::Imported)
}

fn stopped(report: &Report, why: &str) -> anyhow::Result<ExitCode> {
    if !report.problems.is_empty() {
        print(&report.told_problems())?;
    }
    eprintln!("headcount: nothing was imported: {why}");
    Ok(ExitCode::from(EXIT_FAILED))
}

/// The events that are there already.
async fn known(tool: Option<&Tool>, merged: &[Merged]) -> anyhow::Result<BTreeMap<EventId, EventView>> {
    let mut known = BTreeMap::new();
    let Some(tool) = tool else { return Ok(known) };
    for merged in merged {
        let id = merged.event.new_id();
        known.extend(tool.readers.event(id, clock::now()).await?.map(|view| (id, view)));
    }
    Ok(known)
}

/// Has everything decided without keeping it, so that what cannot be done is found before anything is.
async fn rehearse(
    tool: Option<&Tool>,
    planned: &[Planned],
    args: &ImportArgs,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut stage = WorkingSet::default();
    for planned in planned {
        match rehearse_one(tool, planned, args.over_capacity, &mut stage).await? {
            Outcome::Imported(imported) if args.dry_run => print(&said(planned, &imported, "would be"))?,
            Outcome::Imported(_) => {}
            Outcome::Refused(refusal) => report.problem(planned.place.problem(why(&refusal))),
            other => bail!(unexpected(&other)),
        }
    }
    Ok(())
}

/// A new event can be played without its database, but for its slug.
async fn rehearse_one(
    tool: Option<&Tool>,
    planned: &Planned,
    over: OverCapacity,
    stage: &mut WorkingSet,
) -> anyhow::Result<Outcome> {
    let importing = planned.import(over, Mode::DryRun);
    let (Some(creating), tool) = (planned.creation(Mode::DryRun), tool) else {
        let tool = tool.context("an event is known without a database")?;
        return Ok(tool.lanes.submit(importing).await?);
    };
    if let Some(tool) = tool
        && let refused @ Outcome::Refused(_) = tool.lanes.submit(creating.clone()).await?
    {
        return Ok(refused);
    }
    let batch = [Command { mode: Mode::Apply, ..creating }, importing];
    let mut outcomes = decide_batch(stage, clock::now(), &batch).into_iter().map(|decision| decision.outcome);
    match (outcomes.next(), outcomes.next()) {
        (Some(refused @ Outcome::Refused(_)), _) | (_, Some(refused)) => Ok(refused),
        _ => bail!("not everything was decided"),
    }
}

fn unexpected(outcome: &Outcome) -> String {
    format!("an import has the outcome of something else: {outcome:?}")
}

fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::CapacityBelowReserved { reserved } => format!(
            "{reserved} places are taken, which is more than there are: say what is to become of those beyond with \
             --over-capacity override or --over-capacity waitlist_latest"
        ),
        other => other.detail(),
    }
}

async fn do_one(tool: &Tool, planned: &Planned, over: OverCapacity) -> anyhow::Result<()> {
    let refused = |refusal: &Refusal| {
        let (place, detail) = (&planned.place, refusal.detail());
        format!(
            "{place}: {detail} What was taken over before stays: mend it and repeat the import, which goes on there"
        )
    };
    if let Some(creating) = planned.creation(Mode::Quiet) {
        match tool.lanes.submit(creating).await? {
            Outcome::EventCreated(_) => {}
            Outcome::Refused(refusal) => bail!(refused(&refusal)),
            other => bail!(unexpected(&other)),
        }
    }
    match tool.lanes.submit(planned.import(over, Mode::Quiet)).await? {
        Outcome::Imported(imported) => print(&said(planned, &imported, "")),
        Outcome::Refused(refusal) => bail!(refused(&refusal)),
        other => bail!(unexpected(&other)),
    }
}

impl Planned {
    /// The command that makes the event, if it is not there.
    fn creation(&self, mode: Mode) -> Option<Command> {
        let action = Action::CreateEvent(Box::new(self.create.clone()?));
        Some(Command { event: self.event, actor: Actor::Owner, idempotency: None, mode, action })
    }

    fn import(&self, over: OverCapacity, mode: Mode) -> Command {
        let action = Action::Import(Box::new(Import { parties: self.parties.clone(), over_capacity: over.into() }));
        Command { event: self.event, actor: Actor::Owner, idempotency: None, mode, action }
    }
}

/// What became of one event. `tense`: what stands before what is done.
fn said(planned: &Planned, imported: &Imported, tense: &str) -> String {
    let tense = if tense.is_empty() { String::new() } else { format!("{tense} ") };
    let event = if planned.create.is_some() { "new event" } else { "event that is here" };
    let mut text = format!(
        "{} ({event} {}): {} {tense}taken over, {} here already",
        planned.title,
        planned.event,
        counted(imported.added, "registration"),
        grouped(imported.known + planned.passed_over)
    );
    if imported.kept_spots > 0 {
        text += &format!(", {} beyond the capacity {tense}kept", counted(imported.kept_spots, "spot"));
    }
    let name = |id| {
        let party = planned.parties.iter().find(|party| party.id == id);
        party.map_or_else(|| format!("registration {id}"), |party| party.details.name.clone())
    };
    for id in &imported.waitlisted {
        text += &format!("\n  {} has to wait: beyond the capacity", name(*id));
    }
    for moved in &imported.affected {
        text += &format!("\n  {} waited, and gets a place that is free", name(moved.registration_id));
    }
    text
}
