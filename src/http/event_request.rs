//! How an event is asked for: the shape of the request, and what it comes to.

use std::collections::BTreeSet;

use headcount_core::command::{CreateEvent, EditEvent, EventPatch, EventTexts, IfBelow, Mode, NewRole, TextsPatch};
use headcount_core::event::{
    EventSettings, EventStatus, Form, OnePer, PhonePolicy, Visibility, Waitlist, WaitlistPolicy,
};
use headcount_core::ids::{EventId, Millis, OrganizationId, Spots, TeamId};
use headcount_core::limits;
use serde::Deserialize;
use serde::de::MapAccess;
use utoipa::ToSchema;

use super::fields::{Capacity, Count, Metadata, Name, Number, Region, Slug, Text, TimeZone};
use super::json::{Checks, Field, Sent, Why, read_object};
use super::openapi::one_of;
use super::problem::Problem;
use super::role_request::{CHANGES_ONLY, RoleRequest, mode, participant, text_or_empty};

type RolesPerPerson = Number<1, { limits::ROLES_MAX as i64 }>;
type Minutes = Number<1, { limits::VERIFY_MINUTES_MAX as i64 }>;
type RetentionDays = Number<1, { limits::RETENTION_DAYS_MAX as i64 }>;
type Skips = Number<0, { limits::SKIPS_MAX as i64 }>;

/// An event, or a change of one. In a change what is left out stays, and `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventRequest)]
pub(super) struct EventRequest {
    /// Required for a new event.
    #[schema(value_type = String, max_length = 400)]
    #[serde(default)]
    title: Sent<Name>,
    /// The event's name in addresses; made from the title if left out.
    #[schema(value_type = String, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 80)]
    #[serde(default)]
    slug: Sent<Slug>,
    #[schema(value_type = String)]
    #[serde(default)]
    description: Sent<Text>,
    #[schema(value_type = String)]
    #[serde(default)]
    location: Sent<Text>,
    /// Whom to ask.
    #[schema(value_type = String)]
    #[serde(default)]
    contact: Sent<Text>,
    /// IANA name; UTC if left out.
    #[schema(value_type = String, example = "Europe/Berlin")]
    #[serde(default)]
    timezone: Sent<TimeZone>,
    /// Draft if left out.
    #[schema(schema_with = one_of::<EventStatus>)]
    #[serde(default)]
    status: Sent<EventStatus>,
    /// Public if left out.
    #[schema(schema_with = one_of::<Visibility>)]
    #[serde(default)]
    visibility: Sent<Visibility>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    starts_at: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    ends_at: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    opens_at: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    closes_at: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    cancel_until: Sent<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    promote_until: Sent<Millis>,
    /// Places over all roles; null is unlimited.
    #[schema(value_type = Option<u32>, maximum = 1_000_000_000)]
    #[serde(default)]
    capacity: Sent<Capacity>,
    #[schema(value_type = WaitlistRequest)]
    #[serde(default)]
    waitlist: Sent<WaitlistRequest>,
    /// Largest party; 10 if left out.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    max_spots: Sent<Spots>,
    /// In how many roles a person may be at once; 1 if left out.
    #[schema(value_type = u32, minimum = 1, maximum = 200)]
    #[serde(default)]
    roles_per_person: Sent<RolesPerPerson>,
    #[schema(schema_with = one_of::<OnePer>)]
    #[serde(default)]
    one_per: Sent<OnePer>,
    #[schema(value_type = bool)]
    #[serde(default)]
    self_move: Sent<bool>,
    #[schema(schema_with = one_of::<PhonePolicy>)]
    #[serde(default)]
    phone: Sent<PhonePolicy>,
    /// Where national phone numbers are read, as two letters.
    #[schema(value_type = Option<String>, example = "DE")]
    #[serde(default)]
    phone_region: Sent<Region>,
    /// In how many minutes guests must follow the link that is mailed to them, or lose their place; null: they need not.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10_080)]
    #[serde(default)]
    verify_minutes: Sent<Minutes>,
    /// How many days after the end of the event and all its roles (the start, where no end is set) everything personal is
    /// erased by itself; null: never.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3_650)]
    #[serde(default)]
    retention_days: Sent<RetentionDays>,
    /// Whose event it is, by id; only for a new event.
    #[schema(value_type = Uuid)]
    #[serde(default)]
    organization: Sent<OrganizationId>,
    /// The teams it concerns, by id.
    #[schema(value_type = Vec<Uuid>, max_items = 20)]
    #[serde(default)]
    teams: Sent<Vec<Sent<TeamId>>>,
    /// Anything, for programs; shown to staff only.
    #[schema(value_type = Object)]
    #[serde(default)]
    metadata: Sent<Metadata>,
    /// Only for a new event; one role named Participant if left out.
    #[schema(value_type = Vec<RoleRequest>, max_items = 200)]
    #[serde(default)]
    roles: Sent<Vec<Sent<RoleRequest>>>,
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

/// What happens when it is full.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WaitlistRequest {
    #[schema(schema_with = one_of::<WaitlistPolicy>)]
    #[serde(default)]
    policy: Sent<WaitlistPolicy>,
    /// How many parties may wait; null is any number.
    #[schema(value_type = Option<u32>)]
    #[serde(default)]
    limit: Sent<Count>,
    /// How often the first in line may be skipped under `fill_gaps`; 3 if left out.
    #[schema(value_type = u32, maximum = 1_000)]
    #[serde(default)]
    max_skips: Sent<Skips>,
}

