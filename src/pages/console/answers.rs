//! What the API answers to organizers beside what it answers to everybody.

use headcount_core::event::Status;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::pages::Pages;
use crate::pages::answers::{Event, PersonName, Time};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// An event with all its settings.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Managed {
    #[serde(flatten)]
    pub(super) event: Event,
    pub(super) cancel_until: Option<Time>,
    pub(super) promote_until: Option<Time>,
    pub(super) roles_per_person: u32,
    pub(super) one_per: String,
    pub(super) phone_region: Option<String>,
    pub(super) teams: Vec<Uuid>,
    pub(super) revision: u32,
    /// Shown to those who manage it, and to nobody else.
    pub(super) metadata: Option<Value>,
}

impl Managed {
    /// An event that the visitor manages.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, event: &str) -> Result<Managed, Problem> {
        let path = format!("/api/v1/events/{}", segment(event));
        let found: Managed = pages.api().get(visitor, path).read().await?;
        if found.metadata.is_some() { Ok(found) } else { Err(Problem::no_such_page()) }
    }

    /// Its page in the console.
    pub(super) fn path(&self, visitor: &Visitor) -> String {
        visitor.to(&format!("/console/events/{}", self.event.id))
    }
}

/// Somebody who signed up.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Registration {
    pub(super) id: Uuid,
    pub(super) role_id: Uuid,
    pub(super) role: String,
    pub(super) status: Status,
    pub(super) spots: u32,
    pub(super) position: Option<u64>,
    pub(super) checked_in: u32,
    pub(super) created_at: Time,
    pub(super) name: PersonName,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) special_requirements: Option<String>,
    pub(super) staff_note: Option<String>,
    pub(super) manage_url: Option<String>,
}

impl Registration {
    /// Somebody who signed up for an event.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, event: Uuid, id: &str) -> Result<Registration, Problem> {
        let path = format!("/api/v1/events/{event}/registrations/{}", segment(id));
        pages.api().get(visitor, path).read().await
    }

    /// The page of whoever has their link.
    pub(super) fn own_page(&self, pages: &Pages) -> Option<String> {
        let token = self.manage_url.as_deref()?.rsplit('/').next()?;
        Some(format!("{}/r/{token}", pages.public_url()))
    }
}

/// What came of a command, or would.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Receipt {
    pub(super) id: Uuid,
    pub(super) role: String,
    pub(super) status: Status,
    pub(super) spots: u32,
    #[serde(default)]
    pub(super) affected: Vec<Affected>,
}

/// What came of a change of the event or of a role, or would.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Edited {
    /// The role that was added, changed or removed.
    pub(super) role_id: Option<Uuid>,
    pub(super) revision: u32,
    pub(super) affected: Vec<Affected>,
}

/// Somebody else who moved because of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Affected {
    pub(super) registration_id: Uuid,
    pub(super) to: Status,
}

/// A team of an organization.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Team {
    pub(super) id: Uuid,
    pub(super) name: String,
}

/// The teams of an organization.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Teams {
    pub(super) items: Vec<Team>,
}
