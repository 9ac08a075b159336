//! The store in PostgreSQL. `address` says which one, `tls` how far its server is trusted, `connect` gets there,
//! `explain` says why not, `check` what a server must be like.

mod address;
mod check;
mod connect;
mod explain;
mod tls;
mod url;

pub use address::Address;
pub use check::probe;
