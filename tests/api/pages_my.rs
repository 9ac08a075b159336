//! The page of staff: calls, answers to them, and what is at the same time.

use axum::http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::Server;
use crate::people::{HOME, Somebody};

const KITCHEN: Uuid = Uuid::from_u128(0x717C);

/// A server with a team, somebody in it, and their session.
async fn staffed() -> (Server, Somebody, String) {
    let server = Server::start();
    server.team(KITCHEN, "Kitchen").await;
    let ann = server.account("Ann").await;
    server.member(HOME, &ann, "staff", 0).await;
    server.in_team(KITCHEN, &ann).await;
    let session = server.session(ann.account).await;
    (server, ann, session)
}

/// A call to the kitchen in the year 3000, at these hours.
async fn call(server: &Server, title: &str, hours: (u32, Option<u32>), more: Value) -> String {
    let at = |hour: u32| format!("3000-05-01T{hour:02}:00:00Z");
    let mut event = json!({"title": title, "visibility": "team", "teams": [KITCHEN], "starts_at": at(hours.0)});
    if let Some(end) = hours.1 {
        event["ends_at"] = json!(at(end));
    }
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.event(event).await
}

/// The roles of an event by their name.
async fn role(server: &Server, event: &str, name: &str) -> String {
    let event = server.get(format!("/api/v1/events/{event}")).owner().send().await;
    let roles = event.body["roles"].as_array().unwrap();
    roles.iter().find(|role| role["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

async fn my(server: &Server, session: &str) -> String {
    let (status, _, page) = server.get("/my").session(session).page().await;
    assert_eq!(status, 200);
    page
}

async fn press(server: &Server, session: &str, event: &str, form: &str) -> (u16, HeaderMap, String) {
    let ask = server.ask(axum::http::Method::POST, format!("/my/{event}")).session(session);
    let (status, headers, page) = ask.form(form).page().await;
    (status.as_u16(), headers, page)
}

/// Presses, and sees the page that it leads to.
async fn pressed(server: &Server, session: &str, event: &str, form: &str) -> String {
    let (status, headers, page) = press(server, session, event, form).await;
    assert_eq!(status, 303, "{page}");
    let to = headers["location"].to_str().unwrap().to_owned();
    let (path, anchor) = to.split_once('#').unwrap();
    assert_eq!(anchor, format!("call-{event}"));
    server.get(path).session(session).page().await.2
}

#[tokio::test]
async fn whoever_is_not_logged_in_is_led_there_and_back() {
    let server = Server::start();
    for ask in [server.get("/my"), server.ask(axum::http::Method::POST, "/my/x").form("response=accept")] {
        let (status, headers, _) = ask.page().await;
        assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, "/login?back=/my"));
    }
}

#[tokio::test]
async fn where_nobody_calls_the_page_says_how_calls_come_about() {
    let (server, _, session) = staffed().await;
    assert!(my(&server, &session).await.contains("When one of your teams is needed"));
    let ben = server.account("Ben").await;
    let session = server.session(ben.account).await;
    assert!(my(&server, &session).await.contains("You are in no team yet"));
    let (_, _, hebrew) = server.get("/my").session(&session).header("accept-language", "he").page().await;
    assert!(hebrew.contains("dir=\"rtl\"") && hebrew.contains("אתם עדיין לא בשום צוות"), "{hebrew}");
}

#[tokio::test]
async fn a_call_is_accepted_given_back_and_accepted_after_all_with_one_tap_each() {
    let (server, _, session) = staffed().await;
    let event =
        call(&server, "Soup <kitchen>", (9, Some(12)), json!({"roles": [{"name": "Cook", "capacity": 2}]})).await;
    let cook = role(&server, &event, "Cook").await;
    let page = my(&server, &session).await;
    assert!(page.contains("Soup &lt;kitchen&gt;") && page.contains("0 of 2 taken"), "{page}");
    assert!(page.contains(">Accept<") && page.contains(">Decline<"), "{page}");

    let page = pressed(&server, &session, &event, &format!("role={cook}&response=accept&key=a")).await;
    assert!(page.contains("you have the place") && page.contains("You have accepted"), "{page}");
    assert!(page.contains("1 of 2 taken") && page.contains("Give my place back"), "{page}");
    let page = pressed(&server, &session, &event, &format!("role={cook}&response=decline&key=b")).await;
    assert!(page.contains("You have declined") && page.contains("Accept after all"), "{page}");
    assert!(page.contains("0 of 2 taken"), "{page}");
    let page = pressed(&server, &session, &event, &format!("role={cook}&response=accept&key=c")).await;
    assert!(page.contains("1 of 2 taken"), "{page}");
}

#[tokio::test]
async fn a_repeat_of_the_same_tap_is_taken_once_and_a_refusal_is_said_at_the_card() {
    let (server, _, session) = staffed().await;
    let event = call(&server, "Dinner", (9, None), json!({"roles": [{"name": "Cook"}]})).await;
    let cook = role(&server, &event, "Cook").await;
    let tap = format!("role={cook}&response=accept&key=once");
    pressed(&server, &session, &event, &tap).await;
    let page = pressed(&server, &session, &event, &tap).await;
    assert!(page.contains("1 taken"), "{page}");
    let (status, _, page) = press(&server, &session, &event, &format!("role={cook}&response=accept&key=two")).await;
    assert_eq!(status, 409);
    let card = page.split("<article").nth(1).unwrap();
    assert!(card.contains("role=\"alert\"") && card.contains("You have answered this already"), "{card}");
    let (status, headers, _) = server.get(format!("/my/{event}")).session(&session).page().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, &*format!("/my#call-{event}")));
    let (status, _, page) = press(&server, &session, &Uuid::nil().to_string(), "response=decline").await;
    assert_eq!(status, 404);
    assert!(page.contains("role=\"alert\""), "{page}");
}

