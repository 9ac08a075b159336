//! The pace of a check: it reads for half of the time at most, so that a core and the disk are left to those who sign up.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::clock;
use crate::store::audit::AuditError;

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Between the pieces of a check.
pub(super) struct Pace {
    is_wanted: Arc<AtomicBool>,
    /// When the piece before was begun.
    began: Cell<Instant>,
}

impl Pace {
    pub(super) fn new(is_wanted: Arc<AtomicBool>) -> Pace {
        Pace { is_wanted, began: Cell::new(clock::instant()) }
    }

    /// Rests for as long as the last piece took. Blocks.
    ///
    /// # Errors
    /// If nobody wants to know any more.
    pub(super) fn pause(&self) -> Result<(), AuditError> {
        let took = clock::instant().saturating_duration_since(self.began.get());
        std::thread::sleep(took.min(PAUSE_MAX));
        self.began.set(clock::instant());
        if self.is_wanted.load(Ordering::Relaxed) { Ok(()) } else { Err(AuditError::Stopped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_nobody_wants_to_know_any_more() {
        let is_wanted = Arc::new(AtomicBool::new(true));
        let pace = Pace::new(Arc::clone(&is_wanted));
        assert_eq!(pace.pause(), Ok(()));
        is_wanted.store(false, Ordering::Relaxed);
        assert_eq!(pace.pause(), Err(AuditError::Stopped));
    }
}
