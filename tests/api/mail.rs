//! What is mailed, to whom, and what happens when the mail server does not take it. The sender is run by the tests, at the
//! times they name.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use headcount::clock;
use headcount::mail::outbox::{Order, order};
use headcount::mail::{Passed, Sender};
use headcount::store::script::{Ran, Script};
use headcount::values;
use headcount_core::command::{Action, Actor, Command, Mode};
use headcount_core::decision::Outcome;
use headcount_core::ids::{EventId, Millis, RegistrationId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Server, person};
use crate::people::{HOME, LATER};
use crate::smtp::{Fault, Mail, MailServer};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

const LINK: &str = "insert into links (link_id, purpose, account_id, organization_id, data, created_by, created_at, \
                    expires_at, used_at) values ($1, $2, $3, $4, $5, null, 0, $6, $7)";

/// A server, a mail server, and what sends from the one to the other.
struct World {
    server: Server,
    smtp: MailServer,
    sender: Sender,
    began: Millis,
}

impl World {
    async fn new() -> World {
        let (server, smtp) = (Server::start(), MailServer::start().await);
        let sender = server.sender(&smtp.url());
        World { server, smtp, sender, began: clock::now() }
    }

    /// Sends what is due so long after the beginning; how many messages the mail server took.
    async fn send_after(&self, millis: i64) -> usize {
        self.sender.send_due(|| Millis(self.began.0 + millis)).await.unwrap().sent
    }

    /// Sends what is due by now.
    async fn send(&self) -> usize {
        self.send_after(clock::now().0 - self.began.0).await
    }

    /// The one message that is due by now.
    async fn one(&self) -> Mail {
        let before = self.smtp.mails().len();
        assert_eq!(self.send().await, 1);
        let mails = self.smtp.mails();
        assert_eq!(mails.len(), before + 1);
        mails.last().unwrap().clone()
    }

    async fn my_sign_ups(&self, email: &str) -> Answer {
        self.server.post("/api/v1/my-sign-ups", &json!({"email": email})).send().await
    }

    async fn send_link(&self, event: &str, registration: &str) -> Answer {
        let path = format!("/api/v1/events/{event}/registrations/{registration}/send-link");
        self.server.post(path, &json!({})).owner().send().await
    }

    /// Somebody who signed up for a new event; the event and the registration.
    async fn signed_up(&self, name: &str) -> (String, String) {
        let event = self.server.event(json!({})).await;
        let registration = self.server.sign_up(&event, name).await.text("id");
        self.forget_news().await;
        (event, registration)
    }

    /// What has happened need not be mailed to anybody; see `mail_news.rs`.
    async fn forget_news(&self) {
        let script =
            Script::default().step("delete from outbox where template in ('confirmed', 'waitlisted')", Vec::new());
        assert_eq!(self.server.lanes.run(script).await, Ok(Ran::Done));
    }

    /// Something that is mailed: Ann's link once more.
    async fn order(&self) -> Uuid {
        let (event, registration) = self.signed_up("Ann").await;
        self.send_link(&event, &registration).await.text("message_id").parse().unwrap()
    }

    async fn state(&self) -> Value {
        self.server.get("/api/v1/system/mail").owner().send().await.body
    }
}

fn message_id(id: Uuid) -> String {
    format!("<{id}@example.org>")
}

