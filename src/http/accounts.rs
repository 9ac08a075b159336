//! Accounts: making one, and what its holder does with it. Who has no account with an address must not be told from who
//! has: those answers are the same text.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use headcount_core::ids::{AccountId, EventId, OrganizationId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::address::Client;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::fields::{Email, Name, TypedPassword, rfc3339};
use super::json::{Checks, Sent, parse};
use super::openapi::one_of;
use super::problem::Problem;
use super::request::Asked;
use crate::clock;
use crate::people::accounts::{Account, AddressChange, Registered, Registration};
use crate::people::describing::AccountChange;
use crate::people::identity::{Identity, MemberRole, Membership};
use crate::people::passwords::Password;
use crate::words::Language;

/// Something that was said, for people to read.
#[derive(Serialize, ToSchema)]
pub(super) struct Said {
    pub message: &'static str,
}

/// An account, as its holder sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountAnswer {
    #[schema(value_type = Uuid)]
    id: AccountId,
    name: String,
    email: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// In which they are written to, by its tag; null: English.
    #[schema(required)]
    language: Option<String>,
}

/// Somebody's account, with what they may.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    #[serde(flatten)]
    account: AccountAnswer,
    memberships: Vec<MembershipAnswer>,
    /// The teams they are in.
    #[schema(value_type = Vec<Uuid>)]
    teams: BTreeSet<TeamId>,
}

/// What somebody may do in an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Membership)]
struct MembershipAnswer {
    #[schema(value_type = Uuid)]
    organization_id: OrganizationId,
    #[schema(schema_with = one_of::<MemberRole>)]
    role: MemberRole,
    /// Whether special requirements are shown to them.
    special_requirements: bool,
    /// Whether a manager manages all events.
    everything: bool,
    /// The events they manage.
    #[schema(value_type = Vec<Uuid>)]
    events: BTreeSet<EventId>,
    /// The teams whose events they manage.
    #[schema(value_type = Vec<Uuid>)]
    teams: BTreeSet<TeamId>,
}

impl From<Account> for AccountAnswer {
    fn from(account: Account) -> AccountAnswer {
        let Account { id, email, name, language, created_at } = account;
        AccountAnswer { id, name, email, created_at: rfc3339(created_at), language }
    }
}

impl Me {
    fn new(account: Account, identity: &Identity) -> Me {
        let of = |(organization, membership): (&OrganizationId, &Membership)| {
            let Membership { role, special_requirements, everything, events, teams } = membership.clone();
            MembershipAnswer { organization_id: *organization, role, special_requirements, everything, events, teams }
        };
        let memberships = identity.memberships.iter().map(of).collect();
        Me { account: account.into(), memberships, teams: identity.teams.clone() }
    }
}

/// An account that somebody wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    #[schema(required, value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
    /// 10 to 200 characters; not the name or the address.
    #[schema(required, value_type = String)]
    #[serde(default)]
    password: Sent<Password>,
    /// The language in which they are written to, by its tag, such as `he`: one that this server speaks.
    #[schema(value_type = String)]
    #[serde(default)]
    language: Sent<Language>,
}

const MAIL_SENT: Said = Said {
    message: "If this address can be used, a mail is on its way to it. Follow the link in it. If none comes, look among \
              the unwanted mail, and try again.",
};

const NO_MAIL: Said = Said {
    message: "This server sends no mail. Ask an owner of your organization for a link that sets a new password.",
};

/// Make an account
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = RegisterRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 202, body = Said, description =
                  "Always, where addresses are confirmed by mail; whoever reads the mail of the address can go on"),
              (status = 201, body = AccountAnswer, description =
                  "Where they are not: it can be used"),
              (status = 403, description = "`registration_off`: accounts are made by invitation"),
              (status = 409, description = "`address_taken`, only where addresses are not confirmed by mail"),
              (status = 429, description = "`rate_limited`")))]
pub(super) async fn register(State(app): State<App>, client: Client, asked: Asked) -> Answered {
    let request: RegisterRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let name = checks.required("name", request.name);
    let email = checks.required("email", request.email);
    let password = checks.required("password", request.password);
    let language = checks.given("language", request.language).map(|language| language.tag().to_owned());
    checks.finish()?;
    let (Some(Name(name)), Some(Email(email)), Some(password)) = (name, email, password) else {
        return Err(Problem::internal("a required field is missing after all checks"));
    };
    app.limits.search(client)?;
    let wanted = Registration { name, email, password, language };
    match app.people.register(wanted, asked.repeat().as_deref(), clock::now()).await? {
        Registered::MailSent => Ok(json(StatusCode::ACCEPTED, &MAIL_SENT)),
        Registered::Made(account) => Ok(json(StatusCode::CREATED, &AccountAnswer::from(account))),
    }
}

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
}

/// Have a link mailed that sets a new password
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "accounts", request_body = ResetRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 202, body = Said, description = "Always; a mail is sent only if the address has an account"),
              (status = 429, description = "`rate_limited`")))]
