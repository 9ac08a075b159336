//! One-time links: what one is for, and doing it. The token in the address is the right; no cookie is looked at.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::{AccountId, OrganizationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::fields::{Email, Name, rfc3339};
use super::json::{Checks, Sent, parse};
use super::problem::Problem;
use super::request::{Asked, At};
use crate::clock;
use crate::people::following::{Followed, Given};
use crate::people::links::{Asks, OneTimeLink};
use crate::people::passwords::Password;
use crate::words::Language;

/// What a link is for.
#[derive(Serialize, ToSchema)]
#[schema(as = OneTimeLink)]
pub(super) struct LinkAnswer {
    /// `setup`, `invitation`, `confirm_account`, `reset_password` or `change_address`.
    purpose: &'static str,
    /// The address it is about.
    #[schema(required)]
    email: Option<String>,
    /// The organization that it leads into.
    #[schema(required)]
    organization: Option<String>,
    /// The fields that have to be sent to use it.
    fields: &'static [&'static str],
    #[schema(format = DateTime)]
    expires_at: String,
}

/// What a link has done.
#[derive(Serialize, ToSchema)]
pub(super) struct FollowedAnswer {
    purpose: &'static str,
    /// The account that it was about, or that was made.
    #[schema(required, value_type = Option<Uuid>)]
    account_id: Option<AccountId>,
    /// The organization that the account belongs to by it.
    #[schema(required, value_type = Option<Uuid>)]
    organization_id: Option<OrganizationId>,
}

impl From<OneTimeLink> for LinkAnswer {
    fn from(link: OneTimeLink) -> LinkAnswer {
        LinkAnswer {
            purpose: link.purpose.word(),
            email: link.email,
            organization: link.organization,
            fields: link.asks.fields(),
            expires_at: rfc3339(link.expires_at),
        }
    }
}

impl From<Followed> for FollowedAnswer {
    fn from(followed: Followed) -> FollowedAnswer {
        let Followed { purpose, account, organization } = followed;
        FollowedAnswer { purpose: purpose.word(), account_id: account, organization_id: organization }
    }
}

/// What a link may ask for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkRequest {
    #[schema(value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    #[schema(value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
    /// 10 to 200 characters; not the name or the address.
    #[schema(value_type = String)]
    #[serde(default)]
    password: Sent<Password>,
    /// Where it makes an account: the language in which they are written to, by its tag, such as `he`.
    #[schema(value_type = String)]
    #[serde(default)]
    language: Sent<Language>,
}

impl LinkRequest {
    /// What is given, where exactly what the link asks for is.
    fn given(self, asks: Asks) -> Result<Given, Problem> {
        let mut checks = Checks::default();
        let given = Given {
            name: asked(&mut checks, asks, "name", self.name).map(|name| name.0),
            email: asked(&mut checks, asks, "email", self.email).map(|email| email.0),
            password: asked(&mut checks, asks, "password", self.password),
            language: checks.given("language", self.language).map(|language| language.tag().to_owned()),
        };
        checks.finish().map(|()| given)
    }
}

fn asked<T>(checks: &mut Checks, asks: Asks, field: &'static str, sent: Sent<T>) -> Option<T> {
    if asks.fields().contains(&field) {
        return checks.required(field, sent);
    }
    checks.unwanted(field, &sent, "is not asked for by this link");
    None
}

/// See what a link is for
#[utoipa::path(get, path = "/api/v1/links/{token}", tag = "links",
    params(("token" = String, Path, description = "From the address of the link, `/l/{token}`")),
    responses((status = 200, body = LinkAnswer, description = "What it is for; nothing is done"),
              (status = 409, description = "`link_used`")))]
pub(super) async fn read(State(app): State<App>, At(token): At<String>) -> Answered {
    let link = app.people.open_link(&token, clock::now()).await?;
    Ok(json(StatusCode::OK, &LinkAnswer::from(link)))
}

/// Use a link, which works once
#[utoipa::path(post, path = "/api/v1/links/{token}", tag = "links", request_body = LinkRequest,
    params(("token" = String, Path, description = "From the address of the link, `/l/{token}`"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = FollowedAnswer, description = "Done"),
              (status = 409, description = "`link_used`, `address_taken`, `already_set_up`")))]
pub(super) async fn follow(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let request: LinkRequest = parse(&asked.body)?;
    let (repeat, now) = (asked.repeat(), clock::now());
    let given = match app.people.asks(&token, repeat.as_deref(), now).await? {
        Some(asks) => request.given(asks)?,
        None => Given::default(),
    };
    let followed = app.people.follow(&token, given, repeat.as_deref(), now).await?;
    Ok(json(StatusCode::OK, &FollowedAnswer::from(followed)))
}