#[tokio::test]
async fn all_links_of_an_address_come_in_one_mail() {
    let world = World::new().await;
    for title in ["First <b>fair</b>", "Second fair 🌞"] {
        let event = world.server.event(json!({"title": title, "location": "Hall 1"})).await;
        world.server.sign_up(&event, "Ann").await;
        world.server.sign_up(&event, "Ben").await;
    }
    let over = json!({"title": "Over", "starts_at": "2020-01-01T10:00:00Z", "ends_at": "2020-01-01T11:00:00Z"});
    let over = world.server.event(over).await;
    let late = world.server.post(format!("/api/v1/events/{over}/registrations"), &person("Ann")).owner().send().await;
    assert_eq!(late.status, 201, "{}", late.shown());
    world.forget_news().await;

    let answer = world.my_sign_ups(" ANN@example.org ").await;
    assert_eq!(answer.status, 202);
    let mail = world.one().await;
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("club@example.org", "ann@example.org"));
    assert_eq!(
        (mail.header("From"), mail.header("Subject")),
        ("Club <club@example.org>".into(), "Your sign-ups".into())
    );
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let (text, html) = (mail.text(), mail.html());
    for title in ["First <b>fair</b>", "Second fair 🌞", "Hall 1"] {
        assert!(text.contains(title), "{text}");
    }
    assert!(!text.contains("Over") && text.matches("/r/").count() == 2, "{text}");
    assert!(html.contains("First &lt;b&gt;fair") && html.matches("href=").count() == 2, "{html}");
    let (status, _, page) = world.server.get(mail.path("/r/")).page().await;
    assert!(status == 200 && page.contains("fair"), "{page}");
}

#[tokio::test]
async fn unknown_and_known_addresses_are_answered_alike() {
    let world = World::new().await;
    world.signed_up("Ann").await;
    let mut answers = Vec::new();
    for email in ["ann@example.org", "nobody@example.org"] {
        let mut answer = world.my_sign_ups(email).await;
        answer.headers.remove("x-request-id");
        answers.push((answer.status, answer.headers, answer.body));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(world.send().await, 1);
    assert_eq!(world.smtp.mails()[0].to, "ann@example.org");
    // Nothing is left of what was asked for in vain, nor is it told again.
    let state = world.state().await;
    assert_eq!((&state["waiting"], &state["given_up"], &state["problems"]), (&json!(0), &json!(0), &json!([])));
}

#[tokio::test]
async fn mail_goes_to_the_address_that_is_registered() {
    let world = World::new().await;
    let event = world.server.event(json!({})).await;
    let body = json!({"name": "Ann", "email": "strasse@example.org"});
    assert_eq!(world.server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.status, 201);
    world.forget_news().await;
    // Who compares addresses as we do reads both as one. They are two mailboxes.
    assert_eq!(world.my_sign_ups("stra\u{df}e@example.org").await.status, 202);
    assert_eq!(world.one().await.to, "strasse@example.org");
}

#[tokio::test]
async fn an_address_is_not_flooded() {
    let world = World::new().await;
    world.signed_up("Ann").await;
    for _ in 0..20 {
        assert_eq!(world.my_sign_ups("ann@example.org").await.status, 202);
    }
    world.send().await;
    // The twenty may lie on both sides of the beginning of the next five minutes.
    assert!((1..=2).contains(&world.smtp.mails().len()));
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let world = World::new().await;
    for (body, code) in [
        (json!({}), (422, "invalid")),
        (json!({"email": null}), (422, "invalid")),
        (json!({"email": "ann"}), (422, "invalid")),
        (json!({"email": "ann@example.org\r\nBcc: ben@example.org"}), (422, "invalid")),
        (json!({"email": "ann@example.org", "event": "fair"}), (400, "malformed")),
    ] {
        let answer = world.server.post("/api/v1/my-sign-ups", &body).send().await;
        assert_eq!(answer.code(), code, "{body}: {}", answer.shown());
    }
    assert_eq!(world.send().await, 0);
}

#[tokio::test]
async fn staff_send_a_link_once_more() {
    let world = World::new().await;
    let (event, registration) = world.signed_up("Ann").await;
    let path = format!("/api/v1/events/{event}/registrations/{registration}/send-link");
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let answer = world.server.post(&path, &json!({})).owner().key("once").send().await;
        assert_eq!(answer.status, 202, "{}", answer.shown());
        ids.insert(answer.text("message_id"));
    }
    assert_eq!(ids.len(), 1, "a repeat is the same message");
    let mail = world.one().await;
    assert_eq!(mail.header("Message-ID"), message_id(ids.first().unwrap().parse().unwrap()));
    assert_eq!(mail.header("To"), "Ann <ann@example.org>");
    assert!(mail.text().contains("Hello Ann,"), "{}", mail.text());

    let nobody = format!("/api/v1/events/{event}/registrations/{}/send-link", Uuid::nil());
    assert_eq!(world.server.post(nobody, &json!({})).owner().send().await.code(), (404, "not_found"));
    let added = world.server.post(format!("/api/v1/events/{event}/registrations"), &json!({"name": "Gil"}));
    let added = added.owner().send().await.text("id");
    assert_eq!(world.send_link(&event, &added).await.code(), (409, "no_address"));
    assert_eq!(world.server.post(&path, &json!({"to": "x"})).owner().send().await.code(), (400, "malformed"));
}

