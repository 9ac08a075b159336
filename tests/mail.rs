//! Mail from the real server: killed between sending and noting, started without a mail server, several of them on one
//! PostgreSQL, encrypted connections, and `headcount mail-test`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use process::{Server, Told, serve, told};
use serde_json::{Value, json};
use smtp::{Encryption, Fault, MailServer, PASSWORD, USER};
use tempfile::TempDir;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "support/smtp.rs"]
mod smtp;

const FROM: &str = "Club <club@example.org>";
const SECRET: &str = "a-secret-for-tests-0123456789";

/// The command that serves `database` and sends mail through `url`.
fn serve_with(database: &str, url: &str) -> Command {
    let mut command = serve(&[], database);
    command.args(["--public-url", "https://events.example", "--mail-from", FROM]);
    command.env("HEADCOUNT_SMTP_URL", url).env("HEADCOUNT_SECRET", SECRET);
    command
}

fn data_file() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("headcount.db").display());
    (folder, database)
}

/// What a server answers; the test ends if it does not.
async fn ask(server: &Server, path: &str, body: &Value) -> Told {
    let mut connection = server.connect().await;
    told(&mut connection, server.post(path, body)).await.unwrap()
}

/// Somebody who was signed up for a new event without a word; the path of their registration.
async fn signed_up(server: &Server) -> String {
    let event = json!({"title": "Summer fair", "slug": "fair", "status": "published"});
    assert_eq!(ask(server, "/api/v1/events", &event).await.0, 201);
    let ann = json!({"name": "Ann", "email": "ann@example.org", "notify": false});
    let (status, registration) = ask(server, "/api/v1/events/fair/registrations", &ann).await;
    assert_eq!(status, 201, "{registration}");
    format!("/api/v1/events/fair/registrations/{}", registration["id"].as_str().unwrap())
}

