//! Sessions of browsers: logging in and out. The session is told in a cookie only, never in a body.
//!
//! The cookie is `__Host-headcount` where the server is reached by https: the browser then keeps it to this host and
//! encrypted connections. Over plain http, for trying it out, browsers refuse such a cookie, so it has neither the prefix
//! nor `Secure`.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::accounts::AccountAnswer;
use super::address::Client;
use super::answer::{Answered, json};
use super::caller::{Caller, session_cookie};
use super::fields::{Email, TypedPassword, rfc3339};
use super::json::{Checks, Sent, parse};
use super::problem::Problem;
use super::request::Asked;
use crate::clock;
use crate::people::sessions::{SESSION_AGE_MS_MAX, Session};
use crate::people::{Denial, Failed};

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogInRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
    #[schema(required, value_type = String)]
    #[serde(default)]
    password: Sent<TypedPassword>,
}

/// Log in
///
/// Too many log-ins that failed from one address are refused before the password is looked at: `rate_limited`.
///
/// A repeat begins another session, which is harmless; an Idempotency-Key changes nothing about that. A session that the
/// client brought ends.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", request_body = LogInRequest,
    responses((status = 201, body = AccountAnswer, description = "The session is in the cookie"),
              (status = 401, description =
                  "`wrong_login`: whatever is wrong, also where the address is not confirmed yet"),
              (status = 429, description = "`rate_limited`: too many log-ins failed")))]
pub(super) async fn log_in(State(app): State<App>, client: Client, headers: HeaderMap, asked: Asked) -> Answered {
    let request: LogInRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let email = checks.required("email", request.email);
    let password = checks.required("password", request.password);
    checks.finish()?;
    let (Some(Email(email)), Some(TypedPassword(password))) = (email, password) else {
        return Err(Problem::internal("a required field is missing after all checks"));
    };
    let brought = session_cookie(&app, &headers);
    app.limits.may_try_login(client)?;
    let logged_in = app.people.log_in(&email, password, brought, clock::now()).await;
    let (account, session) = app.counting_failures(client, logged_in)?;
    let mut response = json(StatusCode::CREATED, &AccountAnswer::from(account));
    response.headers_mut().insert(SET_COOKIE, app.session_cookie(&session.secret));
    Ok(response)
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionAnswer {
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to the hour.
    #[schema(format = DateTime)]
    seen_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// One's sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    items: Vec<SessionAnswer>,
}

impl From<Session> for SessionAnswer {
    fn from(session: Session) -> SessionAnswer {
        SessionAnswer {
            created_at: rfc3339(session.created_at),
            seen_at: rfc3339(session.seen_at),
            expires_at: rfc3339(session.expires_at),
            current: session.is_current,
        }
    }
}

/// List one's sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 200, body = Sessions, description = "Those that have not ended, newest first")))]
pub(super) async fn list(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Answered {
    let account = caller.account()?.account;
    let sessions = app.people.sessions(account, session_cookie(&app, &headers), clock::now()).await?;
    Ok(json(StatusCode::OK, &Sessions { items: sessions.into_iter().map(SessionAnswer::from).collect() }))
}

/// Log out everywhere
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 204, description = "All sessions have ended")))]
pub(super) async fn end_all(State(app): State<App>, caller: Caller) -> Answered {
    app.people.log_out_everywhere(caller.account()?.account).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, app.no_session_cookie())]).into_response())
}

/// Log out
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204, description = "The session has ended"),
              (status = 404, description = "`not_found`: the request has no session")))]
pub(super) async fn log_out(State(app): State<App>, headers: HeaderMap) -> Answered {
    let session = session_cookie(&app, &headers).ok_or_else(Problem::no_session)?;
    app.people.log_out(session).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, app.no_session_cookie())]).into_response())
}

impl Problem {
    fn no_session() -> Problem {
        Problem::not_found("This request has no session. A token is revoked at `/api/v1/tokens/{id}`.")
    }
}

impl App {
    /// Counts a password that was wrong, whatever it was asked for.
    pub(super) fn counting_failures<T>(&self, client: Client, tried: Result<T, Failed>) -> Result<T, Failed> {
        if let Err(Failed::Denied(Denial::WrongLogin | Denial::WrongPassword)) = &tried {
            self.limits.failed_login(client);
        }
        tried
    }

    /// The cookie that tells a browser its session.
    pub(super) fn session_cookie(&self, session: &str) -> HeaderValue {
        self.cookie(session, SESSION_AGE_MS_MAX / 1_000)
    }

    /// The cookie that has a browser forget its session.
    fn no_session_cookie(&self) -> HeaderValue {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, age_s: i64) -> HeaderValue {
        let name = self.session_cookie_name();
        let secure = if self.public_url.starts_with("https://") { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(cookie).expect("base64url and digits are a header value")
    }
}
