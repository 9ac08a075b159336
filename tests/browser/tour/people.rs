//! The pages of accounts and organizations.

use hyper::Method;
use serde_json::{Value, json};

use super::{HOME, Stop, text};
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
    let invitation = site.ask(Method::POST, &format!("/api/v1/{HOME}/invitations"), &invitation).await;
    // Whoever comes to a team has to log in again.
    site.log_in_again(browser).await;
    let mut stops = own_account();
    stops.extend(organization(&account, &team));
    let reset = format!("/api/v1/{HOME}/members/{account}/reset-link");
    let reset = site.ask(Method::POST, &reset, &json!({})).await;
    stops.extend(
        [("link-invitation", invitation), ("link-reset", reset)]
            .map(|(name, made)| Stop::at(name, format!("/l/{}", text(&made, "url").rsplit('/').next().unwrap()))),
    );
    stops.extend(webhooks(site).await);
    stops
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