#[tokio::test]
async fn a_server_without_mail_says_so() {
    let server = Server::start().set_up(headcount::http::App::without_mail);
    let answer = server.post("/api/v1/my-sign-ups", &json!({"email": "ann@example.org"})).send().await;
    assert_eq!(answer.code(), (409, "no_mail"));
    let event = server.event(json!({})).await;
    let registration = server.sign_up(&event, "Ann").await.text("id");
    let path = format!("/api/v1/events/{event}/registrations/{registration}/send-link");
    assert_eq!(server.post(path, &json!({})).owner().send().await.code(), (409, "no_mail"));
    assert_eq!(server.get("/api/v1/system/mail").owner().send().await.body["sends"], false);
}

#[tokio::test]
async fn names_of_every_kind_arrive_whole() {
    let world = World::new().await;
    let long = "ä".repeat(200);
    for name in ["Ann \"the boss\" <x@y.example>, Ben", "דנה כהן", "😀👩‍👩‍👧", "\u{202e}nnA", long.as_str()]
    {
        let event = world.server.event(json!({"title": name})).await;
        let body = json!({"name": name, "email": "ann@example.org"});
        let registration = world.server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
        world.forget_news().await;
        world.send_link(&event, &registration.text("id")).await;
        let mail = world.one().await;
        assert_eq!(mail.to, "ann@example.org");
        assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 998), "{}", mail.raw);
        assert!(mail.header("To").ends_with("<ann@example.org>"), "{}", mail.raw);
        // Marks that turn what follows are left out; what has letters of the other direction is set apart.
        let name = name.trim_start_matches('\u{202e}');
        let text = mail.text().replace(['\u{2068}', '\u{2069}'], "");
        assert!(text.contains(&format!("Hello {name},")), "{text}");
    }
}

#[tokio::test]
async fn what_fails_for_a_while_is_tried_again_later() {
    let world = World::new().await;
    for fault in [Fault::Sender(451), Fault::Recipient(450), Fault::Content(452), Fault::Sender(550)] {
        let id = world.order().await;
        world.smtp.fail(fault);
        let at = clock::now().0 - world.began.0;
        let before = world.smtp.mails().len();
        assert_eq!(world.send_after(at).await, 0, "{fault:?}");
        assert_eq!(world.state().await["waiting"], 1);
        assert_eq!(world.send_after(at + MINUTE - 1).await, 0, "not before its time");
        assert_eq!(world.send_after(at + MINUTE).await, 1, "{fault:?}");
        let mails = world.smtp.mails();
        assert_eq!((mails.len(), mails[before].header("Message-ID")), (before + 1, message_id(id)));
        assert_eq!(world.state().await["problems"], json!([]));
    }
}

#[tokio::test]
async fn what_was_taken_without_a_word_is_sent_again_as_the_same_message() {
    let world = World::new().await;
    let id = world.order().await;
    world.smtp.fail(Fault::DropAfterContent);
    let at = clock::now().0 - world.began.0;
    assert_eq!(world.send_after(at).await, 0);
    assert_eq!(world.send_after(at + MINUTE).await, 1);
    let ids: Vec<String> = world.smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids, [message_id(id), message_id(id)]);
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_and_shown() {
    let world = World::new().await;
    for fault in [Fault::Recipient(550), Fault::Content(554)] {
        let id = world.order().await;
        world.smtp.fail(fault);
        assert_eq!(world.send().await, 0);
        let state = world.state().await;
        let latest = &state["problems"][0];
        assert_eq!(
            (&latest["message_id"], &latest["given_up"], &latest["attempts"]),
            (&json!(id), &json!(true), &json!(1))
        );
        assert!(latest["problem"].as_str().unwrap().contains("the mail server said: 55"), "{latest}");
        assert!(!state.to_string().contains("ann@"), "{state}");
    }
    assert_eq!(world.send_after(3 * DAY).await, 0);
    assert_eq!((world.state().await["given_up"].clone(), world.smtp.mails()), (json!(2), Vec::new()));
}

