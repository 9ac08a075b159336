//! Who may do what: one table, read for every request by the gate that is around all routes.
//!
//! An operation without a row is answered by nobody, and `tests/api/rights.rs` walks all of them with every kind of
//! caller. Whoever shows nothing is told to log in (401); a stranger to an organization is told that there is nothing
//! (404); whoever belongs to it, but lacks the right, is told so (403).

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use headcount_core::ids::OrganizationId;

use super::App;
use super::caller::{Caller, identify};
use super::fields::read_id;
use super::forms::event_ref;
use super::older::{is_older, told};
use super::problem::Problem;
use crate::people::identity::{MemberRole, Scope, Standing};
use crate::store::read::FormOf;

/// What an operation asks of whoever asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Right {
    /// Nothing: the answer shows as much as the caller may see.
    Anyone,
    /// The link in the address is the right.
    Link,
    /// An account, by session or token.
    Login,
    /// An account, or the server's own token; which objects, the handler asks.
    Known,
    /// To be at least this to the event in the address.
    Event(Standing),
    /// To be at least this to the organization in the address.
    Organization(MemberRole),
    /// The server's own token.
    Server,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The operation: method and path as they are described.
    pub operation: (&'static str, &'static str),
    /// What is asked of the caller.
    pub right: Right,
    /// What a token must be good for.
    pub scope: Scope,
}

const fn rule(method: &'static str, path: &'static str, right: Right, scope: Scope) -> Rule {
    Rule { operation: (method, path), right, scope }
}

const MANAGER: Right = Right::Event(Standing::Manager);
const OWNER: Right = Right::Organization(MemberRole::Owner);
const DOOR: Right = Right::Event(Standing::Door);
const STAFF: Right = Right::Organization(MemberRole::Staff);
const ORGANIZER: Right = Right::Organization(MemberRole::Manager);

