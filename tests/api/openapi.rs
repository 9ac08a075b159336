//! `/openapi.json` says what the routes do.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::people::HOME;

const ID: &str = "018f0000-0000-7000-8000-000000000000";

fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.to_uppercase().parse().unwrap(), path.clone(), operation));
        }
    }
    found
}

/// An address of the route that leads to nothing in particular.
fn example(path: &str) -> String {
    let mut parts = path.split('/').map(|part| match part {
        "{event}" | "{id}" | "{organization}" | "{account}" | "{team}" => ID,
        "{command}" => "cancel",
        part if part.starts_with('{') => "x",
        part => part,
    });
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |path, part| path + "/" + part)
}

#[tokio::test]
async fn every_route_is_described() {
    let server = Server::start();
    let document = server.get("/openapi.json").send().await.body;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document, serde_json::to_value(headcount::http::openapi()).unwrap());
    let all = headcount::http::rights::RULES.len();
    assert_eq!(operations(&document).len(), all, "every row of the table of rights is an operation");
    let ids: BTreeSet<&str> = operations(&document).iter().map(|one| one.2["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all, "every operation has an id of its own");
    for (method, path, operation) in operations(&document) {
        let answer = server.ask(method.clone(), example(&path)).send().await;
        assert_ne!(answer.status, 405, "{method} {path} is a route");
        assert_ne!(answer.body["detail"], "There is nothing at this address. Look at /openapi.json for what there is.");
        let status = answer.status.as_str();
        assert!(operation["responses"].get(status).is_some(), "{method} {path} can answer {status}");
        assert!(operation["summary"].is_string(), "{method} {path} says what it is");
    }
}

#[tokio::test]
async fn what_needs_a_login_says_so() {
    let server = Server::start();
    let document = server.get("/openapi.json").send().await.body;
    assert_eq!(document["components"]["securitySchemes"]["server_token"]["scheme"], "bearer");
    for (method, path, operation) in operations(&document) {
        let answer = server.ask(method.clone(), example(&path)).send().await;
        let ways = operation["security"].as_array().unwrap();
        let needs = !ways.contains(&json!({}));
        assert_eq!(answer.status == 401, needs, "{method} {path}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = serde_json::to_value(headcount::http::openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

/// What a body may contain is told in two places: in the document, and to whoever sends something else.
#[tokio::test]
async fn the_fields_of_requests_are_those_that_are_taken() {
    let server = Server::start();
    let event = server.event(json!({})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    let token = link.rsplit('/').next().unwrap();
    let owner = server.account("Owner").await;
    server.member(HOME, &owner, "owner", 0).await;
    let document = server.get("/openapi.json").send().await.body;
    let mut seen = 0;
    for (method, path, operation) in operations(&document) {
        let content = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(name) = content.to_string().split("#/components/schemas/").nth(1).map(str::to_owned) else { continue };
        let name = name.split('"').next().unwrap();
        let properties = document["components"]["schemas"][name]["properties"].as_object();
        let described: BTreeSet<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let path = example(
            &path.replace("{event}", &event).replace("{token}", token).replace("{organization}", &HOME.to_string()),
        );
        let ask = server.ask(method, &path).header("if-match", "\"1\"");
        let is_for_the_server = operation["security"] == json!([{"server_token": []}]);
        let ask = if is_for_the_server { ask.owner() } else { ask.bearer(&owner.token) };
        let refused = ask.json(&json!({"no such field": 1})).send().await;
        let detail = refused.text(if refused.body["detail"].is_string() { "detail" } else { "message" });
        let taken: BTreeSet<&str> = detail.split('`').skip(3).step_by(2).collect();
        assert_eq!(described, taken, "{path}: {detail}");
        seen += 1;
    }
    assert!(seen >= 35, "only {seen} operations take a body");
}
