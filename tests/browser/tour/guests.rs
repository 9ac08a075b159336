//! The pages of those who sign up.

use hyper::Method;
use serde_json::{Value, json};

use super::{Stop, command, dinner, join, roles, text};
use crate::site::Site;

pub(super) async fn stops(site: &Site) -> Vec<Stop> {
    let mut stops = events(site).await;
    stops.extend(accounts(site).await);
    stops
}

async fn events(site: &Site) -> Vec<Stop> {
    let event = dinner(site).await;
    let [server, cook] = <[String; 2]>::try_from(roles(site, &event).await).unwrap();
    let own = site.own_page(&event, "ann", "Server").await;
    join(site, &event, "Server", json!({"name": "Ben Example", "spots": 2})).await;
    let leaving = site.own_page(&event, "cem", "Cook").await;
    let full = json!([{"name": "Visitor", "capacity": 2}]);
    let full = site.event(json!({"slug": "full", "title": "Choir evening", "roles": full, "max_spots": 4})).await;
    join(site, &full, "Visitor", json!({"name": "Dana", "spots": 2})).await;
    let waiting = site.own_page(&full, "eli", "Visitor").await;
    let none = json!([{"name": "Visitor", "capacity": 0}]);
    site.event(json!({"slug": "none-left", "roles": none, "waitlist": {"policy": "off"}})).await;
    site.event(json!({"slug": "soon", "title": "Concert", "opens_at": "2037-01-01T00:00:00Z"})).await;
    site.event(json!({"slug": "over", "title": "Sold out long ago", "status": "closed"})).await;
    let lecture = site.event(json!({"slug": "lecture", "title": "A lecture that does not take place"})).await;
    let cancelled = site.own_page(&lecture, "fay", "Participant").await;
    site.edit(&lecture, &json!({"status": "cancelled"})).await;
    let strange = json!({
        "slug": "strange", "title": "<script>alert(1)</script> ערב טוב 🎉", "location": "W".repeat(200),
        "description": "<b onclick=\"alert(1)\">x</b> [y](javascript:alert(1))", "max_spots": 2,
        "roles": [{"name": "=HYPERLINK(\"https://example.org\")", "capacity": 3}, {"name": "עוזרים 🎻", "capacity": null}],
    });
    site.event(strange).await;
    let (gone, gone_page) = known(site, &event, "gil", "Cook").await;
    command(site, &event, &gone, "cancel", json!({})).await;
    let (removed, removed_page) = known(site, &event, "hal", "Cook").await;
    command(site, &event, &removed, "remove", json!({"reason": "Asked to be taken off by phone"})).await;
    let over = json!({"slug": "began", "title": "It has begun", "starts_at": "2001-05-05T18:00:00Z"});
    let over = site.event(over).await;
    let (_, too_late) = known(site, &over, "ida", "Participant").await;
    let mut stops = vec![
        Stop::at("home", "/"),
        Stop::at("home-nothing", "/?q=nothing"),
        Stop::at("event", "/e/dinner"),
        attempt("event-wrong", "/e/dinner", ["", "9", &server]),
        attempt("event-fits-less", "/e/dinner", ["Guest", "4", &server]),
        attempt("event-no-role", "/e/dinner", ["Guest", "1", ""]),
        Stop::at("event-embedded", "/e/dinner/embed"),
        Stop::at("event-full", "/e/full"),
        attempt("event-last-taken", "/e/full", ["Guest", "1", ""]),
        Stop::at("event-full-no-waitlist", "/e/none-left"),
        attempt("event-refused", "/e/none-left", ["Guest", "1", ""]),
        Stop::at("event-soon", "/e/soon"),
        Stop::at("event-over", "/e/over"),
        Stop::at("event-cancelled", "/e/lecture"),
        Stop::at("event-strange", "/e/strange"),
        Stop::at("event-none", "/e/none"),
        Stop::at("own-new", format!("{own}?new")),
        Stop::at("own", own.clone()),
        Stop::sent("own-wrong", own.clone(), &[("do", "contact"), ("name", ""), ("phone", "1")]),
        Stop::sent("own-refused", own.clone(), &[("do", "resize"), ("spots", "9")]),
        Stop::at("own-cancel", format!("{own}?cancel")),
        Stop::at("own-waiting-new", format!("{waiting}?new")),
        Stop::at("own-waiting", waiting),
        Stop::at("own-cancelled-event", cancelled),
        Stop::sent("own-moved", leaving.clone(), &[("do", "move"), ("role", &cook)]),
        Stop::sent("own-moved-again", leaving.clone(), &[("do", "move"), ("role", &cook)]),
        Stop::at("own-cancelled", gone_page),
        Stop::at("own-removed", removed_page),
        Stop::at("own-too-late", too_late),
        Stop::at("own-none", "/r/none"),
        Stop::at("no-such-page", "/no/such/page"),
        Stop::at("door-closed", format!("/door/{event}")),
        Stop::at("door-ended", format!("/door/{event}?token=ended")),
    ];
    stops.extend(to_be_confirmed(site).await);
    stops
}

