//! The pages of those who organize: events, and who signed up.

use hyper::Method;
use serde_json::json;

use super::{Stop, command, dinner, erase, join, roles as roles_of};
use crate::driver::Browser;
use crate::site::Site;

/// A dinner with all kinds of people.
struct Dinner {
    event: String,
    server: String,
    cook: String,
    ann: String,
    ben: String,
    waiting: String,
    alone: String,
    cook_alone: String,
    cancelled: String,
    strange: String,
}

impl Dinner {
    async fn make(site: &Site) -> Dinner {
        let event = dinner(site).await;
        let [server, cook] = <[String; 2]>::try_from(roles_of(site, &event).await).unwrap();
        let person = |name: &str, spots: u32| {
            let email = format!("{}@example.org", name.split(' ').next().unwrap().to_lowercase());
            json!({"name": name, "email": email, "spots": spots})
        };
        let mut ann = person("Ann Example", 2);
        ann["phone"] = json!("+49 30 901820");
        ann["notes"] = json!("I come by train and may be ten minutes late.");
        ann["special_requirements"] = json!("No nuts, please");
        let ann = join(site, &event, "Server", ann).await;
        let ben = join(site, &event, "Server", person("Ben Baker", 1)).await;
        join(site, &event, "Server", person("Cem Demir", 1)).await;
        let waiting = join(site, &event, "Server", person("Dana Cohen", 3)).await;
        let alone = join(site, &event, "Server", person("Eli Fisher", 1)).await;
        let cook_alone = join(site, &event, "Cook", person("Fay Gardner", 1)).await;
        let hebrew = json!({"name": "נועה לוי", "email": "noa@example.org", "phone": "+972 54 234 5678"});
        join(site, &event, "Cook", hebrew).await;
        let strange =
            json!({"name": format!("<script>alert(1)</script> {}", "W".repeat(150)), "notes": "=1+1", "spots": 2});
        let strange = join(site, &event, "Cook", strange).await;
        let cancelled = join(site, &event, "Cook", person("Gil Hunter", 1)).await;
        command(site, &event, &cancelled, "cancel", json!({})).await;
        let removed = join(site, &event, "Cook", person("Hal Ingram", 1)).await;
        command(site, &event, &removed, "remove", json!({"reason": "Asked to be taken off by phone"})).await;
        command(site, &event, &ann, "check-in", json!({"count": 1})).await;
        command(site, &event, &ben, "check-in", json!({})).await;
        let note = json!({"staff_note": "Has the key of the hall"});
        site.ask(Method::PATCH, &format!("/api/v1/events/{event}/registrations/{ben}"), &note).await;
        Dinner { event, server, cook, ann, ben, waiting, alone, cook_alone, cancelled, strange }
    }

    fn path(&self, rest: &str) -> String {
        format!("/console/events/{}{rest}", self.event)
    }

    fn person(&self, id: &str) -> String {
        self.path(&format!("/people/{id}"))
    }
}

pub(super) async fn stops(site: &Site, browser: &Browser) -> Vec<Stop> {
    site.log_in(browser).await;
    let dinner = Dinner::make(site).await;
    let mut stops = events(site, &dinner).await;
    stops.extend(roster(&dinner));
    stops.extend(questions(&dinner));
    stops.extend(lists(&dinner));
    stops.extend(several(site).await);
    stops.extend(erased(site).await);
    stops.extend(opening(site).await);
    stops
}

async fn events(site: &Site, dinner: &Dinner) -> Vec<Stop> {
    let roles = json!([{"name": "Guest", "capacity": 80}]);
    site.event(json!({"slug": "draft", "title": "Harvest festival", "status": "draft", "roles": roles})).await;
    let soon = json!({"slug": "soon", "title": "Concert", "opens_at": "2037-01-01T00:00:00Z", "starts_at": "2037-02-01T18:00:00Z"});
    let soon = site.event(soon).await;
    site.event(json!({"slug": "closed", "title": "Choir evening", "status": "closed"})).await;
    let cancelled = site.event(json!({"slug": "cancelled", "title": "Lecture"})).await;
    site.edit(&cancelled, &json!({"status": "cancelled"})).await;
    site.event(json!({"slug": "past", "title": "Spring fair", "starts_at": "2026-05-01T10:00:00Z"})).await;
    let typed = [
        ("do", "save"),
        ("rows", "2"),
        ("title", " "),
        ("timezone", "Europe/Berlin"),
        ("starts_at", "2037-03-29T02:30"),
        ("roles[0].capacity", "many"),
        ("roles[0].starts_at", "soon"),
    ];
    vec![
        Stop::at("console", "/console"),
        Stop::at("console-past", "/console?when=past&until=2026-07-01T00:00:00Z"),
        Stop::at("event-new", "/console/events/new"),
        Stop::sent("event-new-wrong", "/console/events/new", &typed),
        Stop::at("event-copied", format!("/console/events/new?copy={}", dinner.event)),
        Stop::at("event-edit", dinner.path("/edit")),
        Stop::changed("event-edit-refused", dinner.path("/edit"), &[("do", "save"), ("slug", "draft")]),
        Stop::changed("event-edit-above", dinner.path("/edit"), &[("do", "save"), ("roles[0].capacity", "7")]),
        Stop::changed("event-edit-below", dinner.path("/edit"), &[("do", "save"), ("roles[0].capacity", "1")]),
        Stop::changed(
            "event-edit-meanwhile",
            dinner.path("/edit"),
            &[("do", "save"), ("revision", "0"), ("title", "Dinner for everybody"), ("location", "")],
        ),
        Stop::sent("ask-call-off", dinner.path(""), &[("do", "call-off")]),
        Stop::at("cancelled-event", format!("/console/events/{cancelled}")),
        Stop::at("report-not-yet", format!("/console/events/{soon}/report")),
        Stop::at("console-none", "/console/events/none"),
    ]
}

