//! Erasing a person: what goes, what stays, and who may.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, person};
use crate::pages_console::organizing;
use crate::people::HOME;
use crate::webhooks::{delivering, webhook};

impl Server {
    async fn erase(&self, email: &str) -> Answer {
        self.post("/api/v1/operator/erase", &json!({"email": email})).owner().send().await
    }

    async fn roster(&self, event: &str) -> Answer {
        self.get(format!("/api/v1/events/{event}/registrations")).owner().send().await
    }
}

const AHEAD: &str = "2999-06-01T18:00:00Z";
const OVER: &str = "2001-06-01T18:00:00Z";

fn statuses(roster: &Answer) -> Vec<(String, String)> {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = roster.body["items"].as_array().unwrap().iter();
    let mut found: Vec<_> = items.map(|item| (text(item, "name"), text(item, "status"))).collect();
    found.sort();
    found
}

fn pair(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

#[tokio::test]
async fn whoever_is_erased_leaves_rows_that_nobody_can_tell_the_owner_of() {
    let server = Server::start();
    let role = json!([{"name": "Visitor", "capacity": 1}]);
    let ahead = server.event(json!({"slug": "ahead", "starts_at": AHEAD, "roles": role})).await;
    let over = server.event(json!({"slug": "over", "starts_at": OVER, "roles": role})).await;
    let ann = server.sign_up(&ahead, "Ann").await;
    assert_eq!(server.sign_up(&ahead, "Ben").await.text("status"), "waitlisted");
    let added = server.post(format!("/api/v1/events/{over}/registrations"), &person("Ann")).owner().send().await;
    assert_eq!(added.text("status"), "confirmed", "{}", added.shown());

    let erased = server.erase("ANN@example.org").await;
    assert_eq!(erased.body, json!({"registrations": 2, "accounts": 0}), "{}", erased.shown());
    let roster = server.roster(&ahead).await;
    assert_eq!(statuses(&roster), [pair("", "cancelled"), pair("Ben", "confirmed")], "the place went to who waited");
    assert_eq!(statuses(&server.roster(&over).await), [pair("", "confirmed")], "what is over counts as it did");
    for event in [&ahead, &over] {
        assert!(!server.roster(event).await.shown().to_lowercase().contains("ann@"));
        let log = server.get(format!("/api/v1/events/{event}/log")).owner().send().await;
        assert!(log.shown().contains("erased"), "{}", log.shown());
    }
    let link = ann.manage_path().rsplit('/').next().unwrap().to_owned();
    let own = server.get(format!("/api/v1/manage/{link}")).send().await;
    assert_eq!(own.status, 404, "links have ended: {}", own.shown());
    let again = server.erase("ann@example.org").await;
    assert_eq!(again.body, json!({"registrations": 0, "accounts": 0}), "there is nobody any more");
    assert_eq!(server.sign_up(&ahead, "Ann").await.text("status"), "waitlisted", "a new person");
}

#[tokio::test]
async fn an_account_goes_too_but_not_one_that_an_organization_has() {
    let server = Server::start();
    let ann = server.registered("Ann").await;
    let owner = server.account("Olga").await;
    server.member(HOME, &owner, "owner", 1).await;
    let erased = server.erase("ann@example.org").await;
    assert_eq!(erased.body, json!({"registrations": 0, "accounts": 1}), "{}", erased.shown());
    let me = server.get("/api/v1/people/me").bearer(&ann.token).send().await;
    assert_eq!(me.status, 401, "{}", me.shown());
    let refused = server.erase(&owner.email).await;
    assert_eq!((refused.code(), &refused.body["fields"][0]["field"]), ((422, "invalid"), &json!("email")));
    for wrong in [json!({}), json!({"email": "nobody"})] {
        let answer = server.post("/api/v1/operator/erase", &wrong).owner().send().await;
        assert_eq!(answer.code(), (422, "invalid"), "{}", answer.shown());
    }
}

#[tokio::test]
async fn who_was_erased_is_erased_again_as_far_as_they_were_there_before() {
    let server = Server::start();
    let event = server.event(json!({"roles": [{"name": "Visitor", "capacity": 1}]})).await;
    server.sign_up(&event, "Ann").await;
    assert_eq!(server.erase("ann@example.org").await.body["registrations"], 1);
    let mut noted = server.people.erasures().await.unwrap();
    assert_eq!(noted.len(), 1);
    assert!(!format!("{noted:?}").contains("example.org"), "by hash only");
    // Signed up since: somebody new, also if an older backup holds them.
    server.sign_up(&event, "Ann").await;
    assert_eq!(server.people.erase_again(&noted).await.unwrap().registrations, 0);
    noted[0].at = headcount_core::ids::Millis(i64::MAX);
    assert_eq!(server.people.erase_again(&noted).await.unwrap().registrations, 1);
    assert_eq!(statuses(&server.roster(&event).await), [pair("", "cancelled"), pair("", "cancelled")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_told_of_an_erasure_and_what_they_were_told_before_stays_listed() {
    let (server, mut receiver) = delivering().await;
    let wish = json!({"url": receiver.url("/"), "kinds": ["signed_up", "erased"], "personal": true});
    let (path, _) = webhook(&server, wish).await;
    let event = server.event(json!({})).await;
    server.sign_up(&event, "Ann").await;
    assert_eq!(receiver.next().await.body["data"]["person"]["name"], "Ann");
    server.erase("ann@example.org").await;
    let told = receiver.next().await.body;
    assert_eq!((&told["data"]["kind"], &told["data"]["person"]["name"]), (&json!("erased"), &json!("")), "{told}");
    let listed = server.get(format!("{path}/deliveries")).owner().send().await;
    let kinds: Vec<_> = listed.body["items"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["erased", "signed_up"]);
    assert!(!listed.shown().contains("Ann") && !listed.shown().contains("ann@"), "{}", listed.shown());
}

#[tokio::test]
async fn whoever_is_erased_has_a_word_in_the_place_of_a_name() {
    let (server, olga) = organizing().await;
    let over = server.event(json!({"slug": "over", "starts_at": OVER})).await;
    let added = server.post(format!("/api/v1/events/{over}/registrations"), &person("Ann")).owner().send().await;
    server.erase("ann@example.org").await;
    let at = format!("/console/events/{over}");
    let one = format!("{at}/people/{}", added.text("id"));
    for path in [&at, &format!("{at}?view=print"), &one] {
        let page = server.console(&olga, path).await;
        assert!(page.contains("<bdi>Erased person</bdi>"), "{path}: {page}");
    }
    let page = server.console(&olga, &one).await;
    assert!(!page.contains("value=\"details\""), "there is nothing to change: {page}");
    let history = server.console(&olga, &format!("{at}/history")).await;
    assert!(history.contains("Erased person signed up"), "{history}");
    let (_, _, list) = server.get(format!("{at}/people.csv")).session(&olga).send_for_text().await;
    assert!(list.contains(",Erased person,"), "{list}");
    let door = server.console(&olga, &format!("/door/{over}/{}", added.text("id"))).await;
    assert!(door.contains("Erased person"), "{door}");
    let people = server.get(format!("/door/{over}/people")).session(&olga).send_for_text().await.2;
    assert!(people.contains("\"name\":\"Erased person\""), "{people}");
    let hebrew = server.get(&at).session(&olga).header("accept-language", "he").page().await.2;
    assert!(hebrew.contains("<bdi>אדם שפרטיו נמחקו</bdi>"), "{hebrew}");
}
