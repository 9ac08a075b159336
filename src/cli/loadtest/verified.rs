//! What `verify` says about the server under test.

use std::path::PathBuf;

use uuid::Uuid;

use super::api::Api;
use super::checks::Verified;

/// Of a data file beside its running server.
pub(super) async fn by_file(_path: PathBuf) -> anyhow::Result<Verified> {
    Ok(Verified { seen: "not yet".to_owned(), findings: Vec::new() })
}

/// Of one event of a server elsewhere, from its log and registrations as the API shows them.
pub(super) async fn by_api(_api: &Api, _event: Uuid) -> anyhow::Result<Verified> {
    Ok(Verified { seen: "not yet".to_owned(), findings: Vec::new() })
}
