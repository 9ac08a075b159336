//! Every operation of `/openapi.json` with every kind of caller. Who may what is written down here once more, so that a
//! change of the table in `src/http/rights.rs` is seen, and an operation without a row here fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Ask, Server, TOKEN};
use crate::people::{ALL_SCOPES, ELSEWHERE, HOME, LATER, Somebody};

/// Whom an operation lets in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lets {
    Anyone,
    /// Whoever has the link in the address.
    LinkHolder,
    /// Whoever has an account.
    Account,
    /// Whoever may organize something in the organization.
    Organizer,
    /// Who checks people in, and who manages the event.
    Door,
    Manager,
    /// Members, managers and owners of the organization.
    OrganizationStaff,
    OrganizationManager,
    OrganizationOwner,
    Server,
}

#[rustfmt::skip]
const OPERATIONS: &[(&str, &str, Lets)] = &[
    ("POST", "/api/v1/events", Lets::Organizer),
    ("GET", "/api/v1/events", Lets::Anyone),
    ("GET", "/api/v1/events/{event}", Lets::Anyone),
    ("PATCH", "/api/v1/events/{event}", Lets::Manager),
    ("DELETE", "/api/v1/events/{event}", Lets::Manager),
    ("GET", "/api/v1/events/{event}/availability", Lets::Anyone),
    ("GET", "/api/v1/events/{event}/stream", Lets::Anyone),
    ("POST", "/api/v1/events/{event}/roles", Lets::Manager),
    ("PATCH", "/api/v1/events/{event}/roles/{role}", Lets::Manager),
    ("DELETE", "/api/v1/events/{event}/roles/{role}", Lets::Manager),
    ("POST", "/api/v1/events/{event}/repair", Lets::Manager),
    ("GET", "/api/v1/events/{event}/log", Lets::Manager),
    ("GET", "/api/v1/events/{event}/opening", Lets::Manager),
    ("POST", "/api/v1/events/{event}/registrations", Lets::Anyone),
    ("GET", "/api/v1/events/{event}/registrations", Lets::Door),
    ("GET", "/api/v1/events/{event}/arrivals", Lets::Door),
    ("GET", "/api/v1/events/{event}/registrations/{id}", Lets::Door),
    ("PATCH", "/api/v1/events/{event}/registrations/{id}", Lets::Manager),
    ("POST", "/api/v1/events/{event}/registrations/{id}/change-email", Lets::Manager),
    ("POST", "/api/v1/events/{event}/registrations/{id}/check-in", Lets::Door),
    ("POST", "/api/v1/events/{event}/registrations/{id}/undo-check-in", Lets::Door),
    ("POST", "/api/v1/events/{event}/registrations/{id}/send-link", Lets::Manager),
    ("POST", "/api/v1/events/{event}/registrations/{id}/{command}", Lets::Manager),
    ("GET", "/api/v1/events/{event}/pending-mail", Lets::Manager),
    ("DELETE", "/api/v1/events/{event}/pending-mail/{id}", Lets::Manager),
    ("POST", "/api/v1/events/{event}/respond", Lets::Account),
    ("GET", "/api/v1/manage/{token}", Lets::LinkHolder),
    ("GET", "/api/v1/manage/{token}/export", Lets::LinkHolder),
    ("POST", "/api/v1/manage/{token}/cancel", Lets::LinkHolder),
    ("POST", "/api/v1/manage/{token}/resize", Lets::LinkHolder),
    ("POST", "/api/v1/manage/{token}/move", Lets::LinkHolder),
    ("POST", "/api/v1/manage/{token}/contact", Lets::LinkHolder),
    ("POST", "/api/v1/accounts", Lets::Anyone),
    ("POST", "/api/v1/password-resets", Lets::Anyone),
    ("POST", "/api/v1/sessions", Lets::Anyone),
    ("GET", "/api/v1/sessions", Lets::Account),
    ("DELETE", "/api/v1/sessions", Lets::Account),
    ("DELETE", "/api/v1/sessions/current", Lets::Account),
    ("GET", "/api/v1/links/{token}", Lets::LinkHolder),
    ("POST", "/api/v1/links/{token}", Lets::LinkHolder),
    ("GET", "/api/v1/tokens", Lets::Account),
    ("POST", "/api/v1/tokens", Lets::Account),
    ("DELETE", "/api/v1/tokens/{id}", Lets::Account),
    ("POST", "/api/v1/operator/accounts", Lets::Server),
    ("POST", "/api/v1/operator/accounts/end", Lets::Server),
    ("POST", "/api/v1/operator/erase", Lets::Server),
    ("POST", "/api/v1/operator/export", Lets::Server),
    ("GET", "/api/v1/organizations", Lets::Server),
    ("POST", "/api/v1/organizations", Lets::Server),
    ("GET", "/api/v1/organizations/{organization}", Lets::OrganizationStaff),
    ("PATCH", "/api/v1/organizations/{organization}", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/members", Lets::OrganizationManager),
    ("PATCH", "/api/v1/organizations/{organization}/members/{account}", Lets::OrganizationOwner),
    ("DELETE", "/api/v1/organizations/{organization}/members/{account}", Lets::OrganizationOwner),
    ("POST", "/api/v1/organizations/{organization}/members/{account}/reset-link", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/invitations", Lets::OrganizationOwner),
    ("POST", "/api/v1/organizations/{organization}/invitations", Lets::OrganizationOwner),
    ("DELETE", "/api/v1/organizations/{organization}/invitations/{id}", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/teams", Lets::OrganizationStaff),
    ("POST", "/api/v1/organizations/{organization}/teams", Lets::OrganizationOwner),
    ("PATCH", "/api/v1/organizations/{organization}/teams/{team}", Lets::OrganizationOwner),
    ("DELETE", "/api/v1/organizations/{organization}/teams/{team}", Lets::OrganizationOwner),
    ("PUT", "/api/v1/organizations/{organization}/teams/{team}/members/{account}", Lets::OrganizationOwner),
    ("DELETE", "/api/v1/organizations/{organization}/teams/{team}/members/{account}", Lets::OrganizationOwner),
    ("GET", "/api/v1/events/{event}/doors", Lets::Manager),
    ("POST", "/api/v1/events/{event}/doors", Lets::Manager),
    ("DELETE", "/api/v1/events/{event}/doors/{id}", Lets::Manager),
    ("GET", "/api/v1/people/me", Lets::Account),
    ("PATCH", "/api/v1/people/me", Lets::Account),
    ("GET", "/api/v1/people/me/export", Lets::Account),
    ("POST", "/api/v1/people/me/password", Lets::Account),
    ("POST", "/api/v1/people/me/address", Lets::Account),
    ("POST", "/api/v1/manage/{token}/confirm", Lets::LinkHolder),
    ("POST", "/api/v1/my-sign-ups", Lets::Anyone),
    ("GET", "/api/v1/people/me/registrations", Lets::Account),
    ("GET", "/api/v1/people/{person}/registrations", Lets::Server),
    ("POST", "/api/v1/organizations/{organization}/webhooks", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/webhooks", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/webhooks/{webhook}", Lets::OrganizationOwner),
    ("PATCH", "/api/v1/organizations/{organization}/webhooks/{webhook}", Lets::OrganizationOwner),
    ("DELETE", "/api/v1/organizations/{organization}/webhooks/{webhook}", Lets::OrganizationOwner),
    ("POST", "/api/v1/organizations/{organization}/webhooks/{webhook}/rotate-secret", Lets::OrganizationOwner),
    ("POST", "/api/v1/organizations/{organization}/webhooks/{webhook}/test", Lets::OrganizationOwner),
    ("GET", "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries", Lets::OrganizationOwner),
    ("POST", "/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries/{delivery}/resend", Lets::OrganizationOwner),
    ("POST", "/api/events/{event}/rsvp", Lets::Account),
    ("POST", "/events/{event}/respond", Lets::Account),
    ("POST", "/api/p/{event}/register", Lets::Anyone),
    ("PATCH", "/api/events/{event}/registrations/{id}", Lets::Manager),
    ("GET", "/api/v1/system/locks", Lets::Server),
    ("GET", "/api/v1/system/mail", Lets::Server),
    ("GET", "/healthz", Lets::Anyone),
    ("GET", "/readyz", Lets::Anyone),
    ("GET", "/metrics", Lets::Anyone),
    ("GET", "/openapi.json", Lets::Anyone),
    ("GET", "/docs", Lets::Anyone),
];

/// How somebody is received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Received {
    /// Whatever the operation itself says to the empty request that is sent.
    In,
    LogIn,
    NotYou,
    NothingHere,
}
use Received::{In, LogIn, NotYou, NothingHere};

/// How the kinds of callers are received, by what an operation lets in, in the order of [`LETS`].
#[rustfmt::skip]
const CALLERS: &[(&str, [Received; 10])] = &[
    //                     anyone  link         account organizer    door         manager      staff        org mgr      org owner    server
    ("nobody",             [In,    NothingHere, LogIn,  LogIn,       LogIn,       LogIn,       LogIn,       LogIn,       LogIn,       LogIn]),
    ("link holder",        [In,    In,          LogIn,  LogIn,       LogIn,       LogIn,       LogIn,       LogIn,       LogIn,       LogIn]),
    ("account, no member", [In,    NothingHere, In,     NothingHere, NothingHere, NothingHere, NothingHere, NothingHere, NothingHere, NotYou]),
    ("staff in the team",  [In,    NothingHere, In,     NotYou,      NotYou,      NotYou,      In,          NotYou,      NotYou,      NotYou]),
    ("staff out of it",    [In,    NothingHere, In,     NotYou,      NotYou,      NotYou,      In,          NotYou,      NotYou,      NotYou]),
    ("manager of it",      [In,    NothingHere, In,     NotYou,      In,          In,          In,          In,          NotYou,      NotYou]),
    ("manager of a team",  [In,    NothingHere, In,     NotYou,      In,          In,          In,          In,          NotYou,      NotYou]),
    ("manager of all",     [In,    NothingHere, In,     In,          In,          In,          In,          In,          NotYou,      NotYou]),
    ("manager of another", [In,    NothingHere, In,     NotYou,      NotYou,      NotYou,      In,          In,          NotYou,      NotYou]),
    ("door",               [In,    NothingHere, NotYou, NotYou,      In,          NotYou,      NothingHere, NothingHere, NothingHere, NotYou]),
    ("door of another",    [In,    NothingHere, NotYou, NotYou,      NothingHere, NothingHere, NothingHere, NothingHere, NothingHere, NotYou]),
    ("owner",              [In,    NothingHere, In,     In,          In,          In,          In,          In,          In,          NotYou]),
    ("owner by session",   [In,    NothingHere, In,     In,          In,          In,          In,          In,          In,          NotYou]),
    ("owner elsewhere",    [In,    NothingHere, In,     NothingHere, NothingHere, NothingHere, NothingHere, NothingHere, NothingHere, NotYou]),
    ("server's token",     [In,    NothingHere, NotYou, In,          In,          In,          In,          In,          In,          In]),
    ("expired token",      [LogIn; 10]),
    ("revoked token",      [LogIn; 10]),
    ("ended generation",   [LogIn; 10]),
    ("invited only",       [LogIn; 10]),
    ("expired door",       [LogIn; 10]),
    ("wrong token",        [LogIn; 10]),
];

const LETS: [Lets; 10] = [
    Lets::Anyone,
    Lets::LinkHolder,
    Lets::Account,
    Lets::Organizer,
    Lets::Door,
    Lets::Manager,
    Lets::OrganizationStaff,
    Lets::OrganizationManager,
    Lets::OrganizationOwner,
    Lets::Server,
];

const TEAM: Uuid = Uuid::from_u128(0x7EA);
const OTHER_TEAM: Uuid = Uuid::from_u128(0x7EB);
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

/// A server with people and events, and how one of them asks.
struct World {
    server: Server,
    event: String,
    role: String,
    registration: String,
    link: String,
    one_time: String,
    headers: Vec<(&'static str, String)>,
}

impl World {
    async fn of(caller: &str) -> World {
        let server = Server::start();
        server.team(TEAM, "Kitchen").await;
        server.team(OTHER_TEAM, "Stage").await;
        server.elsewhere().await;
        let event = server.event(json!({"slug": "fair", "teams": [TEAM], "roles": [{"name": "Cook"}]})).await;
        let other = server.event(json!({"slug": "other", "teams": [OTHER_TEAM]})).await;
        let signed_up = server.sign_up(&event, "Ann").await;
        let (registration, link) =
            (signed_up.text("id"), signed_up.manage_path().rsplit('/').next().unwrap().to_owned());
        let role = signed_up.text("role_id");
        let headers = headers(&server, caller, event.parse().unwrap(), other.parse().unwrap()).await;
        let one_time = server.reset_link().await;
        let or_forged = |link: String| if caller == "link holder" { link } else { "forged".to_owned() };
        let (link, one_time) = (or_forged(link), or_forged(one_time));
        World { server, event, role, registration, link, one_time, headers }
    }

    /// The address of an operation on what there is, and on nobody where it could end what others need.
    fn address(&self, path: &str) -> String {
        let mut address = path.to_owned();
        for (name, value) in [
            ("{event}", self.event.as_str()),
            ("{organization}", &HOME.to_string()),
            ("{role}", &self.role),
            ("{token}", if path.contains("/links/") { &self.one_time } else { &self.link }),
            ("{command}", "demote"),
            ("{team}", &OTHER_TEAM.to_string()),
        ] {
            address = address.replace(name, value);
        }
        if path.starts_with("/api/v1/events/{event}/registrations/") {
            address = address.replace("{id}", &self.registration);
        }
        address.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part }).collect::<Vec<_>>().join("/")
    }

    fn ask(&self, method: Method, path: &str) -> Ask {
        let ask = self.server.ask(method, self.address(path)).header("if-match", "\"999\"");
        self.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
    }
}

async fn headers(server: &Server, caller: &str, event: Uuid, other: Uuid) -> Vec<(&'static str, String)> {
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let member = async |role: &str, everything| {
        let somebody = server.account("Somebody").await;
        server.member(HOME, &somebody, role, everything).await;
        somebody
    };
    let granted = async |kind: &str, target: Uuid| {
        let manager = member("manager", 0).await;
        server.grant(&manager, kind, target).await;
        bearer(&manager.token)
    };
    match caller {
        "nobody" | "link holder" => Vec::new(),
        "account, no member" => bearer(&server.account("Somebody").await.token),
        "staff in the team" | "staff out of it" => {
            let staff = member("staff", 0).await;
            server.in_team(if caller == "staff in the team" { TEAM } else { OTHER_TEAM }, &staff).await;
            bearer(&staff.token)
        }
        "manager of it" => granted("event", event).await,
        "manager of a team" => granted("team", TEAM).await,
        "manager of all" => bearer(&member("manager", 1).await.token),
        "manager of another" => granted("event", other).await,
        "door" => bearer(&server.door(event, LATER).await),
        "door of another" => bearer(&server.door(other, LATER).await),
        "expired door" => bearer(&server.door(event, 1).await),
        "owner" => bearer(&member("owner", 0).await.token),
        "owner by session" => {
            let owner = member("owner", 0).await;
            vec![("cookie", server.session(owner.account).await), ("origin", "https://events.example".to_owned())]
        }
        "owner elsewhere" => {
            let owner = server.account("Stranger").await;
            server.member(ELSEWHERE, &owner, "owner", 0).await;
            bearer(&owner.token)
        }
        "server's token" => bearer(TOKEN),
        "wrong token" => bearer("hct_wrong"),
        ended => bearer(&ended_token(server, ended, &member("owner", 0).await).await),
    }
}

async fn ended_token(server: &Server, how: &str, owner: &Somebody) -> String {
    match how {
        "expired token" => return server.token(owner.account, ALL_SCOPES, 1, None).await,
        "revoked token" => return server.token(owner.account, ALL_SCOPES, LATER, Some(1)).await,
        "ended generation" => server.script("update accounts set generation = generation + 1", Vec::new()).await,
        "invited only" => server.script("update accounts set confirmed_at = null", Vec::new()).await,
        other => panic!("{other} is no kind of caller"),
    }
    owner.token.clone()
}

/// How an answer receives whoever asked. What an operation itself does not find is told in other words.
fn received(answer: &Answer) -> Received {
    let detail = answer.body["detail"].as_str().or(answer.body["message"].as_str()).unwrap_or_default();
    let nothing = [
        "There is no such event.",
        "There is no such organization.",
        "There is no such registration. Check the address or the link.",
        "There is no such link, or it has ended.",
    ];
    match answer.code() {
        (401, "unauthenticated") => LogIn,
        (403, "forbidden") => NotYou,
        (404, "not_found") if nothing.iter().any(|text| detail.starts_with(text)) => NothingHere,
        _ => In,
    }
}

fn body(method: &Method, path: &str) -> Value {
    if *method == Method::POST && path == "/api/v1/events" { json!({"title": "Walk"}) } else { json!({}) }
}

#[tokio::test]
async fn every_operation_receives_every_kind_of_caller_as_it_should() {
    let document = serde_json::to_value(headcount::http::openapi()).unwrap();
    let lets: BTreeMap<(&str, &str), Lets> =
        OPERATIONS.iter().map(|(method, path, lets)| ((*method, *path), *lets)).collect();
    let mut wrong = String::new();
    let mut walked = 0;
    for (caller, expected) in CALLERS {
        let world = World::of(caller).await;
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let Some(lets) = lets.get(&(method.as_str(), path.as_str())) else {
                    panic!("{method} {path} is in no row of this test: say whom it lets in");
                };
                let column = LETS.iter().position(|one| one == lets).unwrap();
                world.server.keep_session(&world.headers).await;
                let ask = world.ask(method.clone(), path);
                let ask = if method == Method::GET { ask } else { ask.json(&body(&method, path)) };
                let answer = ask.send().await;
                walked += 1;
                if received(&answer) != expected[column] {
                    writeln!(wrong, "{caller}: {method} {path}: {}", answer.shown()).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(walked, CALLERS.len() * OPERATIONS.len(), "every row here is an operation");
}

#[tokio::test]
async fn a_token_does_no_more_than_its_scopes_say() {
    let server = Server::start();
    let owner = server.account("Owner").await;
    server.member(HOME, &owner, "owner", 0).await;
    let event = server.event(json!({})).await;
    let token = server.token(owner.account, "read", LATER, None).await;
    let bearer = format!("Bearer {token}");
    let log = server.get(format!("/api/v1/events/{event}/log")).header("authorization", &bearer).send().await;
    assert_eq!(log.status, 200);
    let refused = server.post("/api/v1/events", &json!({"title": "x"})).header("authorization", &bearer).send().await;
    assert_eq!(refused.code(), (403, "forbidden"));
    assert!(refused.text("detail").contains("`events`"), "{}", refused.shown());
}

#[tokio::test]
async fn a_session_changes_something_only_from_a_page_of_this_server() {
    let server = Server::start();
    let owner = server.account("Owner").await;
    server.member(HOME, &owner, "owner", 0).await;
    let cookie = server.session(owner.account).await;
    let create = |origin: Option<&str>| {
        let ask = server.post("/api/v1/events", &json!({"title": "x"})).header("cookie", &cookie);
        origin.map_or_else(
            || server.post("/api/v1/events", &json!({"title": "x"})).header("cookie", &cookie),
            |origin| ask.header("origin", origin),
        )
    };
    for origin in [
        None,
        Some("https://evil.example"),
        Some("null"),
        Some("http://events.example"),
        Some("https://events.example.evil.example"),
    ] {
        let answer = create(origin).send().await;
        assert_eq!(answer.code(), (403, "forbidden"), "{origin:?}");
        assert!(answer.text("detail").contains("Origin"), "{}", answer.shown());
    }
    assert_eq!(create(Some("https://events.example")).send().await.status, 201);
    let read =
        server.get("/api/v1/events").header("cookie", &cookie).header("origin", "https://evil.example").send().await;
    assert_eq!(read.status, 200, "looking changes nothing");
    let text = server
        .ask(Method::POST, "/api/v1/events")
        .header("cookie", &cookie)
        .header("origin", "https://events.example")
        .header("content-type", "text/plain")
        .unnamed("{\"title\": \"x\"}")
        .send()
        .await;
    assert_eq!(text.status, 415, "a form of another site can send this type");
}
