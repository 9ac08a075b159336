//! The ways to give away places that are compared, by name.

use super::lanes::Keys;
use super::layout::PlaceRows;
use super::sql::Way;
use super::sql::counted::Guard;
use super::sql::stepwise::Check;

/// One way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, clap::ValueEnum)]
pub enum Strategy {
    /// Count, then insert, without a lock
    Unlocked,
    /// Lock the event's row, count, insert, each statement after the answer to the one before
    RowLock,
    /// The same, sent at once
    RowLockAtOnce,
    /// Take an advisory lock, count, insert
    AdvisoryLock,
    /// Raise a counter where it is below the capacity, insert, each statement after the answer to the one before
    Counter,
    /// The same in one statement
    CounterAtOnce,
    /// Take one of the rows that stand for places, passing over locked ones, insert
    RowAPlace,
    /// Count, insert, at isolation level serializable, again where it fails
    Serializable,
    /// headcount's lanes: log, hash chain and counters too
    Lanes,
    /// The same, each request with an idempotency key
    LanesKeys,
}

/// What carries a strategy out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Means {
    /// Our own SQL, one transaction a request.
    Sql(Way),
    /// The lanes.
    Lanes(Keys),
}

impl Strategy {
    /// All, in the order in which they are shown.
    pub(super) const ALL: [Strategy; 10] = [
        Strategy::Unlocked,
        Strategy::RowLock,
        Strategy::RowLockAtOnce,
        Strategy::AdvisoryLock,
        Strategy::Counter,
        Strategy::CounterAtOnce,
        Strategy::RowAPlace,
        Strategy::Serializable,
        Strategy::Lanes,
        Strategy::LanesKeys,
    ];

    /// As it is chosen on the command line and named in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Strategy::Unlocked => "unlocked",
            Strategy::RowLock => "row-lock",
            Strategy::RowLockAtOnce => "row-lock-at-once",
            Strategy::AdvisoryLock => "advisory-lock",
            Strategy::Counter => "counter",
            Strategy::CounterAtOnce => "counter-at-once",
            Strategy::RowAPlace => "row-a-place",
            Strategy::Serializable => "serializable",
            Strategy::Lanes => "lanes",
            Strategy::LanesKeys => "lanes-keys",
        }
    }

    /// As it is shown to people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Strategy::Unlocked => "count, then insert, no lock",
            Strategy::RowLock => "row lock + count",
            Strategy::RowLockAtOnce => "row lock + count, at once",
            Strategy::AdvisoryLock => "advisory lock + count",
            Strategy::Counter => "conditional counter",
            Strategy::CounterAtOnce => "conditional counter, at once",
            Strategy::RowAPlace => "a row a place, skip locked",
            Strategy::Serializable => "serializable, with retries",
            Strategy::Lanes => "headcount's lanes",
            Strategy::LanesKeys => "headcount's lanes, with keys",
        }
    }

    pub(super) fn means(self) -> Means {
        match self {
            Strategy::Unlocked => Means::Sql(Way::Counted(Guard::None)),
            Strategy::RowLock => Means::Sql(Way::Stepwise(Check::LockAndCount)),
            Strategy::RowLockAtOnce => Means::Sql(Way::Counted(Guard::Row)),
            Strategy::AdvisoryLock => Means::Sql(Way::Counted(Guard::Advisory)),
            Strategy::Counter => Means::Sql(Way::Stepwise(Check::Counter)),
            Strategy::CounterAtOnce => Means::Sql(Way::Counter),
            Strategy::RowAPlace => Means::Sql(Way::Places),
            Strategy::Serializable => Means::Sql(Way::Counted(Guard::Serializable)),
            Strategy::Lanes => Means::Lanes(Keys::Without),
            Strategy::LanesKeys => Means::Lanes(Keys::With),
        }
    }

    pub(super) fn place_rows(self) -> PlaceRows {
        if self == Strategy::RowAPlace { PlaceRows::OneEach } else { PlaceRows::None }
    }

    pub(super) fn is_lanes(self) -> bool {
        matches!(self.means(), Means::Lanes(_))
    }
}
