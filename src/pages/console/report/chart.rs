//! Pictures of a minute, drawn as SVG, each with its figures as a table. Time goes from left to right in every language;
//! what is meant is told by shape and order, not by colour alone.

use maud::{Markup, html};

use crate::pages::visitor::Visitor;

/// The height of a picture in its own units; a second is ten wide.
const HEIGHT: f64 = 100.0;
const SECOND: f64 = 10.0;
const GAP: f64 = 1.5;
/// Which seconds are written below a picture.
const MARKS: [u32; 5] = [0, 15, 30, 45, 60];

/// A picture of bars, one a second, each of several parts.
pub(super) struct Bars {
    pub(super) title: String,
    pub(super) caption: String,
    /// The class and the name of each part, from below.
    pub(super) parts: Vec<(&'static str, String)>,
    /// For each second the size of each part.
    pub(super) values: Vec<Vec<f64>>,
}

/// Figures of a picture, one row a second.
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Draws bars.
pub(super) fn bars(visitor: &Visitor, chart: &Bars, table: &Table) -> Markup {
    let highest = chart.values.iter().map(|parts| parts.iter().sum::<f64>()).fold(0.0, f64::max);
    let scale = if highest > 0.0 { HEIGHT / highest } else { 0.0 };
    html! {
        h2 { (chart.title) }
        figure.chart {
            figcaption { (chart.caption) }
            (picture(visitor, &format!("{}: {}", chart.title, chart.caption), chart.values.len(), &html! {
                @for (second, parts) in chart.values.iter().enumerate() { (bar(chart, second, parts, scale)) }
            }))
            @if chart.parts.len() > 1 {
                ul.legend { @for (class, name) in &chart.parts { li class=(class) { (name) } } }
            }
            (figures(visitor, table))
        }
    }
}

fn bar(chart: &Bars, second: usize, parts: &[f64], scale: f64) -> Markup {
    let mut top = HEIGHT;
    let sized = chart.parts.iter().zip(parts).filter(|(_, size)| **size > 0.0);
    html! {
        @for ((class, _), size) in sized {
            @let height = size * scale;
            @let () = top -= height;
            rect class=(class) x=(second as f64 * SECOND + GAP / 2.0) y=(rounded(top)) width=(SECOND - GAP) height=(rounded(height)) {}
        }
    }
}

/// Draws how many places were taken: a line that rises and falls, and where there is one, the line of what there is.
pub(super) fn steps(visitor: &Visitor, name: &str, caption: &str, taken: &[u64], capacity: Option<u64>) -> Markup {
    let highest = taken.iter().copied().chain(capacity).max().unwrap_or(0).max(1);
    let height = |places: u64| rounded(HEIGHT - places as f64 / highest as f64 * HEIGHT);
    let mut path = String::new();
    for (second, places) in taken.iter().enumerate() {
        let (x, y) = (second as f64 * SECOND, height(*places));
        let begin = if second == 0 { 'M' } else { 'L' };
        path += &format!("{begin}{x} {y}L{} {y}", x + SECOND);
    }
    let end = taken.len() as f64 * SECOND;
    let columns = vec![visitor.text("report-taken")];
    let rows = taken.iter().map(|places| vec![places.to_string()]).collect();
    html! {
        h3 { bdi { (name) } }
        figure.chart.low {
            figcaption { (caption) }
            (picture(visitor, &format!("{name}: {caption}"), taken.len(), &html! {
                path.filled d={ (path) "L" (end) " " (HEIGHT) "L0 " (HEIGHT) "Z" } {}
                path.taken d=(path) {}
                @if let Some(capacity) = capacity { path.limit d={ "M0 " (height(capacity)) "L" (end) " " (height(capacity)) } {} }
            }))
            (figures(visitor, &Table { columns, rows }))
        }
    }
}

/// Around what is drawn: as wide as there is room, and as high as the style says.
fn picture(visitor: &Visitor, title: &str, seconds: usize, content: &Markup) -> Markup {
    html! {
        svg role="img" aria-label=(title) viewBox={ "0 0 " (seconds as f64 * SECOND) " " (HEIGHT) } preserveAspectRatio="none" {
            title { (title) }
            (content)
        }
        p.marks dir="ltr" aria-hidden="true" { @for mark in MARKS { bdi { (visitor.say("report-mark", &[("second", mark.into())])) } } }
    }
}

/// The same as numbers. Seconds in which all is as before are left out.
fn figures(visitor: &Visitor, table: &Table) -> Markup {
    let is_new = |second: usize| second == 0 || table.rows[second] != table.rows[second - 1];
    html! {
        details {
            summary { (visitor.text("report-table")) }
            table {
                thead { tr {
                    th scope="col" { (visitor.text("report-second")) }
                    @for column in &table.columns { th scope="col" { (column) } }
                } }
                tbody {
                    @for (second, row) in table.rows.iter().enumerate().filter(|(second, _)| is_new(*second)) {
                        tr { th scope="row" { (second + 1) } @for cell in row { td { (cell) } } }
                    }
                }
            }
            p.hint { (visitor.text("report-table-hint")) }
        }
    }
}

fn rounded(size: f64) -> f64 {
    (size * 100.0).round() / 100.0
}
