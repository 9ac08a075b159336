//! docs/migration.md, walked from its first step to the way back: its own commands, as they stand there, on made-up dumps.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use headcount::client::Ask;
use hyper::Method;
use serde_json::{Value, json};

use super::process::{Server, TOKEN, Told, told};
use super::{Exported, Ground, Run, dumps};

/// What the guide has people and programs ask of the server.
const REQUESTS: [&str; 7] = [
    "`POST /api/v1/events/{event}/registrations` with an `Idempotency-Key`",
    "`POST /api/v1/events/{event}/registrations/{id}/cancel`",
    "both with `\"notify\": false`",
    "`GET /api/v1/events/{event}/registrations?q=ADDRESS`",
    "`GET /api/v1/events/{event}`, with a token",
    "`PATCH` with `\"status\": \"published\"`",
    "`\"visibility\": \"public\"`",
];

/// The commands of the guide, in its order.
struct Guide {
    back_up: String,
    dry_run: String,
    import: String,
    serve: String,
    compare: String,
    keep: String,
    export: String,
}

impl Guide {
    fn read() -> Guide {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/migration.md");
        let text = fs::read_to_string(path).unwrap();
        REQUESTS.iter().for_each(|request| assert!(text.contains(request), "the guide does not say {request}"));
        let blocks = text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().trim().to_owned());
        let commands: Vec<String> = blocks.collect();
        let [back_up, dry_run, import, serve, compare, keep, export] = <[String; 7]>::try_from(commands).unwrap();
        Guide { back_up, dry_run, import, serve, compare, keep, export }
    }
}

/// Both systems, while one becomes the other.
struct Move {
    guide: Guide,
    ground: Ground,
    /// What the old system would dump as registrations: a document a line.
    old: String,
    server: Option<Server>,
}

impl Move {
    fn new() -> Move {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("headcount.db").display());
        let [events, registrations] = <[PathBuf; 2]>::try_from(dumps()).unwrap();
        fs::copy(events, folder.path().join("events.json")).unwrap();
        let old = fs::read_to_string(registrations).unwrap();
        Move { guide: Guide::read(), ground: Ground { folder, database }, old, server: None }
    }

    /// A command as it stands in the guide, in a shell.
    fn shell(&self, command: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_headcount"));
        let usual = env::var_os("PATH").unwrap();
        let path = [program.parent().unwrap().to_owned()].into_iter().chain(env::split_paths(&usual));
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {command}")]).current_dir(self.ground.folder.path());
        shell.env("PATH", env::join_paths(path).unwrap()).env_remove("HEADCOUNT_SECRET");
        shell
    }

    fn run(&self, command: &str) -> Run {
        Run::of(self.shell(command).output().unwrap())
    }

    fn dump(&self) {
        self.ground.file("registrations.json", &self.old);
    }

    /// The old system changes something.
    fn changes(&mut self, from: &str, to: &str) {
        assert_eq!(self.old.matches(from).count(), 1, "{from}");
        self.old = self.old.replace(from, to);
    }

    /// Somebody signs up in the old system.
    fn signs_up(&mut self, id: &str, email: &str, status: &str) {
        let event = if status == "accepted" { "65f000000000000000000002" } else { "65f000000000000000000001" };
        let role = if status == "accepted" { "Helper" } else { "Server" };
        let document = json!({"_id": id, "eventId": event, "role": role, "name": format!("Late {id}"), "email": email,
            "status": status, "registrationDate": "2031-02-01T10:00:00Z"});
        self.old += &format!("\n{document}");
    }

    fn serve(&mut self) {
        let mut serve = self.shell(&self.guide.serve);
        serve
            .env("HEADCOUNT_LISTEN", "127.0.0.1:0")
            .env("HEADCOUNT_OWNER_TOKEN", TOKEN)
            .env("HEADCOUNT_RATE_LIMIT", "off");
        self.server = Some(Server::of(&mut serve));
    }

    fn stop(&mut self) {
        let server = self.server.take().unwrap();
        server.terminate();
        assert_eq!(server.wait().0, Some(0));
    }

    async fn ask(&self, ask: impl FnOnce(&Server) -> Ask) -> Told {
        let server = self.server.as_ref().unwrap();
        let mut connection = server.connect().await;
        told(&mut connection, ask(server)).await.unwrap()
    }

    async fn patch(&self, event: &str, change: Value) {
        let path = format!("/api/v1/events/{event}");
        let (_, now) = self.ask(|server| server.get(&path)).await;
        let revision = now["revision"].as_u64().unwrap();
        let patch = |server: &Server| {
            let ask = Ask::new(Method::PATCH, &server.address.target(&path)).token(TOKEN);
            ask.json(change.to_string()).if_match(revision)
        };
        let (status, after) = self.ask(patch).await;
        assert_eq!(status, 200, "{after}");
    }

    /// Cancels here, as the guide says: found by the address.
    async fn cancel(&self, event: &str, email: &str) {
        let path = format!("/api/v1/events/{event}/registrations");
        let (_, found) = self.ask(|server| server.get(&format!("{path}?q={email}"))).await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        let id = found["items"][0]["id"].as_str().unwrap();
        let (status, answer) =
            self.ask(|server| server.post(&format!("{path}/{id}/cancel"), &json!({"notify": false}))).await;
        assert_eq!((status, &answer["status"]), (200, &json!("cancelled")), "{answer}");
    }
}

