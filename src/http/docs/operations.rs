//! What can be asked, and what is sent to webhooks.

use maud::{Markup, html};
use serde_json::Value;

use super::examples::{curl, value_of};
use super::schemas::{fields, meaning, reference, resolved, type_of};
use super::text::{paragraphs, prose};
use crate::http::openapi::{RIGHT, SCOPE};

/// In this order; others come after them.
const TAGS: [&str; 8] =
    ["events", "registrations", "manage", "people", "organizations", "accounts", "webhooks", "webhook messages"];
/// Statuses of problems begin with these.
const PROBLEMS: [char; 2] = ['4', '5'];

/// An operation, or a message to a webhook.
pub(super) struct Operation<'a> {
    api: &'a Value,
    pub(super) id: &'a str,
    pub(super) summary: &'a str,
    /// As it stands in the document, in small letters.
    method: &'a str,
    /// Or the type of the message.
    path: &'a str,
    is_message: bool,
    operation: &'a Value,
}

/// All operations and messages, by what they are about.
pub(super) fn operations_of(api: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let mut groups: Vec<(String, Vec<Operation<'_>>)> = Vec::new();
    for (section, is_message) in [("paths", false), ("webhooks", true)] {
        for (path, item) in api[section].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let text = |name: &str| operation[name].as_str().unwrap_or_default();
                let tag = operation["tags"][0].as_str().unwrap_or("other");
                let (id, summary) = (text("operationId"), text("summary"));
                let one = Operation { api, id, summary, method, path, is_message, operation };
                match groups.iter_mut().find(|(known, _)| known == tag) {
                    Some((_, group)) => group.push(one),
                    None => groups.push((tag.to_owned(), vec![one])),
                }
            }
        }
    }
    let place = |tag: &str| TAGS.iter().position(|known| *known == tag).unwrap_or(TAGS.len());
    groups.sort_by(|(one, _), (other, _)| (place(one), one).cmp(&(place(other), other)));
    groups
}

impl Operation<'_> {
    /// The method, in its colour.
    pub(super) fn method_shown(&self) -> Markup {
        let (class, word) =
            if self.is_message { ("send", "SEND".to_owned()) } else { (self.method, self.method.to_uppercase()) };
        html! { span class={ "method " (class) } { (word) } }
    }

    pub(super) fn shown(&self, public_url: &str) -> Markup {
        html! {
            article {
                h3 id=(self.id) { (self.summary) }
                p.path { (self.method_shown()) code { (self.path) } }
                (paragraphs(self.operation["description"].as_str().unwrap_or_default()))
                (self.who_may())
                (self.parameters())
                (self.body())
                @if self.is_message { (self.message_example()) } @else {
                    (self.answers())
                    (self.problems())
                    h4 { "Example" }
                    pre { code { (curl(self.api, self.method, self.path, self.operation, public_url)) } }
                }
            }
        }
    }

    fn who_may(&self) -> Markup {
        let (right, scope) = (self.operation[RIGHT].as_str(), self.operation[SCOPE].as_str());
        html! {
            @if let Some(right) = right {
                p.soft { "Who may: " (right) ". " @if let Some(scope) = scope { "A token needs the scope " code { (scope) } "." } }
            }
        }
    }

    fn parameters(&self) -> Markup {
        let parameters = self.operation["parameters"].as_array().filter(|list| !list.is_empty());
        html! {
            @if let Some(parameters) = parameters {
                h4 { "Parameters" }
                div.scroll {
                    table {
                        thead { tr { th { "Name" } th { "In" } th { "Type" } th { "Meaning" } } }
                        tbody {
                            @for one in parameters {
                                tr {
                                    td { code { (one["name"].as_str().unwrap_or_default()) }
                                         @if one["required"] == true { " " span.soft { "required" } } }
                                    td { (one["in"].as_str().unwrap_or_default()) }
                                    td { (type_of(&one["schema"])) }
                                    td { (prose(one["description"].as_str().unwrap_or_default())) " " (prose(&meaning(&one["schema"]))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn body(&self) -> Markup {
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        let has_fields = !resolved(self.api, schema)["properties"].is_null();
        html! {
            @if schema.is_object() {
                h4 { "Body" }
                @if self.is_message { (self.message(schema)) }
                @else if has_fields { (fields(self.api, schema)) }
                @else { p { (type_of(schema)) } }
            }
        }
    }

    /// What all messages have stands with their schema; here is what is this one's own.
    fn message(&self, schema: &Value) -> Markup {
        let parts = schema["allOf"].as_array();
        let change = parts.map(|parts| &parts[1]["properties"]["data"]["properties"]["change"]);
        html! {
            @match parts.and_then(|parts| parts.first()) {
                Some(common) => { p { (type_of(common)) ", whose " code { "data.change" } " is:" } }
                None => (fields(self.api, schema))
            }
            @if let Some(change) = change { (fields(self.api, change)) }
        }
    }

    fn answers(&self) -> Markup {
        html! {
            h4 { "Answers" }
            div.scroll {
                table {
                    thead { tr { th { "Status" } th { "Body" } th { "Meaning" } } }
                    tbody {
                        @for (status, response) in self.responses(|status| !status.starts_with(PROBLEMS)) {
                            tr {
                                td { code { (status) } }
                                td { @match content(response) { Some(schema) => (type_of(schema)), None => "–" } }
                                td { (prose(response["description"].as_str().unwrap_or_default())) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn problems(&self) -> Markup {
        html! {
            h4 { "Problems" }
            div.scroll {
                table {
                    thead { tr { th { "Status" } th { "Codes" } } }
                    tbody {
                        @for (status, response) in self.responses(|status| status.starts_with(PROBLEMS)) {
                            tr {
                                td { code { (status) } }
                                td { (prose(response["description"].as_str().unwrap_or_default())) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A message as a webhook gets it.
    fn message_example(&self) -> Markup {
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        let mut example = serde_json::json!({});
        let parts = schema["allOf"].as_array().map_or_else(|| vec![schema], |parts| parts.iter().collect());
        for part in parts {
            merge(&mut example, value_of(self.api, part, 0));
        }
        let text = serde_json::to_string_pretty(&example).unwrap_or_default();
        html! {
            h4 { "Example" }
            pre { code { (text) } }
        }
    }

    fn responses(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.operation["responses"].as_object().into_iter().flatten();
        all.map(|(status, response)| (status.as_str(), response)).filter(move |(status, _)| wanted(status))
    }
}

/// The schema of an answer, whatever its type.
fn content(response: &Value) -> Option<&Value> {
    let content = response["content"].as_object()?.values().next()?;
    Some(&content["schema"])
        .filter(|schema| schema.is_object() && (reference(schema).is_some() || !schema["type"].is_null()))
}

/// Puts what is more exact over what was there.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
