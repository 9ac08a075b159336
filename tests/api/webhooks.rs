//! Webhooks: what they are told, how it is signed, what is tried again, and where they may not lead.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use headcount::hooks::{Reach, Resolver, Settings};
use serde_json::{Value, json};

use crate::harness::{Ask, Server};
use crate::receiver::{Got, Receiver, Reply};

/// The webhooks of the server's first organization.
const WEBHOOKS: &str = "/api/v1/organizations/00000000-0000-0000-0000-000000000000/webhooks";

/// Into this machine, trusting the receiver, and impatient.
fn settings(receiver: &Receiver) -> Settings {
    let pauses = vec![Duration::from_millis(20); 2];
    let certificates = receiver.certificates();
    Settings { reach: Reach::Anywhere, certificates, pauses, ..Settings::default() }
}

pub(crate) async fn delivering() -> (Server, Receiver) {
    let receiver = Receiver::start().await;
    let server = Server::start().delivering(settings(&receiver));
    (server, receiver)
}

/// Makes a webhook; its address in the API and its secret.
pub(crate) async fn webhook(server: &Server, wish: Value) -> (String, String) {
    let answer = server.post(WEBHOOKS, &wish).owner().send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
    (format!("{WEBHOOKS}/{}", answer.text("id")), answer.text("secret"))
}

async fn sign_up(server: &Server, event: &str, name: &str) {
    let answer = server.sign_up(event, name).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
}

async fn deliveries(server: &Server, webhook: &str) -> Vec<Value> {
    let answer = server.get(format!("{webhook}/deliveries")).owner().send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.shown());
    answer.body["items"].as_array().unwrap().clone()
}

