//! headcount: an event sign-up server that never overbooks.

pub mod client;
pub mod clock;
pub mod http;
pub mod lanes;
pub mod secret;
pub mod store;
pub mod verify;
