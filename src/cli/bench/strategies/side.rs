//! Whoever is asked: connections with prepared statements, or the lanes.

use super::lanes::Running;
use super::layout::HotEvent;
use super::sql::Desks;
use super::wish::{Answered, Wish};

pub(super) enum Side {
    Sql(Desks),
    Lanes(Running),
}

impl Side {
    /// Asks for a place and waits for the answer.
    ///
    /// # Errors
    /// If there is none.
    pub(super) async fn ask(&self, event: &HotEvent, wish: &Wish) -> anyhow::Result<Answered> {
        match self {
            Side::Sql(desks) => desks.ask(wish).await,
            Side::Lanes(running) => running.ask(event, wish).await,
        }
    }
}
