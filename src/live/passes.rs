//! What those who are told more than everybody, or who hold a stream open at all, have shown of themselves. Whoever knows
//! what has ended (see `people`) says so here, and the streams that it had opened end.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::ids::{DoorId, TokenId};
use tokio::sync::oneshot;

use super::Live;

/// What somebody has shown to be let in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pass {
    /// A session of a browser, by its hash.
    Session(String),
    /// A token of a program.
    Token(TokenId),
    /// A door link.
    Door(DoorId),
}

/// The passes by which streams are open, each with a number of its own.
#[derive(Default)]
pub(super) struct Passes {
    next: u64,
    open: BTreeMap<u64, (Pass, oneshot::Sender<()>)>,
}

/// A stream that is open by a pass, until it is dropped.
pub struct Admission {
    live: Live,
    number: u64,
    ended: oneshot::Receiver<()>,
}

impl Live {
    /// Notes that a stream is open by `pass`.
    pub fn admit(&self, pass: Pass) -> Admission {
        let (end, ended) = oneshot::channel();
        let passes = &mut self.hub().passes;
        let number = passes.next;
        passes.next += 1;
        passes.open.insert(number, (pass, end));
        Admission { live: self.clone(), number, ended }
    }

    /// The passes by which streams are open.
    pub fn passes(&self) -> BTreeSet<Pass> {
        self.hub().passes.open.values().map(|(pass, _)| pass.clone()).collect()
    }

    /// Ends all streams that are open by one of these.
    pub fn end(&self, passes: &BTreeSet<Pass>) {
        self.hub().passes.open.retain(|_, (pass, _)| !passes.contains(pass));
    }
}

impl Admission {
    /// Resolves when what was shown has ended.
    pub async fn ended(&mut self) {
        // The other end says nothing; it goes away.
        let _gone = (&mut self.ended).await;
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.live.hub().passes.open.remove(&self.number);
    }
}
