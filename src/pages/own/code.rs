//! An address as a QR code (ISO/IEC 18004), for the camera of whoever stands at the door.

use fast_qr::QRBuilder;
use maud::{Markup, PreEscaped, html};

/// Light squares around it, which readers need.
const MARGIN: usize = 4;

/// The picture; nothing where the address is too long for one.
pub(super) fn picture(address: &str, label: &str) -> Markup {
    let Ok(code) = QRBuilder::new(address).build() else { return html! {} };
    let size = code.size;
    let side = size + 2 * MARGIN;
    let dark = |row: usize, column: usize| code[row][column].value();
    let mut path = String::new();
    for row in 0..size {
        for column in (0..size).filter(|column| dark(row, *column)) {
            path += &format!("M{} {}h1v1h-1z", column + MARGIN, row + MARGIN);
        }
    }
    // What is put into it are numbers and letters of ours.
    let squares = PreEscaped(format!(
        "<rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/>"
    ));
    html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) { (squares) }
    }
}
