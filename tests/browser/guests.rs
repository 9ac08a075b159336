//! Guests sign up.

use serde_json::json;

use crate::driver::{Browser, Script, Setup};
use crate::site::Site;

/// Opens the page of the event and fills in the form.
async fn fill_in(browser: &Browser, site: &Site, name: &str) {
    browser.go(&site.url("/e/fair")).await;
    browser.fill("name", name).await;
    browser.fill("email", &format!("{}@example.org", name.to_lowercase())).await;
}

const BUTTON: &str = ".sign-up button.big";

#[tokio::test]
async fn of_two_who_race_for_the_last_place_one_gets_it_and_the_other_is_offered_the_waitlist() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 1}]})).await;
    let (ann, ben) = tokio::join!(Browser::open(), Browser::open());
    tokio::join!(fill_in(&ann, &site, "Ann"), fill_in(&ben, &site, "Ben"));
    tokio::join!(ann.click(BUTTON), ben.click(BUTTON));
    let is_in = async |browser: &Browser| {
        browser.find("main .notice").await;
        browser.url().await.contains("/r/")
    };
    let (ann_is_in, ben_is_in) = tokio::join!(is_in(&ann), is_in(&ben));
    assert_ne!(ann_is_in, ben_is_in);
    let (winner, other) = if ann_is_in { (&ann, &ben) } else { (&ben, &ann) };
    winner.says("You are in!").await;
    other.says("That was close: all places were taken at").await;
    assert_eq!(other.value("email").await, if ann_is_in { "ben@example.org" } else { "ann@example.org" });
    assert_eq!(site.roster(&event).await.len(), 1, "nobody waits who was not asked");
    other.press("Join the waitlist").await;
    other.says("You are on the waitlist").await;
    other.says("You are next in line").await;
    tokio::join!(ann.close(), ben.close());
    site.stop().await;
}

#[tokio::test]
async fn of_three_two_get_the_two_places_and_the_third_sees_it_before_filling_anything_in() {
    let site = Site::start().await;
    let roles = json!([{"name": "Visitor", "capacity": 2}]);
    let event = site.event(json!({"roles": roles, "waitlist": {"policy": "off"}})).await;
    let third = Browser::open().await;
    third.go(&site.url("/e/fair")).await;
    third.says("0 of 2 taken").await;
    third.says("2 places free").await;
    for name in ["Ann", "Ben"] {
        let browser = Browser::open().await;
        fill_in(&browser, &site, name).await;
        browser.click(BUTTON).await;
        browser.says("You are in!").await;
        browser.close().await;
    }
    // The page that stood open follows.
    third.says("2 of 2 taken").await;
    third.says("full").await;
    third.reload().await;
    third.says("All places are taken, and there is no waitlist.").await;
    assert!(!third.has(BUTTON).await);
    assert_eq!(site.roster(&event).await.len(), 2);
    third.close().await;
    site.stop().await;
}

