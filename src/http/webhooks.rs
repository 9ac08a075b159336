//! Webhooks of an organization: make, change, remove, and see what became of their deliveries. What they are told and how
//! is the business of [`hooks`](crate::hooks).

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use headcount_core::ids::OrganizationId;
use uuid::Uuid;

use super::App;
use super::answer::{Answered, List, json};
use super::caller::Caller;
use super::fields::read_id;
use super::json::parse;
use super::paging::PageQuery;
use super::problem::Problem;
use super::request::{Asked, At, Wanted};
use crate::clock;
use crate::hooks::webhooks::{self, Webhook};
use crate::hooks::{deliveries as stored, signing_secret};
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::read::Page;
use crate::store::script::{Ran, Script};
use shapes::{DeliveryAnswer, WebhookAnswer, WebhookRequest, WebhooksAnswer, Wish};

mod shapes;

/// The version of a new webhook's secret.
const FIRST_VERSION: u32 = 1;

/// Make a webhook
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/webhooks", tag = "webhooks",
    request_body = WebhookRequest,
    params(("organization" = Uuid, Path, description = "Its id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = WebhookAnswer, description = "Made. Its secret is shown only now"),
              (status = 409, description = "`too_many_webhooks`")))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    At(organization): At<String>,
    asked: Asked,
) -> Answered {
    let (url, kinds, personal) = parse::<WebhookRequest>(&asked.body)?.create()?;
    let organization = read_organization(&organization)?;
    app.check_webhook(&url).await?;
    let id = match (asked.key(), caller.who()) {
        (Some(key), Some(who)) => id_from_key("webhook", &format!("{who} {organization}"), key),
        _ => clock::new_id(),
    };
    let (version, created_at) = (FIRST_VERSION, clock::now());
    let webhook = Webhook { id, organization, url, kinds, personal, version, created_at, ended_at: None };
    let webhook = match app.lanes.run(webhooks::create(&webhook)).await? {
        Ran::Done => webhook,
        Ran::Unmet(0) => return Err(Problem::no_such_organization()),
        // Of an earlier request with this key, if it is there.
        Ran::Unmet(_) => {
            let made = webhooks::one(&app.readers, organization, id).await?.ok_or_else(Problem::too_many_webhooks)?;
            let is_same = (&made.url, &made.kinds, made.personal) == (&webhook.url, &webhook.kinds, webhook.personal);
            if is_same { made } else { return Err(Problem::key_reused()) }
        }
    };
    app.hooks.changed();
    let secret = signing_secret(&app.secret, webhook.id, webhook.version);
    let location = format!("/api/v1/organizations/{organization}/webhooks/{id}");
    let answer = json(StatusCode::CREATED, &WebhookAnswer::with_secret(webhook, secret));
    Ok(([(LOCATION, location)], answer).into_response())
}

/// List the webhooks of an organization
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/webhooks", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = WebhooksAnswer, description = "All of them, the oldest first")))]
pub(super) async fn list(State(app): State<App>, At(organization): At<String>) -> Answered {
    let found = webhooks::of_organization(&app.readers, read_organization(&organization)?).await?;
    Ok(json(StatusCode::OK, &WebhooksAnswer { items: found.into_iter().map(WebhookAnswer::new).collect() }))
}

/// Read a webhook
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/webhooks/{webhook}", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = WebhookAnswer, description = "The webhook")))]
pub(super) async fn read(State(app): State<App>, At(place): At<(String, String)>) -> Answered {
    Ok(json(StatusCode::OK, &WebhookAnswer::new(app.webhook(&place.0, &place.1).await?)))
}

/// Change a webhook
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}/webhooks/{webhook}", tag = "webhooks",
    request_body = WebhookRequest,
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = WebhookAnswer, description = "As it is now")))]
pub(super) async fn change(State(app): State<App>, At(place): At<(String, String)>, asked: Asked) -> Answered {
    let Wish { changes, active } = parse::<WebhookRequest>(&asked.body)?.change()?;
    let (organization, id) = read_place(&place.0, &place.1)?;
    if let Some(url) = &changes.url {
        app.check_webhook(url).await?;
    }
    let script = webhooks::change(organization, id, &changes).then(match active {
        Some(true) => webhooks::activate(organization, id),
        Some(false) => webhooks::end(organization, id, clock::now()),
        None => Script::default(),
    });
    app.run_on_webhook(script).await?;
    Ok(json(StatusCode::OK, &WebhookAnswer::new(app.webhook(&place.0, &place.1).await?)))
}

