//! Words of one direction within a text of the other: a name is set apart, so that what stands around it keeps its order
//! (Unicode Standard Annex #9, 2.4 and 2.7).

use super::Filled;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';

/// The same value, set apart where it has letters of the other direction. Marks by which it could turn what follows are
/// left out.
pub(super) fn set_apart<'a>(value: &'a Filled<'a>, is_rtl: bool) -> Filled<'a> {
    let Filled::String(text) = value else { return value.clone() };
    let turns = |c: char| c.is_alphabetic() && is_right_to_left(c) != is_rtl;
    if !text.contains(is_mark) && !text.contains(turns) {
        return Filled::String(text.as_ref().into());
    }
    let text: String = text.chars().filter(|c| !is_mark(*c)).collect();
    Filled::from(format!("{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"))
}

/// Embeddings, overrides and isolates.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Letters of the blocks whose default direction is right to left (Unicode, DerivedBidiClass).
fn is_right_to_left(c: char) -> bool {
    let blocks = [0x590..=0x8ff, 0xfb1d..=0xfdff, 0xfe70..=0xfeff, 0x10800..=0x10fff, 0x1e800..=0x1efff];
    blocks.iter().any(|block| block.contains(&u32::from(c)))
}
