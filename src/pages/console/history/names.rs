//! Who occurs in a part of a log, as far as that is still known.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use super::Entry;
use crate::pages::Pages;
use crate::pages::answers::{Event, List, PersonName};
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// Members that are looked through for those who did something.
const MEMBERS_MAX: usize = 200;

/// Names by ids.
pub(super) struct Names {
    accounts: BTreeMap<Uuid, String>,
    registrations: BTreeMap<Uuid, PersonName>,
    roles: BTreeMap<Uuid, String>,
}

#[derive(Deserialize)]
struct Member {
    account_id: Uuid,
    name: String,
}

#[derive(Deserialize)]
struct Registration {
    name: PersonName,
}

impl Names {
    /// Looks them up. What the visitor may not read, or what is gone, has no name.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, event: &Event, entries: &[Entry]) -> Names {
        let roles = event.roles.iter().map(|role| (role.id, role.name.clone())).collect();
        let mut registrations = BTreeMap::new();
        for id in entries.iter().flat_map(people).collect::<BTreeSet<Uuid>>() {
            let path = format!("/api/v1/events/{}/registrations/{id}", event.id);
            if let Ok(Registration { name }) = pages.api().get(visitor, path).read().await {
                registrations.insert(id, name);
            }
        }
        let accounts = if entries.iter().any(|entry| entry.actor.starts_with("account:")) {
            members(pages, visitor, event).await
        } else {
            BTreeMap::new()
        };
        Names { accounts, registrations, roles }
    }

    /// Whoever a change is about.
    pub(super) fn person(&self, visitor: &Visitor, registration: Option<Uuid>) -> String {
        let name = registration.and_then(|id| self.registrations.get(&id));
        name.map_or_else(|| visitor.text("history-somebody"), |name| name.shown(visitor))
    }

    pub(super) fn role(&self, visitor: &Visitor, role: Option<Uuid>) -> String {
        let name = role.and_then(|id| self.roles.get(&id));
        name.cloned().unwrap_or_else(|| visitor.text("history-role-gone"))
    }

    /// Who did something, as the log calls them.
    pub(super) fn actor(&self, visitor: &Visitor, actor: &str) -> String {
        let (kind, id) = actor.split_once(':').unwrap_or((actor, ""));
        let name = id.parse().ok().and_then(|id: Uuid| self.accounts.get(&id));
        match (kind, name) {
            ("account", Some(name)) => visitor.say("history-by", &[("name", name.as_str().into())]),
            ("account", None) => visitor.text("history-by-account"),
            ("guest", _) => visitor.text("history-by-guest"),
            ("link", _) => visitor.text("history-by-link"),
            ("door", _) => visitor.text("history-by-door"),
            ("token", _) => visitor.text("history-by-token"),
            ("owner", _) => visitor.text("history-by-owner"),
            _ => visitor.text("history-by-system"),
        }
    }
}

/// Those whom an entry is about.
fn people(entry: &Entry) -> impl Iterator<Item = Uuid> {
    let with = entry.body["with"].as_str().and_then(|id| id.parse().ok());
    entry.registration_id.into_iter().chain(with)
}

/// All members of the event's organization by their accounts, or those that can be read.
async fn members(pages: &Pages, visitor: &Visitor, event: &Event) -> BTreeMap<Uuid, String> {
    let path = format!("/api/v1/organizations/{}/members?limit={MEMBERS_MAX}", event.organization_id);
    let (mut found, mut next) = (BTreeMap::new(), path.clone());
    while let Ok(list) = pages.api().get(visitor, next).read::<List<Member>>().await {
        found.extend(list.items.into_iter().map(|one| (one.account_id, one.name)));
        match list.next_cursor {
            Some(cursor) => next = format!("{path}&cursor={}", segment(&cursor)),
            None => break,
        }
    }
    found
}
