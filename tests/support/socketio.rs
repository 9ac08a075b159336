//! The stock JavaScript client of Socket.IO, in a process of its own: see `tests/socketio/`.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::npm;

/// Some clients.
pub(crate) struct Clients {
    process: Child,
    commands: Option<ChildStdin>,
    told: UnboundedReceiver<Value>,
    /// What was told of others than the one who was asked about.
    waiting: HashMap<String, VecDeque<Value>>,
}

impl Clients {
    pub(crate) fn start() -> Clients {
        let mut command = Command::new("node");
        command.arg("client.mjs").current_dir(installed()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("node can be run: scripts/test installs it");
        let output = BufReader::new(process.stdout.take().unwrap());
        let (tell, told) = unbounded_channel();
        thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { return };
                if tell.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Clients { commands: process.stdin.take(), process, told, waiting: HashMap::new() }
    }

    /// Has one connect that shows a token.
    pub(crate) fn connect(&mut self, name: &str, server: SocketAddr, token: &str) {
        self.connect_with(name, server, json!({"auth": {"token": token}, "transports": ["websocket"]}));
    }

    /// Has one connect with options as `io()` takes them.
    pub(crate) fn connect_with(&mut self, name: &str, server: SocketAddr, options: Value) {
        self.command(&json!({"connect": {"name": name, "url": format!("http://{server}"), "options": options}}));
    }

    pub(crate) fn disconnect(&mut self, name: &str) {
        self.command(&json!({ "disconnect": name }));
    }

    /// Waits until one is let in.
    pub(crate) async fn connected(&mut self, name: &str) {
        let told = self.next(name).await;
        assert_eq!(told["what"], "connected", "{told}");
    }

    /// What one is told who is not let in.
    pub(crate) async fn refused(&mut self, name: &str) -> String {
        let told = self.next(name).await;
        assert_eq!(told["what"], "refused", "{told}");
        told["message"].as_str().unwrap().to_owned()
    }

    /// The next event that one is told, which must be a response.
    pub(crate) async fn response(&mut self, name: &str) -> Value {
        let mut told = self.next(name).await;
        assert_eq!((&told["what"], &told["event"]), (&json!("event"), &json!("event:response")), "{told}");
        let data = told["data"].as_array_mut().unwrap();
        assert_eq!(data.len(), 1);
        data.remove(0)
    }

    /// Why one has ended.
    pub(crate) async fn ended(&mut self, name: &str) -> String {
        let told = self.next(name).await;
        assert_eq!(told["what"], "disconnected", "{told}");
        told["reason"].as_str().unwrap().to_owned()
    }

    /// What happens to one next.
    pub(crate) async fn next(&mut self, name: &str) -> Value {
        loop {
            if let Some(told) = self.waiting.get_mut(name).and_then(VecDeque::pop_front) {
                return told;
            }
            let told = tokio::time::timeout(Duration::from_secs(60), self.told.recv()).await;
            let told = told.unwrap_or_else(|_| panic!("nothing happens to {name}")).expect("the clients run");
            self.waiting.entry(told["name"].as_str().unwrap().to_owned()).or_default().push_back(told);
        }
    }

    fn command(&mut self, command: &Value) {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // At the end of its input it ends.
        drop(self.commands.take());
        let _ended = self.process.wait();
    }
}

/// The folder with the client and what it needs.
fn installed() -> PathBuf {
    npm::installed("socketio", &["package.json", "package-lock.json", ".npmrc"], &["client.mjs"])
}
