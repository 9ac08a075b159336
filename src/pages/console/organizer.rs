//! Whoever opens the console. Whoever is not logged in is led to the log-in, and back from there.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use crate::pages::Pages;
use crate::pages::account::Account;
use crate::pages::event::segment;
use crate::pages::frame::Page;
use crate::pages::visitor::Visitor;

/// Somebody who is logged in.
pub(in crate::pages) struct Organizer {
    pub(in crate::pages) visitor: Visitor,
    pub(in crate::pages) account: Account,
}

impl FromRequestParts<Pages> for Organizer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Organizer, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, pages).await;
        let Some(account) = Account::of(&visitor, pages.api()).await else {
            let login = visitor.to(&format!("/login?back={}", segment(&visitor.path)));
            return Err(Redirect::to(&login).into_response());
        };
        Ok(Organizer { visitor, account })
    }
}

impl Organizer {
    /// A page of the console that is read, not looked over: its lines are no longer than those of other pages.
    pub(in crate::pages) fn narrow_page(&self, title: impl Into<String>, content: &Markup) -> Page {
        self.page(title, &html! { div.narrow { (content) } })
    }

    /// A page of the console.
    pub(super) fn page(&self, title: impl Into<String>, content: &Markup) -> Page {
        Page::new(title, super::console(content)).of(Some(self.account.clone()))
    }
}
