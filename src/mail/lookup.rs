//! What an order is about and to whom it goes, looked up at the moment it is sent: what has changed since is told as it is
//! now, and what has become pointless is not told at all.

use headcount_core::ids::{EventId, Millis, RegistrationId, Seq};
use headcount_core::notice::Stand;
use headcount_core::person::key_by_email;
use headcount_core::view::EventView;
use lettre::Address;
use lettre::message::Mailbox;

use super::letters::{self, OneTime, Reader, SignUp};
use super::news::{self, News};
use super::outbox::{self, Due};
use super::render::Letter;
use super::spread::ToMany;
use crate::secret::{Link, Secret};
use crate::store::read::{Page, PersonRef, RegistrationInEvent, RegistrationView};
use crate::store::script::Script;
use crate::store::{Readers, StoreError};
use crate::values;
use crate::words::Language;

/// Sign-ups that one mail tells of at most.
const SIGN_UPS_MAX: u32 = 50;

/// For how long an event goes on that has no end.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the tokens of one-time links are derived for.
const ONE_TIME_LINK: &str = "one_time_link";

/// A removal whose reason is told.
const REMOVED_BECAUSE: &str = "removed_because";

const ACCOUNT: &str =
    "select email, name, confirmed_at, language from accounts where account_id = $1 and ended_at is null";
const LINK: &str = "select links.account_id, links.data, links.expires_at, organizations.name from links \
     left join organizations on organizations.organization_id = links.organization_id \
     where links.link_id = $1 and links.used_at is null and links.expires_at > $2";

/// What to do with an order.
pub(super) enum Found {
    /// Send this to them.
    Mail(Box<Ready>),
    /// Nothing, and why.
    NotNeeded(&'static str),
    /// Nothing, as it was undone: this is to be noted.
    Undone(Script),
    /// Look again a little later: something else is to be told before.
    NotYet,
    /// Hand it on to many.
    ToMany(ToMany),
    /// Leave it to a server of a later version, which knows what it is.
    Unknown,
}

/// A message that can be sent.
pub(super) struct Ready {
    pub(super) to: Mailbox,
    pub(super) letter: Letter,
    /// What is to be noted when it was sent, beside that.
    pub(super) also: Script,
}

/// What it takes to look things up.
pub(super) struct Lookup {
    pub(super) readers: Readers,
    pub(super) secret: Secret,
    pub(super) public_url: String,
    /// From whom mail comes.
    pub(super) from: Mailbox,
}

/// Somebody with an account.
struct Account {
    email: String,
    name: String,
    is_confirmed: bool,
    language: Language,
}

impl Lookup {
    /// What to do with an order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) async fn find(&self, due: &Due, now: Millis) -> Result<Found, StoreError> {
        match due.template.as_str() {
            "verify" | "already_signed_up" | "resend_link" => self.about_registration(due, now).await,
            "my_sign_ups" => self.about_address(due, now).await,
            "confirm_account" | "account_exists" | "reset_password" | "invitation" | "change_address" => {
                self.about_link(due, now).await
            }
            "address_changed" | "password_changed" => self.about_account(due).await,
            "called" if due.account.is_some() => self.about_call(due, now).await,
            template => match (due.registration.is_none().then(|| ToMany::named(template)), News::named(template)) {
                (Some(Some(kind)), _) => self.about_many(due, kind).await,
                (_, Some(news)) => self.about_news(due, news, now).await,
                _ => Ok(Found::Unknown),
            },
        }
    }

    /// What has happened to a registration, if it is still so.
    async fn about_news(&self, due: &Due, news: &News, now: Millis) -> Result<Found, StoreError> {
        let Some((event, id)) = due.registration else { return Ok(Found::NotNeeded("it names no registration")) };
        if outbox::waits_for_earlier(&self.readers, due).await? {
            return Ok(Found::NotYet);
        }
        let Some(found) = self.readers.registration(event, id, now).await? else {
            return Ok(Found::NotNeeded("the registration is gone"));
        };
        let one = &found.registration.registration;
        let told = outbox::told(event, id, found.registration.seq, now);
        if due.stood.as_ref().is_some_and(|stood| stood.parse::<Stand>().ok() == Stand::of(one)) {
            return Ok(Found::Undone(told));
        }
        let sign_up = self.sign_up(&found);
        if !news.fits(&sign_up) {
            return Ok(Found::NotNeeded("it is otherwise by now"));
        }
        let Some(email) = &one.details.email else { return Ok(Found::NotNeeded("the registration has no address")) };
        // Where guests verify their address, who is in has done so.
        let is_theirs =
            found.event.settings.verify_minutes.is_some() && one.verify_by.is_none() && one.status.is_active();
        let name = is_theirs.then_some(one.details.name.as_str());
        let reader = Reader { language: language(one.details.language.as_deref()), name };
        let reason = if due.template == REMOVED_BECAUSE { self.reason(due).await? } else { None };
        let letter = news.letter(reader, &sign_up, reason.as_deref());
        let letter = Letter { attached: news.attached(&sign_up, &self.from, now), ..letter };
        let also = if due.stood.is_some() { told } else { Script::default() };
        Ok(self.mail(email, name, self.answered_by_organizer(letter, &found.event), also))
    }

