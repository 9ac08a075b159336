//! People who have accounts: who somebody is, to which organizations and teams they belong, and what follows from it.
//!
//! It owns the tables of `migrations/*/0002_people.sql` that say so, which it reads with single statements and writes with
//! scripts, never with a read first and a write later: what must hold is demanded by the script itself. It never touches a
//! registration (those change by commands), and it never sends mail: it writes rows of the outbox, in the script of their
//! cause.
//!
//! [`People`] is the way in; every family of things has a file that adds its methods. Read `accounts` and `links` first:
//! most of what changes an account begins with a link that was mailed. `identity` tells who asks, once a request.

use std::sync::Arc;

use uuid::Uuid;

use crate::lanes::{Lanes, Rejected};
use crate::secret::Secret;
use crate::store::script::{Ran, Row, Script, Value};
use crate::store::{Readers, StoreError};

pub mod accounts;
pub mod denial;
pub mod describing;
pub mod doors;
pub mod erasing;
pub mod exporting;
pub mod following;
mod generation;
pub mod identity;
pub mod invitations;
pub mod links;
pub mod members;
pub mod moving_in;
pub mod organizations;
mod outbox;
pub mod passwords;
pub mod retention;
pub mod sessions;
pub mod setup;
mod streams;
mod sweep;
pub mod teams;
pub mod tokens;

pub use denial::{Denial, Failed};
use passwords::Passwords;

/// Everything about people. Cheap to clone.
#[derive(Clone)]
pub struct People(Arc<Shared>);

struct Shared {
    lanes: Lanes,
    readers: Readers,
    secret: Secret,
    passwords: Passwords,
    settings: Settings,
}

/// How people come to accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Whether mail can be sent. Without it nothing is confirmed by mail, and links are shown to those who may pass them
    /// on.
    pub can_mail: bool,
    /// Whether anybody may make an account.
    pub self_registration: bool,
    /// Whether an account that somebody makes can be used only when a mail to its address was answered.
    pub confirm_email: bool,
}

/// Part of a list, in order.
#[derive(Debug)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// The item after which the next page begins; none: this was the last.
    pub next: Option<Uuid>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { can_mail: true, self_registration: true, confirm_email: true }
    }
}

impl People {
    /// Reads with `readers`, writes with `lanes`; what is derived, with `secret`.
    pub fn new(lanes: Lanes, readers: Readers, secret: Secret, settings: Settings) -> People {
        People(Arc::new(Shared { lanes, readers, secret, passwords: Passwords::default(), settings }))
    }

    /// How people come to accounts.
    pub fn settings(&self) -> Settings {
        self.0.settings
    }

    fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Runs a script. Where it ends somebody's way in, the streams that were opened by it have ended too when it returns.
    async fn run(&self, script: Script) -> Result<Ran, Failed> {
        let ends_a_way_in = script.ends_a_way_in();
        let ran = self.0.lanes.run(script).await?;
        if ends_a_way_in && ran == Ran::Done {
            self.end_streams_soon().await;
        }
        Ok(ran)
    }

    /// Runs a script that demands nothing that could be missing.
    async fn done(&self, script: Script) -> Result<(), Failed> {
        match self.run(script).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(step) => {
                tracing::error!(step, "a script that demands nothing was refused");
                Err(Rejected::Internal.into())
            }
        }
    }

    /// What is mailed, where mail can be sent; nothing where not, so that no rows wait for a mailer that never comes.
    fn mail(&self, script: Script) -> Script {
        if self.settings().can_mail { script } else { Script::default() }
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.0.readers.rows(sql, values).await
    }

    /// The only row, or none.
    async fn row(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }
}

impl<T> Listed<T> {
    /// A page of at most `limit` of the rows that were found, of which one more was asked for.
    fn of(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> Uuid) -> Listed<T> {
        let limit = limit as usize;
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| goes_on).map(id);
        Listed { items, next }
    }
}
