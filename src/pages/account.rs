//! The account of whoever looks at a page. `settings` is its own page, `tokens` a part of that.

use serde::Deserialize;
use uuid::Uuid;

use super::api::Api;
use super::visitor::Visitor;

pub(super) mod settings;
mod tokens;

/// An account, as pages need it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) memberships: Vec<Membership>,
    /// The teams they are in.
    pub(super) teams: Vec<Uuid>,
}

/// What it may do in an organization.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Membership {
    pub(super) organization_id: Uuid,
    pub(super) role: Role,
}

/// How much that is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Staff,
    Manager,
    Owner,
}

impl Account {
    /// The visitor's account; none: they are not logged in, or no longer.
    pub(super) async fn of(visitor: &Visitor, api: &Api) -> Option<Account> {
        if !visitor.shows_session() {
            return None;
        }
        api.get(visitor, "/api/v1/people/me").read().await.ok()
    }

    /// Whether the console is for them.
    pub(super) fn organizes(&self) -> bool {
        self.memberships.iter().any(|membership| membership.role >= Role::Manager)
    }
}
