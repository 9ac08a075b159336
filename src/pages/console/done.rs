//! What was just done, above the roster, and a way back where there is one. The address carries ids, and the names are read
//! anew: so nobody can put words on the page by an address.

use headcount_core::event::Status;
use maud::{Markup, html};

use super::answers::{Managed, Registration};
use super::others::Others;
use super::person;
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::api::new_key;
use crate::pages::parts::{Tone, notice};
use crate::pages::visitor::Visitor;

/// What is done to one registration, and what takes it back.
const COMMANDS: [(&str, Option<&str>); 16] = [
    ("add", Some("remove")),
    ("cancel", Some("reinstate")),
    ("remove", Some("reinstate")),
    ("reinstate", Some("remove")),
    ("promote", Some("demote")),
    ("demote", Some("promote")),
    ("move", Some("move")),
    ("swap", Some("swap")),
    ("resize", Some("resize")),
    ("check-in", Some("undo-check-in")),
    ("undo-check-in", Some("check-in")),
    ("confirm", None),
    ("change-email", None),
    ("send-link", None),
    ("details", None),
    ("decline", None),
];

/// What is done to the event itself.
const OF_EVENT: [&str; 5] = ["saved", "created", "published", "closed", "called-off"];

/// The notice, if something was done.
pub(super) async fn show(pages: &Pages, visitor: &Visitor, managed: &Managed, query: &Typed) -> Markup {
    let others = Others::read(pages, visitor, managed.event.id, query).await;
    let done = query.get("done");
    if OF_EVENT.contains(&done) {
        let said = visitor.text(&format!("console-done-{done}"));
        return notice(Tone::Good, &html! { p { (said) } (others.did(visitor)) });
    }
    let Some((command, back)) = COMMANDS.iter().find(|(command, _)| *command == done) else { return html! {} };
    let Ok(one) = Registration::of(pages, visitor, managed.event.id, query.get("who")).await else { return html! {} };
    let filled = [("name", one.name.as_str().into()), ("role", one.role.as_str().into()), ("spots", one.spots.into())];
    // Where nobody else waits, whoever is sent back to wait is the first to get the place.
    let is_kept = *command == "demote" && one.status == Status::Confirmed;
    let said = visitor.say(&format!("console-done-{}", if is_kept { "kept" } else { command }), &filled);
    let waits = one.status == Status::Waitlisted && ["add", "move", "reinstate"].contains(command);
    let content = html! {
        p { (said) @if waits { " " (visitor.text("console-done-waits")) } }
        (others.did(visitor))
        @if let Some(back) = back { (undo(visitor, managed, &one, back, query)) }
    };
    notice(if waits { Tone::Wait } else { Tone::Good }, &content)
}

/// A button that takes it back.
fn undo(visitor: &Visitor, managed: &Managed, one: &Registration, back: &str, query: &Typed) -> Markup {
    let was = query.get("was");
    let field = match back {
        "move" => Some("role"),
        "swap" => Some("with"),
        "resize" => Some("spots"),
        _ => None,
    };
    html! {
        form.inline method="post" action=(person::path(visitor, managed, one)) {
            input type="hidden" name="do" value=(back);
            @if let Some(field) = field { input type="hidden" name=(field) value=(was); }
            input type="hidden" name="sure" value="yes";
            input type="hidden" name="key" value=(new_key());
            button.link type="submit" { (visitor.text("console-undo")) }
        }
    }
}