impl<'de> Field<'de> for WaitlistRequest {
    const EXPECTED: &'static str = "an object with policy, limit and max_skips";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<Self, Why>, A::Error> {
        read_object(object)
    }
}

impl EventRequest {
    /// As a new event, with the defaults of the contract.
    pub(super) fn create(mut self, id: EventId) -> Result<(CreateEvent, Mode), Problem> {
        let mut checks = Checks::default();
        checks.unwanted("if_below", &self.if_below, CHANGES_ONLY);
        if self.title == Sent::Absent {
            checks.wrong("title", "is required");
        }
        let roles = new_roles(&mut checks, std::mem::take(&mut self.roles));
        let mode = mode(&mut checks, std::mem::take(&mut self.dry_run), std::mem::take(&mut self.notify));
        let organization = checks.change("organization", std::mem::take(&mut self.organization)).unwrap_or_default();
        let (patch, texts) = self.patch(&mut checks, Waitlist::USUAL);
        checks.finish()?;
        let title = texts.title.unwrap_or_default();
        let slug = patch.slug.clone().unwrap_or_else(|| slug_from(&title, id));
        let texts = EventTexts {
            title,
            description: texts.description.unwrap_or_default(),
            location: texts.location.unwrap_or_default(),
            contact: texts.contact.unwrap_or_default(),
            timezone: texts.timezone.unwrap_or_else(|| "UTC".to_owned()),
            metadata: texts.metadata.unwrap_or_else(|| "{}".to_owned()),
        };
        Ok((CreateEvent { settings: settings(patch, organization, slug), texts, roles }, mode))
    }

    /// As a change of the event at `revision`, whose waitlist was `waitlist`.
    pub(super) fn edit(mut self, revision: u32, waitlist: Waitlist) -> Result<(EditEvent, Mode), Problem> {
        let mut checks = Checks::default();
        checks.unwanted("organization", &self.organization, "cannot be changed");
        checks.unwanted("roles", &self.roles, "are changed one by one, at /events/{event}/roles");
        let if_below = checks.given("if_below", std::mem::take(&mut self.if_below)).unwrap_or_default();
        let mode = mode(&mut checks, std::mem::take(&mut self.dry_run), std::mem::take(&mut self.notify));
        let (settings, texts) = self.patch(&mut checks, waitlist);
        checks.finish()?;
        Ok((EditEvent { revision, settings, texts, if_below }, mode))
    }

    /// Whether guests shall verify their address.
    pub(super) fn asks_for_verification(&self) -> bool {
        matches!(self.verify_minutes, Sent::Value(_))
    }

    /// Whether it can only be understood with the present waitlist at hand, of which it may change a part.
    pub(super) fn changes_waitlist(&self) -> bool {
        matches!(self.waitlist, Sent::Value(_))
    }

    fn patch(self, checks: &mut Checks, waitlist: Waitlist) -> (EventPatch, TextsPatch) {
        let texts = TextsPatch {
            title: checks.change("title", self.title).map(|title| title.0),
            description: checks.nullable("description", self.description).map(text_or_empty),
            location: checks.nullable("location", self.location).map(text_or_empty),
            contact: checks.nullable("contact", self.contact).map(text_or_empty),
            timezone: checks.change("timezone", self.timezone).map(|zone| zone.0),
            metadata: checks.change("metadata", self.metadata).map(|metadata| metadata.0),
        };
        let patch = EventPatch {
            slug: checks.change("slug", self.slug).map(|slug| slug.0),
            visibility: checks.change("visibility", self.visibility),
            one_per: checks.change("one_per", self.one_per),
            phone: checks.change("phone", self.phone),
            phone_region: checks.nullable("phone_region", self.phone_region).map(|region| Some(region?.0)),
            teams: checks.change("teams", self.teams).map(|teams| read_teams(checks, teams)),
            status: checks.change("status", self.status),
            capacity: checks.nullable("capacity", self.capacity).map(|capacity| Some(capacity?.0)),
            waitlist: checks.change("waitlist", self.waitlist).map(|new| new.merged_into(waitlist, checks)),
            max_spots: checks.change("max_spots", self.max_spots),
            roles_per_person: checks.change("roles_per_person", self.roles_per_person).map(Number::u32),
            starts_at: checks.nullable("starts_at", self.starts_at),
            ends_at: checks.nullable("ends_at", self.ends_at),
            opens_at: checks.nullable("opens_at", self.opens_at),
            closes_at: checks.nullable("closes_at", self.closes_at),
            cancel_until: checks.nullable("cancel_until", self.cancel_until),
            promote_until: checks.nullable("promote_until", self.promote_until),
            self_move: checks.change("self_move", self.self_move),
            verify_minutes: checks.nullable("verify_minutes", self.verify_minutes).map(|some| some.map(Number::u32)),
            retention_days: checks.nullable("retention_days", self.retention_days).map(|some| some.map(Number::u32)),
        };
        (patch, texts)
    }
}

