//! What was typed into a form, or stands in the query of an address: pairs, as a name may come more than once.

use std::convert::Infallible;

use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;

use crate::pages::Pages;

/// The fields of a form. What cannot be read is as if nothing had been typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::pages) struct Typed(pub(in crate::pages) Vec<(String, String)>);

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
}
