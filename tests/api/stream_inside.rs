//! `GET /events/{event}/stream`, as those get it who work at the event or come to it: each response.

use std::time::Duration;

use headcount::client::{Address, Ask, Connection, Message, Messages};
use headcount::secret::token_hash;
use headcount::values;
use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::harness::{Control, Server, TOKEN, person};
use crate::people::{ALL_SCOPES, ELSEWHERE, HOME, LATER, PASSWORD, Somebody};
use crate::serving::{PATIENT, Serving, start};

const KITCHEN: Uuid = Uuid::from_u128(0x517);
const STAGE: Uuid = Uuid::from_u128(0x57A);

async fn follow(serving: &Serving, event: &str, token: &str, after: Option<u64>) -> Messages {
    let ask = Ask::new(Method::GET, &format!("/api/v1/events/{event}/stream"));
    let ask = if token.is_empty() { ask } else { ask.token(token) };
    let ask = match after {
        Some(seq) => ask.last_event_id(&seq.to_string()),
        None => ask,
    };
    Connection::open(&Address::from(serving.address)).await.unwrap().follow(ask).await.unwrap()
}

async fn next(messages: &mut Messages) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(60), messages.next()).await.expect("a message in time");
    message.unwrap().expect("a message")
}

/// The responses up to a state of this seq; they come in order, each before the first state that shows it.
async fn responses(messages: &mut Messages, up_to: u64) -> Vec<Value> {
    let (mut found, mut last) = (Vec::new(), 0);
    loop {
        let message = next(messages).await;
        let data: Value = serde_json::from_str(&message.data).unwrap();
        let seq = data["seq"].as_u64().unwrap();
        assert_eq!(message.id, seq.to_string());
        assert!(last <= seq && seq <= up_to, "{last}, then {seq}, up to {up_to}");
        last = seq;
        match message.event.as_str() {
            "response" => found.push(data),
            "availability" if seq == up_to => return found,
            "availability" => {}
            other => panic!("{other}"),
        }
    }
}

async fn ends(mut messages: Messages) {
    let over = async { while messages.next().await.unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_secs(60), over).await.expect("it ends in time");
}

impl Server {
    async fn seq(&self, event: &str) -> u64 {
        let path = format!("/api/v1/events/{event}/availability");
        self.get(path).owner().send().await.body["seq"].as_u64().unwrap()
    }

    async fn says(&self, event: &str, who: &Somebody, response: &str, role: &str) -> u64 {
        let body = json!({"response": response, "role": role});
        let answer = self.post(format!("/api/v1/events/{event}/respond"), &body).bearer(&who.token).send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
        answer.body["seq"].as_u64().unwrap()
    }

    /// Somebody of the first organization.
    async fn works(&self, name: &str, role: &str) -> Somebody {
        let somebody = self.account(name).await;
        self.member(HOME, &somebody, role, 0).await;
        somebody
    }
}

/// Two roles, for the kitchen team.
async fn dinner(server: &Server) -> String {
    server.team(KITCHEN, "Kitchen").await;
    server.team(STAGE, "Stage").await;
    let roles = json!([{"name": "Cook", "capacity": 1}, {"name": "Server", "capacity": 5}]);
    server.event(json!({"roles": roles, "roles_per_person": 2, "teams": [KITCHEN]})).await
}

