//! The HTTP API: requests become commands, outcomes become answers. Nothing here decides anything or writes to a
//! database.
//!
//! A handler parses (`json`, `fields`, `*_request`), submits, and presents (`answer`, `receipt`). Every "no" passes
//! through `problem`, which alone knows their HTTP statuses. `forms` reads what depends on the event's settings. `envelope` is
//! around every request, `serve` is the accept loop. `address` tells whom a request counts for, `limits` how much is too
//! much, `cors` which websites may ask. `stream` and `sockets` tell those who follow; `metrics`, those who
//! run it. Read `sign_up` first.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use headcount_core::ids::Millis;
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock;
use crate::hooks::{self, Hooks};
use crate::lanes::Lanes;
use crate::metrics::Counted;
use crate::people::{People, Settings};
use crate::secret::{Link, Secret};
use crate::store::Readers;
use address::Addresses;
use metrics::Traffic;

mod accounts;
mod address;
mod answer;
mod arrivals;
mod bench;
mod caller;
mod cors;
mod details;
mod docs;
mod doors;
mod envelope;
mod event_request;
mod events;
mod export;
mod fields;
mod forms;
mod invitations;
mod json;
mod limits;
mod links;
mod log;
mod mail;
mod manage;
mod members;
mod metadata;
mod metrics;
mod older;
mod openapi;
mod opening;
mod operator;
mod organizations;
mod organizing;
mod paging;
mod pending_mail;
mod people;
mod problem;
mod receipt;
mod registrations;
mod request;
mod respond;
pub mod rights;
mod role_request;
mod roles;
mod serve;
mod sessions;
mod sign_up;
mod sockets;
mod staff;
mod stream;
mod system;
mod teams;
mod tokens;
mod translate;
mod waiting;
mod webhooks;

pub use address::{Client, TrustedProxies};
pub use bench::bench_router;
pub use cors::AllowedOrigins;
pub use limits::{Limits, Rates, Sender, TooMany};
pub use openapi::openapi;
pub use serve::{serve, serve_router};
pub use sockets::LOGGED_AT_MOST;

/// What every handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    timeouts: Timeouts,
}

/// Makes the pages that ask an API.
type MakePages = Box<dyn Fn(Router) -> Router + Send + Sync>;

/// What the clones of an [`App`] share.
pub struct Shared {
    lanes: Lanes,
    readers: Readers,
    secret: Secret,
    owner_token_hash: String,
    public_url: String,
    warnings: Vec<String>,
    people: People,
    pages: MakePages,
    hooks: Hooks,
    addresses: Addresses,
    limits: Limits,
    allowed_origins: AllowedOrigins,
    traffic: Traffic,
    socket_places: Arc<Semaphore>,
    started_at: Millis,
    /// What else is counted.
    counted: Vec<Arc<dyn Counted>>,
}

/// Who is let in, and how much of what they ask.
#[derive(Clone, Debug)]
pub struct Admission {
    /// How much may be asked.
    pub rates: Rates,
    /// The proxies that are believed when they say whom they speak for.
    pub trusted_proxies: TrustedProxies,
    /// The websites that may ask from their visitors' browsers.
    pub allowed_origins: AllowedOrigins,
}

/// No limits, and nothing from elsewhere is believed or let in: for whoever asks themselves, as tests and measurements do.
impl Default for Admission {
    fn default() -> Admission {
        Admission {
            rates: Rates::OFF,
            trusted_proxies: TrustedProxies::default(),
            allowed_origins: AllowedOrigins::NONE,
        }
    }
}

/// How long clients may take. A command that was taken is bound by none of these.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the first wish to read a request until its head is there; also how long a connection may lie idle.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// While an answer is written: how long nothing of it may get through.
    pub write: Duration,
    /// For what is under way when the server shuts down.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        let seconds = Duration::from_secs;
        Timeouts { head: seconds(30), body: seconds(30), write: seconds(30), drain: seconds(10) }
    }
}

impl App {
    /// An app over running lanes. `owner_token_hash` is the [`token_hash`](crate::secret::token_hash) of the owner's
    /// token; all links begin with `public_url`, as `https://example.org`.
    pub fn new(lanes: Lanes, readers: Readers, secret: Secret, owner_token_hash: String, public_url: String) -> App {
        let public_url = public_url.trim_end_matches('/').to_owned();
        let people = People::new(lanes.clone(), readers.clone(), secret.clone(), Settings::default());
        let hooks = Hooks::new(hooks::Settings::default(), lanes.clone(), readers.clone(), secret.clone());
        let Admission { rates, trusted_proxies, allowed_origins } = Admission::default();
        let shared = Shared {
            lanes,
            readers,
            secret,
            owner_token_hash,
            public_url,
            warnings: Vec::new(),
            hooks,
            addresses: Addresses::new(trusted_proxies),
            limits: Limits::new(rates),
            allowed_origins,
            people,
            traffic: Traffic::default(),
            socket_places: Arc::new(Semaphore::new(sockets::SOCKETS_MAX)),
            started_at: clock::now(),
            counted: Vec::new(),
            pages: Box::new(|api| Router::new().fallback_service(api)),
        };
        App { shared: Arc::new(shared), timeouts: Timeouts::default() }
    }

    /// The same app, whose `/readyz` tells these warnings. To be called before it is cloned.
    pub fn with_warnings(mut self, warnings: Vec<String>) -> App {
        self.not_yet_shared().warnings = warnings;
        self
    }

    /// The same app that lets in whom this says. To be called before it is cloned.
    pub fn with_admission(mut self, admission: Admission) -> App {
        let Admission { rates, trusted_proxies, allowed_origins } = admission;
        let shared = self.not_yet_shared();
        shared.addresses = Addresses::new(trusted_proxies);
        shared.allowed_origins = allowed_origins;
        self.with_limits(Limits::new(rates))
    }

