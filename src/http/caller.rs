//! Who asks. The gate (see `rights`) finds it out once a request; handlers take it as an argument.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use headcount_core::command::{Actor, Idempotency, Login};
use headcount_core::event::Form;
use headcount_core::ids::{EventId, OrganizationId};
use subtle::ConstantTimeEq;

use super::App;
use super::problem::Problem;
use super::request::{Asked, only};
use crate::clock;
use crate::live::Pass;
use crate::people::People;
use crate::people::doors::{DOOR_PREFIX, DOOR_PURPOSE};
use crate::people::identity::{self, Credential, DoorPass, Identity, MemberRole, Scope, Standing};
use crate::secret::token_hash;
use crate::store::read::{Audience, Insider};

/// The cookie of a session, where the server is reached by https.
pub(super) const SESSION_COOKIE: &str = "__Host-headcount";
/// The same over plain http, where browsers refuse what the other one says of itself.
pub(super) const PLAIN_SESSION_COOKIE: &str = "headcount";

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Somebody who shows nothing.
    Guest,
    /// Somebody with an account.
    Known(Arc<Identity>),
    /// The holder of a door link.
    Door(Arc<DoorPass>),
    /// The holder of the server's own token.
    Owner,
}

impl Caller {
    /// What they are to an event.
    pub(super) fn standing(&self, event: EventId, form: &Form) -> Standing {
        match self {
            Caller::Guest => Standing::Stranger,
            Caller::Known(identity) => identity.standing(event, form),
            Caller::Door(pass) if pass.event == event => Standing::Door,
            Caller::Door(_) => Standing::Stranger,
            Caller::Owner => Standing::Manager,
        }
    }

    /// The account, if they have one.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match self {
            Caller::Known(identity) => Some(identity),
            _ => None,
        }
    }

    /// Whether special requirements of an event of `organization` are shown to them.
    pub(super) fn sees_special_requirements(&self, organization: OrganizationId) -> bool {
        match self {
            Caller::Known(identity) => identity.sees_special_requirements(organization),
            Caller::Owner => true,
            Caller::Guest | Caller::Door(_) => false,
        }
    }

    /// As the rules see them where they act as staff. That they may was settled by the gate.
    pub(super) fn as_staff(&self) -> Actor {
        match self {
            Caller::Owner => Actor::Owner,
            Caller::Known(identity) => Actor::Staff(login(identity)),
            Caller::Door(pass) => Actor::Staff(Login::Door(pass.door)),
            Caller::Guest => Actor::Guest,
        }
    }

    /// As the rules see them where they act for themselves.
    pub(super) fn as_person(&self) -> Actor {
        match self {
            Caller::Owner => Actor::Owner,
            Caller::Known(identity) => Actor::Person(login(identity)),
            Caller::Door(_) | Caller::Guest => Actor::Guest,
        }
    }

    /// Whose idempotency keys they send; none for guests, who are told apart by what they ask.
    pub(super) fn who(&self) -> Option<String> {
        match self {
            Caller::Guest => None,
            Caller::Owner => Some("owner".to_owned()),
            Caller::Known(identity) => Some(Actor::Staff(login(identity)).code().into_owned()),
            Caller::Door(pass) => Some(Actor::Staff(Login::Door(pass.door)).code().into_owned()),
        }
    }

    /// What makes a repeat of their request harmless.
    pub(super) fn idempotency<const BYTES_MAX: usize>(&self, asked: &Asked<BYTES_MAX>) -> Option<Idempotency> {
        let who = self.who()?;
        asked.idempotency(|| who)
    }

    /// Whose idempotency key was sent, and the key: what the id of something new is derived from.
    pub(super) fn key<'a, const BYTES_MAX: usize>(&self, asked: &'a Asked<BYTES_MAX>) -> Option<(String, &'a str)> {
        self.who().zip(asked.key())
    }

    /// What they have shown, if it can end while they are served.
    pub(super) fn pass(&self, app: &App, headers: &HeaderMap) -> Option<Pass> {
        match self {
            Caller::Known(identity) => match &identity.by {
                Credential::Session(_) => {
                    session_cookie(app, headers).map(|session| Pass::Session(token_hash(session)))
                }
                Credential::Token(token, _) => Some(Pass::Token(*token)),
            },
            Caller::Door(pass) => Some(Pass::Door(pass.door)),
            Caller::Guest | Caller::Owner => None,
        }
    }

    /// Which events they see in a list.
    pub(super) fn audience(&self) -> Audience {
        match self {
            Caller::Owner => Audience::All,
            Caller::Guest => Audience::Everyone,
            Caller::Door(pass) => {
                Audience::Some(Box::new(Insider { events: [pass.event].into(), ..Insider::default() }))
            }
            Caller::Known(identity) => Audience::Some(Box::new(insider(identity))),
        }
    }
}

fn login(identity: &Identity) -> Login {
    match &identity.by {
        Credential::Session(_) => Login::Account(identity.account),
        Credential::Token(token, _) => Login::Token(*token),
    }
}