#[tokio::test]
async fn those_who_manage_are_told_each_response_with_who_else_comes() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = dinner(&server).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let mut owner = follow(&serving, &event, TOKEN, None).await;
    let begun = server.seq(&event).await;
    assert!(responses(&mut owner, begun).await.is_empty(), "what was before is known from elsewhere");

    let seq = server.says(&event, &ann, "accept", "Cook").await;
    let told = responses(&mut owner, seq).await.pop().unwrap();
    let expected = json!({
        "event_id": event, "seq": seq, "at": told["at"], "response": "signed_up",
        "registration_id": told["registration_id"], "person": ann.account, "status": "confirmed",
        "role_id": told["role_id"], "role": "Cook", "accepted": [ann.account], "accepted_count": 1,
        "declined": [], "declined_count": 0,
        "role_stats": {"capacity": 1, "reserved": 1, "waiting": 0, "open_now": 0},
    });
    assert_eq!(told, expected);

    let seq = server.says(&event, &ben, "accept", "Cook").await;
    let told = responses(&mut owner, seq).await.pop().unwrap();
    assert_eq!((&told["person"], &told["status"]), (&json!(ben.account), &json!("waitlisted")));
    assert_eq!((&told["accepted"], &told["role_stats"]["waiting"]), (&json!([ann.account]), &json!(1)));

    // One decision, two responses: no from Ann, and with that a place for Ben.
    let seq = server.says(&event, &ann, "decline", "Cook").await;
    let told = responses(&mut owner, seq).await;
    let kinds: Vec<&Value> = told.iter().map(|one| &one["response"]).collect();
    assert_eq!(kinds, ["declined", "promoted"]);
    assert_eq!((&told[1]["person"], &told[1]["accepted"]), (&json!(ben.account), &json!([ben.account])));
    assert_eq!((&told[1]["declined"], &told[1]["declined_count"]), (&json!([ann.account]), &json!(1)));

    // A guest has no account, and nothing else of theirs is told.
    let guest = json!({"name": "Marked Guest", "email": "marked@example.org", "role": "Server"});
    server.post(format!("/api/v1/events/{event}/registrations"), &guest).send().await;
    let seq = server.seq(&event).await;
    let told = responses(&mut owner, seq).await.pop().unwrap();
    assert_eq!((&told["person"], &told["accepted"], &told["accepted_count"]), (&Value::Null, &json!([]), &json!(1)));
    assert!(!told.to_string().to_lowercase().contains("marked"), "{told}");
}

#[tokio::test]
async fn who_is_told_of_responses() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    server.elsewhere().await;
    let event = dinner(&server).await;
    let owner = server.works("Owner", "owner").await;
    let manager = server.works("Manager", "manager").await;
    server.grant(&manager, "event", event.parse().unwrap()).await;
    let cook = server.works("Cook", "staff").await;
    server.in_team(KITCHEN, &cook).await;
    let comes = server.account("Comes").await;
    server.says(&event, &comes, "accept", "Server").await;
    // Not those.
    let singer = server.works("Singer", "staff").await;
    server.in_team(STAGE, &singer).await;
    let stranger = server.account("Stranger").await;
    server.member(ELSEWHERE, &stranger, "owner", 0).await;
    let elsewhere = server.works("Elsewhere", "manager").await;
    server.grant(&elsewhere, "event", Uuid::from_u128(1)).await;
    let door = server.door(event.parse().unwrap(), LATER).await;

    let told = [&owner.token, &manager.token, &cook.token, &comes.token, TOKEN].map(|token| (token.to_owned(), 1));
    let not = [&singer.token, &stranger.token, &elsewhere.token, &door, ""].map(|token| (token.to_owned(), 0));
    let mut followers = Vec::new();
    for (token, number) in told.into_iter().chain(not) {
        followers.push((follow(&serving, &event, &token, None).await, number));
    }
    server.says(&event, &server.account("New").await, "accept", "Server").await;
    let seq = server.seq(&event).await;
    for (index, (messages, number)) in followers.iter_mut().enumerate() {
        assert_eq!(responses(messages, seq).await.len(), *number, "number {index}");
    }
}

