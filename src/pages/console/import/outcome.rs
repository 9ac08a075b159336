//! What came of each line of a list, or would.

use headcount_core::event::Status;
use maud::{Markup, html};

use super::list::{Line, List, Refused};
use super::{Mode, word};
use crate::pages::api::Problem;
use crate::pages::console::answers::{Managed, Receipt};
use crate::pages::console::words;
use crate::pages::parts::Tone;
use crate::pages::visitor::Visitor;

/// The lines with what came of them.
pub(super) struct Outcome {
    pub(super) table: Markup,
    /// How many were taken, or can be.
    pub(super) possible: usize,
    pub(super) all: usize,
}

/// Tells it, line by line.
pub(super) fn outcome(
    visitor: &Visitor,
    managed: &Managed,
    list: &List,
    came: &[Option<Result<Receipt, Problem>>],
    mode: Mode,
) -> Outcome {
    let possible = came.iter().filter(|one| matches!(one, Some(Ok(_)))).count();
    let table = html! {
        div.scrolls.stacked role="region" tabindex="0" aria-label=(visitor.text("console-import")) {
            table {
                thead { tr {
                    th scope="col" { (visitor.text("console-line")) }
                    th scope="col" { (visitor.text("form-name")) }
                    th scope="col" { (visitor.text("console-outcome")) }
                    th scope="col" { (visitor.text("form-email")) }
                } }
                tbody {
                    @for (line, came) in list.lines.iter().zip(came) {
                        tr {
                            td.number data-label=(visitor.text("console-line")) { (line.number) }
                            th scope="row" { bdi { (line.person.get("name")) } }
                            td { (of_line(visitor, managed, line, came.as_ref(), mode)) }
                            td { bdi { (line.person.get("email")) } }
                        }
                    }
                }
            }
        }
    };
    Outcome { table, possible, all: list.lines.len() }
}

fn of_line(
    visitor: &Visitor,
    managed: &Managed,
    line: &Line,
    came: Option<&Result<Receipt, Problem>>,
    mode: Mode,
) -> Markup {
    match (came, line.refused) {
        (Some(Ok(receipt)), _) => {
            let key = match (receipt.status, mode) {
                (Status::Waitlisted, Mode::Take) => "console-import-waits",
                (Status::Waitlisted, Mode::Try) => "console-import-would-wait",
                (_, Mode::Take) => "console-import-in",
                (_, Mode::Try) => "console-import-would-be-in",
            };
            let tone = if receipt.status == Status::Waitlisted { Tone::Wait } else { Tone::Good };
            html! {
                (word(tone, visitor, key))
                @if managed.event.roles.len() > 1 { " " bdi { (receipt.role) } }
            }
        }
        (Some(Err(problem)), _) => html! {
            (word(Tone::Bad, visitor, "console-not-possible")) " "
            @if problem.code == "not_found" {
                (visitor.say("console-import-no-role", &[("role", line.person.get("role").into())]))
            } @else {
                (words(visitor, problem))
            }
        },
        (None, refused) => html! {
            (word(Tone::Bad, visitor, "console-not-possible")) " "
            (visitor.text(match refused {
                Some(Refused::TooManyCells) => "console-import-cells",
                Some(Refused::Ended) => "console-import-ended",
                Some(Refused::Twice) | None => "console-import-twice",
            }))
        },
    }
}
