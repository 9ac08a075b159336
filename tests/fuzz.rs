//! Whatever is sent, the server answers it, and never with a bug of its own: requests to every operation of
//! `/openapi.json`, with paths, queries, headers and bodies that are made of what the description names and of what
//! breaks programs. Afterwards everything that is stored must be right.
//!
//! `HEADCOUNT_FUZZ=100000` sends more, `HEADCOUNT_FUZZ_SEED=7` others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use headcount::client::{Address, Ask, Connection};
use headcount::server::{self, Options};
use headcount_simulation::random::Random;
use hyper::Method;
use serde_json::{Map, Value, json};

const REQUESTS_USUAL: u64 = 6_000;

/// Texts that have broken programs.
const TEXTS: [&str; 22] = [
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "null",
    "true",
    "ann@example.org",
    "a@b",
    "2037-02-30T25:61:00Z",
    "2037-05-05T18:00:00Z",
    "Europe/Berlin",
    "../../etc/passwd",
    "'; drop table events; --",
    "<script>alert(1)</script>",
    "\u{0}",
    "\u{202e}abc",
    "👩‍👩‍👧‍👦",
    "ﷺ",
    "published",
    "Server",
    "\u{fffd}\r\nx-injected: yes",
];

/// What the description of the API names.
struct Described {
    operations: Vec<(Method, String)>,
    /// Names of fields, of all bodies.
    fields: Vec<String>,
    /// Names of queries.
    queries: Vec<String>,
}

impl Described {
    fn read(openapi: &Value) -> Described {
        let (mut operations, mut fields, mut queries) = (Vec::new(), Vec::new(), Vec::new());
        for (path, methods) in openapi["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                // A stream goes on until its reader leaves.
                if path.ends_with("/stream") {
                    continue;
                }
                operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if parameter["in"] == "query" {
                        queries.push(parameter["name"].as_str().unwrap().to_owned());
                    }
                }
            }
        }
        for schema in openapi["components"]["schemas"].as_object().unwrap().values() {
            fields.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
        for names in [&mut fields, &mut queries] {
            names.sort();
            names.dedup();
        }
        Described { operations, fields, queries }
    }
}

/// Makes requests.
struct Fuzzer {
    random: Random,
    described: Described,
    /// Ids, slugs and tokens that answers named.
    known: Vec<String>,
    token: String,
}

