//! Where a request comes from: the address that limits count by.
//!
//! It is the address of the connection's other end, unless that is a proxy which is trusted: then it is the one that the
//! proxy names. Nobody else is believed, or whoever likes could count as somebody else.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::OnceLock;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::App;
use crate::peer::Peer;

mod forwarded;

/// Whom a request counts for: an IPv4 address, or the /64 network of an IPv6 address, as whoever has one of its
/// addresses has all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Client(IpAddr);

/// The proxies that are believed when they say whom they speak for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedProxies(Vec<IpNet>);

/// Finds out whom requests count for, and notes when a proxy may have been forgotten.
pub(super) struct Addresses {
    trusted: TrustedProxies,
    /// The first who said to speak for somebody and was not believed.
    stranger: OnceLock<IpAddr>,
}

impl Client {
    /// Whom an address counts for.
    pub fn at(address: IpAddr) -> Client {
        let network = !(u128::MAX >> 64);
        Client(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & network).into(),
        })
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Client, Infallible> {
        Ok(app.addresses.client(peer(&parts.extensions), &parts.headers))
    }
}

fn peer(extensions: &Extensions) -> IpAddr {
    extensions.get::<Peer>().map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0.to_canonical())
}

impl Addresses {
    /// With no stranger seen yet.
    pub(super) fn new(trusted: TrustedProxies) -> Addresses {
        Addresses { trusted, stranger: OnceLock::new() }
    }

    /// Whom a request over a connection with `peer` counts for. What no trusted proxy can have written, or nobody can
    /// read, counts for the peer.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let said = self.trusted.contain(peer).then(|| forwarded::origin(headers, |one| self.trusted.contain(one)));
        Client::at(said.flatten().unwrap_or(peer))
    }

    /// Notes if somebody says to speak for others and is not believed. To be asked of every request, so that a proxy that
    /// was forgotten is seen long before people come.
    pub(super) fn look_at(&self, request: &Request) {
        if self.stranger.get().is_some() || !forwarded::is_forwarded(request.headers()) {
            return;
        }
        let peer = peer(request.extensions());
        if !self.trusted.contain(peer) && self.stranger.set(peer).is_ok() {
            let address = peer.to_string();
            tracing::warn!("{}", self.about(&address, &address));
        }
    }

    /// What an operator should know, once there is something. Everybody may read it, so the address of somebody who is no
    /// machine of a network of one's own stands in the server's log only.
    pub(super) fn warning(&self) -> Option<String> {
        let peer = *self.stranger.get()?;
        if !is_of_own_network(peer) {
            return Some(self.about("outside (its address is in the log)", "ADDRESS"));
        }
        let address = peer.to_string();
        Some(self.about(&address, &address))
    }

    fn about(&self, from: &str, address: &str) -> String {
        let trusted = match self.trusted.0.as_slice() {
            [] => String::new(),
            _ => format!("{},", self.trusted),
        };
        format!(
            "a request from {from} said for whom it was forwarded, and was not believed: all requests from there count as \
             one client's. If it is your proxy, start the server with --trusted-proxies {trusted}{address}; if not, \
             somebody made it up, and nothing has to be done"
        )
    }
}

/// Whether the address means nothing to the world outside.
fn is_of_own_network(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local(),
    }
}

impl TrustedProxies {
    /// Nobody is believed.
    pub const NONE: TrustedProxies = TrustedProxies(Vec::new());

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Proxies on the same machine.
impl Default for TrustedProxies {
    fn default() -> TrustedProxies {
        TrustedProxies(vec![
            Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
            Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into(),
        ])
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<TrustedProxies, String> {
        if text == "none" {
            return Ok(TrustedProxies::NONE);
        }
        text.split(',').map(|part| network(part.trim())).collect::<Result<_, _>>().map(TrustedProxies)
    }
}

/// A network, or an address alone. IPv4 in the clothes of IPv6 is taken as what it is, as addresses are.
fn network(text: &str) -> Result<IpNet, String> {
    const MAPPED_BITS: u8 = 96;
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        format!("{text:?} is neither: write addresses or networks such as 10.0.0.5,10.1.0.0/16,fd00::/8, or none")
    })?;
    let mapped = match network {
        IpNet::V6(inner) if inner.prefix_len() >= MAPPED_BITS => inner.addr().to_ipv4_mapped(),
        _ => None,
    };
    let as_mapped = |address| Ipv4Net::new_assert(address, network.prefix_len() - MAPPED_BITS).into();
    Ok(mapped.map_or(network, as_mapped))
}

/// As it is written on the command line.
impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, network) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match network.prefix_len() == network.max_prefix_len() {
                true => write!(f, "{separator}{}", network.addr())?,
                false => write!(f, "{separator}{network}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
