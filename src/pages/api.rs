//! The API, asked by the pages as any other client asks it, but without a connection between: what a page shows and does is
//! what the same caller is told and may do there. So there is one way to each command, and one place for rights and limits.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tower::ServiceExt as _;

use super::answers::Time;
use super::visitor::Visitor;
use crate::clock;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The API. Cheap to clone.
#[derive(Clone)]
pub(super) struct Api(pub(super) Router);

/// A question to it, in the name of a visitor.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    api: &'a Api,
    visitor: &'a Visitor,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What it answered, if that is no "no".
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Bytes,
}

/// A "no" of the API: its problem document.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) code: String,
    /// What happened and what to do, in English.
    pub(super) detail: String,
    /// Whether nothing happened.
    pub(super) outcome: Told,
    #[serde(default)]
    pub(super) fields: Vec<FieldProblem>,
    /// What belongs to this code.
    #[serde(flatten)]
    members: Map<String, Value>,
}

/// Whether it is known what came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// Nothing happened.
    None,
    /// It may have happened.
    Unknown,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldProblem {
    pub(super) field: String,
    pub(super) problem: String,
}

/// A fresh key for an attempt. As hard to guess as a link, since whoever has it is told what came of the attempt.
pub(super) fn new_key() -> String {
    URL_SAFE_NO_PAD.encode(clock::random::<18>())
}

impl Api {
    pub(super) fn get<'a>(&'a self, visitor: &'a Visitor, path: impl Into<String>) -> Ask<'a> {
        self.ask(visitor, Method::GET, path)
    }

    pub(super) fn post<'a>(&'a self, visitor: &'a Visitor, path: impl Into<String>) -> Ask<'a> {
        self.ask(visitor, Method::POST, path)
    }

    /// Has a request answered as it is.
    pub(super) async fn pass(&self, request: Request<Body>) -> Response {
        self.0.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    pub(super) fn ask<'a>(&'a self, visitor: &'a Visitor, method: Method, path: impl Into<String>) -> Ask<'a> {
        let (path, headers, body) = (path.into(), HeaderMap::new(), Bytes::new());
        Ask { api: self, visitor, method, path, headers, body }
    }
}

impl Ask<'_> {
    /// With these fields. Those that are null are sent as null.
    pub(super) fn json(mut self, fields: &Value) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = fields.to_string().into();
        self
    }

    /// So that a repeat is harmless. What can be no key is left out, as if there were none.
    pub(super) fn key(mut self, key: &str) -> Self {
        match HeaderValue::from_str(key) {
            Ok(value) if !key.is_empty() => drop(self.headers.insert(IDEMPOTENCY_KEY, value)),
            _ => {}
        }
        self
    }

    /// Of settings as they were at this revision; if they are others by now, it is refused.
    pub(super) fn at_revision(mut self, revision: u32) -> Self {
        let tag = HeaderValue::try_from(format!("\"{revision}\"")).expect("digits in quotes are a header value");
        self.headers.insert(IF_MATCH, tag);
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// What the API refuses, as it says it.
    pub(super) async fn send(self) -> Result<Answer, Problem> {
        let (parts, body) = self.response().await?.into_parts();
        let body = body.collect().await.map_err(|_| Problem::unreadable())?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// Asks, and hands the answer through as it comes, if that is no "no": for a file.
    ///
    /// # Errors
    /// As [`Ask::send`].
    pub(super) async fn response(self) -> Result<Response, Problem> {
        let (parts, body) = self.asked().await?.into_parts();
        if parts.status.is_success() {
            return Ok(Response::from_parts(parts, body));
        }
        let body = body.collect().await.map_err(|_| Problem::unreadable())?.to_bytes();
        Err(serde_json::from_slice(&body).unwrap_or_else(|_| Problem::unreadable()))
    }

    /// Asks, and hands the answer through as it comes: for one that goes on and on.
    pub(super) async fn through(self) -> Response {
        self.asked().await.unwrap_or_else(|problem| problem.status().into_response())
    }

    async fn asked(self) -> Result<Response, Problem> {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().map_err(|_| Problem::no_such_page())?;
        self.visitor.introduce(&mut request);
        request.headers_mut().extend(self.headers);
        Ok(self.api.pass(request).await)
    }

    /// Asks under a key, so that a repeat of the attempt is harmless. If that attempt was answered and something else was typed
    /// since then, this is another attempt: it is asked under a fresh key, as nobody who fills in a form knows of keys.
    ///
    /// # Errors
    /// As [`Ask::send`].
    pub(super) async fn attempt(self, key: &str) -> Result<Answer, Problem> {
        match self.clone().key(key).send().await {
            Err(problem) if problem.code == "key_reused" => self.key(&new_key()).send().await,
            said => said,
        }
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// As [`Ask::send`].
    pub(super) async fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        self.send().await?.read()
    }
}

impl Answer {
    /// The answer as the type that its description promises.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| {
            tracing::error!(%error, "a page cannot read what the API answered");
            Problem::unreadable()
        })
    }
}

impl Problem {
    /// A bug of ours.
    pub(super) fn unreadable() -> Problem {
        Problem::of(500, "internal")
    }

    /// There is no such page.
    pub(super) fn no_such_page() -> Problem {
        Problem::of(404, "not_found")
    }

    /// A "no" that the pages find out themselves.
    pub(super) fn of(status: u16, code: &str) -> Problem {
        let (detail, fields, members) = (String::new(), Vec::new(), Map::new());
        Problem { status, code: code.to_owned(), detail, outcome: Told::None, fields, members }
    }

    /// All that the code tells beside itself.
    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// What the code tells beside itself, as a number.
    pub(super) fn number(&self, member: &str) -> Option<u64> {
        self.members.get(member)?.as_u64()
    }

    /// The same as a moment.
    pub(super) fn time(&self, member: &str) -> Option<Time> {
        Time::read(self.members.get(member)?.as_str()?)
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
