//! Accounts: making one, logging in, and what its holder changes of it.
//!
//! Whoever does not own an address must not learn whether it has an account. So to make an account, to log in and to have
//! a password reset take the same work and are answered alike for known and unknown addresses, as long as mail can be
//! sent. Which of both it is, the script finds out where it writes.

use headcount_core::ids::{AccountId, Millis};
use headcount_core::person::key_by_email;
use uuid::Uuid;

use super::links::{self, NewAddress, NewLink, Purpose, Wanted, from_data, to_data};
use super::outbox::{self, Template};
use super::passwords::Password;
use super::sessions::NewSession;
use super::{Denial, Failed, People, generation};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Script, Value};
use crate::values;

/// An account, as its holder sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// The address, as it was typed.
    pub email: String,
    /// The holder's name.
    pub name: String,
    /// The language in which they are written to, by its tag; none: English.
    pub language: Option<String>,
    /// When it was made.
    pub created_at: Millis,
}

/// What somebody gives to make an account.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The password they want.
    pub password: Password,
    /// The language in which they are written to, by its tag; none: English.
    pub language: Option<String>,
}

/// What came of making an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registered {
    /// Whoever reads the mail of the address can go on.
    MailSent,
    /// It can be used.
    Made(Account),
}

/// What came of another address being wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressChange {
    /// Whoever reads the mail of the new address can go on.
    MailSent,
    /// It is changed.
    Done,
}

/// What stands in an account that is made.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    pub(super) name: &'a str,
    pub(super) password_hash: &'a str,
    pub(super) language: Option<&'a str>,
}

/// Somebody who wants to log in.
struct Found {
    account: Account,
    generation: i64,
    password_hash: Option<String>,
    is_confirmed: bool,
}

/// What a new password must not be.
pub(super) const TOO_EASY: &str = "must not be your name or address";

/// Makes an account that can be used, or takes over one that nobody has confirmed. See [`People::id_for_new`].
const USABLE: &str = "\
insert into accounts (account_id, email, email_key, name, password_hash, confirmed_at, created_at, generation, language) \
values ($1, $2, $3, $4, $5, $6, $6, 1, $7) on conflict (email_key) do update \
set email = excluded.email, name = excluded.name, language = excluded.language, password_hash = excluded.password_hash, \
confirmed_at = excluded.confirmed_at, generation = accounts.generation + 1 \
where accounts.account_id = excluded.account_id and accounts.confirmed_at is null and accounts.ended_at is null";

const UNUSABLE: &str = "\
insert into accounts (account_id, email, email_key, name, created_at, generation) values ($1, $2, $3, $4, $5, 1) \
on conflict (email_key) do nothing";

const LINK_TO_CONFIRM: &str = "\
insert into links (link_id, purpose, account_id, data, created_at, expires_at) \
select $1, 'confirm_account', account_id, $3, $4, $5 from accounts \
where email_key = $2 and confirmed_at is null and ended_at is null on conflict (link_id) do nothing";

const LINK_TO_RESET: &str = "\
insert into links (link_id, purpose, account_id, data, created_at, expires_at) \
select $1, 'reset_password', account_id, '{}', $3, $4 from accounts \
where email_key = $2 and confirmed_at is not null and ended_at is null on conflict (link_id) do nothing";

/// A link to nobody that is over, for an address without an account: the database has as much to do as for one with.
const LINK_TO_NOBODY: &str = "\
insert into links (link_id, purpose, data, created_at, expires_at) \
select $1, 'reset_password', '{}', $3, $3 \
where not exists (select 1 from links where link_id = $1) \
and not exists (select 1 from accounts where email_key = $2 and confirmed_at is not null and ended_at is null)";

const COLUMNS_FOR_LOGIN: &str = "\
select account_id, email, name, created_at, generation, password_hash, confirmed_at, language from accounts \
where email_key = $1 and ended_at is null";

