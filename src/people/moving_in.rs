//! Many accounts at once, by whoever runs the server: people who come over from an earlier system, and those of a load
//! test. Nobody proves here that an address is theirs; the operator says so.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::try_join_all;
use headcount_core::ids::{AccountId, Millis};
use headcount_core::person::key_by_email;

use super::accounts::Account;
use super::tokens::{TOKEN_AGE_MS, TOKEN_PREFIX, TokenRequest, words};
use super::{Denial, Failed, People, generation, links};
use crate::clock;
use crate::secret::token_hash;
use crate::store::script::{Ran, Script};
use crate::values;

/// Accounts that are made or ended at once. They are one transaction, for which everybody else's commands wait on a data
/// file.
pub const MOVED_AT_ONCE_MAX: usize = 1_000;

/// Somebody who is to have an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Newcomer {
    /// Their name; where there is an account already, it keeps its own.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// Makes an account, or confirms the one that is there; not met by one that has ended.
const MAKE: &str = "\
insert into accounts (account_id, email, email_key, name, confirmed_at, created_at, generation) \
values ($1, $2, $3, $4, $5, $5, 1) on conflict (email_key) do update \
set confirmed_at = coalesce(accounts.confirmed_at, excluded.confirmed_at) where accounts.ended_at is null";

const GIVE_TOKEN: &str = "\
insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, expires_at) \
select $1, account_id, $3, $4, $5, generation, $6, $7 from accounts where email_key = $2";

/// The address is free again. Not met by an account that an organization still has, which might be left without an owner.
const END: &str = "\
update accounts set ended_at = coalesce(ended_at, $2), email_key = $3 where account_id = $1 \
and not exists (select 1 from members m where m.account_id = $1)";

const ENDED_ADDRESS: &str = "must be another address: the account that had it has ended and keeps it";
const STILL_A_MEMBER: &str = "must be the id of an account that belongs to no organization: remove it there first";

impl People {
    /// Makes accounts that can be used, without a password, or finds those of the same addresses, all or none: what is
    /// known of each, in the same order, and a new token where one is wanted. No two may have the same address.
    ///
    /// # Errors
    /// [`Denial::Invalid`] for the first whose account has ended.
    pub async fn move_in(
        &self,
        newcomers: &[Newcomer],
        token: Option<&TokenRequest>,
        now: Millis,
    ) -> Result<Vec<(Account, Option<String>)>, Failed> {
        let tokens: Vec<Option<String>> = newcomers.iter().map(|_| token.map(|_| new_token())).collect();
        let mut script = Script::default();
        for (newcomer, secret) in newcomers.iter().zip(&tokens) {
            let Newcomer { name, email } = newcomer;
            let key = key_by_email(email);
            script = script.one(MAKE, values![clock::new_id(), email, &key, name, now]);
            if let (Some(secret), Some(wanted)) = (secret, token) {
                let ends = wanted.expires_at.unwrap_or(Millis(now.0.saturating_add(TOKEN_AGE_MS)));
                let (id, hash, scopes) = (clock::new_id(), token_hash(secret), words(&wanted.scopes));
                script = script.one(GIVE_TOKEN, values![id, key, &wanted.name, hash, scopes, now, ends]);
            }
        }
        self.all_or_which(script, newcomers.len(), ".email", ENDED_ADDRESS).await?;
        let found = newcomers.iter().map(|newcomer| self.account_by_address(&newcomer.email));
        let accounts: Option<Vec<Account>> = try_join_all(found).await?.into_iter().collect();
        // Somebody may end one of them at the same moment.
        Ok(accounts.ok_or(Denial::NoSuch("account"))?.into_iter().zip(tokens).collect())
    }

    /// Ends accounts, all or none: nobody can log in to one again, its tokens and links no longer count, and its address is
    /// free. What has ended stays so. Registrations stay as they are.
    ///
    /// # Errors
    /// [`Denial::Invalid`] for the first that there is not, or that an organization has.
    pub async fn end_accounts(&self, accounts: &[AccountId], now: Millis) -> Result<(), Failed> {
        let end = |account: &AccountId| {
            let freed = format!("ended:{account}");
            Script::default()
                .one(END, values![account.0, now, freed])
                .then(generation::raise(*account))
                .then(links::end_all(*account, now))
        };
        let script = accounts.iter().map(end).fold(Script::default(), Script::then);
        self.all_or_which(script, accounts.len(), "", STILL_A_MEMBER).await
    }

    /// Runs a script that has as many steps for each of `count` accounts, and tells which of them stands in its way.
    async fn all_or_which(
        &self,
        script: Script,
        count: usize,
        field: &'static str,
        problem: &'static str,
    ) -> Result<(), Failed> {
        let steps_each = (script.steps().len() / count.max(1)).max(1);
        match self.run(script).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(step) => {
                let field = Cow::from(format!("accounts[{}]{field}", step / steps_each));
                Err(Denial::Invalid { field, problem }.into())
            }
        }
    }
}

fn new_token() -> String {
    format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(clock::random::<32>()))
}
