//! What is around every page: its head, the bar above and the line below, and the headers by which browsers keep out what
//! is not ours.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::account::Account;
use super::assets;
use super::visitor::Visitor;
use crate::words::Language;

/// Only this server's own files; forms go nowhere else; no other website may show the page within its own.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors";

/// A page, as far as it is not the same as all others.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) main: Markup,
    /// What previews of the address show.
    pub(super) preview: Option<Preview>,
    /// Who else may know the page and its address.
    pub(super) reach: Reach,
    /// On which websites it stands within another page; none: it stands by itself.
    pub(super) embedders: Option<String>,
    /// The account of whoever looks.
    pub(super) account: Option<Account>,
    /// Nobody was asked whether an account is behind it.
    is_unasked: bool,
    /// A script of its own, beside that of all pages.
    pub(super) script: Option<&'static str>,
}

/// What a messenger shows of an address that somebody sends.
pub(super) struct Preview {
    pub(super) title: String,
    pub(super) description: String,
    /// The address, with its server.
    pub(super) url: String,
}

/// Who may know a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everybody; search engines too.
    Public,
    /// Whoever is logged in.
    Own,
    /// Whoever has the link: no other page may learn of it.
    Secret,
}

impl Page {
    pub(super) fn new(title: impl Into<String>, main: Markup) -> Page {
        Page {
            status: StatusCode::OK,
            title: title.into(),
            main,
            preview: None,
            reach: Reach::Own,
            embedders: None,
            account: None,
            is_unasked: false,
            script: None,
        }
    }

    pub(super) fn status(self, status: StatusCode) -> Page {
        Page { status, ..self }
    }

    pub(super) fn reach(self, reach: Reach) -> Page {
        Page { reach, ..self }
    }

    /// Within a page of one of these websites.
    pub(super) fn embedded(self, embedders: &str) -> Page {
        Page { embedders: Some(embedders.to_owned()), ..self }
    }

    pub(super) fn previewed(self, preview: Preview) -> Page {
        Page { preview: Some(preview), ..self }
    }

    /// With what somebody who is logged in finds in the bar above.
    pub(super) fn of(self, account: Option<Account>) -> Page {
        Page { account, ..self }
    }

    /// Without having asked who it is: whoever shows a session is not offered to log in.
    pub(super) fn of_whoever_it_is(self) -> Page {
        Page { is_unasked: true, ..self }
    }

    /// With a script of its own.
    pub(super) fn script(self, name: &'static str) -> Page {
        Page { script: Some(name), ..self }
    }

    /// The page for a visitor.
    pub(super) fn show(self, visitor: &Visitor) -> Response {
        let referrer = if self.reach == Reach::Secret { "no-referrer" } else { "same-origin" };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_LANGUAGE, HeaderValue::from_static(visitor.language.tag())),
            (VARY, HeaderValue::from_static("accept-language, cookie")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (REFERRER_POLICY, HeaderValue::from_static(referrer)),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (CONTENT_SECURITY_POLICY, self.policy()),
        ];
        (self.status, headers, self.document(visitor).into_string()).into_response()
    }

    fn policy(&self) -> HeaderValue {
        let policy = format!("{POLICY} {}", self.embedders.as_deref().unwrap_or("'none'"));
        policy.try_into().expect("origins are written in letters and signs")
    }

    fn document(&self, visitor: &Visitor) -> Markup {
        let language = visitor.language;
        html! {
            (DOCTYPE)
            html lang=(language.tag()) dir=(language.direction()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    @if self.reach != Reach::Public { meta name="robots" content="noindex, nofollow"; }
                    meta name="color-scheme" content="light dark";
                    link rel="icon" href=(visitor.to(&assets::path("icon.svg"))) type="image/svg+xml";
                    link rel="stylesheet" href=(visitor.to(&assets::path("style.css")));
                    script type="module" src=(visitor.to(&assets::path("page.js"))) {}
                    @if let Some(script) = self.script { script type="module" src=(visitor.to(&assets::path(script))) {} }
                    @if let Some(preview) = &self.preview { (meta_of(preview)) }
                }
                body {
                    @if self.embedders.is_some() {
                        main #main { (self.main) }
                    } @else {
                        a.skip href="#main" { (visitor.text("skip-to-content")) }
                        (self.bar(visitor))
                        main #main { (self.main) }
                        (foot(visitor))
                    }
                }
            }
        }
    }

    fn bar(&self, visitor: &Visitor) -> Markup {
        html! {
            header.bar-above {
                a.home href=(visitor.to("/")) {
                    img src=(visitor.to(&assets::path("icon.svg"))) alt="" width="28" height="28";
                    (visitor.text("site-name"))
                }
                nav {
                    @if let Some(account) = &self.account {
                        @if account.organizes() { a href=(visitor.to("/console")) { (visitor.text("console-link")) } }
                        a href=(visitor.to("/my")) { (visitor.text("my-link")) }
                        a href=(visitor.to("/account")) { bdi { (account.name) } }
                        form.inline method="post" action=(visitor.to("/logout")) {
                            button.link type="submit" { (visitor.text("log-out")) }
                        }
                    } @else if self.is_unasked && visitor.shows_session() {
                        a href=(visitor.to("/my")) { (visitor.text("my-link")) }
                        a href=(visitor.to("/account")) { (visitor.text("account-title")) }
                    } @else {
                        a href=(visitor.to("/find")) { (visitor.text("find-link")) }
                        a href=(visitor.to("/login")) { (visitor.text("log-in")) }
                    }
                }
            }
        }
    }
}

fn meta_of(preview: &Preview) -> Markup {
    html! {
        meta name="description" content=(preview.description);
        link rel="canonical" href=(preview.url);
        meta property="og:type" content="website";
        meta property="og:title" content=(preview.title);
        meta property="og:description" content=(preview.description);
        meta property="og:url" content=(preview.url);
    }
}

/// The line below, with the other languages.
fn foot(visitor: &Visitor) -> Markup {
    html! {
        footer.foot {
            form.languages method="post" action=(visitor.to("/language")) {
                input type="hidden" name="back" value=(visitor.path);
                span { (visitor.text("languages")) ": " }
                @for language in Language::all() {
                    @if language == visitor.language {
                        strong lang=(language.tag()) { (language.name()) }
                    } @else {
                        button.link type="submit" name="language" value=(language.tag()) lang=(language.tag()) {
                            (language.name())
                        }
                    }
                    " "
                }
            }
            p { (visitor.text("made-with")) }
        }
    }
}