const BY_ID: &str = "select account_id, email, name, created_at, generation, password_hash, confirmed_at, language from accounts \
where account_id = $1 and ended_at is null";

/// Only if it is still the password that was checked.
const SET_PASSWORD: &str = "\
update accounts set password_hash = $2 where account_id = $1 and generation = $3 and ended_at is null";

/// The last link that was asked for with this account's address and has not been used.
const LINK_NOT_YET_USED: &str = "\
select link_id, data from links where account_id = $1 and purpose = 'confirm_account' and used_at is null \
and expires_at > $2 order by created_at desc, link_id desc limit 1";

impl People {
    /// Makes an account for whoever asks. `key` makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::RegistrationOff`], [`Denial::Invalid`] for the password; where nothing is confirmed by mail also
    /// [`Denial::AddressTaken`].
    pub async fn register(&self, asked: Registration, key: Option<&str>, now: Millis) -> Result<Registered, Failed> {
        let settings = self.settings();
        if !settings.self_registration {
            return Err(Denial::RegistrationOff.into());
        }
        let Registration { name, email, password, language } = asked;
        refuse_easy(&password, &name, &email)?;
        let email_key = key_by_email(&email);
        let id = key.map_or_else(clock::new_id, |key| id_from_key("account", &email_key, key));
        if settings.confirm_email && settings.can_mail {
            let password_hash = self.passwords().hash(password).await?;
            let wanted = to_data(&Wanted { name: name.clone(), password_hash, language });
            let (confirm, reset) = (id, id_from_key("reset", &id.to_string(), ""));
            let script = Script::default()
                .step(UNUSABLE, values![clock::new_id(), &email, &email_key, &name, now])
                .step(LINK_TO_CONFIRM, values![confirm, &email_key, wanted, now, Purpose::ConfirmAccount.end(now)])
                .then(outbox::link(Template::ConfirmAccount, confirm, now))
                .step(LINK_TO_RESET, values![reset, &email_key, now, Purpose::ResetPassword.end(now)])
                .then(outbox::link(Template::AccountExists, reset, now));
            self.done(script).await?;
            return Ok(Registered::MailSent);
        }
        self.register_at_once(id, Registration { name, email, password, language }, now).await.map(Registered::Made)
    }

    async fn register_at_once(&self, id: Uuid, asked: Registration, now: Millis) -> Result<Account, Failed> {
        let Registration { name, email, password, language } = asked;
        let hash = self.passwords().hash(password.clone()).await?;
        let email_key = key_by_email(&email);
        let account = self.id_for_new(&email, id).await?;
        let described = Described { name: &name, password_hash: &hash, language: language.as_deref() };
        let ran = self.run(usable(account, &email, described, now)).await?;
        let found = self.found(COLUMNS_FOR_LOGIN, email_key.into()).await?.ok_or(Denial::AddressTaken)?;
        if ran == Ran::Done {
            return Ok(found.account);
        }
        // A repeat of the request that made it, which had the same password.
        let is_repeat = found.account.id.0 == id && found.account.name == name;
        if is_repeat && self.passwords().check(password, found.password_hash).await? {
            return Ok(found.account);
        }
        Err(Denial::AddressTaken.into())
    }

    /// Logs somebody in who knows the password.
    ///
    /// # Errors
    /// [`Denial::WrongLogin`], whatever is wrong.
    pub async fn log_in(
        &self,
        email: &str,
        password: Password,
        brought: Option<&str>,
        now: Millis,
    ) -> Result<(Account, NewSession), Failed> {
        let found = self.found(COLUMNS_FOR_LOGIN, key_by_email(email).into()).await?;
        if let Some(found) = found.as_ref().filter(|found| !found.is_confirmed) {
            self.remind(found.account.id, password, now).await?;
            return Err(Denial::WrongLogin.into());
        }
        let hash = found.as_ref().and_then(|found| found.password_hash.clone());
        let is_right = self.passwords().check(password, hash).await?;
        let found = found.filter(|_| is_right).ok_or(Denial::WrongLogin)?;
        let session = NewSession::new(now);
        // Whatever cookie the client brought is not taken over, and its session ends.
        let script = session.start(found.account.id, found.generation).then(super::sessions::end(brought));
        match self.run(script).await? {
            Ran::Done => Ok((found.account, session)),
            // The password was changed meanwhile.
            Ran::Unmet(_) => Err(Denial::WrongLogin.into()),
        }
    }

