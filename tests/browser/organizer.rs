//! A day of whoever organizes, from the first form to the door, all by clicking.

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::site::Site;

/// The row of somebody on the roster.
fn row(id: &str) -> String {
    format!("[data-roster] tr[data-id='{id}']")
}

/// What was done, above the roster.
const DONE: &str = ".console > .notice";

/// Goes to the page of somebody, by the roster.
async fn open(olga: &Browser, name: &str) {
    olga.press(name).await;
    olga.shows("h1", name).await;
}

/// Opens the part with a command in it, and sends it.
async fn send(olga: &Browser, command: &str) {
    let form = format!("form:has([name=do][value={command}])");
    olga.click(&format!("{form} button[type=submit]")).await;
}

#[tokio::test]
async fn an_organizers_day() {
    let site = Site::start().await;
    let olga = Browser::open().await;
    olga.client().set_window_size(1280, 1000).await.unwrap();
    site.log_in(&olga).await;

    // Makes an event, and publishes it.
    olga.press("Make your first event").await;
    olga.fill("title", "Community dinner").await;
    olga.fill("slug", "dinner").await;
    olga.fill("roles[0].name", "Cook").await;
    olga.fill("roles[0].capacity", "1").await;
    olga.fill("roles[1].name", "Server").await;
    olga.fill("roles[1].capacity", "2").await;
    olga.press("Make it, as a draft").await;
    olga.shows(DONE, "The event is made. It is a draft").await;
    olga.press("Publish").await;
    olga.shows(DONE, "Published.").await;
    let event = olga.url().await.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();

    // Watches people come.
    olga.run("window.stays = true", vec![]).await;
    let mut ids = Vec::new();
    for (name, role) in [("Ann", "Cook"), ("Ben", "Cook"), ("Cem", "Cook"), ("Dana", "Server")] {
        let made = site.sign_up(&event, name, role).await;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let [ann, ben, cem, dana] = [&ids[0], &ids[1], &ids[2], &ids[3]].map(|id| row(id));
    olga.shows(&ann, "has a place").await;
    olga.shows(&ben, "waits no. 1").await;
    olga.shows(&cem, "waits no. 2").await;
    olga.shows(&dana, "has a place").await;
    olga.shows("[data-roster] section:nth-of-type(1) .places", "1 of 1 taken").await;
    olga.shows("[data-roster] section:nth-of-type(1) .places", "2").await;
    olga.shows("[data-roster] section:nth-of-type(2) .places", "1 of 2 taken").await;
    assert_eq!(olga.run("return window.stays", vec![]).await, true, "the roster follows in place");

    // Moves Ann to the servers, which lets Ben in.
    open(&olga, "Ann").await;
    olga.press("Move to another role").await;
    send(&olga, "move").await;
    olga.shows("h1", "Move Ann?").await;
    olga.shows("main", "Would get a place from the waitlist:").await;
    olga.shows("ul.people", "Ben").await;
    olga.press("Move to another role").await;
    olga.shows(DONE, "Ann was moved to Server.").await;
    olga.shows(DONE, "Got a place from the waitlist: Ben").await;
    olga.shows(&ben, "has a place").await;

    // Gives Cem a place, though there is no room.
    open(&olga, "Cem").await;
    send(&olga, "promote").await;
    olga.shows("h1", "No room for Cem").await;
    olga.fill("reason", "Brings the oven").await;
    olga.press("Give the place all the same").await;
    olga.shows("h1", "Give Cem a place?").await;
    olga.press("Give a place").await;
    olga.shows(DONE, "Cem has a place in Cook.").await;
    olga.shows("[data-roster] section:nth-of-type(1) .places", "2 of 1 taken").await;

    raises(&olga, &site, &event).await;
    removes(&olga, &ids).await;
    downloads(&olga, &event).await;

    // Checks Dana in from the roster.
    olga.click(&format!("{dana} button[value=check-in]")).await;
    olga.shows(DONE, "Dana is checked in.").await;
    olga.shows(&dana, "✓ here").await;

    reads(&olga).await;
    olga.close().await;
    site.stop().await;
}

/// Raises a capacity, after a look at whom that lets in.
async fn raises(olga: &Browser, site: &Site, event: &str) {
    for name in ["Eli", "Fay"] {
        site.sign_up(event, name, "Cook").await;
    }
    olga.shows("[data-roster] tr", "Fay").await;
    olga.press("Edit").await;
    olga.fill("roles[0].capacity", "3").await;
    olga.press("Save").await;
    olga.shows("h1", "This moves people").await;
    olga.shows("ul.people", "Eli").await;
    assert!(!olga.text().await.contains("Fay"), "there is one more place");
    olga.press("Save").await;
    olga.shows(DONE, "Saved.").await;
    olga.shows(DONE, "Got a place from the waitlist: Eli").await;
    olga.shows("[data-roster] section:nth-of-type(1) .places", "3 of 3 taken").await;
}

/// Removes Ben, which lets Fay in, and takes that back.
async fn removes(olga: &Browser, ids: &[String]) {
    let ben = row(&ids[1]);
    open(olga, "Ben").await;
    olga.press("Remove").await;
    olga.fill("reason", "Does not answer").await;
    send(olga, "remove").await;
    olga.shows("h1", "Remove Ben?").await;
    olga.shows("main", "Would get a place from the waitlist:").await;
    olga.shows("ul.people", "Fay").await;
    olga.press("Remove").await;
    olga.shows(DONE, "Ben was removed.").await;
    olga.shows(DONE, "Got a place from the waitlist: Fay").await;
    olga.lacks(&ben).await;
    olga.press("Undo").await;
    olga.shows(DONE, "Ben is back in Cook.").await;
    // Fay keeps the place: whoever was told of one does not lose it to a slip of the hand.
    olga.shows(DONE, "All is full there: they wait.").await;
    olga.shows(&ben, "waits no. 1").await;
}

/// Downloads the list. It is fetched, since a headless browser shows no downloads.
async fn downloads(olga: &Browser, event: &str) {
    let fetched = "const [path, told] = arguments;
        fetch(path).then(async (answer) => told([answer.headers.get('content-disposition'), await answer.text()]))";
    let path = olga.find("a[href$='/people.csv']").await.attr("href").await.unwrap().unwrap();
    assert_eq!(path, format!("/console/events/{event}/people.csv"));
    let fetched = olga.run_until_called(fetched, vec![json!(path)]).await;
    let [Value::String(kept_as), Value::String(csv)] = &fetched.as_array().unwrap()[..] else { panic!("{fetched}") };
    assert_eq!(kept_as, "attachment; filename=\"dinner.csv\"");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 7, "{csv}");
    for (name, role, status) in [("Ann", "Server", "confirmed"), ("Ben", "Cook", "waitlisted")] {
        let line = lines.iter().find(|line| line.contains(&format!(",{name},"))).unwrap();
        assert!(line.contains(&format!(",{role},{status},")), "{line}");
    }
}

