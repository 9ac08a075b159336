//! `/metrics`: what every part of the server has counted, for whoever watches it.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::{MatchedPath, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

use super::App;
use super::problem::Problem;
use super::sockets::SOCKETS_MAX;
use crate::clock;
use crate::mail::outbox::{Overdue, overdue};
use crate::metrics::{Counted, Counter, Family, Fraction, Labels, Registry, gauge, written};

/// How long the outbox may take to say what waits there; then its lines are left out.
const OUTBOX_MAX: Duration = Duration::from_secs(2);

/// Read what is measured
///
/// In the text format of Prometheus (OpenMetrics). Numbers since the start of this server, of this server alone; nothing
/// about single events or people. `docs/operations.md` says what they mean.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, body = String, content_type = "application/openmetrics-text", description = "What is measured")))]
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let outbox = Outbox::read(&app).await;
    let own: [&dyn Counted; 3] = [&app.lanes, &app.limits, &Sockets(&app)];
    let others = app.counted.iter().map(|counted| &**counted);
    let parts = own.into_iter().chain([&app.traffic as &dyn Counted]).chain(others);
    let parts = parts.chain(outbox.iter().map(|outbox| outbox as &dyn Counted));
    match written(app.started_at, parts) {
        Ok(text) => (StatusCode::OK, [(CONTENT_TYPE, crate::metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => Problem::internal(&error.to_string()).into_response(),
    }
}

/// Counts requests. Cheap to clone; the clones are one.
#[derive(Clone, Default)]
pub(super) struct Traffic(Family<Request, Counter>);

#[derive(Clone, PartialEq, Eq, Hash, Debug, Labels)]
struct Request {
    method: &'static str,
    route: Route,
    status: &'static str,
}

/// A route as it is described, never the address that was asked for.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Traffic {
    pub(super) fn answered(&self, method: &Method, route: Option<MatchedPath>, status: StatusCode) {
        let request = Request { method: method_word(method), route: Route(route), status: class(status) };
        self.0.get_or_create(&request).inc();
    }
}

impl Counted for Traffic {
    fn show(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered, by route and class of status", self.0.clone());
    }
}

impl Route {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Route) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        self.as_str().encode(encoder)
    }
}

/// Whoever asks may make up methods of their own.
fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

struct Sockets<'a>(&'a App);

impl Counted for Sockets<'_> {
    fn show(&self, registry: &mut Registry) {
        let sockets = SOCKETS_MAX.saturating_sub(self.0.socket_places.available_permits());
        registry.register("sockets", "Clients of Socket.IO", gauge(sockets));
    }
}

/// What waits to be mailed.
struct Outbox {
    overdue: Overdue,
    age: f64,
}

impl Outbox {
    /// None: this server sends no mail, or the storage does not say.
    async fn read(app: &App) -> Option<Outbox> {
        if !app.people.settings().can_mail {
            return None;
        }
        let now = clock::now();
        let overdue = match tokio::time::timeout(OUTBOX_MAX, overdue(&app.readers, now)).await {
            Ok(Ok(overdue)) => overdue,
            Ok(Err(error)) => {
                tracing::debug!(%error, "what waits to be mailed could not be counted");
                return None;
            }
            Err(_) => return None,
        };
        let age_ms = overdue.oldest.map_or(0, |oldest| now.0.saturating_sub(oldest.0).max(0));
        Some(Outbox { overdue, age: age_ms as f64 / 1_000.0 })
    }
}

impl Counted for Outbox {
    fn show(&self, registry: &mut Registry) {
        let orders = "Mail that should have been sent by now; at most 10,000";
        registry.register("outbox_overdue", orders, gauge(self.overdue.orders));
        let age = Fraction::default();
        age.set(self.age);
        registry.register("outbox_oldest_seconds", "How long ago the oldest of it was ordered", age);
    }
}
