//! The roster and what is done with those on it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::pages_console::{organizing, peopled, value};

/// The status and role of somebody.
async fn standing(server: &Server, event: &str, id: &str) -> (String, String) {
    let one = server.get(format!("/api/v1/events/{event}/registrations/{id}")).owner().send().await;
    (one.text("status"), one.text("role"))
}

fn is(status: &str, role: &str) -> (String, String) {
    (status.to_owned(), role.to_owned())
}

#[tokio::test]
async fn the_roster_shows_people_by_role_and_finds_them() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook"), ("Ben", "Server"), ("Cem", "Server")]).await;
    let at = format!("/console/events/{event}");
    let page = server.console(&olga, &at).await;
    let places: Vec<usize> =
        ["Ann", "Ben", "Cem"].iter().map(|name| page.find(&format!("<bdi>{name}</bdi>")).unwrap()).collect();
    assert!(places.is_sorted(), "{page}");
    assert!(page.contains("no. 1") && page.contains("ann@example.org"), "{page}");
    for (query, found, not) in [
        ("q=ANN", "Ann", "Ben"),
        ("status=waitlisted", "Cem", "Ann"),
        ("role=", "Ann", "Nobody found"),
        ("status=nonsense", "Ann", "Nobody found"),
    ] {
        let page = server.console(&olga, &format!("{at}?{query}")).await;
        assert!(page.contains(&format!("<bdi>{found}</bdi>")) && !page.contains(not), "{query}: {page}");
    }
    assert!(server.console(&olga, &format!("{at}?q=nobody")).await.contains("Nobody found"));
    server.press(&olga, &format!("{at}/people/{}", ids[0]), &[("do", "remove"), ("sure", "yes")]).await;
    assert!(!server.console(&olga, &at).await.contains("<bdi>Ann</bdi>"));
    assert!(server.console(&olga, &format!("{at}?status=all")).await.contains("<bdi>Ann</bdi>"));
}

#[tokio::test]
async fn who_else_moves_is_named_before_and_after_and_it_can_be_undone() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ben", "Server"), ("Cem", "Server")]).await;
    let path = format!("/console/events/{event}/people/{}", ids[0]);
    let (status, _, asked) = server.press(&olga, &path, &[("do", "remove"), ("reason", "Ill <3")]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        asked.contains("Remove Ben?") && asked.contains("Would get a place") && asked.contains("<bdi>Cem</bdi>"),
        "{asked}"
    );
    assert_eq!(value(&asked, "reason"), "Ill &lt;3");
    assert_eq!(standing(&server, &event, &ids[0]).await, is("confirmed", "Server"));
    let sure = [("do", "remove"), ("reason", "Ill"), ("sure", "yes"), ("key", "a-key-of-this-attempt")];
    let page = server.pressed(&olga, &path, &sure).await;
    assert!(
        page.contains("Ben was removed") && page.contains("Got a place from the waitlist: <bdi>Cem</bdi>"),
        "{page}"
    );
    assert_eq!(standing(&server, &event, &ids[1]).await, is("confirmed", "Server"));
    // The same press once more is the same.
    server.pressed(&olga, &path, &sure).await;
    assert_eq!(value(&page, "do"), "reinstate");
    let back =
        server.pressed(&olga, &path, &[("do", "reinstate"), ("sure", "yes"), ("key", &value(&page, "key"))]).await;
    assert!(back.contains("Ben is back in Server") && back.contains("they wait"), "{back}");
}

