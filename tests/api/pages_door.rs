//! The door's pages: who may stand there, what they are shown of whom, and what they press.

use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Ask, Server, person};
use crate::pages_console::{organizing, value};
use crate::people::{HOME, LATER};

/// A server with an event, and the cookie of somebody at its door.
struct AtDoor {
    server: Server,
    event: String,
    cookie: String,
}

impl AtDoor {
    async fn with(event: Value) -> AtDoor {
        let server = Server::start();
        let event = server.event(event).await;
        let cookie = cookie_of(&server, &event).await;
        AtDoor { server, event, cookie }
    }

    fn get(&self, rest: &str) -> Ask {
        self.server.get(format!("/door/{}{rest}", self.event)).header("cookie", &self.cookie)
    }

    async fn page(&self, rest: &str) -> String {
        let (status, _, page) = self.get(rest).page().await;
        assert_eq!(status, 200, "{page}");
        page
    }

    fn post(&self, id: &str, form: &str) -> Ask {
        let path = format!("/door/{}/{id}", self.event);
        self.server.ask(Method::POST, path).header("cookie", &self.cookie).form(form)
    }

    /// Presses, and sees the page that it leads to.
    async fn pressed(&self, id: &str, form: &str) -> String {
        let (status, headers, page) = self.post(id, form).page().await;
        assert_eq!(status, 303, "{page}");
        let to = headers["location"].to_str().unwrap().to_owned();
        self.server.get(to).header("cookie", &self.cookie).page().await.2
    }

    async fn sign_up(&self, name: &str, more: Value) -> String {
        let mut body = person(name);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("/api/v1/events/{}/registrations", self.event);
        let answer = self.server.post(path, &body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.shown());
        answer.text("id")
    }
}

/// The cookie that the door link of an event is exchanged for.
async fn cookie_of(server: &Server, event: &str) -> String {
    let made = server.post(format!("/api/v1/events/{event}/doors"), &json!({"name": "Gate"})).owner().send().await;
    let url = made.text("url");
    let path = url.strip_prefix("https://events.example").unwrap();
    assert_eq!(path, format!("/door/{event}?token={}", made.text("token")));
    let (status, headers, _) = server.get(path).page().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, &*format!("/door/{event}")));
    assert_eq!(headers["referrer-policy"], "no-referrer");
    set_cookie(&headers)
}

