//! What is answered: the shapes of the contract, made from what the core and the store tell.

use std::collections::BTreeSet;

use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use headcount_core::event::{EventStatus, OnePer, PhonePolicy, Visibility, Waitlist, WaitlistPolicy};
use headcount_core::ids::{EventId, OrganizationId, RoleId, Seq, TeamId};
use headcount_core::view::{Availability, EventView, RoleView, SignUpState};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::fields::rfc3339;
use super::openapi::one_of;
use super::problem::Problem;
use crate::people::identity::Standing;

/// What a handler comes to.
pub(super) type Answered = Result<Response, Problem>;

/// An answer in JSON.
pub(super) fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let body = serde_json::to_vec(answer).expect("an answer has only string keys");
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// Adds the revision, to be sent back as If-Match.
pub(super) fn with_etag(mut response: Response, revision: u32) -> Response {
    let tag = HeaderValue::try_from(format!("\"{revision}\"")).expect("digits in quotes are a header value");
    response.headers_mut().insert(ETAG, tag);
    response
}

/// Part of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    pub items: Vec<T>,
    /// Send it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What is taken and what is free. Null means unlimited.
#[derive(Serialize, ToSchema)]
pub(super) struct Places {
    /// Places there are.
    #[schema(required)]
    capacity: Option<u32>,
    /// Places beyond the capacity that staff gave on purpose.
    r#override: u64,
    /// Places taken.
    reserved: u64,
    /// Places that nobody has.
    #[schema(required)]
    free: Option<u64>,
    /// Places that a newcomer could get at this moment: free ones less what is kept for those waiting.
    #[schema(required)]
    open_now: Option<u64>,
    /// Parties that wait.
    waiting: u32,
}

impl From<Availability> for Places {
    fn from(places: Availability) -> Places {
        let Availability { capacity, override_spots, reserved, free, open_now, waiting } = places;
        Places { capacity, r#override: override_spots, reserved, free, open_now, waiting }
    }
}

/// What is free at this moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Availability)]
pub(super) struct AvailabilityAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// The number of the event's last log entry: all of this was so at the same moment.
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(schema_with = one_of::<SignUpState>)]
    sign_up: SignUpState,
    #[serde(flatten)]
    places: Places,
    roles: Vec<RoleAvailability>,
}

/// What is free in a role at this moment.
#[derive(Serialize, ToSchema)]
struct RoleAvailability {
    #[schema(value_type = Uuid)]
    id: RoleId,
    name: String,
    #[serde(flatten)]
    places: Places,
}

impl From<EventView> for AvailabilityAnswer {
    fn from(view: EventView) -> AvailabilityAnswer {
        let of_role =
            |role: RoleView| RoleAvailability { id: role.id, name: role.name, places: role.availability.into() };
        AvailabilityAnswer {
            event_id: view.id,
            seq: view.seq,
            sign_up: view.sign_up,
            places: view.availability.into(),
            roles: view.roles.into_iter().map(of_role).collect(),
        }
    }
}

/// An event.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventAnswer {
    #[schema(value_type = Uuid)]
    id: EventId,
    slug: String,
    title: String,
    description: String,
    location: String,
    contact: String,
    timezone: String,
    #[schema(schema_with = one_of::<EventStatus>)]
    status: EventStatus,
    #[schema(schema_with = one_of::<Visibility>)]
    visibility: Visibility,
    /// Whether people can sign up at this moment.
    #[schema(schema_with = one_of::<SignUpState>)]
    sign_up: SignUpState,
    #[schema(required, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required, format = DateTime)]
    ends_at: Option<String>,
    #[schema(required, format = DateTime)]
    opens_at: Option<String>,
    #[schema(required, format = DateTime)]
    closes_at: Option<String>,
    #[schema(required, format = DateTime)]
    cancel_until: Option<String>,
    #[schema(required, format = DateTime)]
    promote_until: Option<String>,
    #[serde(flatten)]
    places: Places,
    waitlist: WaitlistAnswer,
    max_spots: u32,
    roles_per_person: u32,
    #[schema(schema_with = one_of::<OnePer>)]
    one_per: OnePer,
    self_move: bool,
    #[schema(schema_with = one_of::<PhonePolicy>)]
    phone: PhonePolicy,
    #[schema(required)]
    phone_region: Option<String>,
    /// In how many minutes guests must verify their e-mail; null: they need not.
    #[schema(required)]
    verify_minutes: Option<u32>,
    /// How many days after the event everything personal is erased; null: never by itself.
    #[schema(required)]
    retention_days: Option<u32>,
    #[schema(value_type = Uuid)]
    organization_id: OrganizationId,
    /// The teams it concerns.
    #[schema(value_type = Vec<Uuid>)]
    teams: BTreeSet<TeamId>,
    /// Only for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    #[schema(value_type = u64)]
    seq: Seq,
    /// The revision of the settings, also in the ETag.
    revision: u32,
    roles: Vec<RoleAnswer>,
}

