use axum::body::Body;
use axum::http::HeaderValue;
use headcount_simulation::spoil::try_all;

use super::*;
use crate::peer::Peer;

/// Whom a request from `peer` with these headers counts for, where 10.0.0.0/8 and loopback are trusted.
fn client(peer: &str, headers: &[(&'static str, &[u8])]) -> IpAddr {
    let addresses = Addresses::new("127.0.0.0/8,::1,10.0.0.0/8".parse().unwrap());
    found(&addresses, peer, headers)
}

fn found(addresses: &Addresses, peer: &str, headers: &[(&'static str, &[u8])]) -> IpAddr {
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    for (name, value) in headers {
        request.headers_mut().append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    addresses.look_at(&request);
    addresses.client(super::peer(request.extensions()), request.headers()).0
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn without_a_proxy_it_is_the_peer() {
    assert_eq!(client("203.0.113.9", &[]), ip("203.0.113.9"));
    assert_eq!(client("127.0.0.1", &[]), ip("127.0.0.1"), "a trusted one that speaks for itself");
    assert_eq!(client("::ffff:203.0.113.9", &[]), ip("203.0.113.9"), "as a socket for both shows IPv4");
}

#[test]
fn ipv6_counts_by_the_network() {
    assert_eq!(client("2001:db8:1:2:3:4:5:6", &[]), ip("2001:db8:1:2::"));
    assert_eq!(client("2001:db8:1:2:ffff::1", &[]), ip("2001:db8:1:2::"));
    assert_eq!(client("2001:db8:1:3::1", &[]), ip("2001:db8:1:3::"));
}

#[test]
fn a_trusted_proxy_names_the_client() {
    for (told, whom) in [
        ("198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::"),
        ("[2001:db8::1]", "2001:db8::"),
        ("[2001:db8::1]:443", "2001:db8::"),
        ("198.51.100.7, 10.0.0.5", "198.51.100.7"),
        ("198.51.100.7,10.0.0.5,,127.0.0.1,", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.0.0.5", "198.51.100.7"),
        ("garbage, \"', 198.51.100.7", "198.51.100.7"),
        ("10.0.0.7, 10.0.0.5", "10.0.0.7"),
    ] {
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", told.as_bytes())]), ip(whom), "{told}");
        assert_eq!(client("::ffff:10.1.2.3", &[("x-forwarded-for", told.as_bytes())]), ip(whom), "{told}");
    }
    let binary = b"\xff\xfe, 198.51.100.7";
    assert_eq!(client("127.0.0.1", &[("x-forwarded-for", binary)]), ip("198.51.100.7"), "left of it may be anything");
}

#[test]
fn several_headers_are_one_list() {
    let headers: [(_, &[u8]); 2] = [("x-forwarded-for", b"1.1.1.1, 198.51.100.7"), ("x-forwarded-for", b"10.0.0.5")];
    assert_eq!(client("127.0.0.1", &headers), ip("198.51.100.7"));
}

#[test]
fn the_standard_header_is_read_where_the_usual_one_is_absent() {
    for (told, whom) in [
        ("for=198.51.100.7", "198.51.100.7"),
        ("FOR=198.51.100.7;proto=https;by=10.0.0.5", "198.51.100.7"),
        ("proto=https; For=\"[2001:db8::1]:4711\"", "2001:db8::"),
        ("for=\"198.51.100.7:80\"", "198.51.100.7"),
        ("for=1.1.1.1, for=198.51.100.7, for=10.0.0.5", "198.51.100.7"),
        ("for=\"1.1.1.1, for=198.51.100.7", "198.51.100.7"),
        ("for=unknown", "127.0.0.1"),
        ("for=_hidden", "127.0.0.1"),
        ("proto=https", "127.0.0.1"),
        ("198.51.100.7", "127.0.0.1"),
    ] {
        assert_eq!(client("127.0.0.1", &[("forwarded", told.as_bytes())]), ip(whom), "{told}");
    }
    let both: [(_, &[u8]); 2] = [("forwarded", b"for=1.1.1.1"), ("x-forwarded-for", b"198.51.100.7")];
    assert_eq!(client("127.0.0.1", &both), ip("198.51.100.7"));
    let unreadable: [(_, &[u8]); 2] = [("forwarded", b"for=1.1.1.1"), ("x-forwarded-for", b"nobody")];
    assert_eq!(client("127.0.0.1", &unreadable), ip("127.0.0.1"));
}

#[test]
fn what_cannot_be_read_counts_for_the_peer() {
    let long = "9".repeat(10_000);
    let many = "10.0.0.5,".repeat(1_000);
    for told in ["", ",,", "nobody", "256.1.1.1", "1.2.3", "[2001:db8::1", "fe80::1%eth0", "1.1.1.1 2.2.2.2", &long] {
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", told.as_bytes())]), ip("127.0.0.1"), "{told}");
    }
    assert_eq!(client("127.0.0.1", &[("x-forwarded-for", b"\xff")]), ip("127.0.0.1"));
    assert_eq!(client("127.0.0.1", &[("x-forwarded-for", b"1.1.1.1, nobody, 10.0.0.5")]), ip("127.0.0.1"));
    assert_eq!(client("127.0.0.1", &[("x-forwarded-for", many.as_bytes())]), ip("10.0.0.5"));
}

#[test]
fn who_is_not_trusted_is_not_believed_and_named_once() {
    let addresses = Addresses::new(TrustedProxies::default());
    found(&addresses, "127.0.0.1", &[("x-forwarded-for", b"198.51.100.7")]);
    found(&addresses, "192.168.1.9", &[]);
    assert_eq!(addresses.warning(), None);
    for name in ["x-forwarded-for", "forwarded"] {
        assert_eq!(found(&addresses, "192.168.1.9", &[(name, b"198.51.100.7")]), ip("192.168.1.9"));
    }
    let warning = addresses.warning().unwrap();
    assert!(warning.starts_with("a request from 192.168.1.9 said"), "{warning}");
    assert!(warning.contains("--trusted-proxies 127.0.0.0/8,::1,192.168.1.9;"), "{warning}");
    found(&addresses, "192.168.1.10", &[("forwarded", b"for=198.51.100.7")]);
    assert_eq!(addresses.warning().unwrap(), warning, "the first one stays");
}

#[test]
fn a_stranger_from_outside_is_named_in_the_log_only() {
    let addresses = Addresses::new(TrustedProxies::NONE);
    found(&addresses, "203.0.113.9", &[("x-forwarded-for", b"198.51.100.7")]);
    let warning = addresses.warning().unwrap();
    assert!(!warning.contains("203.0.113.9") && warning.contains("--trusted-proxies ADDRESS;"), "{warning}");
}

#[test]
fn proxies_are_addresses_or_networks() {
    let read = |text: &str| text.parse::<TrustedProxies>();
    assert_eq!(read("127.0.0.0/8,::1"), Ok(TrustedProxies::default()));
    assert_eq!(read("none"), Ok(TrustedProxies::NONE));
    for text in ["none", "127.0.0.0/8,::1", "10.0.0.5", "10.0.0.5,fd00::/8"] {
        assert_eq!(read(text).unwrap().to_string(), text);
    }
    assert_eq!(read("::ffff:10.0.0.0/104"), read("10.0.0.0/8"));
    assert_eq!(read(" ::ffff:10.0.0.5 , 10.1.0.0/16"), read("10.0.0.5,10.1.0.0/16"));
    for wrong in ["", "10.0.0.5,", "proxy.example.org", "10.0.0.0/33", "none,10.0.0.5", "10.0.0.5:80"] {
        assert!(read(wrong).is_err_and(|problem| problem.contains("10.1.0.0/16")), "{wrong}");
    }
}

#[test]
fn whatever_is_forwarded_it_is_the_peer_or_an_address_that_is_named() {
    let forwarded = [
        "203.0.113.9, 10.0.0.2",
        "for=192.0.2.60;proto=http;by=203.0.113.43, for=10.0.0.3",
        "for=\"[2001:db8:cafe::17]:4711\"",
        "[::1]:80, 10.1.2.3:443, unknown",
        "::ffff:10.0.0.1",
    ];
    try_all(&forwarded, |text| {
        let Ok(value) = HeaderValue::from_str(text) else { return };
        for name in ["x-forwarded-for", "forwarded"] {
            let found = client("10.0.0.1", &[(name, value.as_bytes())]);
            let stranger = client("203.0.113.200", &[(name, value.as_bytes())]);
            assert_eq!(stranger, ip("203.0.113.200"), "nobody else may say whom they speak for");
            // One of IPv6 may be written in many ways.
            let is_said = text.contains(&found.to_string()) || text.contains(':');
            assert!(is_said || found == ip("10.0.0.1"), "{found}");
        }
    });
}
