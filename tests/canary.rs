//! A hundred people whose names, addresses, phones, notes and requirements are marked use a real server that logs all it
//! can. Wherever anybody but themselves and staff can read, none of the marks may be found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs::{self, File};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use headcount::client::{Ask, Connection};
use hyper::Method;
use postgres::Cluster;
use process::{Server, TOKEN, serve};
use receiver::Receiver;
use serde_json::{Value, json};
use smtp::MailServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/process.rs"]
mod process;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "support/smtp.rs"]
mod smtp;

const PEOPLE: usize = 100;
const WEBHOOKS: &str = "/api/v1/organizations/00000000-0000-0000-0000-000000000000/webhooks";

/// What marks begin with, each beside what it marks. They are letters only, which stay as they are in JSON, in addresses and
/// in HTML, so that they are found in whatever they are written.
const MARKS: [&str; 7] = ["zqname", "zqmail", "zqnote", "zqneed", "zqmeta", "zqwhy", "zqpass"];
/// What all phone numbers have in common.
const PHONE_MARK: &str = "4915123456";

/// Somebody who is marked all over.
#[derive(Clone, Copy)]
struct Person(usize);

impl Person {
    /// Quotes, accents and angle brackets are written differently by different formats; the mark between them is not.
    fn name(self) -> String {
        format!("\u{dc}n\u{ef} \"zqname{:03}\" <b>", self.0)
    }

    fn email(self) -> String {
        format!("ZqMail{:03}@canary.example", self.0)
    }

    fn phone(self) -> String {
        format!("+49 (151) 234-56{:03}", self.0)
    }

    /// All that can be said in a sign-up, beside name and address.
    fn more(self) -> Value {
        json!({"phone": self.phone(), "notes": format!("zqnote{:03}\nand more", self.0),
               "special_requirements": format!("zqneed{:03}", self.0), "metadata": {"zqmeta": self.0}})
    }

    fn sign_up(self) -> Value {
        let mut body = self.more();
        body["name"] = json!(self.name());
        body["email"] = json!(self.email());
        body
    }
}

