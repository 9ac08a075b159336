//! The other end of a connection.

use std::net::IpAddr;

/// The address at the other end of a connection; the accept loop puts it into each request that came over it. A request
/// without one came over no connection and counts as one of this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub IpAddr);
