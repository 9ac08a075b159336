//! Where a webhook may lead. The address is written by somebody who may not be trusted with the network that the server
//! stands in, so it must lead out of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use ipnet::{Ipv4Net, Ipv6Net};

/// Longest address of a webhook.
pub const URL_BYTES_MAX: usize = 2_000;
/// Longest name of a host.
const HOST_BYTES_MAX: usize = 253;
/// The lowest port that may be written, beside that of https: below it are mail servers and the like.
const PORT_MIN: u16 = 1_024;
const HTTPS_PORT: u16 = 443;
const HTTP_PORT: u16 = 80;

/// How far webhooks may reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reach {
    /// Over https to addresses of the internet.
    #[default]
    Public,
    /// Anywhere, also within this machine and network, and without TLS: for trying things out.
    Anywhere,
}

/// Where to deliver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) encryption: Encryption,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// What the Host header says.
    pub(super) authority: String,
    /// What is asked for, with the query.
    pub(super) path: String,
}

/// Whether the way there is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encryption {
    Tls,
    None,
}

impl Target {
    /// Reads an address. The problem continues a sentence that begins with what it is.
    ///
    /// # Errors
    /// If it is no address, or one that must not be reached.
    pub(super) fn parse(url: &str, reach: Reach) -> Result<Target, String> {
        if url.len() > URL_BYTES_MAX {
            return Err(format!("must be at most {URL_BYTES_MAX} bytes long"));
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains(['#', '\\']) {
            return Err(
                "must be an address in ASCII without blanks, # or \\; write other letters of a name as xn--…, \
                        those of a path as %…"
                    .into(),
            );
        }
        let uri: Uri = url.parse().map_err(|_| "must be an address, such as https://example.org/hook")?;
        let encryption = match (uri.scheme_str(), reach) {
            (Some("https"), _) => Encryption::Tls,
            (Some("http"), Reach::Anywhere) => Encryption::None,
            _ => return Err("must begin with https://".into()),
        };
        let authority = uri.authority().ok_or("must name a host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a name or password; what is delivered is signed instead".into());
        }
        let host = host(authority.host(), reach)?;
        let rest = &authority.as_str()[authority.host().len()..];
        let port = port(rest, encryption, reach)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Target { encryption, host, port, authority: authority.to_string(), path })
    }
}

/// The host, as it is looked up. Addresses that are written out are judged at once.
fn host(written: &str, reach: Reach) -> Result<String, String> {
    let bare = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(written);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return may_reach(address, reach).map(|()| bare.to_owned());
    }
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if bare.len() > HOST_BYTES_MAX || !bare.split('.').all(is_label) {
        return Err("must name a host, such as hooks.example.org, or an IP address".into());
    }
    // `127.1`, `0x7f000001` and `2130706433` are addresses too for those who look names up.
    let last = bare.rsplit('.').next().unwrap_or_default();
    let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").or_else(|| last.strip_prefix("0X")).is_some_and(is_hexadecimal);
    if is_number {
        return Err("must write an IP address as four numbers from 0 to 255 with dots between them".into());
    }
    if reach == Reach::Public && !bare.contains('.') {
        return Err("must name a host in full, such as hooks.example.org".into());
    }
    Ok(bare.to_ascii_lowercase())
}

/// The port after the host: nothing, or a colon and a number.
fn port(written: &str, encryption: Encryption, reach: Reach) -> Result<u16, String> {
    let usual = match encryption {
        Encryption::Tls => HTTPS_PORT,
        Encryption::None => HTTP_PORT,
    };
    if written.is_empty() {
        return Ok(usual);
    }
    let port = written.strip_prefix(':').and_then(|port| port.parse().ok()).filter(|port| *port > 0);
    let port: u16 = port.ok_or("must name a port between 1 and 65535 after the colon, or none")?;
    if reach == Reach::Public && port != HTTPS_PORT && port < PORT_MIN {
        return Err(format!("must go to port {HTTPS_PORT}, or to one from {PORT_MIN} on"));
    }
    Ok(port)
}

/// Whether an address may be reached.
///
/// # Errors
/// Why not, as the rest of a sentence.
pub(super) fn may_reach(address: IpAddr, reach: Reach) -> Result<(), String> {
    if reach == Reach::Anywhere || is_public(address) {
        return Ok(());
    }
    Err(format!("leads to {address}, which is not an address of the internet; webhooks reach no others here"))
}