#[tokio::test]
async fn every_step_of_the_guide_works_as_it_is_written() {
    let mut moving = Move::new();
    prepare(&mut moving);
    let event = take_over(&mut moving);
    run_both(&mut moving, &event).await;
    compare(&mut moving, &event).await;
    switch(&mut moving, &event).await;
    go_back(&moving);
}

/// Steps 1 to 3.
fn prepare(moving: &mut Move) {
    moving.serve();
    moving.stop();
    moving.run(&moving.guide.back_up).succeeded();
    assert!(moving.ground.path("before-import.db").exists());

    moving.old +=
        r#"{"eventId": "65f000000000000000000001", "role": "Cook", "name": "Pat Pending", "status": "pending"}"#;
    moving.dump();
    moving.run(&moving.guide.dry_run).failed("say what it means with --status pending=");
    moving.changes(r#""status": "pending""#, r#""status": "declined", "_id": "pat""#);
    moving.dump();
    let run = moving.run(&moving.guide.dry_run).failed("say what is to become of those beyond");
    run.says("role differs: 1").says("beyond the capacity: 2").says("registrations without an event: 1");
    let decided = moving.guide.import.replacen("import", "import --dry-run", 1);
    moving.run(&decided).succeeded().says("nothing was written: this was a dry run");
    assert_eq!(moving.ground.run("export-log", &[]).succeeded().output, "");
}

/// Step 4. The id of an event.
fn take_over(moving: &mut Move) -> String {
    moving.serve();
    let refused = moving.run(&moving.guide.import);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    moving.stop();
    let run = moving.run(&moving.guide.import).succeeded().says("11 registrations taken over, 0 here already");
    moving.ground.verify();
    let (_, id) = run.output.split_once("Spring fair (new event ").unwrap();
    id.split(')').next().unwrap().to_owned()
}

/// Step 5: some writes reach both systems, of others the second half is lost.
async fn run_both(moving: &mut Move, event: &str) {
    moving.serve();
    let stranger = |server: &Server| Ask::new(Method::GET, &server.address.target(&format!("/api/v1/events/{event}")));
    assert_eq!(moving.ask(stranger).await.0, 404);

    let person = json!({"role": "Server", "name": "Late both", "email": "both@example.org", "notify": false});
    let path = format!("/api/v1/events/{event}/registrations");
    let posted = |server: &Server| server.post(&path, &person).key("sign-up-both-of-the-old-system");
    let (first, again) = (moving.ask(posted).await, moving.ask(posted).await);
    assert_eq!((first.0, &first.1["status"]), (201, &json!("waitlisted")), "{}", first.1);
    assert_eq!(first.1["id"], again.1["id"]);
    moving.signs_up("both", "both@example.org", "waitlisted");
    // Whoever waits first gets the place, there and here.
    moving.cancel(event, "eve@example.org").await;
    moving.changes(
        r#""email": "eve@example.org", "status": "confirmed""#,
        r#""email": "eve@example.org", "status": "cancelled""#,
    );
    moving.changes(
        r#""email": "hal@example.org", "status": "waitlisted""#,
        r#""email": "hal@example.org", "status": "confirmed""#,
    );

    moving.signs_up("lost", "lost@example.org", "waitlisted");
    moving.changes(r#""spotsCount": 2, "status": "confirmed""#, r#""spotsCount": 2, "status": "cancelled""#);
}

/// Steps 6 and 7.
async fn compare(moving: &mut Move, event: &str) {
    moving.dump();
    let run = moving.run(&moving.guide.compare).failed("only in the files: 1\n  Spring fair: Late lost");
    let run =
        run.says("status differs: 1\n  Spring fair: Ivy Example <ivy@example.org>: cancelled there, confirmed here");
    assert_eq!(run.output.lines().count(), 4, "{}", run.output);
    // The other way to keep both together.
    moving.stop();
    moving.run(&moving.guide.import).succeeded().says("1 registration taken over, 12 here already");
    moving.ground.verify();
    moving.serve();
    moving.cancel(event, "ivy@example.org").await;
    moving.run(&moving.guide.compare).succeeded().says("no differences");

    let (_, page) = moving.ask(|server| server.get(&format!("/api/v1/events/{event}"))).await;
    assert_eq!((&page["title"], &page["roles"][0]["name"]), (&json!("Spring fair"), &json!("Server")), "{page}");
    assert_eq!((&page["roles"][0]["reserved"], &page["roles"][0]["waiting"]), (&json!(3), &json!(3)), "{page}");
}

/// Steps 8 and 9.
async fn switch(moving: &mut Move, event: &str) {
    moving.signs_up("last", "last@example.org", "accepted");
    moving.dump();
    moving.stop();
    moving.run(&moving.guide.import).succeeded().says("1 registration taken over, 4 here already");
    moving.serve();
    moving.run(&moving.guide.compare).succeeded().says("no differences");
    moving.patch(event, json!({"status": "published", "visibility": "public"})).await;
    let person = json!({"role": "Server", "name": "Nele New", "email": "nele@example.org"});
    let path = format!("/api/v1/events/{event}/registrations");
    let guest = |server: &Server| Ask::new(Method::POST, &server.address.target(&path)).json(person.to_string());
    let (status, answer) = moving.ask(guest).await;
    assert_eq!(status, 201, "{answer}");
    moving.run(&moving.guide.keep).succeeded();
    assert!(moving.ground.path("moved.db").exists());
}

/// The way back, beside the running server.
fn go_back(moving: &Move) {
    moving.run(&moving.guide.export).succeeded();
    let back = Exported::read(&moving.ground.path("back"));
    let ids = |text: &str| -> BTreeSet<String> {
        let id = |one: &Value| one["_id"]["$oid"].as_str().or(one["_id"].as_str()).unwrap().to_owned();
        serde_json::from_str::<Vec<Value>>(text).unwrap().iter().map(id).collect()
    };
    let lines: Vec<&str> = moving.old.lines().filter(|line| !line.contains("Otto Orphan")).collect();
    let there = ids(&format!("[{}]", lines.join(",")));
    let here = ids(&back.texts[1]);
    assert_eq!(there.difference(&here).collect::<Vec<_>>(), ["both"], "its id here is another one");
    for (name, status) in [("Late both", "waitlisted"), ("Nele New", "waitlisted"), ("Late lost", "waitlisted")] {
        assert_eq!(back.only(name)["status"], status, "{name}");
    }
    let again = Ground::new();
    again.run("import --over-capacity override", &back.files()).succeeded();
    again.verify();
    assert_eq!(again.export("registrations", "again").texts, back.texts);
}
