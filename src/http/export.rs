//! Everything that is kept about somebody, as one JSON document: for themself, by their account or by the link to a
//! registration, and for the operator, whom somebody may ask by post.
//!
//! There is nothing in it with which anybody could get in (links, tokens, passwords), nothing that stands for a person in the
//! log, and nothing about other people. What staff wrote may name others; so only the operator gets that, who looks through it
//! before passing it on.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use headcount_core::ids::{AccountId, EventId, Millis, RegistrationId};
use headcount_core::person::key_by_email;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::address::Client;
use super::answer::Answered;
use super::caller::Caller;
use super::fields::{Email, rfc3339};
use super::json::{Checks, Sent, parse};
use super::problem::Problem;
use super::registrations::Sight;
use super::request::{Asked, At};
use crate::clock;
use crate::mail::kept::{Whose, kept};
use crate::store::read::{LogFilter, Page, PersonRef, RegistrationView};
use sheet::{Cut, Sheet};

use shapes::{ExportHead, ExportedChange, ExportedLink, ExportedMail, RegistrationHead};

mod shapes;
mod sheet;

pub(super) use shapes::ExportAnswer;

/// Registrations, or entries of a log, that are read at once.
const ROWS_AT_ONCE: u32 = 100;
/// The kinds of entries with which a registration begins: before them there is nothing about it.
const FIRST_KINDS: [&str; 3] = ["signed_up", "not_coming", "imported"];

const LEFT_OUT: &str =
    "What organizers and their programs noted, and the reasons they gave: ask whoever runs this server.";

/// Whose data.
enum Subject {
    /// Of whoever has this address, and an account with it, if there is one.
    Address(String, Option<AccountId>),
    /// Of the holder of one registration.
    Holder(Box<RegistrationView>),
}

/// Writes an export.
struct Export {
    app: App,
    sheet: Sheet,
    sight: Sight,
    now: Millis,
}

/// Somebody who wants to know what is kept about them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// Their address.
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
}

