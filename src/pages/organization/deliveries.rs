//! What became of the messages to a webhook.

use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::webhooks::{Seen, Webhook};
use crate::pages::answers::Time;
use crate::pages::console::history::KINDS;
use crate::pages::event::segment;
use crate::pages::parts::{Tone, chip, time};
use crate::pages::visitor::Visitor;

/// A message to a webhook.
#[derive(Debug, Deserialize)]
pub(super) struct Delivery {
    id: Uuid,
    event_id: Option<Uuid>,
    seq: Option<u64>,
    kind: String,
    state: State,
    created_at: Time,
    attempts: u32,
    /// What the receiver answered last.
    status: Option<u16>,
    /// Why the last attempt failed.
    problem: Option<String>,
}

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Delivered,
    GivenUp,
}

impl Seen {
    pub(super) fn deliveries(&self, visitor: &Visitor, webhook: &Webhook) -> Markup {
        let Some(list) = &self.deliveries else { return html! {} };
        html! {
            h3 { (visitor.text("webhook-deliveries")) }
            @if list.items.is_empty() { p.quiet { (visitor.text("webhook-deliveries-none")) } }
            ol.history { @for delivery in &list.items { li { (self.delivery(visitor, webhook, delivery)) } } }
            @if let Some(cursor) = &list.next_cursor {
                p { a.button.second href={ (self.path(visitor)) "?show=" (webhook.id) "&cursor=" (segment(cursor)) } { (visitor.text("history-older")) } }
            }
        }
    }

    fn delivery(&self, visitor: &Visitor, webhook: &Webhook, delivery: &Delivery) -> Markup {
        let (tone, state) = match delivery.state {
            State::Delivered => (Tone::Good, "webhook-delivered"),
            State::Waiting => (Tone::Wait, "webhook-waiting"),
            State::GivenUp => (Tone::Bad, "webhook-given-up"),
        };
        html! {
            p.said {
                @if KINDS.contains(&delivery.kind.as_str()) {
                    (visitor.text(&format!("history-of-{}", delivery.kind)))
                } @else {
                    (visitor.text("webhook-of-test"))
                }
                " " (chip(tone, &visitor.text(state)))
            }
            p.quiet {
                (time(visitor, delivery.created_at, "UTC"))
                " · " (visitor.say("webhook-attempts", &[("count", delivery.attempts.into())]))
                @if let Some(status) = delivery.status { " · HTTP " (status) }
                @if let (Some(event), Some(seq)) = (delivery.event_id, delivery.seq) {
                    " · " a href=(visitor.to(&format!("/console/events/{event}/history?before={}", seq + 1))) { "#" (seq) }
                }
            }
            @if let Some(problem) = &delivery.problem { p.quiet dir="ltr" { (problem) } }
            @if delivery.state != State::Waiting && webhook.active {
                form method="post" action=(self.path(visitor)) {
                    input type="hidden" name="webhook" value=(webhook.id);
                    input type="hidden" name="delivery" value=(delivery.id);
                    button.link type="submit" name="do" value="resend" { (visitor.text("webhook-resend")) }
                }
            }
        }
    }
}
