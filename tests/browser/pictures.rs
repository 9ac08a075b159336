//! Pictures of the pages, for people to look at: `cargo test --test browser -- --ignored` makes them in `target/tmp/pictures`,
//! wide and narrow, light and dark, in English and Hebrew, with large text, in forced colours, and as they are printed. The
//! best are in `docs/img`.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::driver::{Browser, Setup, Text};
use crate::tour::{self, Tour};

/// How a picture is taken.
struct View {
    name: &'static str,
    language: &'static str,
    width: u32,
    prefers: &'static [(&'static str, &'static str)],
    medium: &'static str,
}

const LIGHT: (&str, &str) = ("prefers-color-scheme", "light");
const DARK: (&str, &str) = ("prefers-color-scheme", "dark");
/// No page is shown longer than this.
const HEIGHT_MAX: u64 = 16_000;

const VIEWS: [View; 6] = [
    View { name: "wide", language: "en", width: 1280, prefers: &[LIGHT], medium: "screen" },
    View { name: "narrow", language: "en", width: 390, prefers: &[LIGHT], medium: "screen" },
    View { name: "wide-dark", language: "en", width: 1280, prefers: &[DARK], medium: "screen" },
    View { name: "wide-hebrew", language: "he", width: 1280, prefers: &[LIGHT], medium: "screen" },
    View { name: "narrow-hebrew-dark", language: "he", width: 390, prefers: &[DARK], medium: "screen" },
    View { name: "print", language: "en", width: 794, prefers: &[LIGHT], medium: "print" },
];
const LARGE: [View; 2] = [
    View { name: "large", language: "en", width: 390, prefers: &[LIGHT], medium: "screen" },
    View {
        name: "large-forced",
        language: "en",
        width: 390,
        prefers: &[("forced-colors", "active"), DARK],
        medium: "screen",
    },
];

#[tokio::test]
#[ignore = "it makes pictures, which only people can judge"]
async fn pictures() {
    for part in tour::ALL {
        let browser = Browser::open().await;
        let tour = part.begin(&browser).await;
        for view in &VIEWS {
            take(&tour, &browser, view).await;
        }
        browser.close().await;
        tour.site.stop().await;
        let browser = Browser::with(Setup { text: Text::TwiceAsLarge, ..Setup::default() }).await;
        let tour = part.begin(&browser).await;
        for view in &LARGE {
            take(&tour, &browser, view).await;
        }
        browser.close().await;
        tour.site.stop().await;
    }
}

async fn take(tour: &Tour, browser: &Browser, view: &View) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(view.name);
    fs::create_dir_all(&folder).unwrap();
    tour.read_in(browser, view.language).await;
    let features: Vec<_> = view.prefers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let media = json!({"media": view.medium, "features": features});
    browser.devtools("Emulation.setEmulatedMedia", media).await;
    for stop in &tour.stops {
        browser.resize(view.width, 900).await;
        stop.open(browser, &tour.site).await;
        let height = browser.run("return document.documentElement.scrollHeight", vec![]).await;
        let height = height.as_u64().unwrap_or_default().min(HEIGHT_MAX);
        browser.resize(view.width, u32::try_from(height).unwrap()).await;
        fs::write(folder.join(format!("{}.png", stop.name)), browser.client().screenshot().await.unwrap()).unwrap();
    }
}
