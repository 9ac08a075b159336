//! `/socket.io`, with the stock JavaScript client.

use std::net::SocketAddr;

use axum::http::Method;
use headcount::client::{Address, Ask, Connection};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::harness::{Server, TOKEN};
use crate::people::{ALL_SCOPES, ELSEWHERE, HOME, LATER, PASSWORD, Somebody};
use crate::serving::{PATIENT, start};
use crate::socketio::Clients;

const KITCHEN: Uuid = Uuid::from_u128(0x517);
const STAGE: Uuid = Uuid::from_u128(0x57A);
const OWN_PAGE: &str = "https://events.example";

impl Server {
    /// An event for the kitchen team.
    async fn kitchen(&self, fields: Value) -> String {
        let mut event = json!({"roles": [{"name": "Cook", "capacity": 5}], "teams": [KITCHEN]});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.event(event).await
    }

    async fn answers(&self, event: &str, who: &Somebody, response: &str) {
        let body = json!({"response": response, "role": "Cook"});
        let answer = self.post(format!("/api/v1/events/{event}/respond"), &body).bearer(&who.token).send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
    }

    /// Somebody of the first organization.
    async fn staff(&self, name: &str, role: &str) -> Somebody {
        let somebody = self.account(name).await;
        self.member(HOME, &somebody, role, 0).await;
        somebody
    }

    async fn teams(&self) {
        self.team(KITCHEN, "Kitchen").await;
        self.team(STAGE, "Stage").await;
    }
}

