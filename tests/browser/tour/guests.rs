//! The pages of those who sign up.

use hyper::Method;
use serde_json::json;

use super::{HOME, Stop, command, dinner, join, roles, text};
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
    let gone = join(site, &event, "Cook", json!({"name": "Gil", "email": "gil@example.org"})).await;
    command(site, &event, &gone, "cancel", json!({})).await;
    vec![
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
        Stop::at("own-none", "/r/none"),
        Stop::at("door-closed", format!("/door/{event}")),
        Stop::at("door-ended", format!("/door/{event}?token=ended")),
    ]
}

/// Somebody who signs up: their name, how many they are, and the role. Whoever has no name has no address either.
fn attempt(page: &'static str, path: &str, [name, spots, role]: [&str; 3]) -> Stop {
    let email = if name.is_empty() { "nobody" } else { "guest@example.org" };
    let key = "a-key-of-the-tour-that-nobody-guesses";
    Stop::sent(page, path, &[("key", key), ("name", name), ("email", email), ("spots", spots), ("role", role)])
}

async fn accounts(site: &Site) -> Vec<Stop> {
    let invitation = json!({"email": "ida@example.org", "role": "manager"});
    let invitation = site.ask(Method::POST, &format!("/api/v1/{HOME}/invitations"), &invitation).await;
    let invitation = format!("/l/{}", text(&invitation, "url").rsplit('/').next().unwrap());
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
        Stop::sent("register-wrong", "/register", &[("name", ""), ("email", "nobody"), ("password", "short")]),
        Stop::at("link-setup", site.setup_path()),
        Stop::sent("link-setup-wrong", site.setup_path(), &[("name", ""), ("email", "nobody"), ("password", "short")]),
        Stop::at("link-invitation", invitation),
        Stop::at("link-none", "/l/none"),
    ]
}
