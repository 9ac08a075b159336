//! A server in this process on a database of its own, and what is needed to ask it and to show its answers. Which store
//! that is, the test root says: `tests/api.rs` or `tests/api_postgres.rs`.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use headcount::hooks::{Hooks, Running, Settings as HookSettings};
use headcount::http::{App, Timeouts, router};
use headcount::lanes::Lanes;
use headcount::mail::{MailOptions, Sender};
use headcount::peer::Peer;
use headcount::people::{People, Settings};
use headcount::secret::{Secret, token_hash};
use headcount::store::script::{Ran, Script};
use headcount::store::{Opened, Readers, Store, StoreError};
use headcount::{clock, pages};
use headcount_core::command::Needs;
use headcount_core::ids::Millis;
use headcount_core::working_set::WorkingSet;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::database::{self, Place, TestedStore};

pub(crate) const TOKEN: &str = "hc_the-token-of-the-owner";

/// A server on a database that goes with it.
pub(crate) struct Server {
    secret: Secret,
    pub(crate) readers: Readers,
    pub(crate) router: Router,
    pub(crate) lanes: Lanes,
    pub(crate) people: People,
    hooks: Option<Running>,
    _place: Place,
}

impl Server {
    /// A server whose commands are decided by real workers.
    pub(crate) fn start() -> Server {
        Server::with_store(|store| store)
    }

    /// As [`Server::start`], with something around the store of each worker.
    pub(crate) fn with_store<S: Store>(wrap: impl Fn(TestedStore) -> S) -> Server {
        Server::waiting(Duration::from_secs(60), |lanes, stores| {
            lanes.start_workers(stores.into_iter().map(wrap).collect()).unwrap();
        })
    }

    /// A server whose commands wait at most `wait_max` for whatever `start` starts.
    pub(crate) fn waiting(wait_max: Duration, start: impl FnOnce(&Lanes, Vec<TestedStore>)) -> Server {
        let (Opened { stores, readers, .. }, place) = database::fresh();
        let lanes = Lanes::new(wait_max);
        start(&lanes, stores);
        let secret = Secret::new(&clock::random::<32>());
        let people = People::new(lanes.clone(), readers.clone(), secret.clone(), Settings::default());
        let mut server = Server { secret, readers, router: Router::new(), lanes, people, hooks: None, _place: place };
        server.router = router(server.app(Timeouts::default()));
        server
    }

    /// A server with other ways to come to accounts.
    pub(crate) fn with_people(settings: Settings) -> Server {
        let mut server = Server::start();
        let (lanes, readers, secret) = (server.lanes.clone(), server.readers.clone(), server.secret.clone());
        server.people = People::new(lanes, readers, secret, settings);
        server.router = router(server.app(Timeouts::default()));
        server
    }

    /// The same server, which delivers webhooks.
    pub(crate) fn delivering(mut self, settings: HookSettings) -> Server {
        let hooks = Hooks::new(settings, self.lanes.clone(), self.readers.clone(), self.secret.clone());
        self.hooks = Some(hooks.start());
        self.router = router(self.app(Timeouts::default()).with_hooks(hooks));
        self
    }

    /// The same server, which delivers webhooks in another way than before.
    pub(crate) async fn delivering_instead(mut self, settings: HookSettings) -> Server {
        if let Some(before) = self.hooks.take() {
            before.stop().await;
        }
        self.delivering(settings)
    }

    /// The same server, with an app that is set up like this.
    pub(crate) fn set_up(mut self, set_up: impl FnOnce(App) -> App) -> Server {
        self.router = router(set_up(self.app(Timeouts::default())));
        self
    }

    /// The same database behind lanes that have seen nothing, and decide nothing.
    pub(crate) fn set_up_anew(mut self) -> Server {
        self.lanes.stop();
        self.lanes = Lanes::new(Duration::from_secs(60));
        self.router = router(self.app(Timeouts::default()));
        self
    }

