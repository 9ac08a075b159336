//! A batch in its transaction: loaded, decided by the core, written; and how long each of these took.

use std::panic::{AssertUnwindSafe, catch_unwind};

use headcount_core::command::{Command, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::Decision;
use headcount_core::ids::Millis;
use headcount_core::notice::Due;
use headcount_core::working_set::{EventState, WorkingSet};

use super::News;
use super::counts::{Attempt, Counts, cause_of};
use crate::clock;
use crate::store::{Store, StoreError};

/// What came of a batch, or why nothing did.
pub(super) enum Decided {
    Committed(Vec<Decision>, Mail),
    /// A bug of ours: the batch must be decided command by command to find the guilty one.
    Broken(String),
    Failed(StoreError),
}

/// Whether something is to be mailed because of a batch. Only a hint: what is missed is found a little later.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mail {
    Nothing,
    Written,
}

impl Mail {
    fn of(set: &WorkingSet) -> Mail {
        let is_due = |state: &EventState| state.writes.notices.iter().any(|notice| notice.due == Due::Now);
        if set.events.values().any(is_due) { Mail::Written } else { Mail::Nothing }
    }
}

/// Decides commands in one transaction. A panic in there empties the working set, so that nothing of it is written.
pub(super) async fn decide_together<S: Store>(
    store: &mut S,
    commands: &[Command],
    news: News,
    counts: &Counts,
) -> Decided {
    let mut attempt = Attempt::begin(clock::instant());
    let decide = |set: &mut WorkingSet, now: Millis| {
        attempt.loaded(clock::instant());
        let decided = catch_unwind(AssertUnwindSafe(|| decide_batch(set, now, commands)));
        if news == News::Untold {
            let writes = set.events.values_mut().map(|state| &mut state.writes);
            writes.for_each(|writes| writes.notices.retain(|notice| !notice.kind.is_news()));
        }
        attempt.decided(clock::instant());
        decided.map(|decisions| (decisions, Mail::of(set))).map_err(|panic| {
            *set = WorkingSet::default();
            panic_text(panic.as_ref())
        })
    };
    let done = store.transact(&Needs::of(commands), decide).await;
    let failed = match &done {
        Ok(Ok(_)) => None,
        Ok(Err(_)) => Some("broken_rule"),
        Err(error) => Some(cause_of(error)),
    };
    counts.ended(clock::instant(), &attempt, failed);
    match done {
        Ok(Ok((decisions, mail))) => Decided::Committed(decisions, mail),
        Ok(Err(panic)) => Decided::Broken(panic),
        Err(StoreError::Refused(cause)) => Decided::Broken(cause),
        Err(error) => Decided::Failed(error),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}
