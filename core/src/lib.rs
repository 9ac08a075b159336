//! What headcount decides, and nothing else. Pure: no I/O, no clock, no randomness, no hash order.
//!
//! Read in this order:
//!
//! 1. [`ids`], [`limits`], [`person`]: the small types.
//! 2. [`event`]: event, role and registration, and what their settings mean.
//! 3. [`command`]: what may be asked, and what must be loaded for it.
//! 4. [`decision`], [`refusal`] [`change`] and [`notice`]: what comes of it, the log's content, and what
//!    is mailed.
//! 5. [`working_set`], [`registrations`] and [`queue`]: the loaded part of the events a batch touches.
//! 6. [`waitlist`]: who has the better claim.
//! 7. [`decide`]: the rules, one file a family of commands.
//! 8. [`view`]: what an event looks like from outside.
//! 9. [`invariant`]: what must hold after every decision, checked the slow way; for tests.

pub mod change;
pub mod command;
pub mod decide;
pub mod decision;
pub mod event;
pub mod ids;
pub mod invariant;
pub mod limits;
pub mod notice;
pub mod person;
pub mod queue;
pub mod refusal;
pub mod registrations;
pub mod retention;
pub mod view;
pub mod waitlist;
pub mod working_set;
