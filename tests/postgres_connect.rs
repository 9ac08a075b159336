//! Reaching a real PostgreSQL, and what is said where it cannot be reached or is not fit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::OnceLock;

use headcount::store::postgres::{Address, probe};
use postgres::Cluster;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

#[path = "support/postgres.rs"]
mod postgres;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A server that lets in whom `pg_hba.conf` says, over TLS where `authority` has signed for `localhost`.
struct Secured {
    cluster: Cluster,
    files: TempDir,
}

impl Secured {
    fn start(hba: &str, server: &CertificateParams, authority: &Authority) -> Secured {
        let key = KeyPair::generate().unwrap();
        let certificate = server.signed_by(&key, authority).unwrap();
        Secured::start_with(hba, &certificate.pem(), &key.serialize_pem(), &authority.pem())
    }

    /// With `root.crt` as what the server trusts and the client may name.
    fn start_with(hba: &str, certificate: &str, key: &str, root: &str) -> Secured {
        let hba = format!("local all all trust\n{hba}\n");
        let files =
            [("server.crt", certificate), ("server.key", key), ("root.crt", root), ("pg_hba.conf", hba.as_str())];
        let cluster = Cluster::start_with_files(&[("ssl", "on"), ("ssl_ca_file", "root.crt")], &files);
        let files = tempfile::tempdir().unwrap();
        fs::write(files.path().join("root.crt"), root).unwrap();
        Secured { cluster, files }
    }

    /// Looks at it as `host`, with these parameters behind the address; `ROOT` in them is the path of `root.crt`.
    async fn probe(&self, host: &str, parameters: &str) -> Result<Vec<String>, String> {
        let root = self.files.path().join("root.crt");
        let parameters = parameters.replace("ROOT", root.to_str().unwrap());
        probe_url(&format!("postgres://postgres@{host}:{}/postgres?{parameters}", self.cluster.port())).await
    }
}

/// Lets everybody in, but only over TLS, so that what got in was encrypted.
const ONLY_TLS: &str = "hostssl all all all trust";

