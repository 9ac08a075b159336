//! Cursors of lists: where a page ended, in a form that means nothing to whoever passes it back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::read::Page;

/// Longest page.
const PAGE_ITEMS_MAX: u32 = 1_000;
/// Rows that one page of a search looks at; it goes on behind its cursor. Bounds how long a reader sees an old state.
pub(super) const SCANNED_ROWS_MAX: usize = 20_000;
/// Rows that are read at once where they cannot be read one by one, at most.
const CHUNK_ROWS_MAX: usize = 1_000;

/// A cursor that was not made here.
#[derive(Debug)]
pub(super) struct BadCursor;

/// A page being filled, whose items are found at places of type `P`.
pub(super) struct Filling<P, T> {
    items: Vec<T>,
    /// The place of the last item that is in, or that was looked at and is not wanted.
    last: Option<P>,
    limit: usize,
    scanned: usize,
    goes_on: bool,
}

/// Whether a page has room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Room {
    /// Look for more.
    Left,
    /// The page is full; there is more.
    Full,
}

impl<P: Serialize, T> Filling<P, T> {
    /// An empty page.
    pub(super) fn new(page: &Page) -> Filling<P, T> {
        let limit = page.limit.clamp(1, PAGE_ITEMS_MAX) as usize;
        Filling { items: Vec::new(), last: None, limit, scanned: 0, goes_on: false }
    }

    /// Looks at what is found at `place`, `wanted` or not.
    pub(super) fn look(&mut self, place: P, wanted: Option<T>) -> Room {
        if self.scanned >= SCANNED_ROWS_MAX || (self.items.len() >= self.limit && wanted.is_some()) {
            self.goes_on = true;
            return Room::Full;
        }
        self.scanned += 1;
        self.items.extend(wanted);
        self.last = Some(place);
        Room::Left
    }

    /// How many rows to read next, where they cannot be read one by one: as many as fill the page if all are wanted, and
    /// one more that tells whether it goes on; after that as many as before together, so that not much is read in vain.
    pub(super) fn rows_at_once(&self) -> usize {
        let next = self.scanned.min(CHUNK_ROWS_MAX).max(self.limit + 1);
        next.min(SCANNED_ROWS_MAX - self.scanned + 1)
    }

    /// Looks at a chunk of up to [`rows_at_once`](Self::rows_at_once) rows, in their order. The place behind which the
    /// next chunk begins; none if the page is full or there is nothing more.
    pub(super) fn look_at_chunk(&mut self, chunk: Vec<(P, Option<T>)>) -> Option<P>
    where
        P: Clone,
    {
        let may_go_on = chunk.len() == self.rows_at_once();
        for (place, wanted) in chunk {
            if self.look(place, wanted) == Room::Full {
                return None;
            }
        }
        self.last.clone().filter(|_| may_go_on)
    }

    /// Whether there is room for more.
    pub(super) fn room(&self) -> Room {
        if self.goes_on { Room::Full } else { Room::Left }
    }

    /// The items, and the cursor of the next page if there is one.
    pub(super) fn finish(self) -> (Vec<T>, Option<String>) {
        let next = self.last.filter(|_| self.goes_on).map(|place| encode(&place));
        (self.items, next)
    }
}

/// The place that a page begins after; none: it is the first.
pub(super) fn start<P: DeserializeOwned>(page: &Page) -> Result<Option<P>, BadCursor> {
    page.cursor.as_deref().map(decode).transpose()
}

fn encode(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("a place is numbers, ids and text"))
}

fn decode<P: DeserializeOwned>(cursor: &str) -> Result<P, BadCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
    let place: Value = serde_json::from_slice(&bytes).map_err(|_| BadCursor)?;
    // No text that is kept has a zero byte, and PostgreSQL cannot even be asked for it.
    let parts = place.as_array().map_or(std::slice::from_ref(&place), Vec::as_slice);
    if parts.iter().any(|part| part.as_str().is_some_and(|text| text.contains('\0'))) {
        return Err(BadCursor);
    }
    serde_json::from_value(place).map_err(|_| BadCursor)
}

#[cfg(test)]
mod tests {
    use headcount_simulation::spoil::try_all;

    use super::*;

    fn page(limit: u32, cursor: Option<&str>) -> Page {
        Page { limit, cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn a_full_page_says_where_to_go_on() {
        let mut filling = Filling::new(&page(2, None));
        let rooms: Vec<Room> = (1..=4).map(|number| filling.look(number, (number != 2).then_some(number))).collect();
        assert_eq!(rooms, [Room::Left, Room::Left, Room::Left, Room::Full]);
        let (items, next) = filling.finish();
        assert_eq!(items, [1, 3]);
        assert_eq!(start::<i32>(&page(2, next.as_deref())).unwrap(), Some(3));
    }

    #[test]
    fn a_last_page_has_no_cursor() {
        let mut filling = Filling::new(&page(2, None));
        assert_eq!(filling.look(1, Some(1)), Room::Left);
        assert_eq!(filling.look(2, Some(2)), Room::Left);
        assert_eq!(filling.look(3, None), Room::Left);
        assert_eq!(filling.finish(), (vec![1, 2], None));
    }

    #[test]
    fn a_search_stops_after_so_many_rows_and_goes_on_there() {
        let mut filling: Filling<usize, ()> = Filling::new(&page(2, None));
        let stopped = (0..).find(|row| filling.look(*row, None) == Room::Full);
        assert_eq!(stopped, Some(SCANNED_ROWS_MAX));
        let (items, next) = filling.finish();
        assert!(items.is_empty());
        assert_eq!(start::<usize>(&page(2, next.as_deref())).unwrap(), Some(SCANNED_ROWS_MAX - 1));
    }

    #[test]
    fn the_first_chunk_is_a_page_and_those_of_a_search_grow() {
        let mut filling: Filling<usize, ()> = Filling::new(&page(2, None));
        let mut chunks = Vec::new();
        let mut last = Some(0);
        while let Some(place) = last {
            let rows = filling.rows_at_once();
            chunks.push(rows);
            last = filling.look_at_chunk((place + 1..=place + rows).map(|row| (row, None)).collect());
        }
        assert_eq!(chunks[..6], [3, 3, 6, 12, 24, 48]);
        assert_eq!(chunks.iter().max(), Some(&CHUNK_ROWS_MAX));
        assert_eq!(chunks.iter().sum::<usize>(), SCANNED_ROWS_MAX + 1, "the last row is the first of the next page");
        assert_eq!(filling.room(), Room::Full);
    }

    #[test]
    fn a_wrong_cursor_is_told() {
        for wrong in ["", "!", "abc", "bnVsbA"] {
            assert!(matches!(start::<(i64, i64)>(&page(1, Some(wrong))), Err(BadCursor)), "{wrong}");
        }
        for (text, is_taken) in [("a\0b", false), ("a\\u0000b", true)] {
            let cursor = encode(&(text, 1));
            assert_eq!(start::<(String, i64)>(&page(1, Some(&cursor))).is_ok(), is_taken, "{text}");
        }
    }

    #[test]
    fn whatever_comes_as_a_cursor_is_taken_as_it_is_told_or_refused() {
        let made = [encode(&(1, 2)), encode(&("ann", 7)), encode(&-1), encode(&("", Option::<i64>::None))];
        try_all(&made.each_ref().map(String::as_str), |text| {
            let cursor = page(1, Some(text));
            if let Ok(Some(place)) = start::<(String, i64)>(&cursor) {
                assert_eq!(start(&page(1, Some(&encode(&place)))).unwrap(), Some(place));
            }
            let _numbers = start::<(i64, i64)>(&cursor);
        });
    }
}