impl WaitlistRequest {
    fn merged_into(self, old: Waitlist, checks: &mut Checks) -> Waitlist {
        checks.within("waitlist.", |checks| Waitlist {
            policy: checks.change("policy", self.policy).unwrap_or(old.policy),
            limit: checks.nullable("limit", self.limit).map_or(old.limit, |limit| limit.map(Number::u32)),
            max_skips: checks.change("max_skips", self.max_skips).map_or(old.max_skips, Number::u32),
        })
    }
}

fn read_teams(checks: &mut Checks, teams: Vec<Sent<TeamId>>) -> BTreeSet<TeamId> {
    let read = |(index, team)| checks.required(&format!("teams[{index}]"), team);
    teams.into_iter().enumerate().filter_map(read).collect()
}

/// The roles of a new event; where none are named, one that everybody fits into.
fn new_roles(checks: &mut Checks, roles: Sent<Vec<Sent<RoleRequest>>>) -> Vec<NewRole> {
    let roles = checks.given("roles", roles).unwrap_or_default();
    if roles.is_empty() {
        return vec![participant()];
    }
    let read = |(index, role)| {
        let field = format!("roles[{index}]");
        let role: RoleRequest = checks.required(&field, role)?;
        checks.within(&format!("{field}."), |checks| role.within_event(checks, index))
    };
    roles.into_iter().enumerate().filter_map(read).collect()
}

/// The settings of a new event, with the defaults of the contract.
fn settings(patch: EventPatch, organization: OrganizationId, slug: String) -> EventSettings {
    let usual = EventSettings::usual(slug);
    EventSettings {
        form: Form {
            slug: usual.form.slug,
            visibility: patch.visibility.unwrap_or(usual.form.visibility),
            one_per: patch.one_per.unwrap_or(usual.form.one_per),
            phone: patch.phone.unwrap_or(usual.form.phone),
            phone_region: patch.phone_region.flatten(),
            organization,
            teams: patch.teams.unwrap_or_default(),
        },
        status: patch.status.unwrap_or(usual.status),
        capacity: patch.capacity.flatten(),
        waitlist: patch.waitlist.unwrap_or(usual.waitlist),
        max_spots: patch.max_spots.unwrap_or(usual.max_spots),
        roles_per_person: patch.roles_per_person.unwrap_or(usual.roles_per_person),
        starts_at: patch.starts_at.flatten(),
        ends_at: patch.ends_at.flatten(),
        opens_at: patch.opens_at.flatten(),
        closes_at: patch.closes_at.flatten(),
        cancel_until: patch.cancel_until.flatten(),
        promote_until: patch.promote_until.flatten(),
        self_move: patch.self_move.unwrap_or(usual.self_move),
        verify_minutes: patch.verify_minutes.flatten(),
        retention_days: patch.retention_days.flatten(),
    }
}

/// The title in lower-case letters and digits, with six digits of the id behind it so that it is free.
fn slug_from(title: &str, id: EventId) -> String {
    const WORDS_BYTES_MAX: usize = 60;
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() > WORDS_BYTES_MAX {
            break;
        }
        slug.push_str(&word.to_ascii_lowercase());
        slug.push('-');
    }
    if slug.is_empty() {
        slug.push_str("event-");
    }
    let id = id.0.simple().to_string();
    slug + &id[id.len() - 6..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_title() {
        let id = EventId(uuid::Uuid::from_u128(0xabc_def1));
        for (title, slug) in [
            ("Summer Fair, 2026!", "summer-fair-2026-bcdef1"),
            ("\u{5e7}\u{5d9}\u{5e5}", "event-bcdef1"),
            (&"x".repeat(100), "event-bcdef1"),
            (&"word ".repeat(50), &format!("{}bcdef1", "word-".repeat(12))),
        ] {
            assert_eq!(slug_from(title, id), slug);
        }
    }
}