#[tokio::test]
async fn every_command_has_its_form() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook"), ("Ben", "Server"), ("Cem", "Server")]).await;
    let roles = server.get(format!("/api/v1/events/{event}")).owner().send().await;
    let role = |index: usize| roles.body["roles"][index]["id"].as_str().unwrap().to_owned();
    let (cook, ann, ben, cem) = (role(0), &ids[0], &ids[1], &ids[2]);
    for (id, fields, said, stands) in [
        (ann, vec![("do", "resize"), ("spots", "2")], "2 places", is("confirmed", "Cook")),
        (ann, vec![("do", "resize"), ("spots", "1")], "1 place", is("confirmed", "Cook")),
        (ben, vec![("do", "move"), ("role", &cook)], "Ben was moved to Cook", is("confirmed", "Cook")),
        (cem, vec![("do", "demote")], "keeps the place", is("confirmed", "Server")),
        (cem, vec![("do", "swap"), ("with", ann)], "Cem has swapped", is("confirmed", "Cook")),
        (cem, vec![("do", "cancel")], "was cancelled", is("cancelled", "Cook")),
        (cem, vec![("do", "reinstate")], "is back", is("confirmed", "Cook")),
        (cem, vec![("do", "check-in")], "is checked in", is("confirmed", "Cook")),
        (cem, vec![("do", "undo-check-in")], "was taken back", is("confirmed", "Cook")),
        (cem, vec![("do", "change-email"), ("email", "c@example.org")], "another e-mail", is("confirmed", "Cook")),
        (
            cem,
            vec![("do", "details"), ("name", "Cem B."), ("staff_note", "Tall")],
            "were saved",
            is("confirmed", "Cook"),
        ),
        (cem, vec![("do", "send-link")], "on its way", is("confirmed", "Cook")),
    ] {
        let path = format!("/console/events/{event}/people/{id}");
        let sure: Vec<(&str, &str)> = fields.iter().copied().chain([("sure", "yes")]).collect();
        let page = server.pressed(&olga, &path, &sure).await;
        assert!(page.contains(said), "{fields:?}: {page}");
        assert_eq!(standing(&server, &event, id).await, stands, "{fields:?}");
    }
    let page = server.console(&olga, &format!("/console/events/{event}/people/{cem}")).await;
    assert!(page.contains("Cem B.") && page.contains("Tall") && page.contains("https://events.example/r/"), "{page}");
}

#[tokio::test]
async fn a_place_beyond_the_capacity_needs_a_reason() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ben", "Server"), ("Cem", "Server")]).await;
    let path = format!("/console/events/{event}/people/{}", ids[1]);
    let (status, _, page) = server.press(&olga, &path, &[("do", "promote")]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("No room for Cem") && page.contains("name=\"override\""), "{page}");
    let (status, _, page) =
        server.press(&olga, &path, &[("do", "promote"), ("override", "yes"), ("reason", " ")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Please say why"), "{page}");
    let reason = [("do", "promote"), ("override", "yes"), ("reason", "He drives")];
    let (status, _, page) = server.press(&olga, &path, &reason).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("Give Cem a place?"), "{page}");
    server.pressed(&olga, &path, &[reason.as_slice(), &[("sure", "yes")]].concat()).await;
    assert_eq!(standing(&server, &event, &ids[1]).await, is("confirmed", "Server"));
}

#[tokio::test]
async fn what_is_refused_is_said_on_the_page_of_the_person() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook")]).await;
    let path = format!("/console/events/{event}/people/{}", ids[0]);
    for (fields, status, said) in [
        (vec![("do", "reinstate")], 409, "has not ended"),
        (vec![("do", "resize"), ("spots", "none")], 422, "number from 1"),
        (vec![("do", "change-email"), ("email", "nonsense")], 422, "e-mail address"),
        (vec![("do", "details"), ("name", "")], 422, "name"),
    ] {
        let (answered, _, page) = server.press(&olga, &path, &fields).await;
        assert_eq!(answered.as_u16(), status, "{fields:?}: {page}");
        assert!(page.contains(said), "{fields:?}: {page}");
    }
    let nobody = format!("/console/events/{event}/people/018f0000-0000-7000-8000-000000000000");
    let (status, _, _) = server.get(nobody).session(&olga).page().await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // Another website's form comes to nothing.
    let fields = crate::pages_console::form(&[("do", "cancel"), ("sure", "yes")]);
    let ask =
        server.ask(axum::http::Method::POST, &path).header("cookie", &olga).header("origin", "https://evil.example");
    let (status, _, _) = ask.form(&fields).page().await;
    assert!(status.is_client_error() || status == StatusCode::SEE_OTHER, "{status}");
    assert_eq!(standing(&server, &event, &ids[0]).await, is("confirmed", "Cook"));
}

