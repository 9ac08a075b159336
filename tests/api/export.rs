//! All that is kept about somebody, as one document: for themself and for the operator.

use axum::http::Method;
use headcount::values;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};
use crate::people::HOME;

impl Server {
    async fn exported(&self, email: &str) -> Answer {
        self.post("/api/v1/operator/export", &json!({"email": email})).owner().send().await
    }

    /// Something that staff does to a registration.
    async fn do_to(&self, event: &str, registration: &str, command: &str, body: Value) {
        let path = format!("/api/v1/events/{event}/registrations/{registration}/{command}");
        let done = self.post(path, &body).owner().send().await;
        assert_eq!(done.status, 200, "{}", done.shown());
    }
}

fn kinds(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

/// Ann has an account and a sign-up that staff noted something on, swapped and removed; Ben is there too.
async fn told_about() -> (Server, String, String) {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    server.team(uuid::Uuid::from_u128(7), "Kitchen").await;
    server.in_team(uuid::Uuid::from_u128(7), &ann).await;
    server.member(HOME, &ann, "staff", 0).await;
    let roles = json!([{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 2}]);
    let event = server.event(json!({"slug": "fair", "roles": roles})).await;
    let sign_up = async |name: &str, role: &str| {
        let mut body = person(name);
        body["role"] = json!(role);
        body["notes"] = json!(format!("{name} sings"));
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await
    };
    let (one, other) = (sign_up("Ann", "Cook").await, sign_up("Ben", "Server").await);
    let id = one.text("id");
    let path = format!("/api/v1/events/{event}/registrations/{id}");
    let noted = server.ask(Method::PATCH, path).owner().json(&json!({"staff_note": "knows Cem"})).send().await;
    assert_eq!(noted.status, 200, "{}", noted.shown());
    // Ben is the one it is done to, so that it must be found from both sides.
    server.do_to(&event, &other.text("id"), "swap", json!({"with": id})).await;
    server.do_to(&event, &id, "remove", json!({"reason": "because of Cem"})).await;
    (server, ann.token, one.manage_path())
}

#[tokio::test]
async fn whoever_has_an_account_gets_all_that_is_kept_about_them_as_a_file() {
    let (server, token, _) = told_about().await;
    let answer = server.get("/api/v1/people/me/export").bearer(&token).send().await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    let name = answer.headers["content-disposition"].to_str().unwrap();
    let day = answer.text("exported_at").split_once('T').unwrap().0.to_owned();
    assert_eq!(name, format!("attachment; filename=\"headcount-data-{day}.json\""));
    assert_eq!(
        (&answer.headers["cache-control"], &answer.headers["content-type"]),
        (&"no-store".parse().unwrap(), &"application/json".parse().unwrap())
    );
    let all = &answer.body;
    assert_eq!((&all["address"], &all["account"]["name"]), (&json!("ann@example.org"), &json!("Ann")));
    assert!(all["account"]["confirmed_at"].is_string() && all["left_out"].is_string());
    assert_eq!(all["account"]["memberships"][0]["organization"], "Our organization");
    assert_eq!(all["account"]["teams"][0]["name"], "Kitchen");
    assert_eq!(all["account"]["tokens"][0]["name"], "test");
    assert_eq!(all["links"][0]["purpose"], "confirm_account");
    assert_eq!(kinds(&all["mail"]), ["confirm_account"]);
    let one = &all["registrations"][0];
    assert_eq!(all["registrations"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&one["event"], &one["role"], &one["notes"]),
        (&json!("Summer fair"), &json!("Server"), &json!("Ann sings"))
    );
    assert_eq!(kinds(&one["history"]), ["removed", "swapped", "details_edited", "signed_up"]);
    assert_eq!((&one["history"][0]["by"], &one["history"][3]["by"]), (&json!("owner"), &json!("guest")));
    assert_eq!(one["history"][0]["change"]["from"], "confirmed");
    let waits = one["mail"].as_array().unwrap().iter().find(|mail| mail["kind"] == "removed").unwrap();
    assert!(waits["done_at"].is_null() && waits["due_at"].is_string(), "{waits}");
}

#[tokio::test]
async fn nothing_in_it_is_of_others_lets_anybody_in_or_stands_for_the_person() {
    let (server, token, manage) = told_about().await;
    let tag = {
        let log = server.get("/api/v1/events/fair/log?limit=200").owner().send().await;
        let lines = log.body["items"].as_array().unwrap().clone();
        lines.iter().find_map(|line| line["body"]["person"].as_str().map(str::to_owned)).unwrap()
    };
    let link = manage.rsplit('/').next().unwrap().to_owned();
    let one_time = server.mailed("confirm_account").await;
    let roster = server.get("/api/v1/events/fair/registrations").owner().send().await;
    let ben = roster.body["items"].as_array().unwrap().iter().find(|one| one["name"] == "Ben").unwrap().clone();
    let own = server.get("/api/v1/people/me/export").bearer(&token).send().await;
    let of_link = server.get(format!("{manage}/export")).send().await;
    for (whose, answer) in [("account", &own), ("link", &of_link)] {
        assert_eq!(answer.status, 200, "{}", answer.shown());
        let text = answer.body.to_string();
        for not in ["Ben", "Cem", &tag, &link, &one_time, &token, ben["id"].as_str().unwrap(), "person", "hash"] {
            assert!(!text.contains(not), "{whose}: {not} is in {text}");
        }
    }
}

#[tokio::test]
async fn whoever_holds_a_link_gets_what_is_kept_about_that_registration_alone() {
    let (server, _, manage) = told_about().await;
    server.event(json!({"slug": "walk"})).await;
    server.sign_up("walk", "Ann").await;
    let answer = server.get(format!("{manage}/export")).send().await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    assert_eq!((&answer.body["address"], &answer.body["account"]), (&json!(null), &json!(null)));
    assert_eq!((&answer.body["links"], &answer.body["mail"]), (&json!([]), &json!([])));
    assert_eq!(answer.body["registrations"].as_array().unwrap().len(), 1);
    assert_eq!(kinds(&answer.body["registrations"][0]["history"]).len(), 4);
    let page = server.get(manage.replace("/api/v1/manage/", "/r/")).page().await.2;
    assert!(page.contains("Download my data"), "{page}");
    let file = server.get(format!("{}/data", manage.replace("/api/v1/manage/", "/r/"))).send_for_text().await;
    let file: Value = serde_json::from_str(&file.2).unwrap();
    assert_eq!(file["registrations"], answer.body["registrations"]);
    let forged = server.get("/api/v1/manage/forged/export").send().await;
    assert_eq!(forged.code(), (404, "not_found"));
    assert_eq!(server.get("/r/forged/data").page().await.0, 404);
}

#[tokio::test]
async fn the_operator_gets_what_organizers_wrote_too() {
    let (server, ..) = told_about().await;
    let answer = server.exported("ANN@Example.org").await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    let one = &answer.body["registrations"][0];
    assert_eq!((&one["staff_note"], &one["history"][0]["reason"]), (&json!("knows Cem"), &json!("because of Cem")));
    assert!(answer.body["left_out"].is_null());
    let nobody = server.exported("nobody@example.org").await;
    assert_eq!(nobody.status, 200, "{}", nobody.shown());
    assert_eq!((&nobody.body["account"], &nobody.body["registrations"]), (&json!(null), &json!([])));
    for wrong in [json!({}), json!({"email": "nobody"})] {
        let answer = server.post("/api/v1/operator/export", &wrong).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{}", answer.shown());
    }
}

#[tokio::test]
async fn nothing_is_left_out_however_much_there_is() {
    let server = Server::start();
    let role = json!([{"name": "Visitor"}]);
    let mut events = Vec::new();
    for number in 0..101 {
        let event = server.event(json!({"slug": format!("walk-{number}"), "roles": role})).await;
        assert_eq!(server.sign_up(&event, "Ann").await.status, 201);
        events.push(event);
    }
    const MAIL: &str =
        "insert into outbox (message_id, template, address, created_at, due_at) values ($1, 'my_sign_ups', $2, 0, 0)";
    for _ in 0..101 {
        server.script(MAIL, values![headcount::clock::new_id(), "Ann@example.org"]).await;
    }
    let resize = async |spots: u32| {
        let roster = server.get(format!("/api/v1/events/{}/registrations", events[0])).owner().send().await;
        let id = roster.body["items"][0]["id"].as_str().unwrap().to_owned();
        server.do_to(&events[0], &id, "resize", json!({"spots": spots})).await;
    };
    for number in 0..101 {
        resize(number % 2 + 2).await;
    }
    let all = server.exported("ann@example.org").await.body;
    let registrations = all["registrations"].as_array().unwrap();
    assert_eq!((registrations.len(), all["mail"].as_array().unwrap().len()), (101, 101));
    let longest = registrations.iter().map(|one| one["history"].as_array().unwrap().len()).max();
    assert_eq!(longest, Some(102), "a sign-up and all that was changed");
}

#[tokio::test]
async fn the_page_of_an_account_leads_to_the_file() {
    let (server, ..) = told_about().await;
    let ann = server.log_in("ann@example.org", crate::people::PASSWORD).await;
    let cookie = crate::people::cookie(&ann);
    let page = server.get("/account").session(&cookie).page().await.2;
    assert!(page.contains("href=\"/account/data\" download"), "{page}");
    let (status, headers, file) = server.get("/account/data").session(&cookie).send_for_text().await;
    assert_eq!(status, 200);
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename="));
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["account"]["sessions"].as_array().unwrap().len(), 1);
    let stranger = server.get("/account/data").send_for_text().await;
    assert_eq!((stranger.0.as_u16(), stranger.1["location"].to_str().unwrap()), (303, "/login?back=%2Faccount%2Fdata"));
}