/// Whether an address is one of the internet: none of this machine, of its network, or with a meaning of its own.
///
/// Source: IANA's registries of special-purpose addresses for IPv4 and IPv6. Of the addresses that hold one of IPv4, only
/// those that a translator (NAT64) makes lead anywhere, and they lead where that one does.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => UNICAST.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address)),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|net| net.contains(&address))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(first: u16, second: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), bits)
}

const SPECIAL_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // shared by the customers of a provider
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local; metadata of clouds
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// 64:ff9b::/96, behind which a translator puts the addresses of IPv4.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);

/// All that is given out as addresses of the internet.
const UNICAST: Ipv6Net = v6(0x2000, 0, 3);

const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),      // protocol assignments: Teredo, benchmarking, ORCHID
    v6(0x2001, 0x0db8, 32), // documentation
    v6(0x2002, 0, 16),      // 6to4
    v6(0x3fff, 0, 20),      // documentation
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        Target::parse(url, Reach::Public).expect_err(url)
    }

    #[test]
    fn an_address_is_read_into_its_parts() {
        let target = Target::parse("https://Hooks.Example.org:8443/a/b?c=d", Reach::Public).unwrap();
        let expected = Target {
            encryption: Encryption::Tls,
            host: "hooks.example.org".into(),
            port: 8443,
            authority: "Hooks.Example.org:8443".into(),
            path: "/a/b?c=d".into(),
        };
        assert_eq!(target, expected);
        let target = Target::parse("https://[2a00:1450::1]", Reach::Public).unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("2a00:1450::1", 443, "/"));
        assert_eq!(target.authority, "[2a00:1450::1]");
    }

    #[test]
    fn what_does_not_lead_out_of_here_is_refused() {
        for host in [
            "127.0.0.1",
            "127.255.255.254",
            "[::1]",
            "[::]",
            "0.0.0.0",
            "169.254.169.254",
            "10.0.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.170",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:8.8.8.8]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::808:808]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:db8::1]",
            "[fec0::1]",
            "[100::1]",
        ] {
            assert!(refused(&format!("https://{host}/")).contains("not an address of the internet"), "{host}");
        }
        for host in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[64:ff9b::808:808]"] {
            Target::parse(&format!("https://{host}/"), Reach::Public).expect(host);
        }
    }

    #[test]
    fn addresses_that_are_spelled_in_other_ways_are_refused() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0X7F000001",
            "0177.0.0.1",
            "127.1",
            "127.0.0.0x1",
            "0x7f.1",
            "example.1",
            "1.2.3.4.5",
            "256.1.1.1",
        ] {
            for reach in [Reach::Public, Reach::Anywhere] {
                let problem = Target::parse(&format!("https://{host}/"), reach).expect_err(host);
                assert!(problem.contains("four numbers"), "{host}: {problem}");
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_do() {
        for (url, what_to_do) in [
            ("", "must be an address"),
            ("hooks.example.org", "https://"),
            ("http://example.org/", "https://"),
            ("ftp://example.org/", "https://"),
            ("https://", "must be an address"),
            ("https:///path", "must be an address"),
            ("https://name:password@example.org/", "name or password"),
            ("https://name@example.org/", "name or password"),
            ("https://example.org/#part", "without blanks"),
            ("https://example.org/a b", "without blanks"),
            ("https://example.org\\@10.0.0.1/", "without blanks"),
            ("https://exämple.org/", "xn--"),
            ("https://１２７.0.0.1/", "xn--"),
            ("https://example.org:25/", "port 443"),
            ("https://example.org:0/", "between 1 and 65535"),
            ("https://example.org:99999/", "must"),
            ("https://localhost/", "in full"),
            ("https://example.org./", "must name a host"),
            ("https://-example.org/", "must name a host"),
            ("https://[::1%25lo]/", "must"),
            ("https://[fe80::1%25eth0]/", "must"),
        ] {
            assert!(refused(url).contains(what_to_do), "{url}: {}", refused(url));
        }
        assert!(refused(&format!("https://example.org/{}", "x".repeat(URL_BYTES_MAX))).contains("2000"));
    }

    #[test]
    fn for_trying_out_anything_goes_that_is_an_address() {
        for url in ["http://localhost:80/", "http://127.0.0.1:8080/x", "https://[::1]:1/", "http://10.1.2.3"] {
            Target::parse(url, Reach::Anywhere).expect(url);
        }
        assert_eq!(Target::parse("http://h", Reach::Anywhere).unwrap().port, 80);
        assert!(Target::parse("ftp://h/", Reach::Anywhere).is_err());
    }
}
