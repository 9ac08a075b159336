//! Who else moves, or has moved, because of a command.

use headcount_core::event::Status;
use maud::{Markup, html};
use uuid::Uuid;

use super::answers::{Affected, Registration};
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::event::segment;
use crate::pages::visitor::Visitor;

/// So many are named; the rest is counted.
const NAMED_MAX: usize = 12;

/// Those who get a place, and those who lose theirs.
#[derive(Default)]
pub(super) struct Others {
    up: Group,
    down: Group,
}

/// Some people, the first of them by id.
#[derive(Default)]
struct Group {
    ids: Vec<Uuid>,
    names: Vec<String>,
    count: usize,
}

impl Others {
    /// Whom a command moved, or would move. Names that cannot be read are only counted.
    pub(super) async fn of(pages: &Pages, visitor: &Visitor, event: Uuid, affected: &[Affected]) -> Others {
        let (up, down): (Vec<&Affected>, Vec<&Affected>) =
            affected.iter().partition(|one| matches!(one.to, Status::Confirmed | Status::Held));
        let ids = |some: Vec<&Affected>| some.iter().map(|one| one.registration_id).collect::<Vec<_>>();
        let (up, down) = (ids(up), ids(down));
        Others {
            up: Group::named(pages, visitor, event, &up, up.len()).await,
            down: Group::named(pages, visitor, event, &down, down.len()).await,
        }
    }

    /// Those whom an address names, as [`Others::query`] wrote it.
    pub(super) async fn read(pages: &Pages, visitor: &Visitor, event: Uuid, query: &Typed) -> Others {
        let ids = |name| query.all(name).filter_map(|id| id.parse().ok()).take(NAMED_MAX).collect::<Vec<Uuid>>();
        let (up, down) = (ids("up"), ids("down"));
        let count = |name, least: usize| query.get(name).parse::<usize>().unwrap_or_default().max(least);
        Others {
            up: Group::named(pages, visitor, event, &up, count("ups", up.len())).await,
            down: Group::named(pages, visitor, event, &down, count("downs", down.len())).await,
        }
    }

    /// As part of an address: ids and numbers, no names.
    pub(super) fn query(&self) -> String {
        let ids = |name: &str, some: &Group| some.ids.iter().map(|id| format!("&{name}={id}")).collect::<String>();
        let count = |name: &str, some: &Group| {
            if some.count > some.ids.len() {
                format!("&{name}={}", segment(&some.count.to_string()))
            } else {
                String::new()
            }
        };
        ids("up", &self.up) + &count("ups", &self.up) + &ids("down", &self.down) + &count("downs", &self.down)
    }

    /// Those who are known by id, which are all unless they are cut.
    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.up.ids.iter().chain(&self.down.ids).copied()
    }

    /// Whether there are more than are known by id.
    pub(super) fn is_cut(&self) -> bool {
        [&self.up, &self.down].iter().any(|some| some.count > some.ids.len())
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.up.count == 0 && self.down.count == 0
    }

    /// What would become of them.
    pub(super) fn would(&self, visitor: &Visitor) -> Markup {
        html! {
            @if self.is_nobody() { p { (visitor.text("console-would-nobody")) } }
            (self.up.list(visitor, "console-would-up"))
            (self.down.list(visitor, "console-would-down"))
        }
    }

    /// What has become of them, in a sentence.
    pub(super) fn did(&self, visitor: &Visitor) -> Markup {
        html! {
            (self.up.sentence(visitor, "console-did-up"))
            (self.down.sentence(visitor, "console-did-down"))
        }
    }
}

impl Group {
    async fn named(pages: &Pages, visitor: &Visitor, event: Uuid, ids: &[Uuid], count: usize) -> Group {
        let ids: Vec<Uuid> = ids.iter().copied().take(NAMED_MAX).collect();
        let mut names = Vec::new();
        for id in &ids {
            names.extend(
                Registration::of(pages, visitor, event, &id.to_string()).await.ok().map(|one| one.name.shown(visitor)),
            );
        }
        Group { ids, names, count }
    }

    fn more(&self) -> usize {
        self.count.saturating_sub(self.names.len())
    }

    fn list(&self, visitor: &Visitor, key: &str) -> Markup {
        html! {
            @if self.count > 0 {
                p { (visitor.say(key, &[("count", self.count.into())])) }
                ul.people {
                    @for name in &self.names { li { bdi { (name) } } }
                    @if self.more() > 0 { li.quiet { (visitor.say("console-and-more", &[("count", self.more().into())])) } }
                }
            }
        }
    }

    fn sentence(&self, visitor: &Visitor, key: &str) -> Markup {
        html! {
            @if self.count > 0 {
                p {
                    (visitor.say(key, &[("count", self.count.into())])) " "
                    @for (index, name) in self.names.iter().enumerate() { @if index > 0 { ", " } bdi { (name) } }
                    @if self.more() > 0 { " " (visitor.say("console-and-more", &[("count", self.more().into())])) }
                    "."
                }
            }
        }
    }
}
