//! What belongs to somebody else stays out of reach: with another's link, account, token or idempotency key, and by
//! guessing.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headcount::secret::{Link, Secret};
use headcount_core::ids::{EventId, RegistrationId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Ask, Server, person};
use crate::people::{HOME, Somebody};

/// What can be asked with a link, each with a body that would be taken.
fn link_commands() -> [(&'static str, Value); 5] {
    [
        ("confirm", json!({})),
        ("resize", json!({"spots": 2})),
        ("move", json!({"role": "Cook"})),
        ("contact", json!({"name": "Mallory"})),
        ("cancel", json!({})),
    ]
}

impl Server {
    /// An event in which everything that a link can do is allowed.
    async fn open_event(&self) -> String {
        self.event(json!({"self_move": true, "roles": [{"name": "Server"}, {"name": "Cook"}]})).await
    }

    /// A guest's sign-up.
    async fn guest(&self, event: &str, name: &str) -> Answer {
        let mut body = person(name);
        body["role"] = json!("Server");
        let answer = self.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.shown());
        answer
    }

    /// A registration and its event's seq, as the owner is shown them.
    async fn stored(&self, event: &str, registration: &str) -> (Value, Value) {
        let path = format!("/api/v1/events/{event}");
        let mut registration = self.get(format!("{path}/registrations/{registration}")).owner().send().await;
        assert_eq!(registration.status, 200, "{}", registration.shown());
        // The seq that stands in it is the event's.
        let seq = registration.body.as_object_mut().unwrap().remove("seq").unwrap();
        (registration.body, seq)
    }

    /// Whether a token of a manage link leads nowhere, whatever is asked with it.
    async fn leads_nowhere(&self, token: &str) -> bool {
        let path = format!("/api/v1/manage/{token}");
        let mut codes = vec![self.get(&path).send().await.status];
        for (command, body) in link_commands() {
            codes.push(self.post(format!("{path}/{command}"), &body).send().await.status);
        }
        assert!(codes.iter().all(|code| *code == codes[0]), "{token}: {codes:?}");
        codes[0] == 404
    }
}

fn token(answer: &Answer) -> String {
    answer.manage_path().rsplit('/').next().unwrap().to_owned()
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_link_cannot_be_made_from_another() {
    let server = Server::start();
    let (event, other) = (server.open_event().await, server.open_event().await);
    let (ann, ben) = (server.guest(&event, "Ann").await, server.guest(&event, "Ben").await);
    let before = server.stored(&event, &ben.text("id")).await;
    let anns = token(&ann);
    let bytes = URL_SAFE_NO_PAD.decode(&anns).unwrap();
    let altered = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        URL_SAFE_NO_PAD.encode(bytes)
    };

    let mut guesses = vec![
        altered(16, id(&ben.text("id")).as_bytes()),
        altered(0, id(&other).as_bytes()),
        altered(32, &0_u32.to_be_bytes()),
        altered(32, &2_u32.to_be_bytes()),
        altered(36, &[0; 32]),
        URL_SAFE_NO_PAD.encode(&bytes[..36]),
        URL_SAFE_NO_PAD.encode([bytes.as_slice(), &[0]].concat()),
        format!("{anns}="),
        format!("%20{anns}"),
        anns.to_lowercase(),
    ];
    guesses.extend((0..bytes.len()).map(|at| altered(at, &[bytes[at] ^ 1])));
    guesses.extend((1..anns.len()).step_by(7).map(|length| anns[..length].to_owned()));
    for guess in guesses {
        assert!(server.leads_nowhere(&guess).await, "{guess}");
    }
    assert_eq!(server.stored(&event, &ben.text("id")).await, before);
    assert_eq!(server.get(ann.manage_path()).send().await.status, 200, "the link itself leads somewhere");
}

/// The last character of a link has bits that mean nothing: whoever could change them would have another link.
#[tokio::test]
async fn a_link_is_written_in_one_way_only() {
    let server = Server::start();
    let event = server.open_event().await;
    let token = token(&server.guest(&event, "Ann").await);
    let (start, last) = token.split_at(token.len() - 1);
    for letter in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).map(String::from) {
        let is_it = letter == last;
        let answer = server.get(format!("/api/v1/manage/{start}{letter}")).send().await;
        assert_eq!(answer.status.as_u16(), if is_it { 200 } else { 404 }, "{letter}");
    }
}