/// Has the link mailed once more; the Message-ID.
async fn order(server: &Server, registration: &str) -> String {
    let (status, answer) = ask(server, &format!("{registration}/send-link"), &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    format!("<{}@example.org>", answer["message_id"].as_str().unwrap())
}

/// Waits until nothing is left to be sent.
async fn all_is_sent(server: &Server) {
    let mut connection = server.connect().await;
    while told(&mut connection, server.get("/api/v1/system/mail")).await.unwrap().1["waiting"] != 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn mail_goes_out_without_anybody_waiting_for_it() {
    let (_folder, database) = data_file();
    let smtp = MailServer::start().await;
    let server = Server::of(&mut serve_with(&database, &smtp.url()));
    let registration = signed_up(&server).await;
    let id = order(&server, &registration).await;
    let mail = smtp.next().await;
    assert_eq!((mail.to.as_str(), mail.header("Message-ID")), ("ann@example.org", id));
    assert!(mail.text().contains("https://events.example/r/"), "{}", mail.text());
    all_is_sent(&server).await;
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
}

#[tokio::test]
async fn what_was_sent_but_not_noted_is_sent_again_as_the_same_message() {
    let (folder, database) = data_file();
    let smtp = MailServer::start().await;
    let server = Server::of(&mut serve_with(&database, &smtp.url()));
    let registration = signed_up(&server).await;
    smtp.fail(Fault::HangAfterContent);
    let id = order(&server, &registration).await;
    assert_eq!(smtp.next().await.header("Message-ID"), id);
    server.kill();

    // The lease is over at once, as if the start had taken a while.
    let path = folder.path().join("headcount.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute("update outbox set due_at = 0 where sent_at is null", []).unwrap(), 1);
    drop(connection);
    let server = Server::of(&mut serve_with(&database, &smtp.url()));
    assert_eq!(smtp.next().await.header("Message-ID"), id);
    all_is_sent(&server).await;
    assert_eq!(smtp.mails().len(), 2);
    server.kill();
}

#[tokio::test]
async fn what_was_ordered_while_the_mail_server_was_away_is_sent_after_a_restart() {
    let (_folder, database) = data_file();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("smtp://localhost:{port}");
    let server = Server::of(&mut serve_with(&database, &url));
    let registration = signed_up(&server).await;
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        ids.insert(order(&server, &registration).await);
    }
    server.kill();
    let smtp = MailServer::start_with(Encryption::None, port).await;
    let server = Server::of(&mut serve_with(&database, &url));
    all_is_sent(&server).await;
    let sent: Vec<String> = smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((sent.len(), sent.into_iter().collect::<BTreeSet<_>>()), (5, ids));
    server.kill();
}

#[tokio::test]
async fn two_servers_on_one_database_send_each_message_once() {
    let url = postgres::Cluster::shared().new_database();
    let smtp = MailServer::start().await;
    let servers = [0, 1].map(|_| Server::of(&mut serve_with(&url, &smtp.url())));
    let registration = signed_up(&servers[0]).await;
    let mut ids = BTreeSet::new();
    for number in 0..40 {
        ids.insert(order(&servers[number % 2], &registration).await);
    }
    all_is_sent(&servers[0]).await;
    let sent: Vec<String> = smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((sent.len(), sent.into_iter().collect::<BTreeSet<_>>()), (40, ids));
    servers.into_iter().for_each(Server::kill);
}

#[tokio::test]
async fn connections_are_encrypted_and_logged_in() {
    for encryption in [Encryption::StartTls, Encryption::Tls] {
        let (folder, database) = data_file();
        let smtp = MailServer::start_with(encryption, 0).await;
        let trusted = trust(folder.path(), &smtp);
        let url = smtp.url_with(&format!("{USER}:{PASSWORD}@"));
        let server = Server::of(serve_with(&database, &url).env("SSL_CERT_FILE", &trusted));
        let registration = signed_up(&server).await;
        order(&server, &registration).await;
        let mail = smtp.next().await;
        assert!(mail.is_encrypted && mail.user.as_deref() == Some(USER), "{encryption:?}: {mail:?}");
        server.kill();
    }
}

/// A file with the certificate of a mail server.
fn trust(folder: &Path, smtp: &MailServer) -> String {
    let file = folder.join("trusted.pem");
    std::fs::write(&file, smtp.certificate.as_ref().unwrap()).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Runs `mail-test`, beside the mail server of this test.
async fn mail_test(url: &str, to: &str, trusted: Option<&str>) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command.args(["mail-test", "--to", to, "--mail-from", FROM]).env("HEADCOUNT_SMTP_URL", url);
    if let Some(trusted) = trusted {
        command.env("SSL_CERT_FILE", trusted);
    }
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let Output { status, stdout, stderr } = run.await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn a_test_message_tells_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let smtp = MailServer::start_with(Encryption::StartTls, 0).await;
    let trusted = trust(folder.path(), &smtp);
    let url = smtp.url_with(&format!("{USER}:{PASSWORD}@"));
    let (code, said, errors) = mail_test(&url, "ann@example.org", Some(&trusted)).await;
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
    let steps: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  ok: ")).collect();
    let wanted = [
        "connected",
        "the connection is encrypted",
        "logged in",
        "the sender is accepted",
        "the recipient is accepted",
        "the message is accepted",
    ];
    assert_eq!(steps, wanted);
    assert!(!said.contains(PASSWORD), "{said}");
    assert_eq!(smtp.next().await.header("Subject"), "headcount can send mail");
}

#[tokio::test]
async fn a_test_message_that_fails_says_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let smtp = MailServer::start_with(Encryption::Tls, 0).await;
    let trusted = trust(folder.path(), &smtp);
    let wrong = smtp.url_with(&format!("{USER}:hunter2@"));
    let plain = MailServer::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    plain.fail(Fault::Recipient(550));
    let ann = "ann@example.org";
    for (url, to, trusted, last_step, what_to_do) in [
        (format!("smtp://localhost:{closed}"), ann, None, None, "check host and port"),
        (smtp.url(), ann, None, None, "certificate"),
        (plain.url().replace("smtp://", "smtp+starttls://"), ann, None, Some("connected"), "STARTTLS"),
        (wrong, ann, Some(trusted.as_str()), Some("the connection is encrypted"), "check user and password"),
        (plain.url(), ann, None, Some("the sender is accepted"), "check the address"),
        (plain.url(), "ann", None, None, "not an address"),
    ] {
        let (code, said, errors) = mail_test(&url, to, trusted).await;
        assert_eq!(code, Some(1), "{said} {errors}");
        assert_eq!(said.lines().filter_map(|line| line.strip_prefix("  ok: ")).next_back(), last_step, "{said}");
        assert!(errors.contains(what_to_do) && !format!("{said}{errors}").contains("hunter2"), "{said} {errors}");
    }
    assert!(smtp.mails().is_empty() && plain.mails().is_empty());
}

#[test]
fn what_is_missing_is_asked_for() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        let output = command.args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["mail-test", "--to", "a@example.org"]).contains("--smtp-url"));
    let errors = run(&["serve", "--smtp-url", "smtps://me:hunter2@mail.example.org"]);
    assert!(errors.contains("--mail-from") && !errors.contains("hunter2"), "{errors}");
}
