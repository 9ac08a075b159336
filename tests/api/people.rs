//! People for tests: accounts with tokens, members, teams, doors, put into the database as they would come to be there.

use headcount::secret::token_hash;
use headcount::store::script::{Ran, Row, Script, Value};
use headcount::values;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Answer, Ask, Server};

/// The server's first organization.
pub(crate) const HOME: Uuid = Uuid::nil();
/// Another one.
pub(crate) const ELSEWHERE: Uuid = Uuid::from_u128(0xE15E);
/// Late enough for every test.
pub(crate) const LATER: i64 = 4_000_000_000_000;

/// All that a token may be used for.
pub(crate) const ALL_SCOPES: &str = "read respond registrations events check_in people";

const ACCOUNT: &str = "insert into accounts (account_id, email, email_key, name, password_hash, confirmed_at, created_at, \
                       ended_at, generation) values ($1, $2, $3, $4, null, $5, 0, null, 0)";
const TOKEN: &str = "insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, expires_at, \
                     revoked_at) values ($1, $2, 'test', $3, $4, 0, 0, $5, $6)";
const MEMBER: &str = "insert into members (organization_id, account_id, role, special_requirements, everything, \
                      created_at) values ($1, $2, $3, $4, $5, 0)";
const ORGANIZATION: &str = "insert into organizations (organization_id, name, created_at) values ($1, 'Elsewhere', 0)";
const GRANT: &str = "insert into grants (organization_id, account_id, kind, target_id) values ($1, $2, $3, $4)";
const TEAM: &str = "insert into teams (team_id, organization_id, name, name_key) values ($1, $2, $3, $3)";
const TEAM_MEMBER: &str = "insert into team_members (team_id, account_id) values ($1, $2)";
const DOOR: &str = "insert into doors (door_id, event_id, organization_id, name, created_by, created_at, expires_at, \
                    revoked_at) values ($1, $2, $3, 'Door', null, 0, $4, null)";
const SESSION: &str = "insert into sessions (session_hash, account_id, generation, created_at, seen_at, expires_at) \
                       values ($1, $2, 0, $3, $3, $4)";

/// Somebody with an account.
#[derive(Clone)]
pub(crate) struct Somebody {
    pub(crate) account: Uuid,
    pub(crate) email: String,
    /// An API token that is good for everything.
    pub(crate) token: String,
}

/// What was written into the outbox: the template, and the token of the link in it.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) template: String,
    pub(crate) link: Option<String>,
    pub(crate) account: Option<Uuid>,
    pub(crate) address: Option<String>,
}

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "correct horse battery";

impl Server {
    /// All that is to be mailed, in the order it was written.
    pub(crate) async fn outbox(&self) -> Vec<Mail> {
        const SQL: &str = "select template, link_id, account_id, address from outbox order by created_at, template";
        let rows = self.readers().rows(SQL, Vec::new()).await.unwrap();
        let mail = |row: &Row| Mail {
            template: row.text(0).unwrap(),
            link: row.opt_id(1).unwrap().map(|link| self.people.link_token(link)),
            account: row.opt_id(2).unwrap(),
            address: row.opt_text(3).unwrap(),
        };
        rows.iter().map(mail).collect()
    }

    /// The token of the last link that was mailed with this template.
    pub(crate) async fn mailed(&self, template: &str) -> String {
        let mails = self.outbox().await;
        let last = mails.iter().rfind(|mail| mail.template == template);
        last.unwrap_or_else(|| panic!("no {template} in {mails:?}")).link.clone().unwrap()
    }

