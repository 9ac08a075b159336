//! The pages of accounts, organizations, staff and the door.

use hyper::Method;
use serde_json::{Value, json};

use super::{HOME, Stop, command, dinner, join, roles, text};
use crate::driver::Browser;
use crate::site::Site;

pub(super) async fn stops(site: &Site, browser: &Browser) -> Vec<Stop> {
    site.log_in(browser).await;
    let members = site.ask(Method::GET, &format!("/api/v1/{HOME}/members"), &Value::Null).await;
    let account = text(&members["items"][0], "account_id");
    let team = site.ask(Method::POST, &format!("/api/v1/{HOME}/teams"), &json!({"name": "Kitchen"})).await;
    let team = text(&team, "id");
    site.ask(Method::POST, &format!("/api/v1/{HOME}/teams"), &json!({"name": "צוות האולם"})).await;
    site.ask(Method::PUT, &format!("/api/v1/{HOME}/teams/{team}/members/{account}"), &json!({})).await;
    let invitation = json!({"email": "ben@example.org", "role": "manager", "everything": true});
    site.ask(Method::POST, &format!("/api/v1/{HOME}/invitations"), &invitation).await;
    // Whoever comes to a team has to log in again.
    site.log_in_again(browser).await;
    let mut stops = calls(site, &team).await;
    stops.extend(own_account());
    stops.extend(organization(&account, &team));
    stops.extend(webhooks(site).await);
    stops.extend(door(site).await);
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

fn own_account() -> Vec<Stop> {
    let token = [
        ("do", "token"),
        ("key", "a-token"),
        ("token_name", "The screen in the hall"),
        ("scopes", "read"),
        ("scopes", "check_in"),
    ];
    vec![
        Stop::sent("account-token", "/account", &token),
        Stop::at("account", "/account"),
        Stop::sent("account-wrong", "/account", &[("do", "password"), ("current", "wrong"), ("new", "short")]),
        Stop::sent("account-token-wrong", "/account", &[("do", "token"), ("key", "k"), ("expires", "2001-01-01")]),
    ]
}

fn organization(account: &str, team: &str) -> Vec<Stop> {
    let page = format!("/console/{HOME}");
    vec![
        Stop::at("organization", page.clone()),
        Stop::at("organization-remove", format!("{page}?remove={account}")),
        Stop::at("organization-remove-team", format!("{page}?remove-team={team}")),
        Stop::sent("organization-wrong", page.clone(), &[("do", "invite"), ("key", "i"), ("email", "nobody")]),
        Stop::sent("organization-refused", page.clone(), &[("do", "member"), ("account", account), ("role", "staff")]),
        Stop::sent("organization-link", page, &[("do", "reset-link"), ("key", "r"), ("account", account)]),
    ]
}

/// One that goes nowhere: the names of `.invalid` are nobody's.
async fn webhooks(site: &Site) -> Vec<Stop> {
    let api = format!("/api/v1/{HOME}/webhooks");
    let hook = json!({"url": "https://hooks.invalid/a/rather/long/path/to/where/messages/go", "kinds": ["*"], "personal": true});
    let hook = text(&site.ask(Method::POST, &api, &hook).await, "id");
    site.ask(Method::POST, &format!("{api}/{hook}/test"), &json!({})).await;
    let ended = json!({"url": "https://example.invalid/hook", "kinds": ["signed_up", "cancelled"]});
    let ended = text(&site.ask(Method::POST, &api, &ended).await, "id");
    site.ask(Method::PATCH, &format!("{api}/{ended}"), &json!({"active": false})).await;
    let page = format!("/console/{HOME}/webhooks");
    let make = [("do", "make"), ("key", "hook"), ("url", "https://new.invalid/"), ("which", "all")];
    vec![
        Stop::at("webhooks", page.clone()),
        Stop::at("webhooks-messages", format!("{page}?show={hook}")),
        Stop::at("webhooks-remove", format!("{page}?remove={hook}")),
        Stop::sent("webhooks-made", page.clone(), &make),
        Stop::sent("webhooks-wrong", page, &[("do", "make"), ("key", "w"), ("url", "ftp://x"), ("which", "some")]),
    ]
}

async fn door(site: &Site) -> Vec<Stop> {
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
    let called_off = site.event(json!({"slug": "called-off", "title": "Lecture"})).await;
    let guest = join(site, &called_off, "Participant", person("Ida Jones", 1)).await;
    site.edit(&called_off, &json!({"status": "cancelled"})).await;
    let at = |rest: &str| format!("/door/{event}{rest}");
    vec![
        Stop::at("door", at("")),
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
        Stop::at("door-called-off", format!("/door/{called_off}/{guest}")),
        Stop::at("board", at("/board")),
    ]
}
