//! What must hold for every page: nothing that keeps people out (axe-core), valid HTML (html-validate), no sideways
//! scrolling on a small telephone, nothing lost with large text, with colours of one's own or without motion, and little to
//! load.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::driver::{Browser, Setup, Text};
use crate::npm;
use crate::site::Site;
use crate::tour::{Part, Tour};

/// What is loaded for the page of an event, in all.
const EVENT_PAGE_BYTES_MAX: u64 = 50_000;
/// A window of a telephone.
const TELEPHONE: (u32, u32) = (390, 844);
/// Which language somebody reads, and which colours they prefer.
const ENGLISH_LIGHT: (&str, &str) = ("en", "light");
const HEBREW_DARK: (&str, &str) = ("he", "dark");

#[tokio::test]
async fn no_page_for_guests_keeps_anybody_out() {
    keeps_nobody_out(Part::Guests, &[ENGLISH_LIGHT, HEBREW_DARK]).await;
}

#[tokio::test]
async fn no_page_at_the_door_keeps_anybody_out() {
    keeps_nobody_out(Part::Door, &[ENGLISH_LIGHT, HEBREW_DARK]).await;
}

#[tokio::test]
async fn no_page_of_staff_keeps_anybody_out() {
    keeps_nobody_out(Part::Staff, &[ENGLISH_LIGHT, HEBREW_DARK]).await;
}

/// Most pages are here: each language is a test of its own, so that both go at the same time.
#[tokio::test]
async fn no_page_of_the_console_keeps_anybody_out() {
    keeps_nobody_out(Part::Console, &[ENGLISH_LIGHT]).await;
}

#[tokio::test]
async fn no_page_of_the_console_keeps_anybody_out_in_hebrew() {
    keeps_nobody_out(Part::Console, &[HEBREW_DARK]).await;
}

#[tokio::test]
async fn no_page_of_people_and_organizations_keeps_anybody_out() {
    keeps_nobody_out(Part::People, &[ENGLISH_LIGHT, HEBREW_DARK]).await;
}

#[tokio::test]
async fn no_page_without_anything_keeps_anybody_out() {
    keeps_nobody_out(Part::Empty, &[ENGLISH_LIGHT, HEBREW_DARK]).await;
}

/// Looks at all pages as different people do, with axe-core and on screens of several widths, and whether they are valid.
async fn keeps_nobody_out(part: Part, readers: &[(&str, &str)]) {
    let folder = tools();
    let axe = fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).unwrap();
    let browser = Browser::open().await;
    let tour = part.begin(&browser).await;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": axe})).await;
    let (mut wrong, mut texts) = (Vec::new(), Map::new());
    for &(language, scheme) in readers {
        tour.read_in(&browser, language).await;
        browser.prefers(&[("prefers-color-scheme", scheme)]).await;
        browser.resize(TELEPHONE.0, TELEPHONE.1).await;
        for stop in &tour.stops {
            stop.open(&browser, &tour.site).await;
            let found =
                axe_finds(&browser).await.into_iter().chain(too_wide(&browser, &[320, 1280, TELEPHONE.0]).await);
            wrong.extend(found.map(|found| format!("{} in {language}, {scheme}: {found}", stop.name)));
            texts.insert(format!("{} in {language}", stop.name), tour.html(&browser, stop).await.into());
        }
    }
    wrong.extend(not_valid(texts));
    end(tour, browser, &wrong).await;
}

async fn axe_finds(browser: &Browser) -> Vec<String> {
    let ask = "const told = arguments[0];
        axe.run({resultTypes: ['violations']}).then(told, (error) => told({violations: [{id: String(error)}]}))";
    let found = browser.run_until_called(ask, vec![]).await;
    found["violations"].as_array().unwrap().iter().map(in_short).collect()
}

/// What axe-core found, with where it is.
fn in_short(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let places: Vec<String> =
        nodes.iter().map(|node| format!("{} {}", node["target"], node["failureSummary"])).collect();
    format!("{} {}: {}", violation["impact"], violation["id"], places.join("; "))
}

