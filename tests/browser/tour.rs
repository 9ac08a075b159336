//! Every page there is, on sites that have something of everything: checks and pictures go from one to the next.
//!
//! `guests` are the pages without a login, `door` those of whoever has a door link, `staff` those of whoever is in a team and
//! no more, `console` those of events and their people, `people` those of accounts and organizations, `empty` those of a site
//! where nothing has happened yet.

use hyper::Method;
use serde_json::{Value, json};

use crate::driver::Browser;
use crate::site::Site;

#[path = "tour/console.rs"]
mod console;
#[path = "tour/door.rs"]
mod door;
#[path = "tour/empty.rs"]
mod empty;
#[path = "tour/guests.rs"]
mod guests;
#[path = "tour/people.rs"]
mod people;
#[path = "tour/staff.rs"]
mod staff;

/// The organization that a new server has, as a part of paths.
const HOME: &str = "organizations/00000000-0000-0000-0000-000000000000";

/// Which pages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Guests,
    Door,
    Staff,
    Console,
    People,
    Empty,
}

pub(crate) const ALL: [Part; 6] = [Part::Guests, Part::Door, Part::Staff, Part::Console, Part::People, Part::Empty];

/// Some pages of a site.
pub(crate) struct Tour {
    pub(crate) site: Site,
    pub(crate) stops: Vec<Stop>,
}

/// A page.
pub(crate) struct Stop {
    /// What pictures of it are called.
    pub(crate) name: &'static str,
    path: String,
    sent: Sent,
}

/// What leads to a page.
enum Sent {
    /// Its address.
    Nothing,
    /// A form with these fields. Whatever it does is under a key, so that it can be sent again and the page is the same.
    Fields(Vec<(String, String)>),
    /// The first form of a page that is sent there, with some of its fields filled in otherwise.
    Changed(Vec<(String, String)>),
}

impl Part {
    /// Makes its site, and opens it in a browser: logged in, where that takes a login.
    pub(crate) async fn begin(self, browser: &Browser) -> Tour {
        let site = match self {
            Part::Guests | Part::Console => Site::start_with_mail().await,
            Part::Door | Part::Staff | Part::People | Part::Empty => Site::start().await,
        };
        let stops = match self {
            Part::Guests => guests::stops(&site).await,
            Part::Door => door::stops(&site).await,
            Part::Staff => staff::stops(&site, browser).await,
            Part::Console => console::stops(&site, browser).await,
            Part::People => people::stops(&site, browser).await,
            Part::Empty => empty::stops(&site, browser).await,
        };
        browser.go(&site.url("/find")).await;
        Tour { site, stops }
    }
}

impl Tour {
    /// Goes on in another language.
    pub(crate) async fn read_in(&self, browser: &Browser, language: &str) {
        browser.go(&self.site.url("/find")).await;
        if browser.has(&format!("button[lang={language}]")).await {
            browser.click(&format!("button[lang={language}]")).await;
        }
        browser.find(&format!("html[lang={language}]")).await;
    }

    /// The HTML of a page, as it is sent.
    pub(crate) async fn html(&self, browser: &Browser, stop: &Stop) -> String {
        let fetched = format!(
            "{READ_FORM}
            const [path, kind, given, told] = arguments;
            read(path, kind, given).then(([path, fields]) => {{
                const sent = fields ? {{ method: 'POST', body: new URLSearchParams(fields) }} : {{}};
                return fetch(path, sent).then((answer) => answer.text());
            }}).then(told, (error) => told(String(error)));"
        );
        browser.run_until_called(&fetched, stop.arguments()).await.as_str().unwrap().to_owned()
    }
}

/// What is sent to a page: its path, and the fields if it comes of a form.
const READ_FORM: &str = "
    const read = async (path, kind, given) => {
        if (kind !== 'changed') return [path, kind === 'fields' ? given : null];
        const page = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
        const fields = new FormData(page.querySelector('main form'));
        given.forEach(([name, value]) => fields.set(name, value));
        return [path, [...fields]];
    };";