#[tokio::test]
async fn a_link_of_another_secret_purpose_or_version_leads_nowhere() {
    let server = Server::start();
    let event = server.open_event().await;
    let ann = server.guest(&event, "Ann").await;
    let (event_id, registration) = (id(&event), id(&ann.text("id")));
    let link = |version| Link { event: EventId(event_id), registration: RegistrationId(registration), version };
    let first = token(&ann);
    assert_eq!(server.secret().link_token(link(1)), first, "so this is how links are made");
    let strange = Secret::new(b"the secret of another server");
    for guess in [
        strange.link_token(link(1)),
        server.secret().link_token(link(2)),
        server.secret().token("door", registration),
        server.secret().token("link", registration),
        server.secret().link_token(Link { event: EventId(registration), ..link(1) }),
    ] {
        assert!(server.leads_nowhere(&guess).await, "{guess}");
    }

    let path = format!("/api/v1/events/{event}/registrations/{}/change-email", ann.text("id"));
    let changed = server.post(path, &json!({"email": "ann@example.net"})).owner().send().await;
    assert_eq!(changed.status, 200, "{}", changed.shown());
    assert!(server.leads_nowhere(&first).await, "it went to the address before");
    assert_ne!(token(&changed), first);
    assert_eq!(server.get(changed.manage_path()).send().await.status, 200);
}

#[tokio::test]
async fn a_link_changes_its_own_registration_only() {
    let server = Server::start();
    let event = server.open_event().await;
    let (ann, ben) = (server.guest(&event, "Ann").await, server.guest(&event, "Ben").await);
    let (before, _) = server.stored(&event, &ben.text("id")).await;
    for (command, body) in link_commands() {
        let answer = server.post(format!("{}/{command}", ann.manage_path()), &body).send().await;
        assert_eq!((answer.status.as_u16(), answer.text("id")), (200, ann.text("id")), "{}", answer.shown());
    }
    assert_eq!(server.stored(&event, &ben.text("id")).await.0, before);
}

/// How somebody with an account asks: with a token, or with a session from a page of this server.
async fn ways(server: &Server, who: &Somebody) -> [Vec<(&'static str, String)>; 2] {
    let session = server.session(who.account).await;
    [
        vec![("authorization", format!("Bearer {}", who.token))],
        vec![("cookie", session), ("origin", "https://events.example".to_owned())],
    ]
}

fn by(ask: Ask, way: &[(&'static str, String)]) -> Ask {
    way.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
}

#[tokio::test]
async fn an_account_reaches_no_registration_of_another() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Server"}, {"name": "Cook"}]})).await;
    let (ann, ben, cem) = (server.account("Ann").await, server.account("Ben").await, server.account("Cem").await);
    server.member(HOME, &cem, "staff", 0).await;
    let path = format!("/api/v1/events/{event}/registrations");
    let signed_up = server.post(&path, &json!({"role": "Server", "notes": "only for staff"}));
    let signed_up = by(signed_up, &ways(&server, &ann).await[0]).send().await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.shown());
    let anns = signed_up.text("id");
    let before = server.stored(&event, &anns).await;

    for (who, refused) in [(&ben, (404, "not_found")), (&cem, (403, "forbidden"))] {
        for way in ways(&server, who).await {
            let one = format!("{path}/{anns}");
            let mut asks = vec![
                server.get(&path),
                server.get(&one),
                server.ask(Method::PATCH, &one).json(&json!({"name": "Mallory"})),
                server.post(format!("{one}/change-email"), &json!({"email": "mallory@example.org"})),
                server.post(format!("{one}/swap"), &json!({"with": anns})),
            ];
            for command in ["cancel", "remove", "decline", "move", "resize", "promote", "demote", "reinstate"] {
                asks.push(server.post(format!("{one}/{command}"), &json!({})));
            }
            for command in ["check-in", "undo-check-in"] {
                asks.push(server.post(format!("{one}/{command}"), &json!({"count": 1})));
            }
            for ask in asks {
                let answer = by(ask, &way).send().await;
                assert_eq!(answer.code(), refused, "{}", answer.shown());
            }
            let own = by(server.get("/api/v1/people/me/registrations"), &way).send().await;
            assert_eq!((own.status.as_u16(), &own.body["items"]), (200, &json!([])));
            let older = server.ask(Method::PATCH, format!("/api/events/{event}/registrations/{anns}"));
            let older = by(older.json(&json!({"status": "CANCELLED"})), &way).send().await;
            assert_eq!(older.status.as_u16(), refused.0);
        }
    }
    assert_eq!(server.stored(&event, &anns).await, before);
}

#[tokio::test]
async fn a_no_answers_for_nobody_else() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Server", "capacity": 1}]})).await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let [anns, _] = ways(&server, &ann).await;
    let path = format!("/api/v1/events/{event}/respond");
    let yes = by(server.post(&path, &json!({"response": "accept"})), &anns).send().await;
    let anns = yes.body["registrations"][0]["id"].as_str().unwrap().to_owned();
    let (before, _) = server.stored(&event, &anns).await;
    for way in ways(&server, &ben).await {
        let no = by(server.post(&path, &json!({"response": "decline"})), &way).send().await;
        assert!([200, 409].contains(&no.status.as_u16()), "{}", no.shown());
        assert!(!no.body.to_string().contains(&anns));
    }
    assert_eq!(server.stored(&event, &anns).await.0, before);
}

