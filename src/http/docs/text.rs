//! The little of Markdown that descriptions use: paragraphs, and words in backticks.

use maud::{Markup, html};

/// A text of one paragraph.
pub(super) fn prose(text: &str) -> Markup {
    let parts = text.split('`').enumerate();
    html! {
        @for (index, part) in parts {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A text of several paragraphs.
pub(super) fn paragraphs(text: &str) -> Markup {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    html! {
        @for paragraph in paragraphs { p { (prose(paragraph)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_backticks_are_code() {
        assert_eq!(prose("send `a < b` now").into_string(), "send <code>a &lt; b</code> now");
        assert_eq!(paragraphs("one\ntwo\n\n\nthree").into_string(), "<p>one\ntwo</p><p>three</p>");
    }
}
