//! The responses of an event that is followed from inside: by those who work at it, or come to it.
//!
//! A feed reads what is new once for all of them and keeps the latest. Whoever is further behind reads pages for themselves,
//! up to a limit; so nobody holds a queue for anybody.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use headcount_core::ids::{EventId, RoleId, Seq};
use headcount_core::view::{Availability, EventView};
use hyper::body::Bytes;

use crate::store::responses::{Answers, ResponseLine};
use crate::store::{Readers, StoreError};

/// Responses of an event that are kept for those who are a little behind.
const KEPT_MAX: usize = 256;

/// What is told of one response.
#[derive(Debug)]
pub struct Response {
    /// The event.
    pub event: EventId,
    /// The response.
    pub line: ResponseLine,
    /// Its role as it was when this was read, at the response or later; none: it is gone.
    pub role: Option<Arc<RoleNow>>,
    written: OnceLock<Bytes>,
}

/// A role with those who have answered.
#[derive(Clone, PartialEq, Debug)]
pub struct RoleNow {
    /// Its name.
    pub name: String,
    /// What is taken and what is free.
    pub availability: Availability,
    /// Who has said yes and no.
    pub answers: Answers,
}

/// Some responses, in order.
#[derive(Debug)]
pub struct Responses {
    /// The responses.
    pub responses: Vec<Arc<Response>>,
    /// All up to this entry of the log are among them.
    pub through: Seq,
}

impl Response {
    /// The response as it is sent. Whoever comes first writes it, with the one `write` there is; all others share it.
    pub fn written(&self, write: impl FnOnce(&Response) -> Bytes) -> Bytes {
        self.written.get_or_init(|| write(self)).clone()
    }
}

/// Reads the responses after `after`, up to what `view` shows; not more than a page.
pub(super) async fn read(readers: &Readers, view: &EventView, after: Seq) -> Result<Responses, StoreError> {
    let event = (view.id, view.settings.form.one_per);
    let page = readers.responses(event, after, view.seq).await?;
    let mut roles: BTreeMap<RoleId, Option<Arc<RoleNow>>> = BTreeMap::new();
    for line in &page.lines {
        if roles.contains_key(&line.role) {
            continue;
        }
        let role = match view.roles.iter().find(|role| role.id == line.role) {
            Some(role) => Some(Arc::new(RoleNow {
                name: role.name.clone(),
                availability: role.availability,
                answers: readers.answers(event, role.id).await?,
            })),
            None => None,
        };
        roles.insert(line.role, role);
    }
    let response = |line: ResponseLine| {
        let role = roles.get(&line.role).cloned().flatten();
        Arc::new(Response { event: view.id, line, role, written: OnceLock::new() })
    };
    Ok(Responses { responses: page.lines.into_iter().map(response).collect(), through: page.through })
}

/// The latest responses.
#[derive(Debug, Default)]
pub(super) struct Latest(Mutex<Kept>);

/// All responses after `since`, up to `through`.
#[derive(Debug, Default)]
struct Kept {
    since: Seq,
    through: Seq,
    responses: VecDeque<Arc<Response>>,
}

impl Latest {
    /// Begins anew, with those after `at`.
    pub(super) fn begin(&self, at: Seq) {
        *self.kept() = Kept { since: at, through: at, responses: VecDeque::new() };
    }

    /// Up to which entry of the log they are known.
    pub(super) fn through(&self) -> Seq {
        self.kept().through
    }

    /// Adds what comes after them.
    pub(super) fn add(&self, new: Responses) {
        let mut kept = self.kept();
        kept.through = new.through;
        kept.responses.extend(new.responses);
        while kept.responses.len() > KEPT_MAX {
            if let Some(gone) = kept.responses.pop_front() {
                kept.since = gone.line.seq;
            }
        }
    }

    /// All after `after`, up to `up_to`; none if they are not all here.
    pub(super) fn between(&self, after: Seq, up_to: Seq) -> Option<VecDeque<Arc<Response>>> {
        let kept = self.kept();
        if after < kept.since || up_to > kept.through {
            return None;
        }
        let from = kept.responses.partition_point(|response| response.line.seq <= after);
        let wanted = kept.responses.range(from..).take_while(|response| response.line.seq <= up_to);
        Some(wanted.cloned().collect())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
