//! What is taken from a request before a handler looks at it: the idempotency key, the body, the address. Who asks is
//! found out in `caller`.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use headcount_core::command::Idempotency;
use headcount_core::limits;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::App;
use super::problem::Problem;
use crate::secret::token_hash;

/// Largest body of most requests.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest body that creates an event, which may bring 200 roles with descriptions.
pub(super) const EVENT_BYTES_MAX: usize = 256 * 1024;

/// How much of a body that is too large is read before the answer.
const DISCARD_BYTES_MAX: u64 = 16 << 20;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request with its body read.
pub(super) struct Asked<const BYTES_MAX: usize = BODY_BYTES_MAX> {
    /// The body.
    pub body: Bytes,
    key: Option<Key>,
}

struct Key {
    text: String,
    fingerprint: [u8; 32],
}

/// The variable parts of the address. What cannot be read is not found.
pub(super) struct At<T>(pub T);

/// The query of the address.
pub(super) struct Wanted<T>(pub T);

/// The revision that the one who asks has seen.
pub(super) struct IfMatch(pub u32);

impl<const BYTES_MAX: usize> FromRequest<App> for Asked<BYTES_MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = read_key(&parts)?;
        let body = read_body(body, BYTES_MAX, app.timeouts.body).await?;
        if !body.is_empty() && !is_json(&parts.headers) {
            return Err(Problem::unsupported_media_type());
        }
        let key = key.map(|text| Key { fingerprint: fingerprint(&parts, &body), text });
        Ok(Asked { body, key })
    }
}

impl<const BYTES_MAX: usize> Asked<BYTES_MAX> {
    /// The key as it was sent.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.text.as_str())
    }

    /// What makes a repeat of this request by `who` harmless.
    pub(super) fn idempotency(&self, who: impl FnOnce() -> String) -> Option<Idempotency> {
        let key = self.key.as_ref()?;
        Some(Idempotency { who: who(), key: key.text.clone(), fingerprint: key.fingerprint })
    }

    /// What stands for this very request, if it was sent with a key: the same one again is the same text again.
    pub(super) fn repeat(&self) -> Option<String> {
        let key = self.key.as_ref()?;
        let fingerprint: String = key.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(token_hash(&format!("{fingerprint} {}", key.text)))
    }

    /// A key that can be guessed must not hand out a stranger's manage link.
    pub(super) fn guest_key_is_long_enough(&self) -> Result<(), Problem> {
        match self.key() {
            Some(key) if key.len() < limits::GUEST_KEY_BYTES_MIN => Err(Problem::invalid_field(
                "Idempotency-Key",
                "must be at least 22 characters, such as a random UUID, so that nobody can guess it and be given your link",
            )),
            _ => Ok(()),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<At<T>, Problem> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|Path(path)| At(path)).map_err(|_| Problem::not_found("There is nothing at this address. Check it."))
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Wanted<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Wanted<T>, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        let unreadable = |error: QueryRejection| {
            // The innermost cause is about the query; those around it are about the library that reads it.
            let causes = std::iter::successors(error.source(), |&cause| cause.source());
            let cause = causes.last().map_or_else(|| error.body_text(), ToString::to_string);
            Problem::malformed(format!("The query of the address cannot be read: {cause}."))
        };
        query.map(|Query(query)| Wanted(query)).map_err(unreadable)
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    /// Only the strong form is taken, as it was sent: `"7"`.
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<IfMatch, Problem> {
        let header = only(&parts.headers, IF_MATCH).map_err(|_| Problem::revision_unreadable())?;
        let tag = header.map(str::trim).filter(|tag| *tag != "*").ok_or_else(Problem::revision_required)?;
        let revision = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
        revision.map(IfMatch).ok_or_else(Problem::revision_unreadable)
    }
}

/// The header, if it was sent once and is text; an error if it was sent twice or is not.
pub(super) fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// The Idempotency-Key of a POST; other methods are harmless to repeat, so theirs is ignored.
fn read_key(parts: &Parts) -> Result<Option<String>, Problem> {
    if parts.method != Method::POST || !parts.headers.contains_key(IDEMPOTENCY_KEY) {
        return Ok(None);
    }
    let key = only(&parts.headers, IDEMPOTENCY_KEY).ok().flatten();
    let key = key.filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()));
    let key = key.filter(|key| (1..=limits::KEY_BYTES_MAX).contains(&key.len()));
    let wrong = || Problem::invalid_field("Idempotency-Key", "must be one header of 1 to 255 visible ASCII characters");
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}

async fn read_body(mut body: Body, bytes_max: usize, within: Duration) -> Result<Bytes, Problem> {
    let read = async {
        // Of a body that says how large it is not a byte needs to be read.
        if body.size_hint().lower() > DISCARD_BYTES_MAX {
            return Err(Problem::too_large(bytes_max));
        }
        match Limited::new(&mut body, bytes_max).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                discard(&mut body).await;
                Err(Problem::too_large(bytes_max))
            }
            Err(_) => Err(Problem::cut_short()),
        }
    };
    tokio::time::timeout(within, read).await.unwrap_or_else(|_| Err(Problem::too_slow()))
}

/// Reads on for a while: many clients look at the answer only after they have sent everything.
async fn discard(body: &mut Body) {
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        if bytes > DISCARD_BYTES_MAX {
            return;
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// Hash of method, concrete path and body: what must be the same in a repeat.
fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for field in [parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), body] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    digest.finalize().into()
}
