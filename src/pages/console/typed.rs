//! What was typed into a form, or stands in the query of an address: pairs, as a name may come more than once.

use std::convert::Infallible;

use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::pages::Pages;

/// The fields of a form. What cannot be read is as if nothing had been typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) struct Typed(pub(super) Vec<(String, String)>);

/// The query of an address.
pub(in crate::pages) struct Wanted(pub(in crate::pages) Typed);

impl FromRequest<Pages> for Typed {
    type Rejection = Infallible;

    async fn from_request(request: Request, pages: &Pages) -> Result<Typed, Infallible> {
        let pairs = Form::from_request(request, pages).await;
        Ok(Typed(pairs.map(|Form(pairs)| pairs).unwrap_or_default()))
    }
}

impl FromRequestParts<Pages> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Wanted, Infallible> {
        let pairs = Query::from_request_parts(parts, pages).await;
        Ok(Wanted(Typed(pairs.map(|Query(pairs)| pairs).unwrap_or_default())))
    }
}

impl Typed {
    /// A field; empty if it is not there.
    pub(in crate::pages) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All fields of a name.
    pub(in crate::pages) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(in crate::pages) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Puts a field in the place of all of its name.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// A text; null if nothing was typed.
    pub(super) fn text(&self, name: &str) -> Value {
        let text = self.get(name);
        if text.trim().is_empty() { Value::Null } else { json!(text) }
    }

    /// A number; null if nothing was typed. What is no number is sent as it is, and refused there.
    pub(super) fn number(&self, name: &str) -> Value {
        let text = self.get(name).trim();
        match text.parse::<i64>() {
            Ok(number) => json!(number),
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => json!(text),
        }
    }

    /// All fields but these, carried on to the next page.
    pub(super) fn carried(&self, without: &[&str]) -> Markup {
        html! {
            @for (name, value) in self.0.iter().filter(|(name, _)| !without.contains(&name.as_str())) {
                input type="hidden" name=(name) value=(value);
            }
        }
    }
}
