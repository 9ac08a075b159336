//! Problem documents in the language of whoever asks: what people read of them. The code is the same in all.

use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::response::Response;
use serde_json::{Map, Value};

use super::problem::PROBLEM_JSON;
use crate::words::Language;

/// Longer than any problem document.
const BYTES_MAX: usize = 1 << 20;

/// The answer to a request with this `Accept-Language`. What there are no words for stays in English.
pub(super) async fn translated(accept_language: Option<HeaderValue>, response: Response) -> Response {
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    let wanted = accept_language.as_ref().and_then(|wanted| wanted.to_str().ok());
    let Some(wanted) = wanted.filter(|_| is_problem) else { return response };
    let language = Language::preferred(wanted);
    if language == Language::english() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It was made here, and is whole.
    let bytes = to_bytes(body, BYTES_MAX).await.unwrap_or_default();
    let said = serde_json::from_slice(&bytes).ok().and_then(|problem| say(language, problem));
    let Some(said) = said else { return Response::from_parts(parts, Body::from(bytes)) };
    parts.headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    parts.headers.append(VARY, HeaderValue::from_static("accept-language"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(said))
}

/// The document with what there are words for; none: there are none.
fn say(language: Language, mut problem: Map<String, Value>) -> Option<String> {
    let detail = language.problem(problem.get("code")?.as_str()?, &problem);
    let mut is_said = detail.is_some();
    for field in problem.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(text) = field["field"].as_str().and_then(|name| language.problem_of_field(name)) {
            field["problem"] = text.into();
            is_said = true;
        }
    }
    if let Some(detail) = detail {
        problem.insert("detail".to_owned(), detail.into());
    }
    is_said.then(|| Value::Object(problem).to_string())
}
