//! `headcount compare`, while both systems run.

use super::process::Server;
use super::{Ground, dumps};

/// The dumps with some texts in place of others.
fn changed(ground: &Ground, changes: &[(&str, &str)]) -> Vec<std::path::PathBuf> {
    let change = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let text = changes.iter().fold(text, |text, (from, to)| text.replace(from, to));
        ground.file(path.file_name().unwrap().to_str().unwrap(), &text)
    };
    dumps().iter().map(change).collect()
}

#[test]
fn every_later_difference_is_found_beside_a_running_server() {
    let ground = Ground::new();
    ground.run("import --prefer registrations --over-capacity override", &dumps()).succeeded();
    let changes = [
        (
            r#""name": "Eve Example", "email": "eve@example.org", "status": "confirmed""#,
            r#""name": "Eve Example", "email": "eve@example.org", "status": "cancelled""#,
        ),
        (r#""spotsCount": 2"#, r#""spotsCount": 1"#),
        (r#""role": "Cook", "name": "Cleo"#, r#""role": "Server", "name": "Cleo"#),
        (r#""title": "Small room""#, r#""title": "Tiny room""#),
        (r#""capacity": 2"#, r#""capacity": 4"#),
        ("comes by bike", "comes by bus"),
        ("660000000000000000000008", "6600000000000000000000f8"),
        ("gus@example.org", "august@example.org"),
    ];
    let files = changed(&ground, &changes);
    let log = ground.run("export-log", &[]).output;
    let server = Server::start(&ground.path("new.db"));
    let run = ground.run("compare --dump", &files).failed("status differs: 1");
    let told = [
        "Spring fair: Eve Example <eve@example.org>: cancelled there, confirmed here",
        "Spring fair: Ivy Example <ivy@example.org>: 1 there, 2 here",
        "Spring fair: Cleo Example <cleo@example.org>: in Server there, in Cook here",
        "Tiny room: the title here is Small room",
        "Spring fair: capacity of Cook: 4 there, 2 here",
        "Spring fair: Ben Example <ben@example.org>: notes",
        "only in the files: 1\n  Spring fair: Gus Example <august@example.org>: waitlisted in Server",
        "only in headcount: 1\n  Spring fair: Gus Example <gus@example.org>: waitlisted in Server",
    ];
    told.into_iter().fold(run, super::Run::says);
    ground.run("compare --dump", &dumps()).succeeded().says("no differences");
    let refused = ground.run("import --prefer registrations --over-capacity override", &dumps());
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.errors.contains("stop the server"), "{refused:?}");
    server.kill();
    assert_eq!(ground.run("export-log", &[]).output, log, "comparing changes nothing");
}

#[test]
fn an_event_that_is_only_on_one_side_is_told() {
    let ground = Ground::new();
    ground.run("import --prefer registrations --over-capacity override", &dumps()).succeeded();
    let files = changed(&ground, &[("65f000000000000000000003", "65f0000000000000000000e3")]);
    let run = ground.run("compare", &files).failed("only in the files");
    run.says("the event Small room").says("only in headcount: 1");
    let nowhere = Ground::new();
    let run = nowhere.run("compare", &dumps());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.errors.contains("there is no such file"), "{run:?}");
}
