//! What is sent to webhooks, as the section of that name of OpenAPI 3.1 has it: one entry a type of message.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AllOf, Object, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::hooks::{KINDS, TEST, message_type};
use crate::http::fields::Words;
use headcount_core::event::Status;

/// What every message about a change has.
#[derive(ToSchema)]
#[schema(as = WebhookMessage)]
#[expect(dead_code, reason = "it describes what the hooks send")]
pub(super) struct Message {
    /// What happened.
    #[schema(example = "registration.signed_up")]
    r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    timestamp: String,
    data: MessageData,
}

/// What changed. What a kind of change does not have is null.
#[derive(ToSchema)]
#[schema(as = WebhookMessageData)]
#[expect(dead_code, reason = "it describes what the hooks send")]
pub(super) struct MessageData {
    event_id: uuid::Uuid,
    /// The event's name in addresses, when the message was made out.
    #[schema(example = "summer-fair")]
    slug: String,
    /// The entry of the event's log that it tells of. Within an event it only grows.
    seq: u64,
    #[schema(format = DateTime)]
    at: String,
    /// The kind of change, as the log calls it.
    #[schema(example = "signed_up")]
    kind: String,
    /// What kind of caller it came by.
    #[schema(pattern = "^(guest|link|account|token|door|owner|system)$")]
    actor: String,
    #[schema(required)]
    registration_id: Option<uuid::Uuid>,
    /// The role after it.
    #[schema(required)]
    role_id: Option<uuid::Uuid>,
    /// The size of the party after it.
    #[schema(required)]
    spots: Option<u32>,
    /// The status after it.
    #[schema(required, pattern = "^(confirmed|held|waitlisted|declined|cancelled|removed)$")]
    status: Option<String>,
    /// The change itself, as the log has it, without what stands for the person there.
    #[schema(value_type = Object)]
    change: serde_json::Value,
    /// Only where the webhook is told of people: as they are when it is delivered. Null if they are gone.
    person: Option<MessagePerson>,
}

/// Whom a change is about.
#[derive(ToSchema)]
#[schema(as = WebhookMessagePerson)]
#[expect(dead_code, reason = "it describes what the hooks send")]
pub(super) struct MessagePerson {
    name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    /// What whoever signed them up noted beside.
    #[schema(required, value_type = Option<Object>)]
    metadata: Option<serde_json::Value>,
}

/// The schemas that the messages refer to.
pub(super) fn schemas() -> [(String, RefOr<Schema>); 3] {
    [
        (Message::name().into_owned(), Message::schema()),
        (MessageData::name().into_owned(), MessageData::schema()),
        (MessagePerson::name().into_owned(), MessagePerson::schema()),
    ]
}

/// One entry a type of message.
pub(super) fn webhooks() -> Paths {
    let mut paths = Paths::new();
    for (kind, message_type) in KINDS {
        paths.paths.insert(message_type.to_owned(), item(message_type, change_schema(kind, message_type)));
    }
    let tried_out = message_type(TEST);
    paths.paths.insert(tried_out.to_owned(), item(tried_out, test_schema(tried_out)));
    paths
}

fn item(message_type: &str, body: Schema) -> PathItem {
    PathItem::new(HttpMethod::Post, operation(message_type, body))
}

fn operation(message_type: &str, body: Schema) -> Operation {
    let header = |name: &str, text: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(text))
            .schema(Some(Object::with_type(Type::String)))
            .build()
    };
    let content = ContentBuilder::new().schema(Some(body)).build();
    let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build();
    let told = |text: &str| ResponseBuilder::new().description(text).build();
    OperationBuilder::new()
        .tag("webhook messages")
        .summary(Some(summary(message_type)))
        .operation_id(Some(format!("message_{}", message_type.replace('.', "_"))))
        .parameter(header("webhook-id", "The delivery; the same in every attempt"))
        .parameter(header("webhook-timestamp", "When it was sent, in seconds since 1970"))
        .parameter(header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA-256 of `{webhook-id}.{webhook-timestamp}.{body}` in base64, with the key that is \
             the part of the secret after `whsec_`, in base64 too (Standard Webhooks)",
        ))
        .request_body(Some(body))
        .response("2XX", told("It is delivered; anything else is tried again for about three days"))
        .response("410", told("The webhook ends"))
        .build()
}

fn summary(message_type: &str) -> String {
    let (about, what) = message_type.split_once('.').unwrap_or((message_type, ""));
    format!("{about}: {}", what.replace('_', " "))
}

/// A message about this kind of change.
fn change_schema(kind: &str, message_type: &str) -> Schema {
    let mut change = ObjectBuilder::new();
    for (name, schema) in fields_of(kind) {
        change = change.property(name, schema).required(name);
    }
    let data = ObjectBuilder::new().property("kind", one_word(kind)).property("change", change);
    let this = ObjectBuilder::new().property("type", one_word(message_type)).property("data", data);
    let mut all = AllOf::new();
    all.items.push(Ref::from_schema_name(Message::name()).into());
    all.items.push(RefOr::T(Schema::Object(this.build())));
    Schema::AllOf(all)
}

fn test_schema(message_type: &str) -> Schema {
    let time = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("date-time".into())));
    let message = ObjectBuilder::new()
        .property("type", one_word(message_type))
        .property("timestamp", time)
        .property("data", Object::with_type(Type::Object))
        .required("type")
        .required("timestamp")
        .required("data");
    Schema::Object(message.build())
}

fn one_word(word: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word])).build()
}

/// What `change` holds, by kind. The tests compare it with what is sent.
pub(in crate::http) fn fields_of(kind: &str) -> BTreeMap<&'static str, RefOr<Schema>> {
    let names: &[&str] = match kind {
        "signed_up" => &["role", "spots", "status", "verify_by"],
        "imported" => &["role", "spots", "status", "created_at", "over"],
        "accepted" | "cancelled" | "declined" | "removed" | "demoted" | "reinstated" | "verified" | "expired" => {
            &["role", "spots", "from", "to"]
        }
        "promoted" => &["role", "spots", "from", "to", "over"],
        "moved" => &["from_role", "to_role", "spots", "status"],
        "swapped" => &["role", "spots", "status", "with", "with_role", "with_spots", "with_status"],
        "resized" => &["role", "from_spots", "to_spots", "status", "wait_seq"],
        "email_changed" | "erased" => &["role", "link_version"],
        "details_edited" => &["fields"],
        "checked_in" | "check_in_undone" => &["checked_in"],
        "skipped" => &["role", "skips"],
        "event_created" => &["settings"],
        "event_edited" => &["settings", "over"],
        "role_added" => &["role", "settings"],
        "role_edited" => &["role", "settings", "over"],
        "role_removed" | "override_raised" | "not_coming" => &["role"],
        "counters_repaired" => &["role", "counters"],
        _ => &[],
    };
    names.iter().map(|name| (*name, RefOr::T(Schema::Object(field(name))))).collect()
}

fn field(name: &str) -> Object {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    match name {
        "role" | "from_role" | "to_role" | "with" | "with_role" => {
            text().format(Some(SchemaFormat::Custom("uuid".into()))).build()
        }
        "status" | "with_status" | "from" | "to" => text().enum_values(Some(Status::WORDS.iter().copied())).build(),
        "over" => Object::with_type(Type::Boolean),
        "settings" | "counters" => Object::with_type(Type::Object),
        "fields" => ObjectBuilder::new()
            .schema_type(Type::Array)
            .description(Some("Names of what was changed"))
            .examples([json!(["phone"])])
            .build(),
        _ => Object::with_type(Type::Integer),
    }
}
