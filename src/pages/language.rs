//! Choosing a language.

use axum::extract::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::Pages;
use super::login::local;
use super::visitor::LANGUAGE_COOKIE;
use crate::words::Language;

/// A year.
const KEPT_SECONDS: u32 = 365 * 24 * 3_600;

/// What was pressed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Chosen {
    language: String,
    back: String,
}

/// Keeps the choice in the browser, and shows the page again.
pub(super) async fn choose(State(pages): State<Pages>, chosen: Result<Form<Chosen>, FormRejection>) -> Response {
    let Form(Chosen { language, back }) = chosen.unwrap_or_default();
    let back = format!("{}{}", pages.base(), local(&back, "/"));
    let Some(language) = Language::tagged(&language) else { return Redirect::to(&back).into_response() };
    let (tag, secure) = (language.tag(), if pages.public_url().starts_with("https://") { "; Secure" } else { "" });
    let cookie = format!("{LANGUAGE_COOKIE}={tag}; Path=/; Max-Age={KEPT_SECONDS}; SameSite=Lax; HttpOnly{secure}");
    let cookie = HeaderValue::try_from(cookie).expect("a tag is letters and signs");
    ([(SET_COOKIE, cookie)], Redirect::to(&back)).into_response()
}
