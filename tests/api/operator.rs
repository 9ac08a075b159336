//! `/operator/accounts`: many accounts at once, by whoever runs the server.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Server};
use crate::people::{HOME, LATER, PASSWORD};

impl Server {
    async fn move_in(&self, body: &Value) -> Answer {
        self.post("/api/v1/operator/accounts", body).owner().send().await
    }

    async fn end(&self, accounts: &[&str]) -> Answer {
        self.post("/api/v1/operator/accounts/end", &json!({"accounts": accounts})).owner().send().await
    }
}

fn token() -> Value {
    json!({"name": "Moved in", "scopes": ["respond", "read"]})
}

/// What stands under a name in each of the accounts that were answered.
fn each<'a>(answer: &'a Answer, field: &str) -> Vec<&'a str> {
    let items = answer.body["items"].as_array().unwrap_or_else(|| panic!("{}", answer.shown()));
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_move_in_all_at_once_and_can_answer() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Cook", "capacity": 2}]})).await;
    let accounts: Vec<Value> = (0..1_000)
        .map(|number| json!({"name": format!("Person {number}"), "email": format!("p{number}@example.org")}))
        .collect();
    let made = server.move_in(&json!({"accounts": accounts, "token": token()})).await;
    assert_eq!(made.status, 200, "{}", made.shown());
    assert_eq!(each(&made, "email")[999], "p999@example.org", "in the order in which they were asked for");
    assert_eq!(each(&made, "name")[17], "Person 17");
    for number in [0, 999] {
        let token = each(&made, "token")[number];
        assert!(token.starts_with("hct_"));
        let yes = server.post(format!("/api/v1/events/{event}/respond"), &json!({"response": "accept"}));
        assert_eq!(yes.bearer(token).send().await.status, 200);
        let own = server.get("/api/v1/people/me").bearer(token).send().await;
        assert_eq!(own.text("email"), format!("p{number}@example.org"));
        let more = server.post("/api/v1/tokens", &token_for_all()).bearer(token).send().await;
        assert_eq!(more.code(), (403, "forbidden"), "the scopes are those that were named");
    }
}

fn token_for_all() -> Value {
    json!({"name": "x", "scopes": ["events"]})
}

#[tokio::test]
async fn an_account_that_is_there_is_found_and_stays_as_it_is() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let anns = json!({"name": "Somebody else", "email": "ANN@example.org"});
    let ben = json!({"name": "Ben", "email": "ben@example.org"});
    let body = json!({"accounts": [ben, anns]});
    let made = server.move_in(&body).await;
    assert_eq!(each(&made, "name"), ["Ben", "Ann"]);
    assert_eq!(each(&made, "id")[1], ann.account.to_string());
    assert!(made.body["items"][0].get("token").is_none(), "none was wanted");
    assert_eq!(server.log_in(&ann.email, PASSWORD).await.status, 201, "the password is the one before");
    assert_eq!(server.log_in("ben@example.org", PASSWORD).await.code(), (401, "wrong_login"), "there is none");

    let again = server.move_in(&body).await;
    assert_eq!((again.status, &again.body), (made.status, &made.body), "a repeat finds the same");
    let with_token = json!({"accounts": body["accounts"], "token": token()});
    let (first, second) = (server.move_in(&with_token).await, server.move_in(&with_token).await);
    assert_ne!(each(&first, "token"), each(&second, "token"), "each time a new one");
    for token in [each(&first, "token"), each(&second, "token")].concat() {
        assert!(server.knows(|ask| ask.bearer(token)).await);
    }
}

#[tokio::test]
async fn an_account_that_nobody_confirmed_is_usable_then() {
    let server = Server::start();
    let body = json!({"name": "Ann", "email": "ann@example.org", "password": PASSWORD});
    assert_eq!(server.post("/api/v1/accounts", &body).send().await.status, 202);
    let anns = json!({"name": "Ann", "email": "ann@example.org"});
    let made = server.move_in(&json!({"accounts": [anns], "token": token()})).await;
    assert!(server.knows(|ask| ask.bearer(each(&made, "token")[0])).await);
    assert_eq!(
        server.log_in("ann@example.org", PASSWORD).await.code(),
        (401, "wrong_login"),
        "a password that a stranger may have wanted does not count"
    );
}

