//! Pictures of the pages, for people to look at: `cargo test --test browser -- --ignored` makes them in `target/tmp/pictures`,
//! wide and narrow, light and dark, in English and Hebrew. The best are in `docs/img`.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::driver::Browser;
use crate::site::Site;

#[tokio::test]
#[ignore = "it makes pictures, which only people can judge"]
async fn pictures() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&folder).unwrap();
    let site = Site::start().await;
    let roles = json!([
        {"name": "Server", "capacity": 6, "description": "In the hall, from half past five"},
        {"name": "Cook", "capacity": 3, "min_needed": 3},
    ]);
    let event = json!({
        "slug": "dinner", "title": "Community dinner", "description": "We cook and eat together. **Everybody** is welcome.",
        "roles": roles, "max_spots": 4, "self_move": true, "location": "Example hall, 1 Example Street",
        "contact": "organizer@example.org", "starts_at": "2037-05-05T18:00:00Z", "ends_at": "2037-05-05T22:00:00Z",
    });
    let event = site.event(event).await;
    let own = site.own_page(&event, "ann", "Server").await;
    for name in ["ben", "cem", "dana", "eli", "fay"] {
        site.sign_up(&event, name, "Server").await;
    }
    let waiting = site.own_page(&event, "gil", "Server").await;
    let browser = Browser::open().await;
    site.log_in(&browser).await;
    let console = format!("/console/events/{event}");
    let pages = [
        ("home", "/".to_owned()),
        ("event", "/e/dinner".to_owned()),
        ("own", own),
        ("waiting", waiting),
        ("my", "/my".to_owned()),
        ("console", "/console".to_owned()),
        ("roster", console.clone()),
        ("edit", format!("{console}/edit")),
        ("history", format!("{console}/history")),
        ("report", format!("{console}/report")),
        ("door", format!("/door/{event}")),
        ("board", format!("/door/{event}/board")),
        ("account", "/account".to_owned()),
    ];
    for language in ["en", "he"] {
        browser.go(&site.url("/find")).await;
        if browser.has(&format!("button[lang={language}]")).await {
            browser.click(&format!("button[lang={language}]")).await;
        }
        for (scheme, width) in [("light", 1280), ("light", 390), ("dark", 390)] {
            browser.prefers("prefers-color-scheme", scheme).await;
            browser.client().set_window_size(width, 1000).await.unwrap();
            for (name, path) in &pages {
                browser.go(&site.url(path)).await;
                let picture = browser.client().screenshot().await.unwrap();
                fs::write(folder.join(format!("{name}-{language}-{scheme}-{width}.png")), picture).unwrap();
            }
        }
    }
    browser.close().await;
    site.stop().await;
}
