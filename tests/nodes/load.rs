//! Far more people than places, over three nodes.

use serde_json::json;

use crate::crowd::Crowd;
use crate::site::{Site, usual_or_long};

#[tokio::test]
async fn three_thousand_people_over_three_nodes_fill_a_hundred_places_exactly() {
    let (places, people) = (100, usual_or_long(3_000, 100_000));
    let site = Site::start();
    let roles = json!([{"name": "Cook", "capacity": places}]);
    let event = site.event(json!({"waitlist": {"policy": "off"}, "roles": roles})).await;
    let answers = Crowd::of(0..people, &event, &site.nodes).all().await;
    assert_eq!(answers.asked_again, 0, "everybody is answered at once");
    assert_eq!(answers.count(201, "status", "confirmed"), places);
    assert_eq!(answers.count(409, "code", "role_full"), people - places);
    let shown = site.shown(&event).await;
    assert_eq!((&shown["reserved"], &shown["waiting"]), (&json!(places), &json!(0)));
    assert_eq!(site.value("select count(*) from registrations where status = 'confirmed'"), places.to_string());
    site.verify();
}

#[tokio::test]
async fn events_on_several_nodes_do_not_get_into_each_others_way() {
    let site = Site::start();
    let (places, people) = (30, usual_or_long(200, 5_000));
    let mut crowds = Vec::new();
    for _ in 0..6 {
        let roles = json!([{"name": "Cook", "capacity": places}]);
        let event = site.event(json!({"waitlist": {"policy": "strict"}, "roles": roles})).await;
        crowds.push((event.clone(), Crowd::of(0..people, &event, &site.nodes)));
    }
    for (event, crowd) in crowds {
        let answers = crowd.all().await;
        assert_eq!(answers.asked_again, 0);
        assert_eq!(answers.count(201, "status", "confirmed"), places);
        assert_eq!(answers.count(201, "status", "waitlisted"), people - places);
        let shown = site.shown(&event).await;
        assert_eq!((&shown["reserved"], &shown["waiting"]), (&json!(places), &json!(people - places)));
    }
    site.verify();
}