#[tokio::test]
async fn a_full_role_offers_the_waitlist_where_there_is_one() {
    let (server, _, session) = staffed().await;
    let full = |policy: &str| json!({"waitlist": {"policy": policy}, "roles": [{"name": "Cook", "capacity": 0}]});
    call(&server, "Closed shop", (9, Some(10)), full("off")).await;
    let page = my(&server, &session).await;
    assert!(page.contains("Full, and there is no waitlist") && !page.contains("value=\"accept\""), "{page}");

    let event = call(&server, "Queue", (12, Some(13)), full("strict")).await;
    let cook = role(&server, &event, "Cook").await;
    assert!(my(&server, &session).await.contains("Join the waitlist"));
    let page = pressed(&server, &session, &event, &format!("role={cook}&response=accept")).await;
    assert!(page.contains("next in line") && page.contains("Stop waiting"), "{page}");
}

#[tokio::test]
async fn a_no_to_the_whole_event_answers_for_all_its_roles() {
    let (server, _, session) = staffed().await;
    let roles = json!({"roles": [{"name": "Cook"}, {"name": "Server"}]});
    let event = call(&server, "Dinner", (9, Some(12)), roles).await;
    assert!(my(&server, &session).await.contains("Decline the whole event"));
    let [cook, server_role] = [role(&server, &event, "Cook").await, role(&server, &event, "Server").await];
    pressed(&server, &session, &event, &format!("role={cook}&response=accept")).await;
    let (status, _, page) = press(&server, &session, &event, &format!("role={server_role}&response=accept")).await;
    assert_eq!(status, 409);
    assert!(page.contains("Give that place back first"), "{page}");
    let page = pressed(&server, &session, &event, "response=decline&key=k").await;
    assert!(page.contains("you do not come to this event"), "{page}");
    assert_eq!(page.matches("You have declined").count(), 2, "{page}");
    assert!(!page.contains("Decline the whole event"), "{page}");
    let (status, _, page) = press(&server, &session, &event, "response=decline&key=l").await;
    assert_eq!(status, 409);
    assert!(page.contains("You have declined this already"), "{page}");
}

#[tokio::test]
async fn what_is_at_the_same_time_is_pointed_out_before_and_after_accepting() {
    let (server, _, session) = staffed().await;
    let one_role = json!({"roles": [{"name": "Cook", "capacity": 3}]});
    let lunch = call(&server, "Lunch", (11, Some(13)), one_role.clone()).await;
    let tea = call(&server, "Tea", (12, None), one_role.clone()).await;
    call(&server, "Supper", (14, Some(16)), one_role).await;
    let shifts = json!({"starts_at": "3000-05-01T08:00:00Z", "roles": [
        {"name": "Early", "starts_at": "3000-05-01T08:00:00Z", "ends_at": "3000-05-01T11:00:00Z"},
        {"name": "Late", "starts_at": "3000-05-01T12:30:00Z", "ends_at": "3000-05-01T15:00:00Z"}]});
    call(&server, "Stall", (8, None), shifts).await;
    assert!(!my(&server, &session).await.contains("At the same time"));

    let cook = role(&server, &lunch, "Cook").await;
    let page = pressed(&server, &session, &lunch, &format!("role={cook}&response=accept")).await;
    let card = |page: &str, title: &str| {
        page.split("<article").find(|card| card.contains(&format!("<bdi>{title}</bdi></a></h2>"))).unwrap().to_owned()
    };
    let beside = "At the same time as Lunch, which you have accepted";
    assert!(card(&page, "Tea").contains(beside) && card(&page, "Tea").contains("2 hours are assumed"), "{page}");
    assert!(!card(&page, "Supper").contains(beside), "they only touch Tea");
    let stall = card(&page, "Stall");
    let (early, late) = stall.split_once("Late").unwrap();
    assert!(!early.contains(beside) && late.contains(beside), "{stall}");
    assert!(!page.contains("things at the same time"), "nothing is accepted twice yet");

    let cook = role(&server, &tea, "Cook").await;
    let page = pressed(&server, &session, &tea, &format!("role={cook}&response=accept")).await;
    assert!(page.contains("things at the same time"), "{page}");
    assert!(card(&page, "Lunch").contains("At the same time as Tea"), "{page}");
}

#[tokio::test]
async fn calls_of_others_and_drafts_are_not_shown_but_what_was_answered_is() {
    let (server, ann, session) = staffed().await;
    let public =
        server.event(json!({"title": "Open day", "slug": "open-day", "starts_at": "3000-01-01T00:00:00Z"})).await;
    let over = server.event(json!({"title": "Long ago", "starts_at": "2020-01-01T00:00:00Z"})).await;
    call(&server, "Secret plan", (9, None), json!({"status": "draft"})).await;
    assert!(!my(&server, &session).await.contains("Open day"));
    for event in [&public, &over] {
        let ask = server.post(format!("/api/v1/events/{event}/respond"), &json!({"response": "accept"}));
        assert_eq!(ask.bearer(&ann.token).send().await.status, 200);
    }
    let page = my(&server, &session).await;
    assert!(page.contains("Open day") && !page.contains("Secret plan"), "{page}");
    let (coming, past) = page.split_once("<details").unwrap();
    assert!(!coming.contains("Long ago") && past.contains("Long ago") && past.contains("1 event is over"), "{page}");
}
