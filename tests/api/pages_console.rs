//! The pages of the console: forms in, redirects and pages out, as a browser without a script sees them.

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Server, person};
use crate::people::HOME;

/// A server, and the cookie of somebody who owns its organization.
pub(crate) async fn organizing() -> (Server, String) {
    let server = Server::start();
    let olga = server.account("Olga").await;
    server.member(HOME, &olga, "owner", 1).await;
    let cookie = server.session(olga.account).await;
    (server, cookie)
}

/// A form of these fields.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

impl Server {
    pub(crate) async fn console(&self, cookie: &str, path: &str) -> String {
        let (status, _, page) = self.get(path).session(cookie).page().await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    pub(crate) async fn press(
        &self,
        cookie: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        self.ask(axum::http::Method::POST, path).session(cookie).form(&form(fields)).page().await
    }

    /// Presses what leads to another page: the page.
    pub(crate) async fn pressed(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let (status, headers, page) = self.press(cookie, path, fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path} {fields:?}: {page}");
        let to = headers["location"].to_str().unwrap().to_owned();
        self.console(cookie, &to).await
    }

    async fn event_now(&self, event: &str) -> Value {
        self.get(format!("/api/v1/events/{event}")).owner().send().await.body
    }
}

/// The value of the input of a name.
pub(crate) fn value(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let input = &page[at..at + page[at..].find('>').unwrap()];
    let value = input.split("value=\"").nth(1).unwrap_or_else(|| panic!("no value in {input}"));
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_is_not_logged_in_is_led_to_the_log_in_and_back() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let at = format!("/console/events/{event}");
    for path in ["/console", "/console/events/new", &at, &format!("{at}/edit"), &format!("{at}/people.csv")] {
        let (status, headers, _) = server.get(path).page().await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
        let to = headers["location"].to_str().unwrap();
        assert_eq!(to, format!("/login?back={}", path.replace('/', "%2F")), "{path}");
    }
    let (status, _, _) = server.ask(axum::http::Method::POST, at).form("do=publish").page().await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_console_shows_only_what_somebody_manages() {
    let (server, olga) = organizing().await;
    let empty = server.console(&olga, "/console").await;
    assert!(empty.contains("Make your first event"), "{empty}");
    let organization = format!("href=\"/console/organizations/{HOME}\"");
    assert!(empty.contains(&organization) && empty.contains("People, teams and webhooks"), "{empty}");
    let event =
        server.event(json!({"title": "Summer <fair>", "capacity": 5, "starts_at": "2031-07-03T17:00:00Z"})).await;
    server.event(json!({"title": "Someday", "status": "draft"})).await;
    server.event(json!({"title": "Long ago", "starts_at": "2026-06-01T10:00:00Z"})).await;
    server.sign_up(&event, "Ann").await;
    let page = server.console(&olga, "/console").await;
    assert!(
        page.contains("Summer &lt;fair&gt;") && page.contains("1 of 5 taken") && page.contains("Someday"),
        "{page}"
    );
    assert!(!page.contains("Long ago"), "{page}");
    let past = server.console(&olga, "/console?when=past&until=2026-07-01T00:00:00Z").await;
    assert!(past.contains("Long ago") && !past.contains("Someday"), "{past}");

    let mia = server.account("Mia").await;
    server.member(HOME, &mia, "manager", 0).await;
    server.grant(&mia, "event", event.parse().unwrap()).await;
    let mia = server.session(mia.account).await;
    let page = server.console(&mia, "/console").await;
    assert!(page.contains("Summer") && !page.contains("Someday"), "{page}");
    let other = server.event(json!({"title": "Of others"})).await;
    assert!(!server.console(&mia, "/console").await.contains("Of others"));
    let (status, _, _) = server.get(format!("/console/events/{other}")).session(&mia).page().await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_is_made_with_its_roles_and_published() {
    let (server, olga) = organizing().await;
    let path = "/console/events/new";
    let page = server.console(&olga, path).await;
    let key = value(&page, "key");
    let typed = [
        ("key", key.as_str()),
        ("do", "save"),
        ("title", "Summer fair"),
        ("description", "**Come**"),
        ("timezone", "Europe/Berlin"),
        ("starts_at", "2031-07-03T19:00"),
        ("waitlist.policy", "fill_gaps"),
        ("waitlist.max_skips", "2"),
        ("max_spots", "4"),
        ("rows", "3"),
        ("roles[1].name", "Cook"),
        ("roles[1].capacity", "4"),
        ("roles[2].name", "Server"),
        ("organization", &HOME.to_string()),
    ];
    let page = server.pressed(&olga, path, &typed).await;
    assert!(page.contains("The event is made") && page.contains("Nobody here"), "{page}");
    // Twice the same press is one event.
    server.pressed(&olga, path, &typed).await;
    let events = server.get("/api/v1/events").owner().send().await;
    let events = events.body["items"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    assert_eq!((&event["status"], &event["starts_at"]), (&json!("draft"), &json!("2031-07-03T17:00:00Z")));
    assert_eq!(event["waitlist"], json!({"policy": "fill_gaps", "limit": null, "max_skips": 2}));
    let roles: Vec<_> =
        event["roles"].as_array().unwrap().iter().map(|role| (&role["name"], &role["capacity"])).collect();
    assert_eq!(roles, [(&json!("Cook"), &json!(4)), (&json!("Server"), &Value::Null)]);

    let at = format!("/console/events/{}", event["id"].as_str().unwrap());
    let page = server.pressed(&olga, &at, &[("do", "publish")]).await;
    assert!(page.contains("Published"), "{page}");
    let page = server.pressed(&olga, &at, &[("do", "close")]).await;
    assert!(page.contains("Sign-up is closed"), "{page}");
    let (status, _, asked) = server.press(&olga, &at, &[("do", "call-off")]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(asked.contains("Call off") && asked.contains("name=\"sure\""), "{asked}");
    assert_eq!(server.event_now(event["id"].as_str().unwrap()).await["status"], "closed");
    let page = server.pressed(&olga, &at, &[("do", "call-off"), ("sure", "yes")]).await;
    assert!(page.contains("The event is called off"), "{page}");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let (server, olga) = organizing().await;
    let path = "/console/events/new";
    let more = [("do", "more-roles"), ("title", "Fair \"x\""), ("rows", "3"), ("roles[0].name", "Cook")];
    let (status, _, page) = server.press(&olga, path, &more).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (value(&page, "rows"), value(&page, "title"), value(&page, "roles[0].name")),
        ("6".into(), "Fair &quot;x&quot;".into(), "Cook".into())
    );
    let organization = HOME.to_string();
    let typed = |wrong: [(&'static str, &'static str); 2]| {
        [
            ("do", "save"),
            ("rows", "2"),
            ("timezone", "Europe/Berlin"),
            ("organization", &organization),
            wrong[0],
            wrong[1],
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (wrong, said) in [
        ([("title", ""), ("slug", "x")], "Please give a title."),
        ([("title", "Fair"), ("slug", "No Slug")], "small letters"),
        ([("title", "Fair"), ("capacity", "many")], "whole number"),
        ([("title", "Fair"), ("starts_at", "2031-03-30T02:30")], "does not exist"),
        ([("title", "Fair"), ("starts_at", "2031-10-26T02:30")], "comes twice"),
        ([("title", "Fair"), ("roles[1].capacity", "4")], "give the role a name"),
    ] {
        let typed = typed(wrong);
        let fields: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (status, _, page) = server.press(&olga, path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}: {page}");
        assert!(page.contains(said) && page.contains("aria-invalid"), "{wrong:?}: {page}");
        assert_eq!(value(&page, wrong[1].0), wrong[1].1);
    }
    assert_eq!(server.get("/api/v1/events").owner().send().await.body["items"], json!([]));
}

/// The fields of the page that changes an event, as a browser would send them, but for these.
async fn edit(server: &Server, cookie: &str, event: &str, changes: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let path = format!("/console/events/{event}/edit");
    let page = server.console(cookie, &path).await;
    let fields = [
        "revision",
        "title",
        "slug",
        "timezone",
        "starts_at",
        "rows",
        "capacity",
        "max_spots",
        "waitlist.max_skips",
        "roles_per_person",
        "roles[0].id",
        "roles[0].name",
        "roles[0].capacity",
        "roles[0].min_needed",
    ];
    let ticked = [
        ("waitlist.policy", "strict"),
        ("one_per", "email"),
        ("phone", "optional"),
        ("visibility", "public"),
        ("do", "save"),
    ];
    let mut sent: Vec<(String, String)> = fields.iter().map(|name| ((*name).to_owned(), value(&page, name))).collect();
    sent.extend(ticked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    for (name, value) in changes {
        sent.retain(|(known, _)| known != name);
        sent.push(((*name).to_owned(), (*value).to_owned()));
    }
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    server.press(cookie, &path, &sent).await
}

#[tokio::test]
async fn a_change_is_saved_and_a_press_without_a_change_changes_nothing() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({"starts_at": "2031-07-03T17:00:00Z", "timezone": "Europe/Berlin"})).await;
    let before = server.event_now(&event).await;
    let (status, headers, page) = edit(&server, &olga, &event, &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert!(headers["location"].to_str().unwrap().contains("done=saved"));
    assert_eq!(server.event_now(&event).await, before);
    let changes = [
        ("title", "Autumn fair"),
        ("starts_at", "2031-09-03T19:00"),
        ("roles[0].name", "Cook"),
        ("roles[1].name", "Server"),
        ("roles[1].capacity", "3"),
        ("rows", "2"),
    ];
    let (status, _, page) = edit(&server, &olga, &event, &changes).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let now = server.event_now(&event).await;
    assert_eq!((&now["title"], &now["starts_at"]), (&json!("Autumn fair"), &json!("2031-09-03T17:00:00Z")));
    assert_eq!(
        (&now["roles"][0]["name"], &now["roles"][1]["name"], &now["roles"][1]["capacity"]),
        (&json!("Cook"), &json!("Server"), &json!(3))
    );
    // The clock of another zone shows the same at another time.
    let (status, _, page) = edit(&server, &olga, &event, &[("timezone", "Asia/Jerusalem")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert_eq!(server.event_now(&event).await["starts_at"], "2031-09-03T16:00:00Z");
    let (status, _, page) = edit(&server, &olga, &event, &[("roles[0].drop", "yes")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert_eq!(server.event_now(&event).await["roles"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_capacity_below_what_is_taken_is_asked_about_by_name() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": 2}]})).await;
    for name in ["Ann", "Ben", "Cem"] {
        server.sign_up(&event, name).await;
    }
    let (status, _, page) = edit(&server, &olga, &event, &[("roles[0].capacity", "1")]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("This moves people") && page.contains("waitlist_latest") && page.contains("<bdi>Ben</bdi>"),
        "{page}"
    );
    assert_eq!(server.event_now(&event).await["roles"][0]["capacity"], 2);
    let sure = [("roles[0].capacity", "1"), ("sure", "yes"), ("if_below", "waitlist_latest")];
    let (status, headers, page) = edit(&server, &olga, &event, &sure).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let page = server.console(&olga, headers["location"].to_str().unwrap()).await;
    assert!(page.contains("Lost the place") && page.contains("Ben"), "{page}");
    let now = server.event_now(&event).await;
    assert_eq!((&now["roles"][0]["capacity"], &now["reserved"], &now["waiting"]), (&json!(1), &json!(1), &json!(2)));
    // More places: those who would get them are named first.
    let (_, _, page) = edit(&server, &olga, &event, &[("roles[0].capacity", "2")]).await;
    assert!(
        page.contains("Would get a place") && page.contains("<bdi>Ben</bdi>") && !page.contains("<bdi>Cem</bdi>"),
        "{page}"
    );
}

#[tokio::test]
async fn of_a_change_those_concerned_are_mailed_unless_somebody_says_no() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({"starts_at": "2031-07-03T17:00:00Z"})).await;
    server.sign_up(&event, "Ann").await;
    let form = server.console(&olga, &format!("/console/events/{event}/edit")).await;
    assert!(form.contains("Tell those it concerns by e-mail"), "{form}");
    for (changes, said) in [
        (vec![("starts_at", "2031-07-04T17:00"), ("tell", "no")], false),
        (vec![("starts_at", "2031-07-05T17:00")], true),
    ] {
        let (status, headers, page) = edit(&server, &olga, &event, &changes).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let page = server.console(&olga, headers["location"].to_str().unwrap()).await;
        assert_eq!(page.contains("All those it concerns will be told by e-mail in"), said, "{page}");
        let pending = server.get(format!("/api/v1/events/{event}/pending-mail")).owner().send().await;
        assert_eq!(pending.body["items"].as_array().unwrap().len(), usize::from(said), "{}", pending.shown());
    }
    let draft = server.event(json!({"status": "draft"})).await;
    let form = server.console(&olga, &format!("/console/events/{draft}/edit")).await;
    assert!(!form.contains("name=\"tell\""), "nobody is written to about a draft: {form}");
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_shown_beside() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({})).await;
    let stale = [("revision", "0"), ("title", "Mine")];
    let (status, _, page) = edit(&server, &olga, &event, &stale).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert!(page.contains("Saved now: Summer fair") && page.contains("Somebody else changed"), "{page}");
    assert_eq!((value(&page, "title"), value(&page, "revision")), ("Mine".into(), "2".into()));
    assert_eq!(server.event_now(&event).await["title"], "Summer fair");
}

#[tokio::test]
async fn a_copy_has_everything_but_dates_and_people() {
    let (server, olga) = organizing().await;
    let event = server
        .event(json!({"title": "Fair", "slug": "fair", "starts_at": "2031-07-03T17:00:00Z", "max_spots": 7,
                      "roles": [{"name": "Cook", "capacity": 2}]}))
        .await;
    server.sign_up(&event, "Ann").await;
    let page = server.console(&olga, &format!("/console/events/new?copy={event}")).await;
    let shown = ["title", "slug", "starts_at", "max_spots", "roles[0].name", "roles[0].capacity"]
        .map(|name| value(&page, name));
    assert_eq!(shown, ["Fair", "", "", "7", "Cook", "2"]);
    assert!(!page.contains("roles[0].id"), "{page}");
}

/// An event with roles, and people in it: their ids.
pub(crate) async fn peopled(server: &Server, people: &[(&str, &str)]) -> (String, Vec<String>) {
    let event =
        server.event(json!({"roles": [{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 1}]})).await;
    let mut ids = Vec::new();
    for (name, role) in people {
        let mut body = person(name);
        body["role"] = json!(role);
        ids.push(server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.text("id"));
    }
    (event, ids)
}

#[tokio::test]
async fn whoever_may_organize_nothing_is_told_so_instead_of_being_shown_a_form() {
    let server = Server::start();
    let sam = server.account("Sam").await;
    server.member(HOME, &sam, "staff", 1).await;
    let cookie = server.session(sam.account).await;
    for path in ["/console", "/console/events/new"] {
        let page = server.console(&cookie, path).await;
        assert!(page.contains("You do not organize any events yet"), "{path}: {page}");
        assert!(!page.contains("name=\"title\""), "{path}: {page}");
    }
}
