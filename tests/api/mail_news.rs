//! What people are mailed of what happens to their sign-ups, in the form and at the time it is.

use std::collections::BTreeSet;

use axum::http::Method;
use headcount::clock;
use headcount::mail::{Sender, remind};
use headcount::store::script::{Ran, Script};
use headcount_core::ids::Millis;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};
use crate::people::HOME;
use crate::smtp::{Fault, Mail, MailServer};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// As long as staff may undo what they did.
const UNDO: i64 = 30_000;
const FIRST_CHANGE_LATER: &str = "update outbox set due_at = due_at + 60000 \
     where seq = (select min(seq) from outbox where template = 'event_changed' and sent_at is null)";

struct World {
    server: Server,
    smtp: MailServer,
    sender: Sender,
}

impl World {
    async fn new() -> World {
        let (server, smtp) = (Server::start(), MailServer::start().await);
        let sender = server.sender(&smtp.url());
        World { server, smtp, sender }
    }

    /// The messages that are due so long from now.
    async fn mailed_in(&self, millis: i64) -> Vec<Mail> {
        let before = self.smtp.mails().len();
        // What waits for its turn has it within a few seconds.
        for later in (0..10).map(|seconds| millis + seconds * 1_000) {
            while self.sender.send_due(|| Millis(clock::now().0 + later)).await.unwrap().sent > 0 {}
        }
        self.smtp.mails().split_off(before)
    }

    async fn mailed(&self) -> Vec<Mail> {
        self.mailed_in(0).await
    }

    /// To whom, and about what: the subjects without the event.
    async fn told_in(&self, millis: i64) -> Vec<(String, String)> {
        let told = |mail: Mail| {
            let name = mail.to.split('@').next().unwrap().to_owned();
            (name, mail.header("Subject").split(':').next().unwrap().to_owned())
        };
        let mut told: Vec<_> = self.mailed_in(millis).await.into_iter().map(told).collect();
        told.sort();
        told
    }

    async fn ask(&self, event: &str, id: &str, command: &str, body: Value) -> Answer {
        let path = format!("/api/v1/events/{event}/registrations/{id}/{command}");
        let answer = self.server.post(path, &body).owner().send().await;
        assert_eq!(answer.status, 200, "{command}: {}", answer.shown());
        answer
    }

    async fn change(&self, event: &str, body: Value) {
        let path = format!("/api/v1/events/{event}");
        let (etag, change) = (self.server.etag(event).await, self.server.ask(Method::PATCH, path));
        let answer = change.owner().header("if-match", &etag).json(&body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.shown());
    }
}

fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, subject)| ((*name).to_owned(), (*subject).to_owned())).collect()
}

fn at(from_now: i64) -> String {
    jiff::Timestamp::from_millisecond(clock::now().0 + from_now).unwrap().to_string()
}

/// An event in a week, with a place for one, where Ann has it and Ben waits; both ids. They were told.
async fn full(world: &World) -> (String, String, String) {
    let event = json!({"title": "Fair", "capacity": 1, "starts_at": at(7 * 24 * HOUR), "location": "Hall",
                       "contact": "Cem <cem@example.org>"});
    let event = world.server.event(event).await;
    let ann = world.server.sign_up(&event, "Ann").await.text("id");
    let ben = world.server.sign_up(&event, "Ben").await.text("id");
    assert_eq!(world.told_in(0).await, told(&[("ann", "You have a place"), ("ben", "You are on the waitlist")]));
    (event, ann, ben)
}

