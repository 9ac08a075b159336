//! The description of this API for programs (OpenAPI 3.1), made from the handlers themselves.

use axum::http::Method;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Info, License, OpenApi};
use utoipa::{PartialSchema, ToSchema};

use super::caller::SESSION_COOKIE;
use super::fields::Words;
use super::older::{OlderRefusal, is_older};
use super::problem::{FieldProblem, ProblemDocument};
use super::rights::{Right, Rule, rule_of};
use super::stream::inside::{ResponseMessage, RoleStats};
use crate::people::identity::{MemberRole, Standing};

use problems::Shape;

mod problems;
mod webhooks;

/// Who may do it, in words, and what a token must be good for.
pub(super) const RIGHT: &str = "x-right";
pub(super) const SCOPE: &str = "x-scope";
/// The ways to say who asks.
const SERVER_TOKEN: &str = "server_token";
const API_TOKEN: &str = "api_token";
const DOOR_TOKEN: &str = "door_token";
const SESSION: &str = "session";

/// The description of this API.
pub fn openapi() -> OpenApi {
    describe(super::described().into_openapi())
}

/// The schema of a text that is one of a few words.
pub(super) fn one_of<T: Words>() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(T::WORDS.iter().copied())).build()
}

/// Adds what the handlers do not say one by one: who we are, the owner's token, and the problems.
fn describe(mut api: OpenApi) -> OpenApi {
    api.info = Info::new("headcount", env!("CARGO_PKG_VERSION"));
    api.info.description = Some("An event sign-up server that never overbooks.".to_owned());
    api.info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    let components = api.components.get_or_insert_default();
    components.security_schemes.extend(security_schemes().map(|(name, scheme)| (name.to_owned(), scheme.into())));
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    components.schemas.insert(OlderRefusal::name().into_owned(), OlderRefusal::schema());
    components.schemas.insert(FieldProblem::name().into_owned(), FieldProblem::schema());
    components.schemas.extend(webhooks::schemas());
    components.schemas.insert(ResponseMessage::name().into_owned(), ResponseMessage::schema());
    components.schemas.insert(RoleStats::name().into_owned(), RoleStats::schema());
    api.webhooks = Some(webhooks::webhooks());
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            make_id_unique(operation);
            tell_rights(operation, rule_of(&method, path));
            problems::add_problems(operation, if is_older(path) { Shape::Older } else { Shape::Problem });
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [(Method::GET, get), (Method::POST, post), (Method::PUT, put), (Method::PATCH, patch)];
    let all = all.into_iter().chain([(Method::DELETE, delete)]);
    all.filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn security_schemes() -> impl Iterator<Item = (&'static str, SecurityScheme)> {
    let bearer = |text: &str| {
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build())
    };
    let session = "The session of a browser. Over plain http, for trying it out, the cookie is `headcount`. What changes \
                   something needs an Origin header of this server.";
    let session = ApiKey::Cookie(ApiKeyValue::with_description(SESSION_COOKIE, session));
    [
        (SERVER_TOKEN, bearer("The server's own token, which may do everything.")),
        (API_TOKEN, bearer("A token of an account, which may do what the account may, as far as its scopes say.")),
        (DOOR_TOKEN, bearer("The token of a door link, which checks people in at one event.")),
        (SESSION, SecurityScheme::ApiKey(session)),
    ]
    .into_iter()
}

/// Who may, from the table of rights: the ways to say who asks, and in words.
fn tell_rights(operation: &mut Operation, rule: Option<&Rule>) {
    let Some(rule) = rule else { return };
    operation.security = Some(ways_in(rule.right));
    let told = operation.extensions.get_or_insert_default();
    told.insert(RIGHT.to_owned(), in_words(rule.right).into());
    told.insert(SCOPE.to_owned(), rule.scope.word().into());
}

fn in_words(right: Right) -> &'static str {
    match right {
        Right::Anyone => "Anyone; what is shown depends on who asks",
        Right::Link => "Whoever has the link in the address",
        Right::Login => "Whoever has an account",
        Right::Known => "Whoever has an account and may organize what it is about",
        Right::Event(Standing::Manager) => "Whoever manages the event",
        Right::Event(Standing::Door) => "Whoever manages the event, or checks people in at it",
        Right::Event(Standing::Team) => "Members of a team that the event concerns, and whoever manages it",
        Right::Event(Standing::Member | Standing::Stranger) => "Members of the event's organization",
        Right::Organization(MemberRole::Staff) => "Members of the organization",
        Right::Organization(MemberRole::Manager) => "Managers and owners of the organization",
        Right::Organization(MemberRole::Owner) => "Owners of the organization",
        Right::Server => "The holder of the server's own token",
    }
}

/// The ways to say who asks that lead to a right.
fn ways_in(right: Right) -> Vec<SecurityRequirement> {
    let ways: &[&str] = match right {
        Right::Link => &[],
        Right::Server => &[SERVER_TOKEN],
        Right::Login => &[API_TOKEN, SESSION],
        Right::Anyone | Right::Event(Standing::Door) => &[SERVER_TOKEN, API_TOKEN, DOOR_TOKEN, SESSION],
        Right::Known | Right::Event(_) | Right::Organization(_) => &[SERVER_TOKEN, API_TOKEN, SESSION],
    };
    let no_need = matches!(right, Right::Anyone | Right::Link).then(SecurityRequirement::default);
    let needed = ways.iter().map(|way| SecurityRequirement::new(*way, Vec::<String>::new()));
    no_need.into_iter().chain(needed).collect()
}

/// Handlers of different routes have the same name; with the tag before it, it is unique.
fn make_id_unique(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    operation.operation_id = tag.zip(operation.operation_id.as_ref()).map(|(tag, name)| format!("{tag}_{name}"));
}
