//! Pages, as far as no browser is needed to look at them.

use serde_json::json;

use crate::harness::{Server, person};

/// The value of a field of the page's form.
fn value(page: &str, name: &str) -> String {
    let (_, after) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_event_can_stand_on_listed_websites_and_only_there() {
    let server = Server::start();
    server.event(json!({"slug": "fair", "roles": [{"name": "Visitor", "capacity": 1}]})).await;
    let (_, headers, _) = server.get("/e/fair").page().await;
    assert!(headers["content-security-policy"].to_str().unwrap().ends_with("frame-ancestors 'none'"));
    let (status, headers, page) = server.get("/e/fair/embed").page().await;
    assert_eq!(status, 200);
    assert!(headers["content-security-policy"].to_str().unwrap().ends_with("frame-ancestors https://club.example"));
    assert!(!page.contains("<nav>"), "{page}");
    let fields = format!("key={}&name=Ann&email=ann%40example.org", value(&page, "key"));
    let sent = server.ask(axum::http::Method::POST, "/e/fair/embed").form(&fields).page().await;
    assert!(sent.0 == 200 && sent.2.contains("Your sign-up has arrived") && sent.2.contains("/r/"), "{}", sent.2);
    let again = server.ask(axum::http::Method::POST, "/e/fair/embed").form(&fields).page().await;
    assert_eq!(again.2, sent.2, "the same attempt once more");
    let fields = format!("key={}&name=Ben&email=ben%40example.org", value(&page, "key"));
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair/embed").form(&fields).page().await;
    assert!(status == 409 && page.contains("Join the waitlist"), "{page}");
}

#[tokio::test]
async fn whoever_must_verify_is_sent_to_their_mail() {
    let server = Server::start();
    server.event(json!({"slug": "fair", "verify_minutes": 30})).await;
    let (_, _, page) = server.get("/e/fair").page().await;
    let fields = format!("key={}&name=Ann&email=ann%40example.org", value(&page, "key"));
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair").form(&fields).page().await;
    assert!(status == 200 && page.contains("Look at your mail") && page.contains("ann@example.org"), "{page}");
}

#[tokio::test]
async fn a_calendar_file_names_the_same_sign_up_each_time() {
    let server = Server::start();
    let times = json!({"starts_at": "2037-05-05T18:00:00Z", "title": "Fair, with; signs"});
    let event = server.event(times).await;
    let made = server.sign_up(&event, "Ann").await;
    let token = made.manage_path().rsplit('/').next().unwrap().to_owned();
    let path = format!("/r/{token}/calendar.ics");
    let (status, headers, before) = server.get(&path).send_for_text().await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "text/calendar; charset=utf-8"));
    assert!(before.contains("DTSTART:20370505T180000Z\r\n") && before.contains("STATUS:CONFIRMED"), "{before}");
    assert!(before.contains("SUMMARY:Fair\\, with\\; signs"), "{before}");
    server.post(format!("{}/cancel", made.manage_path()), &json!({})).send().await;
    let (_, _, after) = server.get(&path).send_for_text().await;
    let line =
        |text: &str, name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap();
    assert_eq!(line(&before, "UID:"), line(&after, "UID:"));
    let sequence = |text: &str| line(text, "SEQUENCE:").parse::<u64>().unwrap();
    assert!(sequence(&after) > sequence(&before) && after.contains("STATUS:CANCELLED"), "{after}");
}

#[tokio::test]
async fn a_language_is_chosen_by_browser_and_by_switch() {
    let server = Server::start();
    let shown = async |ask: crate::harness::Ask| ask.page().await.2;
    assert!(shown(server.get("/")).await.contains("lang=\"en\" dir=\"ltr\""));
    assert!(
        shown(server.get("/").header("accept-language", "he-IL,en;q=0.5")).await.contains("lang=\"he\" dir=\"rtl\"")
    );
    let (status, headers, _) =
        server.ask(axum::http::Method::POST, "/language").form("language=he&back=%2Ffind").send_for_text().await;
    assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, "/find"));
    let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    assert!(shown(server.get("/find").header("cookie", cookie)).await.contains("dir=\"rtl\""));
    let elsewhere = server.ask(axum::http::Method::POST, "/language").form("language=he&back=%2F%2Fevil.example");
    assert_eq!(elsewhere.send_for_text().await.1["location"], "/", "nobody is led elsewhere");
}

