//! HTML that is written here: escaping, done once.

/// A text that means itself in HTML, also within quotes.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_or_ends_a_tag_or_a_value() {
        assert_eq!(escaped("a<b>&\"'ä"), "a&lt;b&gt;&amp;&quot;&#39;ä");
    }
}
