//! The generation of an account: raised when its password, its address or a right of it changes. Sessions, tokens and
//! streams that were made under an older one have ended.

use headcount_core::ids::AccountId;

use crate::store::script::Script;
use crate::values;

/// Ends everything that was made for an account: its sessions are removed, its tokens no longer count.
pub(super) fn raise(account: AccountId) -> Script {
    Script::default()
        .step("update accounts set generation = generation + 1 where account_id = $1", values![account.0])
        .step("delete from sessions where account_id = $1", values![account.0])
}