    /// Somebody wants to log in whose address was never confirmed. If the password is the one they wanted, the mail did
    /// not arrive, or was not read: it is sent again.
    async fn remind(&self, account: AccountId, password: Password, now: Millis) -> Result<(), Failed> {
        let link = self.row(LINK_NOT_YET_USED, values![account.0, now]).await?;
        let Some(link) = link else {
            return self.passwords().check(password, None).await.map(drop);
        };
        let wanted: Wanted = from_data(&link.text(1)?)?;
        if self.passwords().check(password, Some(wanted.password_hash)).await? {
            self.done(outbox::link_again(Template::ConfirmAccount, link.id(0)?, now)).await?;
        }
        Ok(())
    }

    /// Mails a link that sets a new password to whoever has an account with this address. `key` makes a repeat harmless.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn ask_for_reset(&self, email: &str, key: Option<&str>, now: Millis) -> Result<(), Failed> {
        if !self.settings().can_mail {
            return Ok(());
        }
        let email_key = key_by_email(email);
        let link = key.map_or_else(clock::new_id, |key| id_from_key("reset", &email_key, key));
        let ends = Purpose::ResetPassword.end(now);
        let script = Script::default()
            .step(LINK_TO_RESET, values![link, &email_key, now, ends])
            .step(LINK_TO_NOBODY, values![link, &email_key, now])
            .then(outbox::link(Template::ResetPassword, link, now));
        self.done(script).await
    }

    /// An account by its id.
    ///
    /// # Errors
    /// If there is none.
    pub async fn account(&self, account: AccountId) -> Result<Account, Failed> {
        Ok(self.by_id(account).await?.account)
    }

    /// Changes the password of somebody who knows the present one. All their sessions and tokens end; the one who did it
    /// gets a new session.
    ///
    /// # Errors
    /// [`Denial::WrongPassword`], [`Denial::Invalid`] for the new one.
    pub async fn change_password(
        &self,
        account: AccountId,
        current: Password,
        new: Password,
        now: Millis,
    ) -> Result<NewSession, Failed> {
        let found = self.with_password(account, current).await?;
        refuse_easy(&new, &found.account.name, &found.account.email)?;
        let hash = self.passwords().hash(new).await?;
        let session = NewSession::new(now);
        let script = Script::default()
            .one(SET_PASSWORD, values![account.0, hash, found.generation])
            .then(generation::raise(account))
            .then(links::end_all(account, now))
            .then(self.mail(outbox::account(Template::PasswordChanged, account, now)))
            .then(session.start(account, found.generation + 1));
        match self.run(script).await? {
            Ran::Done => Ok(session),
            Ran::Unmet(_) => Err(Denial::WrongPassword.into()),
        }
    }

    /// Has another address taken for an account, of somebody who knows the password: when a mail to the new address was
    /// answered; at once where no mail can be sent. `key` makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::WrongPassword`]; where no mail can be sent also [`Denial::AddressTaken`].
    pub async fn change_address(
        &self,
        account: AccountId,
        email: &str,
        password: Password,
        key: Option<&str>,
        now: Millis,
    ) -> Result<AddressChange, Failed> {
        self.with_password(account, password).await?;
        if !self.settings().can_mail {
            return match self.run(take_address(account, email, Script::default())).await? {
                Ran::Done => Ok(AddressChange::Done),
                Ran::Unmet(_) => Err(Denial::AddressTaken.into()),
            };
        }
        let fresh = key.map_or_else(clock::new_id, |key| id_from_key("address", &account.to_string(), key));
        let data = to_data(&NewAddress { email: email.to_owned() });
        let (purpose, by, organization) = (Purpose::ChangeAddress, Some(account), None);
        let link = NewLink { id: fresh, purpose, account: by, organization, data: &data, by, now };
        let script = links::make(&link).then(outbox::link(Template::ChangeAddress, fresh, now));
        if self.run(script).await? != Ran::Done && self.stored_link(fresh).await?.email.as_deref() != Some(email) {
            return Err(Denial::KeyReused.into());
        }
        Ok(AddressChange::MailSent)
    }

    /// A usable account with this address.
    pub(super) async fn account_by_address(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let found = self.found(COLUMNS_FOR_LOGIN, key_by_email(email).into()).await?;
        Ok(found.filter(|found| found.is_confirmed).map(|found| found.account))
    }

    /// The id of an account that is to be made: that of the one that nobody has confirmed, if there is one.
    pub(super) async fn id_for_new(&self, email: &str, fresh: Uuid) -> Result<AccountId, StoreError> {
        let found = self.found(COLUMNS_FOR_LOGIN, key_by_email(email).into()).await?;
        Ok(found.filter(|found| !found.is_confirmed).map_or(AccountId(fresh), |found| found.account.id))
    }

    async fn with_password(&self, account: AccountId, password: Password) -> Result<Found, Failed> {
        let found = self.by_id(account).await?;
        if self.passwords().check(password, found.password_hash.clone()).await? {
            Ok(found)
        } else {
            Err(Denial::WrongPassword.into())
        }
    }

    async fn by_id(&self, account: AccountId) -> Result<Found, Failed> {
        Ok(self.found(BY_ID, account.0.into()).await?.ok_or(Denial::NoSuch("account"))?)
    }

    async fn found(&self, sql: &'static str, which: Value) -> Result<Option<Found>, StoreError> {
        self.row(sql, vec![which]).await?.as_ref().map(read).transpose()
    }
}