#[tokio::test]
async fn somebody_is_added_by_hand() {
    let (server, olga) = organizing().await;
    let (event, _) = peopled(&server, &[("Ben", "Server")]).await;
    let roles = server.get(format!("/api/v1/events/{event}")).owner().send().await;
    let role = roles.body["roles"][1]["id"].as_str().unwrap();
    let path = format!("/console/events/{event}/add");
    let (status, _, page) = server.press(&olga, &path, &[("role", role), ("name", ""), ("notes", "By phone")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Please give a name") && page.contains("By phone"), "{page}");
    let typed = [("role", role), ("name", "=Dora"), ("spots", "1"), ("key", "one-key")];
    let page = server.pressed(&olga, &path, &typed).await;
    assert!(page.contains("=Dora was added to Server") && page.contains("they wait"), "{page}");
    server.pressed(&olga, &path, &typed).await;
    let all = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
    assert_eq!(all.body["items"].as_array().unwrap().len(), 2, "{}", all.shown());
}

#[tokio::test]
async fn several_are_dealt_with_line_by_line() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook"), ("Ben", "Server"), ("Cem", "Server")]).await;
    let path = format!("/console/events/{event}/selected");
    let all: Vec<(&str, &str)> = ids.iter().map(|id| ("who", id.as_str())).chain([("do", "check-in")]).collect();
    let (status, _, asked) = server.press(&olga, &path, &all).await;
    assert_eq!(status, StatusCode::OK);
    assert!(asked.contains("name=\"sure\""), "{asked}");
    let (_, _, done) = server.press(&olga, &path, &[all.as_slice(), &[("sure", "yes"), ("key", "k")]].concat()).await;
    assert!(done.contains("Done for 2 of 3") && done.contains("Cem"), "{done}");
    let removing: Vec<(&str, &str)> =
        ids[1..].iter().map(|id| ("who", id.as_str())).chain([("do", "remove")]).collect();
    let (_, _, asked) = server.press(&olga, &path, &removing).await;
    assert!(asked.contains("1 other moves"), "{asked}");
    assert_eq!(standing(&server, &event, &ids[2]).await, is("waitlisted", "Server"));
    let (_, _, done) = server.press(&olga, &path, &[removing.as_slice(), &[("sure", "yes")]].concat()).await;
    assert!(done.contains("Done for 2 of 2"), "{done}");
    assert_eq!(standing(&server, &event, &ids[2]).await, is("removed", "Server"));
}

#[tokio::test]
async fn the_download_has_all_and_runs_nothing() {
    let (server, olga) = organizing().await;
    let event = server.event(json!({"slug": "fair"})).await;
    for (name, email) in [("=HYPERLINK(\"https://evil.example\")", "a@example.org"), ("דנה, \"D\"", "b@example.org")]
    {
        let body = json!({"name": name, "email": email, "notes": "two\nlines"});
        server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await;
    }
    let ask = server.get(format!("/console/events/{event}/people.csv")).session(&olga);
    let (status, headers, csv) = ask.page().await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(headers["content-disposition"], "attachment; filename=\"fair.csv\"");
    assert!(csv.starts_with("\u{feff}id,role,status,position,name,email,phone,spots,"), "{csv}");
    assert!(csv.contains(",\"'=HYPERLINK(\"\"https://evil.example\"\")\",a@example.org,"), "{csv}");
    assert!(csv.contains(",\"דנה, \"\"D\"\"\",b@example.org,") && csv.contains("\"two\nlines\""), "{csv}");
}

#[tokio::test]
async fn the_console_speaks_hebrew() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook"), ("Ben", "Server")]).await;
    let hebrew = format!("{olga}; headcount-language=he");
    for path in [
        "/console".to_owned(),
        "/console/events/new".to_owned(),
        format!("/console/events/{event}"),
        format!("/console/events/{event}/edit"),
        format!("/console/events/{event}/add"),
        format!("/console/events/{event}/people/{}", ids[0]),
        format!("/console/events/{event}?done=move&who={}", ids[0]),
    ] {
        let page = server.console(&hebrew, &path).await;
        assert!(page.contains("<html lang=\"he\" dir=\"rtl\">"), "{path}");
        for english in ["Undo", "Save", "Back<", "has a place", "Name<"] {
            assert!(!page.contains(english), "{path}: {english}");
        }
    }
}

