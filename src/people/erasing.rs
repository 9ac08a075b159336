//! Erasing a person: all that is kept about somebody, in all events, and their account.
//!
//! Registrations stay, so that every count is right, but nobody can tell any more whose they were; the log stays as it is,
//! as nothing personal is in it. That it was done is noted as a keyed hash of the address, so that it can be done again
//! after an older backup was restored, and an address that signs up later is a new person.

use headcount_core::command::{Action, Actor, Command, Erase, EraseWhen, Mode};
use headcount_core::decision::Outcome;
use headcount_core::ids::{AccountId, EventId, Millis, RegistrationId};
use headcount_core::person::{key_by_email, key_by_entry};

use super::{Denial, Failed, People, generation, links};
use crate::lanes::Rejected;
use crate::store::StoreError;
use crate::store::read::{Page, PersonRef, RegistrationView};
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// What the noted erasures begin with, among the facts of a database.
const NOTED: &str = "erased:";
/// Rows that are read at once.
const ROWS_AT_ONCE: u32 = 100;
/// What the hash of an address is made for.
const PURPOSE: &str = "erased";

const NOTE: &str = "\
insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value \
where meta.value < excluded.value";

/// Not met by an account that an organization still has, which might be left without an owner.
const ERASE_ACCOUNT: &str = "\
update accounts set ended_at = coalesce(ended_at, $2), email = '', email_key = $3, name = '', language = null, \
password_hash = null where account_id = $1 and not exists (select 1 from members m where m.account_id = $1)";

const STILL_A_MEMBER: &str = "must be of somebody who belongs to no organization: remove their account there first";

/// What becomes of the memberships of an account that is erased.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memberships {
    /// While there are any, nothing is done.
    Stand,
    /// They end: it is erased again, as it was before the erasure.
    End,
}

/// What was erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Erased {
    /// Registrations of which nobody can tell any more whose they were.
    pub registrations: u64,
    /// Accounts.
    pub accounts: u64,
}

/// That somebody was erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// A keyed hash of the address.
    pub person: String,
    /// When it was done.
    pub at: Millis,
}

impl Erasure {
    /// From a fact of a database; none: the fact tells something else.
    pub fn of_fact(name: &str, value: &str) -> Option<Erasure> {
        Some(Erasure { person: name.strip_prefix(NOTED)?.to_owned(), at: Millis(value.parse().ok()?) })
    }
}

impl People {
    /// Erases whoever has this address. If it is cut short, it can be done again, and finds what is left.
    ///
    /// # Errors
    /// [`Denial::Invalid`] if the account belongs to an organization: nothing was done then.
    pub async fn erase(&self, email: &str, now: Millis) -> Result<Erased, Failed> {
        let key = key_by_email(email);
        let erasure = Erasure { person: self.hash_of(&key), at: now };
        self.erase_key(&key, email, &erasure, Memberships::Stand).await
    }

    /// Erases again whom `erasures` name, as far as they were there before they were erased.
    ///
    /// # Errors
    /// As [`People::erase`].
    pub async fn erase_again(&self, erasures: &[Erasure]) -> Result<Erased, Failed> {
        let notes = erasures.iter().map(note);
        self.done(notes.fold(Script::default(), Script::then)).await?;
        let mut erased = Erased::default();
        let mut after = "email:".to_owned();
        loop {
            let found = self.rows(KEYS, values![&after, i64::from(ROWS_AT_ONCE)]).await?;
            let Some(last) = found.last() else { return Ok(erased) };
            after = last.text(0)?;
            for row in &found {
                let key = row.text(0)?;
                let named = addresses(&key).find_map(|address| {
                    let hash = self.hash_of(address);
                    erasures.iter().find(|erasure| erasure.person == hash).map(|erasure| (address, erasure))
                });
                if let Some((address, erasure)) = named {
                    let email = address.strip_prefix("email:").unwrap_or_default();
                    let more = self.erase_key(address, email, erasure, Memberships::End).await?;
                    erased.registrations += more.registrations;
                    erased.accounts += more.accounts;
                }
            }
        }
    }