/// Each pair: who used a key first, and who comes with the same key afterwards.
#[tokio::test]
async fn a_key_never_hands_out_the_answer_of_another() {
    const KEY: &str = "one-key-for-many-who-should-not";
    let server = Server::start();
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    let owner = server.account("Olga").await;
    server.member(HOME, &owner, "owner", 0).await;
    let [by_token, by_session] = ways(&server, &ann).await;
    let another_token = server.token(ann.account, "respond", crate::people::LATER, None).await;
    let another_token = vec![("authorization", format!("Bearer {another_token}"))];
    let [bens, _] = ways(&server, &ben).await;
    let [olgas, _] = ways(&server, &owner).await;
    let guest = Vec::new();

    let (ann, as_ann, dan) = (json!({}), person("Ann"), person("Dan"));
    let roles = json!({"roles_per_person": 9, "roles": [{"name": "Server", "capacity": 9}]});
    for (first, first_body, then, then_body, expected) in [
        (&guest, &as_ann, &guest, &dan, (201, "-")),
        (&guest, &as_ann, &by_token, &ann, (409, "already_registered")),
        (&by_token, &ann, &guest, &as_ann, (409, "already_registered")),
        (&by_token, &ann, &bens, &ann, (201, "-")),
        (&by_token, &ann, &by_session, &ann, (409, "already_registered")),
        (&by_token, &ann, &another_token, &ann, (409, "already_registered")),
        (&by_token, &ann, &olgas, &as_ann, (409, "already_registered")),
        (&olgas, &as_ann, &by_token, &ann, (409, "already_registered")),
        (&olgas, &as_ann, &guest, &as_ann, (409, "already_registered")),
        (&guest, &as_ann, &olgas, &as_ann, (409, "already_registered")),
    ] {
        let event = server.event(roles.clone()).await;
        let path = format!("/api/v1/events/{event}/registrations");
        let told = by(server.post(&path, first_body), first).key(KEY).send().await;
        assert_eq!(told.status, 201, "{}", told.shown());
        let other = by(server.post(&path, then_body), then).key(KEY).send().await;
        assert_eq!(other.code(), expected, "{first:?} then {then:?}: {}", other.shown());
        let shown = other.body.to_string();
        assert!(!shown.contains(&token(&told)) && !shown.contains(&told.text("id")), "{shown}");
        let again = by(server.post(&path, first_body), first).key(KEY).send().await;
        assert_eq!((again.status, &again.body), (told.status, &told.body), "whose key it is gets the answer again");
    }
}

#[tokio::test]
async fn a_key_of_one_link_is_another_key_with_another_link() {
    let server = Server::start();
    let event = server.open_event().await;
    let (ann, ben) = (server.guest(&event, "Ann").await, server.guest(&event, "Ben").await);
    let resize = async |of: &Answer| {
        let ask = server.post(format!("{}/resize", of.manage_path()), &json!({"spots": 2})).key("the-same");
        ask.send().await
    };
    let (anns, bens) = (resize(&ann).await, resize(&ben).await);
    assert_eq!([anns.text("id"), bens.text("id")], [ann.text("id"), ben.text("id")]);
    assert_ne!(anns.body["manage_url"], bens.body["manage_url"]);
    let staff =
        server.post(format!("/api/v1/events/{event}/registrations/{}/resize", ben.text("id")), &json!({"spots": 3}));
    let staff = staff.owner().key("the-same").send().await;
    assert_eq!((staff.status.as_u16(), staff.body["spots"].as_u64()), (200, Some(3)), "{}", staff.shown());
}
