//! The sender: takes up what is due, a few at a time, until it is told to stop.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use headcount_core::ids::Millis;
use lettre::message::Mailbox;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::lookup::{Found, Lookup, Ready};
use super::options::MailOptions;
use super::outbox::{self, Due};
use super::render::Envelope;
use super::spread::{Spread, ToMany};
use super::transport::{Connection, Failure, MailServer};
use crate::clock;
use crate::lanes::{Lanes, Rejected};
use crate::secret::Secret;
use crate::store::script::{Ran, Script};
use crate::store::{Readers, StoreError};

/// Messages that are sent at the same moment, each over a connection of its own.
const CONNECTIONS_MAX: usize = 4;
/// How often it looks for what other servers have written, or what is to be tried again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long it waits at most between attempts to reach a mail server.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How often old orders are removed.
const REMOVE_EVERY_MS: i64 = 60_000;
/// How long a message that is being sent may hold up the end of the server. What is cut off is sent again.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// Attempts to note that a message was sent: what is not noted is sent again.
const NOTE_ATTEMPTS: u32 = 3;

/// Sends what stands in the outbox of a database. Any number of them can work on the same.
pub struct Sender {
    lanes: Lanes,
    lookup: Lookup,
    server: MailServer,
    from: Mailbox,
    stop: watch::Sender<bool>,
}

/// A sender that works until it is stopped.
pub struct Mailing {
    sender: Arc<Sender>,
    task: JoinHandle<()>,
}

/// What a look at the outbox came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Passed {
    /// Orders that were due.
    pub due: usize,
    /// Messages that the mail server took.
    pub sent: usize,
}