fn set_cookie(headers: &HeaderMap) -> String {
    let cookie = headers["set-cookie"].to_str().unwrap();
    for what in ["headcount-door=", "; Path=/door;", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(cookie.contains(what), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_door_link_is_exchanged_for_a_cookie_that_lets_people_in() {
    let at = AtDoor::with(json!({"title": "Fair <b>", "status": "published", "visibility": "team"})).await;
    let id = at.server.post(format!("/api/v1/events/{}/registrations", at.event), &person("Ann")).owner().send().await;
    let page = at.page("?q=an").await;
    assert!(page.contains("Fair &lt;b&gt;") && page.contains("<bdi>Ann</bdi>") && page.contains("0 of 1 are here"));
    assert!(!page.contains("hcd_") && !page.contains("ann@example.org"), "the door sees no address: {page}");
    let page = at.page(&format!("/{}", id.text("id"))).await;
    assert!(page.contains("result good") && page.contains("Come in"), "{page}");
    let (status, headers, _) = at.server.get("/door").header("cookie", &at.cookie).page().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, &*format!("/door/{}", at.event)));
}

#[tokio::test]
async fn a_party_comes_in_parts_and_the_clock_says_since_when() {
    let at = AtDoor::with(json!({"max_spots": 4})).await;
    let id = at.sign_up("Ann", json!({"spots": 4})).await;
    let page = at.page(&format!("/{id}")).await;
    assert!(page.contains("party of 4") && page.contains(">All 4<") && page.contains(">+1<"), "{page}");
    let page = at.pressed(&id, "do=in&count=1&key=a").await;
    assert!(
        page.contains("1 of 4 are in") && page.contains("The last one came at ") && page.contains(">All 3<"),
        "{page}"
    );
    assert!(at.pressed(&id, "do=in&count=1&key=a").await.contains("1 of 4 are in"), "the same tap once more");
    let page = at.pressed(&id, "do=in&count=3&key=b").await;
    assert!(page.contains("result good") && page.contains("Welcome"), "{page}");
    let page = at.page(&format!("/{id}")).await;
    assert!(page.contains("result bad") && page.contains("Already in, "), "whoever comes with the same code: {page}");
    let (status, _, page) = at.post(&id, "do=in&count=1&key=c").page().await;
    assert_eq!(status, 409);
    assert!(page.contains("result bad") && page.contains("not so many of them are left"), "{page}");
    assert!(at.pressed(&id, "do=undo&count=1&key=d").await.contains("3 of 4 are in"));
    assert!(at.pressed(&id, "do=undo&count=3&key=e").await.contains("Come in"));
}

#[tokio::test]
async fn whoever_has_no_place_is_shown_red_with_what_to_do() {
    let at = AtDoor::with(json!({"capacity": 1})).await;
    let ann = at.sign_up("Ann", json!({})).await;
    let ben = at.sign_up("Ben", json!({})).await;
    let page = at.page(&format!("/{ben}")).await;
    assert!(page.contains("result bad") && page.contains("On the waitlist") && page.contains("Only the organizer"));
    let (status, _, page) = at.post(&ben, "do=in&count=1").page().await;
    assert_eq!(status, 409);
    assert!(page.contains("They have no place that is theirs"), "{page}");
    for (command, title) in [("cancel", "Cancelled"), ("remove", "Removed")] {
        let path = format!("/api/v1/events/{}/registrations/{ann}", at.event);
        assert_eq!(at.server.post(format!("{path}/{command}"), &json!({})).owner().send().await.status, 200);
        let page = at.page(&format!("/{ann}")).await;
        assert!(page.contains("result bad") && page.contains(title), "{page}");
        assert_eq!(at.server.post(format!("{path}/reinstate"), &json!({})).owner().send().await.status, 200);
    }
    let (status, _, page) = at.get(&format!("/{}", Uuid::nil())).page().await;
    assert_eq!(status, 404);
    assert!(page.contains("result bad") && page.contains("Unknown code"), "{page}");
    let cancel = at.server.ask(Method::PATCH, format!("/api/v1/events/{}", at.event)).owner();
    let etag = at.server.etag(&at.event).await;
    assert_eq!(cancel.header("if-match", &etag).json(&json!({"status": "cancelled"})).send().await.status, 200);
    let page = at.page(&format!("/{ann}")).await;
    assert!(page.contains("result bad") && page.contains("Event cancelled"), "{page}");
}

#[tokio::test]
async fn the_code_of_another_event_and_whoever_may_not_stand_here_are_told_so() {
    let at = AtDoor::with(json!({"title": "Fair"})).await;
    let other = at.server.event(json!({"title": "Concert"})).await;
    let stranger = at.server.sign_up(&other, "Ann").await.text("id");
    let code = format!("/door/{other}/{stranger}");
    let (status, _, page) = at.server.get(&code).header("cookie", &at.cookie).page().await;
    assert_eq!(status, 403);
    assert!(page.contains("Another event") && page.contains("Fair") && !page.contains("Ann"), "{page}");
    let (status, _, page) = at.server.get(&code).page().await;
    assert_eq!(status, 403);
    assert!(page.contains("show it at the door") && page.contains(&format!("href=\"{code}\"")), "{page}");
    let (_, _, page) = at.server.get(&code).header("accept-language", "he").page().await;
    assert!(page.contains("לצוות הכניסה"), "{page}");
    let (status, _, page) = at.server.get(format!("/door/{}?token=hcd_forged", at.event)).page().await;
    assert_eq!(status, 403);
    assert!(page.contains("This door link has ended"), "{page}");
    let before = format!("headcount-door={}~{}", at.event, at.server.door(at.event.parse().unwrap(), 1).await);
    let (status, _, page) = at.server.get(format!("/door/{}", at.event)).header("cookie", &before).page().await;
    assert_eq!(status, 403);
    assert!(page.contains("This door link has ended"), "{page}");
}

#[tokio::test]
async fn managers_stand_at_the_door_by_their_login_and_staff_do_not() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let id = server.sign_up(&event, "Guest").await.text("id");
    for (role, everything, status) in [("manager", 1, 200), ("owner", 0, 200), ("staff", 0, 403)] {
        let somebody = server.account(role).await;
        server.member(HOME, &somebody, role, everything).await;
        let session = server.session(somebody.account).await;
        let (seen, _, page) = server.get(format!("/door/{event}/{id}")).session(&session).page().await;
        assert_eq!(seen, status, "{role}: {page}");
        let press = server.ask(Method::POST, format!("/door/{event}/{id}")).header("cookie", &session);
        let forged = press.header("origin", "https://evil.example").form("do=in&count=1").page().await;
        assert_eq!(forged.0, 403, "{role}: from another website");
    }
}

