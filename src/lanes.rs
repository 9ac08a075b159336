//! Lanes and workers: one queue an event, in which commands wait their turn.
//!
//! A worker takes what waits, has it loaded, decided and committed, and only then answers. A command that is not taken
//! by its deadline is answered [`Rejected::Busy`] and never decided.

/// Why a command has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not taken in time, or the lane is full: nothing happened, try again.
    #[error("busy")]
    Busy,
    /// The storage failed: nothing happened.
    #[error("storage is unavailable")]
    Unavailable,
    /// The storage failed in the commit: it may or may not have happened.
    #[error("the outcome is unknown")]
    Unknown,
    /// A bug of ours: nothing happened.
    #[error("an internal error")]
    Internal,
}
