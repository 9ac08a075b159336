//! The mail about what was just done: as long as it waits it is told when it goes, and it can be held back.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::answers::Managed;
use super::organizer::Organizer;
use super::tell;
use super::typed::Typed;
use crate::clock;
use crate::pages::Pages;
use crate::pages::answers::{List, Time};
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// Mail that waits.
#[derive(Clone, Debug, Deserialize)]
struct Message {
    message_id: Uuid,
    /// None: it goes to many.
    registration_id: Option<Uuid>,
    due_at: Time,
}

/// What mail is about.
#[derive(Default)]
pub(super) struct Subject {
    /// The people of whom something became.
    pub(super) people: BTreeSet<Uuid>,
    /// Whether that are not all of them.
    pub(super) is_cut: bool,
    /// Whether it is about the event itself as well, which many are told.
    pub(super) of_event: bool,
}

impl Subject {
    /// These people, and nothing else.
    pub(super) fn of(people: impl IntoIterator<Item = Uuid>) -> Subject {
        Subject { people: people.into_iter().collect(), ..Subject::default() }
    }

    fn concerns(&self, message: &Message) -> bool {
        message.registration_id.map_or(self.of_event, |id| self.people.contains(&id))
    }
}

/// What is said of mail about this that waits; nothing, if none does or `typed` says that none was wanted. Where something
/// is offered that undoes it, `undo` says what that does to the mail.
pub(super) async fn waiting(
    pages: &Pages,
    visitor: &Visitor,
    managed: &Managed,
    typed: &Typed,
    subject: &Subject,
    undo: Option<&str>,
) -> Markup {
    if !pages.sends_mail() || tell::is_unwanted(typed) {
        return html! {};
    }
    let path = format!("/api/v1/events/{}/pending-mail", managed.event.id);
    // Whoever may not look at it does not see it.
    let Ok(list) = pages.api().get(visitor, path).read::<List<Message>>().await else { return html! {} };
    let messages: Vec<Message> = list.items.into_iter().filter(|message| subject.concerns(message)).collect();
    let Some(first) = messages.iter().map(|message| message.due_at.0.0).min() else { return html! {} };
    let left_ms = (first - clock::now().0).max(0);
    // Whoever has several things to be told is told how they stand, once.
    let told: BTreeSet<Option<Uuid>> = messages.iter().map(|message| message.registration_id).collect();
    let is_counted = !subject.is_cut && !told.contains(&None);
    let said = |seconds: String| match is_counted {
        true => {
            let filled = [("count", told.len().into()), ("seconds", seconds.as_str().into())];
            visitor.say("console-mail-waits", &filled)
        }
        false => visitor.say("console-mail-waits-many", &[("seconds", seconds.as_str().into())]),
    };
    html! {
        // It counts down, which must not be read out second by second.
        div.waiting-mail aria-live="off" data-goes-in=(left_ms) data-left=(said("{seconds}".to_owned()))
            data-gone=(visitor.text("console-mail-gone")) {
            p {
                span { (said((left_ms + 999).div_euclid(1000).to_string())) }
                @if let Some(undo) = undo { " " (visitor.text(undo)) }
            }
            @if !subject.is_cut {
                form.inline method="post" action={ (managed.path(visitor)) "/mail" } {
                    @for message in &messages { input type="hidden" name="message" value=(message.message_id); }
                    button.link type="submit" { (visitor.text("console-mail-hold")) }
                }
            }
        }
    }
}

/// Holds messages back.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let mut done = "unsent";
    for message in typed.all("message") {
        let path = format!("/api/v1/events/{}/pending-mail/{}", managed.event.id, segment(message));
        if pages.api().ask(visitor, Method::DELETE, path).send().await.is_err() {
            done = "sent-already";
        }
    }
    Redirect::to(&format!("{}?done={done}", managed.path(visitor))).into_response()
}
