//! Which PostgreSQL, and how to talk to it: what `--database postgres://…` says, checked as a whole before anything is
//! connected.
//!
//! The keywords are those of libpq ("Parameter Key Words" in its chapter of PostgreSQL's documentation), with other
//! defaults where a server that decides needs them: see [`Address::parse`].

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, TargetSessionAttrs};

use super::tls::Tls;
use super::url::{self, EXAMPLE, Keywords};

/// How long one attempt to connect may take, from the first packet to the first answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection is silent before the system asks whether the other side is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
/// How long between two such questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// How many may stay without an answer before the connection counts as lost.
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent may stay unacknowledged before the connection counts as lost.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
const PORT: u16 = 5432;

const PARAMETERS: &str = "application_name, channel_binding, connect_timeout, dbname, host, keepalives, keepalives_count, \
     keepalives_idle, keepalives_interval, options, password, port, sslcert, sslkey, sslmode, sslrootcert, \
     target_session_attrs, tcp_user_timeout, user";

/// Which PostgreSQL, as whom, and how. Shown without the password. Cheap to clone.
#[derive(Clone)]
pub struct Address(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    /// All but the hosts.
    config: Config,
    endpoints: Vec<Endpoint>,
    tls: Tls,
    shown: String,
}

/// One of the servers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Endpoint {
    pub(super) host: Host,
    pub(super) port: u16,
}

/// See [`Address::parse`].
impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        Address::parse(text)
    }
}

impl Address {
    /// Reads a URL as libpq takes it: `postgres://user:password@host:port/database?parameter=value&…`, several hosts
    /// separated by commas, a folder with a unix socket as `?host=/folder`. Without a password in it, that of the
    /// variable `PGPASSWORD` is used.
    ///
    /// Unlike libpq it wants a host and a database's name, gives up an attempt to connect after 5 s and a connection
    /// whose other side is gone after some 25 s (`connect_timeout`, `keepalives_…`, `tcp_user_timeout`), and passes over
    /// servers that only read (`target_session_attrs=read-write`), so that of several hosts it finds the one to write to.
    /// The files of `sslrootcert`, `sslcert` and `sslkey` are read here.
    ///
    /// # Errors
    /// A text that says what to do. It never holds the password.
    pub fn parse(text: &str) -> Result<Address, String> {
        Address::parse_with(text, std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()))
    }

    fn parse_with(text: &str, password: Option<String>) -> Result<Address, String> {
        let mut given = url::keywords(text)?;
        let shown = url::shown(&given);
        let endpoints = take_endpoints(&mut given)?;
        let tls = Tls::take(&mut given)?;
        let mut config = defaults();
        let database = given.remove("dbname").filter(|name| !name.is_empty());
        let database = database.ok_or("no database is named: put its name behind the host, /DATABASE")?;
        config.dbname(database);
        if let Some(password) = given.remove("password").or(password) {
            config.password(password);
        }
        for (name, value) in &given {
            set(&mut config, name, value)?;
        }
        Ok(Address(Arc::new(Parts { config, endpoints, tls, shown })))
    }

    /// The same database, where names of tables mean those of one schema.
    pub fn in_schema(&self, schema: &str) -> Address {
        let mut parts = Parts::clone(&self.0);
        let given = parts.config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        parts.config.options(format!("{given}-c search_path={schema}"));
        Address(Arc::new(parts))
    }

    /// What to hand to the driver for one of the servers; `ip` where its name has been looked up.
    pub(super) fn config(&self, endpoint: &Endpoint, ip: Option<IpAddr>, purpose: &str) -> Config {
        let mut config = self.0.config.clone();
        match &endpoint.host {
            Host::Tcp(name) => config.host(name),
            Host::Unix(folder) => config.host_path(folder),
        };
        if let Some(ip) = ip {
            config.hostaddr(ip);
        }
        config.port(endpoint.port);
        if config.get_application_name().is_none() {
            config.application_name(format!("headcount/{purpose}"));
        }
        config
    }

    /// The servers, in the order in which they are tried.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        &self.0.endpoints
    }

    pub(super) fn tls(&self) -> &Tls {
        &self.0.tls
    }

    /// How long one attempt to connect may take.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.0.config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT)
    }

    /// The database's name.
    pub(super) fn database(&self) -> &str {
        self.0.config.get_dbname().unwrap_or_default()
    }

    /// The user's name, if it is given; else it is that of whoever runs this process.
    pub(super) fn user(&self) -> Option<&str> {
        self.0.config.get_user()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({})", self.0.shown)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp(name) if name.contains(':') => write!(formatter, "[{name}]:{}", self.port),
            Host::Tcp(name) => write!(formatter, "{name}:{}", self.port),
            Host::Unix(folder) => write!(formatter, "{}/.s.PGSQL.{}", folder.display(), self.port),
        }
    }
}

