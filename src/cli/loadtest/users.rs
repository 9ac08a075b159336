//! People with accounts and tokens, who say yes to a call. Their accounts are made for the test and ended after it.

use anyhow::{Context, ensure};
use headcount_core::ids::Millis;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{Api, EventShown};
use super::checks::Wish;
use super::people::Person;
use super::{Press, Role};
use crate::client::Ask;
use crate::clock;

/// The accounts that were made.
pub(super) struct Users {
    api: Api,
    accounts: Vec<Account>,
}

/// An account, and the token that was made with it.
#[derive(Deserialize)]
struct Account {
    id: Uuid,
    token: String,
}

#[derive(Deserialize)]
struct Made {
    items: Vec<Account>,
}

/// Accounts that are made by one request.
const AT_ONCE_MAX: usize = 1_000;
/// How long a token is good for. Should a test break off before it ends its accounts, they are of no more use after this.
const TOKEN_AGE_MS: i64 = 24 * 60 * 60 * 1_000;

impl Users {
    /// None yet.
    pub(super) fn on(api: &Api) -> Users {
        Users { api: api.clone(), accounts: Vec::new() }
    }

    /// Makes an account for each of the people, in their order.
    pub(super) async fn make(&mut self, people: &[Person]) -> anyhow::Result<()> {
        let ends = Millis(clock::now().0.saturating_add(TOKEN_AGE_MS));
        let ends = jiff::Timestamp::from_millisecond(ends.0).context("tomorrow is a time")?.to_string();
        for some in people.chunks(AT_ONCE_MAX) {
            let accounts: Vec<Value> =
                some.iter().map(|person| json!({ "name": person.name, "email": person.email })).collect();
            let token = json!({ "name": "Load test", "scopes": ["respond"], "expires_at": ends });
            let body = json!({ "accounts": accounts, "token": token });
            let made: Made = self.api.post("/operator/accounts", &body).await.context("no accounts could be made")?;
            ensure!(
                made.items.len() == some.len(),
                "{} accounts were asked for, {} made",
                some.len(),
                made.items.len()
            );
            self.accounts.extend(made.items);
        }
        Ok(())
    }

    /// What they press: each a yes to `roles_each` of the roles, one request a role.
    pub(super) fn presses(&self, event: &EventShown, roles: &[Role], people: &[Person], roles_each: u32) -> Vec<Press> {
        let respond = Ask::new(Method::POST, &self.api.respond_target(event.id));
        let mut presses = Vec::new();
        for (person, account) in people.iter().zip(&self.accounts) {
            let ask = respond.clone().token(&account.token);
            for (role, _) in roles.iter().cycle().skip(person.role).take(usize::try_from(roles_each).unwrap_or(1)) {
                let ask = ask.clone().json(json!({ "role": role, "response": "accept" }).to_string());
                presses.push(Press { ask, wish: Wish { email: person.email.clone(), role: *role, spots: 1 } });
            }
        }
        presses
    }

    /// Ends the accounts that were made, and with them the tokens.
    pub(super) async fn end(&self) -> anyhow::Result<()> {
        for some in self.accounts.chunks(AT_ONCE_MAX) {
            let ids: Vec<Uuid> = some.iter().map(|account| account.id).collect();
            let ended = self.api.tell("/operator/accounts/end", &json!({ "accounts": ids })).await;
            ended.context("the accounts that were made for the test could not be ended")?;
        }
        Ok(())
    }
}