impl Fuzzer {
    fn text(&mut self) -> String {
        match self.random.below(6) {
            0 if !self.known.is_empty() => self.random.pick(&self.known).clone(),
            1 => "x".repeat(1 << self.random.below(16)),
            _ => (*self.random.pick(&TEXTS)).to_owned(),
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.random.below(if depth > 3 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.random.one_in(2)),
            2 => json!(self.random.below(5)),
            3 => json!(*self.random.pick(&[i64::MIN, -1, 0, 1 << 31, 1 << 53, i64::MAX])),
            4 => json!(*self.random.pick(&[0.5, -0.0, 1e300])),
            5 | 6 => json!(self.text()),
            7 => (0..self.random.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(self.object(depth + 1)),
        }
    }

    fn object(&mut self, depth: u32) -> Map<String, Value> {
        let mut object = Map::new();
        for _ in 0..self.random.below(6) {
            let name = self.random.pick(&self.described.fields).clone();
            let value = self.value(depth);
            object.insert(name, value);
        }
        object
    }

    /// A body that is nearly right for making or changing something.
    fn likely(&mut self) -> Value {
        let mut body = match self.random.below(3) {
            0 => json!({"title": "Fair", "slug": format!("fair-{}", self.random.below(40)), "status": "published",
                        "roles": [{"name": "Server", "capacity": 2}]}),
            1 => json!({"name": "Ann", "email": format!("ann{}@example.org", self.random.below(40)), "spots": 1}),
            _ => json!({"role": "Server", "response": "accept"}),
        };
        if self.random.one_in(2) {
            body.as_object_mut().unwrap().extend(self.object(1));
        }
        body
    }

    fn body(&mut self) -> String {
        let body = match self.random.below(8) {
            0 => self.value(0),
            1..3 => Value::Object(self.object(0)),
            _ => self.likely(),
        };
        let mut body = body.to_string();
        if self.random.one_in(12) {
            // Cut off, at the border of a letter.
            let places: Vec<usize> = body.char_indices().map(|(place, _)| place).collect();
            let place = *self.random.pick(&places);
            body.truncate(place);
        }
        body
    }

    fn path(&mut self, described: &str) -> String {
        let mut path = String::new();
        for part in described.split_inclusive(['{', '}']) {
            match part.strip_suffix('}') {
                Some(_) => {
                    let text = self.text();
                    path.push_str(&in_address(&text));
                }
                None => path.push_str(part.trim_end_matches('{')),
            }
        }
        for number in 0..self.random.below(3) {
            let (name, value) = (self.random.pick(&self.described.queries).clone(), self.text());
            path += &format!("{}{name}={}", if number == 0 { '?' } else { '&' }, in_address(&value));
        }
        path
    }

    fn request(&mut self) -> (String, Ask) {
        let (method, described) = self.random.pick(&self.described.operations).clone();
        let path = self.path(&described);
        let mut ask = Ask::new(method.clone(), &path);
        let body = self.body();
        if method != Method::GET {
            ask = ask.json(body.clone());
        }
        if !self.random.one_in(4) {
            ask = ask.token(&self.token);
        }
        if self.random.one_in(4) {
            ask = ask.key(&format!("key-of-many-characters-{}", self.random.below(20)));
        }
        let body: String = body.chars().take(2_000).collect();
        (format!("{method} {path}\n{body}"), ask)
    }

    /// Remembers what an answer names.
    fn learn(&mut self, answer: &Value) {
        const KNOWN_MAX: usize = 200;
        for name in ["id", "slug", "event_id", "role_id"] {
            if let Some(text) = answer[name].as_str().filter(|_| self.known.len() < KNOWN_MAX) {
                self.known.push(text.to_owned());
            }
        }
        if let Some(link) = answer["manage_url"].as_str().filter(|_| self.known.len() < KNOWN_MAX) {
            self.known.extend(link.rsplit('/').next().map(str::to_owned));
        }
    }
}

/// As a part of an address, which clients do not send if it is too long.
fn in_address(text: &str) -> String {
    const BYTES_MAX: usize = 8_000;
    let mut written: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    written.truncate(BYTES_MAX);
    written
}

#[tokio::test]
async fn whatever_is_sent_is_answered_and_nothing_is_broken_by_it() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seed, requests) = (number("HEADCOUNT_FUZZ_SEED").unwrap_or(1), number("HEADCOUNT_FUZZ"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("headcount.db");
    let running = server::start(Options::local(file.clone())).await.unwrap();
    let address = Address::from(running.address);
    let mut connection = Connection::open(&address).await.unwrap();
    let openapi = connection.send(Ask::new(Method::GET, "/openapi.json")).await.unwrap();
    let described = Described::read(&openapi.json().unwrap());
    assert!(described.operations.len() > 50, "{} operations", described.operations.len());
    let token = running.new_owner_token.clone().unwrap();
    let mut fuzzer = Fuzzer { random: Random::new(seed), described, known: Vec::new(), token };
    let (mut done, mut refused) = (0, 0);
    for _ in 0..requests.unwrap_or(REQUESTS_USUAL) {
        let (shown, ask) = fuzzer.request();
        let answer = match connection.send(ask).await {
            Ok(answer) => answer,
            // What HTTP itself forbids is answered by closing.
            Err(_) => {
                connection =
                    Connection::open(&address).await.unwrap_or_else(|_| panic!("the server ended after {shown}"));
                continue;
            }
        };
        let status = answer.status.as_u16();
        assert!(status < 500 || status == 503, "seed {seed}: {status} to {shown}\n{:?}", answer.body);
        if let Ok(body) = answer.json::<Value>() {
            assert!(status < 400 || body["code"].is_string(), "seed {seed}: no code in the answer to {shown}\n{body}");
            fuzzer.learn(&body);
        }
        *if status < 400 { &mut done } else { &mut refused } += 1;
    }
    println!("{done} done, {refused} refused");
    assert!(done > 100 && refused > 100, "both were tried: {done} done, {refused} refused");
    running.stop().await;
    let report = headcount::verify::verify_database(&headcount::store::Database::Sqlite(file), &[]);
    assert!(report.unwrap().is_green(), "what is stored is right");
}
