//! Staff answer calls by one tap, and whoever organizes sees it as it happens.

use hyper::Method;
use serde_json::json;

use crate::driver::Browser;
use crate::site::Site;

#[tokio::test]
async fn staff_accept_and_decline_and_the_page_of_the_organizer_follows() {
    let site = Site::start().await;
    let teams = format!("/api/v1/organizations/{}/teams", site.organization().await);
    let team = site.ask(Method::POST, &teams, &json!({"name": "Kitchen"})).await;
    let team = team["id"].as_str().unwrap();
    let call = async |title: &str, hours: (u32, u32)| {
        let at = |hour: u32| format!("2037-05-05T{hour:02}:00:00Z");
        let roles = json!([{"name": "Cook", "capacity": 2}, {"name": "Server", "capacity": 2}]);
        let settings = json!({"title": title, "slug": title.to_lowercase(), "visibility": "team", "teams": [team],
                              "starts_at": at(hours.0), "ends_at": at(hours.1), "roles": roles});
        site.event(settings).await
    };
    let (dinner, dance) = (call("Dinner", (18, 21)).await, call("Dance", (20, 23)).await);
    let (olga, sam) = tokio::join!(Browser::open(), Browser::open());
    tokio::join!(site.log_in(&olga), site.log_in_as_staff(&sam, "Sam", team));
    olga.go(&site.url(&format!("/console/events/{dinner}"))).await;
    olga.shows("[data-roster]", "0 of 2 taken").await;
    olga.run("window.stays = true", vec![]).await;

    let cook = format!("#call-{dinner} .call-role:has([value='{}'])", site.role(&dinner, "Cook").await);
    sam.click(&format!("{cook} button[value=accept]")).await;
    sam.shows(&cook, "Thank you, you have the place.").await;
    sam.shows(&cook, "You have accepted").await;
    olga.shows("[data-roster] tr", "Sam").await;
    olga.shows("[data-roster] .places", "1 of 2 taken").await;

    // What is at the same time is pointed out before it is accepted, and after.
    let server = format!("#call-{dance} .call-role:has([value='{}'])", site.role(&dance, "Server").await);
    sam.shows(&server, "At the same time as Dinner, Cook, which you have accepted.").await;
    sam.click(&format!("{server} button[value=accept]")).await;
    sam.shows(&server, "Thank you, you have the place.").await;
    sam.shows("main > .notice", "You have accepted or wait for things at the same time:").await;

    sam.click(&format!("{cook} button[value=decline]")).await;
    sam.shows(&cook, "You have declined").await;
    sam.lacks("main > .notice").await;
    olga.lacks("[data-roster] tbody tr").await;
    olga.shows("[data-roster] .places", "0 of 2 taken").await;
    assert_eq!(olga.run("return window.stays", vec![]).await, true, "the roster follows in place");
    olga.click("[name=status] option[value=declined]").await;
    olga.click(".roster-filters button").await;
    olga.shows("[data-roster] tr", "Sam").await;
    let paper = "const line = document.querySelector('.only-print');
        return line.textContent + ', ' + getComputedStyle(line).display";
    assert_eq!(olga.run(paper, vec![]).await, "Status: declined, none", "seen on paper only");

    // Somebody changes their mind, and the list that shows other people's answers follows too.
    sam.click(&format!("{cook} button[value=accept]")).await;
    sam.shows(&cook, "You have accepted").await;
    olga.lacks("[data-roster] tbody tr").await;
    assert_eq!(site.roster(&dinner).await, [("Sam".to_owned(), "confirmed".to_owned())]);
    tokio::join!(olga.close(), sam.close());
    site.stop().await;
}

#[tokio::test]
async fn the_page_of_staff_follows_what_the_organizer_does() {
    let site = Site::start().await;
    let teams = format!("/api/v1/organizations/{}/teams", site.organization().await);
    let team = site.ask(Method::POST, &teams, &json!({"name": "Kitchen"})).await;
    let team = team["id"].as_str().unwrap();
    let roles = json!([{"name": "Cook", "capacity": 1}]);
    let event = site.event(json!({"visibility": "team", "teams": [team], "roles": roles})).await;
    let sam = Browser::open().await;
    site.log_in_as_staff(&sam, "Sam", team).await;
    sam.shows(".call", "1 place free").await;
    sam.run("window.stays = true", vec![]).await;
    let ann = site.sign_up(&event, "Ann", "Cook").await["id"].as_str().unwrap().to_owned();
    sam.shows(".call", "full").await;
    sam.reload().await;
    sam.run("window.stays = true", vec![]).await;
    sam.press("Join the waitlist").await;
    sam.shows(".call", "You are on the waitlist.").await;
    sam.run("document.activeElement.blur()", vec![]).await;
    let remove = format!("/api/v1/events/{event}/registrations/{ann}/remove");
    site.ask(Method::POST, &remove, &json!({})).await;
    sam.shows(".call", "You have accepted").await;
    assert_eq!(sam.run("return window.stays", vec![]).await, true, "the call follows in place");
    sam.close().await;
    site.stop().await;
}
