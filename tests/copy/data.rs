//! A data file in which every column of every table holds something, written by a server as people would have it written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use headcount::client::{Address, Ask, Connection};
use headcount::mail::MailOptions;
use headcount::server::{self, Options};
use headcount::store::{Opened, Store as _, sqlite};
use headcount_core::command::{Action, Actor, Command, Mode, Needs};
use headcount_core::decide::decide_batch;
use headcount_core::decision::Outcome;
use headcount_core::ids::EventId;
use hyper::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::people;

pub(crate) const TOKEN: &str = "owner-token-for-tests";
pub(crate) const ANNS_KEY: &str = "0123456789-key-of-ann-0123456789";
pub(crate) const DRAFTS_KEY: &str = "key-of-a-draft";
pub(crate) const PUBLIC_URL: &str = "https://events.example";

/// A data file with its secret, in a folder that is thrown away, and what was answered when it was written.
pub(crate) struct Data {
    pub(crate) path: PathBuf,
    pub(crate) ann: Value,
    pub(crate) draft: Value,
    _folder: TempDir,
}

impl Data {
    /// Another copy of the same file for each test.
    pub(crate) fn rich() -> Data {
        static WRITTEN: OnceLock<Data> = OnceLock::new();
        let written = WRITTEN.get_or_init(|| std::thread::spawn(write).join().unwrap());
        let data = Data { ann: written.ann.clone(), draft: written.draft.clone(), ..Data::empty() };
        fs::copy(&written.path, &data.path).unwrap();
        fs::copy(beside(&written.path), beside(&data.path)).unwrap();
        data
    }

    fn empty() -> Data {
        let folder = tempfile::tempdir().unwrap();
        Data { path: folder.path().join("test.db"), ann: Value::Null, draft: Value::Null, _folder: folder }
    }

    pub(crate) fn secret(&self) -> String {
        fs::read_to_string(beside(&self.path)).unwrap().trim().to_owned()
    }

    /// Does something to it that no command would do.
    pub(crate) fn plant(&self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("db.secret")
}

/// Somebody who asks a server.
pub(crate) struct Asker {
    address: Address,
    connection: Connection,
}

impl Asker {
    pub(crate) async fn of(running: &server::Running) -> Asker {
        let address = Address::from(running.address);
        let connection = Connection::open(&address).await.unwrap();
        Asker { address, connection }
    }

    /// As a guest, or with a token or key that `with` adds.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        with: impl FnOnce(Ask) -> Ask,
    ) -> (u16, Value) {
        let ask = Ask::new(method, &self.address.target(path));
        let ask = if body.is_null() { ask } else { ask.json(body.to_string()) };
        let answer = self.connection.send(with(ask)).await.unwrap();
        (answer.status.as_u16(), answer.json().unwrap())
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value, with: impl FnOnce(Ask) -> Ask) -> Value {
        let (status, answer) = self.ask(Method::POST, path, &body, with).await;
        assert!(status < 300, "{path} {body}: {status} {answer}");
        answer
    }

    async fn sign_up(&mut self, event: &str, body: Value, with: impl FnOnce(Ask) -> Ask) -> Value {
        self.post(&format!("/api/v1/events/{event}/registrations"), body, with).await
    }

    /// A staff command.
    async fn command(&mut self, event: &str, registration: &Value, command: &str, body: Value) {
        let id = registration["id"].as_str().unwrap();
        self.post(&format!("/api/v1/events/{event}/registrations/{id}/{command}"), body, owner).await;
    }
}

pub(crate) fn owner(ask: Ask) -> Ask {
    ask.token(TOKEN)
}

pub(crate) fn guest(ask: Ask) -> Ask {
    ask
}

pub(crate) fn person(name: &str, role: &str, spots: u32) -> Value {
    json!({"name": name, "email": format!("{}@example.org", name.to_lowercase()), "role": role, "spots": spots})
}

/// As Ann asks for her place.
pub(crate) fn ann() -> Value {
    let mut ann = person("Ann", "מלצרים 🍽️", 4);
    ann["notes"] = json!("באה ברכבת 🚆\nwith \"quotes\" and \\ and a tab\tend");
    ann["phone"] = json!("052-234-5678");
    ann["special_requirements"] = json!("ללא גלוטן");
    ann["language"] = json!("he");
    ann["metadata"] = json!({"מקור": "עלון", "table": 7});
    ann
}

pub(crate) fn draft() -> Value {
    json!({"title": "A draft", "slug": "draft"})
}

