//! What a page says where the API says no.

use axum::extract::{Request, State};
use axum::http::header::ACCEPT;
use axum::response::Response;
use maud::html;

use super::Pages;
use super::api::Problem;
use super::frame::Page;
use super::parts::{Tone, notice};
use super::visitor::Visitor;

/// A "no", in the language of the visitor: by its code; where there are no words for that, as the API says it.
pub(super) fn words(visitor: &Visitor, problem: &Problem) -> String {
    visitor.language.problem(&problem.code, problem.members()).unwrap_or_else(|| problem.detail.clone())
}

/// Where there is no page: people are told so in words, programs as the API tells it.
pub(super) async fn no_such_page(State(pages): State<Pages>, visitor: Visitor, request: Request) -> Response {
    let accepts = request.headers().get(ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") && !request.uri().path().starts_with("/api/") {
        return page(&visitor, &Problem::no_such_page());
    }
    pages.api().pass(request).await
}

/// What is wrong with a field, if something is; where there are no words for that, as the API says it.
pub(super) fn of_field(visitor: &Visitor, problem: &Problem, name: &str) -> Option<String> {
    let wrong = problem.fields.iter().find(|field| field.field == name)?;
    Some(visitor.language.problem_of_field(name).unwrap_or_else(|| wrong.problem.clone()))
}

/// The page where there is nothing but a "no".
pub(super) fn page(visitor: &Visitor, problem: &Problem) -> Response {
    let title = match problem.code.as_str() {
        "not_found" => "problem-title-not_found",
        _ => "problem-title-other",
    };
    let title = visitor.text(title);
    let main = html! {
        h1 { (title) }
        (notice(Tone::Bad, &html! { p { (words(visitor, problem)) } }))
        p { a href=(visitor.to("/")) { (visitor.text("all-events")) } }
    };
    Page::new(title.clone(), main).status(problem.status()).of_whoever_it_is().show(visitor)
}