    /// The app behind the routes, with the time limits for a real socket.
    pub(crate) fn app(&self, timeouts: Timeouts) -> App {
        let (lanes, readers, secret) = (self.lanes.clone(), self.readers.clone(), self.secret.clone());
        let public_url = "https://events.example/".to_owned();
        let site = pages::Site {
            public_url: public_url.clone(),
            mail: pages::Mail::Sent,
            embedders: "https://club.example".to_owned(),
        };
        App::new(lanes, readers, secret, token_hash(TOKEN), public_url)
            .with_timeouts(timeouts)
            .with_people(self.people.clone())
            .with_pages(move |api| pages::router(api, site.clone()))
    }

    /// Sends this server's mail through `url` whenever a test says so.
    pub(crate) fn sender(&self, url: &str) -> Sender {
        let options = MailOptions { url: url.parse().unwrap(), from: "Club <club@example.org>".parse().unwrap() };
        let (lanes, readers, secret) = (self.lanes.clone(), self.readers.clone(), self.secret.clone());
        Sender::new(options, lanes, readers, secret, "https://events.example".to_owned()).unwrap()
    }

    /// Begins a request.
    pub(crate) fn ask(&self, method: Method, path: impl Into<String>) -> Ask {
        let builder = Request::builder().method(method).uri(path.into());
        Ask { router: self.router.clone(), builder, body: Body::empty() }
    }

