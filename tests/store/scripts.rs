//! Scripts: one guarded transaction, with the same SQL whatever the database.

use headcount::store::Store;
use headcount::store::script::{Ran, Row, Script};
use headcount::values;
use headcount_core::ids::Millis;
use uuid::Uuid;

use super::setting::Setting;

const ADD: &str =
    "insert into teams (team_id, organization_id, name, name_key) values ($1, $2, $3, $4) on conflict do nothing";
/// The parameters do not come in the order of their numbers.
const RENAME: &str = "update teams set name = $2 where organization_id = $3 and team_id = $1";
const REMOVE_ALL: &str = "delete from teams";
const ALL: &str = "select team_id, name, organization_id from teams where organization_id = $1 order by name_key";

const HOME: Uuid = Uuid::nil();

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn add(number: u128, name: &str) -> Script {
    Script::default().one(ADD, values![id(number), HOME, name, name])
}

async fn names<S: Store>(setting: &Setting<S>) -> Vec<(Uuid, String)> {
    let rows = setting.readers.rows(ALL, values![HOME]).await.unwrap();
    let read = |row: &Row| {
        assert_eq!(row.id(2).unwrap(), HOME);
        (row.id(0).unwrap(), row.text(1).unwrap())
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn all_steps_of_a_script_are_done<S: Store>(mut setting: Setting<S>) {
    let script = add(1, "cooks").then(add(2, "waiters")).one(RENAME, values![id(2), "Waiters \u{5d0}", HOME]);
    assert_eq!(setting.store.run(&script).await.unwrap(), Ran::Done);
    assert_eq!(names(&setting).await, [(id(1), "cooks".to_owned()), (id(2), "Waiters \u{5d0}".to_owned())]);
}

pub(crate) async fn an_unmet_step_undoes_all_and_is_named<S: Store>(mut setting: Setting<S>) {
    assert_eq!(setting.store.run(&add(1, "cooks")).await.unwrap(), Ran::Done);
    let script =
        Script::default().step(REMOVE_ALL, []).then(add(2, "waiters")).then(add(2, "others")).then(add(3, "more"));
    assert_eq!(setting.store.run(&script).await.unwrap(), Ran::Unmet(2), "the id is taken by the step before");
    assert_eq!(names(&setting).await, [(id(1), "cooks".to_owned())], "the removal is undone too");
    assert_eq!(setting.store.run(&add(4, "cooks")).await.unwrap(), Ran::Unmet(0), "the name is taken");
}

pub(crate) async fn a_step_that_demands_nothing_may_touch_nothing<S: Store>(mut setting: Setting<S>) {
    let script = Script::default().step(RENAME, values![id(9), "nobody", HOME]).then(add(1, "cooks"));
    assert_eq!(setting.store.run(&script).await.unwrap(), Ran::Done);
    assert_eq!(names(&setting).await.len(), 1);
}

pub(crate) async fn what_is_none_is_read_as_none<S: Store>(mut setting: Setting<S>) {
    const ADD_TOKEN: &str = "insert into tokens (token_id, account_id, name, hash, scopes, generation, created_at, \
                             expires_at, revoked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, null)";
    const TOKENS: &str = "select token_id, expires_at, created_at, revoked_at, name from tokens where expires_at is null or expires_at > $1";
    let none: Option<i64> = None;
    let add = |number, until: Option<i64>| {
        values![id(number), id(7), "t", format!("hash {number}"), "read", 0_i64, Millis(-5), until]
    };
    let script = Script::default().one(ADD_TOKEN, add(1, none)).one(ADD_TOKEN, add(2, Some(i64::MAX)));
    assert_eq!(setting.store.run(&script).await.unwrap(), Ran::Done);
    let rows = setting.readers.rows(TOKENS, values![10_i64]).await.unwrap();
    let mut ends: Vec<Option<i64>> = rows.iter().map(|row| row.opt_int(1).unwrap()).collect();
    ends.sort_unstable();
    assert_eq!(ends, [None, Some(i64::MAX)]);
    for row in &rows {
        assert_eq!((row.int(2).unwrap(), row.opt_int(3).unwrap()), (-5, None));
        assert!(row.text(0).is_err() && row.int(4).is_err() && row.id(4).is_err() && row.int(3).is_err());
        assert!(row.text(9).is_err(), "there is no such column");
    }
}

/// One test a part, on the store that `open` opens.
macro_rules! tell {
    ($open:path) => {
        $crate::scripts::tell!($open:
            all_steps_of_a_script_are_done
            an_unmet_step_undoes_all_and_is_named
            a_step_that_demands_nothing_may_touch_nothing
            what_is_none_is_read_as_none
        );
    };
    ($open:path: $($part:ident)+) => {$(
        #[tokio::test]
        async fn $part() {
            let (setting, _kept) = $open().await;
            crate::scripts::$part(setting).await;
        }
    )+};
}

pub(crate) use tell;
