//! What only whoever runs the server does with accounts: many at once, for people who come over from an earlier system,
//! and for load tests.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::AccountId;
use headcount_core::person::key_by_email;
use serde::de::MapAccess;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::fields::{Email, Name};
use super::json::{Checks, Field, Sent, Why, parse, read_object};
use super::problem::Problem;
use super::request::Asked;
use super::tokens::NewToken;
use crate::clock;
use crate::people::moving_in::{MOVED_AT_ONCE_MAX, Newcomer};

/// Largest body of a request about so many people.
const BYTES_MAX: usize = 1024 * 1024;

/// People who are to have accounts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveInRequest {
    /// At most 1,000, each with an address of its own.
    #[schema(required, value_type = Vec<NewcomerRequest>, max_items = 1_000)]
    #[serde(default)]
    accounts: Sent<Vec<Sent<NewcomerRequest>>>,
    /// Makes a token for each account; none if left out.
    #[schema(value_type = NewToken)]
    #[serde(default)]
    token: Sent<NewToken>,
}

/// Somebody who is to have an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Newcomer)]
pub(super) struct NewcomerRequest {
    /// An account that is there already keeps its own.
    #[schema(required, value_type = String, max_length = 400)]
    #[serde(default)]
    name: Sent<Name>,
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
}

/// The accounts, in the order in which they were asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct MovedIn {
    items: Vec<MovedInAccount>,
}

/// An account.
#[derive(Serialize, ToSchema)]
struct MovedInAccount {
    #[schema(value_type = Uuid)]
    id: AccountId,
    email: String,
    name: String,
    /// The token that was made, shown only now.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Accounts that are to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndAccountsRequest {
    /// At most 1,000 ids.
    #[schema(required, value_type = Vec<Uuid>, max_items = 1_000)]
    #[serde(default)]
    accounts: Sent<Vec<Sent<AccountId>>>,
}

impl<'de> Field<'de> for NewcomerRequest {
    const EXPECTED: &'static str = "an object with name and email";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<Self, Why>, A::Error> {
        read_object(object)
    }
}

impl<'de> Field<'de> for NewToken {
    const EXPECTED: &'static str = "an object with name and scopes";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Result<Self, Why>, A::Error> {
        read_object(object)
    }
}

/// Make many accounts
///
/// For people who come over from an earlier system, and for load tests. Their addresses count as confirmed, and they have
/// no password until they have one set. Where there is an account with an address, it is the one that is answered. A
/// repeat finds the same accounts and makes further tokens, so an Idempotency-Key changes nothing.
#[utoipa::path(post, path = "/api/v1/operator/accounts", tag = "operator", request_body = MoveInRequest,
    responses((status = 200, body = MovedIn, description = "All of them; if anything is wrong, none is made")))]
pub(super) async fn move_in(State(app): State<App>, asked: Asked<BYTES_MAX>) -> Answered {
    let request: MoveInRequest = parse(&asked.body)?;
    let now = clock::now();
    let mut checks = Checks::default();
    let newcomers = newcomers(&mut checks, request.accounts);
    let token = checks.given("token", request.token);
    let token = token.map(|token| checks.within("token.", |checks| token.read(checks, now)));
    checks.finish()?;
    let moved_in = app.people.move_in(&newcomers, token.as_ref(), now).await?;
    let items = moved_in.into_iter().map(|(account, token)| MovedInAccount {
        id: account.id,
        email: account.email,
        name: account.name,
        token,
    });
    Ok(json(StatusCode::OK, &MovedIn { items: items.collect() }))
}

/// End many accounts
///
/// Nobody can log in to them again, their tokens end, and their addresses are free. Their registrations stay as they are.
/// A repeat changes nothing.
#[utoipa::path(post, path = "/api/v1/operator/accounts/end", tag = "operator", request_body = EndAccountsRequest,
    responses((status = 204, description = "All of them have ended; if anything is wrong, none has")))]
pub(super) async fn end(State(app): State<App>, asked: Asked<BYTES_MAX>) -> Answered {
    let request: EndAccountsRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let accounts = many(&mut checks, request.accounts);
    checks.finish()?;
    let accounts: Vec<AccountId> = accounts.into_iter().map(|(_, account)| account).collect();
    app.people.end_accounts(&accounts, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The items of the list `accounts`, each with its field's name.
fn many<T>(checks: &mut Checks, sent: Sent<Vec<Sent<T>>>) -> Vec<(String, T)> {
    let sent = checks.required("accounts", sent).unwrap_or_default();
    if sent.len() > MOVED_AT_ONCE_MAX {
        checks.wrong("accounts", format!("must have at most {MOVED_AT_ONCE_MAX} items; send the others after them"));
        return Vec::new();
    }
    let named = sent.into_iter().enumerate().map(|(index, item)| (format!("accounts[{index}]"), item));
    named.filter_map(|(field, item)| checks.required(&field, item).map(|item| (field, item))).collect()
}

fn newcomers(checks: &mut Checks, sent: Sent<Vec<Sent<NewcomerRequest>>>) -> Vec<Newcomer> {
    let mut of_address = BTreeMap::new();
    let mut newcomers = Vec::new();
    for (field, newcomer) in many(checks, sent) {
        let (name, email) = checks.within(&format!("{field}."), |checks| {
            (checks.required("name", newcomer.name), checks.required("email", newcomer.email))
        });
        let (Some(Name(name)), Some(Email(email))) = (name, email) else { continue };
        if let Some(first) = of_address.insert(key_by_email(&email), field.clone()) {
            checks.wrong(&format!("{field}.email"), format!("is the address of {first} too"));
        }
        newcomers.push(Newcomer { name, email });
    }
    newcomers
}

/// Somebody who is to be erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseRequest {
    /// Their address.
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
}

/// What was erased.
#[derive(Serialize, ToSchema)]
pub(super) struct ErasedAnswer {
    /// Registrations of which nobody can tell any more whose they were.
    registrations: u64,
    /// Accounts, with their sessions and tokens.
    accounts: u64,
}

/// Erase a person
///
/// Name, address, telephone number, notes, texts and mails of whoever has this address go, in all events, and so does the
/// account. Registrations stay without them, so that counts stay right; places in what is still ahead go to others. The log
/// stays whole, as nothing personal is in it. It cannot be undone. If it is cut short, ask again. Whoever signs up with the
/// address later is a new person.
#[utoipa::path(post, path = "/api/v1/operator/erase", tag = "operator", request_body = EraseRequest,
    responses((status = 200, body = ErasedAnswer, description = "What was erased; nothing is no error")))]
pub(super) async fn erase(State(app): State<App>, asked: Asked<BYTES_MAX>) -> Answered {
    let request: EraseRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let email = checks.required("email", request.email);
    checks.finish()?;
    let Email(email) = email.ok_or_else(|| Problem::internal("a checked address is missing"))?;
    let erased = app.people.erase(&email, clock::now()).await?;
    let answer = ErasedAnswer { registrations: erased.registrations, accounts: erased.accounts };
    Ok(json(StatusCode::OK, &answer))
}
