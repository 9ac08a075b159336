//! The board of a door: how many are here, how many have a place, how many wait.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::Door;
use crate::pages::Pages;
use crate::pages::frame::Page;
use crate::pages::parts::bar;
use crate::pages::visitor::Visitor;

/// Shows it.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(event): Path<String>,
) -> Response {
    match Door::open(&pages, &visitor, &event).await {
        Ok(door) => door.board().show(&door.visitor),
        Err(refused) => refused,
    }
}

impl Door {
    fn board(&self) -> Page {
        let visitor = &self.visitor;
        let title = visitor.say("door-board-title", &[("event", self.event.title.as_str().into())]);
        let people = self.arrivals.people;
        let main = html! {
            p.eyebrow { a href=(self.path("")) { (visitor.text("door-back")) } }
            h1 { bdi { (self.event.title) } }
            div #board data-renew=(self.path("/stream")) {
                dl.board {
                    (number(&visitor.text("door-here"), people.here))
                    (number(&visitor.text("door-expected"), people.expected))
                    (number(&visitor.text("door-waiting"), people.waiting))
                }
                (bar(people.here, people.expected))
                @if self.arrivals.roles.len() > 1 { (self.roles()) }
            }
        };
        Page::new(title, main).script("door.js").of(self.account.clone())
    }

    fn roles(&self) -> Markup {
        let visitor = &self.visitor;
        html! {
            div.scroll role="region" tabindex="0" aria-label=(visitor.text("event-places")) {
                table.numbers-table {
                    thead {
                        tr {
                            th scope="col" { (visitor.text("role")) }
                            th scope="col" { (visitor.text("door-here")) }
                            th scope="col" { (visitor.text("door-expected")) }
                            th scope="col" { (visitor.text("door-waiting")) }
                        }
                    }
                    tbody {
                        @for role in &self.arrivals.roles {
                            tr {
                                th scope="row" { bdi { (role.name) } (bar(role.people.here, role.people.expected)) }
                                td { (role.people.here) }
                                td { (role.people.expected) }
                                td { (role.people.waiting) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn number(name: &str, count: u64) -> Markup {
    html! { div { dt { (name) } dd { (count) } } }
}
