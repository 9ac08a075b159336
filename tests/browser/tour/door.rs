//! The pages of whoever stands at a door and has no account.

use hyper::Method;
use serde_json::json;

use super::{Stop, command, dinner, erase, join, text};
use crate::site::Site;

pub(super) async fn stops(site: &Site) -> Vec<Stop> {
    let event = dinner(site).await;
    let person = |name: &str, spots: u32| json!({"name": name, "spots": spots});
    let party = join(site, &event, "Server", person("Ann Example", 3)).await;
    let one = join(site, &event, "Server", person("נועה לוי", 1)).await;
    let waiting = join(site, &event, "Server", person("Anton Baker", 2)).await;
    let some = join(site, &event, "Cook", person("Anna Cook", 4)).await;
    let cancelled = join(site, &event, "Cook", person("Hannah Long", 1)).await;
    command(site, &event, &cancelled, "cancel", json!({})).await;
    command(site, &event, &some, "check-in", json!({"count": 2})).await;
    command(site, &event, &one, "check-in", json!({})).await;
    let over = site.event(json!({"slug": "over", "title": "Autumn fair", "starts_at": "2001-10-01T10:00:00Z"})).await;
    let erased = join(site, &over, "Participant", json!({"name": "Gil", "email": "gil@example.org"})).await;
    erase(site, "gil@example.org").await;
    let called_off = site.event(json!({"slug": "called-off", "title": "Lecture"})).await;
    let guest = join(site, &called_off, "Participant", person("Ida Jones", 1)).await;
    site.edit(&called_off, &json!({"status": "cancelled"})).await;
    let at = |rest: &str| format!("/door/{event}{rest}");
    vec![
        Stop::at("door", door_link(site, &event).await),
        Stop::at("door-found", at("?q=ann")),
        Stop::at("door-none", at("?q=nobody")),
        Stop::at("door-come-in", at(&format!("/{party}"))),
        Stop::at("door-part", at(&format!("/{some}"))),
        Stop::at("door-welcome", at(&format!("/{one}?done=in"))),
        Stop::at("door-all", at(&format!("/{one}"))),
        Stop::at("door-waiting", at(&format!("/{waiting}"))),
        Stop::at("door-cancelled", at(&format!("/{cancelled}"))),
        Stop::sent("door-refused", at(&format!("/{one}")), &[("do", "in"), ("count", "1"), ("key", "one-more")]),
        Stop::at("door-unknown", at("/01234567-89ab-7cde-8f01-23456789abcd")),
        Stop::at("board", at("/board")),
        Stop::at("door-of-another-event", format!("/door/{called_off}/{guest}")),
        Stop::at("door-of-the-lecture", door_link(site, &called_off).await),
        Stop::at("door-called-off", format!("/door/{called_off}/{guest}")),
        Stop::at("door-of-the-fair", door_link(site, &over).await),
        Stop::at("door-erased", format!("/door/{over}/{erased}")),
        Stop::at("door-erased-found", format!("/door/{over}?q=erased")),
        Stop::at("board-of-the-fair", format!("/door/{over}/board")),
    ]
}

/// The path of a door link. From where it is opened on, this browser stands at that door.
async fn door_link(site: &Site, event: &str) -> String {
    let link = site.ask(Method::POST, &format!("/api/v1/events/{event}/doors"), &json!({"name": "Gate"})).await;
    let link = text(&link, "url");
    link[link.find("/door/").unwrap()..].to_owned()
}
