//! Whether those whom something concerns are told by e-mail: a tick wherever something is asked that is mailed about.

use headcount_core::event::EventStatus;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::answers::Managed;
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::visitor::Visitor;

/// The name of the field.
pub(super) const FIELD: &str = "tell";
const YES: &str = "yes";
const NO: &str = "no";

/// The tick; where nobody would be mailed anyway, what that means.
pub(super) fn ask(pages: &Pages, visitor: &Visitor, managed: &Managed, typed: &Typed) -> Markup {
    html! {
        @if managed.event.status == EventStatus::Draft {
            // Nobody is written to about a draft.
        } @else if !pages.sends_mail() {
            p.quiet { (visitor.text("console-tell-none")) }
        } @else {
            (nobody())
            label.tick {
                input type="checkbox" name=(FIELD) value=(YES) checked[!is_unwanted(typed)] aria-describedby="tell-hint";
                span { (visitor.text("console-tell")) }
            }
            p.hint #tell-hint { (visitor.text("console-tell-hint")) }
        }
    }
}

/// As if it had been asked and not been ticked. A browser sends no tick that is not set, so this stands before each.
pub(super) fn nobody() -> Markup {
    html! { input type="hidden" name=(FIELD) value=(NO); }
}

/// Whether it was asked, and nobody is to be told.
pub(super) fn is_unwanted(typed: &Typed) -> bool {
    typed.has(FIELD) && typed.all(FIELD).all(|said| said != YES)
}

/// What was ticked, as the API is told it.
pub(super) fn say(typed: &Typed, request: &mut Value) {
    if is_unwanted(typed) {
        request["notify"] = json!(false);
    }
}

/// As part of the address of the page that says what was done.
pub(super) fn query(typed: &Typed) -> String {
    if is_unwanted(typed) { format!("&{FIELD}={NO}") } else { String::new() }
}
