//! The strategies in our own SQL, one file a family, and the connections they share.
//!
//! All are written to be as good as their idea allows: prepared statements, one transaction a request, and one round
//! trip where no answer of the database has to be looked at in between. Row lock and counter are there a second time, by
//! steps, as applications mostly do it.

use std::sync::{Mutex, PoisonError};

use deadpool_postgres::ClientWrapper;
use tokio::sync::Semaphore;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::wish::{Answer, Answered, Wish};
use counted::Counted;
use counter::Counter;
use places::Places;
use stepwise::Stepwise;

pub(super) mod counted;
mod counter;
mod places;
pub(super) mod stepwise;

/// Which way, and so which statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Count, then insert, under this guard.
    Counted(counted::Guard),
    /// Raise a counter where it is below the capacity.
    Counter,
    /// Take one of the rows that stand for places.
    Places,
    /// Each statement on its own.
    Stepwise(stepwise::Check),
}

/// Connections that have the statements of one way prepared, for whoever asks next.
pub(super) struct Desks {
    /// Hands them out in the order of asking.
    turns: Semaphore,
    free: Mutex<Vec<Desk>>,
}

/// One of them.
struct Desk {
    client: ClientWrapper,
    statements: Statements,
}

enum Statements {
    Counted(Counted),
    Counter(Counter),
    Places(Places),
    Stepwise(Stepwise),
}

impl Desks {
    /// Prepares the statements on every connection.
    ///
    /// # Errors
    /// If the database refuses one.
    pub(super) async fn open(clients: Vec<ClientWrapper>, way: Way) -> Result<Desks, Error> {
        let mut free = Vec::with_capacity(clients.len());
        for client in clients {
            let statements = match way {
                Way::Counted(guard) => Statements::Counted(Counted::prepare(&client, guard).await?),
                Way::Counter => Statements::Counter(Counter::prepare(&client).await?),
                Way::Places => Statements::Places(Places::prepare(&client).await?),
                Way::Stepwise(check) => Statements::Stepwise(Stepwise::prepare(&client, check).await?),
            };
            free.push(Desk { client, statements });
        }
        Ok(Desks { turns: Semaphore::new(free.len()), free: Mutex::new(free) })
    }

    /// Waits for a connection and asks on it.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn ask(&self, wish: &Wish) -> anyhow::Result<Answered> {
        let _turn = self.turns.acquire().await?;
        let desk = self.free().pop().ok_or_else(|| anyhow::anyhow!("a turn without a connection"))?;
        let answered = desk.ask(wish).await;
        self.free().push(desk);
        Ok(answered?)
    }

    /// Gives the connections back.
    pub(super) fn close(self) -> Vec<ClientWrapper> {
        let free = self.free.into_inner().unwrap_or_else(PoisonError::into_inner);
        free.into_iter().map(|desk| desk.client).collect()
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Desk>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    async fn ask(&self, wish: &Wish) -> Result<Answered, Error> {
        match &self.statements {
            Statements::Counted(counted) => counted.ask(&self.client, wish).await,
            Statements::Counter(counter) => Ok(counter.ask(&self.client, wish).await?.into()),
            Statements::Places(places) => Ok(places.ask(&self.client, wish).await?.into()),
            Statements::Stepwise(stepwise) => Ok(stepwise.ask(&self.client, wish).await?.into()),
        }
    }
}

/// What the inserting statement of every way is given, as $1 to $8.
fn parameters(wish: &Wish) -> [&(dyn ToSql + Sync); 8] {
    [
        &wish.event_id,
        &wish.role_id,
        &wish.registration_id,
        &wish.person,
        &wish.person_tag,
        &wish.created_at,
        &wish.name,
        &wish.email,
    ]
}

/// What a statement that inserts where there is room, and fails where the person is in already, has come to.
fn answer(inserted: Result<u64, Error>) -> Result<Answer, Error> {
    match inserted {
        Ok(0) => Ok(Answer::Full),
        Ok(_) => Ok(Answer::Confirmed),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Answer::AlreadyIn),
        Err(error) => Err(error),
    }
}