/// The first mark in a text, with what stands around it; none: it is clean.
fn mark_in(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let around =
        |at: usize| lower[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    for mark in MARKS {
        if let Some(at) = lower.find(mark) {
            return Some(format!("{}[{}…]", around(at), &lower[at..at + mark.len()]));
        }
        // Written in base64, it begins at one of three places of a group.
        for shift in 0..3 {
            let written = STANDARD_NO_PAD.encode(format!("{}{mark}", "_".repeat(shift)));
            let steady = &written[(shift * 4).div_ceil(3)..written.len() - 1];
            if text.contains(steady) {
                return Some(format!("{mark} in base64"));
            }
        }
    }
    let digits: String = lower.replace("%20", "").replace([' ', '-', '(', ')', '.', '/'], "");
    digits.contains(PHONE_MARK).then(|| "a phone number".to_owned())
}

/// What others can read, by where it was read.
#[derive(Default)]
struct Open(Vec<(String, String)>);

impl Open {
    fn note(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    fn assert_clean(&self) {
        for (place, text) in &self.0 {
            assert_eq!(mark_in(text), None, "{place}");
        }
    }
}

/// A client of the server, and what it was answered.
struct Client<'a> {
    server: &'a Server,
    connection: Connection,
    open: Open,
    /// What lets somebody in, and must not be logged.
    secrets: Vec<String>,
}

impl Client<'_> {
    /// Sends it; what others than the one who asks may read of the answer is noted under its place.
    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>, token: Option<&str>) -> (u16, Value) {
        let ask = Ask::new(method.clone(), &self.server.address.target(path));
        let ask = body.iter().fold(ask, |ask, body| ask.json(body.to_string()));
        let ask = token.iter().fold(ask, |ask, token| ask.token(token));
        let answer = self.connection.send(ask).await.unwrap();
        let (headers, body) = (&answer.headers, String::from_utf8_lossy(&answer.body).into_owned());
        self.open.note(format!("{method} {path} → {}", answer.status), format!("{headers:?}\n{body}"));
        (answer.status.as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    async fn post(&mut self, path: &str, body: &Value, token: Option<&str>) -> (u16, Value) {
        let (status, answer) = self.send(Method::POST, path, Some(body), token).await;
        let link = answer["manage_url"].as_str().or(answer["manageUrl"].as_str());
        self.secrets.extend(link.and_then(|link| link.rsplit('/').next()).map(str::to_owned));
        (status, answer)
    }

    /// What only the one who asks, or staff, may read.
    async fn private(&mut self, path: &str, token: Option<&str>) -> String {
        let ask = Ask::new(Method::GET, &self.server.address.target(path));
        let ask = token.iter().fold(ask, |ask, token| ask.token(token));
        String::from_utf8(self.connection.send(ask).await.unwrap().body.to_vec()).unwrap()
    }

    /// Sends a request as it stands.
    async fn raw(&mut self, request: &str) {
        let mut stream = TcpStream::connect(self.server.address.authority()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{request:?}: {answer}");
        self.open.note(format!("{request:?}"), answer);
    }

    /// An event of the owner.
    async fn event(&mut self, fields: &Value) {
        let (status, answer) = self.post("/api/v1/events", fields, Some(TOKEN)).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Follows an event until the server ends; all it was told.
    async fn follow(&self, token: Option<&str>) -> JoinHandle<String> {
        let ask = Ask::new(Method::GET, &self.server.address.target("/api/v1/events/canary/stream"));
        let ask = token.iter().fold(ask, |ask, token| ask.token(token));
        let mut messages = self.server.connect().await.follow(ask).await.unwrap();
        tokio::spawn(async move {
            let mut told = String::new();
            while let Ok(Some(message)) = messages.next().await {
                told += &format!("{message:?}\n");
            }
            told
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mark_of_anybody_is_found_where_others_read_on_a_data_file() {
    let folder = tempfile::tempdir().unwrap();
    story(&format!("sqlite:{}", folder.path().join("test.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mark_of_anybody_is_found_where_others_read_on_postgresql() {
    story(&Cluster::shared().new_database()).await;
}

#[test]
fn marks_are_found_however_they_are_written() {
    for text in [
        serde_json::to_string(&Person(7).name()).unwrap(),
        "name=%22ZQNAME007%22".to_owned(),
        "&quot;zqname007&quot;".to_owned(),
        STANDARD_NO_PAD.encode("x zqname007"),
        STANDARD_NO_PAD.encode("xy zqmail007"),
        STANDARD_NO_PAD.encode("xyz zqnote007"),
        Person(7).phone(),
        "+4915123456007".to_owned(),
        "%2B49%20151%2023456007".to_owned(),
    ] {
        assert!(mark_in(&text).is_some(), "{text}");
    }
    assert_eq!(mark_in(&format!("{:?}", json!({"name": "Ann", "phone": "+49 30 901820"}))), None);
}

async fn story(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (mail, mut hook) = (MailServer::start().await, Receiver::start().await);
    let mut command = serve(&[], database);
    command.env("HEADCOUNT_LOG", "debug,headcount=trace").env("HEADCOUNT_SECRET", "the secret of the canaries");
    command.args(["--check-every", "1s", "--log-format", "json"]);
    command.args(["--webhook-private", "on", "--webhook-ca", &hook.certificate()]);
    command.args(["--mail-from", "Club <club@canary.example>"]).env("HEADCOUNT_SMTP_URL", mail.url());
    let server = Server::of(command.stderr(File::create(&log).unwrap()));

    let mut client =
        Client { server: &server, connection: server.connect().await, open: Open::default(), secrets: Vec::new() };
    let roles = json!([{"name": "Server", "capacity": 50}, {"name": "Cook", "capacity": 10}]);
    client
        .event(&json!({"title": "Canary", "slug": "canary", "status": "published", "self_move": true, "max_spots": 3,
                       "phone": "optional", "phone_region": "DE", "roles": roles}))
        .await;
    client.event(&json!({"title": "Verified", "slug": "verified", "status": "published", "verify_minutes": 60})).await;
    let (status, made) = client.post(WEBHOOKS, &json!({"url": hook.url("/"), "kinds": ["*"]}), Some(TOKEN)).await;
    assert_eq!(status, 201, "{made}");
    let followers = [client.follow(None).await, client.follow(Some(TOKEN)).await];

    let tokens = accounts(&mut client).await;
    for (number, token) in tokens.iter().enumerate() {
        comes(&mut client, Person(number), token).await;
    }
    what_is_wrong(&mut client).await;
    what_everybody_may_read(&mut client).await;
    staff_find_everybody(&mut client).await;

    let (_, event) = client.send(Method::GET, "/api/v1/events/canary", None, None).await;
    let Client { mut open, secrets, .. } = client;
    loop {
        let got = hook.next().await;
        let is_last = (&got.body["data"]["event_id"], &got.body["data"]["seq"]) == (&event["id"], &event["seq"]);
        open.note("a webhook without personal data", format!("{} {:?}\n{}", got.path, got.headers, got.text));
        if is_last {
            break;
        }
    }
    let sent = mail.next().await;
    assert!(mark_in(&sent.header("To")).is_some(), "people are mailed what is theirs");
    server.terminate();
    for (place, follower) in ["the stream of guests", "the stream of staff"].into_iter().zip(followers) {
        let told = follower.await.unwrap();
        assert!(told.contains("availability"), "{place}: {told}");
        open.note(place, told);
    }
    let (code, printed) = server.wait();
    assert_eq!(code, Some(0), "{printed}");
    open.note("what the server printed", printed);
    for arguments in [&["export-log", "--ndjson"][..], &["verify", "--json"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        let output = command.args(arguments).args(["--database", database]).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{arguments:?}");
        open.note(format!("{arguments:?}"), String::from_utf8(output.stdout).unwrap());
    }
    let logged = fs::read_to_string(&log).unwrap();
    for line in ["\"answered\"", " success\""] {
        assert!(logged.matches(line).count() > PEOPLE, "{line}: it is logged at this level: {logged}");
    }
    for secret in secrets.iter().map(String::as_str).chain([TOKEN]) {
        assert!(!logged.contains(secret), "{secret} lets somebody in and is in the log");
    }
    open.note("the server's log", logged);
    open.assert_clean();
}

/// Everybody's account, marked like everything of theirs; their tokens.
async fn accounts(client: &mut Client<'_>) -> Vec<String> {
    let accounts: Vec<Value> =
        (0..PEOPLE).map(Person).map(|one| json!({"name": one.name(), "email": one.email()})).collect();
    let body = json!({"accounts": accounts, "token": {"name": "canary", "scopes": ["respond", "read"]}});
    let (status, made) = client.post("/api/v1/operator/accounts", &body, Some(TOKEN)).await;
    assert_eq!(status, 200, "{made}");
    // Only the operator was told who they are.
    client.open.0.pop();
    let tokens = made["items"].as_array().unwrap().iter().map(|one| one["token"].as_str().unwrap().to_owned());
    client.secrets.extend(tokens.clone());
    tokens.collect()
}

/// Somebody signs up, in one way or another, and does what people do then.
async fn comes(client: &mut Client<'_>, person: Person, token: &str) {
    let role = if person.0.is_multiple_of(3) { "Cook" } else { "Server" };
    let path = "/api/v1/events/canary/registrations";
    let with_role = |mut body: Value| {
        body["role"] = json!(role);
        body
    };
    let (status, answer) = match person.0 % 5 {
        0..=2 => client.post(path, &with_role(person.sign_up()), None).await,
        3 => client.post(path, &with_role(person.more()), Some(token)).await,
        _ => {
            let body = json!({"response": "accept", "role": role});
            let (status, answer) = client.post("/api/v1/events/canary/respond", &body, Some(token)).await;
            (status, answer["registrations"][0].clone())
        }
    };
    assert!([200, 201].contains(&status), "{status} {answer}");
    let (id, link) = (answer["id"].as_str().unwrap(), answer["manage_url"].as_str().unwrap());
    client.secrets.extend(link.rsplit('/').next().map(str::to_owned));
    let link = &link[link.find("/api/").unwrap()..];
    assert!(mark_in(&client.private(link, None).await).is_some(), "people see what is theirs");

    let (status, _) = client.post(path, &with_role(person.sign_up()), None).await;
    assert_eq!(status, 409, "already registered");
    let one = format!("{path}/{id}");
    let changed = json!({"name": format!("zqname{:03} the second", person.0), "notes": "zqnote, changed"});
    let (path, body, token) = match person.0 % 7 {
        0 => (format!("{link}/cancel"), json!({}), None),
        1 => (format!("{link}/contact"), changed, None),
        2 => (format!("{link}/move"), json!({"role": if role == "Cook" { "Server" } else { "Cook" }}), None),
        3 => {
            (format!("{one}/change-email"), json!({"email": format!("zqmail{}@second.example", person.0)}), Some(TOKEN))
        }
        4 => (format!("{one}/remove"), json!({"reason": "zqwhy"}), Some(TOKEN)),
        5 => (format!("{link}/resize"), json!({"spots": 2}), None),
        _ => (format!("{one}/promote"), json!({"override": true, "reason": "zqwhy"}), Some(TOKEN)),
    };
    let (status, answer) = client.post(&path, &body, token).await;
    assert!([200, 409].contains(&status), "{path}: {status} {answer}");
    let (status, _) = client.post("/api/v1/events/verified/registrations", &person_for_verified(person), None).await;
    assert_eq!(status, 202);
}

fn person_for_verified(person: Person) -> Value {
    json!({"name": person.name(), "email": person.email(), "notes": format!("zqnote{:03}", person.0)})
}

/// Requests that come to nothing, mostly for their form, with marks wherever a value can stand. (The names of fields that
/// there are not are told to whoever sends them.)
async fn what_is_wrong(client: &mut Client<'_>) {
    let mark = Person(999);
    let (name, email) = (mark.name(), mark.email());
    for (path, body) in [
        ("/api/v1/events/canary/registrations", json!({"name": [name], "email": {"zqmail": email}})),
        ("/api/v1/events/canary/registrations", json!({"name": "zqname\nsecond line", "email": "zqmail at example"})),
        ("/api/v1/events/canary/registrations", json!({"role": "zqname", "name": name, "email": email})),
        ("/api/v1/events/canary/registrations", json!({"name": name, "email": email, "phone": "+4915123456"})),
        ("/api/v1/events/canary/registrations", json!({"name": name, "email": email, "spots": "zqname"})),
        ("/api/v1/events/canary/registrations", json!({"name": name, "email": email, "spots": 1000, "role": "Cook"})),
        ("/api/v1/events/canary/registrations", json!({"name": name, "email": email, "metadata": "zqmeta"})),
        ("/api/v1/events/canary/registrations", json!({"name": name, "email": email, "staff": "zqnote"})),
        ("/api/v1/events/canary/registrations", json!({"name": "zqname".repeat(100), "email": email})),
        ("/api/v1/events/zqname/registrations", json!({"name": name, "email": email})),
        ("/api/p/canary/register", json!({"name": name, "email": "zqmail", "phone": "zqname", "spotsCount": "zqname"})),
        ("/api/p/zqname/register", json!({"name": name, "email": email})),
        ("/api/v1/events/canary/respond", json!({"response": "zqname"})),
        ("/api/v1/manage/zqname/contact", json!({"name": name})),
        ("/api/v1/sessions", json!({"email": email, "password": "zqpass of nobody"})),
        ("/api/v1/sessions", json!({"email": Person(1).email(), "password": "zqpass of somebody"})),
        ("/api/v1/sessions", json!({"email": "zqmail", "password": ["zqpass"]})),
        ("/api/v1/accounts", json!({"name": name, "email": email, "password": "zqpass"})),
        ("/api/v1/accounts", json!({"name": name, "email": Person(1).email(), "password": "zqpass of mine"})),
        ("/api/v1/password-resets", json!({"email": Person(1).email()})),
        ("/api/v1/password-resets", json!({"email": email})),
        ("/api/v1/my-sign-ups", json!({"email": Person(1).email()})),
        ("/api/v1/my-sign-ups", json!({"email": "zqmail"})),
        ("/api/v1/links/zqname", json!({"password": "zqpass of mine"})),
        ("/api/v1/zqname", json!({"name": name})),
    ] {
        let (status, answer) = client.post(path, &body, None).await;
        // Whether an address is known is told by mail only.
        assert!((400..500).contains(&status) || status == 202, "{path} {body}: {status} {answer}");
    }
    for path in ["/api/v1/events?q=zqname&limit=zqname", "/api/v1/events?cursor=zqname", "/api/v1/events/canary/zqname"]
    {
        let (status, _) = client.send(Method::GET, path, None, None).await;
        assert!((400..500).contains(&status), "{path}");
    }
    let sign_up = "POST /api/v1/events/canary/registrations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    for (headers, body) in [
        ("content-type: application/json\r\n", "{\"name\": \"zqname\", "),
        ("content-type: application/json\r\n", "\"zqname\""),
        ("content-type: application/json\r\n", "{\"name\": zqname}"),
        ("content-type: application/json\r\n", "{\"name\": \"zqname\", \"name\": \"zqname\"}"),
        ("content-type: text/zqname\r\n", "name=zqname"),
        (
            "content-type: application/json\r\nidempotency-key: zqname\r\n",
            "{\"name\": \"zqname\", \"email\": \"a@b.example\"}",
        ),
        ("content-type: application/json\r\nauthorization: Bearer zqpass\r\n", "{}"),
        ("content-type: application/json\r\nauthorization: zqpass\r\n", "{}"),
        ("content-type: application/json\r\norigin: https://zqname.example\r\ncookie: headcount=zqpass\r\n", "{}"),
    ] {
        client.raw(&format!("{sign_up}{headers}content-length: {}\r\n\r\n{body}", body.len())).await;
    }
    client.raw("GET /zqname?zqmail HTTP/1.1\r\nhost: zqname\r\nconnection: close\r\n\r\n").await;
}

/// Every operation that needs no login and only looks.
async fn what_everybody_may_read(client: &mut Client<'_>) {
    let (_, document) = client.send(Method::GET, "/openapi.json", None, None).await;
    let mut read = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let needs_nothing = item["get"]["security"].as_array().is_some_and(|ways| ways.contains(&json!({})));
        // Streams go on and on; they are followed above.
        if needs_nothing && !path.ends_with("/stream") {
            let path = path.replace("{event}", "canary").replace("{token}", "x");
            client.send(Method::GET, &path, None, None).await;
            read += 1;
        }
    }
    assert!(read >= 7, "{read} operations were read");
    for path in ["/api/v1/events?q=zqname", "/api/v1/events?limit=1", "/docs", "/metrics"] {
        client.send(Method::GET, path, None, None).await;
    }
    for status in ["/api/v1/system/locks", "/api/v1/events/canary/availability"] {
        client.send(Method::GET, status, None, Some(TOKEN)).await;
    }
}

/// The control: staff find everything of everybody, by the same search.
async fn staff_find_everybody(client: &mut Client<'_>) {
    let mut roster = String::new();
    let mut path = "/api/v1/events/canary/registrations?limit=200".to_owned();
    loop {
        let page = client.private(&path, Some(TOKEN)).await;
        roster += &page;
        match serde_json::from_str::<Value>(&page).unwrap()["next_cursor"].as_str() {
            Some(next) => path = format!("/api/v1/events/canary/registrations?limit=200&cursor={next}"),
            None => break,
        }
    }
    for person in (0..PEOPLE).map(Person) {
        let name = format!("zqname{:03}", person.0);
        assert!(roster.contains(&name), "{name}");
    }
    for mark in ["zqmail", "zqnote", "zqneed", "zqmeta", PHONE_MARK] {
        assert!(roster.to_lowercase().matches(mark).count() >= PEOPLE / 2, "{mark}");
    }
    assert!(mark_in(&roster).is_some());
}
