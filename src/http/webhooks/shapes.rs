//! What is sent and answered about webhooks.

use std::collections::BTreeSet;

use headcount_core::ids::{EventId, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::hooks::deliveries::Delivery;
use crate::hooks::webhooks::{Changes, Personal, Webhook};
use crate::hooks::{ALL, KINDS, TEST};
use crate::http::fields::{Text, rfc3339};
use crate::http::json::{Checks, Field, Sent, Why};
use crate::http::problem::Problem;

/// A webhook to be made, or changes of one; what is left out of a change stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WebhookRequest {
    /// Where to deliver: `https://`, a host of the internet, port 443 or one from 1024 on.
    #[schema(value_type = String, max_length = 2000, example = "https://example.org/hook")]
    #[serde(default)]
    pub(super) url: Sent<Text>,
    /// Of which kinds of change it is told, as the log calls them; `*` is all. If left out, all.
    #[schema(value_type = Vec<String>, example = json!(["signed_up", "cancelled"]))]
    #[serde(default)]
    kinds: Sent<Vec<Sent<Kind>>>,
    /// Whether it is told name, e-mail, phone and metadata of whom a change is about, as they are when it is delivered. If
    /// left out, not.
    #[schema(value_type = bool)]
    #[serde(default)]
    personal: Sent<bool>,
    /// Only in a change. `false` ends deliveries; `true` has them begin again with what happens from then on.
    #[schema(value_type = bool)]
    #[serde(default)]
    active: Sent<bool>,
}

/// The name of a kind of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind(String);

impl Field<'_> for Kind {
    const EXPECTED: &'static str = "a kind of change as the log calls it, such as signed_up, or * for all";

    fn from_text(text: &str) -> Result<Kind, Why> {
        let is_known = text == ALL || KINDS.iter().any(|(kind, _)| *kind == text);
        let all = || KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
        is_known.then(|| Kind(text.to_owned())).ok_or_else(|| format!("must be * or one of {}", all()).into())
    }
}

/// What a change asks for.
pub(super) struct Wish {
    pub(super) changes: Changes,
    pub(super) active: Option<bool>,
}

impl WebhookRequest {
    /// What a new webhook is to be. Where it leads is still to be judged.
    pub(super) fn create(self) -> Result<(String, BTreeSet<String>, Personal), Problem> {
        let mut checks = Checks::default();
        checks.unwanted("active", &self.active, "cannot be given to a new webhook; it is active");
        let url = checks.required("url", self.url).map(|url| url.0);
        let kinds = kinds(&mut checks, self.kinds).unwrap_or_else(|| [ALL.to_owned()].into());
        let personal = checks.given("personal", self.personal).map(personal).unwrap_or_default();
        checks.finish()?;
        Ok((url.unwrap_or_default(), kinds, personal))
    }

    /// What is to be changed. Where it leads is still to be judged.
    pub(super) fn change(self) -> Result<Wish, Problem> {
        let mut checks = Checks::default();
        let url = checks.change("url", self.url).map(|url| url.0);
        let kinds = kinds(&mut checks, self.kinds);
        let personal = checks.change("personal", self.personal).map(personal);
        let active = checks.change("active", self.active);
        checks.finish()?;
        Ok(Wish { changes: Changes { url, kinds, personal }, active })
    }
}

fn personal(is_told: bool) -> Personal {
    if is_told { Personal::Told } else { Personal::LeftOut }
}

fn kinds(checks: &mut Checks, sent: Sent<Vec<Sent<Kind>>>) -> Option<BTreeSet<String>> {
    let sent = checks.change("kinds", sent)?;
    if sent.is_empty() {
        checks.wrong("kinds", "must name at least one kind of change, or * for all");
    }
    let named = sent.into_iter().enumerate();
    Some(
        named
            .filter_map(|(index, kind)| checks.required(&format!("kinds[{index}]"), kind))
            .map(|kind| kind.0)
            .collect(),
    )
}

/// A webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(in crate::http) struct WebhookAnswer {
    id: Uuid,
    #[schema(value_type = Uuid)]
    organization_id: Uuid,
    url: String,
    kinds: BTreeSet<String>,
    personal: bool,
    active: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since when nothing is delivered: an owner ended it, or its receiver answered 410.
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
    /// What deliveries are signed with. Shown only when it is new: keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: Option<String>,
}

impl WebhookAnswer {
    pub(super) fn new(webhook: Webhook) -> WebhookAnswer {
        WebhookAnswer {
            id: webhook.id,
            organization_id: webhook.organization.0,
            url: webhook.url,
            kinds: webhook.kinds,
            personal: webhook.personal == Personal::Told,
            active: webhook.ended_at.is_none(),
            created_at: rfc3339(webhook.created_at),
            ended_at: webhook.ended_at.map(rfc3339),
            secret: None,
        }
    }

    pub(super) fn with_secret(webhook: Webhook, secret: String) -> WebhookAnswer {
        WebhookAnswer { secret: Some(secret), ..WebhookAnswer::new(webhook) }
    }
}

/// The webhooks of an organization.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct WebhooksAnswer {
    pub(super) items: Vec<WebhookAnswer>,
}

/// A message to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(in crate::http) struct DeliveryAnswer {
    /// What the receiver gets as `webhook-id`, the same in every attempt.
    id: Uuid,
    /// Null: it only tries the webhook out.
    #[schema(required, value_type = Option<Uuid>)]
    event_id: Option<EventId>,
    /// The entry of the event's log that it tells of.
    #[schema(required, value_type = Option<u64>)]
    seq: Option<Seq>,
    /// The kind of change, or `test`.
    kind: String,
    /// `waiting`, `delivered` or `given_up`.
    #[schema(pattern = "^(waiting|delivered|given_up)$")]
    state: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried next; null: never.
    #[schema(required, format = DateTime)]
    due_at: Option<String>,
    attempts: u32,
    /// What the receiver answered last.
    #[schema(required)]
    status: Option<u16>,
    /// Why the last attempt failed.
    #[schema(required)]
    problem: Option<String>,
    #[schema(required, format = DateTime)]
    delivered_at: Option<String>,
}

impl From<Delivery> for DeliveryAnswer {
    fn from(delivery: Delivery) -> DeliveryAnswer {
        let state = match (delivery.delivered_at, delivery.due_at) {
            (Some(_), _) => "delivered",
            (None, Some(_)) => "waiting",
            (None, None) => "given_up",
        };
        let is_test = delivery.kind == TEST;
        DeliveryAnswer {
            id: delivery.id,
            event_id: delivery.event,
            seq: Some(delivery.seq).filter(|_| !is_test),
            kind: delivery.kind,
            state,
            created_at: rfc3339(delivery.created_at),
            due_at: delivery.due_at.map(rfc3339),
            attempts: delivery.attempts,
            status: delivery.status,
            problem: delivery.problem,
            delivered_at: delivery.delivered_at.map(rfc3339),
        }
    }
}