/// About whom a response is, and what they said.
fn said(response: &Value) -> (Uuid, String) {
    (response["userId"].as_str().unwrap().parse().unwrap(), response["response"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hears_a_response_once_in_the_words_and_fields_they_know() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    server.teams().await;
    let event = server.kitchen(json!({})).await;
    let owner = server.staff("Owner", "owner").await;
    let manager = server.staff("Manager", "manager").await;
    server.grant(&manager, "event", event.parse().unwrap()).await;
    let leader = server.staff("Leader", "manager").await;
    server.grant(&leader, "team", KITCHEN).await;
    let cook = server.staff("Cook", "staff").await;
    server.in_team(KITCHEN, &cook).await;
    let comes = server.account("Comes").await;
    server.answers(&event, &comes, "accept").await;
    // Not this one, who only hears of herself.
    let singer = server.staff("Singer", "staff").await;
    server.in_team(STAGE, &singer).await;
    server.elsewhere().await;
    server.member(ELSEWHERE, &singer, "owner", 0).await;

    let mut clients = Clients::start();
    let hear = [("owner", &owner), ("manager", &manager), ("leader", &leader), ("cook", &cook), ("comes", &comes)];
    for (name, somebody) in hear.into_iter().chain([("singer", &singer)]) {
        clients.connect(name, serving.address, &somebody.token);
        clients.connected(name).await;
    }
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    server.answers(&event, &ann, "accept").await;
    for (name, _) in hear {
        let told = clients.response(name).await;
        let expected = json!({
            "eventId": event, "userId": ann.account, "response": "accepted", "role": "Cook",
            "acceptedStaff": [ann.account, comes.account], "declinedStaff": [],
            "roleStats": {"capacity": 5, "reserved": 2, "waiting": 0, "openNow": 3}, "timestamp": told["timestamp"],
        });
        assert_eq!(told, expected, "{name}");
        assert!(told["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    server.answers(&event, &ben, "decline").await;
    for (name, _) in hear {
        // It comes next, so the first one came once.
        let told = clients.response(name).await;
        assert_eq!(said(&told), (ben.account, "declined".to_owned()), "{name}");
        assert_eq!(told["declinedStaff"], json!([ben.account]));
    }
    server.answers(&event, &singer, "accept").await;
    for (name, _) in hear.into_iter().chain([("singer", &singer)]) {
        let told = clients.response(name).await;
        assert_eq!(said(&told), (singer.account, "accepted".to_owned()), "{name}: and she hears nothing before");
    }

    // A guest has no account, and nothing else of theirs is told.
    let guest = json!({"name": "Marked Guest", "email": "marked@example.org"});
    server.post(format!("/api/v1/events/{event}/registrations"), &guest).send().await;
    let told = clients.response("cook").await;
    assert_eq!((&told["userId"], &told["response"]), (&Value::Null, &json!("accepted")));
    assert!(!told.to_string().to_lowercase().contains("marked"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_transports_and_the_change_between_them_lose_nothing() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"roles": [{"name": "Cook"}]})).await;
    let owner = server.staff("Owner", "owner").await;
    let mut clients = Clients::start();
    let ways = [
        ("polls", json!(["polling"]), 0),
        ("sockets", json!(["websocket"]), 0),
        ("both", json!(["polling", "websocket"]), 1),
    ];
    for (name, transports, _) in &ways {
        let options = json!({"auth": {"token": owner.token}, "transports": transports});
        clients.connect_with(name, serving.address, options);
    }
    let mut seen: Vec<Vec<String>> = Vec::new();
    for (name, ..) in &ways {
        seen.push(Vec::new());
        while seen.last().is_some_and(|seen| !seen.contains(&"connected".to_owned())) {
            let what = clients.next(name).await["what"].as_str().unwrap().to_owned();
            seen.last_mut().unwrap().push(what);
        }
    }
    // The last one may still change from one to the other.
    for number in 0..30 {
        server.sign_up(&event, &format!("Person{number}")).await;
    }
    for ((name, _, upgrades), mut seen) in ways.into_iter().zip(seen) {
        let mut times = Vec::new();
        while times.len() < 30 || seen.len() < upgrades + 1 {
            let told = clients.next(name).await;
            match told["what"].as_str().unwrap() {
                "event" => times.push(told["data"][0]["timestamp"].as_str().unwrap().to_owned()),
                what => seen.push(what.to_owned()),
            }
        }
        seen.sort();
        assert_eq!(seen, ["connected", "upgraded"][..=upgrades], "{name}");
        let times: Vec<jiff::Timestamp> = times.iter().map(|time| time.parse().unwrap()).collect();
        assert!(times.is_sorted(), "{name}: {times:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_nothing_that_is_good_is_told_what_to_do() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let ann = server.account("Ann").await;
    let event = server.event(json!({})).await;
    let revoked = server.token(ann.account, ALL_SCOPES, LATER, Some(1)).await;
    let expired = server.token(ann.account, ALL_SCOPES, 1, None).await;
    let writes = server.token(ann.account, "respond people", LATER, None).await;
    let door = server.door(event.parse().unwrap(), LATER).await;
    let cookie = server.session(ann.account).await;
    let show_who = "This needs a login: connect with `auth: {token: TOKEN}`, an API token of an account that is right and \
                    has not ended.";
    let own_page = "With a session this is for this server's own pages only: connect with `auth: {token: TOKEN}`, an API \
                    token.";
    let unreadable = "What was sent to connect cannot be read: send `auth: {token: TOKEN}` with the token as text, or \
                      nothing.";
    let token = |token: &str| json!({"auth": {"token": token}});
    let headers = |headers: Value| json!({ "extraHeaders": headers });
    let mut clients = Clients::start();
    let refused = [
        (json!({}), show_who),
        (token("wrong"), show_who),
        (token(&revoked), show_who),
        (token(&expired), show_who),
        (token(&door), show_who),
        (token(TOKEN), show_who),
        (token(&writes), "This token may not be used for this. Make one with the scope `read`."),
        (json!({"auth": {"token": 5}}), unreadable),
        (json!({"auth": [1]}), unreadable),
        (headers(json!({"cookie": "__Host-headcount=wrong", "origin": OWN_PAGE})), show_who),
        (headers(json!({"cookie": cookie, "origin": "https://evil.example"})), own_page),
        (headers(json!({"cookie": cookie, "origin": "null", "sec-fetch-site": "same-origin"})), own_page),
        (headers(json!({"cookie": cookie, "sec-fetch-site": "cross-site"})), own_page),
        (headers(json!({ "cookie": cookie })), own_page),
    ];
    for (index, (options, detail)) in refused.into_iter().enumerate() {
        for transport in ["polling", "websocket"] {
            let mut options = options.clone();
            options["transports"] = json!([transport]);
            let name = format!("{index} {transport}");
            clients.connect_with(&name, serving.address, options);
            assert_eq!(clients.refused(&name).await, detail, "{name}");
        }
    }
    for (name, headers) in [
        ("origin", json!({"cookie": cookie, "origin": OWN_PAGE})),
        ("no origin", json!({"cookie": cookie, "sec-fetch-site": "same-origin"})),
    ] {
        clients.connect_with(name, serving.address, json!({ "extraHeaders": headers, "transports": ["polling"] }));
        clients.connected(name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_at_once_with_what_had_opened_it() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    server.teams().await;
    let event = server.kitchen(json!({})).await;
    let ann = server.registered("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    let bystander = server.staff("Ben", "owner").await;
    let mut clients = Clients::start();
    clients.connect("ben", serving.address, &bystander.token);
    clients.connected("ben").await;
    // Said by the server, so that a client does not come back by itself with what is no longer good.
    let ended = "io server disconnect";

    clients.connect("role", serving.address, &ann.token);
    clients.connected("role").await;
    let role = server.ask(Method::PATCH, format!("/api/v1/organizations/{HOME}/members/{}", ann.account));
    assert_eq!(role.owner().json(&json!({"role": "manager"})).send().await.status, 200);
    assert_eq!(clients.ended("role").await, ended);

    let cookie = server.logged_in(&ann).await;
    let made = server.post("/api/v1/tokens", &json!({"name": "x", "scopes": ["read"]})).session(&cookie).send().await;
    clients.connect("revoked", serving.address, &made.text("token"));
    clients.connected("revoked").await;
    let path = format!("/api/v1/tokens/{}", made.text("id"));
    assert_eq!(server.ask(Method::DELETE, path).session(&cookie).send().await.status, 204);
    assert_eq!(clients.ended("revoked").await, ended);

    let by_session = |cookie: &str, transport: &str| json!({"extraHeaders": {"cookie": cookie, "origin": OWN_PAGE}, "transports": [transport]});
    let made = server.post("/api/v1/tokens", &json!({"name": "x", "scopes": ["read"]})).session(&cookie).send().await;
    clients.connect("password", serving.address, &made.text("token"));
    clients.connected("password").await;
    clients.connect_with("password, session", serving.address, by_session(&cookie, "polling"));
    clients.connected("password, session").await;
    let passwords = json!({"current": PASSWORD, "new": "another horse battery"});
    let changed = server.post("/api/v1/people/me/password", &passwords).session(&cookie).send().await;
    assert!(changed.status.is_success(), "{}", changed.shown());
    assert_eq!(clients.ended("password").await, ended);
    assert_eq!(clients.ended("password, session").await, ended);

    let answer = server.log_in(&ann.email, "another horse battery").await;
    let cookie = crate::people::cookie(&answer);
    clients.connect_with("session", serving.address, by_session(&cookie, "websocket"));
    clients.connected("session").await;
    let out = server.ask(Method::DELETE, "/api/v1/sessions/current").session(&cookie).send().await;
    assert_eq!(out.status, 204);
    assert_eq!(clients.ended("session").await, ended);

    // The one whose right did not end goes on.
    server.sign_up(&event, "Guest").await;
    assert_eq!(clients.response("ben").await["eventId"], json!(event));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_hears_of_the_others_until_they_come_no_more() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let roles = json!([{"name": "Cook"}, {"name": "Server"}]);
    let event = server.event(json!({"roles": roles, "roles_per_person": 2})).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let mut clients = Clients::start();
    clients.connect("ann", serving.address, &ann.token);
    clients.connected("ann").await;
    let says = async |who: &Somebody, response: &str, role: &str| {
        let body = json!({"response": response, "role": role});
        let answer = server.post(format!("/api/v1/events/{event}/respond"), &body).bearer(&who.token).send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
    };
    let mut told = async |who: &Somebody, what: &str| {
        println!("{} {what}", who.email);
        assert_eq!(said(&clients.response("ann").await), (who.account, what.to_owned()));
    };
    says(&ben, "accept", "Cook").await;
    says(&ann, "accept", "Cook").await;
    told(&ann, "accepted").await;
    says(&ann, "accept", "Server").await;
    says(&ben, "decline", "Cook").await;
    says(&ann, "decline", "Cook").await;
    told(&ann, "accepted").await;
    told(&ben, "declined").await;
    told(&ann, "declined").await;
    // She still comes, as a server.
    says(&ben, "accept", "Cook").await;
    told(&ben, "accepted").await;
    says(&ann, "decline", "Server").await;
    told(&ann, "declined").await;
    says(&ben, "decline", "Cook").await;
    says(&ann, "accept", "Cook").await;
    told(&ann, "accepted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_from_its_first_response_on_and_to_no_more_than_may_see_it() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    server.teams().await;
    let cook = server.staff("Cook", "staff").await;
    server.in_team(KITCHEN, &cook).await;
    let owner = server.staff("Owner", "owner").await;
    let mut clients = Clients::start();
    for (name, somebody) in [("cook", &cook), ("owner", &owner)] {
        clients.connect(name, serving.address, &somebody.token);
        clients.connected(name).await;
    }
    for _ in 0..3 {
        let event = server.kitchen(json!({})).await;
        server.sign_up(&event, "First").await;
        assert_eq!(clients.response("cook").await["eventId"], json!(event));
        assert_eq!(clients.response("owner").await["eventId"], json!(event));
    }
    // To a draft only staff can add somebody, and only they hear of it.
    let draft = server.kitchen(json!({"status": "draft"})).await;
    let path = format!("/api/v1/events/{draft}/registrations");
    let early = json!({"name": "Early", "email": "early@example.org"});
    let answer = server.post(&path, &early).bearer(&owner.token).send().await;
    assert_eq!(answer.status, 201, "{}", answer.shown());
    assert_eq!(clients.response("owner").await["roleStats"]["reserved"], json!(1));
    let publish = server.ask(Method::PATCH, format!("/api/v1/events/{draft}")).owner();
    let publish = publish.header("if-match", &server.etag(&draft).await).json(&json!({"status": "published"}));
    assert_eq!(publish.send().await.status, 200);
    server.sign_up(&draft, "Second").await;
    let told = clients.response("cook").await;
    assert_eq!((&told["eventId"], &told["roleStats"]["reserved"]), (&json!(draft), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_and_comes_back_hears_what_is_new() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"roles": [{"name": "Cook"}]})).await;
    let owner = server.staff("Owner", "owner").await;
    let mut clients = Clients::start();
    for round in 0..3 {
        let name = format!("owner {round}");
        clients.connect(&name, serving.address, &owner.token);
        clients.connected(&name).await;
        server.sign_up(&event, &format!("Heard{round}")).await;
        let told = clients.response(&name).await;
        assert_eq!(told["roleStats"]["reserved"], json!(2 * round + 1));
        clients.disconnect(&name);
        assert_eq!(clients.ended(&name).await, "io client disconnect");
        server.sign_up(&event, &format!("Unheard{round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_does_not_read_is_sent_away_and_holds_up_nobody() {
    const STAFF: usize = 300;
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let event = server.event(json!({"roles": [{"name": "Cook"}]})).await;
    let owner = server.staff("Owner", "owner").await;
    let mut clients = Clients::start();
    clients.connect("quick", serving.address, &owner.token);
    clients.connected("quick").await;
    let mut slow = that_does_not_read(serving.address, &owner.token).await;
    // Each message names all of them, so that a few hundred are more than the way holds.
    for number in 0..STAFF {
        let one = server.account(&format!("Staff{number}")).await;
        server.answers(&event, &one, "accept").await;
    }
    for _ in 0..STAFF {
        clients.response("quick").await;
    }
    let mut sent = STAFF;
    for wave in 0..20 {
        let sign_ups = (0..100).map(|number| {
            let (server, event) = (&server, &event);
            async move { server.sign_up(event, &format!("Person{wave}x{number}")).await.status.as_u16() }
        });
        let statuses = futures_util::future::join_all(sign_ups).await;
        assert!(statuses.iter().all(|status| *status == 201));
        for _ in 0..100 {
            clients.response("quick").await;
        }
        sent += 100;
    }
    let mut read = Vec::new();
    // A frame of text with two bytes: the end of the namespace. Or the connection has ended.
    while !read.ends_with(b"\x81\x0241") && slow.read_buf(&mut read).await.is_ok_and(|count| count > 0) {}
    let told = String::from_utf8_lossy(&read).matches("event:response").count();
    assert!((1_024..sent).contains(&told), "{told} of {sent}");
}

/// A socket that was let in, and reads nothing more.
async fn that_does_not_read(server: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n\
                connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // A frame of text, masked with zeros.
    let shown = format!("40{}", json!({ "token": token }));
    let frame = [&[0x81, 0x80 | u8::try_from(shown.len()).unwrap(), 0, 0, 0, 0][..], shown.as_bytes()].concat();
    stream.write_all(&frame).await.unwrap();
    let mut text = String::new();
    while !text.contains("40{\"sid\"") {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_its_sockets_so_that_they_come_back() {
    let server = Server::start();
    let serving = start(&server, PATIENT).await;
    let owner = server.staff("Owner", "owner").await;
    let mut clients = Clients::start();
    for transport in ["polling", "websocket"] {
        let options = json!({"auth": {"token": owner.token}, "transports": [transport]});
        clients.connect_with(transport, serving.address, options);
        clients.connected(transport).await;
    }
    // One that has not shown who it is, and waits for something to be told.
    let mut connection = Connection::open(&Address::from(serving.address)).await.unwrap();
    let path = "/socket.io/?EIO=4&transport=polling";
    let begun = connection.send(Ask::new(Method::GET, path)).await.unwrap();
    let begun: Value = serde_json::from_slice(&begun.body[1..]).unwrap();
    let waits = Ask::new(Method::GET, &format!("{path}&sid={}", begun["sid"].as_str().unwrap()));
    let waiting = tokio::spawn(async move { connection.send(waits).await.map(|answer| answer.status.as_u16()) });

    serving.stop.send(()).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(60), serving.done).await.expect("it stops").unwrap();
    for transport in ["polling", "websocket"] {
        let reason = clients.ended(transport).await;
        assert!(["transport close", "transport error"].contains(&reason.as_str()), "{transport}: {reason}");
    }
    // It does not go on waiting: it came too late, was sent away, or was told that the session is closed, whichever came
    // first.
    let waited = waiting.await.unwrap();
    assert!(matches!(waited, Ok(200 | 503) | Err(_)), "{waited:?}");
}