#[tokio::test]
async fn who_has_ended_is_nobody_any_more_and_the_address_is_free() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let session = server.logged_in(&ann).await;
    let event = server.event(json!({})).await;
    let sign_up = server.post(format!("/api/v1/events/{event}/registrations"), &json!({})).bearer(&ann.token);
    assert_eq!(sign_up.send().await.status, 201);
    let id = ann.account.to_string();
    for _ in 0..2 {
        assert_eq!(server.end(&[&id]).await.status, StatusCode::NO_CONTENT, "and a repeat");
        assert!(!server.knows(|ask| ask.bearer(&ann.token)).await);
        assert!(!server.knows(|ask| ask.session(&session)).await);
        assert_eq!(server.log_in(&ann.email, PASSWORD).await.code(), (401, "wrong_login"));
    }
    let roster = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    assert_eq!(roster.body["items"][0]["status"], "confirmed", "registrations stay");

    let anns = json!({"name": "Another Ann", "email": ann.email});
    let made = server.move_in(&json!({"accounts": [anns], "token": token()})).await;
    assert_ne!(each(&made, "id"), [id]);
    assert!(server.knows(|ask| ask.bearer(each(&made, "token")[0])).await);
}

#[tokio::test]
async fn nobody_is_ended_who_belongs_to_an_organization_nor_anybody_with_them() {
    let server = Server::start();
    let (ann, ben) = (server.account("Ann").await, server.account("Ben").await);
    server.member(HOME, &ben, "owner", 0).await;
    let (anns, bens) = (ann.account.to_string(), ben.account.to_string());
    let nobody = "018f0000-0000-7000-8000-000000000000";
    for (accounts, field) in [([&*anns, &*bens], "accounts[1]"), ([nobody, &anns], "accounts[0]")] {
        let refused = server.end(&accounts).await;
        assert_eq!(refused.code(), (422, "invalid"));
        let expected = format!("Please correct: {field} must be the id of an account that belongs to no organization");
        assert!(refused.text("detail").starts_with(&expected), "{}", refused.shown());
    }
    for somebody in [&ann, &ben] {
        assert!(server.knows(|ask| ask.bearer(&somebody.token)).await, "all or none");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nobody_moves_in() {
    let server = Server::start();
    let ann = json!({"name": "Ann", "email": "ann@example.org"});
    let too_many = vec![ann.clone(); 1_001];
    for (body, detail) in [
        (json!({}), "accounts is required"),
        (json!({"accounts": "ann"}), "accounts must be a list"),
        (json!({"accounts": [ann, "ben"]}), "accounts[1] must be an object with name and email"),
        (json!({"accounts": [ann, null]}), "accounts[1] is required"),
        (json!({"accounts": [ann, {"name": "Ben"}]}), "accounts[1].email is required"),
        (
            json!({"accounts": [ann, {"name": "Anne", "email": "Ann@EXAMPLE.org"}]}),
            "accounts[1].email is the address of accounts[0] too",
        ),
        (json!({"accounts": too_many}), "accounts must have at most 1000 items; send the others after them"),
        (json!({"accounts": [ann], "token": 7}), "token must be an object with name and scopes"),
        (json!({"accounts": [ann], "token": {}}), "token.name is required; token.scopes is required"),
        (
            json!({"accounts": [ann], "token": {"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}}),
            "token.expires_at must lie ahead",
        ),
    ] {
        let answer = server.move_in(&body).await;
        assert_eq!(answer.code(), (422, "invalid"), "{}", answer.shown());
        assert_eq!(answer.text("detail"), format!("Please correct: {detail}."));
    }
    let unknown = server.move_in(&json!({"accounts": [{"name": "Ann", "email": "a@b.example", "age": 7}]})).await;
    assert_eq!(unknown.code(), (400, "malformed"));
    assert_eq!(server.end(&["x"]).await.code(), (422, "invalid"));
    let made = server.move_in(&json!({"accounts": [ann], "token": token()})).await;
    let ann = server.get("/api/v1/people/me").bearer(each(&made, "token")[0]).send().await;
    assert!(ann.body["created_at"].as_str().unwrap() > "2026", "she was not there before");
    assert_eq!(server.move_in(&json!({"accounts": []})).await.body["items"], json!([]));
}

/// A member of an organization, whatever they may do there, is not who runs the server.
#[tokio::test]
async fn an_owner_of_an_organization_is_not_the_operator() {
    let server = Server::start();
    let owner = server.account("Olga").await;
    server.member(HOME, &owner, "owner", 1).await;
    let token = server.token(owner.account, crate::people::ALL_SCOPES, LATER, None).await;
    for path in ["/api/v1/operator/accounts", "/api/v1/operator/accounts/end"] {
        let answer = server.post(path, &json!({"accounts": []})).bearer(&token).send().await;
        assert_eq!(answer.code(), (403, "forbidden"));
    }
}