#[tokio::test]
async fn special_requirements_are_for_those_who_may_see_them() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[]).await;
    assert!(ids.is_empty());
    let body = json!({"name": "Ann", "email": "ann@example.org", "role": "Cook", "special_requirements": "Wheelchair"});
    let id = server.post(format!("/api/v1/events/{event}/registrations"), &body).send().await.text("id");
    let mia = server.account("Mia").await;
    server.member(crate::people::HOME, &mia, "manager", 1).await;
    let mia = server.session(mia.account).await;
    let (at, one) = (format!("/console/events/{event}"), format!("/console/events/{event}/people/{id}"));
    for path in [&at, &one, &format!("{at}/people.csv")] {
        assert!(server.console(&olga, path).await.contains("Wheelchair"), "{path}");
        assert!(!server.console(&mia, path).await.contains("Wheelchair"), "{path}");
    }
    // Who does not see them does not wipe them out.
    server.pressed(&mia, &one, &[("do", "details"), ("name", "Ann B."), ("phone", "")]).await;
    let kept = server.get(format!("/api/v1/events/{event}/registrations/{id}")).owner().send().await;
    assert_eq!(
        (&kept.body["name"], &kept.body["special_requirements"]),
        (&json!("Ann B."), &Value::from("Wheelchair"))
    );
}

