//! Putting a page together.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = "\
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}\
label{display:block;margin:1rem 0 .25rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #777;border-radius:.25rem}\
button{font:inherit;margin-top:1.5rem;padding:.5rem 1.5rem;border:0;border-radius:.25rem;color:#fff;background:#14532d}\
.hint{color:#555;font-size:.9rem}.problem{color:#991b1b}";

/// What a page may load and do: show itself in its own style, and send its form to where it came from.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is a header value")
});

/// A page: its title, which is also its heading, and what stands below, as HTML.
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    );
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, POLICY.clone())], html).into_response()
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p dir=\"auto\">{}</p>\n", escaped(text))
}

/// A paragraph about what has to be corrected.
pub(super) fn problem(text: &str) -> String {
    format!("<p class=\"problem\" role=\"alert\">{}</p>\n", escaped(text))
}

/// Text as it can stand anywhere in HTML, also within quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' | '\'' => {
                // Writing to a text cannot fail.
                let _written = write!(safe, "&#{};", u32::from(letter));
            }
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_is_no_html() {
        assert_eq!(escaped("<b a=\"x\" c='y'>&"), "&lt;b a=&#34;x&#34; c=&#39;y&#39;&gt;&amp;");
    }
}