    /// Somebody who has made an account with [`PASSWORD`] and answered the mail.
    pub(crate) async fn registered(&self, name: &str) -> Somebody {
        let email = format!("{}@example.org", name.to_lowercase());
        let body = json!({"name": name, "email": email, "password": PASSWORD});
        assert_eq!(self.post("/api/v1/accounts", &body).send().await.status, 202);
        let link = self.mailed("confirm_account").await;
        let confirmed = self.post(format!("/api/v1/links/{link}"), &json!({})).send().await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.shown());
        let account = confirmed.text("account_id").parse().unwrap();
        let id = headcount::clock::new_id();
        let token = format!("hct_{}", id.simple());
        let sql = "insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, expires_at) \
                   select $1, account_id, 'test', $3, $4, generation, 0, $5 from accounts where account_id = $2";
        self.script(sql, values![id, account, token_hash(&token), ALL_SCOPES, LATER]).await;
        Somebody { account, email, token }
    }

    /// Logs somebody in who has [`PASSWORD`]: the cookie.
    pub(crate) async fn logged_in(&self, somebody: &Somebody) -> String {
        let answer = self.log_in(&somebody.email, PASSWORD).await;
        assert_eq!(answer.status, 201, "{}", answer.shown());
        cookie(&answer)
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/sessions", &json!({"email": email, "password": password})).send().await
    }

    /// Whether a session or token (as a request shows it) still leads to an account.
    pub(crate) async fn knows(&self, ask: impl FnOnce(Ask) -> Ask) -> bool {
        match ask(self.get("/api/v1/people/me")).send().await.code() {
            (200, _) => true,
            (401, "unauthenticated") => false,
            other => panic!("{other:?}"),
        }
    }

    /// The token of a link that sets a new password for somebody.
    pub(crate) async fn reset_link(&self) -> String {
        let account = self.account("Forgetful").await;
        let asked = self.post("/api/v1/password-resets", &json!({"email": account.email})).send().await;
        assert_eq!(asked.status, 202, "{}", asked.shown());
        self.mailed("reset_password").await
    }

    /// Begins the session in these headers again, if it has ended.
    pub(crate) async fn keep_session(&self, headers: &[(&str, String)]) {
        const SQL: &str = "insert into sessions (session_hash, account_id, generation, created_at, seen_at, expires_at) \
                           select $1, account_id, generation, $3, $3, $4 from accounts where email_key = $2 \
                           on conflict do nothing";
        let Some((_, cookie)) = headers.iter().find(|(name, _)| *name == "cookie") else { return };
        let (hash, now) = (token_hash(cookie.split_once('=').unwrap().1), headcount::clock::now());
        let values = values![hash, "email:somebody@example.org", now, LATER];
        assert_eq!(self.lanes.run(Script::default().step(SQL, values)).await, Ok(Ran::Done));
    }

    pub(crate) async fn script(&self, sql: &'static str, values: Vec<Value>) {
        assert_eq!(self.lanes.run(Script::default().one(sql, values)).await, Ok(Ran::Done));
    }

    /// An account with a confirmed address and a token.
    pub(crate) async fn account(&self, name: &str) -> Somebody {
        let account = headcount::clock::new_id();
        let email = format!("{}@example.org", name.to_lowercase());
        let key = headcount_core::person::key_by_email(&email);
        self.script(ACCOUNT, values![account, &email, key, name, 1_i64]).await;
        let token = self.token(account, ALL_SCOPES, LATER, None).await;
        Somebody { account, email, token }
    }

    pub(crate) async fn token(&self, account: Uuid, scopes: &str, expires: i64, revoked: Option<i64>) -> String {
        let id = headcount::clock::new_id();
        let token = format!("hct_{}", id.simple());
        self.script(TOKEN, values![id, account, token_hash(&token), scopes, expires, revoked]).await;
        token
    }

    /// A session that began now; its cookie.
    pub(crate) async fn session(&self, account: Uuid) -> String {
        let session = headcount::clock::new_id().simple().to_string();
        let now = headcount::clock::now();
        self.script(SESSION, values![token_hash(&session), account, now, LATER]).await;
        format!("__Host-headcount={session}")
    }

    pub(crate) async fn elsewhere(&self) {
        self.script(ORGANIZATION, values![ELSEWHERE]).await;
    }

    /// `everything`: whether a manager manages all events.
    pub(crate) async fn member(&self, organization: Uuid, somebody: &Somebody, role: &str, everything: i64) {
        self.script(MEMBER, values![organization, somebody.account, role, 0_i64, everything]).await;
    }

    /// `kind`: `event` or `team`.
    pub(crate) async fn grant(&self, somebody: &Somebody, kind: &str, target: Uuid) {
        self.script(GRANT, values![HOME, somebody.account, kind, target]).await;
    }

    pub(crate) async fn team(&self, id: Uuid, name: &str) {
        self.script(TEAM, values![id, HOME, name]).await;
    }

    pub(crate) async fn in_team(&self, team: Uuid, somebody: &Somebody) {
        self.script(TEAM_MEMBER, values![team, somebody.account]).await;
    }

    /// The token of a new door link.
    pub(crate) async fn door(&self, event: Uuid, expires: i64) -> String {
        let id = headcount::clock::new_id();
        self.script(DOOR, values![id, event, HOME, expires]).await;
        format!("hcd_{}", self.secret().token("door", id))
    }
}

/// The cookie that an answer sets, as a browser sends it back.
pub(crate) fn cookie(answer: &Answer) -> String {
    answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}