fn defaults() -> Config {
    let mut config = Config::new();
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES)
        .tcp_user_timeout(TCP_USER_TIMEOUT)
        .target_session_attrs(TargetSessionAttrs::ReadWrite);
    config
}

/// One port serves all hosts; else there is one for each.
fn take_endpoints(given: &mut Keywords) -> Result<Vec<Endpoint>, String> {
    let no_host = || format!("no host is named: {EXAMPLE}, or ?host=/var/run/postgresql for a unix socket");
    let hosts = given.remove("host").ok_or_else(no_host)?;
    let hosts: Vec<&str> = hosts.split(',').collect();
    let ports = given.remove("port").unwrap_or_default();
    let ports: Vec<&str> = ports.split(',').collect();
    if ports.len() != 1 && ports.len() != hosts.len() {
        return Err(format!("{} hosts with {} ports: give one port, or one for each host", hosts.len(), ports.len()));
    }
    let endpoint = |(number, host): (usize, &&str)| {
        if host.is_empty() {
            return Err(no_host());
        }
        let port = match *ports.get(number).unwrap_or(&ports[0]) {
            "" => PORT,
            text => text.parse().ok().filter(|port| *port > 0).ok_or("a port must be a number from 1 to 65535")?,
        };
        let host = match host.starts_with('/') {
            true => Host::Unix(PathBuf::from(host)),
            false => Host::Tcp((*host).to_owned()),
        };
        Ok(Endpoint { host, port })
    };
    hosts.iter().enumerate().map(endpoint).collect()
}

fn set(config: &mut Config, name: &str, value: &str) -> Result<(), String> {
    match name {
        "user" => config.user(value),
        "options" => config.options(value),
        "application_name" => config.application_name(value),
        "connect_timeout" => config.connect_timeout(Duration::from_secs(number(name, value)?.into())),
        // Of libpq in milliseconds, as the only one.
        "tcp_user_timeout" => config.tcp_user_timeout(Duration::from_millis(number(name, value)?.into())),
        "keepalives" => config.keepalives(one_of(name, value, &[("0", false), ("1", true)])?),
        "keepalives_idle" => config.keepalives_idle(Duration::from_secs(number(name, value)?.into())),
        "keepalives_interval" => config.keepalives_interval(Duration::from_secs(number(name, value)?.into())),
        "keepalives_count" => config.keepalives_retries(number(name, value)?),
        "target_session_attrs" => {
            let writable = TargetSessionAttrs::ReadWrite;
            let known = [("read-write", writable), ("primary", writable), ("any", TargetSessionAttrs::Any)];
            config.target_session_attrs(one_of(name, value, &known)?)
        }
        "channel_binding" => {
            let (disable, prefer) = (ChannelBinding::Disable, ChannelBinding::Prefer);
            let known = [("disable", disable), ("prefer", prefer), ("require", ChannelBinding::Require)];
            config.channel_binding(one_of(name, value, &known)?)
        }
        _ => return Err(format!("there is no parameter {name:?}; there are: {PARAMETERS}")),
    };
    Ok(())
}

fn number(name: &str, value: &str) -> Result<u32, String> {
    value.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{name} must be a number, 1 or more"))
}

