//! API tokens of one's account. A token is told once, in the answer that makes it.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::{Millis, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::fields::{Name, read_id, rfc3339};
use super::json::{Checks, Sent, parse};
use super::request::{Asked, At};
use crate::clock;
use crate::people::Denial;
use crate::people::identity::Scope;
use crate::people::tokens::{TOKEN_AGE_MS_MAX, Token, TokenRequest};

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenRequest)]
pub(super) struct NewToken {
    /// What it is called.
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    /// What it may be used for: `read`, `respond`, `registrations`, `events`, `check_in`, `people`.
    #[schema(required, value_type = Vec<String>)]
    #[serde(default)]
    scopes: Sent<Vec<Sent<Scope>>>,
    /// When it ends, at most a year ahead; in 90 days if left out.
    #[schema(value_type = String, format = DateTime)]
    #[serde(default)]
    expires_at: Sent<Millis>,
}

impl NewToken {
    /// What is wanted; nothing of it counts if a problem was noted.
    pub(super) fn read(self, checks: &mut Checks, now: Millis) -> TokenRequest {
        let name = checks.required("name", self.name);
        let scopes = checks.required("scopes", self.scopes).map(|sent| checks.set("scopes", sent, Scope::WORDS.len()));
        if scopes.as_ref().is_some_and(BTreeSet::is_empty) {
            checks.wrong("scopes", "must name at least one");
        }
        let expires_at = checks.end("expires_at", self.expires_at, now, TOKEN_AGE_MS_MAX);
        let name = name.map(|name| name.0).unwrap_or_default();
        TokenRequest { name, scopes: scopes.unwrap_or_default(), expires_at }
    }
}

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenAnswer {
    #[schema(value_type = Uuid)]
    id: TokenId,
    name: String,
    scopes: Vec<&'static str>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// Whether it has ended: revoked, over, or made before password, address or a right of the account changed.
    ended: bool,
    /// The token itself, only in the answer that makes it: `Authorization: Bearer TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// One's tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    items: Vec<TokenAnswer>,
}

impl TokenAnswer {
    pub(super) fn new(token: Token, secret: Option<String>) -> TokenAnswer {
        TokenAnswer {
            id: token.id,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::word).collect(),
            created_at: rfc3339(token.created_at),
            expires_at: token.expires_at.map(rfc3339),
            ended: token.is_ended,
            token: secret,
        }
    }
}

/// Make a token
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = TokenAnswer, description = "The token is shown only now")))]
pub(super) async fn make(State(app): State<App>, caller: Caller, asked: Asked) -> Answered {
    let identity = caller.account()?;
    let now = clock::now();
    let mut checks = Checks::default();
    let wanted = parse::<NewToken>(&asked.body)?.read(&mut checks, now);
    checks.finish()?;
    // A token makes none that may do more than itself.
    wanted.scopes.iter().try_for_each(|scope| identity.must_have(*scope))?;
    let (secret, token) = app.people.make_token(identity.account, wanted, asked.key(), now).await?;
    Ok(json(StatusCode::CREATED, &TokenAnswer::new(token, Some(secret))))
}

/// List one's tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens",
    responses((status = 200, body = Tokens, description = "Newest first, those that have ended too")))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Answered {
    let tokens = app.people.tokens(caller.account()?.account, clock::now()).await?;
    Ok(json(StatusCode::OK, &Tokens { items: tokens.into_iter().map(|one| TokenAnswer::new(one, None)).collect() }))
}

/// Revoke a token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It has ended")))]
pub(super) async fn revoke(State(app): State<App>, caller: Caller, At(id): At<String>) -> Answered {
    let id = read_id(&id).ok_or(Denial::NoSuch("token"))?;
    app.people.revoke_token(caller.account()?.account, TokenId(id), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
