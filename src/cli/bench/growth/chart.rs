//! What a sign-up costs with ever more there, as a picture: a panel for each thing that there is more of.

use std::fmt::Write as _;

use crate::cli::bench::picture::{Picture, text};
use crate::verify::grouped;

/// What a sign-up costs with ever more of one thing there.
pub(super) struct Panel {
    /// What there is more of.
    pub(super) of: &'static str,
    pub(super) curves: Vec<Curve>,
}

/// One way to sign up.
pub(super) struct Curve {
    pub(super) how: String,
    pub(super) points: Vec<Point>,
}

/// What it costs with so many there.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) count: u64,
    /// In milliseconds.
    pub(super) cost: f64,
    /// Against the first of the curve.
    pub(super) ratio: f64,
}

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 400.0;
const TOP: f64 = 110.0;
const BOTTOM: f64 = 320.0;
const PANEL: f64 = 330.0;
const LEFT: f64 = 70.0;
const BETWEEN: f64 = 80.0;

const STYLE: &str = "\
.middle{text-anchor:middle}\
.first{stroke:#0969da;fill:#0969da}.second{stroke:#bc4c00;fill:#bc4c00}\
path.first,path.second{fill:none;stroke-width:2.5}\
text.first,text.second{stroke:#ffffff}\
.base{stroke:#59636e;stroke-width:1;stroke-dasharray:4 4}\
@media (prefers-color-scheme:dark){\
.first{stroke:#4493f8;fill:#4493f8}.second{stroke:#f0883e;fill:#f0883e}\
text.first,text.second{stroke:#0d1117}.base{stroke:#9198a1}}";
const CLASSES: [&str; 2] = ["first", "second"];

/// The whole file.
pub(super) fn draw(panels: &[Panel], footer: &str) -> String {
    let mut picture = Picture::new(
        (WIDTH, HEIGHT),
        "What a sign-up costs with ever more there",
        "Times what it costs with the fewest there. Flat is good: nothing is counted anew.",
        &panels.iter().map(Panel::in_words).collect::<Vec<_>>().join("; "),
        STYLE,
    );
    let most = panels.iter().flat_map(Panel::points).map(|point| point.ratio).fold(2.0, f64::max).ceil();
    for (index, panel) in panels.iter().enumerate() {
        panel.draw(&mut picture.svg, LEFT + (PANEL + BETWEEN) * index as f64, most);
    }
    text(&mut picture.svg, "small", (24.0, HEIGHT - 16.0), footer);
    picture.finish()
}

impl Panel {
    fn points(&self) -> impl Iterator<Item = &Point> {
        self.curves.iter().flat_map(|curve| &curve.points)
    }

    fn in_words(&self) -> String {
        let point = |point: &Point| format!("{:.2} with {}", point.ratio, grouped(point.count));
        let curve =
            |curve: &Curve| format!("{}: {}", curve.how, curve.points.iter().map(point).collect::<Vec<_>>().join(", "));
        format!("{}: {}", self.of, self.curves.iter().map(curve).collect::<Vec<_>>().join("; "))
    }

    fn draw(&self, svg: &mut String, left: f64, most: f64) {
        let (least, largest) = self
            .points()
            .map(|point| point.count)
            .fold((u64::MAX, 1), |(least, largest), count| (least.min(count), largest.max(count)));
        let decades = (largest as f64 / least as f64).log10().max(1.0);
        let across = |count: u64| left + (count as f64 / least as f64).log10() / decades * PANEL;
        let up = |ratio: f64| BOTTOM - ratio / most * (BOTTOM - TOP);
        let mut step = 0.0;
        while step <= most {
            let (at, class) = (up(step), if step == 1.0 { "base" } else { "grid" });
            let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{left:.1} {at:.1}h{PANEL}\"/>");
            text(svg, "small", (left - 26.0, at + 4.0), &format!("{step}×"));
            step += 1.0;
        }
        text(svg, "small", (left, TOP - 18.0), &format!("with so many {}", self.of));
        for (index, curve) in self.curves.iter().enumerate() {
            let class = CLASSES[index % CLASSES.len()];
            let place = |point: &Point| (across(point.count), up(point.ratio));
            let path: Vec<String> = curve.points.iter().map(place).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{}\"/>", path.join("L"));
            for point in &curve.points {
                let (x, y) = place(point);
                let _ = writeln!(svg, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
                let below = if index == 0 { 22.0 } else { -10.0 };
                text(svg, &format!("number middle {class}"), (x, y + below), &milliseconds(point.cost));
            }
            text(svg, &format!("number {class}"), (left + 150.0 * index as f64, BOTTOM + 44.0), &curve.how);
        }
        for point in self.curves.first().iter().flat_map(|curve| &curve.points) {
            text(svg, "small middle", (across(point.count), BOTTOM + 20.0), &grouped(point.count));
        }
    }
}

fn milliseconds(cost: f64) -> String {
    if cost < 0.1 { format!("{:.0} µs", cost * 1_000.0) } else { format!("{cost:.2} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_drawn_where_it_belongs_and_told_in_words() {
        let point = |count, ratio| Point { count, cost: 0.05 * ratio, ratio };
        let alone = Curve { how: "alone".to_owned(), points: vec![point(100, 1.0), point(10_000, 1.5)] };
        let svg = draw(&[Panel { of: "registrations", curves: vec![alone] }], "here");
        assert!(svg.contains(&format!("cx=\"{LEFT:.1}\" cy=\"{:.1}\"", f64::midpoint(TOP, BOTTOM))), "{svg}");
        assert!(svg.contains(&format!("cx=\"{:.1}\"", LEFT + PANEL)) && svg.contains(">50 µs<"), "{svg}");
        assert!(svg.contains("registrations: alone: 1.00 with 100, 1.50 with 10,000"), "{svg}");
    }
}
