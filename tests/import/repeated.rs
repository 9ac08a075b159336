//! A repeated import where something happened on both sides since the first.

use std::path::PathBuf;

use headcount::client::Ask;
use serde_json::{Value, json};

use super::Ground;
use super::process::{Server, TOKEN, Told, told};

/// An event with these roles, and registrations of it.
fn dump(ground: &Ground, roles: &[&str], registrations: &[Value]) -> Vec<PathBuf> {
    let event = json!({"_id": "fair", "title": "Fair", "roles": roles});
    let of_event = |one: &Value| {
        let mut one = one.clone();
        one["eventId"] = json!("fair");
        let own = json!(format!("{}@example.org", one["name"].as_str().unwrap().to_lowercase()));
        one.as_object_mut().unwrap().entry("email").or_insert(own);
        one
    };
    let registrations: Vec<Value> = registrations.iter().map(of_event).collect();
    vec![
        ground.file("events.json", &event.to_string()),
        ground.file("registrations.json", &json!(registrations).to_string()),
    ]
}

fn is_in(id: &str, name: &str, role: &str) -> Value {
    json!({"_id": id, "name": name, "role": role, "status": "confirmed", "registrationDate": "2031-01-01"})
}

/// Asks a server about the only event of its data file; `path` is what follows the event's.
async fn ask(ground: &Ground, ask: impl FnOnce(&Server, &str) -> Ask) -> Told {
    let server = Server::start(&ground.path("new.db"));
    let mut connection = server.connect().await;
    let (_, events) = told(&mut connection, server.get("/api/v1/events")).await.unwrap();
    let event = format!("/api/v1/events/{}", events["items"][0]["id"].as_str().unwrap());
    let answer = told(&mut connection, ask(&server, &event).token(TOKEN)).await.unwrap();
    server.kill();
    answer
}

/// His registration.
async fn ben_signs_up_here(ground: &Ground, role: &str) -> Value {
    let ben = json!({"name": "Ben", "email": "ben@example.org", "role": role, "notify": false});
    let (status, made) = ask(ground, |server, event| server.post(&format!("{event}/registrations"), &ben)).await;
    assert_eq!(status, 201, "{made}");
    made
}

#[tokio::test]
async fn whoever_signed_up_on_both_sides_is_here_once() {
    let ground = Ground::new();
    let files = dump(&ground, &["Cook", "Server"], &[is_in("1", "Ann", "Cook")]);
    ground.run("import", &files).succeeded();
    ben_signs_up_here(&ground, "Server").await;
    let people = [is_in("1", "Ann", "Cook"), is_in("2", "Ben", "Server"), is_in("3", "Cem", "Server")];
    let files = dump(&ground, &["Cook", "Server"], &people);
    ground.run("import --dry-run", &files).succeeded().says("1 registration would be taken over, 2 here already");
    ground.run("import", &files).succeeded().says("1 registration taken over, 2 here already");
    ground.run("import", &files).succeeded().says("0 registrations taken over, 3 here already");
    ground.verify();
    ground.run("compare", &files).succeeded().says("no differences");
    assert_eq!(ground.export("registrations", "out").only("Ben")["status"], "confirmed");
}

#[tokio::test]
async fn whoever_ended_here_what_is_known_there_is_not_brought_back() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let made = ben_signs_up_here(&ground, "Cook").await;
    let cancel = format!("registrations/{}/cancel", made["id"].as_str().unwrap());
    let (status, _) = ask(&ground, |server, event| server.post(&format!("{event}/{cancel}"), &json!({}))).await;
    assert_eq!(status, 200);
    let files = dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook"), is_in("2", "Ben", "Cook")]);
    ground.run("import", &files).succeeded().says("0 registrations taken over, 2 here already");
    ground.run("compare", &files).failed("Ben <ben@example.org>: confirmed there, cancelled here");
}

#[test]
fn who_is_in_another_role_by_now_is_named() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook", "Server"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let files = dump(&ground, &["Cook", "Server"], &[is_in("2", "Ann", "Server")]);
    let run = ground.run("import", &files).failed("nothing was imported");
    run.says("events.json:1 (document 1): Ann is in Cook already, and may not be in Server too: ");
}

