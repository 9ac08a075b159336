//! What only the store in a PostgreSQL does.

use headcount::store::postgres::{self, Address, Connections};
use headcount::store::{Opened, PostgresStore};

use super::setting::Setting;
use super::support::Cluster;

/// A store in a database of its own.
pub(crate) async fn fresh() -> (Setting<PostgresStore>, ()) {
    let address = Address::parse(&Cluster::shared().new_database()).unwrap();
    let connections = Connections { workers: 1, readers: 2 };
    let Opened { mut stores, readers, .. } = postgres::open(&address, connections).await.unwrap();
    (Setting { store: stores.remove(0), readers }, ())
}

mod story {
    super::super::story::tell!(super::fresh);
}

mod reading {
    super::super::reading::tell!(super::fresh);
}
