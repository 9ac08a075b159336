//! What goes wrong between people and the server: impatience, lost connections, early birds, odd names.

use headcount::clock;
use serde_json::json;

use crate::driver::{Browser, Network};
use crate::site::Site;

const BUTTON: &str = ".sign-up button.big";

async fn fill_in(browser: &Browser, site: &Site) {
    browser.go(&site.url("/e/fair")).await;
    browser.fill("name", "Ann").await;
    browser.fill("email", "ann@example.org").await;
}

#[tokio::test]
async fn a_double_click_and_going_back_and_reloading_make_one_registration() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 3}]})).await;
    let browser = Browser::open().await;
    fill_in(&browser, &site).await;
    browser
        .run(
            "const button = document.querySelector(arguments[0]); button.click(); button.click();",
            vec![json!(BUTTON)],
        )
        .await;
    browser.says("You are in!").await;
    browser.reload().await;
    browser.says("You are in!").await;
    browser.back().await;
    // The form as it was: the same attempt once more leads to the same place.
    browser.fill("name", "Ann").await;
    browser.fill("email", "ann@example.org").await;
    browser.click(BUTTON).await;
    browser.find("main .notice").await;
    assert_eq!(site.roster(&event).await.len(), 1);
    assert!(!browser.text().await.contains("key"), "nobody is told of keys");
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn an_attempt_that_was_answered_and_then_changed_is_another_one() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 3}]})).await;
    let browser = Browser::open().await;
    fill_in(&browser, &site).await;
    let key = browser.value("key").await;
    browser.click(BUTTON).await;
    browser.says("You are in!").await;
    // Somebody else at the same browser, by a page that was kept with its key.
    browser.go(&site.url("/e/fair")).await;
    browser.run("document.querySelector('[name=key]').value = arguments[0]", vec![json!(key)]).await;
    browser.fill("name", "Ben").await;
    browser.fill("email", "ben@example.org").await;
    browser.click(BUTTON).await;
    browser.says("You are in!").await;
    browser.says("Ben").await;
    assert_eq!(site.roster(&event).await.len(), 2);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn a_lost_connection_loses_and_doubles_nothing() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 3}]})).await;
    let browser = Browser::open().await;
    fill_in(&browser, &site).await;
    browser.network(Network::Gone).await;
    browser.click(BUTTON).await;
    browser.says("It is not known whether this arrived.").await;
    assert_eq!(browser.value("name").await, "Ann");
    browser.network(Network::There).await;
    browser.click(BUTTON).await;
    browser.says("You are in!").await;
    assert_eq!(site.roster(&event).await.len(), 1);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn who_comes_early_fills_in_the_form_and_presses_at_the_second() {
    // First the browser: how long it takes to open is not to be counted.
    let (site, browser) = (Site::start().await, Browser::open().await);
    let opens_at = jiff::Timestamp::from_millisecond(clock::now().0 + 6_000).unwrap().to_string();
    let event = site.event(json!({"opens_at": opens_at, "roles": [{"name": "Visitor", "capacity": 3}]})).await;
    browser.go(&site.url("/e/fair")).await;
    browser.says("Opens in").await;
    browser.find("button[aria-disabled]").await;
    browser.fill("name", "Ann").await;
    browser.fill("email", "ann@example.org").await;
    browser.find("button.big:not([aria-disabled])").await;
    assert_eq!(
        (browser.value("name").await.as_str(), browser.value("email").await.as_str()),
        ("Ann", "ann@example.org")
    );
    assert_eq!(browser.run("return document.activeElement.name", vec![]).await, "email", "the focus stays");
    browser.click(BUTTON).await;
    browser.says("You are in!").await;
    assert_eq!(site.roster(&event).await.len(), 1);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn names_of_every_kind_are_shown_as_they_are() {
    let site = Site::start().await;
    let long = "x".repeat(200);
    for name in ["<script>alert(1)</script>", "=HYPERLINK(\"https://evil.example\")", "דנה כהן", "😀👩‍👩‍👧", long.as_str()]
    {
        let slug = format!("e{}", clock::now().0);
        let event = json!({"title": name, "slug": slug, "description": name, "roles": [{"name": name, "capacity": 2}, {"name": "Other"}]});
        let event = site.event(event).await;
        let own = site.own_page(&event, "ann", name).await;
        let browser = Browser::open().await;
        for path in ["/".to_owned(), format!("/e/{slug}")] {
            browser.go(&site.url(&path)).await;
            assert!(browser.text().await.contains(name), "{path}: {}", browser.text().await);
            let width = browser.run("return document.documentElement.scrollWidth - innerWidth", vec![]).await;
            assert!(width.as_i64().unwrap() <= 0, "{path} is {width} pixels too wide for {name}");
        }
        browser.go(&site.url(&own)).await;
        assert!(browser.text().await.contains(name));
        browser.close().await;
    }
    site.stop().await;
}
