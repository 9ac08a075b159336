//! What one-time links do. Each is one script: it begins by using the link up, which only the first of several can do, and
//! all else it demands is undone with that if it is not met. What a used link keeps is what a repeat with the same
//! idempotency key must find.

use headcount_core::ids::{AccountId, Millis, OrganizationId};

use super::accounts::{Described, refuse_easy, take_address, usable};
use super::invitations::Invited;
use super::links::{self, Asks, NewAddress, OneTimeLink, Purpose, Wanted, from_data, to_data};
use super::outbox::{self, Template};
use super::passwords::Password;
use super::{Denial, Failed, People, generation, members, setup};
use crate::clock;
use crate::store::script::{Ran, Script};
use crate::values;

/// What somebody gives to use a link.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Their name, where an account is made.
    pub name: Option<String>,
    /// Their address, where it is not known yet.
    pub email: Option<String>,
    /// The password they want.
    pub password: Option<Password>,
    /// The language in which they are written to, by its tag, where an account is made; none: English.
    pub language: Option<String>,
}

/// What a link has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Followed {
    /// What it was for.
    pub purpose: Purpose,
    /// The account that it was about, or that was made.
    pub account: Option<AccountId>,
    /// The organization that the account belongs to by it.
    pub organization: Option<OrganizationId>,
}

impl People {
    /// What has to be given to use a link; none if this very request has used it.
    ///
    /// # Errors
    /// [`Denial::LinkEnded`], [`Denial::LinkUsed`].
    pub async fn asks(&self, token: &str, repeat: Option<&str>, now: Millis) -> Result<Option<Asks>, Failed> {
        let link = self.known_link(token).await?;
        if link.used_at.is_some() {
            return link.followed_by(repeat).map(|_| None);
        }
        link.check(now)?;
        Ok(Some(link.asks))
    }

    /// Does what a link is for. `repeat` stands for the request: the same one is answered as before.
    ///
    /// # Errors
    /// [`Denial::LinkEnded`], [`Denial::LinkUsed`], [`Denial::AddressTaken`], [`Denial::AlreadySetUp`]; [`Denial::Invalid`]
    /// if something is missing.
    pub async fn follow(
        &self,
        token: &str,
        given: Given,
        repeat: Option<&str>,
        now: Millis,
    ) -> Result<Followed, Failed> {
        let link = self.known_link(token).await?;
        if link.used_at.is_some() {
            return link.followed_by(repeat);
        }
        link.check(now)?;
        let (account, script) = match link.purpose {
            Purpose::Setup => self.set_up(given, now).await?,
            Purpose::Invitation => self.accept(&link, given, now).await?,
            Purpose::ConfirmAccount => confirm(&link, now)?,
            Purpose::ResetPassword => self.reset(&link, given, now).await?,
            Purpose::ChangeAddress => self.take_address(&link, now)?,
        };
        let ran = self.run(use_up(&link, account, repeat, now).then(script)).await?;
        match (ran, link.purpose) {
            (Ran::Done, _) => Ok(self.stored_link(link.id).await?.into()),
            // Somebody was faster, or it was ended meanwhile.
            (Ran::Unmet(0), _) => self.stored_link(link.id).await?.followed_by(repeat),
            (Ran::Unmet(step), Purpose::Setup) if step > 1 => Err(Denial::AlreadySetUp.into()),
            (Ran::Unmet(_), Purpose::ResetPassword) => Err(Denial::LinkEnded.into()),
            (Ran::Unmet(_), _) => Err(Denial::AddressTaken.into()),
        }
    }

    /// Makes the server's first owner.
    async fn set_up(&self, given: Given, now: Millis) -> Result<(AccountId, Script), Failed> {
        let email = required("email", given.email.clone())?;
        let (account, made) = self.new_account(&email, given, now).await?;
        Ok((account, made.then(setup::first_owner(account, now))))
    }

