//! The pages of a site where nothing has happened yet: they teach what to do.

use serde_json::json;

use super::{HOME, Stop};
use crate::driver::Browser;
use crate::site::Site;

pub(super) async fn stops(site: &Site, browser: &Browser) -> Vec<Stop> {
    site.log_in(browser).await;
    let draft = site.event(json!({"slug": "draft", "title": "Harvest festival", "status": "draft"})).await;
    let roles = json!([{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 2}]);
    let open = site.event(json!({"slug": "open", "title": "Community dinner", "roles": roles})).await;
    let past = json!({"slug": "past", "starts_at": "2001-01-01T00:00:00Z", "visibility": "unlisted"});
    let past = site.event(past).await;
    let of = |event: &str, rest: &str| format!("/console/events/{event}{rest}");
    vec![
        Stop::at("empty-home", "/?q=nothing"),
        // Until a time before which nothing was.
        Stop::at("empty-console", "/console?when=past&until=1999-01-01T00:00:00Z"),
        Stop::at("empty-console-search", "/console?q=nothing"),
        Stop::at("empty-my", "/my"),
        Stop::at("empty-draft", of(&draft, "")),
        Stop::at("empty-draft-page", "/e/draft"),
        Stop::sent("ask-delete", of(&draft, ""), &[("do", "delete")]),
        Stop::at("empty-roster", of(&open, "")),
        Stop::at("empty-roster-found", of(&open, "?q=nobody")),
        Stop::at("empty-roster-of-one-role", of(&past, "")),
        Stop::sent("ask-call-off-empty", of(&open, ""), &[("do", "call-off")]),
        Stop::at("empty-history", of(&open, "/history?kind=checked_in")),
        Stop::at("empty-report", of(&open, "/report")),
        Stop::at("empty-door", format!("/door/{open}")),
        Stop::at("empty-board", format!("/door/{open}/board")),
        Stop::at("empty-organization", format!("/console/{HOME}")),
        Stop::at("empty-webhooks", format!("/console/{HOME}/webhooks")),
        Stop::at("empty-account", "/account"),
        Stop::at("find-without-mail", "/find"),
        Stop::at("forgot-without-mail", "/forgot"),
    ]
}