#[tokio::test]
async fn whoever_says_yes_is_told_from_then_on_until_they_say_no() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = dinner(&server).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let mut messages = follow(&serving, &event, &ann.token, None).await;
    let mut people = async |steps: &[(&Somebody, &str, &str)]| {
        let mut seq = 0;
        for (who, response, role) in steps {
            seq = server.says(&event, who, response, role).await;
        }
        let told = responses(&mut messages, seq).await;
        told.iter().map(|one| one["person"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (a, b) = (ann.account.to_string(), ben.account.to_string());
    assert!(people(&[(&ben, "accept", "Server")]).await.is_empty());
    assert_eq!(
        people(&[(&ann, "accept", "Server"), (&ann, "accept", "Cook"), (&ben, "decline", "Server")]).await.len(),
        3
    );
    assert_eq!(people(&[(&ann, "decline", "Server"), (&ben, "accept", "Server")]).await, [a.clone(), b.clone()]);
    assert_eq!(people(&[(&ann, "decline", "Cook"), (&ben, "decline", "Server")]).await, [a], "she is no longer in");
}

#[tokio::test]
async fn whoever_comes_back_misses_no_response() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let roles = json!([{"name": "Cook", "capacity": 10_000}]);
    let event = server.event(json!({"roles": roles})).await;
    let begun = server.seq(&event).await;
    // More than are kept for those who are a little behind, while somebody follows and while nobody does.
    let mut kept_up = follow(&serving, &event, TOKEN, None).await;
    for half in 0..2 {
        let people = (0..200).map(|number| {
            let (server, event) = (&server, &event);
            async move { server.sign_up(event, &format!("Person{half}x{number}")).await.status.as_u16() }
        });
        let statuses = futures_util::future::join_all(people).await;
        assert!(statuses.iter().all(|status| *status == 201));
    }
    let seq = server.seq(&event).await;
    let numbers = |told: Vec<Value>| told.iter().map(|one| one["seq"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(responses(&mut kept_up, seq).await), (begun + 1..=seq).collect::<Vec<_>>());
    for after in [begun, begun + 7, seq - 300, seq - 3, seq - 1] {
        let mut messages = follow(&serving, &event, TOKEN, Some(after)).await;
        assert_eq!(numbers(responses(&mut messages, seq).await), (after + 1..=seq).collect::<Vec<_>>(), "{after}");
    }
    let mut up_to_date = follow(&serving, &event, TOKEN, Some(seq)).await;
    server.sign_up(&event, "Ann").await;
    assert_eq!(numbers(responses(&mut up_to_date, seq + 1).await), [seq + 1], "nothing was told before");
}

#[tokio::test]
async fn whoever_missed_too_much_begins_anew() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": null}]})).await;
    let people = (0..40).map(|_| {
        let (server, event) = (&server, &event);
        let id = headcount::clock::new_id;
        async move {
            for _ in 0..251 {
                let name = id().simple().to_string();
                assert_eq!(server.sign_up(event, &name).await.status, 201);
            }
        }
    });
    futures_util::future::join_all(people).await;
    let seq = server.seq(&event).await;
    assert!(seq > 10_002, "{seq}");
    let mut messages = follow(&serving, &event, TOKEN, Some(seq - 10_001)).await;
    let first = next(&mut messages).await;
    assert_eq!((first.event.as_str(), first.data.as_str(), first.id.as_str()), ("reset", "{}", ""));
    assert!(responses(&mut messages, seq).await.is_empty());
    let mut ahead = follow(&serving, &event, TOKEN, Some(seq + 1)).await;
    assert_eq!(next(&mut ahead).await.event, "reset");
    assert!(responses(&mut ahead, seq).await.is_empty());
}

#[tokio::test]
async fn a_stream_ends_at_once_with_what_had_opened_it() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = dinner(&server).await;
    let ann = server.registered("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    let bystander = server.works("Ben", "owner").await;
    let mut others = follow(&serving, &event, &bystander.token, None).await;
    responses(&mut others, server.seq(&event).await).await;
    let opened = async || {
        let token = server.current_token(&ann).await;
        let mut messages = follow(&serving, &event, &token, None).await;
        responses(&mut messages, server.seq(&event).await).await;
        messages
    };
    let account = ann.account;

    let messages = opened().await;
    let role = server.ask(Method::PATCH, format!("/api/v1/organizations/{HOME}/members/{account}"));
    assert_eq!(role.owner().json(&json!({"role": "manager"})).send().await.status, 200);
    ends(messages).await;

    let messages = opened().await;
    let team = format!("/api/v1/organizations/{HOME}/teams/{STAGE}/members/{account}");
    assert_eq!(server.ask(Method::PUT, &team).owner().send().await.status, 204);
    ends(messages).await;

    let messages = opened().await;
    let cookie = server.logged_in(&ann).await;
    let by_session = session_stream(&serving, &event, &cookie).await;
    let passwords = json!({"current": PASSWORD, "new": "another horse battery"});
    let changed = server.post("/api/v1/people/me/password", &passwords).session(&cookie).send().await;
    assert!(changed.status.is_success(), "{}", changed.shown());
    ends(messages).await;
    until_over(by_session).await;

    let answer = server.log_in(&ann.email, "another horse battery").await;
    let cookie = crate::people::cookie(&answer);
    let by_session = session_stream(&serving, &event, &cookie).await;
    let out = server.ask(Method::DELETE, "/api/v1/sessions/current").session(&cookie).send().await;
    assert_eq!(out.status, 204);
    until_over(by_session).await;

    let door = server.post(format!("/api/v1/events/{event}/doors"), &json!({"name": "North"})).owner().send().await;
    let messages = follow(&serving, &event, &door.text("token"), None).await;
    let path = format!("/api/v1/events/{event}/doors/{}", door.text("id"));
    assert_eq!(server.ask(Method::DELETE, path).owner().send().await.status, 204);
    ends(messages).await;

    // The one whose right did not end goes on.
    server.sign_up_for(&event, "Server").await;
    assert_eq!(responses(&mut others, server.seq(&event).await).await.len(), 1);
}

#[tokio::test]
async fn a_revoked_or_expired_token_ends_its_stream_and_no_other() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({})).await;
    let ann = server.account("Ann").await;
    let soon = headcount::clock::now().0 + 1_000;
    let expiring = server.token(ann.account, ALL_SCOPES, soon, None).await;
    let made = server.post("/api/v1/tokens", &json!({"name": "x", "scopes": ["read"]})).bearer(&ann.token);
    let made = made.send().await;
    let revoked = follow(&serving, &event, &made.text("token"), None).await;
    let expired = follow(&serving, &event, &expiring, None).await;
    let mut stays = follow(&serving, &event, &ann.token, None).await;
    let path = format!("/api/v1/tokens/{}", made.text("id"));
    assert_eq!(server.ask(Method::DELETE, path).bearer(&ann.token).send().await.status, 204);
    ends(revoked).await;
    server.people.end_streams(headcount_core::ids::Millis(soon)).await.unwrap();
    ends(expired).await;
    server.sign_up(&event, "Ben").await;
    responses(&mut stays, server.seq(&event).await).await;
}