/// The table.
pub const RULES: &[Rule] = &[
    rule("POST", "/api/v1/events", Right::Known, Scope::Events),
    rule("GET", "/api/v1/events", Right::Anyone, Scope::Read),
    rule("GET", "/api/v1/events/{event}", Right::Anyone, Scope::Read),
    rule("PATCH", "/api/v1/events/{event}", MANAGER, Scope::Events),
    rule("DELETE", "/api/v1/events/{event}", MANAGER, Scope::Events),
    rule("GET", "/api/v1/events/{event}/availability", Right::Anyone, Scope::Read),
    rule("POST", "/api/v1/events/{event}/roles", MANAGER, Scope::Events),
    rule("PATCH", "/api/v1/events/{event}/roles/{role}", MANAGER, Scope::Events),
    rule("DELETE", "/api/v1/events/{event}/roles/{role}", MANAGER, Scope::Events),
    rule("POST", "/api/v1/events/{event}/repair", MANAGER, Scope::Events),
    rule("GET", "/api/v1/events/{event}/log", MANAGER, Scope::Read),
    rule("GET", "/api/v1/events/{event}/opening", MANAGER, Scope::Read),
    rule("GET", "/api/v1/events/{event}/stream", Right::Anyone, Scope::Read),
    rule("POST", "/api/v1/events/{event}/registrations", Right::Anyone, Scope::Respond),
    rule("GET", "/api/v1/events/{event}/registrations", DOOR, Scope::Read),
    rule("GET", "/api/v1/events/{event}/arrivals", DOOR, Scope::Read),
    rule("GET", "/api/v1/events/{event}/registrations/{id}", DOOR, Scope::Read),
    rule("PATCH", "/api/v1/events/{event}/registrations/{id}", MANAGER, Scope::Registrations),
    rule("POST", "/api/v1/events/{event}/registrations/{id}/change-email", MANAGER, Scope::Registrations),
    rule("POST", "/api/v1/events/{event}/registrations/{id}/check-in", DOOR, Scope::CheckIn),
    rule("POST", "/api/v1/events/{event}/registrations/{id}/undo-check-in", DOOR, Scope::CheckIn),
    rule("POST", "/api/v1/events/{event}/registrations/{id}/send-link", MANAGER, Scope::Registrations),
    rule("GET", "/api/v1/events/{event}/pending-mail", MANAGER, Scope::Registrations),
    rule("DELETE", "/api/v1/events/{event}/pending-mail/{id}", MANAGER, Scope::Registrations),
    rule("POST", "/api/v1/events/{event}/registrations/{id}/{command}", MANAGER, Scope::Registrations),
    rule("POST", "/api/v1/events/{event}/respond", Right::Login, Scope::Respond),
    rule("GET", "/api/v1/manage/{token}", Right::Link, Scope::Read),
    rule("GET", "/api/v1/manage/{token}/export", Right::Link, Scope::Read),
    rule("POST", "/api/v1/manage/{token}/confirm", Right::Link, Scope::Respond),
    rule("POST", "/api/v1/manage/{token}/cancel", Right::Link, Scope::Respond),
    rule("POST", "/api/v1/manage/{token}/resize", Right::Link, Scope::Respond),
    rule("POST", "/api/v1/manage/{token}/move", Right::Link, Scope::Respond),
    rule("POST", "/api/v1/manage/{token}/contact", Right::Link, Scope::Respond),
    rule("POST", "/api/v1/accounts", Right::Anyone, Scope::People),
    rule("POST", "/api/v1/password-resets", Right::Anyone, Scope::People),
    rule("POST", "/api/v1/sessions", Right::Anyone, Scope::People),
    rule("GET", "/api/v1/sessions", Right::Login, Scope::People),
    rule("DELETE", "/api/v1/sessions", Right::Login, Scope::People),
    rule("DELETE", "/api/v1/sessions/current", Right::Login, Scope::People),
    rule("GET", "/api/v1/links/{token}", Right::Link, Scope::Read),
    rule("POST", "/api/v1/links/{token}", Right::Link, Scope::People),
    rule("GET", "/api/v1/tokens", Right::Login, Scope::People),
    rule("POST", "/api/v1/tokens", Right::Login, Scope::People),
    rule("DELETE", "/api/v1/tokens/{id}", Right::Login, Scope::People),
    rule("POST", "/api/v1/operator/accounts", Right::Server, Scope::People),
    rule("POST", "/api/v1/operator/accounts/end", Right::Server, Scope::People),
    rule("POST", "/api/v1/operator/erase", Right::Server, Scope::People),
    rule("POST", "/api/v1/operator/export", Right::Server, Scope::People),
    rule("GET", "/api/v1/organizations", Right::Server, Scope::People),
    rule("POST", "/api/v1/organizations", Right::Server, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}", STAFF, Scope::Read),
    rule("PATCH", "/api/v1/organizations/{organization}", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/members", ORGANIZER, Scope::Read),
    rule("PATCH", "/api/v1/organizations/{organization}/members/{account}", OWNER, Scope::People),
    rule("DELETE", "/api/v1/organizations/{organization}/members/{account}", OWNER, Scope::People),
    rule("POST", "/api/v1/organizations/{organization}/members/{account}/reset-link", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/invitations", OWNER, Scope::People),
    rule("POST", "/api/v1/organizations/{organization}/invitations", OWNER, Scope::People),
    rule("DELETE", "/api/v1/organizations/{organization}/invitations/{id}", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/teams", STAFF, Scope::Read),
    rule("POST", "/api/v1/organizations/{organization}/teams", OWNER, Scope::People),
    rule("PATCH", "/api/v1/organizations/{organization}/teams/{team}", OWNER, Scope::People),
    rule("DELETE", "/api/v1/organizations/{organization}/teams/{team}", OWNER, Scope::People),
    rule("PUT", "/api/v1/organizations/{organization}/teams/{team}/members/{account}", OWNER, Scope::People),
    rule("DELETE", "/api/v1/organizations/{organization}/teams/{team}/members/{account}", OWNER, Scope::People),
    rule("GET", "/api/v1/events/{event}/doors", MANAGER, Scope::Events),
    rule("POST", "/api/v1/events/{event}/doors", MANAGER, Scope::Events),
    rule("DELETE", "/api/v1/events/{event}/doors/{id}", MANAGER, Scope::Events),
    rule("GET", "/api/v1/people/me", Right::Login, Scope::Read),
    rule("PATCH", "/api/v1/people/me", Right::Login, Scope::People),
    rule("POST", "/api/v1/people/me/password", Right::Login, Scope::People),
    rule("POST", "/api/v1/people/me/address", Right::Login, Scope::People),
    // It tells of sessions and tokens too.
    rule("GET", "/api/v1/people/me/export", Right::Login, Scope::People),
    rule("POST", "/api/v1/my-sign-ups", Right::Anyone, Scope::Respond),
    rule("GET", "/api/v1/people/me/registrations", Right::Login, Scope::Read),
    rule("GET", "/api/v1/people/{person}/registrations", Right::Server, Scope::Read),
    // A webhook is told of all events, so it is not for managers of chosen ones.
    rule("POST", "/api/v1/organizations/{organization}/webhooks", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/webhooks", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/webhooks/{webhook}", OWNER, Scope::People),
    rule("PATCH", "/api/v1/organizations/{organization}/webhooks/{webhook}", OWNER, Scope::People),
    rule("DELETE", "/api/v1/organizations/{organization}/webhooks/{webhook}", OWNER, Scope::People),
    rule("POST", "/api/v1/organizations/{organization}/webhooks/{webhook}/rotate-secret", OWNER, Scope::People),
    rule("POST", "/api/v1/organizations/{organization}/webhooks/{webhook}/test", OWNER, Scope::People),
    rule("GET", "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries", OWNER, Scope::People),
    rule(
        "POST",
        "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries/{delivery}/resend",
        OWNER,
        Scope::People,
    ),
    rule("POST", "/api/events/{event}/rsvp", Right::Login, Scope::Respond),
    rule("POST", "/events/{event}/respond", Right::Login, Scope::Respond),
    rule("POST", "/api/p/{event}/register", Right::Anyone, Scope::Respond),
    rule("PATCH", "/api/events/{event}/registrations/{id}", MANAGER, Scope::Registrations),
    rule("GET", "/api/v1/system/locks", Right::Server, Scope::Read),
    rule("GET", "/api/v1/system/mail", Right::Server, Scope::Read),
    rule("GET", "/healthz", Right::Anyone, Scope::Read),
    rule("GET", "/readyz", Right::Anyone, Scope::Read),
    rule("GET", "/metrics", Right::Anyone, Scope::Read),
    rule("GET", "/openapi.json", Right::Anyone, Scope::Read),
    rule("GET", "/docs", Right::Anyone, Scope::Read),
];

/// The row of an operation. HEAD is as GET.
pub fn rule_of(method: &Method, path: &str) -> Option<&'static Rule> {
    static BY_PATH: LazyLock<HashMap<&str, Vec<&Rule>>> = LazyLock::new(|| {
        let mut rules: HashMap<&str, Vec<&Rule>> = HashMap::new();
        RULES.iter().for_each(|rule| rules.entry(rule.operation.1).or_default().push(rule));
        rules
    });
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    BY_PATH.get(path)?.iter().find(|rule| rule.operation.0 == method.as_str()).copied()
}

/// The gate: finds out who asks and whether they may. Handlers behind it find the [`Caller`] in the request.
pub(super) async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match pass(&app, &mut parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) if parts.extensions.get::<MatchedPath>().is_some_and(|path| is_older(path.as_str())) => {
            told(Err(problem))
        }
        Err(problem) => problem.into_response(),
    }
}

