//! What the tests of the core share.

pub(crate) mod build;
pub(crate) mod memory;
