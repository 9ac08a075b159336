//! What is sent and answered: the types of fields, in words.

use maud::{Markup, html};
use serde_json::Value;

use super::text::{paragraphs, prose};

const SCHEMAS: &str = "#/components/schemas/";

/// All named schemas, each with its fields.
pub(super) fn all(api: &Value) -> Markup {
    let schemas = api.pointer("/components/schemas").and_then(Value::as_object);
    html! {
        section {
            h2 id="schemas" { "Schemas" }
            @for (name, schema) in schemas.into_iter().flatten() {
                article {
                    h3 id={ "schema-" (name) } { (name) }
                    (paragraphs(schema["description"].as_str().unwrap_or_default()))
                    @if schema["properties"].is_object() { (fields(api, schema)) } @else { p { (type_of(schema)) } }
                }
            }
        }
    }
}

/// A table of the fields of an object.
pub(super) fn fields(api: &Value, schema: &Value) -> Markup {
    let properties = properties_of(api, schema);
    html! {
        div.scroll {
            table {
                thead { tr { th { "Field" } th { "Type" } th { "Meaning" } } }
                tbody {
                    @for (name, property, is_required) in properties {
                        tr {
                            td { code { (name) } @if is_required { " " span.soft { "required" } } }
                            td { (type_of(property)) }
                            td { (prose(&meaning(property))) }
                        }
                    }
                }
            }
        }
    }
}

/// The fields of an object, of all that it is made of; whether each is always there.
fn properties_of<'a>(api: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value, bool)> {
    let schema = resolved(api, schema);
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let own = schema["properties"].as_object().into_iter().flatten();
    let own = own.map(|(name, property)| (name.as_str(), property, required(name)));
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| properties_of(api, part));
    own.chain(parts).collect()
}

/// The schema that a reference leads to; others as they are.
pub(super) fn resolved<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    match reference(schema) {
        Some(name) => &api["components"]["schemas"][name],
        None => only_part(schema).map_or(schema, |part| resolved(api, part)),
    }
}

/// The name that a reference leads to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

/// What a choice between nothing and something leaves.
fn only_part(schema: &Value) -> Option<&Value> {
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array())?;
    let mut something = choices.iter().filter(|choice| choice["type"] != "null");
    something.next().filter(|_| something.next().is_none())
}

/// A type in words, with a link where it has a name.
pub(super) fn type_of(schema: &Value) -> Markup {
    if let Some(name) = reference(schema) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    if let Some(part) = only_part(schema) {
        return html! { (type_of(part)) " or null" };
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(choices) = choices {
        return html! { @for (index, choice) in choices.iter().enumerate() { @if index > 0 { " or " } (type_of(choice)) } };
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return html! { @for (index, part) in parts.iter().enumerate() { @if index > 0 { ", " } (type_of(part)) } };
    }
    if schema["items"].is_object() {
        return html! { "list of " (type_of(&schema["items"])) @if is_nullable(schema) { " or null" } };
    }
    html! { (simple_type(schema)) }
}

fn is_nullable(schema: &Value) -> bool {
    schema["type"].as_array().is_some_and(|types| types.iter().any(|one| one == "null"))
}

fn simple_type(schema: &Value) -> String {
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let words = types.iter().map(|one| match (*one, schema["format"].as_str()) {
        ("string", Some("date-time")) => "time",
        ("string", Some("uuid")) => "id",
        ("string", Some("email")) => "e-mail address",
        ("string", _) => "text",
        ("integer", _) => "whole number",
        ("boolean", _) => "true or false",
        (other, _) => other,
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "anything".to_owned() } else { words.join(" or ") }
}

/// What a field means: its description, its words and its bounds.
pub(super) fn meaning(schema: &Value) -> String {
    let mut parts = Vec::new();
    if let Some(description) = schema["description"].as_str() {
        parts.push(description.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        parts.push(format!("One of {}.", words.join(", ")));
    }
    let pattern = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix("^(")?.strip_suffix(")$"));
    if let Some(words) = pattern {
        parts.push(format!("One of `{}`.", words.replace('|', "`, `")));
    }
    match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(minimum), Some(maximum)) => parts.push(format!("From {minimum} to {maximum}.")),
        (Some(minimum), None) if minimum != 0 => parts.push(format!("At least {minimum}.")),
        (None, Some(maximum)) => parts.push(format!("At most {maximum}.")),
        _ => {}
    }
    if let Some(length) = schema["maxLength"].as_i64() {
        parts.push(format!("At most {length} characters."));
    }
    parts.join(" ")
}