async fn pass(app: &App, parts: &mut Parts) -> Result<Caller, Problem> {
    let path = parts.extensions.get::<MatchedPath>().cloned();
    let rule = path.as_ref().and_then(|path| rule_of(&parts.method, path.as_str()));
    let rule = rule.ok_or_else(|| Problem::internal("an operation without a row in the table of rights"))?;
    let caller = identify(app, parts).await?;
    if rule.right == Right::Anyone && matches!(caller, Caller::Guest) {
        return Ok(caller);
    }
    allow(app, *rule, &caller, parts).await?;
    if let Some(identity) = caller.identity() {
        identity.must_have(rule.scope)?;
    }
    Ok(caller)
}

async fn allow(app: &App, rule: Rule, caller: &Caller, parts: &mut Parts) -> Result<(), Problem> {
    match (rule.right, caller) {
        (Right::Anyone | Right::Link, _) => Ok(()),
        (_, Caller::Guest) => Err(Problem::unauthenticated()),
        (Right::Login, Caller::Known(_)) => Ok(()),
        (Right::Known, Caller::Known(_) | Caller::Owner) => Ok(()),
        (Right::Login, _) => Err(Problem::needs_account()),
        (Right::Server, Caller::Owner) => Ok(()),
        (Right::Known | Right::Server, _) => Err(Problem::forbidden()),
        (Right::Event(needed), caller) => {
            let event = parameter(app, parts, "event").await?;
            let form = app.form(&event_ref(&event)?).await?;
            match caller.standing(form.event, &form.form) {
                standing if standing >= needed => {
                    parts.extensions.insert(About(form));
                    Ok(())
                }
                Standing::Stranger => Err(Problem::no_such_event()),
                _ => Err(Problem::forbidden()),
            }
        }
        (Right::Organization(needed), caller) => {
            let organization = parameter(app, parts, "organization").await?;
            let organization = read_id(&organization).ok_or_else(Problem::no_such_organization)?;
            caller.must_be(OrganizationId(organization), needed)
        }
    }
}

/// The event in the address of an operation that asks for a right to it: the one that the right was found for, whatever
/// happens to its slug meanwhile.
#[derive(Clone)]
pub(super) struct About(pub FormOf);

impl FromRequestParts<App> for About {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<About, Problem> {
        let about = parts.extensions.get::<About>().cloned();
        about.ok_or_else(|| Problem::internal("an operation asks for no right to an event"))
    }
}

async fn parameter(app: &App, parts: &mut Parts, name: &str) -> Result<String, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, app).await;
    let parameters = parameters.map_err(|_| Problem::not_found("There is nothing at this address. Check it."))?;
    let found = parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
    found.ok_or_else(|| Problem::internal("a right asks for a parameter that the address does not have"))
}

impl Caller {
    /// Whether they are at least `needed` in an organization. The holder of the server's own token is its owner.
    pub(super) fn must_be(&self, organization: OrganizationId, needed: MemberRole) -> Result<(), Problem> {
        let role = match self {
            Caller::Owner => Some(MemberRole::Owner),
            Caller::Known(identity) => identity.memberships.get(&organization).map(|one| one.role),
            Caller::Door(_) | Caller::Guest => None,
        };
        match role {
            None => Err(Problem::no_such_organization()),
            Some(role) if role >= needed => Ok(()),
            Some(_) => Err(Problem::forbidden()),
        }
    }
}