    /// The same app with other limits. To be called before it is cloned.
    pub fn with_limits(mut self, limits: Limits) -> App {
        self.not_yet_shared().limits = limits;
        self
    }

    /// The same app, whose `/metrics` tells this too. To be called before it is cloned.
    pub fn with_counted(mut self, counted: Arc<dyn Counted>) -> App {
        self.not_yet_shared().counted.push(counted);
        self
    }

    /// The same app with webhooks that may reach elsewhere, or that are delivered. To be called before it is cloned.
    pub fn with_hooks(mut self, hooks: Hooks) -> App {
        self.not_yet_shared().hooks = hooks;
        self
    }

    /// The same app of a server that cannot send mail. To be called before it is cloned.
    pub fn without_mail(self) -> App {
        let settings = Settings { can_mail: false, ..self.people.settings() };
        let people = People::new(self.lanes.clone(), self.readers.clone(), self.secret.clone(), settings);
        self.with_people(people)
    }

    /// The same app with other ways to come to accounts. To be called before it is cloned.
    pub fn with_people(mut self, people: People) -> App {
        self.not_yet_shared().people = people;
        self
    }

    /// The same app with pages for people's eyes beside the API, which ask it what they show and pass on to it what
    /// they do not know. To be called before it is cloned.
    pub fn with_pages(mut self, pages: impl Fn(Router) -> Router + Send + Sync + 'static) -> App {
        self.not_yet_shared().pages = Box::new(pages);
        self
    }

    /// The same app with other time limits.
    pub fn with_timeouts(self, timeouts: Timeouts) -> App {
        App { timeouts, ..self }
    }

    fn not_yet_shared(&mut self) -> &mut Shared {
        Arc::get_mut(&mut self.shared).expect("an app is set up before it is cloned")
    }

    fn manage_url(&self, link: Link) -> String {
        format!("{}/api/v1/manage/{}", self.public_url, self.secret.link_token(link))
    }
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// All routes of this API.
pub fn router(app: App) -> Router {
    finish(described().split_for_parts().0, app)
}

/// The routes with their descriptions.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(events::create, events::list))
        .routes(routes!(events::read, events::change, events::delete))
        .routes(routes!(events::availability))
        .routes(routes!(roles::add))
        .routes(routes!(roles::change, roles::remove))
        .routes(routes!(sign_up::sign_up, registrations::list))
        .routes(routes!(respond::respond))
        .routes(routes!(registrations::read, registrations::change))
        .routes(routes!(registrations::change_email))
        .routes(routes!(arrivals::arrivals))
        .routes(routes!(staff::command))
        .routes(routes!(staff::check_in))
        .routes(routes!(staff::undo_check_in))
        .routes(routes!(staff::repair))
        .routes(routes!(log::read))
        .routes(routes!(opening::opening))
        .routes(routes!(stream::follow))
        .routes(routes!(manage::read))
        .routes(routes!(manage::confirm))
        .routes(routes!(manage::cancel))
        .routes(routes!(manage::resize))
        .routes(routes!(manage::change_role))
        .routes(routes!(manage::contact))
        .routes(routes!(accounts::register))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(accounts::read, accounts::change))
        .routes(routes!(accounts::change_password))
        .routes(routes!(accounts::change_address))
        .routes(routes!(sessions::log_in, sessions::list, sessions::end_all))
        .routes(routes!(sessions::log_out))
        .routes(routes!(links::read, links::follow))
        .routes(routes!(tokens::make, tokens::list))
        .routes(routes!(tokens::revoke))
        .routes(routes!(operator::move_in))
        .routes(routes!(operator::end))
        .routes(routes!(operator::erase))
        .routes(routes!(organizations::make, organizations::list))
        .routes(routes!(organizations::read, organizations::change))
        .routes(routes!(members::list))
        .routes(routes!(members::change, members::remove))
        .routes(routes!(members::reset_link))
        .routes(routes!(invitations::make, invitations::list))
        .routes(routes!(invitations::withdraw))
        .routes(routes!(teams::make, teams::list))
        .routes(routes!(teams::change, teams::remove))
        .routes(routes!(teams::add_member, teams::remove_member))
        .routes(routes!(doors::make, doors::list))
        .routes(routes!(doors::revoke))
        .routes(routes!(mail::my_sign_ups))
        .routes(routes!(mail::send_link))
        .routes(routes!(mail::state_of_mail))
        .routes(routes!(pending_mail::pending))
        .routes(routes!(pending_mail::withdraw))
        .routes(routes!(people::own_registrations))
        .routes(routes!(people::registrations))
        .routes(routes!(export::own))
        .routes(routes!(export::by_link))
        .routes(routes!(export::of_person))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::read, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::try_out))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::resend))
        .routes(routes!(older::rsvp))
        .routes(routes!(older::respond))
        .routes(routes!(older::register))
        .routes(routes!(older::set_status))
        .merge(about_the_server())
}

fn about_the_server() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(system::locks))
        .routes(routes!(system::healthz))
        .routes(routes!(system::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(system::openapi_json))
        .routes(routes!(docs::read))
}

/// What is the same around all routes.
fn finish(routes: Router<App>, app: App) -> Router {
    let api = routes.route_layer(from_fn_with_state(app.clone(), rights::gate)).with_state(app.clone());
    // What there is no page for, the API answers.
    let pages = (app.pages)(api.clone().fallback(envelope::no_such_route));
    api.merge(pages)
        .merge(sockets::routes(&app))
        .method_not_allowed_fallback(envelope::no_such_method)
        .layer(from_fn_with_state(app, envelope::around))
}
