//! What must hold for every page: nothing that keeps people out (axe-core), valid HTML (html-validate), no sideways
//! scrolling on a small telephone, and little to load.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::driver::Browser;
use crate::npm;
use crate::site::Site;

/// What is loaded for the page of an event, in all.
const EVENT_PAGE_BYTES_MAX: u64 = 50_000;

/// A site with something of everything, and its pages.
async fn pages(site: &Site) -> Vec<String> {
    let roles = json!([
        {"name": "Cook", "capacity": 2, "min_needed": 2, "description": "In the kitchen"},
        {"name": "Server", "capacity": 1},
        {"name": "Guest"},
    ]);
    let settings = json!({
        "roles": roles, "description": "# Welcome\n\n- one\n- [two](https://example.org)", "location": "Hall",
        "contact": "ann@example.org", "max_spots": 4, "self_move": true, "phone": "optional", "capacity": 40,
        "starts_at": "2037-05-05T18:00:00Z", "ends_at": "2037-05-05T22:00:00Z", "timezone": "Europe/Berlin",
    });
    let event = site.event(settings).await;
    let confirmed = site.own_page(&event, "ann", "Server").await;
    let waiting = site.own_page(&event, "ben", "Server").await;
    site.event(json!({"slug": "soon", "opens_at": "2037-01-01T00:00:00Z"})).await;
    let full = json!({"slug": "full", "roles": [{"name": "Visitor", "capacity": 0}], "waitlist": {"policy": "off"}});
    site.event(full).await;
    site.event(json!({"slug": "over", "status": "closed"})).await;
    let fixed = [
        "/",
        "/?q=nothing",
        "/e/fair",
        "/e/soon",
        "/e/full",
        "/e/over",
        "/e/none",
        "/find",
        "/login",
        "/forgot",
        "/register",
        "/r/none",
        "/l/none",
    ];
    let mut pages: Vec<String> = fixed.into_iter().map(str::to_owned).collect();
    pages.extend([format!("{confirmed}?new"), format!("{confirmed}?cancel"), waiting]);
    pages
}

#[tokio::test]
async fn no_page_keeps_anybody_out() {
    let site = Site::start().await;
    let pages = pages(&site).await;
    let folder = npm::installed("pages", &["package.json", "package-lock.json", ".npmrc"], &["validate.mjs"]);
    let axe = fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).unwrap();
    let browser = Browser::open().await;
    for (language, scheme) in [("en", "light"), ("he", "dark")] {
        browser.prefers("prefers-color-scheme", scheme).await;
        for path in &pages {
            browser.go(&site.url(path)).await;
            browser.run("document.querySelectorAll('details').forEach((one) => (one.open = true))", vec![]).await;
            browser.run(&axe, vec![]).await;
            let ask = "const told = arguments[0]; axe.run().then(told, (error) => told({violations: [String(error)]}))";
            let found = browser.run_until_called(ask, vec![]).await;
            let wrong: Vec<String> = found["violations"].as_array().unwrap().iter().map(in_short).collect();
            assert!(wrong.is_empty(), "{path} in {language}, {scheme}: {wrong:#?}");
            for width in [320, 390, 1280] {
                browser.client().set_window_size(width, 900).await.unwrap();
                let beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(browser.run(beyond, vec![]).await, 0, "{path} in {language} is too wide for {width} pixels");
            }
        }
        if language == "en" {
            browser.go(&site.url("/find")).await;
            browser.click("button[lang=he]").await;
            browser.find("html[lang=he]").await;
        }
    }
    browser.close().await;
    site.stop().await;
}

/// What axe-core found, with where it is.
fn in_short(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let places: Vec<String> =
        nodes.iter().map(|node| format!("{} {}", node["target"], node["failureSummary"])).collect();
    format!("{} {}: {}", violation["impact"], violation["id"], places.join("; "))
}

#[tokio::test]
async fn every_page_is_valid_html() {
    let site = Site::start().await;
    let mut texts = Map::new();
    for path in pages(&site).await {
        texts.insert(path.clone(), site.html(&path).await.into());
    }
    let folder = npm::installed("pages", &["package.json", "package-lock.json", ".npmrc"], &["validate.mjs"]);
    let mut command = Command::new("node");
    command.arg("validate.mjs").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut checker = command.spawn().expect("node can be run: scripts/test installs it");
    checker.stdin.take().unwrap().write_all(Value::Object(texts).to_string().as_bytes()).unwrap();
    let output = checker.wait_with_output().unwrap();
    assert!(output.status.success());
    let wrong = String::from_utf8(output.stdout).unwrap();
    assert!(wrong.is_empty(), "{wrong}");
    site.stop().await;
}

#[tokio::test]
async fn the_page_of_an_event_is_small() {
    let site = Site::start().await;
    pages(&site).await;
    let browser = Browser::open().await;
    browser.go(&site.url("/e/fair")).await;
    let sizes = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => !one.name.endsWith('/stream')).map((one) => one.transferSize)";
    let sizes: Vec<u64> = serde_json::from_value(browser.run(sizes, vec![]).await).unwrap();
    let all: u64 = sizes.iter().sum();
    assert!(sizes.len() >= 4 && all <= EVENT_PAGE_BYTES_MAX, "{all} bytes: {sizes:?}");
    browser.close().await;
    site.stop().await;
}