    /// Makes somebody a member, with the account they have or a new one.
    async fn accept(&self, link: &OneTimeLink, given: Given, now: Millis) -> Result<(AccountId, Script), Failed> {
        let invited: Invited = from_data(&link.data)?;
        let organization = link.organization_id.ok_or(Denial::LinkEnded)?;
        let (account, made) = match self.account_by_address(&invited.email).await? {
            Some(known) => (known.id, Script::default()),
            None => self.new_account(&invited.email, given, now).await?,
        };
        Ok((account, made.then(members::join(organization, account, &invited.rights, &invited.member_of, now))))
    }

    /// Sets a new password.
    async fn reset(&self, link: &OneTimeLink, given: Given, now: Millis) -> Result<(AccountId, Script), Failed> {
        const SQL: &str = "update accounts set password_hash = $2 where account_id = $1 and ended_at is null";
        let account = link.account_id.ok_or(Denial::LinkEnded)?;
        let password = required("password", given.password)?;
        let (name, email) = (link.name.as_deref().unwrap_or_default(), link.email.as_deref().unwrap_or_default());
        refuse_easy(&password, name, email)?;
        let hash = self.passwords().hash(password).await?;
        let script = Script::default()
            .one(SQL, values![account.0, hash])
            .then(generation::raise(account))
            .then(links::end_all(account, now))
            .then(self.mail(outbox::account(Template::PasswordChanged, account, now)));
        Ok((account, script))
    }

    /// Takes the address that the link was mailed to.
    fn take_address(&self, link: &OneTimeLink, now: Millis) -> Result<(AccountId, Script), Failed> {
        let account = link.account_id.ok_or(Denial::LinkEnded)?;
        let NewAddress { email } = from_data(&link.data)?;
        let mail = self.mail(outbox::old_address(Template::AddressChanged, account, now));
        Ok((account, links::end_all(account, now).then(take_address(account, &email, mail))))
    }

    async fn new_account(&self, email: &str, given: Given, now: Millis) -> Result<(AccountId, Script), Failed> {
        let (name, password) = (required("name", given.name)?, required("password", given.password)?);
        refuse_easy(&password, &name, email)?;
        let account = self.id_for_new(email, clock::new_id()).await?;
        let hash = self.passwords().hash(password).await?;
        let described = Described { name: &name, password_hash: &hash, language: given.language.as_deref() };
        Ok((account, usable(account, email, described, now)))
    }
}

/// Makes an account usable, as whoever asked for this very link wanted it.
fn confirm(link: &OneTimeLink, now: Millis) -> Result<(AccountId, Script), Failed> {
    const SQL: &str = "\
update accounts set name = $2, password_hash = $3, confirmed_at = $4, language = $5, generation = generation + 1 \
where account_id = $1 and confirmed_at is null and ended_at is null";
    let account = link.account_id.ok_or(Denial::LinkEnded)?;
    let Wanted { name, password_hash, language } = from_data(&link.data)?;
    Ok((account, Script::default().one(SQL, values![account.0, name, password_hash, now, language])))
}

/// The first step of every link: only one can take it.
fn use_up(link: &OneTimeLink, account: AccountId, repeat: Option<&str>, now: Millis) -> Script {
    const SQL: &str = "\
update links set used_at = $2, data = $3, account_id = $4 where link_id = $1 and used_at is null and expires_at > $2";
    Script::default().one(SQL, values![link.id, now, used_by(repeat), account.0])
}

/// What is kept in a used link: nothing of what it was to do.
fn used_by(repeat: Option<&str>) -> String {
    to_data(&repeat)
}

impl OneTimeLink {
    /// The answer to the one who used it, if this is the same request again.
    fn followed_by(self, repeat: Option<&str>) -> Result<Followed, Failed> {
        match self.used_at {
            None => Err(Denial::LinkEnded.into()),
            Some(_) if repeat.is_some() && self.data == used_by(repeat) => Ok(self.into()),
            Some(_) => Err(Denial::LinkUsed.into()),
        }
    }
}

impl From<OneTimeLink> for Followed {
    fn from(link: OneTimeLink) -> Followed {
        Followed { purpose: link.purpose, account: link.account_id, organization: link.organization_id }
    }
}

fn required<T>(field: &'static str, given: Option<T>) -> Result<T, Denial> {
    given.ok_or(Denial::Invalid { field: field.into(), problem: "is required" })
}
