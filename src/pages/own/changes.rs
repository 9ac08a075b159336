//! What the holder of a link does with their sign-up.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asked, hold, refused};
use crate::pages::Pages;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// Which button was pressed, and what stood in its form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::pages) struct Typed {
    #[serde(rename = "do")]
    what: String,
    name: String,
    phone: String,
    notes: String,
    special_requirements: String,
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
            held.page(&pages, &visitor, &Asked::default(), Some(&problem)).status(problem.status()).show(&visitor)
        }
        Err(problem) => refused(&visitor, &problem),
    }
}

impl Typed {
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
