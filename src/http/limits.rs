//! Limits against misuse: how much one person, one address or one token may ask in a minute.
//!
//! They never limit reading (but exports of all that is kept about somebody, which read much), what staff do to registrations, or giving a place back by its link. Each server counts by
//! itself and in memory only: after a start everybody begins anew, and behind a proxy over several nodes each of them
//! takes as much.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_core::command::{Action, Actor, Command};
use headcount_core::ids::{EventId, TokenId};

use super::address::Client;
use super::caller::Caller;
use crate::clock;
use crate::metrics::{Counted, Counter, Family, Kind, Registry};
use crate::people::identity::Credential;

mod buckets;
mod rates;

use buckets::Buckets;
pub use rates::Rates;

/// How many are told apart in each limit. Those beyond share one allowance, which is as large as that of all who are told
/// apart: a rush of more people than this is no misuse.
const KEYS_MAX: usize = 100_000;

/// Counts what is asked, and says who has to wait.
pub struct Limits {
    people: Limit<(EventId, [u8; 16])>,
    addresses: Limit<Client>,
    tokens: Limit<TokenId>,
    logins: Limit<Client>,
    searches: Limit<Client>,
    refused: Family<Kind, Counter>,
    failed_logins: Counter,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
}

/// One of them; none: it is switched off.
type Limit<K> = Option<Buckets<K>>;

/// Whose sign-ups are counted together, whoever they are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
    /// Whoever comes from one place without a token.
    Client(Client),
    /// The holder of this token, wherever they are.
    Token(TokenId),
    /// The owner of the server, who may ask as much as they like.
    Owner,
}

/// Somebody asked too much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooMany {
    what: What,
    wait: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    SignUpsOfPerson,
    SignUpsFromAddress,
    SignUpsWithToken,
    FailedLogins,
    Searches,
}

impl Limits {
    /// By these rates.
    pub fn new(rates: Rates) -> Limits {
        Limits::by_clock(rates, clock::instant)
    }

    /// As [`Limits::new`], by another clock: for tests.
    pub fn by_clock(rates: Rates, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Limits {
        Limits {
            people: rates.person.map(|rate| Buckets::new(rate, KEYS_MAX)),
            addresses: rates.address.map(|rate| Buckets::new(rate, KEYS_MAX)),
            tokens: rates.token.map(|rate| Buckets::new(rate, KEYS_MAX)),
            logins: rates.logins.map(|rate| Buckets::new(rate, KEYS_MAX)),
            searches: rates.searches.map(|rate| Buckets::new(rate, KEYS_MAX)),
            refused: What::ALL.iter().fold(Family::default(), |refused, what| {
                refused.get_or_create(&what.kind()).inc_by(0);
                refused
            }),
            failed_logins: Counter::default(),
            clock: Arc::new(clock),
        }
    }

    /// Counts a sign-up or an answer for whoever sends it, before anything of it is read.
    ///
    /// # Errors
    /// If the sender has sent too many.
    pub fn sign_up(&self, sender: Sender) -> Result<(), TooMany> {
        match sender {
            Sender::Client(client) => self.take(&self.addresses, client, What::SignUpsFromAddress),
            Sender::Token(token) => self.take(&self.tokens, token, What::SignUpsWithToken),
            Sender::Owner => Ok(()),
        }
    }

    /// Counts a command for the person whom it is about, where people ask for themselves and for a place.
    ///
    /// # Errors
    /// If this person has asked too often for this event.
    pub fn command(&self, command: &Command) -> Result<(), TooMany> {
        let person = match (&command.actor, &command.action) {
            (Actor::Guest | Actor::Person(_), Action::SignUp(sign_up)) => &sign_up.person,
            (Actor::Guest | Actor::Person(_), Action::Respond(respond)) => &respond.person,
            _ => return Ok(()),
        };
        self.take(&self.people, (command.event, person.tag.0), What::SignUpsOfPerson)
    }

    /// Counts that somebody wants the links to their sign-ups mailed, or all that is kept about them.
    ///
    /// # Errors
    /// If too many were asked for from there.
    pub fn search(&self, client: Client) -> Result<(), TooMany> {
        self.take(&self.searches, client, What::Searches)
    }

    /// Whether a log-in may be tried; counts nothing. To be asked before a password is looked at.
    ///
    /// # Errors
    /// If too many have failed from there.
    pub fn may_try_login(&self, client: Client) -> Result<(), TooMany> {
        let left = self.logins.as_ref().map_or(Ok(()), |limit| limit.look(&client, (self.clock)()));
        left.map_err(|wait| self.refuse(What::FailedLogins, wait))
    }

    /// Counts a log-in that failed.
    pub fn failed_login(&self, client: Client) {
        self.failed_logins.inc();
        // More may be tried at the same moment than are left; those that failed are over.
        let _used_up = self.logins.as_ref().map(|limit| limit.take(client, (self.clock)()));
    }

    fn take<K: Eq + std::hash::Hash>(&self, limit: &Limit<K>, key: K, what: What) -> Result<(), TooMany> {
        let taken = limit.as_ref().map_or(Ok(()), |limit| limit.take(key, (self.clock)()));
        taken.map_err(|wait| self.refuse(what, wait))
    }

    fn refuse(&self, what: What, wait: Duration) -> TooMany {
        self.refused.get_or_create(&what.kind()).inc();
        TooMany { what, wait }
    }
}

impl Counted for Limits {
    fn show(&self, registry: &mut Registry) {
        let refused = "Requests refused by a limit against misuse, by limit";
        registry.register("rate_limited", refused, self.refused.clone());
        registry.register("failed_logins", "Passwords that were wrong", self.failed_logins.clone());
    }
}

impl What {
    const ALL: [What; 5] =
        [What::SignUpsOfPerson, What::SignUpsFromAddress, What::SignUpsWithToken, What::FailedLogins, What::Searches];

    /// As the option `--rate-limit` calls it.
    fn kind(self) -> Kind {
        let kind = match self {
            What::SignUpsOfPerson => "person",
            What::SignUpsFromAddress => "address",
            What::SignUpsWithToken => "token",
            What::FailedLogins => "logins",
            What::Searches => "searches",
        };
        Kind { kind }
    }
}

impl Sender {
    /// The one whose sign-ups are counted, of a caller from there.
    pub(super) fn of(caller: &Caller, client: Client) -> Sender {
        match (caller, caller.identity().map(|identity| &identity.by)) {
            (Caller::Owner, _) => Sender::Owner,
            (_, Some(Credential::Token(token, _))) => Sender::Token(*token),
            _ => Sender::Client(client),
        }
    }
}

impl TooMany {
    /// When to try again, in whole seconds.
    pub(super) fn retry_after(self) -> u64 {
        self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)
    }
}

/// In a sentence for the one who asked.
impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::SignUpsOfPerson => "Too many sign-ups or answers of this person for this event came within a minute",
            What::SignUpsFromAddress => "Too many sign-ups or answers came from your network within a minute",
            What::SignUpsWithToken => "Too many sign-ups or answers came with this token within a minute",
            What::FailedLogins => "Too many log-ins from your network failed within a minute",
            What::Searches => "Too many searches for sign-ups and personal data came from your network within a minute",
        })
    }
}

#[cfg(test)]
mod tests;