#[tokio::test]
async fn a_role_that_was_added_on_both_sides_is_one() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let files = dump(&ground, &["Cook", "Driver"], &[is_in("1", "Ann", "Cook"), is_in("2", "Ben", "Driver")]);
    ground.run("import", &files).failed("the event is here already, without the role Driver");
    let add = |server: &Server, event: &str| server.post(&format!("{event}/roles"), &json!({"name": "driver"}));
    assert_eq!(ask(&ground, add).await.0, 201);
    ground.run("import", &files).succeeded().says("1 registration taken over, 1 here already");
    ground.verify();
    ground.run("compare", &files).succeeded().says("no differences");
}

#[test]
fn whoever_cancelled_and_came_back_there_stays_as_they_are_here() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let mut first = is_in("1", "Ann", "Cook");
    first["status"] = json!("cancelled");
    let files = dump(&ground, &["Cook"], &[first, is_in("2", "Ann", "Cook"), is_in("3", "Ben", "Cook")]);
    ground.run("import", &files).succeeded().says("1 registration taken over, 2 here already");
    ground.verify();
    let run = ground.run("compare", &files).failed("Ann <ann@example.org>: cancelled there, confirmed here");
    run.says("only in the files: 1\n  Fair: Ann");
}

#[test]
fn somebody_else_with_the_same_address_is_not_passed_over() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let mut bob = is_in("2", "Bob", "Cook");
    bob["email"] = json!("ann@example.org");
    let files = dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook"), bob]);
    let run = ground.run("import", &files).failed("nothing was imported");
    run.says("Bob has the address of somebody else who is in Cook already");
}

#[tokio::test]
async fn whoever_has_the_same_status_on_both_sides_is_the_same() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    ben_signs_up_here(&ground, "Cook").await;
    let mut cancelled = is_in("2", "Ben", "Cook");
    cancelled["status"] = json!("cancelled");
    let files = dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook"), cancelled, is_in("3", "Ben", "Cook")]);
    let run =
        ground.run("compare", &files).failed("only in the files: 1\n  Fair: Ben <ben@example.org>: cancelled in Cook");
    assert!(!run.output.contains("status differs"), "{}", run.output);
}

#[tokio::test]
async fn a_role_that_got_the_name_of_another_is_not_that_one() {
    let ground = Ground::new();
    ground.run("import", &dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")])).succeeded();
    let (_, event) = ask(&ground, |server, event| server.get(event)).await;
    let role = format!("roles/{}", event["roles"][0]["id"].as_str().unwrap());
    let rename = |server: &Server, path: &str| {
        let ask = Ask::new(hyper::Method::PATCH, &server.address.target(&format!("{path}/{role}")));
        ask.json(json!({"name": "Server"}).to_string()).if_match(event["revision"].as_u64().unwrap())
    };
    assert_eq!(ask(&ground, rename).await.0, 200);
    let files = dump(&ground, &["Cook", "Server"], &[is_in("1", "Ann", "Cook"), is_in("2", "Ben", "Server")]);
    ground.run("import", &files).failed("the event is here already, without the role Server");
}

#[test]
fn who_sees_new_events_is_said_and_events_that_are_here_keep_what_they_have() {
    let ground = Ground::new();
    let files = dump(&ground, &["Cook"], &[is_in("1", "Ann", "Cook")]);
    let unknown = ground.run("import --visibility nobody", &files);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.errors.contains("must be public, unlisted or team"), "{unknown:?}");
    ground.run("import --visibility team", &files).succeeded();
    ground.run("import --visibility public", &files).succeeded();
    let there = ground.export("registrations", "there");
    assert!(is_seen_by(&there.texts[0], "team"), "{}", there.texts[0]);

    for (words, seen_by) in [("import", "team"), ("import --visibility unlisted", "unlisted")] {
        let again = Ground::new();
        again.run(words, &there.files()).succeeded();
        let events = &again.export("registrations", "again").texts[0];
        assert!(is_seen_by(events, seen_by), "{words}: {events}");
    }
}

/// Whether an export of events says so.
fn is_seen_by(events: &str, visibility: &str) -> bool {
    let events: Value = serde_json::from_str(events).unwrap();
    events[0]["headcount"]["visibility"] == visibility
}
