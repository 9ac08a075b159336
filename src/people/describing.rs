//! What the holder of an account says of themself.

use headcount_core::ids::AccountId;

use super::accounts::Account;
use super::{Failed, People};
use crate::store::script::Script;
use crate::values;

/// What the holder of an account says of themself anew; what is none stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccountChange {
    /// Their name.
    pub name: Option<String>,
    /// The language in which they are written to, by its tag; none within: English.
    pub language: Option<Option<String>>,
}

impl People {
    /// Changes what the holder of an account says of themself; what is none stays.
    ///
    /// # Errors
    /// If there is none.
    pub async fn describe(&self, account: AccountId, change: AccountChange) -> Result<Account, Failed> {
        const NAME: &str = "update accounts set name = $2 where account_id = $1 and ended_at is null";
        const LANGUAGE: &str = "update accounts set language = $2 where account_id = $1 and ended_at is null";
        let mut script = Script::default();
        if let Some(name) = change.name {
            script = script.step(NAME, values![account.0, name]);
        }
        if let Some(language) = change.language {
            script = script.step(LANGUAGE, values![account.0, language]);
        }
        self.done(script).await?;
        self.account(account).await
    }
}
