//! What a page says where the API says no.

use axum::response::Response;
use maud::html;

use super::api::Problem;
use super::frame::Page;
use super::parts::{Tone, notice};
use super::visitor::Visitor;

/// A "no", in the language of the visitor: by its code; where there are no words for that, as the API says it.
pub(super) fn words(visitor: &Visitor, problem: &Problem) -> String {
    let key = format!("problem-{}", problem.code);
    if !crate::words::Language::english().has(&key) {
        return problem.detail.clone();
    }
    let role = problem.text("role").unwrap_or_default();
    let number = |member: &str| problem.number(member).unwrap_or_default();
    visitor.say(&key, &[("role", role.into()), ("max", number("max").into())])
}

/// What is wrong with a field, if something is; where there are no words for that, as the API says it.
pub(super) fn of_field(visitor: &Visitor, problem: &Problem, name: &str) -> Option<String> {
    let wrong = problem.fields.iter().find(|field| field.field == name)?;
    let key = format!("problem-field-{name}");
    let is_known = crate::words::Language::english().has(&key);
    Some(if is_known { visitor.text(&key) } else { wrong.problem.clone() })
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
    Page::new(title.clone(), main).status(problem.status()).show(visitor)
}
