//! Lists in parts: `?limit=&cursor=`, answered with `{items, next_cursor}`.

use serde::Deserialize;
use utoipa::IntoParams;

use super::json::{Checks, Field, Sent, Why};
use super::problem::Problem;
use crate::store::read::Page;

const ITEMS_MAX: u32 = 200;
const ITEMS_DEFAULT: u32 = 50;

/// How many items are wanted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(u32);

impl Field<'_> for Limit {
    const EXPECTED: &'static str = "a whole number from 1 to 200";

    fn from_text(text: &str) -> Result<Limit, Why> {
        let limit = text.parse().ok().filter(|limit| (1..=ITEMS_MAX).contains(limit));
        limit.map(Limit).ok_or_else(|| format!("must be {}", Limit::EXPECTED).into())
    }
}

/// The query of a list without filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// At most this many items; 50 if left out.
    #[param(value_type = u32, minimum = 1, maximum = 200)]
    limit: Sent<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The page that is wanted.
    pub(super) fn page(self) -> Result<Page, Problem> {
        let mut checks = Checks::default();
        let page = page(&mut checks, self.limit, self.cursor);
        checks.finish().map(|()| page)
    }
}

/// The page that is wanted, beside the filters of a list.
pub(super) fn page(checks: &mut Checks, limit: Sent<Limit>, cursor: Option<String>) -> Page {
    Page { limit: limit_or_default(checks, limit), cursor: cursor.filter(|cursor| !cursor.is_empty()) }
}

/// How many items are wanted at once.
pub(super) fn limit_or_default(checks: &mut Checks, limit: Sent<Limit>) -> u32 {
    checks.given("limit", limit).map_or(ITEMS_DEFAULT, |limit| limit.0)
}
