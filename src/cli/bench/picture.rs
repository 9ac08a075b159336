//! Pictures of figures: an SVG that needs nothing beside itself, readable on light and on dark pages.

use std::fmt::Write as _;

/// A picture that is being drawn.
pub(super) struct Picture {
    /// What is drawn so far.
    pub(super) svg: String,
}

const STYLE: &str = "\
text{font-family:sans-serif;font-size:13px;fill:#1f2328}\
.title{font-size:19px;font-weight:bold}\
.small{font-size:12px;fill:#59636e}\
.number{font-size:12px;paint-order:stroke;stroke:#ffffff;stroke-width:4px}\
.page{fill:#ffffff}\
.grid{stroke:#d8dee4;stroke-width:1}\
@media (prefers-color-scheme:dark){\
text{fill:#e6edf3}.small{fill:#9198a1}.number{stroke:#0d1117}\
.page{fill:#0d1117}.grid{stroke:#30363d}}";

impl Picture {
    /// An empty page with what is written at its top. `in_words` is for those who do not see it; `style` comes on top of that
    /// of all pictures.
    pub(super) fn new(
        (width, height): (f64, f64),
        title: &str,
        subtitle: &str,
        in_words: &str,
        style: &str,
    ) -> Picture {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n<style>{STYLE}{style}</style>\n\
             <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n",
            escaped(title),
            escaped(in_words)
        );
        text(&mut svg, "title", (24.0, 36.0), title);
        text(&mut svg, "small", (24.0, 57.0), subtitle);
        Picture { svg }
    }

    /// The whole file.
    pub(super) fn finish(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

/// Writes a text that begins at a place.
pub(super) fn text(svg: &mut String, class: &str, (left, base): (f64, f64), text: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{left:.1}\" y=\"{base:.1}\">{}</text>", escaped(text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
