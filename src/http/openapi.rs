//! The description of this API for programs (OpenAPI 3.1), made from the handlers themselves.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, License, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::fields::Words;
use super::problem::{FieldProblem, ProblemDocument};

/// The name of the owner's token among the ways to say who asks.
pub(super) const OWNER_TOKEN: &str = "owner_token";

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
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    components.security_schemes.insert(OWNER_TOKEN.to_owned(), token.into());
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    components.schemas.insert(FieldProblem::name().into_owned(), FieldProblem::schema());
    for item in api.paths.paths.values_mut() {
        for operation in operations(item) {
            make_id_unique(operation);
            add_problems(operation);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, patch, delete, .. } = item;
    [get, post, patch, delete].into_iter().flatten()
}

/// Handlers of different routes have the same name; with the tag before it, it is unique.
fn make_id_unique(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    operation.operation_id = tag.zip(operation.operation_id.as_ref()).map(|(tag, name)| format!("{tag}_{name}"));
}

/// The problems an operation can come to, told from what it takes.
fn add_problems(operation: &mut Operation) {
    let parameters = || operation.parameters.iter().flatten().filter_map(written_out);
    let takes = |name: &str| parameters().any(|parameter| parameter.name == name);
    let has_path = parameters().any(|one| one.parameter_in == ParameterIn::Path);
    let has_query = parameters().any(|one| one.parameter_in == ParameterIn::Query);
    let has_body = operation.request_body.is_some();
    let is_command = takes("Idempotency-Key") || takes("If-Match");
    let asks_for_token = operation.security.is_some();
    let problems = [
        (has_body || has_query, "400", "`malformed`"),
        (asks_for_token, "401", "`unauthenticated`"),
        (has_path, "404", "`not_found`"),
        (has_body, "408", "`request_timeout`"),
        (is_command, "409", "Refused by rule; the code says by which"),
        (takes("If-Match"), "412", "`revision_mismatch`"),
        (has_body, "413", "`too_large`"),
        (has_body, "415", "`unsupported_media_type`"),
        (has_body || has_query || is_command, "422", "`invalid`, `key_reused`"),
        (takes("If-Match"), "428", "`revision_required`"),
        (true, "500", "`internal`"),
        (true, "503", "`busy`, `storage_unavailable`"),
    ];
    for (_, status, text) in problems.into_iter().filter(|(applies, ..)| *applies) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(text)));
    }
}

fn written_out(parameter: &RefOr<Parameter>) -> Option<&Parameter> {
    match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }
}

fn problem(text: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDocument::name()))).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content).build()
}
