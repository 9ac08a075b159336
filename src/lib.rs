//! headcount: an event sign-up server that never overbooks.
//!
//! The deciding core is a package of its own, [`headcount_core`]; here is everything that does something. One sign-up
//! passes, in this order:
//!
//! 1. [`http`]: the request becomes a command.
//! 2. [`lanes`]: it waits in its event's lane, is taken with all that waits there, decided by the core, and answered.
//! 3. [`store`]: what was decided is committed, in one transaction a batch.
//! 4. [`live`]: those who follow the event are told its newest state.
//!
//! What is committed goes on to the addresses of organizations by [`hooks`], and to people by [`mail`].
//!
//! Around it: [`server`] puts these together, [`people`] knows who has an account and what they may, [`pages`] shows what
//! is for people's eyes, [`given`] checks what they type, [`secret`] makes what is derived and never stored, [`clock`] is
//! the only reader of time and randomness, [`verify`] checks afterwards with code of its own, [`checks`] has it do so while
//! the server runs, [`simulate`] tries it all in a world that is made up, [`metrics`] is what is counted for operators,
//! [`config`] and [`cli`] are the command line, [`client`] is for the commands that talk to a server.

pub mod calendar;
pub mod checks;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod given;
pub mod hooks;
pub mod html;
pub mod http;
pub mod lanes;
pub mod live;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod peer;
pub mod people;
pub mod secret;
pub mod server;
pub mod simulate;
pub mod store;
pub mod verify;
pub mod words;
