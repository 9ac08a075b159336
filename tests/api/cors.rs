//! Websites that ask from the browsers of their visitors.

use axum::http::Method;
use headcount::http::Admission;
use serde_json::json;

use crate::harness::{Answer, Ask, Server, person};

const CLUB: &str = "https://club.example";

fn allowing(origins: &str) -> Server {
    let allowed_origins = origins.parse().unwrap();
    Server::start().set_up(|app| app.with_admission(Admission { allowed_origins, ..Admission::default() }))
}

/// The headers that browsers go by, in order.
fn told(answer: &Answer) -> Vec<String> {
    let headers = answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-"));
    let mut told: Vec<String> =
        headers.map(|(name, value)| format!("{}: {}", &name.as_str()[15..], value.to_str().unwrap())).collect();
    told.sort();
    told
}

fn preflight(server: &Server, path: &str, method: &str, origin: &str) -> Ask {
    let ask =
        server.ask(Method::OPTIONS, path).header("origin", origin).header("access-control-request-method", method);
    ask.header("access-control-request-headers", "content-type,idempotency-key")
}

#[tokio::test]
async fn a_listed_website_may_sign_people_up_and_read_the_answer() {
    let server = allowing("https://club.example,http://localhost:3000");
    let event =
        server.event(json!({"waitlist": {"policy": "off"}, "roles": [{"name": "Server", "capacity": 1}]})).await;
    let path = format!("/api/v1/events/{event}/registrations");

    let may = preflight(&server, &path, "POST", CLUB).send().await;
    assert_eq!((may.status.as_u16(), may.body.clone()), (204, json!(null)));
    assert_eq!(
        told(&may),
        [
            "allow-headers: content-type, idempotency-key, last-event-id, x-request-id",
            "allow-methods: POST",
            "allow-origin: https://club.example",
            "expose-headers: etag, location, retry-after, x-request-id",
            "max-age: 600",
        ]
    );
    assert_eq!(
        (&may.headers["vary"], &may.headers["cache-control"]),
        (&"origin".parse().unwrap(), &"no-store".parse().unwrap())
    );

    let shown = ["allow-origin: https://club.example", "expose-headers: etag, location, retry-after, x-request-id"];
    for (name, status) in [("Ann", 201), ("Ben", 409)] {
        let answer = server.post(&path, &person(name)).header("origin", CLUB).send().await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (status, shown.map(str::to_owned).to_vec()));
    }
    for path in ["", "/availability"] {
        let path = format!("/api/v1/events/{event}{path}");
        for method in [Method::GET, Method::HEAD] {
            let answer = server.ask(method, &path).header("origin", CLUB).send().await;
            assert_eq!((answer.status.as_u16(), told(&answer)), (200, shown.map(str::to_owned).to_vec()), "{path}");
        }
    }
}

#[tokio::test]
async fn another_website_is_answered_but_cannot_read_it() {
    for (origins, asks) in
        [(CLUB, "https://club.example.evil.example"), (CLUB, "null"), ("http://localhost:3000", CLUB)]
    {
        let server = allowing(origins);
        let event = server.event(json!({})).await;
        let path = format!("/api/v1/events/{event}/registrations");
        let may = preflight(&server, &path, "POST", asks).send().await;
        assert_eq!((may.status.as_u16(), told(&may)), (405, Vec::new()));
        let answer = server.post(&path, &person("Ann")).header("origin", asks).send().await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (201, Vec::new()), "{asks}");
    }
    let server = Server::start();
    let answer = server.get("/api/v1/events").header("origin", CLUB).send().await;
    assert_eq!((answer.status.as_u16(), told(&answer)), (200, Vec::new()), "without a list there is none");
}

#[tokio::test]
async fn all_websites_may_where_it_says_so_and_never_with_cookies() {
    let server = allowing("*");
    for origin in [CLUB, "null", "http://[::1]:3000"] {
        let answer = server.get("/api/v1/events").header("origin", origin).header("cookie", "session=1").send().await;
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let answer = server.get("/api/v1/events").send().await;
    assert_eq!(told(&answer), Vec::<String>::new(), "who is no website needs no leave");
}

#[tokio::test]
async fn a_listed_website_may_speak_socket_io_and_never_with_cookies() {
    let server = allowing(CLUB);
    let path = "/socket.io/?EIO=4&transport=polling";
    let begin = async |origin| {
        let asked = server.get(path).header("origin", origin).header("cookie", "session=1").send_for_text().await;
        let (status, headers, text) = asked;
        assert!(status == 200 && text.contains("sid"), "{status} {text}");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        (headers.get("access-control-allow-origin").cloned(), text)
    };
    let (allowed, begun) = begin(CLUB).await;
    assert_eq!(allowed, Some(CLUB.parse().unwrap()));
    assert_eq!(begin("https://evil.example").await.0, None);
    let sid = begun.split('"').nth(3).unwrap();
    let said = server.ask(Method::POST, format!("{path}&sid={sid}")).header("origin", CLUB).unnamed("40{}");
    let (status, headers, text) = said.send_for_text().await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "ok"));
    assert_eq!(headers["access-control-allow-origin"], CLUB);
}

#[tokio::test]
async fn what_needs_a_login_is_for_no_other_website() {
    let server = allowing("*");
    let event = server.event(json!({})).await;
    let link = server.sign_up(&event, "Ann").await.manage_path();
    let path = format!("/api/v1/events/{event}");
    for (method, path) in [
        ("POST", "/api/v1/events".to_owned()),
        ("PATCH", path.clone()),
        ("DELETE", path.clone()),
        ("GET", format!("{path}/registrations")),
        ("GET", format!("{path}/log")),
        ("GET", link.clone()),
        ("POST", format!("{link}/cancel")),
        ("GET", "/api/v1/system/locks".to_owned()),
        ("GET", "/readyz".to_owned()),
        ("G T", "/api/v1/events".to_owned()),
    ] {
        let may = preflight(&server, &path, method, CLUB).send().await;
        assert_eq!((may.status.as_u16(), told(&may)), (405, Vec::new()), "{method} {path}");
        let Ok(method) = method.parse::<Method>() else { continue };
        let answer = server.ask(method.clone(), &path).owner().header("origin", CLUB).send().await;
        assert_eq!(told(&answer), Vec::<String>::new(), "{method} {path}");
    }
}