/// Makes an account that can be used. Not met if somebody has one with this address.
pub(super) fn usable(account: AccountId, email: &str, described: Described<'_>, now: Millis) -> Script {
    let Described { name, password_hash, language } = described;
    let values = values![account.0, email, key_by_email(email), name, password_hash, now, language.map(str::to_owned)];
    Script::default().one(USABLE, values)
}

/// Takes another address for an account. The last step is not met if somebody else has it.
pub(super) fn take_address(account: AccountId, email: &str, mail: Script) -> Script {
    const FREE: &str = "delete from accounts where email_key = $1 and confirmed_at is null";
    const TAKE: &str = "\
update accounts set email = $2, email_key = $3 where account_id = $1 and ended_at is null \
and not exists (select 1 from accounts others where others.email_key = $3 and others.account_id <> $1)";
    let email_key = key_by_email(email);
    Script::default()
        .step(FREE, values![&email_key])
        .then(mail)
        .then(generation::raise(account))
        .one(TAKE, values![account.0, email, &email_key])
}

/// # Errors
/// If it is what everybody tries first.
pub(super) fn refuse_easy(password: &Password, name: &str, email: &str) -> Result<(), Denial> {
    let is_easy = password.is_one_of(&[name, email]);
    if is_easy { Err(Denial::Invalid { field: "password".into(), problem: TOO_EASY }) } else { Ok(()) }
}

fn read(row: &Row) -> Result<Found, StoreError> {
    Ok(Found {
        account: Account {
            id: AccountId(row.id(0)?),
            email: row.text(1)?,
            name: row.text(2)?,
            created_at: Millis(row.int(3)?),
            language: row.opt_text(7)?,
        },
        generation: row.int(4)?,
        password_hash: row.opt_text(5)?,
        is_confirmed: row.opt_int(6)?.is_some(),
    })
}
