//! What the holder of a link does with their sign-up.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asked, Refused, hold, refused};
use crate::pages::Pages;
use crate::pages::answers::Own;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// Which button was pressed, and what stood in its form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::pages) struct Typed {
    #[serde(rename = "do")]
    what: String,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) notes: String,
    pub(super) special_requirements: String,
    spots: String,
    role: String,
}

/// Does it, and shows the page again.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(token): Path<String>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let visitor = visitor.unknown();
    let Form(typed) = typed.unwrap_or_default();
    let page = visitor.to(&format!("/r/{token}"));
    let Some((command, request)) = typed.request() else { return Redirect::to(&page).into_response() };
    let path = format!("/api/v1/manage/{}/{command}", segment(&token));
    let Err(problem) = pages.api().post(&visitor, path).json(&request).send().await else {
        return Redirect::to(&format!("{page}?done={command}")).into_response();
    };
    match hold(&pages, &visitor, token).await {
        Ok(held) => {
            let refused = Refused { problem: &problem, typed: &typed };
            held.page(&pages, &visitor, &Asked::default(), Some(&refused)).status(problem.status()).show(&visitor)
        }
        Err(problem) => refused(&visitor, &problem),
    }
}

impl Typed {
    /// What a form begins with.
    pub(super) fn of(one: &Own) -> Typed {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (phone, notes, special_requirements) =
            (text(&one.phone), text(&one.notes), text(&one.special_requirements));
        Typed { name: one.name.clone(), phone, notes, special_requirements, ..Typed::default() }
    }

    /// Whether it is about how to reach them and what to know of them.
    pub(super) fn is_contact(&self) -> bool {
        self.what == "contact"
    }

    /// The command of the API, and what it is sent.
    fn request(&self) -> Option<(&'static str, Value)> {
        let text = |text: &str| if text.trim().is_empty() { Value::Null } else { json!(text) };
        Some(match self.what.as_str() {
            "confirm" => ("confirm", json!({})),
            "cancel" => ("cancel", json!({})),
            "resize" => (
                "resize",
                json!({"spots": self.spots.trim().parse::<u32>().map_or(json!(self.spots), |spots| json!(spots))}),
            ),
            "move" => ("move", json!({"role": self.role})),
            "contact" => {
                let (phone, notes, special) = (text(&self.phone), text(&self.notes), text(&self.special_requirements));
                ("contact", json!({"name": self.name, "phone": phone, "notes": notes, "special_requirements": special}))
            }
            _ => return None,
        })
    }
}

/// What is said after a command was done.
pub(super) fn done(command: &str) -> Option<&'static str> {
    Some(match command {
        "confirm" => "confirm-done",
        "cancel" => "manage-cancel-done",
        "resize" => "manage-resize-done",
        "move" => "manage-move-done",
        "contact" => "manage-contact-done",
        _ => return None,
    })
}