fn fair() -> Value {
    json!({
        "title": "יריד הקיץ 🌞", "slug": "fair", "description": "שורה ראשונה\nSecond line", "location": "אולם א׳",
        "contact": "Dana דנה", "timezone": "Asia/Jerusalem", "status": "published", "visibility": "unlisted",
        "starts_at": "2999-07-01T10:00:00Z", "ends_at": "2999-07-02T10:00:00Z", "opens_at": "2020-01-01T00:00:00Z",
        "closes_at": "2999-06-30T00:00:00Z", "cancel_until": "2999-06-29T00:00:00Z",
        "promote_until": "2999-06-28T00:00:00Z", "capacity": 40,
        "waitlist": {"policy": "fill_gaps", "limit": 50, "max_skips": 2}, "max_spots": 6, "roles_per_person": 2,
        "one_per": "email_and_name", "self_move": true, "phone": "optional", "phone_region": "IL",
        "metadata": {"צבע": "🟥", "number": 1.5},
        "teams": ["0197f3a0-0000-7000-8000-00000000000a", "0197f3a0-0000-7000-8000-00000000000b"],
        "roles": [
            {"name": "מלצרים 🍽️", "description": "נושאים מגשים", "capacity": 5, "min_needed": 2,
             "starts_at": "2999-07-01T11:00:00Z", "ends_at": "2999-07-01T12:00:00Z"},
            {"name": "Cook", "capacity": 3},
            {"name": "Guest", "closed": true}
        ]
    })
}

#[tokio::main]
async fn write() -> Data {
    let mut data = Data::empty();
    // So that guests can be asked to verify their address. Nobody listens there, so what is mailed stays where it is.
    let mail = MailOptions { url: "smtp://localhost:1".parse().unwrap(), from: "club@example.org".parse().unwrap() };
    let options = Options {
        owner_token: Some(TOKEN.into()),
        public_url: Some(PUBLIC_URL.into()),
        mail: Some(mail),
        ..Options::local(&data.path)
    };
    people::teams(&data.path);
    let running = server::start(options).await.unwrap();
    let mut asker = Asker::of(&running).await;
    let role = "מלצרים 🍽️";

    asker.post("/api/v1/events", fair(), owner).await;
    data.ann = asker.sign_up("fair", ann(), |ask| ask.key(ANNS_KEY)).await;
    // Ben waits, Cem is small enough to pass him: so the role remembers whom it has skipped.
    asker.sign_up("fair", person("Ben", role, 3), guest).await;
    asker.sign_up("fair", person("Cem", role, 1), guest).await;
    let dan = asker.sign_up("fair", person("דן", role, 2), |ask| ask.key("fedcba9876-key-of-dan-fedcba9876")).await;
    let eve = asker.sign_up("fair", person("Eve", "Cook", 1), guest).await;
    let manage = eve["manage_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
    asker.post(&format!("{manage}/cancel"), json!({}), |ask| ask.key("a-key-for-a-link-0123456789")).await;
    let fay = asker.sign_up("fair", person("Fay", "Cook", 1), guest).await;
    asker.command("fair", &fay, "remove", json!({"reason": "לא הגיעה 😢"})).await;
    asker.sign_up("fair", json!({"name": "Gil, who has no address", "role": "Cook"}), owner).await;
    let hen = asker.sign_up("fair", person("Hen", "Cook", 1), guest).await;
    asker.command("fair", &hen, "decline", json!({})).await;
    let ann = data.ann.clone();
    asker.command("fair", &ann, "check-in", json!({"count": 1})).await;
    asker.command("fair", &dan, "promote", json!({"override": true, "reason": "הנואם 🎤"})).await;
    let path = format!("/api/v1/events/fair/registrations/{}", ann["id"].as_str().unwrap());
    let noted =
        asker.ask(Method::PATCH, &path, &json!({"staff_note": "VIP ⭐", "metadata": {"seat": "א1"}}), owner).await;
    assert_eq!(noted.0, 200, "{}", noted.1);

    let full = json!({"title": "Full", "slug": "full", "status": "published", "capacity": 1});
    asker.post("/api/v1/events", full, owner).await;
    for name in ["Ann", "Ben", "Cem"] {
        asker.sign_up("full", json!({"name": name, "email": format!("{name}@example.org")}), guest).await;
    }
    let verified = json!({"title": "Verified", "slug": "verified", "status": "published", "verify_minutes": 10_080,
                          "retention_days": 3_650});
    asker.post("/api/v1/events", verified, owner).await;
    for _ in 0..2 {
        let noa = json!({"name": "Noa", "email": "noa@example.org"});
        asker.post("/api/v1/events/verified/registrations", noa, guest).await;
    }
    for status in ["closed", "cancelled"] {
        let event = json!({"title": status, "slug": status, "status": status, "visibility": "team"});
        asker.post("/api/v1/events", event, owner).await;
    }
    data.draft = asker.post("/api/v1/events", draft(), |ask| owner(ask).key(DRAFTS_KEY)).await;
    drop(asker);
    running.stop().await;
    delete_draft(&data).await;
    people::write(&data.path);
    data
}

/// Its key outlives it.
async fn delete_draft(data: &Data) {
    let event = EventId(data.draft["id"].as_str().unwrap().parse().unwrap());
    let action = Action::DeleteEvent(data.draft["revision"].as_u64().unwrap().try_into().unwrap());
    let command = [Command { event, actor: Actor::Owner, idempotency: None, mode: Mode::Apply, action }];
    let Opened { mut stores, .. } = loop {
        // While another test starts a program, that one holds the lock for a moment, too.
        match sqlite::open(&data.path) {
            Err(sqlite::OpenError::InUse { .. }) => std::thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    let deleted = stores[0].transact(&Needs::of(&command), |set, now| decide_batch(set, now, &command)).await.unwrap();
    assert!(!matches!(deleted[0].outcome, Outcome::Refused(_)), "{deleted:?}");
}