#[tokio::test]
async fn who_signs_up_is_told_at_once_with_an_entry_for_the_calendar() {
    let world = World::new().await;
    let starts_at = at(7 * 24 * HOUR);
    let event = json!({"title": "Fair <b>", "starts_at": starts_at, "location": "Hall", "contact": "cem@example.org"});
    let event = world.server.event(event).await;
    let body = json!({"name": "Buy at evil.example", "email": "ann@example.org"});
    let answer = world.server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
    let mails = world.mailed().await;
    let [mail] = &mails[..] else { panic!("{}", mails.len()) };
    assert_eq!((mail.to.as_str(), mail.header("Subject").as_str()), ("ann@example.org", "You have a place: Fair <b>"));
    assert_eq!((mail.header("To"), mail.header("Reply-To")), ("ann@example.org".into(), "cem@example.org".into()));
    assert!(!mail.text().contains("evil") && !mail.html().contains("evil"), "{}", mail.text());
    assert_eq!(mail.path("/r/").replace("/r/", "/api/v1/manage/"), answer.manage_path());
    let entry = mail.calendar();
    for line in [
        "METHOD:PUBLISH".to_owned(),
        format!("UID:{}@headcount", answer.text("id")),
        "ORGANIZER:mailto:cem@example.org".to_owned(),
        "STATUS:CONFIRMED".to_owned(),
    ] {
        assert!(entry.lines().any(|found| found == line), "{line} in {entry}");
    }
    assert!(mail.raw.contains("text/calendar; charset=utf-8; method=PUBLISH"), "{}", mail.raw);
    assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 998), "{}", mail.raw);
}

