//! What pages load beside themselves: one stylesheet, the scripts, one picture. They stand in the binary, and their address
//! changes with them, so that a browser asks for each once.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Where browsers look for them.
pub(super) const PATH: &str = "/assets/{version}/{name}";

const FILES: [(&str, &str, &str); 4] = [
    ("style.css", "text/css; charset=utf-8", include_str!("../../assets/style.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("../../assets/page.js")),
    ("door.js", "text/javascript; charset=utf-8", include_str!("../../assets/door.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

/// The same for as long as the files are the same.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    FILES.iter().for_each(|(_, _, contents)| digest.update(contents));
    digest.finalize().iter().take(5).map(|byte| format!("{byte:02x}")).collect()
});

/// The path of a file.
pub(super) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// A file. Whichever version is asked for gets the present one: a page that was loaded before an upgrade goes on working.
pub(super) async fn show(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, contents)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, HeaderValue::from_static(keep))];
    (headers, *contents).into_response()
}