/// Reads in the history what was done today, and by whom.
async fn reads(olga: &Browser) {
    olga.press("History").await;
    olga.shows("h1", "History").await;
    for said in [
        "Dana came in: 1 of their party are here.",
        "Ben is back for Cook and waits.",
        "Ben was removed from Cook.",
        "Fay got a place in Cook from the waitlist.",
        "The role Cook was changed.",
        "Cem got a place in Cook from the waitlist.",
        "Ann moved from Cook to Server.",
        "Ben got a place in Cook from the waitlist.",
        "Ann signed up for Cook and got a place",
        "The event was created.",
    ] {
        olga.shows(".history li", said).await;
    }
    olga.shows(".history li:has(q)", "Does not answer").await;
    olga.shows(".history li:has(q)", "Brings the oven").await;
    olga.shows(".history li", "by Olga Organizer").await;
}

#[tokio::test]
async fn nothing_moves_on_the_roster_while_somebody_is_ticked() {
    let site = Site::start().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 5}]})).await;
    let ann = site.sign_up(&event, "Ann", "Visitor").await["id"].as_str().unwrap().to_owned();
    let olga = Browser::open().await;
    site.log_in(&olga).await;
    olga.go(&site.url(&format!("/console/events/{event}"))).await;
    olga.click(&format!("{} input", row(&ann))).await;
    site.sign_up(&event, "Ben", "Visitor").await;
    olga.shows(".news", "Show").await;
    assert!(!olga.has("[data-roster] tr:nth-child(2)").await);
    assert_eq!(olga.run("return document.querySelectorAll('input:checked').length", vec![]).await, 1);
    olga.press("Show").await;
    olga.shows("[data-roster] tr", "Ben").await;
    olga.lacks(".news").await;
    // What is done to one while nobody is ticked is shown by itself, though no answer came.
    olga.run("document.activeElement.blur()", vec![]).await;
    let path = format!("/api/v1/events/{event}/registrations/{ann}/check-in");
    site.ask(hyper::Method::POST, &path, &json!({})).await;
    olga.shows(&row(&ann), "✓ here").await;
    olga.close().await;
    site.stop().await;
}

#[tokio::test]
async fn mail_about_what_was_done_is_announced_and_nobody_is_mailed_who_need_not_be() {
    let site = Site::start_with_mail().await;
    let event = site.event(json!({"roles": [{"name": "Visitor", "capacity": 1}]})).await;
    for name in ["Ann", "Ben"] {
        site.come(&event, name).await;
    }
    let olga = Browser::open().await;
    site.log_in(&olga).await;
    olga.go(&site.url(&format!("/console/events/{event}"))).await;
    open(&olga, "Ann").await;
    olga.press("Send back to the waitlist").await;
    olga.shows("label.tick", "Tell those it concerns by e-mail").await;
    olga.click("label.tick").await;
    olga.press("Send back to the waitlist").await;
    olga.shows(DONE, "Ann is back on the waitlist of Visitor.").await;
    olga.lacks(".waiting-mail").await;
    open(&olga, "Ben").await;
    send(&olga, "cancel").await;
    olga.press("Cancel the sign-up").await;
    olga.shows(DONE, "The sign-up of Ben was cancelled.").await;
    olga.shows(".waiting-mail", "2 e-mails about this will be sent in").await;
    olga.shows(".waiting-mail button", "Send no mail").await;
    // The clock of the page goes on by half a minute.
    olga.run("const now = performance.now(); performance.now = () => now + 30000;", vec![]).await;
    olga.shows(".waiting-mail", "The mail is on its way.").await;
    olga.lacks(".waiting-mail button").await;
    olga.shows(DONE, "Undo").await;
    olga.close().await;
    site.stop().await;
}