#[tokio::test]
async fn attempts_end_after_two_days() {
    let world = World::new().await;
    world.order().await;
    let mut attempts = 0;
    for minute in (0..=2 * 24 * 60).step_by(5) {
        world.smtp.fail(Fault::Recipient(451));
        let due = world.sender.send_due(|| Millis(clock::now().0 + minute * MINUTE)).await.unwrap().due;
        attempts += due;
    }
    assert_eq!(attempts, 10);
    let state = world.state().await;
    assert_eq!(
        (&state["waiting"], &state["given_up"], &state["problems"][0]["attempts"]),
        (&json!(0), &json!(1), &json!(10))
    );
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_lost() {
    let world = World::new().await;
    world.order().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = world.server.sender(&format!("smtp://localhost:{nobody}"));
    for _ in 0..20 {
        let problem = nowhere.send_due(clock::now).await.unwrap_err();
        assert!(problem.starts_with("the mail server does not work: could not connect"), "{problem}");
    }
    // That nobody could be asked is nothing that an order is to blame for.
    assert_eq!(world.one().await.to, "ann@example.org");

    world.order().await;
    let late = || Millis(clock::now().0 + 2 * DAY + MINUTE);
    assert!(nowhere.send_due(late).await.is_err());
    assert_eq!(nowhere.send_due(late).await, Ok(Passed::default()), "too old to be of use");
    assert_eq!(world.state().await["given_up"], 1);
}

#[tokio::test]
async fn two_senders_send_each_message_once() {
    let world = World::new().await;
    let (event, registration) = world.signed_up("Ann").await;
    for _ in 0..40 {
        assert_eq!(world.send_link(&event, &registration).await.status, 202);
    }
    let other = world.server.sender(&world.smtp.url());
    let all = async |sender: &Sender| while sender.send_due(clock::now).await.unwrap().due > 0 {};
    tokio::join!(all(&world.sender), all(&other));
    let ids: BTreeSet<String> = world.smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((ids.len(), world.smtp.mails().len()), (40, 40));
}

#[tokio::test]
async fn what_did_not_happen_is_not_mailed() {
    let world = World::new().await;
    let (event, registration) = world.signed_up("Ann").await;
    let about = Some((EventId(event.parse().unwrap()), RegistrationId(registration.parse().unwrap())));
    let link = Order { registration: about, ..Order::new(clock::new_id(), "resend_link") };
    let fails =
        order(link.clone(), clock::now()).one("update teams set name = 'x' where team_id = $1", values![Uuid::nil()]);
    assert_eq!(world.server.lanes.run(fails).await, Ok(Ran::Unmet(1)));
    assert_eq!(world.send().await, 0);
    assert_eq!(world.server.lanes.run(order(link, clock::now())).await, Ok(Ran::Done));
    assert_eq!(world.send().await, 1);
}

#[tokio::test]
async fn a_registration_that_has_gone_is_not_written_to() {
    let world = World::new().await;
    let (event, registration) = world.signed_up("Ann").await;
    world.send_link(&event, &registration).await;
    let email = world.server.post(
        format!("/api/v1/events/{event}/registrations/{registration}/change-email"),
        &json!({"email": "new@example.org"}),
    );
    assert_eq!(email.owner().send().await.status, 200);
    assert_eq!(world.one().await.to, "new@example.org", "the address is the one at the moment of sending");
}

#[tokio::test]
async fn an_order_of_a_later_version_is_left_to_it() {
    let world = World::new().await;
    let odd = Order::new(clock::new_id(), "of_a_later_version");
    assert_eq!(world.server.lanes.run(order(odd, clock::now())).await, Ok(Ran::Done));
    assert_eq!(world.send().await, 0);
    let state = world.state().await;
    assert_eq!((&state["waiting"], &state["problems"][0]["given_up"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn whoever_sends_is_told_of_what_is_committed_here() {
    let world = World::new().await;
    let event = with_verification(&world).await;
    let told = async || tokio::time::timeout(Duration::from_secs(60), world.server.lanes.mail_written()).await;
    assert_eq!(world.server.sign_up(&event, "Ann").await.status, 202);
    assert_eq!(told().await, Ok(()));
    assert_eq!(world.my_sign_ups("ann@example.org").await.status, 202);
    assert_eq!(told().await, Ok(()));
}

#[tokio::test]
async fn what_accounts_have_mailed_goes_to_whom_it_concerns() {
    let world = World::new().await;
    let ann = world.server.account("Ann").await;
    let now = clock::now();
    let link = async |purpose: &str, account: Option<Uuid>, data: Value, used: Option<i64>| {
        let id = clock::new_id();
        let values = values![id, purpose, account, HOME, data.to_string(), LATER, used];
        assert_eq!(world.server.lanes.run(Script::default().one(LINK, values)).await, Ok(Ran::Done));
        id
    };
    let mailed = async |template: &'static str, account: Option<Uuid>, link: Option<Uuid>, address: Option<&str>| {
        let address = address.map(str::to_owned);
        let wanted = Order { account, link, address, ..Order::new(clock::new_id(), template) };
        assert_eq!(world.server.lanes.run(order(wanted, now)).await, Ok(Ran::Done));
        world.one().await
    };
    for (template, purpose) in [
        ("confirm_account", "confirm_account"),
        ("account_exists", "reset_password"),
        ("reset_password", "reset_password"),
    ] {
        let id = link(purpose, Some(ann.account), json!({}), None).await;
        let mail = mailed(template, Some(ann.account), Some(id), None).await;
        assert_eq!((&mail.to, mail.header("To").as_str()), (&ann.email, "Ann <ann@example.org>"));
        let token = world.server.secret().token("one_time_link", id);
        assert_eq!(mail.path("/l/"), format!("/l/{token}"));
    }
    let data = json!({"email": "new@example.org"});
    let id = link("invitation", None, data.clone(), None).await;
    let invitation = mailed("invitation", None, Some(id), None).await;
    assert_eq!((invitation.to.as_str(), invitation.header("To").as_str()), ("new@example.org", "new@example.org"));
    assert!(invitation.header("Subject").contains("Our organization"), "{}", invitation.raw);
    let id = link("change_address", Some(ann.account), data, None).await;
    let change = mailed("change_address", Some(ann.account), Some(id), None).await;
    assert_eq!(change.header("To"), "new@example.org", "a name goes only where it is known to be theirs");
    let changed = mailed("address_changed", Some(ann.account), None, Some("old@example.org")).await;
    assert_eq!(changed.to, "old@example.org");
    assert_eq!(mailed("password_changed", Some(ann.account), None, None).await.to, "ann@example.org");

    let used = link("reset_password", Some(ann.account), json!({}), Some(1)).await;
    let pointless = Order { link: Some(used), ..Order::new(clock::new_id(), "reset_password") };
    assert_eq!(world.server.lanes.run(order(pointless, now)).await, Ok(Ran::Done));
    assert_eq!(world.send().await, 0);
}

#[tokio::test]
async fn a_page_of_a_link_that_leads_nowhere_is_kind() {
    let world = World::new().await;
    let forged = format!("/r/{}", "A".repeat(91));
    for (method, path) in [(Method::GET, "/r/x"), (Method::POST, "/r/x"), (Method::GET, forged.as_str())] {
        let (status, headers, page) = world.server.ask(method, path).form("do=confirm").page().await;
        assert_eq!(status, 404);
        assert_eq!(
            (&headers["cache-control"], &headers["referrer-policy"]),
            (&"no-store".parse().unwrap(), &"no-referrer".parse().unwrap())
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; ") && !policy.contains("unsafe"), "{policy}");
        assert!(page.contains("This link leads nowhere") && !page.contains("<script>"), "{page}");
    }
}

/// An event whose guests must confirm, with places for two.
async fn with_verification(world: &World) -> String {
    let event = json!({"title": "Summer <fair>", "verify_minutes": 30, "capacity": 2, "timezone": "Asia/Jerusalem"});
    world.server.event(event).await
}

#[tokio::test]
async fn a_guest_confirms_by_the_button_behind_the_link() {
    let world = World::new().await;
    let event = with_verification(&world).await;
    let body = json!({"name": "Buy at https://evil.example", "email": "ann@example.org"});
    let path = format!("/api/v1/events/{event}/registrations");
    assert_eq!(world.server.post(&path, &body).send().await.status, 202);
    let mail = world.one().await;
    assert_eq!(
        (mail.header("To"), mail.header("Subject")),
        ("ann@example.org".into(), "Please confirm: Summer <fair>".into())
    );
    assert!(
        !mail.raw.contains("evil") && !mail.text().contains("evil"),
        "nothing that a stranger wrote: {}",
        mail.text()
    );
    assert!(mail.text().contains("(Asia/Jerusalem)") && mail.html().contains("Summer &lt;fair&gt;"), "{}", mail.text());

    let page = mail.path("/r/");
    for _ in 0..2 {
        let (status, _, shown) = world.server.get(&page).page().await;
        assert!(status == 200 && shown.contains(">Confirm</button>"), "looking changes nothing: {shown}");
    }
    for _ in 0..2 {
        let (status, headers, _) = world.server.ask(Method::POST, &page).form("do=confirm").page().await;
        let to = format!("{page}?done=confirm");
        assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (303, to.as_str()));
    }
    let (_, _, shown) = world.server.get(&page).page().await;
    assert!(shown.contains("You have a place") && !shown.contains(">Confirm</button>"), "{shown}");
    assert!(shown.contains("Summer &lt;fair&gt;") && !shown.contains("<fair>"), "{shown}");
    let manage = page.replace("/r/", "/api/v1/manage/");
    assert_eq!(world.server.get(manage).send().await.body["registration"]["status"], "confirmed");

    // Once more: nothing is told by the answer, the mail reminds.
    world.forget_news().await;
    assert_eq!(world.server.post(&path, &body).send().await.status, 202);
    let reminder = world.one().await;
    assert_eq!(reminder.header("Subject"), "You are signed up already: Summer <fair>");
    assert_eq!(reminder.path("/r/"), page);
}

#[tokio::test]
async fn what_ran_out_cannot_be_confirmed_and_its_end_is_told() {
    let world = World::new().await;
    let event = with_verification(&world).await;
    assert_eq!(world.server.sign_up(&event, "Ann").await.status, 202);
    let page = world.one().await.path("/r/");
    assert_eq!(world.server.sign_up(&event, "Ann").await.status, 202);
    assert_eq!(world.server.sign_up(&event, "Ben").await.status, 202);

    let list = world.server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    let event = EventId(event.parse().unwrap());
    for one in list.body["items"].as_array().unwrap() {
        let id: Uuid = one["id"].as_str().unwrap().parse().unwrap();
        world.server.script("update registrations set verify_by = 1 where registration_id = $1", values![id]).await;
        let action = Action::Expire(RegistrationId(id));
        let expire = Command { event, actor: Actor::System, idempotency: None, mode: Mode::Apply, action };
        assert!(matches!(world.server.lanes.submit(expire).await, Ok(Outcome::Registration(_))));
    }
    let (status, _, shown) = world.server.ask(Method::POST, &page).form("do=confirm").page().await;
    assert!(status == 409 && shown.contains("This sign-up is over already"), "{shown}");
    let (_, _, shown) = world.server.get(&page).page().await;
    assert!(shown.contains("You have cancelled") && !shown.contains(">Confirm</button>"), "{shown}");
    // There is nothing to confirm for Ben any more, and nothing to be reminded of for Ann: only that it is over.
    assert_eq!((world.send().await, world.smtp.mails().len()), (2, 3));
    for mail in &world.smtp.mails()[1..] {
        assert_eq!(mail.header("Subject"), "Your place went to others: Summer <fair>");
    }
    assert_eq!(world.state().await["waiting"], 0);
}