    /// What staff gave as the reason.
    async fn reason(&self, due: &Due) -> Result<Option<String>, StoreError> {
        let (Some((event, _)), Some(seq)) = (due.registration, due.seq) else { return Ok(None) };
        let before = Seq(u64::try_from(seq - 1).unwrap_or_default());
        let lines = self.readers.log(event, before, 1).await?;
        Ok(lines.into_iter().next().and_then(|line| line.text))
    }

    /// Whether somebody in a team comes.
    async fn about_call(&self, due: &Due, now: Millis) -> Result<Found, StoreError> {
        let (Some(event), Some(account)) = (due.event, due.account) else {
            return Ok(Found::NotNeeded("it names no event"));
        };
        let Some(view) = self.readers.event(event, now).await?.filter(news::is_on) else {
            return Ok(Found::NotNeeded("the event does not take place"));
        };
        let Some(account) = self.account(account).await? else {
            return Ok(Found::NotNeeded("the account has ended"));
        };
        let name = Some(account.name.as_str());
        let letter = letters::called(Reader { language: account.language, name }, &view, self.event_url(&view));
        Ok(self.mail(&account.email, name, self.answered_by_organizer(letter, &view), Script::default()))
    }

    fn answered_by_organizer(&self, letter: Letter, event: &EventView) -> Letter {
        Letter { reply_to: news::reply_to(&event.texts.contact), ..letter }
    }

    /// The page of an event.
    fn event_url(&self, event: &EventView) -> String {
        format!("{}/e/{}", self.public_url, event.settings.form.slug)
    }

    async fn about_registration(&self, due: &Due, now: Millis) -> Result<Found, StoreError> {
        let Some((event, id)) = due.registration else { return Ok(Found::NotNeeded("it names no registration")) };
        let Some(found) = self.readers.registration(event, id, now).await? else {
            return Ok(Found::NotNeeded("the registration is gone"));
        };
        let one = &found.registration.registration;
        let Some(email) = &one.details.email else { return Ok(Found::NotNeeded("the registration has no address")) };
        let name = one.verify_by.is_none().then_some(one.details.name.as_str());
        let reader = |name| Reader { language: language(one.details.language.as_deref()), name };
        let sign_up = self.sign_up(&found);
        let letter = match (due.template.as_str(), one.verify_by) {
            ("verify", Some(until)) if until > now => letters::verify(reader(None), &sign_up, until),
            ("verify", _) => return Ok(Found::NotNeeded("there is nothing to confirm any more")),
            ("already_signed_up", _) if !one.status.is_active() => {
                return Ok(Found::NotNeeded("nobody is signed up any more"));
            }
            (template, _) => letters::reminder(reader(name), template, &sign_up),
        };
        Ok(self.mail(email, name, self.answered_by_organizer(letter, &found.event), Script::default()))
    }

    /// Everything that is ahead of an address. It goes to the address as it stands in the registrations: what was typed by
    /// whoever asked may be read as the same address, and lead to another mailbox.
    async fn about_address(&self, due: &Due, now: Millis) -> Result<Found, StoreError> {
        let Some(typed) = &due.address else { return Ok(Found::NotNeeded("it names no address")) };
        let page = Page { limit: SIGN_UPS_MAX, cursor: None };
        let (_, listed) = self.readers.person_registrations(&PersonRef::Address(key_by_email(typed)), &page).await?;
        let mut found: Vec<RegistrationInEvent> = Vec::new();
        for view in listed.items.into_iter().filter(|view| view.registration.status.is_active()) {
            if let Some(event) = self.readers.event(view.event, now).await? {
                let day_of_start = event.settings.starts_at.map(|starts_at| Millis(starts_at.0 + DAY_MS));
                if event.settings.ends_at.or(day_of_start).is_none_or(|ends_at| ends_at > now) {
                    found.push(RegistrationInEvent { registration: view, event });
                }
            }
        }
        let stored = found.iter().filter_map(|one| email(&one.registration));
        let Some(to) = stored.clone().find(|email| *email == typed).or(stored.clone().next_back()).cloned() else {
            return Ok(Found::NotNeeded("nobody with this address is signed up"));
        };
        let is_theirs =
            |one: &&RegistrationInEvent| email(&one.registration).is_some_and(|email| email.eq_ignore_ascii_case(&to));
        let sign_ups: Vec<SignUp<'_>> = found.iter().filter(is_theirs).map(|one| self.sign_up(one)).collect();
        // In the language that they used last.
        let latest = sign_ups.last().and_then(|one| one.found.registration.registration.details.language.as_deref());
        let reader = Reader { language: language(latest), name: None };
        Ok(self.mail(&to, None, letters::my_sign_ups(reader, &sign_ups), Script::default()))
    }

