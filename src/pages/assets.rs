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

/// What is sent of each.
static SENT: LazyLock<[String; 4]> =
    LazyLock::new(|| FILES.map(|(_, _, contents)| without_what_is_for_readers(contents)));

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
    let Some(at) = FILES.iter().position(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (_, kind, _) = FILES[at];
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, HeaderValue::from_static(keep))];
    (headers, SENT[at].as_str()).into_response()
}

/// The lines of a file that a browser needs: no comments, and nothing before or behind them. What is of several lines
/// and must stay as it is has no place in these files.
fn without_what_is_for_readers(contents: &str) -> String {
    let mut is_comment = false;
    let mut sent = String::with_capacity(contents.len());
    for line in contents.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            sent += line;
            sent.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_for_readers_is_left_out() {
        let source = "/* About\n   this. */\na {\n  color: red;\n}\n\n/* One line. */\n  // Why.\n  b(); // Stays.\n";
        assert_eq!(without_what_is_for_readers(source), "a {\ncolor: red;\n}\nb(); // Stays.\n");
    }

    #[test]
    fn no_file_has_a_text_of_several_lines() {
        for (name, _, contents) in FILES {
            assert!(contents.lines().all(|line| line.matches('`').count() % 2 == 0), "{name}");
        }
    }
}