#[tokio::test]
async fn whoever_logs_in_signs_up_with_one_button() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let event = server.event(json!({"slug": "fair"})).await;
    let wrong =
        server.ask(axum::http::Method::POST, "/login").form("email=ann%40example.org&password=wrong").page().await;
    assert!(wrong.0 == 401 && wrong.2.contains("The address or the password is not right."), "{}", wrong.2);
    let cookie = server.logged_in(&ann).await;
    let (_, _, page) = server.get("/e/fair").header("cookie", &cookie).page().await;
    assert!(
        page.contains("You sign up as Ann.") && page.contains("Sign me up") && !page.contains("name=\"email\""),
        "{page}"
    );
    let fields = format!("key={}", value(&page, "key"));
    let pressed = server.ask(axum::http::Method::POST, "/e/fair").session(&cookie).form(&fields).send_for_text().await;
    assert_eq!(pressed.0, 303, "{}", pressed.2);
    let list = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    assert_eq!(list.body["items"][0]["email"], ann.email);
}

#[tokio::test]
async fn whoever_comes_too_late_is_told_since_when_it_is_full_and_what_is_left() {
    let server = Server::start();
    let roles = json!([{"name": "Server", "capacity": 0}, {"name": "Cook", "capacity": 3}]);
    server.event(json!({"slug": "fair", "waitlist": {"policy": "off"}, "roles": roles})).await;
    let fields = "key=a-key-of-more-than-22-letters&role=Server&name=Ann&email=ann%40example.org&spots=1";
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair").form(fields).page().await;
    assert_eq!(status, 409);
    assert!(page.contains("That was close: all places were taken at "), "{page}");
    assert!(page.contains("Other roles still have places: Cook."), "{page}");
    assert!(!page.contains("value=\"wait\""), "nobody can wait here: {page}");
}

#[tokio::test]
async fn free_places_that_are_kept_for_those_who_wait_are_said_to_be_so() {
    let server = Server::start();
    let roles = json!([{"name": "Visitor", "capacity": 3}]);
    let event = server.event(json!({"slug": "fair", "waitlist": {"policy": "strict"}, "roles": roles})).await;
    for name in ["Ann", "Ben"] {
        let mut party = person(name);
        party["spots"] = json!(2);
        let answer = server.post(format!("/api/v1/events/{event}/registrations"), &party).send().await;
        assert_eq!(answer.status, 201, "{}", answer.shown());
    }
    let fields = "key=a-key-of-more-than-22-letters&name=Cem&email=cem%40example.org&spots=1";
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair").form(fields).page().await;
    assert_eq!(status, 409);
    assert!(page.contains("The free places are kept for those who wait already."), "{page}");
    assert!(page.contains("value=\"wait\""), "{page}");
}

#[tokio::test]
async fn where_nothing_is_left_nobody_fills_in_a_form_for_nothing() {
    let server = Server::start();
    let roles = json!([{"name": "Visitor", "capacity": 1}]);
    let event = server.event(json!({"slug": "fair", "waitlist": {"policy": "off"}, "roles": roles})).await;
    let (_, _, open) = server.get("/e/fair").page().await;
    server.sign_up(&event, "Ann").await;
    let (_, _, page) = server.get("/e/fair").page().await;
    assert!(page.contains("there is no waitlist") && page.contains("Look again"), "{page}");
    assert!(!page.contains("name=\"email\""), "{page}");
    // Whoever had filled it in already keeps what they typed, and can try again.
    let fields = format!("key={}&name=Ben&email=ben%40example.org", value(&open, "key"));
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair").form(&fields).page().await;
    assert!(status == 409 && page.contains("Try again"), "{page}");
    assert_eq!(value(&page, "key").len(), value(&open, "key").len());
    assert!(page.contains("value=\"ben@example.org\""), "{page}");
}