#[tokio::test]
async fn without_scripts_one_signs_up_changes_and_cancels() {
    let site = Site::start().await;
    let roles = json!([{"name": "Cook", "capacity": 5}, {"name": "Server", "capacity": 5}]);
    let event = site.event(json!({"roles": roles, "max_spots": 4, "self_move": true, "phone": "optional"})).await;
    let browser = Browser::with(Setup { script: Script::Off, ..Setup::default() }).await;
    fill_in(&browser, &site, "Ann").await;
    // Only what the server finds out: browsers demand a role and an address by themselves.
    browser.fill("phone", "12").await;
    browser.click("[name=role]").await;
    browser.click(BUTTON).await;
    browser.says("Please correct what is marked.").await;
    browser.says("Please give a phone number").await;
    assert_eq!(browser.value("name").await, "Ann");
    browser.fill("phone", "+49 30 901820").await;
    browser.fill("spots", "2").await;
    browser.click(BUTTON).await;
    browser.says("You are in!").await;
    browser.says("Ann, 2 people").await;

    browser.press("How many are you?").await;
    browser.fill("spots", "3").await;
    browser.click("button[value=resize]").await;
    browser.says("Ann, 3 people").await;
    browser.press("Your details").await;
    browser.fill("name", "Ann B.").await;
    browser.click("button[value=contact]").await;
    browser.says("Ann B., 3 people").await;
    browser.press("Another role").await;
    browser.click(".choice:nth-of-type(2) input").await;
    browser.click("button[value=move]").await;
    browser.find(".facts").await;
    browser.says("Server").await;

    browser.press("Cancel my sign-up").await;
    browser.says("Really cancel?").await;
    browser.press("No, keep it").await;
    browser.says("You have a place").await;
    browser.press("Cancel my sign-up").await;
    browser.press("Yes, cancel").await;
    browser.says("Your place is free for others.").await;
    assert_eq!(site.roster(&event).await, [("Ann B.".to_owned(), "cancelled".to_owned())]);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn a_party_that_does_not_fit_is_offered_what_is_left_beside_waiting() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 3}], "max_spots": 6})).await;
    let browser = Browser::open().await;
    fill_in(&browser, &site, "Ann").await;
    browser.fill("spots", "5").await;
    browser.click(BUTTON).await;
    browser.says("There are only 3 places left, and you are 5.").await;
    browser.says("Wait for 5 together").await;
    browser.press("Take 3 now").await;
    browser.says("You are in!").await;
    browser.says("3 people").await;
    assert_eq!(site.roster(&event).await.len(), 1);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn by_keyboard_alone() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 3}]})).await;
    let browser = Browser::open().await;
    browser.go(&site.url("/e/fair")).await;
    browser.run("document.querySelector('.skip').focus()", vec![]).await;
    let focused =
        async || browser.run("return document.activeElement.name || document.activeElement.className", vec![]).await;
    let mut passed = Vec::new();
    for (field, text) in [("name", "Ann"), ("email", "ann@example.org")] {
        while focused().await != field {
            browser.send_keys("\u{e004}").await;
            passed.push(focused().await);
            assert!(passed.len() < 30, "{field} is not reached by Tab: {passed:?}");
        }
        browser.send_keys(text).await;
    }
    browser.send_keys("\u{e007}").await;
    browser.says("You are in!").await;
    assert_eq!(site.roster(&event).await, [("Ann".to_owned(), "confirmed".to_owned())]);
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn in_hebrew_the_page_runs_from_right_to_left() {
    let site = Site::start().await;
    site.event(json!({"title": "קייטנה", "roles": [{"name": "ילדים", "capacity": 2}]})).await;
    let browser = Browser::with(Setup { language: "he", ..Setup::default() }).await;
    browser.go(&site.url("/e/fair")).await;
    assert_eq!(
        browser.run("return [document.documentElement.dir, document.documentElement.lang]", vec![]).await,
        json!(["rtl", "he"])
    );
    browser.says("2 מקומות פנויים").await;
    fill_in(&browser, &site, "Dana").await;
    browser.click(BUTTON).await;
    browser.says("אתם בפנים!").await;
    browser.click("button[lang=en]").await;
    browser.says("You are in!").await;
    browser.go(&site.url("/")).await;
    browser.says("Events").await;
    // What is new is said in the language that was chosen.
    browser.go(&site.url("/e/fair")).await;
    browser.says("1 place free").await;
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn new_numbers_are_read_out_but_not_one_by_one() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Cook", "capacity": 5}]})).await;
    let browser = Browser::open().await;
    browser.go(&site.url("/e/fair")).await;
    // From here on time stands still, and what is to be told later is told when the test says so.
    let stop_time = "performance.now = () => 1000;
        const soon = window.setTimeout;
        window.setTimeout = (later, after) => after === 15000 ? (window.later = later) : soon(later, after);";
    browser.run(stop_time, vec![]).await;
    let told = async || browser.run("return document.querySelector('body > [role=status]').textContent", vec![]).await;
    site.sign_up(&event, "ann", "Cook").await;
    browser.find("body > [role=status]:not(:empty)").await;
    assert_eq!(told().await, "1 of 5 taken, 4 places free");
    for name in ["ben", "cem"] {
        site.sign_up(&event, name, "Cook").await;
    }
    browser.says("3 of 5 taken").await;
    assert_eq!(told().await, "1 of 5 taken, 4 places free");
    browser.run("window.later()", vec![]).await;
    assert_eq!(told().await, "3 of 5 taken, 2 places free");
    browser.close().await;
    site.stop().await;
}