#[tokio::test]
async fn a_list_is_tried_line_by_line_and_then_taken_once() {
    let (server, olga) = organizing().await;
    let (event, _) = peopled(&server, &[("Ann", "Cook")]).await;
    let path = format!("/console/events/{event}/import");
    server.console(&olga, &path).await;
    let list = "\u{feff}Name;E-mail;role;Places;colour;notes\r\n\
                Ben;ben@example.org;Server;1;red;\"two; parts \"\"x\"\"\"\r\n\
                Cem;cem@example.org;server;1;;\r\n\
                Cem;CEM@example.org;server;1;;\r\n\
                Dan;nonsense;Cook;1;;\r\n\
                Eli;;Nobody;1;;\r\n\
                Fay;;Cook;many;;\r\n\
                Gus;;Cook;1;;;too much\r\n\
                '=1+1;;Cook;1;;\r\n";
    let (status, _, page) = server.press(&olga, &path, &[("text", list)]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("3 of 8 lines can be taken") && page.contains("<bdi>colour</bdi>"), "{page}");
    for said in [
        "e-mail address",
        "There is no role Nobody",
        "number from 1",
        "line above",
        "More cells than",
        "<bdi>=1+1</bdi>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let people = || async {
        let all = server.get(format!("/api/v1/events/{event}/registrations")).owner().send().await;
        all.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{} {} {}", one["name"], one["status"], one["notes"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(people().await.len(), 1);
    for _ in 0..2 {
        let (_, _, page) = server.press(&olga, &path, &[("text", list), ("sure", "yes"), ("key", "one")]).await;
        assert!(page.contains("3 of 8 lines were taken"), "{page}");
    }
    let people = people().await;
    assert_eq!(people.len(), 4, "{people:?}");
    assert!(people.contains(&"\"Ben\" \"confirmed\" \"two; parts \\\"x\\\"\"".to_owned()), "{people:?}");
    assert!(people.contains(&"\"Cem\" \"waitlisted\" null".to_owned()), "{people:?}");
}

#[tokio::test]
async fn a_file_is_read_as_what_is_pasted() {
    let (server, olga) = organizing().await;
    let (event, _) = peopled(&server, &[]).await;
    let path = format!("/console/events/{event}/import");
    let send = async |file: &[u8]| {
        let mut body = b"--line\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n".to_vec();
        body.extend(file);
        body.extend(b"\r\n--line\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n\r\n--line--\r\n");
        let ask = server.ask(axum::http::Method::POST, &path).session(&olga).unnamed(body);
        ask.header("content-type", "multipart/form-data; boundary=line").page().await
    };
    let (status, _, page) = send("שם,תפקיד\nדנה,Cook\n".as_bytes()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("1 of 1 lines can be taken") && page.contains("<bdi>דנה</bdi>"), "{page}");
    let many = format!("name\n{}", "Ann\n".repeat(501));
    for (file, said) in [
        (b"".as_slice(), "nothing to read"),
        (b"name\n", "nothing to read"),
        (b"name\n\xff\xfe\n", "UTF-8"),
        (b"who\nAnn\n", "No column is called"),
        (b"name,Name\nAnn,Ben\n", "same name"),
        (many.as_bytes(), "500 lines"),
    ] {
        let (status, _, page) = send(file).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn what_was_downloaded_can_be_read_in_elsewhere() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ann", "Cook"), ("Ben", "Server"), ("Cem", "Server")]).await;
    server
        .press(&olga, &format!("/console/events/{event}/people/{}", ids[0]), &[("do", "remove"), ("sure", "yes")])
        .await;
    let csv = server.console(&olga, &format!("/console/events/{event}/people.csv")).await;
    let (other, _) = peopled(&server, &[]).await;
    let path = format!("/console/events/{other}/import");
    let (_, _, page) = server.press(&olga, &path, &[("text", &csv), ("sure", "yes"), ("key", "one")]).await;
    assert!(page.contains("2 of 3 lines were taken") && page.contains("left out"), "{page}");
    let now = server.get(format!("/api/v1/events/{other}/availability")).owner().send().await;
    assert_eq!((&now.body["reserved"], &now.body["waiting"]), (&json!(1), &json!(1)));
}

/// What waits to be mailed: the kinds.
async fn pending(server: &Server, event: &str) -> Vec<String> {
    let answer = server.get(format!("/api/v1/events/{event}/pending-mail")).owner().send().await;
    let kinds = answer.body["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned());
    kinds.collect()
}

#[tokio::test]
async fn whether_those_concerned_are_mailed_is_asked() {
    let (server, olga) = organizing().await;
    let (event, ids) = peopled(&server, &[("Ben", "Server"), ("Cem", "Server")]).await;
    let path = format!("/console/events/{event}/people/{}", ids[0]);
    let (_, _, asked) = server.press(&olga, &path, &[("do", "remove")]).await;
    assert!(asked.contains("Tell those it concerns by e-mail") && asked.contains("value=\"yes\" checked"), "{asked}");
    assert_eq!(value(&asked, "tell"), "no", "the tick stands behind what is so without it");
    // Not ticked: nobody is written to, and neither of its being undone.
    let page = server.pressed(&olga, &path, &[("do", "remove"), ("sure", "yes"), ("tell", "no")]).await;
    assert!(page.contains("Ben was removed") && !page.contains("sent in"), "{page}");
    assert_eq!(pending(&server, &event).await, [""; 0]);
    let back =
        server.pressed(&olga, &path, &[("do", "reinstate"), ("sure", "yes"), ("tell", &value(&page, "tell"))]).await;
    assert!(back.contains("Ben is back in Server"), "{back}");
    assert_eq!(pending(&server, &event).await, [""; 0]);
    // Ticked: it is said how long it can be held back.
    let ticked = [("do", "cancel"), ("sure", "yes"), ("tell", "no"), ("tell", "yes")];
    let page = server.pressed(&olga, &format!("/console/events/{event}/people/{}", ids[1]), &ticked).await;
    assert!(page.contains("2 e-mails about this will be sent in") && page.contains("If you undo it before"), "{page}");
    assert_eq!(pending(&server, &event).await, ["cancelled", "promoted"]);
    let message = value(&page, "message");
    let second = page.rsplit("name=\"message\" value=\"").next().unwrap().split('"').next().unwrap();
    let both = [("message", message.as_str()), ("message", second)];
    let held = server.pressed(&olga, &format!("/console/events/{event}/mail"), &both).await;
    assert!(held.contains("No mail is sent about that."), "{held}");
    assert_eq!(pending(&server, &event).await, [""; 0]);
    let late = server.pressed(&olga, &format!("/console/events/{event}/mail"), &both).await;
    assert!(late.contains("had been sent already"), "{late}");
    // A check-in is mailed to nobody, so it announces nothing.
    let page = server.pressed(&olga, &path, &[("do", "check-in")]).await;
    assert!(page.contains("Ben is checked in") && !page.contains("sent in"), "{page}");
    for (path, fields, kinds) in [
        ("/add", vec![("name", "Dana"), ("email", "dana@example.org"), ("role", "Cook"), ("tell", "no")], vec![]),
        ("/add", vec![("name", "Eli"), ("email", "eli@example.org"), ("role", "Server")], vec!["waitlisted"]),
        ("", vec![("do", "call-off"), ("sure", "yes"), ("tell", "no")], vec!["waitlisted"]),
    ] {
        let page = server.pressed(&olga, &format!("/console/events/{event}{path}"), &fields).await;
        assert_eq!(pending(&server, &event).await, kinds, "{path} {fields:?}: {page}");
    }
}
