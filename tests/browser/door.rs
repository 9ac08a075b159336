//! The door: people come, alone and in parties, and the network goes.

use hyper::Method;
use serde_json::{Value, json};

use crate::driver::{Browser, Network};
use crate::site::Site;

/// What is shown of whoever is at the door.
const GOOD: &str = ".result.good";
const AMBER: &str = ".result.wait";
const BAD: &str = ".result.bad";
/// Lets in all who are left.
const LET_IN: &str = "[data-tap=rest] button";
const ONE: &str = "[data-tap=one] button";
const UNDO: &str = "[data-tap=none] button";

/// An event with people, and a browser at its door.
struct AtDoor {
    site: Site,
    event: String,
    browser: Browser,
}

impl AtDoor {
    async fn with(parties: &[(&str, u32)]) -> AtDoor {
        let site = Site::start().await;
        let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 20}], "max_spots": 10})).await;
        for (name, spots) in parties {
            let person = json!({"name": name, "email": format!("{name}@example.org"), "spots": spots});
            site.ask(Method::POST, &format!("/api/v1/events/{event}/registrations"), &person).await;
        }
        let link = site.ask(Method::POST, &format!("/api/v1/events/{event}/doors"), &json!({"name": "Gate"})).await;
        let browser = Browser::open().await;
        browser.go(link["url"].as_str().unwrap()).await;
        browser.shows(".door-numbers", &format!("0 of {}", parties.iter().map(|(_, spots)| spots).sum::<u32>())).await;
        AtDoor { site, event, browser }
    }

    /// Finds somebody by a part of the name.
    async fn find(&self, name: &str) {
        self.browser.fill("q", &name.to_lowercase()).await;
        self.browser.shows(".found a[data-id]", name).await;
        self.browser.click(".found a[data-id]").await;
        self.browser.shows(".result [data-part=name]", name).await;
    }

    /// How many are here, and how many came or were taken back in how many steps, by the log.
    async fn here(&self) -> (u64, usize, usize) {
        let path = format!("/api/v1/events/{}", self.event);
        let arrivals = self.site.ask(Method::GET, &format!("{path}/arrivals"), &Value::Null).await;
        let log = self.site.ask(Method::GET, &format!("{path}/log?limit=200"), &Value::Null).await;
        let kinds = |kind: &str| log["items"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).count();
        (arrivals["here"].as_u64().unwrap(), kinds("checked_in"), kinds("check_in_undone"))
    }

    async fn end(self) {
        self.browser.close().await;
        self.site.stop().await;
    }
}

#[tokio::test]
async fn what_is_pressed_while_the_network_is_gone_is_kept_and_counts_once() {
    let door = AtDoor::with(&[("Ann", 1), ("Ben", 3), ("Cem", 1)]).await;
    let browser = &door.browser;
    door.find("Ann").await;
    browser.shows(GOOD, "Come in").await;
    browser.click(LET_IN).await;
    browser.shows(GOOD, "Welcome").await;
    assert_eq!(door.here().await, (1, 1, 0));

    browser.network(Network::Gone).await;
    door.find("Ben").await;
    browser.shows(GOOD, "Come in").await;
    browser.click(ONE).await;
    browser.shows(AMBER, "Noted: 1 of 3 in").await;
    door.find("Cem").await;
    browser.click(LET_IN).await;
    browser.shows(AMBER, "Noted: 1 of 1 in").await;
    browser.shows(AMBER, "There is no network").await;
    browser.shows(".queue", "2 taps wait").await;
    assert_eq!(door.here().await, (1, 1, 0));

    browser.network(Network::There).await;
    browser.shows(GOOD, "Welcome").await;
    browser.lacks(".queue").await;
    assert_eq!(door.here().await, (3, 3, 0));
    browser.shows(".door-numbers", "3 of 5").await;
    door.find("Ben").await;
    browser.shows(GOOD, "1 of 3 are in").await;
    browser.reload().await;
    browser.shows(GOOD, "1 of 3 are in").await;
    assert_eq!(door.here().await, (3, 3, 0));
    door.end().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_and_a_page_that_is_opened_anew_let_nobody_in_twice() {
    let door = AtDoor::with(&[("Ann", 2), ("Ben", 1)]).await;
    let browser = &door.browser;
    door.find("Ann").await;
    // It arrives, but the answer does not.
    let lose = "const real = fetch; window.fetch = async (...asked) => {
        await real(...asked); window.fetch = real; window.lost = true; throw new TypeError('lost'); }";
    browser.run(lose, vec![]).await;
    browser.click(ONE).await;
    browser.shows(GOOD, "1 of 2 are in").await;
    assert_eq!(browser.run("return window.lost", vec![]).await, true);
    assert_eq!(door.here().await, (1, 1, 0));
    // Nothing arrives until the page is opened anew.
    browser.run("window.fetch = async () => { throw new TypeError('gone'); }", vec![]).await;
    door.find("Ben").await;
    browser.click(LET_IN).await;
    browser.shows(AMBER, "Noted: 1 of 1 in").await;
    assert_eq!(door.here().await, (1, 1, 0));
    browser.reload().await;
    browser.shows(".door-numbers", "2 of 3").await;
    assert_eq!(door.here().await, (2, 2, 0));
    door.end().await;
}

#[tokio::test]
async fn a_party_comes_in_parts_and_nobody_comes_twice() {
    let door = AtDoor::with(&[("Ann", 1), ("Ben", 3)]).await;
    let browser = &door.browser;
    door.find("Ben").await;
    browser.click(ONE).await;
    browser.shows(GOOD, "1 of 3 are in").await;
    browser.shows(LET_IN, "All 2").await;
    browser.click(LET_IN).await;
    browser.shows(GOOD, "3 of 3 are in").await;
    browser.lacks(LET_IN).await;
    door.find("Ann").await;
    browser.click(LET_IN).await;
    browser.shows(GOOD, "Welcome").await;
    // Somebody comes with the same name, or the same code, once more.
    door.find("Ann").await;
    browser.shows(BAD, "Already in").await;
    browser.lacks(LET_IN).await;
    browser.click(UNDO).await;
    browser.shows(GOOD, "Come in").await;
    door.find("Ben").await;
    browser.click("[data-tap=less] button").await;
    browser.shows(GOOD, "2 of 3 are in").await;
    assert_eq!(door.here().await, (2, 3, 2));
    browser.shows(".door-numbers", "2 of 4").await;
    // The board follows what happens at another door.
    browser.click(".door-numbers a").await;
    browser.shows(".board div:first-child dd", "2").await;
    let ann = door.site.id(&door.event, "Ann").await;
    browser.run("window.stays = true", vec![]).await;
    let path = format!("/api/v1/events/{}/registrations/{ann}/check-in", door.event);
    door.site.ask(Method::POST, &path, &json!({})).await;
    browser.shows(".board div:first-child dd", "3").await;
    assert_eq!(browser.run("return window.stays", vec![]).await, true, "the board follows in place");
    door.end().await;
}