fn insider(identity: &Identity) -> Insider {
    let mut insider = Insider { teams: identity.teams.clone(), ..Insider::default() };
    for (organization, membership) in &identity.memberships {
        match membership.role {
            MemberRole::Owner => drop(insider.organizations.insert(*organization)),
            MemberRole::Manager if membership.everything => drop(insider.organizations.insert(*organization)),
            MemberRole::Manager => {
                insider.events.extend(&membership.events);
                insider.manages_teams.extend(membership.teams.iter().map(|team| (*organization, *team)));
            }
            MemberRole::Staff => {}
        }
    }
    insider
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    /// Found out by the gate, which is around every route.
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Caller, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Problem::internal("a route is not behind the gate"))
    }
}

/// Who asks. What is shown and wrong is refused everywhere, also where nothing is needed: whoever shows something means
/// it. A session that has ended is like none, as browsers send its cookie by themselves.
pub(super) async fn identify(app: &App, parts: &Parts) -> Result<Caller, Problem> {
    if parts.headers.contains_key(AUTHORIZATION) {
        let header = only(&parts.headers, AUTHORIZATION).ok().flatten().ok_or_else(Problem::unauthenticated)?;
        return by_token(app, header).await;
    }
    let Some(identity) = by_session(app, &parts.headers).await? else { return Ok(Caller::Guest) };
    same_site(app, parts)?;
    note_use(app, &parts.headers, &identity);
    Ok(Caller::Known(Arc::new(identity)))
}

/// Who has the session that a browser shows; none: it shows none, or one that has ended.
pub(super) async fn by_session(app: &App, headers: &HeaderMap) -> Result<Option<Identity>, Problem> {
    let Some(session) = session_cookie(app, headers) else { return Ok(None) };
    Ok(identity::by_session(&app.readers, &token_hash(session), clock::now()).await?)
}

/// Has it noted that the session which a browser shows is in use. Nobody waits for that.
pub(super) fn note_use(app: &App, headers: &HeaderMap, identity: &Identity) {
    let (Credential::Session(seen_at), now) = (&identity.by, clock::now()) else { return };
    if let Some(session) = session_cookie(app, headers).filter(|_| People::is_worth_noting(*seen_at, now)) {
        let (people, session) = (app.people.clone(), session.to_owned());
        tokio::spawn(async move {
            if let Err(error) = people.note_use(&session, now).await {
                tracing::debug!(%error, "the use of a session was not noted");
            }
        });
    }
}

async fn by_token(app: &App, header: &str) -> Result<Caller, Problem> {
    let (scheme, token) = header.split_once(' ').ok_or_else(Problem::unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthenticated());
    }
    let token = token.trim();
    let hash = token_hash(token);
    if bool::from(hash.as_bytes().ct_eq(app.owner_token_hash.as_bytes())) {
        return Ok(Caller::Owner);
    }
    let now = clock::now();
    let found = match token.strip_prefix(DOOR_PREFIX) {
        Some(door) => match app.secret.read_token(DOOR_PURPOSE, door) {
            Some(door) => identity::by_door(&app.readers, door, now).await?.map(|pass| Caller::Door(Arc::new(pass))),
            None => None,
        },
        None => identity::by_token(&app.readers, &hash, now).await?.map(|known| Caller::Known(Arc::new(known))),
    };
    found.ok_or_else(Problem::unauthenticated)
}

/// The session that a browser shows.
pub(super) fn session_cookie<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = app.session_cookie_name();
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, session)| session)
}

/// A browser sends its session's cookie for whatever page asks, so what changes something must come from our own pages:
/// its Origin says so. Programs with a token need none.
fn same_site(app: &App, parts: &Parts) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD].contains(&parts.method) {
        return Ok(());
    }
    let origin = only(&parts.headers, ORIGIN).ok().flatten();
    let is_ours = origin.is_some_and(|origin| app.is_own_origin(origin, &parts.headers));
    if is_ours { Ok(()) } else { Err(Problem::cross_site()) }
}

impl App {
    /// The name of the session's cookie.
    pub(super) fn session_cookie_name(&self) -> &'static str {
        if self.public_url.starts_with("https://") { SESSION_COOKIE } else { PLAIN_SESSION_COOKIE }
    }

    /// Whether a page is one of this server's. Where it is tried out over plain http, by whatever name this machine is
    /// called, as a cookie for one name is not sent to another.
    pub(super) fn is_own_origin(&self, origin: &str, headers: &HeaderMap) -> bool {
        let (scheme, rest) = self.public_url.split_once("://").unwrap_or(("", &self.public_url));
        let authority = rest.split('/').next().unwrap_or_default();
        if origin.eq_ignore_ascii_case(&format!("{scheme}://{authority}")) {
            return true;
        }
        let host = only(headers, HOST).ok().flatten();
        scheme == "http" && host.is_some_and(|host| origin.eq_ignore_ascii_case(&format!("http://{host}")))
    }
}

impl Identity {
    /// A token may do no more than its scopes say.
    pub(super) fn must_have(&self, scope: Scope) -> Result<(), Problem> {
        if self.has_scope(scope) { Ok(()) } else { Err(Problem::scope_missing(scope.word())) }
    }
}