pub(super) async fn reset_password(State(app): State<App>, client: Client, asked: Asked) -> Answered {
    let request: ResetRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let email = checks.required("email", request.email);
    checks.finish()?;
    app.limits.search(client)?;
    let email = email.map(|email| email.0).unwrap_or_default();
    app.people.ask_for_reset(&email, asked.repeat().as_deref(), clock::now()).await?;
    let said = if app.people.settings().can_mail { MAIL_SENT } else { NO_MAIL };
    Ok(json(StatusCode::ACCEPTED, &said))
}

/// Read one's own account
#[utoipa::path(get, path = "/api/v1/people/me", tag = "accounts",
    responses((status = 200, body = Me, description = "The account, and what its holder may")))]
pub(super) async fn read(State(app): State<App>, caller: Caller) -> Answered {
    let identity = caller.account()?;
    let account = app.people.account(identity.account).await?;
    Ok(json(StatusCode::OK, &Me::new(account, identity)))
}

/// What is to be changed of one's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountRequest {
    #[schema(value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    /// The language in which they are written to, by its tag, such as `he`: one that this server speaks. `null`: English.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    language: Sent<Language>,
}

/// Change one's name or language
#[utoipa::path(patch, path = "/api/v1/people/me", tag = "accounts", request_body = AccountRequest,
    responses((status = 200, body = Me, description = "The account as it is now")))]
pub(super) async fn change(State(app): State<App>, caller: Caller, asked: Asked) -> Answered {
    let identity = caller.account()?;
    let request: AccountRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let name = checks.change("name", request.name).map(|name| name.0);
    let language = checks.nullable("language", request.language).map(|one| one.map(|one| one.tag().to_owned()));
    checks.finish()?;
    let account = app.people.describe(identity.account, AccountChange { name, language }).await?;
    Ok(json(StatusCode::OK, &Me::new(account, identity)))
}

/// The present password and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    current: Sent<TypedPassword>,
    /// 10 to 200 characters; not the name or the address.
    #[schema(required, value_type = String)]
    #[serde(default)]
    new: Sent<Password>,
}

/// Change one's password; all sessions and tokens end, and a new session begins
///
/// A repeat after success is told to log in, as what it was sent with has ended.
#[utoipa::path(post, path = "/api/v1/people/me/password", tag = "accounts", request_body = PasswordRequest,
    responses((status = 204, description = "Changed; the new session is in the cookie"),
              (status = 403, description = "`wrong_password`"),
              (status = 429, description = "`rate_limited`: too many wrong passwords")))]
pub(super) async fn change_password(State(app): State<App>, client: Client, caller: Caller, asked: Asked) -> Answered {
    let account = caller.account()?.account;
    let request: PasswordRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let current = checks.required("current", request.current);
    let new = checks.required("new", request.new);
    checks.finish()?;
    let (Some(TypedPassword(current)), Some(new)) = (current, new) else {
        return Err(Problem::internal("a required field is missing after all checks"));
    };
    app.limits.may_try_login(client)?;
    let changed = app.people.change_password(account, current, new, clock::now()).await;
    let session = app.counting_failures(client, changed)?;
    let cookie = app.session_cookie(&session.secret);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Another address, and the present password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddressRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
    #[schema(required, value_type = String)]
    #[serde(default)]
    password: Sent<TypedPassword>,
}

/// Change one's address
#[utoipa::path(post, path = "/api/v1/people/me/address", tag = "accounts", request_body = AddressRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 202, body = Said, description = "A mail is on its way to the new address; its link changes it"),
              (status = 204, description = "Where the server sends no mail: changed; all sessions and tokens ended"),
              (status = 403, description = "`wrong_password`"),
              (status = 409, description = "`address_taken`, only where the server sends no mail"),
              (status = 429, description = "`rate_limited`: too many wrong passwords")))]
pub(super) async fn change_address(State(app): State<App>, client: Client, caller: Caller, asked: Asked) -> Answered {
    let account = caller.account()?.account;
    let request: AddressRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let email = checks.required("email", request.email);
    let password = checks.required("password", request.password);
    checks.finish()?;
    let (Some(Email(email)), Some(TypedPassword(password))) = (email, password) else {
        return Err(Problem::internal("a required field is missing after all checks"));
    };
    app.limits.may_try_login(client)?;
    let changed = app.people.change_address(account, &email, password, asked.key(), clock::now()).await;
    match app.counting_failures(client, changed)? {
        AddressChange::MailSent => Ok(json(StatusCode::ACCEPTED, &MAIL_SENT)),
        AddressChange::Done => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

impl Caller {
    /// The account behind an operation that only somebody with an account may ask for.
    pub(super) fn account(&self) -> Result<&Identity, Problem> {
        self.identity().ok_or_else(Problem::needs_account)
    }
}