impl Stop {
    fn at(name: &'static str, path: impl Into<String>) -> Stop {
        Stop { name, path: path.into(), sent: Sent::Nothing }
    }

    fn sent(name: &'static str, path: impl Into<String>, fields: &[(&str, &str)]) -> Stop {
        Stop { name, path: path.into(), sent: Sent::Fields(owned(fields)) }
    }

    fn changed(name: &'static str, path: impl Into<String>, fields: &[(&str, &str)]) -> Stop {
        Stop { name, path: path.into(), sent: Sent::Changed(owned(fields)) }
    }

    fn arguments(&self) -> Vec<Value> {
        let (kind, fields) = match &self.sent {
            Sent::Nothing => ("nothing", json!([])),
            Sent::Fields(fields) => ("fields", json!(fields)),
            Sent::Changed(fields) => ("changed", json!(fields)),
        };
        vec![json!(self.path), json!(kind), fields]
    }

    /// Goes there, with all that is folded unfolded.
    pub(crate) async fn open(&self, browser: &Browser, site: &Site) {
        match self.sent {
            Sent::Nothing => browser.go(&site.url(&self.path)).await,
            Sent::Fields(_) | Sent::Changed(_) => {
                let send = format!(
                    "{READ_FORM}
                    const [path, kind, given] = arguments;
                    document.documentElement.dataset.left = '';
                    read(path, kind, given).then(([path, fields]) => {{
                        const form = document.createElement('form');
                        Object.assign(form, {{ method: 'post', action: path }});
                        for (const [name, value] of fields) {{
                            const field = document.createElement('textarea');
                            Object.assign(field, {{ name, value }});
                            form.append(field);
                        }}
                        document.body.append(form);
                        HTMLFormElement.prototype.submit.call(form);
                    }});"
                );
                browser.run(&send, self.arguments()).await;
                browser.find("html:not([data-left])").await;
            }
        }
        browser.run("document.querySelectorAll('main details').forEach((one) => (one.open = true))", vec![]).await;
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The ids of an event's roles, in order.
async fn roles(site: &Site, event: &str) -> Vec<String> {
    let event = site.ask(Method::GET, &format!("/api/v1/events/{event}"), &Value::Null).await;
    event["roles"].as_array().unwrap().iter().map(|role| text(role, "id")).collect()
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_else(|| panic!("no {field} in {object}")).to_owned()
}

/// The dinner that most pages show: two roles, one of them full.
async fn dinner(site: &Site) -> String {
    let roles = json!([
        {"name": "Server", "capacity": 4, "description": "In the hall, from half past five"},
        {"name": "Cook", "capacity": 5, "min_needed": 4},
    ]);
    site.event(json!({
        "slug": "dinner", "title": "Community dinner", "roles": roles, "max_spots": 4, "self_move": true,
        "description": "# Welcome\n\nWe cook and eat together. **Everybody** is welcome.\n\n- bring an apron\n- [the way there](https://example.org)",
        "location": "Example hall, 1 Example Street", "contact": "organizer@example.org", "phone": "optional", "capacity": 40,
        "starts_at": "2037-05-05T18:00:00Z", "ends_at": "2037-05-05T22:00:00Z", "timezone": "Europe/Berlin",
    }))
    .await
}

/// Somebody who signs up, with all that can be told.
async fn join(site: &Site, event: &str, role: &str, fields: Value) -> String {
    let mut person = json!({"role": role});
    person.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = site.ask(Method::POST, &format!("/api/v1/events/{event}/registrations"), &person).await;
    text(&made, "id")
}

/// Erases whoever has this address.
async fn erase(site: &Site, email: &str) {
    site.ask(Method::POST, "/api/v1/operator/erase", &json!({"email": email})).await;
}

/// Has staff do something with somebody.
async fn command(site: &Site, event: &str, id: &str, command: &str, fields: Value) {
    site.ask(Method::POST, &format!("/api/v1/events/{event}/registrations/{id}/{command}"), &fields).await;
}
