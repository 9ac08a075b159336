//! What lets somebody stand at a door: a door link, which is exchanged for a cookie at once, or a login with the right.

use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::html;

use super::Door;
use crate::pages::Pages;
use crate::pages::account::Account;
use crate::pages::answers::{Arrivals, Event};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::frame::{Page, Reach};
use crate::pages::parts::{Tone, notice};
use crate::pages::visitor::Visitor;

/// The cookie that a door link is exchanged for: the event, and the token.
const COOKIE: &str = "headcount-door";
/// As long as a door link can last at most; the API knows when it has ended.
const COOKIE_AGE_SECONDS: u32 = 60 * 24 * 60 * 60;

/// What a door link left behind in a browser.
pub(super) struct Pass {
    pub(super) event: String,
    token: String,
}

impl Pass {
    pub(super) fn of(visitor: &Visitor) -> Option<Pass> {
        let (event, token) = visitor.cookie(COOKIE)?.split_once('~')?;
        // What is put into an address must be what it was when the cookie was made.
        let event = event.parse::<uuid::Uuid>().ok()?.to_string();
        Some(Pass { event, token: token.to_owned() })
    }

    /// As a cookie that is sent to doors only, and never because another website says so.
    fn cookie(&self, pages: &Pages, visitor: &Visitor) -> Option<HeaderValue> {
        let secure = if pages.public_url().starts_with("https://") { "; Secure" } else { "" };
        let path = visitor.to("/door");
        let Pass { event, token } = self;
        let cookie = format!(
            "{COOKIE}={event}~{token}; Path={path}; Max-Age={COOKIE_AGE_SECONDS}; HttpOnly; SameSite=Strict{secure}"
        );
        HeaderValue::try_from(cookie).ok()
    }
}

impl Door {
    /// The door of an event, by the door link that was opened in this browser, else by the login.
    ///
    /// # Errors
    /// The page that says who may stand there.
    pub(super) async fn open(pages: &Pages, visitor: &Visitor, event: &str) -> Result<Door, Response> {
        let by_link = Pass::of(visitor).map(|pass| visitor.clone().bearing(&pass.token));
        for visitor in by_link.into_iter().chain([visitor.clone()]) {
            match look(pages, visitor.clone(), event).await {
                Ok(door) => return Ok(door),
                Err(problem) if is_denied(&problem) => {}
                Err(problem) => return Err(failed::page(&visitor, &problem)),
            }
        }
        Err(refused(pages, visitor, event).await)
    }
}

async fn look(pages: &Pages, visitor: Visitor, event: &str) -> Result<Door, Problem> {
    let path = format!("/api/v1/events/{}", segment(event));
    let arrivals = pages.api().get(&visitor, format!("{path}/arrivals")).read::<Arrivals>().await?;
    let event = pages.api().get(&visitor, path).read::<Event>().await?;
    let account = Account::of(&visitor, pages.api()).await;
    Ok(Door { visitor, event, arrivals, account })
}

/// Whether somebody else might be let through.
pub(super) fn is_denied(problem: &Problem) -> bool {
    matches!(problem.status, 401 | 403 | 404)
}

/// Exchanges a door link for the cookie. Opening it changes nothing, so it does no harm if a program does it first.
pub(super) async fn take(pages: &Pages, visitor: &Visitor, event: &str, token: &str) -> Response {
    let door = match look(pages, visitor.clone().bearing(token), event).await {
        Ok(door) => door,
        Err(problem) if is_denied(&problem) => return ended(visitor),
        Err(problem) => return failed::page(visitor, &problem),
    };
    let pass = Pass { event: door.event.id.to_string(), token: token.to_owned() };
    let Some(cookie) = pass.cookie(pages, visitor) else { return ended(visitor) };
    let headers = [
        (SET_COOKIE, cookie),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Redirect::to(&door.path(""))).into_response()
}

/// The page of a door link that lets nobody in any more.
fn ended(visitor: &Visitor) -> Response {
    let title = visitor.text("door-ended-title");
    let main = html! {
        h1 { (title) }
        (notice(Tone::Bad, &html! { p { (visitor.text("door-ended")) } }))
    };
    Page::new(title.clone(), main).status(StatusCode::FORBIDDEN).reach(Reach::Secret).show(visitor)
}

/// The page for whoever may not stand at this door: most often somebody who tried out the code on their own ticket.
pub(super) async fn refused(pages: &Pages, visitor: &Visitor, event: &str) -> Response {
    let pass = Pass::of(visitor);
    if let Some(pass) = pass.as_ref().filter(|pass| pass.event != event && !event.is_empty()) {
        let own = look(pages, visitor.clone().bearing(&pass.token), &pass.event).await;
        if let Ok(own) = own {
            return wrong_event(&own);
        }
    }
    if pass.is_some_and(|pass| pass.event == event) {
        return ended(visitor);
    }
    let account = Account::of(visitor, pages.api()).await;
    let title = visitor.text("door-not-you-title");
    let main = html! {
        h1 { (title) }
        p { (visitor.text("door-not-you-guest")) }
        p { (visitor.text("door-not-you-staff")) }
        p.buttons {
            // A camera opens an address as if another website had sent it, so the cookie stays behind; from here it comes.
            a.button href=(visitor.path_alone()) { (visitor.text("door-again")) }
            @if account.is_none() {
                a.button.second href={ (visitor.to("/login?back=")) (segment(visitor.path_alone())) } { (visitor.text("log-in")) }
            }
        }
    };
    Page::new(title.clone(), main).status(StatusCode::FORBIDDEN).of(account).show(visitor)
}

/// Somebody came with the code of another event.
fn wrong_event(own: &Door) -> Response {
    let visitor = &own.visitor;
    let title = visitor.text("door-wrong-event-title");
    let main = html! {
        section.result.bad role="alert" {
            h1.verdict { span.sign aria-hidden="true" { "✕" } strong { (title) } }
            p { (visitor.say("door-wrong-event", &[("event", own.event.title.as_str().into())])) }
        }
        p { a.button href=(own.path("")) { (visitor.text("door-back")) } }
    };
    Page::new(title.clone(), main).status(StatusCode::FORBIDDEN).show(visitor)
}
