//! `/organizations` and what is in them: members, invitations, teams; and the door links of events.

use axum::http::Method;
use headcount::people::Settings;
use insta::assert_snapshot;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Ask, Server};
use crate::people::{ELSEWHERE, HOME, PASSWORD, Somebody};

impl Server {
    fn of_home(&self, method: Method, path: &str) -> Ask {
        self.ask(method, format!("/api/v1/organizations/{HOME}{path}")).owner()
    }

    async fn change(&self, somebody: &Somebody, body: Value) -> Answer {
        self.of_home(Method::PATCH, &format!("/members/{}", somebody.account)).json(&body).send().await
    }

    async fn invite(&self, body: Value) -> Answer {
        self.of_home(Method::POST, "/invitations").json(&body).send().await
    }

    async fn make_team(&self, name: &str) -> String {
        self.of_home(Method::POST, "/teams").json(&json!({"name": name})).send().await.text("id")
    }
}

#[tokio::test]
async fn the_servers_token_makes_organizations() {
    let server = Server::start();
    let ask = |name: &str| server.post("/api/v1/organizations", &json!({"name": name})).owner().key("one-key");
    let made = ask("Choir").send().await;
    assert_snapshot!(made.shown(), @r#"
    201 Created
    created_at: "[time]"
    id: "[id]"
    name: "Choir"
    "#);
    assert_eq!(ask("Choir").send().await.body, made.body);
    assert_eq!(ask("Band").send().await.code(), (422, "key_reused"));
    let first = server.get("/api/v1/organizations?limit=1").owner().send().await;
    assert_eq!(first.body["items"][0]["name"], "Our organization");
    let cursor = first.text("next_cursor");
    let next = server.get(format!("/api/v1/organizations?limit=1&cursor={cursor}")).owner().send().await;
    assert_eq!((&next.body["items"][0], &next.body["next_cursor"]), (&made.body, &Value::Null));
    assert_eq!(server.get("/api/v1/organizations?cursor=x").owner().send().await.code(), (422, "invalid"));
    let path = format!("/api/v1/organizations/{}", made.text("id"));
    let renamed = server.ask(Method::PATCH, &path).owner().json(&json!({"name": "Big choir"})).send().await;
    assert_eq!(renamed.text("name"), "Big choir");
    assert_eq!(server.get(&path).owner().send().await.body, renamed.body);
    assert_eq!(server.ask(Method::PATCH, &path).owner().json(&json!({})).send().await.code(), (422, "invalid"));
    let nowhere = format!("/api/v1/organizations/{ELSEWHERE}");
    assert_eq!(server.get(&nowhere).owner().send().await.code(), (404, "not_found"));
}

#[tokio::test]
async fn who_is_invited_makes_an_account_and_belongs() {
    let server = Server::start();
    let team = server.make_team("Kitchen").await;
    let event = server.event(json!({})).await;
    let body =
        json!({"email": "Ann@example.org", "role": "manager", "events": [event], "teams": [team], "member_of": [team]});
    let invited = server.invite(body).await;
    assert_snapshot!(invited.shown(), @r#"
    201 Created
    created_at: "[time]"
    email: "Ann@example.org"
    events: ["[id]"]
    everything: false
    expires_at: "[time]"
    id: "[id]"
    language: null
    member_of: ["[id]"]
    role: "manager"
    special_requirements: false
    teams: ["[id]"]
    "#);
    let link = server.mailed("invitation").await;
    assert!(!invited.body.to_string().contains(&link), "the link is mailed, not shown");
    let path = format!("/api/v1/links/{link}");
    let shown = server.get(&path).send().await;
    assert_eq!(shown.body["fields"], json!(["name", "password"]));
    assert_eq!(shown.text("email"), "Ann@example.org");
    let accepted = server.post(&path, &json!({"name": "Ann", "password": PASSWORD})).send().await;
    assert_eq!(accepted.status, 200, "{}", accepted.shown());
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.status, 201);
    let members = server.of_home(Method::GET, "/members").send().await;
    assert_snapshot!(members.shown(), @r#"
    200 OK
    items[0]: {"account_id":"[id]","created_at":"[time]","email":"Ann@example.org","events":["[id]"],"everything":false,"member_of":["[id]"],"name":"Ann","role":"manager","special_requirements":false,"teams":["[id]"]}
    next_cursor: null
    "#);
    assert_eq!(server.of_home(Method::GET, "/invitations").send().await.body["items"], json!([]));
}

#[tokio::test]
async fn who_has_an_account_only_accepts() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    server.invite(json!({"email": ann.email})).await;
    let path = format!("/api/v1/links/{}", server.mailed("invitation").await);
    assert_eq!(server.get(&path).send().await.body["fields"], json!([]));
    let given = json!({"name": "Mallory", "password": "another password"});
    assert_eq!(server.post(&path, &given).send().await.code(), (422, "invalid"));
    let accepted = server.post(&path, &json!({})).send().await;
    assert_eq!(accepted.text("account_id"), ann.account.to_string());
    assert_eq!(server.log_in(&ann.email, PASSWORD).await.text("name"), "Ann", "the account stays as it was");
    assert_eq!(server.get(format!("/api/v1/organizations/{HOME}")).bearer(&ann.token).send().await.status, 200);
}

#[tokio::test]
async fn an_invitation_takes_over_an_account_that_nobody_confirmed() {
    let server = Server::start();
    let mallory = json!({"name": "Mallory", "email": "ann@example.org", "password": "password of mallory"});
    server.post("/api/v1/accounts", &mallory).send().await;
    server.invite(json!({"email": "ann@example.org"})).await;
    let path = format!("/api/v1/links/{}", server.mailed("invitation").await);
    let accepted = server.post(&path, &json!({"name": "Ann", "password": PASSWORD})).send().await;
    assert_eq!(accepted.status, 200, "{}", accepted.shown());
    assert_eq!(server.log_in("ann@example.org", PASSWORD).await.text("name"), "Ann");
    let late =
        server.post(format!("/api/v1/links/{}", server.mailed("confirm_account").await), &json!({})).send().await;
    assert_eq!(late.code(), (409, "address_taken"));
}

#[tokio::test]
async fn without_mail_whoever_invites_is_shown_the_link() {
    let server = Server::with_people(Settings { can_mail: false, ..Settings::default() });
    let invited = server.invite(json!({"email": "ann@example.org"})).await;
    let url = invited.text("url");
    let link = url.strip_prefix("https://events.example/l/").unwrap();
    let accepted =
        server.post(format!("/api/v1/links/{link}"), &json!({"name": "Ann", "password": PASSWORD})).send().await;
    assert_eq!(accepted.status, 200);
    assert_eq!(server.outbox().await.len(), 0);
}

#[tokio::test]
async fn an_invitation_can_be_repeated_and_taken_back() {
    let server = Server::start();
    let ask = |email: &str| server.of_home(Method::POST, "/invitations").json(&json!({"email": email})).key("one-key");
    let made = ask("ann@example.org").send().await;
    assert_eq!(ask("ann@example.org").send().await.body, made.body);
    assert_eq!(server.outbox().await.len(), 1, "mailed once");
    assert_eq!(ask("ben@example.org").send().await.code(), (422, "key_reused"));
    server.invite(json!({"email": "cem@example.org"})).await;
    let page = server.of_home(Method::GET, "/invitations?limit=1").send().await;
    let cursor = page.text("next_cursor");
    let rest = server.of_home(Method::GET, &format!("/invitations?limit=1&cursor={cursor}")).send().await;
    assert_eq!(rest.body["next_cursor"], Value::Null);
    assert_ne!(rest.body["items"][0]["id"], page.body["items"][0]["id"]);
    let path = format!("/invitations/{}", made.text("id"));
    assert_eq!(server.of_home(Method::DELETE, &path).send().await.status, 204);
    assert_eq!(server.of_home(Method::DELETE, &path).send().await.code(), (404, "not_found"));
    let mails = server.outbox().await;
    let mut ended = 0;
    for link in mails.iter().filter_map(|mail| mail.link.as_ref()) {
        ended += u32::from(server.get(format!("/api/v1/links/{link}")).send().await.status == 404);
    }
    assert_eq!((ended, mails.len()), (1, 2));
}

#[tokio::test]
async fn bad_invitations_are_told() {
    let server = Server::start();
    server.elsewhere().await;
    let foreign = server.event(json!({"organization": ELSEWHERE})).await;
    let nobody = Uuid::from_u128(9);
    for (body, detail) in [
        (json!({}), "email is required"),
        (
            json!({"email": "x", "role": "chef", "everything": 1}),
            "email must be an e-mail address, such as ann@example.org; role must be owner, manager or staff; everything must be true or false",
        ),
        (json!({"email": "ann@example.org", "events": ["x"]}), "events[0] must be the id of an event"),
        (json!({"email": "ann@example.org", "events": [foreign]}), "events[0] is no event of this organization"),
        (json!({"email": "ann@example.org", "teams": [nobody]}), "teams[0] is no team of this organization"),
        (json!({"email": "ann@example.org", "member_of": [nobody]}), "member_of[0] is no team of this organization"),
        (json!({"email": "ann@example.org", "teams": vec![nobody; 201]}), "teams must have at most 200 items"),
    ] {
        let answer = server.invite(body.clone()).await;
        assert_eq!(answer.code(), (422, "invalid"), "{body}: {}", answer.shown());
        assert_eq!(answer.text("detail"), format!("Please correct: {detail}."));
    }
}

#[tokio::test]
async fn rights_are_changed_one_by_one() {
    let server = Server::start();
    let ann = server.account("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    let (team, event) = (server.make_team("Kitchen").await, server.event(json!({})).await);
    let changed =
        server.change(&ann, json!({"role": "manager", "events": [event], "special_requirements": true})).await;
    assert_eq!(changed.status, 200, "{}", changed.shown());
    let changed = server.change(&ann, json!({"teams": [team], "everything": true})).await;
    assert_snapshot!(changed.shown(), @r#"
    200 OK
    account_id: "[id]"
    created_at: "1970-01-01T00:00:00Z"
    email: "ann@example.org"
    events: ["[id]"]
    everything: true
    member_of: []
    name: "Ann"
    role: "manager"
    special_requirements: true
    teams: ["[id]"]
    "#);
    let changed = server.change(&ann, json!({"events": [], "everything": false})).await;
    assert_eq!((&changed.body["events"], &changed.body["everything"]), (&json!([]), &json!(false)));
    for (body, code) in [
        (json!({"role": null}), (422, "invalid")),
        (json!({"role": "chef"}), (422, "invalid")),
        (json!({"teams": [Uuid::from_u128(9)]}), (422, "invalid")),
        (json!({"name": "x"}), (400, "malformed")),
    ] {
        assert_eq!(server.change(&ann, body.clone()).await.code(), code, "{body}");
    }
    let nobody = Somebody { account: Uuid::from_u128(9), ..ann };
    assert_eq!(server.change(&nobody, json!({"role": "staff"})).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn an_organization_keeps_an_owner() {
    let server = Server::start();
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    server.member(HOME, &ann, "owner", 0).await;
    let remove = async |somebody: &Somebody| {
        let path = format!("/members/{}", somebody.account);
        server.of_home(Method::DELETE, &path).send().await
    };
    assert_eq!(server.change(&ann, json!({"role": "staff"})).await.code(), (409, "last_owner"));
    assert_eq!(remove(&ann).await.code(), (409, "last_owner"));
    assert!(server.knows(|ask| ask.bearer(&ann.token)).await, "a refusal ends nothing");
    assert_eq!(server.change(&ann, json!({"role": "owner", "special_requirements": true})).await.status, 200);
    server.member(HOME, &ben, "owner", 0).await;
    assert_eq!(server.change(&ann, json!({"role": "staff"})).await.status, 200);
    assert_eq!(remove(&ben).await.code(), (409, "last_owner"));
    assert_eq!(remove(&ann).await.status, 204);
    assert_eq!(remove(&ann).await.code(), (404, "not_found"));
}

/// Two owners who step down at once: one of them stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_organization_keeps_an_owner_whoever_leaves_at_once() {
    for _ in 0..10 {
        let server = Server::start();
        let owners = [server.account("Ann").await, server.account("Ben").await, server.account("Cem").await];
        let mut asks = Vec::new();
        for owner in &owners {
            server.member(HOME, owner, "owner", 0).await;
        }
        for owner in &owners {
            let path = format!("/members/{}", owner.account);
            asks.push(tokio::spawn(server.of_home(Method::DELETE, &path).send()));
        }
        let mut refused = 0;
        for ask in asks {
            refused += u32::from(ask.await.unwrap().code() == (409, "last_owner"));
        }
        assert_eq!(refused, 1);
    }
}

#[tokio::test]
async fn a_member_of_no_other_organization_can_be_given_a_reset_link() {
    let server = Server::start();
    server.elsewhere().await;
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    for somebody in [&ann, &ben] {
        server.member(HOME, somebody, "staff", 0).await;
    }
    server.member(ELSEWHERE, &ben, "owner", 0).await;
    let ask = |somebody: &Somebody| {
        let path = format!("/members/{}/reset-link", somebody.account);
        server.of_home(Method::POST, &path).json(&json!({})).key("one-key")
    };
    assert_eq!(ask(&ben).send().await.code(), (409, "belongs_elsewhere"));
    let made = ask(&ann).send().await;
    assert_eq!(made.status, 201, "{}", made.shown());
    assert_eq!(ask(&ann).send().await.body, made.body);
    let url = made.text("url");
    let link = url.strip_prefix("https://events.example/l/").unwrap();
    let set = server.post(format!("/api/v1/links/{link}"), &json!({"password": PASSWORD})).send().await;
    assert_eq!(set.status, 200, "{}", set.shown());
    assert_eq!(server.log_in(&ann.email, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn teams_have_names_and_members() {
    let server = Server::start();
    let ann = server.account("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    let ask = |name: &str| server.of_home(Method::POST, "/teams").json(&json!({"name": name})).key("one-key");
    let kitchen = ask("Kitchen").send().await;
    assert_snapshot!(kitchen.shown(), @r#"
    201 Created
    id: "[id]"
    members: 0
    name: "Kitchen"
    "#);
    assert_eq!(ask("Kitchen").send().await.body, kitchen.body);
    assert_eq!(ask("Stage").send().await.code(), (422, "key_reused"));
    let other = server.of_home(Method::POST, "/teams").json(&json!({"name": " kitchen"})).send().await;
    assert_eq!(other.code(), (409, "team_exists"));
    let (id, stage) = (kitchen.text("id"), server.make_team("Stage").await);
    let rename = async |name: &str| {
        let ask = server.of_home(Method::PATCH, &format!("/teams/{stage}")).json(&json!({"name": name}));
        ask.send().await
    };
    assert_eq!(rename("KITCHEN").await.code(), (409, "team_exists"));
    assert_eq!(rename("Backstage").await.text("name"), "Backstage");
    let member = format!("/teams/{id}/members/{}", ann.account);
    for _ in 0..2 {
        assert_eq!(server.of_home(Method::PUT, &member).send().await.status, 204);
    }
    let listed = server.of_home(Method::GET, "/teams").send().await;
    assert_snapshot!(listed.shown(), @r#"
    200 OK
    items[0]: {"id":"[id]","members":0,"name":"Backstage"}
    items[1]: {"id":"[id]","members":1,"name":"Kitchen"}
    "#);
    let nobody = Uuid::from_u128(9);
    for (method, path) in [
        (Method::PUT, format!("/teams/{id}/members/{nobody}")),
        (Method::PUT, format!("/teams/{nobody}/members/{}", ann.account)),
        (Method::DELETE, format!("/teams/{stage}/members/{}", ann.account)),
        (Method::DELETE, format!("/teams/{nobody}")),
        (Method::PATCH, format!("/teams/{nobody}")),
        (Method::DELETE, "/teams/x".to_owned()),
    ] {
        let ask = server.of_home(method.clone(), &path);
        let ask = if method == Method::PATCH { ask.json(&json!({"name": "x"})) } else { ask };
        assert_eq!(ask.send().await.code(), (404, "not_found"), "{method} {path}");
    }
    assert_eq!(server.of_home(Method::DELETE, &member).send().await.status, 204);
    assert_eq!(server.of_home(Method::DELETE, &format!("/teams/{id}")).send().await.status, 204);
    assert_eq!(server.of_home(Method::GET, "/teams").send().await.body["items"].as_array().unwrap().len(), 1);
}

/// Putting somebody where they are already ends nothing.
#[tokio::test]
async fn being_put_into_a_team_twice_ends_nothing() {
    let server = Server::start();
    let ann = server.account("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    let path = format!("/teams/{}/members/{}", server.make_team("Kitchen").await, ann.account);
    server.of_home(Method::PUT, &path).send().await;
    let generation =
        async || server.readers().rows("select generation from accounts", Vec::new()).await.unwrap()[0].int(0).unwrap();
    let before = generation().await;
    server.of_home(Method::PUT, &path).send().await;
    assert_eq!(generation().await, before);
}

#[tokio::test]
async fn a_door_link_checks_people_in_until_it_is_revoked() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let registration = server.sign_up(&event, "Ann").await.text("id");
    let doors = format!("/api/v1/events/{event}/doors");
    let ask = |name: &str| server.post(&doors, &json!({"name": name})).owner().key("one-key");
    let made = ask("North gate").send().await;
    let token = made.text("token");
    assert!(token.starts_with("hcd_"), "{token}");
    assert_eq!(ask("North gate").send().await.body, made.body);
    assert_eq!(ask("South gate").send().await.code(), (422, "key_reused"));
    let listed = server.get(&doors).owner().send().await;
    assert_snapshot!(listed.shown(), @r#"
    200 OK
    items[0]: {"created_at":"[time]","expires_at":"[time]","id":"[id]","name":"North gate"}
    "#);
    let check_in = format!("/api/v1/events/{event}/registrations/{registration}/check-in");
    assert_eq!(server.post(&check_in, &json!({})).bearer(&token).send().await.status, 200);
    let stranger = server.event(json!({})).await;
    let elsewhere = format!("/api/v1/events/{stranger}/doors/{}", made.text("id"));
    assert_eq!(server.ask(Method::DELETE, elsewhere).owner().send().await.code(), (404, "not_found"));
    let path = format!("{doors}/{}", made.text("id"));
    assert_eq!(server.ask(Method::DELETE, &path).owner().send().await.status, 204);
    assert_eq!(server.post(&check_in, &json!({})).bearer(&token).send().await.code(), (401, "unauthenticated"));
    for (body, detail) in [
        (json!({}), "name is required"),
        (json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}), "expires_at must lie ahead"),
        (json!({"name": "x", "expires_at": "2999-01-01T00:00:00Z"}), "expires_at must be at most 60 days ahead"),
    ] {
        let answer = server.post(&doors, &body).owner().send().await;
        assert_eq!(answer.text("detail"), format!("Please correct: {detail}."));
    }
}

#[tokio::test]
async fn members_come_in_pages() {
    let server = Server::start();
    for number in 0..5 {
        let somebody = server.account(&format!("Member{number}")).await;
        server.member(HOME, &somebody, "staff", 0).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.of_home(Method::GET, &format!("/members?limit=2&cursor={cursor}")).send().await;
        names.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    names.sort();
    assert_eq!(names, ["Member0", "Member1", "Member2", "Member3", "Member4"]);
}
