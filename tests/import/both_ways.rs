//! The way back: what was exported and is read again is the same.

use super::{Ground, dumps};

#[test]
fn what_is_exported_and_read_again_is_the_same() {
    let first = Ground::new();
    first.run("import --prefer registrations --over-capacity override", &dumps()).succeeded();
    for (layout, names) in [
        ("signups", &["events.json"][..]),
        ("registrations", &["events.json", "registrations.json"]),
        ("csv", &["Event.csv", "Registration.csv"]),
    ] {
        let out = first.export(layout, layout);
        assert_eq!(out.paths, names);
        let second = Ground::new();
        second.run("import --over-capacity override", &out.files()).succeeded();
        second.verify();
        assert_eq!(second.export(layout, "again").texts, out.texts, "{layout}");
        first.run("compare --dump", &out.files()).succeeded().says("no differences");
        // The ids of the older system are there again.
        assert!(out.texts.concat().contains("65f000000000000000000001"), "{layout}");
    }
}

#[test]
fn no_file_is_overwritten() {
    let ground = Ground::new();
    ground.run("import --prefer registrations --over-capacity override", &dumps()).succeeded();
    ground.export("csv", "out");
    let again = format!("export --layout csv --out {}", ground.path("out").display());
    ground.run(&again, &[]).failed("Event.csv cannot be made");
}

#[test]
fn tables_of_an_sql_layout_are_read() {
    let ground = Ground::new();
    let events = "id,name,startDate,capacity,spotsReserved\n7,Walk,2031-05-01 08:00:00,10,3\n8,Talk,2031-06-01,,0\n";
    let registrations = "id,eventId,name,email,spotsCount,status,createdAt\n\
        1,7,Ann Example,ann@example.org,2,CONFIRMED,2031-01-01 10:00:00\n\
        2,7,\"Example, Ben\",ben@example.org,,CONFIRMED,2031-01-02 10:00:00\n\
        3,7,Cleo Example,cleo@example.org,1,CANCELLED,2031-01-03 10:00:00\n\
        4,8,Dan Example,dan@example.org,1,WAITLIST,2031-01-03 10:00:00\n";
    let files = [ground.file("Event.csv", events), ground.file("Registration.csv", registrations)];
    let run = ground.run("import", &files).succeeded().says("Walk").says("3 registrations taken over");
    run.says("Dan Example waited, and gets a place that is free").says("no differences");
    ground.verify();
    let here = ground.export("registrations", "out");
    assert_eq!((here.only("Ann Example")["spotsCount"].as_u64(), here.named("Example, Ben").len()), (Some(2), 1));
}