#[tokio::test]
async fn the_script_gets_everybody_once_and_each_tap_answered() {
    let at = AtDoor::with(json!({"max_spots": 2, "timezone": "Asia/Jerusalem"})).await;
    let id = at.sign_up("Ann", json!({"spots": 2})).await;
    let list = async || at.get("/people").send().await.body;
    let shown = |here: u32, at: &str| json!({"id": id, "name": "Ann", "role": "Participant", "status": "confirmed", "spots": 2, "here": here, "at": at});
    assert_eq!(list().await, json!({"people": [shown(0, "")], "numbers": {"here": 0, "expected": 2}}));
    let tap = async |form: &str| at.post(&id, form).header("accept", "application/json").send().await;
    let first = tap("do=in&count=2&key=k").await;
    let came_at = first.body["person"]["at"].as_str().unwrap().to_owned();
    assert_eq!((first.status.as_u16(), &first.body), (200, &json!({"person": shown(2, &came_at), "problem": null})));
    assert_eq!(came_at.len(), "19:42".len());
    assert_eq!(tap("do=in&count=2&key=k").await.body, first.body, "it was not known whether it had arrived");
    let again = tap("do=in&count=1&key=l").await;
    assert_eq!((again.status.as_u16(), &again.body["person"]), (409, &shown(2, &came_at)));
    assert!(again.body["problem"].as_str().unwrap().len() > 10);
    assert_eq!(list().await["numbers"], json!({"here": 2, "expected": 2}));
    let (status, headers, _) = at.get("/stream").page().await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    let nobody = at.server.get(format!("/door/{}/people", at.event)).page().await;
    assert_eq!(nobody.0, 403);
}

#[tokio::test]
async fn the_board_counts_people_by_role() {
    let roles = json!([{"name": "Cook", "capacity": 1}, {"name": "Server"}]);
    let at = AtDoor::with(json!({"title": "Dinner", "max_spots": 3, "roles": roles})).await;
    let cook = at.sign_up("Ann", json!({"role": "Cook"})).await;
    at.sign_up("Ben", json!({"role": "Cook"})).await;
    at.sign_up("Cem", json!({"role": "Server", "spots": 3})).await;
    at.pressed(&cook, "do=in&count=1&key=a").await;
    let arrivals = at.server.get(format!("/api/v1/events/{}/arrivals", at.event)).owner().send().await;
    assert_eq!(
        (&arrivals.body["here"], &arrivals.body["expected"], &arrivals.body["waiting"]),
        (&json!(1), &json!(4), &json!(1))
    );
    let of_role = |index: usize| {
        let role = &arrivals.body["roles"][index];
        (role["name"].as_str().unwrap(), role["here"].clone(), role["expected"].clone(), role["waiting"].clone())
    };
    assert_eq!(of_role(0), ("Cook", json!(1), json!(1), json!(1)));
    assert_eq!(of_role(1), ("Server", json!(0), json!(3), json!(0)));
    let page = at.page("/board").await;
    assert!(page.contains("<dd>1</dd>") && page.contains("<dd>4</dd>") && page.contains("<bdi>Server</bdi>"), "{page}");
}