async fn probe_url(url: &str) -> Result<Vec<String>, String> {
    probe(&Address::parse(url)?).await
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Authority::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn for_localhost() -> CertificateParams {
    CertificateParams::new(["localhost".to_owned()]).unwrap()
}

/// One for all tests that do not change it: over TLS only, for `localhost`.
fn shared() -> &'static Secured {
    static SHARED: OnceLock<Secured> = OnceLock::new();
    SHARED.get_or_init(|| Secured::start(ONLY_TLS, &for_localhost(), &authority("the right one")))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn assert_says(result: &Result<Vec<String>, String>, expected: &[&str]) {
    let problem = result.as_ref().unwrap_err();
    for part in expected {
        assert!(problem.contains(part), "{part:?} is not in: {problem}");
    }
}

#[tokio::test]
async fn every_mode_but_disable_reaches_a_server_that_wants_tls() {
    let server = shared();
    for parameters in [
        "",
        "sslmode=allow",
        "sslmode=prefer",
        "sslmode=require",
        "sslmode=require&sslrootcert=ROOT",
        "sslmode=verify-ca&sslrootcert=ROOT",
        "sslmode=verify-full&sslrootcert=ROOT",
    ] {
        assert_eq!(server.probe("localhost", parameters).await, Ok(Vec::new()), "{parameters}");
    }
    assert_says(&server.probe("localhost", "sslmode=disable").await, &["no pg_hba.conf entry", "another sslmode"]);
}

#[tokio::test]
async fn a_name_that_the_certificate_does_not_hold_is_refused_by_verify_full_only() {
    let server = shared();
    for parameters in ["sslmode=require", "sslmode=require&sslrootcert=ROOT", "sslmode=verify-ca&sslrootcert=ROOT"] {
        assert_eq!(server.probe("127.0.0.1", parameters).await, Ok(Vec::new()), "{parameters}");
    }
    let refused = server.probe("127.0.0.1", "sslmode=verify-full&sslrootcert=ROOT").await;
    assert_says(&refused, &["certificate is for another host", "localhost", "sslmode=verify-ca"]);
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_wherever_it_is_looked_at() {
    let server = shared();
    let other = write(server.files.path(), "other.crt", &authority("another one").pem());
    assert_eq!(server.probe("localhost", "sslmode=require").await, Ok(Vec::new()), "not looked at");
    for mode in ["require", "verify-ca", "verify-full"] {
        let refused = server.probe("localhost", &format!("sslmode={mode}&sslrootcert={other}")).await;
        assert_says(&refused, &["certificate is not trusted", "sslrootcert="]);
    }
    assert_says(&server.probe("localhost", "sslrootcert=system").await, &["certificate is not trusted"]);
}

#[tokio::test]
async fn a_certificate_that_has_run_out_is_refused_where_it_is_looked_at() {
    let mut params = for_localhost();
    params.not_after = date_time_ymd(2001, 1, 1);
    let server = Secured::start(ONLY_TLS, &params, &authority("the right one"));
    assert_eq!(server.probe("localhost", "sslmode=require").await, Ok(Vec::new()));
    assert_says(&server.probe("localhost", "sslmode=verify-ca&sslrootcert=ROOT").await, &["expired", "renew it"]);
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_where_it_is_named_itself() {
    let mut params = for_localhost();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let server = Secured::start_with(ONLY_TLS, &certificate, &key.serialize_pem(), &certificate);
    assert_eq!(server.probe("localhost", "sslmode=verify-full&sslrootcert=ROOT").await, Ok(Vec::new()));
    let refused = server.probe("127.0.0.1", "sslmode=verify-full&sslrootcert=ROOT").await;
    assert_says(&refused, &["certificate is for another host"]);
}

#[tokio::test]
async fn a_server_without_tls_is_reached_where_the_mode_allows_it() {
    let url = Cluster::shared().url("postgres");
    for mode in ["disable", "allow", "prefer"] {
        assert!(probe_url(&format!("{url}?sslmode={mode}")).await.is_ok(), "{mode}");
    }
    let root = write(shared().files.path(), "some.crt", &authority("some").pem());
    for parameters in ["sslmode=require".to_owned(), format!("sslmode=verify-full&sslrootcert={root}")] {
        let refused = probe_url(&format!("{url}?{parameters}")).await;
        assert_says(&refused, &["the server does no TLS", "ssl = on"]);
    }
}

#[tokio::test]
async fn prefer_and_allow_take_what_pg_hba_lets_in() {
    let server = Secured::start("hostnossl all all all trust", &for_localhost(), &authority("the right one"));
    for mode in ["prefer", "allow", "disable"] {
        assert_eq!(server.probe("localhost", &format!("sslmode={mode}")).await, Ok(Vec::new()), "{mode}");
    }
    assert_says(&server.probe("localhost", "sslmode=require").await, &["no pg_hba.conf entry"]);
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_the_server_wants_one() {
    let authority = authority("the right one");
    let server = Secured::start("hostssl all all all cert", &for_localhost(), &authority);
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "postgres");
    let key = KeyPair::generate().unwrap();
    let folder = server.files.path();
    let certificate = write(folder, "client.crt", &params.signed_by(&key, &authority).unwrap().pem());
    let key = write(folder, "client.key", &key.serialize_pem());
    let shown = format!("sslmode=verify-full&sslrootcert=ROOT&sslcert={certificate}&sslkey={key}");
    assert_eq!(server.probe("localhost", &shown).await, Ok(Vec::new()));
    assert_says(&server.probe("localhost", "sslmode=require").await, &["requires a valid client certificate"]);
}

#[tokio::test]
async fn a_wrong_password_is_told_without_being_repeated() {
    let server = Secured::start("host all all all scram-sha-256", &for_localhost(), &authority("the right one"));
    server.cluster.query("postgres", "create role someone login password 'right'");
    let url = |password: &str, parameters: &str| {
        format!("postgres://someone{password}@localhost:{}/postgres?{parameters}", server.cluster.port())
    };
    for mode in ["disable", "prefer", "require"] {
        let parameters = format!("sslmode={mode}");
        assert_eq!(probe_url(&url(":right", &parameters)).await, Ok(Vec::new()), "{mode}");
        let refused = probe_url(&url(":hunter2", &parameters)).await;
        assert_says(&refused, &["password authentication failed", "\"someone\"", "PGPASSWORD"]);
        assert!(!refused.unwrap_err().contains("hunter2"));
    }
    assert_says(&probe_url(&url("", "")).await, &["asks for a password"]);
    assert_eq!(probe_url(&url(":right", "sslmode=require&channel_binding=require")).await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_is_not_there_is_named_with_what_to_do() {
    let cluster = Cluster::shared();
    assert_says(&probe_url(&cluster.url("missing")).await, &["\"missing\" does not exist", "createdb"]);
    assert_says(&probe_url(&cluster.url_as("nobody", "postgres")).await, &["role \"nobody\" does not exist"]);
    assert_says(&probe_url("postgres://nowhere.invalid/d").await, &["nowhere.invalid:5432", "host is unknown"]);
    assert_says(&probe_url("postgres:///d?host=/nowhere").await, &["/nowhere/.s.PGSQL.5432", "no such unix socket"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_says(&probe_url(&format!("postgres://127.0.0.1:{nobody}/d")).await, &["refused", "nothing listens there"]);
}

#[tokio::test]
async fn of_several_hosts_the_one_that_can_be_written_is_found() {
    let cluster = Cluster::shared();
    let reading = Cluster::start(&[("default_transaction_read_only", "on")]);
    // A server that is stopped: the system takes connections for it, and nothing ever answers.
    let stopped = TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", stopped.local_addr().unwrap().port(), reading.port());
    let only_these = probe_url(&format!("postgres://postgres@{hosts}/postgres?connect_timeout=1")).await;
    assert_says(&only_these, &["no answer within 1 s", "it only reads"]);
    let found = format!("postgres://postgres@{hosts},127.0.0.1:{}/postgres?connect_timeout=1", cluster.port());
    assert!(probe_url(&found).await.is_ok());
    let any = format!("postgres://postgres@127.0.0.1:{}/postgres?target_session_attrs=any", reading.port());
    assert_says(&probe_url(&any).await, &["default_transaction_read_only"]);
}

#[tokio::test]
async fn a_unix_socket_is_reached_whatever_is_said_about_tls() {
    let cluster = Cluster::shared();
    let folder = cluster.folder().to_str().unwrap();
    let url = format!("postgres://postgres@/postgres?host={folder}&port={}&sslmode=require", cluster.port());
    assert!(probe_url(&url).await.is_ok());
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_confirmed_is_warned_of() {
    let warnings = probe_url(&Cluster::shared().url("postgres")).await.unwrap();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    for (warning, setting) in warnings.iter().zip(["fsync", "full_page_writes", "synchronous_commit"]) {
        assert!(warning.starts_with(setting) && warning.ends_with("set it to on"), "{warning}");
    }
    let durable = Cluster::start(&[("synchronous_commit", "local")]);
    assert_eq!(probe_url(&durable.new_database()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_name_is_refused() {
    let cluster = Cluster::shared();
    cluster.query("postgres", "create database latin encoding 'LATIN1' locale 'C' template template0");
    assert_says(&probe_url(&cluster.url("latin")).await, &["LATIN1", "--encoding=UTF8"]);
}

#[tokio::test]
async fn a_server_with_no_connection_left_says_what_to_raise() {
    let cluster = Cluster::shared();
    let url = cluster.new_database();
    let name = url.rsplit('/').next().unwrap();
    cluster.query("postgres", "create role single login connection limit 1");
    let refused = probe_url(&cluster.url_as("single", name)).await;
    assert_says(&refused, &["one connection was served and a second one", "too many connections", "--pg-workers"]);
}
