//! A `postgres://` URL taken apart into the keywords of libpq, and put together again without its password.
//!
//! Source of the rules: "Connection URIs" in chapter libpq of PostgreSQL's documentation. More than there is allowed in
//! one place: an `@` in the password. No text of an error holds a part of the input in which a password may hide.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Keyword and value; several hosts and ports are one value, separated by commas.
pub(super) type Keywords = BTreeMap<String, String>;

/// What a whole address looks like, for errors.
pub(super) const EXAMPLE: &str = "postgres://USER:PASSWORD@HOST:5432/DATABASE";

const UNESCAPED: &str = "write /, ?, # and @ in a user's name or password as %2F, %3F, %23 and %40";

/// Takes a URL apart. Which keywords there are and what their values mean is not looked at here.
pub(super) fn keywords(text: &str) -> Result<Keywords, String> {
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let rest = rest.ok_or_else(|| format!("must look like {EXAMPLE}"))?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (credentials, hosts) = match authority.rsplit_once('@') {
        Some((credentials, hosts)) => (Some(credentials), hosts),
        None if rest.contains('@') => return Err(UNESCAPED.into()),
        None => (None, authority),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));

    let mut found = Keywords::new();
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        put(&mut found, "user", decode(user).map_err(|problem| format!("the user's name {problem}"))?);
        put(&mut found, "password", decode(password).map_err(|problem| format!("the password {problem}"))?);
    }
    put_hosts(&mut found, hosts)?;
    let database = decode(path.strip_prefix('/').unwrap_or(path));
    put(&mut found, "dbname", database.map_err(|problem| format!("the database's name {problem}"))?);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or("every parameter behind the ? must be NAME=VALUE")?;
        let name = decode(name).map_err(|problem| format!("the name of a parameter {problem}"))?;
        let value = decode(value).map_err(|problem| format!("the parameter {name} {problem}"))?;
        found.insert(name, value);
    }
    Ok(found)
}

/// The URL again, without the password.
pub(super) fn shown(keywords: &Keywords) -> String {
    let part = |name: &str| keywords.get(name).map_or("", String::as_str);
    let mut text = String::from("postgres://");
    if !part("user").is_empty() {
        text += &encode(part("user"));
        text.push('@');
    }
    let ports: Vec<&str> = part("port").split(',').collect();
    for (number, host) in part("host").split(',').enumerate() {
        let port = ports.get(number).or(ports.first()).copied().unwrap_or_default();
        let host = if host.contains(':') { format!("[{host}]") } else { encode(host) };
        let _ = write!(text, "{}{host}", if number == 0 { "" } else { "," });
        if !port.is_empty() {
            let _ = write!(text, ":{port}");
        }
    }
    let _ = write!(text, "/{}", encode(part("dbname")));
    let shown_before = ["user", "password", "host", "port", "dbname"];
    let parameters = keywords.iter().filter(|(name, _)| !shown_before.contains(&name.as_str()));
    for (number, (name, value)) in parameters.enumerate() {
        let _ = write!(text, "{}{name}={}", if number == 0 { '?' } else { '&' }, encode(value));
    }
    text
}

/// An empty part of a URL is one that is not given.
fn put(found: &mut Keywords, name: &str, value: String) {
    if !value.is_empty() {
        found.insert(name.into(), value);
    }
}

/// `host:port,[::1]:port,%2Fpath`: the port may be left out.
fn put_hosts(found: &mut Keywords, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for one in text.split(',') {
        let (host, port) = match one.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or("an IPv6 address must stand in [ and ]")?;
                (host, rest.strip_prefix(':').unwrap_or(rest))
            }
            None => one.split_once(':').unwrap_or((one, "")),
        };
        hosts.push(decode(host).map_err(|problem| format!("a host's name {problem}"))?);
        ports.push(port);
    }
    found.insert("host".into(), hosts.join(","));
    found.insert("port".into(), ports.join(","));
    Ok(())
}

fn decode(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "holds a % without two hexadecimal digits behind it: write % itself as %25";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, behind @ ..] = rest else { return Err(WRONG) };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(WRONG);
        bytes.push(digit(*high)? * 16 + digit(*low)?);
        rest = behind;
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err("is not text in UTF-8"),
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        keywords(text).unwrap().into_iter().collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_part_is_found_and_decoded() {
        assert_eq!(
            found("postgresql://an%20a:p%40%3A%2F@db.example:6000/head%2Fcount?sslmode=require&options=-c%20a%3Db"),
            pairs(&[
                ("dbname", "head/count"),
                ("host", "db.example"),
                ("options", "-c a=b"),
                ("password", "p@:/"),
                ("port", "6000"),
                ("sslmode", "require"),
                ("user", "an a"),
            ])
        );
    }

    #[test]
    fn hosts_may_be_several_addresses_or_a_socket() {
        let hosts = |text: &str| {
            let found = keywords(text).unwrap();
            (found["host"].clone(), found.get("port").cloned().unwrap_or_default())
        };
        assert_eq!(hosts("postgres://a:1,b,[::1]:3/d"), ("a,b,::1".into(), "1,,3".into()));
        assert_eq!(hosts("postgres://%2Frun%2Fpostgresql:1/d"), ("/run/postgresql".into(), "1".into()));
        assert_eq!(hosts("postgres:///d?host=/run/postgresql&port=2"), ("/run/postgresql".into(), "2".into()));
        assert_eq!(hosts("postgres://a:1/d?host=b&port=2"), ("b".into(), "2".into()), "as in libpq, the last counts");
    }

    #[test]
    fn an_at_sign_in_a_password_needs_no_escape() {
        assert_eq!(keywords("postgres://u:p@ss@h/d").unwrap()["password"], "p@ss");
    }

    #[test]
    fn an_error_never_holds_a_password() {
        for text in [
            "postgres://u:secret/secret@h/d",
            "postgres://u:secret?secret@h/d",
            "postgres://u:secret?secret=1@h/d",
            "postgres://u:secret%zz@h/d",
            "postgres://u:secret%@h/d",
            "postgres://u:secret%FF@h/d",
            "postgres://u:secret@[h/d",
            "u:secret@h/d",
        ] {
            let problem = keywords(text).unwrap_err();
            assert!(!problem.contains("secret"), "{text}: {problem}");
        }
    }

    #[test]
    fn a_shown_address_is_the_same_but_for_the_password() {
        for (text, expected) in [
            ("postgresql://u:secret@h:1/d?sslmode=require", "postgres://u@h:1/d?sslmode=require"),
            ("postgres://a:1,[::1]/d%20d", "postgres://a:1,[::1]/d%20d"),
            ("postgres:///d?host=/run/x&password=secret&user=u", "postgres://u@%2Frun%2Fx/d"),
        ] {
            assert_eq!(shown(&keywords(text).unwrap()), expected);
        }
    }
}