#[tokio::test]
async fn no_response_is_told_before_it_is_committed() {
    let control = Control::new();
    let server = Server::with_store(|store| control.hold(store));
    let serving = start(&server, PATIENT).await;
    let created = server.post("/api/v1/events", &json!({"title": "Fair", "status": "published"})).owner();
    let created = tokio::spawn(created.send());
    control.one_arrived().await;
    control.let_one_through();
    let event = created.await.unwrap().text("id");
    let before = server.seq(&event).await;
    let mut messages = follow(&serving, &event, TOKEN, None).await;
    responses(&mut messages, before).await;
    let signed_up = server.post(format!("/api/v1/events/{event}/registrations"), &person("Ann"));
    let signed_up = tokio::spawn(signed_up.send());
    control.one_arrived().await;
    // Whatever was told by now would come before what is read at this moment.
    let mut other = follow(&serving, &event, TOKEN, Some(before - 1)).await;
    assert!(responses(&mut other, before).await.is_empty());
    control.let_all_through();
    assert_eq!(signed_up.await.unwrap().status, 201);
    assert_eq!(responses(&mut messages, before + 1).await.len(), 1);
}

#[tokio::test]
async fn families_that_share_an_address_are_found_by_it() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"one_per": "email_and_name"})).await;
    let ann = server.account("Ann").await;
    let mut messages = follow(&serving, &event, &ann.token, None).await;
    let child = json!({"name": "Child", "email": ann.email});
    assert_eq!(server.post(format!("/api/v1/events/{event}/registrations"), &child).send().await.status, 201);
    let told = responses(&mut messages, server.seq(&event).await).await;
    assert_eq!(told[0]["person"], json!(ann.account));
    server.sign_up(&event, "Ben").await;
    assert_eq!(responses(&mut messages, server.seq(&event).await).await.len(), 1, "she is in by her child");
}

impl Server {
    async fn sign_up_for(&self, event: &str, role: &str) {
        let body = json!({"name": "Guest", "email": "guest@example.org", "role": role});
        let answer = self.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.shown());
    }

    /// A token of the account as it is now: those made before ended with its last generation.
    async fn current_token(&self, somebody: &Somebody) -> String {
        const SQL: &str = "insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, expires_at) \
                           select $1, account_id, 'test', $3, $4, generation, 0, $5 from accounts where account_id = $2";
        let id = headcount::clock::new_id();
        let token = format!("hct_{}", id.simple());
        self.script(SQL, values![id, somebody.account, token_hash(&token), ALL_SCOPES, LATER]).await;
        token
    }
}

/// A stream by a session, of which something has been read.
async fn session_stream(serving: &Serving, event: &str, cookie: &str) -> tokio::net::TcpStream {
    let mut stream = tokio::net::TcpStream::connect(serving.address).await.unwrap();
    let head = format!(
        "GET /api/v1/events/{event}/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.contains("event: availability") {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    stream
}

async fn until_over(mut stream: tokio::net::TcpStream) {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut rest));
    read.await.expect("it ends in time").unwrap();
}