/// A sign-up that takes a look at one's mail.
async fn to_be_confirmed(site: &Site) -> Vec<Stop> {
    let roles = json!([{"name": "Visitor", "capacity": 1}]);
    let event = json!({"slug": "confirm", "title": "Workshop", "roles": roles, "verify_minutes": 1440});
    let event = site.event(event).await;
    site.come(&event, "Ann").await;
    site.come(&event, "Ben").await;
    let list = site.ask(Method::GET, &format!("/api/v1/events/{event}/registrations"), &Value::Null).await;
    let page = |index: usize| own_page(&list["items"][index]);
    vec![
        Stop::at("event-to-confirm", "/e/confirm"),
        Stop::sent(
            "mail-sent",
            "/e/confirm",
            &[
                ("key", "a-key-of-the-tour-that-nobody-guesses"),
                ("name", "Cem"),
                ("email", "cem@example.org"),
                ("if_full", "wait"),
            ],
        ),
        Stop::at("own-held", page(0)),
        Stop::at("own-held-waiting", page(1)),
    ]
}

/// Somebody who signed up: their id, and the path of their own page.
async fn known(site: &Site, event: &str, name: &str, role: &str) -> (String, String) {
    let made = site.sign_up(event, name, role).await;
    (text(&made, "id"), own_page(&made))
}

fn own_page(registration: &Value) -> String {
    format!("/r/{}", text(registration, "manage_url").rsplit('/').next().unwrap())
}

/// Somebody who signs up: their name, how many they are, and the role. Whoever has no name has no address either.
fn attempt(page: &'static str, path: &str, [name, spots, role]: [&str; 3]) -> Stop {
    let email = if name.is_empty() { "nobody" } else { "guest@example.org" };
    let key = "a-key-of-the-tour-that-nobody-guesses";
    Stop::sent(page, path, &[("key", key), ("name", name), ("email", email), ("spots", spots), ("role", role)])
}

async fn accounts(site: &Site) -> Vec<Stop> {
    let somebody = [("email", "somebody@example.org"), ("password", "correct horse battery")];
    vec![
        Stop::at("find", "/find"),
        Stop::sent("find-done", "/find", &[("email", "ann@example.org")]),
        Stop::sent("find-wrong", "/find", &[("email", "nobody")]),
        Stop::at("login", "/login"),
        Stop::sent("login-wrong", "/login", &somebody),
        Stop::at("forgot", "/forgot"),
        Stop::sent("forgot-done", "/forgot", &somebody),
        Stop::at("register", "/register"),
        Stop::sent(
            "register-done",
            "/register",
            &[("name", "Jan"), ("email", "jan@example.org"), ("password", "correct horse battery")],
        ),
        Stop::sent("register-wrong", "/register", &[("name", ""), ("email", "nobody"), ("password", "short")]),
        Stop::at("link-setup", site.setup_path()),
        Stop::sent("link-setup-wrong", site.setup_path(), &[("name", ""), ("email", "nobody"), ("password", "short")]),
        Stop::at("link-none", "/l/none"),
    ]
}
