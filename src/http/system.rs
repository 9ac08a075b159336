//! How the server is doing.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json as object;

use super::App;
use super::answer::{Answered, json};
use super::openapi::openapi;
use super::problem::Problem;

/// Read how busy the lanes are
#[utoipa::path(get, path = "/api/v1/system/locks", tag = "system",
    responses((status = 200, body = Object, description = "Waits, batches and the busiest events")))]
pub(super) async fn locks(State(app): State<App>) -> Answered {
    Ok(json(StatusCode::OK, &app.lanes.statistics()))
}

/// Whether the process runs
#[utoipa::path(get, path = "/healthz", tag = "system",
    responses((status = 200, body = Object, description = "It runs")))]
pub(super) async fn healthz() -> Response {
    json(StatusCode::OK, &object!({"status": "ok"}))
}

/// Whether the server can take sign-ups
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = Object, description = "It can, with warnings where something should be set up differently; 503 while the storage fails")))]
pub(super) async fn readyz(State(app): State<App>) -> Answered {
    if !app.lanes.is_ready() {
        return Err(Problem::storage_unavailable());
    }
    app.readers.ping().await?;
    let mut answer = object!({"status": "ready"});
    let warnings: Vec<String> = app.warnings.iter().cloned().chain(app.addresses.warning()).collect();
    if !warnings.is_empty() {
        answer["warnings"] = warnings.into();
    }
    Ok(json(StatusCode::OK, &answer))
}

/// Read this description
#[utoipa::path(get, path = "/openapi.json", tag = "system",
    responses((status = 200, body = Object, description = "OpenAPI 3.1")))]
pub(super) async fn openapi_json() -> Response {
    static DESCRIPTION: LazyLock<String> =
        LazyLock::new(|| openapi().to_json().expect("the description has only string keys"));
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION.as_str()).into_response()
}
