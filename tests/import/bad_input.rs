//! Bad input gets a clear report with file and line, and nothing is half imported.

use super::{Ground, dumps};

const EVENT: &str = r#"{"_id": "e", "title": "Fair", "roles": ["Server", "Cook"]}"#;

#[test]
fn whatever_is_wrong_is_told_with_its_place() {
    let party = |fields: &str| format!("{EVENT}\n{{\"eventId\": \"e\", {fields}}}\n");
    let good = r#""role": "Server", "name": "Ann", "email": "ann@example.org", "status": "confirmed""#;
    let long = "x".repeat(401);
    for (text, expected) in [
        (String::new(), "in.json:1: is empty"),
        ("hello".to_owned(), "in.json:1: is neither JSON nor a table"),
        (format!("[{EVENT},\n{{\"_id\": "), "in.json:2: is no JSON: EOF while parsing"),
        (format!("{EVENT}\n{{\"eventId\" 7}}"), "in.json:2: is no JSON: expected `:`"),
        ("[1, {\"title\": 2}]".to_owned(), "in.json:1 (document 1): must be an object"),
        (r#"{"_id": {"$oid": 7}, "title": "Fair"}"#.to_owned(), "$oid must not hold 7"),
        (r#"{"_id": "e", "title": 7}"#.to_owned(), "in.json:1 (document 1): `title` must be a text, not a number"),
        (r#"{"title": "Fair"}"#.to_owned(), "`_id` and `title` must be there"),
        (r#"{"hello": "world"}"#.to_owned(), "(document 1): is neither an event"),
        (format!("{EVENT}\n{EVENT}"), "in.json:2 (document 2): has the id of"),
        (r#"{"_id": "e", "title": "F", "roles": ["A", " a"]}"#.to_owned(), "`roles` holds the name a twice"),
        (r#"{"_id": "e", "title": "F", "roles": [7]}"#.to_owned(), "roles[0]: must be a role, not 7"),
        (
            r#"{"_id": "e", "title": "F", "capacity": -1, "roles": ["A"]}"#.to_owned(),
            "`capacity` must be a whole number",
        ),
        (r#"{"_id": "e", "title": "F", "date": "soon", "roles": ["A"]}"#.to_owned(), "`date` must be a time such as"),
        (
            r#"{"_id": "e", "title": "F", "status": "odd", "roles": ["A"]}"#.to_owned(),
            "`status` is the unknown word `odd`",
        ),
        (r#"{"_id": "e", "title": "F", "timezone": "Mars", "roles": ["A"]}"#.to_owned(), "`timezone` is no time zone"),
        (
            r#"{"_id": "e", "title": "F", "roles": [{"name": "A", "currentSignups": [true]}]}"#.to_owned(),
            "roles[0].currentSignups[0]: must be an object or an id, not true",
        ),
        (
            party(&good.replace("confirmed", "pending")),
            "in.json:2 (document 2): `status` is the unknown word `pending`",
        ),
        (party(&good.replace(r#", "status": "confirmed""#, "")), "`status` is missing"),
        (party(&good.replace("ann@example.org", "ann")), "`email` must be an e-mail address"),
        (party(&good.replace("\"Ann\"", &format!("\"{long}\""))), "`name` must be at most 400 bytes long"),
        (party(&good.replace(r#""role": "Server", "#, "")), "`role` must be there, as the event has several"),
        (party(&format!("{good}, \"spots\": 0")), "`spots` must be a whole number from 1 to 1000, not 0"),
        (party(&format!("{good}, \"createdAt\": \"2031-02-30\"")), "`createdAt` must be a time such as"),
        (party(&format!("{good}, \"createdAt\": 1700000000")), "`createdAt` must be a time such as"),
        (party(&format!("{good}, \"notes\": \"a\\u0000b\"")), "`notes` must not contain control characters"),
        (party(r#""role": "Server", "status": "confirmed""#), "`name` or `email` must be there"),
        (format!("{EVENT}\n{{\"eventId\": true, {good}}}"), "`eventId` must be there, and be an id"),
    ] {
        let ground = Ground::new();
        let file = ground.file("in.json", &text);
        let run = ground.run("import --dry-run", &[file]).failed("nothing was imported").failed(expected);
        assert!(!run.output.contains("would be"), "{run:?}");
    }
}

#[test]
fn a_text_that_is_no_utf_8_and_a_broken_table_are_told() {
    let ground = Ground::new();
    let file = ground.path("in.json");
    std::fs::write(&file, b"[\n\"\xff\"]").unwrap();
    ground.run("import", &[file]).failed("in.json:2: is not text in UTF-8");
    let file = ground.file("Event.csv", "id,title\n1,Fair\n2,Walk,7\n");
    ground.run("import", &[file]).failed("Event.csv:3: is no table");
    ground.run("import", &[ground.path("nowhere.json")]).failed("nowhere.json:1: cannot be read");
}

#[test]
fn further_words_can_be_given_a_meaning() {
    let ground = Ground::new();
    let party = r#"{"eventId": "e", "role": "Cook", "name": "Ann", "status": "Pending"}"#;
    let files = [ground.file("in.json", &format!("{EVENT}\n{party}"))];
    ground.run("import --status pending=declined", &files).succeeded();
    assert_eq!(ground.export("registrations", "out").only("Ann")["status"], "declined");
}

#[test]
fn all_or_nothing() {
    let ground = Ground::new();
    ground.run("import --prefer registrations --over-capacity override", &dumps()[..1]).succeeded();
    let before = ground.export("signups", "before");
    // The second event ends before it begins, which only the rules find out.
    let events = r#"[{"_id": "good", "title": "Good", "roles": [{"name": "A", "currentSignups": [{"name": "Ann"}]}]},
        {"_id": "bad", "title": "Bad", "roles": ["A"], "startsAt": "2031-02-01", "endsAt": "2031-01-01"}]"#;
    let files = [ground.file("in.json", events)];
    ground.run("import", &files).failed("in.json:2 (document 2): ").failed("nothing was imported");
    let full = r#"[{"_id": "good", "title": "Good", "roles": [{"name": "A", "currentSignups": [{"name": "Ann"}]}]},
        {"_id": "full", "title": "Full", "roles": [{"name": "A", "capacity": 0, "currentSignups": [{"name": "Ben"}]}]}]"#;
    let files = [ground.file("in.json", full)];
    ground.run("import", &files).failed("--over-capacity override").failed("nothing was imported");
    assert_eq!(ground.export("signups", "after").texts, before.texts);
}