#[tokio::test]
async fn whoever_chose_no_role_is_told_to_choose_one() {
    let server = Server::start();
    let roles = json!([{"name": "Server", "capacity": 1}, {"name": "Cook", "capacity": 3}]);
    server.event(json!({"slug": "fair", "roles": roles})).await;
    let fields = "key=a-key-of-more-than-22-letters&name=Ann&email=ann%40example.org&spots=1";
    let (status, _, page) = server.ask(axum::http::Method::POST, "/e/fair").form(fields).page().await;
    assert!(status == 422 && page.contains("Please choose one."), "{page}");
}

#[tokio::test]
async fn where_sign_up_is_over_no_place_is_offered() {
    let server = Server::start();
    for (slug, status) in [("closed", "closed"), ("open", "published")] {
        server.event(json!({"slug": slug, "status": status, "roles": [{"name": "Visitor", "capacity": 3}]})).await;
        let (_, _, page) = server.get(format!("/e/{slug}")).page().await;
        assert!(page.contains("0 of 3 taken"), "{page}");
        assert_eq!(page.contains("3 places free"), slug == "open", "{page}");
    }
    let cancelled = server.event(json!({"slug": "cancelled"})).await;
    let own = server.sign_up(&cancelled, "Ann").await.manage_path();
    let own = format!("/r/{}", own.rsplit('/').next().unwrap());
    let path = format!("/api/v1/events/{cancelled}");
    let call_off = server.ask(axum::http::Method::PATCH, path).json(&json!({"status": "cancelled"})).owner();
    assert_eq!(call_off.header("if-match", &server.etag(&cancelled).await).send().await.status, 200);
    let (_, _, page) = server.get("/e/cancelled").page().await;
    assert!(page.contains("This event is cancelled") && !page.contains("data-places"), "{page}");
    let (_, _, page) = server.get(&own).page().await;
    assert!(page.contains("It does not take place.") && !page.contains("Nothing more to do"), "{page}");
    assert!(!page.contains("Sign up again"), "{page}");
}

#[tokio::test]
async fn what_was_typed_on_ones_own_page_is_kept_beside_what_is_wrong_with_it() {
    let server = Server::start();
    let roles = json!([{"name": "Server", "capacity": 1}, {"name": "Cook", "capacity": 3}]);
    let event = server.event(json!({"self_move": true, "max_spots": 4, "roles": roles})).await;
    let request = json!({"name": "Ann", "email": "ann@example.org", "role": "Cook"});
    let made = server.post(format!("/api/v1/events/{event}/registrations"), &request).send().await;
    let own = format!("/r/{}", made.manage_path().rsplit('/').next().unwrap());
    let press = async |form: &str| server.ask(axum::http::Method::POST, &own).form(form).page().await;
    let (status, _, page) = press("do=contact&name=Anna&phone=12&notes=By+train").await;
    assert!(status == 422 && page.contains("Please correct what is marked."), "{page}");
    assert!(page.contains("Please give a phone number"), "{page}");
    assert!(page.contains("value=\"Anna\"") && page.contains("value=\"12\""), "{page}");
    assert!(page.contains(">By train</textarea>"), "{page}");
    // Said in words of the page, not in those for programs.
    let (status, _, page) = press(&format!("do=move&role={}", made.text("role_id"))).await;
    assert!(status == 422 && page.contains("You have this role already."), "{page}");
    let (status, _, page) = press("do=resize&spots=none").await;
    assert!(status == 422 && page.contains("Please give a number from 1 on."), "{page}");
}
