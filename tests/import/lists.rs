//! Both lists are compared, what differs is told, and everybody is taken over with all that is known of them.

use serde_json::json;

use super::postgres::Cluster;
use super::{Ground, dumps};

#[test]
fn every_planted_difference_is_told_and_nothing_is_written() {
    let ground = Ground::new();
    let run = ground.run("import --dry-run --over-capacity override", &dumps()).failed("9 differences: say whose word");
    let told = [
        "only in the lists of events: 2",
        "roles[0].currentSignups[1]: Ben Example <ben@example.org> in Spring fair: confirmed, and not in the registrations",
        "declined_staff[1]: user u4 in Night shift: declined, and not in the registrations",
        "only in the registrations: 1",
        "registrations.ndjson:4 (document 4): Eve Example <eve@example.org> in Spring fair: confirmed, and not in the event",
        "role differs: 1",
        "Cleo Example <cleo@example.org> in Spring fair: Server in the event, Cook in the registrations",
        "status differs: 2",
        "Dan Example <dan@example.org> in Spring fair: confirmed in the event, cancelled in the registrations",
        "Ugo Two <ugo@example.org> in Night shift: confirmed in the event, declined in the registrations",
        "size of the party differs: 1",
        "Ivy Example <ivy@example.org> in Spring fair: 1 in the event, 2 in the registrations",
        "duplicates: 1",
        "registrations.ndjson:6 (document 6): Fay Example <FAY@example.org> in Spring fair: confirmed a second time",
        "registrations without an event: 1",
        "Otto Orphan <otto@example.org> is not taken over: the event is in no file",
        "beyond the capacity: 2",
        "Spring fair in Cook: 4 taken of 2",
        "Small room: 2 taken of 1",
        "counters that are wrong: 1",
        "Small room: counted 5, 2 are taken",
        "in the metadata: auditLog, theme",
        "in the metadata: shirt",
    ];
    run.output.lines().for_each(|line| assert!(!line.contains("problem"), "{line}"));
    told.into_iter().fold(run, super::Run::says);
    assert!(!ground.path("new.db").exists(), "a dry run makes no data file");
}

#[test]
fn everybody_keeps_place_turn_date_and_notes() {
    let ground = Ground::new();
    ground.run("import --prefer registrations --over-capacity override", &dumps()).succeeded();
    ground.verify();
    let here = ground.export("registrations", "out");
    let ann = here.only("Ann Example");
    assert_eq!((&ann["status"], &ann["role"]), (&json!("confirmed"), &json!("Server")));
    assert_eq!(ann["registrationDate"], "2031-01-01T02:13:20Z");
    assert_eq!((&ann["phone"], &ann["specialRequirements"]), (&json!("+4930901820"), &json!("wheelchair")));
    assert_eq!(here.only("Ben Example")["notes"], "comes by bike");
    assert_eq!(here.only("Cleo Example")["role"], "Cook");
    let dan = here.only("Dan Example");
    assert_eq!((&dan["status"], &dan["metadata"]["import"]["other"]["shirt"]), (&json!("cancelled"), &json!("XL")));
    assert_eq!(dan["staffNote"], "action: cancelled, at: 2031-01-03T08:00:00Z, by: dan");
    let mut fays: Vec<_> = here.named("Fay Example").iter().map(|one| one["status"].clone()).collect();
    fays.sort_by_key(ToString::to_string);
    assert_eq!(fays, ["confirmed", "removed"]);
    // The earlier date waits before the later one, whatever the order of the lists.
    assert_eq!(here.only("Hal Example")["waitlistPosition"], 1);
    assert_eq!(here.only("Gus Example")["waitlistPosition"], 2);
    assert_eq!(here.only("Ivy Example")["spotsCount"], 2);
    assert_eq!(here.only("Una One")["email"], "una@example.org");
    assert_eq!(here.only("Person u4")["status"], "declined");
}

#[test]
fn the_lists_of_events_may_count_and_the_latest_wait() {
    let ground = Ground::new();
    let run = ground.run("import --prefer events --over-capacity waitlist_latest", &dumps()).succeeded();
    run.says("Ben Example has to wait").says("Mia Room has to wait");
    ground.verify();
    let here = ground.export("registrations", "out");
    assert_eq!(here.only("Cleo Example")["role"], "Server");
    assert_eq!(here.only("Dan Example")["status"], "confirmed");
    assert_eq!(here.only("Ugo Two")["status"], "confirmed");
    assert_eq!(here.only("Mia Room")["status"], "waitlisted");
    assert_eq!(here.only("Max Room")["status"], "confirmed");
}

#[test]
fn a_repeated_import_changes_nothing_and_new_ones_are_added() {
    let ground = Ground::new();
    let import = "import --prefer registrations --over-capacity override";
    ground.run(import, &dumps()).succeeded();
    let log = ground.run("export-log", &[]).succeeded().output;
    ground.run(import, &dumps()).succeeded().says("0 registrations taken over, 10 here already");
    assert_eq!(ground.run("export-log", &[]).output, log);
    let more = r#"{"_id": "later", "eventId": "65f000000000000000000001", "role": "Cook", "name": "Lea Late", "email": "lea@example.org", "status": "waitlisted"}"#;
    let files = [dumps(), vec![ground.file("more.json", more)]].concat();
    ground.run(import, &files).succeeded().says("1 registration taken over, 10 here already");
    ground.verify();
}

#[test]
fn a_family_with_one_address_stays_a_family() {
    let ground = Ground::new();
    let events = r#"[{"id": 1, "title": "Picnic", "roles": [{"name": "Guest", "currentSignups": [
        {"name": "Mum Example", "email": "home@example.org"}, {"name": "Kid Example", "email": "home@example.org"},
        {"name": "kid  example", "email": "HOME@example.org"}]}]}]"#;
    let files = [ground.file("events.json", events)];
    ground.run("import", &files).failed("1 difference");
    ground.run("import --prefer events", &files).succeeded().says("3 registrations taken over");
    ground.verify();
    let here = ground.export("registrations", "out");
    assert_eq!(here.only("Mum Example")["status"], "confirmed");
    assert_eq!(here.only("kid  example")["status"], "removed");
}

#[test]
fn a_postgres_takes_it_over_as_well() {
    let ground = Ground::on(Cluster::shared().new_database());
    let import = "import --prefer registrations --over-capacity override";
    ground.run(import, &dumps()).succeeded().says("10 registrations taken over, 0 here already");
    ground.run(import, &dumps()).succeeded().says("0 registrations taken over, 10 here already");
    ground.verify();
    ground.run("compare --dump", &dumps()).succeeded().says("no differences");
    let there = ground.export("signups", "out");
    let file = Ground::new();
    file.run("import --over-capacity override", &there.files()).succeeded();
    assert_eq!(file.export("signups", "again").texts, there.texts);
}