#[tokio::test]
async fn the_roster_says_when_somebody_came() {
    let at = AtDoor::with(json!({"max_spots": 2})).await;
    let id = at.sign_up("Ann", json!({"spots": 2})).await;
    let read = async |path: String| {
        at.server.get(format!("/api/v1/events/{}/registrations{path}", at.event)).owner().send().await
    };
    assert_eq!(read(format!("/{id}")).await.body["checked_in_at"], Value::Null);
    at.pressed(&id, "do=in&count=1&key=a").await;
    let since = read(format!("/{id}")).await.text("checked_in_at");
    assert!(since.parse::<jiff::Timestamp>().is_ok(), "{since}");
    assert_eq!(read(String::new()).await.body["items"][0]["checked_in_at"], json!(since));
    at.pressed(&id, "do=undo&count=1&key=b").await;
    assert_eq!(read(format!("/{id}")).await.body["checked_in_at"], Value::Null, "nobody of them is here");
    assert_eq!(read(String::new()).await.body["items"][0]["checked_in_at"], Value::Null);
}

#[tokio::test]
async fn a_scanner_that_types_the_address_of_a_code_is_led_to_the_person() {
    let at = AtDoor::with(json!({})).await;
    let id = at.sign_up("Ann", json!({})).await;
    let typed = format!("?q=https%3A%2F%2Fevents.example%2Fdoor%2F{}%2F{id}", at.event);
    let (status, headers, _) = at.get(&typed).page().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, &*format!("/door/{}/{id}", at.event)));
    let door = at.server.door(at.event.parse().unwrap(), LATER).await;
    let other = at.server.event(json!({})).await;
    let (status, _, _) = at.server.get(format!("/door/{other}?token={door}")).page().await;
    assert_eq!(status, 403, "a door link opens no other door");
}

#[tokio::test]
async fn an_organizer_makes_a_door_link_hands_it_on_and_ends_it() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({"slug": "fair"})).await;
    let at = format!("/console/events/{event}/doors");
    assert!(server.console(&olga, &format!("/console/events/{event}")).await.contains(&at));
    let day = value(&server.console(&olga, &at).await, "expires");
    let wrong = [("do", "make"), ("key", "one"), ("name", ""), ("expires", "2001-01-01")];
    let (status, _, page) = server.press(&olga, &at, &wrong).await;
    assert!(status == 422 && page.contains("Please give a name.") && page.contains("at most 60 days"), "{page}");
    let fields = [("do", "make"), ("key", "one"), ("name", "North gate"), ("expires", &day)];
    let (status, _, made) = server.press(&olga, &at, &fields).await;
    assert!(status == 200 && made.contains("This is shown only now."), "{made}");
    let (_, link) = made.split_once(&format!("/door/{event}?token=")).expect("the link is shown");
    let link = format!("/door/{event}?token={}", link.split('"').next().unwrap());
    let (status, headers, _) = server.get(&link).page().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, &*format!("/door/{event}")));
    // Afterwards it is listed without its token, and can be ended.
    let page = server.console(&olga, &at).await;
    assert!(page.contains("<bdi>North gate</bdi>") && !page.contains("token="), "{page}");
    let door = value(&page, "door");
    let page = server.pressed(&olga, &at, &[("do", "end"), ("door", &door)]).await;
    assert!(page.contains("The link has ended.") && !page.contains("North gate"), "{page}");
    assert_eq!(server.get(&link).page().await.0, 403, "it lets nobody in any more");
}
