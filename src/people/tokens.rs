//! API tokens: what programs show instead of a session. Named, for chosen scopes, over at a chosen time, and stored as
//! hashes: a token is told once, when it is made.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headcount_core::ids::{AccountId, Millis, TokenId};

use super::identity::Scope;
use super::{Denial, Failed, People};
use crate::clock;
use crate::secret::{id_from_key, token_hash};
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// What API tokens begin with.
pub const TOKEN_PREFIX: &str = "hct_";
/// How long a token can be made to last.
pub const TOKEN_AGE_MS_MAX: i64 = 366 * DAY_MS;
/// How long a token lasts whose end is not chosen.
pub const TOKEN_AGE_MS: i64 = 90 * DAY_MS;
/// Tokens of one account that have not ended.
const TOKENS_MAX: i64 = 100;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What tokens that are made with an idempotency key are derived for: a repeat is told the same one.
const DERIVED_FOR: &str = "api_token";

/// What a token is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRequest {
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it ends; none: after the usual time.
    pub expires_at: Option<Millis>,
}

/// A token as its holder sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: Millis,
    /// When it ends.
    pub expires_at: Option<Millis>,
    /// Whether it has ended: revoked, over, or made before password, address or a right of the account changed.
    pub is_ended: bool,
}

impl People {
    /// Makes a token for an account: the token, and what is known of it. `key` makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::KeyReused`]; [`Denial::Invalid`] if there are too many.
    pub async fn make_token(
        &self,
        account: AccountId,
        asked: TokenRequest,
        key: Option<&str>,
        now: Millis,
    ) -> Result<(String, Token), Failed> {
        const SQL: &str = "\
insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, expires_at) \
select $1, account_id, $3, $4, $5, generation, $6, $7 from accounts where account_id = $2 and ended_at is null \
and (select count(*) from tokens t where t.account_id = $2 and t.revoked_at is null and t.expires_at > $6) < $8 \
on conflict do nothing";
        let id = key.map_or_else(clock::new_id, |key| id_from_key("token", &account.to_string(), key));
        let secret = match key {
            Some(_) => self.secret().token(DERIVED_FOR, id),
            None => URL_SAFE_NO_PAD.encode(clock::random::<32>()),
        };
        let secret = format!("{TOKEN_PREFIX}{secret}");
        let ends = asked.expires_at.unwrap_or(Millis(now.0.saturating_add(TOKEN_AGE_MS)));
        let values =
            values![id, account.0, &asked.name, token_hash(&secret), words(&asked.scopes), now, ends, TOKENS_MAX];
        let ran = self.run(Script::default().one(SQL, values)).await?;
        let made = self.tokens(account, now).await?.into_iter().find(|token| token.id.0 == id);
        let token = match made {
            Some(token) => token,
            None if ran == Ran::Done => return Err(Denial::NoSuch("token").into()),
            None => return Err(Denial::Invalid { field: "name".into(), problem: TOO_MANY }.into()),
        };
        if ran != Ran::Done && !token.is_what(&asked) {
            return Err(Denial::KeyReused.into());
        }
        Ok((secret, token))
    }

    /// The tokens of an account, newest first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn tokens(&self, account: AccountId, now: Millis) -> Result<Vec<Token>, Failed> {
        const SQL: &str = "\
select t.token_id, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.generation - a.generation \
from tokens t join accounts a on a.account_id = t.account_id \
where t.account_id = $1 order by t.created_at desc, t.token_id desc limit 1000";
        let rows = self.rows(SQL, values![account.0]).await?;
        Ok(rows.iter().map(|row| read(row, now)).collect::<Result<_, _>>()?)
    }

    /// Ends a token.
    ///
    /// # Errors
    /// [`Denial::NoSuch`] if the account has none with this id.
    pub async fn revoke_token(&self, account: AccountId, token: TokenId, now: Millis) -> Result<(), Failed> {
        const SQL: &str = "\
update tokens set revoked_at = coalesce(revoked_at, $3) where token_id = $1 and account_id = $2";
        match self.run(Script::default().one(SQL, values![token.0, account.0, now])).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(_) => Err(Denial::NoSuch("token").into()),
        }
    }
}

const TOO_MANY: &str = "is one too many: revoke tokens that are not needed any more";

impl Token {
    /// Whether it is what was asked for.
    fn is_what(&self, asked: &TokenRequest) -> bool {
        let ends = asked.expires_at.unwrap_or(Millis(self.created_at.0.saturating_add(TOKEN_AGE_MS)));
        self.name == asked.name && self.scopes == asked.scopes && self.expires_at == Some(ends)
    }
}

pub(super) fn words(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ")
}

fn read(row: &Row, now: Millis) -> Result<Token, StoreError> {
    let expires_at = row.opt_int(4)?.map(Millis);
    let is_over = expires_at.is_some_and(|end| end <= now);
    Ok(Token {
        id: TokenId(row.id(0)?),
        name: row.text(1)?,
        scopes: Scope::read_all(&row.text(2)?),
        created_at: Millis(row.int(3)?),
        expires_at,
        is_ended: is_over || row.opt_int(5)?.is_some() || row.int(6)? != 0,
    })
}
