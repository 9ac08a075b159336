//! What was just done, above the roster, and a way back where there is one. The address carries ids, and the names are read
//! anew: so nobody can put words on the page by an address.

use headcount_core::event::Status;
use maud::{Markup, html};

use super::answers::{Managed, Registration};
use super::command::is_told;
use super::mail::{self, Subject};
use super::others::Others;
use super::person;
use super::tell;
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

/// What is done to mail that waited.
const OF_MAIL: [(&str, Tone); 2] = [("unsent", Tone::Good), ("sent-already", Tone::Wait)];

/// The notice, if something was done.
pub(super) async fn show(pages: &Pages, visitor: &Visitor, managed: &Managed, query: &Typed) -> Markup {
    let others = Others::read(pages, visitor, managed.event.id, query).await;
    let done = query.get("done");
    if OF_EVENT.contains(&done) {
        let said = visitor.text(&format!("console-done-{done}"));
        let subject = Subject { of_event: true, ..subject(query, &others) };
        let mail = mail::waiting(pages, visitor, managed, query, &subject, None).await;
        return notice(Tone::Good, &html! { p { (said) } (others.did(visitor)) (mail) });
    }
    if let Some((_, tone)) = OF_MAIL.iter().find(|(known, _)| *known == done) {
        return notice(*tone, &html! { p { (visitor.text(&format!("console-done-{done}"))) } });
    }
    let Some((command, back)) = COMMANDS.iter().find(|(command, _)| *command == done) else { return html! {} };
    let Ok(one) = Registration::of(pages, visitor, managed.event.id, query.get("who")).await else { return html! {} };
    let filled =
        [("name", one.name.shown(visitor).into()), ("role", one.role.as_str().into()), ("spots", one.spots.into())];
    // Where nobody else waits, whoever is sent back to wait is the first to get the place.
    let is_kept = *command == "demote" && one.status == Status::Confirmed;
    let said = visitor.say(&format!("console-done-{}", if is_kept { "kept" } else { command }), &filled);
    let waits = one.status == Status::Waitlisted && ["add", "move", "reinstate"].contains(command);
    let mail_if_undone = back.map(|_| "console-mail-undo");
    let mail = match is_told(command) {
        true => mail::waiting(pages, visitor, managed, query, &subject(query, &others), mail_if_undone).await,
        false => html! {},
    };
    let content = html! {
        p { (said) @if waits { " " (visitor.text("console-done-waits")) } }
        (others.did(visitor))
        @if let Some(back) = back { (undo(visitor, managed, &one, back, query)) }
        (mail)
    };
    notice(if waits { Tone::Wait } else { Tone::Good }, &content)
}

/// Of whom something became.
fn subject(query: &Typed, others: &Others) -> Subject {
    let with = if query.get("done") == "swap" { query.get("was") } else { "" };
    let named = [query.get("who"), with].into_iter().filter_map(|id| id.parse().ok());
    Subject { is_cut: others.is_cut(), ..Subject::of(named.chain(others.ids())) }
}

/// A button that takes it back. Who was not told of it is not told of that either.
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
            @if tell::is_unwanted(query) { (tell::nobody()) }
            button.link type="submit" { (visitor.text("console-undo")) }
        }
    }
}
