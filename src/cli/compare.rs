//! `headcount compare`: for a gradual move, in which both systems run. Shows where the database and the dumps of the older
//! system differ. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use headcount_core::command::Party;
use headcount_core::event::Registration;
use headcount_core::ids::{EventId, RoleId};
use headcount_core::view::EventView;

use super::moving::merge::{Merged, Prefer};
use super::moving::pairing::{Pairs, pair, same};
use super::moving::plan::{Planned, plan, role_here};
use super::moving::report::{Kind, Report};
use super::moving::{FilesArgs, held};
use super::{EXIT_FAILED, print};
use crate::clock;
use crate::secret::Secret;
use crate::server;
use crate::store::Database;

/// What to compare.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    #[command(flatten)]
    files: FilesArgs,
    /// Whose word counts where the lists of events and the registrations differ from each other.
    #[arg(long, value_enum, default_value_t = Prefer::Registrations)]
    prefer: Prefer,
}

/// Compares. Exit code 0: nothing differs; 1: something does, or the files cannot be read as they are; 3: the database cannot
/// be read.
///
/// # Errors
/// If the database cannot be read, or no files are named.
pub async fn run(database: Database, args: CompareArgs) -> anyhow::Result<ExitCode> {
    let mut files = Report::default();
    let merged = args.files.read(args.prefer, &mut files)?;
    let readers = server::open_readers(&database).await?;
    let mut here: BTreeMap<EventId, EventView> =
        held::events(&readers).await?.into_iter().map(|event| (event.id, event)).collect();
    let (mut found, now) = (Report::default(), clock::now());
    // Tags are not compared.
    let secret = Secret::new(&clock::random::<32>());
    for there in &merged {
        let id = there.event.new_id();
        match here.remove(&id) {
            None => {
                found.difference(Kind::OnlyThere, format!("{}: the event {}", there.event.place, there.event.title))
            }
            Some(view) => {
                let planned = plan(there, Some(&view), &secret, now, &mut files);
                compare_event(there, &view, &mut found);
                let registrations = held::registrations(&readers, id).await?;
                Sides { view: &view, planned: &planned, found: &mut found }.compare(registrations);
            }
        }
    }
    for view in here.into_values() {
        found.difference(Kind::OnlyHere, format!("the event {} ({})", view.texts.title, view.id));
    }
    if !files.problems.is_empty() {
        print(&files.told_problems())?;
        eprintln!("headcount: the files cannot be compared as they are");
        return Ok(ExitCode::from(EXIT_FAILED));
    }
    print(&found.to_string())?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) })
}

/// What both sides say of the event and its roles.
fn compare_event(there: &Merged, view: &EventView, found: &mut Report) {
    let (event, settings) = (&there.event, &view.settings);
    let mut tell = |what: String| found.difference(Kind::EventDiffers, format!("{}: {what}", event.title));
    if event.title != view.texts.title {
        tell(format!("the title here is {}", view.texts.title));
    }
    if event.capacity != settings.capacity {
        tell(format!("capacity {} there, {} here", shown(event.capacity), shown(settings.capacity)));
    }
    if (event.starts_at, event.ends_at) != (settings.starts_at, settings.ends_at) {
        tell("it is at another time here".to_owned());
    }
    if event.status != settings.status {
        tell(format!("status {:?} there, {:?} here", event.status, settings.status).to_lowercase());
    }
    let mut theirs = BTreeSet::new();
    for role in &event.roles {
        let id = role_here(event, role, Some(view));
        theirs.insert(id);
        match view.roles.iter().find(|here| here.id == id) {
            None => tell(format!("the role {} is not here", role.name)),
            Some(here) if here.settings.capacity != role.capacity => {
                let (there, here) = (shown(role.capacity), shown(here.settings.capacity));
                tell(format!("capacity of {}: {there} there, {here} here", role.name));
            }
            Some(_) => {}
        }
    }
    for role in view.roles.iter().filter(|role| !theirs.contains(&role.id)) {
        tell(format!("the role {} is only here", role.name));
    }
}

fn shown(capacity: Option<u32>) -> String {
    capacity.map_or_else(|| "unlimited".to_owned(), |capacity| capacity.to_string())
}

/// The registrations of one event on both sides.
struct Sides<'a> {
    view: &'a EventView,
    planned: &'a Planned,
    found: &'a mut Report,
}

impl Sides<'_> {
    fn tell(&mut self, kind: Kind, name: &str, email: Option<&str>, what: &str) {
        let email = email.map(|email| format!(" <{email}>")).unwrap_or_default();
        self.found.difference(kind, format!("{}: {name}{email}: {what}", self.planned.title));
    }

    fn compare(mut self, here: Vec<Registration>) {
        let Pairs { both, only_there, only_here } = pair(&self.planned.parties, here);
        for party in only_there {
            let what = format!("{} in {}", party.status.as_str(), self.role(party.role));
            self.tell(Kind::OnlyThere, &party.details.name, party.details.email.as_deref(), &what);
        }
        for (party, one) in both {
            self.compare_one(party, &one);
        }
        // What has ended here and is not there is history, or was there only for a while.
        for one in only_here.into_iter().filter(|one| one.status.is_active()) {
            let what = format!("{} in {}", one.status.as_str(), self.role(one.role));
            self.tell(Kind::OnlyHere, &one.details.name, one.details.email.as_deref(), &what);
        }
    }

    fn compare_one(&mut self, party: &Party, one: &Registration) {
        let (name, email) = (&party.details.name, party.details.email.as_deref());
        if party.role != one.role {
            let what = format!("in {} there, in {} here", self.role(party.role), self.role(one.role));
            self.tell(Kind::RoleDiffers, name, email, &what);
        }
        if !same(party.status, one.status) {
            let what = format!("{} there, {} here", party.status.as_str(), one.status.as_str());
            self.tell(Kind::StatusDiffers, name, email, &what);
        }
        if party.spots != one.spots {
            let what = format!("{} there, {} here", party.spots.get(), one.spots.get());
            self.tell(Kind::SpotsDiffer, name, email, &what);
        }
        let (there, here) = (&party.details, &one.details);
        let fields = [
            ("name", there.name != here.name),
            ("e-mail", party.person.key != one.person.key),
            ("phone", there.phone != here.phone),
            ("notes", there.notes != here.notes),
            ("special requirements", there.special_requirements != here.special_requirements),
        ];
        let fields: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect();
        if !fields.is_empty() {
            self.tell(Kind::DetailsDiffer, name, email, &fields.join(", "));
        }
    }

    fn role(&self, id: RoleId) -> String {
        let role = self.view.roles.iter().find(|role| role.id == id);
        role.map_or_else(|| "a role that is not here".to_owned(), |role| role.name.clone())
    }
}
