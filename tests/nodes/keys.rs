//! The same asked of three nodes in the same moment: it happens once.

use hyper::Method;
use serde_json::json;

use crate::site::{Site, all_equal, at_once, by_owner, codes, sign_up, text, usual_or_long, without_key};

fn rounds() -> usize {
    usual_or_long(25, 1_000)
}

#[tokio::test]
async fn one_key_is_one_registration_and_three_equal_answers() {
    let site = Site::start();
    let places = rounds() - 5;
    let event =
        site.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Cook", "capacity": places}]})).await;
    let mut connections = site.connect().await;
    for person in 0..rounds() {
        let answers = at_once(&mut connections, |_| sign_up(&event, person)).await;
        let (status, body) = all_equal(&answers);
        if person < places {
            assert_eq!(*status, 201, "{body}");
            assert!(text(body, "manage_url").starts_with("https://events.example/"), "{body}");
        } else {
            assert_eq!((*status, &body["code"]), (409, &json!("role_full")), "{body}");
        }
    }
    assert_eq!(site.shown(&event).await["reserved"], places);
    assert_eq!(site.value("select count(*) from registrations"), places.to_string());
    site.verify();
}

#[tokio::test]
async fn one_key_is_one_event_and_three_equal_answers() {
    let site = Site::start();
    let mut connections = site.connect().await;
    for round in 0..rounds() {
        let event = json!({"title": "Fair", "slug": format!("fair-{round}"), "roles": [{"name": "Cook"}]});
        let key = format!("event-{round}");
        let create = || by_owner(Method::POST, "/api/v1/events", &event).key(&key);
        let answers = at_once(&mut connections, |_| create()).await;
        assert_eq!(all_equal(&answers).0, 201, "{}", answers[0].1);
    }
    assert_eq!(site.value("select count(*) from events"), rounds().to_string());
    site.verify();
}

#[tokio::test]
async fn a_slug_that_three_want_goes_to_one() {
    let site = Site::start();
    let mut connections = site.connect().await;
    for round in 0..rounds() {
        let event = json!({"title": "Fair", "slug": format!("fair-{round}")});
        let answers = at_once(&mut connections, |_| by_owner(Method::POST, "/api/v1/events", &event)).await;
        assert_eq!(codes(&answers), [(201, "-"), (409, "slug_taken"), (409, "slug_taken")], "{answers:#?}");
    }
    assert_eq!(site.value("select count(*) from events"), rounds().to_string());
    site.verify();
}

#[tokio::test]
async fn a_person_who_asks_three_times_gets_in_once() {
    let site = Site::start();
    let event = site.event(json!({})).await;
    let mut connections = site.connect().await;
    for round in 0..rounds() {
        let person = json!({"name": "Ann", "email": format!("ann-{round}@example.org")});
        let answers = at_once(&mut connections, |_| without_key(&event, &person)).await;
        assert_eq!(codes(&answers), [(201, "-"), (409, "already_registered"), (409, "already_registered")]);
    }
    assert_eq!(site.shown(&event).await["reserved"], rounds());
    site.verify();
}

#[tokio::test]
async fn a_key_is_good_for_one_request_only() {
    let site = Site::start();
    let event = site.event(json!({"max_spots": 3})).await;
    let mut connections = site.connect().await;
    for round in 0..rounds() {
        let key = format!("one-key-for-three-requests-{round}");
        let ask = |node: usize| {
            let person = json!({"name": "Ann", "email": format!("ann-{round}@example.org"), "spots": node + 1});
            without_key(&event, &person).key(&key)
        };
        let answers = at_once(&mut connections, ask).await;
        assert_eq!(codes(&answers), [(201, "-"), (422, "key_reused"), (422, "key_reused")], "{answers:#?}");
    }
    assert_eq!(site.value("select count(*) from registrations"), rounds().to_string());
    site.verify();
}

#[tokio::test]
async fn a_place_that_is_given_back_three_times_is_given_on_once() {
    let site = Site::start();
    let event = site.event(json!({"waitlist": {"policy": "strict"}, "roles": [{"name": "Cook", "capacity": 1}]})).await;
    let mut connections = site.connect().await;
    let mut links = Vec::new();
    for person in 0..rounds() {
        let (status, body) = crate::process::told(&mut connections[person % 3], sign_up(&event, person)).await.unwrap();
        assert_eq!(status, 201, "{body}");
        let url = text(&body, "manage_url");
        links.push(url.strip_prefix("https://events.example").unwrap().to_owned());
    }
    for (person, link) in links.iter().enumerate() {
        let cancel = |_| hyper_ask(&format!("{link}/cancel"));
        let answers = at_once(&mut connections, cancel).await;
        let done = answers.iter().filter(|(status, _)| *status == 200).count();
        assert!(done >= 1, "{answers:#?}");
        let shown = site.shown(&event).await;
        let left = rounds() - person - 1;
        assert_eq!((&shown["reserved"], &shown["waiting"]), (&json!(left.min(1)), &json!(left.saturating_sub(1))));
    }
    site.verify();
}

fn hyper_ask(path: &str) -> headcount::client::Ask {
    headcount::client::Ask::new(Method::POST, path)
}
