//! The problems that an operation can come to: every status with its codes.
//!
//! What follows from what an operation takes is said here. The rest a handler says itself: the codes of a status stand in
//! backticks in the description of that answer, as in ``(status = 409, description = "`role_full`")``. The tests compare
//! every answer they get with what is described.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{AllOf, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::http::older::OlderRefusal;
use crate::http::problem::ProblemDocument;

/// The statuses of problems begin here.
const PROBLEMS_FROM: u16 = 400;

/// How an operation tells its problems.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// As problem documents.
    Problem,
    /// In the words of clients of earlier systems.
    Older,
}

/// Adds to an operation the problems it can come to, in one shape.
pub(super) fn add_problems(operation: &mut Operation, shape: Shape) {
    let mut problems = by_what_it_takes(operation);
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter() {
        if status.parse::<u16>().is_ok_and(|status| status >= PROBLEMS_FROM)
            && let RefOr::T(response) = response
        {
            problems.entry(status.clone()).or_default().extend(codes_in(&response.description).map(str::to_owned));
        }
    }
    for (status, codes) in problems {
        let told = match responses.get(&status) {
            Some(RefOr::T(response)) => response.description.clone(),
            _ => String::new(),
        };
        let unsaid: Vec<&String> = codes.iter().filter(|code| codes_in(&told).all(|said| said != *code)).collect();
        let description = unsaid.iter().map(|code| format!("`{code}`")).chain((!told.is_empty()).then_some(told));
        let description = description.collect::<Vec<_>>().join(", ");
        responses.insert(status, RefOr::T(shape.response(&description, &codes)));
    }
}

/// The codes that a description names.
pub(in crate::http) fn codes_in(description: &str) -> impl Iterator<Item = &str> {
    let is_code = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !word.is_empty();
    description.split('`').skip(1).step_by(2).filter(is_code)
}

fn by_what_it_takes(operation: &Operation) -> BTreeMap<String, BTreeSet<String>> {
    let parameters = || operation.parameters.iter().flatten().filter_map(written_out);
    let takes = |name: &str| parameters().any(|parameter| parameter.name == name);
    let has_path = parameters().any(|one| one.parameter_in == ParameterIn::Path);
    let has_query = parameters().any(|one| one.parameter_in == ParameterIn::Query);
    let has_body = operation.request_body.is_some();
    let has_key = takes("Idempotency-Key");
    let problems = [
        (has_body || has_query, "400", "malformed"),
        (true, "401", "unauthenticated"),
        (true, "403", "forbidden"),
        (has_path, "404", "not_found"),
        (has_body, "408", "request_timeout"),
        (takes("If-Match"), "412", "revision_mismatch"),
        (has_body, "413", "too_large"),
        (has_body, "415", "unsupported_media_type"),
        (has_body || has_query || has_key, "422", "invalid"),
        (has_key, "422", "key_reused"),
        (takes("If-Match"), "428", "revision_required"),
        (true, "500", "internal"),
        (true, "503", "busy"),
        (true, "503", "storage_unavailable"),
    ];
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, status, code) in problems.into_iter().filter(|(applies, ..)| *applies) {
        found.entry(status.to_owned()).or_default().insert(code.to_owned());
    }
    found
}

fn written_out(parameter: &RefOr<Parameter>) -> Option<&Parameter> {
    match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }
}

impl Shape {
    /// A problem with one of these codes.
    fn response(self, description: &str, codes: &BTreeSet<String>) -> Response {
        let (name, content_type) = match self {
            Shape::Problem => (ProblemDocument::name(), "application/problem+json"),
            Shape::Older => (OlderRefusal::name(), "application/json"),
        };
        let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.iter().cloned()));
        let with_code = ObjectBuilder::new().property("code", code);
        let mut schema = AllOf::new();
        schema.items.push(Ref::from_schema_name(name).into());
        schema.items.push(RefOr::T(Schema::Object(with_code.build())));
        let content = ContentBuilder::new().schema(Some(Schema::AllOf(schema))).build();
        ResponseBuilder::new().description(description).content(content_type, content).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_a_description_stand_in_backticks() {
        let found: Vec<&str> = codes_in("`role_full`, `event_full`; send `If-Match` or `none at all`").collect();
        assert_eq!(found, ["role_full", "event_full"]);
    }
}