    pub(crate) fn get(&self, path: impl Into<String>) -> Ask {
        self.ask(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl Into<String>, body: &Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    /// An event of the owner, published if `fields` do not say otherwise; its id.
    pub(crate) async fn event(&self, fields: Value) -> String {
        let mut event = json!({"title": "Summer fair", "status": "published"});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = self.post("/api/v1/events", &event).owner().send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
        answer.text("id")
    }

    /// What links and tokens are derived from.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Signs somebody up for the only role.
    pub(crate) async fn sign_up(&self, event: &str, name: &str) -> Answer {
        self.post(format!("/api/v1/events/{event}/registrations"), &person(name)).send().await
    }

    /// The revision of an event, as the ETag tells it.
    pub(crate) async fn etag(&self, event: &str) -> String {
        let answer = self.get(format!("/api/v1/events/{event}")).owner().send().await;
        answer.headers["etag"].to_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.lanes.stop();
    }
}

/// Somebody who signs up.
pub(crate) fn person(name: &str) -> Value {
    json!({"name": name, "email": format!("{}@example.org", name.to_lowercase())})
}

/// A request that is being made.
pub(crate) struct Ask {
    router: Router,
    builder: axum::http::request::Builder,
    body: Body,
}

impl Ask {
    pub(crate) fn owner(self) -> Ask {
        self.header("authorization", &format!("Bearer {TOKEN}"))
    }

    pub(crate) fn bearer(self, token: &str) -> Ask {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a session, from a page of this server.
    pub(crate) fn session(self, cookie: &str) -> Ask {
        self.header("cookie", cookie).header("origin", "https://events.example")
    }

    /// A form, as a browser sends it.
    pub(crate) fn form(self, fields: &str) -> Ask {
        let body = Body::from(fields.to_owned());
        Ask { body, ..self.header("content-type", "application/x-www-form-urlencoded") }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Ask {
        self.builder = self.builder.header(name, value);
        self
    }

    pub(crate) fn key(self, key: &str) -> Ask {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: &Value) -> Ask {
        self.raw(body.to_string())
    }

    /// A body as it is, said to be JSON.
    pub(crate) fn raw(self, body: impl Into<Body>) -> Ask {
        let body = body.into();
        Ask { body, ..self.header("content-type", "application/json") }
    }

    /// A body without saying what it is.
    pub(crate) fn unnamed(self, body: impl Into<Body>) -> Ask {
        Ask { body: body.into(), ..self }
    }

    /// For answers that are no JSON.
    pub(crate) async fn send_for_text(self) -> (StatusCode, HeaderMap, String) {
        let response = self.router.oneshot(self.builder.body(self.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// As over a connection with this other end.
    pub(crate) fn from(mut self, peer: &str) -> Ask {
        self.builder = self.builder.extension(Peer(peer.parse().unwrap()));
        self
    }

    /// The page that comes back, as it is.
    pub(crate) async fn page(self) -> (StatusCode, HeaderMap, String) {
        let (parts, bytes) = self.bytes().await;
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn bytes(self) -> (axum::http::response::Parts, Bytes) {
        let response = self.router.oneshot(self.builder.body(self.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        // A stream never comes to its end.
        let is_stream = parts.headers.get("content-type").is_some_and(|name| name == "text/event-stream");
        let bytes = if is_stream { Bytes::new() } else { body.collect().await.unwrap().to_bytes() };
        (parts, bytes)
    }

    pub(crate) async fn send(self) -> Answer {
        let method = self.builder.method_ref().unwrap().clone();
        let path = self.builder.uri_ref().unwrap().path().to_owned();
        let (parts, bytes) = self.bytes().await;
        let is_text = parts.headers.get("content-type").is_some_and(|kind| {
            let texts: [&[u8]; 2] = [b"text/html", b"application/openmetrics-text"];
            texts.iter().any(|text| kind.as_bytes().starts_with(text))
        });
        let body = match bytes {
            bytes if bytes.is_empty() => Value::Null,
            bytes if is_text => String::from_utf8(bytes.to_vec()).unwrap().into(),
            bytes => serde_json::from_slice(&bytes).unwrap(),
        };
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        assert_described(&method, &path, &answer);
        answer
    }
}

/// Whatever is answered must be described: the status, and for a problem its code.
fn assert_described(method: &Method, path: &str, answer: &Answer) {
    static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(headcount::http::openapi()).unwrap());
    let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
    let matches = |template: &str| {
        let (path, template) = (path.split('/'), template.split('/'));
        path.clone().count() == template.clone().count()
            && path.zip(template).all(|(part, named)| named.starts_with('{') || part == named)
    };
    let templates = DESCRIPTION["paths"].as_object().unwrap().iter().filter(|(template, _)| matches(template));
    // A part that is written out comes before one that stands for anything.
    let Some((template, item)) = templates.min_by_key(|(template, _)| template.replace('{', "~")) else { return };
    let Some(operation) = item.get(method.as_str().to_lowercase()) else { return };
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "{method} {template} is not described as answering {}", answer.shown());
    if let Some(code) = answer.body["code"].as_str() {
        let content_type = answer.headers["content-type"].to_str().unwrap();
        let codes = &response["content"][content_type]["schema"]["allOf"][1]["properties"]["code"]["enum"];
        let is_named = codes.as_array().is_some_and(|codes| codes.iter().any(|named| named == code));
        assert!(is_named, "{method} {template} does not name `{code}` in the description of {}", answer.status);
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// A text of the body.
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no text {name} in {}", self.shown())).to_owned()
    }

    /// Status and code: all that most refusals differ in.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or("-"))
    }

    /// The path of the manage link.
    pub(crate) fn manage_path(&self) -> String {
        self.text("manage_url").strip_prefix("https://events.example").unwrap().to_owned()
    }

    /// Status, what matters of the headers, and body, without what is different each time.
    pub(crate) fn shown(&self) -> String {
        let mut shown = self.status.to_string();
        for name in ["etag", "location", "retry-after", "allow", "www-authenticate"] {
            if let Some(value) = self.headers.get(name) {
                write!(shown, "\n{name}: {}", steady_text(value.to_str().unwrap())).unwrap();
            }
        }
        let mut body = self.body.clone();
        steady(&mut body);
        let lines: Vec<String> = match body {
            Value::Object(members) => members.iter().flat_map(|(name, value)| show_member(name, value)).collect(),
            other => vec![other.to_string()],
        };
        format!("{shown}\n{}", lines.join("\n"))
    }
}

/// One line a member; one a item where it is a list of objects.
fn show_member(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().enumerate().map(|(index, item)| format!("{name}[{index}]: {item}")).collect()
        }
        value => vec![format!("{name}: {value}")],
    }
}

/// Replaces ids, times, hashes and links.
fn steady(value: &mut Value) {
    match value {
        Value::String(text) => *text = steady_text(text),
        Value::Array(items) => items.iter_mut().for_each(steady),
        Value::Object(members) => members.values_mut().for_each(steady),
        _ => {}
    }
}

fn steady_text(text: &str) -> String {
    const ID_BYTES: usize = 36;
    let is_id = |part: &str| part.len() == ID_BYTES && uuid::Uuid::try_parse(part).is_ok();
    if let Some((before, _)) = text.split_once("/manage/") {
        return format!("{before}/manage/[token]");
    }
    if text.parse::<jiff::Timestamp>().is_ok_and(|time| time.as_second() > 1_600_000_000 && !text.ends_with("00Z")) {
        return "[time]".to_owned();
    }
    if text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return "[hash]".to_owned();
    }
    text.split('/').map(|part| if is_id(part) { "[id]" } else { part }).collect::<Vec<_>>().join("/")
}

/// Catches what is logged on this thread.
pub(crate) struct Logging {
    lines: Lines,
    _subscriber: tracing::subscriber::DefaultGuard,
    _another: tracing::Dispatch,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Logging {
    /// From now on.
    pub(crate) fn start() -> Logging {
        // With only one subscriber, whichever test comes first to a line decides for all whether it is logged.
        let another = tracing::Dispatch::new(tracing_subscriber::registry());
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Logging { lines, _subscriber: tracing::subscriber::set_default(subscriber), _another: another }
    }

    /// What was logged.
    pub(crate) fn end(self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A real store that a test can hold up before each transaction, and make fail.
pub(crate) struct Held {
    inner: TestedStore,
    control: Control,
}

/// The test's end of a [`Held`] store.
#[derive(Clone)]
pub(crate) struct Control {
    /// One permit lets one transaction through; see [`Control::let_all_through`].
    gate: Arc<Semaphore>,
    /// One permit a transaction that came to the gate.
    arrived: Arc<Semaphore>,
    failures: Arc<Mutex<VecDeque<StoreError>>>,
}

impl Control {
    /// With the gate closed.
    pub(crate) fn new() -> Control {
        let (gate, arrived) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        Control { gate, arrived, failures: Arc::default() }
    }

    /// Around a store.
    pub(crate) fn hold(&self, inner: TestedStore) -> Held {
        Held { inner, control: self.clone() }
    }

    /// Lets one transaction through.
    pub(crate) fn let_one_through(&self) {
        self.gate.add_permits(1);
    }

    /// From now on nothing is held up.
    pub(crate) fn let_all_through(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Resolves when one more transaction has come to the gate.
    pub(crate) async fn one_arrived(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    /// The next transaction fails like this.
    pub(crate) fn fail(&self, error: StoreError) {
        self.failures.lock().unwrap().push_back(error);
    }
}

impl Store for Held {
    const EVENTS_PER_BATCH: usize = TestedStore::EVENTS_PER_BATCH;

    async fn ready(&mut self) -> Result<(), StoreError> {
        self.inner.ready().await
    }

    async fn transact<T: Send>(
        &mut self,
        needs: &Needs,
        decide: impl FnMut(&mut WorkingSet, Millis) -> T + Send,
    ) -> Result<T, StoreError> {
        self.control.arrived.add_permits(1);
        self.control.gate.acquire().await.unwrap().forget();
        let failure = self.control.failures.lock().unwrap().pop_front();
        match failure {
            Some(failure) => Err(failure),
            None => self.inner.transact(needs, decide).await,
        }
    }

    async fn run(&mut self, script: &Script) -> Result<Ran, StoreError> {
        self.inner.run(script).await
    }

    async fn probe(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.probe(now).await
    }

    async fn tidy(&mut self, now: Millis) -> Result<(), StoreError> {
        self.inner.tidy(now).await
    }
}
