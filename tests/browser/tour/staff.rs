//! The pages of staff: what they are called to, and what they may not see.

use hyper::Method;
use serde_json::{Value, json};

use super::{HOME, Stop, roles, text};
use crate::driver::Browser;
use crate::site::Site;

pub(super) async fn stops(site: &Site, browser: &Browser) -> Vec<Stop> {
    let team = site.ask(Method::POST, &format!("/api/v1/{HOME}/teams"), &json!({"name": "Kitchen"})).await;
    let team = text(&team, "id");
    site.log_in_as_staff(browser, "Sam", &team).await;
    let mut stops = calls(site, &team).await;
    stops.extend(as_a_guest(site).await);
    let draft = site.event(json!({"slug": "draft", "title": "Harvest festival", "status": "draft"})).await;
    stops.extend([
        Stop::at("staff-console", "/console"),
        Stop::at("staff-event-new", "/console/events/new"),
        Stop::at("staff-roster", format!("/console/events/{draft}")),
        Stop::at("staff-draft", "/e/draft"),
        Stop::at("staff-door", format!("/door/{draft}")),
        Stop::at("staff-organization", format!("/console/{HOME}")),
        Stop::at("staff-account", "/account"),
        Stop::at("no-such-page", "/no/such/page"),
    ]);
    stops
}

/// What staff are called to: two at the same time, one without an answer, one that is full.
async fn calls(site: &Site, team: &str) -> Vec<Stop> {
    let call = |title: &str, roles: Value| {
        json!({
            "title": title, "slug": title.to_lowercase().replace(' ', "-"), "teams": [team], "visibility": "team",
            "starts_at": "2037-06-01T18:00:00Z", "ends_at": "2037-06-01T21:00:00Z", "roles": roles,
        })
    };
    let two = json!([{"name": "Cook", "capacity": 2}, {"name": "Baker", "capacity": 1, "min_needed": 1}]);
    let soup = site.event(call("Soup kitchen", two)).await;
    let fair = site.event(call("Street fair", json!([{"name": "Cook", "capacity": 3}]))).await;
    site.event(call("Full already", json!([{"name": "Cook", "capacity": 0}]))).await;
    let cook = roles(site, &soup).await.remove(0);
    let of_fair = roles(site, &fair).await.remove(0);
    vec![
        Stop::at("my", "/my"),
        Stop::sent("my-accepted", format!("/my/{soup}"), &[("key", "soup"), ("role", &cook), ("response", "accept")]),
        Stop::sent("my-both", format!("/my/{fair}"), &[("key", "fair"), ("role", &of_fair), ("response", "accept")]),
        Stop::sent("my-refused", format!("/my/{soup}"), &[("key", "more"), ("role", &cook), ("response", "accept")]),
    ]
}

/// Whoever is logged in signs up with one press.
async fn as_a_guest(site: &Site) -> Vec<Stop> {
    let roles = json!([{"name": "Visitor", "capacity": 2}]);
    site.event(json!({"slug": "concert", "title": "Concert", "roles": roles})).await;
    let full = json!([{"name": "Visitor", "capacity": 0}]);
    site.event(json!({"slug": "full", "title": "Choir evening", "roles": full})).await;
    vec![Stop::at("event-member", "/e/concert"), Stop::at("event-member-full", "/e/full")]
}
