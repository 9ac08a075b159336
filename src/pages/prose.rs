//! What organizers write, as HTML: the safe part of Markdown (CommonMark). HTML in it is shown as it was typed, and links go
//! only where a browser may follow them without harm.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

/// Where a link may lead.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];
/// How much of a text a preview shows.
const SUMMARY_CHARS_MAX: usize = 200;

/// A description as HTML. Its headings stand below the title of the page.
pub(super) fn prose(text: &str) -> Markup {
    let mut markup = String::new();
    html::push_html(&mut markup, Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).filter_map(made_safe));
    PreEscaped(markup)
}

fn made_safe(event: Event<'_>) -> Option<Event<'_>> {
    Some(match event {
        // The writer of HTML escapes text.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { .. }) => Event::Html(CowStr::Borrowed("<h2>")),
        Event::End(TagEnd::Heading(_)) => Event::Html(CowStr::Borrowed("</h2>\n")),
        // Pictures would tell others who reads the page.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let is_safe = SCHEMES.iter().any(|scheme| starts_with(&dest_url, scheme)) || link_type == LinkType::Email;
            let dest_url = if is_safe { dest_url } else { CowStr::Borrowed("#") };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        event => event,
    })
}

fn starts_with(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// The beginning of a description without its marks, for previews.
pub(super) fn summary(text: &str) -> String {
    let mut plain = String::new();
    for event in Parser::new(text) {
        match event {
            Event::Text(text) | Event::Code(text) => plain.push_str(&text),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            Event::End(TagEnd::Paragraph) => plain.push(' '),
            Event::End(TagEnd::Heading(_) | TagEnd::Item) => plain.push_str(" · "),
            _ => {}
        }
    }
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.trim_end_matches(" ·");
    match words.char_indices().nth(SUMMARY_CHARS_MAX) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use headcount_simulation::spoil::try_all;

    use super::*;

    #[test]
    fn marks_become_html_and_html_becomes_text() {
        let shown = prose("# Come\n\n**all** of [you](https://example.org) <b>x</b>\n\n<script>alert(1)</script>").0;
        assert!(shown.contains("<h2>Come</h2>"), "{shown}");
        assert!(shown.contains("<strong>all</strong>"), "{shown}");
        assert!(shown.contains("<a href=\"https://example.org\">you</a>"), "{shown}");
        assert!(shown.contains("&lt;b&gt;x&lt;/b&gt;"), "{shown}");
        assert!(!shown.contains("<script"), "{shown}");
    }

    #[test]
    fn links_lead_only_where_browsers_may_follow() {
        for url in
            ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "/console", "//evil.example"]
        {
            let shown = prose(&format!("[x]({url}) and <{url}>")).0;
            assert!(!shown.to_lowercase().contains(&format!("href=\"{}", url.to_lowercase())), "{shown}");
        }
        assert!(prose("<ann@example.org>").0.contains("href=\"mailto:ann@example.org\""));
        assert!(!prose("![x](https://example.org/x.png)").0.contains("<img"));
    }

    #[test]
    fn a_summary_is_short_and_plain() {
        assert_eq!(summary("# Come\n\n**all** of [you](https://example.org)!"), "Come · all of you!");
        assert_eq!(summary(&"ä".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn whatever_is_written_becomes_tags_that_do_no_harm() {
        const TAGS: [&str; 14] =
            ["p", "h2", "em", "strong", "del", "a", "code", "pre", "blockquote", "ul", "ol", "li", "br", "hr"];
        let written = [
            "# Come\n\n**all** of [you](https://example.org \"now\") and ~~them~~ `x`",
            "1. one\n2. two\n   * three\n\n> said\n\n---\n",
            "<b onclick=\"alert(1)\">x</b> <script>alert(1)</script>\n\n<div>\n<img src=x onerror=y>\n</div>",
            "[x](javascript:alert(1)) <https://example.org> ![p](https://example.org/p.png) [r]: data:text/html,x",
            "```html\n<script>\n```\n&lt;script&gt; &#60;script&#62; <ann@example.org>",
        ];
        try_all(&written, |text| {
            let shown = prose(text).0;
            for tag in shown.split('<').skip(1) {
                let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("a tag is left open in {shown:?}"));
                let name =
                    tag.trim_start_matches('/').trim_end_matches(['/', ' ']).split(' ').next().unwrap_or_default();
                assert!(TAGS.contains(&name), "{tag:?} in {shown:?}");
                let link = tag.split_once("href=\"").map(|(_, link)| link);
                let leads = |scheme: &&str| link.is_some_and(|link| starts_with(link, scheme));
                assert!(link.is_none_or(|link| link.starts_with("#\"")) || SCHEMES.iter().any(leads), "{tag:?}");
            }
            assert!(summary(text).chars().count() <= SUMMARY_CHARS_MAX + 1);
        });
    }
}