fn roster(dinner: &Dinner) -> Vec<Stop> {
    let done = |what: &str, rest: &str| dinner.path(&format!("?done={what}&who={}{rest}", dinner.waiting));
    vec![
        Stop::at("roster", dinner.path("")),
        Stop::at("roster-everybody", dinner.path("?status=all")),
        Stop::at("roster-filtered", dinner.path(&format!("?q=a&role={}", dinner.cook))),
        Stop::at("roster-nobody", dinner.path("?q=nobody")),
        Stop::at("roster-print", dinner.path("?view=print")),
        Stop::at("roster-swap", dinner.path(&format!("?swap={}", dinner.ann))),
        Stop::at("roster-done", done("promote", &format!("&up={}", dinner.alone))),
        Stop::at("roster-done-moved", done("move", &format!("&was={}&down={}", dinner.cook, dinner.ben))),
        Stop::at("person", dinner.person(&dinner.ann)),
        Stop::at("person-waiting", dinner.person(&dinner.waiting)),
        Stop::at("person-cancelled", dinner.person(&dinner.cancelled)),
        Stop::at("person-strange", dinner.person(&dinner.strange)),
        Stop::sent("person-wrong", dinner.person(&dinner.ann), &[("do", "details"), ("name", ""), ("phone", "1")]),
        Stop::sent("person-refused", dinner.person(&dinner.ben), &[("do", "check-in"), ("key", "again")]),
    ]
}

fn questions(dinner: &Dinner) -> Vec<Stop> {
    let ask = |name: &'static str, id: &str, fields: &[(&str, &str)]| Stop::sent(name, dinner.person(id), fields);
    let several = |name: &'static str, ids: &[&str], fields: &[(&str, &str)]| {
        let people = ids.iter().map(|id| ("who", *id));
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain(people).collect();
        Stop::sent(name, dinner.path("/selected"), &fields)
    };
    let Dinner { ann, ben, waiting, alone, cook_alone, cancelled, strange, .. } = dinner;
    vec![
        ask("ask-move", ben, &[("do", "move"), ("role", &dinner.cook)]),
        ask("move-refused", cook_alone, &[("do", "move"), ("role", &dinner.server)]),
        ask("ask-remove", ann, &[("do", "remove"), ("reason", "Asked by phone")]),
        ask("ask-cancel", ben, &[("do", "cancel")]),
        ask("ask-demote", ann, &[("do", "demote")]),
        ask("ask-reinstate", cancelled, &[("do", "reinstate")]),
        ask("ask-resize", ann, &[("do", "resize"), ("spots", "1")]),
        ask("ask-swap", ben, &[("do", "swap"), ("with", cook_alone)]),
        ask("ask-beyond", waiting, &[("do", "promote")]),
        ask("ask-beyond-why", waiting, &[("do", "promote"), ("override", "yes"), ("reason", "")]),
        ask("ask-promote", waiting, &[("do", "promote"), ("override", "yes"), ("reason", "They brought chairs")]),
        ask("ask-promote-strange", strange, &[("do", "demote")]),
        several("several-remove", &[ann, ben, cancelled], &[("do", "remove")]),
        several("several-promote", &[waiting, alone, ann], &[("do", "promote")]),
        several(
            "several-done",
            &[cook_alone, ben, cancelled],
            &[("do", "check-in"), ("sure", "yes"), ("key", "several")],
        ),
    ]
}