/// What happens when it is full.
#[derive(Serialize, ToSchema)]
#[schema(as = Waitlist)]
struct WaitlistAnswer {
    #[schema(schema_with = one_of::<WaitlistPolicy>)]
    policy: WaitlistPolicy,
    #[schema(required)]
    limit: Option<u32>,
    max_skips: u32,
}

/// A role of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
struct RoleAnswer {
    #[schema(value_type = Uuid)]
    id: RoleId,
    name: String,
    description: String,
    #[schema(required, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required, format = DateTime)]
    ends_at: Option<String>,
    order: i32,
    min_needed: u32,
    closed: bool,
    #[serde(flatten)]
    places: Places,
}

impl EventAnswer {
    /// The event as `caller` may see it.
    pub(super) fn for_caller(view: EventView, caller: &Caller) -> EventAnswer {
        let standing = caller.standing(view.id, &view.settings.form);
        EventAnswer::new(view, standing)
    }

    /// The event as somebody of this standing may see it.
    pub(super) fn new(view: EventView, standing: Standing) -> EventAnswer {
        let (settings, texts) = (view.settings, view.texts);
        let Waitlist { policy, limit, max_skips } = settings.waitlist;
        let metadata = || serde_json::from_str(&texts.metadata).unwrap_or_default();
        EventAnswer {
            id: view.id,
            slug: settings.form.slug,
            title: texts.title,
            description: texts.description,
            location: texts.location,
            contact: texts.contact,
            timezone: texts.timezone,
            status: settings.status,
            visibility: settings.form.visibility,
            sign_up: view.sign_up,
            starts_at: settings.starts_at.map(rfc3339),
            ends_at: settings.ends_at.map(rfc3339),
            opens_at: settings.opens_at.map(rfc3339),
            closes_at: settings.closes_at.map(rfc3339),
            cancel_until: settings.cancel_until.map(rfc3339),
            promote_until: settings.promote_until.map(rfc3339),
            places: view.availability.into(),
            waitlist: WaitlistAnswer { policy, limit, max_skips },
            max_spots: settings.max_spots.get(),
            roles_per_person: settings.roles_per_person,
            one_per: settings.form.one_per,
            self_move: settings.self_move,
            phone: settings.form.phone,
            phone_region: settings.form.phone_region,
            verify_minutes: settings.verify_minutes,
            retention_days: settings.retention_days,
            organization_id: settings.form.organization,
            teams: settings.form.teams,
            metadata: (standing == Standing::Manager).then(metadata),
            seq: view.seq,
            revision: view.revision,
            roles: view.roles.into_iter().map(RoleAnswer::from).collect(),
        }
    }
}

impl From<RoleView> for RoleAnswer {
    fn from(role: RoleView) -> RoleAnswer {
        RoleAnswer {
            id: role.id,
            name: role.name,
            description: role.description,
            starts_at: role.settings.starts_at.map(rfc3339),
            ends_at: role.settings.ends_at.map(rfc3339),
            order: role.settings.order,
            min_needed: role.settings.min_needed,
            closed: role.settings.closed,
            places: role.availability.into(),
        }
    }
}
