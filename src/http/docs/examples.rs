//! An example of each operation, to be pasted into a shell.

use serde_json::{Map, Value, json};

use super::schemas::resolved;

/// How deep an example goes.
const DEPTH_MAX: usize = 4;
/// Fields of an example where none is said to be always there.
const FIELDS_WITHOUT_NEED: usize = 2;

/// A command for a shell that asks for an operation.
pub(super) fn curl(api: &Value, method: &str, path: &str, operation: &Value, public_url: &str) -> String {
    let mut lines = vec![match method {
        "get" => "curl".to_owned(),
        other => format!("curl -X {}", other.to_uppercase()),
    }];
    if asks_for_token(operation) {
        lines.push("-H 'Authorization: Bearer TOKEN'".to_owned());
    }
    for header in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "header") {
        let value = match header["name"].as_str() {
            Some("Idempotency-Key") => "a-random-text-of-22-characters",
            Some("If-Match") => "\"1\"",
            _ => continue,
        };
        lines.push(format!("-H '{}: {value}'", header["name"].as_str().unwrap_or_default()));
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if body.is_object() {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        let body = value_of(api, body, 0).to_string();
        lines.push(format!("-d '{}'", body.replace('\'', "'\\''")));
    }
    lines.push(format!("'{}{}'", public_url.replace('\'', "%27"), path_with_names(path)));
    lines.join(" \\\n  ")
}

/// `{event}` is shown as `EVENT`, so that it is seen what is to be put in.
fn path_with_names(path: &str) -> String {
    path.split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => name.to_uppercase(),
            None => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Whether nobody gets by without saying who they are.
fn asks_for_token(operation: &Value) -> bool {
    let ways = operation["security"].as_array();
    ways.is_some_and(|ways| !ways.iter().any(|way| way.as_object().is_some_and(Map::is_empty)))
}

/// A value that a schema describes.
pub(super) fn value_of(api: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(api, schema);
    let given = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|value| !value.is_null()) {
        return given.clone();
    }
    if let Some(word) = schema["pattern"].as_str().and_then(first_word) {
        return word.into();
    }
    if schema["properties"].is_object() {
        return if depth < DEPTH_MAX { object(api, schema, depth) } else { json!({}) };
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match (kind, schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => json!("2026-09-01T18:00:00+02:00"),
        (Some("string"), Some("uuid")) => json!("018f0000-0000-7000-8000-000000000000"),
        (Some("string"), Some("email")) => json!("ann@example.org"),
        (Some("string"), _) => json!("text"),
        (Some("integer"), _) => schema["minimum"].as_i64().filter(|least| *least > 0).unwrap_or(1).into(),
        (Some("boolean"), _) => json!(true),
        (Some("array"), _) => json!([value_of(api, &schema["items"], depth + 1)]),
        _ => json!({}),
    }
}

/// The first of the words that a pattern such as `^(one|other)$` allows.
fn first_word(pattern: &str) -> Option<&str> {
    pattern.strip_prefix("^(")?.strip_suffix(")$")?.split('|').next()
}

/// The fields that are always there, and those that have an example; or a few.
fn object(api: &Value, schema: &Value, depth: usize) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let has_example = |property: &Value| !property["example"].is_null() || !property["examples"].is_null();
    let wanted: Vec<_> =
        properties.clone().filter(|(name, property)| required(name) || has_example(property)).collect();
    let shown = if wanted.is_empty() { properties.take(FIELDS_WITHOUT_NEED).collect() } else { wanted };
    let shown = shown.into_iter().map(|(name, property)| (name.clone(), value_of(api, property, depth + 1)));
    Value::Object(shown.collect())
}