fn lists(dinner: &Dinner) -> Vec<Stop> {
    let list = "name,email,role,spots,shoe size\nIda Jones,ida@example.org,Cook,1,38\nJan King,jan@example.org,Server,2,44\n\
                Kim Long,,Cook,9,\nLea Moss,nobody,Cook,1,\nMia Nash,mia@example.org,Singer,1,\nIda Jones,ida@example.org,Cook,1,\n";
    vec![
        Stop::at("doors", dinner.path("/doors")),
        Stop::sent(
            "doors-made",
            dinner.path("/doors"),
            &[("do", "make"), ("key", "a-door"), ("name", "North gate"), ("expires", &in_a_month())],
        ),
        Stop::sent("doors-wrong", dinner.path("/doors"), &[("do", "make"), ("name", ""), ("expires", "2001-01-01")]),
        Stop::at("add", dinner.path("/add")),
        Stop::sent("add-wrong", dinner.path("/add"), &[("name", ""), ("email", "nobody"), ("spots", "0")]),
        Stop::at("import", dinner.path("/import")),
        Stop::sent("import-unreadable", dinner.path("/import"), &[("text", "one,two\n1,2")]),
        Stop::sent("import-tried", dinner.path("/import"), &[("text", list), ("role", &dinner.cook)]),
        Stop::sent(
            "import-done",
            dinner.path("/import"),
            &[("text", list), ("role", &dinner.cook), ("sure", "yes"), ("key", "the-list")],
        ),
        Stop::at("history", dinner.path("/history")),
        Stop::at("history-of-one", dinner.path(&format!("/history?person={}", dinner.ann))),
        Stop::at("report-of-lists", dinner.path("/report")),
    ]
}

/// A day, as forms name it.
fn in_a_month() -> String {
    let at = jiff::Timestamp::from_second(headcount::clock::now().0 / 1_000 + 30 * 86_400).unwrap();
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// What was done with several people at once, each kind with people of its own.
async fn several(site: &Site) -> Vec<Stop> {
    let roles = json!([{"name": "Server", "capacity": 3}, {"name": "Cook", "capacity": 2}]);
    let event = site.event(json!({"slug": "party", "title": "Summer party", "roles": roles})).await;
    let cook = roles_of(site, &event).await.remove(1);
    let mut people = Vec::new();
    for name in ["Ann", "Ben", "Cem", "Dana", "Eli"] {
        let person = json!({"name": name, "email": format!("{name}@example.org")});
        people.push(join(site, &event, "Server", person).await);
    }
    let done = |name: &'static str, command: &str, who: &[&String]| {
        let fixed = [("do", command), ("sure", "yes"), ("key", name), ("role", cook.as_str())];
        let people = who.iter().map(|id| ("who", id.as_str()));
        let fields: Vec<(&str, &str)> = fixed.into_iter().chain(people).collect();
        Stop::sent(name, format!("/console/events/{event}/selected"), &fields)
    };
    let [ann, ben, cem, dana, eli] = <&[String; 5]>::try_from(people.as_slice()).unwrap();
    vec![
        done("several-moved", "move", &[ann, dana]),
        done("several-linked", "send-link", &[ben, cem]),
        done("several-demoted", "demote", &[ben]),
        done("several-promoted", "promote", &[eli, ann]),
        done("several-removed", "remove", &[cem, eli]),
    ]
}

/// Where somebody was who is erased.
async fn erased(site: &Site) -> Vec<Stop> {
    let over = json!({"slug": "over", "title": "Autumn fair", "starts_at": "2001-10-01T10:00:00Z"});
    let over = site.event(over).await;
    let gone = join(site, &over, "Participant", json!({"name": "Zoe", "email": "zoe@example.org", "spots": 2})).await;
    join(site, &over, "Participant", json!({"name": "Fay Gardner", "email": "fay@example.org"})).await;
    erase(site, "zoe@example.org").await;
    let at = |rest: &str| format!("/console/events/{over}{rest}");
    vec![
        Stop::at("roster-erased", at("")),
        Stop::at("roster-erased-print", at("?view=print")),
        Stop::at("person-erased", at(&format!("/people/{gone}"))),
        Stop::sent("ask-remove-erased", at(&format!("/people/{gone}")), &[("do", "remove"), ("reason", "")]),
        Stop::at("history-erased", at("/history")),
    ]
}

/// How sign-up opened, with people who got in, who wait, and who were refused.
async fn opening(site: &Site) -> Vec<Stop> {
    let roles = json!([{"name": "Visitor", "capacity": 3}]);
    let rush = json!({"slug": "rush", "title": "Concert in the park", "roles": roles, "waitlist": {"policy": "strict", "limit": 2}});
    let rush = site.event(rush).await;
    for name in ["ann", "ben", "cem", "dana", "eli"] {
        site.come(&rush, name).await;
    }
    for name in ["fay", "gil"] {
        site.come_too_late(&rush, name).await;
    }
    vec![Stop::at("report", format!("/console/events/{rush}/report"))]
}
