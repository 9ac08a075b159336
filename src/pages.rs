//! Pages for people: HTML that works without a script, for phones first. `page.js` makes them live.
//!
//! The pages are a client of the API (see `api`): they ask in the visitor's name what they show, and send what is pressed.
//! So they decide nothing, write nothing, and know no right. A GET changes nothing, since programs that look after mail
//! follow links before people do.
//!
//! `visitor` is who looks, `frame` what is around every page, `parts` what several are made of, `answers` what the API
//! says. Read `event` and `sign_up` first. `link` is the page of one-time links.
//! `console` and `organization` are for organizers.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use api::Api;

mod account;
mod answers;
mod api;
mod assets;
mod console;
mod door;
mod download;
mod event;
mod failed;
mod find;
mod form;
mod frame;
mod home;
mod language;
mod link;
mod login;
mod my;
mod organization;
mod own;
mod parts;
mod prose;
mod sign_up;
mod visitor;

/// What every page needs. Cheap to clone.
#[derive(Clone)]
struct Pages(Arc<Shared>);

struct Shared {
    api: Api,
    site: Site,
}

impl Pages {
    fn new(api: Router, site: Site) -> Pages {
        let public_url = site.public_url.trim_end_matches('/').to_owned();
        Pages(Arc::new(Shared { api: Api(api), site: Site { public_url, ..site } }))
    }

    fn api(&self) -> &Api {
        &self.0.api
    }

    fn public_url(&self) -> &str {
        &self.0.site.public_url
    }

    fn embedders(&self) -> &str {
        &self.0.site.embedders
    }

    fn sends_mail(&self) -> bool {
        self.0.site.mail == Mail::Sent
    }

    /// The path of the public address, where a proxy serves this under one of its own.
    fn base(&self) -> &str {
        let after_scheme = self.public_url().split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |start| &after_scheme[start..])
    }
}

/// What pages tell of the server.
#[derive(Clone, Debug)]
pub struct Site {
    /// What all links begin with.
    pub public_url: String,
    /// Whether the server sends mail.
    pub mail: Mail,
    /// Which websites may show the page of an event within their own, as a policy names them (`frame-ancestors`).
    pub embedders: String,
}

/// Whether mail is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mail {
    /// It is.
    Sent,
    /// Nobody gets any: links have to be kept, or copied by the organizer.
    NotSent,
}

/// The routes of all pages, which ask this API.
pub fn router(api: Router, site: Site) -> Router {
    let pages = Pages::new(api, site);
    Router::new()
        .route("/", get(home::show))
        .route("/e/{slug}", get(event::show).post(sign_up::press))
        .route("/e/{slug}/embed", get(event::show_embedded).post(sign_up::press_embedded))
        .route("/r/{token}", get(own::show).post(own::changes::press))
        .route("/r/{token}/calendar.ics", get(own::calendar::show))
        .route("/r/{token}/data", get(download::of_holder))
        .route("/find", get(find::show).post(find::press))
        .route("/login", get(login::show).post(login::press))
        .route("/logout", post(login::log_out))
        .route("/my", get(my::show))
        .route("/my/{event}", get(my::show_one).post(my::press))
        .route("/door", get(door::show_any))
        .route("/door/{event}", get(door::show))
        .route("/door/{event}/board", get(door::board::show))
        .route("/door/{event}/people", get(door::people::list))
        .route("/door/{event}/stream", get(door::people::follow))
        .route("/door/{event}/{registration}", get(door::show_person).post(door::tap::press))
        .route("/forgot", get(login::show_forgot).post(login::press_forgot))
        .route("/register", get(login::show_register).post(login::press_register))
        .route("/language", post(language::choose))
        .route("/l/{token}", get(link::show).post(link::follow))
        .route(assets::PATH, get(assets::show))
        .route("/account", get(account::settings::show).post(account::settings::press))
        .route("/account/data", get(download::of_account))
        .merge(console::routes())
        .merge(organization::routes())
        .fallback(failed::no_such_page)
        .with_state(pages)
}

/// The present time.
fn now() -> answers::Time {
    answers::Time(crate::clock::now())
}