/// Why a pass ended early. What was not taken up stays as it is.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the mail server does not work: {0}")]
    Server(Failure),
    #[error("{0}")]
    Storage(#[from] StoreError),
    #[error("what was done could not be noted: {0}")]
    Rejected(#[from] Rejected),
}

impl Sender {
    /// One that does nothing by itself yet.
    ///
    /// # Errors
    /// If the certificates that are trusted cannot be read.
    pub fn new(
        options: MailOptions,
        lanes: Lanes,
        readers: Readers,
        secret: Secret,
        public_url: String,
    ) -> Result<Sender, String> {
        let server = MailServer::new(options.url)?;
        let from = options.from.0;
        let lookup = Lookup { readers, secret, public_url, from: from.clone() };
        Ok(Sender { lanes, lookup, server, from, stop: watch::Sender::new(false) })
    }

    /// Has it work in the background.
    pub fn start(self) -> Mailing {
        let sender = Arc::new(self);
        let task = tokio::spawn(Arc::clone(&sender).work());
        Mailing { sender, task }
    }

    async fn work(self: Arc<Self>) {
        let mut stop = self.stop.subscribe();
        let mut pace = Pace::default();
        loop {
            // Not cut off by the end: it ends by itself after the messages that are under way.
            let passed = self.pass(&clock::now).await;
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.rest(passed, &mut pace) => {}
            }
        }
    }

    /// Waits for as long as there is nothing to do.
    async fn rest(&self, passed: Result<Passed, Trouble>, pace: &mut Pace) {
        match passed {
            Ok(Passed { due: 0, .. }) => {
                pace.works();
                self.remove_old(pace).await;
                let _written_or_not = tokio::time::timeout(LOOK_EVERY, self.lanes.mail_written()).await;
            }
            Ok(_) => pace.works(),
            Err(trouble) => tokio::time::sleep(pace.fails(&trouble)).await,
        }
    }

    async fn remove_old(&self, pace: &mut Pace) {
        let now = clock::now();
        if now.0 - pace.removed_at.0 < REMOVE_EVERY_MS {
            return;
        }
        pace.removed_at = now;
        if let Err(error) = self.lanes.run(outbox::remove_old(now)).await {
            tracing::debug!(%error, "old mail was not removed; it will be tried again");
        }
    }

    /// Takes up what is due at this moment. `now` tells the time whenever it is needed.
    ///
    /// # Errors
    /// What keeps it from going on, in words. Nothing is lost.
    pub async fn send_due(&self, now: impl Fn() -> Millis + Sync) -> Result<Passed, String> {
        self.pass(&now).await.map_err(|trouble| trouble.to_string())
    }

    async fn pass(&self, now: &(impl Fn() -> Millis + Sync)) -> Result<Passed, Trouble> {
        let due = outbox::due(&self.lookup.readers, now()).await?;
        let mut passed = Passed { due: due.len(), sent: 0 };
        let connections = due.len().min(CONNECTIONS_MAX);
        let waiting = Mutex::new(VecDeque::from(due));
        let ends = join_all((0..connections).map(|_| self.send_each(&waiting, now))).await;
        let mut trouble = None;
        for end in ends {
            match end {
                Ok(sent) => passed.sent += sent,
                Err(one) => trouble = Some(one),
            }
        }
        match trouble {
            None => Ok(passed),
            Some(Trouble::Server(failure)) => {
                // Without a server no order is taken up, so none comes to the end of its attempts.
                let _done = self.lanes.run(outbox::give_up_old(&failure.to_string(), now())).await?;
                Err(Trouble::Server(failure))
            }
            Some(trouble) => Err(trouble),
        }
    }

    /// Takes one order after the other, as long as there are some, over one connection; how many messages were sent.
    async fn send_each(
        &self,
        waiting: &Mutex<VecDeque<Due>>,
        now: &(impl Fn() -> Millis + Sync),
    ) -> Result<usize, Trouble> {
        let mut connection = None;
        let mut sent = 0;
        while !*self.stop.borrow() {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(due) = next else { break };
            let ready = match self.lookup.find(&due, now()).await? {
                Found::Mail(ready) => ready,
                Found::NotNeeded(why) => {
                    tracing::debug!(order = %due.id, template = due.template, why, "nothing is mailed");
                    self.note(due.done(now())).await?;
                    continue;
                }
                Found::Undone(also) => {
                    tracing::debug!(order = %due.id, template = due.template, "nothing is mailed of what was undone");
                    self.note(also.then(due.done(now()))).await?;
                    continue;
                }
                Found::NotYet => {
                    self.note(due.not_yet(now())).await?;
                    continue;
                }
                Found::ToMany(kind) => {
                    if self.lanes.run(due.take(now())).await? == Ran::Done {
                        self.hand_on(&due, kind, now()).await?;
                    }
                    continue;
                }
                Found::Unknown => {
                    if self.lanes.run(due.take(now())).await? == Ran::Done {
                        self.try_later(&due, "this version knows no such message", now()).await?;
                    }
                    continue;
                }
            };
            let open = match connection.take() {
                Some(open) => open,
                None => self.server.connect(|_| {}).await.map_err(Trouble::Server)?,
            };
            if self.lanes.run(due.take(now())).await? != Ran::Done {
                // Somebody else has it.
                connection = Some(open);
                continue;
            }
            connection = self.send(open, &due, *ready, now).await?;
            sent += usize::from(connection.is_some());
        }
        if let Some(connection) = connection {
            connection.close().await;
        }
        Ok(sent)
    }

    /// Sends one message and notes what came of it; the connection, if the message was sent.
    async fn send(
        &self,
        mut connection: Connection,
        due: &Due,
        Ready { to, letter, also }: Ready,
        now: &(impl Fn() -> Millis + Sync),
    ) -> Result<Option<Connection>, Trouble> {
        let envelope = Envelope { id: due.id, from: &self.from, to: &to, now: now() };
        let message = match letter.message(&envelope) {
            Ok(message) => message,
            Err(problem) => {
                self.give_up(due, &problem, now()).await?;
                return Ok(Some(connection));
            }
        };
        match connection.send(&self.from, &to.email, &message, |_| {}).await {
            Ok(()) => {
                self.note(due.done(now()).then(also)).await?;
                Ok(Some(connection))
            }
            Err(failure) => {
                let problem = without_address(&failure, &to);
                match failure.is_final() {
                    true => self.give_up(due, &problem, now()).await?,
                    false => self.try_later(due, &problem, now()).await?,
                }
                Ok(None)
            }
        }
    }

    /// Writes the orders that come of one to many. What is cut off is done again when the lease is over.
    async fn hand_on(&self, due: &Due, kind: ToMany, now: Millis) -> Result<(), Trouble> {
        let mut after = Uuid::nil();
        loop {
            match self.lookup.spread(due, kind, after, now).await? {
                Spread::NotNeeded(why) => {
                    tracing::debug!(order = %due.id, template = due.template, why, "nobody is mailed");
                    break;
                }
                Spread::Orders(orders, last) => {
                    self.note(orders).await?;
                    after = last;
                }
                Spread::Done => break,
            }
        }
        self.note(due.done(now)).await
    }

    async fn try_later(&self, due: &Due, problem: &str, now: Millis) -> Result<(), Trouble> {
        let Some(at) = due.next_at(now) else { return self.give_up(due, problem, now).await };
        tracing::info!(order = %due.id, template = due.template, problem, "mail is tried again later");
        self.note(due.later(problem, at)).await
    }

    async fn give_up(&self, due: &Due, problem: &str, now: Millis) -> Result<(), Trouble> {
        tracing::error!(order = %due.id, template = due.template, problem, "mail was given up");
        self.note(due.given_up(problem, now)).await
    }

    /// What is not noted is done again when the lease is over, so it is worth more than one attempt.
    async fn note(&self, script: Script) -> Result<(), Trouble> {
        for attempt in 1.. {
            match self.lanes.run(script.clone()).await {
                Err(Rejected::Busy | Rejected::Unknown) if attempt < NOTE_ATTEMPTS => {}
                ran => {
                    let _done = ran?;
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Mailing {
    /// Ends between two messages.
    pub async fn stop(self) {
        self.sender.stop.send_replace(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(STOP_TIME_MAX, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// How often the sender looks, and what it has told.
#[derive(Default)]
struct Pace {
    failures: u32,
    told: Option<String>,
    removed_at: Millis,
}

impl Pace {
    fn works(&mut self) {
        self.failures = 0;
        if self.told.take().is_some() {
            tracing::warn!("mail is sent again");
        }
    }

    /// Tells what is wrong, once, and how long to wait.
    fn fails(&mut self, trouble: &Trouble) -> Duration {
        let text = trouble.to_string();
        if self.told.as_ref() != Some(&text) {
            tracing::error!("mail waits: {text}");
        }
        self.told = Some(text);
        self.failures = self.failures.saturating_add(1);
        (LOOK_EVERY * self.failures).min(PAUSE_MAX)
    }
}

/// What failed, with what the server said about it, unless that tells to whom the message goes.
fn without_address(failure: &Failure, to: &Mailbox) -> String {
    let said = failure.text.to_lowercase();
    let tells = [to.email.user(), to.email.domain()].iter().any(|part| said.contains(&part.to_lowercase()));
    if tells { failure.to_string() } else { format!("could not {}: {}", failure.step.name(), failure.text) }
}

#[cfg(test)]
mod tests {
    use super::super::transport::Step;
    use super::*;

    #[test]
    fn what_is_noted_does_not_tell_to_whom_it_was_to_go() {
        let to: Mailbox = "Ann <Ann.Example@example.org>".parse().unwrap();
        let failure = |text: &str| Failure { step: Step::Recipient, code: Some(550), text: text.to_owned() };
        let noted = without_address(&failure("the mail server said: 550 no such user"), &to);
        assert_eq!(noted, "could not name the recipient: the mail server said: 550 no such user");
        for text in ["550 <ann.example@EXAMPLE.ORG>: unknown", "550 ann.example is unknown"] {
            let noted = without_address(&failure(text), &to);
            assert_eq!(noted, "could not name the recipient: the mail server said 550");
        }
    }
}
