//! The registrations of an event as CSV (RFC 4180), for spreadsheets and for other programs.
//!
//! A cell that a spreadsheet would run is defused by an apostrophe before it (OWASP, CSV Injection); `import` takes it away
//! again.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};

use super::answers::{Managed, Registration};
use super::organizer::Organizer;
use crate::pages::Pages;
use crate::pages::answers::List;
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::visitor::Visitor;

/// What the first line calls the columns, in every language: `import` knows them by these.
pub(super) const COLUMNS: [&str; 14] = [
    "id",
    "role",
    "status",
    "position",
    "name",
    "email",
    "phone",
    "spots",
    "notes",
    "special_requirements",
    "staff_note",
    "checked_in",
    "signed_up_at",
    "link",
];

/// By this spreadsheets know that it is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// How many are asked for at once.
const PEOPLE_MAX: usize = 200;

/// Sends it.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(event): Path<String>,
) -> Response {
    let visitor = &organizer.visitor;
    match write(&pages, visitor, &event).await {
        Ok((managed, csv)) => {
            let name = format!("attachment; filename=\"{}.csv\"", managed.event.slug);
            let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
            let headers = [
                (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
                (CONTENT_DISPOSITION, name),
                (CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ];
            (headers, csv).into_response()
        }
        Err(problem) => failed::page(visitor, &problem),
    }
}

async fn write(pages: &Pages, visitor: &Visitor, event: &str) -> Result<(Managed, Vec<u8>), Problem> {
    let managed = Managed::of(pages, visitor, event).await?;
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.into());
    let unwritable = |error: csv::Error| {
        tracing::error!(%error, "a list cannot be written");
        Problem::unreadable()
    };
    csv.write_record(COLUMNS).map_err(unwritable)?;
    let mut cursor = String::new();
    loop {
        let path =
            format!("/api/v1/events/{}/registrations?limit={PEOPLE_MAX}&cursor={}", managed.event.id, segment(&cursor));
        let list: List<Registration> = pages.api().get(visitor, path).read().await?;
        for one in &list.items {
            csv.write_record(cells(pages, visitor, one)).map_err(unwritable)?;
        }
        let Some(next) = list.next_cursor else { break };
        cursor = next;
    }
    let written = csv.into_inner().map_err(|_| Problem::unreadable())?;
    Ok((managed, written))
}

fn cells(pages: &Pages, visitor: &Visitor, one: &Registration) -> [String; 14] {
    let text = |text: &Option<String>| defused(text.as_deref().unwrap_or_default());
    [
        one.id.to_string(),
        defused(&one.role),
        one.status.as_str().to_owned(),
        one.position.map(|position| position.to_string()).unwrap_or_default(),
        defused(&one.name.shown(visitor)),
        text(&one.email),
        text(&one.phone),
        one.spots.to_string(),
        text(&one.notes),
        text(&one.special_requirements),
        text(&one.staff_note),
        one.checked_in.to_string(),
        one.created_at.rfc3339(),
        one.own_page(pages).unwrap_or_default(),
    ]
}

/// Whether a spreadsheet might take a text that begins like this for a formula.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// A text that no spreadsheet runs.
fn defused(text: &str) -> String {
    // An apostrophe that was there is not taken away by `armed`.
    let is_like_defused = text.strip_prefix('\'').is_some_and(|rest| is_formula(rest) || rest.starts_with('\''));
    if is_formula(text) || is_like_defused { format!("'{text}") } else { text.to_owned() }
}

/// The text that was defused.
pub(super) fn armed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) || rest.starts_with('\'') => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_and_none_is_lost() {
        let plain = ["Ann", "", "O'Neill", "a=b", "'tis", "דנה", "😀"];
        let dangerous =
            ["=HYPERLINK(\"https://evil.example\")", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "''=1", "＝1"];
        for text in plain {
            assert_eq!(defused(text), text);
        }
        for text in dangerous {
            assert!(defused(text).starts_with('\''), "{text}");
        }
        for text in plain.into_iter().chain(dangerous) {
            assert_eq!(armed(&defused(text)), text);
        }
    }
}