/// On which of these widths a page would be scrolled sideways, and what stands out.
async fn too_wide(browser: &Browser, widths: &[u32]) -> Vec<String> {
    let look = "const {scrollWidth, clientWidth} = document.documentElement;
        const standsOut = (one) => {
            const {left, right} = one.getBoundingClientRect();
            return (left < 0 || right > clientWidth) && !one.closest('.scrolls, .visually-hidden');
        };
        if (scrollWidth === clientWidth) return null;
        return [...document.querySelectorAll('body *')].filter(standsOut).map((one) => one.outerHTML.slice(0, 100)).join(' ')";
    let mut found = Vec::new();
    for width in widths {
        browser.resize(*width, TELEPHONE.1).await;
        let beyond = browser.run(look, vec![]).await;
        if !beyond.is_null() {
            found.push(format!("too wide for {width}: {beyond}"));
        }
    }
    found
}

/// What is no valid HTML in these pages, by their names.
fn not_valid(pages: Map<String, Value>) -> Option<String> {
    let mut command = Command::new("node");
    command.arg("validate.mjs").current_dir(tools()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut checker = command.spawn().expect("node can be run: scripts/test installs it");
    checker.stdin.take().unwrap().write_all(Value::Object(pages).to_string().as_bytes()).unwrap();
    let output = checker.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap()).filter(|wrong| !wrong.is_empty())
}

#[tokio::test]
async fn guests_can_have_it_large_and_in_their_own_colours() {
    large_and_in_own_colours(Part::Guests).await;
}

#[tokio::test]
async fn organizers_can_have_it_large_and_in_their_own_colours() {
    large_and_in_own_colours(Part::Console).await;
}

#[tokio::test]
async fn staff_can_have_it_large_and_in_their_own_colours() {
    large_and_in_own_colours(Part::Staff).await;
}

#[tokio::test]
async fn whoever_is_at_the_door_can_have_it_large_and_in_their_own_colours() {
    large_and_in_own_colours(Part::Door).await;
}

#[tokio::test]
async fn owners_can_have_it_large_and_in_their_own_colours() {
    large_and_in_own_colours(Part::People).await;
}

/// Looks at all pages on a telephone with text twice as large, and with the few colours that the system of somebody forces
/// upon pages.
async fn large_and_in_own_colours(part: Part) {
    let browser = Browser::with(Setup { text: Text::TwiceAsLarge, ..Setup::default() }).await;
    let tour = part.begin(&browser).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.prefers(&[("forced-colors", "active")]).await;
    let mut wrong = Vec::new();
    for stop in &tour.stops {
        stop.open(&browser, &tour.site).await;
        assert_eq!(browser.run("return parseFloat(getComputedStyle(document.body).fontSize)", vec![]).await, 34.0);
        let mut found = too_wide(&browser, &[TELEPHONE.0]).await;
        for look in [CUT_OFF, WITHOUT_EDGE, WITHOUT_FOCUS] {
            let places: Vec<String> = serde_json::from_value(browser.run(look, vec![]).await).unwrap();
            found.extend(places);
        }
        wrong.extend(found.into_iter().map(|found| format!("{}: {found}", stop.name)));
    }
    end(tour, browser, &wrong).await;
}

/// Elements that hide a part of what is in them. What is only there to be read out is hidden on purpose, and what is typed
/// moves with the caret.
const CUT_OFF: &str = "
    const isFor = (one) => !one.closest('.visually-hidden, .skip, svg, progress, input, textarea') && one.getClientRects().length > 0;
    const hides = (value) => value === 'hidden' || value === 'clip';
    const isCut = (one) => {
        const style = getComputedStyle(one);
        return hides(style.overflowX) && one.scrollWidth > one.clientWidth + 1
            || hides(style.overflowY) && one.scrollHeight > one.clientHeight + 1;
    };
    return [...document.querySelectorAll('body *')].filter((one) => isFor(one) && isCut(one))
        .map((one) => `cut off: ${one.outerHTML.slice(0, 200)}`);";