/// Remove a webhook
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/webhooks/{webhook}", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Removed; what was still to be delivered is not")))]
pub(super) async fn remove(State(app): State<App>, At(place): At<(String, String)>) -> Answered {
    let (organization, id) = read_place(&place.0, &place.1)?;
    app.run_on_webhook(webhooks::remove(organization, id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give a webhook another secret
///
/// From now on deliveries are signed with the new one alone. What the receiver refuses until it knows it is tried again.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/webhooks/{webhook}/rotate-secret", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = WebhookAnswer, description = "The new secret is shown only now")))]
pub(super) async fn rotate_secret(State(app): State<App>, At(place): At<(String, String)>) -> Answered {
    let webhook = app.webhook(&place.0, &place.1).await?;
    if app.lanes.run(webhooks::rotate(&webhook)).await? != Ran::Done {
        // Somebody else rotates it at this moment, or removes it.
        return Err(Problem::busy());
    }
    let version = webhook.version + 1;
    let secret = signing_secret(&app.secret, webhook.id, version);
    Ok(json(StatusCode::OK, &WebhookAnswer::with_secret(Webhook { version, ..webhook }, secret)))
}

/// Try a webhook out
///
/// Makes out a message of type `webhook.test`, which is about no event. What comes of it is seen in the list of deliveries.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/webhooks/{webhook}/test", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id")),
    responses((status = 202, body = DeliveryAnswer, description = "It is on its way"),
              (status = 409, description = "`webhook_ended`")))]
pub(super) async fn try_out(State(app): State<App>, At(place): At<(String, String)>) -> Answered {
    let webhook = app.active_webhook(&place.0, &place.1).await?;
    let delivery = app.hooks.try_out(webhook.id).await?;
    app.on_its_way(webhook.id, delivery).await
}

/// List the deliveries of a webhook
///
/// The newest first. They are kept for 30 days.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries", tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id"),
           PageQuery),
    responses((status = 200, body = List<DeliveryAnswer>, description = "With what came of them")))]
pub(super) async fn deliveries(
    State(app): State<App>,
    At(place): At<(String, String)>,
    Wanted(query): Wanted<PageQuery>,
) -> Answered {
    let Page { limit, cursor } = query.page()?;
    let before = cursor.map(|cursor| read_id(&cursor).ok_or(StoreError::BadCursor)).transpose()?;
    let webhook = app.webhook(&place.0, &place.1).await?;
    let found = stored::list(&app.readers, webhook.id, before, limit).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next_cursor = found.last().filter(|_| is_full).map(|last| last.id.to_string());
    let items: Vec<DeliveryAnswer> = found.into_iter().map(DeliveryAnswer::from).collect();
    Ok(json(StatusCode::OK, &List { items, next_cursor }))
}

/// Deliver once more
///
/// With the same `webhook-id`, and tried as often as a new one.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries/{delivery}/resend",
    tag = "webhooks",
    params(("organization" = Uuid, Path, description = "Its id"), ("webhook" = Uuid, Path, description = "Its id"),
           ("delivery" = Uuid, Path, description = "Its id")),
    responses((status = 202, body = DeliveryAnswer, description = "It is on its way"),
              (status = 409, description = "`webhook_ended`")))]
pub(super) async fn resend(State(app): State<App>, At(place): At<(String, String, String)>) -> Answered {
    let webhook = app.active_webhook(&place.0, &place.1).await?;
    let delivery = read_id(&place.2).ok_or_else(Problem::no_such_delivery)?;
    if app.lanes.run(stored::resend(webhook.id, delivery, clock::now())).await? != Ran::Done {
        return Err(Problem::no_such_delivery());
    }
    app.hooks.due();
    app.on_its_way(webhook.id, delivery).await
}

fn read_organization(organization: &str) -> Result<OrganizationId, Problem> {
    read_id(organization).map(OrganizationId).ok_or_else(Problem::no_such_organization)
}

fn read_place(organization: &str, webhook: &str) -> Result<(OrganizationId, Uuid), Problem> {
    Ok((read_organization(organization)?, read_id(webhook).ok_or_else(Problem::no_such_webhook)?))
}

impl App {
    async fn check_webhook(&self, url: &str) -> Result<(), Problem> {
        self.hooks.check(url).await.map_err(|why| Problem::invalid_field("url", why))
    }

    async fn webhook(&self, organization: &str, webhook: &str) -> Result<Webhook, Problem> {
        let (organization, id) = read_place(organization, webhook)?;
        webhooks::one(&self.readers, organization, id).await?.ok_or_else(Problem::no_such_webhook)
    }

    async fn active_webhook(&self, organization: &str, webhook: &str) -> Result<Webhook, Problem> {
        let webhook = self.webhook(organization, webhook).await?;
        if webhook.ended_at.is_none() { Ok(webhook) } else { Err(Problem::webhook_ended()) }
    }

    async fn run_on_webhook(&self, script: Script) -> Result<(), Problem> {
        match self.lanes.run(script).await? {
            Ran::Done => {
                self.hooks.changed();
                Ok(())
            }
            Ran::Unmet(_) => Err(Problem::no_such_webhook()),
        }
    }

    async fn on_its_way(&self, webhook: Uuid, delivery: Uuid) -> Answered {
        let delivery = stored::one(&self.readers, webhook, delivery).await?.ok_or_else(Problem::no_such_delivery)?;
        Ok(json(StatusCode::ACCEPTED, &DeliveryAnswer::from(delivery)))
    }
}