/// Looks at the newest delivery until it is in this state.
async fn newest_in(server: &Server, webhook: &str, state: &str) -> Value {
    loop {
        match deliveries(server, webhook).await.into_iter().next() {
            Some(newest) if newest["state"] == state => return newest,
            _ => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_told_of_what_happens_and_can_check_who_says_so() {
    let (server, mut receiver) = delivering().await;
    let (_, secret) = webhook(&server, json!({"url": receiver.url("/hook?from=headcount")})).await;
    let event = server.event(json!({"slug": "fair"})).await;
    let created = receiver.next().await;
    assert_eq!(created.body["type"], "event.created");
    sign_up(&server, &event, "Ann").await;
    let mut signed_up = receiver.next().await;
    while signed_up.body["type"] != "registration.signed_up" {
        signed_up = receiver.next().await;
    }
    assert_eq!((signed_up.method.as_str(), signed_up.path.as_str()), ("POST", "/hook?from=headcount"));
    assert_eq!(signed_up.header("content-type"), "application/json");
    assert!(signed_up.is_signed_with(&secret) && created.is_signed_with(&secret));
    assert!(!signed_up.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    let data = &signed_up.body["data"];
    assert_eq!((&data["event_id"], &data["slug"]), (&json!(event), &json!("fair")));
    assert_eq!((&data["kind"], &data["actor"]), (&json!("signed_up"), &json!("guest")));
    assert_eq!((&data["spots"], &data["status"]), (&json!(1), &json!("confirmed")));
    assert!(data["registration_id"].is_string() && data["role_id"].is_string() && data["at"].is_string());
    assert!(data.get("person").is_none() && data["change"].get("person").is_none());
    for personal in ["Ann", "ann@example.org"] {
        assert!(!signed_up.text.contains(personal), "{}", signed_up.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_it_is_about_is_told_only_where_that_was_asked_for() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({"phone": "optional", "phone_region": "DE"})).await;
    let wish = json!({"url": receiver.url("/"), "kinds": ["signed_up"], "personal": true});
    webhook(&server, wish).await;
    let ann = json!({"name": "Ann", "email": "ann@example.org", "phone": "030 901820"});
    let answer = server.post(format!("/api/v1/events/{event}/registrations"), &ann).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
    let person = receiver.next().await.body["data"]["person"].clone();
    assert_eq!((&person["name"], &person["email"]), (&json!("Ann"), &json!("ann@example.org")));
    assert_eq!(person["phone"], "+4930901820");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_before_is_not_told_and_nothing_else_is_left_out() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    sign_up(&server, &event, "Early").await;
    let (first, _) = webhook(&server, json!({"url": receiver.url("/first"), "kinds": ["signed_up"]})).await;
    let before: u64 =
        server.get(format!("/api/v1/events/{event}/availability")).send().await.body["seq"].as_u64().unwrap();
    let mut seqs = Vec::new();
    for name in ["Ann", "Bob", "Cem"] {
        sign_up(&server, &event, name).await;
    }
    for _ in 0..3 {
        seqs.push(receiver.next().await.seq());
    }
    assert_eq!(seqs, [before + 1, before + 2, before + 3], "in order");
    // Ended, and made active again: what happened meanwhile is not told.
    let change = |active: bool| server.ask(Method::PATCH, &first).owner().json(&json!({ "active": active }));
    assert_eq!(change(false).send().await.body["active"], false);
    sign_up(&server, &event, "Meanwhile").await;
    let again = change(true).send().await;
    assert_eq!((&again.body["active"], &again.body["ended_at"]), (&json!(true), &Value::Null));
    sign_up(&server, &event, "Later").await;
    assert_eq!(receiver.next().await.seq(), before + 5);
    // A second webhook does not begin with what the first one was told.
    webhook(&server, json!({"url": receiver.url("/second"), "kinds": ["signed_up"]})).await;
    sign_up(&server, &event, "Last").await;
    let both = [receiver.next().await, receiver.next().await];
    assert!(both.iter().all(|got| got.seq() == before + 6), "{both:#?}");
    assert!(receiver.is_quiet());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_kinds_that_were_asked_for_are_told() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/"), "kinds": ["cancelled"]})).await;
    let ann = server.sign_up(&event, "Ann").await;
    server.post(format!("{}/cancel", ann.manage_path()), &json!({})).send().await;
    let got = receiver.next().await;
    assert_eq!(
        (&got.body["type"], &got.body["data"]["status"]),
        (&json!("registration.cancelled"), &json!("cancelled"))
    );
    assert_eq!(newest_in(&server, &path, "delivered").await["kind"], "cancelled");
    assert_eq!(deliveries(&server, &path).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_with_the_same_id() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    let (path, secret) = webhook(&server, json!({"url": receiver.url("/")})).await;
    receiver.reply([Reply::Status(500), Reply::Status(429)]);
    sign_up(&server, &event, "Ann").await;
    let attempts: Vec<Got> = vec![receiver.next().await, receiver.next().await, receiver.next().await];
    assert!(attempts.iter().all(|got| got.is_signed_with(&secret)));
    assert!(attempts.iter().all(|got| got.header("webhook-id") == attempts[0].header("webhook-id")));
    assert!(attempts.iter().all(|got| got.text == attempts[0].text));
    let delivery = newest_in(&server, &path, "delivered").await;
    assert_eq!((&delivery["id"], &delivery["attempts"]), (&json!(attempts[0].header("webhook-id")), &json!(3)));
    assert_eq!(
        (&delivery["status"], &delivery["problem"], &delivery["due_at"]),
        (&json!(204), &Value::Null, &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_given_up_and_can_be_sent_once_more() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    receiver.reply([Reply::Status(500), Reply::Status(500), Reply::Status(503)]);
    sign_up(&server, &event, "Ann").await;
    let given_up = newest_in(&server, &path, "given_up").await;
    assert_eq!((&given_up["attempts"], &given_up["status"]), (&json!(3), &json!(503)));
    assert_eq!(given_up["problem"], "the receiver answered 503");
    for _ in 0..3 {
        receiver.next().await;
    }
    let id = given_up["id"].as_str().unwrap();
    let resent = server.post(format!("{path}/deliveries/{id}/resend"), &json!({})).owner().send().await;
    assert_eq!((resent.status, resent.text("id").as_str()), (StatusCode::ACCEPTED, id));
    assert_eq!(receiver.next().await.header("webhook-id"), id);
    assert_eq!(newest_in(&server, &path, "delivered").await["attempts"], 1);
    let unknown = format!("{path}/deliveries/018f0000-0000-7000-8000-000000000000/resend");
    assert_eq!(server.post(unknown, &json!({})).owner().send().await.code(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_ends_the_webhook() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    receiver.reply([Reply::Status(410)]);
    sign_up(&server, &event, "Ann").await;
    receiver.next().await;
    let given_up = newest_in(&server, &path, "given_up").await;
    assert_eq!((&given_up["status"], &given_up["attempts"]), (&json!(410), &json!(1)));
    let ended = server.get(&path).owner().send().await;
    assert_eq!(ended.body["active"], false);
    assert!(ended.body["ended_at"].is_string());
    for ask in ["test".to_owned(), format!("deliveries/{}/resend", given_up["id"].as_str().unwrap())] {
        let answer = server.post(format!("{path}/{ask}"), &json!({})).owner().send().await;
        assert_eq!(answer.code(), (409, "webhook_ended"), "{ask}");
    }
    assert!(receiver.is_quiet());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (server, mut receiver) = delivering().await;
    let mut elsewhere = Receiver::start().await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    receiver.reply([Reply::Redirect(elsewhere.url("/")), Reply::Redirect(receiver.url("/there")), Reply::Status(307)]);
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    let given_up = newest_in(&server, &path, "given_up").await;
    assert!(given_up["problem"].as_str().unwrap().contains("redirects are not followed"), "{given_up}");
    for _ in 0..3 {
        assert_eq!(receiver.next().await.path, "/");
    }
    assert!(receiver.is_quiet() && elsewhere.is_quiet());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_holds_up_nobody_else() {
    let mut receiver = Receiver::start().await;
    let answer_within = Duration::from_millis(300);
    let server = Server::start().delivering(Settings { answer_within, ..settings(&receiver) });
    let slow = server.event(json!({"slug": "slow"})).await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/"), "kinds": ["signed_up"]})).await;
    receiver.reply(vec![Reply::Silence; 3]);
    sign_up(&server, &slow, "Ann").await;
    receiver.next().await;
    // While that one waits, another event is told of at the same webhook.
    let quick = server.event(json!({"slug": "quick"})).await;
    receiver.reply([Reply::Status(204)]);
    sign_up(&server, &quick, "Bob").await;
    let mut slugs = Vec::new();
    for _ in 0..3 {
        slugs.push(receiver.next().await.body["data"]["slug"].clone());
    }
    assert!(slugs.contains(&json!("quick")), "{slugs:?}");
    let all = loop {
        let all = deliveries(&server, &path).await;
        if all.iter().all(|one| one["state"] != "waiting") {
            break all;
        }
        tokio::task::yield_now().await;
    };
    let problems: Vec<&str> = all.iter().filter_map(|one| one["problem"].as_str()).collect();
    assert!(problems.iter().all(|problem| problem.contains("no answer within 0.3 s")), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_end_is_an_answer() {
    let (server, receiver) = delivering().await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    receiver.reply([Reply::Endless]);
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    let delivered = newest_in(&server, &path, "delivered").await;
    assert_eq!((&delivered["status"], &delivered["attempts"]), (&json!(200), &json!(1)));
    assert_eq!(
        (&delivered["event_id"], &delivered["seq"], &delivered["kind"]),
        (&Value::Null, &Value::Null, &json!("test"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_told() {
    let receiver = Receiver::start().await;
    let stranger = Receiver::start().await;
    let server = Server::start().delivering(settings(&stranger));
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    let given_up = newest_in(&server, &path, "given_up").await;
    assert!(given_up["problem"].as_str().unwrap().contains("no secure connection to localhost"), "{given_up}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_takes_the_place_of_the_one_before() {
    let (server, mut receiver) = delivering().await;
    let (path, old) = webhook(&server, json!({"url": receiver.url("/")})).await;
    assert!(server.get(&path).owner().send().await.body.get("secret").is_none(), "it is shown only when it is new");
    let new = server.post(format!("{path}/rotate-secret"), &json!({})).owner().send().await.text("secret");
    assert_ne!(old, new);
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    let got = receiver.next().await;
    assert!(got.is_signed_with(&new) && !got.is_signed_with(&old));
    assert_eq!(got.body["type"], "webhook.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_was_removed_is_told_nothing_more() {
    let (server, mut receiver) = delivering().await;
    let event = server.event(json!({})).await;
    let (removed, _) = webhook(&server, json!({"url": receiver.url("/removed")})).await;
    assert_eq!(server.ask(Method::DELETE, &removed).owner().send().await.status, StatusCode::NO_CONTENT);
    let (_, _) = webhook(&server, json!({"url": receiver.url("/kept"), "kinds": ["signed_up"]})).await;
    sign_up(&server, &event, "Ann").await;
    assert_eq!(receiver.next().await.path, "/kept");
    for (method, path) in [
        (Method::GET, removed.clone()),
        (Method::DELETE, removed.clone()),
        (Method::GET, format!("{removed}/deliveries")),
    ] {
        assert_eq!(server.ask(method, path).owner().send().await.code(), (404, "not_found"));
    }
}

/// Where a name leads is looked up anew for each delivery, so it may have been another place when the webhook was made.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_into_this_machine_by_now_is_not_reached() {
    let mut receiver = Receiver::start().await;
    let name = |address: &str| {
        Resolver::Table(BTreeMap::from([("hooks.example.org".to_owned(), vec![address.parse().unwrap()])]))
    };
    let trusted = settings(&receiver);
    let reaching = |reach, address| Settings { reach, resolver: name(address), ..trusted.clone() };
    let url = format!("https://hooks.example.org:{}/", receiver.port);
    let server = Server::start().delivering(reaching(Reach::Public, "8.8.8.8"));
    let (path, _) = webhook(&server, json!({ "url": url })).await;
    let server = server.delivering_instead(reaching(Reach::Public, "127.0.0.1")).await;
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    let given_up = newest_in(&server, &path, "given_up").await;
    assert!(given_up["problem"].as_str().unwrap().contains("leads to 127.0.0.1"), "{given_up}");
    assert!(receiver.is_quiet());
    // That it was the address alone: where it is allowed, it arrives.
    let server = server.delivering_instead(reaching(Reach::Anywhere, "127.0.0.1")).await;
    server.post(format!("{path}/test"), &json!({})).owner().send().await;
    assert_eq!(receiver.next().await.header("host"), format!("hooks.example.org:{}", receiver.port));
}

#[tokio::test]
async fn a_webhook_cannot_lead_into_this_machine_or_its_network() {
    let inside = ["127.0.0.1", "::1", "169.254.169.254", "10.1.2.3", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1"];
    let table = |address: &&str| {
        (format!("{}.example.org", address.replace([':', '.'], "-").trim_matches('-')), vec![address.parse().unwrap()])
    };
    let names: BTreeMap<_, _> = inside.iter().map(table).collect();
    let written: Vec<String> =
        inside.iter().map(|one| if one.contains(':') { format!("[{one}]") } else { (*one).to_owned() }).collect();
    let server =
        Server::start().delivering(Settings { resolver: Resolver::Table(names.clone()), ..Settings::default() });
    for host in written.iter().chain(names.keys()) {
        let answer = server.post(WEBHOOKS, &json!({"url": format!("https://{host}/")})).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{host}");
        assert!(answer.text("detail").contains("not an address of the internet"), "{}", answer.shown());
    }
    for spelled in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"] {
        let answer = server.post(WEBHOOKS, &json!({"url": format!("https://{spelled}/")})).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{spelled}");
    }
    // One of several is enough.
    let both =
        BTreeMap::from([("both.example.org".into(), vec!["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()])]);
    let server = Server::start().delivering(Settings { resolver: Resolver::Table(both), ..Settings::default() });
    let answer = server.post(WEBHOOKS, &json!({"url": "https://both.example.org/"})).owner().send().await;
    assert_eq!(answer.code(), (422, "invalid"));
    // A name that leads nowhere yet may lead somewhere when it is needed.
    let answer = server.post(WEBHOOKS, &json!({"url": "https://soon.example.org/"})).owner().send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
    let changed = server.ask(Method::PATCH, format!("{WEBHOOKS}/{}", answer.text("id"))).owner();
    assert_eq!(changed.json(&json!({"url": "https://127.0.0.1/"})).send().await.code(), (422, "invalid"));
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_told_all_at_once() {
    let server = Server::start();
    let ask = |body: Value| server.post(WEBHOOKS, &body).owner();
    let answer = ask(json!({"kinds": ["signed_up", "no_such"], "personal": 1, "active": true})).send().await;
    let fields: Vec<&str> =
        answer.body["fields"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["active", "url", "kinds[1]", "personal"], "{}", answer.shown());
    assert_eq!(ask(json!({"url": "https://hooks.example.org/", "kinds": []})).send().await.code(), (422, "invalid"));
    assert_eq!(ask(json!({"url": "https://hooks.example.org/", "other": 1})).send().await.code(), (400, "malformed"));
    let nowhere = WEBHOOKS.replace("0000-000000000000", "0000-000000000009");
    let answer = server.post(nowhere, &json!({"url": "https://8.8.8.8/"})).owner().send().await;
    assert_eq!(answer.code(), (404, "not_found"), "{}", answer.shown());
    assert_eq!(server.get(format!("{WEBHOOKS}/x")).owner().send().await.code(), (404, "not_found"));
    assert_eq!(server.get(WEBHOOKS).send().await.code(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_repeat_with_the_same_key_finds_the_webhook() {
    let server = Server::start();
    let ask = |url: &str| -> Ask { server.post(WEBHOOKS, &json!({ "url": url })).owner().key("k") };
    let (first, repeat) = (ask("https://8.8.8.8/").send().await, ask("https://8.8.8.8/").send().await);
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &repeat.body));
    assert_eq!(ask("https://8.8.4.4/").send().await.code(), (422, "key_reused"));
    assert_eq!(server.get(WEBHOOKS).owner().send().await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_organization_has_so_many_webhooks_at_most() {
    let server = Server::start();
    let ask = || server.post(WEBHOOKS, &json!({"url": "https://8.8.8.8/"})).owner();
    for _ in 0..20 {
        assert_eq!(ask().send().await.status, StatusCode::CREATED);
    }
    assert_eq!(ask().send().await.code(), (409, "too_many_webhooks"));
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_page_by_page() {
    let (server, mut receiver) = delivering().await;
    let (path, _) = webhook(&server, json!({"url": receiver.url("/")})).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(server.post(format!("{path}/test"), &json!({})).owner().send().await.text("id"));
        receiver.next().await;
    }
    ids.reverse();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(format!("{path}/deliveries?limit=2&cursor={cursor}")).owner().send().await;
        listed.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(listed, ids);
    let wrong = server.get(format!("{path}/deliveries?cursor=x")).owner().send().await;
    assert_eq!(wrong.code(), (422, "invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_as_it_is_described() {
    let (server, mut receiver) = delivering().await;
    webhook(&server, json!({"url": receiver.url("/"), "kinds": ["*"]})).await;
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": 1}, {"name": "Server"}]})).await;
    let registrations = format!("/api/v1/events/{event}/registrations");
    let mut ids = Vec::new();
    for name in ["Ann", "Bob"] {
        let person = json!({"name": name, "email": format!("{name}@example.org"), "role": "Cook"});
        ids.push(server.post(&registrations, &person).send().await.text("id"));
    }
    let (ann, bob) = (&ids[0], &ids[1]);
    for (id, command, body) in [
        (ann, "check-in", json!({})),
        (ann, "undo-check-in", json!({})),
        (ann, "change-email", json!({"email": "anna@example.org"})),
        (ann, "resize", json!({"spots": 1})),
        (ann, "move", json!({"role": "Server"})),
        (bob, "demote", json!({})),
        (bob, "remove", json!({})),
        (bob, "reinstate", json!({})),
        (ann, "decline", json!({})),
        (bob, "cancel", json!({})),
    ] {
        let answer = server.post(format!("{registrations}/{id}/{command}"), &body).owner().send().await;
        assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.shown());
    }
    let cleo = json!({"name": "Cleo", "email": "cleo@example.org", "role": "Server"});
    assert_eq!(server.post(&registrations, &cleo).send().await.status, StatusCode::CREATED);
    let erased = server.post("/api/v1/operator/erase", &json!({"email": "cleo@example.org"})).owner().send().await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.shown());
    let description = serde_json::to_value(headcount::http::openapi()).unwrap();
    let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut missing: BTreeSet<&str> = [
        "event.created",
        "role.added",
        "registration.signed_up",
        "registration.checked_in",
        "registration.check_in_undone",
        "registration.email_changed",
        "registration.erased",
        "registration.moved",
        "registration.promoted",
        "registration.demoted",
        "registration.removed",
        "registration.reinstated",
        "registration.declined",
        "registration.cancelled",
    ]
    .into();
    while !missing.is_empty() {
        let got = receiver.next().await;
        let message_type = got.body["type"].as_str().unwrap();
        missing.remove(message_type);
        let body = &description["webhooks"][message_type]["post"]["requestBody"]["content"]["application/json"];
        let change = &body["schema"]["allOf"][1]["properties"]["data"]["properties"]["change"]["properties"];
        assert_eq!(names(change), names(&got.body["data"]["change"]), "{message_type}");
        let data = &description["components"]["schemas"]["WebhookMessageData"];
        let always: BTreeSet<&str> =
            data["required"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        let sent = names(&got.body["data"]);
        assert_eq!(always, sent.iter().map(String::as_str).collect(), "{message_type}");
    }
}
