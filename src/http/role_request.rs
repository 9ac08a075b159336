//! How a role is asked for: the shape of the request, and what it comes to.

use headcount_core::command::{EditRole, IfBelow, Mode, NewRole, RolePatch, RoleRef};
use headcount_core::event::RoleSettings;
use headcount_core::ids::{Millis, RoleId};
use serde::Deserialize;
use serde::de::MapAccess;
use utoipa::ToSchema;

use super::fields::{Capacity, Count, Name, Number, Text, read_id};
use super::json::{Checks, Field, Sent, Why, read_object};
use super::openapi::one_of;
use super::problem::Problem;
use crate::clock;

type Order = Number<{ i32::MIN as i64 }, { i32::MAX as i64 }>;

/// A role, or a change of one. In a change what is left out stays, and `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleRequest {
    /// Required for a new role.
    #[schema(value_type = String, max_length = 400)]
    #[serde(default)]
    name: Sent<Name>,
    #[schema(value_type = String)]
    #[serde(default)]
    description: Sent<Text>,
    /// Null is unlimited.
    #[schema(value_type = Option<u32>, maximum = 1_000_000_000)]
    #[serde(default)]
    capacity: Sent<Capacity>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    starts_at: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    ends_at: Sent<Millis>,
    /// Where it stands in lists; equal ones by name. Left out, it is the place among the roles of a new event (0, 1, 2 …),
    /// and 0 for a role that is added later.
    #[schema(value_type = i32)]
    #[serde(default)]
    order: Sent<Order>,
    #[schema(value_type = u32)]
    #[serde(default)]
    min_needed: Sent<Count>,
    #[schema(value_type = bool)]
    #[serde(default)]
    closed: Sent<bool>,
    /// In a change: what a capacity below what is reserved does.
    #[schema(schema_with = one_of::<IfBelow>)]
    #[serde(default)]
    if_below: Sent<IfBelow>,
    /// Decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
    /// Whether those concerned are mailed; if left out, they are.
    #[schema(value_type = bool)]
    #[serde(default)]
    notify: Sent<bool>,
}

impl<'de> Field<'de> for RoleRequest {
    const EXPECTED: &'static str = "an object with the fields of a role";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<Self, Why>, A::Error> {
        read_object(object)
    }
}

/// What is said of a field that only a change can have.
pub(super) const CHANGES_ONLY: &str = "belongs to a change, not to something new";

impl RoleRequest {
    /// As the role at `place` of an event that is created with it; none if something is wrong with it. Roles stand in the
    /// order in which they were given.
    pub(super) fn within_event(self, checks: &mut Checks, place: usize) -> Option<NewRole> {
        checks.unwanted("dry_run", &self.dry_run, "belongs to the whole request");
        checks.unwanted("notify", &self.notify, "belongs to the whole request");
        self.new_role(checks, i32::try_from(place).unwrap_or(i32::MAX))
    }

    /// As a role to be added to an event.
    pub(super) fn add(mut self) -> Result<(NewRole, Mode), Problem> {
        let mut checks = Checks::default();
        let mode = mode(&mut checks, std::mem::take(&mut self.dry_run), std::mem::take(&mut self.notify));
        let role = self.new_role(&mut checks, 0);
        checks.finish()?;
        role.map(|role| (role, mode)).ok_or_else(|| Problem::internal("a role without a name has no problem"))
    }

    /// As a change of `role`, in the event at `revision`.
    pub(super) fn edit(mut self, role: RoleRef, revision: u32) -> Result<(EditRole, Mode), Problem> {
        let mut checks = Checks::default();
        let mode = mode(&mut checks, std::mem::take(&mut self.dry_run), std::mem::take(&mut self.notify));
        let if_below = checks.given("if_below", std::mem::take(&mut self.if_below)).unwrap_or_default();
        let name = checks.change("name", std::mem::take(&mut self.name)).and_then(|name| role_name(&mut checks, name));
        let description = checks.nullable("description", std::mem::take(&mut self.description)).map(text_or_empty);
        let settings = self.patch(&mut checks);
        checks.finish()?;
        Ok((EditRole { revision, role, name, description, settings, if_below }, mode))
    }

    fn new_role(mut self, checks: &mut Checks, order: i32) -> Option<NewRole> {
        checks.unwanted("if_below", &self.if_below, CHANGES_ONLY);
        let name = checks.required("name", std::mem::take(&mut self.name)).and_then(|name| role_name(checks, name));
        let description = checks.nullable("description", std::mem::take(&mut self.description));
        let patch = self.patch(checks);
        let settings = RoleSettings {
            capacity: patch.capacity.flatten(),
            starts_at: patch.starts_at.flatten(),
            ends_at: patch.ends_at.flatten(),
            order: patch.order.unwrap_or(order),
            min_needed: patch.min_needed.unwrap_or_default(),
            closed: patch.closed.unwrap_or_default(),
        };
        let description = description.map(text_or_empty).unwrap_or_default();
        Some(NewRole { id: RoleId(clock::new_id()), name: name?, description, settings })
    }

    fn patch(self, checks: &mut Checks) -> RolePatch {
        RolePatch {
            capacity: checks.nullable("capacity", self.capacity).map(|capacity| Some(capacity?.0)),
            starts_at: checks.nullable("starts_at", self.starts_at),
            ends_at: checks.nullable("ends_at", self.ends_at),
            order: checks.change("order", self.order).map(Number::i32),
            min_needed: checks.change("min_needed", self.min_needed).map(Number::u32),
            closed: checks.change("closed", self.closed),
        }
    }
}

/// The one role of an event for which none was named.
pub(super) fn participant() -> NewRole {
    let settings =
        RoleSettings { capacity: None, starts_at: None, ends_at: None, order: 0, min_needed: 0, closed: false };
    let name = "Participant".to_owned();
    NewRole { id: RoleId(clock::new_id()), name, description: String::new(), settings }
}

/// Requests name roles by id or name, so a name must not look like an id.
fn role_name(checks: &mut Checks, name: Name) -> Option<String> {
    if read_id(&name.0).is_some() {
        checks.wrong("name", "must not look like an id");
        return None;
    }
    Some(name.0)
}

/// Whether it is only to be tried, and whether anybody is mailed about it.
pub(super) fn mode(checks: &mut Checks, dry_run: Sent<bool>, notify: Sent<bool>) -> Mode {
    match (checks.given("dry_run", dry_run), checks.given("notify", notify)) {
        (Some(true), _) => Mode::DryRun,
        (_, Some(false)) => Mode::Quiet,
        (_, Some(true) | None) => Mode::Apply,
    }
}

/// A text that `null` clears.
pub(super) fn text_or_empty(text: Option<Text>) -> String {
    text.map(|text| text.0).unwrap_or_default()
}