/// Backgrounds are gone where colours are forced: what is told from its surroundings by them needs an edge.
const WITHOUT_EDGE: &str = "
    if (!matchMedia('(forced-colors: active)').matches) throw new Error('colours are not forced');
    const kinds = 'button:not(.link), .button, .chip, .notice, .card, .bar, .result, select, textarea, .legend li, '
        + 'input:not([type=hidden], [type=radio], [type=checkbox])';
    const hasEdge = (one) => {
        const style = getComputedStyle(one);
        return style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) > 0;
    };
    const isSeen = (one) => one.getClientRects().length > 0 && !one.closest('.visually-hidden');
    return [...document.querySelectorAll(kinds)]
        .filter((one) => isSeen(one) && !hasEdge(one) && getComputedStyle(one, '::before').borderTopStyle === 'none')
        .map((one) => `without an edge: ${one.outerHTML.slice(0, 200)}`);";

/// Whatever the keyboard reaches shows that it has the focus.
const WITHOUT_FOCUS: &str = "
    const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]';
    const isReached = (one) => one.getClientRects().length > 0 && one.tabIndex >= 0 && !one.disabled;
    return [...document.querySelectorAll(kinds)].filter(isReached).filter((one) => {
        one.focus({focusVisible: true, preventScroll: true});
        const style = getComputedStyle(one);
        return document.activeElement !== one || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2;
    }).map((one) => `shows no focus: ${one.outerHTML.slice(0, 200)}`);";

#[tokio::test]
async fn nothing_moves_where_less_motion_is_wanted() {
    let moves = "const found = [];
        const look = (rules) => [...rules].forEach((rule) => {
            if (rule.media && !matchMedia(rule.media.mediaText).matches) return;
            const {transitionDuration, animationName} = rule.style ?? {};
            if ((transitionDuration ?? '').match(/[1-9]/) || !['', 'none', undefined].includes(animationName)) found.push(rule.cssText);
            if (rule.cssRules) look(rule.cssRules);
        });
        [...document.styleSheets].forEach((sheet) => look(sheet.cssRules));
        return found";
    let site = Site::start().await;
    let browser = Browser::open().await;
    browser.go(&site.url("/")).await;
    let usually = browser.run(moves, vec![]).await;
    assert_ne!(usually, json!([]), "bars grow where motion is welcome");
    browser.prefers(&[("prefers-reduced-motion", "reduce")]).await;
    assert_eq!(browser.run(moves, vec![]).await, json!([]));
    browser.close().await;
    site.stop().await;
}

#[tokio::test]
async fn the_page_of_an_event_is_small() {
    let browser = Browser::open().await;
    let tour = Part::Guests.begin(&browser).await;
    // As whoever comes for the first time.
    browser.devtools("Network.clearBrowserCache", json!({})).await;
    browser.go(&tour.site.url("/e/dinner")).await;
    let sizes = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => !one.name.endsWith('/stream')).map((one) => one.transferSize)";
    let sizes: Vec<u64> = serde_json::from_value(browser.run(sizes, vec![]).await).unwrap();
    let all: u64 = sizes.iter().sum();
    assert!(sizes.len() >= 4 && all <= EVENT_PAGE_BYTES_MAX, "{all} bytes: {sizes:?}");
    // How long it takes is told, not judged: BENCHMARKS.md has it.
    let ready = "return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd";
    println!("the page of an event: {all} bytes, ready after {} ms", browser.run(ready, vec![]).await);
    end(tour, browser, &[]).await;
}

/// The packages that look at pages.
fn tools() -> std::path::PathBuf {
    npm::installed("pages", &["package.json", "package-lock.json", ".npmrc"], &["validate.mjs"])
}

async fn end(tour: Tour, browser: Browser, wrong: &[String]) {
    assert!(wrong.is_empty(), "{wrong:#?}");
    browser.close().await;
    tour.site.stop().await;
}
