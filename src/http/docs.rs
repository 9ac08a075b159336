//! `GET /docs`: the description of the API as a page for people, made on the server from the very document that programs
//! read. It loads nothing: no script, no font, no image; its style stands in it, known by its hash.
//!
//! `operations` shows what can be asked, `schemas` what is sent and answered, `examples` makes the examples, `text` the
//! little of Markdown that descriptions use. `maud` escapes whatever is put into the page.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::App;
use super::openapi::openapi;
use operations::{Operation, operations_of};
use text::prose;

mod examples;
mod operations;
mod schemas;
mod text;

const STYLE: &str = include_str!("docs.css");

/// What a reader must know before the operations, each under a title.
const BASICS: [(&str, &str, &str); 5] = [
    (
        "basics",
        "Basics",
        "Requests and answers are JSON, with names in `snake_case`. Times are RFC 3339 with an offset, ids are UUIDs. \
         An event is named by its id or its slug. Fields that are not known are refused. Lists come in pages: send \
         `next_cursor` back as `cursor` to go on.",
    ),
    (
        "who-asks",
        "Who asks",
        "A program sends a token as `Authorization: Bearer TOKEN`: the server's own, one of an account, or one of a door \
         link. A browser sends the cookie of its session. The holder of a link needs nothing else: it is in the address. \
         Whoever shows nothing where something is needed gets 401; whoever may not, 403; and 404 where they may not even \
         know that there is something.",
    ),
    (
        "repeats",
        "Repeats",
        "With an `Idempotency-Key` a request can be sent again after a broken connection: it is done once, and every \
         repeat gets the same answer. Settings are guarded by `If-Match` with the `ETag` that was read.",
    ),
    (
        "problems",
        "Problems",
        "What is refused is answered with a problem document (RFC 9457). Its `code` is stable, so programs go by it; its \
         `detail` tells people what to do. `outcome` is `none` where nothing happened, and `unknown` where only a repeat \
         with the same key can tell. `busy` is answered with `Retry-After`.",
    ),
    (
        "webhook-messages-read",
        "Webhooks",
        "Messages are signed as in the Standard Webhooks specification, and delivered at least once: remember each \
         `webhook-id` that was taken. Those about one event come in the order of its log as long as they are delivered \
         at the first attempt; `seq` tells the order in any case. Answer within 15 seconds with a status of 2xx.",
    ),
];

/// The page for people
#[utoipa::path(get, path = "/docs", tag = "system",
    responses((status = 200, body = String, content_type = "text/html", description = "This API, to be read")))]
pub(super) async fn read(State(app): State<App>) -> Response {
    static API: LazyLock<Value> =
        LazyLock::new(|| serde_json::to_value(openapi()).expect("the description has only string keys"));
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )
    });
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY.as_str())];
    (headers, page(&API, &app.public_url).into_string()).into_response()
}

fn page(api: &Value, public_url: &str) -> Markup {
    let groups = operations_of(api);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "headcount API" }
                // Not to be escaped, or its hash would be another one; nothing in it is from outside.
                style { (PreEscaped(STYLE)) }
            }
            body {
                div.layout {
                    (contents(&groups))
                    main {
                        (introduction(api))
                        @for (tag, operations) in &groups {
                            section {
                                h2 id=(anchor(tag)) { (tag) }
                                @for operation in operations { (operation.shown(public_url)) }
                            }
                        }
                        (schemas::all(api))
                    }
                }
            }
        }
    }
}

fn contents(groups: &[(String, Vec<Operation<'_>>)]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                @for (id, title, _) in BASICS { li { a href={ "#" (id) } { (title) } } }
                li { a href="#schemas" { "Schemas" } }
                li { a href="/openapi.json" { "openapi.json" } }
            }
            @for (tag, operations) in groups {
                h2 { a href={ "#" (anchor(tag)) } { (tag) } }
                ul.operations {
                    @for operation in operations {
                        li { a href={ "#" (operation.id) } { (operation.method_shown()) (operation.summary) } }
                    }
                }
            }
        }
    }
}

fn introduction(api: &Value) -> Markup {
    let text = |pointer: &str| api.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    html! {
        h1 { (text("/info/title")) " API" }
        p.soft { "Version " (text("/info/version")) ". " (prose(text("/info/description"))) }
        p { "Programs read " a href="/openapi.json" { "openapi.json" } " (OpenAPI " (text("/openapi")) ")." }
        @for (id, title, about) in BASICS {
            section {
                h2 id=(id) { (title) }
                p { (prose(about)) }
            }
        }
    }
}

/// A name as the end of an address on this page.
fn anchor(name: &str) -> String {
    name.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> String {
        let api = serde_json::to_value(openapi()).unwrap();
        page(&api, "https://events.example").into_string()
    }

    #[test]
    fn every_operation_message_and_schema_is_on_it() {
        let (api, page) = (serde_json::to_value(openapi()).unwrap(), shown());
        for section in ["paths", "webhooks"] {
            for item in api[section].as_object().unwrap().values() {
                for operation in item.as_object().unwrap().values() {
                    let id = operation["operationId"].as_str().unwrap();
                    assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
                }
            }
        }
        for name in api["components"]["schemas"].as_object().unwrap().keys() {
            assert_eq!(page.matches(&format!("id=\"schema-{name}\"")).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_nothing_is_loaded() {
        let page = shown();
        let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(ids.len(), unique.len(), "no id stands twice");
        for target in page.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let found = target == "/openapi.json" || target.strip_prefix('#').is_some_and(|id| ids.contains(&id));
            assert!(found, "{target}");
        }
        for loads in ["<script", "<link", "<img", "<iframe", " src=", "@import", "url(", " style="] {
            assert!(!page.contains(loads), "{loads}");
        }
    }

    /// What opens is closed, in order: a browser would guess, and show something else.
    #[test]
    fn its_elements_are_nested_as_they_should_be() {
        let page = shown();
        let body = page.split_once("</style>").unwrap().1;
        let mut open = vec!["html", "head"];
        for tag in body.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let name = tag.split_whitespace().next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "<{tag}>"),
                None if ["meta", "br"].contains(&name) => {}
                None => {
                    let is_text = ["p", "h1", "h2", "h3", "h4", "pre"].iter().any(|one| open.contains(one));
                    let is_block = ["p", "div", "table", "pre", "ul", "section", "article"].contains(&name);
                    assert!(!(is_text && is_block), "<{tag}> within {open:?}");
                    open.push(name);
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn what_is_put_into_it_is_escaped() {
        let api = serde_json::json!({
            "openapi": "3.1.0", "info": {"title": "<b>", "version": "\"", "description": "`<i>`"},
            "paths": {"/x": {"get": {"operationId": "x", "tags": ["t"], "summary": "<script>alert(1)</script>",
                "parameters": [{"name": "<u>", "in": "query", "schema": {"type": "string", "example": "<s>"}}]}}},
            "components": {"schemas": {}},
        });
        let page = page(&api, "https://events.example/'").into_string();
        for raw in ["<b>", "<i>", "<script", "<u>", "<s>"] {
            assert!(!page.contains(raw), "{raw}");
        }
    }
}