/// Get all that is kept about oneself
///
/// As a file: the account with its sessions and tokens, all registrations of its address with what happened to them, and
/// mail. It is sent while it is read; if something fails meanwhile, the connection breaks off.
#[utoipa::path(get, path = "/api/v1/people/me/export", tag = "people",
    responses((status = 200, body = ExportAnswer, description = "All of it, but for what organizers wrote"),
              (status = 429, description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn own(State(app): State<App>, client: Client, caller: Caller) -> Answered {
    app.limits.search(client)?;
    let email = caller.account()?.email.clone();
    app.export_of(email, Sight::Oneself).await
}

/// Get all that is kept about one's registration
///
/// As a file, like `/people/me/export`: the registration with what happened to it, and mail about it.
#[utoipa::path(get, path = "/api/v1/manage/{token}/export", tag = "manage",
    params(("token" = String, Path, description = "From the manage_url")),
    responses((status = 200, body = ExportAnswer, description = "All of it, but for what organizers wrote"),
              (status = 429, description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn by_link(State(app): State<App>, client: Client, At(token): At<String>) -> Answered {
    app.limits.search(client)?;
    let link = app.link(&token)?;
    let now = clock::now();
    let found = app.readers.registration(link.event, link.registration, now).await?;
    let found = found.filter(|found| found.registration.registration.link_version == link.version);
    let view = found.ok_or_else(Problem::no_such_registration)?.registration;
    let head = ExportHead { exported_at: rfc3339(now), address: None, left_out: Some(LEFT_OUT), account: None };
    Ok(app.export(head, Subject::Holder(Box::new(view)), Sight::Oneself, now))
}

/// Get all that is kept about a person
///
/// For somebody who asks by post. In here is also what organizers and programs noted, and the reasons they gave: look
/// whether anybody else is named there before passing it on. Registrations without an address are found by nobody.
#[utoipa::path(post, path = "/api/v1/operator/export", tag = "operator", request_body = ExportRequest,
    responses((status = 200, body = ExportAnswer, description = "All of it; nothing is no error")))]
pub(super) async fn of_person(State(app): State<App>, asked: Asked) -> Answered {
    let request: ExportRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let email = checks.required("email", request.email);
    checks.finish()?;
    let Email(email) = email.ok_or_else(|| Problem::internal("a checked address is missing"))?;
    app.export_of(email, Sight::All).await
}

impl App {
    async fn export_of(&self, email: String, sight: Sight) -> Answered {
        let now = clock::now();
        let account = self.people.kept_account(&email, now).await?;
        let id = account.as_ref().map(|kept| kept.account.id);
        let head = ExportHead {
            exported_at: rfc3339(now),
            address: Some(email.clone()),
            left_out: (sight != Sight::All).then_some(LEFT_OUT),
            account: account.map(Into::into),
        };
        Ok(self.export(head, Subject::Address(email, id), sight, now))
    }

    fn export(&self, head: ExportHead, subject: Subject, sight: Sight, now: Millis) -> axum::response::Response {
        let app = self.clone();
        let body = sheet::body(move |sheet| Export { app, sheet, sight, now }.write(head, subject));
        let name = file_name(now);
        let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json")), (CONTENT_DISPOSITION, name)];
        (headers, body).into_response()
    }
}

fn file_name(now: Millis) -> HeaderValue {
    let at = rfc3339(now);
    let date = at.split('T').next().unwrap_or_default();
    let name = format!("attachment; filename=\"headcount-data-{date}.json\"");
    HeaderValue::try_from(name).expect("digits and letters are a header value")
}

impl Export {
    async fn write(mut self, head: ExportHead, subject: Subject) -> Result<(), Cut> {
        self.sheet.object(&head).await?;
        self.links(&subject).await?;
        self.sheet.list("registrations");
        match &subject {
            Subject::Holder(view) => self.registration(view).await?,
            Subject::Address(email, _) => self.registrations(email).await?,
        }
        self.sheet.end_list();
        self.sheet.list("mail");
        if let Subject::Address(email, account) = subject {
            self.mail(&Whose::Address(account, email)).await?;
        }
        self.sheet.end_list();
        self.sheet.end_object();
        self.sheet.end().await
    }

    async fn links(&mut self, subject: &Subject) -> Result<(), Cut> {
        self.sheet.list("links");
        if let Subject::Address(email, account) = subject {
            let mut after = Uuid::nil();
            loop {
                let (links, may_go_on) = self.app.people.kept_links(*account, email, after).await?;
                after = links.last().map_or(after, |link| link.id);
                for link in links {
                    self.sheet.add(&ExportedLink::from(link)).await?;
                }
                if !may_go_on {
                    break;
                }
            }
        }
        self.sheet.end_list();
        Ok(())
    }

    async fn registrations(&mut self, email: &str) -> Result<(), Cut> {
        let person = PersonRef::Address(key_by_email(email));
        let mut page = Page { limit: ROWS_AT_ONCE, cursor: None };
        loop {
            let (_, listed) = self.app.readers.person_registrations(&person, &page).await?;
            for view in &listed.items {
                self.registration(view).await?;
            }
            page.cursor = listed.next_cursor;
            if page.cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn registration(&mut self, view: &RegistrationView) -> Result<(), Cut> {
        let (event, id) = (view.event, view.registration.id);
        // An event that somebody signed up for never goes.
        let Some(shown) = self.app.readers.event(event, self.now).await? else { return Ok(()) };
        self.sheet.object(&RegistrationHead::new(view, &shown, self.sight)).await?;
        self.sheet.list("history");
        self.history(event, id).await?;
        self.sheet.end_list();
        self.sheet.list("mail");
        self.mail(&Whose::Registration(event, id)).await?;
        self.sheet.end_list();
        self.sheet.end_object();
        Ok(())
    }

    async fn history(&mut self, event: EventId, id: RegistrationId) -> Result<(), Cut> {
        let filter = LogFilter { registration: Some(id), kind: None };
        let mut before = None;
        loop {
            let back = self.app.readers.log_back(event, before, &filter, ROWS_AT_ONCE).await?;
            for line in back.lines {
                let is_first = FIRST_KINDS.contains(&line.kind.as_str());
                self.sheet.add(&ExportedChange::new(line, id, self.sight)).await?;
                if is_first {
                    return Ok(());
                }
            }
            before = back.next_before;
            if before.is_none() {
                return Ok(());
            }
        }
    }

    async fn mail(&mut self, whose: &Whose) -> Result<(), Cut> {
        let mut after = Uuid::nil();
        loop {
            let (orders, may_go_on) = kept(&self.app.readers, whose, after).await?;
            after = orders.last().map_or(after, |order| order.id);
            for order in orders {
                self.sheet.add(&ExportedMail::from(order)).await?;
            }
            if !may_go_on {
                return Ok(());
            }
        }
    }
}
