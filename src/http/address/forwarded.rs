//! What proxies say of those they speak for: `X-Forwarded-For`, or else `Forwarded` (RFC 7239).
//!
//! Each proxy adds to the right what it has seen itself; whatever stands to the left came from outside and may be
//! anything. So it is read from the right, in bytes, and no further than the first address that is no trusted proxy.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How many proxies one behind the other are followed.
const HOPS_MAX: usize = 32;

/// Whether the request says that it was forwarded.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
}

/// The nearest address that is not trusted; where all are, the farthest. None where nothing is said, or what is said
/// cannot be read.
pub(super) fn origin(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let (name, read): (_, fn(&str) -> Option<IpAddr>) =
        if headers.contains_key(X_FORWARDED_FOR) { (X_FORWARDED_FOR, address) } else { (FORWARDED, for_whom) };
    // No address holds a comma. One between quotes may be an outsider's, meant to hide what stands right of it.
    let lines = headers.get_all(name).iter().rev();
    let parts = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let parts = parts.map(<[u8]>::trim_ascii).filter(|part| !part.is_empty());
    let mut farthest = None;
    for part in parts.take(HOPS_MAX) {
        let address = read(str::from_utf8(part).ok()?)?;
        if !is_trusted(address) {
            return Some(address);
        }
        farthest = Some(address);
    }
    farthest
}

/// The `for` of an element of `Forwarded`.
fn for_whom(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = value.trim();
    address(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// An address, also with a port or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    text.parse().ok().or_else(with_port).or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}