/// What `value` stands for.
pub(super) fn one_of<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(text, _)| *text == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let texts: Vec<&str> = known.iter().map(|(text, _)| *text).collect();
        format!("{name} must be one of: {}", texts.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        let address = Address::parse_with(text, None).unwrap();
        address.config(&address.endpoints()[0], None, "test")
    }

    #[test]
    fn an_address_becomes_what_the_driver_takes() {
        let config = config(
            "postgres://u:p@h:6000/d?application_name=x&connect_timeout=2&options=-c%20a%3Db&tcp_user_timeout=1500",
        );
        assert_eq!((config.get_user(), config.get_password()), (Some("u"), Some(&b"p"[..])));
        assert_eq!((config.get_hosts(), config.get_ports()), (&[Host::Tcp("h".into())][..], &[6000][..]));
        assert_eq!((config.get_dbname(), config.get_options()), (Some("d"), Some("-c a=b")));
        assert_eq!(config.get_application_name(), Some("x"));
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(2)));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_millis(1500)));
    }

    #[test]
    fn a_server_that_is_gone_is_noticed_and_a_replica_passed_over() {
        let config = config("postgres://h/d");
        assert_eq!(config.get_connect_timeout(), Some(&CONNECT_TIMEOUT));
        assert_eq!(config.get_tcp_user_timeout(), Some(&TCP_USER_TIMEOUT));
        assert!(config.get_keepalives());
        assert_eq!(config.get_keepalives_idle(), KEEPALIVE_IDLE);
        assert_eq!(config.get_keepalives_interval(), Some(KEEPALIVE_INTERVAL));
        assert_eq!(config.get_keepalives_retries(), Some(KEEPALIVE_RETRIES));
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(config.get_application_name(), Some("headcount/test"));
    }

    #[test]
    fn the_password_of_the_environment_is_used_where_the_address_has_none() {
        let password = |text| {
            let address = Address::parse_with(text, Some("other".into())).unwrap();
            address.0.config.get_password().map(<[u8]>::to_vec)
        };
        assert_eq!(password("postgres://u@h/d"), Some(b"other".to_vec()));
        assert_eq!(password("postgres://u:own@h/d"), Some(b"own".to_vec()));
    }

    #[test]
    fn one_port_serves_all_hosts() {
        let ports = |text| -> Result<Vec<String>, String> {
            Ok(Address::parse_with(text, None)?.endpoints().iter().map(Endpoint::to_string).collect())
        };
        assert_eq!(ports("postgres://a,b:2,[::1]:3/d").unwrap(), ["a:5432", "b:2", "[::1]:3"]);
        assert_eq!(ports("postgres:///d?host=/x,b&port=7").unwrap(), ["/x/.s.PGSQL.7", "b:7"]);
        assert!(ports("postgres:///d?host=a,b,c&port=1,2").unwrap_err().contains("one for each host"));
    }

    #[test]
    fn a_wrong_address_is_answered_with_what_to_do() {
        for (wrong, what_to_do) in [
            ("", "postgres://USER:PASSWORD@HOST:5432/DATABASE"),
            ("host=h dbname=d", "postgres://USER"),
            ("postgres://", "no host"),
            ("postgres:///d", "?host=/var/run/postgresql"),
            ("postgres://a,,b/d", "no host"),
            ("postgres://u:secret@h", "/DATABASE"),
            ("postgres://u:secret@h/", "/DATABASE"),
            ("postgres://u:secret@h?dbname=", "/DATABASE"),
            ("postgres://u:secret@h:x/d", "1 to 65535"),
            ("postgres://h:0/d", "1 to 65535"),
            ("postgres://h:65536/d", "1 to 65535"),
            ("postgres://u:secret@h/d?sslmod=require", "\"sslmod\""),
            ("postgres://h/d?sslmode", "NAME=VALUE"),
            ("postgres://h/d?sslmode=on", "disable, allow, prefer, require, verify-ca, verify-full"),
            ("postgres://h/d?connect_timeout=0", "1 or more"),
            ("postgres://h/d?keepalives=yes", "0, 1"),
            ("postgres://h/d?target_session_attrs=standby", "read-write, primary, any"),
            ("postgres://h/d?channel_binding=on", "disable, prefer, require"),
        ] {
            let problem = Address::parse_with(wrong, None).unwrap_err();
            assert!(problem.contains(what_to_do), "{wrong}: {problem}");
            assert!(!problem.contains("secret"), "{wrong}: {problem}");
        }
    }

    #[test]
    fn nothing_that_is_shown_holds_the_password() {
        let address = Address::parse_with("postgres://u:secret@h/d?sslmode=disable", None).unwrap();
        assert_eq!(address.to_string(), "postgres://u@h/d?sslmode=disable");
        assert_eq!(format!("{address:?}"), "Address(postgres://u@h/d?sslmode=disable)");
        assert!(!format!("{:?}", address.0.config).contains("secret"));
    }
}