#[tokio::test]
async fn what_people_do_themselves_is_told_at_once() {
    let world = World::new().await;
    let (event, _, _) = full(&world).await;
    let list = world.server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    let link = list.body["items"][0]["manage_url"].as_str().unwrap().replace("https://events.example", "");
    let answer = world.server.post(format!("{link}/cancel"), &json!({})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    let mut mails = world.mailed().await;
    mails.sort_by_key(|mail| mail.to.clone());
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Subject"), "Your sign-up is cancelled: Fair");
    assert_eq!(mails[1].header("Subject"), "There is a place for you: Fair");
    let (gone, new) = (mails[0].calendar(), mails[1].calendar());
    assert!(gone.contains("METHOD:CANCEL") && gone.contains("STATUS:CANCELLED"), "{gone}");
    assert!(new.contains("METHOD:PUBLISH") && new.contains("STATUS:CONFIRMED"), "{new}");
    assert!(mails[0].text().contains("https://events.example/e/"), "{}", mails[0].text());
}

#[tokio::test]
async fn what_staff_do_is_told_half_a_minute_later() {
    let world = World::new().await;
    let (event, ann, _) = full(&world).await;
    world.ask(&event, &ann, "remove", json!({"reason": "Rude", "tell_reason": false})).await;
    assert_eq!(world.told_in(0).await, []);
    assert_eq!(world.told_in(UNDO - MINUTE / 4).await, []);
    let mut mails = world.mailed_in(UNDO).await;
    mails.sort_by_key(|mail| mail.to.clone());
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Subject"), "You are not signed up any more: Fair");
    assert!(!mails[0].text().contains("Rude"), "{}", mails[0].text());
    assert_eq!(mails[1].header("Subject"), "There is a place for you: Fair");
    assert_eq!(mails[1].header("Reply-To"), "Cem <cem@example.org>");
}

#[tokio::test]
async fn why_somebody_was_removed_is_told_if_staff_say_so() {
    let world = World::new().await;
    let (event, ann, _) = full(&world).await;
    world.ask(&event, &ann, "remove", json!({"reason": "We meet <outside>", "tell_reason": true})).await;
    let mails = world.mailed_in(UNDO).await;
    let mail = mails.iter().find(|mail| mail.to == "ann@example.org").unwrap();
    assert!(mail.text().contains("We meet <outside>") && mail.html().contains("We meet &lt;outside&gt;"));
    let path = format!("/api/v1/events/{event}/registrations/{ann}/cancel");
    let odd = world.server.post(path, &json!({"tell_reason": true})).owner().send().await;
    assert_eq!(odd.code(), (422, "invalid"));
}

#[tokio::test]
async fn what_is_undone_in_time_is_told_to_nobody() {
    let world = World::new().await;
    let event = world.server.event(json!({"title": "Fair", "capacity": 2})).await;
    let ann = world.server.sign_up(&event, "Ann").await.text("id");
    assert_eq!(world.mailed().await.len(), 1);
    world.ask(&event, &ann, "remove", json!({})).await;
    world.ask(&event, &ann, "reinstate", json!({})).await;
    world.ask(&event, &ann, "demote", json!({})).await;
    assert_eq!(world.told_in(UNDO).await, []);
    assert_eq!(world.server.get("/api/v1/system/mail").owner().send().await.body["waiting"], 0);
}

#[tokio::test]
async fn what_waits_is_shown_and_can_be_withdrawn() {
    let world = World::new().await;
    let (event, ann, ben) = full(&world).await;
    let path = format!("/api/v1/events/{event}/pending-mail");
    let pending = async || world.server.get(&path).owner().send().await.body["items"].clone();
    assert_eq!(pending().await, json!([]));
    world.ask(&event, &ann, "remove", json!({})).await;
    world.change(&event, json!({"location": "Garden"})).await;
    let waits = pending().await;
    let shown = |place: usize| (waits[place]["kind"].clone(), waits[place]["registration_id"].clone());
    assert_eq!(shown(0), (json!("removed"), json!(ann)));
    assert_eq!(shown(1), (json!("promoted"), json!(ben)));
    assert_eq!(shown(2), (json!("event_changed"), Value::Null));
    let withdraw = async |place: usize| {
        let id = waits[place]["message_id"].as_str().unwrap();
        world.server.ask(Method::DELETE, format!("{path}/{id}")).owner().send().await
    };
    for place in [0, 2] {
        assert_eq!(withdraw(place).await.status, 204);
        assert_eq!(withdraw(place).await.code(), (404, "not_found"));
    }
    assert_eq!(pending().await.as_array().unwrap().len(), 1);
    assert_eq!(world.told_in(UNDO).await, told(&[("ben", "There is a place for you")]));
    assert_eq!(withdraw(1).await.code(), (404, "not_found"));
    let other = world.server.event(json!({})).await;
    let elsewhere = format!("/api/v1/events/{other}/pending-mail/{}", waits[1]["message_id"].as_str().unwrap());
    assert_eq!(world.server.ask(Method::DELETE, elsewhere).owner().send().await.code(), (404, "not_found"));
}

#[tokio::test]
async fn of_several_changes_only_the_last_is_told() {
    let world = World::new().await;
    let roles = json!([{"name": "Cook"}, {"name": "Guard"}, {"name": "Host"}]);
    let event = world.server.event(json!({"title": "Fair", "roles": roles})).await;
    let mut body = person("Ann");
    body["role"] = json!("Cook");
    let path = format!("/api/v1/events/{event}/registrations");
    let ann = world.server.post(path, &body).send().await.text("id");
    assert_eq!(world.mailed().await.len(), 1);
    world.ask(&event, &ann, "move", json!({"role": "Guard"})).await;
    world.ask(&event, &ann, "move", json!({"role": "Host"})).await;
    let mails = world.mailed_in(UNDO).await;
    let [mail] = &mails[..] else { panic!("{}", mails.len()) };
    assert_eq!(mail.header("Subject"), "Your role has changed: Fair");
    assert!(mail.text().contains("Host") && !mail.text().contains("Guard"), "{}", mail.text());
    // What the holder does in between is told at once, and is the last word.
    world.ask(&event, &ann, "move", json!({"role": "Cook"})).await;
    world.ask(&event, &ann, "remove", json!({})).await;
    assert_eq!(world.told_in(UNDO).await, told(&[("ann", "You are not signed up any more")]));
}

#[tokio::test]
async fn what_is_told_first_is_not_passed_by_what_is_told_next() {
    let world = World::new().await;
    let (event, ann, _) = full(&world).await;
    world.ask(&event, &ann, "remove", json!({"notify": false})).await;
    assert_eq!(world.told_in(UNDO).await, []);
    world.ask(&event, &ann, "reinstate", json!({})).await;
    world.ask(&event, &ann, "cancel", json!({})).await;
    world.ask(&event, &ann, "reinstate", json!({})).await;
    world.smtp.fail(Fault::Recipient(450));
    assert_eq!(world.told_in(UNDO).await, [], "the first one failed for a while, and the others wait for it");
    assert_eq!(world.told_in(10 * MINUTE).await, told(&[("ann", "You are on the waitlist")]));
}

#[tokio::test]
async fn staff_can_do_it_quietly() {
    let world = World::new().await;
    let (event, ann, ben) = full(&world).await;
    let quiet = json!({"notify": false});
    for (id, command) in [(&ann, "demote"), (&ann, "remove"), (&ben, "cancel"), (&ann, "reinstate")] {
        world.ask(&event, id, command, quiet.clone()).await;
    }
    world.change(&event, json!({"starts_at": at(9 * 24 * HOUR), "notify": false})).await;
    let mut body = person("Cat");
    body["notify"] = json!(false);
    let path = format!("/api/v1/events/{event}/registrations");
    assert_eq!(world.server.post(&path, &body).owner().send().await.status, 201);
    assert_eq!(world.told_in(UNDO).await, []);
    assert_eq!(world.server.post(&path, &body).send().await.code(), (422, "invalid"), "guests have no say in it");
}

#[tokio::test]
async fn everybody_is_told_of_another_time_or_place_once() {
    let world = World::new().await;
    let (event, _, _) = full(&world).await;
    world.change(&event, json!({"location": "Hall"})).await;
    assert_eq!(world.told_in(UNDO).await, [], "it is there already");
    world.change(&event, json!({"location": "Garden"})).await;
    world.change(&event, json!({"starts_at": at(8 * 24 * HOUR)})).await;
    assert_eq!(world.told_in(0).await, []);
    let mails = world.mailed_in(UNDO).await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(mails.len(), 2, "of two changes in a row one is told");
    for mail in &mails {
        assert_eq!(mail.header("Subject"), "Changed: Fair");
        assert!(mail.text().contains("Garden"), "{}", mail.text());
        // Only who has a place has it in the calendar.
        assert_eq!(mail.raw.contains("text/calendar"), mail.to == "ann@example.org");
    }
    world.change(&event, json!({"status": "cancelled"})).await;
    let expected = told(&[("ann", "Does not take place"), ("ben", "Does not take place")]);
    assert_eq!(world.told_in(UNDO).await, expected);
}

#[tokio::test]
async fn of_two_changes_one_is_told_although_the_second_is_looked_at_first() {
    let world = World::new().await;
    let (event, _, _) = full(&world).await;
    world.change(&event, json!({"location": "Garden"})).await;
    world.change(&event, json!({"location": "Tent"})).await;
    // As if another server had taken it up and been killed.
    let first = Script::default().step(FIRST_CHANGE_LATER, Vec::new());
    assert_eq!(world.server.lanes.run(first).await.unwrap(), Ran::Done);
    let mut mails = world.mailed_in(UNDO).await;
    mails.extend(world.mailed_in(2 * MINUTE).await);
    assert!(mails.iter().all(|mail| mail.text().contains("Tent")));
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(mails.len(), 2);
}

#[tokio::test]
async fn everybody_is_everybody() {
    let world = World::new().await;
    let event = world.server.event(json!({"title": "Fair", "starts_at": at(7 * 24 * HOUR), "capacity": 230})).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for number in 0..231 {
        let body = json!({"name": "P", "email": format!("p{number}@example.org"), "notify": false});
        assert_eq!(world.server.post(&path, &body).owner().send().await.status, 201);
    }
    let nobody = json!({"name": "By phone", "notify": false});
    assert_eq!(world.server.post(&path, &nobody).owner().send().await.status, 201);
    world.change(&event, json!({"status": "cancelled"})).await;
    let mails = world.mailed_in(UNDO).await;
    let to: BTreeSet<String> = mails.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!((mails.len(), to.len()), (231, 231));
}

#[tokio::test]
async fn a_day_before_everybody_who_has_a_place_is_reminded_once() {
    let world = World::new().await;
    let roles = json!([{"name": "Cook", "capacity": 1}, {"name": "Guard", "starts_at": at(60 * HOUR)}]);
    let event = json!({"title": "Fair", "starts_at": at(48 * HOUR), "roles": roles});
    let event = world.server.event(event).await;
    let path = format!("/api/v1/events/{event}/registrations");
    for (name, role) in [("Ann", "Cook"), ("Ben", "Cook"), ("Cat", "Guard")] {
        let mut body = person(name);
        body["role"] = json!(role);
        assert_eq!(world.server.post(&path, &body).send().await.status, 201);
    }
    assert_eq!(world.mailed().await.len(), 3);
    let (lanes, readers) = (&world.server.lanes, &world.server.readers);
    let remind_in = async |hours: i64| {
        // As if two servers looked, one of them twice.
        let mut ordered = 0;
        let mut known = BTreeSet::new();
        for known in [&mut known.clone(), &mut known.clone()] {
            let now = Millis(clock::now().0 + hours * HOUR);
            ordered += remind(lanes, readers, known, now).await.unwrap();
            ordered += remind(lanes, readers, known, now).await.unwrap();
        }
        known.clear();
        (ordered, world.told_in(hours * HOUR).await)
    };
    assert_eq!(remind_in(23).await, (0, Vec::new()));
    assert_eq!(remind_in(25).await, (1, told(&[("ann", "Soon")])));
    assert_eq!(remind_in(37).await, (1, told(&[("cat", "Soon")])));
    assert_eq!(remind_in(40).await, (0, Vec::new()));
}

#[tokio::test]
async fn who_signs_up_on_the_last_day_is_not_reminded() {
    let world = World::new().await;
    let event = world.server.event(json!({"title": "Fair", "starts_at": at(3 * HOUR)})).await;
    assert_eq!(world.server.sign_up(&event, "Ann").await.status, 201);
    assert_eq!(world.mailed().await.len(), 1);
    let (lanes, readers) = (&world.server.lanes, &world.server.readers);
    assert_eq!(remind(lanes, readers, &mut BTreeSet::new(), clock::now()).await.unwrap(), 1);
    assert_eq!(world.told_in(MINUTE).await, []);
}

#[tokio::test]
async fn a_team_is_called_when_its_event_is_published() {
    let world = World::new().await;
    let path = format!("/api/v1/organizations/{HOME}/teams");
    let mut teams = Vec::new();
    for name in ["Kitchen", "Door"] {
        let team = world.server.post(&path, &json!({"name": name})).owner().send().await;
        teams.push(team.text("id"));
    }
    for (name, of) in [("Ann", vec![0, 1]), ("Ben", vec![1]), ("Cat", vec![])] {
        let somebody = world.server.account(name).await;
        for team in of {
            let values = headcount::values![teams[team].parse::<uuid::Uuid>().unwrap(), somebody.account];
            world.server.script("insert into team_members (team_id, account_id) values ($1, $2)", values).await;
        }
    }
    let event = json!({"title": "Fair", "status": "draft", "visibility": "team", "teams": teams, "slug": "fair"});
    let event = world.server.event(event).await;
    assert_eq!(world.told_in(UNDO).await, []);
    world.change(&event, json!({"status": "published"})).await;
    let mut mails = world.mailed_in(UNDO).await;
    mails.sort_by_key(|mail| mail.to.clone());
    let to: Vec<String> = mails.iter().map(|mail| mail.header("To")).collect();
    assert_eq!(to, ["Ann <ann@example.org>", "Ben <ben@example.org>"]);
    assert_eq!(mails[0].header("Subject"), "Can you help? Fair");
    assert!(mails[0].text().contains("https://events.example/e/fair"), "{}", mails[0].text());
    // Once, whatever becomes of it.
    world.change(&event, json!({"status": "closed"})).await;
    world.change(&event, json!({"status": "published"})).await;
    assert_eq!(world.told_in(UNDO).await, []);
}

#[tokio::test]
async fn verified_and_not_in_time() {
    let world = World::new().await;
    let event = world.server.event(json!({"title": "Fair", "verify_minutes": 30})).await;
    assert_eq!(world.server.sign_up(&event, "Ann").await.status, 202);
    let page = world.mailed().await[0].path("/r/");
    assert_eq!(world.server.ask(Method::POST, &page).form("do=confirm").page().await.0, 303);
    let mails = world.mailed().await;
    assert_eq!(mails[0].header("Subject"), "You have a place: Fair");
    // Whoever followed the link is known to be who reads this.
    assert_eq!(mails[0].header("To"), "Ann <ann@example.org>");
}
