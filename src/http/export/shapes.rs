//! What an export is made of.

use headcount_core::event::Status;
use headcount_core::ids::{AccountId, EventId, OrganizationId, RegistrationId, Seq, TeamId};
use headcount_core::view::EventView;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::fields::rfc3339;
use crate::http::openapi::one_of;
use crate::http::registrations::Sight;
use crate::http::tokens::TokenAnswer;
use crate::mail::kept::Kept;
use crate::people::exporting::{KeptAccount, KeptLink, KeptMembership, KeptTeam};
use crate::people::identity::MemberRole;
use crate::people::sessions::Session;
use crate::store::read::{LogLine, RegistrationView};

/// What a change tells that is about the registration itself, and about nobody else.
const OF_CHANGE: [&str; 13] = [
    "role",
    "from_role",
    "to_role",
    "spots",
    "from_spots",
    "to_spots",
    "status",
    "from",
    "to",
    "fields",
    "checked_in",
    "created_at",
    "verify_by",
];

/// What a swap tells of the other registration, and what the same is called of one's own.
const OF_SWAP: [(&str, &str); 3] = [("with_role", "role"), ("with_spots", "spots"), ("with_status", "status")];

/// All that is kept about somebody.
#[derive(ToSchema)]
#[schema(as = Export)]
#[expect(dead_code, reason = "this describes what is written piece by piece")]
pub(in crate::http) struct ExportAnswer {
    #[schema(inline)]
    #[serde(flatten)]
    head: ExportHead,
    /// Links that work once and were made for the account or the address, without what makes them work.
    links: Vec<ExportedLink>,
    /// Registrations in all events.
    registrations: Vec<ExportedRegistration>,
    /// What is mailed to the account or the address and is about no registration.
    mail: Vec<ExportedMail>,
}

/// What stands first.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportHead {
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub(super) exported_at: String,
    /// Whose it is; null: of the holder of one registration.
    #[schema(required)]
    pub(super) address: Option<String>,
    /// What is kept and is not in here, in a sentence; null: nothing that can be told.
    #[schema(required)]
    pub(super) left_out: Option<&'static str>,
    #[schema(required)]
    pub(super) account: Option<ExportedAccount>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedAccount {
    #[schema(value_type = Uuid)]
    id: AccountId,
    name: String,
    email: String,
    #[schema(required)]
    language: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When its address was confirmed; null: nobody has, so that anybody may have made it.
    #[schema(required, format = DateTime)]
    confirmed_at: Option<String>,
    memberships: Vec<ExportedMembership>,
    teams: Vec<ExportedTeam>,
    /// Where somebody is logged in; the newest 1,000.
    sessions: Vec<ExportedSession>,
    /// Tokens without what makes them work; the newest 1,000.
    tokens: Vec<TokenAnswer>,
}

/// What an account is in an organization.
#[derive(Serialize, ToSchema)]
struct ExportedMembership {
    #[schema(value_type = Uuid)]
    organization_id: OrganizationId,
    /// The organization's name.
    organization: String,
    #[schema(schema_with = one_of::<MemberRole>)]
    role: MemberRole,
    special_requirements: bool,
    everything: bool,
    #[schema(format = DateTime)]
    since: String,
    /// The events they manage.
    #[schema(value_type = Vec<Uuid>)]
    events: Vec<EventId>,
    /// The teams whose events they manage.
    #[schema(value_type = Vec<Uuid>)]
    teams: Vec<TeamId>,
}

/// A team that somebody is in.
#[derive(Serialize, ToSchema)]
struct ExportedTeam {
    #[schema(value_type = Uuid)]
    id: TeamId,
    name: String,
    #[schema(value_type = Uuid)]
    organization_id: OrganizationId,
}

/// A session that has not ended.
#[derive(Serialize, ToSchema)]
struct ExportedSession {
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    seen_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A one-time link.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedLink {
    /// What it is for.
    purpose: String,
    /// The organization that it leads into.
    #[schema(required)]
    organization: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(required, format = DateTime)]
    used_at: Option<String>,
}

/// A registration, as [`ExportedRegistration`] has it beside its lists.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationHead {
    #[schema(value_type = Uuid)]
    id: RegistrationId,
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// The event's title.
    event: String,
    slug: String,
    /// The role's name.
    role: String,
    #[schema(schema_with = one_of::<Status>)]
    status: Status,
    spots: u32,
    /// How many of the party have come.
    checked_in: u32,
    #[schema(required, format = DateTime)]
    verify_until: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    notes: Option<String>,
    #[schema(required)]
    special_requirements: Option<String>,
    #[schema(required)]
    language: Option<String>,
    /// What staff noted; only for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_note: Option<String>,
    /// What programs keep with it; only for the operator.
    #[schema(value_type = Object)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
}

/// A registration.
#[derive(ToSchema)]
#[expect(dead_code, reason = "this describes what is written piece by piece")]
struct ExportedRegistration {
    #[schema(inline)]
    #[serde(flatten)]
    head: RegistrationHead,
    /// What happened to it, the newest first.
    history: Vec<ExportedChange>,
    /// What is mailed about it.
    mail: Vec<ExportedMail>,
}

