//! Which addresses a name has.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use tokio::net::lookup_host;

/// Looks names up.
#[derive(Clone, Debug, Default)]
pub enum Resolver {
    /// As everything on this machine does.
    #[default]
    System,
    /// In a table, and nowhere else: so a test says where names lead.
    Table(BTreeMap<String, Vec<IpAddr>>),
}

impl Resolver {
    /// The addresses of a name or of an address that is written out; at least one.
    ///
    /// # Errors
    /// If it has none, or the system cannot tell.
    pub(super) async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found: Vec<IpAddr> = match (host.parse(), self) {
            (Ok(address), _) => vec![address],
            (Err(_), Resolver::System) => lookup_host((host, 0)).await?.map(|found| found.ip()).collect(),
            (Err(_), Resolver::Table(table)) => table.get(host).cloned().unwrap_or_default(),
        };
        if found.is_empty() { Err(io::Error::other("the name has no address")) } else { Ok(found) }
    }
}
