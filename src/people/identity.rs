//! Who somebody is who shows a session, a token or a door link, read anew for every request: what has ended is ended at
//! once, on every server.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::event::Form;
use headcount_core::ids::{AccountId, DoorId, EventId, Millis, OrganizationId, TeamId, TokenId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::script::Row;
use crate::store::{Readers, StoreError};
use crate::values;

/// How long a session lies idle before it ends.
pub const SESSION_IDLE_MS_MAX: i64 = 14 * 24 * 60 * 60 * 1_000;

/// Somebody with an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their address, which is theirs: it was confirmed.
    pub email: String,
    /// The language in which they are written to, by its tag; none: English.
    pub language: Option<String>,
    /// Raised when their password, address or a right changes.
    pub generation: i64,
    /// How they showed who they are.
    pub by: Credential,
    /// What they are in organizations.
    pub memberships: BTreeMap<OrganizationId, Membership>,
    /// The teams they are in.
    pub teams: BTreeSet<TeamId>,
}

/// How somebody showed who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// By a session of a browser, last seen at this time.
    Session(Millis),
    /// By a token of a program, which may do no more than its scopes say.
    Token(TokenId, BTreeSet<Scope>),
}

/// What a token may be used for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scope {
    /// Looking at what its account may see.
    Read,
    /// Signing its account up, and answering calls.
    Respond,
    /// Staff commands on registrations.
    Registrations,
    /// Making and changing events.
    Events,
    /// Checking people in.
    CheckIn,
    /// Accounts, members, teams, invitations, webhooks.
    People,
}

/// What an account is in an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// Owner, manager or staff.
    pub role: MemberRole,
    /// Whether special requirements are shown to them.
    pub special_requirements: bool,
    /// Whether a manager manages all events.
    pub everything: bool,
    /// The events they manage, beside those of `teams`.
    pub events: BTreeSet<EventId>,
    /// The teams whose events they manage.
    pub teams: BTreeSet<TeamId>,
}

/// What somebody is in an organization; each may do what the ones before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Is called for shifts.
    Staff,
    /// Manages all events, or chosen ones.
    Manager,
    /// May do everything.
    Owner,
}

/// What the holder of a door link may do: check people in at one event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoorPass {
    /// The link.
    pub door: DoorId,
    /// The event.
    pub event: EventId,
}

/// What somebody is to one event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Nothing, and nothing to its organization.
    Stranger,
    /// Belongs to its organization.
    Member,
    /// Is in a team that it concerns.
    Team,
    /// Checks people in.
    Door,
    /// Manages it.
    Manager,
}

impl Scope {
    /// All of them, with the words they are stored and sent as.
    pub const WORDS: [(Scope, &'static str); 6] = [
        (Scope::Read, "read"),
        (Scope::Respond, "respond"),
        (Scope::Registrations, "registrations"),
        (Scope::Events, "events"),
        (Scope::CheckIn, "check_in"),
        (Scope::People, "people"),
    ];

    /// As it is stored.
    pub fn word(self) -> &'static str {
        Scope::WORDS.iter().find(|(scope, _)| *scope == self).map_or("", |(_, word)| word)
    }

    /// The scopes in a stored text; words of a later version are none.
    pub(super) fn read_all(text: &str) -> BTreeSet<Scope> {
        let of = |word: &str| Scope::WORDS.iter().find(|(_, known)| *known == word).map(|(scope, _)| *scope);
        text.split_whitespace().filter_map(of).collect()
    }
}

impl MemberRole {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            MemberRole::Owner => "owner",
            MemberRole::Manager => "manager",
            MemberRole::Staff => "staff",
        }
    }

    /// What is stored as `word`.
    pub fn of_word(word: &str) -> Option<MemberRole> {
        [MemberRole::Owner, MemberRole::Manager, MemberRole::Staff].into_iter().find(|role| role.word() == word)
    }
}

impl Identity {
    /// What they are to an event.
    pub fn standing(&self, event: EventId, form: &Form) -> Standing {
        let in_team = !self.teams.is_disjoint(&form.teams);
        let membership = self.memberships.get(&form.organization);
        match membership {
            Some(membership) if membership.manages(event, form) => Standing::Manager,
            _ if in_team => Standing::Team,
            Some(_) => Standing::Member,
            None => Standing::Stranger,
        }
    }

    /// Whether special requirements of an event of `organization` are shown to them.
    pub fn sees_special_requirements(&self, organization: OrganizationId) -> bool {
        let membership = self.memberships.get(&organization);
        membership.is_some_and(|one| one.special_requirements || one.role == MemberRole::Owner)
    }

    /// Whether what they show may be used for `scope`.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match &self.by {
            Credential::Session(_) => true,
            Credential::Token(_, scopes) => scopes.contains(&scope),
        }
    }
}

impl Membership {
    fn manages(&self, event: EventId, form: &Form) -> bool {
        match self.role {
            MemberRole::Owner => true,
            MemberRole::Manager => {
                self.everything || self.events.contains(&event) || !self.teams.is_disjoint(&form.teams)
            }
            MemberRole::Staff => false,
        }
    }
}