/// Something that happened to a registration.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedChange {
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(format = DateTime)]
    at: String,
    /// What kind of change.
    kind: String,
    /// `guest`, `link`, `owner`, `system`, `account`, `token` or `door`: who else it was is not told.
    by: String,
    /// What changed.
    #[schema(value_type = Object)]
    change: Map<String, Value>,
    /// A reason that was given; only for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Something that is to be mailed, or was in the last 30 days.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedMail {
    message_id: Uuid,
    /// What it tells.
    kind: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is sent next; null: it was done with.
    #[schema(required, format = DateTime)]
    due_at: Option<String>,
    /// When it was done with; null: it waits.
    #[schema(required, format = DateTime)]
    done_at: Option<String>,
    /// Why it could not be sent.
    #[schema(required)]
    problem: Option<String>,
}

impl From<KeptAccount> for ExportedAccount {
    fn from(kept: KeptAccount) -> ExportedAccount {
        let KeptAccount { account, confirmed_at, memberships, teams, sessions, tokens } = kept;
        ExportedAccount {
            id: account.id,
            name: account.name,
            email: account.email,
            language: account.language,
            created_at: rfc3339(account.created_at),
            confirmed_at: confirmed_at.map(rfc3339),
            memberships: memberships.into_iter().map(ExportedMembership::from).collect(),
            teams: teams.into_iter().map(ExportedTeam::from).collect(),
            sessions: sessions.into_iter().map(ExportedSession::from).collect(),
            tokens: tokens.into_iter().map(|token| TokenAnswer::new(token, None)).collect(),
        }
    }
}

impl From<KeptMembership> for ExportedMembership {
    fn from(kept: KeptMembership) -> ExportedMembership {
        ExportedMembership {
            organization_id: kept.organization,
            organization: kept.name,
            role: kept.role,
            special_requirements: kept.special_requirements,
            everything: kept.everything,
            since: rfc3339(kept.since),
            events: kept.events,
            teams: kept.teams,
        }
    }
}

impl From<KeptTeam> for ExportedTeam {
    fn from(kept: KeptTeam) -> ExportedTeam {
        ExportedTeam { id: kept.id, name: kept.name, organization_id: kept.organization }
    }
}

impl From<Session> for ExportedSession {
    fn from(session: Session) -> ExportedSession {
        ExportedSession {
            created_at: rfc3339(session.created_at),
            seen_at: rfc3339(session.seen_at),
            expires_at: rfc3339(session.expires_at),
        }
    }
}

impl From<KeptLink> for ExportedLink {
    fn from(kept: KeptLink) -> ExportedLink {
        ExportedLink {
            purpose: kept.purpose,
            organization: kept.organization,
            created_at: rfc3339(kept.created_at),
            expires_at: rfc3339(kept.expires_at),
            used_at: kept.used_at.map(rfc3339),
        }
    }
}

impl RegistrationHead {
    pub(super) fn new(view: &RegistrationView, event: &EventView, sight: Sight) -> RegistrationHead {
        let one = &view.registration;
        let details = one.details.clone();
        let is_all = sight == Sight::All;
        let metadata = details.metadata.filter(|_| is_all);
        RegistrationHead {
            id: one.id,
            event_id: view.event,
            event: event.texts.title.clone(),
            slug: event.settings.form.slug.clone(),
            role: view.role_name.clone(),
            status: one.status,
            spots: one.spots.get(),
            checked_in: one.checked_in,
            verify_until: one.verify_by.map(rfc3339),
            created_at: rfc3339(one.created_at),
            name: details.name,
            email: details.email,
            phone: details.phone,
            notes: details.notes,
            special_requirements: details.special_requirements,
            language: details.language,
            staff_note: details.staff_note.filter(|_| is_all),
            metadata: metadata.and_then(|metadata| serde_json::from_str(&metadata).ok()),
        }
    }
}

impl ExportedChange {
    /// A change of `registration`, without what it tells of anybody else.
    pub(super) fn new(line: LogLine, registration: RegistrationId, sight: Sight) -> ExportedChange {
        // A damaged body tells nothing; `verify` tells of it.
        let body: Map<String, Value> = serde_json::from_str(&line.body).unwrap_or_default();
        let is_other_half = line.registration != Some(registration);
        let change = body.into_iter().filter_map(|(name, value)| {
            let of_swap = OF_SWAP.iter().find(|(theirs, _)| *theirs == name).map(|(_, own)| (*own).to_owned());
            match of_swap {
                Some(own) => is_other_half.then_some((own, value)),
                None => (!is_other_half && OF_CHANGE.contains(&name.as_str())).then_some((name, value)),
            }
        });
        ExportedChange {
            seq: line.seq,
            at: rfc3339(line.at),
            change: change.collect(),
            // Which account it was is about somebody else.
            by: line.actor.split(':').next().unwrap_or_default().to_owned(),
            reason: line.text.filter(|_| sight == Sight::All),
            kind: line.kind,
        }
    }
}

impl From<Kept> for ExportedMail {
    fn from(kept: Kept) -> ExportedMail {
        let Kept { id, template, created_at, due_at, done_at, problem } = kept;
        ExportedMail {
            message_id: id,
            kind: template,
            created_at: rfc3339(created_at),
            due_at: done_at.is_none().then(|| rfc3339(due_at)),
            done_at: done_at.map(rfc3339),
            problem,
        }
    }
}