    /// Who was erased, by hash.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        let rows = self.rows("select name, value from meta where name >= 'erased:' and name < 'erased;'", values![]);
        let erasure = |row: &Row| {
            let noted = Erasure::of_fact(&row.text(0)?, &row.text(1)?);
            noted.ok_or_else(|| StoreError::Unavailable("a noted erasure cannot be read".into()))
        };
        rows.await?.iter().map(erasure).collect()
    }

    fn hash_of(&self, key: &str) -> String {
        self.secret().id_of(PURPOSE, key).simple().to_string()
    }

    async fn erase_key(
        &self,
        key: &str,
        email: &str,
        erasure: &Erasure,
        memberships: Memberships,
    ) -> Result<Erased, Failed> {
        let before = match memberships {
            Memberships::Stand => Millis(i64::MAX),
            Memberships::End => erasure.at,
        };
        let account = self.row(ACCOUNT, values![key, before]).await?;
        let account = account.map(|row| row.id(0)).transpose()?.map(AccountId);
        let ended = account.filter(|_| memberships == Memberships::End).map_or(Script::default(), of_member);
        let script = ended.then(account.map_or(Script::default(), |account| of_account(account, erasure.at)));
        // First of all: what is cut short is found again by it.
        match self.run(script.then(of_address(email)).then(note(erasure))).await? {
            Ran::Done => {}
            Ran::Unmet(_) => return Err(Denial::Invalid { field: "email".into(), problem: STILL_A_MEMBER }.into()),
        }
        let mut erased = Erased { registrations: 0, accounts: account.map_or(0, |_| 1) };
        for view in self.registrations_at(key).await? {
            if view.registration.created_at < before {
                self.erase_registration(view.event, view.registration.id).await?;
                erased.registrations += 1;
            }
        }
        Ok(erased)
    }

    async fn registrations_at(&self, key: &str) -> Result<Vec<RegistrationView>, StoreError> {
        let person = PersonRef::Address(key.to_owned());
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = Page { limit: ROWS_AT_ONCE, cursor };
            let (_, listed) = self.0.readers.person_registrations(&person, &page).await?;
            all.extend(listed.items);
            cursor = listed.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    async fn erase_registration(&self, event: EventId, id: RegistrationId) -> Result<(), Failed> {
        // Before, as it is not found again afterwards; and after, for what came in between.
        self.done(Beside::One(id).script(event)).await?;
        self.make_nameless(event, id, Actor::Owner, EraseWhen::Asked).await?;
        self.done(Beside::One(id).script(event)).await
    }

    /// Has a registration forget whose it is. What stands beside it is another matter, see [`Beside`].
    pub(super) async fn make_nameless(
        &self,
        event: EventId,
        id: RegistrationId,
        actor: Actor,
        when: EraseWhen,
    ) -> Result<(), Failed> {
        let person = self.secret().person(event, key_by_entry(id));
        let action = Action::Erase(Erase { registration: id, person, when });
        let command = Command { event, actor, idempotency: None, mode: Mode::Apply, action };
        match self.0.lanes.submit(command).await? {
            Outcome::Registration(_) => Ok(()),
            other => {
                tracing::error!(outcome = ?other, "a registration could not be erased");
                Err(Rejected::Internal.into())
            }
        }
    }
}

const KEYS: &str = "\
select k from (select person as k from registrations where person > $1 and person < 'email;' \
union select email_key as k from accounts where email_key > $1 and email_key < 'email;') keys order by k limit $2";

const ACCOUNT: &str = "select account_id from accounts where email_key = $1 and ended_at is null and created_at < $2";

/// The keys of addresses that the key of a person may belong to: a name may stand behind `#`, and an address may hold one.
fn addresses(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('#').map(|(at, _)| &key[..at]).chain([key])
}

fn note(erasure: &Erasure) -> Script {
    let (name, at) = (format!("{NOTED}{}", erasure.person), erasure.at.0.to_string());
    Script::default().step(NOTE, values![name, at])
}

/// They had been ended when the account was erased before.
fn of_member(account: AccountId) -> Script {
    Script::default()
        .step("delete from members where account_id = $1", values![account.0])
        .step("delete from grants where account_id = $1", values![account.0])
        .step("delete from team_members where account_id = $1", values![account.0])
}

fn of_account(account: AccountId, now: Millis) -> Script {
    Script::default()
        .one(ERASE_ACCOUNT, values![account.0, now, format!("ended:{account}")])
        .then(generation::raise(account))
        .then(links::end_all(account, now))
        .step("delete from sessions where account_id = $1", values![account.0])
        .step("delete from tokens where account_id = $1", values![account.0])
        .step("delete from links where account_id = $1", values![account.0])
        .step("delete from outbox where account_id = $1", values![account.0])
}

/// Invitations and mails that name the address.
fn of_address(email: &str) -> Script {
    const INVITED: &str = "delete from links where replace(lower(data), lower($1), '') <> lower(data)";
    Script::default()
        .step(INVITED, values![links::to_data(&email)])
        .step("delete from outbox where lower(address) = lower($1)", values![email])
}

/// What else is kept about registrations of an event: reasons and mails that wait. What webhooks are told names nobody, and who
/// a registration is of is read when it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Beside {
    /// About this one.
    One(RegistrationId),
    /// About all of them.
    All,
}

impl Beside {
    /// Removes it.
    pub(super) fn script(self, event: EventId) -> Script {
        // By the texts, as there are few of them (SQLite does as it is written here): entries of the log are not found by their
        // registration.
        const TEXTS_OF_ONE: &str = "delete from log_texts where event_id = $1 and exists (select 1 from log \
                                    where log.event_id = $1 and log.seq = log_texts.seq and registration_id = $2)";
        const TEXTS_OF_ALL: &str = "delete from log_texts where event_id = $1 and exists (select 1 from log \
                                    where log.event_id = $1 and log.seq = log_texts.seq and registration_id is not null)";
        const MAIL_OF_ONE: &str = "delete from outbox where event_id = $1 and registration_id = $2";
        const MAIL_OF_ALL: &str = "delete from outbox where event_id = $1 and registration_id is not null";
        match self {
            Beside::One(id) => {
                Script::default().step(TEXTS_OF_ONE, values![event.0, id.0]).step(MAIL_OF_ONE, values![event.0, id.0])
            }
            Beside::All => Script::default().step(TEXTS_OF_ALL, values![event.0]).step(MAIL_OF_ALL, values![event.0]),
        }
    }
}