macro_rules! identity {
    ($who:literal) => {
        concat!(
            "with who as (",
            $who,
            ") \
             select 'account' as what, account_id as id, cast(null as uuid) as organization_id, name as word, \
                    email as more, generation as number, seen_at as flag from who \
             union all select 'token', token_id, cast(null as uuid), scopes, '', 0, 0 from who \
             where token_id is not null \
             union all select 'language', account_id, cast(null as uuid), language, '', 0, 0 from who \
             where language is not null \
             union all select 'member', m.account_id, m.organization_id, m.role, '', m.special_requirements, m.everything \
             from members m join who on who.account_id = m.account_id \
             union all select 'grant', g.target_id, g.organization_id, g.kind, '', 0, 0 \
             from grants g join who on who.account_id = g.account_id \
             union all select 'team', t.team_id, cast(null as uuid), '', '', 0, 0 \
             from team_members t join who on who.account_id = t.account_id"
        )
    };
}

const BY_SESSION: &str = identity!(
    "select a.account_id, a.name, a.email, a.language, a.generation, s.seen_at, cast(null as uuid) as token_id, '' as scopes \
     from sessions s join accounts a on a.account_id = s.account_id \
     where s.session_hash = $1 and s.generation = a.generation and s.expires_at > $2 and s.seen_at > $3 \
     and a.ended_at is null and a.confirmed_at is not null"
);

const BY_TOKEN: &str = identity!(
    "select a.account_id, a.name, a.email, a.language, a.generation, 0 as seen_at, t.token_id, t.scopes \
     from tokens t join accounts a on a.account_id = t.account_id \
     where t.hash = $1 and t.generation = a.generation and t.revoked_at is null \
     and (t.expires_at is null or t.expires_at > $2) and a.ended_at is null and a.confirmed_at is not null"
);

const BY_DOOR: &str = "select event_id from doors where door_id = $1 and revoked_at is null and expires_at > $2";

/// Who has the session with this hash.
///
/// # Errors
/// If the storage cannot be read; so for all below.
pub async fn by_session(readers: &Readers, hash: &str, now: Millis) -> Result<Option<Identity>, StoreError> {
    let idle_since = now.0.saturating_sub(SESSION_IDLE_MS_MAX);
    read(&readers.rows(BY_SESSION, values![hash, now, idle_since]).await?)
}

/// Who has the token with this hash.
///
/// # Errors
/// See [`by_session`].
pub async fn by_token(readers: &Readers, hash: &str, now: Millis) -> Result<Option<Identity>, StoreError> {
    read(&readers.rows(BY_TOKEN, values![hash, now]).await?)
}

/// What the door link with this id is for.
///
/// # Errors
/// See [`by_session`].
pub async fn by_door(readers: &Readers, door: Uuid, now: Millis) -> Result<Option<DoorPass>, StoreError> {
    let found = readers.rows(BY_DOOR, values![door, now]).await?;
    let pass = |row: &Row| Ok(DoorPass { door: DoorId(door), event: EventId(row.id(0)?) });
    found.first().map(pass).transpose()
}

/// What the rows of [`identity!`] say, in whatever order they come.
fn read(rows: &[Row]) -> Result<Option<Identity>, StoreError> {
    let mut identity = None;
    let (mut memberships, mut grants, mut teams) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    let (mut token, mut language) = (None, None);
    for row in rows {
        match row.text(0)?.as_str() {
            "account" => identity = Some((AccountId(row.id(1)?), row.text(3)?, row.text(4)?, row.int(5)?, row.int(6)?)),
            "token" => token = Some((TokenId(row.id(1)?), Scope::read_all(&row.text(3)?))),
            "language" => language = Some(row.text(3)?),
            "member" => drop(memberships.insert(OrganizationId(row.id(2)?), membership(row)?)),
            "grant" => grants.push((OrganizationId(row.id(2)?), row.text(3)?, row.id(1)?)),
            _ => drop(teams.insert(TeamId(row.id(1)?))),
        }
    }
    for (organization, kind, target) in grants {
        let Some(membership) = memberships.get_mut(&organization) else { continue };
        match kind.as_str() {
            "event" => drop(membership.events.insert(EventId(target))),
            _ => drop(membership.teams.insert(TeamId(target))),
        }
    }
    Ok(identity.map(|(account, name, email, generation, seen_at)| Identity {
        account,
        name,
        email,
        language,
        generation,
        by: token.map_or(Credential::Session(Millis(seen_at)), |(id, scopes)| Credential::Token(id, scopes)),
        memberships,
        teams,
    }))
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    // A word of a later version gives no more than the least right.
    let role = MemberRole::of_word(&row.text(3)?).unwrap_or(MemberRole::Staff);
    let (special_requirements, everything) = (row.is_set(5)?, row.is_set(6)?);
    Ok(Membership { role, special_requirements, everything, events: BTreeSet::new(), teams: BTreeSet::new() })
}