    async fn about_link(&self, due: &Due, now: Millis) -> Result<Found, StoreError> {
        let Some(id) = due.link else { return Ok(Found::NotNeeded("it names no link")) };
        let Some(row) = self.readers.rows(LINK, values![id, now]).await?.into_iter().next() else {
            return Ok(Found::NotNeeded("the link was used or has expired"));
        };
        let account = match due.account.or(row.opt_id(0)?) {
            Some(account) => self.account(account).await?,
            None => None,
        };
        let data: serde_json::Value = serde_json::from_str(&row.text(1)?).unwrap_or_default();
        let named = due.address.as_deref().or(data["email"].as_str());
        let Some(email) = named.or(account.as_ref().map(|account| account.email.as_str())) else {
            return Ok(Found::NotNeeded("the account has ended"));
        };
        // Another address than the account's is not known to be theirs.
        let name = account.as_ref().filter(|account| account.is_confirmed && account.email == email);
        let name = name.map(|account| account.name.as_str());
        // A link says itself in which language it was asked for, where it makes the account.
        let asked_in = data["language"].as_str().map(|tag| language(Some(tag)));
        let of_account = account.as_ref().map(|account| account.language);
        let reader = Reader { language: asked_in.or(of_account).unwrap_or_else(Language::english), name };
        let url = format!("{}/l/{}", self.public_url, self.secret.token(ONE_TIME_LINK, id));
        let link = OneTime { url, until: Millis(row.int(2)?), organization: row.opt_text(3)? };
        Ok(self.mail(email, name, letters::one_time(reader, &due.template, link), Script::default()))
    }

    async fn about_account(&self, due: &Due) -> Result<Found, StoreError> {
        let account = match due.account {
            Some(account) => self.account(account).await?,
            None => None,
        };
        let Some(account) = account else { return Ok(Found::NotNeeded("the account has ended")) };
        let email = due.address.as_ref().unwrap_or(&account.email);
        let reader = Reader { language: account.language, name: Some(account.name.as_str()) };
        Ok(self.mail(email, reader.name, letters::news(reader, &due.template), Script::default()))
    }

    async fn account(&self, id: uuid::Uuid) -> Result<Option<Account>, StoreError> {
        let rows = self.readers.rows(ACCOUNT, values![id]).await?;
        let read = |row: &crate::store::script::Row| {
            Ok(Account {
                email: row.text(0)?,
                name: row.text(1)?,
                is_confirmed: row.opt_int(2)?.is_some(),
                language: language(row.opt_text(3)?.as_deref()),
            })
        };
        rows.first().map(read).transpose()
    }

    fn sign_up<'a>(&self, found: &'a RegistrationInEvent) -> SignUp<'a> {
        let one = &found.registration.registration;
        let url = self.registration_url(found.registration.event, one.id, one.link_version);
        SignUp { found, url, event_url: self.event_url(&found.event) }
    }

    /// The page of a registration, for its holder.
    fn registration_url(&self, event: EventId, registration: RegistrationId, version: u32) -> String {
        format!("{}/r/{}", self.public_url, self.secret.link_token(Link { event, registration, version }))
    }

    fn mail(&self, email: &str, name: Option<&str>, letter: Letter, also: Script) -> Found {
        match email.parse::<Address>() {
            Ok(address) => {
                let to = Mailbox::new(name.map(str::to_owned), address);
                Found::Mail(Box::new(Ready { to, letter: letter.signed(&self.public_url), also }))
            }
            Err(_) => Found::NotNeeded("the address is none that mail can be sent to"),
        }
    }
}

fn email(view: &RegistrationView) -> Option<&String> {
    view.registration.details.email.as_ref()
}

/// The language with this tag. English where none is known, or where the server does not speak it any more.
fn language(tag: Option<&str>) -> Language {
    tag.and_then(Language::tagged).unwrap_or_else(Language::english)
}
