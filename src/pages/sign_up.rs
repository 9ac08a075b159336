//! Pressing the button on the page of an event.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form as Sent, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::Pages;
use super::answers::SignedUp;
use super::api::Problem;
use super::event::{Seen, look};
use super::failed;
use super::form::{Form, Typed};
use super::frame::{Page, Reach};
use super::parts::{Tone, notice};
use super::visitor::Visitor;
use crate::clock;

/// Signs up, and leads to the page of the sign-up. What is refused is said above the form, which keeps what was typed.
pub(super) async fn press(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(slug): Path<String>,
    typed: Result<Sent<Typed>, FormRejection>,
) -> Response {
    let asked = clock::now();
    let seen = match look(&pages, &visitor, &slug).await {
        Ok(seen) => seen,
        Err(problem) => return failed::page(&visitor, &problem),
    };
    let Ok(Sent(typed)) = typed else {
        return seen.page(&pages, &visitor, &Form::blank(Typed::fresh())).show(&visitor);
    };
    match sign_up(&pages, &visitor, &seen, &typed).await {
        Ok(SignedUp { manage_url: Some(url), .. }) => {
            let token = url.rsplit('/').next().unwrap_or_default();
            Redirect::to(&visitor.to(&format!("/r/{token}?new"))).into_response()
        }
        Ok(SignedUp { verify_until, .. }) => {
            let until = verify_until.map(|until| visitor.time(until.0, &seen.event.timezone));
            check_mail(&visitor, &seen, typed.email.trim(), &until.unwrap_or_default())
        }
        Err(problem) => {
            // What is said and shown is what is so now.
            let seen = look(&pages, &visitor, &slug).await.unwrap_or(seen);
            let form = Form::refused(&visitor, &seen, &typed, asked, problem);
            seen.page(&pages, &visitor, &form).show(&visitor)
        }
    }
}

/// As [`press`], within a page of another website: what came of it is said there, and the page of the sign-up opens beside.
pub(super) async fn press_embedded(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(slug): Path<String>,
    typed: Result<Sent<Typed>, FormRejection>,
) -> Response {
    let asked = clock::now();
    let visitor = visitor.unknown();
    let seen = match look(&pages, &visitor, &slug).await {
        Ok(seen) => seen,
        Err(problem) => return failed::page(&visitor, &problem),
    };
    let Ok(Sent(typed)) = typed else { return seen.embedded(&pages, &visitor, &Form::blank(Typed::fresh())) };
    match sign_up(&pages, &visitor, &seen, &typed).await {
        Ok(SignedUp { manage_url: Some(url), .. }) => {
            let own = visitor.to(&format!("/r/{}?new", url.rsplit('/').next().unwrap_or_default()));
            let said = html! {
                p { (visitor.text("embed-done")) }
                p { a.button href=(own) target="_blank" rel="noopener" { (visitor.text("embed-open")) } }
            };
            said_in_place(&pages, &visitor, &seen, &notice(Tone::Good, &said))
        }
        Ok(SignedUp { verify_until, .. }) => {
            let until = verify_until.map(|until| visitor.time(until.0, &seen.event.timezone)).unwrap_or_default();
            let what = visitor.say("mail-what", &[("email", typed.email.trim().into()), ("until", until.into())]);
            said_in_place(&pages, &visitor, &seen, &notice(Tone::Wait, &html! { p { (what) } }))
        }
        Err(problem) => {
            let seen = look(&pages, &visitor, &slug).await.unwrap_or(seen);
            let form = Form::refused(&visitor, &seen, &typed, asked, problem);
            seen.embedded(&pages, &visitor, &form)
        }
    }
}

fn said_in_place(pages: &Pages, visitor: &Visitor, seen: &Seen, said: &Markup) -> Response {
    let main = html! {
        h1 { bdi { (seen.event.title) } }
        (said)
    };
    Page::new(seen.event.title.clone(), main).embedded(pages.embedders()).show(visitor)
}

async fn sign_up(pages: &Pages, visitor: &Visitor, seen: &Seen, typed: &Typed) -> Result<SignedUp, Problem> {
    let path = format!("/api/v1/events/{}/registrations", seen.event.id);
    let request = typed.request(visitor, seen);
    pages.api().post(visitor, path).json(&request).attempt(&typed.key).await?.read()
}

/// What was sent has to be confirmed by mail.
fn check_mail(visitor: &Visitor, seen: &Seen, email: &str, until: &str) -> Response {
    let title = visitor.text("mail-title");
    let what = visitor.say("mail-what", &[("email", email.into()), ("until", until.into())]);
    let main = html! {
        h1 { (title) }
        (notice(Tone::Wait, &html! { p { (what) } }))
        p { (visitor.text("mail-what-not")) }
        p { a href={ (visitor.to("/e/")) (seen.event.slug) } { (seen.event.title) } }
    };
    Page::new(title.clone(), main).reach(Reach::Own).show(visitor)
}
